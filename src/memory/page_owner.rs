//! /sys/kernel/debug/page_owner: which function of the kernel asked for each page, counted as it streams by.
//!
//! # Kernel
//! `print_page_owner` in mm/page_owner.c: the number of a page frame is decimal up to 5.17, and hex from then on; the first
//! line grew pid, time and name of the task. Records of 4.4 to 7.3 are read.

use super::kpageflags::PageKind;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::ops::Range;

/// What an allocation is used for, as far as its stack says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Use {
    /// The kernel's small objects.
    Slab,
    /// Page tables.
    PageTable,
    /// Other memory of the kernel.
    Kernel,
}

impl Use {
    const ALL: [Use; 3] = [Use::Slab, Use::PageTable, Use::Kernel];

    /// What page_owner calls pages of a kind; `None` where it says nothing of them.
    pub fn of(kind: PageKind) -> Option<Use> {
        match kind {
            PageKind::Slab => Some(Use::Slab),
            PageKind::PageTable => Some(Use::PageTable),
            PageKind::Kernel | PageKind::Bare | PageKind::Unknown => Some(Use::Kernel),
            _ => None,
        }
    }

    /// The word of summaries.
    fn name(self) -> &'static str {
        match self {
            Use::Slab => "slab",
            Use::PageTable => "page-table",
            Use::Kernel => "kernel",
        }
    }
}

/// An allocation of pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owned<'t> {
    /// Its first page frame.
    pub pfn: u64,
    /// It has `1 << order` pages.
    pub order: u32,
    /// What it is used for; `None` where it was asked for as memory that moves.
    pub used: Option<Use>,
    /// The function that asked for it, of those that are no allocators themselves; none where no stack was kept.
    pub function: Option<&'t str>,
}

/// More pages are in no allocation.
const MOST_ORDER: u32 = 20;
/// The most bytes of a function's name.
const MOST_NAME: usize = 128;

/// How functions begin that hand out memory for others, less the underscores in front.
const ALLOCATORS: [&str; 28] = [
    "alloc_contig",
    "alloc_frozen_page",
    "alloc_from_",
    "alloc_page",
    "alloc_slab_page",
    "allocate_slab",
    "folio_alloc",
    "get_free_page",
    "get_page_from_freelist",
    "get_zeroed_page",
    "kcalloc",
    "kmalloc",
    "kmem_cache_alloc",
    "kmemdup",
    "krealloc",
    "kvcalloc",
    "kvmalloc",
    "kzalloc",
    "new_slab",
    "post_alloc_hook",
    "prep_new_page",
    "refill_",
    "register_early_stack",
    "save_stack",
    "set_page_owner",
    "slab_alloc",
    "vmalloc",
    "vzalloc",
];
/// Functions that show what the pages are used for.
const OF_SLABS: [&str; 3] = ["allocate_slab", "new_slab", "cache_grow_begin"];
const OF_TABLES: [&str; 5] = ["pte_alloc", "pmd_alloc", "pud_alloc", "p4d_alloc", "pgd_alloc"];

/// The name of a function in a line of a stack: ` get_page_from_freelist+0x19d0/0x1a38`, in old kernels with the address in
/// brackets in front.
fn function(line: &str) -> Option<&str> {
    let line = line.trim();
    let rest = match line.strip_prefix("[<") {
        Some(rest) => rest.split_once(">]")?.1.trim_start(),
        None => line,
    };
    let (name, at) = rest.split_once('+')?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'$');
    let is_name = !name.is_empty() && name.len() <= MOST_NAME && name.bytes().all(is_plain);
    (is_name && at.starts_with("0x")).then_some(name)
}

/// Reads a record; `None` where it is none.
pub fn parse(record: &str) -> Option<Owned<'_>> {
    let mut lines = record.lines();
    let first = lines.by_ref().find_map(|line| line.strip_prefix("Page allocated via order "))?;
    let digits = first.find(|digit: char| !digit.is_ascii_digit()).unwrap_or(first.len());
    let order = first.get(..digits)?.parse().ok().filter(|order| *order <= MOST_ORDER)?;
    let second = lines.by_ref().find_map(|line| line.strip_prefix("PFN "))?;
    let mut words = second.split_whitespace();
    let number = words.next()?;
    let pfn = match number.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok()?,
        None => number.parse().ok()?,
    };
    // Old kernels name the type of the page's block first.
    let moves = match words.next() {
        Some("type") => words.next() == Some("Movable"),
        _ => second.split_once(" type ").is_some_and(|(_, rest)| rest.starts_with("Movable")),
    };
    let (mut named, mut last, mut used) = (None, None, Use::Kernel);
    for name in lines.map_while(|line| (!line.trim().is_empty()).then_some(line)).filter_map(function) {
        let bare = name.trim_start_matches('_');
        let begins = |all: &[&str]| all.iter().any(|one| bare.starts_with(one));
        match used {
            Use::Kernel if begins(&OF_SLABS) => used = Use::Slab,
            Use::Kernel if begins(&OF_TABLES) => used = Use::PageTable,
            _ => {}
        }
        last = Some(name);
        if named.is_none() && !begins(&ALLOCATORS) {
            named = Some(name);
        }
    }
    Some(Owned { pfn, order, used: (!moves).then_some(used), function: named.or(last) })
}

