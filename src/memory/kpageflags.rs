//! /proc/kpageflags: what each page frame is used for, counted as it streams by.
//!
//! # Kernel
//! include/uapi/linux/kernel-page-flags.h, `stable_page_flags` in fs/proc/page.c; 5.10 to 7.3.

use std::fmt::Write;

/// Bytes of a page frame's flags.
pub const ENTRY_LEN: u64 = 8;

const LRU: u32 = 5;
const SLAB: u32 = 7;
const BUDDY: u32 = 10;
const MMAP: u32 = 11;
const ANON: u32 = 12;
const SWAPBACKED: u32 = 14;
const COMPOUND_HEAD: u32 = 15;
const COMPOUND_TAIL: u32 = 16;
const HUGE: u32 = 17;
const UNEVICTABLE: u32 = 18;
const HWPOISON: u32 = 19;
const NOPAGE: u32 = 20;
const THP: u32 = 22;
const OFFLINE: u32 = 23;
const PGTABLE: u32 = 26;
const RESERVED: u32 = 32;
const MLOCKED: u32 = 33;
const PRIVATE: u32 = 35;

/// What a page frame is used for, as far as it matters for taking it away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PageKind {
    /// Free in the buddy allocator.
    Free,
    /// Memory of processes or the page cache: it moves.
    User,
    /// Page cache with data of a file system beside it: it moves where the file system lets it.
    Private,
    /// Page cache that is not to be written out and is locked by nobody: ramfs, secret memory, graphics.
    Unevictable,
    /// A huge page of hugetlbfs.
    HugeTlb,
    /// Without any flag: the kernel's, or free on the list of a processor.
    Bare,
    /// The kernel's without a doubt: a part of a larger allocation, or mapped for a process by a driver.
    Kernel,
    /// Of a slab: the kernel's small objects.
    Slab,
    /// A page table.
    PageTable,
    /// Reserved at boot and never given back.
    Reserved,
    /// Given to a hypervisor: balloon, virtio-mem.
    Ballooned,
    /// Broken.
    Poisoned,
    /// No page frame of an online block.
    Hole,
    /// Flags that fit none of these.
    Unknown,
}

impl PageKind {
    /// All, in the order in which they are counted.
    pub const ALL: [PageKind; 14] = [
        PageKind::Free,
        PageKind::User,
        PageKind::Private,
        PageKind::Unevictable,
        PageKind::HugeTlb,
        PageKind::Bare,
        PageKind::Kernel,
        PageKind::Slab,
        PageKind::PageTable,
        PageKind::Reserved,
        PageKind::Ballooned,
        PageKind::Poisoned,
        PageKind::Hole,
        PageKind::Unknown,
    ];

    /// The word of summaries and JSON.
    pub fn name(self) -> &'static str {
        match self {
            PageKind::Free => "free",
            PageKind::User => "user",
            PageKind::Private => "private",
            PageKind::Unevictable => "unevictable",
            PageKind::HugeTlb => "hugetlb",
            PageKind::Bare => "unflagged",
            PageKind::Kernel => "kernel",
            PageKind::Slab => "slab",
            PageKind::PageTable => "page-table",
            PageKind::Reserved => "reserved",
            PageKind::Ballooned => "balloon",
            PageKind::Poisoned => "poisoned",
            PageKind::Hole => "hole",
            PageKind::Unknown => "unknown",
        }
    }

    /// What the flags of a page frame say. The first that fits counts: a slab's page can look anonymous.
    pub fn of(flags: u64) -> PageKind {
        let any = |bits: &[u32]| bits.iter().any(|bit| flags >> bit & 1 == 1);
        match flags {
            0 => PageKind::Bare,
            _ if any(&[NOPAGE]) => PageKind::Hole,
            _ if any(&[HWPOISON]) => PageKind::Poisoned,
            _ if any(&[RESERVED]) => PageKind::Reserved,
            _ if any(&[BUDDY]) => PageKind::Free,
            _ if any(&[SLAB]) => PageKind::Slab,
            _ if any(&[PGTABLE]) => PageKind::PageTable,
            _ if any(&[OFFLINE]) => PageKind::Ballooned,
            _ if any(&[HUGE]) => PageKind::HugeTlb,
            _ if any(&[LRU]) && any(&[UNEVICTABLE]) && !any(&[MLOCKED]) => PageKind::Unevictable,
            _ if any(&[LRU]) && any(&[PRIVATE]) => PageKind::Private,
            // On its way to a list of the LRU; Linux waits for those before it takes a block.
            _ if any(&[LRU, THP, ANON, SWAPBACKED]) => PageKind::User,
            _ if any(&[COMPOUND_HEAD, COMPOUND_TAIL, MMAP]) => PageKind::Kernel,
            _ => PageKind::Unknown,
        }
    }
}

