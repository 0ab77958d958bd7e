//! What of a machine's memory can go offline now.

use super::boot::{BootRequest, Prepared};
use super::machine::MachineRequest;
use super::range::Given;
use super::{AbsentError, UsageError};
use crate::boot::kernel::cmdline::{Cmdline, appended};
use crate::boot::running::removable::{
    self, Answer, AnswerReason, Block, Gigabytes, Hold, HoldKind, Judged, NodeSum, Run, System,
};
use crate::boot::stages::zones::Zone;
use crate::boot::{self, Outcome};
use crate::bytes::escape;
use crate::foreign::Foreign;
use crate::memory::arch::Arch;
use crate::memory::block::{BlockState, MemoryBlock};
use crate::memory::now::{IomemIndex, Now};
use crate::memory::range::overlap;
use crate::memory::slabinfo::SlabCache;
use crate::memory::{PAGE_SIZE, log};
use crate::phrase;
use crate::report::model::removable::{
    BlockModel, GigabyteModel, NextBootModel, NodeModel, RemovableModel, SlabModel,
};
use crate::report::model::sources::Sources;
use crate::source::root::Root;
use crate::source::{SourceError, klog, now, owners, pages};
use std::collections::BTreeMap;
use std::ops::Range;

/// Which blocks of which machine are asked about.
#[derive(Debug, Clone, Default)]
pub struct RemovableRequest {
    /// Where the machine is read: this one, or files that stand for one.
    pub machine: MachineRequest,
    /// Only blocks of these nodes, these numbers (first and last) or these addresses; all where nothing is named.
    pub nodes: Vec<u32>,
    /// Blocks by number, first and last.
    pub blocks: Vec<(u64, u64)>,
    /// Blocks by address.
    pub ranges: Vec<Given>,
}

/// What another command line would make of the next boot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WayOut {
    /// The words to add; empty for the line as it is.
    pub append: String,
    /// Bytes that are movable then.
    pub movable: u64,
    /// All bytes.
    pub total: u64,
    /// The nodes of which all is movable.
    pub nodes: Vec<u32>,
}

impl WayOut {
    fn view(&self) -> NextBootModel {
        let WayOut { append, movable, total, nodes } = self;
        NextBootModel { append: append.clone(), movable: *movable, total: *total, nodes: nodes.clone() }
    }
}

/// The answer: which blocks can go offline, and what holds the others.
#[derive(Debug)]
pub struct Removable {
    /// Bytes in a block.
    pub block_size: u64,
    /// The blocks that were asked for.
    pub runs: Vec<Run>,
    /// What can go of each node, and what has to move for that.
    pub nodes: Vec<NodeSum>,
    /// Aligned gigabytes.
    pub gigabytes: Vec<Gigabytes>,
    /// What the next boot would make of it; none where there is no memory map to predict from.
    pub ways_out: Vec<WayOut>,
    /// Why the flags of pages are not known, if they are not.
    pub not_read: Option<Foreign>,
    /// Why page_owner says nothing of the pages that hold blocks, if it does not.
    pub owners_not_read: Option<Foreign>,
    /// The largest slab caches, where slab pages hold a block.
    pub slabs: Vec<SlabCache>,
    /// Whether blocks were named, so that the answer is about them.
    pub is_chosen: bool,
    /// What the answer is made from.
    pub sources: Sources,
}

impl Removable {
    /// What is reported of it.
    pub fn view(&self) -> RemovableModel {
        let gigabytes = self.gigabytes.iter().map(|run| GigabyteModel {
            start: run.first.saturating_mul(1 << 30),
            end: run.last.saturating_add(1).saturating_mul(1 << 30),
            answer: run.answer,
        });
        RemovableModel {
            schema: "acpihp.removable/1",
            about: self.sources.clone().into(),
            block_size: self.block_size,
            answer: self.answer(),
            blocks: self.runs.iter().map(|run| BlockModel::of(run, self.block_size)).collect(),
            nodes: self.nodes.iter().map(NodeModel::of).collect(),
            gigabytes: gigabytes.collect(),
            next_boot: self.ways_out.iter().map(WayOut::view).collect(),
            not_read: self.not_read.clone(),
            owners_not_read: self.owners_not_read.clone(),
            slabs: self.slabs.iter().map(SlabModel::of).collect(),
        }
    }

