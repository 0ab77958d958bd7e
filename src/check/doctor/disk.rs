//! What of a machine's disk decides which tables the next boot gets: boot entries, and files that hold tables. And whether the
//! one names the other.

use super::{Check, Facts, Link, known};
use crate::boot::install::Firmware;
use crate::boot::stages::upgrade::Upgrade;
use crate::bytes::sum8;
use crate::container::bootconf::{Loader, file_name};
use crate::finding::registry::doctor as own;
use crate::finding::{Finding, Severity};
use crate::foreign::Foreign;
use crate::phrase::count;
use crate::table::Header;
use serde::{Deserialize, Serialize};

/// A file that a boot entry names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// As the entry has it.
    pub name: String,
    /// Where it is below the root; `None` where it is not.
    pub found: Option<String>,
}

/// An entry of a boot loader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BootEntry {
    /// The boot loader that reads it.
    pub loader: Loader,
    /// The file that has it, below the root.
    pub file: String,
    /// What the menu shows.
    pub title: String,
    /// Its kernel; empty where it names none.
    pub kernel: String,
    /// Whether it is for the kernel in question.
    pub is_ours: bool,
    /// Whether the partition that it names files of is here: some of them are there.
    pub is_here: bool,
    /// Its initrds in their order.
    pub initrds: Vec<Named>,
    /// Whether it names files by variables too, which are not known.
    pub has_variables: bool,
}

/// What a file with tables is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileKind {
    /// An archive of tables alone.
    Archive,
    /// An initrd with such an archive in front.
    Initrd,
    /// A table.
    Table,
}

/// What makes initrds of the tables in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Maker {
    /// mkinitcpio's hook `acpi_override`.
    Mkinitcpio,
    /// dracut's `acpi_table_dir`.
    Dracut,
    /// initramfs-tools with Debian's acpi-override-initramfs.
    InitramfsTools,
    /// The hooks of acpihp.
    Acpihp,
}

impl Maker {
    /// How the initrd is made anew.
    pub fn command(self) -> &'static str {
        match self {
            Maker::Mkinitcpio => "mkinitcpio -P",
            Maker::Dracut => "dracut --force",
            Maker::InitramfsTools => "update-initramfs -u",
            Maker::Acpihp => "update-initramfs -u, dracut --force or mkinitcpio -P",
        }
    }
}

/// A file that holds tables.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableFile {
    /// Where it is below the root.
    pub path: String,
    /// What it is.
    pub kind: FileKind,
    /// What takes it into initrds, where it lies in such a place.
    pub maker: Option<Maker>,
    /// When it was changed, in seconds since 1970, where that is known.
    pub modified: Option<i64>,
    /// The headers of its tables.
    pub tables: Vec<Vec<u8>>,
}

/// What GRUB's settings say of archives.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grub {
    /// `GRUB_EARLY_INITRD_LINUX_CUSTOM` and `..._STOCK`: the file that sets it, the name of the setting, its value.
    pub early: Vec<(String, String, String)>,
    /// Whether grub.cfg, or `GRUB_ENABLE_BLSCFG`, takes the entries of the Boot Loader Specification.
    pub uses_entries: bool,
    /// `early_initrd` of grubenv, which then goes in front of each entry's initrds: file and value.
    pub environment: Option<(String, String)>,
}

/// What was found on disk.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disk {
    /// Boot entries.
    pub entries: Vec<BootEntry>,
    /// Files with tables.
    pub files: Vec<TableFile>,
    /// GRUB's settings.
    pub grub: Grub,
    /// The settings that turn on what makes initrds of tables: the maker, the file and the line.
    pub settings: Vec<(Maker, String, String)>,
    /// When the initrd at hand was changed, in seconds since 1970.
    pub initrd_modified: Option<i64>,
    /// Words of the command line that name files: of a capture, whose command line does not keep them.
    pub stray: Vec<String>,
}

impl Disk {
    /// The entries of the kernel in question; all where none is known to be its own.
    pub fn ours(&self) -> Vec<&BootEntry> {
        let ours: Vec<&BootEntry> = self.entries.iter().filter(|entry| entry.is_ours).collect();
        if ours.is_empty() { self.entries.iter().collect() } else { ours }
    }