/// Pages of one kind in a block.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PageCount {
    /// How many there are.
    pub pages: u64,
    /// The first of them.
    pub first_pfn: u64,
}

/// The pages of a memory block, by kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts([PageCount; PageKind::ALL.len()]);

impl Counts {
    /// The pages of a kind.
    pub fn of(&self, kind: PageKind) -> PageCount {
        self.0.get(kind as usize).copied().unwrap_or_default()
    }

    /// The kinds that there are, with their pages.
    pub fn iter(&self) -> impl Iterator<Item = (PageKind, PageCount)> {
        PageKind::ALL.into_iter().zip(self.0).filter(|(_, count)| count.pages > 0)
    }

    /// How many pages there are of some kinds.
    pub fn sum(&self, kinds: &[PageKind]) -> u64 {
        kinds.iter().map(|kind| self.of(*kind).pages).sum()
    }

    /// Adds pages of one kind.
    pub fn add(&mut self, kind: PageKind, first_pfn: u64, pages: u64) {
        let Some(count) = self.0.get_mut(kind as usize) else { return };
        if count.pages == 0 || first_pfn < count.first_pfn {
            count.first_pfn = first_pfn;
        }
        count.pages = count.pages.saturating_add(pages);
    }

    /// Counts the flags of page frames that follow each other, 8 bytes each; what is left over at the end is not counted.
    pub fn take(&mut self, first_pfn: u64, flags: &[u8]) {
        let mut pfn = first_pfn;
        // Neighbours are mostly alike, and telling the kind of a page takes longer than comparing.
        let (mut known, mut start) = (None, pfn);
        for entry in flags.as_chunks::<8>().0 {
            let flags = u64::from_le_bytes(*entry);
            if known != Some(flags) {
                if let Some(known) = known {
                    self.add(PageKind::of(known), start, pfn - start);
                }
                (known, start) = (Some(flags), pfn);
            }
            pfn = pfn.saturating_add(1);
        }
        if let Some(known) = known {
            self.add(PageKind::of(known), start, pfn - start);
        }
    }
}

/// The summary of a machine's blocks, a line each, as a capture keeps it: `8 free=2261@0x40123 slab=19@0x40001`.
pub fn write(blocks: impl IntoIterator<Item = (u64, Counts)>) -> String {
    let mut out = String::new();
    for (block, counts) in blocks {
        let _ = write!(out, "{block}");
        for (kind, count) in counts.iter() {
            let _ = write!(out, " {}={}@{:#x}", kind.name(), count.pages, count.first_pfn);
        }
        out.push('\n');
    }
    out
}

