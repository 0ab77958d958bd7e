//! The search: which marks and which words of the command line meet all wishes with the smallest change.

use crate::app::boot::{Prepared, archive};
use crate::boot::derived::outcomes::{self, Case, Unknown};
use crate::boot::install::Origin;
use crate::boot::kernel::cmdline::{Cmdline, appended};
use crate::boot::kernel::release::Change;
use crate::boot::{self, NextBoot, Outcome, derived::rows, places};
use crate::bytes::size;
use crate::check::policy::{Amount, Assertion, BootFacts, Claim, shortfall, unmet};
use crate::memory::PAGE_SIZE;
use crate::table::affinity_edit::{self, Memories};
use crate::table::edit::{Editor, Revision};
use std::collections::BTreeSet;
use std::ops::Range;

/// The most candidates that are predicted.
pub const MOST: usize = 600;
/// From here on an outcome is as good as sure.
const SURE: f64 = 0.999;

/// How options begin that say what becomes of memory that is added.
const ADDED: (&str, &str) = ("memhp_default_state=", "memory_hotplug.");
/// Memory blocks have this size or a multiple of it, in bytes.
const STEP: u64 = 128 << 20;

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
    /// How many bytes are missing, or too many, for all of these.
    pub short: u64,
    /// How likely it meets what it meets, as far as that can be told.
    pub certainty: f64,
    /// Things whose place is not known and decides.
    pub doubts: Vec<String>,
}

impl Tried {
    /// The boot that it was tried in.
    pub fn next<'a>(&'a self, prepared: &'a Prepared) -> Option<NextBoot<'a>> {
        let line = appended(prepared.next().given_line(), &self.candidate.append()).ok()?;
        let archive = self.table.as_ref().map(|(_, archive)| archive.as_slice());
        Some(prepared.variant(&line, archive).0)
    }
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
    /// How many candidates were predicted.
    pub tried: usize,
    /// Whether candidates were left out.
    pub cut: bool,
    /// What is to be said of what stands in the way, by its name.
    pub hints: Vec<(&'static str, String)>,
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
    let (mut best, mut count) = (before.clone(), 0);
    for candidate in all {
        if best.unmet.is_empty() && best.certainty >= SURE {
            break;
        }
        count += 1;
        let Some(tried) = context.tried(candidate) else { continue };
        let (own, known) = ((tried.unmet.len(), tried.short), (best.unmet.len(), best.short));
        // What comes no nearer is not worth a change, unless it is surer.
        if own < known || own == known && tried.certainty > best.certainty + 0.001 {
            best = tried;
        }
    }
    let plain = context.plain(&before.facts).and_then(|candidate| context.tried(candidate));
    let hints = plain.as_ref().map(|plain| context.hints(plain)).unwrap_or_default();
    let cut = cut && count == MOST;
    Ok(FoundSteps { before, best, plain, tried: count, cut, hints })
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
        // What is added to the line counts more than what the machine shows of its last boot.
        let added = candidate.words.iter().any(|word| word.starts_with(ADDED.0) || word.starts_with(ADDED.1));
        let changed = added.then(|| {
            let mut machine = self.prepared.machine().clone();
            machine.added.forget(&Cmdline::parse(&candidate.append()));
            machine
        });
        let machine = changed.as_ref().unwrap_or(self.prepared.machine());
        let outcome = boot::predict(machine, &next);
        let facts = BootFacts::of(machine, &next, &outcome);
        let unmet = unmet(self.wishes, &facts);
        let unknowns = outcomes::of(machine, &next, &outcome, sure);
        let (certainty, doubts) = self.certainty(&facts, &unmet, &unknowns);
        let claims = unmet.iter().filter_map(|(index, _)| self.wishes.get(*index));
        let short = claims.map(|wish| shortfall(&wish.claim, &facts)).fold(0, u64::saturating_add);
        Some(Tried { table, facts, unmet, short, certainty, doubts, candidate })
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
        let is_given = self.prepared.next().line().movable_node;
        // Without movable_node Linux passes over marks.
        let heeds = |words: &[String]| match is_given {
            true => !words.iter().any(|word| word == "-movable_node"),
            false => words.iter().any(|word| word == "movable_node"),
        };
        let mut all: Vec<Candidate> = Vec::new();
        for marks in &marks {
            for words in lines.iter().filter(|words| marks.is_empty() || heeds(words)) {
                all.push(Candidate { marks: marks.clone(), words: words.clone() });
            }
        }
        all.retain(|candidate| candidate.cost() > 0);
        all.sort_by_key(Candidate::cost);
        all
    }

