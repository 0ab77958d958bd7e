//! The parts of a page, from its headline to the data.

use super::chain::{Holds, broken};
use super::diff::{Line, diff};
use super::html::Html;
use super::{InputFile, PageReport, compared};
use crate::bytes::size;
use crate::finding::Severity;
use crate::phrase::nodes as node_list;
use crate::report::json;
use crate::report::model::FindingModel;
use crate::report::model::plan::Plan;
use crate::report::picture::{Picture, svg};
use crate::report::text::{self, or_dash, or_empty, severity};
use std::io;

/// The number, what it is of, and what to do.
pub(super) fn top(page: &mut Html, report: &PageReport, picture: &Picture) {
    let plan = &report.plan;
    page.element("h1", &picture.headline());
    page.open("p class=\"dim\"");
    page.text(&format!("Predicted for Linux {} with the command line ", plan.kernel.text()));
    page.element("code", &or_empty(&plan.command_line));
    page.text(&format!("by {}, from: {}.", plan.about.tool, plan.about.sources.line()));
    page.close("p");
    let class =
        if broken(&report.chain).is_some() || picture.failure.is_some() { "next bad" } else { "next" };
    page.open(&format!("div class=\"{class}\""));
    if !report.next.obstacle.is_empty() {
        page.open("p");
        page.element("strong", "In the way: ");
        page.text(&report.next.obstacle);
        page.close("p");
    }
    page.open("p");
    page.element("strong", "Next: ");
    page.text(&report.next.step);
    page.close("p");
    if let Some(command) = &report.next.command {
        page.open("pre");
        page.element("code", command);
        page.close("pre");
    }
    page.close("div");
}

/// The picture, and that of the boot beside it on the same scale.
pub(super) fn map(page: &mut Html, report: &PageReport, picture: &Picture) {
    let figure = |page: &mut Html, svg: &str, caption: &str| {
        page.raw(&format!("<figure>\n{svg}{caption}</figure>\n"));
    };
    const TIP: &str = "<figcaption id=\"tip\" aria-live=\"polite\">Point at a piece of the map to read what it is; each has \
                       its words as a tooltip too.</figcaption>\n";
    page.part("map", "Memory map", |page| {
        let Some(both) = &report.plan.comparison else {
            return svg::on_page(&[("m1", picture)]).iter().for_each(|svg| figure(page, svg, TIP));
        };
        page.element("p", &compared::sentence(both));
        let [one, other] = &both.maps;
        let headings = ["A: this boot".to_owned(), compared::heading(&both.b)];
        let svgs = svg::on_page(&[("m1", one), ("m2", other)]);
        for ((heading, svg), caption) in headings.iter().zip(svgs).zip([TIP, ""]) {
            page.element("h3", heading);
            figure(page, &svg, caption);
        }
        compared::differences(page, both);
    });
}

/// A row for each node.
pub(super) fn nodes(page: &mut Html, report: &PageReport) {
    let plan = &report.plan;
    page.part("nodes", "Nodes", |page| {
        let rows = plan.nodes.iter().map(|node| {
            let sums = node.totals;
            let class = match (sums.movable_bytes, sums.lost_bytes) {
                (_, 1..) => "lost",
                (1.., 0) => "ok",
                (0, 0) => "kern",
            };
            let start = plan.movable_zone_start.iter().find(|start| start.node == node.node);
            let cells = vec![
                node.node.to_string(),
                or_dash(node.pxm),
                size(sums.total_bytes),
                size(sums.movable_bytes),
                size(sums.lost_bytes),
                or_dash(start.map(|start| format!("{:#x}", start.start))),
                reason(plan, node.node),
            ];
            (format!(" class=\"{class}\" data-node=\"{}\"", node.node), cells)
        });
        page.table(&["Node", "PXM", "Total", "Movable", "Lost", "Movable from", "Why"], rows);
    });
}

/// Why the largest piece of a node is where it is.
fn reason(plan: &Plan, node: u32) -> String {
    let own = plan.ranges.iter().filter(|range| range.node == Some(node));
    own.max_by_key(|range| range.end - range.start)
        .map_or_else(|| "no memory".to_owned(), |range| range.why.clone())
}

/// What the boot depends on: a row for each case, and a slider over them.
pub(super) fn outcomes(page: &mut Html, report: &PageReport) {
    let plan = &report.plan;
    if plan.outcomes.is_empty() {
        return;
    }
    page.part("outcomes", "What is not sure", |page| {
        let cases: usize = plan.outcomes.iter().map(|unknown| unknown.cases.len()).sum();
        page.raw(&format!(
            "<p class=\"scripted\" hidden><label>Try each case on the map <input type=\"range\" id=\"case\" min=\"0\" \
             max=\"{cases}\" value=\"0\"></label> <output id=\"what\" for=\"case\">as predicted</output></p>\n"
        ));
        let rows = plan.outcomes.iter().flat_map(|unknown| {
            unknown.cases.iter().map(move |case| {
                let place = node_list(&case.nodes);
                let loses = if case.loses_marks { place.trim_start_matches("node ").to_owned() } else { String::new() };
                let cells = vec![
                    unknown.what.name().to_owned(),
                    place,
                    case.probability.map_or_else(|| "unknown".to_owned(), text::percent),
                    size(case.movable_bytes),
                    if case.loses_marks { "that node loses its marks".to_owned() } else { "nothing is lost".to_owned() },
                ];
                (format!(" class=\"case\" data-loses=\"{loses}\""), cells)
            })
        });
        page.table(&["What", "Where", "How likely", "Movable then", "What follows"], rows);
        for unknown in &plan.outcomes {
            page.element("p class=\"dim\"", &format!("To be sure of the {}: {}.", unknown.what.name(), unknown.fix));
        }
    });
}

