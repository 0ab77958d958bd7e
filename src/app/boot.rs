//! The machine and the boot to predict, for every command that predicts one.

use super::compare::{NamedFiles, ReadMachine};
use super::kernel::{self, Asked, ChosenKernel, Otherwise};
use super::kexec::{self, Loader};
use super::machine::MachineRequest;
use super::range::Given;
use super::{UsageError, log, map, sources};
use crate::boot::derived::agreement::Agreement;
use crate::boot::derived::doubt::Part;
use crate::boot::derived::outcomes::Sure;
use crate::boot::install::Flow;
use crate::boot::kernel::Kernel;
use crate::boot::kernel::cmdline::{Cmdline, appended};
use crate::boot::kernel::release::Release;
use crate::boot::places::{self, PlaceSource};
use crate::boot::{Machine, NextBoot, Outcome};
use crate::bytes::escape;
use crate::check::{self, boot::Assumed};
use crate::container::cpio::build;
use crate::container::initrd::held::Held;
use crate::container::read_at::ReadAt;
use crate::container::uki::Role;
use crate::finding::Finding;
use crate::finding::registry::{boot as rule, image as image_rule};
use crate::foreign::Foreign;
use crate::memory::arch::Platform;
use crate::memory::space::Space;
use crate::report::model::sources::Sources;
use crate::source::file;
use crate::source::initrd::{self as initrds, Initrd};
use crate::source::machine::{self, Recorded, TablesFrom};
use crate::source::open::{Input, Opened};
use crate::source::root::Root;
use std::collections::HashSet;
use std::ops::Range;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The boot to predict: what the next boot changes.
#[derive(Debug, Clone, Default)]
pub struct BootRequest {
    /// The kernel's release or its image's file; the machine's where nothing is named.
    pub kernel: Option<PathBuf>,
    /// The release whose rules it follows, where that is another one.
    pub rules_of: Option<String>,
    /// The kernel itself, where it was chosen before: then neither `kernel` nor the machine is asked.
    pub chosen: Option<Kernel>,
    /// The kernel's configuration.
    pub config: Option<PathBuf>,
    /// The command line; the machine's where none is given.
    pub command_line: Option<String>,
    /// Words that are added to that line, or taken away ([`appended`]).
    pub append: Vec<String>,
    /// The initrd, or a unified kernel image.
    pub initrd: Option<PathBuf>,
    /// The profile of the unified kernel image.
    pub profile: usize,
    /// Tables to override: short for an archive of them.
    pub override_tables: Vec<PathBuf>,
    /// As if the kernel were locked down for another reason than its command line.
    pub lockdown: bool,
    /// Whether the boot is the one that the machine's named log is of: its release and command line hold, as far as none is given.
    pub is_of_log: bool,
    /// In which order tables are installed; the release's own where nothing is named.
    pub flow: Option<Flow>,
    /// Who starts the kernel.
    pub loader: Loader,
    /// Where the kernel's image is, in bytes.
    pub kernel_at: Option<Given>,
    /// Where the initrd is, in bytes.
    pub initrd_at: Option<Given>,
    /// Memory that firmware keeps in two copies, in bytes.
    pub mirrored: Vec<Given>,
    /// Memory that is reserved before the SRAT is read, in bytes, with names that are safe to print.
    pub reserve: Vec<(Given, String)>,
}

impl BootRequest {
    /// What it asks of the kernel.
    pub fn asked(&self) -> Asked<'_> {
        Asked {
            kernel: self.kernel.as_deref(),
            rules_of: self.rules_of.as_deref(),
            config: self.config.as_deref(),
            ..Asked::default()
        }
    }
}

/// The most bytes that a kernel image takes: Linux maps it in 1 GiB (KERNEL_IMAGE_SIZE, arch/x86/include/asm/page_64_types.h).
const MOST_KERNEL: u64 = 1 << 30;
/// The most bytes that an initrd takes here: its files have to fit into memory beside it.
const MOST_INITRD: u64 = 64 << 30;

