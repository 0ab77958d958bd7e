//! The machine and the boot to predict, from the options that `plan` and `simulate` share.

use super::args::{BootArgs, MachineArgs};
use super::kernel::{self, Asked, Chosen, Otherwise};
use super::{AbsentError, UsageError, settings};
use crate::boot::install::Flow;
use crate::boot::kaslr::{self, Placement};
use crate::boot::outcomes::{Sure, Unknown, What};
use crate::boot::release::Release;
use crate::boot::{Machine, NextBoot, Outcome, build_findings, cmdline::Cmdline};
use crate::bytes::escape;
use crate::container::cpio::build;
use crate::container::initrd::held::Held;
use crate::container::kernel::Kernel;
use crate::finding::Finding;
use crate::finding::registry::{boot as rule, image as image_rule};
use crate::memory::space::Space;
use crate::report::text::{self, Align};
use crate::sink;
use crate::source::machine::{self, MapSource, Recorded};
use crate::source::root::Root;
use crate::source::samples::{self, Sample};
use crate::source::tables::{self, TableSet};
use crate::source::{display, file, initrd as initrds};
use std::collections::HashSet;
use std::ops::Range;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The room that a kernel image takes where nothing tells: that of Debian's kernels.
const KERNEL_LEN: u64 = 50 << 20;

/// The most that a kernel image takes: Linux maps it in 1 GiB (KERNEL_IMAGE_SIZE, arch/x86/include/asm/page_64_types.h).
const MOST_KERNEL: u64 = 1 << 30;
/// The most that an initrd takes here: its files have to fit into memory beside it.
const MOST_INITRD: u64 = 64 << 30;

/// How a place in memory is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// Given on the command line.
    Given,
    /// It cannot be elsewhere.
    Sure,
    /// As in the machine's last boot.
    LastBoot,
    /// The lowest that EFI's memory map has room for.
    Lowest,
    /// The usual place.
    Usual,
}

/// What a unified kernel image says of its boot beside the initrd.
#[derive(Debug)]
struct FromImage {
    path: String,
    release: Option<String>,
    command_line: Option<String>,
}

/// Everything the stages need, read and checked.
#[derive(Debug)]
pub struct Inputs {
    /// What the machine's tree tells.
    pub recorded: Recorded,
    /// The machine's tree.
    pub root: Root,
    /// The initrd's bytes, or those of the archive of `--override` tables.
    pub initrd: Option<Held<'static>>,
    initrd_path: PathBuf,
    kernel: Chosen,
    line: Cmdline,
    kernel_at: Range<u64>,
    initrd_at: Option<Range<u64>>,
    reserve: Vec<(Range<u64>, String)>,
    locked_down: bool,
    /// How the kernel's place is known.
    pub kernel_known: Known,
    /// How the initrd's place is known.
    pub initrd_known: Known,
    /// What was taken from a unified kernel image, in words.
    taken: Option<(String, String)>,
}

impl Inputs {
    /// Reads what the options name.
    ///
    /// # Errors
    /// [`UsageError`] for a malformed range or kernel release, [`crate::source::SourceError`] for what cannot be read.
    pub fn read(machine: &MachineArgs, boot: &BootArgs) -> anyhow::Result<Inputs> {
        let from = machine.from.as_deref().map(tables::from_path).transpose()?;
        Inputs::of(root(machine)?, from, boot)
    }

