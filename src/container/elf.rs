//! ELF images of memory: what QEMU's dump-guest-memory, `makedumpfile -E` and /proc/kcore give.
//!
//! # Spec
//! System V ABI, chapters 4 and 5. A count of program headers that does not fit into 16 bits stands in the `sh_info`
//! of section header 0 (`PN_XNUM`, elf(5)).

use super::image::{Segment, Segments};
use super::read_at::{ReadAt, ReadError};
use crate::bytes::array_at;
use goblin::container::{Container, Ctx, Endian};
use goblin::elf::Elf;
use goblin::elf::header::{EI_CLASS, EI_DATA, ELFCLASS64, ELFDATA2MSB, ET_CORE, Header};
use goblin::elf::program_header::{PT_LOAD, ProgramHeader};

/// What every ELF file begins with.
pub const MAGIC: &[u8] = b"\x7fELF";

/// The longest header.
const HEADER_LEN: usize = 64;
/// The count of program headers that says that the real one stands elsewhere.
const PN_XNUM: u16 = 0xffff;
/// Where `sh_info` stands in a section header of 32-bit and 64-bit files.
const SH_INFO: (u64, u64) = (28, 44);
/// Program headers that are read at a time.
const CHUNK: u64 = 1024;
/// The most pieces of memory that are kept, of 24 bytes each.
const MOST_SEGMENTS: usize = 1 << 20;
/// How often the bytes of a file may be described on average: /proc/kcore has RAM at one more address or two.
const MOST_SHARED: u64 = 8;

/// Why a file is no ELF image of memory.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ElfError {
    /// The header makes no sense.
    #[error("byte {at}: found {found}, expected {expected}")]
    Header {
        /// Where in the header.
        at: u64,
        /// What is there; safe to print.
        found: String,
        /// What should be.
        expected: &'static str,
    },
    /// It is a program or library.
    #[error("byte 16: found an ELF file of type {found}, expected an image of memory (type 4, ET_CORE)")]
    NotCore {
        /// Its type.
        found: u16,
    },
    /// No program header has a physical address.
    #[error(
        "no physical addresses in its program headers: the core of a process, or of a kernel that gives none"
    )]
    NoAddresses,
    /// No program header describes memory.
    #[error("no memory in it: not one of its {headers} program headers is a PT_LOAD with data")]
    NoMemory {
        /// How many there are.
        headers: u64,
    },
    /// Its program headers share the file's bytes so often that the memory is a claim and no content.
    #[error("its program headers describe {described} bytes of data, and the file has {end}")]
    Shared {
        /// What they describe, as far as the file goes.
        described: u64,
        /// Where the file ends.
        end: u64,
    },
    /// Memory in more pieces than are kept.
    #[error("memory in more than {MOST_SEGMENTS} pieces")]
    TooManyPieces,
    /// A part could not be read.
    #[error("{0}")]
    Read(#[from] ReadError),
}

/// An ELF image of memory.
#[derive(Debug)]
pub struct Image<R> {
    /// The memory.
    pub memory: Segments<R>,
    /// Memory that the program headers describe and that the file ends before, in bytes.
    pub missing: u64,
}

impl<R: ReadAt> Image<R> {
    /// Reads header and program headers of `source`.
    ///
    /// # Errors
    /// [`ElfError`] when it is no ELF file, no core, has no physical memory or ends within its headers.
    pub fn open(source: R) -> Result<Self, ElfError> {
        let (header, ctx) = header(&source)?;
        if header.e_type != ET_CORE {
            return Err(ElfError::NotCore { found: header.e_type });
        }
        let size = ProgramHeader::size(ctx) as u64;
        let count = header_count(&source, &header, ctx)?;
        let mut loads = Loads { end: source.end(), ..Loads::default() };
        let mut done = 0;
        while done < count {
            let now = CHUNK.min(count.saturating_sub(done));
            let at = done.checked_mul(size).and_then(|before| header.e_phoff.checked_add(before));
            let at = at.unwrap_or(u64::MAX);
            let bytes =
                source.read_vec(at, usize::try_from(now.saturating_mul(size)).unwrap_or(usize::MAX))?;
            let count = usize::try_from(now).unwrap_or(0);
            let parsed = ProgramHeader::parse(&bytes, 0, count, ctx).map_err(|error| ElfError::Header {
                at,
                found: error.to_string(),
                expected: "program headers",
            })?;
            for entry in parsed {
                if entry.p_type == PT_LOAD {
                    loads.add(&entry)?;
                }
            }
            done = done.saturating_add(now);
        }
        if loads.segments.is_empty() && loads.missing == 0 {
            return Err(ElfError::NoMemory { headers: count });
        }
        if loads.described > MOST_SHARED.saturating_mul(loads.end) {
            return Err(ElfError::Shared { described: loads.described, end: loads.end });
        }
        if loads.is_process() {
            return Err(ElfError::NoAddresses);
        }
        let memory = Segments::new(source, loads.segments);
        Ok(Image { memory, missing: loads.missing })
    }
}

