//! What holds for every machine and every flow: random firmware, archives, options and releases.

#![allow(clippy::indexing_slicing)]

use crate::tablemaker;

use acpihp::boot::derived::compare::{self, Side};
use acpihp::boot::install::two_step::early::EarlyOrigin;
use acpihp::boot::install::{
    Firmware, FirmwareTable, Flow, Installation, Installed, OrderSource, Origin, TableOutcome,
};
use acpihp::boot::{Machine, NextBoot, Outcome, derived::table_findings, predict};
use acpihp::memory::Ranges;
use proptest::prelude::*;
use std::collections::BTreeSet;
use tablemaker::*;

const RELEASES: [&str; 12] =
    ["3.8", "3.12", "3.15", "3.16", "3.19", "4.1", "4.2", "4.6", "4.7", "5.10", "6.1", "7.3"];
const FACS_AT: u64 = 0x7f10_0000;
const DSDT_AT: u64 = 0x7f00_0000;
const OTHER_DSDT_AT: u64 = 0x7f00_1000;

/// Few ids, so that many tables share them.
fn ids() -> impl Strategy<Value = (&'static [u8; 6], &'static [u8; 8])> {
    let ids: [(&[u8; 6], &[u8; 8]); 3] =
        [(b"MADE  ", b"MADETEST"), (b"MADE  ", b"ELSEWISE"), (b"MADE\0\0", b"MADETEST")];
    prop::sample::select(ids.to_vec())
}

fn memory() -> impl Strategy<Value = Vec<Memory>> {
    prop::collection::vec((0u32..3, 0u64..11_000, 0u64..6000, 0u32..4), 0..4)
}

fn any_table() -> impl Strategy<Value = Vec<u8>> {
    let plain =
        prop::sample::select(vec![*b"SSDT", *b"SSDT", *b"APIC", *b"HPET", *b"DSDT", *b"UEFI", *b"XSDT"]);
    let plain = (plain, ids(), 0u32..4, 0u8..3, prop::sample::select(vec![0usize, 4, 9, 30]), 0u8..3);
    prop_oneof![
        4 => plain.prop_map(|(name, ids, revision, byte, len, version)| {
            with_revision(table(&name, ids, revision, &vec![byte; len]), version)
        }),
        2 => (ids(), 0u32..4, memory())
            .prop_map(|(ids, revision, memory)| table(b"SRAT", ids, revision, &srat_body(&memory))),
        1 => (0u32..3, any::<bool>(), any::<bool>()).prop_map(|(revision, other, two)| {
            let dsdt = if other { OTHER_DSDT_AT } else { DSDT_AT };
            let mut bytes = fadt((if two { FACS_AT as u32 } else { 0 }, DSDT_AT as u32), (FACS_AT, dsdt), 0);
            bytes[24] = revision as u8;
            fix(bytes)
        }),
    ]
}

#[derive(Debug, Clone)]
struct Case {
    machine: Machine,
    initrd: Vec<u8>,
    release: &'static str,
    line: String,
}

impl Case {
    fn next(&self, flow: Flow) -> NextBoot<'_> {
        with_flow(&boot(self.release, &self.line, Some(&self.initrd)), flow)
    }

    fn compare<'a>(
        &'a self,
        a: &NextBoot<'a>,
        b: &NextBoot<'a>,
    ) -> (Outcome<'a>, Outcome<'a>, compare::Comparison) {
        let (one, other) = (self.predict(a), self.predict(b));
        let found = compare::compare(
            &self.machine,
            Side { next: a, outcome: &one },
            Side { next: b, outcome: &other },
        );
        (one, other, found)
    }

    fn predict<'a>(&'a self, next: &NextBoot<'a>) -> Outcome<'a> {
        let at = next.initrd_at().cloned();
        predict(&self.machine, &next.clone().with_initrd(Some((&self.initrd).into()), at))
    }
}

