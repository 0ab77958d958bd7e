//! Two plans of one machine side by side, in the JSON of `acpihp plan --compare`.

use super::Plan;
use super::totals::TotalsModel;
use crate::foreign::Foreign;
use crate::report::model::FindingModel;
use crate::report::model::words::Side;
use crate::report::picture::Picture;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Two boots side by side.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ComparedModel {
    /// The first boot.
    pub a: ComparedBoot,
    /// The second boot.
    pub b: ComparedBoot,
    /// The nodes of either.
    pub nodes: Vec<ComparedNode>,
    /// What is worth knowing about one of them only.
    pub findings: Vec<ComparedFinding>,
    /// The maps of both.
    #[serde(skip)]
    pub maps: [Picture; 2],
}

/// One of two boots.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ComparedBoot {
    /// What it was asked for with; null for the boot as it is.
    pub options: Option<Foreign>,
    /// Kernel release.
    pub kernel: Foreign,
    /// Kernel command line.
    pub command_line: Foreign,
    /// Whether it was predicted.
    pub predicted: bool,
    /// Why it does not come to its end: the code of a finding; null where it does.
    pub fails: Option<&'static str>,
    /// How much memory there is, how much of it is movable, and how much is lost.
    pub totals: TotalsModel,
}

/// A node in both boots.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ComparedNode {
    /// The node.
    pub node: u32,
    /// Its memory in the first boot; all zero where it has none there.
    pub a: TotalsModel,
    /// Its memory in the second boot.
    pub b: TotalsModel,
}

/// What is worth knowing about one of two boots.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ComparedFinding {
    /// Which of them.
    pub side: Side,
    /// What.
    #[serde(flatten)]
    pub finding: FindingModel,
}

impl ComparedModel {
    /// Two plans, each with what it was asked for with.
    pub fn of(sides: &[(Option<Foreign>, Plan); 2]) -> ComparedModel {
        let [(_, one), (_, other)] = sides;
        let boot = |(options, plan): &(Option<Foreign>, Plan)| ComparedBoot {
            options: options.clone(),
            kernel: plan.kernel.clone(),
            command_line: plan.command_line.clone(),
            predicted: plan.predicted,
            fails: plan.findings.iter().find(|finding| finding.is_death()).map(|finding| finding.code),
            totals: plan.totals,
        };
        let ids: BTreeSet<u32> = one.nodes.iter().chain(&other.nodes).map(|node| node.node).collect();
        let [of_one, of_other] = [one, other].map(|plan| -> BTreeMap<u32, TotalsModel> {
            plan.nodes.iter().map(|node| (node.node, node.totals)).collect()
        });
        let totals = |of: &BTreeMap<u32, TotalsModel>, node: u32| of.get(&node).copied().unwrap_or_default();
        let only = |side: Side, plan: &Plan, other: &Plan| -> Vec<ComparedFinding> {
            let known: HashSet<&FindingModel> = other.findings.iter().collect();
            let lone = plan.findings.iter().filter(|finding| !known.contains(finding));
            lone.map(|finding| ComparedFinding { side, finding: finding.clone() }).collect()
        };
        let [a, b] = sides;
        ComparedModel {
            a: boot(a),
            b: boot(b),
            nodes: ids
                .into_iter()
                .map(|node| ComparedNode { node, a: totals(&of_one, node), b: totals(&of_other, node) })
                .collect(),
            findings: [only(Side::A, one, other), only(Side::B, other, one)].concat(),
            maps: [Picture::of(one), Picture::of(other)],
        }
    }
}
