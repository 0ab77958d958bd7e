//! A machine's tree as one archive: everything that the commands read of a root, without secrets.
//!
//! What is taken is a table, `ITEMS`. What is left out, covered or cannot be read is told in the capture itself.

pub mod aml;
pub mod forms;
pub mod initrd;
mod layout;
pub mod mask;
pub mod reduce;
pub mod secrets;

use super::bootfiles::{self, Initrd};
use super::firmware::HEADERS;
use super::initrd::read_error;
use super::kernel;
use super::klog;
use super::root::Root;
use super::{SourceError, reason};
use super::{now, owners, pages};
use crate::boot::kernel::release::Release;
use crate::check::doctor;
use crate::check::doctor::disk::Disk;
use crate::container::tar::{self, TarContent};
use crate::memory::block::{BlockState, MemoryBlock};
use crate::memory::kpageflags::{self, Counts, PageKind};
use crate::memory::{page_owner, slabinfo};
use crate::phrase::count;
use crate::table::{HEADER_LEN, Header};
use aml::{Replaced, Taken};
use forms::Form;
use mask::Mask;
use reduce::Part;
use secrets::Kind;
use std::collections::BTreeMap;
use std::path::Path;

/// Where the firmware's tables are.
const TABLES: &str = "sys/firmware/acpi/tables/";
/// The report inside of a capture.
pub const REPORT: &str = "acpihp/README.txt";