fn options() -> impl Strategy<Value = String> {
    let one = prop::sample::select(vec![
        "movable_node",
        "acpi=rsdt",
        "acpi=off",
        "acpi_no_static_ssdt",
        "acpi_force_32bit_fadt_addr",
        "lockdown=integrity",
        "acpi_apic_instance=2",
        "acpi=copy_dsdt",
    ]);
    prop::collection::vec(one, 0..3).prop_map(|words| words.join(" "))
}

/// A machine whose FADT, if it has one, names a DSDT and a FACS, with root tables or an order alone.
fn machines() -> impl Strategy<Value = Machine> {
    let tables = prop::collection::vec(any_table(), 0..9);
    (tables, any::<bool>(), prop::collection::vec(0usize..40, 0..3), 0u8..3, 0u8..4).prop_map(
        |(tables, has_addresses, odd, version, roots)| {
            let dsdt =
                |byte| with_revision(table(b"DSDT", (b"MADE  ", b"MADETEST"), 1, &[byte; 20]), version);
            let mut all = vec![(DSDT_AT, dsdt(1)), (OTHER_DSDT_AT, dsdt(2)), (FACS_AT, facs())];
            let mut entries = Vec::new();
            for (number, bytes) in (1u64..).zip(tables) {
                entries.push(0x10_0000 * number);
                all.push((0x10_0000 * number, bytes));
            }
            for place in odd {
                // An empty entry, or one that leads nowhere.
                entries.insert(place % (entries.len() + 1), if place % 2 == 0 { 0 } else { 0xdead_0000 });
            }
            if has_addresses {
                let some = |wanted: bool| if wanted { entries.clone() } else { Vec::new() };
                return machine(firmware(all, &some(roots & 1 == 0), &some(roots & 2 == 0)));
            }
            let tables = all.into_iter().map(|(_, bytes)| FirmwareTable { address: None, bytes }).collect();
            machine(Firmware { tables, order: OrderSource::Usual, ..Firmware::default() })
        },
    )
}

fn cases() -> impl Strategy<Value = Case> {
    let files = prop::collection::vec(any_table(), 0..6);
    (machines(), files, prop::sample::select(&RELEASES), options()).prop_map(
        |(machine, files, release, line)| Case { machine, initrd: archive_of(&files), release, line },
    )
}

/// The slots with what stands in them.
fn slots(installation: &Installation) -> Vec<Option<Origin>> {
    let mut slots = vec![None; installation.slots];
    installation.list.iter().for_each(|table| slots[table.slot] = Some(table.origin));
    slots
}

fn replaced(installation: &Installation) -> BTreeSet<(usize, Origin)> {
    installation.list.iter().filter_map(|table| Some((table.replaced?, table.origin))).collect()
}

fn chosen(installation: &Installation) -> (Option<Origin>, BTreeSet<Origin>) {
    let origin = |slot: usize| slots(installation)[slot];
    (installation.dsdt.and_then(origin), installation.facs.iter().filter_map(|slot| origin(*slot)).collect())
}

