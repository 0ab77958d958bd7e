//! Windows of a CEDT and matrices of an HMAT, in the JSON of `acpihp dump`.

use crate::table::cedt;
use crate::table::hmat::{Hmat, Locality};
use serde::Serialize;

/// A fixed memory window of CXL.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WindowModel {
    /// First address.
    pub start: u64,
    /// Address after the last one; null where it is past the end of the address space.
    pub end: Option<u64>,
    /// How many targets share it; null for an encoding without a meaning.
    pub ways: Option<u64>,
    /// Bytes that go to one target before the next one's turn; null for an encoding without a meaning.
    pub granularity: Option<u64>,
    /// Whether a target is chosen by XOR of address bits.
    pub xor: bool,
    /// UIDs of the host bridges, in the order of interleaving.
    pub targets: Vec<u64>,
    /// What it may be used for.
    pub restrictions: Vec<&'static str>,
}

/// Latency or bandwidth between proximity domains.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LocalityModel {
    /// `access latency`, `read latency`, `write latency`, `access bandwidth`, `read bandwidth` or `write bandwidth`; null
    /// for a type without a meaning.
    pub what: Option<&'static str>,
    /// 0 for memory, 1 to 3 for the caches in front of it.
    pub hierarchy: u8,
    /// Unit of the values: `ps` or `MB/s`; null for an HMAT of revision 1, which does not say it in the same way.
    pub unit: Option<&'static str>,
    /// Domains of the rows: those that access memory.
    pub initiators: Vec<u32>,
    /// Domains of the columns: those that have memory.
    pub targets: Vec<u32>,
    /// A row for each initiator; null where nothing is said of the pair, or it cannot be reached.
    pub values: Vec<Vec<Option<u64>>>,
}

impl WindowModel {
    /// The windows of a CEDT; `None` for another table.
    pub fn of(table: &[u8]) -> Option<Vec<WindowModel>> {
        let model = |window: cedt::Window| WindowModel {
            start: window.start,
            end: window.start.checked_add(window.size),
            ways: window.ways,
            granularity: window.granularity,
            xor: window.is_xor,
            targets: window.targets,
            restrictions: window.restrictions,
        };
        Some(cedt::windows(table)?.into_iter().map(model).collect())
    }
}

impl LocalityModel {
    /// The matrices of an HMAT; `None` for another table.
    pub fn of(table: &[u8]) -> Option<Vec<LocalityModel>> {
        let hmat = Hmat::parse(table).ok()?;
        let revision = hmat.header.revision;
        Some(hmat.structures().filter_map(|part| part.locality()).map(|one| model(&one, revision)).collect())
    }
}

fn model(one: &Locality<'_>, revision: u8) -> LocalityModel {
    const WHAT: [&str; 6] = [
        "access latency",
        "read latency",
        "write latency",
        "access bandwidth",
        "read bandwidth",
        "write bandwidth",
    ];
    let unit = match one.data_type {
        0..=2 if revision >= 2 => Some("ps"),
        3..=5 if revision >= 2 => Some("MB/s"),
        _ => None,
    };
    let value = |row, column| {
        let entry = one.entry(row, column).filter(|entry| ![0, u16::MAX].contains(entry))?;
        u64::from(entry).checked_mul(one.base_unit)
    };
    let columns = one.targets().len();
    LocalityModel {
        what: WHAT.get(usize::from(one.data_type)).copied(),
        hierarchy: one.hierarchy,
        unit,
        initiators: one.initiators().collect(),
        targets: one.targets().collect(),
        values: (0..one.initiators().len())
            .map(|row| (0..columns).map(|column| value(row, column)).collect())
            .collect(),
    }
}
