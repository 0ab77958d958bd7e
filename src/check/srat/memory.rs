//! Rules for memory ranges.

use super::domains::MAX_NODES;
use super::{Findings, Item, is_x86};
use crate::bytes::size;
use crate::check::mem;
use crate::finding::Severity;
use crate::finding::registry::numa as rules;
use crate::phrase::count;
use crate::table::srat::{Affinity, Memory, MemoryFlags};
use std::collections::HashMap;
use std::ops::Range;

const PAGE: u64 = 4096;
/// The smallest memory block of x86.
const BLOCK: u64 = 128 << 20;
const MIB: u64 = 1 << 20;
/// No x86 or Arm machine has physical addresses of more than 52 bits, and no RISC-V machine of more than 56.
const ADDRESS_LIMIT: u64 = 1 << 56;
/// The enabled ranges that Linux holds: two for each node.
const MAX_RANGES: usize = 2 * MAX_NODES as usize;

/// An enabled range that is not empty and does not wrap.
#[derive(Debug, Clone)]
struct EnabledRange {
    index: usize,
    span: Range<usize>,
    range: Range<u64>,
    domain: u32,
    flags: MemoryFlags,
}

/// What a range is for, as its flags tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    /// Neither hot-pluggable nor non-volatile: RAM at boot, or a hole.
    Plain,
    /// Hot-pluggable: RAM at boot, or room for some.
    HotPluggable,
    /// Non-volatile: no RAM at boot.
    NonVolatile,
}

impl EnabledRange {
    fn usage(&self) -> Use {
        if self.flags.contains(MemoryFlags::NON_VOLATILE) {
            Use::NonVolatile
        } else if self.flags.contains(MemoryFlags::HOT_PLUGGABLE) {
            Use::HotPluggable
        } else {
            Use::Plain
        }
    }

    fn is_hot_pluggable(&self) -> bool {
        self.flags.contains(MemoryFlags::HOT_PLUGGABLE)
    }
}

