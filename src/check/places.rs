//! Rules about where things are: tables that lead to each other by address, and tables held against the memory map.

use super::across::Named;
use super::mcfg::BUS_LEN;
use super::{dmar as units, mem};
use crate::bytes::size;
use crate::container::raw;
use crate::finding::registry::places as rules;
use crate::finding::{Finding, Rule, Severity};
use crate::foreign::Foreign;
use crate::memory::memmap::{Entry, Kind};
use crate::memory::range::Ranges;
use crate::phrase::count;
use crate::table::Signature;
use crate::table::fadt::Fadt;
use crate::table::msct::Msct;
use crate::table::root::Root;
use crate::table::rsdp::{self, Rsdp};
use crate::table::srat::{MemoryFlags, Srat};
use crate::table::structures::{Structure, Structures};
use std::collections::BTreeSet;
use std::ops::Range;

/// A table with the address that it has in memory, where that is known.
#[derive(Debug, Clone, Copy)]
pub struct Placed<'a> {
    /// The table, and what findings call it.
    pub named: Named<'a>,
    /// Its physical address; `None` where it is not known.
    pub address: Option<u64>,
}

impl Placed<'_> {
    /// The address, if there can be memory: some programs print others.
    fn address(&self) -> Option<u64> {
        self.address.filter(|address| *address < ADDRESS_LIMIT)
    }
}

/// No machine has physical addresses of more than 52 bits.
const ADDRESS_LIMIT: u64 = 1 << 52;
/// How much RAM may be in no range of the SRAT.
const UNCOVERED_LIMIT: u64 = 1 << 20;
/// The first MiB has rules of its own in every kernel.
const LOW: u64 = 1 << 20;