    /// The words of a command line that name files: paths, and files with tables.
    pub fn stray_in<'a>(&'a self, line: &'a str) -> impl Iterator<Item = &'a str> {
        let is_path = |word: &str| word.starts_with(['/', '\\']) && !word.contains('=') && word.len() > 1;
        let is_file = |word: &str| self.files.iter().any(|file| file_name(&file.path) == word);
        line.split_whitespace().filter(move |word| is_path(word) || is_file(word))
    }

    /// Passes every text of it on to be changed, for a copy; titles are dropped.
    pub fn texts(&mut self, change: &mut dyn FnMut(&mut String)) {
        for entry in &mut self.entries {
            entry.title.clear();
            change(&mut entry.file);
            change(&mut entry.kernel);
            for named in &mut entry.initrds {
                change(&mut named.name);
                named.found.iter_mut().for_each(&mut *change);
            }
        }
        self.files.iter_mut().for_each(|file| change(&mut file.path));
        for (file, _, value) in &mut self.grub.early {
            change(file);
            change(value);
        }
        for (file, value) in self.grub.environment.iter_mut() {
            change(file);
            change(value);
        }
        for (_, file, line) in &mut self.settings {
            change(file);
            change(line);
        }
        self.stray.iter_mut().for_each(change);
    }
}

/// Tables as a message names them: `DSDT, 2 SSDT`.
pub(super) fn named(tables: &[Vec<u8>]) -> Foreign {
    let names: Vec<Foreign> =
        tables.iter().filter_map(|table| Some(Header::parse(table)?.signature.into())).collect();
    let distinct = super::chain::distinct(&names);
    if distinct.is_empty() { "tables".into() } else { super::chain::some(&distinct) }
}

/// What of the disk explains an initrd without the tables; `None` where nothing lies around.
pub(super) fn not_loaded(facts: &Facts<'_>) -> Option<Check> {
    let disk = facts.disk;
    missing(disk).or_else(|| archive_elsewhere(disk)).or_else(|| table_elsewhere(facts, disk))
}

/// The same, where it is not known what the boot had.
pub(super) fn not_named(disk: &Disk) -> Option<Check> {
    missing(disk).or_else(|| archive_elsewhere(disk))
}

/// An entry of this kernel that loads archives alone.
pub(super) fn no_init(facts: &Facts<'_>) -> Option<Check> {
    let disk = facts.disk;
    let panic = known::no_root(facts);
    if panic.is_none() && facts.log.as_ref().is_ok_and(|log| log.events.mounted_root) {
        return None;
    }
    let is_archive = |named: &Named| {
        let is_it =
            |file: &TableFile| file.kind == FileKind::Archive && named.found.as_deref() == Some(&file.path);
        disk.files.iter().any(is_it)
    };
    let alone = |entry: &&&BootEntry| {
        !entry.initrds.is_empty() && !entry.has_variables && entry.initrds.iter().all(is_archive)
    };
    let entry = *disk.ours().iter().find(alone)?;
    let names: Vec<&str> = entry.initrds.iter().map(|named| named.name.as_str()).collect();
    let message = format!("{} loads {} alone, which holds no /init", &entry.file, names.join(", "));
    let severity = if panic.is_some() { Severity::Error } else { Severity::Warning };
    Some(Check::not(Link::Initrd, severity, &own::NO_INIT, message).with(panic))
}

