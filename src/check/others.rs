//! Rules for tables of which several fields must go together, and that need no file of their own.

use super::Findings;
use crate::bytes::escape;
use crate::finding::registry::tables as rules;
use crate::table::Signature;
use crate::table::item::Value;
use crate::table::structures::Structures;
use std::collections::HashMap;

/// Checks a table of one of the signatures that have rules here.
pub fn check(findings: &mut Findings, signature: &Signature, table: &[u8]) {
    match &signature.0 {
        b"ECDT" => ecdt(findings, &Structures::of(table)),
        b"HEST" => hest(findings, &Structures::of(table)),
        b"SBST" => sbst(findings, &Structures::of(table)),
        b"WDAT" => wdat(findings, &Structures::of(table)),
        _ => {}
    }
}

fn ecdt(findings: &mut Findings, parts: &Structures<'_>) {
    let path = parts.table.fields().iter().find(|field| field.value.def.name == "Namepath");
    if let Some(path) = path
        && let Value::Text(text) = path.value.value
        && !text.starts_with(b"\\")
    {
        let text = escape(text.strip_suffix(b"\0").unwrap_or(text));
        let message = format_args!("Namepath is \"{text}\", expected an absolute path");
        findings.add(&rules::ECDT_REGISTERS, path.span.clone(), message);
    }
}

fn hest(findings: &mut Findings, parts: &Structures<'_>) {
    let mut seen = HashMap::new();
    for source in &parts.entries {
        let Some(id) = source.uint("Source Id") else { continue };
        let first = *seen.entry(id).or_insert(source.span.start);
        if first != source.span.start {
            let message = format_args!("{}: id {id} is also that of the source at {first:#x}", source.name());
            findings.add(&rules::HEST_SOURCE, source.at("Source Id"), message);
        }
    }
}

fn sbst(findings: &mut Findings, parts: &Structures<'_>) {
    let levels = ["Warning Level", "Low Level", "Critical Level"].map(|name| (name, parts.table.uint(name)));
    for pair in levels.windows(2) {
        if let [(above, Some(high)), (below, Some(low))] = pair
            && low > high
        {
            let message = format_args!("{below} is {low}, above {above}, which is {high}");
            findings.add(&rules::SBST_LEVELS, parts.table.at(below), message);
        }
    }
}

fn wdat(findings: &mut Findings, parts: &Structures<'_>) {
    let fields = &parts.table;
    if let (Some(least), Some(most)) = (fields.uint("Min Count"), fields.uint("Max Count"))
        && least > most
    {
        let message = format_args!("Min Count is {least}, above Max Count, which is {most}");
        findings.add(&rules::WDAT_LIMITS, fields.at("Min Count"), message);
    }
}
