//! Two boots side by side: what of their tables is the same, what differs, and why.
//!
//! Made for the flows of installation ([`Flow`]): splitting the installation in two must leave the list as it was, and where it
//! does not, this says so. Two releases can be compared as well.

mod flows;

use crate::boot::install::{Flow, Installed, Origin, TableOutcome};
use crate::boot::kernel::release::Change;
use crate::boot::stages::upgrade::{self, UpgradeFile};
use crate::boot::{Machine, NextBoot, Outcome};
use crate::bytes::array_at;
use crate::foreign::Foreign;
use crate::phrase;
use crate::table::Signature;
use std::collections::BTreeSet;

/// One of the two boots.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// What was asked for.
    pub next: &'a NextBoot<'a>,
    /// What came of it.
    pub outcome: &'a Outcome<'a>,
}

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// The first.
    A,
    /// The second.
    B,
}

/// Something that is to be the same in both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invariant {
    /// Its stable name.
    pub name: &'static str,
    /// What it is, in words.
    pub title: &'static str,
    /// Whether it holds; `None` where neither boot has the thing in question.
    pub holds: Option<bool>,
    /// Why, in a sentence.
    pub why: Foreign,
}

/// One slot in both lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlotPair {
    /// The number of the slot in the kernel's list.
    pub slot: usize,
    /// What the first boot has there.
    pub a: Option<Installed>,
    /// What the second boot has there.
    pub b: Option<Installed>,
    /// Whether it is the same table.
    pub same: bool,
}

/// What two boots of one machine have in common, and in what they differ.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// What is to be the same.
    pub invariants: Vec<Invariant>,
    /// Both lists.
    pub slots: Vec<SlotPair>,
    /// Lines of the kernel about its tables that only one of them prints, in order.
    pub lines: Vec<(Which, String)>,
}

impl Comparison {
    /// Whether an invariant holds; `None` also for a name that is none.
    pub fn holds(&self, name: &str) -> Option<bool> {
        self.invariants.iter().find(|invariant| invariant.name == name)?.holds
    }
}

/// Compares two boots of one machine.
pub fn compare(machine: &Machine, a: Side<'_>, b: Side<'_>) -> Comparison {
    let pair = RowPair { machine, a, b };
    let lines = differing_lines(&kernel_lines(a.outcome), &kernel_lines(b.outcome));
    Comparison {
        invariants: vec![
            pair.length(),
            pair.contents(),
            pair.selection(),
            pair.visits(),
            pair.replaced(),
            pair.outcomes(),
            pair.second_call(),
            pair.early_srat(),
            pair.copy_place(),
            pair.integer_width(),
            pair.taint(),
            pair.log(&lines),
        ],
        slots: pair.slots(),
        lines,
    }
}

/// All of the kernel's lines about tables, in order, those about the initrd's files where they come.
pub fn kernel_lines(outcome: &Outcome<'_>) -> Vec<String> {
    let found = outcome.upgrade.iter().flat_map(|upgrade| &upgrade.log).map(|line| line.text.clone());
    let installation = &outcome.installation;
    let (before, after) = installation
        .kernel_lines
        .split_at(installation.upgrade_at.kernel_lines.min(installation.kernel_lines.len()));
    before.iter().cloned().chain(found).chain(after.iter().cloned()).collect()
}

/// Whether the SRAT that the two-step flow reads early agrees with the one that the nodes are made from; nothing to say of
/// other flows.
pub fn early_srat(machine: &Machine, side: Side<'_>) -> Invariant {
    RowPair { machine, a: side, b: side }.early_srat()
}

struct RowPair<'a> {
    machine: &'a Machine,
    a: Side<'a>,
    b: Side<'a>,
}

fn invariant(name: &'static str, title: &'static str, holds: bool, why: impl Into<Foreign>) -> Invariant {
    Invariant { name, title, holds: Some(holds), why: why.into() }
}

/// At most three of the words, and how many more there are.
fn few(words: &[Foreign]) -> Foreign {
    phrase::first_of(words.iter().cloned(), 3)
}