/// What is taken: a path below the root, in which `*` stands for any name in its folder, and `#` for a
/// number. What is not there is passed over.
const ITEMS: &[(&str, Part)] = &[
    ("proc/cmdline", Part::CommandLine),
    ("proc/cpuinfo", Part::FirstProcessor),
    ("proc/iomem", Part::Addresses),
    ("proc/sys/kernel/arch", Part::Formed(forms::ARCHITECTURES)),
    ("proc/sys/kernel/osrelease", Part::Formed(Form::Release)),
    ("proc/version", Part::Version),
    ("proc/zoneinfo", Part::Zones),
    ("firmware/roots.json", Part::Whole),
    ("firmware/RSDP.bin", Part::Table),
    ("firmware/RSDT.bin", Part::Table),
    ("firmware/XSDT.bin", Part::Table),
    ("acpihp/table-headers/*", Part::Header),
    ("sys/firmware/acpi/tables/*", Part::Table),
    ("sys/firmware/acpi/tables/dynamic/*", Part::Table),
    ("sys/firmware/acpi/tables/data/BERT", Part::Asked(Kind::Serials, "error records, which name parts")),
    (
        "sys/firmware/acpi/tables/data/CCEL",
        Part::Asked(Kind::Secrets, "the event log, with command lines and files"),
    ),
    ("sys/firmware/efi/config_table", Part::Formed(Form::Numbers)),
    ("sys/firmware/efi/fw_platform_size", Part::Formed(Form::Numbers)),
    ("sys/firmware/efi/runtime", Part::Formed(Form::Numbers)),
    ("sys/firmware/efi/systab", Part::Formed(Form::Systab)),
    ("sys/firmware/efi/runtime-map/#/attribute", Part::Formed(Form::Numbers)),
    ("sys/firmware/efi/runtime-map/#/num_pages", Part::Formed(Form::Numbers)),
    ("sys/firmware/efi/runtime-map/#/phys_addr", Part::Formed(Form::Numbers)),
    ("sys/firmware/efi/runtime-map/#/type", Part::Formed(Form::Numbers)),
    ("sys/firmware/efi/runtime-map/#/virt_addr", Part::Formed(Form::Numbers)),
    ("sys/firmware/memmap/#/start", Part::Formed(Form::Numbers)),
    ("sys/firmware/memmap/#/end", Part::Formed(Form::Numbers)),
    ("sys/firmware/memmap/#/type", Part::Formed(Form::MapType)),
    ("sys/kernel/boot_params/data", Part::BootParams),
    ("sys/kernel/boot_params/version", Part::Formed(Form::Numbers)),
    ("sys/kernel/boot_params/setup_data/#/type", Part::Formed(Form::Numbers)),
    ("sys/kernel/boot_params/setup_data/#/data", Part::SetupData),
    ("sys/kernel/security/lockdown", Part::Formed(forms::LOCKDOWN)),
    ("sys/module/memory_hotplug/parameters/auto_movable_numa_aware", Part::Formed(forms::PARAMETERS)),
    ("sys/module/memory_hotplug/parameters/auto_movable_ratio", Part::Formed(forms::PARAMETERS)),
    ("sys/module/memory_hotplug/parameters/memmap_on_memory", Part::Formed(forms::PARAMETERS)),
    ("sys/module/memory_hotplug/parameters/online_policy", Part::Formed(forms::PARAMETERS)),
    ("sys/devices/system/memory/auto_online_blocks", Part::Formed(forms::STATES)),
    ("sys/devices/system/memory/block_size_bytes", Part::Formed(Form::Numbers)),
    ("sys/devices/system/memory/memory#/node#", Part::Link),
    ("sys/devices/system/memory/memory#/removable", Part::Formed(Form::Numbers)),
    ("sys/devices/system/memory/memory#/state", Part::Formed(forms::STATES)),
    ("sys/devices/system/memory/memory#/valid_zones", Part::Formed(forms::ZONES)),
    ("etc/udev/rules.d/*", Part::Rules),
    ("run/udev/rules.d/*", Part::Rules),
    ("usr/local/lib/udev/rules.d/*", Part::Rules),
    ("usr/lib/udev/rules.d/*", Part::Rules),
    ("lib/udev/rules.d/*", Part::Rules),
    ("sys/devices/system/node/has_cpu", Part::Formed(Form::Numbers)),
    ("sys/devices/system/node/has_generic_initiator", Part::Formed(Form::Numbers)),
    ("sys/devices/system/node/has_memory", Part::Formed(Form::Numbers)),
    ("sys/devices/system/node/has_normal_memory", Part::Formed(Form::Numbers)),
    ("sys/devices/system/node/online", Part::Formed(Form::Numbers)),
    ("sys/devices/system/node/possible", Part::Formed(Form::Numbers)),
    ("sys/devices/system/node/node#/cpulist", Part::Formed(Form::Numbers)),
    ("sys/devices/system/node/node#/distance", Part::Formed(Form::Numbers)),
    ("sys/devices/system/node/node#/hugepages/hugepages-#kB/free_hugepages", Part::Formed(Form::Numbers)),
    ("sys/devices/system/node/node#/memory#", Part::Link),
    ("sys/class/dmi/id/bios_date", Part::Formed(Form::Name)),
    ("sys/class/dmi/id/bios_vendor", Part::Formed(Form::Name)),
    ("sys/class/dmi/id/bios_version", Part::Formed(Form::Name)),
    ("sys/class/dmi/id/board_name", Part::Formed(Form::Name)),
    ("sys/class/dmi/id/board_vendor", Part::Formed(Form::Name)),
    ("sys/class/dmi/id/product_name", Part::Formed(Form::Name)),
    ("sys/class/dmi/id/product_version", Part::Formed(Form::Name)),
    ("sys/class/dmi/id/sys_vendor", Part::Formed(Form::Name)),
    ("sys/class/dmi/id/board_serial", Part::Asked(Kind::Serials, "serial number")),
    ("sys/class/dmi/id/product_serial", Part::Asked(Kind::Serials, "serial number")),
    ("sys/class/dmi/id/product_uuid", Part::Asked(Kind::Serials, "the machine's UUID")),
];

/// Something that was not taken as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaptureNote {
    /// The file, or a group of them.
    pub path: String,
    /// What and why; safe to print.
    pub what: String,
    /// What to ask for to get it.
    pub kind: Option<Kind>,
    /// Where it is in a table, in bytes from its start, if it is in one.
    pub offsets: Vec<usize>,
}

/// A captured file.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Captured {
    Bytes(Vec<u8>),
    Link(String),
}

