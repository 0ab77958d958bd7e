//! kdump-compressed images of memory: what makedumpfile, QEMU's `dump-guest-memory -z` and `virsh dump` write.
//!
//! A header, two bitmaps with a bit for each page frame (memory that exists; pages that are in the file), a descriptor for
//! each page in the file, and the pages, each compressed by itself.
//!
//! # Spec
//! `IMPLEMENTATION` and `diskdump_mod.h` of makedumpfile 1.7.

mod flat;

pub use flat::Flat;

use super::image::{Memory, MemoryError};
use super::read_at::{ReadAt, ReadError};
use crate::bytes::{u32_at, u64_at};
use std::cell::RefCell;
use std::ops::Range;

/// What such a file begins with.
pub const MAGIC: &[u8] = b"KDUMP   ";
/// What the form for pipes begins with.
pub const FLAT_MAGIC: &[u8] = b"makedumpfile\0";

/// Where `status` stands in the header of a 64-bit and of a 32-bit system's dump: behind a time stamp.
const STATUS_AT: [usize; 2] = [424, 412];
/// What is read of the header.
const HEADER_LEN: usize = 464;
/// What is read of the second header.
const SUB_HEADER_LEN: usize = 104;
/// The first version whose second header has page frame numbers of 64 bits.
const WIDE_VERSION: u32 = 6;
/// The bit of `status` that says that the writer ran out of space.
const INCOMPLETE: u32 = 0x8;
/// Page sizes that are believed.
const BLOCK_SIZES: Range<u32> = 512..(64 << 10) + 1;
/// The most page frames that are believed: 256 TiB in pages of 4 KiB.
const MOST_FRAMES: u64 = 1 << 36;
/// Bytes of a page descriptor.
const DESCRIPTOR_LEN: usize = 24;
/// Descriptors that are read at a time.
const DESCRIPTORS: u64 = 1024;
/// Bytes of a bitmap that are counted and kept at a time, and the page frames that they stand for.
const CHUNK_LEN: usize = 64 << 10;
const CHUNK_FRAMES: u64 = 8 * CHUNK_LEN as u64;

/// How a page is compressed: the bit of its descriptor's flags.
const ZLIB: u32 = 0x1;
const LZO: u32 = 0x2;
const SNAPPY: u32 = 0x4;
const ZSTD: u32 = 0x20;

/// Why a file is no such image.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KdumpError {
    /// A header makes no sense.
    #[error("byte {at}: found {found}, expected {expected}")]
    Header {
        /// Where, in bytes of the (rearranged) file.
        at: u64,
        /// What is there; safe to print.
        found: String,
        /// What should be.
        expected: &'static str,
    },
    /// A flattened file in more pieces than are kept.
    #[error("flattened into more than {most} records; rearrange it with makedumpfile -R first")]
    TooManyRecords {
        /// How many are kept.
        most: usize,
    },
    /// A part could not be read.
    #[error("{0}")]
    Read(#[from] ReadError),
}

/// A kdump-compressed image of memory.
#[derive(Debug)]
pub struct Kdump<R> {
    source: R,
    /// Whether the writer ran out of space.
    pub incomplete: bool,
    block_size: u32,
    /// Page frames that the bitmaps have bits for, and those of them that this file is about.
    frames: Range<u64>,
    bitmap_at: u64,
    descriptors_at: u64,
    state: RefCell<ReadState>,
}