/// The most functions that are counted in a block by name.
const MOST_NAMES: usize = 64;

/// Which functions asked for the pages of a memory block that do not move.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Owners {
    pages: BTreeMap<(Use, String), u64>,
    /// Whether only the first of the block's pages were looked at.
    pub is_cut: bool,
}

impl Owners {
    /// Counts what of an allocation lies in these page frames.
    pub fn take(&mut self, owned: &Owned<'_>, frames: &Range<u64>) {
        let (Some(used), Some(function)) = (owned.used, owned.function) else { return };
        let end = owned.pfn.saturating_add(1 << owned.order).min(frames.end);
        self.add(used, function, end.saturating_sub(owned.pfn.max(frames.start)));
    }

    fn add(&mut self, used: Use, function: &str, pages: u64) {
        let key = (used, function.to_owned());
        if pages > 0 && (self.pages.len() < MOST_NAMES || self.pages.contains_key(&key)) {
            let known = self.pages.entry(key).or_default();
            *known = known.saturating_add(pages);
        }
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.pages.is_empty()
    }

    /// The functions that asked for pages of one use, with how many they have, the most first.
    pub fn of(&self, used: Use) -> Vec<(&str, u64)> {
        let mut all: Vec<(&str, u64)> = self
            .pages
            .iter()
            .filter(|((of, _), _)| *of == used)
            .map(|((_, name), pages)| (name.as_str(), *pages))
            .collect();
        all.sort_by_key(|(_, pages)| std::cmp::Reverse(*pages));
        all
    }
}

/// The summary of a machine's blocks, a line each, as a capture keeps it: `8 slab:alloc_inode=120 kernel:kernel_clone=8`; a block
/// of which not all was looked at has the word `cut`.
pub fn write<'o>(blocks: impl IntoIterator<Item = (u64, &'o Owners)>) -> String {
    let mut out = String::new();
    for (block, owners) in blocks {
        let _ = write!(out, "{block}{}", if owners.is_cut { " cut" } else { "" });
        for ((used, function), pages) in &owners.pages {
            let _ = write!(out, " {}:{function}={pages}", used.name());
        }
        out.push('\n');
    }
    out
}

