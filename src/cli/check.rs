//! `acpihp check`: will Linux accept tables, archives and initrds, and are they right?

use super::args::{DetailArgs, Format, KernelArgs, LineArgs, MachineArgs};
use super::boot::listed_samples;
use super::explain::rule;
use super::{Exit, UsageError, settings};
use crate::app::check::{CheckRequest, matrix};
use crate::app::kernel;
use crate::check::waiver::Day;
use crate::finding::registry::input::UNREADABLE;
use crate::finding::{Judge, Severity};
use crate::report::{self, annotate, junit};
use crate::sink;
use clap::ValueEnum;
use std::io::Write;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

/// Options of `acpihp check`.
#[derive(Debug, clap::Args)]
pub(super) struct CheckArgs {
    /// Tables, folders, dumps, override archives, initrds, kernels and unified kernel images, recognised by content; - is
    /// standard input [default: the tables of the machine]
    #[arg(value_name = "PATH", required_unless_present_any = ["sysroot", "from", "sample"], value_hint = clap::ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,
    /// Take the tables for overrides of a second machine's: a root, a folder or a dump [default: the machine, where one is
    /// named]
    #[arg(long, value_name = "PATH", value_hint = clap::ValueHint::AnyPath)]
    pub against: Option<PathBuf>,
    /// The kernel whose rules apply; several with commas between make a table of what differs.
    #[command(flatten)]
    pub kernel: KernelArgs,
    /// Exit with 1 if there is a finding of this severity or above
    #[arg(long, value_name = "SEVERITY", value_enum, default_value_t)]
    pub fail_on: FailOn,
    /// Leave findings with this code out
    #[arg(long, value_name = "CODE")]
    pub allow: Vec<String>,
    /// Who judges how much a finding matters: the specification, or Linux, for which what it never looks at is an info only
    #[arg(long, value_name = "JUDGE", value_enum, default_value_t)]
    pub judge: JudgeName,
    /// The machine; a log alone says the order of the paths' tables.
    #[command(flatten)]
    pub machine: MachineArgs,
    #[command(flatten)]
    pub policy: PolicyArgs,
    /// How to print the findings
    #[arg(
        long,
        value_name = "FORMAT",
        value_enum,
        default_value_t,
        hide_default_value = true,
        help_heading = "Output"
    )]
    pub format: CheckFormat,
    /// Short for --format json
    #[arg(short = 'J', long = "json", conflicts_with = "format", help_heading = "Output")]
    pub json: bool,
    /// How much is printed.
    #[command(flatten)]
    pub detail: DetailArgs,
}

/// Options of waivers and policies.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Policy")]
#[command(mut_arg("cmdline", |arg| arg.requires("policy")), mut_arg("append", |arg| arg.requires("policy")))]
pub(super) struct PolicyArgs {
    /// Leave out the findings that this file waives, each with a reason and as long as it says
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub waivers: Option<PathBuf>,
    /// Report the assertions in this file that do not hold
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub policy: Option<PathBuf>,
    /// The command line of the boot that the policy is about.
    #[command(flatten)]
    pub line: LineArgs,
}

impl CheckArgs {
    /// Whether what is only worth knowing is wanted.
    fn shows_all(&self) -> bool {
        self.detail.verbose || self.fail_on == FailOn::Info
    }
}

/// From which severity on findings make the exit status 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum FailOn {
    /// Errors
    #[default]
    Error,
    /// Errors and warnings
    Warning,
    /// Any finding
    Info,
    /// No finding
    Never,
}

/// Who judges.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum JudgeName {
    /// What Linux does with it
    #[default]
    Linux,
    /// What ACPI and its companions demand
    Specification,
}

impl From<JudgeName> for Judge {
    fn from(name: JudgeName) -> Judge {
        match name {
            JudgeName::Linux => Judge::Linux,
            JudgeName::Specification => Judge::Specification,
        }
    }
}

/// How to print findings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum CheckFormat {
    /// For people; may change
    #[default]
    Text,
    /// For programs: the documented contract
    Json,
    /// SARIF 2.1.0, for code scanning services
    Sarif,
    /// Workflow commands, which GitHub Actions shows at the file
    Github,
    /// JUnit XML, which build servers show as tests
    Junit,
}

impl FailOn {
    fn is_reached(self, severity: Severity) -> bool {
        match self {
            FailOn::Error => severity >= Severity::Error,
            FailOn::Warning => severity >= Severity::Warning,
            FailOn::Info => true,
            FailOn::Never => false,
        }
    }
}

pub(super) fn run(args: &CheckArgs) -> anyhow::Result<Exit> {
    let has_detail = !args.json && matches!(args.format, CheckFormat::Text | CheckFormat::Github);
    let detail = args.detail.of(has_detail)?;
    if listed_samples(&args.machine.tree, Format::of(args.json || args.format == CheckFormat::Json))? {
        return Ok(Exit::Fine);
    }
    settings::standard_input_once(args.paths.iter().chain(&args.against).chain(args.machine.files()))?;
    let machine = args.machine.request();
    let allow = |code: &String| rule(code).map_err(|error| UsageError(format!("--allow: {error}")));
    let allowed = args.allow.iter().map(allow).collect::<Result<Vec<_>, _>>()?;
    let request = CheckRequest {
        paths: &args.paths,
        machine: &machine,
        against: args.against.as_deref(),
        kernel: None,
        config: args.kernel.config.as_deref(),
        rules_of: args.kernel.release.rules_of.as_deref(),
        judge: args.judge.into(),
        allow: &allowed,
        waivers: args.policy.waivers.as_deref(),
        policy: args.policy.policy.as_deref(),
        command_line: args.policy.line.line.cmdline.as_deref(),
        append: &args.policy.line.append,
        today: today()?,
    };
    let kernels = kernel::several(args.kernel.release.kernel.as_deref())?;
    let busy = sink::Busy::new("checking");
    let report = matrix::run(&request, &kernels)?;
    drop(busy);
    for text in &report.left_out {
        sink::note(&text.text());
    }
    let errors: Vec<_> = report.inputs.iter().filter_map(|input| input.error.as_ref()).collect();
    for error in &errors {
        let _ = writeln!(std::io::stderr(), "acpihp: {}", error.text());
    }
    sink::stdout(|out| match (args.json, args.format) {
        (true, _) | (_, CheckFormat::Json) => report::json(out, &report),
        (_, CheckFormat::Sarif) => annotate::sarif(out, &report),
        (_, CheckFormat::Github) => annotate::github(out, &report, args.shows_all()),
        (_, CheckFormat::Junit) => junit::write(out, &report, &|severity| args.fail_on.is_reached(severity)),
        (_, CheckFormat::Text) => report::check::text(out, &report, args.shows_all(), detail),
    })?;
    let failed = report.findings.iter().any(|finding| args.fail_on.is_reached(finding.severity));
    // What disagrees with itself was read.
    Ok(if report.findings.iter().any(|finding| *finding.rule == UNREADABLE) {
        Exit::Unreadable
    } else if failed {
        Exit::Findings
    } else {
        Exit::Fine
    })
}

/// Today in UTC; with SOURCE_DATE_EPOCH that day, so that a build can be repeated.
fn today() -> Result<Day, UsageError> {
    let now = match settings::source_date_epoch()? {
        Some(seconds) => u64::from(seconds),
        None => SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
    };
    Ok(Day::of_unix(now))
}