/// Reads a summary; lines of another form are passed over.
pub fn read(text: &str) -> Vec<(u64, Counts)> {
    let kind = |name: &str| PageKind::ALL.into_iter().find(|kind| kind.name() == name);
    let line = |line: &str| {
        let mut words = line.split_whitespace();
        let block = words.next()?.parse().ok()?;
        let mut counts = Counts::default();
        for word in words {
            let (name, rest) = word.split_once('=')?;
            let (pages, first) = rest.split_once("@0x")?;
            counts.add(kind(name)?, u64::from_str_radix(first, 16).ok()?, pages.parse().ok()?);
        }
        Some((block, counts))
    };
    text.lines().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bits(bits: &[u32]) -> u64 {
        bits.iter().map(|bit| 1_u64 << bit).sum()
    }

    #[test]
    fn flags_say_what_a_page_is_used_for() {
        // As they were read in guests; 21 and 34 come and go with the release.
        let cases = [
            (vec![], PageKind::Bare),
            (vec![BUDDY], PageKind::Free),
            (vec![SLAB, COMPOUND_TAIL], PageKind::Slab),
            (vec![SLAB, ANON, 21], PageKind::Slab),
            (vec![PGTABLE], PageKind::PageTable),
            (vec![RESERVED, PRIVATE], PageKind::Reserved),
            (vec![3, LRU, MMAP, ANON, SWAPBACKED, 21, 34], PageKind::User),
            (vec![3, LRU, ANON, SWAPBACKED, COMPOUND_TAIL, UNEVICTABLE, THP, MLOCKED], PageKind::User),
            (vec![COMPOUND_TAIL, THP], PageKind::User),
            (vec![3, 6, MMAP, ANON, SWAPBACKED], PageKind::User),
            (vec![3, 4, LRU, UNEVICTABLE], PageKind::Unevictable),
            (vec![3, LRU, PRIVATE], PageKind::Private),
            (vec![COMPOUND_TAIL, HUGE], PageKind::HugeTlb),
            (vec![3, MMAP, ANON, COMPOUND_TAIL, HUGE, 21, 34], PageKind::HugeTlb),
            (vec![COMPOUND_TAIL], PageKind::Kernel),
            (vec![COMPOUND_HEAD], PageKind::Kernel),
            (vec![MMAP], PageKind::Kernel),
            (vec![OFFLINE], PageKind::Ballooned),
            (vec![HWPOISON, LRU], PageKind::Poisoned),
            (vec![NOPAGE], PageKind::Hole),
            (vec![38], PageKind::Unknown),
        ];
        for (flags, kind) in cases {
            assert_eq!(PageKind::of(bits(&flags)), kind, "{flags:?}");
        }
    }

    #[test]
    fn pages_are_counted_and_summaries_come_back() {
        let flags = [bits(&[BUDDY]), bits(&[BUDDY]), 0, bits(&[SLAB]), bits(&[BUDDY])];
        let bytes: Vec<u8> = flags.iter().flat_map(|flags| flags.to_le_bytes()).chain([7]).collect();
        let mut counts = Counts::default();
        counts.take(0x8000, &bytes);
        assert_eq!(counts.of(PageKind::Free), PageCount { pages: 3, first_pfn: 0x8000 });
        assert_eq!(counts.of(PageKind::Slab), PageCount { pages: 1, first_pfn: 0x8003 });
        let text = write([(1, counts), (2, Counts::default())]);
        assert_eq!(text, "1 free=3@0x8000 unflagged=1@0x8002 slab=1@0x8003\n2\n");
        assert_eq!(read(&text), [(1, counts), (2, Counts::default())]);
        assert_eq!(read("x free=1@0x1\n3 free=1\n4 other=1@0x1\n5 free=y@0x1"), []);
    }

    proptest::proptest! {
        #[test]
        fn each_page_is_counted_once(flags in proptest::collection::vec(proptest::num::u64::ANY, 0..200)) {
            let bytes: Vec<u8> = flags.iter().flat_map(|flags| flags.to_le_bytes()).collect();
            let mut counts = Counts::default();
            counts.take(5, &bytes);
            proptest::prop_assert_eq!(counts.sum(&PageKind::ALL), flags.len() as u64);
            for (kind, count) in counts.iter() {
                let first = flags.iter().position(|flags| PageKind::of(*flags) == kind).unwrap();
                proptest::prop_assert_eq!(count.first_pfn, 5 + first as u64);
            }
        }
    }
}