    /// Whether all that was asked for can go.
    pub fn answer(&self) -> Answer {
        self.runs.iter().map(|run| run.judged.answer).min().unwrap_or(Answer::Unknown)
    }
}

/// Looks at a machine's blocks. `told` is called now and then with the blocks that are done and their number.
///
/// # Errors
/// [`AbsentError`] for blocks, nodes or ranges that are not there; [`SourceError`] where the machine shows no memory blocks.
pub fn look(request: &RemovableRequest, told: &mut dyn FnMut(u64, u64)) -> anyhow::Result<Removable> {
    let prepared = Prepared::read(&request.machine, &BootRequest::default())?;
    let root = &prepared.root;
    let now = now::read(root);
    let block_size = match now.block_size {
        Some(size) if size >= PAGE_SIZE && size.is_power_of_two() && !now.blocks.is_empty() => size,
        _ => return Err(no_blocks(&prepared).into()),
    };
    let asked = request.ranges.iter().map(|given| given.within(prepared.recorded.space, None).cloned());
    let asked = asked.collect::<Result<Vec<Range<u64>>, UsageError>>()?;
    let chosen = chosen(request, &asked, &now, block_size)?;
    let online: Vec<u64> = chosen
        .iter()
        .filter(|block| block.state == Some(BlockState::Online))
        .map(|block| block.number)
        .collect();
    let total = online.len() as u64;
    let counted = pages::of_blocks(root, block_size, &online, &mut |done| told(done, total));
    let not_read = counted.as_ref().err().map(|why| Foreign::of_text(why));
    let system = system(&prepared, &now, not_read);
    let next = prepared.next();
    let outcome = boot::predict(prepared.machine(), &next);
    let counted = counted.unwrap_or_default();
    let held = now.held();
    let judged = |block: &MemoryBlock| {
        let start = block.number.saturating_mul(block_size);
        let range = start..start.saturating_add(block_size);
        let mut seen = Block {
            range: &range,
            state: block.state,
            zone: block.zone(),
            node: block.nodes.first().copied(),
            counts: counted.get(&block.number),
            mapped: 0,
        };
        let mut judged = removable::judge(&seen, &system);
        // Only where pages without flags alone are in doubt, whether they are mapped decides.
        if judged.held_by.iter().any(|hold| hold.kind == HoldKind::Unknown) {
            seen.mapped = pages::mapped_without_flags(root, block_size, block.number);
            judged = removable::judge(&seen, &system);
        }
        if let (None, true, Answer::Unknown) =
            (seen.counts, block.state == Some(BlockState::Online), judged.answer)
        {
            without_flags(&mut judged, &range, &held);
        }
        for hold in &mut judged.held_by {
            hold.what = what(hold, &range, &held, &outcome);
        }
        judged
    };
    let mut judged: Vec<(&MemoryBlock, Judged)> =
        chosen.into_iter().map(|block| (block, judged(block))).collect();
    let owners_not_read = name_owners(&prepared, block_size, &mut judged, told).err();
    let owners_not_read = owners_not_read.map(|why| Foreign::of_text(&why));
    let has_slabs = |judged: &Judged| judged.held_by.iter().any(|hold| hold.kind == HoldKind::Slab);
    let slabs =
        if judged.iter().any(|(_, judged)| has_slabs(judged)) { owners::slabs(root) } else { Vec::new() };
    let runs = removable::runs(judged);
    Ok(Removable {
        nodes: removable::nodes(&runs, block_size, &system),
        gigabytes: removable::gigabytes(&runs, block_size),
        ways_out: ways_out(&prepared, &outcome),
        not_read: Some(system.not_read).filter(|why| !why.is_empty()),
        owners_not_read,
        slabs,
        is_chosen: !(request.nodes.is_empty() && request.blocks.is_empty() && request.ranges.is_empty()),
        sources: prepared.sources.clone(),
        block_size,
        runs,
    })
}