/// Tables of an archive that are older than the firmware's of the same identity: made for an earlier BIOS.
pub(super) fn earlier_bios(archive: &[(Foreign, &[u8])], firmware: &Firmware) -> Vec<Finding> {
    let mut out = Vec::new();
    for (name, bytes) in archive {
        let Some(ours) = Header::parse(bytes) else { continue };
        let same = |theirs: &Header| {
            let ids = |header: &Header| (header.signature, header.oem_id, header.oem_table_id);
            ids(theirs) == ids(&ours)
        };
        let mut headers = firmware.tables.iter().filter_map(|table| Header::parse(&table.bytes));
        let Some(theirs) = headers.find(same) else { continue };
        let by_tool = theirs.creator_id == ours.creator_id && theirs.creator_revision > ours.creator_revision;
        let what = match (theirs.oem_revision > ours.oem_revision, by_tool) {
            (true, _) => Foreign::from(format_args!(
                "OEM revision {:#x}, and the firmware's has {:#x} by now",
                ours.oem_revision, theirs.oem_revision
            )),
            (false, true) => {
                Foreign::from(format_args!("made by revision {:#x} of ", ours.creator_revision))
                    + &ours.creator_id[..]
                    + format_args!(", and the firmware's by {:#x}", theirs.creator_revision)
            }
            (false, false) => continue,
        };
        out.push(Finding::new(&own::EARLIER_BIOS, name, Foreign::from(ours.signature) + ": " + what));
    }
    out
}

/// An entry that names a file which is not there.
pub(super) fn missing(disk: &Disk) -> Option<Check> {
    let ours = disk.ours();
    let lost = ours.iter().filter(|entry| entry.is_here).flat_map(|entry| {
        let gone = entry.initrds.iter().filter(|named| named.found.is_none());
        gone.map(|named| (*entry, named))
    });
    let lost: Vec<_> = lost.collect();
    let twin = |name: &str| disk.files.iter().find(|file| file_name(&file.path) == file_name(name));
    let (entry, gone) = lost.iter().find(|(_, gone)| twin(&gone.name).is_some()).or_else(|| lost.first())?;
    let (file, name) = (&entry.file, &gone.name);
    let message = match twin(&gone.name) {
        Some(there) => {
            Foreign::from(format_args!("{file} names {name}, which is not there; {} is, with ", there.path))
                + named(&there.tables)
        }
        None => format!("{file} names {name}, which is not there").into(),
    };
    let check = Check::not(Link::Archive, Severity::Error, &own::MISSING_FILE, message);
    Some(check.with([line_of(entry)]))
}

/// An entry as evidence.
fn line_of(entry: &BootEntry) -> String {
    let names: Vec<&str> = entry.initrds.iter().map(|named| named.name.as_str()).collect();
    let title = match entry.title.is_empty() {
        true => String::new(),
        false => format!(" \"{}\"", &entry.title),
    };
    let what = match (names.is_empty(), entry.loader) {
        (false, _) => format!("loads {}", names.join(", ")),
        (true, Loader::Unified) => "has its initrd inside".to_owned(),
        (true, _) => format!("loads {} and no initrd of its own", &entry.kernel),
    };
    format!("{} ({}){title}: {what}", &entry.file, entry.loader.name())
}

/// An archive on disk that no entry of the kernel loads.
fn archive_elsewhere(disk: &Disk) -> Option<Check> {
    let loads = |entry: &BootEntry, path: &str| {
        entry.initrds.iter().any(|named| named.found.as_deref() == Some(path))
    };
    let ours = disk.ours();
    let lies = |file: &&TableFile| {
        file.kind == FileKind::Archive && !ours.iter().any(|entry| loads(entry, &file.path))
    };
    let file = disk.files.iter().find(lies)?;
    let other = disk.entries.iter().find(|entry| loads(entry, &file.path));
    let (path, tables) = (&file.path, named(&file.tables));
    let loaded = match (other, disk.entries.is_empty()) {
        (Some(other), _) => format!(", and only another kernel's entry loads it: {}", other.file),
        (None, false) => ", and no boot entry loads it".to_owned(),
        (None, true) => ", and no boot loader's file was found that loads it".to_owned(),
    };
    let message = Foreign::from(path) + " holds " + tables + loaded;
    let check = Check::not(Link::Archive, Severity::Error, &own::NOT_LOADED, message);
    let evidence = ours.iter().take(3).map(|entry| line_of(entry));
    let mut check = check.with(evidence).with(grub_settings(disk, &file.path));
    check.fix = Some(way_in(disk, &ours, &file.path).into());
    Some(check)
}

