//! The part of a page that puts a second boot beside the first one: two maps on one scale, node by node, and what is to be said of
//! one of them only.

use super::html::Html;
use super::parts;
use crate::bytes::size;
use crate::report::model::plan::compared::{ComparedBoot, ComparedModel, ComparedNode};
use crate::report::model::words::Side;
use crate::report::picture::Picture;

/// What the second boot is called.
pub(super) fn heading(other: &ComparedBoot) -> String {
    match &other.options {
        Some(options) => format!("B: the same boot with {}", options.text()),
        None => format!("B: the same boot with Linux {}", other.kernel.text()),
    }
}

/// What both make of the memory, in a sentence.
pub(super) fn sentence(compared: &ComparedModel) -> String {
    let ComparedModel { a, b, maps: [one, other], .. } = compared;
    let lanes = |picture: &Picture| -> Vec<_> {
        picture.lanes.iter().map(|lane| (lane.node, lane.spans.clone(), lane.blocks.clone())).collect()
    };
    match (a.totals == b.totals, lanes(one) == lanes(other)) {
        (true, true) => "Every piece of memory ends up the same in A and B.".to_owned(),
        (true, false) => "As much memory is movable in A as in B, but not in the same places.".to_owned(),
        _ => format!("A: {}. B: {}.", one.headline(), other.headline()),
    }
}

/// The nodes of both, and the findings of one of them only.
pub(super) fn differences(page: &mut Html, compared: &ComparedModel) {
    page.element("h3", "Node by node");
    let row = |node: &ComparedNode| {
        let total = match (node.a.total_bytes, node.b.total_bytes) {
            (one, other) if one == other => size(one),
            (one, other) => format!("{}, {}", size(one), size(other)),
        };
        let sums = [node.a.movable_bytes, node.b.movable_bytes, node.a.lost_bytes, node.b.lost_bytes];
        let cells = [node.node.to_string(), total].into_iter().chain(sums.map(size)).collect();
        let class = if node.a == node.b { "" } else { " class=\"now\"" };
        (class.to_owned(), cells)
    };
    let header = ["Node", "Total", "Movable in A", "Movable in B", "Lost in A", "Lost in B"];
    page.table(&header, compared.nodes.iter().map(row));
    for (name, side) in [("A", Side::A), ("B", Side::B)] {
        let only = compared.findings.iter().filter(|one| one.side == side).map(|one| &one.finding);
        let only: Vec<_> = only.collect();
        if !only.is_empty() {
            page.element("h3", &format!("Found only in {name}"));
            parts::finding_list(page, only);
        }
    }
}
