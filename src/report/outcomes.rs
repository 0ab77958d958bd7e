//! The paragraph of `acpihp plan --numa` about what is unknown before the boot.

use super::model::plan::KaslrModel;
use super::model::plan::outcomes::{CaseModel, UnknownModel};
use super::model::words::KaslrChooser;
use super::text;
use crate::boot::derived::outcomes::What;
use crate::bytes::size;
use crate::phrase::nodes;
use std::collections::BTreeSet;
use std::io::{self, Write};

/// Nodes that are named one by one; with more of them only the least and the most is said.
const FEW: usize = 6;

/// Writes what the boot hangs on: for each thing its assumed place, and what it costs on which node.
pub fn write(out: &mut dyn Write, unknowns: &[UnknownModel], kaslr: &KaslrModel) -> io::Result<()> {
    if unknowns.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    writeln!(out, "Unknown before the boot, and what each case would mean:")?;
    for unknown in unknowns {
        let place = match (unknown.assumed_start.zip(unknown.assumed_end), unknown.what) {
            (_, What::Kernel) => format!("placed at random (KASLR) by {}", chooser(kaslr)),
            (Some((start, end)), _) => format!("taken to be at {start:#x}-{:#x}", end.saturating_sub(1)),
            (None, _) => "place not known".to_owned(),
        };
        let label = format!("  {}: ", unknown.what.name());
        text::paragraph(out, &label, 4, &place)?;
        let (kept, lost): (Vec<&CaseModel>, Vec<&CaseModel>) =
            unknown.cases.iter().partition(|case| !case.loses_marks);
        for case in kept {
            let nodes = if lost.len() > FEW { "any other node".into() } else { nodes(&case.nodes) };
            line(out, &nodes, case.probability, &format!("{} movable", size(case.movable_bytes)))?;
        }
        if lost.len() <= FEW {
            for case in lost {
                let what = format!("{} movable, none of it there", size(case.movable_bytes));
                line(out, &together(&case.nodes), case.probability, &what)?;
            }
        } else {
            let all: BTreeSet<u32> = lost.iter().flat_map(|case| case.nodes.iter().copied()).collect();
            let all: Vec<u32> = all.into_iter().collect();
            let amounts = || lost.iter().map(|case| case.movable_bytes);
            let (least, most) = (amounts().min().unwrap_or(0), amounts().max().unwrap_or(0));
            let what = match least == most {
                true => format!("{} movable, none of it there", size(least)),
                false => format!("{} to {} movable, none of it there", size(least), size(most)),
            };
            let chances: Vec<f64> = lost.iter().filter_map(|case| case.probability).collect();
            let chance = (!chances.is_empty()).then(|| chances.iter().sum());
            line(out, &nodes(&all), chance, &what)?;
        }
        text::paragraph(out, "", 4, &format!("to settle it: {}", unknown.fix))?;
    }
    Ok(())
}

/// Who chooses the kernel's place, and what it goes by.
fn chooser(kaslr: &KaslrModel) -> &'static str {
    match (kaslr.chooser, kaslr.filtered) {
        (Some(KaslrChooser::EfiStub), _) => "the EFI stub, which looks at no SRAT",
        (Some(KaslrChooser::Decompressor), true) => "the decompressor, which knows the firmware's SRAT only",
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

fn together(list: &[u32]) -> String {
    let across = if list.len() > 1 { "the border of " } else { "" };
    format!("{across}{}", nodes(list))
}