impl<'a> Side<'a> {
    fn bytes(&self, machine: &'a Machine, origin: Origin) -> &'a [u8] {
        crate::boot::bytes_of(&machine.firmware, &self.outcome.archive, origin).unwrap_or_default()
    }

    /// The files that the kernel accepts, whether or not it then uses them.
    fn accepted(&self) -> Vec<&'a UpgradeFile<'a>> {
        let files = self.outcome.upgrade.iter().flat_map(|upgrade| &upgrade.files);
        files.filter(|file| file.outcome == upgrade::Examined::Accepted).collect()
    }

    /// How a table of the archive is named: its file.
    fn file(&self, index: usize) -> Foreign {
        let name = self.outcome.archive.names.get(index).cloned();
        name.unwrap_or_else(|| Foreign::from(format_args!("file {index}")))
    }

    /// What a table is, apart from where the archive was copied to: two sides share it exactly if the table is the same one.
    fn key(&self, table: &Installed) -> (bool, usize) {
        match table.origin {
            Origin::Firmware(index) => (false, index),
            // Files are told apart by where they stand: both sides read the same initrd.
            Origin::Archive(index) => {
                (true, self.accepted().get(index).map_or(usize::MAX, |file| file.entry.data_at))
            }
        }
    }

    fn keys(&self) -> Vec<Option<(bool, usize)>> {
        let installation = &self.outcome.installation;
        let mut keys = vec![None; installation.slots];
        for table in &installation.list {
            if let Some(place) = keys.get_mut(table.slot) {
                *place = Some(self.key(table));
            }
        }
        keys
    }

    fn facs(&self) -> usize {
        self.outcome.installation.facs.len()
    }
}

impl RowPair<'_> {
    fn name(&self, side: &Side<'_>, table: &Installed) -> Foreign {
        let bytes = side.bytes(self.machine, table.origin);
        Signature(array_at(bytes, 0).unwrap_or_default()).into()
    }

    fn slots(&self) -> Vec<SlotPair> {
        let (lists, keys) = ([self.a.outcome, self.b.outcome], [self.a.keys(), self.b.keys()]);
        let all = keys.iter().map(Vec::len).max().unwrap_or(0);
        let at = |side: usize, slot: usize| {
            lists.get(side)?.installation.list.iter().find(|table| table.slot == slot).copied()
        };
        let key = |side: usize, slot: usize| keys.get(side)?.get(slot).copied().flatten();
        (0..all)
            .map(|slot| SlotPair { slot, a: at(0, slot), b: at(1, slot), same: key(0, slot) == key(1, slot) })
            .collect()
    }

    fn length(&self) -> Invariant {
        let (a, b) = (self.a.outcome.installation.slots, self.b.outcome.installation.slots);
        let why =
            if a == b { format!("{a} slots") } else { format!("{a} slots in A, {b} in B{}", self.cause()) };
        invariant("list-length", "length of the list", a == b, why)
    }