/// Reads a summary; lines and words of another form are passed over.
pub fn read(text: &str) -> BTreeMap<u64, Owners> {
    let mut blocks: BTreeMap<u64, Owners> = BTreeMap::new();
    for line in text.lines() {
        let mut words = line.split_whitespace();
        let Some(Ok(block)) = words.next().map(str::parse) else { continue };
        let owners = blocks.entry(block).or_default();
        for word in words {
            owners.is_cut |= word == "cut";
            let parts = word.split_once(':').and_then(|(used, rest)| Some((used, rest.split_once('=')?)));
            let Some((used, (name, pages))) = parts else { continue };
            let used = Use::ALL.into_iter().find(|of| of.name() == used);
            let name = function(&format!("{name}+0x0")).map(str::to_owned);
            if let (Some(used), Some(name), Ok(pages)) = (used, name, pages.parse()) {
                owners.add(used, &name, pages);
            }
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_of_many_kernels_are_read() {
        // 4.4, with addresses.
        let old = "Page allocated via order 0, mask 0x24280ca\nPFN 654411 type Unmovable Block 639 type Movable Flags 0x0()\n \
                   [<ffffff9b64989c14>] post_alloc_hook+0x70/0x80\n [<ffffff9b651216e8>] driver_try_state+0x5f8/0x14f4 [driver]\n\n";
        let wanted =
            Owned { pfn: 654_411, order: 0, used: Some(Use::Kernel), function: Some("driver_try_state") };
        assert_eq!(parse(old), Some(wanted));
        // 5.10 to 5.17.
        let middle = "Page allocated via order 3, mask 0xd20c0(__GFP_IO|__GFP_NOWARN), pid 1, ts 340615384 ns, free_ts 0 ns\nPFN \
                      18432 type Reclaimable Block 36 type Unmovable Flags 0xfffffc0010200(slab|head)\n prep_new_page+0xaf/0xc0\n \
                      get_page_from_freelist+0x1ba/0x1480\n __alloc_pages_nodemask+0x1ba/0x310\n new_slab+0x2a5/0x470\n \
                      ___slab_alloc+0x3ae/0x5b0\n __slab_alloc.constprop.0+0x1c/0x30\n kmem_cache_alloc+0x3f3/0x430\n \
                      __d_alloc+0x2a/0x1d0\n d_alloc+0x19/0x90\n";
        let wanted = Owned { pfn: 18_432, order: 3, used: Some(Use::Slab), function: Some("__d_alloc") };
        assert_eq!(parse(middle), Some(wanted));
        // From 6.x on, with a line of the memory controller.
        let new = "Page allocated via order 9, mask 0x52dc0(GFP_KERNEL|__GFP_COMP|__GFP_ZERO), pid 1, tgid 1 (swapper/0), ts \
                   1065952310 ns\nPFN 0x23d200 type Unmovable Block 4585 type CMA Flags 0x40(head|zone=1)\n \
                   post_alloc_hook+0x228/0x230\n prep_new_page+0x28/0x148\n get_page_from_freelist+0x19d0/0x1a38\n \
                   __alloc_pages_noprof+0x1b0/0x440\n ___kmalloc_large_node+0xb4/0x1ec\n __kvmalloc_node_noprof+0xd8/0x18c\n \
                   nf_ct_alloc_hashtable+0x64/0x108 [nf_conntrack]\nCharged to memcg /\n\n";
        let wanted = Owned {
            pfn: 0x23_d200,
            order: 9,
            used: Some(Use::Kernel),
            function: Some("nf_ct_alloc_hashtable"),
        };
        assert_eq!(parse(new), Some(wanted));
        let table = "Page allocated via order 0, mask 0x400dc0(GFP_KERNEL_ACCOUNT|__GFP_ZERO), pid 7, tgid 7 (a (b) c), ts 1 ns\n\
                     PFN 0x1000 type Unmovable Block 8 type Unmovable Flags 0x0()\n get_page_from_freelist+0x1/0x2\n \
                     __alloc_frozen_pages_noprof+0x1/0x2\n alloc_pages_mpol+0x1/0x2\n alloc_pages_noprof+0x1/0x2\n \
                     pte_alloc_one+0x1/0x2\n __pte_alloc+0x1/0x2\n";
        let wanted =
            Owned { pfn: 0x1000, order: 0, used: Some(Use::PageTable), function: Some("pte_alloc_one") };
        assert_eq!(parse(table), Some(wanted));
        let user = "Page allocated via order 0, mask 0x140dca(GFP_HIGHUSER_MOVABLE|__GFP_ZERO)\nPFN 0x5 type Movable Block 0 type \
                    Movable Flags 0x0()\n vma_alloc_folio_noprof+0x1/0x2\n do_anonymous_page+0x1/0x2\n";
        assert_eq!(parse(user).unwrap().used, None);
        // Pages from before the stacks were kept, and addresses that no symbol is known of.
        let early = "Page allocated via order 0, mask 0x0(), pid 1, tgid 1 (swapper/0), ts 1 ns\nPFN 0x100 type Unmovable Block 0 \
                     type Unmovable Flags 0x0()\n register_early_stack+0x28/0x50\n init_page_owner+0x3f/0x2c0\n";
        assert_eq!(parse(early).unwrap().function, Some("init_page_owner"));
        let bare = "Page allocated via order 0, mask 0x0()\nPFN 9 type Unmovable Block 0 type Unmovable Flags 0x0()\n \
                    0xffffffff81234567\n";
        assert_eq!(parse(bare).unwrap().function, None);
        for other in [
            "",
            "PFN 5 type Unmovable",
            "Page allocated via order 99, mask\nPFN 1 type Unmovable",
            "Page allocated via \
            order 0\nPFN x",
        ] {
            assert_eq!(parse(other), None, "{other}");
        }
    }

    #[test]
    fn what_lies_in_a_block_is_counted_and_summaries_come_back() {
        let mut owners = Owners::default();
        let of = |pfn, order, used, function| Owned { pfn, order, used, function };
        for owned in [
            of(8, 2, Some(Use::Slab), Some("__d_alloc")),
            of(12, 0, Some(Use::Slab), Some("alloc_inode")),
            of(14, 2, Some(Use::Kernel), Some("kernel_clone")),
            of(0, 4, Some(Use::PageTable), Some("pte_alloc_one")),
            of(9, 0, None, Some("do_anonymous_page")),
            of(9, 0, Some(Use::Kernel), None),
            of(40, 0, Some(Use::Kernel), Some("outside")),
        ] {
            owners.take(&owned, &(8..16));
        }
        assert_eq!(owners.of(Use::Slab), [("__d_alloc", 4), ("alloc_inode", 1)]);
        assert_eq!(
            (owners.of(Use::Kernel), owners.of(Use::PageTable)),
            (vec![("kernel_clone", 2)], vec![("pte_alloc_one", 8)])
        );
        let cut = Owners { is_cut: true, ..Owners::default() };
        let text = write([(1, &owners), (2, &cut)]);
        assert_eq!(
            text,
            "1 slab:__d_alloc=4 slab:alloc_inode=1 page-table:pte_alloc_one=8 kernel:kernel_clone=2\n2 cut\n"
        );
        assert_eq!(read(&text), BTreeMap::from([(1, owners), (2, cut)]));
        assert!(
            read("x slab:a=1\n3 slab:a\x1b[=1 other:a=1 slab:=1 slab:a=x").values().all(Owners::is_empty)
        );
    }

    #[test]
    fn a_block_has_no_end_of_names_and_no_more_is_kept() {
        let mut owners = Owners::default();
        for number in 0..10 * MOST_NAMES {
            owners.add(Use::Kernel, &format!("f{number}"), 1);
        }
        owners.add(Use::Kernel, "f0", 5);
        assert_eq!((owners.of(Use::Kernel).len(), owners.of(Use::Kernel)[0]), (MOST_NAMES, ("f0", 6)));
    }
}
