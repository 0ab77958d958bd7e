//! What `hugepages=`, `cma=` and `hugetlb_cma=` set aside. None of them changes a zone; what matters is whether what they take
//! lies in memory that is to be removed, and whether it can move.
//!
//! # Kernel
//! `hugepagesz_setup`, `hugepages_setup` and `alloc_bootmem_huge_page` (mm/hugetlb.c), `hugetlb_cma_reserve`,
//! `early_cma` (kernel/dma/contiguous.c), `should_skip_region` (mm/memblock.c), `has_unmovable_pages` (mm/page_isolation.c);
//! 5.10 to 7.3, read in source.

use crate::boot::kernel::cmdline::{Cmdline, memparse};
use crate::boot::stages::zones::Mode;
use crate::boot::{NextBoot, Outcome};
use crate::bytes::size;
use crate::finding::Finding;
use crate::finding::registry::boot as rule;
use std::collections::BTreeMap;

const LARGE: u64 = 2 << 20;
const GIGANTIC: u64 = 1 << 30;

/// What the options ask for.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct SetAside {
    /// Bytes in pages of each size; the last `hugepages=` of a size counts.
    pub pages: BTreeMap<u64, u64>,
    /// What `cma=` sets aside, in bytes.
    pub cma: u64,
    /// What `hugetlb_cma=` sets aside, in bytes.
    pub hugetlb_cma: u64,
}

impl SetAside {
    /// What a command line asks for. Sizes other than 2 MiB and 1 GiB, which x86 does not have, drop the number behind them.
    pub fn of(line: &Cmdline) -> SetAside {
        let mut out = SetAside::default();
        let (mut usual, mut named) = (LARGE, None);
        let mut unnamed: Option<u64> = None;
        for parameter in line.parameters() {
            let text = parameter.text();
            match parameter.name.as_str() {
                "default_hugepagesz" => {
                    usual = Some(memparse(text).0).filter(|size| is_size(*size)).unwrap_or(usual);
                }
                "hugepagesz" => named = Some(memparse(text).0),
                "hugepages" => match named {
                    Some(size) if is_size(size) => {
                        out.pages.insert(size, count(text).saturating_mul(size));
                    }
                    Some(_) => {}
                    None => unnamed = Some(count(text)),
                },
                "cma" => out.cma = memparse(text).0,
                "hugetlb_cma" => out.hugetlb_cma = per_node(text, |text| memparse(text).0),
                _ => {}
            }
        }
        if let Some(pages) = unnamed {
            out.pages.insert(usual, pages.saturating_mul(usual));
        }
        out.pages.retain(|_, bytes| *bytes > 0);
        // Less than one page of 1 GiB is refused.
        out.hugetlb_cma = Some(out.hugetlb_cma).filter(|bytes| *bytes >= GIGANTIC).unwrap_or(0);
        out
    }
}

fn is_size(bytes: u64) -> bool {
    matches!(bytes, LARGE | GIGANTIC)
}

fn count(text: &str) -> u64 {
    per_node(text, |digits| {
        let end = digits.find(|digit: char| !digit.is_ascii_digit()).unwrap_or(digits.len());
        digits.get(..end).and_then(|digits| digits.parse().ok()).unwrap_or(0)
    })
}

/// `N`, or `NODE:N,NODE:N` added up.
fn per_node(text: &str, number: impl Fn(&str) -> u64) -> u64 {
    let parts = text.split(',').map(|part| part.split_once(':').map_or(part, |(_, amount)| amount));
    parts.map(number).fold(0, u64::saturating_add)
}

/// What this means for movable memory, where some is asked for.
pub fn add(outcome: &Outcome<'_>, next: &NextBoot<'_>, all: &mut Vec<Finding>) {
    let keeps_out = match outcome.zones.mode {
        Mode::MovableNode => true,
        Mode::Mirror | Mode::Sizes { .. } => false,
        Mode::MirrorIgnored | Mode::SizesWithoutEffect | Mode::None => return,
    };
    let asked = SetAside::of(next.line());
    let place = if keeps_out {
        "from memory that is not marked hot-pluggable"
    } else {
        "from the highest free memory, movable zones included"
    };
    let bytes = |of: u64| asked.pages.get(&of).copied().unwrap_or(0);
    if bytes(GIGANTIC) > 0 {
        let message = format!("{} in pages of 1 GiB, {place}", size(bytes(GIGANTIC)));
        all.push(Finding::new(&rule::GIGANTIC_PAGES, "hugepages=", message));
    }
    if bytes(LARGE) > 0 {
        let message = format!("{} in pages of 2 MiB", size(bytes(LARGE)));
        all.push(Finding::new(&rule::HUGE_PAGES, "hugepages=", message));
    }
    for (name, bytes) in [("cma=", asked.cma), ("hugetlb_cma=", asked.hugetlb_cma)] {
        if bytes > 0 {
            all.push(Finding::new(&rule::CMA_AREAS, name, format!("{}, {place}", size(bytes))));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sizes_are_read_as_linux_reads_them() {
        let parse = |line: &str| SetAside::of(&Cmdline::parse(line));
        let pages = |line: &str| parse(line).pages.into_iter().collect::<Vec<_>>();
        assert_eq!(pages("hugepages=50"), [(LARGE, 100 << 20)]);
        assert_eq!(pages("hugepages=2 default_hugepagesz=1G"), [(GIGANTIC, 2 << 30)]);
        assert_eq!(
            pages("hugepagesz=2M hugepages=0:10,1:20 hugepagesz=1G hugepages=1"),
            [(LARGE, 60 << 20), (GIGANTIC, 1 << 30)]
        );
        assert!(pages("hugepagesz=4M hugepages=9 hugepagesz=1G hugepages=x").is_empty());
        let areas = |line: &str| (parse(line).cma, parse(line).hugetlb_cma);
        assert_eq!(areas("cma=64M@512M hugetlb_cma=0:1G,1:1G"), (64 << 20, 2 << 30));
        assert_eq!(areas("hugetlb_cma=512M"), (0, 0));
    }

    proptest! {
        #[test]
        fn any_line_is_read(line in "(hugepages|hugepagesz|cma|hugetlb_cma)=[0-9KMGE:,x]{0,30}") {
            SetAside::of(&Cmdline::parse(&line));
        }
    }
}
