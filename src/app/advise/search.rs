//! The search: which marks and which words of the command line meet all wishes with the smallest change.

use crate::app::boot::{Prepared, archive};
use crate::boot::derived::outcomes::{self, Case, Unknown};
use crate::boot::install::Origin;
use crate::boot::kernel::cmdline::appended;
use crate::boot::{self, Outcome, derived::rows};
use crate::check::policy::{Amount, Assertion, BootFacts, Claim, unmet};
use crate::memory::PAGE_SIZE;
use crate::table::affinity_edit::{self, Memories};
use crate::table::edit::{Editor, Revision};
use std::collections::BTreeSet;
use std::ops::Range;

/// The most candidates that are predicted.
pub const MOST: usize = 600;
/// From here on an outcome is as good as sure.
const SURE: f64 = 0.999;

/// A change of the SRAT's marks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// All memory of a node is marked hot-pluggable.
    Node(u32),
    /// Memory of a range is; entries are split at its ends.
    Range(u64, u64),
    /// All memory of a node is not.
    NotNode(u32),
}

/// What a person could change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Candidate {
    /// Changes of the SRAT.
    pub marks: Vec<Mark>,
    /// Words to add to the command line, and (with `-` before) to take away.
    pub words: Vec<String>,
}

impl Candidate {
    /// How much it changes: a table counts as much as three words, since it has to be kept up.
    fn cost(&self) -> usize {
        let table = if self.marks.is_empty() { 0 } else { 3 };
        table + self.marks.len() + self.words.len()
    }

    /// The words in one text, as `--append` takes it.
    pub fn append(&self) -> String {
        self.words.join(" ")
    }
}

/// What comes of a candidate.
#[derive(Debug, Clone)]
pub struct Tried {
    /// What was changed.
    pub candidate: Candidate,
    /// The changed table, and the archive of it.
    pub table: Option<(Vec<u8>, Vec<u8>)>,
    /// The memory of the boot.
    pub facts: BootFacts,
    /// The wishes that it does not meet: number and why.
    pub unmet: Vec<(usize, String)>,
    /// How likely it meets what it meets, as far as that can be told.
    pub certainty: f64,
    /// Things whose place is not known and decides.
    pub doubts: Vec<String>,
}

/// What the search found.
#[derive(Debug)]
pub struct FoundSteps {
    /// The boot as it is.
    pub before: Tried,
    /// The smallest change that meets all, or the one that comes nearest.
    pub best: Tried,
    /// What the wishes name, marked, with movable_node: it shows what stands in the way.
    pub plain: Option<Tried>,
    /// Whether candidates were left out.
    pub cut: bool,
}

/// Searches. The same inputs give the same answer.
///
/// # Errors
/// [`crate::app::UsageError`] where the machine's command line cannot be changed so.
pub fn search(prepared: &Prepared, wishes: &[Assertion]) -> anyhow::Result<FoundSteps> {
    let next = prepared.next();
    let outcome = boot::predict(prepared.machine(), &next);
    let srat = srat_of(prepared, &outcome).map(<[u8]>::to_vec);
    let context = Context { prepared, wishes, srat, outcome: &outcome };
    let before = context
        .tried(Candidate::default())
        .ok_or_else(|| anyhow::anyhow!("the boot as it is cannot be predicted"))?;
    let mut all = context.candidates(&before.facts);
    let cut = all.len() > MOST;
    all.truncate(MOST);
    let mut best = before.clone();
    for candidate in all {
        if best.unmet.is_empty() && best.certainty >= SURE {
            break;
        }
        let Some(tried) = context.tried(candidate) else { continue };
        let is_better = (tried.unmet.len(), -tried.certainty) < (best.unmet.len(), -best.certainty);
        // What meets no more is not worth a change.
        if is_better && (tried.unmet.len() < best.unmet.len() || tried.certainty > best.certainty + 0.001) {
            best = tried;
        }
    }
    let plain = context.plain(&before.facts).and_then(|candidate| context.tried(candidate));
    Ok(FoundSteps { before, best, plain, cut })
}

struct Context<'a> {
    prepared: &'a Prepared,
    wishes: &'a [Assertion],
    srat: Option<Vec<u8>>,
    outcome: &'a Outcome<'a>,
}

/// The SRAT in force.
fn srat_of<'t>(prepared: &'t Prepared, outcome: &Outcome<'t>) -> Option<&'t [u8]> {
    match outcome.srat? {
        Origin::Firmware(index) => {
            prepared.machine().firmware.tables.get(index).map(|table| table.bytes.as_slice())
        }
        Origin::Archive(index) => outcome.archive.tables.get(index).copied(),
    }
}