/// Checks the memory entries; `whole` says that these are all.
pub(super) fn check(findings: &mut Findings, items: &[Item<'_>], revision: u8, whole: bool) {
    let mut blocks = Vec::new();
    let (mut entries, mut enabled) = (0, 0);
    for item in items {
        let Affinity::Memory(memory) = item.affinity else { continue };
        entries += 1;
        enabled += usize::from(memory.is_enabled());
        if let Some(range) = entry(findings, item, &memory) {
            let domain = item.domain(revision).unwrap_or(memory.pxm);
            blocks.push(EnabledRange {
                index: item.index,
                span: item.span(),
                range,
                domain,
                flags: memory.flags,
            });
        }
    }
    if whole && enabled == 0 {
        let what = if entries == 0 {
            "no memory entry".to_owned()
        } else {
            format!("none of {entries} memory entries is enabled")
        };
        findings.add_whole(&rules::SRAT_NO_MEMORY, format_args!("{what}"));
    }
    if blocks.len() > MAX_RANGES {
        let message = format_args!("{} ranges, expected at most {MAX_RANGES}", blocks.len());
        findings.add_whole(&rules::SRAT_TOO_MANY_RANGES, message);
    }
    let mut pairs = blocks.iter().zip(blocks.iter().skip(1));
    if let Some((before, after)) = pairs.find(|(before, after)| after.range.start < before.range.start) {
        let message = format_args!("entry {} lies below entry {}", after.index, before.index);
        findings.add(&rules::SRAT_UNSORTED, after.span.clone(), message);
    }
    if is_x86(items) {
        kernel_memory(findings, &blocks);
    }
    overlaps(findings, blocks);
}

/// The rules for one entry; gives its range when it is enabled and sound.
fn entry(findings: &mut Findings, item: &Item<'_>, memory: &Memory) -> Option<Range<u64>> {
    let (index, Memory { base, length, flags, .. }) = (item.index, *memory);
    let hot_pluggable = flags.contains(MemoryFlags::HOT_PLUGGABLE);
    if !memory.is_enabled() {
        if hot_pluggable {
            findings.add(
                &rules::SRAT_HOTPLUG_DISABLED,
                item.span(),
                format_args!("entry {index} has flags {:#x}: hot-pluggable, not enabled", flags.bits()),
            );
        } else if length > 0 {
            let what = memory.range().map_or_else(|| format!("base {base:#x}"), |range| mem(&range));
            findings.add(&rules::SRAT_DISABLED_RANGE, item.span(), format_args!("entry {index}: {what}"));
        }
        return None;
    }
    if flags.contains(MemoryFlags::SPECIFIC_PURPOSE) {
        findings.add(
            &rules::SRAT_SPECIFIC_PURPOSE,
            item.span(),
            format_args!("entry {index} has flag bit 3"),
        );
    }
    let Some(range) = memory.range() else {
        findings.add(
            &rules::SRAT_WRAP,
            item.span(),
            format_args!("entry {index}: base {base:#x} and length {length:#x}"),
        );
        return None;
    };
    if length == 0 {
        findings.add(
            &rules::SRAT_EMPTY_RANGE,
            item.span(),
            format_args!("entry {index}: base {base:#x}, length 0"),
        );
        return None;
    }
    if range.end > ADDRESS_LIMIT {
        findings.add(&rules::SRAT_BEYOND, item.span(), format_args!("entry {index}: {}", mem(&range)));
    }
    let edges = [range.start, range.end];
    let off = |unit: u64| edges.iter().any(|edge| edge % unit != 0);
    let message = format!("entry {index}: {}", mem(&range));
    if off(PAGE) {
        // The first MiB is the kernel's anyway, and its RAM ends somewhere below the BIOS.
        let is_low = edges.iter().all(|edge| edge % PAGE == 0 || *edge < MIB);
        let severity = if is_low { Severity::Info } else { Severity::Warning };
        findings.add_as(severity, &rules::SRAT_PAGE_UNALIGNED, item.span(), format_args!("{message}"));
    } else if hot_pluggable && off(BLOCK) {
        findings.add(&rules::SRAT_BLOCK_UNALIGNED, item.span(), format_args!("{message}"));
    }
    Some(range)
}

/// The rules for memory that the kernel is in for certain, or may be in.
fn kernel_memory(findings: &mut Findings, blocks: &[EnabledRange]) {
    let hot = |blocks: &[&EnabledRange]| {
        let bytes =
            blocks.iter().fold(0u64, |sum, block| sum.saturating_add(block.range.end - block.range.start));
        let ranges = count(blocks.len(), "hot-pluggable range", "hot-pluggable ranges");
        format!("{ranges} ({})", size(bytes))
    };
    if let Some(low) = blocks.iter().find(|block| block.range.start < MIB) {
        let lost: Vec<&EnabledRange> =
            blocks.iter().filter(|block| block.domain == low.domain && block.is_hot_pluggable()).collect();
        if let Some(first) = lost.first() {
            findings.add(
                &rules::SRAT_HOTPLUG_LOW,
                first.span.clone(),
                format_args!("domain {} has the first MiB and {}", low.domain, hot(&lost)),
            );
        }
    }
    let ram: Vec<&EnabledRange> = blocks.iter().filter(|block| block.usage() != Use::NonVolatile).collect();
    if let (Some(first), true) = (ram.first(), ram.iter().all(|block| block.is_hot_pluggable())) {
        let message = format_args!("{}, and no other memory", hot(&ram));
        findings.add(&rules::SRAT_ALL_HOTPLUG, first.span.clone(), message);
    }
}

/// Of the ranges of one [`Use`] that start no later than the current one: the one that ends last, and the one of another
/// domain that ends last. Whatever overlaps the current range of another domain, one of these two does.
#[derive(Debug, Clone, Copy, Default)]
struct Reach<'a> {
    last: Option<&'a EnabledRange>,
    other: Option<&'a EnabledRange>,
}

