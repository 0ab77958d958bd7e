//! The JSON of `acpihp plan --numa`.

pub mod blocks;
#[cfg(feature = "cli")]
pub mod compared;
pub mod later;
pub mod next;
pub mod orders;
pub mod outcomes;
pub mod present;
pub mod totals;

use self::totals::{LossModel, TotalsModel};
use super::FindingModel;
use super::sources::About;
use super::words::{KaslrChooser, TableOrigin};
use crate::boot::derived::agreement::Agreement;
use crate::boot::derived::floor;
use crate::boot::derived::rows::{self, Row};
use crate::boot::derived::totals as sums;
use crate::boot::stages::kaslr::{Chooser, KaslrFixed, Placement};
use crate::boot::stages::memblock::Reservation;
use crate::boot::stages::zones::Zone;
use crate::boot::{NextBoot, Outcome, install::Origin};
use crate::check::boot::Settled;
use crate::foreign::Foreign;
use crate::memory::PAGE_SIZE;
use crate::memory::arch::{Arch, Platform};
use blocks::BlocksModel;
use later::{HotAddModel, WindowModel};
use next::NextModel;
use orders::OpenOrderModel;
use outcomes::UnknownModel;
use present::PresentModel;
use serde::Serialize;

/// Which memory goes to which node and zone, and why: schema `acpihp.plan/1`.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Plan {
    /// `acpihp.plan/1`.
    pub schema: &'static str,
    /// Who made it, and from what.
    #[serde(flatten)]
    pub about: About,
    /// Kernel release that was predicted for.
    pub kernel: Foreign,
    /// Kernel command line.
    pub command_line: Foreign,
    /// The machine's architecture, as Linux names it.
    pub architecture: Arch,
    /// Whether the boot of that architecture is modelled; if not, all lists below are empty but `domains` and `findings`.
    pub modelled: bool,
    /// Whether the boot was predicted; if not, all lists below are empty but `domains`, `present` and `findings`.
    pub predicted: bool,
    /// What the machine shows of itself at the moment, where the boot was not predicted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub present: Option<PresentModel>,
    /// What the SRAT says of memory, where the boot is not modelled.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub domains: Vec<SratModel>,
    /// Where the nodes come from.
    pub numa: NumaModel,
    /// "Zone ranges": the zones that are not empty, over all nodes.
    pub zones: Vec<ZoneRange>,
    /// "Movable zone start for each node".
    pub movable_zone_start: Vec<MovableStart>,
    /// Memory entries of the SRAT as the kernel prints them, in order.
    pub srat_memory: Vec<SratModel>,
    /// "Early memory node ranges", in order.
    pub memory: Vec<MemoryModel>,
    /// Nodes and their zones.
    pub nodes: Vec<NodeModel>,
    /// How much memory there is, how much of it is movable, and how much is lost.
    pub totals: TotalsModel,
    /// Memory that is marked hot-pluggable and not movable, by node and reason.
    pub lost: Vec<LossModel>,
    /// What is reserved before the SRAT is used, in boot order, for pictures.
    #[serde(skip)]
    pub reserved: Vec<ReservedModel>,
    /// Every piece of RAM with its zone and the reason.
    pub ranges: Vec<RangeModel>,
    /// What took hot-pluggable marks away.
    pub blockers: Vec<BlockerModel>,
    /// Whether the kernel acts on movable_node, so that what took marks away cost anything.
    #[serde(skip)]
    pub movable_node: bool,
    /// How much memory the kernel has for itself.
    pub kernel_memory: KernelMemoryModel,
    /// Where KASLR may put the kernel; the rest of the plan takes it at one place.
    pub kaslr: KaslrModel,
    /// What the boot hangs on: things whose place is not sure, and what it becomes with them on each node.
    pub outcomes: Vec<UnknownModel>,
    /// Tables of which nothing says which comes first, and what hangs on it.
    pub open_orders: Vec<OpenOrderModel>,
    /// Whether the prediction agrees with what the log of the same boot goes on to say; null where there is no such log, or the boot
    /// to predict is another one.
    pub log: Option<Agreement>,
    /// What is reserved before the SRAT is known; only with --early.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub early: Option<super::early::EarlyModel>,
    /// Memory blocks.
    pub memory_blocks: BlocksModel,
    /// Memory that the SRAT announces where there is none yet.
    pub windows: Vec<WindowModel>,
    /// Memory devices that were asked about (`--hot-add`), one after the other.
    pub hot_add: Vec<HotAddModel>,
    /// What is worth knowing about this boot.
    pub findings: Vec<FindingModel>,
    /// What is missing so that memory becomes movable, where none does.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub next_steps: Vec<NextModel>,
    /// Two boots side by side; only with --compare.
    #[cfg(feature = "cli")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparison: Option<compared::ComparedModel>,
}

