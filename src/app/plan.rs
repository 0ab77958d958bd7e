//! Which memory goes to which node and zone, and why. What `acpihp plan` shows.

use super::boot::{BootRequest, Prepared};
use super::compare::{Contender, ReadMachine};
use super::machine::MachineRequest;
use super::range::Given;
use super::{log, map, present};
use crate::boot::derived::early;
use crate::boot::running::hotadd::{Device, Home};
use crate::check::boot::settle;
use crate::finding::Finding;
use crate::finding::registry::boot as rule;
use crate::foreign::Foreign;
use crate::memory::arch::Platform;
use crate::report::model::early::EarlyModel;
use crate::report::model::plan::Plan;
use crate::report::model::plan::compared::ComparedModel;
use crate::report::model::plan::next::NextModel;
use crate::source::SourceError;

/// The plan that is wanted.
#[derive(Debug, Clone, Default)]
pub struct PlanRequest {
    /// Where the machine is read: this one, or files that stand for one.
    pub machine: MachineRequest,
    /// What its next boot is made of: kernel, command line, initrd.
    pub boot: BootRequest,
    /// Whether to say what memory is reserved before the SRAT is known.
    pub early: bool,
    /// Memory that is added later, one device after the other.
    pub devices: Vec<(Given, Home)>,
    /// The words of the command line that name machine and boot, for commands to paste.
    pub options: Vec<Foreign>,
    /// Two boots side by side.
    pub compare: Option<[Contender; 2]>,
}

/// Makes the plan.
///
/// # Errors
/// As [`Prepared::read`]; [`SourceError`] for a machine without a memory map, [`super::UsageError`] for devices outside of its
/// address space.
pub fn run(request: &PlanRequest) -> anyhow::Result<Plan> {
    let Some(two) = &request.compare else {
        return of(&Prepared::read(&request.machine, &request.boot)?, request);
    };
    let read = ReadMachine::read(&request.machine)?;
    let own = read.boot(&request.boot)?;
    let mut plan = of(&own, request)?;
    let side = |one: &Contender| -> anyhow::Result<_> {
        let request = PlanRequest { boot: one.boot.clone(), compare: None, ..request.clone() };
        Ok((one.name.clone(), of(&read.contender(one, &own)?, &request)?))
    };
    let [a, b] = two;
    let sides = [side(a)?, side(b)?];
    plan.comparison = Some(ComparedModel::of(&sides));
    Ok(plan)
}

/// The same of inputs that were read already.
pub(super) fn of(inputs: &Prepared, request: &PlanRequest) -> anyhow::Result<Plan> {
    if let Some((platform, finding)) = inputs.not_modelled() {
        return not_modelled(inputs, platform, finding);
    }
    if let Some(what) = map::missing(inputs) {
        return present_alone(inputs, &what);
    }
    let device = |(given, home): &(Given, Home)| {
        given.within(inputs.recorded.space, None).map(|range| Device { range: range.clone(), home: *home })
    };
    let devices = request.devices.iter().map(device).collect::<Result<Vec<_>, _>>()?;
    let next = inputs.next();
    let mut settled = settle(inputs.machine(), &next, &inputs.assumed(), &devices);
    settled.findings.extend(inputs.findings(&settled.outcome));
    let agreement = inputs.agreement(&settled.outcome);
    settled.findings.extend(agreement.iter().flat_map(log::differences));
    let mut plan = Plan::of(&settled, &next);
    plan.log = agreement;
    plan.early = request.early.then(|| {
        let early = early::view(inputs.machine(), &next, &settled.outcome);
        EarlyModel::of(&early, inputs.recorded.memblock(), &settled.outcome)
    });
    plan.about = inputs.sources.clone().into();
    plan.next_steps = NextModel::of(&plan, &request.options);
    inputs.intact()?;
    Ok(plan)
}

/// What a machine without a memory map shows of itself.
fn present_alone(inputs: &Prepared, what: &str) -> anyhow::Result<Plan> {
    let next = inputs.next();
    let mut settled = settle(inputs.machine(), &next, &inputs.assumed(), &[]);
    let Some((present, differences)) = present::of(inputs, &settled.outcome) else {
        return Err(SourceError::Empty { path: inputs.place(), what: what.into() }.into());
    };
    let first = what.split_once(": ").map_or(what, |(_, rest)| rest);
    settled.findings = vec![Finding::new(&rule::NO_MAP, "memory map", first.to_owned())];
    settled.findings.extend(differences);
    settled.findings.extend(inputs.table_findings());
    let mut plan = Plan::not_predicted("there is no memory map".to_owned(), &settled, &next);
    plan.present = Some(present);
    plan.about = inputs.sources.clone().into();
    inputs.intact()?;
    Ok(plan)
}

/// What holds of a machine whose boot is not modelled.
fn not_modelled(inputs: &Prepared, platform: Platform, finding: Finding) -> anyhow::Result<Plan> {
    let next = inputs.next();
    let mut settled = settle(inputs.machine(), &next, &inputs.assumed(), &[]);
    settled.findings = vec![finding];
    settled.findings.extend(inputs.table_findings());
    let (present, differences) = present::of(inputs, &settled.outcome).unzip();
    settled.findings.extend(differences.unwrap_or_default());
    let mut plan = Plan::not_modelled(platform, &settled, &next);
    plan.present = present;
    plan.about = inputs.sources.clone().into();
    inputs.intact()?;
    Ok(plan)
}
