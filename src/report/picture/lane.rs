//! The bars of a picture: what is known of one node, or of neighbouring nodes that are alike.

use super::State;
use crate::boot::running::blocks::Verdict;
use crate::boot::stages::zones::Zone;
use crate::bytes::size;
use crate::memory::range::overlap;
use crate::report::model::plan::totals::TotalsModel;
use crate::report::model::plan::{Plan, RangeModel};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// From this many nodes on, neighbours that are alike are one lane.
const FOLD_FROM: usize = 9;
/// Fewer neighbours than this stay apart.
const FOLD_LEAST: usize = 3;

/// One bar.
#[derive(Debug, Clone, PartialEq)]
pub struct Lane {
    /// Its node; `None` for RAM that no node has.
    pub node: Option<u32>,
    /// The last node of a fold; the same node where it is alone.
    pub last: Option<u32>,
    /// Proximity domain, where a SRAT gives it.
    pub pxm: Option<u32>,
    /// Sums of the node; of a fold, of one of its nodes.
    pub totals: TotalsModel,
    /// Its RAM, ascending, by what becomes of it.
    pub spans: Vec<Span>,
    /// Its memory blocks, ascending.
    pub blocks: Vec<Block>,
    /// What took its marks away, by kind.
    pub flags: Vec<Flag>,
    /// What else is reserved in it before the SRAT is used, ascending.
    pub tabs: Vec<Tab>,
    /// Where memory can be added, ascending.
    pub windows: Vec<Window>,
    /// Why most of it is where it is.
    pub why: String,
    /// Where its last node ends.
    pub end: u64,
}

/// A piece of RAM in one state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Physical addresses in bytes, the end exclusive.
    pub range: Range<u64>,
    /// What becomes of it.
    pub state: State,
    /// Its zone; `None` for RAM that no node has.
    pub zone: Option<Zone>,
    /// Why.
    pub why: String,
}

/// Neighbouring memory blocks that are alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Physical addresses in bytes, the end exclusive.
    pub range: Range<u64>,
    /// Number of the first block.
    pub first: u64,
    /// Number of the last block.
    pub last: u64,
    /// Whether they can go offline.
    pub offline: Verdict,
    /// Why.
    pub why: String,
}

/// What took a node's marks away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// Its number in the whole picture, from 1.
    pub number: usize,
    /// The first piece.
    pub range: Range<u64>,
    /// What it is.
    pub name: String,
    /// How many pieces there are of its kind.
    pub pieces: usize,
}

/// Reserved memory that costs nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tab {
    /// Physical addresses in bytes, the end exclusive.
    pub range: Range<u64>,
    /// What it is.
    pub name: String,
    /// The words for all of its kind.
    pub group: String,
}

/// Where the SRAT announces memory that is not there yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Physical addresses in bytes, the end exclusive.
    pub range: Range<u64>,
    /// Entry of the SRAT.
    pub entry: u32,
    /// The zone of a first block that is added and brought online; `None` where Linux refuses it.
    pub zone: Option<Zone>,
}

/// First and last address of each piece, and what it is.
type Pieces<T> = Vec<(u64, u64, T)>;

impl Lane {
    /// A lane of a node with nothing but RAM.
    pub fn of(node: Option<u32>, spans: Vec<Span>) -> Lane {
        Lane {
            node,
            last: node,
            pxm: None,
            totals: TotalsModel::default(),
            spans,
            blocks: Vec::new(),
            flags: Vec::new(),
            tabs: Vec::new(),
            windows: Vec::new(),
            why: String::new(),
            end: 0,
        }
    }

    /// How many nodes it is.
    pub fn count(&self) -> u32 {
        self.last.zip(self.node).map_or(1, |(last, first)| last - first + 1)
    }

    /// What it is called.
    pub fn name(&self) -> String {
        match (self.node, self.last) {
            (Some(first), Some(last)) if first != last => format!("nodes {first}-{last}"),
            (Some(node), _) => format!("node {node}"),
            (None, _) => "no node".to_owned(),
        }
    }

