//! Finding and accepting override tables in the initrd, before any table of the firmware has been read.
//!
//! # Kernel
//! `acpi_table_upgrade` in drivers/acpi/tables.c, 4.7 to 7.3; `acpi_initrd_override` in drivers/acpi/osl.c, 3.8 to 4.6.

use crate::bytes::{array_at, kmsg, sum8, u32_at};
use crate::container::cpio::early::{ACPI_PREFIX, Entry, Scan, Stop};
use crate::container::initrd::held::View;
use crate::table::{HEADER_LEN, Signature};
use std::fmt;

/// What differs between kernels and boots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpgradeRules {
    /// How many files are examined, rejected ones counted: 64, 10 in the first releases.
    pub limit: usize,
    /// The signatures that are taken.
    pub signatures: &'static [[u8; 4]],
    /// Whether this boot is locked down.
    pub lockdown: Lockdown,
    /// Whether messages begin with `ACPI: `, as they do since 4.7.
    pub prefixed: bool,
}

/// What lockdown (`lockdown=`, Secure Boot) does to override tables.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Lockdown {
    /// The boot is not locked down.
    #[default]
    Off,
    /// Accepted tables are ignored all together: 5.4 to 6.11.
    Refused,
    /// Lockdown comes too late to matter: since 6.12 it is not in force yet when the tables are taken.
    NotArmed,
}

/// What became of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Examined {
    /// It is a table that may override or be installed.
    Accepted,
    /// It has no room for a table header.
    TooSmall,
    /// Its signature is none that this kernel takes.
    UnknownSignature,
    /// Its length is not the one in its header.
    LengthMismatch {
        /// The length in the header.
        header: u32,
    },
    /// Its bytes do not sum to zero.
    BadChecksum {
        /// What they sum to; the checksum byte would have to be lower by this.
        sum: u8,
    },
    /// The kernel had looked at as many files as it does, and says nothing.
    NotExamined,
    /// The kernel was built to look for tables elsewhere or nowhere.
    NotConfigured,
}

impl Examined {
    /// What the kernel's line complains of, for files that it rejects.
    pub(in crate::boot) fn complaint(self) -> Option<&'static str> {
        match self {
            Examined::TooSmall => Some("Table smaller than ACPI header"),
            Examined::UnknownSignature => Some("Unknown signature"),
            Examined::LengthMismatch { .. } => Some("File length does not match table length"),
            Examined::BadChecksum { .. } => Some("Bad table checksum"),
            Examined::Accepted | Examined::NotExamined | Examined::NotConfigured => None,
        }
    }
}

impl Examined {
    /// What a file comes to that is refused for nothing but its sum.
    pub fn of_sum(sum: u8) -> Examined {
        if sum == 0 { Examined::Accepted } else { Examined::BadChecksum { sum } }
    }
}

impl fmt::Display for Examined {
    /// Writes what the kernel finds, with what was found and expected.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Examined::Accepted => write!(out, "accepted"),
            Examined::TooSmall => write!(out, "smaller than a table header ({HEADER_LEN} bytes)"),
            Examined::UnknownSignature => write!(out, "a signature that this kernel does not take"),
            Examined::LengthMismatch { header } => {
                write!(out, "the file is not as long as its header says ({header} bytes)")
            }
            Examined::BadChecksum { sum } => write!(out, "the bytes sum to {sum:#04x} instead of 0"),
            Examined::NotExamined => write!(out, "not examined: too many files"),
            Examined::NotConfigured => {
                write!(
                    out,
                    "not looked for: the kernel was not built to take tables from the boot loader's initrd"
                )
            }
        }
    }
}

/// One file below kernel/firmware/acpi/.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpgradeFile<'a> {
    /// Where it stands in the initrd, its name and its bytes.
    pub entry: Entry<'a>,
    /// Name behind the prefix as the kernel reports it, at most 17 bytes, raw.
    pub reported: &'a [u8],
    /// What became of it.
    pub outcome: Examined,
}

impl UpgradeFile<'_> {
    /// The first four bytes, if they are there.
    pub fn signature(&self) -> Option<Signature> {
        array_at(self.entry.data, 0).map(Signature)
    }
}

/// How loud a line of the kernel's log is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// KERN_ERR.
    Error,
    /// KERN_WARNING.
    Warning,
    /// KERN_NOTICE.
    Notice,
    /// KERN_INFO.
    Info,
}

/// One line of the kernel's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// How loud it is.
    pub level: Level,
    /// Its text as /dev/kmsg shows it ([`kmsg`]): safe to print.
    pub text: String,
}

/// What the kernel took from an initrd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upgrade<'a> {
    /// Every file below kernel/firmware/acpi/ that the early scanner reaches, in archive order.
    pub files: Vec<UpgradeFile<'a>>,
    /// The kernel's lines about them, in order.
    pub log: Vec<LogLine>,
    /// Where and why the scanner would stop if it looked for more files than it examines.
    pub stop: Option<Stop>,
    /// Whether lockdown made the kernel ignore what it had accepted.
    pub locked_down: bool,
}