/// The way from the table to the zones.
pub(super) fn chain(page: &mut Html, report: &PageReport) {
    page.part("chain", "From the firmware's table to the zones", |page| {
        let first = broken(&report.chain).map(|link| link.name);
        page.raw("<ol class=\"chain\">\n");
        for link in &report.chain {
            let (class, word) = match link.holds {
                Holds::Yes => ("ok", "holds"),
                Holds::NotNeeded => ("skip", "not needed"),
                Holds::No if first == Some(link.name) => ("bad", "the first that does not hold"),
                Holds::No => ("after", "does not hold"),
            };
            page.raw(&format!("<li class=\"{class}\">"));
            page.element("b", link.name);
            page.element("span", &link.says);
            page.element("small", word);
            page.raw("</li>\n");
        }
        page.raw("</ol>\n");
    });
}

/// The findings, the gravest first.
pub(super) fn findings(page: &mut Html, report: &PageReport) {
    let mut all: Vec<&FindingModel> = report.plan.findings.iter().collect();
    all.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    page.part("findings", "Findings", |page| {
        if all.is_empty() {
            page.element("p", "None.");
        }
        finding_list(page, all);
    });
}

/// Findings, each with what follows from it behind a fold; what is only worth knowing is folded.
pub(super) fn finding_list(page: &mut Html, all: Vec<&FindingModel>) {
    for finding in all {
        let open = if finding.severity > Severity::Info { " open" } else { "" };
        page.open(&format!("details class=\"{}\"{open}", severity(finding.severity)));
        page.raw("<summary>");
        page.element("b", severity(finding.severity));
        page.raw(" ");
        page.element("code", finding.code);
        page.text(" ");
        page.text(&finding.said().text());
        page.raw("</summary>\n");
        page.element("p", finding.consequence);
        page.element("p class=\"dim\"", finding.reference);
        page.raw("</details>\n");
    }
}

/// The kernel's lines about its tables, without and with the archive, and what a log has.
pub(super) fn log(page: &mut Html, report: &PageReport) {
    let with = &report.tables.kernel_lines;
    page.part("log", "The kernel's log", |page| {
        match &report.without {
            Some(without) => {
                page.element("p", "Without the archive (-) and with it (+):");
                lines(page, &diff(&without.kernel_lines, with));
            }
            None => lines(page, &with.iter().map(|line| Line::Both(line)).collect::<Vec<_>>()),
        }
        let Some(recorded) = &report.recorded else { return };
        page.element("h3", "Predicted and recorded");
        page.element(
            "p",
            "The log that is at hand is of an earlier boot. Predicted only (-), recorded only (+):",
        );
        lines(page, &diff(with, recorded));
    });
}

fn lines(page: &mut Html, lines: &[Line<'_>]) {
    page.open("pre class=\"log\"");
    for line in lines {
        let (class, sign, text) = match line {
            Line::Both(text) => ("same", ' ', text),
            Line::Old(text) => ("del", '-', text),
            Line::New(text) => ("add", '+', text),
        };
        page.open(&format!("span class=\"{class}\""));
        page.text(&format!("{sign} {text}"));
        page.raw("</span>");
    }
    page.close("pre");
}

/// The command, and the files.
pub(super) fn reproduce(page: &mut Html, report: &PageReport) {
    page.part("reproduce", "How to make this again", |page| {
        let words: Vec<String> = report.command.iter().map(|word| word.shell()).collect();
        page.open("pre");
        page.element("code", &words.join(" "));
        page.close("pre");
        if report.inputs.is_empty() {
            page.element(
                "p class=\"dim\"",
                "No file was named: the machine is the running one, or one that acpihp carries.",
            );
            return;
        }
        let row = |input: &InputFile| {
            let hash = input.sha256.clone().unwrap_or_else(|| "no single file".to_owned());
            (String::new(), vec![input.path.text().into_owned(), hash])
        };
        page.table(&["File", "SHA-256"], report.inputs.iter().map(row));
    });
}

/// The plan as JSON, for programs.
///
/// # Errors
/// What the serialiser says.
pub(super) fn data(page: &mut Html, report: &PageReport) -> io::Result<()> {
    let mut bytes = Vec::new();
    json(&mut bytes, &report.plan)?;
    // Inside of strings only, where JSON takes the escapes; nothing that could end the element is left.
    let text = String::from_utf8_lossy(&bytes)
        .replace('&', "\\u0026")
        .replace('<', "\\u003c")
        .replace('>', "\\u003e");
    page.part("data", "Data", |page| {
        page.element(
            "p class=\"dim\"",
            "This page holds the whole plan as acpihp plan -J prints it, in the element with the id plan.",
        );
    });
    page.raw(&format!("<script type=\"application/json\" id=\"plan\">\n{text}</script>\n"));
    Ok(())
}
