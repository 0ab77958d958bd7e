//! What a machine shows of itself at the moment, as text.

use super::model::plan::present::{PresentBlocks, PresentModel, PresentNode};
use super::text::{self, hex_digits, or_dash, range};
use crate::phrase;
use std::io::{self, Write};

/// Writes memory blocks and nodes as they are.
pub fn write(out: &mut dyn Write, present: &PresentModel) -> io::Result<()> {
    if !present.blocks.is_empty() {
        let size = present.block_size.map_or_else(|| "unknown size".to_owned(), text::size);
        writeln!(out, "\nMemory blocks of {size}, as they are now:")?;
        let ends = present.blocks.iter().filter_map(|run| run.end);
        let digits = ends.map(|end| hex_digits(end.saturating_sub(1))).max().unwrap_or(1);
        let header = ["<BLOCKS", "<RANGE", ">SIZE", "<NODE", "<ZONE", "<STATE"];
        text::columns(out, &header, present.blocks.iter().map(|run| block(run, digits)).collect())?;
    }
    if !present.nodes.is_empty() {
        writeln!(out, "\nNodes, as they are now:")?;
        let header = [">NODE", ">MANAGED", ">CPUS", "<DISTANCES"];
        text::columns(out, &header, present.nodes.iter().map(node).collect())?;
    }
    if !present.compared.is_empty() {
        writeln!(out, "compared with: {}", present.compared.join(", "))?;
    }
    Ok(())
}

fn block(run: &PresentBlocks, digits: usize) -> Vec<String> {
    let place = run.start.zip(run.end);
    vec![
        phrase::run(run.first, run.last),
        or_dash(place.map(|(start, end)| range(start, end, digits))),
        or_dash(place.map(|(start, end)| text::size(end.saturating_sub(start)))),
        run.nodes.iter().map(u32::to_string).collect::<Vec<_>>().join(","),
        or_dash(run.zone),
        or_dash(run.state),
    ]
}

fn node(node: &PresentNode) -> Vec<String> {
    vec![
        node.node.to_string(),
        or_dash(node.bytes.map(text::size)),
        or_dash(node.cpus),
        node.distances.iter().map(u32::to_string).collect::<Vec<_>>().join(" "),
    ]
}
