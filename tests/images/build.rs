//! Images made from scratch: memory by address, and the formats that it can be written in.

use acpihp::bytes::sum8;
use acpihp::container::read_at::{ReadAt, ReadError};
use crc::{CRC_32_ISO_HDLC, Crc};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::Write;
use std::ops::Range;

/// A table with a right checksum: 36 bytes of header, then `body`.
pub(crate) fn table(signature: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut table = signature.to_vec();
    table.extend((36 + body.len() as u32).to_le_bytes());
    table.extend(b"\x01\0ACPIHPEXAMPLE \x01\0\0\0AHP \x01\0\0\0");
    table.extend(body);
    table[9] = 0u8.wrapping_sub(sum8(&table));
    table
}

/// An RSDP with right checksums: of ACPI 1.0 when `xsdt` is `None`.
pub(crate) fn rsdp(rsdt: u32, xsdt: Option<u64>) -> Vec<u8> {
    let mut rsdp = b"RSD PTR \0ACPIHP\0".to_vec();
    rsdp.extend(rsdt.to_le_bytes());
    if let Some(xsdt) = xsdt {
        rsdp[15] = 2;
        rsdp.extend(36u32.to_le_bytes());
        rsdp.extend(xsdt.to_le_bytes());
        rsdp.extend([0; 4]);
    }
    rsdp[8] = 0u8.wrapping_sub(sum8(&rsdp[..20]));
    if xsdt.is_some() {
        rsdp[32] = 0u8.wrapping_sub(sum8(&rsdp));
    }
    rsdp
}

pub(crate) fn rsdt(entries: &[u32]) -> Vec<u8> {
    table(b"RSDT", &entries.iter().flat_map(|entry| entry.to_le_bytes()).collect::<Vec<_>>())
}

pub(crate) fn xsdt(entries: &[u64]) -> Vec<u8> {
    table(b"XSDT", &entries.iter().flat_map(|entry| entry.to_le_bytes()).collect::<Vec<_>>())
}

/// A FADT of 244 bytes with its four pointers: FACS, DSDT, and their 64-bit forms.
pub(crate) fn fadt(facs: u32, dsdt: u32, x_facs: u64, x_dsdt: u64) -> Vec<u8> {
    let mut body = vec![0; 208];
    body[..4].copy_from_slice(&facs.to_le_bytes());
    body[4..8].copy_from_slice(&dsdt.to_le_bytes());
    body[96..104].copy_from_slice(&x_facs.to_le_bytes());
    body[104..112].copy_from_slice(&x_dsdt.to_le_bytes());
    table(b"FACP", &body)
}

pub(crate) fn facs() -> Vec<u8> {
    let mut facs = b"FACS\x40\0\0\0".to_vec();
    facs.resize(64, 0);
    facs
}

/// The GUIDs of the configuration tables for ACPI 1.0 and 2.0, as bytes.
pub(crate) const ACPI_10: [u8; 16] =
    [0x30, 0x2d, 0x9d, 0xeb, 0x88, 0x2d, 0xd3, 0x11, 0x9a, 0x16, 0, 0x90, 0x27, 0x3f, 0xc1, 0x4d];
pub(crate) const ACPI_20: [u8; 16] =
    [0x71, 0xe8, 0x68, 0x88, 0xf1, 0xe4, 0xd3, 0x11, 0xbc, 0x22, 0, 0x80, 0xc7, 0x3c, 0x88, 0x81];

/// An EFI system table of 64-bit firmware with a right CRC32, whose configuration tables are at `list`.
pub(crate) fn system_table(count: u64, list: u64) -> Vec<u8> {
    let mut table = b"IBI SYST\x46\0\x02\0\x78\0\0\0\0\0\0\0\0\0\0\0".to_vec();
    table.resize(104, 0);
    table.extend(count.to_le_bytes());
    table.extend(list.to_le_bytes());
    let sum = Crc::<u32>::new(&CRC_32_ISO_HDLC).checksum(&table);
    table[16..20].copy_from_slice(&sum.to_le_bytes());
    table
}

/// The same of 32-bit firmware.
pub(crate) fn system_table_32(count: u32, list: u32) -> Vec<u8> {
    let mut table = b"IBI SYST\x46\0\x02\0\x48\0\0\0\0\0\0\0\0\0\0\0".to_vec();
    table.resize(64, 0);
    table.extend(count.to_le_bytes());
    table.extend(list.to_le_bytes());
    let sum = Crc::<u32>::new(&CRC_32_ISO_HDLC).checksum(&table);
    table[16..20].copy_from_slice(&sum.to_le_bytes());
    table
}

/// Memory by address; what nothing was put into is zero.
#[derive(Debug, Clone, Default)]
pub(crate) struct Memory {
    pub(crate) pieces: BTreeMap<u64, Vec<u8>>,
}

