//! Who asked for the pages that hold memory blocks: /sys/kernel/debug/page_owner and /proc/slabinfo, or what a capture kept.

use super::reason;
use super::root::Root;
use crate::memory::PAGE_SIZE;
use crate::memory::page_owner::{self, Owners};
use crate::memory::slabinfo::{self, SlabCache};
use rustix::fs::{SeekFrom, seek};
use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::ops::Range;
use std::os::unix::fs::FileExt;

/// A record for each allocation, for root, where the command line has `page_owner=on`.
const OWNERS: &str = "sys/kernel/debug/page_owner";
/// What a capture keeps: the functions that asked for the pages of each block.
pub const CAPTURED: &str = "acpihp/page-owners";
/// The caches of the kernel's small objects, for root.
const SLABS: &str = "proc/slabinfo";
/// What a capture keeps: the largest caches.
pub const CAPTURED_SLABS: &str = "acpihp/slab-caches";
/// The most records that a run reads of a running kernel, which takes some microseconds for each.
const MOST_RECORDS: u64 = 1 << 20;
/// The most bytes of a record: Linux prints no more than a page.
const RECORD: usize = 4096;

/// Why nothing says who asked for pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Absent {
    /// There is no such file.
    NoFile,
    /// The system does not let it be read, and why; safe to print.
    Refused(String),
}

impl fmt::Display for Absent {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Absent::NoFile => write!(out, "there is no /{OWNERS}"),
            Absent::Refused(why) => write!(out, "{why}"),
        }
    }
}

/// The functions that asked for the pages of some blocks: each with the first page frame that matters. `told` is called now and then
/// with the number of blocks that are done.
///
/// # Errors
/// [`Absent`], which says why.
pub fn of_blocks(
    root: &Root,
    block_size: u64,
    blocks: &BTreeMap<u64, u64>,
    told: &mut dyn FnMut(u64),
) -> Result<BTreeMap<u64, Owners>, Absent> {
    if let Some(kept) = root.text(CAPTURED) {
        let mut kept = page_owner::read(&kept);
        kept.retain(|block, _| blocks.contains_key(block));
        return Ok(kept);
    }
    let refused = |error: &io::Error| match error.kind() {
        ErrorKind::PermissionDenied => Absent::Refused(format!("only root may read /{OWNERS}")),
        _ => Absent::Refused(format!("/{OWNERS}: {}", reason(error))),
    };
    let file = root.stream(OWNERS).map_err(|error| refused(&error))?.ok_or(Absent::NoFile)?;
    // A text has no holes; a copy may claim terabytes of them.
    if !root.is_live() && has_hole(&file).map_err(|error| refused(&error))? {
        return Err(Absent::Refused(format!("/{OWNERS}: the copy is a sparse file")));
    }
    match root.is_live() {
        true => live(&file, block_size, blocks, told),
        false => copied(file, block_size, blocks),
    }
    .map_err(|error| refused(&error))
}

/// Whether a file has zeros that it does not store.
fn has_hole(file: &File) -> io::Result<bool> {
    let len = file.metadata()?.len();
    let first = seek(file, SeekFrom::Hole(0));
    seek(file, SeekFrom::Start(0))?;
    Ok(first.is_ok_and(|at| at < len))
}

fn frames(block: u64, block_size: u64) -> Range<u64> {
    let start = block.saturating_mul(block_size) / PAGE_SIZE;
    start..start.saturating_add(block_size / PAGE_SIZE)
}

