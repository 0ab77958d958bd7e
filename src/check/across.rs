//! Rules for tables that must agree with each other: SRAT with SLIT, MADT, HMAT and MSCT, and tables of which Linux uses one.

use super::Findings;
use super::srat::{CpuName, cpu_name, items};
use crate::boot::install::order::SINGLE;
use crate::bytes::u8_at;
use crate::container::raw;
use crate::finding::registry::{devices, header, numa, platform};
use crate::finding::{Finding, Severity};
use crate::foreign::Foreign;
use crate::phrase::{count, first_numbers};
use crate::table::Signature;
use crate::table::hmat::Hmat;
use crate::table::madt::{Madt, Processor};
use crate::table::msct::Msct;
use crate::table::slit::Slit;
use crate::table::srat::{Affinity, Srat, kind};
use crate::table::structures::Structures;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::RangeInclusive;

/// A table, with the name under which findings speak of it.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    /// What findings call it.
    pub subject: &'a [u8],
    /// Where it starts in the file that offsets count from.
    pub base: u64,
    /// Its bytes, as many as there are.
    pub bytes: &'a [u8],
}

impl Named<'_> {
    pub(super) fn findings(&self) -> Findings {
        Findings::new(self.subject, self.base)
    }

    /// Its name in a message about `other`: without the file that both are part of.
    pub(super) fn beside(&self, other: &Named<'_>) -> &[u8] {
        let end = |subject: &[u8]| subject.windows(2).position(|two| two == b": ").map(|at| at + 2);
        let file = end(self.subject).map(|end| self.subject.split_at(end));
        match (file, end(other.subject).and_then(|end| other.subject.get(..end))) {
            (Some((file, name)), Some(same)) if file == same => name,
            _ => self.subject,
        }
    }
}

/// Checks the tables of one machine, in the order in which Linux would install them.
pub fn check(tables: &[Named<'_>]) -> Vec<Finding> {
    let of = |wanted: &[u8; 4]| -> Vec<&Named<'_>> {
        tables.iter().filter(|table| raw::name(table.bytes) == Signature(*wanted)).collect()
    };
    let mut out = Vec::new();
    for wanted in SINGLE {
        out.extend(several(&of(wanted)));
    }
    let first = |wanted| of(wanted).first().copied();
    if let Some(srat) = first(b"SRAT") {
        out.extend(first(b"SLIT").map(|slit| srat_slit(srat, slit)).unwrap_or_default());
        out.extend(first(b"APIC").map(|madt| srat_madt(srat, madt)).unwrap_or_default());
        out.extend(first(b"HMAT").map(|hmat| srat_hmat(srat, hmat)).unwrap_or_default());
        out.extend(first(b"MSCT").map(|msct| srat_msct(srat, msct)).unwrap_or_default());
        out.extend(first(b"NFIT").map(|nfit| srat_nfit(srat, nfit)).unwrap_or_default());
        out.extend(first(b"CEDT").map(|cedt| srat_cedt(srat, cedt)).unwrap_or_default());
    }
    if let (Some(madt), Some(pptt)) = (first(b"APIC"), first(b"PPTT")) {
        out.extend(madt_pptt(madt, pptt));
    }
    if let (Some(fadt), Some(madt)) = (first(b"FACP"), first(b"APIC")) {
        out.extend(fadt_madt(fadt, madt));
    }
    if let Some(fadt) = first(b"FACP") {
        out.extend(
            BEGAN.iter().filter_map(|(name, began)| Some(fadt_older(fadt, first(name)?, began))).flatten(),
        );
    }
    if let (Some(fadt), Some(facs)) = (first(b"FACP"), first(b"FACS")) {
        out.extend(fadt_facs(fadt, facs));
    }
    out
}

