//! The JSON of `acpihp edit`.

use super::FindingModel;
use super::mkinitrd_override::MkinitrdOverride;
use super::plan::next::NextModel;
use super::sources::About;
use crate::boot::Outcome;
use crate::boot::derived::rows::Row;
use crate::boot::kernel::cmdline::Cmdline;
use crate::boot::kernel::release::Release;
use crate::boot::stages::zones::Zone;
use crate::bytes::pairs;
use crate::finding::Finding;
use crate::foreign::Foreign;
use crate::memory::PAGE_SIZE;
use crate::report::picture::Picture;
use crate::table::edit::Edited;
use crate::table::summary::Summary;
use serde::Serialize;
use std::collections::BTreeSet;

/// What was changed in a table: schema `acpihp.edit/1`.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EditModel {
    /// `acpihp.edit/1`.
    pub schema: &'static str,
    /// Who made it, and from what.
    #[serde(flatten)]
    pub about: About,
    /// The file or the table's name.
    pub table: Foreign,
    /// Where the table was written; null when it was only shown.
    pub output: Option<Foreign>,
    /// Bytes before.
    pub length_before: u64,
    /// Bytes now.
    pub length: u64,
    /// The OEM revision before; 0 for tables that have none.
    pub oem_revision_before: u32,
    /// The OEM revision now.
    pub oem_revision: u32,
    /// Every run of bytes that is not as it was, by rising offset.
    pub changes: Vec<ChangeModel>,
    /// The next boot without and with the change; only with --plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanModel>,
    /// The archive that was made of the table; only with --override-to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub archive: Option<MkinitrdOverride>,
    /// What was noticed of the listing that the table was read from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Foreign>,
}

/// A run of bytes that is not as it was.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ChangeModel {
    /// Where, in bytes from the start of the new table.
    pub offset: u64,
    /// What was there, in hex; empty for bytes that were put in.
    pub before: String,
    /// What is there now, in hex.
    pub after: String,
    /// The fields that it is about, with what they were and are.
    pub fields: Vec<String>,
}

/// Two boots side by side.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PlanModel {
    /// Kernel release that was predicted for.
    pub kernel: Foreign,
    /// Kernel command line.
    pub command_line: Foreign,
    /// Whether the boot of the machine's architecture is modelled; if not, there are no nodes, and a finding says so.
    pub modelled: bool,
    /// The nodes of either boot.
    pub nodes: Vec<NodeChange>,
    /// Warnings and errors about the boot with the change.
    pub findings: Vec<FindingModel>,
    /// What is missing so that memory becomes movable with the change, where none does.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub next_steps: Vec<NextModel>,
    /// The maps of both; none where the boot is not modelled.
    #[serde(skip)]
    pub maps: Option<Box<[Picture; 2]>>,
}

/// A node in both boots.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct NodeChange {
    /// The node.
    pub node: u32,
    /// Its memory without the change, in bytes; 0 where there is no such node.
    pub total_before: u64,
    /// Its memory with the change.
    pub total: u64,
    /// What of it is in ZONE_MOVABLE without the change.
    pub movable_before: u64,
    /// What of it is with the change.
    pub movable: u64,
    /// Why, for most of its memory; null for a node without memory.
    #[serde(serialize_with = "crate::report::model::said_if_any")]
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub why: Option<String>,
}

impl EditModel {
    /// Name and version of the contract.
    pub const SCHEMA: &'static str = "acpihp.edit/1";

    /// What became of a table.
    pub fn new(table: &Foreign, edited: &Edited) -> EditModel {
        let revision = |bytes| Summary::of(bytes).oem_revision.unwrap_or(0);
        let change = |change: &crate::table::edit::Change| ChangeModel {
            offset: change.offset as u64,
            before: pairs(&change.before),
            after: pairs(&change.after),
            fields: edited.meaning(change),
        };
        EditModel {
            schema: Self::SCHEMA,
            about: About::default(),
            table: table.clone(),
            output: None,
            length_before: edited.before.len() as u64,
            length: edited.after.len() as u64,
            oem_revision_before: revision(&edited.before),
            oem_revision: revision(&edited.after),
            changes: edited.changes().iter().map(change).collect(),
            plan: None,
            archive: None,
            notes: Vec::new(),
        }
    }
}

impl PlanModel {
    /// Of a machine whose boot is not modelled: `finding` says so.
    pub fn not_modelled(release: &Release, line: &Cmdline, finding: &Finding) -> PlanModel {
        PlanModel {
            kernel: release.name.clone(),
            command_line: line.text().into(),
            modelled: false,
            nodes: Vec::new(),
            findings: vec![FindingModel::from(finding)],
            next_steps: Vec::new(),
            maps: None,
        }
    }

    /// The boots without and with the change; `rows` and `findings` are those of the latter.
    pub fn new(
        release: &Release,
        line: &Cmdline,
        boots: [&Outcome<'_>; 2],
        rows: &[Row],
        findings: &[Finding],
        maps: [Picture; 2],
    ) -> PlanModel {
        let ids: BTreeSet<u32> = boots.iter().flat_map(|boot| boot.zones.nodes.keys().copied()).collect();
        let nodes = ids.into_iter().map(|node| {
            let [(total_before, movable_before), (total, movable)] = boots.map(|boot| memory(boot, node));
            let of_node = rows.iter().filter(|row| row.node == Some(node));
            let most = of_node.max_by_key(|row| row.range.end - row.range.start);
            let why = most.map(|row| row.reason.clone());
            NodeChange { node, total_before, total, movable_before, movable, why }
        });
        PlanModel {
            kernel: release.name.clone(),
            command_line: line.text().into(),
            modelled: true,
            nodes: nodes.collect(),
            findings: findings.iter().map(FindingModel::from).collect(),
            next_steps: Vec::new(),
            maps: Some(Box::new(maps)),
        }
    }
}

/// All memory of a node, and what is movable of it, in bytes.
fn memory(boot: &Outcome<'_>, node: u32) -> (u64, u64) {
    let zones = boot.zones.nodes.get(&node).map_or(&[][..], |node| node.zones.as_slice());
    let sum = |wanted: fn(Zone) -> bool| -> u64 {
        let pages = zones.iter().filter(|zone| wanted(zone.zone)).map(|zone| zone.present_pages);
        pages.sum::<u64>().saturating_mul(PAGE_SIZE)
    };
    (sum(|_| true), sum(|zone| zone == Zone::Movable))
}