/// Where the nodes come from.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct NumaModel {
    /// `initrd`, `firmware` or `none`: where the SRAT in force came from.
    pub source: TableOrigin,
    /// Why there are no nodes from a SRAT, if there are none.
    pub reason: Option<String>,
}

/// One of the kernel's zone ranges.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ZoneRange {
    /// `DMA`, `DMA32` or `Normal`.
    pub zone: Zone,
    /// First byte.
    pub start: u64,
    /// Byte after the last.
    pub end: u64,
}

/// Where the movable zone of a node begins.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MovableStart {
    /// Node.
    pub node: u32,
    /// First byte.
    pub start: u64,
}

/// A memory entry of the SRAT.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SratModel {
    /// Node.
    pub node: u32,
    /// Proximity domain as Linux reads it.
    pub pxm: u32,
    /// First byte.
    pub start: u64,
    /// Byte after the last, as the kernel's line implies it: above 2^64-1 for an empty entry at 0.
    pub end: u128,
    /// Marked hot-pluggable.
    pub hotpluggable: bool,
    /// Marked non-volatile.
    pub non_volatile: bool,
}

/// One of the "early memory node ranges".
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MemoryModel {
    /// Node; -1 or 1024 (as the kernel prints it) for RAM without one.
    pub node: i64,
    /// First byte.
    pub start: u64,
    /// Byte after the last.
    pub end: u64,
}

/// A node.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct NodeModel {
    /// Node number.
    pub node: u32,
    /// Its proximity domain, where a SRAT gives it.
    pub pxm: Option<u32>,
    /// The machine's node that it is a part of, where numa=fake= made it up.
    pub physical_node: Option<u32>,
    /// First byte of its RAM.
    pub start: u64,
    /// Byte after the last.
    pub end: u64,
    /// Zones that span anything.
    pub zones: Vec<NodeZoneModel>,
    /// How much memory it has, how much of it is movable, and how much is lost.
    #[serde(flatten)]
    pub totals: TotalsModel,
}

/// A piece of memory that is reserved before the SRAT is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReservedModel {
    /// First byte.
    pub start: u64,
    /// Byte after the last.
    pub end: u64,
    /// What is there.
    pub name: String,
    /// The words for all pieces of its kind.
    pub group: String,
}

/// A zone of a node, in page frames.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct NodeZoneModel {
    /// `DMA`, `DMA32`, `Normal` or `Movable`.
    pub zone: Zone,
    /// First page frame.
    pub start_pfn: u64,
    /// Page frames with holes.
    pub spanned_pages: u64,
    /// Page frames that are RAM.
    pub present_pages: u64,
}

/// A piece of RAM.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RangeModel {
    /// First byte.
    pub start: u64,
    /// Byte after the last.
    pub end: u64,
    /// Node; null for RAM without one.
    pub node: Option<u32>,
    /// Zone; null for RAM without a node.
    pub zone: Option<Zone>,
    /// Whether the SRAT marks it hot-pluggable, whatever became of the mark.
    pub hotpluggable: bool,
    /// Which entry of the SRAT covers it, all entries counted from 0.
    pub entry: Option<u32>,
    /// Why it is in that zone.
    #[serde(serialize_with = "crate::report::model::said")]
    #[cfg_attr(test, schemars(with = "String"))]
    pub why: String,
    /// The same in the words that all ranges of its kind share.
    #[serde(skip)]
    pub reason: String,
    /// Proximity domain of the node, where the SRAT gave it.
    #[serde(skip)]
    pub pxm: Option<u32>,
}

/// Reserved memory that took a node's hot-pluggable marks away.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BlockerModel {
    /// Node that lost its marks.
    pub node: u32,
    /// First byte inside the node.
    pub start: u64,
    /// Byte after the last.
    pub end: u64,
    /// What is there.
    #[serde(serialize_with = "crate::report::model::said")]
    #[cfg_attr(test, schemars(with = "String"))]
    pub name: String,
    /// The same, without what tells it from others of its kind.
    #[serde(skip)]
    pub group: String,
    /// Why that matters.
    #[serde(serialize_with = "crate::report::model::said")]
    #[cfg_attr(test, schemars(with = "String"))]
    pub why: String,
}

/// How much memory the kernel has for itself, in bytes.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct KernelMemoryModel {
    /// Memory of all zones but the movable ones.
    pub total: u64,
    /// What of it the kernel image and boot take for good, as far as that is modelled.
    pub taken: u64,
    /// What is left; below `floor` recorded boots ended in a panic.
    pub left: u64,
    /// The least that recorded boots lived with is above this.
    pub floor: u64,
}