/// What was read last, and what was counted so far.
#[derive(Debug, Default)]
struct ReadState {
    /// Pages in the file before each chunk of the bitmap, for all chunks up to the last one that was looked at.
    before: Vec<u64>,
    /// The chunk of the bitmap that is kept.
    chunk: Option<(u64, Vec<u8>)>,
    /// The descriptors that are kept: the number of the first one.
    descriptors: Option<(u64, Vec<u8>)>,
    /// The page that is kept: where it stands in the file. Pages of zeros are one page.
    page: Option<(PageDescriptor, Vec<u8>)>,
    /// The descriptor of a page of zeros, once one was seen: writers give all such pages the same.
    blank: Option<PageDescriptor>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct PageDescriptor {
    offset: u64,
    size: u32,
    flags: u32,
}

impl<R: ReadAt> Kdump<R> {
    /// Reads the headers of `source`, which is not flattened: see [`Flat`].
    ///
    /// # Errors
    /// [`KdumpError`] when they make no sense or are not there.
    pub fn open(source: R) -> Result<Self, KdumpError> {
        let wrong = |at: u64, found: String, expected| Err(KdumpError::Header { at, found, expected });
        let head = source.read_vec(0, HEADER_LEN)?;
        if !head.starts_with(MAGIC) {
            return wrong(0, "another file".to_owned(), "the header of a kdump memory dump");
        }
        let number = |at: usize| u32_at(&head, at).unwrap_or_default();
        let block_size = |at: &usize| number(at.saturating_add(4));
        let fits = |at: &&usize| block_size(at).is_power_of_two() && BLOCK_SIZES.contains(&block_size(at));
        let Some(status_at) = STATUS_AT.iter().find(fits).copied() else {
            return wrong(428, format!("{}", number(428)), "the size of a page");
        };
        let field = |index: usize| number(status_at.saturating_add(4 * index));
        let (block_size, sub_blocks, bitmap_blocks) = (field(1), field(2), field(3));
        let block = u64::from(block_size);
        let blocks = |count: u64| count.saturating_mul(block);
        let (mut most, mut start, mut end) = (u64::from(field(4)), 0, u64::MAX);
        if status_at == STATUS_AT[0] {
            let sub = source.read_vec(block, SUB_HEADER_LEN)?;
            let wide = |at: usize| u64_at(&sub, at).unwrap_or_default();
            let is_wide = number(8) >= WIDE_VERSION && wide(96) != 0;
            if is_wide {
                most = wide(96);
            }
            // One of several files, each with its part of the page frames.
            if u32_at(&sub, 12).unwrap_or_default() != 0 {
                (start, end) = if is_wide { (wide(80), wide(88)) } else { (wide(16), wide(24)) };
            }
        }
        // Each half of the blocks is a bitmap.
        let bitmap_len = blocks(u64::from(bitmap_blocks / 2));
        if most > MOST_FRAMES || most.div_ceil(8) > bitmap_len {
            let found = format!("{most} page frames in a bitmap of {bitmap_len} bytes");
            return wrong(status_at.saturating_add(12) as u64, found, "a bit for each");
        }
        let bitmaps_at = blocks(1u64.saturating_add(u64::from(sub_blocks)));
        let descriptors_at = bitmaps_at.saturating_add(blocks(u64::from(bitmap_blocks)));
        if descriptors_at > source.end() {
            let (len, end) = (blocks(u64::from(bitmap_blocks)), source.end());
            return Err(ReadError::End { at: bitmaps_at, len, end }.into());
        }
        Ok(Kdump {
            incomplete: field(0) & INCOMPLETE != 0,
            block_size,
            frames: start..end.min(most),
            bitmap_at: bitmaps_at.saturating_add(bitmap_len),
            descriptors_at,
            state: RefCell::default(),
            source,
        })
    }