/// A machine's files, and what is missing among them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Capture {
    files: BTreeMap<String, Captured>,
    /// What is not in it, or not whole.
    pub left_out: Vec<CaptureNote>,
    /// What is in it with a value covered.
    pub masked: Vec<CaptureNote>,
    /// What could not be read, and why.
    pub unreadable: Vec<CaptureNote>,
    /// Whether no table could be read though there are some.
    pub lacks_tables: bool,
}

/// Takes what the commands need of a tree. `keep` is what was asked for beyond that.
pub fn take(root: &Root, keep: &[Kind]) -> Capture {
    let line = root.text("proc/cmdline").unwrap_or_default();
    let mut capture = Capture::default();
    let mut mask = Mask::new(keep);
    // First, so that what is replaced there is known wherever it comes up again.
    mask.command_line(line.trim_end());
    mask.notes();
    let release = root.text("proc/sys/kernel/osrelease").unwrap_or_default().trim().to_owned();
    if let Some((name, text)) = kernel::config_text(root, &release) {
        let text = mask.config(&text);
        capture.text(format!("boot/config-{release}"), &name, text, &mut mask);
    }
    for (pattern, part) in ITEMS {
        for path in expand(root, pattern, &mut capture) {
            capture.item(root, &path, *part, &mut mask, keep);
        }
    }
    capture.pages(root);
    capture.log(root, &mut mask, keep);
    capture.initrd(root, &release, &line, &mut mask);
    let is_table = |path: &String| path.starts_with("sys/firmware/acpi/tables/");
    capture.lacks_tables = !capture.files.keys().any(is_table)
        && capture.unreadable.iter().any(|note| note.path.starts_with("sys/firmware/acpi/tables"));
    capture
}

/// The paths that a pattern stands for.
fn expand(root: &Root, pattern: &str, capture: &mut Capture) -> Vec<String> {
    let mut paths = vec![String::new()];
    for part in pattern.split('/') {
        let mut next = Vec::new();
        for path in paths {
            let join = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
            let Some((prefix, suffix)) = part.split_once(['*', '#']) else {
                next.push(join(part));
                continue;
            };
            let is_wanted = |name: &&String| {
                let inner = name.strip_prefix(prefix).and_then(|rest| rest.strip_suffix(suffix));
                let is_digit = |byte: u8| byte.is_ascii_digit();
                inner.is_some_and(|inner| {
                    part.contains('*') || !inner.is_empty() && inner.bytes().all(is_digit)
                })
            };
            match root.list(&path) {
                Ok(names) => next.extend(names.iter().filter(is_wanted).map(|name| join(name))),
                Err(error) => capture.cannot_read(&path, &error),
            }
        }
        paths = next;
    }
    paths
}

impl Capture {
    /// The files with their lengths, by path.
    pub fn files(&self) -> impl Iterator<Item = (&str, u64)> {
        let len = |file: &Captured| match file {
            Captured::Bytes(bytes) => bytes.len() as u64,
            Captured::Link(_) => 0,
        };
        self.files.iter().map(move |(path, file)| (path.as_str(), len(file)))
    }

    /// All files with what is in them, by path.
    pub fn contents(&self) -> impl Iterator<Item = (&str, TarContent<'_>)> {
        self.files.iter().map(|(path, file)| {
            let content = match file {
                Captured::Bytes(bytes) => TarContent::File(bytes),
                Captured::Link(target) => TarContent::Link(target),
            };
            (path.as_str(), content)
        })
    }

    /// The capture as a tar archive whose entries have the time `mtime`; `None` when a name has no place in one.
    pub fn tar(&self, mtime: u32) -> Option<Vec<u8>> {
        tar::write(self.contents(), mtime)
    }

    /// Adds the report of what is missing.
    pub fn add_report(&mut self, text: String) {
        self.files.insert(REPORT.to_owned(), Captured::Bytes(text.into_bytes()));
    }

    fn cannot_read(&mut self, path: &str, error: &SourceError) {
        let what = match error {
            SourceError::Io { error, .. } => reason(error),
            SourceError::Denied { .. } => "permission denied".to_owned(),
            other => other.to_string(),
        };
        self.unreadable.push(CaptureNote { path: path.to_owned(), what, ..CaptureNote::default() });
    }

