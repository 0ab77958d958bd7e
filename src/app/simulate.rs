//! Step by step, which tables end up installed, and why. What `acpihp simulate` shows.

use super::boot::{BootRequest, Prepared};
use super::compare::{Contender, ReadMachine};
use super::machine::MachineRequest;
use crate::boot::derived::compare::{self, Side};
use crate::boot::derived::orders;
use crate::boot::{self, NextBoot, Outcome, derived::findings, derived::table_findings};
use crate::check::archive;
use crate::check::boot::{files, open_order};
use crate::finding::registry::image;
use crate::finding::{Finding, Severity};
use crate::report::model::simulate::{ComparisonModel, Run, Simulation};
use crate::source::SourceError;
use crate::source::machine::MapSource;

/// The simulation that is wanted.
#[derive(Debug, Clone, Default)]
pub struct SimulateRequest {
    /// Where the machine is read: this one, or files that stand for one.
    pub machine: MachineRequest,
    /// What its next boot is made of: kernel, command line, initrd.
    pub boot: BootRequest,
    /// Two boots side by side.
    pub compare: Option<[Contender; 2]>,
}

/// Simulates the boot.
///
/// # Errors
/// As [`Prepared::read`]; [`SourceError`] where there are no tables at all.
pub fn run(request: &SimulateRequest) -> anyhow::Result<Simulation> {
    let read = ReadMachine::read(&request.machine)?;
    let inputs = read.boot(&request.boot)?;
    let machine = inputs.machine();
    if machine.firmware.tables.is_empty() && !inputs.has_initrd() {
        let what = "no tables in sys/firmware/acpi/tables, and no initrd or --override with any";
        return Err(SourceError::Empty { path: inputs.place(), what: what.into() }.into());
    }
    let next = inputs.next();
    let outcome = boot::predict(machine, &next);
    let orders = orders::of(machine, &next);
    let mut findings = all_findings(&inputs, &outcome, &next);
    findings.extend(orders.iter().map(open_order));
    let mut simulation = Simulation::of(machine, &outcome, &next, &orders, &findings);
    if let Some(two) = &request.compare {
        simulation.comparison = Some(comparison(&read, &inputs, two)?);
    }
    simulation.about = inputs.sources.clone().into();
    inputs.intact()?;
    Ok(simulation)
}

/// What is to be said of a boot's tables: of the installation itself, of what the kernel does not see of the initrd, and of
/// files that are not what they are meant to be.
fn all_findings(inputs: &Prepared, outcome: &Outcome<'_>, next: &NextBoot<'_>) -> Vec<Finding> {
    let machine = inputs.machine();
    let mut all = deaths(inputs, outcome, next);
    // Which tables Linux uses is the same on every architecture.
    all.extend(inputs.not_modelled().map(|(_, finding)| Finding { severity: Severity::Info, ..finding }));
    all.extend(table_findings::of(machine, outcome, next));
    if let Some(initrd) = next.initrd() {
        all.extend(archive::reachable(&"initrd".into(), initrd, next.release()));
    }
    let told = |finding: &Finding| all.iter().any(|known| known.rule == finding.rule);
    let found: Vec<Finding> =
        files::findings(machine, outcome, next).into_iter().filter(|finding| !told(finding)).collect();
    all.extend(found);
    all.extend(inputs.table_findings());
    // Of the kernel's configuration, what is not about tables is for plan to tell.
    let about_memory = [&image::NO_HOTPLUG, &image::NO_HOTREMOVE];
    let is_about_memory = |finding: &Finding| about_memory.contains(&finding.rule);
    all.extend(inputs.kernel_findings(outcome).into_iter().filter(|finding| !is_about_memory(finding)));
    all
}

/// What kills the boot before anyone sees the tables: an SRAT with a hole, say.
fn deaths(inputs: &Prepared, outcome: &Outcome<'_>, next: &NextBoot<'_>) -> Vec<Finding> {
    if inputs.recorded.map_source == MapSource::None || !inputs.machine().platform.is_modelled() {
        return Vec::new();
    }
    findings::fatal(inputs.machine(), outcome, next)
}

fn comparison(
    read: &ReadMachine,
    own: &Prepared,
    [a, b]: &[Contender; 2],
) -> anyhow::Result<ComparisonModel> {
    let (first, second) = (read.contender(a, own)?, read.contender(b, own)?);
    let (one, other) = (first.next(), second.next());
    let of_a = boot::predict(first.machine(), &one);
    let of_b = boot::predict(second.machine(), &other);
    let sides = (Side { next: &one, outcome: &of_a }, Side { next: &other, outcome: &of_b });
    let found = compare::compare(first.machine(), sides.0, sides.1);
    first.intact()?;
    second.intact()?;
    let runs = [Run::of(first.machine(), &of_a, &one), Run::of(second.machine(), &of_b, &other)];
    Ok(ComparisonModel::of(runs, [a.name.clone(), b.name.clone()], found))
}
