//! Many blocks: runs of equal ones, sums by node, gigabytes.

use super::{Answer, Hold, Judged, System};
use crate::memory::block::{BlockState, MemoryBlock, ZoneWord};
use std::collections::BTreeMap;

/// The most functions that are named for a run of blocks.
const MOST_NAMES: usize = 256;

/// Bytes of the largest pages.
const GIB: u64 = 1 << 30;

/// Neighbouring blocks that are alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Number of the first block.
    pub first: u64,
    /// Number of the last block.
    pub last: u64,
    /// Their node; the first of several.
    pub node: Option<u32>,
    /// Their zone, where they are online.
    pub zone: Option<ZoneWord>,
    /// What they do.
    pub state: Option<BlockState>,
    /// Whether they can go offline: pages are those of all of them.
    pub judged: Judged,
}

/// The blocks in runs; what holds them may differ in its numbers.
pub fn runs<'b>(blocks: impl IntoIterator<Item = (&'b MemoryBlock, Judged)>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (block, judged) in blocks {
        let (node, zone) = (block.nodes.first().copied(), block.zone());
        match runs.last_mut() {
            Some(run)
                if run.last + 1 == block.number
                    && (run.node, run.zone, run.state) == (node, zone, block.state)
                    && alike(&run.judged, &judged) =>
            {
                run.last = block.number;
                merge(&mut run.judged, judged);
            }
            _ => runs.push(Run {
                first: block.number,
                last: block.number,
                node,
                zone,
                state: block.state,
                judged,
            }),
        }
    }
    runs
}

fn alike(one: &Judged, other: &Judged) -> bool {
    let kinds = |judged: &Judged| judged.held_by.iter().map(|hold| hold.kind).collect::<Vec<_>>();
    let reasons = |judged: &Judged| judged.reasons.iter().map(std::mem::discriminant).collect::<Vec<_>>();
    one.answer == other.answer && kinds(one) == kinds(other) && reasons(one) == reasons(other)
}

fn merge(into: &mut Judged, more: Judged) {
    for (hold, Hold { pages, by, .. }) in into.held_by.iter_mut().zip(more.held_by) {
        hold.pages += pages;
        for (name, pages) in by {
            if let Some((_, sum)) = hold.by.iter_mut().find(|(known, _)| *known == name) {
                *sum += pages;
            } else if hold.by.len() < MOST_NAMES {
                hold.by.push((name, pages));
            }
        }
        hold.by.sort_by_key(|(_, pages)| std::cmp::Reverse(*pages));
    }
    into.moves = into.moves.saturating_add(more.moves);
    for reason in &mut into.reasons {
        if let super::AnswerReason::Moves(bytes) = reason {
            *bytes = into.moves;
        }
        if let (
            super::AnswerReason::NoRoom { need, .. },
            Some(super::AnswerReason::NoRoom { need: other, .. }),
        ) =
            (reason, more.reasons.iter().find(|reason| matches!(reason, super::AnswerReason::NoRoom { .. })))
        {
            *need = (*need).max(*other);
        }
    }
}

/// What can go of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodeSum {
    /// The node.
    pub node: u32,
    /// Bytes in blocks that are yes, maybe, no and unknown, offline ones among the first.
    pub bytes: [u64; 4],
    /// Whether all of it can go.
    pub whole: Answer,
    /// Bytes that have to move for that.
    pub moves: u64,
    /// Bytes that are free where those can go.
    pub room: u64,
}

impl NodeSum {
    /// Bytes in blocks of an answer.
    pub fn of(&self, answer: Answer) -> u64 {
        self.bytes.get(answer as usize).copied().unwrap_or(0)
    }
}

/// The sums by node; a block of several nodes counts for the first.
pub fn nodes(runs: &[Run], block_size: u64, system: &System) -> Vec<NodeSum> {
    let mut sums: BTreeMap<u32, NodeSum> = BTreeMap::new();
    for run in runs {
        let Some(node) = run.node else { continue };
        let empty = NodeSum { node, bytes: [0; 4], whole: Answer::Yes, moves: 0, room: 0 };
        let sum = sums.entry(node).or_insert(empty);
        let len = (run.last - run.first + 1).saturating_mul(block_size);
        if let Some(bytes) = sum.bytes.get_mut(run.judged.answer as usize) {
            *bytes = bytes.saturating_add(len);
        }
        sum.whole = sum.whole.min(run.judged.answer);
        sum.moves = sum.moves.saturating_add(run.judged.moves);
    }
    let others = |node: u32| system.stats.zones.iter().any(|zone| zone.node != node && zone.present > 0);
    let mut sums: Vec<NodeSum> = sums.into_values().collect();
    for sum in &mut sums {
        sum.room = if others(sum.node) { system.room(Some(sum.node), 0) } else { 0 };
        // What is left of the machine has to run on something.
        if sum.whole == Answer::Yes && sum.moves > sum.room {
            sum.whole = Answer::Maybe;
        }
    }
    sums
}

/// Aligned gigabytes that are alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gigabytes {
    /// The first: its address divided by 1 GiB.
    pub first: u64,
    /// The last.
    pub last: u64,
    /// Whether all of it can go, or be made free.
    pub answer: Answer,
}

/// The aligned gigabytes that are memory as a whole.
pub fn gigabytes(runs: &[Run], block_size: u64) -> Vec<Gigabytes> {
    let mut found: BTreeMap<u64, (u64, Answer)> = BTreeMap::new();
    for run in runs.iter().filter(|run| run.state == Some(BlockState::Online)) {
        let (mut at, end) = (run.first.saturating_mul(block_size), (run.last + 1).saturating_mul(block_size));
        while at < end {
            let next = (at / GIB + 1).saturating_mul(GIB).min(end);
            let (bytes, answer) = found.entry(at / GIB).or_insert((0, Answer::Yes));
            *bytes += next - at;
            *answer = (*answer).min(run.judged.answer);
            at = next;
        }
    }
    let mut all: Vec<Gigabytes> = Vec::new();
    for (number, (_, answer)) in found.into_iter().filter(|(_, (bytes, _))| *bytes == GIB) {
        match all.last_mut() {
            Some(last) if last.last + 1 == number && last.answer == answer => last.last = number,
            _ => all.push(Gigabytes { first: number, last: number, answer }),
        }
    }
    all
}