    /// The obvious candidate.
    fn plain(&self, before: &BootFacts) -> Option<Candidate> {
        let marks = match self.named().0 {
            none if none.is_empty() => {
                self.mark_sets(before).into_iter().find(|marks| !marks.is_empty()).unwrap_or_default()
            }
            named => named,
        };
        let is_given = self.prepared.next().line().movable_node;
        let words = if is_given { Vec::new() } else { vec!["movable_node".to_owned()] };
        let candidate = Candidate { marks, words };
        (candidate.cost() > 0).then_some(candidate)
    }

    /// What the wishes name, to be marked, and the nodes that are to keep no mark.
    fn named(&self) -> (Vec<Mark>, BTreeSet<u32>) {
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
        (named, kept)
    }

    /// Sets of marks: none, those that the wishes name, the first of them, and those with further nodes one after the other.
    fn mark_sets(&self, before: &BootFacts) -> Vec<Vec<Mark>> {
        let (named, kept) = self.named();
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
        // Where all of them are too much, some may go.
        sets.extend((1..named.len()).filter_map(|count| named.get(..count).map(<[Mark]>::to_vec)));
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
        if line.has_word("nokaslr") {
            all.retain(|words| !words.contains(&word("nokaslr")));
        }
        let given = |name: &&str| line.last(name).is_some();
        let sizes: Vec<String> = ["kernelcore", "movablecore"]
            .iter()
            .filter(|name| given(name))
            .map(|name| format!("-{name}="))
            .collect();
        if !sizes.is_empty() {
            all.push(sizes.clone());
        }
        // movable_node counts more than sizes.
        let mut taken = sizes;
        if line.movable_node {
            taken.insert(0, word("-movable_node"));
        }
        for size in self.sizes(before) {
            all.push([taken.clone(), vec![size]].concat());
        }
        let added = self.added_options(before);
        let all = all.into_iter();
        let mut all: Vec<Vec<String>> = all
            .flat_map(|words| {
                let with = added.iter().map(move |more| [words.clone(), more.clone()].concat());
                with.collect::<Vec<_>>()
            })
            .collect();
        all.sort_by_key(Vec::len);
        all.dedup();
        all
    }

    /// `movablecore=` and `kernelcore=` as wishes about sums ask for them: first as they say it, then in bytes as much for the
    /// kernel as they allow, and with a little less, since Linux rounds on each node.
    fn sizes(&self, before: &BootFacts) -> Vec<String> {
        let total = before.total();
        let bytes = |amount: &Amount| amount.bytes(total);
        let (mut said, mut kept) = (Vec::new(), Vec::new());
        let mut is_about_sums = false;
        for wish in self.wishes {
            match &wish.claim {
                Claim::AtLeast(amount) => {
                    said.push(written("movablecore", amount));
                    // Linux rounds down on each node.
                    if let Amount::Percent(share @ ..99) = amount {
                        said.push(format!("movablecore={}%", share + 1));
                    }
                    let most = total.saturating_sub(bytes(amount)) / STEP;
                    kept.extend([most, most.saturating_sub(1), most.saturating_sub(4)]);
                }
                Claim::AtMost(amount) => {
                    if let Amount::Percent(share) = amount {
                        said.push(format!("kernelcore={}%", 100_u8.saturating_sub(*share)));
                    }
                    kept.push(total.saturating_sub(bytes(amount)).div_ceil(STEP));
                }
                Claim::KernelKeeps(amount) => {
                    said.push(written("kernelcore", amount));
                    kept.push(bytes(amount).div_ceil(STEP));
                }
                Claim::FullyMovable(_) | Claim::RangeMovable(_) => {}
                _ => continue,
            }
            is_about_sums = true;
        }
        // The kernel is left as much as the wishes allow.
        kept.sort_unstable_by(|one, other| other.cmp(one));
        let kept = kept.into_iter().filter(|steps| *steps > 0);
        said.extend(kept.map(|steps| format!("kernelcore={}M", steps.saturating_mul(STEP) >> 20)));
        if is_about_sums && !self.prepared.machine().mirrored.is_empty() {
            said.push("kernelcore=mirror".to_owned());
        }
        let mut seen = BTreeSet::new();
        said.retain(|word| !word.ends_with("=0%") && seen.insert(word.clone()));
        said
    }