/// Why there is no answer; of a copy that has a memory map with what the next boot would make of it.
fn no_blocks(prepared: &Prepared) -> SourceError {
    let root = &prepared.root;
    let what = if root.is_live() {
        "no memory blocks: this kernel has no CONFIG_MEMORY_HOTPLUG, so that no memory can go offline; acpihp plan --blocks \
         predicts those of another kernel"
    } else {
        "no memory blocks: this copy of the machine has no sys/devices/system/memory (acpihp capture takes it along); \
         acpihp plan --blocks predicts them"
    };
    let next = prepared.next();
    let ways = ways_out(prepared, &boot::predict(prepared.machine(), &next));
    let ways: String = ways.iter().map(|way| format!("; next boot {}", way.view().words())).collect();
    SourceError::Empty { path: root.path("sys/devices/system/memory"), what: Foreign::from(what) + ways }
}

/// The blocks that are named, or all.
fn chosen<'n>(
    request: &RemovableRequest,
    ranges: &[Range<u64>],
    now: &'n Now,
    block_size: u64,
) -> Result<Vec<&'n MemoryBlock>, AbsentError> {
    let is_all = request.nodes.is_empty() && request.blocks.is_empty() && request.ranges.is_empty();
    let range = |block: &MemoryBlock| {
        let start = block.number.saturating_mul(block_size);
        start..start.saturating_add(block_size)
    };
    let any = |is_meant: &dyn Fn(&MemoryBlock) -> bool| now.blocks.iter().any(is_meant);
    for node in &request.nodes {
        if !any(&|block| block.nodes.contains(node)) {
            return Err(AbsentError(format!("--node {node}: no memory block is of this node")));
        }
    }
    for (first, last) in &request.blocks {
        if !any(&|block| (*first..=*last).contains(&block.number)) {
            let known = now.blocks.last().map_or(0, |block| block.number);
            return Err(AbsentError(format!(
                "--block {first}-{last}: there is no such block; the last is {known}"
            )));
        }
    }
    for asked in ranges {
        if !any(&|block| overlap(&range(block), asked).is_some()) {
            let text = format!("--range {:#x}-{:#x}: no memory block lies there", asked.start, asked.end);
            return Err(AbsentError(text));
        }
    }
    let is_meant = |block: &&MemoryBlock| {
        is_all
            || request.nodes.iter().any(|node| block.nodes.contains(node))
            || request.blocks.iter().any(|(first, last)| (*first..=*last).contains(&block.number))
            || ranges.iter().any(|asked| overlap(&range(block), asked).is_some())
    };
    Ok(now.blocks.iter().filter(is_meant).collect())
}

/// What holds for all blocks.
fn system(prepared: &Prepared, now: &Now, not_read: Option<Foreign>) -> System {
    let root = &prepared.root;
    let ram = now.system_ram();
    let switch = root.text("sys/module/memory_hotplug/parameters/memmap_on_memory").unwrap_or_default();
    System {
        ram: (!ram.is_empty()).then_some(ram),
        stats: pages::zones(root),
        not_read: not_read.unwrap_or_default(),
        keeps_all: !prepared.release().build.memory_hotremove,
        arm64: is_arm64(root).then(|| boot_memory(root)),
        memmap_on_memory: matches!(switch.trim(), "Y" | "1" | "force"),
        free_huge: free_huge(root),
    }
}

fn is_arm64(root: &Root) -> bool {
    if let Some(arch) = root.text("proc/sys/kernel/arch") {
        return arch.trim() == "aarch64";
    }
    let release = root.text("proc/sys/kernel/osrelease").unwrap_or_default();
    let is_named = Arch::of_release(release.trim()) == Some(Arch::Arm64);
    is_named || root.head("proc/cpuinfo", 4096).is_some_and(|text| text.contains("CPU implementer"))
}