/// The second and every further table of a kind of which one is used.
fn several(tables: &[&Named<'_>]) -> Vec<Finding> {
    let Some((first, others)) = tables.split_first() else { return Vec::new() };
    let each = |table: &&Named<'_>| {
        let mut findings = table.findings();
        let is_same = table.bytes == first.bytes;
        let same = if is_same { "the same bytes as" } else { "comes after" };
        findings.add_whole(&header::SEVERAL, Foreign::from(same) + " " + first.beside(table));
        // Which one is used makes no difference then.
        let severity = if is_same { Severity::Info } else { header::SEVERAL.severity };
        findings.into_vec().into_iter().map(move |finding| finding.with_severity(severity))
    };
    others.iter().flat_map(each).collect()
}

/// The domains of enabled entries that Linux makes nodes of, each with the bytes of its first entry.
fn domains(srat: &Srat<'_>) -> BTreeMap<u32, std::ops::Range<usize>> {
    let revision = srat.header.revision;
    let mut domains = BTreeMap::new();
    for item in items(srat).iter().filter(|item| item.affinity.is_enabled()) {
        if !matches!(item.entry.kind, kind::GIC_ITS | kind::GENERIC_PORT)
            && let Some(domain) = item.domain(revision)
        {
            domains.entry(domain).or_insert_with(|| item.span());
        }
    }
    domains
}

fn srat_slit(srat: &Named<'_>, slit: &Named<'_>) -> Vec<Finding> {
    let (mut in_srat, mut in_slit) = (srat.findings(), slit.findings());
    let (Ok(view), Ok(matrix)) = (Srat::parse(srat.bytes), Slit::parse(slit.bytes)) else {
        return Vec::new();
    };
    let Some(size) = matrix.size().and_then(|size| u32::try_from(size).ok()).filter(|size| *size > 0) else {
        return Vec::new();
    };
    let domains = domains(&view);
    for (domain, span) in domains.range(size..) {
        let localities = count(size as usize, "locality", "localities");
        let message = Foreign::from(format_args!("domain {domain}, and the SLIT ("))
            + slit.beside(srat)
            + format_args!(") has {localities}");
        in_srat.add(&numa::SLIT_DOMAIN_MISSING, span.clone(), message);
    }
    let unused = first_numbers((0..size).filter(|domain| !domains.contains_key(domain)));
    if !unused.is_empty() && !domains.is_empty() {
        in_slit.add_whole(&numa::SLIT_DOMAIN_UNUSED, format_args!("domain {unused} of {size}"));
    }
    let mut out = in_srat.into_vec();
    out.extend(in_slit.into_vec());
    out
}

/// By what SRAT entries name a processor of the MADT.
fn processor_name(processor: &Processor) -> CpuName {
    processor.apic_id().map_or(CpuName::Uid(processor.uid), |id| CpuName::Apic(u64::from(id)))
}

fn srat_madt(srat: &Named<'_>, madt: &Named<'_>) -> Vec<Finding> {
    let (mut in_srat, mut in_madt) = (srat.findings(), madt.findings());
    let (Ok(view), Ok(processors)) = (Srat::parse(srat.bytes), Madt::parse(madt.bytes)) else {
        return Vec::new();
    };
    let items = items(&view);
    let placed: Vec<_> = items
        .iter()
        .filter(|item| item.affinity.is_enabled())
        .filter_map(|item| Some((item, cpu_name(&item.affinity)?)))
        .collect();
    // A SRAT without CPUs has a finding of its own; EIDs say that ids are put together in another way.
    let other_ids = |name: &CpuName| matches!(name, CpuName::Apic(id) if *id > u64::from(u32::MAX));
    if placed.is_empty() || placed.iter().any(|(_, name)| other_ids(name)) {
        return Vec::new();
    }
    let in_table: HashSet<CpuName> = placed.iter().map(|(_, name)| *name).collect();
    let mut known = HashSet::new();
    for (entry, processor) in processors.processors() {
        let name = processor_name(&processor);
        if processor.is_enabled() && !in_table.contains(&name) && !known.contains(&name) {
            let span = entry.offset..entry.offset + entry.bytes.len();
            in_madt.add(
                &numa::MADT_CPU_NOT_IN_SRAT,
                span,
                Foreign::from(format_args!("{name} is not in ")) + srat.beside(madt),
            );
        }
        known.insert(name);
    }
    let strangers: BTreeSet<usize> =
        placed.iter().filter(|(_, name)| !known.contains(name)).map(|(item, _)| item.index).collect();
    if let Some((item, name)) = placed.iter().find(|(item, _)| strangers.contains(&item.index)) {
        let entries = count(strangers.len(), "entry", "entries");
        let message =
            Foreign::from(format_args!("{entries}, the first is entry {} with {name}; ", item.index))
                + madt.beside(srat)
                + " does not have them";
        in_srat.add(&numa::SRAT_CPU_NOT_IN_MADT, item.span(), message);
    }
    let mut out = in_srat.into_vec();
    out.extend(in_madt.into_vec());
    out
}