impl BootRequest {
    /// Refuses places outside of the machine's address space, and images that are too long.
    fn inside(&self, space: Space) -> Result<(), UsageError> {
        let kernel = Some((MOST_KERNEL, "Linux maps its image in that much"));
        let initrd = Some((MOST_INITRD, "no initrd is larger"));
        let given = [
            (self.kernel_at.iter().collect::<Vec<_>>(), kernel),
            (self.initrd_at.iter().collect(), initrd),
            (self.mirrored.iter().collect(), None),
            (self.reserve.iter().map(|(given, _)| given).collect(), None),
        ];
        for (all, most) in given {
            all.into_iter().try_for_each(|given| given.within(space, most).map(|_| ()))?;
        }
        Ok(())
    }
}

/// What a unified kernel image says of its boot beside the initrd.
#[derive(Debug)]
struct FromImage {
    path: PathBuf,
    image: Arc<initrds::Image>,
    /// Whether it was given as the kernel.
    is_kernel: bool,
    release: Option<Foreign>,
    command_line: Option<String>,
}

/// What a boot has for an initrd that was read already.
#[derive(Debug)]
pub enum NextInitrd {
    /// An archive of these tables, each with its file; none at all where there are no tables.
    Tables(Vec<(PathBuf, Vec<u8>)>),
    /// An initrd, or what an image hands over.
    Initrd(PathBuf, Initrd),
}

/// The files of a boot that are open.
#[derive(Debug, Default)]
struct BootFiles {
    /// That of the initrd.
    path: PathBuf,
    /// What the kernel gets for an initrd.
    initrd: Option<Held<'static>>,
    /// The image that it is from.
    image: Option<FromImage>,
    /// The kernel, where it was opened to see whether it is such an image.
    kernel: Option<Opened>,
    /// Where the tables are from, if not the machine's own.
    tables: Option<PathBuf>,
    /// Where the log is from, if not the machine's own.
    log: Option<PathBuf>,
}

impl BootFiles {
    /// The files of a boot with this initrd.
    fn of(path: &Path, initrd: Initrd, is_kernel: bool) -> BootFiles {
        let (release, command_line) = (initrd.release(), initrd.command_line());
        let image = initrd.image.map(|(image, _)| FromImage {
            path: path.to_owned(),
            image,
            is_kernel,
            release,
            command_line,
        });
        BootFiles { path: path.to_owned(), initrd: Some(initrd.bytes), image, ..BootFiles::default() }
    }
}

/// A machine and a boot of it, read and ready to be predicted.
#[derive(Debug)]
pub struct Prepared {
    /// What the machine's tree says.
    pub recorded: Recorded,
    /// The machine's tree.
    pub root: Root,
    /// The initrd's bytes, or those of the archive of tables to override.
    pub initrd: Option<Held<'static>>,
    initrd_path: PathBuf,
    command_line: String,
    next: NextBoot<'static>,
    initrd_at: Option<Range<u64>>,
    kernel_source: PlaceSource,
    initrd_source: PlaceSource,
    /// What was noticed of the kernel.
    about_kernel: Vec<Finding>,
    asked: BootRequest,
    /// The file of tables that take the place of the tree's.
    named: Option<PathBuf>,
    /// The file of the machine's log, where one was named.
    log: Option<PathBuf>,
    /// What was taken from a unified kernel image, in words.
    taken: Option<(Foreign, Foreign)>,
    /// What the answer is made from.
    pub sources: Sources,
}

impl Prepared {
    /// Reads what the requests name.
    ///
    /// # Errors
    /// [`UsageError`] for a malformed kernel release, [`crate::source::SourceError`] for what cannot be read.
    pub fn read(machine: &MachineRequest, boot: &BootRequest) -> anyhow::Result<Prepared> {
        ReadMachine::read(machine)?.into_boot(boot)
    }

    /// As [`Prepared::read`], for a machine's tree that is open already.
    ///
    /// # Errors
    /// As [`Prepared::read`].
    pub fn of(root: Root, boot: &BootRequest) -> anyhow::Result<Prepared> {
        let recorded = machine::read(&root, TablesFrom::Tree, None)?;
        Prepared::of_recorded(root, recorded, (None, None), boot)
    }

