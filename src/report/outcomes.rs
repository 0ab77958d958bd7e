//! The paragraph of `acpihp plan --numa` about what nobody can know beforehand.

use super::text;
use crate::boot::derived::outcomes::{Case, Unknown, What};
use crate::boot::stages::kaslr::{Chooser, Placement};
use crate::bytes::size;
use crate::table::domains::numbers;
use std::io::{self, Write};

/// Nodes that are named one by one; with more of them only the least and the most is said.
const FEW: usize = 6;

/// Writes what the boot hangs on: for each thing its assumed place, and what it costs on which node.
pub fn write(out: &mut dyn Write, unknowns: &[Unknown], kaslr: &Placement) -> io::Result<()> {
    if unknowns.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    writeln!(out, "Not sure beforehand, and what would become of it:")?;
    for unknown in unknowns {
        let place = match (&unknown.assumed, unknown.what) {
            (_, What::Kernel) => format!("placed at random (KASLR) by {}", chooser(kaslr)),
            (Some(range), _) => {
                format!("taken to be at {:#x}-{:#x}", range.start, range.end.saturating_sub(1))
            }
            (None, _) => "place not known".to_owned(),
        };
        let label = format!("  {}: ", unknown.what.name());
        text::paragraph(out, &label, 4, &place)?;
        let (kept, lost): (Vec<&Case>, Vec<&Case>) = unknown.cases.iter().partition(|case| !case.loses);
        for case in kept {
            let nodes = if lost.len() > FEW { "any other node".into() } else { nodes(&case.nodes) };
            line(out, &nodes, case.probability, &format!("{} movable", size(case.movable)))?;
        }
        if lost.len() <= FEW {
            for case in lost {
                let what = format!("{} movable, none of it there", size(case.movable));
                line(out, &nodes(&case.nodes), case.probability, &what)?;
            }
        } else {
            let all: Vec<u32> = lost.iter().flat_map(|case| case.nodes.iter().copied()).collect();
            let amounts = || lost.iter().map(|case| case.movable);
            let (least, most) = (amounts().min().unwrap_or(0), amounts().max().unwrap_or(0));
            let what = match least == most {
                true => format!("{} movable, none of it there", size(least)),
                false => format!("{} to {} movable, none of it there", size(least), size(most)),
            };
            let chances: Vec<f64> = lost.iter().filter_map(|case| case.probability).collect();
            let chance = (!chances.is_empty()).then(|| chances.iter().sum());
            line(out, &nodes(&all), chance, &what)?;
        }
        text::paragraph(out, "", 4, &format!("to make it sure: {}", unknown.what.fix()))?;
    }
    Ok(())
}

/// Who chooses the kernel's place, and what it goes by.
fn chooser(kaslr: &Placement) -> &'static str {
    match kaslr {
        Placement::Random { chooser: Chooser::EfiStub, .. } => "the EFI stub, which looks at no SRAT",
        Placement::Random { chooser: Chooser::Decompressor { filtered: true }, .. } => {
            "the decompressor, which knows the firmware's SRAT only"
        }
        _ => "the decompressor, which finds no SRAT to go by",
    }
}

fn line(out: &mut dyn Write, nodes: &str, probability: Option<f64>, what: &str) -> io::Result<()> {
    let chance = match probability {
        None => String::new(),
        Some(chance) if chance > 0.0 && chance < 0.001 => ", under 0.1 %".into(),
        Some(chance) => format!(", {:.1} %", chance * 100.0),
    };
    text::paragraph(out, "", 4, &format!("on {nodes}{chance}: {what}"))
}

fn nodes(list: &[u32]) -> String {
    let word = if list.len() == 1 { "node" } else { "nodes" };
    format!("{word} {}", numbers(list))
}
