//! What the two-step flow may change beside the list itself: the SRAT that it reads early, where the copy of the tables is, and
//! the width of integers in AML.

use super::{Invariant, RowPair, Side, few, invariant};
use crate::boot::install::two_step::early::EarlyOrigin;
use crate::boot::install::{Flow, Origin, Phase, TableOutcome, Unused};
use crate::foreign::Foreign;
use crate::memory::Ranges;

impl RowPair<'_> {
    pub(super) fn early_srat(&self) -> Invariant {
        let (name, title) = ("early-srat", "SRAT of memblock and SRAT of the nodes");
        let alone = std::ptr::eq(self.a.outcome, self.b.outcome);
        let side = [("A", &self.a), ("B", &self.b)]
            .into_iter()
            .find_map(|(which, side)| Some((which, side, side.outcome.early_srat.as_ref()?)));
        let Some((which, side, early)) = side else {
            let why = "neither flow reads the SRAT before memory is handed out".into();
            return Invariant { name, title, holds: None, why };
        };
        let late = side.outcome.srat;
        let same_table = match (&early.origin, late) {
            (None, None) => true,
            (Some(EarlyOrigin::Firmware(one)), Some(Origin::Firmware(other))) => *one == other,
            (Some(EarlyOrigin::Initrd { data_at, .. }), Some(Origin::Archive(index))) => {
                side.accepted().get(index).is_some_and(|file| file.entry.data_at == *data_at)
            }
            _ => false,
        };
        let mut marked = Ranges::default();
        early.entries.iter().filter_map(|entry| entry.range.clone()).for_each(|range| marked.insert(range));
        let same_marks = marked == side.outcome.numa.hotpluggable;
        let mut why: Vec<Foreign> = Vec::new();
        if !same_table {
            let memblock: Foreign = match &early.origin {
                None => "memblock knows no SRAT".into(),
                Some(EarlyOrigin::Firmware(_)) => "memblock goes by the firmware's".into(),
                Some(EarlyOrigin::Initrd { path, .. }) => {
                    let name = path.raw().rsplit(|byte| *byte == b'/').next().unwrap_or_default();
                    Foreign::from("memblock goes by ") + name
                }
            };
            let nodes = match late {
                None => "there is none for the nodes".into(),
                Some(Origin::Firmware(_)) => "the nodes come from the firmware's".into(),
                Some(Origin::Archive(index)) => Foreign::from("the nodes come from ") + side.file(index),
            };
            let place = if alone { String::new() } else { format!("in {which} ") };
            why.push(Foreign::from(place) + memblock + ", " + nodes + self.why_not_early(side));
        }
        let disabled: Vec<Foreign> = early
            .entries
            .iter()
            .filter(|entry| !entry.enabled)
            .map(|entry| Foreign::from(format_args!("entry {}", entry.entry)))
            .collect();
        if !disabled.is_empty() {
            why.push(few(&disabled) + " is hot-pluggable to memblock and not enabled for the nodes");
        } else if same_table && !same_marks {
            why.push("the nodes are not made from it: no mark counts later".into());
        }
        let holds = same_table && same_marks;
        if why.is_empty() {
            why.push(match (&early.origin, early.entries.len()) {
                (None, _) => "there is none".into(),
                (Some(_), 0) => "the same table; it marks nothing hot-pluggable".into(),
                (Some(_), _) => "the same table, and the same memory is marked".into(),
            });
        }
        why.extend(early.faults.iter().map(|fault| fault.text().into()));
        invariant(name, title, holds, Foreign::joined(why, "; "))
    }

    /// Why the initrd's SRAT that memblock went by is not the one in force later.
    pub(super) fn why_not_early(&self, side: &Side<'_>) -> Foreign {
        let Some(EarlyOrigin::Initrd { data_at, .. }) =
            side.outcome.early_srat.as_ref().and_then(|early| early.origin.as_ref())
        else {
            let later = matches!(side.outcome.srat, Some(Origin::Archive(_)));
            return if later {
                ": the search in 256 KiB of the initrd does not reach it".into()
            } else {
                Foreign::default()
            };
        };
        if side.outcome.upgrade.as_ref().is_some_and(|upgrade| upgrade.locked_down) {
            return ": the kernel is locked down, which the early search does not ask".into();
        }
        let Some(index) = side.accepted().iter().position(|file| file.entry.data_at == *data_at) else {
            return Foreign::default();
        };
        match side.outcome.installation.outcomes.get(index) {
            Some(TableOutcome::Dropped { revision, .. }) => {
                let not = format_args!(": its OEM revision is not newer than {revision:#x}");
                Foreign::from(not) + ", which the early search does not compare"
            }
            Some(TableOutcome::Install) => {
                let trace = &side.outcome.installation.trace;
                let step =
                    trace.iter().find(|step| step.archive == Some(index) && step.phase == Phase::InstallNew);
                let why = step.map(|step| Foreign::from(" (") + &step.why + ")").unwrap_or_default();
                Foreign::from(": its identity is another") + why + ", which the early search does not compare"
            }
            Some(TableOutcome::Unused(Unused::NoMatch)) => {
                ": no table of the firmware has its OEM table ID, which the early search does not compare"
                    .into()
            }
            Some(TableOutcome::Unused(why)) => Foreign::from(": ") + why.why(),
            Some(TableOutcome::Override(_)) | None => Foreign::default(),
        }
    }

    pub(super) fn copy_place(&self) -> Invariant {
        let (name, title) = ("copy-place", "place of the archive's copy");
        let (a, b) = (&self.a.outcome.archive, &self.b.outcome.archive);
        if a.is_empty() && b.is_empty() {
            return Invariant { name, title, holds: None, why: "nothing is copied".into() };
        }
        let (Some(at_a), Some(at_b)) = (a.base, b.base) else {
            return Invariant { name, title, holds: None, why: "it is not known".into() };
        };
        let why = if at_a == at_b {
            format!("{at_a:#x}")
        } else {
            let early = |side: &Side<'_>| side.outcome.early_srat.as_ref().is_some_and(|early| early.is_used);
            let reason = match (early(&self.a), early(&self.b)) {
                (false, true) => {
                    ": B knows the hot-pluggable memory and takes the highest of the rest, A the lowest free memory"
                }
                (true, false) => {
                    ": A knows the hot-pluggable memory and takes the highest of the rest, B the lowest free memory"
                }
                _ => "",
            };
            format!("{at_a:#x} in A, {at_b:#x} in B{reason}")
        };
        invariant(name, title, at_a == at_b, why)
    }

    pub(super) fn integer_width(&self) -> Invariant {
        let bits = |side: &Side<'_>| side.outcome.installation.aml_integer_bits;
        let (a, b) = (bits(&self.a), bits(&self.b));
        let shown = |bits: Option<u8>| bits.map_or_else(|| "none".to_owned(), |bits| format!("{bits} bits"));
        let why = if a == b {
            shown(a)
        } else {
            let two = |side: &Side<'_>| side.next.flow() == Flow::TwoStep;
            let reason = match (two(&self.a), two(&self.b)) {
                (false, true) => ": B sets it by the firmware's DSDT, A by the one in force",
                (true, false) => ": A sets it by the firmware's DSDT, B by the one in force",
                _ => "",
            };
            format!("{} in A, {} in B{reason}", shown(a), shown(b))
        };
        invariant("integer-width", "width of AML integers", a == b, why)
    }
}
