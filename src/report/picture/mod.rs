//! A picture of memory: what a plan says of each node, as bars on one scale. Writers make text ([`text`]), SVG ([`svg`]) and
//! the map of a report ([`super::page`]) of it.

mod canvas;
pub mod lane;
pub mod scale;
pub mod strips;
pub mod svg;
pub mod text;

use super::model::plan::totals::TotalsModel;
use super::model::plan::{Plan, outcomes::UnknownModel};
use crate::bytes::size;
use crate::foreign::Foreign;
use crate::phrase::nodes;
use crate::report::text::percent;
use lane::Lane;

/// What becomes of a piece of RAM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// In ZONE_MOVABLE.
    Movable,
    /// Marked hot-pluggable by the SRAT, and in another zone.
    Lost,
    /// In a zone of the kernel, and not marked.
    Kernel,
}

impl State {
    /// All, in the order of legends.
    pub const ALL: [State; 3] = [State::Movable, State::Lost, State::Kernel];

    /// The words of legends.
    pub fn words(self) -> &'static str {
        match self {
            State::Movable => "movable",
            State::Lost => "hot-pluggable, but lost",
            State::Kernel => "the kernel's",
        }
    }
}

/// The picture of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// Kernel release.
    pub kernel: Foreign,
    /// Kernel command line.
    pub command_line: Foreign,
    /// Sums over all nodes.
    pub totals: TotalsModel,
    /// That the boot fails, and why; nothing of the rest is reached then.
    pub failure: Option<String>,
    /// One for each node that has memory or a hot-add window; those that are alike are one.
    pub lanes: Vec<Lane>,
    /// Why marked memory is not movable, where that is not what the flags show; in sentences.
    pub losses: Vec<String>,
    /// What the picture depends on, in sentences.
    pub notes: Vec<String>,
}

impl Picture {
    /// The picture of a plan.
    pub fn of(plan: &Plan) -> Picture {
        let failure = plan.findings.iter().find(|finding| finding.is_death());
        Picture {
            kernel: plan.kernel.clone(),
            command_line: plan.command_line.clone(),
            totals: plan.totals,
            failure: failure.map(|death| death.rule.title().to_owned()),
            lanes: lane::all(plan),
            losses: losses(plan),
            notes: plan.outcomes.iter().filter_map(note).collect(),
        }
    }

    /// The number that counts: `4 GiB of 6 GiB movable`.
    pub fn headline(&self) -> String {
        headline(&self.totals)
    }

    /// Whether kernel and command line are those of another picture.
    fn is_boot_of(&self, other: &Picture) -> bool {
        (&self.kernel, &self.command_line) == (&other.kernel, &other.command_line)
    }

    /// Why memory is lost, and what is not sure: sentences.
    fn sentences(&self) -> Vec<String> {
        [&self.losses[..], &self.notes].concat()
    }
}

/// What a boot makes movable, and what it loses.
pub fn headline(totals: &TotalsModel) -> String {
    let lost = match totals.lost_bytes {
        0 => String::new(),
        lost => format!(", {} lost", size(lost)),
    };
    format!("{} of {} movable{lost}", size(totals.movable_bytes), size(totals.total_bytes))
}

/// The name of one of several pictures in front of what is said of it alone.
fn lead(name: Option<&str>) -> String {
    name.map(|name| format!("{name}: ")).unwrap_or_default()
}

/// What there is in each picture, in its order, with the name of the picture; what is in all of them once, without a name.
fn of_all<'n, T: PartialEq + Clone>(
    pictures: &[(Option<&'n str>, &Picture)],
    what: impl Fn(&Picture) -> Vec<T>,
) -> Vec<(Option<&'n str>, T)> {
    let lists: Vec<_> = pictures.iter().map(|(name, picture)| (*name, what(picture))).collect();
    let mut all = Vec::new();
    for (index, (name, list)) in lists.iter().enumerate() {
        for one in list {
            match lists.iter().all(|(_, list)| list.contains(one)) {
                true if index == 0 => all.push((None, one.clone())),
                true => {}
                false => all.push((*name, one.clone())),
            }
        }
    }
    all
}

/// Why marked memory is not movable, for all nodes with the same reason together; without what flags show.
fn losses(plan: &Plan) -> Vec<String> {
    let mut reasons: Vec<(&str, Vec<u32>, u64)> = Vec::new();
    for loss in plan.lost.iter().filter(|loss| loss.blockers.is_empty()) {
        let Some(node) = loss.node else { continue };
        match reasons.iter_mut().find(|(why, ..)| *why == loss.why) {
            Some((_, nodes, bytes)) => {
                nodes.push(node);
                *bytes += loss.bytes;
            }
            None => reasons.push((&loss.why, vec![node], loss.bytes)),
        }
    }
    let sentence = |(why, mut all, bytes): (&str, Vec<u32>, u64)| {
        all.sort_unstable();
        all.dedup();
        format!("{} of {} lost: {why}.", size(bytes), nodes(&all))
    };
    reasons.into_iter().map(sentence).collect()
}

/// What hangs on a place that is not sure.
fn note(unknown: &UnknownModel) -> Option<String> {
    let cases: Vec<String> = unknown
        .cases
        .iter()
        .map(|case| {
            let chance = case.probability.map(|chance| format!(" ({})", percent(chance))).unwrap_or_default();
            format!("on {}{chance} {} movable", nodes(&case.nodes), size(case.movable_bytes))
        })
        .collect();
    let name = unknown.what;
    (!cases.is_empty())
        .then(|| format!("Where the {} will be is not sure: {}.", name.name(), cases.join("; ")))
}