    fn contents(&self) -> Invariant {
        let different: Vec<Foreign> = self
            .slots()
            .iter()
            .filter(|pair| !pair.same)
            .map(|pair| {
                let named = |side: &Side<'_>, table: Option<Installed>| {
                    table.map_or_else(|| "nothing".into(), |table| self.name(side, &table))
                };
                let slot = Foreign::from(format_args!("slot {} (", pair.slot));
                slot + named(&self.a, pair.a) + ", " + named(&self.b, pair.b) + ")"
            })
            .collect();
        let why = if different.is_empty() {
            format!("address, length and signature of {} tables", self.a.outcome.installation.list.len())
                .into()
        } else {
            Foreign::from("not the same: ") + few(&different) + self.cause()
        };
        invariant("slot-contents", "table of each slot", different.is_empty(), why)
    }

    /// Why the lists are laid out differently, where the boots' order of things explains it.
    fn cause(&self) -> String {
        let keeps = |side: &Side<'_>| side.next.flow() != Flow::Current;
        let mut causes = Vec::new();
        match (keeps(&self.a), keeps(&self.b)) {
            (true, false) => {
                causes.push("A keeps its first slots for DSDT and FACS, which follow the FADT in B")
            }
            (false, true) => {
                causes.push("B keeps its first slots for DSDT and FACS, which follow the FADT in A")
            }
            _ => {}
        }
        match (self.a.facs(), self.b.facs()) {
            (1, 2..) => causes.push("A takes one of the two FACS that the FADT names"),
            (2.., 1) => causes.push("B takes one of the two FACS that the FADT names"),
            _ => {}
        }
        let added = |side: &Side<'_>| {
            side.outcome
                .installation
                .outcomes
                .iter()
                .filter(|outcome| **outcome == TableOutcome::Install)
                .count()
        };
        if added(&self.a) != added(&self.b) {
            causes.push("not the same files are added");
        } else if self.replaced().holds == Some(false) {
            causes.push("not the same tables are replaced");
        } else if self.a.next.line().acpi_force_table_verification {
            causes.push(
                "copies are recognised by the bytes that are listed by then (acpi_force_table_verification)",
            );
        }
        if causes.is_empty() { String::new() } else { format!(": {}", causes.join("; ")) }
    }

    fn selection(&self) -> Invariant {
        let chosen = |side: &Side<'_>| {
            let installation = &side.outcome.installation;
            let key = |slot: &usize| {
                installation.list.iter().find(|table| table.slot == *slot).map(|table| side.key(table))
            };
            let facs: BTreeSet<_> = installation.facs.iter().filter_map(key).collect();
            (installation.dsdt.as_ref().and_then(key), facs)
        };
        let (a, b) = (chosen(&self.a), chosen(&self.b));
        let why = match (a.0 == b.0, a.1 == b.1) {
            (true, true) if a.0.is_none() => "neither has a DSDT".to_owned(),
            (true, true) => "the tables that the FADT in force names".to_owned(),
            (false, _) => "the DSDT is not the same".to_owned(),
            (true, false) => format!("{} FACS in A, {} in B", a.1.len(), b.1.len()),
        };
        invariant("dsdt-facs", "choice of DSDT and FACS", a == b, why)
    }

    fn visits(&self) -> Invariant {
        let (a, b) = (&self.a.outcome.installation.visits, &self.b.outcome.installation.visits);
        let once = |visits: &[usize]| {
            let mut seen = BTreeSet::new();
            visits.iter().copied().filter(|index| seen.insert(*index)).collect::<Vec<_>>()
        };
        let (a, b) = (once(a), once(b));
        let why = if a == b {
            "the FADT, what it names, then the others; it matters only for tables of one identity".to_owned()
        } else {
            "which file is used up first can differ where tables share an identity".to_owned()
        };
        invariant("visit-order", "order in which tables meet the archive", a == b, why)
    }

    fn replaced(&self) -> Invariant {
        let of = |side: &Side<'_>| {
            let list = side.outcome.installation.list.iter();
            list.filter_map(|table| Some((table.replaced?, side.key(table)))).collect::<BTreeSet<_>>()
        };
        let words = |side: &Side<'_>, only: &BTreeSet<(usize, (bool, usize))>| {
            let list = side.outcome.installation.list.iter();
            let ours = list.filter(|table| {
                table.replaced.is_some_and(|replaced| only.contains(&(replaced, side.key(table))))
            });
            let word = |table: &Installed| match table.origin {
                Origin::Archive(index) => self.name(side, table) + " by " + side.file(index),
                Origin::Firmware(_) => self.name(side, table),
            };
            ours.map(word).collect::<Vec<_>>()
        };
        let (a, b) = (of(&self.a), of(&self.b));
        let why = if a == b {
            if a.is_empty() { "none".into() } else { few(&words(&self.a, &a)) }
        } else {
            let only_a = words(&self.a, &(&a - &b));
            let only_b = words(&self.b, &(&b - &a));
            let part = |only: &[Foreign], which: &str| {
                (!only.is_empty()).then(|| Foreign::from(format_args!("only {which}: ")) + few(only))
            };
            Foreign::joined([part(&only_a, "A"), part(&only_b, "B")].into_iter().flatten(), "; ")
        };
        invariant("overridden", "tables replaced", a == b, why)
    }

    fn outcomes(&self) -> Invariant {
        let of = |side: &Side<'_>| {
            let files = side.outcome.upgrade.iter().flat_map(|upgrade| &upgrade.files);
            let locked = side.outcome.upgrade.as_ref().is_some_and(|upgrade| upgrade.locked_down);
            let mut outcomes = side.outcome.installation.outcomes.iter();
            files
                .map(|file| {
                    let word = match file.outcome {
                        upgrade::Examined::Accepted if locked => "refused by lockdown",
                        upgrade::Examined::Accepted => outcomes.next().map_or("unused", outcome_word),
                        upgrade::Examined::NotExamined => "not examined",
                        upgrade::Examined::NotConfigured => "not looked for",
                        _ => "rejected",
                    };
                    let name = file.entry.name();
                    (Foreign::from(name.rsplit(|byte| *byte == b'/').next().unwrap_or(name)), word)
                })
                .collect::<Vec<_>>()
        };
        let (a, b) = (of(&self.a), of(&self.b));
        let different: Vec<Foreign> = a
            .iter()
            .zip(&b)
            .filter(|(a, b)| a.1 != b.1)
            .map(|(a, b)| a.0.clone() + format_args!(" is {} in A and {} in B", a.1, b.1))
            .collect();
        let why = match (different.is_empty(), a.len()) {
            (true, 0) => "there is none".into(),
            (true, 1) => "1 file".into(),
            (true, files) => format!("{files} files").into(),
            (false, _) => few(&different),
        };
        invariant("outcomes", "what becomes of each file", different.is_empty() && a.len() == b.len(), why)
    }

    fn second_call(&self) -> Invariant {
        let (name, title) = ("idempotence", "replacing a second time changes nothing");
        let sides = [("A", &self.a), ("B", &self.b)];
        let changed = sides.iter().filter_map(|(which, side)| {
            Some((*which, *side, side.outcome.installation.changed_by_second_call.as_ref()?))
        });
        let changed: Vec<_> = changed.collect();
        if changed.is_empty() {
            let why = "neither flow has a step that could be called again".into();
            return Invariant { name, title, holds: None, why };
        }
        let slots = |side: &Side<'_>, slots: &[usize]| {
            let list = &side.outcome.installation.list;
            let words: Vec<Foreign> = slots
                .iter()
                .filter_map(|slot| list.iter().find(|table| table.slot == *slot))
                .map(|table| self.name(side, table) + format_args!(" in slot {}", table.slot))
                .collect();
            few(&words)
        };
        let bad = changed.iter().find(|(_, _, slots)| !slots.is_empty());
        let why = match bad {
            None => "the second call finds nothing newer".into(),
            Some((which, side, changes)) => {
                let reason = if side.next.release().has(Change::EXACT_IDENTITY) {
                    "files are marked as used by the first call, and the DSDT is entered anew"
                } else {
                    "the second call sees the tables that the first one put there"
                };
                Foreign::from(format_args!("in {which} a second call changes "))
                    + slots(side, changes)
                    + ": "
                    + reason
            }
        };
        invariant(name, title, bad.is_none(), why)
    }

    fn taint(&self) -> Invariant {
        let (a, b) = (self.a.outcome.installation.tainted, self.b.outcome.installation.tainted);
        let why = match (a, b) {
            (true, true) => "both are tainted",
            (false, false) => "neither is tainted",
            (true, false) => "only A is: up to 4.6 a replaced table taints the kernel",
            (false, true) => "only B is: up to 4.6 a replaced table taints the kernel",
        };
        invariant("taint", "taint of the kernel", a == b, why)
    }

    fn log(&self, lines: &[(Which, String)]) -> Invariant {
        let count = |which| lines.iter().filter(|(side, _)| *side == which).count();
        let (a, b) = (count(Which::A), count(Which::B));
        let two = |side: &Side<'_>| side.next.flow() == Flow::TwoStep;
        let twice = ", which lists each table in both steps,";
        let (of_a, of_b) = match (two(&self.a), two(&self.b)) {
            (true, false) => (twice, ""),
            (false, true) => ("", twice.trim_end_matches(',')),
            _ => ("", ""),
        };
        let why = match a + b {
            0 => "line by line".to_owned(),
            _ => format!("A has {a} of its own{of_a} and B {b}{of_b}"),
        };
        invariant("log", "the kernel's lines about tables", a + b == 0, why)
    }
}

