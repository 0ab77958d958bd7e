//! /proc/slabinfo: how much memory each cache of the kernel's small objects takes.
//!
//! # Kernel
//! `print_slabinfo_header` and `cache_show` in mm/slab_common.c; version 2.x of the format, 2.6.10 to 7.3.

use crate::foreign::Foreign;
use crate::memory::PAGE_SIZE;
use std::cmp::Reverse;
use std::fmt::Write;

/// A cache of the kernel's small objects, as /proc/slabinfo counts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlabCache {
    /// Its name; caches of like objects share one.
    pub name: Foreign,
    /// Bytes of all its slabs.
    pub bytes: u64,
    /// Bytes of the objects in them that are used.
    pub used: u64,
    /// Whether Linux gives its objects back when memory is short or caches are dropped, where that is known.
    pub reclaimable: Option<bool>,
}

/// How many caches are kept.
pub const MOST: usize = 8;
/// The most bytes of a name.
const MOST_NAME: usize = 64;

/// The largest caches, the largest first; lines of another form are passed over.
pub fn parse(text: &str) -> Vec<SlabCache> {
    let mut all: Vec<SlabCache> = Vec::new();
    for cache in text.lines().filter_map(cache) {
        let at = all.partition_point(|known| known.bytes >= cache.bytes);
        if at < MOST {
            all.truncate(MOST - 1);
            all.insert(at, cache);
        }
    }
    all
}

/// `name active objects size objects-in-a-slab pages-of-a-slab : tunables … : slabdata active slabs shared`.
fn cache(line: &str) -> Option<SlabCache> {
    let (head, slabs) = line.split_once(" : slabdata ")?;
    let mut words = head.split_whitespace();
    let name = words.next().filter(|name| name.len() <= MOST_NAME && !name.starts_with('#'))?;
    let mut number = || words.next()?.parse::<u64>().ok();
    let (active, _, size) = (number()?, number()?, number()?);
    let (_, pages) = (number()?, number()?);
    let slabs: u64 = slabs.split_whitespace().nth(1)?.parse().ok()?;
    let bytes = slabs.saturating_mul(pages).saturating_mul(PAGE_SIZE);
    Some(SlabCache {
        name: name.into(),
        bytes,
        used: active.saturating_mul(size).min(bytes),
        reclaimable: by_name(name),
    })
}

/// What a name says, where /sys/kernel/slab does not: caches that Linux makes as reclaimable in every release.
fn by_name(name: &str) -> Option<bool> {
    let is_known = matches!(name, "dentry" | "buffer_head" | "radix_tree_node")
        // That of the security modules goes with its inode and not before.
        || name.ends_with("inode_cache") && name != "lsm_inode_cache"
        || name.starts_with("kmalloc-rcl-");
    is_known.then_some(true)
}

/// The summary that a capture keeps, a line each: `dentry 4096 4000 yes`.
pub fn write(caches: &[SlabCache]) -> String {
    let mut out = String::new();
    for cache in caches {
        let word = match cache.reclaimable {
            Some(true) => "yes",
            Some(false) => "no",
            None => "unknown",
        };
        let _ = writeln!(out, "{} {} {} {word}", cache.name.raw_text(), cache.bytes, cache.used);
    }
    out
}

/// Reads a summary; lines of another form are passed over.
pub fn read(text: &str) -> Vec<SlabCache> {
    let line = |line: &str| {
        let mut words = line.split_whitespace();
        let name = words.next().filter(|name| name.len() <= MOST_NAME)?;
        let (bytes, used) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        let reclaimable = match words.next()? {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        };
        Some(SlabCache { name: name.into(), bytes, used, reclaimable })
    };
    let mut all: Vec<SlabCache> = text.lines().filter_map(line).take(MOST).collect();
    all.sort_by_key(|cache| Reverse(cache.bytes));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As 6.12 and 2.6 print it.
    const TEXT: &str = "slabinfo - version: 2.1
# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>
ext4_inode_cache  100000 108000   1184   27    8 : tunables    0    0    0 : slabdata   4000   4000      0
dentry             40000  42000    192   21    1 : tunables  120   60    8 : slabdata   2000   2000      0
kmalloc-rcl-64         0      0     64   64    1 : tunables    0    0    0 : slabdata      0      0      0
kmalloc-1k          1000   1024   1024   16    4 : tunables    0    0    0 : slabdata     64     64      0 : globalstat 1 2 3
broken               x      1      1     1     1 : tunables    0    0    0 : slabdata      1      1      0
";

    #[test]
    fn the_largest_caches_come_first() {
        let all = parse(TEXT);
        let of = |index: usize| (all[index].name.raw_text().into_owned(), all[index].bytes, all[index].used);
        assert_eq!(of(0), ("ext4_inode_cache".to_owned(), 4000 * 8 * 4096, 118_400_000));
        assert_eq!(of(1), ("dentry".to_owned(), 2000 * 4096, 7_680_000));
        assert_eq!(of(2), ("kmalloc-1k".to_owned(), 64 * 4 * 4096, 1_024_000));
        assert_eq!(all.len(), 4);
        let known: Vec<Option<bool>> = all.iter().map(|cache| cache.reclaimable).collect();
        assert_eq!(known, [Some(true), Some(true), None, Some(true)]);
        assert_eq!(read(&write(&all)), all);
        assert_eq!((by_name("lsm_inode_cache"), by_name("xfs_inode")), (None, None));
        let many: String =
            (0..40).map(|number| format!("c{number} 1 1 8 1 1 : x : slabdata 1 {number} 0\n")).collect();
        let all = parse(&many);
        assert_eq!((all.len(), all[0].bytes, all[7].bytes), (MOST, 39 * 4096, 32 * 4096));
    }
}
