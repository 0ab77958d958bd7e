//! Rules for tables that are to override those of the firmware: does the kernel take them for what they are meant to be?

use super::across::Named;
use super::{Findings, identity};
use crate::boot::install::firmware::usual_rank;
use crate::boot::install::{Archive, Boot, Firmware, FirmwareTable, Flow, TableOutcome, Unused, install};
use crate::boot::kernel::cmdline::Cmdline;
use crate::boot::kernel::release::{Change, Release};
use crate::boot::stages::upgrade::{Examined, examine};
use crate::container::raw;
use crate::finding::registry::{archive as rules, header, install as install_rules};
use crate::finding::{Area, Finding, Severity};
use crate::foreign::Foreign;
use crate::phrase;
use crate::phrase::count;
use crate::table::fadt::Fadt;
use crate::table::{Header, Signature, rsdp};

const ROOT: [Signature; 2] = [Signature(*b"RSDT"), Signature(*b"XSDT")];
const FADT: Signature = Signature(*b"FACP");

/// A file and what was made out about it.
struct Subject<'a> {
    file: &'a Named<'a>,
    header: Header,
    fate: TableOutcome,
}

/// What becomes of `files`, which the kernel accepts, in archive order, on a machine with the tables `firmware`, and what is
/// to be said of that. The numbers of firmware tables in a fate count in `firmware`. Files that end before their header
/// does are given no fate and no finding.
pub fn check(
    files: &[Named<'_>],
    firmware: &[Named<'_>],
    release: &Release,
) -> (Vec<Option<TableOutcome>>, Vec<Finding>) {
    let mut fates = fates(files, firmware, release);
    let mut out = Vec::new();
    for (file, fate) in files.iter().zip(&mut fates).filter(|(file, _)| is_unknown_dsdt(file, firmware)) {
        *fate = None;
        out.push(Finding::new(
            &rules::DSDT_UNKNOWN,
            file.subject,
            "the FADT names a DSDT, which is not among these tables",
        ));
    }
    for (index, (file, fate)) in files.iter().zip(&fates).enumerate() {
        let (Some(header), Some(fate)) = (Header::parse(file.bytes), *fate) else { continue };
        let earlier = files.get(..index).unwrap_or_default();
        out.extend(about(&Subject { file, header, fate }, earlier, firmware, release));
    }
    (fates, out)
}

/// Whether a file is a DSDT for a machine whose own is not at hand, though its FADT names one.
fn is_unknown_dsdt(file: &Named<'_>, firmware: &[Named<'_>]) -> bool {
    let has = |name: &[u8; 4]| firmware.iter().any(|table| raw::name(table.bytes).0 == *name);
    raw::name(file.bytes).0 == *b"DSDT" && has(b"FACP") && !has(b"DSDT")
}

/// Why the kernel refuses a file, whatever firmware has: the rules of [`examine`], each with the offset, what was found and
/// what was expected. Nothing for a file that it accepts.
///
/// # Kernel
/// `acpi_table_upgrade` in drivers/acpi/tables.c, 4.7 to 7.3.
pub fn refusal(subject: &Foreign, bytes: &[u8], release: &Release) -> Vec<Finding> {
    let mut findings = Findings::new(subject, 0);
    match examine(bytes, release.signatures) {
        Examined::Accepted | Examined::NotExamined | Examined::NotConfigured => return Vec::new(),
        Examined::UnknownSignature => identity::unknown(&mut findings, bytes, 0),
        Examined::LengthMismatch { .. } => {
            if let [first, second, ..] = raw::split(bytes).tables.as_slice() {
                let next = raw::name(bytes.get(second.clone()).unwrap_or_default());
                let message = Foreign::from(format_args!("the first table ends at {:#x}, and ", first.end))
                    + next
                    + " begins there";
                findings.add(&rules::SEVERAL_TABLES, second.start..bytes.len(), message);
            }
        }
        Examined::TooSmall | Examined::BadChecksum { .. } => {}
    }
    let own = findings.into_vec();
    if !own.is_empty() {
        return own;
    }
    let mut out = super::table(subject, 0, bytes);
    out.retain(|finding| finding.rule.area == Area::Header && finding.severity > Severity::Info);
    for finding in &mut out {
        // In a dump, bytes behind a table do no harm.
        if *finding.rule == header::TRAILING_BYTES {
            finding.severity = Severity::Error;
        }
    }
    out
}

/// The fate of each file by the model of the boot.
fn fates(files: &[Named<'_>], firmware: &[Named<'_>], release: &Release) -> Vec<Option<TableOutcome>> {
    // A dump also has the tables that lead to the others: they are not in the kernel's list.
    let is_root = |table: &[u8]| ROOT.contains(&raw::name(table)) || raw::name(table) == rsdp::NAME;
    // A FADT of which only the header is known leads to no DSDT, and then that stands for itself.
    let has_fadt = files.iter().any(|file| raw::name(file.bytes) == FADT);
    let is_empty_fadt =
        |table: &[u8]| !has_fadt && raw::name(table) == FADT && table.len() <= crate::table::HEADER_LEN;
    let counts = |table: &[u8]| !is_root(table) && !is_empty_fadt(table);
    let mut order: Vec<usize> = Vec::new();
    order.extend(
        (0..firmware.len()).filter(|index| firmware.get(*index).is_some_and(|one| counts(one.bytes))),
    );
    order.sort_by_key(|index| firmware.get(*index).map(|table| usual_rank(table.bytes)));
    let in_order = order.iter().filter_map(|index| firmware.get(*index));
    let tables = in_order.map(|table| FirmwareTable { address: None, bytes: table.bytes.to_vec() }).collect();
    let machine = Firmware { tables, ..Firmware::default() };
    let archive = Archive { tables: files.iter().map(|file| file.bytes).collect(), ..Archive::default() };
    let (line, flow) = (Cmdline::default(), Flow::of(release));
    let boot = Boot { firmware: &machine, archive: &archive, initrd: None, line: &line, release, flow };
    let done = install(&boot, None);
    let place = |index: usize| order.get(index).copied().unwrap_or(index);
    let fates = done.outcomes.into_iter().map(|fate| fate.with_firmware(place));
    files.iter().zip(fates).map(|(file, fate)| Header::parse(file.bytes).map(|_| fate)).collect()
}

/// What is to be said of one file. `earlier` are the files in front of it.
fn about(
    subject: &Subject<'_>,
    earlier: &[Named<'_>],
    firmware: &[Named<'_>],
    release: &Release,
) -> Vec<Finding> {
    let Subject { file, header, fate } = subject;
    let mut findings = Findings::new(file.subject, file.base);
    let len = file.bytes.len();
    let same_kind = |named: &&Named<'_>| {
        Header::parse(named.bytes).is_some_and(|other| other.signature == header.signature)
    };
    let same = |named: &&Named<'_>| {
        let other = Header::parse(named.bytes);
        other.is_some_and(|other| release.is_meant_for(&header.identity(), &other.identity()))
    };
    let exact = release.has(Change::EXACT_IDENTITY);
    if ROOT.contains(&header.signature) {
        findings.add(&rules::ROOT_TABLE, 0..len, Foreign::from(header.signature) + " replaces nothing");
        return findings.into_vec();
    }
    let candidates: Vec<_> = firmware.iter().filter(same).collect();
    let copy = |named: &&Named<'_>| same(named) && named.bytes == file.bytes;
    let twin = earlier.iter().find(copy).or_else(|| earlier.iter().rfind(same));
    match fate {
        TableOutcome::Override(index) => {
            let Some(replaced) = firmware.get(*index) else { return Vec::new() };
            if candidates.len() > 1 && exact {
                let names: Vec<_> = candidates.iter().map(|table| table.subject).collect();
                let message = join(&names) + " have these ids; it replaces " + replaced.subject;
                findings.add(&rules::AMBIGUOUS, 10..24, message);
            }
            if header.signature == FADT {
                addresses(&mut findings, file.bytes, replaced.bytes);
            }
        }
        TableOutcome::Dropped { firmware: index, revision } => {
            let Some(existing) = firmware.get(*index) else { return Vec::new() };
            not_newer(&mut findings, subject, existing, *revision);
        }
        TableOutcome::Unused(why @ (Unused::NoRoom | Unused::NoMemory)) => {
            findings.add(&install_rules::LIST_FULL, 0..len, format_args!("{}", why.why()));
        }
        TableOutcome::Install | TableOutcome::Unused(_) => match twin {
            Some(first) => {
                let is_added = candidates.is_empty();
                identity::duplicate(
                    &mut findings,
                    file.bytes,
                    header,
                    first.bytes,
                    first.beside(file),
                    is_added,
                )
            }
            None => not_there(
                &mut findings,
                subject,
                &firmware.iter().filter(same_kind).collect::<Vec<_>>(),
                exact,
            ),
        },
    }
    findings.into_vec()
}

/// A file that is dropped because of its OEM revision.
fn not_newer(findings: &mut Findings, subject: &Subject<'_>, existing: &Named<'_>, theirs: u32) {
    let Subject { file, header, .. } = subject;
    let name = existing.subject;
    if existing.bytes == file.bytes {
        findings.add(
            &rules::IN_FORCE,
            0..file.bytes.len(),
            Foreign::from("it has the very bytes of ") + name,
        );
        return;
    }
    let found = header.oem_revision;
    match theirs.checked_add(1) {
        Some(expected) => findings.add_fixable(
            &rules::NOT_NEWER,
            24..28,
            Foreign::from(format_args!("the OEM revision is {found:#x}, and that of "))
                + name
                + format_args!(" {theirs:#x}: expected {expected:#x} or more"),
            format!("acpihp edit FILE --oem-revision {expected:#x} -o NEW"),
        ),
        None => findings.add(
            &rules::NOT_NEWER,
            24..28,
            Foreign::from(name)
                + format_args!(
                    " has the highest OEM revision there is, {theirs:#x}: it cannot be overridden"
                ),
        ),
    }
}

/// A file that replaces nothing. `others` are the firmware's tables of its kind.
fn not_there(findings: &mut Findings, subject: &Subject<'_>, others: &[&Named<'_>], exact: bool) {
    let Subject { file, header, .. } = subject;
    let (name, len) = (header.signature, file.bytes.len());
    let Some(other) = others.first() else {
        let message = Foreign::from("the firmware has no ") + name;
        findings.add(if exact { &rules::ADDS } else { &rules::IGNORED }, 0..len, message);
        return;
    };
    if identity::ADDITIVE.contains(&name) {
        let number = count(others.len(), "table", "tables");
        let message = format_args!("the firmware has {number} of this kind, all with other ids");
        findings.add(if exact { &rules::ADDS } else { &rules::IGNORED }, 10..24, message);
        return;
    }
    let Some(theirs) = Header::parse(other.bytes) else { return };
    let fields = [
        ("OEM ID", 10, &header.oem_id[..], &theirs.oem_id[..]),
        ("OEM table ID", 16, &header.oem_table_id, &theirs.oem_table_id),
    ];
    let differ: Vec<_> = fields.iter().filter(|(_, _, ours, theirs)| ours != theirs).collect();
    let words: Vec<_> = differ
        .iter()
        .map(|(field, at, ours, theirs)| {
            let first = ours.iter().zip(*theirs).position(|(ours, theirs)| ours != theirs).unwrap_or(0);
            let byte = |id: &[u8]| id.get(first).copied().unwrap_or(0);
            Foreign::from(format_args!("{field} \""))
                + *ours
                + "\", expected \""
                + *theirs
                + format_args!("\" (byte {}: {:02x}, expected {:02x})", at + first, byte(ours), byte(theirs))
        })
        .collect();
    let span = differ.first().map_or(10, |(_, at, ..)| *at)
        ..differ.last().map_or(24, |(_, at, ours, _)| at + ours.len());
    let message = Foreign::joined(words, " and ") + " as in " + other.subject;
    if exact {
        findings.add_as(Severity::Error, &rules::IDS_DIFFER, span, message);
    } else {
        findings.add(&rules::IGNORED, span, message);
    }
}