impl Context<'_> {
    /// Predicts a candidate; `None` where it cannot be made, or changes nothing.
    fn tried(&self, candidate: Candidate) -> Option<Tried> {
        let table = match candidate.marks.is_empty() {
            true => None,
            false => {
                let table = self.table(&candidate.marks)?;
                let archive = archive([(&b"srat.aml"[..], table.as_slice())]).ok()?;
                Some((table, archive))
            }
        };
        let next = self.prepared.next();
        let line = appended(next.given_line(), &candidate.append()).ok()?;
        let archive = table.as_ref().map(|(_, archive)| archive.as_slice());
        let (next, sure) = self.prepared.variant(&line, archive);
        let machine = self.prepared.machine();
        let outcome = boot::predict(machine, &next);
        let facts = BootFacts::of(machine, &next, &outcome);
        let unmet = unmet(self.wishes, &facts);
        let unknowns = outcomes::of(machine, &next, &outcome, sure);
        let (certainty, doubts) = self.certainty(&facts, &unmet, &unknowns);
        Some(Tried { table, facts, unmet, certainty, doubts, candidate })
    }

    /// The SRAT with changed marks; `None` where nothing changes or it cannot be.
    fn table(&self, marks: &[Mark]) -> Option<Vec<u8>> {
        let srat = self.srat.as_ref()?;
        let mut editor = Editor::new(srat).ok()?;
        let pxm = |node: u32| rows::pxm(self.outcome, node).map(Memories::Domain);
        for mark in marks {
            let (which, on) = match mark {
                Mark::Node(node) => (pxm(*node)?, true),
                Mark::NotNode(node) => (pxm(*node)?, false),
                Mark::Range(start, end) => (Memories::Range(*start..*end), true),
            };
            affinity_edit::hot_pluggable(&mut editor, &which, on).ok()?;
        }
        (editor.bytes() != srat.as_slice())
            .then(|| editor.finish(Revision::Raise).ok())?
            .map(|edited| edited.after)
    }

    /// How likely the wishes that are met stay so wherever kernel and initrd come to lie, and what is not known.
    fn certainty(
        &self,
        facts: &BootFacts,
        unmet_now: &[(usize, String)],
        unknowns: &[Unknown],
    ) -> (f64, Vec<String>) {
        let breaks = |case: &Case| {
            let mut there = facts.clone();
            for node in there.nodes.iter_mut().filter(|node| case.loses && case.nodes.contains(&node.node)) {
                node.movable = 0;
                if let Some(range) = self.span(node.node) {
                    there.movable.remove(&range);
                }
            }
            unmet(self.wishes, &there).len() > unmet_now.len()
        };
        let (mut certainty, mut doubts) = (1.0, Vec::new());
        for unknown in unknowns {
            let bad: Vec<&Case> = unknown.cases.iter().filter(|case| breaks(case)).collect();
            let known: f64 = bad.iter().filter_map(|case| case.probability).sum();
            certainty *= (1.0 - known).clamp(0.0, 1.0);
            let nodes: BTreeSet<u32> = bad.iter().flat_map(|case| case.nodes.iter().copied()).collect();
            if !nodes.is_empty() {
                let nodes: Vec<String> = nodes.iter().map(u32::to_string).collect();
                let what = unknown.what.name();
                doubts.push(format!("{what} on node {}: {}", nodes.join(" or "), unknown.what.fix()));
            }
        }
        (certainty, doubts)
    }

    fn span(&self, node: u32) -> Option<Range<u64>> {
        let span = &self.outcome.zones.nodes.get(&node)?.span;
        Some(span.start.saturating_mul(PAGE_SIZE)..span.end.saturating_mul(PAGE_SIZE))
    }

    /// What could be changed, the smallest changes first.
    fn candidates(&self, before: &BootFacts) -> Vec<Candidate> {
        let (marks, lines) = (self.mark_sets(before), self.lines(before));
        let mut all: Vec<Candidate> = Vec::new();
        for marks in &marks {
            for words in &lines {
                all.push(Candidate { marks: marks.clone(), words: words.clone() });
            }
        }
        all.retain(|candidate| candidate.cost() > 0);
        all.sort_by_key(Candidate::cost);
        all
    }

    /// The obvious candidate.
    fn plain(&self, before: &BootFacts) -> Option<Candidate> {
        let marks = self.mark_sets(before).into_iter().find(|marks| !marks.is_empty()).unwrap_or_default();
        let is_given = self.prepared.next().line().movable_node;
        let words = if is_given { Vec::new() } else { vec!["movable_node".to_owned()] };
        let candidate = Candidate { marks, words };
        (candidate.cost() > 0).then_some(candidate)
    }

    /// Sets of marks: none, those that the wishes name, and those with further nodes one after the other.
    fn mark_sets(&self, before: &BootFacts) -> Vec<Vec<Mark>> {
        let (mut named, mut kept) = (Vec::new(), BTreeSet::new());
        for wish in self.wishes {
            match &wish.claim {
                Claim::FullyMovable(node) => named.push(Mark::Node(*node)),
                Claim::RangeMovable(range) => named.push(Mark::Range(range.start, range.end)),
                Claim::NotMovable(node) => drop(kept.insert(*node)),
                _ => {}
            }
        }
        named.sort();
        named.dedup();
        let marked = |node: u32| {
            let regions = self.outcome.nodes.regions.iter();
            regions.filter(|region| region.node == Some(node)).any(|region| region.hotpluggable)
        };
        let taken: Vec<Mark> =
            kept.iter().filter(|node| marked(**node)).map(|node| Mark::NotNode(*node)).collect();
        let base: Vec<Mark> = [named.clone(), taken].concat();
        let is_named = |node: u32| named.contains(&Mark::Node(node)) || kept.contains(&node);
        // Nodes from the top: what boots first lies low.
        let mut others: Vec<u32> =
            before.nodes.iter().map(|node| node.node).filter(|node| !is_named(*node)).collect();
        others.sort_by_key(|node| std::cmp::Reverse(self.span(*node).map_or(0, |span| span.start)));
        let mut sets = vec![Vec::new(), base.clone()];
        let is_about_sums = |claim: &Claim| {
            matches!(
                claim,
                Claim::AtLeast(_) | Claim::AtMost(_) | Claim::KernelKeeps(_) | Claim::NotMovable(_)
            )
        };
        if self.wishes.iter().any(|wish| is_about_sums(&wish.claim)) {
            for node in others.iter().filter(|node| !marked(**node)) {
                sets.push([base.clone(), vec![Mark::Node(*node)]].concat());
            }
            for (grow, shrink) in
                (1..=others.len()).map(|count| (others.get(..count), others.get(count - 1..)))
            {
                let with = |nodes: Option<&[u32]>, mark: fn(u32) -> Mark, on: bool| {
                    let nodes = nodes.unwrap_or_default().iter().filter(|node| marked(**node) != on);
                    [base.clone(), nodes.map(|node| mark(*node)).collect()].concat()
                };
                sets.push(with(grow, Mark::Node, true));
                sets.push(with(shrink, Mark::NotNode, false));
            }
        }
        sets.sort_by_key(Vec::len);
        sets.dedup();
        sets
    }

    /// Words for the command line, the fewest first.
    fn lines(&self, before: &BootFacts) -> Vec<Vec<String>> {
        let next = self.prepared.next();
        let line = next.line();
        let word = |text: &str| text.to_owned();
        let mut all = vec![Vec::new()];
        let has_nokaslr = line.has_word("nokaslr");
        match line.movable_node {
            true => {
                all.push(vec![word("nokaslr")]);
                all.push(vec![word("-movable_node")]);
            }
            false => {
                all.push(vec![word("movable_node")]);
                all.push(vec![word("movable_node"), word("nokaslr")]);
            }
        }
        if has_nokaslr {
            all.retain(|words| !words.contains(&word("nokaslr")));
        }
        let given = |name: &str| line.last(name).is_some();
        let sizes: Vec<String> = ["kernelcore", "movablecore"]
            .iter()
            .filter(|name| given(name))
            .map(|name| format!("-{name}="))
            .collect();
        if !sizes.is_empty() {
            all.push(sizes.clone());
        }
        if !line.movable_node {
            for kept in self.kept_sizes(before) {
                let size = format!("kernelcore={}M", kept >> 20);
                all.push([sizes.clone(), vec![size]].concat());
            }
        }
        all.sort_by_key(Vec::len);
        all.dedup();
        all
    }

    /// Sizes of the kernel's share, in bytes, that wishes about sums ask for.
    fn kept_sizes(&self, before: &BootFacts) -> Vec<u64> {
        const STEP: u64 = 128 << 20;
        let total = before.total();
        let bytes = |amount: &Amount| amount.bytes(total);
        let mut sizes = Vec::new();
        for wish in self.wishes {
            match &wish.claim {
                Claim::AtLeast(amount) => {
                    let most = total.saturating_sub(bytes(amount)) / STEP;
                    sizes.extend([most, most.saturating_sub(1), most.saturating_sub(4)]);
                }
                Claim::AtMost(amount) => sizes.push(total.saturating_sub(bytes(amount)).div_ceil(STEP)),
                Claim::KernelKeeps(amount) => sizes.push(bytes(amount).div_ceil(STEP)),
                _ => {}
            }
        }
        sizes.retain(|steps| *steps > 0);
        // The kernel is left as much as the wishes allow.
        sizes.sort_unstable_by(|one, other| other.cmp(one));
        sizes.dedup();
        sizes.into_iter().map(|steps| steps.saturating_mul(STEP)).collect()
    }
}