impl Memory {
    pub(crate) fn new(pieces: impl IntoIterator<Item = (u64, Vec<u8>)>) -> Self {
        Memory { pieces: pieces.into_iter().collect() }
    }

    pub(crate) fn put(mut self, address: u64, bytes: impl Into<Vec<u8>>) -> Self {
        self.pieces.insert(address, bytes.into());
        self
    }

    /// The memory in a range.
    pub(crate) fn get(&self, range: Range<u64>) -> Vec<u8> {
        let mut out = vec![0; (range.end - range.start) as usize];
        for (start, bytes) in self.pieces.range(..range.end) {
            let end = (start + bytes.len() as u64).min(range.end);
            let from = (*start).max(range.start);
            if from < end {
                let piece = &bytes[(from - start) as usize..(end - start) as usize];
                out[(from - range.start) as usize..(end - range.start) as usize].copy_from_slice(piece);
            }
        }
        out
    }

    /// A raw image.
    pub(crate) fn raw(&self, len: u64) -> Vec<u8> {
        self.get(0..len)
    }

    /// A 64-bit little-endian ELF core with one program header for each range, and a note between them.
    pub(crate) fn elf(&self, ranges: &[Range<u64>]) -> Vec<u8> {
        let mut loads = vec![(4u32, 0u64, 0u64, NOTE.len() as u64)];
        let mut data = NOTE.to_vec();
        for range in ranges {
            loads.push((1, range.start, data.len() as u64, range.end - range.start));
            data.extend(self.get(range.clone()));
        }
        let count = loads.len() as u64;
        let is_wide = count >= 0xffff;
        // Header, perhaps section header 0, program headers, data.
        let headers_at = 64 + if is_wide { 64 } else { 0 };
        let data_at = headers_at + 56 * count;
        let mut out = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
        for (number, size) in [
            (4u64, 2),
            (62, 2),
            (1, 4),
            (0, 8),
            (headers_at, 8),
            (if is_wide { 64 } else { 0 }, 8),
            (0, 4),
            (64, 2),
            (56, 2),
            (count.min(0xffff), 2),
            (64, 2),
            (u64::from(is_wide), 2),
            (0, 2),
        ] {
            out.extend(&number.to_le_bytes()[..size]);
        }
        if is_wide {
            let mut section = [0; 64];
            section[44..48].copy_from_slice(&(count as u32).to_le_bytes());
            out.extend(section);
        }
        for (kind, address, offset, len) in loads {
            out.extend(kind.to_le_bytes());
            out.extend(0u32.to_le_bytes());
            for number in [data_at + offset, address, address, len, len, 0] {
                out.extend(number.to_le_bytes());
            }
        }
        out.extend(data);
        out
    }