    /// What becomes of it, in a few words.
    pub fn remark(&self) -> String {
        let TotalsModel { total_bytes, movable_bytes, lost_bytes } = self.totals;
        match (movable_bytes, lost_bytes) {
            _ if self.node.is_none() => "no SRAT entry".to_owned(),
            (0, 0) if total_bytes == 0 => "nothing there yet".to_owned(),
            (0, 0) => "the kernel's".to_owned(),
            (movable, 0) if movable == total_bytes => "movable".to_owned(),
            (movable, 0) => format!("{} movable", size(movable)),
            (0, lost) if lost == total_bytes => "LOST".to_owned(),
            (0, lost) => format!("{} LOST", size(lost)),
            (movable, lost) => format!("{} movable, {} LOST", size(movable), size(lost)),
        }
    }

    /// First and last address of what is drawn.
    pub fn extent(&self) -> Range<u64> {
        let ranges =
            || self.spans.iter().map(|span| &span.range).chain(self.windows.iter().map(|w| &w.range));
        let start = ranges().map(|range| range.start).min().unwrap_or(0);
        start..ranges().map(|range| range.end).max().unwrap_or(0)
    }

    /// Whether the next node looks the same, from its own start on.
    fn is_like(&self, next: &Lane) -> bool {
        let follows = self.last.and_then(|last| last.checked_add(1)) == next.node && next.node.is_some();
        let plain = |lane: &Lane| lane.flags.is_empty() && lane.tabs.is_empty() && lane.windows.is_empty();
        follows && plain(self) && plain(next) && self.totals == next.totals && self.shape() == next.shape()
    }

    /// Its spans and blocks, from its own start on.
    fn shape(&self) -> (Pieces<State>, Pieces<Verdict>) {
        let start = self.extent().start;
        let from = |at: u64| at.wrapping_sub(start);
        (
            self.spans
                .iter()
                .map(|span| (from(span.range.start), from(span.range.end), span.state))
                .collect(),
            self.blocks.iter().map(|run| (from(run.range.start), from(run.range.end), run.offline)).collect(),
        )
    }
}

/// The lanes of a plan.
pub fn all(plan: &Plan) -> Vec<Lane> {
    let mut lanes: BTreeMap<(bool, Option<u32>), Lane> = BTreeMap::new();
    let mut pxms: BTreeMap<Option<u32>, (Option<u32>, TotalsModel)> = BTreeMap::new();
    for node in &plan.nodes {
        pxms.insert(Some(node.node), (node.pxm, node.totals));
    }
    let of = |node: Option<u32>| {
        let (pxm, totals) = pxms.get(&node).copied().unwrap_or_default();
        Lane { pxm, totals, ..Lane::of(node, Vec::new()) }
    };
    // RAM without a node comes last.
    let key = |node: Option<u32>| (node.is_none(), node);
    for range in &plan.ranges {
        let lane = lanes.entry(key(range.node)).or_insert_with(|| of(range.node));
        add(lane, range);
    }
    for window in &plan.windows {
        let lane = lanes.entry(key(Some(window.node))).or_insert_with(|| of(Some(window.node)));
        let range = window.start..window.end;
        lane.windows.push(Window { range, entry: window.entry, zone: window.zone });
    }
    let mut lanes: Vec<Lane> = lanes.into_values().collect();
    let mut number = 0;
    for lane in &mut lanes {
        if lane.node.is_none() {
            lane.totals.total_bytes = lane.spans.iter().map(|span| span.range.end - span.range.start).sum();
        }
        lane.windows.sort_by_key(|window| window.range.start);
        lane.why = why(lane);
        lane.end = lane.extent().end;
        lane.flags = flags(plan, lane, &mut number);
        lane.blocks = blocks(plan, lane);
        lane.tabs = tabs(plan, lane);
    }
    fold(lanes)
}

fn add(lane: &mut Lane, range: &RangeModel) {
    let state = match (range.zone, range.hotpluggable) {
        (Some(Zone::Movable), _) => State::Movable,
        (_, true) => State::Lost,
        (_, false) => State::Kernel,
    };
    let span = Span { range: range.start..range.end, state, zone: range.zone, why: range.why.clone() };
    lane.spans.push(span);
}

