//! /proc/zoneinfo: where the zones of each node are.

use crate::budget;

/// A zone as Linux shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ZoneInfo {
    /// The node that it is a part of.
    pub node: u32,
    /// Its name: `DMA`, `DMA32`, `Normal`, `Movable`, `Device`.
    pub name: String,
    /// First page frame; Linux leaves it out where no page is managed.
    pub start_pfn: Option<u64>,
    /// Page frames from the first to the last.
    pub spanned_pages: u64,
    /// Page frames that are memory.
    pub present_pages: u64,
}

/// The zones in their order; lines of another form are passed over.
pub fn parse(text: &str) -> Vec<ZoneInfo> {
    let mut zones: Vec<ZoneInfo> = Vec::new();
    for line in text.lines() {
        if let Some((node, name)) = line.strip_prefix("Node ").and_then(|rest| rest.split_once(", zone")) {
            if let Ok(node) = node.parse() {
                budget::need(2 * size_of::<ZoneInfo>() + name.len(), "the list of zones");
                zones.push(ZoneInfo { node, name: name.trim().to_owned(), ..ZoneInfo::default() });
            }
            continue;
        }
        let mut words = line.split_whitespace();
        let (Some(zone), Some(name), Some(Ok(number))) =
            (zones.last_mut(), words.next(), words.next().map(str::parse::<u64>))
        else {
            continue;
        };
        match name.trim_end_matches(':') {
            "spanned" => zone.spanned_pages = number,
            "present" => zone.present_pages = number,
            "start_pfn" => zone.start_pfn = Some(number),
            _ => {}
        }
    }
    zones
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_read() {
        let text = "Node 0, zone      DMA\n  per-node stats\n      nr_inactive_anon 617\n  pages free     2816\n        spanned  4095\n\
                    \x20       present  3998\n        managed  3840\n  start_pfn:           1\nNode 1, zone  Movable\n  pages free     0\n        spanned  0\n";
        let zones = parse(text);
        let dma = ZoneInfo {
            node: 0,
            name: "DMA".into(),
            start_pfn: Some(1),
            spanned_pages: 4095,
            present_pages: 3998,
        };
        assert_eq!(zones, [dma, ZoneInfo { node: 1, name: "Movable".into(), ..ZoneInfo::default() }]);
        assert_eq!(parse("spanned 4\nNode x, zone DMA\n"), []);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in "(Node [0-9], zone \\PC{0,8}\n|[a-z]{1,8} [0-9]{0,22}\n|\\PC{0,20}\n){0,8}") {
            parse(&text);
        }
    }
}