    /// As [`Prepared::read`], for a machine that is read already; `named` are the files of its tables and of its log where they
    /// are not its own.
    ///
    /// # Errors
    /// As [`Prepared::read`].
    pub fn of_recorded(
        root: Root,
        mut recorded: Recorded,
        (tables, log): NamedFiles,
        boot: &BootRequest,
    ) -> anyhow::Result<Prepared> {
        if boot.is_of_log && log.is_some() {
            recorded.as_logged();
        }
        boot.inside(recorded.space)?;
        boot.mirrored.iter().for_each(|given| recorded.machine.mirrored.insert(given.range.clone()));
        let opened = BootFiles { tables, log, ..initrd(boot)? };
        Prepared::new(root, recorded, boot, opened)
    }

    /// Another boot of the same machine, with an initrd, or with tables for one, that were read already.
    ///
    /// # Errors
    /// As [`Prepared::read`].
    pub fn with(&self, next: NextInitrd, boot: &BootRequest) -> anyhow::Result<Prepared> {
        let (root, recorded) = (self.root.clone(), self.recorded.clone());
        let opened = match next {
            NextInitrd::Initrd(path, initrd) => BootFiles::of(&path, initrd, false),
            NextInitrd::Tables(tables) => BootFiles { initrd: archive_of(&tables)?, ..BootFiles::default() },
        };
        let opened = BootFiles { tables: self.named.clone(), log: self.log.clone(), ..opened };
        Prepared::new(root, recorded, boot, opened)
    }

    fn new(
        root: Root,
        mut recorded: Recorded,
        boot: &BootRequest,
        opened: BootFiles,
    ) -> anyhow::Result<Prepared> {
        let ChosenKernel { kernel, image: kernel_image, findings } = choose(boot, &root, &recorded, &opened)?;
        let BootFiles { path: initrd_path, initrd, image, tables: named, log, .. } = opened;
        // What the boot loader told was of the kernel that it loaded then. An EFI stub keeps to neither.
        if let Some(header) = kernel_image.as_ref().and_then(|image| image.header.as_ref())
            && (!recorded.machine.is_uefi || recorded.machine.preferred_address.is_some())
        {
            recorded.machine.preferred_address = header.preferred_address;
            recorded.machine.init_size = header.init_size.unwrap_or_default().into();
            recorded.bound_preferred("the kernel image");
        }
        let is_outside = kernel.image_place().is_some_and(|place| place.end > recorded.space.end());
        let room = kernel.build().room;
        let kernel = if is_outside { kernel.in_image(None, room) } else { kernel };
        let of_image = image.as_ref().and_then(|image| image.command_line.as_deref());
        let line = boot.command_line.as_deref().or(of_image).or(recorded.command_line.as_deref());
        let command_line = with_appended(line.unwrap_or(""), &boot.append)?;
        // What is asked for counts more than what the machine shows of its last boot.
        let asked: Vec<&str> = boot.command_line.iter().chain(&boot.append).map(String::as_str).collect();
        recorded.machine.added.forget(&Cmdline::parse(&asked.join(" ")));
        let next = NextBoot::new(kernel, &command_line);
        let next = match boot.flow {
            Some(flow) => next.with_flow(flow),
            None => next,
        };
        let by_kexec = match boot.loader {
            Loader::Firmware => None,
            Loader::Kexec => Some(kexec::settle(&mut recorded, &next)?),
        };
        let (kernel_at, kernel_source) = match &boot.kernel_at {
            Some(given) => (given.range.clone(), PlaceSource::Given),
            None => places::kernel(&recorded.machine, &recorded.last, next.line(), next.kernel()),
        };
        let (initrd_at, initrd_source) = match &boot.initrd_at {
            Some(given) => (Some(given.range.clone()), PlaceSource::Given),
            None => {
                let len = initrd.as_ref().map(|initrd| initrd.view().len());
                places::initrd(&recorded.machine, &recorded.last, len)
            }
        };
        let reserve = boot.reserve.iter().map(|(given, name)| (given.range.clone(), name.clone()));
        let reserve = recorded.reserved.iter().cloned().chain(reserve).collect();
        let next = next
            .with_kernel_at(kernel_at, kernel_source == PlaceSource::Given)
            .with_reserved(reserve)
            .with_secure_boot(recorded.secure_boot)
            .with_lockdown(boot.lockdown)
            .with_lockdown_seen(recorded.locked_down.clone());
        let image_line = image.as_ref().filter(|image| image.command_line.is_some());
        let image_line = image_line.map(|image| image.path.as_path());
        let files = (named.as_deref(), log.as_deref(), image_line);
        let sources = sources::of_boot(&root, &recorded, boot, next.kernel(), files);
        Ok(Prepared {
            root,
            recorded,
            initrd,
            initrd_path,
            command_line,
            next,
            initrd_at,
            kernel_source,
            initrd_source,
            about_kernel: findings.into_iter().chain(by_kexec).collect(),
            asked: boot.clone(),
            named,
            log,
            taken: image.and_then(|image| taken(boot, &image)),
            sources,
        })
    }