/// Where KASLR may put the kernel.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct KaslrModel {
    /// Whether the place is random.
    pub random: bool,
    /// How many places there are; 0 when it is not.
    pub slots: u64,
    /// Whether the firmware's SRAT keeps it out of hot-pluggable memory.
    pub filtered: bool,
    /// Who chooses: `decompressor`, or `efi-stub`, which looks at no SRAT; null when the place is not random.
    pub chooser: Option<KaslrChooser>,
    /// Why the place is not random: `given`, `nokaslr`, `not-configured`, `too-many-memmaps`, `map-options` or `no-room`.
    pub fixed_by: Option<KaslrFixed>,
    /// Nodes whose memory blocks some of the places touch.
    pub nodes: Vec<KaslrNode>,
    /// Of these, places across a border of nodes: they take the marks of all nodes that they touch.
    pub across: Vec<KaslrBorder>,
}

/// How likely the kernel is to lie across a border of nodes.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct KaslrBorder {
    /// The nodes.
    pub nodes: Vec<u32>,
    /// From 0 to 1.
    pub probability: f64,
}

/// How likely a node is to hold the kernel.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct KaslrNode {
    /// Node.
    pub node: u32,
    /// From 0 to 1.
    pub probability: f64,
}

impl KernelMemoryModel {
    fn of(memory: floor::KernelMemory) -> KernelMemoryModel {
        let (total, taken, left) = (memory.total, memory.taken, memory.left());
        KernelMemoryModel { total, taken, left, floor: memory.floor() }
    }
}

impl KaslrModel {
    fn of(placement: &Placement) -> KaslrModel {
        match placement {
            Placement::Fixed(why) => KaslrModel {
                random: false,
                slots: 0,
                filtered: false,
                chooser: None,
                fixed_by: Some(*why),
                nodes: Vec::new(),
                across: Vec::new(),
            },
            Placement::Random { slots, chooser, .. } => KaslrModel {
                random: true,
                slots: *slots,
                filtered: *chooser == Chooser::Decompressor { filtered: true },
                chooser: Some(match chooser {
                    Chooser::Decompressor { .. } => KaslrChooser::Decompressor,
                    Chooser::EfiStub => KaslrChooser::EfiStub,
                }),
                fixed_by: None,
                nodes: (placement.nodes().into_iter())
                    .map(|node| KaslrNode { node, probability: placement.probability(node) })
                    .collect(),
                across: (placement.by_nodes().filter(|(nodes, _)| nodes.len() > 1))
                    .map(|(nodes, probability)| KaslrBorder {
                        nodes: nodes.iter().copied().collect(),
                        probability,
                    })
                    .collect(),
            },
        }
    }
}

impl Plan {
    /// Of a machine whose boot is not modelled, what holds all the same: the SRAT's domains.
    pub fn not_modelled(platform: Platform, settled: &Settled<'_>, next: &NextBoot<'_>) -> Plan {
        let reason = format!("{platform}: zones are not modelled");
        Plan { architecture: platform.arch(), modelled: false, ..Plan::not_predicted(reason, settled, next) }
    }

    /// Of a machine whose boot cannot be predicted, for a reason: the SRAT's domains.
    pub fn not_predicted(reason: String, settled: &Settled<'_>, next: &NextBoot<'_>) -> Plan {
        let plan = Plan::of(settled, next);
        Plan {
            predicted: false,
            domains: plan.srat_memory,
            numa: NumaModel { reason: Some(reason), ..plan.numa },
            zones: Vec::new(),
            movable_zone_start: Vec::new(),
            srat_memory: Vec::new(),
            memory: Vec::new(),
            nodes: Vec::new(),
            totals: TotalsModel::default(),
            lost: Vec::new(),
            reserved: Vec::new(),
            ranges: Vec::new(),
            blockers: Vec::new(),
            kernel_memory: KernelMemoryModel { total: 0, taken: 0, left: 0, floor: plan.kernel_memory.floor },
            kaslr: KaslrModel { random: false, nodes: Vec::new(), ..plan.kaslr },
            outcomes: Vec::new(),
            memory_blocks: BlocksModel { runs: Vec::new(), ..plan.memory_blocks },
            windows: Vec::new(),
            ..plan
        }
    }

