//! What each page frame is used for: /proc/kpageflags and /proc/kpagecount as they stream by, or what a capture kept of them.

use super::reason;
use super::root::Root;
use crate::memory::PAGE_SIZE;
use crate::memory::kpageflags::{self, Counts, ENTRY_LEN, PageKind};
use crate::memory::zonestat::ZoneStats;
use rustix::fs::{SeekFrom, seek};
use rustix::io::Errno;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt;

/// The flags of all page frames, for root.
pub const FLAGS: &str = "proc/kpageflags";
/// How often each page frame is mapped, for root.
const MAPPED: &str = "proc/kpagecount";
/// What a capture keeps: the pages of each block by kind.
pub const CAPTURED: &str = "acpihp/page-flags";
/// The counters of the zones in the moment of the capture.
pub const CAPTURED_ZONES: &str = "acpihp/zone-counters";
/// What is read at once, in bytes: 512 MiB of memory.
const PIECE: u64 = 1 << 20;

/// The pages of memory blocks, or why they are not known; safe to print.
pub type Pages = Result<BTreeMap<u64, Counts>, String>;

/// The counters of the zones.
pub fn zones(root: &Root) -> ZoneStats {
    let text = root.text(CAPTURED_ZONES).or_else(|| root.text("proc/zoneinfo"));
    ZoneStats::parse(&text.unwrap_or_default())
}

/// Counts the pages of some blocks, in ascending order. `told` is called now and then with the number of blocks that are
/// done. A block whose flags end before it does is left out.
pub fn of_blocks(root: &Root, block_size: u64, blocks: &[u64], told: &mut dyn FnMut(u64)) -> Pages {
    if let Some(kept) = root.text(CAPTURED) {
        return Ok(kpageflags::read(&kept)
            .into_iter()
            .filter(|(block, _)| blocks.binary_search(block).is_ok())
            .collect());
    }
    let file = match root.stream(FLAGS) {
        Ok(Some(file)) => file,
        Ok(None) if root.is_live() => {
            return Err("there is no /proc/kpageflags (CONFIG_PROC_PAGE_MONITOR is off)".to_owned());
        }
        Ok(None) => {
            return Err(
                "this copy of the machine does not have them (acpihp capture as root does)".to_owned()
            );
        }
        Err(error) => return Err(refused(&error)),
    };
    let mut found = BTreeMap::new();
    let mut buffer = vec![0; usize::try_from(PIECE).unwrap_or(0)];
    for (done, number) in (0_u64..).zip(blocks) {
        match counted(&file, *number, block_size, &mut buffer) {
            Ok(Some(counts)) => drop(found.insert(*number, counts)),
            Ok(None) => {}
            Err(error) => return Err(refused(&error)),
        }
        told(done + 1);
    }
    Ok(found)
}

/// Why the file does not help.
fn refused(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::PermissionDenied => "only root may read /proc/kpageflags (CAP_SYS_ADMIN)".to_owned(),
        _ => format!("/proc/kpageflags: {}", reason(error)),
    }
}

/// The pages of one block; `None` where the file ends before it does.
fn counted(file: &File, number: u64, block_size: u64, buffer: &mut [u8]) -> io::Result<Option<Counts>> {
    let (mut pfn, end) = frames(number, block_size);
    let mut counts = Counts::default();
    while pfn < end {
        let zeros = (hole(file, pfn.saturating_mul(ENTRY_LEN)) / ENTRY_LEN).min(end - pfn);
        if zeros > 0 {
            counts.add(PageKind::of(0), pfn, zeros);
            pfn += zeros;
            continue;
        }
        let len = usize::try_from((end - pfn) * ENTRY_LEN).unwrap_or(usize::MAX).min(buffer.len());
        let piece = buffer.get_mut(..len).unwrap_or_default();
        let read = full(file, piece, pfn.saturating_mul(ENTRY_LEN))?;
        let entries = read as u64 / ENTRY_LEN;
        counts.take(pfn, piece.get(..read).unwrap_or_default());
        pfn += entries;
        if read < len {
            return Ok(None);
        }
    }
    Ok(Some(counts))
}

/// The page frames of a block.
fn frames(number: u64, block_size: u64) -> (u64, u64) {
    let start = number.saturating_mul(block_size) / PAGE_SIZE;
    (start, start.saturating_add(block_size / PAGE_SIZE))
}

/// How many bytes of a copied file from here on are zeros that it does not store: a copy may claim terabytes of them. 0 for a
/// file of /proc.
fn hole(file: &File, at: u64) -> u64 {
    let Ok(len) = file.metadata().map(|meta| meta.len()) else { return 0 };
    let next = match seek(file, SeekFrom::Data(at)) {
        Ok(next) => next,
        // Nothing but zeros up to its end.
        Err(Errno::NXIO) => len,
        Err(_) => at,
    };
    next.min(len).saturating_sub(at)
}

/// Reads as much as fits, or as there is.
fn full(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    let mut done = 0;
    while let Some(rest) = buffer.get_mut(done..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, at.saturating_add(done as u64)) {
            Ok(0) => break,
            Ok(more) => done += more,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}

/// How many pages of a block have no flag and are mapped by a process; 0 where that cannot be read. Flags are read before
/// and after: a page that is free the first time can be used a moment later, and then has flags.
pub fn mapped_without_flags(root: &Root, block_size: u64, number: u64) -> u64 {
    let (Ok(Some(flags)), Ok(Some(mapped))) = (root.stream(FLAGS), root.stream(MAPPED)) else { return 0 };
    let (mut pfn, end) = frames(number, block_size);
    let [mut before, mut counts, mut after] = [Vec::new(), Vec::new(), Vec::new()];
    let mut found = 0;
    while pfn < end {
        // What is mapped by no process.
        let zeros = (hole(&mapped, pfn.saturating_mul(ENTRY_LEN)) / ENTRY_LEN).min(end - pfn);
        if zeros > 0 {
            pfn += zeros;
            continue;
        }
        let at = pfn.saturating_mul(ENTRY_LEN);
        let len = usize::try_from((end - pfn) * ENTRY_LEN).unwrap_or(usize::MAX).min(64 << 10);
        pfn += len as u64 / ENTRY_LEN;
        let fill = |file, buffer: &mut Vec<u8>| {
            buffer.resize(len, 0);
            full(file, buffer, at).is_ok_and(|read| read == len)
        };
        // The kernel makes each entry when it is read: most pieces have no page without flags, and need no more.
        if !fill(&flags, &mut before) {
            return found;
        }
        if !entries(&before).contains(&NOTHING) {
            continue;
        }
        if !fill(&mapped, &mut counts) {
            return found;
        }
        let is_mapped = |(flags, count): &(&Entry, &Entry)| **flags == NOTHING && **count != NOTHING;
        if !entries(&before).iter().zip(entries(&counts)).any(|page| is_mapped(&page)) {
            continue;
        }
        if !fill(&flags, &mut after) {
            return found;
        }
        let pages = entries(&before).iter().zip(entries(&counts)).zip(entries(&after));
        found += pages.filter(|(page, after)| is_mapped(page) && **after == NOTHING).count() as u64;
    }
    found
}

/// What both files say of one page frame.
type Entry = [u8; ENTRY_LEN as usize];

/// No flags, or no mapping.
const NOTHING: Entry = [0; ENTRY_LEN as usize];

fn entries(bytes: &[u8]) -> &[Entry] {
    bytes.as_chunks().0
}