    /// What a message about the whole machine names: its tree, or, without one, the file that it is known by.
    pub fn place(&self) -> PathBuf {
        let file = self.log.as_ref().or(self.named.as_ref());
        match (&self.root, file) {
            (Root::Nothing, Some(file)) => file.clone(),
            (root, _) => root.path(""),
        }
    }

    /// That the initrd's file was cut short while it was looked at, if it was.
    ///
    /// # Errors
    /// [`crate::source::SourceError`] where it was.
    pub fn intact(&self) -> anyhow::Result<()> {
        let held = self.initrd.as_ref();
        Ok(held.map_or(Ok(()), |held| initrds::intact(&self.initrd_path, held))?)
    }

    /// Whether other tables than the machine's own were named.
    pub fn has_named_tables(&self) -> bool {
        self.named.is_some()
    }

    /// Whether the machine's log was named.
    pub fn has_named_log(&self) -> bool {
        self.log.is_some()
    }

    /// The kernel release of the boot.
    pub fn release(&self) -> &Release {
        self.next.release()
    }

    /// The command line of the boot.
    pub fn command_line(&self) -> &str {
        &self.command_line
    }

    /// Whether the boot has an initrd, be it only an archive of tables to override.
    pub fn has_initrd(&self) -> bool {
        self.initrd.is_some()
    }

    /// The machine.
    pub fn machine(&self) -> &Machine {
        &self.recorded.machine
    }

