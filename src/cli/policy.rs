//! Waivers and policies of `acpihp check`: their files, today's date, and what they are held against.

use super::{UsageError, settings};
use crate::app::boot::{BootRequest, Prepared};
use crate::boot;
use crate::boot::kernel::Kernel;
use crate::boot::upgrade::Examined;
use crate::boot::zones::{NodeZone, Zone};
use crate::check::lines::LineError;
use crate::check::policy::{self, Assertion, Facts, File, NodeMemory};
use crate::check::waiver::{self, Day, Waiver};
use crate::memory::PAGE_SIZE;
use crate::report::check::{ArchiveFile, Input, Kind, Report};
use crate::source::machine::MapSource;
use crate::source::root::Root;
use crate::source::{display, file};
use crate::table::Signature;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// More than anybody writes by hand.
const LIMIT: u64 = 1 << 20;

/// Options of waivers and policies.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Policy")]
pub struct PolicyArgs {
    /// Leave out the findings that this file waives, each with a reason and as long as it says
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub waivers: Option<PathBuf>,
    /// Find what does not hold of the assertions in this file
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub policy: Option<PathBuf>,
    /// Kernel command line of the boot that the policy is about [default: that of --against]
    #[arg(long, value_name = "TEXT", requires = "policy", allow_hyphen_values = true)]
    pub cmdline: Option<String>,
}

/// What was read of the files.
#[derive(Debug, Default)]
pub struct Policy {
    waivers: Option<(String, Vec<Waiver>)>,
    policy: Option<(String, Vec<Assertion>)>,
    cmdline: Option<String>,
}

impl Policy {
    /// Reads the files that the options name.
    ///
    /// # Errors
    /// [`crate::source::SourceError`] for a file that cannot be read; [`UsageError`] for one with a line that says nothing.
    pub fn read(args: &PolicyArgs) -> anyhow::Result<Policy> {
        Ok(Policy {
            waivers: args.waivers.as_deref().map(|path| lines(path, waiver::parse)).transpose()?,
            policy: args.policy.as_deref().map(|path| lines(path, policy::parse)).transpose()?,
            cmdline: args.cmdline.clone(),
        })
    }

    /// Adds what does not hold of the policy, and takes out what is waived. `paths` are those of the report's inputs.
    ///
    /// # Errors
    /// As [`Prepared::read`], when the policy is about nodes.
    pub fn apply(&self, report: &mut Report, paths: &[&Path], options: &Options<'_>) -> anyhow::Result<()> {
        if let Some((name, assertions)) = &self.policy {
            let mut facts = Facts { files: files(report), nodes: None };
            if assertions.iter().any(|assertion| assertion.claim.is_about_nodes()) {
                facts.nodes = self.nodes(report, paths, options)?;
            }
            let findings = policy::check(assertions, name, &facts);
            let kind = Kind::Policy(assertions.len());
            report.inputs.push(Input { path: name.clone(), kind, findings });
        }
        if let Some((name, waivers)) = &self.waivers {
            let applied = waiver::apply(waivers, name, today()?, report.findings());
            report.waived = applied.waived.iter().filter(|waived| **waived).count();
            let mut waived = applied.waived.into_iter();
            for input in &mut report.inputs {
                input.findings.retain(|_| waived.next() != Some(true));
            }
            let kind = Kind::Waivers(waivers.len());
            report.inputs.push(Input { path: name.clone(), kind, findings: applied.about });
        }
        Ok(())
    }

