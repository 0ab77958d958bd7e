//! A prediction held against what a kernel did, part by part, each in one form that both can be brought into.

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The parts of a truth or of an answer by name.
pub type Parts = BTreeMap<&'static str, Value>;

/// The zones that /proc/zoneinfo and a plan share; Device has no memory at boot.
const ZONES: [&str; 4] = ["DMA", "DMA32", "Normal", "Movable"];

/// The memory blocks of a kernel that has none.
const NO_BLOCKS: Value = Value::Null;

/// The parts of what a kernel did, from its `truth.json`.
pub fn truth(truth: &Value) -> Parts {
    let mut out = Parts::new();
    let object = |name: &str| truth[name].as_object().cloned().unwrap_or_default();
    let list = |name: &str| truth[name].as_array().cloned().unwrap_or_default();
    let zone_ranges: Map<String, Value> = object("zone_ranges")
        .into_iter()
        .filter(|(zone, range)| ZONES.contains(&zone.as_str()) && range.is_array())
        .map(|(zone, range)| (zone, json!([number(&range[0]), number(&range[1]) + 1])))
        .collect();
    out.insert("zone_ranges", zone_ranges.into());
    let movable: Map<String, Value> =
        object("movable_zone_start").into_iter().map(|(node, at)| (node, number(&at).into())).collect();
    out.insert("movable_zone_start", movable.into());
    let memory = list("early_node_ranges");
    let memory = memory.iter().map(|range| json!([range[0], number(&range[1]), number(&range[2]) + 1]));
    out.insert("memory", memory.collect());
    let srat = list("srat_mem").into_iter().map(|entry| {
        let flag = |name: &str| entry["flags"].as_str().is_some_and(|flags| flags.contains(name));
        let (start, end) = (number(&entry["start"]), number(&entry["end"]) + 1);
        json!([entry["node"], entry["pxm"], start, end, flag("hotplug"), flag("non-volatile")])
    });
    out.insert("srat_memory", srat.collect());
    let mut zones = Map::new();
    for (node, of_node) in object("zones") {
        for name in ZONES {
            let zone = &of_node[name];
            if zone["spanned"].as_u64().is_some_and(|pages| pages > 0) {
                zones.insert(
                    format!("{node}/{name}"),
                    json!([zone["start_pfn"], zone["spanned"], zone["present"]]),
                );
            }
        }
    }
    out.insert("zones", zones.into());
    let log = list("override_events").into_iter().filter_map(|line| {
        let line = line.as_str()?;
        (line.starts_with("ACPI: ") || line.starts_with("File kernel/")).then(|| without_addresses(line))
    });
    out.insert("log", log.collect());
    out.insert("tables", list("tables").iter().map(|table| json!([table["sig"], table["len"]])).collect());
    if let Some(size) = truth["block_size"].as_str() {
        let rows = list("blocks");
        let rows = rows.iter().map(|row| {
            let zone = if row[4] == "none" { Value::Null } else { row[4].clone() };
            (row[0].as_u64(), row[1].as_u64(), json!([row[2], zone]))
        });
        out.insert("blocks", json!([u64::from_str_radix(size, 16).unwrap_or_default(), runs(rows)]));
    } else if truth["blocks"] == json!([]) {
        out.insert("blocks", NO_BLOCKS);
    }
    out
}

/// Neighbouring blocks that are alike as one: first, last, what they are.
fn runs(rows: impl Iterator<Item = (Option<u64>, Option<u64>, Value)>) -> Value {
    let mut out: Vec<(u64, u64, Value)> = Vec::new();
    for (first, last, what) in rows {
        let (Some(first), Some(last)) = (first, last) else { continue };
        match out.last_mut() {
            Some((_, end, known)) if *end + 1 == first && *known == what => *end = last,
            _ => out.push((first, last, what)),
        }
    }
    json!(out)
}

/// The same parts of what `plan --numa` and `simulate` answered, as JSON.
pub fn answer(plan: &Value, simulate: &Value) -> Parts {
    let mut out = Parts::new();
    let list = |value: &Value, name: &str| value[name].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let zone_ranges: Map<String, Value> = list(plan, "zones")
        .into_iter()
        .map(|zone| (text(&zone["zone"]), json!([zone["start"], zone["end"]])))
        .collect();
    out.insert("zone_ranges", zone_ranges.into());
    let movable: Map<String, Value> = list(plan, "movable_zone_start")
        .into_iter()
        .map(|entry| (text(&entry["node"]), entry["start"].clone()))
        .collect();
    out.insert("movable_zone_start", movable.into());
    let memory = list(plan, "memory").into_iter();
    out.insert("memory", memory.map(|range| json!([range["node"], range["start"], range["end"]])).collect());
    let srat = list(plan, "srat_memory").into_iter();
    let srat = srat.map(|entry| {
        ["node", "pxm", "start", "end", "hotpluggable", "non_volatile"].map(|key| entry[key].clone()).to_vec()
    });
    out.insert("srat_memory", srat.collect::<Vec<_>>().into_iter().map(Value::from).collect());
    let mut zones = Map::new();
    for node in list(plan, "nodes") {
        for zone in list(&node, "zones") {
            if zone["spanned_pages"].as_u64().is_some_and(|pages| pages > 0) {
                // A zone without memory has a span and no start in /proc/zoneinfo.
                let empty = zone["present_pages"] == 0;
                let start = if empty { Value::Null } else { zone["start_pfn"].clone() };
                let name = format!("{}/{}", node["node"], text(&zone["zone"]));
                zones.insert(name, json!([start, zone["spanned_pages"], zone["present_pages"]]));
            }
        }
    }
    out.insert("zones", zones.into());
    let log = list(simulate, "log").into_iter();
    out.insert("log", log.map(|line| without_addresses(&text(&line))).collect());
    let tables = list(simulate, "tables").into_iter();
    out.insert("tables", tables.map(|table| json!([table["signature"], table["length"]])).collect());
    let blocks = &plan["memory_blocks"];
    let rows = list(blocks, "runs").into_iter();
    let rows =
        rows.map(|run| (run["first"].as_u64(), run["last"].as_u64(), json!([run["node"], run["zone"]])));
    let rows = runs(rows);
    let has_any = rows != json!([]);
    out.insert("blocks", if has_any { json!([blocks["size"], rows]) } else { NO_BLOCKS });
    out
}

/// The parts that differ, with both sides.
pub fn differences(wanted: &Parts, got: &Parts) -> Vec<String> {
    let parts = wanted.iter().filter(|(name, value)| got.get(*name) != Some(value));
    parts
        .map(|(name, value)| {
            let got = got.get(name).map_or("nothing".to_owned(), Value::to_string);
            format!("{name}:\n  kernel    {value}\n  predicted {got}")
        })
        .collect()
}

/// A line of the log with its 16-digit addresses, which nobody can know beforehand, replaced.
fn without_addresses(line: &str) -> String {
    let words = line.trim().split(' ').map(|word| {
        let digits = word.strip_prefix("0x").unwrap_or(word);
        let address =
            digits.len() == 16 && digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'A'..=b'F'));
        if address { "ADDRESS" } else { word }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// A number that `truth.json` has as hex text.
fn number(value: &Value) -> u64 {
    let text = value.as_str().unwrap_or_default();
    u64::from_str_radix(text.trim_start_matches("0x"), 16).unwrap_or_default()
}
