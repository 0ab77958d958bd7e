//! Whether a prediction agrees with what the log of the same boot goes on to say.

use crate::boot::Outcome;
use crate::memory::PAGE_SIZE;
use crate::memory::log::KernelLog;
use std::collections::BTreeMap;

/// What can be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// Memory entries of the SRAT.
    SratMemory,
    /// "Zone ranges".
    Zones,
    /// "Movable zone start for each node".
    MovableStarts,
    /// "Early memory node ranges".
    Ranges,
    /// "Initmem setup node".
    Spans,
    /// "Brought up N nodes".
    OnlineNodes,
    /// "On node N totalpages".
    NodePages,
    /// "N pages, LIFO batch" of zones.
    ZonePages,
    /// "Memory: .../...K available".
    Total,
    /// "Memory block size".
    BlockSize,
}

impl Part {
    /// In words, for text.
    pub fn words(self) -> &'static str {
        match self {
            Part::SratMemory => "SRAT lines",
            Part::Zones => "zones",
            Part::MovableStarts => "movable starts",
            Part::Ranges => "ranges",
            Part::Spans => "spans of nodes",
            Part::OnlineNodes => "nodes online",
            Part::NodePages => "pages of nodes",
            Part::ZonePages => "pages of zones",
            Part::Total => "total",
            Part::BlockSize => "block size",
        }
    }
}

/// A part in which log and prediction differ: the first that only one of them has.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LogDifference {
    /// The part of the log.
    pub part: Part,
    /// What was predicted; null where the log has more.
    pub predicted: Option<String>,
    /// What the log says; null where the prediction has more.
    pub logged: Option<String>,
}

/// A prediction held against the log of the same boot.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Agreement {
    /// Parts that the log has.
    pub compared: Vec<Part>,
    /// The first point in which each part that differs does so.
    pub differences: Vec<LogDifference>,
}

impl Agreement {
    /// Compares a prediction with the log of the same boot; parts that the log lacks are left out.
    pub fn of(outcome: &Outcome<'_>, log: &KernelLog) -> Agreement {
        let mut all = Agreement::default();
        let events = &log.events;
        if !events.srat.is_empty() {
            let ours = outcome
                .numa
                .memory
                .iter()
                .map(|one| (one.node, one.start, one.printed_last(), one.hotpluggable));
            let theirs = events.srat.iter().map(|one| (one.node, one.start, one.last, one.hotpluggable));
            let line = |(node, start, last, hot): &(u32, u64, u64, bool)| {
                format!("node {node} {start:#x}-{last:#x}{}", if *hot { " hotplug" } else { "" })
            };
            all.add(
                Part::SratMemory,
                &ours.map(|one| line(&one)).collect::<Vec<_>>(),
                &theirs.map(|one| line(&one)).collect::<Vec<_>>(),
            );
        }
        if let Some(count) = events.online_nodes {
            let text = |count: usize| vec![count.to_string()];
            all.add(Part::OnlineNodes, &text(outcome.online.len()), &text(count));
        }
        if !events.has_zones {
            return all.with_block_size(outcome, log);
        }
        let range = |name: &dyn std::fmt::Display, range: &std::ops::Range<u64>| {
            format!("{name} {:#x}-{:#x}", range.start, range.end.saturating_sub(1))
        };
        let limits = outcome.zones.limits.iter().filter(|(_, pfns)| pfns.start < pfns.end);
        let zones: Vec<String> = limits
            .map(|(zone, pfns)| range(&zone.name(), &(pfns.start * PAGE_SIZE..pfns.end * PAGE_SIZE)))
            .collect();
        let logged = events.zone_ranges.iter().filter(|(name, _)| name != "Device" && name != "Movable");
        all.add(Part::Zones, &zones, &logged.map(|(name, bytes)| range(name, bytes)).collect::<Vec<_>>());
        let start = |node: &u32, at: u64| format!("node {node} {at:#x}");
        let ours: Vec<String> = outcome
            .zones
            .movable_start
            .iter()
            .map(|(node, pfn)| start(node, pfn.saturating_mul(PAGE_SIZE)))
            .collect();
        let theirs: Vec<String> = events.movable_start.iter().map(|(node, at)| start(node, *at)).collect();
        all.add(Part::MovableStarts, &ours, &theirs);
        let ours: Vec<String> = outcome
            .regions
            .iter()
            .filter_map(|region| Some((region.node, region.whole_pages()?)))
            .map(|(node, bytes)| {
                range(&node.map_or_else(|| "no node".to_owned(), |node| format!("node {node}")), &bytes)
            })
            .collect();
        let theirs: Vec<String> = events
            .memory
            .iter()
            .map(|(node, bytes)| match u32::try_from(*node).ok().filter(|node| *node != 1024) {
                Some(node) => range(&format!("node {node}"), bytes),
                None => range(&"no node", bytes),
            })
            .collect();
        if !theirs.is_empty() {
            // What a list that ends with the log would go on to say is not known.
            let shown = if events.ends_in_ranges { ours.len().min(theirs.len()) } else { ours.len() };
            all.add(Part::Ranges, ours.get(..shown).unwrap_or_default(), &theirs);
        }
        all.pages(outcome, log);
        all.with_block_size(outcome, log)
    }

