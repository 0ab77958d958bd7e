//! `acpihp explain` for people.

use super::text;
use crate::finding::Rule;
use std::io::{self, Write};

/// Columns in front of the paragraphs of a rule.
const INDENT: usize = 11;

/// Everything about each of `rules`, a blank line between two.
pub fn rules(out: &mut dyn Write, rules: &[&'static Rule]) -> io::Result<()> {
    for (index, rule) in rules.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        writeln!(out, "{} ({}{})", rule.code, text::severity(rule.severity), judged(rule))?;
        text::paragraph(out, "What", INDENT, rule.title())?;
        text::paragraph(out, "Why", INDENT, rule.why())?;
        text::paragraph(out, "Linux", INDENT, rule.consequence())?;
        text::paragraph(out, "Fix", INDENT, rule.fix())?;
        if let Some(command) = rule.command() {
            writeln!(out, "{:INDENT$}{command}", "Command")?;
        }
        text::paragraph(out, "Reference", INDENT, rule.reference())?;
    }
    Ok(())
}

/// How much a rule matters where Linux is the judge, if that is less.
fn judged(rule: &Rule) -> String {
    let linux = rule.linux.map(|severity| format!("; for Linux {}", text::severity(severity)));
    let firmware = rule
        .firmware
        .map(|severity| format!("; for Linux {} in a table of the firmware", text::severity(severity)));
    [linux, firmware].into_iter().flatten().collect()
}

/// A list of the rules of each area, with their titles.
pub fn list(out: &mut dyn Write, areas: &[(&str, &[&'static Rule])]) -> io::Result<()> {
    let codes = areas.iter().flat_map(|(_, rules)| *rules).map(|rule| rule.code.len());
    let width = codes.max().unwrap_or(0) + 2;
    for (index, (area, rules)) in areas.iter().filter(|(_, rules)| !rules.is_empty()).enumerate() {
        let gap = if index > 0 { "\n" } else { "" };
        writeln!(out, "{gap}{area}:")?;
        for rule in *rules {
            let label = format!("  {:width$}{:9}", rule.code, text::severity(rule.severity));
            text::paragraph(out, &label, label.len(), rule.title())?;
        }
    }
    Ok(())
}
