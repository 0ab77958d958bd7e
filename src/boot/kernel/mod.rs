//! The kernel to boot: its release, what it was built to do, and how both were learnt.

pub mod build;
pub mod cmdline;
pub mod config;
pub mod release;
pub mod signatures;
pub mod vendor;

use crate::boot::kernel::build::Build;
use crate::boot::kernel::config::Config;
use crate::boot::kernel::release::{Release, ReleaseError};
use crate::foreign::Foreign;
use std::ops::Range;

/// How a kernel's release was learnt.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ReleaseSource {
    /// Somebody named it.
    Given,
    /// A kernel image has it in it; the image's name.
    Image(Foreign),
    /// The head of a configuration has it; the configuration's name.
    Config(Foreign),
    /// It runs on the machine.
    Machine,
    /// Nobody knows: it is the newest that the model knows.
    #[default]
    Newest,
}

/// A configuration, and where it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundConfig {
    /// What it says: every option that it sets.
    pub config: Config,
    /// The file, or the image that carries it.
    pub origin: Foreign,
}

/// A kernel: the one answer to "which kernel, built how".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kernel {
    release: Release,
    source: ReleaseSource,
    config: Option<FoundConfig>,
    image: Option<Range<u64>>,
}

impl Default for Kernel {
    /// The newest release that the model knows, built as distributions build it.
    fn default() -> Kernel {
        Kernel::new(Release::newest(), ReleaseSource::Newest)
    }
}

impl Kernel {
    /// A kernel of a release, built as distributions build it.
    pub fn new(release: Release, source: ReleaseSource) -> Kernel {
        Kernel { release, source, config: None, image: None }
    }

    /// A kernel of a release that somebody names, such as `6.1`, built as distributions build it.
    ///
    /// # Errors
    /// As [`Release::parse`].
    pub fn of_release(text: &str) -> Result<Kernel, ReleaseError> {
        Ok(Kernel::new(Release::parse(text)?, ReleaseSource::Given))
    }

    /// The same kernel, built with a configuration.
    pub fn built_with(mut self, found: FoundConfig) -> Kernel {
        let room = self.release.build.room;
        self.release = self.release.built_with(&found.config);
        self.release.build.room = room;
        self.config = Some(found);
        self
    }

    /// The same kernel, built otherwise than any configuration says.
    pub fn with_build(mut self, change: impl FnOnce(&mut Build)) -> Kernel {
        change(&mut self.release.build);
        self
    }

    /// The same kernel with what its image says: `place` is where it lies without KASLR, in bytes, `room` how many bytes the
    /// decompressor looks for.
    pub fn in_image(mut self, place: Option<Range<u64>>, room: Option<u64>) -> Kernel {
        self.release.build.room = room;
        self.image = place;
        self
    }

    /// Another release, built as this kernel is.
    pub fn as_release(&self, release: Release) -> Kernel {
        let other = Kernel { release, source: ReleaseSource::Given, config: None, image: self.image.clone() };
        let mut other = match &self.config {
            Some(found) => other.built_with(found.clone()),
            None => other,
        };
        other.release.build.room = self.build().room;
        other
    }

    /// The same kernel, by the rules of another release.
    pub fn by_rules_of(self, other: &Release) -> Kernel {
        let (source, release) = (self.source.clone(), self.release.by_rules_of(other));
        Kernel { source, ..self.as_release(release) }
    }

    /// The release, with all that its configuration changes.
    pub fn release(&self) -> &Release {
        &self.release
    }

    /// How the release was learnt.
    pub fn source(&self) -> &ReleaseSource {
        &self.source
    }

    /// What it was built to do.
    pub fn build(&self) -> &Build {
        &self.release.build
    }

    /// Its configuration, where one was found.
    pub fn config(&self) -> Option<&FoundConfig> {
        self.config.as_ref()
    }

    /// Where its image lies without KASLR, where the image is at hand, in bytes.
    pub fn image_place(&self) -> Option<&Range<u64>> {
        self.image.as_ref()
    }
}