/// Checks the tables of one machine, in the order in which Linux would install them, against each other's addresses and its
/// memory map; an empty map says that none is known.
pub fn check(tables: &[Placed<'_>], map: &[Entry]) -> Vec<Finding> {
    let of =
        |wanted: &[u8; 4]| tables.iter().find(|table| raw::name(table.named.bytes) == Signature(*wanted));
    let mut out = Vec::new();
    let root = |wanted| of(wanted).and_then(|table| Some((table, Root::parse(table.named.bytes).ok()?)));
    let (rsdt, xsdt) = (root(b"RSDT"), root(b"XSDT"));
    for (table, root) in rsdt.iter().chain(&xsdt) {
        out.extend(entries(table, root, tables));
    }
    if let (Some((_, rsdt)), Some((table, xsdt))) = (&rsdt, &xsdt) {
        out.extend(roots(rsdt, table, xsdt));
    }
    if let Some(pointer) = of(&rsdp::NAME.0) {
        out.extend(pointers(pointer, of(b"RSDT"), of(b"XSDT")));
    }
    if let (Some(fadt), Some(dsdt)) = (of(b"FACP"), of(b"DSDT")) {
        out.extend(dsdt_of(fadt, dsdt));
    }
    if !map.is_empty() {
        let kinds = Kinds::of(map);
        out.extend(of(b"SRAT").map(|srat| srat_map(&srat.named, &kinds)).unwrap_or_default());
        out.extend(of(b"MSCT").map(|msct| msct_map(&msct.named, &kinds)).unwrap_or_default());
        for (wanted, claims, unreserved) in [
            (b"MCFG", mcfg as fn(&Structures<'_>) -> Claims, Some(&rules::MCFG_UNRESERVED)),
            (b"DMAR", dmar, Some(&rules::RMRR_UNRESERVED)),
            // Persistent memory need not be reserved.
            (b"NFIT", nfit, None),
        ] {
            let found = of(wanted).map(|table| devices(&table.named, &kinds, claims, unreserved));
            out.extend(found.unwrap_or_default());
        }
        for table in tables {
            out.extend(table_map(table, &kinds));
        }
    }
    out
}

/// The entries of a root table by the addresses that the tables have.
fn entries(table: &Placed<'_>, root: &Root<'_>, tables: &[Placed<'_>]) -> Vec<Finding> {
    let mut findings = table.named.findings();
    let known: BTreeSet<u64> = tables.iter().filter_map(Placed::address).collect();
    let is_known = |address: u64| known.contains(&address);
    // A source with a few of the tables, or without addresses, says nothing about the list.
    let listed = root.entries().filter(|(_, address)| *address != 0).count();
    if 2 * root.entries().filter(|(_, address)| is_known(*address)).count() > listed {
        for (at, address) in root.entries().filter(|(_, address)| *address != 0 && !is_known(*address)) {
            let message = format_args!("{address:#x}, where no table of this source is");
            findings.add(&rules::ROOT_ENTRY_UNKNOWN, at..at + root.entry_len(), message);
        }
    }
    findings.into_vec()
}

/// RSDT and XSDT are to list the same tables; only the RSDT may lack those above 4 GiB.
fn roots(rsdt: &Root<'_>, table: &Placed<'_>, xsdt: &Root<'_>) -> Vec<Finding> {
    let mut findings = table.named.findings();
    let all = |root: &Root<'_>| -> BTreeSet<u64> {
        root.entries().map(|(_, address)| address).filter(|address| *address != 0).collect()
    };
    let (narrow, wide) = (all(rsdt), all(xsdt));
    let low: BTreeSet<u64> = wide.iter().copied().filter(|address| *address <= u64::from(u32::MAX)).collect();
    let (only_narrow, only_wide) = (narrow.difference(&low).count(), low.difference(&narrow).count());
    if only_narrow + only_wide > 0 {
        let message = format_args!(
            "{} only in the RSDT, {} only in the XSDT",
            count(only_narrow, "address is", "addresses are"),
            only_wide
        );
        findings.add_whole(&rules::ROOTS_DIFFER, message);
    }
    findings.into_vec()
}

fn pointers(pointer: &Placed<'_>, rsdt: Option<&Placed<'_>>, xsdt: Option<&Placed<'_>>) -> Vec<Finding> {
    let mut findings = pointer.named.findings();
    let Ok(view) = Rsdp::parse(pointer.named.bytes) else { return Vec::new() };
    let told =
        [("RSDT", u64::from(view.rsdt()), rsdt, 16..20), ("XSDT", view.xsdt().unwrap_or(0), xsdt, 24..32)];
    for (name, address, table, at) in told {
        if let Some(there) = table.and_then(Placed::address).filter(|there| address != 0 && *there != address)
        {
            let message = format_args!("the {name} is to be at {address:#x}, and is at {there:#x}");
            findings.add(&rules::ADDRESS_WRONG, at, message);
        }
    }
    findings.into_vec()
}

fn dsdt_of(fadt: &Placed<'_>, dsdt: &Placed<'_>) -> Vec<Finding> {
    let mut findings = fadt.named.findings();
    let (Ok(view), Some(there)) = (Fadt::parse(fadt.named.bytes), dsdt.address()) else { return Vec::new() };
    let narrow = view.dsdt().map_or(0, u64::from);
    let (told, at) = match view.x_dsdt() {
        Some(wide @ 1..) => (wide, 140..148),
        _ => (narrow, 40..44),
    };
    if told != 0 && told != there {
        let message = format_args!("the DSDT is to be at {told:#x}, and is at {there:#x}");
        findings.add(&rules::ADDRESS_WRONG, at, message);
    }
    findings.into_vec()
}

/// The memory map by what the rules ask of it.
struct Kinds {
    ram: Ranges,
    /// What the SRAT can rightly have ranges for: memory of any use.
    memory: Ranges,
    /// What nobody else uses.
    kept: Ranges,
}

impl Kinds {
    fn of(map: &[Entry]) -> Kinds {
        let all = |wanted: &dyn Fn(Kind) -> bool| -> Ranges {
            map.iter().filter(|entry| wanted(entry.kind)).map(Entry::range).collect()
        };
        let others = all(&|kind| !matches!(kind, Kind::RAM | Kind::RESERVED_KERN));
        Kinds {
            ram: all(&|kind| matches!(kind, Kind::RAM | Kind::RESERVED_KERN)).without(&others),
            memory: all(&|kind| !matches!(kind, Kind::RESERVED | Kind::UNUSABLE)),
            kept: all(&|kind| matches!(kind, Kind::RESERVED | Kind::NVS | Kind::ACPI)),
        }
    }
}

fn srat_map(srat: &Named<'_>, kinds: &Kinds) -> Vec<Finding> {
    let mut findings = srat.findings();
    let Ok(view) = Srat::parse(srat.bytes) else { return Vec::new() };
    let enabled = || {
        let all = view.memory().enumerate().filter(|(_, (_, memory))| memory.is_enabled());
        all.filter_map(|(index, (entry, memory))| Some((index, entry, memory, memory.range()?)))
    };
    let covered: Ranges = enabled().map(|(.., range)| range).collect();
    // A SRAT without memory has a finding of its own.
    if !covered.is_empty() {
        let mut left = kinds.ram.without(&covered);
        left.remove(&(0..LOW));
        if let Some(first) = left.iter().next() {
            let severity = if left.total() >= UNCOVERED_LIMIT { Severity::Error } else { Severity::Warning };
            let message = format_args!(
                "{} of RAM in {}, the first {}",
                size(left.total()),
                count(left.iter().count(), "range", "ranges"),
                mem(first)
            );
            let whole = 0..srat.bytes.len();
            findings.add_as(severity, &rules::SRAT_UNCOVERED, whole, message);
        }
    }
    for (index, entry, memory, range) in enabled().filter(|(.., range)| !range.is_empty()) {
        let expected = memory.flags.intersects(MemoryFlags::HOT_PLUGGABLE | MemoryFlags::NON_VOLATILE);
        if !expected && kinds.memory.overlapping(&range).next().is_none() {
            let span = entry.offset..entry.offset + entry.bytes.len();
            let message = format_args!("memory entry {index}: {}", mem(&range));
            findings.add(&rules::SRAT_WITHOUT_RAM, span, message);
        }
    }
    findings.into_vec()
}

fn msct_map(msct: &Named<'_>, kinds: &Kinds) -> Vec<Finding> {
    let mut findings = msct.findings();
    let limit = Msct::parse(msct.bytes).ok().and_then(|view| view.max_physical_address());
    let end = kinds.ram.iter().next_back().map(|last| last.end);
    if let (Some(limit), Some(end)) = (limit, end)
        && end - 1 > limit
    {
        let message = format_args!("the highest address can be {limit:#x}, and RAM ends at {:#x}", end - 1);
        findings.add(&rules::MSCT_BELOW_RAM, 48..56, message);
    }
    findings.into_vec()
}

/// Memory that a table says is a device's: the range, the field that says so, and what it is.
type Claims = Vec<(Range<u64>, Range<usize>, String)>;

fn mcfg(parts: &Structures<'_>) -> Claims {
    let claim = |(index, segment): (usize, &Structure<'_>)| {
        let (base, first, last) = (
            segment.uint("Base Address")?,
            segment.uint("Start Bus Number")?,
            segment.uint("End Bus Number")?,
        );
        let start = base.checked_add(first.checked_mul(BUS_LEN)?)?;
        let end = base.checked_add(last.checked_add(1)?.checked_mul(BUS_LEN)?)?;
        Some((start..end, segment.at("Base Address"), format!("allocation {index}")))
    };
    parts.groups("Segment").into_iter().enumerate().filter_map(claim).collect()
}

fn dmar(parts: &Structures<'_>) -> Claims {
    let regions = parts.entries.iter().filter(|entry| entry.title == units::title::MEMORY);
    let claim = |region: &Structure<'_>| {
        let (base, last) = (region.uint("Base Address")?, region.uint("End Address (limit)")?);
        Some((base..last.checked_add(1)?, region.at("Base Address"), region.name()))
    };
    regions.filter_map(claim).collect()
}

fn nfit(parts: &Structures<'_>) -> Claims {
    let claim = |one: &Structure<'_>| {
        let (base, length) = (one.uint("Address Range Base")?, one.uint("Address Range Length")?);
        let range = base..base.checked_add(length)?;
        (one.uint("Range Index") != Some(0)).then(|| (range, one.at("Address Range Base"), one.name()))
    };
    parts.of_kind(0).filter_map(claim).collect()
}

/// What a table says is a device's must be no RAM, and reserved where there is a rule for that.
fn devices(
    table: &Named<'_>,
    kinds: &Kinds,
    claims: fn(&Structures<'_>) -> Claims,
    unreserved: Option<&'static Rule>,
) -> Vec<Finding> {
    let mut findings = table.findings();
    for (range, at, what) in claims(&Structures::of(table.bytes)) {
        if range.is_empty() {
            continue;
        }
        if let Some(first) = kinds.ram.overlapping(&range).next() {
            let message = format_args!("{what}: {}, of which {} is RAM", mem(&range), mem(&first));
            findings.add(&rules::DEVICE_IN_RAM, at, message);
        } else if let Some(rule) = unreserved.filter(|_| !kinds.kept.contains_all(&range)) {
            findings.add(rule, at, format_args!("{what}: {}", mem(&range)));
        }
    }
    findings.into_vec()
}

/// A table in memory that Linux may use for other things.
fn table_map(table: &Placed<'_>, kinds: &Kinds) -> Vec<Finding> {
    let mut findings = table.named.findings();
    let Some(address) = table.address() else { return Vec::new() };
    let range = address..address.saturating_add(table.named.bytes.len() as u64);
    if range.end > LOW && kinds.ram.overlapping(&range).next().is_some() {
        let signature = raw::name(table.named.bytes);
        // Linux reserves the tables that it installs; in the FACS firmware writes as well.
        let severity = if signature == Signature(*b"FACS") { Severity::Warning } else { Severity::Info };
        let message = Foreign::from(signature) + format_args!(" at {}", mem(&range));
        findings.add_as(severity, &rules::TABLE_IN_RAM, 0..table.named.bytes.len(), message);
    }
    findings.into_vec()
}
