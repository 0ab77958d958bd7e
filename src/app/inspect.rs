//! What is in an initrd or a unified kernel image, and what Linux sees of it. What `acpihp inspect` shows.

use super::kernel::{self, Asked, Otherwise};
use crate::boot::kernel::release::Release;
use crate::boot::stages::search::TableFile;
use crate::boot::stages::upgrade::Examined;
use crate::boot::unpack::Depth;
use crate::check;
use crate::check::archive::{Look, Reached, reach};
use crate::check::image::Seen;
use crate::container::decompress::Limits;
use crate::container::initrd::{Kind, entries};
use crate::container::kernel::KernelImage;
use crate::container::read_at::{Buffered, ReadAt, ReadError};
use crate::container::uki::{Profile, Role};
use crate::finding::Finding;
use crate::foreign::Foreign;
use crate::report::model::FindingModel;
use crate::report::model::inspect::{
    EntryModel, ImageModel, InitrdModel, Inspect, ProfileModel, SectionModel,
};
use crate::report::model::sources::Sources;
use crate::report::model::words::{ImageRole, InspectKind};
use crate::source::SourceError;
use crate::source::initrd::{self as initrds, Content, Image};
use std::path::PathBuf;

/// How much comes out of compressed data where they are not unpacked.
const START: u64 = 32 << 10;
/// How much at the end is looked through for tables that nobody comes by.
const TAIL: u64 = 64 << 10;
/// Entries of an archive that are listed without being asked for.
const FEW: u64 = 32;
/// The most entries that are listed, and the most bytes of their names.
const MOST_ENTRIES: usize = 100_000;
const MOST_NAMES: usize = 4 << 20;

/// What is looked at, and how closely.
#[derive(Debug, Clone, Default)]
pub struct InspectRequest {
    /// An initrd or a unified kernel image; `-` is standard input.
    pub image: PathBuf,
    /// The most bytes that are unpacked of each compressed part; without it, only their beginnings are.
    pub deep: Option<u64>,
    /// Whether the entries of large archives are listed too.
    pub entries: bool,
    /// The kernel: its release, or its image's file; the image's own, or the newest known, where nothing is named.
    pub kernel: Option<PathBuf>,
    /// The release whose rules it follows, where that is another one.
    pub rules_of: Option<String>,
}

/// Looks into an image.
///
/// # Errors
/// [`SourceError`] for what cannot be read; as [`kernel::choose`].
pub fn run(request: &InspectRequest) -> anyhow::Result<Inspect> {
    let opened = initrds::open(&request.image)?;
    let release = release(request, &opened)?;
    let mut findings = Vec::new();
    let mut see = See { request, release: &release, look: look(request), findings: &mut findings };
    let (image, initrds, length) = match &opened {
        Content::Initrd(source) => {
            (None, vec![see.initrd(&request.image.as_path().into(), source)?.0], source.end())
        }
        Content::Image(image) => (Some(image_model(image)), see.handed_over(image)?, image.pe.source().end()),
    };
    let mut report = Inspect {
        schema: Inspect::SCHEMA,
        about: Sources::of_release(request.kernel.is_some()).into(),
        path: request.image.as_path().into(),
        kind: if image.is_some() { InspectKind::Uki } else { InspectKind::Initrd },
        length,
        kernel: release.name.clone(),
        deep: request.deep.is_some(),
        image,
        initrds,
        findings: findings.iter().map(FindingModel::from).collect(),
        errors: 0,
        warnings: 0,
    };
    report.count();
    Ok(report)
}

/// How closely to look.
fn look(request: &InspectRequest) -> Look {
    match request.deep {
        None => Look { depth: Depth::Start(START), tail: TAIL },
        Some(bytes) => Look { depth: Depth::All(Limits { bytes, ..Limits::default() }), tail: u64::MAX },
    }
}

/// The release whose rules count: that of the kernel in an image, unless another one is asked for.
fn release(request: &InspectRequest, opened: &Content) -> anyhow::Result<Release> {
    let own = match opened {
        Content::Image(image) if request.kernel.is_none() => {
            image.profiles.first().and_then(|profile| own_release(image, profile))
        }
        _ => None,
    };
    let asked = Asked {
        kernel: request.kernel.as_deref(),
        rules_of: request.rules_of.as_deref(),
        ..Asked::default()
    };
    Ok(match own {
        Some(release) => match &request.rules_of {
            Some(other) => release.by_rules_of(&kernel::rules_of(other)?),
            None => release,
        },
        None => kernel::choose(&asked, &Otherwise::default())?.kernel.release().clone(),
    })
}