impl<'a> Upgrade<'a> {
    /// What a kernel makes of the same initrd that looks for tables elsewhere or nowhere: nothing, without a word.
    pub fn not_configured(mut self) -> Self {
        self.files.iter_mut().for_each(|file| file.outcome = Examined::NotConfigured);
        Upgrade { log: Vec::new(), locked_down: false, ..self }
    }

    /// The tables that the kernel copies, in its order: what the later stages work with.
    pub fn accepted(&self) -> impl Iterator<Item = &UpgradeFile<'a>> {
        let locked_down = self.locked_down;
        self.files.iter().filter(move |file| !locked_down && file.outcome == Examined::Accepted)
    }
}

/// Looks through an initrd for override tables, as the kernel does at the beginning of a boot. Two lines are not in the
/// log, since other parts of the kernel print them: that of the lockdown module, and the memory map with the copies.
pub fn upgrade<'a>(initrd: impl Into<View<'a>>, rules: &UpgradeRules) -> Upgrade<'a> {
    let mut scan = Scan::new(initrd, ACPI_PREFIX);
    let mut files = Vec::new();
    let mut log = Vec::new();
    for entry in scan.by_ref() {
        let Some(matched) = entry.matched else { continue };
        let reported = matched.reported;
        if files.len() >= rules.limit {
            files.push(UpgradeFile { entry, reported, outcome: Examined::NotExamined });
            continue;
        }
        if let Some(name) = matched.too_long {
            log.push(line(Level::Warning, &[b"File ", name, b" exceeding MAX_CPIO_FILE_NAME [18]"]));
        }
        let outcome = examine(entry.data, rules.signatures);
        log.extend(log_line(&entry, reported, outcome, rules.prefixed));
        files.push(UpgradeFile { entry, reported, outcome });
    }
    let any = files.iter().any(|file| file.outcome == Examined::Accepted);
    let locked_down = any && rules.lockdown == Lockdown::Refused;
    if locked_down {
        log.push(line(Level::Notice, &[b"ACPI: kernel is locked down, ignoring table override"]));
    }
    Upgrade { files, log, stop: scan.stop(), locked_down }
}

/// The kernel's checks, in its order.
pub fn examine(file: &[u8], signatures: &[[u8; 4]]) -> Examined {
    examine_head(file, file.len() as u64, signatures).unwrap_or_else(|| Examined::of_sum(sum8(file)))
}

/// Why the kernel refuses a file of `len` bytes that begins with `head`, as far as that tells; what is left is the sum of
/// all bytes. `head` has a table's header at least, if the file has that much.
pub fn examine_head(head: &[u8], len: u64, signatures: &[[u8; 4]]) -> Option<Examined> {
    let (Some(signature), Some(length), true) =
        (array_at::<4>(head, 0), u32_at(head, 4), head.len() >= HEADER_LEN)
    else {
        return Some(Examined::TooSmall);
    };
    if !signatures.contains(&signature) {
        return Some(Examined::UnknownSignature);
    }
    (len != u64::from(length)).then_some(Examined::LengthMismatch { header: length })
}

/// What the kernel says of a file that it has examined.
fn log_line(entry: &Entry<'_>, reported: &[u8], outcome: Examined, prefixed: bool) -> Option<LogLine> {
    if let Some(what) = outcome.complaint() {
        return Some(rejection(what, reported, prefixed));
    }
    if outcome != Examined::Accepted {
        return None;
    }
    let prefix: &[u8] = if prefixed { b"ACPI: " } else { b"" };
    let signature = entry.data.get(..4)?;
    let length = format!("][{:#x}]", entry.data.len());
    let found = b" ACPI table found in initrd [";
    Some(line(Level::Info, &[prefix, signature, found, ACPI_PREFIX, reported, length.as_bytes()]))
}

/// The kernel's line about a file that it rejects; `reported` is the name behind the prefix, raw.
pub(in crate::boot) fn rejection(what: &str, reported: &[u8], prefixed: bool) -> LogLine {
    let prefix: &[u8] = if prefixed { b"ACPI: " } else { b"" };
    line(Level::Error, &[prefix, b"ACPI OVERRIDE: ", what.as_bytes(), b" [", ACPI_PREFIX, reported, b"]"])
}