    /// The chunk of the bitmap with this number, whose bits outside of `frames` are cleared.
    fn chunk<'a>(&self, state: &'a mut ReadState, number: u64) -> Result<&'a [u8], ReadError> {
        if state.chunk.as_ref().is_none_or(|(kept, _)| *kept != number) {
            let first = number.saturating_mul(CHUNK_FRAMES);
            let bits = self.frames.end.saturating_sub(first).min(CHUNK_FRAMES);
            let at = self.bitmap_at.saturating_add(number.saturating_mul(CHUNK_LEN as u64));
            let len = usize::try_from(bits.div_ceil(8)).unwrap_or(CHUNK_LEN);
            let mut bytes = self.source.read_vec(at, len)?;
            for (index, byte) in bytes.iter_mut().enumerate() {
                let frame = first.saturating_add(8 * index as u64);
                if frame < self.frames.start || frame.saturating_add(8) > self.frames.end {
                    let kept = (0..8).filter(|bit| self.frames.contains(&frame.saturating_add(*bit)));
                    *byte &= kept.fold(0, |mask, bit| mask | 1 << bit);
                }
            }
            state.chunk = Some((number, bytes));
        }
        Ok(state.chunk.as_ref().map_or(&[], |(_, bytes)| bytes))
    }

    /// The number of a page frame's descriptor; `None` when the page is not in the file.
    fn index(&self, state: &mut ReadState, frame: u64) -> Result<Option<u64>, ReadError> {
        if !self.frames.contains(&frame) {
            return Ok(None);
        }
        let number = frame / CHUNK_FRAMES;
        while (state.before.len() as u64) <= number {
            let last = (state.before.len() as u64).checked_sub(1);
            let before = state.before.last().copied().unwrap_or(0);
            let inside = match last {
                Some(last) if !self.is_hole(last) => ones(self.chunk(state, last)?),
                _ => 0,
            };
            state.before.push(before.saturating_add(inside));
        }
        let before = usize::try_from(number).ok().and_then(|number| state.before.get(number)).copied();
        let bit = frame % CHUNK_FRAMES;
        let at = usize::try_from(bit / 8).unwrap_or(usize::MAX);
        let chunk = self.chunk(state, number)?;
        let (lower, byte) = (chunk.get(..at).unwrap_or_default(), chunk.get(at).copied().unwrap_or_default());
        let mask = 1u8 << (bit % 8);
        let here = ones(lower).saturating_add(u64::from((byte & (mask - 1)).count_ones()));
        Ok((byte & mask != 0).then(|| before.unwrap_or(0).saturating_add(here)))
    }

    /// Whether the file has nothing where a chunk of the bitmap should be, so that all its bits are 0.
    fn is_hole(&self, number: u64) -> bool {
        let at = self.bitmap_at.saturating_add(number.saturating_mul(CHUNK_LEN as u64));
        self.source.data_from(at).start >= at.saturating_add(CHUNK_LEN as u64)
    }

    fn descriptor(&self, state: &mut ReadState, index: u64) -> Result<PageDescriptor, ReadError> {
        let first = index - index % DESCRIPTORS;
        let at = |index: u64| self.descriptors_at.saturating_add(index.saturating_mul(DESCRIPTOR_LEN as u64));
        if state.descriptors.as_ref().is_none_or(|(kept, _)| *kept != first) {
            let left = self.source.end().saturating_sub(at(first)) / DESCRIPTOR_LEN as u64;
            let count = usize::try_from(left.min(DESCRIPTORS)).unwrap_or(0);
            let bytes = self.source.read_vec(at(first), count.saturating_mul(DESCRIPTOR_LEN))?;
            state.descriptors = Some((first, bytes));
        }
        let bytes = state.descriptors.as_ref().map_or(&[][..], |(_, bytes)| bytes);
        let place = usize::try_from(index % DESCRIPTORS).unwrap_or(0).saturating_mul(DESCRIPTOR_LEN);
        let fields = u64_at(bytes, place)
            .zip(u32_at(bytes, place.saturating_add(8)))
            .zip(u32_at(bytes, place.saturating_add(12)));
        let ((offset, size), flags) = fields.ok_or(ReadError::End {
            at: at(index),
            len: DESCRIPTOR_LEN as u64,
            end: self.source.end(),
        })?;
        Ok(PageDescriptor { offset, size, flags })
    }

    /// The first stretch of these page frames, all of which are in the file, that is not known to be zero.
    fn not_blank(&self, state: &mut ReadState, frames: Range<u64>) -> Option<Range<u64>> {
        let Some(blank) = state.blank else { return Some(frames) };
        let first = self.index(state, frames.start).ok().flatten().unwrap_or(0);
        let mut is_blank = |frame: &u64| {
            let index = first.saturating_add(frame.saturating_sub(frames.start));
            self.descriptor(state, index) == Ok(blank)
        };
        let start = frames.clone().find(|frame| !is_blank(frame))?;
        let end = (start..frames.end).find(|frame| is_blank(frame)).unwrap_or(frames.end);
        Some(start..end)
    }

    /// The page that `address` is in.
    fn page<'a>(&self, state: &'a mut ReadState, address: u64) -> Result<&'a [u8], MemoryError> {
        let frame = address / u64::from(self.block_size);
        let index = self.index(state, frame)?.ok_or(MemoryError::Absent { address })?;
        let descriptor = self.descriptor(state, index)?;
        if state.page.as_ref().is_none_or(|(kept, _)| *kept != descriptor) {
            let broken = |why: String| MemoryError::Broken { address, why };
            if descriptor.size > self.block_size {
                return Err(broken(format!("its page takes {} bytes in the file", descriptor.size)));
            }
            let size = usize::try_from(descriptor.size).unwrap_or(0);
            let packed = self.source.read_vec(descriptor.offset, size)?;
            let page_len = usize::try_from(self.block_size).unwrap_or(0);
            let page = unpack(&packed, descriptor.flags, page_len).map_err(broken)?;
            if page.iter().all(|byte| *byte == 0) {
                state.blank = Some(descriptor);
            }
            state.page = Some((descriptor, page));
        }
        Ok(state.page.as_ref().map_or(&[], |(_, page)| page))
    }
}

