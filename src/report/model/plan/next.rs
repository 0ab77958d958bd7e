//! What to do next, in the JSON of `acpihp plan` and `acpihp edit`.

use super::{NodeModel, Plan};
use crate::foreign::Foreign;
use crate::report::model::sources::SourceKind;
use serde::Serialize;

/// A step that makes memory movable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct NextModel {
    /// What is missing, in words.
    pub why: String,
    /// The command that shows what the step does; null where an option of the same command does.
    pub command: Option<String>,
}

impl NextModel {
    /// What is missing of the boot of a plan so that memory becomes movable; nothing where some does, or where it fails.
    /// `options` are the words that name machine and boot.
    pub fn of(plan: &Plan, options: &[Foreign]) -> Vec<NextModel> {
        let dies = plan.findings.iter().any(|finding| finding.is_death());
        let is_marked = plan.ranges.iter().any(|range| range.hotpluggable);
        let asks = plan.command_line.raw_text().split_ascii_whitespace().any(|word| word == "movable_node");
        if !plan.predicted || dies || plan.numa.reason.is_some() || plan.totals.movable_bytes > 0 {
            return Vec::new();
        }
        let step = match (is_marked, asks) {
            (false, true) if plan.movable_node => {
                // A log shows its machine's table in part.
                let tables = plan.about.sources.tables.as_ref();
                let is_log = tables.is_some_and(|tables| tables.kind == SourceKind::Log);
                let (options, place) =
                    if is_log { (&[][..], "; on the machine itself") } else { (options, "") };
                let why = "movable_node is given, and the SRAT marks no memory hot-pluggable";
                marks(plan, options)
                    .map(|command| NextModel { why: why.to_owned() + place, command: Some(command) })
            }
            (true, false) => Some(NextModel {
                why: "memory is marked hot-pluggable, and movable_node is not on the command line".to_owned(),
                command: Some(command("acpihp plan", options, "--append movable_node")),
            }),
            _ => None,
        };
        step.into_iter().collect()
    }

    /// The same of a boot with a table that is being changed: to look at it again the same command has an option more.
    pub fn of_change(plan: &Plan) -> Vec<NextModel> {
        let lacks_option = |step: &NextModel| step.command.is_some() && plan.totals.lost_bytes > 0;
        let steps = NextModel::of(plan, &[]).into_iter().filter(lacks_option);
        let why = |step: NextModel| format!("{}: add it (here: --append movable_node)", step.why);
        steps.map(|step| NextModel { why: why(step), command: None }).collect()
    }
}

/// The command that marks the node that is best to free: the largest one that does not hold the first MiB, the last of several.
pub fn marks(plan: &Plan, options: &[Foreign]) -> Option<String> {
    let is_free = |node: &&NodeModel| node.start >= 1 << 20 && node.totals.total_bytes > 0;
    let node = plan.nodes.iter().filter(is_free).max_by_key(|node| (node.totals.total_bytes, node.node))?;
    let edit = format!("acpihp edit SRAT --hotplug node={}", node.node);
    Some(command(&edit, options, "--plan --override-to acpi.img"))
}

/// A command for a shell.
pub fn command(first: &str, options: &[Foreign], last: &str) -> String {
    let options = options.iter().map(Foreign::shell);
    let words = std::iter::once(first.to_owned()).chain(options).chain([last.to_owned()]);
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}
