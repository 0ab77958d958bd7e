//! The machine and the boot to predict, from the options that `plan` and `simulate` share.

use super::args::{BootArgs, MachineArgs};
use super::{UsageError, settings};
use crate::boot::release::Release;
use crate::boot::{Machine, NextBoot, cmdline::Cmdline, srat::NodeLimits};
use crate::container::cpio::build;
use crate::source::machine::{self, Recorded};
use crate::source::root::Root;
use crate::source::{file, tables};
use std::collections::HashSet;
use std::ops::Range;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Where Linux is loaded and stays without KASLR: 16 MiB (CONFIG_PHYSICAL_START of every distribution).
const KERNEL_START: u64 = 16 << 20;
/// The room that a kernel image takes where nothing tells: that of Debian's kernels.
const KERNEL_LEN: u64 = 50 << 20;

/// How a place in memory is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// Given on the command line.
    Given,
    /// As in the machine's last boot.
    LastBoot,
    /// The usual place.
    Usual,
}

/// Everything the stages need, read and checked.
#[derive(Debug)]
pub struct Inputs {
    /// What the machine's tree tells.
    pub recorded: Recorded,
    /// The initrd's bytes, or those of the archive of `--override` tables.
    pub initrd: Option<Vec<u8>>,
    release: Release,
    line: Cmdline,
    kernel_at: Range<u64>,
    initrd_at: Option<Range<u64>>,
    reserve: Vec<(Range<u64>, String)>,
    /// How the kernel's place is known.
    pub kernel_known: Known,
    /// How the initrd's place is known.
    pub initrd_known: Known,
}

impl Inputs {
    /// Reads what the options name.
    ///
    /// # Errors
    /// [`UsageError`] for a malformed range or kernel release, [`crate::source::SourceError`] for what cannot be read.
    pub fn read(machine: &MachineArgs, boot: &BootArgs) -> anyhow::Result<Inputs> {
        let recorded = recorded(machine)?;
        let release = match boot.kernel.as_deref().or(recorded.release.as_deref()) {
            Some(text) => Release::parse(text).map_err(|error| UsageError(format!("--kernel: {error}")))?,
            None => Release::newest(),
        };
        let line = Cmdline::parse(boot.cmdline.as_deref().or(recorded.command_line.as_deref()).unwrap_or(""));
        let initrd = initrd(boot)?;
        let (kernel_at, kernel_known) = match (&boot.kernel_at, &recorded.kernel_image) {
            (Some(text), _) => (settings::range("--kernel-at", text)?, Known::Given),
            (None, Some(image)) => (image.clone(), Known::LastBoot),
            (None, None) => (KERNEL_START..KERNEL_START + KERNEL_LEN, Known::Usual),
        };
        let (initrd_at, initrd_known) = match &boot.initrd_at {
            Some(text) => (Some(settings::range("--initrd-at", text)?), Known::Given),
            None => (initrd_place(&recorded, initrd.as_deref()), Known::LastBoot),
        };
        let reserve =
            boot.reserve.iter().map(|text| reservation(text)).collect::<Result<Vec<_>, UsageError>>()?;
        Ok(Inputs {
            recorded,
            initrd,
            release,
            line,
            kernel_at,
            initrd_at,
            reserve,
            kernel_known,
            initrd_known,
        })
    }

    /// The machine.
    pub fn machine(&self) -> &Machine {
        &self.recorded.machine
    }

    /// The boot to predict.
    pub fn next(&self) -> NextBoot<'_> {
        NextBoot {
            release: self.release.clone(),
            line: self.line.clone(),
            initrd: self.initrd.as_deref(),
            kernel_at: self.kernel_at.clone(),
            initrd_at: self.initrd_at.clone(),
            reserve: self.reserve.clone(),
            locked_down: self.recorded.secure_boot,
            limits: NodeLimits::default(),
        }
    }
}

fn recorded(machine: &MachineArgs) -> anyhow::Result<Recorded> {
    let own = machine.from.as_deref().map(tables::from_path).transpose()?.map(|set| set.tables);
    let root = Root::open(machine.sysroot.as_deref().unwrap_or(Path::new("/")))?;
    Ok(machine::read(&root, own)?)
}

/// The initrd's bytes: the file, or an archive of the tables given.
fn initrd(boot: &BootArgs) -> anyhow::Result<Option<Vec<u8>>> {
    if let Some(path) = &boot.initrd {
        return Ok(Some(file::read(path, file::DEFAULT_LIMIT, "an initrd")?));
    }
    if boot.override_tables.is_empty() {
        return Ok(None);
    }
    let mut taken = HashSet::new();
    let mut files = Vec::new();
    for path in &boot.override_tables {
        let bytes = file::read(path, file::DEFAULT_LIMIT, "an ACPI table")?;
        let name = build::clean_name(path.file_name().unwrap_or_default().as_bytes(), &taken);
        taken.insert(name.clone());
        files.push((name, bytes));
    }
    let files: Vec<_> = files.iter().map(|(name, bytes)| build::File { name, data: bytes }).collect();
    Ok(Some(build::build(&files, 0)?.bytes))
}

/// Where the boot loader puts the initrd: where the last one ended, as far below as this one is long.
fn initrd_place(recorded: &Recorded, initrd: Option<&[u8]>) -> Option<Range<u64>> {
    let last = recorded.initrd.clone()?;
    let Some(initrd) = initrd else { return Some(last) };
    let len = initrd.len() as u64;
    let start = crate::memory::page_up(last.end).checked_sub(len)?;
    let start = crate::memory::page_down(start);
    Some(start..start + len)
}

/// `START-END[=NAME]`.
fn reservation(text: &str) -> Result<(Range<u64>, String), UsageError> {
    let (range, name) = text.split_once('=').unwrap_or((text, "reserved memory"));
    Ok((settings::range("--reserve", range)?, crate::bytes::escape(name.as_bytes()).into_owned()))
}
