//! How well the release of a boot is known: which of its rules are taken from a neighbouring release, and whether any of them
//! decides something in this very boot.
//!
//! A rule is in doubt where nobody looked at the releases around it. It matters where the boot would become another one
//! without it, so the boot is predicted once more for each of them.

use crate::boot::derived::findings;
use crate::boot::kernel::release::{Change, Release};
use crate::boot::running::policy::Policy;
use crate::boot::{Machine, NextBoot, Outcome, predict};
use crate::finding::Finding;
use crate::finding::registry::boot as rule;

/// Which part of an answer is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The list of tables, and what is said of it.
    Tables,
    /// All of it.
    All,
}

/// The changes that are in doubt for the release, and that this answer hangs on.
pub fn changes(
    machine: &Machine,
    outcome: &Outcome<'_>,
    next: &NextBoot<'_>,
    part: Part,
) -> Vec<&'static Change> {
    let release = next.release();
    let counts = |change: &&&'static Change| {
        let other = next.of_kernel(next.kernel().as_release(release.flipping(change)));
        !same((outcome, next), (&predict(machine, &other), &other), part)
    };
    release.uncertain.iter().filter(counts).copied().collect()
}

/// Whether two boots come to the same, as far as a part of an answer is asked about.
pub fn same(one: (&Outcome<'_>, &NextBoot<'_>), other: (&Outcome<'_>, &NextBoot<'_>), part: Part) -> bool {
    same_tables(one.0, other.0)
        && (part == Part::Tables || (same_memory(one.0, other.0) && same_rest(one.1, other.1)))
}

fn same_tables(one: &Outcome<'_>, other: &Outcome<'_>) -> bool {
    let of = |outcome: &Outcome<'_>| {
        let installed = &outcome.installation;
        let list: Vec<_> = installed.list.iter().map(|table| (table.slot, table.origin)).collect();
        (list, installed.tainted, installed.madt, installed.dsdt)
    };
    let log = |outcome: &Outcome<'_>| outcome.installation.log.clone();
    of(one) == of(other) && log(one) == log(other)
}

fn same_memory(one: &Outcome<'_>, other: &Outcome<'_>) -> bool {
    one.map.death == other.map.death
        && one.map.ram == other.map.ram
        && one.nodes == other.nodes
        && one.regions == other.regions
        && one.zones == other.zones
        && one.online == other.online
        && one.blocks == other.blocks
        && one.kaslr == other.kaslr
}

/// Unpacking, and what becomes of memory that is added.
fn same_rest(one: &NextBoot<'_>, other: &NextBoot<'_>) -> bool {
    let policy = |next: &NextBoot<'_>| {
        let policy = Policy::new(next.line(), next.release());
        let inside = policy.structures(2 << 27, 1 << 27).inside;
        (policy.state, policy.auto_movable, policy.ratio, policy.numa_aware, inside)
    };
    policy(one) == policy(other)
        && (one.release().unpack == other.release().unpack
            || findings::of_unpacking(one) == findings::of_unpacking(other))
}

/// What has to be known of the release: that no boots of it were recorded, that its vendor changes it, that other rules were
/// asked for.
pub fn findings(machine: &Machine, outcome: &Outcome<'_>, next: &NextBoot<'_>, part: Part) -> Vec<Finding> {
    let release = next.release();
    let subject = || format!("Linux {}", release.name.text());
    let mut all = Vec::new();
    if release.rules() != release.version {
        let message = format!("the rules of {} were asked for", release.rules());
        all.push(Finding::new(&rule::RULES_CHOSEN, subject(), message));
    } else if let Some(vendor) = release.vendor().patches() {
        all.push(Finding::new(&rule::VENDOR_KERNEL, subject(), of_vendor(release, vendor)));
    }
    if !release.is_recorded() {
        let doubts = changes(machine, outcome, next, part);
        if part == Part::All || !doubts.is_empty() || release.neighbours().1.is_none() {
            let message = not_recorded(release, &doubts, part);
            all.push(Finding::new(
                &rule::RELEASE_NOT_RECORDED,
                format!("Linux {}", release.rules()),
                message,
            ));
        }
    }
    all
}

fn of_vendor(release: &Release, vendor: &str) -> String {
    let base = release.version;
    let known: Vec<String> = release.vendor().differences(base).collect();
    let owner = if vendor.ends_with('s') { format!("{vendor}'") } else { format!("{vendor}'s") };
    let known = match known.as_slice() {
        [] => "what differs is not known here".to_owned(),
        known => format!("these are known to differ, and were used: {}", known.join("; ")),
    };
    format!("{owner} {base} differs from upstream's; the rules of {base} were used; {known}")
}

fn not_recorded(release: &Release, doubts: &[&Change], part: Part) -> String {
    let doubts: Vec<&str> = doubts.iter().map(|change| change.what).collect();
    let later: Vec<&str> = release.not_yet_for_zones().collect();
    let doubtful =
        |doubts: &[&str]| format!("in doubt, and this answer depends on it: {}", doubts.join("; "));
    match release.neighbours() {
        (Some(below), None) => {
            format!(
                "newer than all releases that were recorded: the rules of {below} were used, and what changed since is not known"
            )
        }
        (None, Some(above)) => {
            let mut message = match (part, later.as_slice()) {
                (Part::All, [_, ..]) => format!(
                    "nodes and zones by the rules of {above}, less what came after this release: {}; whatever else changed \
                     before {above} is not known",
                    later.join("; ")
                ),
                _ => format!(
                    "by the rules of {above}, less what is known to have come later; what else changed before {above} is not known"
                ),
            };
            if !doubts.is_empty() {
                message.push_str(&format!("; {}", doubtful(&doubts)));
            }
            message
        }
        (Some(below), Some(above)) if doubts.is_empty() => {
            format!(
                "nothing that this answer depends on is in doubt between {below} and {above}, of which boots were recorded"
            )
        }
        _ => format!(
            "as in the nearest release that was recorded ({}); {}",
            release.nearest_recorded(),
            doubtful(&doubts)
        ),
    }
}