    fn leave_out(&mut self, path: &str, what: impl Into<String>, kind: Option<Kind>) {
        self.left_out.push(CaptureNote {
            path: path.to_owned(),
            what: what.into(),
            kind,
            ..CaptureNote::default()
        });
    }

    /// Adds a text, and what was replaced in it.
    fn text(&mut self, path: String, origin: &str, text: String, mask: &mut Mask) {
        self.replaced(origin, mask);
        self.files.insert(path, Captured::Bytes(text.into_bytes()));
    }

    fn replaced(&mut self, origin: &str, mask: &mut Mask) {
        let notes = mask.notes().into_iter();
        self.masked.extend(notes.map(|(kind, what)| CaptureNote {
            path: origin.to_owned(),
            what,
            kind: Some(kind),
            ..CaptureNote::default()
        }));
    }

    fn item(&mut self, root: &Root, path: &str, part: Part, mask: &mut Mask, keep: &[Kind]) {
        if let Part::Link = part {
            if let Some(target) = root.link(path).filter(|target| forms::is_link(target)) {
                self.files.insert(path.to_owned(), Captured::Link(target));
            }
            return;
        }
        if part == Part::Rules && !path.ends_with(".rules") {
            return;
        }
        let bytes = match part {
            Part::FirstProcessor => root.head(path, reduce::PROCESSOR_LEN).map(String::into_bytes),
            _ => match root.bytes(path) {
                Ok(bytes) => bytes,
                Err(error) => return self.cannot_read(path, &error),
            },
        };
        let Some(bytes) = bytes else { return };
        match part {
            Part::Asked(kind, what) if !keep.contains(&kind) => {
                return self.leave_out(path, what, Some(kind));
            }
            Part::CommandLine => {
                let text = mask.command_line(&String::from_utf8_lossy(&bytes));
                return self.text(path.to_owned(), path, text, mask);
            }
            Part::Version => {
                let text = mask.kernel_version(&String::from_utf8_lossy(&bytes));
                return self.text(path.to_owned(), path, text, mask);
            }
            Part::Table => return self.table(path, bytes, mask),
            Part::Formed(form) if !std::str::from_utf8(&bytes).is_ok_and(|text| form.is_of(text)) => {
                return self.leave_out(path, "it does not have the form that Linux gives it", None);
            }
            Part::Addresses if reduce::hides_addresses(&bytes) => {
                let what = "Linux shows addresses to root only".to_owned();
                self.unreadable.push(CaptureNote { path: path.to_owned(), what, ..CaptureNote::default() });
            }
            _ => {}
        }
        let (bytes, cut) = reduce::reduce(part, root, path, bytes, keep);
        if let Some((kind, what)) = cut {
            self.leave_out(path, what, Some(kind));
        }
        if let Some(bytes) = bytes {
            self.files.insert(path.to_owned(), Captured::Bytes(bytes));
        }
    }

    /// A table; of one with secrets the header alone, so that the list of tables stays whole.
    fn table(&mut self, path: &str, mut bytes: Vec<u8>, mask: &mut Mask) {
        let name = path.rsplit('/').next().unwrap_or_default();
        let (kind, what) = match aml::take(&mut bytes, name, mask) {
            Taken::Header(..) if bytes.len() == HEADER_LEN => {
                self.files.insert(path.to_owned(), Captured::Bytes(bytes));
                return;
            }
            Taken::Header(kind, what) => (kind, what),
            Taken::Zeroed(offsets) => {
                self.zeroed(path, "", offsets);
                self.files.insert(path.to_owned(), Captured::Bytes(bytes));
                return;
            }
            Taken::Whole(replaced) => {
                self.texts(path, "", replaced);
                self.files.insert(path.to_owned(), Captured::Bytes(bytes));
                return;
            }
        };
        let is_listed = path.starts_with(TABLES) && !path.contains("/dynamic/");
        let what = match bytes.get(..HEADER_LEN).filter(|header| is_listed && Header::parse(header).is_some())
        {
            Some(header) => {
                self.files.insert(format!("{HEADERS}/{name}"), Captured::Bytes(header.to_vec()));
                format!("{what}; its header is kept")
            }
            None => what,
        };
        self.leave_out(path, what, Some(kind));
    }