    /// As [`Inputs::read`], for a machine that is open already; `from` are tables to take instead of its own.
    ///
    /// # Errors
    /// As [`Inputs::read`].
    pub fn of(root: Root, from: Option<TableSet>, boot: &BootArgs) -> anyhow::Result<Inputs> {
        let mut recorded = machine::read(&root, from.map(|set| set.tables), boot.dmesg.as_deref())?;
        for text in &boot.mirrored {
            recorded.machine.mirrored.insert(settings::memory("--mirrored", text, recorded.space, None)?);
        }
        let (initrd, image) = initrd(boot)?;
        let asked = Asked {
            kernel: boot.kernel.as_deref(),
            config: boot.config.as_deref(),
            profile: boot.profile,
            deep: true,
            ..Asked::default()
        };
        let of_initrd = boot.initrd.as_deref().zip(image.as_ref());
        let otherwise = Otherwise {
            image: of_initrd.map(|(path, image)| (path, image.release.as_deref())),
            machine: Some((&root, recorded.release.as_deref())),
        };
        let kernel = kernel::choose(&asked, &otherwise)?;
        // What the boot loader told was of the kernel that it loaded then. An EFI stub keeps to neither.
        if let Some(header) = kernel.image.as_ref().and_then(|image| image.header.as_ref())
            && (!recorded.machine.is_uefi || recorded.machine.preferred_address.is_some())
        {
            recorded.machine.preferred_address = header.preferred_address;
            recorded.machine.init_size = header.init_size.unwrap_or_default().into();
            recorded.bound_preferred("the kernel image");
        }
        let of_image = image.as_ref().and_then(|image| image.command_line.as_deref());
        let line = boot.cmdline.as_deref().or(of_image).or(recorded.command_line.as_deref());
        let line = kernel.release.build.command_line(line.unwrap_or(""));
        let line = Cmdline::parse(&line).heeded_by(&kernel.release);
        let (kernel_at, kernel_known) = match &boot.kernel_at {
            Some(text) => {
                let most = (MOST_KERNEL, "Linux maps its image in that much");
                (settings::memory("--kernel-at", text, recorded.space, Some(most))?, Known::Given)
            }
            None => kernel_place(&recorded, &line, &kernel),
        };
        let (initrd_at, initrd_known) = match &boot.initrd_at {
            Some(text) => {
                let most = (MOST_INITRD, "no initrd is larger");
                (Some(settings::memory("--initrd-at", text, recorded.space, Some(most))?), Known::Given)
            }
            None => {
                let len = initrd.as_ref().map(|initrd| initrd.view().len());
                (initrd_place(&recorded, len), Known::LastBoot)
            }
        };
        let mut reserve = recorded.reserved.clone();
        for text in &boot.reserve {
            reserve.push(reservation(text, recorded.space)?);
        }
        let taken = image.and_then(|image| taken(boot, &image));
        let build = &kernel.release.build;
        let by_firmware = recorded.secure_boot && build.secure_boot_locks_down;
        Ok(Inputs {
            locked_down: boot.lockdown || build.is_locked_down || by_firmware,
            root,
            recorded,
            initrd,
            initrd_path: boot.initrd.clone().or_else(|| boot.kernel.clone()).unwrap_or_default(),
            kernel,
            line,
            kernel_at,
            initrd_at,
            reserve,
            kernel_known,
            initrd_known,
            taken,
        })
    }

    /// The same boot with an archive of these tables, each with the name of its file, for an initrd.
    ///
    /// # Errors
    /// When the tables do not fit into an archive.
    pub fn overriding(mut self, tables: &[(&[u8], &[u8])]) -> anyhow::Result<Inputs> {
        let archive = archive(tables.iter().copied())?;
        if self.initrd_known != Known::Given {
            self.initrd_at = initrd_place(&self.recorded, Some(archive.len() as u64));
        }
        self.initrd = Some(archive.into());
        Ok(self)
    }

    /// That the initrd's file was cut short while it was looked at, if it was.
    ///
    /// # Errors
    /// [`crate::source::SourceError`] where it was.
    pub fn intact(&self) -> anyhow::Result<()> {
        let held = self.initrd.as_ref();
        Ok(held.map_or(Ok(()), |held| initrds::intact(&self.initrd_path, held))?)
    }

    /// The kernel release of the boot.
    pub fn release(&self) -> &Release {
        &self.kernel.release
    }

    /// Whether the boot has an initrd, be it only an archive of `--override`.
    pub fn has_initrd(&self) -> bool {
        self.initrd.is_some()
    }

    /// The machine.
    pub fn machine(&self) -> &Machine {
        &self.recorded.machine
    }