/// What GRUB's settings say of the archive, where they name it and it is not loaded all the same.
fn grub_settings(disk: &Disk, path: &str) -> Vec<String> {
    let grub = &disk.grub;
    let mut lines = Vec::new();
    for (file, setting, value) in &grub.early {
        if !value.split_whitespace().any(|name| file_name(name) == file_name(path)) {
            continue;
        }
        lines.push(format!("{} has {setting}={}", file, value));
        lines.push(match (grub.uses_entries, &grub.environment) {
            (true, None) => "GRUB takes boot loader entries here (blscfg), and puts only what early_initrd in grubenv names in front \
                             of them: grubenv has none"
                .to_owned(),
            (true, Some((file, value))) => {
                format!("GRUB takes boot loader entries here (blscfg), and {} has early_initrd={}", file, value)
            }
            (false, _) => "grub.cfg was made before that setting, or without it".to_owned(),
        });
    }
    lines
}

/// What to do so that the archive is loaded, as far as the loader is known.
fn way_in(disk: &Disk, ours: &[&BootEntry], path: &str) -> String {
    let name = file_name(path);
    let set = disk
        .grub
        .early
        .iter()
        .any(|(_, _, value)| value.split_whitespace().any(|word| file_name(word) == file_name(path)));
    let loader = ours.first().map(|entry| entry.loader);
    let anew = "make GRUB's files anew (update-grub, or grub2-mkconfig -o /boot/grub2/grub.cfg)";
    match (loader, disk.grub.uses_entries) {
        (Some(Loader::Entries), true) => {
            format!("grub2-editenv - set early_initrd={name}; or name it first in each entry's initrd line.")
        }
        (Some(Loader::Grub), _) if set => format!("The setting is right: {anew}."),
        (Some(Loader::Grub), _) => {
            format!("Put GRUB_EARLY_INITRD_LINUX_CUSTOM=\"{name}\" into /etc/default/grub, and {anew}.")
        }
        (Some(Loader::Entries), false) => {
            format!("Put the line \"initrd /{name}\" in front of the entry's other initrd lines.")
        }
        (Some(Loader::Limine), _) => {
            format!(
                "Put the line \"module_path: boot():/{name}\" in front of the entry's other module_path lines."
            )
        }
        (Some(Loader::Syslinux), _) => format!("Name it first in the entry: INITRD /{name},/INITRD."),
        (Some(Loader::Refind), _) => {
            format!("Put the line \"initrd /{name}\" in front of the entry's other initrd lines.")
        }
        (Some(Loader::Unified), _) => {
            format!("Build the image anew with it: ukify build --microcode={name} ...")
        }
        _ => format!("Name it in front of the initrd; acpihp mkinitrd-override --howto shows how ({name})."),
    }
}

/// A table that was to be in the initrd, and is not.
fn table_elsewhere(facts: &Facts<'_>, disk: &Disk) -> Option<Check> {
    let file = disk.files.iter().find(|file| file.kind == FileKind::Table)?;
    let booted =
        facts.initrd.map_or_else(|| "the initrd that was booted".into(), |initrd| initrd.name.clone());
    let (path, tables) = (&file.path, named(&file.tables));
    let Some(maker) = file.maker else {
        let message =
            Foreign::from(path) + " is a bare table (" + tables + "), and nothing puts it into an initrd";
        return Some(Check::not(Link::Archive, Severity::Error, &own::NOT_LOADED, message).with_fix(
            "Linux takes tables from an uncompressed archive in front of the initrd: acpihp mkinitrd-override makes one.",
        ));
    };
    let is_older = is_before(disk.initrd_modified, file.modified);
    let (rule, how) = match is_older {
        true => (&own::OUTDATED, " is older than it"),
        false => (&own::NOT_LOADED, " has no table in front"),
    };
    let message = Foreign::from(path) + " holds " + tables + ", and " + booted + how;
    let entries = disk.ours().into_iter().take(2).map(line_of).collect::<Vec<_>>();
    let check = Check::not(Link::Archive, Severity::Error, rule, message).with(entries);
    Some(
        check
            .with([setting(disk, maker)])
            .with_fix(format!("Make the initrd anew, and boot it: {}", maker.command())),
    )
}

