//! The boots of tests/boots whose names begin with X: each decides a rule of the model that no other recording decides.

mod affinity;
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
    ]
    .concat();
    let again = releases::scenarios(&known);
    [known, again].concat()
}