fn line(level: Level, parts: &[&[u8]]) -> LogLine {
    LogLine { level, text: kmsg(&parts.concat()) }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::boot::kernel::signatures::taken_by;

    const RULES: UpgradeRules = UpgradeRules {
        limit: 64,
        signatures: &[*b"SRAT", *b"SSDT"],
        lockdown: Lockdown::Off,
        prefixed: true,
    };

    fn table(signature: &[u8; 4], len: usize) -> Vec<u8> {
        let mut table = vec![0; len];
        table[..4].copy_from_slice(signature);
        table[4..8].copy_from_slice(&(len as u32).to_le_bytes());
        table[9] = 0u8.wrapping_sub(sum8(&table));
        table
    }

    fn archive(files: &[(&[u8], &[u8])]) -> Vec<u8> {
        let mut out = Vec::new();
        for (name, data) in files {
            let name = [ACPI_PREFIX, name, b"\0"].concat();
            out.extend(format!("070701{:08x}{:08x}{:032x}", 0, 0o100_644, 0).bytes());
            out.extend(format!("{:08x}{:032x}{:08x}{:08x}", data.len(), 0, name.len(), 0).bytes());
            for part in [&name[..], data] {
                out.extend(part);
                out.resize(out.len().next_multiple_of(4), 0);
            }
        }
        out
    }

    fn texts(upgrade: &Upgrade<'_>) -> Vec<String> {
        upgrade.log.iter().map(|line| line.text.clone()).collect()
    }

    #[test]
    fn checks_come_in_the_kernel_s_order() {
        let good = table(b"SRAT", 40);
        assert_eq!(examine(&good, RULES.signatures), Examined::Accepted);
        assert_eq!(examine(&good[..35], RULES.signatures), Examined::TooSmall);
        assert_eq!(examine(&good[..36], RULES.signatures), Examined::LengthMismatch { header: 40 });
        assert_eq!(
            examine(&[&good[..], &[0]].concat(), RULES.signatures),
            Examined::LengthMismatch { header: 40 }
        );
        assert_eq!(examine(&table(b"FACS", 40), RULES.signatures), Examined::UnknownSignature);
        assert_eq!(examine(b"", RULES.signatures), Examined::TooSmall);
        let mut bad = good.clone();
        bad[39] = 3;
        assert_eq!(examine(&bad, RULES.signatures), Examined::BadChecksum { sum: 3 });
        bad[0] = b's';
        assert_eq!(examine(&bad, RULES.signatures), Examined::UnknownSignature, "before the checksum");
    }

    #[test]
    fn the_log_is_the_kernel_s() {
        let (srat, odd) = (table(b"SRAT", 0x158), table(b"OEM1", 40));
        let bytes = archive(&[
            (b"srat.aml", &srat),
            (b"a-very-long-name.aml", &odd),
            (b"link", b""),
            (b"short", &srat[..40]),
            (b"sub/\xff.aml", &srat),
        ]);
        let result = upgrade(&bytes, &RULES);
        let expected = [
            "ACPI: SRAT ACPI table found in initrd [kernel/firmware/acpi/srat.aml][0x158]",
            "File kernel/firmware/acpi/a-very-long-name.aml exceeding MAX_CPIO_FILE_NAME [18]",
            "ACPI: ACPI OVERRIDE: Unknown signature [kernel/firmware/acpi/a-very-long-name.]",
            "ACPI: ACPI OVERRIDE: Table smaller than ACPI header [kernel/firmware/acpi/link]",
            "ACPI: ACPI OVERRIDE: File length does not match table length [kernel/firmware/acpi/short]",
            "ACPI: SRAT ACPI table found in initrd [kernel/firmware/acpi/sub/\\xff.aml][0x158]",
        ];
        assert_eq!(texts(&result), expected);
        assert_eq!(result.accepted().count(), 2);
        let old = upgrade(&bytes, &UpgradeRules { prefixed: false, ..RULES });
        let plain: Vec<_> =
            expected.iter().map(|line| line.trim_start_matches("ACPI: ").to_owned()).collect();
        assert_eq!(texts(&old), plain);
    }

    #[test]
    fn rejected_files_count_towards_the_limit() {
        let (bad, srat) = (table(b"OEM1", 40), table(b"SRAT", 40));
        let mut files: Vec<(&[u8], &[u8])> = vec![(b"x", &bad); 9];
        files.extend([(&b"last"[..], &srat[..]), (b"a-name-that-is-too-long", &srat)]);
        let bytes = archive(&files);
        let result = upgrade(&bytes, &UpgradeRules { limit: 10, ..RULES });
        assert_eq!(result.log.len(), 10, "nothing is said of the eleventh, not even that its name is long");
        assert_eq!(result.files[9].outcome, Examined::Accepted);
        assert_eq!(result.files[10].outcome, Examined::NotExamined);
        assert_eq!(upgrade(&bytes, &RULES).accepted().count(), 2);
    }

    #[test]
    fn lockdown_speaks_after_the_tables_and_only_of_accepted_ones() {
        let srat = table(b"SRAT", 40);
        let bytes = archive(&[(b"srat.aml", &srat)]);
        let refused = UpgradeRules { lockdown: Lockdown::Refused, ..RULES };
        let result = upgrade(&bytes, &refused);
        assert_eq!(result.log[1].text, "ACPI: kernel is locked down, ignoring table override");
        assert_eq!((result.accepted().count(), result.locked_down), (0, true));
        assert!(!upgrade(&archive(&[(b"x", b"")]), &refused).locked_down);
        let late = upgrade(&bytes, &UpgradeRules { lockdown: Lockdown::NotArmed, ..RULES });
        assert_eq!((late.accepted().count(), late.log.len()), (1, 1));
    }

    #[test]
    fn a_release_decides_which_signatures_are_taken() {
        let cedt = table(b"CEDT", 64);
        assert_eq!(examine(&cedt, taken_by((5, 10))), Examined::UnknownSignature);
        assert_eq!(examine(&cedt, taken_by((6, 1))), Examined::Accepted);
    }
}
