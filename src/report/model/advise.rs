//! The JSON of `acpihp advise`.

use super::sources::About;
use crate::foreign::Foreign;
use crate::report::picture::Picture;
use serde::Serialize;

/// The smallest change that meets wishes about memory: schema `acpihp.advise/1`.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AdviseModel {
    /// `acpihp.advise/1`.
    pub schema: &'static str,
    /// Who made it, and from what.
    #[serde(flatten)]
    pub about: About,
    /// Whether all wishes are met with it.
    pub met: bool,
    /// Whether nothing has to be changed, or nothing helps.
    pub nothing_to_do: bool,
    /// Words to add to the command line.
    pub append: String,
    /// Names of options to take away from it.
    pub remove: Vec<String>,
    /// The archive that was written (`-o`); null without one, or where no table changes.
    pub archive: Option<Foreign>,
    /// Commands to paste.
    pub steps: Vec<StepModel>,
    /// The next boot as it is.
    pub before: SumsModel,
    /// The next boot with the change.
    pub after: SumsModel,
    /// How likely what is met stays so wherever the kernel comes to lie, from 0 to 1.
    pub certainty: f64,
    /// What can go wrong.
    pub risks: Vec<Foreign>,
    /// The wishes that are not met.
    pub unmet: Vec<UnmetModel>,
    /// How many changes were predicted.
    pub tried: usize,
    /// Whether the search was cut short: there are more changes than are predicted.
    pub cut: bool,
    /// The maps of both boots; none where the change cannot be made.
    #[serde(skip)]
    pub maps: Option<Box<[Picture; 2]>>,
}

/// A command to paste.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StepModel {
    /// The command.
    pub command: Foreign,
    /// What it is for.
    pub why: Foreign,
}

/// The memory of a boot, in bytes.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SumsModel {
    /// All of it.
    pub total: u64,
    /// What is in ZONE_MOVABLE.
    pub movable: u64,
    /// What it can grow to.
    pub grows_to: u64,
    /// The same, with what comes to ZONE_MOVABLE alone of what can be added.
    pub grows_movable: u64,
    /// By node.
    pub nodes: Vec<NodeSumsModel>,
}

/// The memory of a node, in bytes.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct NodeSumsModel {
    /// The node.
    pub node: u32,
    /// All of it.
    pub total: u64,
    /// What is in ZONE_MOVABLE.
    pub movable: u64,
}

impl From<(u32, u64, u64)> for NodeSumsModel {
    fn from((node, total, movable): (u32, u64, u64)) -> Self {
        NodeSumsModel { node, total, movable }
    }
}

/// A wish that is not met.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct UnmetModel {
    /// The wish.
    pub want: Foreign,
    /// What stands in the way.
    pub why: Foreign,
    /// The change that comes nearest.
    pub nearest: Foreign,
}
