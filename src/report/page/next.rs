//! What to do next: one sentence, and the command where there is one.

use super::chain::{ChainLink, broken};
use crate::finding::Severity;
use crate::foreign::Foreign;
use crate::report::model::plan::Plan;
use crate::report::model::{FindingModel, plan::next};

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextStep {
    /// What is in the way; empty where nothing is.
    pub obstacle: String,
    /// What to do.
    pub step: String,
    /// The command that does it, or that looks whether it helps.
    pub command: Option<String>,
}

/// The next step of a boot; `options` are the words that name machine and boot.
pub fn next(plan: &Plan, chain: &[ChainLink], options: &[Foreign]) -> NextStep {
    let fix = |finding: &FindingModel| finding.rule.fix().to_owned();
    if let Some(death) = plan.findings.iter().find(|finding| finding.is_death()) {
        return NextStep {
            obstacle: format!("The boot fails: {}.", death.message.text()),
            step: fix(death),
            command: Some(format!("acpihp explain {}", death.code)),
        };
    }
    let unsure = plan.outcomes.iter().find(|unknown| unknown.cases.iter().any(|case| case.loses_marks));
    let Some(link) = broken(chain) else {
        if let Some(unknown) = unsure {
            let name = unknown.what.name();
            return NextStep {
                obstacle: format!("Nothing, if the {name} does not come to lie on a marked node."),
                step: format!("To be sure of its place: {}.", unknown.fix),
                command: None,
            };
        }
        return NextStep {
            obstacle: String::new(),
            step: "All memory that is to be movable will be. After the boot, see whether it came true."
                .to_owned(),
            command: Some("sudo acpihp doctor".to_owned()),
        };
    };
    let obstacle = capitalised(&format!("{}.", link.says));
    let by_code = |codes: &[&str]| plan.findings.iter().find(|finding| codes.contains(&finding.code));
    let (step, command) = match link.name {
        "marks" => (
            "Mark a node as hot-pluggable, in a SRAT that replaces the firmware's.".to_owned(),
            next::marks(plan, options),
        ),
        "memblock" => (
            by_code(&["numa-marks-lost"]).map(fix).unwrap_or_default(),
            Some("acpihp explain numa-marks-lost".to_owned()),
        ),
        "zones" if plan.totals.lost_bytes > 0 && !plan.movable_node => (
            "Add movable_node to the kernel's command line.".to_owned(),
            Some(next::command("acpihp plan", options, "--append movable_node")),
        ),
        _ => match plan
            .findings
            .iter()
            .filter(|one| one.severity > Severity::Info)
            .max_by_key(|one| one.severity)
        {
            Some(finding) => (fix(finding), Some(format!("acpihp explain {}", finding.code))),
            None => (
                "See what the kernel makes of the archive, step by step.".to_owned(),
                Some(next::command("acpihp simulate", options, "")),
            ),
        },
    };
    NextStep { obstacle, step, command }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
