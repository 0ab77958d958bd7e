//! What is to be said of a boot that was predicted: of its memory, its tables, the files of its archive, and of what was
//! assumed about it. The same for every command, and for who uses the library.

pub mod files;

use crate::boot::derived::doubt::Part;
use crate::boot::derived::orders::{self, OpenOrder, OrderCase};
use crate::boot::derived::outcomes::{self, Sure, Unknown, What};
use crate::boot::derived::rows::{self, Row};
use crate::boot::derived::{assumed_build, build_findings, findings, table_findings};
use crate::boot::kernel::ReleaseSource;
use crate::boot::places::PlaceSource;
use crate::boot::running::hotadd::Device;
use crate::boot::running::windows::{self, Later};
use crate::boot::stages::kaslr::Placement;
use crate::boot::{Machine, NextBoot, Outcome, predict};
use crate::check::open;
use crate::finding::registry::{boot as rules, header};
use crate::finding::{Finding, Severity};
use crate::foreign::Foreign;
use std::ops::Range;

/// How a boot's places are known, and what of its reservations is only known from an earlier boot.
#[derive(Debug, Clone, Copy)]
pub struct Assumed<'a> {
    /// How the place of the kernel's image is known.
    pub kernel: PlaceSource,
    /// How that of the initrd is known.
    pub initrd: PlaceSource,
    /// What an earlier boot had reserved, in bytes, with names.
    pub reserved: &'a [(Range<u64>, String)],
}

/// A boot with all that is read off it.
#[derive(Debug)]
pub struct Settled<'a> {
    /// What the boot does.
    pub outcome: Outcome<'a>,
    /// What that means for each piece of memory.
    pub rows: Vec<Row>,
    /// What it hangs on.
    pub unknowns: Vec<Unknown>,
    /// What hangs on orders of tables that nothing says.
    pub orders: Vec<OpenOrder>,
    /// What becomes of memory that is added later.
    pub later: Later,
    /// What is to be said of it.
    pub findings: Vec<Finding>,
}

/// Predicts a boot and says what there is to say of its nodes and zones; `devices` are added to it, one after the other.
pub fn settle<'a>(
    machine: &Machine,
    next: &NextBoot<'a>,
    assumed: &Assumed<'_>,
    devices: &[Device],
) -> Settled<'a> {
    let outcome = predict(machine, next);
    let later = windows::later(&outcome, machine, next, devices);
    let rows = rows::rows(&outcome, next);
    let mut all = open::of_boot(findings::of(machine, &outcome, next, &rows), machine, next);
    // Of the tables, what costs an override its effect.
    let of_tables = table_findings::of(machine, &outcome, next);
    all.extend(of_tables.into_iter().filter(|finding| finding.severity == Severity::Error));
    let of_files = files::findings(machine, &outcome, next);
    all.extend(of_files.into_iter().filter(|finding| finding.severity >= Severity::Warning));
    all.extend(of_kernel(machine, next, &outcome, Part::All));
    let unknowns = outcomes::of(machine, next, &outcome, assumed.sure(next));
    all.extend(assumed.findings(next, &outcome, &unknowns));
    let orders = orders::of(machine, next);
    all.extend(orders.iter().map(open_order));
    Settled { outcome, rows, unknowns, orders, later, findings: all }
}

/// What hangs on an order that nothing says: only worth knowing where nothing does that is predicted.
pub fn open_order(open: &OpenOrder) -> Finding {
    let matters = open.is_of_memory() || open.is_of_files();
    let name = open.signature;
    let message = match matters {
        true => {
            let case = |case: &OrderCase| {
                Foreign::from("if ") + case.first.clone() + " comes first: " + open.words(case)
            };
            Foreign::joined(open.cases.iter().map(case), "; ")
        }
        false => {
            let first = Foreign::joined(open.cases.iter().map(|case| case.first.clone()), " or ");
            let number = open.cases.len();
            Foreign::from(format!("{number} tables, of which Linux uses the first: "))
                + first
                + "; nodes and zones are the same"
        }
    };
    let severity = if matters { Severity::Warning } else { Severity::Info };
    Finding::new(&header::ORDER_OPEN, name, message).with_severity(severity)
}

/// What is to be said of the kernel, as far as a part of the answer is asked about: that it or its configuration was assumed, and
/// what its configuration leaves out.
pub fn of_kernel(machine: &Machine, next: &NextBoot<'_>, outcome: &Outcome<'_>, part: Part) -> Vec<Finding> {
    let mut all = Vec::new();
    if matches!(next.kernel().source(), ReleaseSource::Newest) {
        let message = Foreign::from("none is named, and the rules of ") + &next.release().name + " were used";
        all.push(Finding::new(&rules::RELEASE_ASSUMED, "kernel", message));
    }
    all.extend(assumed_build::finding(machine, outcome, next, part));
    if let Some(config) = next.kernel().config() {
        all.extend(build_findings::of(&config.origin, outcome, next));
    }
    all
}

impl Assumed<'_> {
    /// Which places are sure. Without an initrd there is none to be unsure of.
    pub fn sure(&self, next: &NextBoot<'_>) -> Sure {
        let has_initrd = next.initrd().is_some() || next.initrd_at().is_some();
        Sure { kernel: self.kernel.is_sure(), initrd: self.initrd.is_sure() || !has_initrd }
    }

    /// What was assumed, where it can matter: hot-pluggable memory is at stake.
    fn findings(&self, next: &NextBoot<'_>, outcome: &Outcome<'_>, unknowns: &[Unknown]) -> Vec<Finding> {
        let marked = outcome.nodes.regions.iter().any(|region| region.hotpluggable);
        if !marked || !next.line().movable_node {
            return Vec::new();
        }
        let mut all = Vec::new();
        let mut note = |rule, subject: &str, message: String| all.push(Finding::new(rule, subject, message));
        if !self.reserved.is_empty() {
            let total: u64 =
                self.reserved.iter().map(|(range, _)| range.end.saturating_sub(range.start)).sum();
            let mut names: Vec<&str> = self.reserved.iter().map(|(_, name)| name.as_str()).collect();
            names.dedup();
            names.truncate(3);
            let message =
                format!("{} pieces, {} KiB: {}", self.reserved.len(), total >> 10, names.join(", "));
            note(&rules::RESERVED_ASSUMED, "reservations", message);
        }
        let at = |range: &Range<u64>, how: &str| {
            format!("{:#x}-{:#x}, {how}", range.start, range.end.saturating_sub(1))
        };
        // A place that costs no node its marks, wherever it is, is not worth a word.
        let matters = |what: What| unknowns.iter().any(|unknown| unknown.what == what);
        let random = matches!(outcome.kaslr, Placement::Random { .. });
        if let Some(how) = self.kernel.assumed().filter(|_| matters(What::Kernel) || !random) {
            note(&rules::KERNEL_PLACE_ASSUMED, "kernel image", at(next.kernel_at(), how));
        }
        if let (Some(how), Some(range), true) =
            (self.initrd.assumed(), next.initrd_at(), matters(What::Initrd))
        {
            note(&rules::INITRD_PLACE_ASSUMED, "initrd", at(range, how));
        }
        all
    }
}