    /// The boot to predict.
    pub fn next(&self) -> NextBoot<'_> {
        self.next.clone().with_initrd(self.initrd.as_ref().map(Held::view), self.initrd_at.clone())
    }

    /// The boot to predict with this archive in place of its initrd.
    pub fn next_with<'a>(&'a self, archive: &'a [u8]) -> NextBoot<'a> {
        let at = self.place_of_initrd(archive.len() as u64);
        self.next.clone().with_initrd(Some(archive.into()), at)
    }

    /// Where an initrd of `len` bytes lies, unless the place was given.
    fn place_of_initrd(&self, len: u64) -> Option<Range<u64>> {
        match self.initrd_source {
            PlaceSource::Given => self.initrd_at.clone(),
            _ => places::initrd(self.machine(), &self.recorded.last, Some(len)).0,
        }
    }

    /// The boot to predict with another command line, which says where the kernel lies unless that was given, and with this
    /// archive in front of its initrd where there is one; and which places are sure then.
    pub fn variant<'a>(&'a self, line: &str, archive: Option<&'a [u8]>) -> (NextBoot<'a>, Sure) {
        let mut next = self.next().with_line(line);
        if let Some(archive) = archive {
            let own = self.initrd.as_ref().map(|initrd| initrd.view().len());
            let own =
                own.or(self.recorded.last.initrd.as_ref().map(|range| range.end - range.start)).unwrap_or(0);
            let len = own.saturating_add(archive.len() as u64);
            next = next.with_initrd(Some(archive.into()), self.place_of_initrd(len));
        }
        let mut kernel = self.kernel_source;
        if kernel != PlaceSource::Given {
            let (at, source) =
                places::kernel(&self.recorded.machine, &self.recorded.last, next.line(), next.kernel());
            (next, kernel) = (next.with_kernel_at(at, false), source);
        }
        let sure = Assumed { kernel, ..self.assumed() }.sure(&next);
        (next, sure)
    }

    /// What has to be known of the kernel and of an image that the boot was taken from.
    pub fn kernel_findings(&self, outcome: &Outcome<'_>) -> Vec<Finding> {
        let mut all = self.image_findings();
        all.extend(check::boot::of_kernel(self.machine(), &self.next(), outcome, Part::Tables));
        all
    }

    /// What was noticed of the kernel, of its log, and of an image that the boot was taken from.
    fn image_findings(&self) -> Vec<Finding> {
        let taken = self.taken.iter();
        let taken = taken.map(|(subject, what)| Finding::new(&image_rule::FROM_IMAGE, subject, what));
        taken.chain(self.about_kernel.iter().cloned()).chain(log::findings(&self.recorded)).collect()
    }

    /// What has to be known of the machine's tables as they were read.
    pub fn table_findings(&self) -> Vec<Finding> {
        if !self.recorded.upgraded {
            return Vec::new();
        }
        let (replaced, added) = (&self.recorded.replaced, self.recorded.added);
        let message = match (Foreign::joined(replaced.iter().copied(), ", "), added) {
            (names, 0) if names.is_empty() => "the last boot's log has \"Table Upgrade\" lines".into(),
            (names, 0) => Foreign::from("the last boot replaced ") + names,
            (names, added) => {
                let replaced =
                    if names.is_empty() { names } else { Foreign::from("replaced ") + names + " and " };
                Foreign::from("the last boot ") + replaced + format_args!("added {added}, left out here")
            }
        };
        vec![Finding::new(&rule::TABLES_UPGRADED, "tables", message)]
    }

    /// What the machine is, as far as its boot is not modelled, and that as a finding.
    pub fn not_modelled(&self) -> Option<(Platform, Finding)> {
        let platform = self.machine().platform;
        let message = platform.not_modelled()?;
        Some((platform, Finding::new(&rule::NOT_MODELLED, "machine", message)))
    }

    /// Whether the prediction agrees with the log of the same boot.
    pub fn agreement(&self, outcome: &Outcome<'_>) -> Option<Agreement> {
        log::agreement(&self.recorded, &self.asked, outcome)
    }

    /// How the boot's places are known.
    pub fn assumed(&self) -> Assumed<'_> {
        Assumed { kernel: self.kernel_source, initrd: self.initrd_source, reserved: &self.recorded.reserved }
    }

    /// What is to be said of how the machine and the kernel were read, beside what [`crate::check::boot::settle`] says.
    pub fn findings(&self, outcome: &Outcome<'_>) -> Vec<Finding> {
        let mut all = if outcome.srat.is_some() { self.table_findings() } else { Vec::new() };
        all.extend(log::unknown_tables(&self.recorded, outcome));
        all.extend(self.image_findings());
        let mut note = |rule, subject: &str, message: String| all.push(Finding::new(rule, subject, message));
        for (source, range) in &self.recorded.outside {
            let (first, last) = (range.start, range.end.saturating_sub(1));
            let message = format!("{first:#x}-{last:#x} is outside of {}", self.recorded.space);
            note(&rule::OUTSIDE_ADDRESS_SPACE, source, message);
        }
        all.extend(map::findings(&self.recorded));
        all
    }
}

/// A command line with what `--append` adds and takes away.
fn with_appended(line: &str, append: &[String]) -> Result<String, UsageError> {
    append.iter().try_fold(line.to_owned(), |line, more| {
        appended(&line, more).map_err(|missing| {
            let (word, line) = (escape(missing.0.as_bytes()).into_owned(), escape(line.as_bytes()));
            UsageError(format!("--append {word}: there is no such option on the command line \"{line}\""))
        })
    })
}

