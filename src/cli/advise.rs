//! `acpihp advise`: from a wish about memory to the steps.

use super::Exit;
use super::args::{BootArgs, DetailArgs, MachineArgs, OutputArgs};
use super::boot::{listed_samples, machine_options};
use super::map::{MapArgs, MapFormat};
use crate::app::advise::{self, ARCHIVE, AdviseRequest, TABLE};
use crate::report;
use crate::report::picture::svg;
use crate::sink;
use std::path::PathBuf;

/// Options of `acpihp advise`.
#[derive(Debug, clap::Args)]
pub(super) struct AdviseArgs {
    /// A wish, in the words of a policy: 'node 1 fully movable', 'movable at least 50%', 'kernel keeps at least 4G',
    /// 'range 8G-16G movable', 'can grow to 64G', 'can grow to 64G movable'
    #[arg(long, value_name = "WISH", required_unless_present = "policy")]
    pub want: Vec<String>,
    /// A file of wishes, a line each, as check --policy takes it
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub policy: Option<PathBuf>,
    /// Write the changed SRAT and the archive of it into a folder
    #[arg(short, long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub machine: MachineArgs,
    #[command(flatten)]
    pub boot: BootArgs,
    #[command(flatten)]
    pub map: MapArgs,
    #[command(flatten)]
    pub format: OutputArgs<MapFormat>,
    /// How much is printed.
    #[command(flatten)]
    pub detail: DetailArgs,
}

pub(super) fn run(args: &AdviseArgs) -> anyhow::Result<Exit> {
    let format = args.format.format();
    if listed_samples(&args.machine.tree, format.or_text())? {
        return Ok(Exit::Fine);
    }
    let detail = args.detail.of(format == MapFormat::Text)?;
    let request = AdviseRequest {
        machine: args.machine.request(),
        boot: args.boot.request()?,
        wants: args.want.clone(),
        policy: args.policy.clone(),
        output: args.output.clone(),
        options: machine_options(&args.machine, &args.boot.kernel),
    };
    let busy = sink::Busy::new("predicting boots");
    let advice = advise::run(&request)?;
    drop(busy);
    let maps = format.drawn(advice.view.maps.as_deref(), "the change cannot be made")?;
    for text in &advice.passed_over {
        sink::note(&format_args!("passed over, as it is not about memory: {text}"));
    }
    if let (Some(folder), Some((table, archive))) = (&args.output, &advice.files) {
        let folder = sink::Folder::make(folder)?;
        folder.file(TABLE, |out| out.write_all(table))?;
        folder.file(ARCHIVE, |out| out.write_all(archive))?;
    }
    sink::stdout(|out| match (format, maps) {
        (MapFormat::Json, _) => report::json(out, &advice.view),
        (_, Some([before, _])) if advice.view.nothing_to_do => svg::write(out, before),
        (_, Some([before, after])) => svg::pair(out, [("before", before), ("after", after)]),
        (_, None) => report::advise::write(out, &advice.view, args.map.look(), detail),
    })?;
    Ok(if advice.view.met { Exit::Fine } else { Exit::Findings })
}