    /// The nodes that a boot with the checked tables makes; `None` when no memory map tells.
    fn nodes(
        &self,
        report: &Report,
        paths: &[&Path],
        options: &Options<'_>,
    ) -> anyhow::Result<Option<Vec<NodeMemory>>> {
        // What is no root has tables and no memory map.
        let Some(root) = options.against.clone() else { return Ok(None) };
        let mut boot = BootRequest {
            chosen: Some(options.kernel.clone()),
            command_line: self.cmdline.clone(),
            ..BootRequest::default()
        };
        let of = |wanted: fn(&Kind) -> bool| -> Vec<PathBuf> {
            let inputs = report.inputs.iter().zip(paths);
            inputs.filter(|(input, _)| wanted(&input.kind)).map(|(_, path)| path.to_path_buf()).collect()
        };
        // An image's own kernel is the one that boots with it, unless another was asked for.
        if options.asked.is_none()
            && report.inputs.iter().any(|input| matches!(input.kind, Kind::Image { .. }))
        {
            boot.chosen = None;
        }
        match of(|kind| matches!(kind, Kind::Archive(_) | Kind::Image { .. })).as_slice() {
            [] => boot.override_tables = of(|kind| matches!(kind, Kind::Table { .. })),
            [archive] => boot.initrd = Some(archive.clone()),
            [_, more, ..] => {
                let text = format!("{}: a policy about nodes is about one archive", display(more));
                return Err(UsageError(text).into());
            }
        }
        let inputs = Prepared::of(root, None, &boot)?;
        if inputs.recorded.map_source == MapSource::None {
            return Ok(None);
        }
        let outcome = boot::predict(inputs.machine(), &inputs.next());
        inputs.intact()?;
        let nodes = outcome.zones.nodes.iter().map(|(node, zones)| {
            let bytes = |zone: &&NodeZone| zone.present_pages.saturating_mul(PAGE_SIZE);
            let total = zones.zones.iter().map(|zone| bytes(&zone)).sum();
            let movable = zones.zones.iter().filter(|zone| zone.zone == Zone::Movable);
            NodeMemory { node: *node, total, movable: movable.map(|zone| bytes(&zone)).sum() }
        });
        Ok(Some(nodes.collect()))
    }
}

/// What of the other options counts here.
#[derive(Debug, Clone)]
pub struct Options<'a> {
    /// The root of `--against`, if that is one.
    pub against: Option<Root>,
    /// The kernel that the findings are about too.
    pub kernel: &'a Kernel,
    /// `--kernel`.
    pub asked: Option<&'a Path>,
}

/// A file of lines with its name, safe to print.
fn lines<T>(path: &Path, parse: fn(&str) -> Result<T, LineError>) -> anyhow::Result<(String, T)> {
    let bytes = file::read(path, LIMIT, "lines of text")?;
    let name = display(path);
    let text = str::from_utf8(&bytes).map_err(|error| {
        UsageError(format!("{name}: byte {}: expected text in UTF-8", error.valid_up_to()))
    })?;
    let lines = parse(text).map_err(|error| UsageError(format!("{name}: {error}")))?;
    Ok((name, lines))
}

/// Today in UTC; with SOURCE_DATE_EPOCH that day, so that a build can be repeated.
fn today() -> Result<Day, UsageError> {
    let now = match settings::source_date_epoch()? {
        Some(seconds) => u64::from(seconds),
        None => SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
    };
    Ok(Day::of_unix(now))
}

/// The files that a policy is about: those of archives, and tables in files of their own.
fn files(report: &Report) -> Vec<File> {
    let mut files = Vec::new();
    for input in &report.inputs {
        match &input.kind {
            Kind::Table { signature, accepted, becomes, .. } => files.push(File {
                name: input.path.clone(),
                signature: four(signature),
                accepted: *accepted,
                outcome: becomes.as_ref().map(|becomes| becomes.outcome),
            }),
            Kind::Archive(all) => files.extend(all.iter().map(in_archive)),
            // What the stub hands over without a choice of profile.
            Kind::Image { initrds, .. } => {
                files.extend(
                    initrds.first().into_iter().flat_map(|initrd| initrd.files.iter().map(in_archive)),
                );
            }
            Kind::Tables(_) | Kind::Kernel { .. } | Kind::Policy(_) | Kind::Waivers(_) => {}
        }
    }
    files
}

fn in_archive(file: &ArchiveFile) -> File {
    File {
        name: file.path.clone(),
        signature: file.signature.as_deref().and_then(four),
        accepted: file.outcome == Examined::Accepted,
        outcome: file.becomes.as_ref().map(|becomes| becomes.outcome),
    }
}

fn four(signature: &str) -> Option<Signature> {
    signature.as_bytes().try_into().ok().map(Signature)
}
