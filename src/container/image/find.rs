//! Where the RSDP is: the places where Linux looks, then everywhere.
//!
//! # Kernel
//! `acpi_find_root_pointer` in drivers/acpi/acpica/tbxfroot.c, and `efi_get_rsdp_addr` in
//! arch/x86/boot/compressed/acpi.c, 6.1.

use super::efi::{self, EfiVersion};
use super::{Memory, MemoryError};
use crate::bytes::{array_at, u16_at};
use crate::container::read_at::ReadError;
use crate::table::rsdp::{Rsdp, SIGNATURE, V1_LEN, V2_LEN};
use crate::table::{HEADER_LEN, root};
use memchr::memmem::Finder;
use std::fmt;
use std::ops::Range;

/// The word that holds the segment of the Extended BIOS Data Area.
const EBDA_WORD: u64 = 0x40e;
/// How much of the Extended BIOS Data Area is searched, in bytes.
const EBDA_LEN: u64 = 1024;
/// The memory above the Extended BIOS Data Area: it ends here at the latest.
const EBDA_END: u64 = 0xa_0000;
/// The area of the BIOS that is searched.
const BIOS_AREA: Range<u64> = 0xe_0000..0x10_0000;
/// An RSDP in these areas stands at a multiple of this.
const STEP: usize = 16;

/// What a full search reads at a time, in bytes: it stays in a processor's cache while it is searched.
const WINDOW: usize = 256 << 10;
/// The most pointers to the EFI system table that are looked for: memory of 256 GiB.
const MOST_POINTERS: usize = 1 << 16;
/// The most RSDPs that are kept.
const MOST_RSDPS: usize = 64;

/// How an RSDP was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RsdpPlace {
    /// Someone said where it is.
    Given,
    /// In the first KiB of the Extended BIOS Data Area.
    Ebda,
    /// From 0xE0000 to 0xFFFFF.
    BiosArea,
    /// Named by the EFI system table at this address.
    Efi(EfiVersion, u64),
    /// In a search of all memory.
    Anywhere,
}

impl fmt::Display for RsdpPlace {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RsdpPlace::Given => out.write_str("as given"),
            RsdpPlace::Ebda => out.write_str("in the Extended BIOS Data Area"),
            RsdpPlace::BiosArea => out.write_str("in the BIOS area 0xe0000-0xfffff"),
            RsdpPlace::Efi(version, table) => {
                let version = if *version == EfiVersion::Acpi20 { "2.0" } else { "1.0" };
                write!(out, "named by the EFI system table at {table:#x} for ACPI {version}")
            }
            RsdpPlace::Anywhere => out.write_str("found by a search of all memory"),
        }
    }
}

/// An RSDP whose checksums are right, or one that firmware names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Its physical address.
    pub address: u64,
    /// How it was found.
    pub place: RsdpPlace,
    /// Its bytes: 20, or 36 from revision 2 on.
    pub bytes: Vec<u8>,
    /// Whether it leads to a RSDT or XSDT in the image.
    pub has_root: bool,
}

impl Candidate {
    /// The structure, whose bytes are all there.
    pub fn rsdp(&self) -> Option<Rsdp<'_>> {
        Rsdp::parse(&self.bytes).ok()
    }
}

/// What to do to find the RSDP.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// The address that someone gave.
    pub given: Option<u64>,
    /// Search all memory where the usual places have none: wrong for memory that acts when it is read.
    pub everywhere: bool,
}

/// What the search for the RSDP came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoundRsdps {
    /// The RSDPs; the first is the one that Linux would take.
    pub rsdps: Vec<Candidate>,
    /// How much memory was searched beyond the usual places, in bytes, holes not counted.
    pub searched: u64,
    /// Why the first page that could not be read could not, if any.
    pub broken: Option<MemoryError>,
}