    /// The boot to predict.
    pub fn next(&self) -> NextBoot<'_> {
        NextBoot {
            release: self.kernel.release.clone(),
            line: self.line.clone(),
            initrd: self.initrd.as_ref().map(Held::view),
            kernel_at: self.kernel_at.clone(),
            initrd_at: self.initrd_at.clone(),
            reserve: self.reserve.clone(),
            locked_down: self.locked_down,
            flow: Flow::of(&self.kernel.release),
            limits: self.kernel.release.build.limits,
            kernel_is_placed: self.kernel_known == Known::Given,
        }
    }

    /// What has to be known of the kernel and of an image that the boot was taken from.
    pub fn kernel_findings(&self, outcome: &Outcome<'_>) -> Vec<Finding> {
        let taken = self.taken.iter();
        let mut all: Vec<Finding> = taken
            .map(|(subject, what)| Finding::new(&image_rule::FROM_IMAGE, subject, what.clone()))
            .collect();
        all.extend(self.kernel.findings.iter().cloned());
        if let Some(config) = &self.kernel.config {
            all.extend(build_findings::of(&config.origin, outcome, &self.next()));
        }
        all
    }

    /// What has to be known of the machine's tables as they were read.
    pub fn table_findings(&self) -> Vec<Finding> {
        if !self.recorded.upgraded {
            return Vec::new();
        }
        let (replaced, added) = (&self.recorded.replaced, self.recorded.added);
        let names: Vec<String> = replaced.iter().map(ToString::to_string).collect();
        let message = match (names.join(", "), added) {
            (names, 0) if names.is_empty() => "the last boot's log has \"Table Upgrade\" lines".to_owned(),
            (names, 0) => format!("the last boot replaced {names}"),
            (names, added) => {
                let replaced =
                    if names.is_empty() { String::new() } else { format!("replaced {names} and ") };
                format!("the last boot {replaced}added {added}, left out here")
            }
        };
        vec![Finding::new(&rule::TABLES_UPGRADED, "tables", message)]
    }

    /// Which places are sure.
    pub fn sure(&self) -> Sure {
        let sure = |known| matches!(known, Known::Given | Known::Sure);
        Sure {
            kernel: sure(self.kernel_known),
            initrd: sure(self.initrd_known) || (self.initrd.is_none() && self.initrd_at.is_none()),
        }
    }

    /// What was assumed about this boot because nothing told, where it can matter: hot-pluggable memory is at stake.
    pub fn findings(&self, outcome: &Outcome<'_>, unknowns: &[Unknown]) -> Vec<Finding> {
        let mut all = if outcome.srat.is_some() { self.table_findings() } else { Vec::new() };
        all.extend(self.kernel_findings(outcome));
        let mut note = |rule, subject: &str, message: String| all.push(Finding::new(rule, subject, message));
        for (source, range) in &self.recorded.outside {
            let (first, last) = (range.start, range.end.saturating_sub(1));
            let message = format!("{first:#x}-{last:#x} is outside of {}", self.recorded.space);
            note(&rule::OUTSIDE_ADDRESS_SPACE, source, message);
        }
        if self.recorded.map_source == MapSource::LogAfterOptions {
            note(
                &rule::MAP_AFTER_OPTIONS,
                "memory map",
                "the log has \"user:\" lines and no \"BIOS-e820:\" ones".into(),
            );
        }
        if self.recorded.map_source == MapSource::Memmap {
            note(&rule::MAP_FROM_MEMMAP, "memory map", "boot_params and the boot's log are not there".into());
        }
        let marked = outcome.nodes.regions.iter().any(|region| region.hotpluggable);
        if !marked || !self.line.movable_node {
            return all;
        }
        let held = &self.recorded.reserved;
        if self.line.movable_node && !held.is_empty() {
            let total: u64 = held.iter().map(|(range, _)| range.end - range.start).sum();
            let mut names: Vec<&str> = held.iter().map(|(_, name)| name.as_str()).collect();
            names.dedup();
            names.truncate(3);
            let message = format!("{} pieces, {} KiB: {}", held.len(), total >> 10, names.join(", "));
            note(&rule::RESERVED_ASSUMED, "reservations", message);
        }
        let at = |range: &Range<u64>| format!("{:#x}-{:#x}", range.start, range.end.saturating_sub(1));
        let known = |known| match known {
            Known::Given | Known::Sure => None,
            Known::LastBoot => Some("as in the machine's last boot"),
            Known::Lowest => Some("the lowest place in EFI's memory map that is large enough"),
            Known::Usual => Some("the usual place"),
        };
        // A place that costs no node its marks, wherever it is, is not worth a word.
        let matters = |what: What| unknowns.iter().any(|unknown| unknown.what == what);
        let random = matches!(outcome.kaslr, Placement::Random { .. });
        if let Some(how) = known(self.kernel_known).filter(|_| matters(What::Kernel) || !random) {
            note(&rule::KERNEL_PLACE_ASSUMED, "kernel image", format!("{}, {how}", at(&self.kernel_at)));
        }
        if let (Some(how), Some(range), true) =
            (known(self.initrd_known), &self.initrd_at, matters(What::Initrd))
        {
            note(&rule::INITRD_PLACE_ASSUMED, "initrd", format!("{}, {how}", at(range)));
        }
        all
    }
}