/// Which setting turns the maker's work on.
fn setting(disk: &Disk, maker: Maker) -> String {
    let found = disk.settings.iter().find(|(of, ..)| *of == maker);
    match (found, maker) {
        (Some((_, file, line)), _) => format!("{}: {}", file, line),
        (None, Maker::Mkinitcpio) => "no HOOKS of mkinitcpio's configuration has acpi_override".to_owned(),
        (None, Maker::Dracut) => "dracut's configuration does not say acpi_override=\"yes\"".to_owned(),
        (None, Maker::InitramfsTools) => {
            "the hook of acpi-override-initramfs is not in usr/share/initramfs-tools/hooks".to_owned()
        }
        (None, Maker::Acpihp) => "no hook of acpihp was found (contrib/)".to_owned(),
    }
}

fn is_before(first: Option<i64>, second: Option<i64>) -> bool {
    first.zip(second).is_some_and(|(first, second)| first < second)
}

/// Tables that were to be in the archive in another form than they are: it is older than they.
pub(super) fn outdated(disk: &Disk, found: &Upgrade<'_>) -> Option<Check> {
    let header = |bytes: &[u8]| bytes.get(..crate::table::HEADER_LEN).map(<[u8]>::to_vec);
    let ours: Vec<Vec<u8>> = found.files.iter().filter_map(|file| header(file.entry.data)).collect();
    let sources = disk.files.iter().filter(|file| file.kind == FileKind::Table && file.maker.is_some());
    let newer: Vec<&TableFile> =
        sources.filter(|file| file.tables.iter().any(|table| !ours.contains(table))).collect();
    let first = newer.first()?;
    let maker = first.maker?;
    let (path, tables) = (&first.path, named(&first.tables));
    let is_older = is_before(disk.initrd_modified, first.modified);
    let message = match is_older {
        true => {
            Foreign::from(format_args!("the archive is older than {path}, and does not have its ")) + tables
        }
        false => Foreign::from("the archive does not have the ") + tables + " of " + path,
    };
    let more = newer.iter().skip(1).take(8).map(|file| format!("nor that of {}", &file.path));
    let check = Check::not(Link::Archive, Severity::Error, &own::OUTDATED, message).with(more);
    Some(
        check
            .with([setting(disk, maker)])
            .with_fix(format!("Make the initrd anew, and boot it: {}", maker.command())),
    )
}

/// Words of the command line that were meant for a boot loader.
pub(super) fn command_line(facts: &Facts<'_>) -> Option<Check> {
    let disk = facts.disk;
    let in_lines = facts.lines.iter().flat_map(|line| disk.stray_in(line));
    let stray = disk.stray.iter().map(String::as_str).chain(in_lines).next();
    if let Some(word) = stray {
        let message = format!("{} is on the command line, which loads no file", word);
        return Some(Check::not(Link::CommandLine, Severity::Warning, &own::STRAY_PATH, message));
    }
    let is_from_grub = |word: &str| word.starts_with("BOOT_IMAGE=(");
    let by_grub = facts.lines.iter().any(|line| line.split_whitespace().any(is_from_grub))
        || facts.disk.ours().iter().any(|entry| entry.loader == Loader::Grub);
    let named = crate::container::bootconf::initrd_options(facts.lines.first().map_or("", String::as_str));
    let name = named.first().filter(|_| by_grub)?;
    let message = format!(
        "initrd={} is on the command line, and GRUB, which does not read it, was the boot loader",
        name
    );
    Some(Check::not(Link::CommandLine, Severity::Warning, &own::STRAY_PATH, message))
}

/// How many tables lie where; for a boot in which nothing was to be replaced.
pub(super) fn nothing(disk: &Disk) -> String {
    let entries = count(disk.entries.len(), "boot entry", "boot entries");
    format!("no file with tables was found beside it ({entries} looked at)")
}

/// Whether bytes are a whole table, by length and sum.
pub fn is_table(bytes: &[u8]) -> bool {
    let is_name = |name: &[u8; 4]| name.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    Header::parse(bytes).is_some_and(|header| {
        is_name(&header.signature.0) && header.length as usize == bytes.len() && sum8(bytes) == 0
    })
}