impl FoundRsdps {
    /// Adds the RSDP at an address, if there is one and it is new. What firmware names is taken with wrong sums too, as
    /// Linux takes it.
    fn add(&mut self, memory: &impl Memory, address: u64, place: RsdpPlace) -> Result<(), ReadError> {
        let named = matches!(place, RsdpPlace::Given | RsdpPlace::Efi(..));
        if let Some(known) = self.rsdps.iter_mut().find(|known| known.address == address) {
            if named && known.place == RsdpPlace::Anywhere {
                known.place = place;
            }
            return Ok(());
        }
        if self.rsdps.len() >= MOST_RSDPS {
            return Ok(());
        }
        let Some(mut bytes) = memory.read_if_there(address, V1_LEN)? else { return Ok(()) };
        let Ok(rsdp) = Rsdp::parse(&bytes) else { return Ok(()) };
        if !named && !rsdp.checksum_ok() {
            return Ok(());
        }
        if rsdp.revision() >= 2 {
            let Some(whole) = memory.read_if_there(address, V2_LEN)? else { return Ok(()) };
            if !named && Rsdp::parse(&whole).is_ok_and(|rsdp| rsdp.extended_checksum_ok() == Some(false)) {
                return Ok(());
            }
            bytes = whole;
        }
        let has_root = Rsdp::parse(&bytes).is_ok_and(|rsdp| has_root(memory, &rsdp));
        self.rsdps.push(Candidate { address, place, bytes, has_root });
        Ok(())
    }

    /// Whether there is one that leads further.
    fn is_enough(&self) -> bool {
        self.rsdps.iter().any(|rsdp| rsdp.has_root)
    }
}

/// Looks for the RSDP: where it was said to be, in the Extended BIOS Data Area, in the BIOS area, in the EFI system
/// table, at last everywhere; each only when what was there before it leads to no root table.
///
/// # Errors
/// [`ReadError`] when the file ends where it should not.
pub fn find(memory: &impl Memory, options: &Options) -> Result<FoundRsdps, ReadError> {
    let mut found = FoundRsdps::default();
    if let Some(address) = options.given {
        found.add(memory, address, RsdpPlace::Given)?;
    }
    for (place, area) in [(RsdpPlace::Ebda, ebda(memory)?), (RsdpPlace::BiosArea, Some(BIOS_AREA))] {
        if let (Some(area), false) = (area, found.is_enough()) {
            search_area(memory, area, place, &mut found)?;
        }
    }
    if options.everywhere && !found.is_enough() {
        from_efi_pointers(memory, &mut found)?;
    }
    if options.everywhere && !found.is_enough() {
        search_everywhere(memory, &mut found)?;
    }
    // Stable: what was found first stays first among equals.
    found.rsdps.sort_by_key(|rsdp| match rsdp.place {
        _ if !rsdp.has_root => (3, 0, 0),
        RsdpPlace::Anywhere => (2, u8::MAX - rsdp.rsdp().map_or(0, |rsdp| rsdp.revision()), rsdp.address),
        RsdpPlace::Efi(version, _) => (1, u8::from(version == EfiVersion::Acpi10), 0),
        _ => (0, 0, 0),
    });
    Ok(found)
}

/// The part of the Extended BIOS Data Area that is searched.
fn ebda(memory: &impl Memory) -> Result<Option<Range<u64>>, ReadError> {
    let word = memory.read_if_there(EBDA_WORD, 2)?.and_then(|word| u16_at(&word, 0)).unwrap_or(0);
    let start = u64::from(word) << 4;
    Ok((0x401..EBDA_END).contains(&start).then(|| start..start.saturating_add(EBDA_LEN).min(EBDA_END)))
}

/// Adds the first RSDP of an area of a few KiB. Pages that the image leaves out are skipped.
fn search_area(
    memory: &impl Memory,
    area: Range<u64>,
    place: RsdpPlace,
    found: &mut FoundRsdps,
) -> Result<(), ReadError> {
    const PAGE: u64 = 4096;
    let whole = |area: &Range<u64>| usize::try_from(area.end.saturating_sub(area.start)).unwrap_or(0);
    let mut pieces = vec![area.clone()];
    let mut bytes = memory.read_if_there(area.start, whole(&area))?;
    if bytes.is_none() {
        let page = |start: u64| start.max(area.start)..start.saturating_add(PAGE).min(area.end);
        pieces =
            (area.start / PAGE..=area.end / PAGE).map(|number| page(number.saturating_mul(PAGE))).collect();
    }
    for piece in pieces.into_iter().filter(|piece| !piece.is_empty()) {
        let piece_bytes = match bytes.take() {
            Some(bytes) => Some(bytes),
            None => memory.read_if_there(piece.start, whole(&piece))?,
        };
        for at in (0..whole(&piece)).step_by(STEP) {
            let head = piece_bytes.as_deref().and_then(|bytes| array_at::<8>(bytes, at));
            if head == Some(SIGNATURE) {
                let before = found.rsdps.len();
                found.add(memory, piece.start.saturating_add(at as u64), place)?;
                if found.rsdps.len() > before {
                    return Ok(());
                }
            }
        }
    }
    Ok(())
}

