//! Memory that is added later, in the JSON of `acpihp plan --numa`.

use crate::boot::kernel::vendor::AddedDefault;
use crate::boot::running::blocks::Verdict;
use crate::boot::running::hotadd::{Added, AddedRun, Device, Home, HotAddRefusal};
use crate::boot::running::online::OnlineState;
use crate::boot::running::policy::Policy;
use crate::boot::running::windows::{Later, Window};
use crate::boot::stages::zones::Zone;
use serde::Serialize;

/// A part of the SRAT's memory where there is none yet.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WindowModel {
    /// First byte.
    pub start: u64,
    /// Byte after the last.
    pub end: u64,
    /// Node.
    pub node: u32,
    /// Proximity domain.
    pub pxm: u32,
    /// Entry of the SRAT, all entries counted from 0.
    pub entry: u32,
    /// Whether the entry is marked hot-pluggable; Linux adds memory there in either case.
    pub hotpluggable: bool,
    /// The state that a first block added there gets: `offline` or `online`, `online_kernel`, `online_movable`.
    pub state: OnlineState,
    /// The zone that it is in then, or that writing `online` gives it; null where Linux refuses it.
    pub zone: Option<Zone>,
    /// Why that zone.
    pub why: Option<String>,
}

/// A device that was asked about.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct HotAddModel {
    /// First byte.
    pub start: u64,
    /// Byte after the last.
    pub end: u64,
    /// Proximity domain, where it was given.
    pub pxm: Option<u32>,
    /// Node; null where Linux does not add the device.
    pub node: Option<u32>,
    /// How it comes to the node.
    pub node_why: Option<String>,
    /// Why Linux does not add it; null where it does.
    pub refused: Option<String>,
    /// The state that its blocks get: `offline`, `online`, `online_kernel` or `online_movable`.
    pub state: OnlineState,
    /// What decides about the state.
    pub state_why: String,
    /// Its blocks, ascending; neighbours that are alike are one.
    pub blocks: Vec<AddedModel>,
    /// Bytes of its page structures (the memmap); null where Linux does not add it.
    pub memmap_len: Option<u64>,
    /// Whether each block begins with its own page structures (memmap_on_memory); else the kernel's memory holds them.
    pub memmap_inside: Option<bool>,
    /// Whether memmap_on_memory was asked for.
    #[serde(skip)]
    pub memmap_asked: bool,
}

/// Neighbouring blocks of a device that are alike.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AddedModel {
    /// Number of the first block.
    pub first: u64,
    /// Number of the last block.
    pub last: u64,
    /// First byte.
    pub start: u64,
    /// Byte after the last.
    pub end: u64,
    /// The zone that they are in; null while they are offline.
    pub zone: Option<Zone>,
    /// As `valid_zones` has it: the zone, or for offline blocks the one for `online` first, then others.
    pub valid_zones: Vec<Zone>,
    /// Whether they can go offline again: `maybe` or `yes`.
    pub offline: Verdict,
    /// Why that zone.
    pub why: String,
}

/// What decides about the state that added memory gets.
fn state_why(policy: &Policy) -> String {
    if let Some(shown) = &policy.state_shown {
        return shown.clone();
    }
    match (policy.state_given, policy.state_assumed) {
        (true, _) => format!("memhp_default_state={}", policy.state.name()),
        (false, None) => "the kernel's configuration".into(),
        (false, Some(default)) => assumed(default),
    }
}

fn assumed(default: AddedDefault) -> String {
    let unknown = "this kernel's configuration is not known; --config or memhp_default_state= decides";
    match (default.is_known, default.of) {
        (true, Some(release)) => format!("as Debian configures {release}"),
        (_, Some(release)) => format!("as Debian configures {release}; {unknown}"),
        (_, None) => format!("the default of Linux; {unknown}"),
    }
}

impl WindowModel {
    /// The windows.
    pub fn of(later: &Later) -> Vec<WindowModel> {
        let model = |window: &Window| {
            let (zone, reason) = window.zone.clone().unzip();
            WindowModel {
                start: window.range.start,
                end: window.range.end,
                node: window.node,
                pxm: window.pxm,
                entry: window.entry,
                hotpluggable: window.hotpluggable,
                state: later.policy.state,
                zone,
                why: reason.map(|reason| reason.to_string()),
            }
        };
        later.windows.iter().map(model).collect()
    }
}

impl HotAddModel {
    /// The devices.
    pub fn of(later: &Later) -> Vec<HotAddModel> {
        later.devices.iter().map(|(device, outcome)| device_model(later, device, outcome)).collect()
    }
}

fn device_model(later: &Later, device: &Device, outcome: &Result<Added, HotAddRefusal>) -> HotAddModel {
    let added = outcome.as_ref().ok();
    let runs = added.map_or(&[][..], |added| &added.runs);
    HotAddModel {
        start: device.range.start,
        end: device.range.end,
        pxm: match device.home {
            Home::Pxm(pxm) => Some(pxm),
            Home::Node(_) | Home::Unknown => None,
        },
        node: added.map(|added| added.node),
        node_why: added.map(|added| added.by.to_string()),
        refused: outcome.as_ref().err().map(HotAddRefusal::to_string),
        state: later.policy.state,
        state_why: state_why(&later.policy),
        blocks: runs.iter().map(|run| run_model(later, run)).collect(),
        memmap_len: added.map(|added| added.structures.bytes),
        memmap_inside: added.map(|added| added.structures.inside),
        memmap_asked: added.is_some_and(|added| added.structures.asked),
    }
}

fn run_model(later: &Later, run: &AddedRun) -> AddedModel {
    let online = later.policy.state != OnlineState::Offline;
    let zones: &[Zone] = if online { &[run.zone] } else { &run.valid_zones };
    AddedModel {
        first: run.first,
        last: run.last,
        start: run.first.saturating_mul(later.block_size),
        end: run.last.saturating_add(1).saturating_mul(later.block_size),
        zone: online.then_some(run.zone),
        valid_zones: zones.to_vec(),
        offline: run.removal().verdict(),
        why: run.reason.to_string(),
    }
}