    /// Spans and pages of nodes and zones.
    fn pages(&mut self, outcome: &Outcome<'_>, log: &KernelLog) {
        let events = &log.events;
        let mut spans: BTreeMap<u32, (u64, u64)> = BTreeMap::new();
        for region in &outcome.regions {
            let (Some(node), Some(bytes)) = (region.node, region.whole_pages()) else { continue };
            let span = spans.entry(node).or_insert((bytes.start, bytes.end));
            *span = (span.0.min(bytes.start), span.1.max(bytes.end));
        }
        let logged: BTreeMap<u32, (u64, u64)> =
            events.spans.iter().map(|(node, span)| (*node, (span.start, span.end))).collect();
        let text = |(node, (start, end)): (&u32, &(u64, u64))| match end {
            ..=1 => format!("node {node} without memory"),
            end => format!("node {node} {start:#x}-{:#x}", end - 1),
        };
        if !logged.is_empty() {
            outcome.online.iter().for_each(|node| {
                spans.entry(*node).or_insert((0, 1));
            });
            let ours: Vec<String> =
                spans.iter().filter(|(node, _)| logged.contains_key(node)).map(text).collect();
            self.add(Part::Spans, &ours, &logged.iter().map(text).collect::<Vec<_>>());
        }
        let mut totals: BTreeMap<u32, u64> = BTreeMap::new();
        let mut pages: BTreeMap<(u32, &str), u64> = BTreeMap::new();
        let zones = outcome.zones.nodes.iter();
        for (node, zone) in zones.flat_map(|(node, own)| own.zones.iter().map(move |zone| (*node, zone))) {
            let total = totals.entry(node).or_default();
            *total = total.wrapping_add(zone.present_pages);
            pages.insert((node, zone.zone.name()), zone.present_pages);
        }
        if !events.total_pages.is_empty() {
            let text = |node: u32, pages: u64| format!("node {node} {pages} pages");
            let of = |node: &u32| totals.get(node).copied().unwrap_or(0);
            let ours: Vec<String> =
                events.total_pages.iter().map(|(node, _)| text(*node, of(node))).collect();
            let theirs: Vec<String> =
                events.total_pages.iter().map(|(node, pages)| text(*node, *pages)).collect();
            self.add(Part::NodePages, &ours, &theirs);
        }
        if !events.zone_pages.is_empty() {
            let text = |node: u32, name: &str, pages: u64| format!("node {node} {name} {pages} pages");
            let of = |node: u32, name: &str| pages.get(&(node, name)).copied().unwrap_or(0);
            let all = || events.zone_pages.iter();
            let ours: Vec<String> = all().map(|(node, name, _)| text(*node, name, of(*node, name))).collect();
            let theirs: Vec<String> = all().map(|(node, name, pages)| text(*node, name, *pages)).collect();
            self.add(Part::ZonePages, &ours, &theirs);
        }
        if let Some(managed) = events.managed {
            let ours =
                totals.values().fold(0u64, |sum, pages| sum.wrapping_add(*pages)).saturating_mul(PAGE_SIZE);
            let text = |bytes: u64| vec![format!("{} KiB", bytes >> 10)];
            self.add(Part::Total, &text(ours), &text(managed));
        }
    }

    fn with_block_size(mut self, outcome: &Outcome<'_>, log: &KernelLog) -> Agreement {
        if let Some(size) = log.block_size {
            let text = |bytes: u64| vec![format!("{} MiB", bytes >> 20)];
            self.add(Part::BlockSize, &text(outcome.blocks.size.bytes), &text(size));
        }
        self
    }

    fn add(&mut self, part: Part, predicted: &[String], logged: &[String]) {
        self.compared.push(part);
        let longest = predicted.len().max(logged.len());
        let at = |list: &[String], index: usize| list.get(index).cloned();
        let first = (0..longest).find(|index| predicted.get(*index) != logged.get(*index));
        self.differences.extend(first.map(|index| LogDifference {
            part,
            predicted: at(predicted, index),
            logged: at(logged, index),
        }));
    }
}