/// The release that an image names, or else the one that its kernel names.
fn own_release(image: &Image, profile: &Profile) -> Option<Release> {
    let named = image.release(profile).ok().flatten().and_then(|text| Release::parse(&text.raw_text()).ok());
    named.or_else(|| {
        let kernel = KernelImage::open(image.pe.source(), profile.number, false).ok()?;
        Release::parse(kernel.release()?).ok()
    })
}

fn image_model(image: &Image) -> ImageModel {
    let text = |found: Result<Option<String>, ReadError>| found.ok().flatten();
    ImageModel {
        role: if image.role == Role::Addon { ImageRole::Addon } else { ImageRole::Image },
        stub: image.stub.name.clone(),
        sections: image
            .pe
            .sections
            .iter()
            .map(|section| SectionModel {
                name: section.name.as_slice().into(),
                start: section.file.start,
                end: section.file.end,
            })
            .collect(),
        profiles: image
            .profiles
            .iter()
            .map(|profile| ProfileModel {
                number: profile.number,
                id: profile.id.clone(),
                title: profile.title.clone(),
                release: image.release(profile).ok().flatten(),
                command_line: text(image.command_line(profile)).map(Foreign::from),
            })
            .collect(),
    }
}

/// What to look at initrds with.
struct See<'a> {
    request: &'a InspectRequest,
    release: &'a Release,
    look: Look,
    findings: &'a mut Vec<Finding>,
}

impl See<'_> {
    /// The initrds that an image hands over.
    fn handed_over(&mut self, image: &Image) -> Result<Vec<InitrdModel>, SourceError> {
        let (mut out, mut seen) = (Vec::new(), Vec::new());
        let first = self.findings.len();
        let all = if image.role == Role::Image { initrds::distinct(image) } else { Vec::new() };
        for (index, (profiles, parts)) in all.into_iter().enumerate() {
            let image_name = Foreign::from(self.request.image.as_path());
            let subject = match profiles.first() {
                Some(profile) if index > 0 => image_name + format_args!(": profile {profile}"),
                _ => image_name,
            };
            let (model, tables) = self.initrd(&subject, &image.joined(&parts))?;
            out.push(model.of_image(&profiles, &parts));
            seen.push(Seen { profiles, tables });
        }
        // What is to be said of the image stands before what is to be said of its initrds.
        let own = check::image::check(&self.request.image.as_path().into(), image, &seen);
        self.findings.splice(first..first, own);
        Ok(out)
    }

    /// An initrd, and how many tables Linux takes from it.
    fn initrd(
        &mut self,
        subject: &Foreign,
        source: &impl ReadAt,
    ) -> Result<(InitrdModel, usize), SourceError> {
        let failed = |error| initrds::read_error(&self.request.image, error);
        let reached = reach(subject, source, self.release, &self.look).map_err(failed)?;
        let mut model = InitrdModel::new(&reached, source.end(), self.release.max_files);
        list(&mut model, source, &reached, self.request.entries).map_err(failed)?;
        self.findings.extend(reached.findings);
        let is_taken = |file: &&TableFile| file.outcome == Examined::Accepted;
        Ok((model, reached.search.tables.iter().filter(is_taken).count()))
    }
}

/// Lists the entries of archives that are not compressed.
fn list(
    model: &mut InitrdModel,
    source: &impl ReadAt,
    reached: &Reached,
    all: bool,
) -> Result<(), ReadError> {
    let source = Buffered::new(source);
    let mut names = 0usize;
    for segment in &reached.segments {
        let Kind::Newc { entries: number, .. } = segment.kind else { continue };
        if !all && number > FEW {
            model.more_entries = model.more_entries.saturating_add(number);
            continue;
        }
        let mut listed = 0u64;
        let mut walk = entries(&source, segment);
        while let Some((place, name)) = walk.advance()? {
            names = names.saturating_add(name.len());
            if model.entries.len() >= MOST_ENTRIES || names > MOST_NAMES {
                break;
            }
            model.entries.push(EntryModel::new(&place, &name));
            listed = listed.saturating_add(1);
        }
        model.more_entries = model.more_entries.saturating_add(number.saturating_sub(listed));
    }
    Ok(())
}