fn outcome_word(outcome: &TableOutcome) -> &'static str {
    match outcome {
        TableOutcome::Override(_) => "an override",
        TableOutcome::Install => "installed as new",
        TableOutcome::Dropped { .. } => "dropped",
        TableOutcome::Unused(_) => "unused",
    }
}

/// The lines that are not common to both, by the longest common run of lines in order. Lists of at most 128 tables and
/// archives of at most 64 files keep both logs short.
fn differing_lines(a: &[String], b: &[String]) -> Vec<(Which, String)> {
    // The longest common subsequence of what follows each pair of places.
    let width = b.len() + 1;
    let mut longest = vec![0usize; (a.len() + 1) * width];
    let at = |one: usize, other: usize| one * width + other;
    let get = |table: &[usize], place: usize| table.get(place).copied().unwrap_or(0);
    for (one, line) in a.iter().enumerate().rev() {
        for (other, twin) in b.iter().enumerate().rev() {
            let best = if line == twin {
                get(&longest, at(one + 1, other + 1)) + 1
            } else {
                get(&longest, at(one + 1, other)).max(get(&longest, at(one, other + 1)))
            };
            if let Some(place) = longest.get_mut(at(one, other)) {
                *place = best;
            }
        }
    }
    let (mut one, mut other, mut out) = (0, 0, Vec::new());
    while one < a.len() || other < b.len() {
        let (line, twin) = (a.get(one), b.get(other));
        if line == twin {
            (one, other) = (one + 1, other + 1);
            continue;
        }
        let skips_a = get(&longest, at(one + 1, other)) >= get(&longest, at(one, other + 1));
        if twin.is_none() || line.is_some() && skips_a {
            out.extend(line.map(|line| (Which::A, line.clone())));
            one += 1;
        } else {
            out.extend(twin.map(|line| (Which::B, line.clone())));
            other += 1;
        }
    }
    out
}