/// What of a unified kernel image's boot was not given otherwise: the image, and that in words.
fn taken(boot: &BootArgs, image: &FromImage) -> Option<(String, String)> {
    let release = image.release.as_ref().filter(|_| boot.kernel.is_none());
    let release = release.filter(|release| Release::parse(release).is_ok());
    let line = image.command_line.as_ref().filter(|_| boot.cmdline.is_none());
    let what = match (release, line) {
        (Some(release), Some(line)) => {
            format!("release {release}, command line \"{}\"", escape(line.as_bytes()))
        }
        (Some(release), None) => format!("release {release}"),
        (None, Some(line)) => format!("command line \"{}\"", escape(line.as_bytes())),
        (None, None) => return None,
    };
    Some((image.path.clone(), what))
}

/// The tree that the options name: `--sample`, else `--sysroot`, else the running system.
///
/// # Errors
/// [`AbsentError`] for an unknown sample; [`crate::source::SourceError`] when the tree cannot be read.
pub fn root(machine: &MachineArgs) -> anyhow::Result<Root> {
    Ok(match &machine.sample {
        Some(name) => Root::Sample(sample(name)?),
        None => Root::open(machine.sysroot.as_deref().unwrap_or(Path::new("/")))?,
    })
}

/// The sample of a name.
///
/// # Errors
/// [`AbsentError`] that lists the samples there are.
pub fn sample(name: &str) -> Result<&'static Sample, AbsentError> {
    samples::find(name).ok_or_else(|| {
        let known: Vec<&str> = samples::SAMPLES.iter().map(|sample| sample.name).collect();
        let name = escape(name.as_bytes());
        AbsentError(format!(
            "--sample {name}: there is no such sample; there are {} (and list)",
            known.join(", ")
        ))
    })
}

/// Answers `--sample list`: whether it was asked for.
///
/// # Errors
/// [`crate::sink::SinkError`] when standard output fails.
pub fn listed_samples(machine: &MachineArgs) -> anyhow::Result<bool> {
    let asked = machine.sample.as_deref() == Some("list");
    if asked {
        let rows =
            samples::SAMPLES.iter().map(|sample| vec![sample.name.into(), sample.title.into()]).collect();
        sink::stdout(|out| {
            text::columns(out, &[("SAMPLE", Align::Left), ("WHAT IT IS", Align::Left)], rows)
        })?;
    }
    Ok(asked)
}