    /// A 32-bit ELF core of either byte order.
    pub(crate) fn elf_32(&self, ranges: &[Range<u64>], big_endian: bool) -> Vec<u8> {
        let data_at = 52 + 32 * ranges.len() as u64;
        let mut out = b"\x7fELF\x01".to_vec();
        out.push(if big_endian { 2 } else { 1 });
        out.extend([1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        let number = |out: &mut Vec<u8>, number: u64, size: usize| {
            let mut bytes = number.to_le_bytes()[..size].to_vec();
            if big_endian {
                bytes.reverse();
            }
            out.extend(bytes);
        };
        for (value, size) in [(4, 2), (3, 2), (1, 4), (0, 4), (52, 4), (0, 4), (0, 4), (52, 2), (32, 2)] {
            number(&mut out, value, size);
        }
        for value in [ranges.len() as u64, 40, 0, 0] {
            number(&mut out, value, 2);
        }
        let mut data = Vec::new();
        for range in ranges {
            let len = range.end - range.start;
            for value in [1, data_at + data.len() as u64, 0xc000_0000, range.start, len, len, 0, 0] {
                number(&mut out, value, 4);
            }
            data.extend(self.get(range.clone()));
        }
        out.extend(data);
        out
    }

    /// A kdump-compressed image with pages of 4 KiB; zeros are one page, as writers have it.
    pub(crate) fn kdump(&self, ranges: &[Range<u64>], how: Pack) -> Vec<u8> {
        const PAGE: u64 = 4096;
        let frames: Vec<u64> = ranges.iter().flat_map(|range| range.start / PAGE..range.end / PAGE).collect();
        let most = frames.last().unwrap() + 1;
        let bitmap_blocks = most.div_ceil(8 * PAGE);
        let mut head = b"KDUMP   \x06\0\0\0".to_vec();
        head.resize(424, 0);
        for number in [0, PAGE as u32, 1, 2 * bitmap_blocks as u32, most as u32, 0, 0, 0, 0, 1] {
            head.extend(u32::to_le_bytes(number));
        }
        head.resize(4096 + 96, 0);
        head.extend(most.to_le_bytes());
        head.resize(8192, 0);
        let mut bitmap = vec![0; (bitmap_blocks * PAGE) as usize];
        for frame in &frames {
            bitmap[(frame / 8) as usize] |= 1 << (frame % 8);
        }
        let pages_at = 8192 + 2 * bitmap.len() as u64 + 24 * frames.len() as u64;
        let (mut descriptors, mut pages, mut blank) = (Vec::new(), Vec::new(), None);
        for frame in frames {
            let page = self.get(frame * PAGE..(frame + 1) * PAGE);
            let is_blank = page.iter().all(|byte| *byte == 0);
            let known = blank.filter(|_| is_blank);
            let (offset, len, flags) = known.unwrap_or_else(|| {
                let (packed, flags) = how.pack(&page);
                let place = (pages_at + pages.len() as u64, packed.len() as u32, flags);
                pages.extend(packed);
                place
            });
            if is_blank {
                blank = Some((offset, len, flags));
            }
            descriptors.extend(offset.to_le_bytes());
            descriptors.extend(len.to_le_bytes());
            descriptors.extend(flags.to_le_bytes());
            descriptors.extend([0; 8]);
        }
        [head, bitmap.clone(), bitmap, descriptors, pages].concat()
    }
}

/// A note as Linux leaves it in dumps, behind another one.
const NOTE: &[u8] = b"\x05\0\0\0\x03\0\0\0\x01\0\0\0CORE\0\0\0\0abc\0\
    \x0b\0\0\0\x1e\0\0\0\0\0\0\0VMCOREINFO\0\0OSRELEASE=6.1.0\nPAGESIZE=4096\n\0\0";

/// How the pages of a kdump-compressed image are packed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pack {
    Stored,
    Zlib,
    #[cfg(feature = "decompress")]
    Zstd,
    Lzo,
}

impl Pack {
    fn pack(self, page: &[u8]) -> (Vec<u8>, u32) {
        match self {
            Pack::Stored => (page.to_vec(), 0),
            Pack::Zlib => {
                let mut writer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
                writer.write_all(page).unwrap();
                (writer.finish().unwrap(), 1)
            }
            #[cfg(feature = "decompress")]
            Pack::Zstd => {
                let level = ruzstd::encoding::CompressionLevel::Fastest;
                (ruzstd::encoding::compress_to_vec(page, level), 0x20)
            }
            Pack::Lzo => (vec![0; 10], 2),
        }
    }
}

/// Flattens a file into records of `size` bytes, the last one first; the first is written twice, wrong at first.
pub(crate) fn flatten(file: &[u8], size: usize) -> Vec<u8> {
    let mut out = b"makedumpfile\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x01".to_vec();
    out.resize(4096, 0);
    let mut record = |offset: i64, data: &[u8]| {
        out.extend(offset.to_be_bytes());
        out.extend((data.len() as i64).to_be_bytes());
        out.extend(data);
    };
    record(0, &vec![0xaa; size.min(file.len())]);
    for (number, data) in file.chunks(size).enumerate().collect::<Vec<_>>().into_iter().rev() {
        record((number * size) as i64, data);
    }
    out.extend((-1i64).to_be_bytes());
    out.extend((-1i64).to_be_bytes());
    out
}

/// Counts what is read of some bytes.
pub(crate) struct Counting<R> {
    pub(crate) inner: R,
    pub(crate) bytes: Cell<u64>,
}

impl<R: ReadAt> ReadAt for Counting<R> {
    fn end(&self) -> u64 {
        self.inner.end()
    }

    fn read_at(&self, at: u64, buffer: &mut [u8]) -> Result<(), ReadError> {
        self.bytes.set(self.bytes.get() + buffer.len() as u64);
        self.inner.read_at(at, buffer)
    }

    fn data_from(&self, at: u64) -> Range<u64> {
        self.inner.data_from(at)
    }
}

/// A machine with a BIOS: RSDP of revision 2 in the BIOS area, both root tables, FADT, DSDT, FACS, SRAT, an SSDT.
pub(crate) fn bios_machine() -> Memory {
    Memory::new([
        (0xf_1230, rsdp(0x10_1000, Some(0x10_2000))),
        (0x10_1000, rsdt(&[0x10_3000, 0x10_6000, 0x10_7000])),
        (0x10_2000, xsdt(&[0x10_3000, 0x10_6000, 0x10_7000])),
        (0x10_3000, fadt(0x10_5000, 0x10_4000, 0, 0x10_4000)),
        (0x10_4000, table(b"DSDT", &[1; 500])),
        (0x10_5000, facs()),
        (0x10_6000, table(b"SRAT", &[0; 12])),
        (0x10_7000, table(b"SSDT", b"one")),
    ])
}

/// What [`bios_machine`] has, in the kernel's order.
pub(crate) const BIOS_TABLES: [&str; 8] = ["RSDP", "RSDT", "XSDT", "FACP", "DSDT", "FACS", "SRAT", "SSDT"];
