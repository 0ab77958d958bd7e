//! Rules for the MSCT by itself.

use super::Findings;
use crate::finding::registry::numa as rules;
use crate::table::msct::Msct;
use crate::table::structures::{Structure, Structures};

pub(super) fn check(findings: &mut Findings, table: &[u8]) {
    let Ok(msct) = Msct::parse(table) else { return };
    let parts = Structures::of(table);
    let fields = &parts.table;
    let mut ranges: Vec<(u64, u64, &Structure<'_>)> = Vec::new();
    for entry in &parts.entries {
        let (Some(first), Some(last)) = (entry.uint("Domain Range Start"), entry.uint("Domain Range End"))
        else {
            continue;
        };
        // What has no capacity says nothing: firmware fills its array up with such entries.
        if entry.uint("Processor Capacity") == Some(0) && entry.uint("Memory Capacity") == Some(0) {
            continue;
        }
        if first > last {
            let message = format_args!("{}: domains {first} to {last}", entry.name());
            findings.add(&rules::MSCT_RANGE, entry.at("Domain Range Start"), message);
            continue;
        }
        ranges.push((first, last, entry));
    }
    ranges.sort_by_key(|(first, ..)| *first);
    for pair in ranges.windows(2) {
        let [(first, last, one), (start, end, other)] = pair else { continue };
        if start <= last {
            let message = format_args!(
                "{}: domains {start} to {end}, of which {} has {first} to {last}",
                other.name(),
                one.name()
            );
            findings.add(&rules::MSCT_RANGE, other.at("Domain Range Start"), message);
        }
    }
    let missing = msct.max_proximity_domain().filter(|_| !ranges.is_empty()).map(u64::from);
    if let Some(highest) = missing
        && !ranges.iter().any(|(first, last, _)| (*first..=*last).contains(&highest))
    {
        let message = format_args!("no structure has domain {highest}, the highest");
        findings.add(&rules::MSCT_RANGE, fields.at("Max Proximity Domains"), message);
    }
}