    /// Says where a table has zeros instead of what is no number; `table` as in [`Capture::texts`].
    fn zeroed(&mut self, path: &str, table: &str, offsets: Vec<usize>) {
        let places = count(offsets.len(), "place", "places");
        let what = format!("{places} with more than numbers{table}, zeroed");
        self.masked.push(CaptureNote { path: path.to_owned(), what, kind: Some(Kind::Vendor), offsets });
    }

    /// Says which texts of a table's AML were replaced; `table` is which one it is, where the file has several.
    fn texts(&mut self, path: &str, table: &str, replaced: Replaced) {
        for (kind, offsets) in replaced {
            let what = count(offsets.len(), "text", "texts") + " in AML" + table;
            self.masked.push(CaptureNote { path: path.to_owned(), what, kind: Some(kind), offsets });
        }
    }

    /// How many pages of each kind are in each memory block, and the counters of the zones: what changes all the time, and
    /// what `removable` answers from.
    fn pages(&mut self, root: &Root) {
        let now = now::read(root);
        let Some(size) = now.block_size.filter(|size| size.is_power_of_two()) else { return };
        let is_online = |block: &&MemoryBlock| block.state == Some(BlockState::Online);
        let online: Vec<u64> = now.blocks.iter().filter(is_online).map(|block| block.number).collect();
        if online.is_empty() {
            return;
        }
        match pages::of_blocks(root, size, &online, &mut |_| ()) {
            Ok(blocks) => {
                self.owners(root, size, &blocks);
                let text = kpageflags::write(blocks);
                self.files.insert(pages::CAPTURED.to_owned(), Captured::Bytes(text.into_bytes()));
                let zones = pages::zones(root).write();
                self.files.insert(pages::CAPTURED_ZONES.to_owned(), Captured::Bytes(zones.into_bytes()));
            }
            Err(_) if !root.is_live() => {}
            Err(what) => {
                self.unreadable.push(CaptureNote {
                    path: pages::FLAGS.to_owned(),
                    what,
                    ..CaptureNote::default()
                });
            }
        }
    }

    /// Which functions of the kernel asked for pages that do not move, and the largest slab caches.
    fn owners(&mut self, root: &Root, size: u64, blocks: &BTreeMap<u64, Counts>) {
        let held = |counts: &Counts| {
            let kinds = PageKind::ALL.into_iter().filter(|kind| page_owner::Use::of(*kind).is_some());
            let first = kinds.map(|kind| counts.of(kind)).filter(|count| count.pages > 0);
            first.map(|count| count.first_pfn).min()
        };
        let held = blocks.iter().filter_map(|(block, counts)| Some((*block, held(counts)?))).collect();
        if let Ok(found) = owners::of_blocks(root, size, &held, &mut |_| ()) {
            let named = found.iter().filter(|(_, owners)| !owners.is_empty());
            let text = page_owner::write(named.map(|(block, owners)| (*block, owners)));
            self.files.insert(owners::CAPTURED.to_owned(), Captured::Bytes(text.into_bytes()));
        }
        let mut slabs = owners::slabs(root);
        for slab in &mut slabs {
            slab.name = forms::cache(&slab.name.raw_text()).into_owned().into();
        }
        if !slabs.is_empty() {
            let text = slabinfo::write(&slabs);
            self.files.insert(owners::CAPTURED_SLABS.to_owned(), Captured::Bytes(text.into_bytes()));
        }
    }