/// The initrd's bytes: the file, what a unified kernel image hands over, or an archive of the tables given.
fn initrd(boot: &BootArgs) -> anyhow::Result<(Option<Held<'static>>, Option<FromImage>)> {
    // An image that was given as the kernel is the whole boot, as far as nothing else is said.
    let whole = match (&boot.kernel, &boot.initrd) {
        (Some(kernel), None) if boot.override_tables.is_empty() && initrds::is_uki(kernel) => Some(kernel),
        (_, initrd) => initrd.as_ref(),
    };
    if let Some(path) = whole {
        let initrd = initrds::read(path, boot.profile)?;
        let image = initrd.image.is_some();
        let image = image.then(|| FromImage {
            path: display(path),
            release: initrd.release(),
            command_line: initrd.command_line(),
        });
        return Ok((Some(initrd.bytes), image));
    }
    if boot.override_tables.is_empty() {
        return Ok((None, None));
    }
    let mut files = Vec::new();
    for path in &boot.override_tables {
        let bytes = file::read(path, file::DEFAULT_LIMIT, "an ACPI table")?;
        files.push((path.file_name().unwrap_or_default().as_bytes(), bytes));
    }
    let files = files.iter().map(|(name, bytes)| (*name, bytes.as_slice()));
    Ok((Some(archive(files)?.into()), None))
}

/// An archive of tables, each with the name of its file.
///
/// # Errors
/// [`build::BuildError`] where one has no place in an archive.
pub fn archive<'a>(tables: impl IntoIterator<Item = (&'a [u8], &'a [u8])>) -> anyhow::Result<Vec<u8>> {
    let mut taken = HashSet::new();
    let mut files = Vec::new();
    for (name, bytes) in tables {
        let name = build::clean_name(name, &taken);
        taken.insert(name.clone());
        files.push((name, bytes));
    }
    let files: Vec<_> = files.iter().map(|(name, bytes)| build::File { name, data: bytes }).collect();
    Ok(build::build(&files, 0)?.bytes)
}

/// Where the kernel comes to lie: at its preferred address without KASLR, else for want of better where it is now, if mem=
/// and memmap= leave it there.
fn kernel_place(recorded: &Recorded, line: &Cmdline, kernel: &Chosen) -> (Range<u64>, Known) {
    let build = &kernel.release.build;
    let by_stub = recorded.machine.is_uefi && kernel.release.efi_stub_places;
    let stays = line.forbids_kaslr(by_stub) || !build.randomizes;
    let own = kernel.image.as_ref().and_then(Kernel::place).filter(|place| place.end <= recorded.space.end());
    let len_of = |place: &Range<u64>| place.end.saturating_sub(place.start);
    let last = recorded.kernel_image.clone().or_else(|| {
        let end = recorded.kernel_end?;
        Some(end.checked_sub(KERNEL_LEN)?..end)
    });
    let len = own.as_ref().or(last.as_ref()).map_or(KERNEL_LEN, len_of);
    let at = |start: u64| start..start.saturating_add(len);
    let preferred = recorded.machine.preferred_address;
    if stays
        && recorded.machine.is_uefi
        && let Some(start) = kaslr::stub_place(&recorded.machine, &kernel.release, len)
    {
        return (at(start), Known::Lowest);
    }
    match last {
        // An EFI stub does not keep to the preferred address, and leaves none in boot_params.
        Some(image) if preferred.is_none() || (!stays && at(image.start).end <= kaslr::limit(line)) => {
            (at(image.start), Known::LastBoot)
        }
        _ => {
            let is_measured = own.is_some() || recorded.kernel_image.is_some();
            let sure = stays && preferred.is_some() && is_measured;
            (at(preferred.unwrap_or(build.start)), if sure { Known::Sure } else { Known::Usual })
        }
    }
}

/// Where the boot loader puts the initrd: where the last one ended, as far below as this one is long.
fn initrd_place(recorded: &Recorded, len: Option<u64>) -> Option<Range<u64>> {
    let last = recorded.initrd.clone()?;
    let Some(len) = len else { return Some(last) };
    let start = crate::memory::page_up(last.end).checked_sub(len)?;
    let start = crate::memory::page_down(start);
    Some(start..start + len)
}

/// `START-END[=NAME]`.
fn reservation(text: &str, space: Space) -> Result<(Range<u64>, String), UsageError> {
    let (range, name) = text.split_once('=').unwrap_or((text, "reserved memory"));
    Ok((settings::memory("--reserve", range, space, None)?, escape(name.as_bytes()).into_owned()))
}