    /// Options for memory that is added: none, and those that bring it to ZONE_MOVABLE where a wish asks for that.
    fn added_options(&self, before: &BootFacts) -> Vec<Vec<String>> {
        let mut all = vec![Vec::new()];
        let next = self.prepared.next();
        let grows = |wish: &Assertion| match wish.claim {
            Claim::CanGrow(_) => Some(None),
            Claim::CanGrowMovable(bytes) => Some(Some(bytes)),
            _ => None,
        };
        let wanted: Vec<Option<u64>> = self.wishes.iter().filter_map(grows).collect();
        if wanted.is_empty() {
            return all;
        }
        let own =
            if next.line().acpi_no_memhotplug { vec!["-acpi_no_memhotplug".to_owned()] } else { Vec::new() };
        if !own.is_empty() {
            all.push(own.clone());
        }
        let Some(bytes) = wanted.into_iter().flatten().max() else { return all };
        let word = |text: &str| text.to_owned();
        let mut zones = vec![Vec::new(), vec![word("memhp_default_state=online_movable")]];
        let mut inside = Vec::new();
        if next.release().has(Change::ONLINE_POLICY) {
            let movable: u64 = before.nodes.iter().map(|node| node.movable).sum();
            let kernel = before.total().saturating_sub(movable).max(1);
            let grown = u128::from(bytes.saturating_sub(before.total()).saturating_add(movable));
            let ratio = (grown * 100).div_ceil(u128::from(kernel)).min(u128::from(u32::MAX));
            let policy = word("memory_hotplug.online_policy=auto-movable");
            // It keeps more memory for the kernel than online_movable does.
            zones.insert(1, vec![policy.clone()]);
            zones.push(vec![policy, format!("memory_hotplug.auto_movable_ratio={ratio}")]);
            inside.push(word("memory_hotplug.memmap_on_memory=1"));
        }
        for zone in zones {
            for inside in [Vec::new(), inside.clone()] {
                all.push([own.clone(), zone.clone(), inside].concat());
            }
        }
        all.sort_by_key(Vec::len);
        all.dedup();
        all
    }

    /// What can be said of kernel and initrd where they stand in the way: no option chooses their places.
    fn hints(&self, plain: &Tried) -> Vec<(&'static str, String)> {
        let mut hints = Vec::new();
        let is_there = |name: &str| plain.facts.blockers.iter().any(|(_, blocker)| blocker == name);
        let next = self.prepared.next();
        if is_there("kernel image") {
            let what = "no option chooses the kernel's place; without KASLR it is where its build puts it"
                .to_owned();
            hints.push(("kernel image", what));
        }
        let Some(initrd) = next.initrd_at().filter(|_| is_there("initrd")) else { return hints };
        let smaller = (initrd.end - initrd.start) / 2;
        let (place, _) = places::initrd(self.prepared.machine(), &self.prepared.recorded.last, Some(smaller));
        let node_of = |at: u64| {
            let mut regions = self.outcome.regions.iter();
            regions.find(|region| region.range.contains(&at)).and_then(|region| region.node)
        };
        let nodes = |range: &Range<u64>| [node_of(range.start), node_of(range.end.saturating_sub(1))];
        let what = match place {
            Some(place) if nodes(&place) != nodes(initrd) => {
                format!("an initrd of half the size ({}) would lie on other nodes", size(smaller))
            }
            Some(_) => "an initrd of half the size would lie on the same node; the boot loader chooses its place, and no option \
                        of Linux does"
                .to_owned(),
            None => "the boot loader chooses its place, and no option of Linux does".to_owned(),
        };
        hints.push(("initrd", what));
        hints
    }
}

/// An option with the size that a wish names.
fn written(option: &str, amount: &Amount) -> String {
    match amount {
        Amount::Percent(share) => format!("{option}={share}%"),
        Amount::Bytes(bytes) => format!("{option}={}M", bytes.div_ceil(STEP).saturating_mul(STEP) >> 20),
    }
}