fn srat_hmat(srat: &Named<'_>, hmat: &Named<'_>) -> Vec<Finding> {
    let (Ok(view), Ok(attributes)) = (Srat::parse(srat.bytes), Hmat::parse(hmat.bytes)) else {
        return Vec::new();
    };
    let mut findings = hmat.findings();
    let enabled = items(&view).into_iter().filter(|item| item.affinity.is_enabled());
    let (mut known, mut with_memory, mut initiating) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for item in enabled {
        let Some(domain) = item.domain(view.header.revision) else { continue };
        known.insert(domain);
        if matches!(item.affinity, Affinity::Memory(memory) if memory.length > 0) {
            with_memory.insert(domain);
        }
        if item.is_cpu() || matches!(item.entry.kind, kind::GENERIC_INITIATOR | kind::GENERIC_PORT) {
            initiating.insert(domain);
        }
    }
    for (index, structure) in attributes.structures().enumerate() {
        let locality = structure.locality();
        let lists = locality.iter().flat_map(|locality| locality.initiators().chain(locality.targets()));
        let named = structure.memory_domain().into_iter().chain(structure.attached_initiator()).chain(lists);
        let named: BTreeSet<u32> = named.collect();
        let missing = first_numbers(named.difference(&known).copied());
        if !missing.is_empty() {
            let span = structure.offset..structure.offset + structure.bytes.len();
            let message = format_args!("structure {index}: domain {missing}");
            findings.add(&numa::HMAT_DOMAIN_MISSING, span, message);
        }
        let initiators = locality.iter().flat_map(|locality| locality.initiators());
        let idle: BTreeSet<u32> = initiators
            .chain(structure.attached_initiator())
            .filter(|domain| known.contains(domain) && !initiating.contains(domain))
            .collect();
        if !idle.is_empty() {
            let span = structure.offset..structure.offset + structure.bytes.len();
            let message = format_args!("structure {index}: domain {}", first_numbers(idle));
            findings.add(&numa::HMAT_INITIATOR, span, message);
        }
        let targets = locality.iter().flat_map(|locality| locality.targets());
        for domain in structure.memory_domain().into_iter().chain(targets) {
            with_memory.remove(&domain);
        }
    }
    let silent = first_numbers(with_memory);
    if !silent.is_empty() {
        findings.add_whole(&numa::HMAT_DOMAIN_ABSENT, format_args!("domain {silent}"));
    }
    findings.into_vec()
}

fn srat_msct(srat: &Named<'_>, msct: &Named<'_>) -> Vec<Finding> {
    let (Ok(view), Ok(limits)) = (Srat::parse(srat.bytes), Msct::parse(msct.bytes)) else {
        return Vec::new();
    };
    let mut findings = msct.findings();
    let highest = domains(&view).last_key_value().map(|(domain, _)| *domain);
    if let (Some(highest), Some(limit)) = (highest, limits.max_proximity_domain())
        && highest > limit
    {
        let message = Foreign::from(format_args!("the highest domain can be {limit}, and "))
            + srat.beside(msct)
            + format_args!(" has {highest}");
        findings.add(&numa::MSCT_DOMAINS, 40..44, message);
    }
    // What is only announced, without RAM so far, counts as well: the MSCT is about what can ever be.
    let enabled = view.memory().filter(|(_, memory)| memory.is_enabled() && memory.length > 0);
    let last = enabled.map(|(_, memory)| memory.base.saturating_add(memory.length - 1)).max();
    if let (Some(last), Some(limit)) = (last, limits.max_physical_address())
        && last > limit
    {
        let message = Foreign::from(format_args!("the highest address can be {limit:#x}, and "))
            + srat.beside(msct)
            + format_args!(" has memory up to {last:#x}");
        findings.add(&numa::MSCT_MEMORY, 48..56, message);
    }
    findings.into_vec()
}

