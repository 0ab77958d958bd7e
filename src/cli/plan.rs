//! `acpihp plan`: which memory goes to which node and zone, and why.

use super::args::{BootArgs, MachineArgs};
use super::boot::listed_samples;
use super::map::{PlanFormat, PlanOutput};
use super::{Exit, UsageError, settings};
use crate::app::boot::Prepared;
use crate::app::files;
use crate::boot::running::hotadd::{Device, Home};
use crate::boot::{
    self, derived::early, derived::findings, derived::outcomes, derived::rows, derived::table_findings,
    running::windows,
};
use crate::bytes::escape;
use crate::finding::Severity;
use crate::memory::space::Space;
use crate::report::model::early::EarlyModel;
use crate::report::picture::{self, Picture};
use crate::report::text::Gap;
use crate::report::{self, model::plan::Plan};
use crate::source::{SourceError, machine::MapSource, root::Root};

/// Options of `acpihp plan`.
#[derive(Debug, clap::Args)]
pub struct PlanArgs {
    /// Show nodes and zones; the default, unless one of the next three is asked for
    #[arg(long)]
    pub numa: bool,
    /// Show what memory is reserved before the SRAT is known, in boot order
    #[arg(long)]
    pub early: bool,
    /// Show memory blocks: their zone, and whether they can go offline
    #[arg(long)]
    pub blocks: bool,
    /// Draw nodes as bars on one scale, with what blocks them; plan begins with it on a terminal
    #[arg(long)]
    pub map: bool,
    /// Say what becomes of memory that is added later, in this order; END exclusive, both multiples of the block size
    #[arg(long, value_name = "START-END[@NODE|@pxm=N]")]
    pub hot_add: Vec<String>,
    /// The machine.
    #[command(flatten)]
    pub machine: MachineArgs,
    /// The boot.
    #[command(flatten)]
    pub boot: BootArgs,
    /// The output.
    #[command(flatten)]
    pub output: PlanOutput,
}

/// Runs the subcommand.
pub fn run(args: &PlanArgs) -> anyhow::Result<Exit> {
    if listed_samples(&args.machine)? {
        return Ok(Exit::Fine);
    }
    let format = args.output.format()?;
    let inputs = Prepared::read(&args.machine.request(), &args.boot.request()?)?;
    if inputs.recorded.map_source == MapSource::None {
        let what = match (&inputs.root, args.boot.dmesg.is_some()) {
            (Root::Nothing, true) => {
                "no memory map in the log that was given, and nothing else is known of this machine; a capture \
                                      of it has one (--sysroot), and --sysroot / says that it is the running machine"
            }
            (Root::Nothing, false) => {
                "no memory map: the tables are of another machine than the running one; its log (--dmesg) or a \
                                       capture of it (--sysroot) has one, and --sysroot / says that it is the running machine"
            }
            (_, true) => {
                "no memory map: neither sys/kernel/boot_params/data nor sys/firmware/memmap is there, and the log has none"
            }
            (_, false) => {
                "no memory map: neither sys/kernel/boot_params/data nor sys/firmware/memmap nor a kernel log (--dmesg)"
            }
        };
        return Err(SourceError::Empty { path: inputs.root.path(""), what: what.to_owned() }.into());
    }
    let next = inputs.next();
    let outcome = boot::predict(inputs.machine(), &next);
    let early = args.early.then(|| early::view(inputs.machine(), &next, &outcome));
    let devices =
        args.hot_add.iter().map(|text| device(text, inputs.recorded.space)).collect::<Result<Vec<_>, _>>()?;
    let later = windows::later(&outcome, inputs.machine(), &next, &devices);
    let rows = rows::rows(&outcome, &next);
    let mut findings = findings::of(inputs.machine(), &outcome, &next, &rows);
    // Of the tables, what costs an override its effect.
    let of_tables = table_findings::of(inputs.machine(), &outcome, &next);
    findings.extend(of_tables.into_iter().filter(|finding| finding.severity == Severity::Error));
    let of_files = files::findings(inputs.machine(), &outcome, &next);
    findings.extend(of_files.into_iter().filter(|finding| finding.severity >= Severity::Warning));
    let unknowns = outcomes::of(inputs.machine(), &next, &outcome, inputs.sure());
    findings.extend(inputs.findings(&outcome, &unknowns));
    inputs.intact()?;
    let mut plan = Plan::of(&outcome, &next, &rows, &findings).with_later(&later).with_unknowns(&unknowns);
    plan.about = inputs.sources.clone().into();
    match format {
        PlanFormat::Json => {
            plan.early =
                early.as_ref().map(|early| EarlyModel::of(early, &inputs.recorded.memblock, &outcome));
            args.output.write(|out| report::json(out, &plan))?;
        }
        PlanFormat::Svg => args.output.write(|out| picture::svg::write(out, &Picture::of(&plan)))?,
        PlanFormat::Text => args.output.write(|out| {
            let others = args.early || args.blocks || !devices.is_empty();
            let zones = args.numa || !(others || args.map);
            let mut gap = Gap::default();
            if args.map || (zones && args.output.is_seen()) {
                gap.before_next(out)?;
                picture::text::write(out, &Picture::of(&plan), args.output.look())?;
            }
            if zones {
                gap.before_next(out)?;
                report::plan::write(out, &plan, &outcome, &next, &rows, &findings, &unknowns)?;
            } else if !args.map {
                report::plan::failure(out, &findings, &mut gap)?;
            }
            if let Some(early) = &early {
                gap.before_next(out)?;
                report::early::write(out, early, &inputs.recorded.memblock, &outcome)?;
            }
            if args.blocks {
                gap.before_next(out)?;
                report::blocks::blocks(out, &outcome)?;
            }
            if args.blocks || !devices.is_empty() {
                report::blocks::later(out, &later, &mut gap)?;
            }
            Ok(())
        })?,
    }
    Ok(Exit::Fine)
}

/// `START-END`, `START-END@NODE` or `START-END@pxm=N`.
fn device(text: &str, space: Space) -> Result<Device, UsageError> {
    let (range, home) = text.split_once('@').map_or((text, None), |(range, home)| (range, Some(home)));
    let number = |digits: &str| {
        let number = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten();
        let text = escape(text.as_bytes());
        number
            .ok_or_else(|| UsageError(format!("--hot-add {text}: expected @NODE or @pxm=N behind the range")))
    };
    let home = match home.map(|home| (home, home.strip_prefix("pxm="))) {
        None => Home::Unknown,
        Some((_, Some(pxm))) => Home::Pxm(number(pxm)?),
        Some((node, None)) => Home::Node(number(node)?),
    };
    Ok(Device { range: settings::memory("--hot-add", range, space, None)?, home })
}
