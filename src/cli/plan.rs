//! `acpihp plan`: which memory goes to which node and zone, and why.

use super::args::{BootArgs, DetailArgs, MachineArgs};
use super::boot::{listed_samples, options};
use super::map::{MapFormat, MapOutput};
use super::{Exit, UsageError, scenario};
use crate::app::plan::{self, PlanRequest};
use crate::app::range::Given;
use crate::boot::running::hotadd::Home;
use crate::bytes::escape;
use crate::report::model::plan::compared::ComparedModel;
use crate::report::picture::{Picture, svg};
use crate::report::{self, plan::Parts, text::Detail};

/// Options of `acpihp plan`.
#[derive(Debug, clap::Args)]
#[command(mut_arg("quiet", |arg| arg.conflicts_with_all(["early", "blocks", "hot_add", "numa", "map"])))]
pub(super) struct PlanArgs {
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
    /// Show this boot beside one with OPTIONS, such as '--append movable_node --kernel 6.12'; or A,B, two kernels
    #[arg(long, value_name = "OPTIONS", allow_hyphen_values = true, conflicts_with_all = ["early", "blocks", "hot_add", "numa"])]
    pub compare: Option<String>,
    /// Say what becomes of memory that is added later, in this order; END exclusive, both multiples of the block size
    #[arg(long, value_name = "START-END[@NODE|@pxm=N]")]
    pub hot_add: Vec<String>,
    #[command(flatten)]
    pub machine: MachineArgs,
    #[command(flatten)]
    pub boot: BootArgs,
    #[command(flatten)]
    pub output: MapOutput,
    /// How much is printed.
    #[command(flatten)]
    pub detail: DetailArgs,
}

pub(super) fn run(args: &PlanArgs) -> anyhow::Result<Exit> {
    let format = args.output.format()?;
    if listed_samples(&args.machine.tree, format.or_text())? {
        return Ok(Exit::Fine);
    }
    let compare = args.compare.as_deref().map(|text| scenario::two("--compare", text, &args.boot));
    let request = PlanRequest {
        compare: compare.transpose()?,
        machine: args.machine.request(),
        boot: args.boot.request()?,
        early: args.early,
        options: options(&args.machine, &args.boot.kernel, &args.boot.line),
        devices: args.hot_add.iter().map(|text| device(text)).collect::<Result<_, _>>()?,
    };
    let parts = parts(args, args.detail.of(format == MapFormat::Text)?);
    let plan = plan::run(&request)?;
    args.output.write(|out| match format {
        MapFormat::Json => report::json(out, &plan),
        MapFormat::Svg => match &plan.comparison {
            Some(ComparedModel { maps: [a, b], .. }) => svg::pair(out, [("A", a), ("B", b)]),
            None => svg::write(out, &Picture::of(&plan)),
        },
        MapFormat::Text => match &plan.comparison {
            Some(compared) => report::compared::write(out, compared, parts.picture, parts.detail),
            None => report::plan::write(out, &plan, parts),
        },
    })?;
    let compared = plan.comparison.as_ref();
    let is_predicted = compared.map_or(plan.predicted, |two| two.a.predicted && two.b.predicted);
    Ok(if is_predicted { Exit::Fine } else { Exit::Findings })
}

/// The parts of the text that are asked for.
fn parts(args: &PlanArgs, detail: Detail) -> Parts {
    let others = args.early || args.blocks || !args.hot_add.is_empty();
    let zones = args.numa || !(others || args.map);
    let picture = args.map || (zones && args.output.is_seen());
    Parts { picture: picture.then(|| args.output.look()), zones, blocks: args.blocks, detail }
}

/// `START-END`, `START-END@NODE` or `START-END@pxm=N`.
fn device(text: &str) -> Result<(Given, Home), UsageError> {
    let (range, home) = text.split_once('@').map_or((text, None), |(range, home)| (range, Some(home)));
    let number = |digits: &str| {
        let number = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten();
        let text = escape(text.as_bytes());
        number
            .ok_or_else(|| UsageError(format!("--hot-add {text}: expected @NODE or @pxm=N after the range")))
    };
    let home = match home.map(|home| (home, home.strip_prefix("pxm="))) {
        None => Home::Unknown,
        Some((_, Some(pxm))) => Home::Pxm(number(pxm)?),
        Some((node, None)) => Home::Node(number(node)?),
    };
    Ok((Given::parse("--hot-add", range)?, home))
}