/// Whether `bytes` begin an ELF file of the type of memory images, which process cores have too.
pub fn is_core(bytes: &[u8]) -> bool {
    let e_type: Option<[u8; 2]> = array_at(bytes, 16);
    let is_big_endian = bytes.get(EI_DATA) == Some(&ELFDATA2MSB);
    let number =
        e_type.map(|raw| if is_big_endian { u16::from_be_bytes(raw) } else { u16::from_le_bytes(raw) });
    bytes.starts_with(MAGIC) && number == Some(ET_CORE)
}

/// The header, and how the rest of the file is written. Program headers have the size that they should.
///
/// # Errors
/// [`ElfError`] when it is no ELF file, or ends within its header.
pub(super) fn header(source: &impl ReadAt) -> Result<(Header, Ctx), ElfError> {
    let mut head = [0; HEADER_LEN];
    let len = usize::try_from(source.end()).unwrap_or(HEADER_LEN).min(HEADER_LEN);
    source.read_at(0, head.get_mut(..len).unwrap_or_default())?;
    let wrong = |found: String| ElfError::Header { at: 0, found, expected: "an ELF header" };
    if !head.starts_with(MAGIC) {
        return Err(wrong("no ELF file".to_owned()));
    }
    let header = Elf::parse_header(&head).map_err(|error| wrong(error.to_string()))?;
    let at = |index: usize| head.get(index).copied().unwrap_or_default();
    let container = if at(EI_CLASS) == ELFCLASS64 { Container::Big } else { Container::Little };
    let endian = if at(EI_DATA) == ELFDATA2MSB { Endian::Big } else { Endian::Little };
    let ctx = Ctx::new(container, endian);
    if usize::from(header.e_phentsize) != ProgramHeader::size(ctx) {
        let at = if ctx.is_big() { 54 } else { 42 };
        let found = format!("program headers of {} bytes", header.e_phentsize);
        return Err(ElfError::Header { at, found, expected: "32 or 56" });
    }
    Ok((header, ctx))
}

/// How many program headers there are.
fn header_count(source: &impl ReadAt, header: &Header, ctx: Ctx) -> Result<u64, ElfError> {
    if header.e_phnum != PN_XNUM {
        return Ok(u64::from(header.e_phnum));
    }
    let at = header.e_shoff.saturating_add(if ctx.is_big() { SH_INFO.1 } else { SH_INFO.0 });
    if header.e_shoff == 0 {
        return Ok(u64::from(PN_XNUM));
    }
    let mut bytes = [0; 4];
    source.read_at(at, &mut bytes)?;
    let count = if ctx.is_little_endian() { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) };
    // A file with exactly that many has no count there.
    Ok(u64::from(count).max(u64::from(PN_XNUM)))
}

/// The memory of program headers, as it is collected.
#[derive(Default)]
struct Loads {
    segments: Vec<Segment>,
    /// Where the file ends.
    end: u64,
    missing: u64,
    /// Data that they describe and that are in the file.
    described: u64,
    /// How many there were, how many at physical address 0 and at virtual address 0.
    count: u64,
    at_zero: u64,
    virtual_zero: u64,
}

impl Loads {
    fn add(&mut self, entry: &ProgramHeader) -> Result<(), ElfError> {
        // /proc/kcore has -1 where there is no physical address.
        if entry.p_filesz == 0 || entry.p_paddr.checked_add(entry.p_memsz).is_none() {
            return Ok(());
        }
        self.count = self.count.saturating_add(1);
        self.at_zero = self.at_zero.saturating_add(u64::from(entry.p_paddr == 0));
        self.virtual_zero = self.virtual_zero.saturating_add(u64::from(entry.p_vaddr == 0));
        let len = entry.p_filesz.min(self.end.saturating_sub(entry.p_offset));
        self.missing = self.missing.saturating_add(entry.p_filesz.saturating_sub(len));
        self.described = self.described.saturating_add(len);
        let segment = Segment { start: entry.p_paddr, len, offset: entry.p_offset };
        let pieces = self.segments.len();
        match self.segments.last_mut() {
            _ if len == 0 => {}
            Some(last) if last.goes_on_in(&segment) => last.len = last.len.saturating_add(len),
            _ if pieces >= MOST_SEGMENTS => return Err(ElfError::TooManyPieces),
            _ => self.segments.push(segment),
        }
        Ok(())
    }

    /// Whether all physical addresses are 0 because nobody filled them in.
    fn is_process(&self) -> bool {
        self.at_zero == self.count && (self.count > 1 || self.virtual_zero == 0)
    }
}
