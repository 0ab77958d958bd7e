//! The boots of tests/boots whose names begin with X: each decides a rule of the model that no other recording decides.

mod affinity;
pub mod builds;
mod built;
mod fake;
mod large;
mod map;
mod mirror;
mod releases;
mod reserved;
mod tables;

use super::scenario::Scenario;

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// Boots whose outcome changed between releases, so that they show first what a new one changes.
const WATCHED: [&str; 17] = [
    "signatures",
    "window-over-node",
    "window-beside-node",
    "blocks-of-windows",
    "acpi-beyond-ram",
    "initiator-outlives",
    "initiator-off",
    "initrd-moved",
    "gap-of-a-mib",
    "hole-in-block",
    "lockdown",
    "no-static-ssdt",
    "larger-type-wins",
    "memmap-forms",
    "page-divided",
    "wrapping-entry",
    "zero-percent",
];

/// Those boots, with the newest form of each, for a build whose release is given.
pub fn watched(release: &str) -> Vec<Scenario> {
    let known = all();
    let newest = |name: &&str| {
        let end = format!("-{name}");
        let of_name = known.iter().filter(|scenario| scenario.name.ends_with(&end));
        let number = |of: &str| of.split('.').filter_map(|part| part.parse().ok()).collect::<Vec<u32>>();
        let mut found = of_name.max_by_key(|scenario| number(scenario.release))?.clone();
        found.name = format!("W-{release}-{name}");
        found.unless = Vec::new();
        Some(found)
    };
    WATCHED.iter().filter_map(newest).collect()
}

/// All of them.
pub fn all() -> Vec<Scenario> {
    let known = [
        mirror::scenarios(),
        fake::scenarios(),
        map::scenarios(),
        affinity::scenarios(),
        reserved::scenarios(),
        tables::scenarios(),
        large::scenarios(),
        built::scenarios(),
    ]
    .concat();
    let again = releases::scenarios(&known);
    [known, again].concat()
}