/// The memory that a boot began with, where its log says.
fn boot_memory(root: &Root) -> Option<crate::memory::Ranges> {
    let events = log::parse(&klog::of(root).ok()??.text).events;
    (!events.memory.is_empty()).then(|| events.memory.into_iter().map(|(_, range)| range).collect())
}

/// Free pages of hugetlbfs: node and bytes.
fn free_huge(root: &Root) -> Vec<(u32, u64)> {
    const NODES: &str = "sys/devices/system/node";
    let mut all = Vec::new();
    for name in root.names(NODES) {
        let Some(node) = name.strip_prefix("node").and_then(|node| node.parse().ok()) else { continue };
        let folder = format!("{NODES}/{name}/hugepages");
        for pool in root.names(&folder) {
            let size =
                pool.strip_prefix("hugepages-").and_then(|size| size.strip_suffix("kB")?.parse::<u64>().ok());
            let free = root.text(&format!("{folder}/{pool}/free_hugepages"));
            let free = free.and_then(|text| text.trim().parse::<u64>().ok());
            if let (Some(size), Some(free)) = (size, free) {
                all.push((node, size.saturating_mul(1 << 10).saturating_mul(free)));
            }
        }
    }
    all
}

/// What /proc/iomem alone says of a block whose pages are not known: the kernel's image and a crash kernel's memory are
/// reserved for good.
fn without_flags(judged: &mut Judged, range: &Range<u64>, held: &IomemIndex<'_>) {
    const FOR_GOOD: [&str; 5] = ["Kernel code", "Kernel rodata", "Kernel data", "Kernel bss", "Crash kernel"];
    let held = held.parts_of_ram(range).find(|(_, name)| FOR_GOOD.contains(name));
    let Some((part, _)) = held else { return };
    judged.answer = Answer::No;
    judged.reasons = vec![AnswerReason::Held];
    judged.held_by = vec![Hold {
        kind: HoldKind::Reserved,
        pages: (part.end - part.start).div_ceil(PAGE_SIZE),
        first_pfn: part.start / PAGE_SIZE,
        what: None,
        by: Vec::new(),
    }];
}

/// Names the functions that asked for the pages that hold blocks, or says why it cannot, and how to find out.
fn name_owners(
    prepared: &Prepared,
    block_size: u64,
    judged: &mut [(&MemoryBlock, Judged)],
    told: &mut dyn FnMut(u64, u64),
) -> Result<(), String> {
    let first = |judged: &Judged| {
        let holds = judged.held_by.iter().filter(|hold| hold.kind.owned().is_some());
        holds.map(|hold| hold.first_pfn).min()
    };
    let held: BTreeMap<u64, u64> =
        judged.iter().filter_map(|(block, judged)| Some((block.number, first(judged)?))).collect();
    if held.is_empty() {
        return Ok(());
    }
    let total = held.len() as u64;
    let found = owners::of_blocks(&prepared.root, block_size, &held, &mut |done| told(done, total));
    let found = found.map_err(|absent| without_owners(prepared, absent))?;
    for (block, judged) in judged {
        let Some(owners) = found.get(&block.number) else { continue };
        for hold in &mut judged.held_by {
            let of = hold.kind.owned().map(|used| owners.of(used)).unwrap_or_default();
            hold.by = of.into_iter().map(|(name, pages)| (name.into(), pages)).collect();
        }
    }
    if found.values().any(|owners| owners.is_cut) {
        return Err(
            "only the first pages of each block were asked about; name fewer blocks with --block".to_owned()
        );
    }
    Ok(())
}

/// Why page_owner says nothing, and what would change that.
fn without_owners(prepared: &Prepared, absent: owners::Absent) -> String {
    let owners::Absent::NoFile = absent else { return absent.to_string() };
    let next = prepared.next();
    if next.kernel().config().is_some_and(|found| found.config.is_off("PAGE_OWNER")) {
        return "the kernel was built without CONFIG_PAGE_OWNER, and so cannot say who asked for these pages"
            .to_owned();
    }
    let line = Cmdline::parse(prepared.recorded.command_line.as_deref().unwrap_or_default());
    let is_on = line.last("page_owner").is_some_and(|option| matches!(option.text(), "on" | "1" | "y"));
    match (is_on, prepared.root.is_live()) {
        (true, true) => "mount -t debugfs debugfs /sys/kernel/debug, and ask again".to_owned(),
        (true, false) => "take a capture as root (acpihp capture)".to_owned(),
        (false, _) => {
            "boot with page_owner=on (it needs CONFIG_PAGE_OWNER) to see which functions asked for these \
                       pages"
                .to_owned()
        }
    }
}