/// A FADT that sends the kernel to other places than the one that it replaces.
fn addresses(findings: &mut Findings, ours: &[u8], theirs: &[u8]) {
    let (Ok(ours), Ok(theirs)) = (Fadt::parse(ours), Fadt::parse(theirs)) else { return };
    let pairs = [
        ("FIRMWARE_CTRL", 36, 4, ours.firmware_ctrl().map(u64::from), theirs.firmware_ctrl().map(u64::from)),
        ("DSDT", 40, 4, ours.dsdt().map(u64::from), theirs.dsdt().map(u64::from)),
        ("X_FIRMWARE_CTRL", 132, 8, ours.x_firmware_ctrl(), theirs.x_firmware_ctrl()),
        ("X_DSDT", 140, 8, ours.x_dsdt(), theirs.x_dsdt()),
    ];
    for (name, at, len, ours, theirs) in pairs {
        let (ours, theirs) = (ours.unwrap_or(0), theirs.unwrap_or(0));
        if ours != theirs {
            let message = format_args!("{name} is {ours:#x}, and {theirs:#x} in the firmware's");
            findings.add(&rules::FADT_ADDRESSES, at..at + len, message);
        }
    }
}

/// `A`, `A and B`, `A, B and C`; of many the first six.
fn join(names: &[&[u8]]) -> Foreign {
    const SHOWN: usize = 6;
    let list = |names: &[&[u8]]| Foreign::joined(names.iter().copied(), ", ");
    match (names.get(..SHOWN), names.split_last()) {
        (Some(first), _) if names.len() > SHOWN => list(first) + phrase::more(names.len() - SHOWN),
        (_, Some((last, rest))) if !rest.is_empty() => list(rest) + " and " + *last,
        _ => list(names),
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;
    use TableOutcome::{Dropped, Install, Override};

    /// A table of 40 bytes: signature, OEM ID, OEM table ID, OEM revision, and a byte to tell it apart.
    type Spec<'a> = (&'a str, &'a [u8; 14], u32, u8);

    const NEW: &str = "6.12";
    const OLD: &str = "4.6";
    const IDS: &[u8; 14] = b"BOCHS BXPC    ";
    const OTHER: &[u8; 14] = b"BOCHS BXPC\0\0\0\0";

    fn table((signature, ids, revision, byte): Spec<'_>) -> Vec<u8> {
        let mut table = vec![0; 40];
        table[..4].copy_from_slice(signature.as_bytes());
        table[4] = 40;
        table[10..24].copy_from_slice(ids);
        table[24..28].copy_from_slice(&revision.to_le_bytes());
        table[36] = byte;
        table
    }

    fn run(files: &[Spec<'_>], firmware: &[Spec<'_>], kernel: &str) -> (Vec<TableOutcome>, Vec<Finding>) {
        let tables = |specs: &[Spec<'_>], prefix: &str| -> Vec<(String, Vec<u8>)> {
            specs.iter().enumerate().map(|(at, spec)| (format!("{prefix}{at}"), table(*spec))).collect()
        };
        let (files, firmware) = (tables(files, "file"), tables(firmware, "fw"));
        let named = |tables: &[(String, Vec<u8>)]| {
            let tables: Vec<(String, Vec<u8>)> = tables.to_vec();
            let leaked: &'static [(String, Vec<u8>)] = tables.leak();
            leaked
                .iter()
                .map(|(subject, bytes)| Named { subject: subject.as_bytes(), base: 0, bytes })
                .collect::<Vec<_>>()
        };
        let release = Release::parse(kernel).unwrap();
        let (effects, findings) = check(&named(&files), &named(&firmware), &release);
        (effects.into_iter().map(Option::unwrap).collect(), findings)
    }

    fn told(findings: &[Finding]) -> Vec<(&'static str, &str, Severity)> {
        findings
            .iter()
            .map(|one| (one.rule.code, str::from_utf8(one.subject.raw()).unwrap(), one.severity))
            .collect()
    }

    #[test]
    fn a_newer_table_of_the_same_ids_overrides() {
        let (effects, findings) =
            run(&[("SRAT", IDS, 2, 0)], &[("DSDT", IDS, 1, 0), ("SRAT", IDS, 1, 0)], NEW);
        assert_eq!((effects, told(&findings)), (vec![Override(1)], vec![]));
        let highest = [("SRAT", IDS, 0x8000_0000, 0)];
        assert_eq!(run(&highest, &[("SRAT", IDS, 0x7fff_ffff, 0)], NEW).0, [Override(0)], "unsigned");
    }

    #[test]
    fn an_equal_or_older_one_is_dropped() {
        for (ours, theirs) in [(1, 1), (0, 1), (0x7fff_ffff, 0x8000_0000)] {
            let (effects, findings) = run(&[("SRAT", IDS, ours, 1)], &[("SRAT", IDS, theirs, 0)], NEW);
            assert_eq!(effects, [Dropped { firmware: 0, revision: theirs }]);
            assert_eq!(told(&findings), [("override-not-newer", "file0", Severity::Error)]);
            assert_eq!(findings[0].span, Some(24..28));
            assert!(findings[0].message.text().contains(&format!("expected {:#x} or more", theirs + 1)));
        }
        let (_, findings) = run(&[("SRAT", IDS, 1, 0)], &[("SRAT", IDS, 1, 0)], NEW);
        assert_eq!(told(&findings), [("override-in-force", "file0", Severity::Info)]);
        let (_, findings) = run(&[("SRAT", IDS, 1, 1)], &[("SRAT", IDS, u32::MAX, 0)], NEW);
        assert!(findings[0].message.text().contains("cannot be overridden"));
    }

    #[test]
    fn other_ids_replace_nothing() {
        let (effects, findings) = run(&[("SRAT", IDS, 2, 0)], &[("SRAT", OTHER, 1, 0)], NEW);
        assert_eq!(effects, [Install]);
        assert_eq!(told(&findings), [("override-ids-differ", "file0", Severity::Error)]);
        assert_eq!(findings[0].span, Some(16..24));
        let message =
            "OEM table ID \"BXPC    \", expected \"BXPC\0\0\0\0\" (byte 20: 20, expected 00) as in fw0";
        assert_eq!(findings[0].message, message);
        let (effects, findings) = run(&[("SSDT", IDS, 2, 0)], &[("SSDT", OTHER, 1, 0)], NEW);
        assert_eq!(
            (effects, told(&findings)),
            (vec![Install], vec![("override-adds", "file0", Severity::Info)])
        );
        let (_, findings) = run(&[("SLIT", IDS, 2, 0)], &[("SRAT", IDS, 1, 0)], NEW);
        assert_eq!(findings[0].message, "the firmware has no SLIT");
    }

    #[test]
    fn the_first_file_of_an_identity_counts() {
        let firmware = [("SRAT", IDS, 1, 0)];
        let two = [("SSDT", IDS, 2, 1), ("SSDT", IDS, 2, 2)];
        let (_, findings) = run(&two, &[("SSDT", IDS, 1, 0)], NEW);
        assert_eq!(
            told(&findings),
            [("archive-same-identity", "file1", Severity::Warning)],
            "one replaces the firmware's"
        );
        let three = [("SRAT", IDS, 1, 1), ("SRAT", IDS, 2, 2), ("SRAT", IDS, 3, 3)];
        let (effects, findings) = run(&three, &firmware, NEW);
        assert_eq!(effects, [Dropped { firmware: 0, revision: 1 }, Override(0), Install]);
        let expected = [
            ("override-not-newer", "file0", Severity::Error),
            ("archive-same-identity", "file2", Severity::Error),
        ];
        assert_eq!(told(&findings), expected);
        let (_, findings) = run(&[("SSDT", IDS, 2, 1), ("SSDT", IDS, 2, 2), ("SSDT", IDS, 2, 2)], &[], NEW);
        let severities: Vec<_> = findings.iter().map(|one| one.severity).collect();
        assert_eq!(
            severities,
            [Severity::Info, Severity::Info, Severity::Error],
            "both are added; the very same bytes twice"
        );
    }

    #[test]
    fn several_tables_of_one_identity_are_named() {
        let firmware = [("SSDT", IDS, 5, 0), ("SSDT", IDS, 1, 1), ("SSDT", OTHER, 1, 2), ("SSDT", IDS, 1, 3)];
        let (effects, findings) = run(&[("SSDT", IDS, 2, 9)], &firmware, NEW);
        assert_eq!(effects, [Dropped { firmware: 0, revision: 5 }], "the first one uses it up, newer or not");
        assert_eq!(told(&findings)[0].0, "override-not-newer");
        let (effects, findings) = run(&[("SSDT", IDS, 6, 8), ("SSDT", IDS, 6, 9)], &firmware, NEW);
        assert_eq!(effects, [Override(0), Override(1)]);
        assert_eq!(
            told(&findings),
            [
                ("override-ambiguous", "file0", Severity::Warning),
                ("override-ambiguous", "file1", Severity::Warning)
            ]
        );
        assert_eq!(findings[1].message, "fw0, fw1 and fw3 have these ids; it replaces fw1");
        assert_eq!(
            join(&["a", "b", "c", "d", "e", "f", "g", "h"].map(str::as_bytes)),
            "a, b, c, d, e, f and 2 more"
        );
    }

    #[test]
    fn root_tables_are_of_no_use() {
        let (effects, findings) = run(&[("XSDT", IDS, 2, 0)], &[("XSDT", IDS, 1, 0)], NEW);
        assert_eq!(
            (effects, told(&findings)),
            (
                vec![TableOutcome::Unused(Unused::RootTable)],
                vec![("archive-root-table", "file0", Severity::Warning)]
            )
        );
    }

    #[test]
    fn what_is_no_whole_machine_counts_as_it_is() {
        let (fates, findings) = run(&[("DSDT", IDS, 2, 0)], &[("SRAT", IDS, 1, 0), ("DSDT", IDS, 1, 0)], NEW);
        assert_eq!((fates, told(&findings)), (vec![Override(1)], vec![]), "without a FADT that names it");
        let dump = [("RSD ", IDS, 0, 0), ("XSDT", IDS, 1, 0), ("SSDT", IDS, 1, 0), ("FACP", IDS, 1, 0)];
        let (fates, _) = run(&[("SSDT", IDS, 2, 0), ("FACP", IDS, 2, 1)], &dump, NEW);
        assert_eq!(fates, [Override(2), Override(3)], "numbers are those of the dump");
    }

    #[test]
    fn the_list_can_be_full() {
        let firmware: Vec<Spec<'_>> = (0..126).map(|number| ("SSDT", OTHER, 1, number)).collect();
        let (fates, findings) = run(&[("SRAT", IDS, 1, 0), ("SLIT", IDS, 1, 0)], &firmware, NEW);
        assert_eq!(fates, [Install, Install]);
        let firmware: Vec<Spec<'_>> = (0..127).map(|number| ("SSDT", OTHER, 1, number)).collect();
        let (fates, more) = run(&[("SRAT", IDS, 1, 0), ("SLIT", IDS, 1, 0)], &firmware, NEW);
        assert_eq!(fates, [Install, TableOutcome::Unused(Unused::NoRoom)]);
        assert_eq!(findings.len(), more.len());
        assert_eq!(told(&more)[1], ("install-list-full", "file1", Severity::Error));
    }

    #[test]
    fn old_kernels_compare_less_and_add_nothing() {
        let other_oem = b"OTHER BXPC    ";
        let (effects, findings) = run(&[("SRAT", other_oem, 0, 0)], &[("SRAT", IDS, 7, 0)], OLD);
        assert_eq!((effects, told(&findings)), (vec![Override(0)], vec![]));
        let (effects, findings) =
            run(&[("SLIT", IDS, 2, 0), ("SRAT", OTHER, 9, 0)], &[("SRAT", IDS, 7, 0)], OLD);
        assert_eq!(effects, [TableOutcome::Unused(Unused::NoMatch); 2]);
        assert_eq!(
            told(&findings),
            [("override-ignored", "file0", Severity::Error), ("override-ignored", "file1", Severity::Error)]
        );
    }

    #[test]
    fn a_fadt_must_lead_to_the_same_places() {
        let fadt = |dsdt: u8, revision: u8| {
            let mut fadt = vec![0; 116];
            fadt[..5].copy_from_slice(b"FACPt");
            fadt[10..24].copy_from_slice(IDS);
            (fadt[24], fadt[40]) = (revision, dsdt);
            fadt
        };
        let (ours, theirs) = (fadt(0x10, 2), fadt(0x20, 1));
        let named = |subject: &'static str, bytes| [Named { subject: subject.as_bytes(), base: 0, bytes }];
        let (_, findings) = check(&named("f", &ours), &named("FACP", &theirs), &Release::parse(NEW).unwrap());
        assert_eq!(told(&findings), [("override-fadt-addresses", "f", Severity::Warning)]);
        assert_eq!(
            (findings[0].message.text().as_ref(), findings[0].span.clone()),
            ("DSDT is 0x10, and 0x20 in the firmware's", Some(40..44))
        );
        let (effects, findings) =
            check(&named("f", &ours[..30]), &named("FACP", &theirs), &Release::parse(NEW).unwrap());
        assert_eq!((effects, findings.len()), (vec![None], 0));
    }
}
