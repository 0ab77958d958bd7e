//! PE files: the sections of EFI programs, such as unified kernel images.
//!
//! Only the table of sections counts here. Signatures, imports and the rest of a PE file are left alone, so that a file
//! is read however a signing tool or objcopy has left them.
//!
//! # Spec
//! Microsoft PE and COFF Specification, "MS-DOS Stub", "COFF File Header" and "Section Table".

use super::read_at::{ReadAt, ReadError, Window};
use crate::bytes::u32_at;
use crate::foreign::Foreign;
use goblin::pe::header::{COFF_MACHINE_ARM64, COFF_MACHINE_X86, COFF_MACHINE_X86_64, CoffHeader};
use goblin::pe::section_table::{SIZEOF_SECTION_TABLE, SectionTable};
use std::ops::Range;

/// What a PE file begins with: the header of a DOS program.
pub const MAGIC: &[u8] = b"MZ";

/// What stands in front of the COFF header.
const SIGNATURE: &[u8] = b"PE\0\0";
/// Where the DOS header tells the place of the signature; it ends there.
const POINTER_AT: usize = 60;
const DOS_HEADER_LEN: usize = 64;
const COFF_HEADER_LEN: usize = 20;

/// Why a file is no PE file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PeError {
    /// A header is not what it should be.
    #[error("byte {at}: found {}, expected {expected}", found.text())]
    Header {
        /// Where, in bytes.
        at: u64,
        /// What is there.
        found: Foreign,
        /// What should be.
        expected: &'static str,
    },
    /// A part could not be read: mostly a file that was cut off.
    #[error("{0}")]
    Read(#[from] ReadError),
}

/// A section as the table of sections has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its name, up to 8 bytes, without the NULs behind it.
    pub name: Vec<u8>,
    /// Where it comes to lie in memory, in bytes from the start of the program.
    pub address: u32,
    /// How long it is there, in bytes: more than in the file where zeros follow.
    pub memory_len: u32,
    /// Its bytes in the file, those left out that only fill it up and are not loaded.
    pub file: Range<u64>,
}

impl Section {
    /// Whether this is its name.
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name.as_bytes()
    }
}

/// A PE file: its headers, and the source that its sections are read from.
#[derive(Debug, Clone)]
pub struct Pe<R> {
    source: R,
    /// The machine that it is for, as a number of the specification.
    pub machine: u16,
    /// Its sections in the order of the table.
    pub sections: Vec<Section>,
}

impl<R: ReadAt> Pe<R> {
    /// Reads the headers of `source`.
    ///
    /// # Errors
    /// [`PeError`] when it has none of a PE file, or ends within them.
    pub fn open(source: R) -> Result<Self, PeError> {
        let wrong = |at: u64, found: &[u8], expected| {
            let found = Foreign::from("\"") + found + "\"";
            Err(PeError::Header { at, found, expected })
        };
        let dos = source.read_vec(0, DOS_HEADER_LEN)?;
        if !dos.starts_with(MAGIC) {
            return wrong(0, dos.get(..2).unwrap_or_default(), "MZ, the header of a PE file");
        }
        let at = u64::from(u32_at(&dos, POINTER_AT).unwrap_or_default());
        let head = source.read_vec(at, SIGNATURE.len() + COFF_HEADER_LEN)?;
        if !head.starts_with(SIGNATURE) {
            return wrong(at, head.get(..4).unwrap_or_default(), "PE\\x00\\x00");
        }
        let mut place = SIGNATURE.len();
        let header = CoffHeader::parse(&head, &mut place).map_err(|error| PeError::Header {
            at: at.saturating_add(SIGNATURE.len() as u64),
            found: error.to_string().into(),
            expected: "a COFF header",
        })?;
        let table_at =
            at.saturating_add(head.len() as u64).saturating_add(u64::from(header.size_of_optional_header));
        let len = usize::from(header.number_of_sections).saturating_mul(SIZEOF_SECTION_TABLE);
        let mut table = source.read_vec(table_at, len)?;
        // A name that begins with a slash stands for a longer one elsewhere, which no program that is booted has; goblin
        // would give up all sections when there is none.
        for entry in table.chunks_exact_mut(SIZEOF_SECTION_TABLE) {
            if let Some(first @ b'/') = entry.first_mut() {
                *first = 0;
            }
        }
        let mut place = 0;
        let mut sections = Vec::with_capacity(usize::from(header.number_of_sections));
        for _ in 0..header.number_of_sections {
            let at = table_at.saturating_add(place as u64);
            let entry = SectionTable::parse(&table, &mut place, 0).map_err(|error| PeError::Header {
                at,
                found: error.to_string().into(),
                expected: "a section header",
            })?;
            sections.push(section(&entry));
        }
        Ok(Pe { source, machine: header.machine, sections })
    }

    /// The bytes that a section has in the file, as far as they are there.
    pub fn window(&self, section: &Section) -> Window<&R> {
        Window::new(&self.source, section.file.clone())
    }

    /// Up to `most` bytes of a section, as far as they are there.
    ///
    /// # Errors
    /// [`ReadError`] when the source fails.
    pub fn head(&self, section: &Section, most: usize) -> Result<Vec<u8>, ReadError> {
        let window = self.window(section);
        window.read_vec(0, usize::try_from(window.end()).unwrap_or(most).min(most))
    }

    /// How many of a section's bytes the file ends before: 0 in a file that is whole.
    pub fn missing(&self, section: &Section) -> u64 {
        let len = section.file.end.saturating_sub(section.file.start);
        len.saturating_sub(self.window(section).end())
    }

    /// The source that it was opened from.
    pub fn source(&self) -> &R {
        &self.source
    }

    /// The machine by its usual name, or its number.
    pub fn machine_name(&self) -> String {
        match self.machine {
            COFF_MACHINE_X86_64 => "x86-64".to_owned(),
            COFF_MACHINE_X86 => "i386".to_owned(),
            COFF_MACHINE_ARM64 => "arm64".to_owned(),
            other => format!("machine {other:#06x}"),
        }
    }
}

fn section(entry: &SectionTable) -> Section {
    let name = entry.name.split(|byte| *byte == 0).next().unwrap_or_default().to_vec();
    let start = u64::from(entry.pointer_to_raw_data);
    // Up to the next multiple of the file's alignment there are bytes that are not the section's.
    let len = u64::from(entry.size_of_raw_data.min(entry.virtual_size));
    Section {
        name,
        address: entry.virtual_address,
        memory_len: entry.virtual_size,
        file: start..start.saturating_add(len),
    }
}