/// How many names are told.
const MOST_NAMES: usize = 3;

/// What the pages are, as far as /proc/iomem and the model of the boot say.
fn what(hold: &Hold, block: &Range<u64>, held: &IomemIndex<'_>, outcome: &Outcome<'_>) -> Option<Foreign> {
    let mut names: Vec<Foreign> = Vec::new();
    let mut add = |name: Foreign| {
        if !names.contains(&name) {
            names.push(name);
        }
    };
    match hold.kind {
        HoldKind::Reserved => {
            held.parts_of_ram(block).for_each(|(_, name)| add(name.into()));
            let pieces = outcome.reserved.iter().chain(&outcome.late);
            let inside = pieces.filter(|piece| overlap(&piece.range, block).is_some());
            inside.for_each(|piece| add(Foreign::of_text(&piece.holder.group())));
        }
        HoldKind::Hole => {
            let address = hold.first_pfn.saturating_mul(PAGE_SIZE);
            held.names_at(address).for_each(|line| add(line.name.as_str().into()));
        }
        _ => {}
    }
    (!names.is_empty()).then(|| phrase::first_of(names, MOST_NAMES))
}

/// What the next boot would make of it as the line is, with movable_node, and with kernelcore= where that does nothing.
fn ways_out(prepared: &Prepared, outcome: &Outcome<'_>) -> Vec<WayOut> {
    if prepared.machine().map.entries.is_empty() {
        return Vec::new();
    }
    let next = prepared.next();
    let mut all = vec![way_out(String::new(), outcome)];
    for more in ["movable_node", "kernelcore=50%"] {
        let is_enough = all.iter().any(|way| way.movable > 0);
        let is_there = next.line().movable_node && more == "movable_node";
        if is_enough || is_there || next.line().movable_node {
            continue;
        }
        let Ok(line) = appended(next.given_line(), more) else { continue };
        let (next, _) = prepared.variant(&line, None);
        all.push(way_out(more.to_owned(), &boot::predict(prepared.machine(), &next)));
    }
    all
}

fn way_out(append: String, outcome: &Outcome<'_>) -> WayOut {
    let mut way = WayOut { append, movable: 0, total: 0, nodes: Vec::new() };
    for (node, of_node) in &outcome.zones.nodes {
        let bytes = |is_meant: &dyn Fn(Zone) -> bool| -> u64 {
            let zones = of_node.zones.iter().filter(|zone| is_meant(zone.zone));
            zones.map(|zone| zone.present_pages.saturating_mul(PAGE_SIZE)).sum()
        };
        let (total, movable) = (bytes(&|_| true), bytes(&|zone| zone == Zone::Movable));
        way.total = way.total.saturating_add(total);
        way.movable = way.movable.saturating_add(movable);
        if total > 0 && total == movable {
            way.nodes.push(*node);
        }
    }
    way
}

/// `N` or `FIRST-LAST`, as `--block` takes it.
///
/// # Errors
/// [`UsageError`] for anything else.
pub fn block_numbers(text: &str) -> Result<(u64, u64), UsageError> {
    let number = |text: &str| text.strip_prefix("memory").unwrap_or(text).parse::<u64>().ok();
    let both = match text.split_once('-') {
        Some((first, last)) => number(first).zip(number(last)),
        None => number(text).map(|number| (number, number)),
    };
    both.filter(|(first, last)| first <= last).ok_or_else(|| {
        UsageError(format!(
            "--block {}: expected the number of a memory block, or FIRST-LAST",
            escape(text.as_bytes())
        ))
    })
}
