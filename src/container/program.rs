//! ELF programs: what of them is loaded, and where.
//!
//! # Spec
//! System V ABI, chapters 4 and 5.

use super::elf::{self, ElfError};
use super::read_at::ReadAt;
use goblin::elf::header::{ET_DYN, ET_EXEC};
use goblin::elf::program_header::{PT_LOAD, ProgramHeader};
use goblin::elf::section_header::{SHT_NOBITS, SectionHeader};
use std::ops::Range;

/// The most program and section headers that are read: kernels have a handful and a few dozen.
const MOST_HEADERS: u16 = 4096;

/// The longest table of section names that is read.
const MOST_NAMES: usize = 1 << 20;

/// A piece that is loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Load {
    /// Its bytes in the file.
    pub file: Range<u64>,
    /// Where it lies in memory: physical addresses.
    pub memory: Range<u64>,
    /// The virtual address of its first byte.
    pub address: u64,
}

/// An ELF program: what of it is loaded where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// The machine that it is for, as a number of the ABI: 62 for x86-64.
    pub machine: u16,
    /// What is loaded, in the order of the file.
    pub loads: Vec<Load>,
    /// Sections that have no bytes in the file, such as `.bss`: names, and physical addresses.
    pub blank: Vec<(Vec<u8>, Range<u64>)>,
}

impl Program {
    /// Reads the headers of `source`. Section headers that make no sense are as good as none.
    ///
    /// # Errors
    /// [`ElfError`] when it is no ELF program, or ends within its program headers.
    pub fn open(source: &impl ReadAt) -> Result<Program, ElfError> {
        let (header, ctx) = elf::header(source)?;
        if !matches!(header.e_type, ET_EXEC | ET_DYN) {
            let found = format!("type {}", header.e_type);
            return Err(ElfError::Header { at: 16, found, expected: "a program, type 2 or 3" });
        }
        let count = usize::from(header.e_phnum.min(MOST_HEADERS));
        let bytes = source.read_vec(header.e_phoff, count.saturating_mul(ProgramHeader::size(ctx)))?;
        let parsed = ProgramHeader::parse(&bytes, 0, count, ctx).map_err(|error| ElfError::Header {
            at: header.e_phoff,
            found: error.to_string(),
            expected: "program headers",
        })?;
        let loads: Vec<Load> = parsed
            .iter()
            .filter(|entry| entry.p_type == PT_LOAD && entry.p_memsz > 0)
            .filter_map(|entry| {
                let file = entry.p_offset..entry.p_offset.checked_add(entry.p_filesz.min(entry.p_memsz))?;
                let memory = entry.p_paddr..entry.p_paddr.checked_add(entry.p_memsz)?;
                Some(Load { file, memory, address: entry.p_vaddr })
            })
            .collect();
        if loads.is_empty() {
            return Err(ElfError::NoMemory { headers: count as u64 });
        }
        let count = usize::from(header.e_shnum.min(MOST_HEADERS));
        let size = SectionHeader::size(ctx);
        let fits = usize::from(header.e_shentsize) == size;
        let bytes = source.read_vec(header.e_shoff, count.saturating_mul(size)).ok().filter(|_| fits);
        let sections = bytes.and_then(|bytes| SectionHeader::parse_from(&bytes, 0, count, ctx).ok());
        let sections = sections.unwrap_or_default();
        let names = sections.get(usize::from(header.e_shstrndx)).and_then(|section| {
            let len = usize::try_from(section.sh_size).ok().filter(|len| *len <= MOST_NAMES)?;
            source.read_vec(section.sh_offset, len).ok()
        });
        let names = names.unwrap_or_default();
        let blank = sections.iter().filter(|section| section.sh_type == SHT_NOBITS);
        let blank = blank.filter_map(|section| {
            let name = names.get(section.sh_name..)?.split(|byte| *byte == 0).next()?;
            Some((name.to_vec(), physical(&loads, section.sh_addr, section.sh_size)?))
        });
        Ok(Program { machine: header.e_machine, blank: blank.collect(), loads })
    }

    /// The physical addresses of a section that has no bytes in the file.
    pub fn blank(&self, name: &str) -> Option<&Range<u64>> {
        self.blank.iter().find(|(known, _)| known == name.as_bytes()).map(|(_, range)| range)
    }

    /// The addresses from the first to the last byte that is loaded.
    pub fn span(&self) -> Range<u64> {
        let start = self.loads.iter().map(|load| load.memory.start).min().unwrap_or(0);
        start..self.loads.iter().map(|load| load.memory.end).max().unwrap_or(0)
    }
}

/// The physical addresses of what has virtual ones, if it lies in a piece that is loaded.
fn physical(loads: &[Load], address: u64, len: u64) -> Option<Range<u64>> {
    let end = address.checked_add(len)?;
    loads.iter().find_map(|load| {
        let offset = address.checked_sub(load.address)?;
        let piece_len = load.memory.end.checked_sub(load.memory.start)?;
        let inside = end.checked_sub(load.address)? <= piece_len;
        let start = load.memory.start.checked_add(offset)?;
        inside.then_some(start..start.checked_add(len)?)
    })
}