/// One read of the kernel's file is one record: that of the first allocation from a page frame on, which the offset is.
fn record(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    loop {
        match file.read_at(buffer, at) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

/// What a record says: page frame, order, use, function.
type Record = (u64, u32, Option<page_owner::Use>, Option<String>);

/// From the running kernel, block by block.
fn live(
    file: &File,
    block_size: u64,
    blocks: &BTreeMap<u64, u64>,
    told: &mut dyn FnMut(u64),
) -> io::Result<BTreeMap<u64, Owners>> {
    let mut buffer = vec![0; RECORD];
    let mut next = |at: u64| -> io::Result<Option<Record>> {
        let len = record(file, &mut buffer, at)?;
        let text = String::from_utf8_lossy(buffer.get(..len).unwrap_or_default());
        let owned = page_owner::parse(&text);
        Ok(owned.map(|owned| (owned.pfn, owned.order, owned.used, owned.function.map(str::to_owned))))
    };
    // Up to 6.0 the offset counts from the first page frame that there is.
    let Some((first, ..)) = next(0)? else { return Ok(BTreeMap::new()) };
    let base = match next(first)? {
        Some((pfn, ..)) if pfn == first => 0,
        _ => first,
    };
    let share = (MOST_RECORDS / blocks.len().max(1) as u64).max(64);
    let mut left = MOST_RECORDS;
    let mut found = BTreeMap::new();
    for (done, (block, from)) in (0_u64..).zip(blocks) {
        let frames = frames(*block, block_size);
        let mut owners = Owners::default();
        let (mut at, mut records) = (frames.start.max(*from), share.min(left));
        while at < frames.end {
            if records == 0 {
                owners.is_cut = true;
                break;
            }
            (records, left) = (records - 1, left.saturating_sub(1));
            let Some((pfn, order, used, function)) = next(at.saturating_sub(base))? else { break };
            let owned = page_owner::Owned { pfn, order, used, function: function.as_deref() };
            owners.take(&owned, &frames);
            at = pfn.saturating_add(1 << order).max(at + 1);
        }
        found.insert(*block, owners);
        told(done + 1);
    }
    Ok(found)
}

/// From a copy of the file, which has all records one after the other, with empty lines between.
fn copied(file: File, block_size: u64, blocks: &BTreeMap<u64, u64>) -> io::Result<BTreeMap<u64, Owners>> {
    let mut found: BTreeMap<u64, Owners> = blocks.keys().map(|block| (*block, Owners::default())).collect();
    let mut count = |record: &[u8]| {
        let text = String::from_utf8_lossy(record);
        let Some(owned) = page_owner::parse(&text) else { return };
        let last = owned.pfn.saturating_add((1 << owned.order) - 1);
        let block = |pfn: u64| pfn.saturating_mul(PAGE_SIZE) / block_size;
        for (block, owners) in found.range_mut(block(owned.pfn)..=block(last)) {
            owners.take(&owned, &frames(*block, block_size));
        }
    };
    let (mut reader, mut record, mut line) =
        (BufReader::with_capacity(1 << 16, file), Vec::new(), Vec::new());
    loop {
        line.clear();
        let len = reader.by_ref().take(RECORD as u64).read_until(b'\n', &mut line)?;
        if len == 0 || line.trim_ascii().is_empty() {
            count(&record);
            record.clear();
        } else if record.len() + line.len() <= 2 * RECORD {
            record.extend_from_slice(&line);
        }
        if len == 0 {
            return Ok(found);
        }
    }
}

/// The largest caches of the kernel's small objects; none where they cannot be read.
pub fn slabs(root: &Root) -> Vec<SlabCache> {
    if let Some(kept) = root.text(CAPTURED_SLABS) {
        return slabinfo::read(&kept);
    }
    let mut all = slabinfo::parse(&root.text(SLABS).unwrap_or_default());
    for cache in &mut all {
        let name = cache.name.raw_text();
        if name.contains('/') || name.starts_with('.') {
            continue;
        }
        let text = root.text(&format!("sys/kernel/slab/{name}/reclaim_account"));
        match text.as_deref().map(str::trim) {
            Some("1") => cache.reclaimable = Some(true),
            Some("0") => cache.reclaimable = Some(false),
            _ => {}
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn text(pfn: u64, function: &str) -> String {
        format!(
            "Page allocated via order 1, mask 0x0(), pid 1, tgid 1 (x), ts 1 ns\nPFN {pfn:#x} type Unmovable Block 0 type \
             Unmovable Flags 0x0()\n post_alloc_hook+0x1/0x2\n {function}+0x1/0x2\n\n"
        )
    }

    #[test]
    fn a_copy_is_counted_block_by_block() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("sys/kernel/debug")).unwrap();
        fs::create_dir_all(folder.path().join("proc")).unwrap();
        let long = "x".repeat(3 * RECORD);
        let all =
            [text(2, "one"), long, "\n\n".to_owned(), text(0x7fff, "both"), text(0x1_0000, "other")].concat();
        fs::write(folder.path().join(OWNERS), all).unwrap();
        let root = Root::open(folder.path()).unwrap();
        let blocks = BTreeMap::from([(0, 0), (1, 0)]);
        let found = of_blocks(&root, 128 << 20, &blocks, &mut |_| ()).unwrap();
        let of = |block: u64| found[&block].of(page_owner::Use::Kernel);
        assert_eq!((of(0), of(1)), (vec![("one", 2), ("both", 1)], vec![("both", 1)]));
        fs::write(
            folder.path().join("proc/slabinfo"),
            "a 1 1 8 1 1 : x : slabdata 1 1 0\n../b 1 1 8 1 1 : x : slabdata 1 2 0\n",
        )
        .unwrap();
        fs::create_dir_all(folder.path().join("sys/kernel/slab/a")).unwrap();
        fs::write(folder.path().join("sys/kernel/slab/a/reclaim_account"), "0\n").unwrap();
        let slabs: Vec<Option<bool>> = slabs(&root).iter().map(|cache| cache.reclaimable).collect();
        assert_eq!(slabs, [None, Some(false)]);
        fs::remove_file(folder.path().join(OWNERS)).unwrap();
        assert_eq!(of_blocks(&root, 128 << 20, &blocks, &mut |_| ()), Err(Absent::NoFile));
    }
}
