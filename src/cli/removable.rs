//! `acpihp removable`: what can go offline now, and what holds the rest.

use super::Exit;
use super::args::{DetailArgs, Format, MachineArgs, OutputArgs};
use super::boot::listed_samples;
use super::map;
use crate::app::range::Given;
use crate::app::removable::{self, RemovableRequest};
use crate::boot::running::removable::Answer;
use crate::report;
use crate::sink;

/// Options of `acpihp removable`.
#[derive(Debug, clap::Args)]
pub(super) struct RemovableArgs {
    /// Only the blocks of this node
    #[arg(long, value_name = "NODE")]
    pub node: Vec<u32>,
    /// Only these blocks, by the number that they have in /sys/devices/system/memory
    #[arg(long, value_name = "N|FIRST-LAST")]
    pub block: Vec<String>,
    /// Only the blocks that these addresses lie in; END exclusive
    #[arg(long, value_name = "START-END")]
    pub range: Vec<String>,
    /// Draw the blocks of each node as a strip on one scale; shown on a terminal anyway
    #[arg(long, help_heading = "Output")]
    pub map: bool,
    #[command(flatten)]
    pub machine: MachineArgs,
    #[command(flatten)]
    pub output: OutputArgs,
    /// How much is printed.
    #[command(flatten)]
    pub detail: DetailArgs,
}

pub(super) fn run(args: &RemovableArgs) -> anyhow::Result<Exit> {
    if listed_samples(&args.machine.tree, args.output.format())? {
        return Ok(Exit::Fine);
    }
    let detail = args.detail.of(args.output.format() == Format::Text)?;
    let range = |text: &String| Given::parse("--range", text);
    let request = RemovableRequest {
        machine: args.machine.request(),
        nodes: args.node.clone(),
        blocks: args.block.iter().map(|text| removable::block_numbers(text)).collect::<Result<_, _>>()?,
        ranges: args.range.iter().map(range).collect::<Result<_, _>>()?,
    };
    let mut progress = sink::Progress::new("memory blocks");
    let found = removable::look(&request, &mut |done, total| progress.at(done, total))?;
    progress.end();
    let view = found.view();
    sink::stdout(|out| match args.output.format() {
        Format::Json => report::json(out, &view),
        Format::Text => report::removable::write(out, &view, map::MapArgs { map: args.map }.look(), detail),
    })?;
    Ok(if found.is_chosen && found.answer() != Answer::Yes { Exit::Findings } else { Exit::Fine })
}
