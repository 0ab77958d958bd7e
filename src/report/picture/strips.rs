//! The strips of memory blocks of a machine that runs, as they are below the bars of a plan: what can go offline now.

use super::lane::Lane;
use super::scale::axes;
use super::text::{BAR, LIMITS, Look, address, answers, block_cells, in_a_row};
use super::{State, lane::Span};
use crate::boot::running::removable::Answer;
use crate::bytes::size;
use crate::report::ink::Ink;
use crate::report::model::removable::{BlockModel, NodeModel, RemovableModel};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Writes a strip for each node, all on one scale, and what the signs mean.
///
/// # Errors
/// What `out` says.
pub fn write(out: &mut dyn Write, view: &RemovableModel, look: Look) -> io::Result<()> {
    // Blocks without a node come last.
    let mut of_node: BTreeMap<(bool, Option<u32>), Vec<&BlockModel>> = BTreeMap::new();
    for run in &view.blocks {
        of_node.entry((run.node.is_none(), run.node)).or_default().push(run);
    }
    let lanes: Vec<Lane> = of_node.iter().map(|((_, node), runs)| lane(*node, runs)).collect();
    let axes = axes(&lanes, LIMITS);
    let name = lanes.iter().map(|lane| lane.name().len()).max().unwrap_or(0);
    let wide = lanes.iter().map(|lane| size(lane.totals.total_bytes).len()).max().unwrap_or(0);
    for ((lane, axis), runs) in lanes.iter().zip(&axes).zip(of_node.values()) {
        let cells = block_cells(runs.iter().map(|run| (run.start..run.end, run.answer)), axis, look);
        let blank = " ".repeat(BAR.saturating_sub(cells.len()));
        let of_node = view.nodes.iter().find(|node| Some(node.node) == lane.node);
        let remark = of_node.map(|node| remark(node, look)).unwrap_or_default();
        let label = format!("{:name$}  {:>wide$}", lane.name(), size(lane.totals.total_bytes));
        let line = format!("{label}  {}{blank}  {remark}", look.cells(cells));
        writeln!(out, "{}", line.trim_end())?;
        let extent = lane.extent();
        let first = format!("{:>width$} ", address(extent.start), width = name + wide + 3);
        let line = format!("{first}{:BAR$} {}", "", address(extent.end));
        writeln!(out, "{}", look.paint(Ink::Dim, &line))?;
    }
    writeln!(out)?;
    in_a_row(out, answers(|answer| view.blocks.iter().any(|run| run.answer == answer), look))
}

/// The blocks of a node as RAM of a picture.
fn lane(node: Option<u32>, runs: &[&BlockModel]) -> Lane {
    let span = |run: &&BlockModel| Span {
        range: run.start..run.end,
        state: State::Kernel,
        zone: None,
        why: String::new(),
    };
    let mut lane = Lane::of(node, runs.iter().map(span).collect());
    lane.totals.total_bytes = runs.iter().map(|run| run.end - run.start).sum();
    lane
}

/// What is said to the right of a strip.
fn remark(node: &NodeModel, look: Look) -> String {
    match (node.whole, node.removable) {
        (Answer::Yes, _) => look.paint(Ink::Blue, "all can go"),
        (_, 0) => String::new(),
        (_, some) => look.paint(Ink::Blue, &format!("{} can go", size(some))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::model::sources::About;

    const GIB: u64 = 1 << 30;

    fn run(node: Option<u32>, range: [u64; 2], answer: Answer) -> BlockModel {
        let [start, end] = range.map(|gib| gib * GIB);
        let (first, last) = (range[0], range[1] - 1);
        BlockModel {
            first,
            last,
            start,
            end,
            node,
            zone: None,
            state: None,
            answer,
            held_by: Vec::new(),
            why: "".into(),
            moves: 0,
        }
    }

    fn node(node: u32, removable: u64, whole: Answer) -> NodeModel {
        NodeModel { node, removable, maybe: 0, held: 0, unknown: 0, whole, moves: 0, room: 0 }
    }

    #[test]
    fn strips_have_one_scale_and_the_signs_of_a_plan() {
        let view = RemovableModel {
            schema: "acpihp.removable/1",
            about: About::default(),
            block_size: GIB,
            answer: Answer::No,
            blocks: vec![
                run(Some(0), [0, 10], Answer::No),
                run(Some(0), [10, 20], Answer::Unknown),
                run(Some(1), [20, 25], Answer::Yes),
                run(Some(1), [25, 30], Answer::Maybe),
            ],
            nodes: vec![node(0, 0, Answer::No), node(1, 5 * GIB, Answer::Maybe)],
            gigabytes: Vec::new(),
            next_boot: Vec::new(),
            not_read: None,
            owners_not_read: None,
            slabs: Vec::new(),
        };
        let mut out = Vec::new();
        write(&mut out, &view, Look::default()).unwrap();
        let text = String::from_utf8(out).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], format!("node 0  20 GiB  {}{}", "x".repeat(20), "?".repeat(20)));
        assert_eq!(
            lines[2],
            format!("node 1  10 GiB  {}{}{:20}  5 GiB can go", "=".repeat(10), "-".repeat(10), "")
        );
        assert_eq!(lines[3], format!("{:>15} {:40} 30G", "20G", ""));
        assert_eq!(lines[5], "= block goes offline   - maybe   x never   ? unknown");
    }
}