/// Adds the RSDPs of the EFI system table to which firmware leaves a pointer at a multiple of 4 MiB, until a system
/// overwrites it.
fn from_efi_pointers(memory: &impl Memory, found: &mut FoundRsdps) -> Result<(), ReadError> {
    let mut address = 0;
    for _ in 0..MOST_POINTERS {
        let Some(data) = memory.data_from(address) else { break };
        let Some(place) = data.start.checked_next_multiple_of(efi::POINTER_STEP) else { break };
        if place >= data.end {
            address = data.end;
            continue;
        }
        if let Some(table) = efi::pointer(memory, place)? {
            add_from_efi(memory, table, found)?;
            if found.is_enough() {
                break;
            }
        }
        address = place.saturating_add(1);
    }
    Ok(())
}

fn add_from_efi(memory: &impl Memory, table: u64, found: &mut FoundRsdps) -> Result<(), ReadError> {
    for (version, address) in efi::system_table(memory, table)?.map(|table| table.rsdps).unwrap_or_default() {
        found.add(memory, address, RsdpPlace::Efi(version, table))?;
    }
    Ok(())
}

/// Searches all memory for RSDPs at any byte, and for the EFI system table, which ends the search.
fn search_everywhere(memory: &impl Memory, found: &mut FoundRsdps) -> Result<(), ReadError> {
    const OVERLAP: usize = SIGNATURE.len() - 1;
    let (rsdp, system_table) = (Finder::new(&SIGNATURE), Finder::new(&efi::SIGNATURE));
    let mut window = vec![0; WINDOW];
    let (mut address, mut last_end) = (0, None);
    while let Some(data) = memory.data_from(address) {
        address = data.end;
        let mut at = data.start;
        if last_end == Some(at) {
            at = at.saturating_sub(OVERLAP as u64);
        }
        last_end = Some(data.end);
        while at < data.end {
            let len = usize::try_from(data.end.saturating_sub(at)).unwrap_or(WINDOW).min(WINDOW);
            let Some(piece) = window.get_mut(..len) else { break };
            match memory.read(at, piece) {
                Err(MemoryError::Read(error @ ReadError::End { .. })) => return Err(error),
                // A page that cannot be read hides nothing else.
                Err(_) => read_pages(memory, at, piece, &mut found.broken)?,
                Ok(()) => {}
            }
            found.searched = found.searched.saturating_add(len as u64);
            for hit in rsdp.find_iter(piece) {
                found.add(memory, at.saturating_add(hit as u64), RsdpPlace::Anywhere)?;
            }
            for hit in system_table.find_iter(piece) {
                add_from_efi(memory, at.saturating_add(hit as u64), found)?;
                if found.rsdps.iter().any(|rsdp| rsdp.has_root && matches!(rsdp.place, RsdpPlace::Efi(..))) {
                    return Ok(());
                }
            }
            let is_last = at.saturating_add(len as u64) >= data.end;
            at = at.saturating_add(if is_last { len } else { len.saturating_sub(OVERLAP) } as u64);
        }
    }
    Ok(())
}

const PAGE: usize = 4096;

/// Reads what can be read of a window, page by page; the rest is zero.
fn read_pages(
    memory: &impl Memory,
    start: u64,
    window: &mut [u8],
    broken: &mut Option<MemoryError>,
) -> Result<(), ReadError> {
    for (number, page) in window.chunks_mut(PAGE).enumerate() {
        let address = start.saturating_add(number.saturating_mul(PAGE) as u64);
        match memory.read(address, page) {
            Err(MemoryError::Read(error @ ReadError::End { .. })) => return Err(error),
            Err(why) => {
                page.fill(0);
                broken.get_or_insert(why);
            }
            Ok(()) => {}
        }
    }
    Ok(())
}

/// Whether the RSDP leads to the header of a root table.
fn has_root(memory: &impl Memory, rsdp: &Rsdp<'_>) -> bool {
    let xsdt = rsdp.xsdt().filter(|address| *address != 0);
    [(xsdt, root::XSDT), (Some(u64::from(rsdp.rsdt())), root::RSDT)].into_iter().any(
        |(address, signature)| {
            let header = address.and_then(|address| memory.read_vec(address, HEADER_LEN).ok());
            header.is_some_and(|header| header.starts_with(&signature.0))
        },
    )
}
