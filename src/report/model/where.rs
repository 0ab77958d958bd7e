//! The JSON of `acpihp where`.

use super::sources::About;
use crate::boot::running::removable::Answer;
use crate::boot::running::whereis::Place;
use crate::foreign::Foreign;
use serde::Serialize;

/// What is at physical addresses: schema `acpihp.where/1`.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WhereModel {
    /// `acpihp.where/1`.
    pub schema: &'static str,
    /// Who made it, and from what.
    #[serde(flatten)]
    pub about: About,
    /// What is at each address, in the order in which they were asked; ranges in pieces that have the same of everything.
    pub addresses: Vec<AddressModel>,
}

/// What is at an address; with `--format ndjson` a line of its own.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AddressModel {
    /// The address, or the first of a range.
    pub address: u64,
    /// The address after the last that has the same of everything.
    pub end: u64,
    /// Node; null where there is no memory and the SRAT announces none.
    pub node: Option<u32>,
    /// Proximity domain, where a SRAT gives it.
    pub pxm: Option<u32>,
    /// Entry of the SRAT, all entries counted from 0.
    pub entry: Option<u32>,
    /// Whether that entry is marked hot-pluggable.
    pub hotpluggable: bool,
    /// Zone: that of an online block, or the predicted one where the machine does not show its blocks.
    pub zone: Option<&'static str>,
    /// Number of the memory block, as in /sys/devices/system/memory; of several the first.
    pub block: Option<u64>,
    /// Number of the last memory block.
    pub last_block: Option<u64>,
    /// `online`, `offline` or `going-offline`; null where nothing shows it.
    pub state: Option<&'static str>,
    /// Whether the block can go offline: `yes`, `no`, `maybe` or `unknown`; null where there is no block.
    pub offline: Option<Answer>,
    /// Why.
    pub why: Option<Foreign>,
    /// The type of the entry of the firmware's memory map.
    pub firmware: Option<String>,
    /// The lines of /proc/iomem, from the outermost to the innermost; none where they are hidden.
    pub resources: Vec<Foreign>,
    /// What reserved it at boot, or uses it for good; null where nothing is known to.
    pub reserved_by: Option<Foreign>,
    /// The window for memory that is added later (DIMM slots), of which this is a part.
    pub window: Option<WindowRange>,
}

/// A window for memory that is added later.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WindowRange {
    /// First byte.
    pub start: u64,
    /// Byte after the last.
    pub end: u64,
}

impl WhereModel {
    /// The view of what was found.
    pub fn of<'p>(places: impl IntoIterator<Item = &'p Place>) -> WhereModel {
        WhereModel {
            schema: "acpihp.where/1",
            about: About::default(),
            addresses: places.into_iter().map(AddressModel::of).collect(),
        }
    }
}

impl AddressModel {
    /// The view of one piece.
    pub fn of(place: &Place) -> AddressModel {
        AddressModel {
            address: place.range.start,
            end: place.range.end,
            node: place.node,
            pxm: place.pxm,
            entry: place.entry,
            hotpluggable: place.hotpluggable,
            zone: place.zone,
            block: place.blocks.map(|(first, _)| first),
            last_block: place.blocks.map(|(_, last)| last),
            state: place.state.map(|state| state.name()),
            offline: place.offline,
            why: Some(Foreign::of_text(&place.why)).filter(|why| !why.is_empty()),
            firmware: place.firmware.map(|kind| kind.to_string()),
            resources: place.resources.clone(),
            reserved_by: place.reserved_by.clone(),
            window: place.window.as_ref().map(|window| WindowRange { start: window.start, end: window.end }),
        }
    }
}
