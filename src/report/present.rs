//! What a machine shows of itself at the moment, as text.

use super::blocks::numbers;
use super::model::plan::present::{PresentBlocks, PresentModel, PresentNode};
use super::text::{self, Align, hex_digits, range};
use std::io::{self, Write};

/// Writes memory blocks and nodes as they are.
pub fn write(out: &mut dyn Write, present: &PresentModel) -> io::Result<()> {
    if !present.blocks.is_empty() {
        let size = present.block_size.map_or_else(|| "unknown size".to_owned(), text::size);
        writeln!(out, "\nMemory blocks of {size}, as they are now:")?;
        let ends = present.blocks.iter().filter_map(|run| run.end);
        let digits = ends.map(|end| hex_digits(end.saturating_sub(1))).max().unwrap_or(1);
        let header = [
            ("BLOCKS", Align::Left),
            ("RANGE", Align::Left),
            ("SIZE", Align::Right),
            ("NODE", Align::Left),
            ("ZONE", Align::Left),
            ("STATE", Align::Left),
        ];
        text::columns(out, &header, present.blocks.iter().map(|run| block(run, digits)).collect())?;
    }
    if !present.nodes.is_empty() {
        writeln!(out, "\nNodes, as they are now:")?;
        let header = [
            ("NODE", Align::Right),
            ("MANAGED", Align::Right),
            ("CPUS", Align::Right),
            ("DISTANCES", Align::Left),
        ];
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
        numbers(run.first, run.last),
        place.map_or_else(|| "-".to_owned(), |(start, end)| range(start, end, digits)),
        place.map_or_else(|| "-".to_owned(), |(start, end)| text::size(end.saturating_sub(start))),
        run.nodes.iter().map(u32::to_string).collect::<Vec<_>>().join(","),
        run.zone.unwrap_or("-").to_owned(),
        run.state.unwrap_or("-").to_owned(),
    ]
}

fn node(node: &PresentNode) -> Vec<String> {
    let dash = || "-".to_owned();
    vec![
        node.node.to_string(),
        node.bytes.map_or_else(dash, text::size),
        node.cpus.map_or_else(dash, |count| count.to_string()),
        node.distances.iter().map(u32::to_string).collect::<Vec<_>>().join(" "),
    ]
}