    fn log(&mut self, root: &Root, mask: &mut Mask, keep: &[Kind]) {
        let log = match klog::of(root) {
            Ok(Some(log)) => log,
            Ok(None) => return self.leave_out(klog::FILE, "there is no log of the kernel", None),
            Err(error) => return self.cannot_read(klog::FILE, &error),
        };
        if !log.is_whole() {
            let what = format!("{}: the beginning of the log is lost", log.origin.text());
            self.unreadable.push(CaptureNote { path: klog::FILE.to_owned(), what, ..CaptureNote::default() });
        }
        let (kept, gone) = mask.log(&log.text, keep.contains(&Kind::Log));
        if gone > 0 {
            let what =
                format!("{gone} lines that are not on the list of known ones, such as those of drivers");
            self.leave_out(klog::FILE, what, Some(Kind::Log));
        }
        self.text(klog::FILE.to_owned(), klog::FILE, kept, mask);
    }

    /// Boot entries and files with tables: which names which, without the entries' titles and command lines.
    fn boot_files(
        &mut self,
        root: &Root,
        release: &str,
        line: &str,
        found: Option<&Initrd>,
        mask: &mut Mask,
    ) {
        let mut disk = match bootfiles::disk(root, release, line, found) {
            Ok(disk) => disk,
            Err(error) => return self.cannot_read(bootfiles::CAPTURED_DISK, &error),
        };
        let stray: Vec<String> = disk.stray_in(line).map(str::to_owned).collect();
        disk.stray.extend(stray);
        disk.texts(&mut |text| *text = mask.path(text));
        if disk == Disk::default() {
            return;
        }
        self.replaced(bootfiles::CAPTURED_DISK, mask);
        match serde_json::to_vec_pretty(&disk) {
            Ok(bytes) => {
                self.files.insert(bootfiles::CAPTURED_DISK.to_owned(), Captured::Bytes(bytes));
            }
            Err(error) => self.leave_out(bootfiles::CAPTURED_DISK, error.to_string(), None),
        }
    }

    fn initrd(&mut self, root: &Root, release: &str, line: &str, mask: &mut Mask) {
        let found = bootfiles::find_initrd(root, release, line);
        self.boot_files(root, release, line, found.as_ref().ok().and_then(Option::as_ref), mask);
        let mut found = match found {
            Ok(Some(found)) => found,
            Ok(None) => {
                return self.leave_out("boot/initrd", "no boot loader's file names one that is here", None);
            }
            Err(error) => return self.cannot_read("boot/initrd", &error),
        };
        let kernel = Release::parse(release).unwrap_or_else(|_| Release::newest());
        let path = Path::new(found.files.first().map_or("", String::as_str));
        let hidden = match &found.hidden {
            Some(known) => known.clone(),
            None => doctor::hidden(&"initrd".into(), found.bytes.view(), &kernel),
        };
        let mut notes = Vec::new();
        let early = match initrd::early(found.bytes.view(), mask, &mut notes) {
            Ok(early) => early,
            Err(error) => return self.cannot_read("boot/initrd", &read_error(path, error)),
        };
        for name in &mut found.files {
            *name = mask.path(name);
        }
        found.how = mask.path(&found.how.raw_text()).into();
        self.replaced(bootfiles::CAPTURED_FROM, mask);
        let files = found.files.join(", ");
        for (at, taken) in notes {
            match taken {
                Taken::Whole(replaced) => self.texts(&files, &format!(" of the table at {at:#x}"), replaced),
                Taken::Zeroed(offsets) => self.zeroed(&files, &format!(" in the table at {at:#x}"), offsets),
                Taken::Header(kind, what) => {
                    let what = format!("the table at {at:#x}: {what}; its header is kept");
                    self.leave_out(&files, what, Some(kind));
                }
            }
        }
        let what = format!("{} of {} bytes kept: what the search for tables reads", early.len(), found.len);
        if (early.len() as u64) < found.len {
            self.leave_out(&files, what, None);
        }
        let facts = bootfiles::captured_lines(&found, &hidden);
        self.files.insert(bootfiles::CAPTURED.to_owned(), Captured::Bytes(early));
        self.files.insert(bootfiles::CAPTURED_FROM.to_owned(), Captured::Bytes(facts.into_bytes()));
    }
}