impl<'a> Reach<'a> {
    fn add(&mut self, block: &'a EnabledRange) {
        let farther =
            |known: Option<&EnabledRange>| known.is_none_or(|known| known.range.end < block.range.end);
        if self.last.is_some_and(|last| last.domain != block.domain) {
            if farther(self.last) {
                self.other = self.last.replace(block);
            } else if farther(self.other) {
                self.other = Some(block);
            }
        } else if farther(self.last) {
            self.last = Some(block);
        }
    }

    /// The range of another domain than that of `block` that reaches into it.
    fn into_domain(self, block: &EnabledRange) -> Option<&'a EnabledRange> {
        let known =
            if self.last.is_some_and(|last| last.domain != block.domain) { self.last } else { self.other };
        known.filter(|known| known.range.end > block.range.start)
    }
}

/// The rules for ranges that overlap: at most one finding of each rule for a range, the worst one.
fn overlaps(findings: &mut Findings, mut blocks: Vec<EnabledRange>) {
    blocks.sort_by_key(|block| (block.range.start, block.index));
    let mut reach: [(Use, Reach<'_>); 3] =
        [Use::Plain, Use::HotPluggable, Use::NonVolatile].map(|usage| (usage, Reach::default()));
    let mut own: HashMap<u32, &EnabledRange> = HashMap::new();
    for block in &blocks {
        let worst = reach
            .iter()
            .filter_map(|(usage, reach)| Some((severity(*usage, block.usage()), reach.into_domain(block)?)))
            .max_by_key(|(severity, _)| *severity);
        if let Some((severity, other)) = worst {
            let common = block.range.start..block.range.end.min(other.range.end);
            let (first, second) = if other.index < block.index { (other, block) } else { (block, other) };
            findings.add_as(
                severity,
                &rules::SRAT_DOMAIN_OVERLAP,
                second.span.clone(),
                format_args!(
                    "entries {} (domain {}{}) and {} (domain {}{}) share {}",
                    first.index,
                    first.domain,
                    note(first),
                    second.index,
                    second.domain,
                    note(second),
                    mem(&common)
                ),
            );
        }
        match own.get(&block.domain) {
            Some(other) if other.range.end > block.range.start => {
                let common = block.range.start..block.range.end.min(other.range.end);
                // Persistent memory lies in the hot-plug window of virtual machines.
                let is_plain = [block, *other].iter().all(|one| one.usage() == Use::Plain);
                findings.add_as(
                    if is_plain { Severity::Warning } else { rules::SRAT_SELF_OVERLAP.severity },
                    &rules::SRAT_SELF_OVERLAP,
                    block.span.clone(),
                    format_args!(
                        "entries {} and {} of domain {} share {}",
                        other.index,
                        block.index,
                        block.domain,
                        mem(&common)
                    ),
                );
            }
            _ => {}
        }
        let farthest = own.entry(block.domain).or_insert(block);
        if farthest.range.end < block.range.end {
            *farthest = block;
        }
        for (usage, reach) in &mut reach {
            if *usage == block.usage() {
                reach.add(block);
            }
        }
    }
}

/// How much an overlap of two domains matters. Linux gives the SRAT up when each of the two ranges, cut to the end of RAM,
/// holds some RAM of the boot and they still overlap; a range without RAM is dropped before they are compared. No memory
/// map is at hand here, so this goes by the flags: a plain range is RAM where it overlaps, a hot-pluggable one may be room
/// without RAM, and non-volatile memory is no RAM at boot (QEMU puts it into the hot-plug window, whatever the domains).
fn severity(one: Use, other: Use) -> Severity {
    match (one, other) {
        (Use::Plain, Use::Plain | Use::HotPluggable) | (Use::HotPluggable, Use::Plain) => Severity::Error,
        (Use::HotPluggable, Use::HotPluggable) => Severity::Warning,
        (Use::Plain, Use::NonVolatile) | (Use::NonVolatile, Use::Plain) => Severity::Warning,
        _ => Severity::Info,
    }
}

fn note(block: &EnabledRange) -> &'static str {
    match block.usage() {
        Use::Plain => "",
        Use::HotPluggable => ", hot-pluggable",
        Use::NonVolatile => ", non-volatile",
    }
}