proptest! {
    #[test]
    fn a_simulation_is_the_same_twice(case in cases(), flow in prop::sample::select(&Flow::ALL)) {
        let next = case.next(flow);
        let (one, two) = (case.predict(&next), case.predict(&next));
        prop_assert_eq!(&one.installation, &two.installation);
        prop_assert_eq!(&one.early_srat, &two.early_srat);
        prop_assert_eq!(
            table_findings::of(&case.machine, &one, &next),
            table_findings::of(&case.machine, &two, &next)
        );
    }

    /// Firmware that has the result already gives the same result. It need not where two files of the archive have one
    /// identity: the second is added, and newer than the first it replaces that one the next time.
    #[test]
    fn what_a_boot_ends_with_is_left_alone_by_the_same_archive(case in cases()) {
        let once = case.predict(&case.next(Flow::Current));
        let bytes = |outcome: &Outcome<'_>, machine: &Machine, origin: Origin| match origin {
            Origin::Firmware(index) => machine.firmware.tables[index].bytes.clone(),
            Origin::Archive(index) => outcome.archive.tables[index].to_vec(),
        };
        let contents = |outcome: &Outcome<'_>, machine: &Machine| -> Vec<Vec<u8>> {
            outcome.installation.list.iter().map(|table| bytes(outcome, machine, table.origin)).collect()
        };
        let ended = contents(&once, &case.machine);
        let count = |name: &[u8]| ended.iter().filter(|bytes| bytes.starts_with(name)).count();
        let mut files = BTreeSet::new();
        let apart = once.archive.tables.iter().all(|table| files.insert((&table[..4], &table[16..24])));
        if !apart || count(b"FACP") > 1 || count(b"DSDT") > 1 || count(b"FACS") > 1 {
            return Ok(());
        }
        let named_by_fadt = |name: &[u8]| count(b"FACP") == 1 && matches!(name, b"DSDT" | b"FACS");
        let (mut tables, mut entries) = (Vec::new(), Vec::new());
        for (number, bytes) in (1u64..).zip(&ended) {
            let at = match &bytes[..4] {
                name if !named_by_fadt(name) => 0x10_0000 * number,
                b"FACS" => FACS_AT,
                // Wherever the FADT looks for it.
                _ => {
                    tables.push((OTHER_DSDT_AT, bytes.clone()));
                    DSDT_AT
                }
            };
            if !named_by_fadt(&bytes[..4]) {
                entries.push(at);
            }
            tables.push((at, bytes.clone()));
        }
        let again = Case { machine: machine(firmware(tables, &entries, &[])), ..case.clone() };
        let twice = again.predict(&again.next(Flow::Current));
        let sorted = |mut tables: Vec<Vec<u8>>| {
            tables.sort();
            tables
        };
        prop_assert_eq!(sorted(contents(&twice, &again.machine)), sorted(ended));
        if once.installation.list.iter().all(|table| table.replaced.is_none()) || again.release >= "4.7" {
            prop_assert!(twice.installation.list.iter().all(|table| table.replaced.is_none()));
        }
    }

    #[test]
    fn every_accepted_file_has_a_fate_that_the_list_shows(case in cases(), flow in prop::sample::select(&Flow::ALL)) {
        let outcome = case.predict(&case.next(flow));
        let installation = &outcome.installation;
        prop_assert_eq!(installation.outcomes.len(), outcome.archive.tables.len());
        for (index, fate) in installation.outcomes.iter().enumerate() {
            let listed = installation.list.iter().filter(|table| table.origin == Origin::Archive(index));
            let (as_override, as_new): (Vec<&Installed>, Vec<&Installed>) = listed.partition(|table| table.replaced.is_some());
            match fate {
                TableOutcome::Install => prop_assert!(as_override.is_empty() && as_new.len() == 1),
                TableOutcome::Dropped { .. } | TableOutcome::Unused(_) => prop_assert!(as_override.is_empty() && as_new.is_empty()),
                // A later FADT can put another DSDT into the slot of one that was replaced.
                TableOutcome::Override(_) => prop_assert!(as_new.is_empty()),
            }
        }
        let places: Vec<usize> = installation.list.iter().map(|table| table.slot).collect();
        prop_assert!(places.is_sorted() && places.iter().all(|slot| *slot < installation.slots));
    }

    /// F3.5: the series leaves the list as it was. Only the width of integers, the place of the copy and the log may differ.
    #[test]
    fn one_by_one_and_two_step_end_in_the_same_list(case in cases()) {
        let (a, b) = (case.next(Flow::OneByOne), case.next(Flow::TwoStep));
        let (one, two, found) = case.compare(&a, &b);
        prop_assert_eq!(slots(&one.installation), slots(&two.installation));
        prop_assert_eq!(replaced(&one.installation), replaced(&two.installation));
        prop_assert_eq!(chosen(&one.installation), chosen(&two.installation));
        prop_assert_eq!(&one.installation.outcomes, &two.installation.outcomes);
        for name in ["list-length", "slot-contents", "dsdt-facs", "visit-order", "overridden", "outcomes", "taint"] {
            prop_assert_eq!(found.holds(name), Some(true), "{}", name);
        }
        let dsdt = |outcome: &Outcome<'_>| chosen(&outcome.installation).0;
        if !matches!(dsdt(&one), Some(Origin::Archive(_))) {
            prop_assert_eq!(found.holds("integer-width"), Some(true));
        }
    }

    /// The comparison says of two boots what is true of them, whatever they are.
    #[test]
    fn a_comparison_says_what_differs(
        case in cases(),
        flows in (prop::sample::select(&Flow::ALL), prop::sample::select(&Flow::ALL)),
        other in prop::sample::select(&RELEASES),
        verifies in any::<bool>(),
    ) {
        let option = if verifies { " acpi_force_table_verification" } else { "" };
        let line = format!("{}{option}", case.line);
        let initrd = case.initrd.clone();
        let a = with_flow(&boot(case.release, &line, Some(&initrd)), flows.0);
        let b = with_flow(&boot(other, &line, Some(&initrd)), flows.1);
        let (one, two, found) = case.compare(&a, &b);
        let (x, y) = (&one.installation, &two.installation);
        // Both accept the same files only where both know all signatures: then origins can be compared.
        let accepted = |outcome: &Outcome<'_>| {
            let files = outcome.upgrade.iter().flat_map(|upgrade| upgrade.accepted());
            files.map(|file| file.entry.data_at).collect::<Vec<_>>()
        };
        prop_assert_eq!(found.holds("list-length"), Some(x.slots == y.slots));
        prop_assert_eq!(found.slots.len(), x.slots.max(y.slots));
        prop_assert_eq!(found.holds("integer-width"), Some(x.aml_integer_bits == y.aml_integer_bits));
        prop_assert_eq!(found.holds("taint"), Some(x.tainted == y.tainted));
        if accepted(&one) == accepted(&two) {
            let same = |slot: usize| slots(x).get(slot).copied().flatten() == slots(y).get(slot).copied().flatten();
            for pair in &found.slots {
                prop_assert_eq!(pair.same, same(pair.slot), "slot {}", pair.slot);
            }
            prop_assert_eq!(found.holds("overridden"), Some(replaced(x) == replaced(y)));
            prop_assert_eq!(found.holds("dsdt-facs"), Some(chosen(x) == chosen(y)));
        }
        let (lines, twins) = (compare::kernel_lines(&one), compare::kernel_lines(&two));
        prop_assert_eq!(found.holds("log"), Some(lines == twins));
        // What the comparison leaves out of both logs is the same in both.
        let rest = |lines: &[String], which| {
            let mut out: Vec<String> = lines.to_vec();
            for (_, line) in found.lines.iter().filter(|(side, _)| *side == which) {
                let at = out.iter().position(|other| other == line);
                out.remove(at.unwrap());
            }
            out.sort();
            out
        };
        prop_assert_eq!(rest(&lines, compare::Which::A), rest(&twins, compare::Which::B));
        for invariant in &found.invariants {
            prop_assert!(!invariant.why.is_empty() && !invariant.title.is_empty());
        }
    }

    /// Today's flow has the same tables as the one of 2013, in the same order but for DSDT and FACS.
    #[test]
    fn current_and_one_by_one_agree_but_for_dsdt_and_facs(case in cases()) {
        // An SSDT that is passed over behind the FADT makes today's kernel read the FADT again.
        let line = case.line.replace("acpi_no_static_ssdt", "");
        let case = Case { line, ..case };
        let (one, two) = (case.predict(&case.next(Flow::OneByOne)), case.predict(&case.next(Flow::Current)));
        // A second FADT adds DSDT and FACS once more today, and puts them into the same slots in 2013.
        let name = |table: &Origin| match table {
            Origin::Firmware(index) => case.machine.firmware.tables[*index].bytes[..4].to_vec(),
            Origin::Archive(index) => one.archive.tables[*index][..4].to_vec(),
        };
        let fadts = |installation: &Installation| {
            installation.list.iter().filter(|table| name(&table.origin) == b"FACP").count()
        };
        if fadts(&one.installation) > 1 {
            return Ok(());
        }
        let rest = |installation: &Installation| {
            let origins = installation.list.iter().map(|table| (table.origin, table.replaced));
            origins.filter(|(origin, _)| !matches!(&name(origin)[..], b"DSDT" | b"FACS")).collect::<Vec<_>>()
        };
        prop_assert_eq!(rest(&one.installation), rest(&two.installation));
        prop_assert_eq!(chosen(&one.installation).0, chosen(&two.installation).0);
    }

    /// The early SRAT agrees with the nodes exactly if it is the same table and nothing but enabled entries is marked.
    #[test]
    fn the_early_srat_is_judged_right(case in cases()) {
        let next = case.next(Flow::TwoStep);
        let outcome = case.predict(&next);
        let early = outcome.early_srat.as_ref().unwrap();
        let bytes = |origin: Origin| match origin {
            Origin::Firmware(index) => &case.machine.firmware.tables[index].bytes[..],
            Origin::Archive(index) => outcome.archive.tables[index],
        };
        let at_first: Option<&[u8]> = early.origin.as_ref().map(|origin| match origin {
            EarlyOrigin::Firmware(index) => &case.machine.firmware.tables[*index].bytes[..],
            EarlyOrigin::Initrd { data_at, .. } => {
                let length = u32::from_le_bytes(case.initrd[data_at + 4..data_at + 8].try_into().unwrap());
                &case.initrd[*data_at..data_at + length as usize]
            }
        });
        let later = outcome.srat.map(bytes);
        let mut marked = Ranges::default();
        for entry in early.entries.iter().filter_map(|entry| entry.range.clone()) {
            marked.insert(entry);
        }
        let side = Side { next: &next, outcome: &outcome };
        let judged = compare::early_srat(&case.machine, side).holds.unwrap();
        if judged {
            prop_assert_eq!(at_first, later);
            prop_assert_eq!(&marked, &outcome.numa.hotpluggable);
        } else {
            let differs = at_first.map(<[u8]>::as_ptr) != later.map(<[u8]>::as_ptr)
                || marked != outcome.numa.hotpluggable;
            prop_assert!(differs);
        }
    }

    #[test]
    fn no_input_makes_it_panic(
        tables in prop::collection::vec((any::<u64>(), prop::collection::vec(any::<u8>(), 0..80)), 0..6),
        roots in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 3),
        initrd in prop::collection::vec(any::<u8>(), 0..300),
        release in prop::sample::select(&RELEASES),
        line in options(),
    ) {
        let at = |(address, bytes): (u64, Vec<u8>)| FirmwareTable { address: Some(address), bytes };
        let mut firmware = Firmware { tables: tables.into_iter().map(at).collect(), ..Firmware::default() };
        let named = |name: &[u8], bytes: &Vec<u8>| Some(at((1, [name, bytes].concat())));
        firmware.roots.rsdp = named(b"RSD PTR ", &roots[0]);
        firmware.roots.rsdt = named(b"RSDT", &roots[1]);
        firmware.roots.xsdt = named(b"XSDT", &roots[2]);
        let machine = machine(firmware);
        let next = boot(release, &line, Some(&initrd));
        let ends: Vec<_> = Flow::ALL.into_iter().map(|flow| {
            let next = with_flow(&next, flow);
            let outcome = predict(&machine, &next);
            table_findings::of(&machine, &outcome, &next);
            (next, outcome)
        }).collect();
        for (a, of_a) in &ends {
            for (b, of_b) in &ends {
                compare::compare(&machine, Side { next: a, outcome: of_a }, Side { next: b, outcome: of_b });
            }
        }
    }
}