/// The reason that holds for most of a lane.
fn why(lane: &Lane) -> String {
    let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
    for span in &lane.spans {
        *sums.entry(&span.why).or_default() += span.range.end - span.range.start;
    }
    let most = sums.into_iter().max_by_key(|(_, bytes)| *bytes);
    most.map(|(why, _)| why.to_owned()).unwrap_or_default()
}

/// What took the marks of a lane away, a flag for each kind of thing, at its first piece.
fn flags(plan: &Plan, lane: &Lane, number: &mut usize) -> Vec<Flag> {
    let lost: BTreeSet<usize> = plan
        .lost
        .iter()
        .filter(|loss| loss.node == lane.node)
        .flat_map(|loss| loss.blockers.iter().copied())
        .collect();
    let mut flags: Vec<Flag> = Vec::new();
    for blocker in lost.into_iter().filter_map(|at| plan.blockers.get(at)) {
        match flags.iter_mut().find(|flag| flag.name == blocker.group) {
            Some(flag) => {
                flag.pieces += 1;
                if blocker.start < flag.range.start {
                    flag.range = blocker.start..blocker.end;
                }
            }
            None => flags.push(Flag {
                number: 0,
                range: blocker.start..blocker.end,
                name: blocker.group.clone(),
                pieces: 1,
            }),
        }
    }
    flags.sort_by_key(|flag| flag.range.start);
    for flag in &mut flags {
        *number += 1;
        flag.number = *number;
    }
    flags
}

/// What is reserved in a lane before the SRAT is used, without what has a flag.
fn tabs(plan: &Plan, lane: &Lane) -> Vec<Tab> {
    let flagged = |group: &str| lane.flags.iter().any(|flag| flag.name == group);
    let mut tabs: Vec<Tab> = plan
        .reserved
        .iter()
        .filter(|piece| !flagged(&piece.group))
        .filter_map(|piece| {
            let range = piece.start..piece.end;
            let is_inside = lane.spans.iter().any(|span| overlap(&span.range, &range).is_some());
            // Tables lie beside the RAM, in the hole that the last memory block has.
            let is_near = || lane.blocks.iter().any(|run| run.range.contains(&piece.start));
            let tab = || Tab { range: range.clone(), name: piece.name.clone(), group: piece.group.clone() };
            (is_inside || is_near()).then(tab)
        })
        .collect();
    tabs.sort_by_key(|tab| (tab.range.start, tab.range.end));
    tabs
}

/// The memory blocks of a lane.
fn blocks(plan: &Plan, lane: &Lane) -> Vec<Block> {
    let own = plan.memory_blocks.runs.iter().filter(|run| run.node == lane.node);
    let model = |run: &crate::report::model::plan::blocks::BlockRunModel| Block {
        range: run.start..run.end,
        first: run.first,
        last: run.last,
        offline: run.offline,
        why: run.why.clone(),
    };
    own.map(model).collect()
}

/// Neighbours that are alike as one.
fn fold(lanes: Vec<Lane>) -> Vec<Lane> {
    if lanes.len() < FOLD_FROM {
        return lanes;
    }
    let mut runs: Vec<Vec<Lane>> = Vec::new();
    for lane in lanes {
        match runs.last_mut() {
            Some(run) if run.last().is_some_and(|last| last.is_like(&lane)) => run.push(lane),
            _ => runs.push(vec![lane]),
        }
    }
    let mut folded = Vec::new();
    for run in runs {
        if run.len() < FOLD_LEAST {
            folded.extend(run);
            continue;
        }
        let Some((last, end)) = run.last().map(|lane| (lane.node, lane.end)) else { continue };
        // What is said of one node alone is not said of a fold.
        let fold = |lane: Lane| Lane { last, end, pxm: None, why: String::new(), ..lane };
        folded.extend(run.into_iter().next().map(fold));
    }
    folded
}