/// What of a unified kernel image's boot was not given otherwise: the image, and that in words.
fn taken(boot: &BootRequest, image: &FromImage) -> Option<(Foreign, Foreign)> {
    let release = image.release.as_ref().filter(|_| boot.kernel.is_none());
    let release = release.filter(|release| Release::parse(&release.raw_text()).is_ok());
    let line = image.command_line.as_ref().filter(|_| boot.command_line.is_none());
    let what = match (release, line) {
        (Some(release), Some(line)) => {
            Foreign::from("release ") + release + ", command line \"" + line.as_str() + "\""
        }
        (Some(release), None) => Foreign::from("release ") + release,
        (None, Some(line)) => Foreign::from("command line \"") + line.as_str() + "\"",
        (None, None) => return None,
    };
    Some((image.path.as_path().into(), what))
}

/// The kernel of a boot.
fn choose(
    boot: &BootRequest,
    root: &Root,
    recorded: &Recorded,
    files: &BootFiles,
) -> anyhow::Result<ChosenKernel> {
    if let Some(kernel) = &boot.chosen {
        return Ok(ChosenKernel { kernel: kernel.clone(), image: None, findings: Vec::new() });
    }
    let own: Option<&dyn ReadAt> = files.kernel.as_ref().map(|own| own as &dyn ReadAt);
    let of_whole = files.image.as_ref().filter(|image| image.is_kernel);
    let asked = Asked {
        opened: own.or_else(|| of_whole.map(|image| image.image.pe.source() as &dyn ReadAt)),
        profile: boot.profile,
        deep: true,
        ..boot.asked()
    };
    let of_initrd = files.image.as_ref().filter(|image| !image.is_kernel);
    let otherwise = Otherwise {
        image: of_initrd.map(|image| kernel::Image {
            path: &image.path,
            source: image.image.pe.source(),
            release: image.release.as_ref(),
        }),
        machine: Some((root, recorded.release.as_deref())),
    };
    kernel::choose(&asked, &otherwise)
}

/// The initrd: the file, what a unified kernel image hands over, or an archive of the tables given.
fn initrd(boot: &BootRequest) -> anyhow::Result<BootFiles> {
    if let Some(path) = &boot.initrd {
        return Ok(BootFiles::of(path, initrds::read(path, boot.profile)?, false));
    }
    if boot.override_tables.is_empty() {
        return whole(boot);
    }
    let mut tables = Vec::new();
    for path in &boot.override_tables {
        tables.push((path.clone(), file::read(path, file::DEFAULT_LIMIT, "an ACPI table")?));
    }
    Ok(BootFiles { initrd: archive_of(&tables)?, ..BootFiles::default() })
}

/// An image that was given as the kernel is the whole boot, as far as nothing else is said.
fn whole(boot: &BootRequest) -> anyhow::Result<BootFiles> {
    let Some(path) = &boot.kernel else { return Ok(BootFiles::default()) };
    // What cannot be opened may be a release; who reads the kernel says what it is.
    Ok(match Input::open(path, "a kernel") {
        Ok(Input::Image(_, image)) if image.role == Role::Image => {
            BootFiles::of(path, initrds::of_image(path, image, boot.profile)?, true)
        }
        Ok(Input::Kernel(opened)) => BootFiles { kernel: Some(opened), ..BootFiles::default() },
        _ => BootFiles::default(),
    })
}

/// An archive of tables, each with its file; `None` without any.
fn archive_of(tables: &[(PathBuf, Vec<u8>)]) -> anyhow::Result<Option<Held<'static>>> {
    if tables.is_empty() {
        return Ok(None);
    }
    let name = |path: &'_ PathBuf| path.file_name().unwrap_or_default().as_bytes().to_vec();
    let named: Vec<(Vec<u8>, &[u8])> =
        tables.iter().map(|(path, bytes)| (name(path), bytes.as_slice())).collect();
    Ok(Some(archive(named.iter().map(|(name, bytes)| (name.as_slice(), *bytes)))?.into()))
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
