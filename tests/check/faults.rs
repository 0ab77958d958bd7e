//! Faults planted into the tables of a recorded machine: each is found, with code, place, value and consequence, and nothing is
//! found in the tables as they were. docs/faults.md says who else finds them.

use crate::skip;

use super::build::{hmat, resum, seal};
use acpihp::check::{self, across};
use acpihp::finding::{Finding, Severity};
use std::fmt::Write;
use std::path::Path;
use std::process::Command;

/// The machine: four domains, two processors, a SLIT.
const MACHINE: &str = "C-k72-011";
/// The iasl whose signs the page tells.
const IASL: &str = "20200925";

/// What is done to the table.
enum Change {
    /// These bytes are written, and the sum is fixed.
    Write(&'static [(usize, &'static [u8])]),
    /// These bytes are written, and the sum is left as it is.
    Raw(&'static [(usize, &'static [u8])]),
    /// These bytes are put in at a place, and length and sum are fixed.
    Insert(usize, &'static [u8]),
    /// These many bytes go from a place, and length and sum are fixed.
    Remove(usize, usize),
    /// The table ends here, and nothing is fixed.
    Cut(usize),
    /// These bytes follow the table, and nothing is fixed.
    Follow(&'static [u8]),
}

/// One planted fault.
struct Fault {
    table: &'static str,
    name: &'static str,
    change: Change,
    code: &'static str,
    /// A byte that the finding is about; `None` when it is about the table as a whole.
    at: Option<u64>,
    /// What the message says of it.
    says: &'static str,
    /// Whether `iasl -d` shows any sign of it.
    iasl: bool,
    /// Whether fwts 26.05 flags it.
    fwts: bool,
}

const Y: bool = true;
const N: bool = false;

#[allow(clippy::too_many_arguments)]
const fn f(
    table: &'static str,
    name: &'static str,
    change: Change,
    code: &'static str,
    at: Option<u64>,
    says: &'static str,
    iasl: bool,
    fwts: bool,
) -> Fault {
    Fault { table, name, change, code, at, says, iasl, fwts }
}

use Change::{Cut, Follow, Insert, Raw, Remove, Write as Set};

const MEMORY_3: [u8; 40] = [
    1, 40, 3, 0, 0, 0, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0,
];
const GI: [u8; 32] =
    [5, 32, 0, 2, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0];

#[rustfmt::skip]
static FAULTS: &[Fault] = &[
    // The header.
    f("SRAT", "checksum wrong", Raw(&[(9, &[0])]), "table-checksum", Some(9), "should be 0x", Y, Y),
    f("SRAT", "header length 20", Raw(&[(4, &[20, 0, 0, 0])]), "table-length-short", Some(4), "length is 20", Y, Y),
    f("SRAT", "header length above the file", Raw(&[(4, &[0, 2, 0, 0])]), "table-truncated", Some(4), "length is 512", Y, Y),
    f("SRAT", "file cut within an entry", Cut(300), "table-truncated", Some(4), "only 300 bytes", Y, Y),
    f("SRAT", "file cut within the header", Cut(30), "table-header-short", Some(0), "30 bytes", Y, Y),
    f("SRAT", "bytes after the table", Follow(&[0xaa; 16]), "table-trailing-bytes", Some(320), "16 more bytes", N, Y),
    f("SRAT", "OEM id not printable", Set(&[(10, &[0x1b])]), "table-id-unprintable", Some(10), "\\x1b", N, N),
    f("SRAT", "revision 9", Set(&[(8, &[9])]), "table-revision-unknown", Some(8), "revision 9", N, N),
    // SRAT.
    f("SRAT", "fixed number at byte 36 not 1", Set(&[(36, &[2])]), "table-reserved-bits", Some(36), "is 0x2", N, Y),
    f("SRAT", "entry of length 0", Set(&[(161, &[0])]), "srat-entry-zero-length", Some(160), "length 0", Y, Y),
    f("SRAT", "CPU entry of 15 bytes", Set(&[(65, &[15])]), "srat-cpu-length", Some(64), "length of 15", Y, Y),
    f("SRAT", "memory entry of 39 bytes", Set(&[(81, &[39])]), "srat-memory-length", Some(80), "length of 39", Y, Y),
    f("SRAT", "memory entry of 80 bytes", Set(&[(81, &[80])]), "srat-entry-length", Some(80), "length of 80", N, Y),
    f("SRAT", "entry past the end", Set(&[(281, &[60])]), "srat-entry-truncated", Some(280), "length of 60", N, Y),
    f("SRAT", "table cut within an entry, length fixed", Remove(310, 10), "srat-entry-truncated", Some(280), "30 bytes are left", Y, Y),
    f("SRAT", "entry of type 200", Set(&[(280, &[200])]), "srat-unknown-type", Some(280), "type 200", Y, Y),
    f("SRAT", "zeros after the last entry", Insert(320, &[0; 16]), "srat-padding", Some(320), "16 zero bytes", Y, Y),
    f("SRAT", "ranges of two domains overlap", Set(&[(179, &[0x41])]), "srat-domain-overlap", Some(200), "share", N, N),
    f("SRAT", "ranges of one domain overlap", Set(&[(248, &[0, 0, 0, 0x7f, 0, 0, 0, 0])]), "srat-self-overlap", Some(240), "of domain 2 share", N, N),
    f("SRAT", "one range twice", Insert(320, &MEMORY_3), "srat-self-overlap", Some(320), "of domain 3 share", N, N),
    f("SRAT", "enabled range of length 0", Set(&[(136, &[0; 8])]), "srat-memory-empty", Some(120), "length 0", N, N),
    f("SRAT", "base and length wrap", Set(&[(295, &[0xff]), (303, &[1])]), "srat-memory-wrap", Some(280), "base 0xff", N, N),
    f("SRAT", "hot-pluggable and not enabled", Set(&[(308, &[2])]), "srat-hotplug-disabled", Some(280), "flags 0x2", N, N),
    f("SRAT", "range within pages", Set(&[(289, &[8])]), "srat-memory-page-unaligned", Some(280), "0x104000800", N, N),
    f("SRAT", "hot-pluggable range within memory blocks", Set(&[(308, &[3])]), "srat-memory-block-unaligned", Some(280), "[mem 0x104000000", N, N),
    f("SRAT", "reserved flags of memory", Set(&[(308, &[0x81])]), "table-reserved-bits", Some(308), "0x80 of it", N, Y),
    f("SRAT", "reserved bytes of memory", Set(&[(286, &[1])]), "table-reserved-bits", Some(286), "is 0x1", N, N),
    f("SRAT", "reserved flags of a CPU", Set(&[(68, &[3])]), "table-reserved-bits", Some(68), "0x2 of it", N, Y),
    f("SRAT", "one APIC id in two domains", Set(&[(67, &[0])]), "srat-cpu-two-domains", Some(64), "APIC id 0x0", N, N),
    f("SRAT", "one APIC id twice in a domain", Set(&[(66, &[0]), (67, &[0])]), "srat-cpu-twice", Some(64), "APIC id 0x0", N, N),
    f("SRAT", "one CPU as local APIC and x2APIC", Insert(320, &[2, 24, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), "srat-cpu-twice", Some(320), "APIC id 0x1", N, N),
    f("SRAT", "CPU entry with the id of all CPUs", Set(&[(67, &[0xff])]), "srat-cpu-broadcast", Some(64), "id of all", N, N),
    f("SRAT", "CPU that the MADT does not have", Set(&[(67, &[9])]), "srat-cpu-not-in-madt", Some(64), "APIC id 0x9", N, N),
    f("SRAT", "no entry for a CPU of the MADT", Remove(64, 16), "madt-cpu-not-in-srat", Some(52), "APIC id 0x1", N, N),
    f("SRAT", "domain that the SLIT does not have", Set(&[(282, &[7])]), "slit-domain-missing", Some(280), "domain 7", N, N),
    f("SRAT", "domain that the HMAT does not have", Set(&[(282, &[7])]), "hmat-domain-absent", None, "domain 7", N, N),
    f("SRAT", "domain 0x103 in revision 1", Set(&[(8, &[1]), (283, &[1])]), "srat-domain-masked", Some(280), "takes domain 3", N, N),
    f("SRAT", "domain 1027", Set(&[(8, &[2]), (283, &[4])]), "srat-domain-range", Some(280), "domain 0x403", N, N),
    f("SRAT", "no memory entries", Remove(80, 240), "srat-no-memory", None, "no memory entry", N, N),
    f("SRAT", "no memory entry enabled", Set(&[(108, &[0]), (148, &[0]), (188, &[0]), (228, &[0]), (268, &[0]), (308, &[0])]), "srat-no-memory", None, "none of 6", N, N),
    f("SRAT", "no CPU entries", Remove(48, 32), "srat-no-cpu", None, "no entry", N, N),
    f("SRAT", "entries not in order", Set(&[(288, &[0, 0, 0, 0x80, 0, 0, 0, 0])]), "srat-memory-unsorted", Some(280), "below", N, N),
    f("SRAT", "all memory hot-pluggable", Set(&[(108, &[3]), (148, &[3]), (188, &[3]), (228, &[3]), (268, &[3]), (308, &[3])]), "srat-all-hotpluggable", Some(80), "no other memory", N, N),
    f("SRAT", "device handle of type 2", Insert(320, &GI), "table-value-undefined", Some(323), "is 0x2", N, Y),
    // SLIT.
    f("SLIT", "first distance not 10", Set(&[(44, &[11])]), "slit-diagonal", Some(44), "itself: 11", N, Y),
    f("SLIT", "inner diagonal not 10", Set(&[(49, &[12])]), "slit-diagonal", Some(49), "itself: 12", N, N),
    f("SLIT", "distance of 10 to another", Set(&[(45, &[10])]), "slit-distance", Some(45), "to 1: 10", N, N),
    f("SLIT", "distance below 10", Set(&[(45, &[9])]), "slit-distance", Some(45), "to 1: 9", N, Y),
    f("SLIT", "distance of 0", Set(&[(45, &[0])]), "slit-distance", Some(45), "to 1: 0", N, Y),
    f("SLIT", "unreachable one way", Set(&[(45, &[255])]), "slit-unreachable", Some(45), "to 1: 255", N, N),
    f("SLIT", "asymmetric", Set(&[(45, &[101])]), "slit-asymmetric", Some(45), "101, and back: 100", N, N),
    f("SLIT", "more localities than the matrix has", Set(&[(36, &[5])]), "slit-size", Some(36), "5 localities", Y, Y),
    f("SLIT", "2^32 + 4 localities", Set(&[(40, &[1])]), "slit-size", Some(36), "4294967300", N, Y),
    f("SLIT", "no localities", Set(&[(36, &[0])]), "slit-empty", Some(36), "is 0", N, Y),
    f("SLIT", "fewer localities than the SRAT has", Set(&[(36, &[3])]), "slit-surplus", Some(53), "bytes follow", N, Y),
    f("SLIT", "bytes after the matrix", Insert(60, &[20; 4]), "slit-surplus", Some(60), "4 bytes follow", N, N),
    // HMAT.
    f("HMAT", "structure of length 0", Set(&[(44, &[0])]), "table-structure", Some(40), "length 0", Y, Y),
    f("HMAT", "structure of type 9", Set(&[(40, &[9])]), "table-entry-unknown", Some(40), "type 0x9", Y, Y),
    f("HMAT", "length and counts disagree", Set(&[(52, &[3])]), "hmat-length", Some(44), "expected", Y, Y),
    f("HMAT", "data type 6", Set(&[(49, &[6])]), "hmat-data-type", Some(49), "is 6", N, Y),
    f("HMAT", "base unit 0", Set(&[(64, &[0, 0])]), "hmat-base-unit", Some(64), "is zero", N, Y),
    f("HMAT", "reserved flags", Set(&[(48, &[0xc0])]), "table-reserved-bits", Some(48), "0xc0 of it", N, Y),
    f("HMAT", "reserved bytes", Set(&[(36, &[1])]), "table-reserved-bits", Some(36), "is 0x1", N, Y),
    f("HMAT", "domain that the SRAT does not have", Set(&[(80, &[7])]), "hmat-domain-missing", Some(40), "domain 7", N, N),
    f("HMAT", "initiator without a CPU", Set(&[(72, &[1])]), "hmat-initiator", Some(40), "domain 1", N, N),
    // MADT.
    f("APIC", "one APIC id twice", Set(&[(55, &[0])]), "madt-cpu-twice", Some(52), "APIC id 0x0", N, N),
    f("APIC", "one processor UID twice", Set(&[(54, &[0])]), "madt-uid-twice", Some(52), "UID 0x0", N, N),
    f("APIC", "reserved flags of a processor", Set(&[(56, &[0x81])]), "table-reserved-bits", Some(56), "0x80 of it", N, Y),
    f("APIC", "reserved flags of the table", Set(&[(40, &[3])]), "table-reserved-bits", Some(40), "0x2 of it", N, Y),
    f("APIC", "enabled processor with id 0xff", Set(&[(55, &[0xff])]), "madt-cpu-broadcast", Some(52), "0xff", N, N),
    f("APIC", "entry of length 0", Set(&[(53, &[0])]), "table-structure", Some(52), "length 0", Y, Y),
    f("APIC", "entry of a reserved type", Set(&[(52, &[100])]), "table-entry-unknown", Some(52), "type 0x64", Y, Y),
    f("APIC", "I/O APIC at 0", Set(&[(64, &[0; 4])]), "madt-ioapic-address", Some(64), "zero", N, Y),
    // FADT.
    f("FACP", "DSDT and X_DSDT differ", Set(&[(140, &[0x40, 0, 0, 1])]), "fadt-dsdt-differ", Some(40), "X_DSDT 0x", Y, Y),
    f("FACP", "no DSDT", Set(&[(40, &[0; 4]), (140, &[0; 8])]), "fadt-no-dsdt", Some(40), "both zero", N, Y),
    f("FACP", "no FACS", Set(&[(36, &[0; 4]), (132, &[0; 8])]), "fadt-no-facs", Some(36), "both zero", N, Y),
    f("FACP", "profile 9", Set(&[(45, &[9])]), "fadt-profile", Some(45), "is 9", Y, Y),
    f("FACP", "PM1 event block of 2 bytes", Set(&[(88, &[2])]), "fadt-block-length", Some(88), "is 2", Y, Y),
    f("FACP", "GPE0 block of 3 bytes", Set(&[(92, &[3])]), "fadt-block-length", Some(92), "is 3", Y, Y),
    f("FACP", "no PM1a control block", Set(&[(64, &[0; 4]), (172, &[0; 12])]), "fadt-block-missing", Some(64), "zero", Y, Y),
    f("FACP", "reset register of 16 bits", Set(&[(113, &[4]), (116, &[1, 16])]), "fadt-reset-register", Some(116), "16 bits", N, Y),
];

/// The tables, each by its signature; the machine has no HMAT, so it gets one for its domains.
fn machine() -> Vec<(&'static str, Vec<u8>)> {
    let boot = crate::recorded::named(MACHINE);
    let read = |name: &'static str| (name, boot.read(&format!("sys/firmware/acpi/tables/{name}")).unwrap());
    let mut tables = ["APIC", "FACP", "SLIT", "SRAT"].map(read).to_vec();
    tables.push(("HMAT", hmat(&[0, 3], &[0, 1, 2, 3])));
    tables
}

fn changed(mut table: Vec<u8>, change: &Change) -> Vec<u8> {
    let write = |table: &mut Vec<u8>, all: &[(usize, &[u8])]| {
        for (at, bytes) in all {
            table[*at..*at + bytes.len()].copy_from_slice(bytes);
        }
    };
    match change {
        Set(all) => {
            write(&mut table, all);
            resum(table)
        }
        Raw(all) => {
            write(&mut table, all);
            table
        }
        Insert(at, bytes) => {
            table.splice(at..at, bytes.iter().copied());
            seal(table)
        }
        Remove(at, count) => {
            table.drain(at..&(at + count));
            seal(table)
        }
        Cut(end) => table[..*end].to_vec(),
        Follow(bytes) => [&table[..], bytes].concat(),
    }
}

fn findings(tables: &[(&'static str, Vec<u8>)]) -> Vec<Finding> {
    let named: Vec<_> = tables
        .iter()
        .map(|(name, bytes)| across::Named { subject: name.as_bytes(), base: 0, bytes })
        .collect();
    let each = tables.iter().flat_map(|(name, bytes)| check::table(*name, 0, bytes));
    each.chain(across::check(&named)).collect()
}

fn planted(fault: &Fault) -> Vec<(&'static str, Vec<u8>)> {
    let mut tables = machine();
    let table = tables.iter_mut().find(|(name, _)| *name == fault.table).unwrap();
    table.1 = changed(std::mem::take(&mut table.1), &fault.change);
    tables
}

#[test]
fn each_is_found_with_its_place_its_value_and_what_comes_of_it() {
    let loud: Vec<_> =
        findings(&machine()).into_iter().filter(|finding| finding.severity > Severity::Info).collect();
    assert_eq!(loud, [], "the tables as they were");
    let mut wrong = Vec::new();
    for fault in FAULTS {
        let all = findings(&planted(fault));
        let found = all.iter().find(|finding| {
            finding.rule.code == fault.code
                && match (&finding.span, fault.at) {
                    (Some(span), Some(at)) => span.contains(&at),
                    (_, at) => at.is_none(),
                }
        });
        if !found.is_some_and(|found| {
            found.message.text().contains(fault.says) && !found.rule.consequence().is_empty()
        }) {
            let all: Vec<_> = all.iter().map(|one| (one.rule.code, &one.span, &one.message)).collect();
            wrong.push(format!(
                "{} {}: no {} with \"{}\" in {all:#?}",
                fault.table, fault.name, fault.code, fault.says
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(FAULTS.len() > 51);
}

/// For a look with other programs: `FAULTS=DIR cargo test --test integration check::faults` writes the tables, as they were into `DIR/000`
/// and with each fault into a folder with its number.
#[test]
fn they_can_be_taken_to_other_programs() {
    let Some(folder) = skip::variable("FAULTS").map(std::path::PathBuf::from) else { return };
    let all = std::iter::once(machine()).chain(FAULTS.iter().map(planted));
    for (number, tables) in all.enumerate() {
        let folder = folder.join(format!("{number:03}"));
        std::fs::create_dir_all(&folder).unwrap();
        for (name, bytes) in tables {
            std::fs::write(folder.join(name), bytes).unwrap();
        }
    }
}

#[test]
fn the_page_about_them_is_current() {
    let mut page = String::from(PAGE_HEAD);
    let tells = |told: bool| if told { "yes" } else { "" };
    for fault in FAULTS {
        let Fault { table, name, code, iasl, fwts, .. } = fault;
        writeln!(page, "| {table} | {name} | `{code}` | {} | {} |", tells(*iasl), tells(*fwts)).unwrap();
    }
    let (iasl, fwts) =
        (FAULTS.iter().filter(|fault| fault.iasl).count(), FAULTS.iter().filter(|fault| fault.fwts).count());
    let all = FAULTS.len();
    writeln!(page, "| | **found of {all}** | **{all}** | **{iasl}** | **{fwts}** |").unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/faults.md");
    if std::env::var_os("SNAPSHOTS").is_some_and(|how| how == "overwrite") {
        std::fs::write(&path, &page).unwrap();
    }
    assert!(
        std::fs::read_to_string(&path).is_ok_and(|there| there == page),
        "docs/faults.md is out of date; renew with: SNAPSHOTS=overwrite cargo test --test integration check::"
    );
}

const PAGE_HEAD: &str = "\
# Planted faults, and who finds them

Each line is one fault, planted into the tables of a recorded machine (`tests/boots/C-k72-011.tar`, with an HMAT made for its
domains) and found by `acpihp check` with code, offset, value and consequence; in the tables as they were nothing is found.
`tests/check/faults.rs` plants them, and writes this page.

iasl is 20200925, run as `iasl -d`: *yes* says that it shows any sign of the fault, in its messages or in the listing. fwts is
26.05 (e91d4a8c), run on a dump of the machine with its tests acpitables, checksum, srat, slit, hmat, madt and fadt: *yes*
says that one of them fails that does not for the tables as they were.

| table | fault | acpihp | iasl | fwts |
|---|---|---|---|---|
";

/// Words of iasl for what it does not like.
const SIGNS: [&str; 9] = [
    "Warning",
    "Error",
    "Invalid",
    "Unknown",
    "Incorrect",
    "terminates",
    "Not enough",
    "Could not",
    "unexpected",
];

/// Whether iasl shows any sign; `None` if it is not here, or of another version.
fn iasl(name: &str, table: &[u8]) -> Option<bool> {
    let folder = tempfile::tempdir().unwrap();
    let file = format!("{}.aml", name.to_lowercase());
    std::fs::write(folder.path().join(&file), table).unwrap();
    // It has no bounds for some of these tables: it is given some.
    let limits = format!("ulimit -f 2000; exec timeout 5 iasl -d {file}");
    let output = Command::new("sh").args(["-c", &limits]).current_dir(folder.path()).output().ok()?;
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    if !text.contains(IASL) {
        return None;
    }
    let listing = folder.path().join(file.replace(".aml", ".dsl"));
    let listing = std::fs::read(listing).unwrap_or_default();
    text.push_str(&String::from_utf8_lossy(&listing));
    let ran_away = output.status.code().is_none_or(|code| code > 100) || listing.len() > 500_000;
    Some(ran_away || SIGNS.iter().any(|sign| text.contains(sign)))
}

#[test]
fn iasl_shows_what_the_page_says() {
    let mut wrong = Vec::new();
    for (name, table) in machine() {
        match iasl(name, &table) {
            None => return skip::skip("iasl-20200925", format_args!("there is no iasl {IASL}")),
            Some(sign) => assert!(!sign, "iasl does not like {name} as it was"),
        }
    }
    for fault in FAULTS {
        let tables = planted(fault);
        let (name, table) = tables.iter().find(|(name, _)| *name == fault.table).unwrap();
        if iasl(name, table) != Some(fault.iasl) {
            wrong.push(format!("{} {}: iasl is not {}", fault.table, fault.name, fault.iasl));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