fn srat_nfit(srat: &Named<'_>, nfit: &Named<'_>) -> Vec<Finding> {
    let Ok(view) = Srat::parse(srat.bytes) else { return Vec::new() };
    let mut findings = nfit.findings();
    let known: BTreeSet<u64> = domains(&view).into_keys().map(u64::from).collect();
    for range in Structures::of(nfit.bytes).of_kind(0) {
        let domain =
            range.uint("Proximity Domain").filter(|_| range.flag("Proximity Domain Valid") == Some(true));
        if let Some(domain) = domain.filter(|domain| !known.contains(domain)) {
            let message = format_args!("{}: domain {domain}", range.name());
            findings.add(&devices::NFIT_DOMAIN, range.at("Proximity Domain"), message);
        }
    }
    findings.into_vec()
}

fn srat_cedt(srat: &Named<'_>, cedt: &Named<'_>) -> Vec<Finding> {
    let Ok(view) = Srat::parse(srat.bytes) else { return Vec::new() };
    let mut findings = cedt.findings();
    for window in Structures::of(cedt.bytes).of_kind(1) {
        let (Some(base), Some(size)) = (window.uint("Window base address"), window.uint("Window size"))
        else {
            continue;
        };
        let end = base.saturating_add(size);
        let inside: u64 = view
            .memory()
            .filter(|(_, memory)| memory.is_enabled())
            .map(|(_, memory)| {
                let last = memory.base.saturating_add(memory.length).min(end);
                last.saturating_sub(memory.base.max(base))
            })
            .fold(0, u64::saturating_add);
        if inside == 0 && size > 0 && view.memory().any(|(_, memory)| memory.is_enabled()) {
            let message = Foreign::from(format_args!("{}: ", window.name()))
                + srat.beside(cedt)
                + format_args!(" has nothing of its {}", crate::bytes::size(size));
            findings.add(&devices::CEDT_FAKE, window.at("Window base address"), message);
        } else if inside > 0 && inside < size {
            let message = format_args!(
                "{}: {} of the window's {}",
                window.name(),
                crate::bytes::size(inside),
                crate::bytes::size(size)
            );
            findings.add(&devices::CEDT_SRAT, window.at("Window base address"), message);
        }
    }
    findings.into_vec()
}

/// The revisions of the MADT in the versions of the specification that have a FADT of the first number.
const IN_STEP: [(u8, RangeInclusive<u8>); 6] =
    [(1, 1..=1), (2, 1..=1), (3, 1..=2), (4, 2..=3), (5, 3..=3), (6, 3..=7)];

/// The version of the specification that brought a revision of a table.
type Began = (u8, (u8, u8));

/// Tables that changed with versions that a FADT can name.
const BEGAN: [(&[u8; 4], &[Began]); 8] = [
    (b"EINJ", &[(2, (6, 5))]),
    (b"GTDT", &[(1, (5, 0)), (2, (5, 1)), (3, (6, 3))]),
    (b"HEST", &[(2, (6, 5))]),
    (b"HMAT", &[(1, (6, 2)), (2, (6, 3))]),
    (b"PCCT", &[(1, (5, 0)), (2, (6, 2))]),
    (b"PMTT", &[(1, (5, 0)), (2, (6, 4))]),
    (b"PPTT", &[(1, (6, 2)), (2, (6, 3)), (3, (6, 4))]),
    (b"SRAT", &[(1, (3, 0)), (2, (3, 0)), (3, (4, 0))]),
];