impl<R: ReadAt> Memory for Kdump<R> {
    fn data_from(&self, address: u64) -> Option<Range<u64>> {
        let block = u64::from(self.block_size);
        let address_of = |frame: u64| frame.saturating_mul(block);
        let mut state = self.state.borrow_mut();
        let mut frame = (address / block).max(self.frames.start);
        while frame < self.frames.end {
            let number = frame / CHUNK_FRAMES;
            let chunk_end = number.saturating_add(1).saturating_mul(CHUNK_FRAMES);
            if self.is_hole(number) {
                let at = self.bitmap_at.saturating_add(number.saturating_mul(CHUNK_LEN as u64));
                let data = self.source.data_from(at).start.saturating_sub(self.bitmap_at);
                frame = data.saturating_mul(8).max(chunk_end) / CHUNK_FRAMES * CHUNK_FRAMES;
                continue;
            }
            let chunk = self.chunk(&mut state, number).ok()?;
            let is_set = |frame: &u64| {
                let bit = frame % CHUNK_FRAMES;
                let byte = usize::try_from(bit / 8).ok().and_then(|at| chunk.get(at)).copied().unwrap_or(0);
                byte >> (bit % 8) & 1 == 1
            };
            let last = chunk_end.min(self.frames.end);
            let Some(first) = (frame..last).find(is_set) else {
                frame = chunk_end;
                continue;
            };
            let end = (first..last).find(|frame| !is_set(frame)).unwrap_or(last);
            match self.not_blank(&mut state, first..end) {
                Some(found) => return Some(address_of(found.start).max(address)..address_of(found.end)),
                None => frame = end,
            }
        }
        None
    }

    fn read(&self, address: u64, buffer: &mut [u8]) -> Result<(), MemoryError> {
        let mut state = self.state.borrow_mut();
        let (mut address, mut rest) = (address, buffer);
        while !rest.is_empty() {
            let page = self.page(&mut state, address)?;
            let at = usize::try_from(address % u64::from(self.block_size)).unwrap_or(0);
            let from =
                page.get(at..).filter(|from| !from.is_empty()).ok_or(MemoryError::Absent { address })?;
            let len = from.len().min(rest.len());
            let (now, later) = rest.split_at_mut(len);
            now.copy_from_slice(from.get(..len).unwrap_or_default());
            (address, rest) = (address.saturating_add(len as u64), later);
        }
        Ok(())
    }

    fn size(&self) -> u64 {
        let mut state = self.state.borrow_mut();
        let mut pages: u64 = 0;
        for number in 0..self.frames.end.div_ceil(CHUNK_FRAMES) {
            if !self.is_hole(number) {
                pages = pages.saturating_add(self.chunk(&mut state, number).map_or(0, ones));
            }
        }
        pages.saturating_mul(u64::from(self.block_size))
    }

    fn offset_of(&self, _address: u64) -> Option<u64> {
        None
    }
}

/// How many bits are set.
fn ones(bytes: &[u8]) -> u64 {
    bytes.chunks(8).fold(0, |sum, chunk| {
        let mut word = [0; 8];
        word.iter_mut().zip(chunk).for_each(|(to, from)| *to = *from);
        sum + u64::from(u64::from_le_bytes(word).count_ones())
    })
}

/// A page of `len` bytes from its bytes in the file, or what is wrong with them.
fn unpack(packed: &[u8], flags: u32, len: usize) -> Result<Vec<u8>, String> {
    let mut page = vec![0; len];
    let unpacked = match flags & (ZLIB | LZO | SNAPPY | ZSTD) {
        0 => {
            page = packed.to_vec();
            page.len()
        }
        ZLIB => inflate(packed, &mut page)?,
        ZSTD => unzstd(packed, &mut page)?,
        LZO => return Err("its page is compressed with lzo, which is not supported".to_owned()),
        SNAPPY => return Err("its page is compressed with snappy, which is not supported".to_owned()),
        several => return Err(format!("its page is compressed in an unknown way ({several:#x})")),
    };
    if unpacked == len { Ok(page) } else { Err(format!("its page has {unpacked} bytes instead of {len}")) }
}

fn inflate(packed: &[u8], page: &mut [u8]) -> Result<usize, String> {
    let mut inflate = flate2::Decompress::new(true);
    inflate
        .decompress(packed, page, flate2::FlushDecompress::Finish)
        .map_err(|error| format!("its page is broken: {error}"))?;
    Ok(usize::try_from(inflate.total_out()).unwrap_or(usize::MAX))
}

#[cfg(feature = "decompress")]
fn unzstd(packed: &[u8], page: &mut [u8]) -> Result<usize, String> {
    let mut decoder = ruzstd::decoding::FrameDecoder::new();
    // A page needs no window that is larger than itself, but writers do not always say so.
    decoder.set_max_window_size(8 << 20);
    decoder.decode_all(packed, page).map_err(|error| format!("its page is broken: {error}"))
}

#[cfg(not(feature = "decompress"))]
fn unzstd(_: &[u8], _: &mut [u8]) -> Result<usize, String> {
    Err("its page is compressed with zstd, and this acpihp was built without it".to_owned())
}