    /// The plan of a boot.
    pub fn of(settled: &Settled<'_>, next: &NextBoot<'_>) -> Plan {
        let Settled { outcome, rows, unknowns, orders, later, findings } = settled;
        let zones = &outcome.zones;
        let possible = outcome.nodes.possible.iter().copied();
        let nodes: std::collections::BTreeSet<u32> = zones.nodes.keys().copied().chain(possible).collect();
        let totals = sums::of(outcome, rows, next.line().movable_node);
        let of_node = |node: u32| totals.nodes.get(&Some(node)).copied().unwrap_or_default();
        Plan {
            schema: "acpihp.plan/1",
            #[cfg(feature = "cli")]
            comparison: None,
            next_steps: Vec::new(),
            about: About::default(),
            kernel: next.release().name.clone(),
            command_line: next.line().text().into(),
            architecture: Arch::default(),
            modelled: true,
            predicted: true,
            present: None,
            domains: Vec::new(),
            numa: NumaModel {
                source: match (&outcome.srat, &outcome.nodes.refusal) {
                    (Some(Origin::Archive(_)), None) => TableOrigin::Initrd,
                    (Some(Origin::Firmware(_)), None) => TableOrigin::Firmware,
                    _ => TableOrigin::None,
                },
                reason: outcome.nodes.refusal.as_ref().map(rows::refusal_text),
            },
            zones: zones
                .limits
                .iter()
                .filter(|(_, pfns)| !pfns.is_empty())
                .map(|(zone, pfns)| ZoneRange {
                    zone: *zone,
                    start: pfns.start * PAGE_SIZE,
                    end: pfns.end * PAGE_SIZE,
                })
                .collect(),
            movable_zone_start: zones
                .movable_start
                .iter()
                .map(|(node, pfn)| MovableStart { node: *node, start: pfn * PAGE_SIZE })
                .collect(),
            srat_memory: outcome.numa.memory.iter().map(srat_memory).collect(),
            memory: outcome
                .regions
                .iter()
                .filter_map(|region| {
                    let pages = region.whole_pages()?;
                    let node = region.node.map_or(next.release().no_node, i64::from);
                    Some(MemoryModel { node, start: pages.start, end: pages.end })
                })
                .collect(),
            nodes: nodes.into_iter().map(|node| node_model(outcome, node, of_node(node).into())).collect(),
            totals: totals.all.into(),
            lost: LossModel::of(&totals),
            reserved: outcome.reserved.iter().map(reserved_model).collect(),
            ranges: rows.iter().map(range_model).collect(),
            blockers: outcome
                .blockers
                .iter()
                .map(|blocker| BlockerModel {
                    node: blocker.node,
                    start: blocker.range.start,
                    end: blocker.range.end,
                    name: blocker.holder.name(),
                    group: blocker.holder.group(),
                    why: blocker.why(),
                })
                .collect(),
            movable_node: next.line().movable_node,
            kernel_memory: KernelMemoryModel::of(floor::kernel_memory(outcome)),
            kaslr: KaslrModel::of(&outcome.kaslr),
            outcomes: unknowns.iter().map(UnknownModel::of).collect(),
            open_orders: orders.iter().map(OpenOrderModel::of).collect(),
            log: None,
            early: None,
            memory_blocks: BlocksModel::of(&outcome.blocks),
            windows: WindowModel::of(later),
            hot_add: HotAddModel::of(later),
            findings: findings.iter().map(FindingModel::from).collect(),
        }
    }
}

fn srat_memory(entry: &crate::boot::stages::srat::SratMemory) -> SratModel {
    SratModel {
        node: entry.node,
        pxm: entry.pxm,
        start: entry.start,
        end: u128::from(entry.printed_last()) + 1,
        hotpluggable: entry.hotpluggable,
        non_volatile: entry.non_volatile,
    }
}

fn reserved_model(piece: &Reservation) -> ReservedModel {
    ReservedModel {
        start: piece.range.start,
        end: piece.range.end,
        name: piece.holder.name(),
        group: piece.holder.group(),
    }
}

fn node_model(outcome: &Outcome<'_>, node: u32, totals: TotalsModel) -> NodeModel {
    let zones = outcome.zones.nodes.get(&node).cloned().unwrap_or_default();
    NodeModel {
        node,
        pxm: rows::pxm(outcome, node),
        physical_node: outcome.nodes.fake.as_ref().and_then(|fake| fake.physical.get(node as usize).copied()),
        start: zones.span.start * PAGE_SIZE,
        end: zones.span.end * PAGE_SIZE,
        zones: zones
            .zones
            .iter()
            .map(|zone| NodeZoneModel {
                zone: zone.zone,
                start_pfn: zone.start_pfn,
                spanned_pages: zone.spanned_pages,
                present_pages: zone.present_pages,
            })
            .collect(),
        totals,
    }
}

fn range_model(row: &Row) -> RangeModel {
    RangeModel {
        start: row.range.start,
        end: row.range.end,
        node: row.node,
        zone: row.zone,
        hotpluggable: row.hotpluggable,
        entry: row.entry,
        why: row.why.clone(),
        reason: row.reason.clone(),
        pxm: row.pxm,
    }
}