/// Where a FADT has the second number of its version, from revision 5 on.
const FADT_MINOR: usize = 131;

/// A table that is newer than the FADT's version of the specification.
fn fadt_older(fadt: &Named<'_>, table: &Named<'_>, began: &[Began]) -> Vec<Finding> {
    let mut findings = table.findings();
    let revision = |table: &Named<'_>| u8_at(table.bytes, 8);
    if let (Some(major), Some(found)) = (revision(fadt), revision(table))
        && let Some((_, since)) = began.iter().find(|(revision, _)| *revision == found)
    {
        let minor = u8_at(fadt.bytes, FADT_MINOR).filter(|_| major >= 5).map_or(0, |minor| minor & 0xf);
        if (major, minor) < *since {
            let came = format!("revision {found} came with ACPI {}.{}, and ", since.0, since.1);
            let message = Foreign::from(came) + fadt.beside(table) + format!(" is of {major}.{minor}");
            findings.add(&platform::FADT_OLDER, 8..9, message);
        }
    }
    findings.into_vec()
}

fn fadt_madt(fadt: &Named<'_>, madt: &Named<'_>) -> Vec<Finding> {
    let mut findings = madt.findings();
    let revision = |table: &Named<'_>| u8_at(table.bytes, 8);
    if let (Some(of_fadt), Some(found)) = (revision(fadt), revision(madt))
        && let Some((_, expected)) = IN_STEP.iter().find(|(of, _)| *of == of_fadt)
        && !expected.contains(&found)
    {
        let (first, last) = (expected.start(), expected.end());
        let expected = if first == last { first.to_string() } else { format!("{first} to {last}") };
        let message =
            Foreign::from(format_args!("the MADT's revision is {found}, expected {expected} beside "))
                + fadt.beside(madt)
                + format_args!(" of revision {of_fadt}");
        findings.add(&platform::MADT_FADT, 8..9, message);
    }
    findings.into_vec()
}

fn fadt_facs(fadt: &Named<'_>, facs: &Named<'_>) -> Vec<Finding> {
    let mut findings = fadt.findings();
    let (parts, other) = (Structures::of(fadt.bytes), Structures::of(facs.bytes));
    let fields = &parts.table;
    if other.table.flag("S4BIOS Support Present") == Some(true)
        && fields.flag("Hardware Reduced (V5)") != Some(true)
        && fields.uint("S4BIOS Command") == Some(0)
    {
        let message = Foreign::from(facs.beside(fadt)) + " has the flag S4BIOS, and S4BIOS Command is zero";
        findings.add(&platform::FADT_S4BIOS, fields.at("S4BIOS Command"), message);
    }
    findings.into_vec()
}

fn madt_pptt(madt: &Named<'_>, pptt: &Named<'_>) -> Vec<Finding> {
    let Ok(view) = Madt::parse(madt.bytes) else { return Vec::new() };
    let mut findings = pptt.findings();
    let known: HashSet<u64> = view.processors().map(|(_, processor)| u64::from(processor.uid)).collect();
    if known.is_empty() {
        return Vec::new();
    }
    let parts = Structures::of(pptt.bytes);
    let strangers: Vec<_> = parts
        .of_kind(0)
        .filter(|node| {
            node.flag("Node is a leaf") == Some(true) && node.flag("ACPI Processor ID valid") == Some(true)
        })
        .filter_map(|node| Some((node, node.uint("ACPI Processor ID")?)))
        .filter(|(_, uid)| !known.contains(uid))
        .collect();
    if let Some((node, uid)) = strangers.first() {
        let (leaves, first) = (count(strangers.len(), "leaf", "leaves"), node.name());
        let message = Foreign::from(format_args!("{leaves}, the first is {first} with UID {uid:#x}; "))
            + madt.beside(pptt)
            + " does not have them";
        findings.add(&platform::PPTT_MADT, node.at("ACPI Processor ID"), message);
    }
    findings.into_vec()
}
