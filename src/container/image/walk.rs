//! From the RSDP to the tables, in the order in which Linux installs them.
//!
//! # Kernel
//! `acpi_tb_parse_root_table` and `acpi_tb_parse_fadt` in drivers/acpi/acpica, 3.15 to 7.3.

use super::find::Candidate;
use super::{Memory, MemoryError};
use crate::container::raw;
use crate::container::read_at::ReadError;
use crate::table::fadt::Fadt;
use crate::table::root::{self, Root};
use crate::table::rsdp;
use crate::table::{HEADER_LEN, Signature};
use std::collections::HashMap;
use std::fmt;

/// The most bytes that all tables together may have; the largest machines known have a few MiB.
const MOST_BYTES: usize = 16 << 20;
/// The most tables.
const MOST_TABLES: usize = 4096;
/// The most entries of a root table that are followed.
const MOST_ENTRIES: usize = 1 << 16;
/// The most faults that are kept.
const MOST_FAULTS: usize = 64;

/// What led to a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// The search for RSDPs.
    Search,
    /// A field of the RSDP at `rsdp`.
    Rsdp {
        /// Address of the RSDP.
        rsdp: u64,
        /// `RSDT` or `XSDT`.
        field: Signature,
    },
    /// An entry of a root table, counted from 0.
    Root {
        /// `RSDT` or `XSDT`.
        root: Signature,
        /// Which entry.
        index: usize,
    },
    /// A field of the FADT: its name.
    Fadt(&'static str),
}

impl fmt::Display for Via {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Via::Search => out.write_str("RSDP"),
            Via::Rsdp { rsdp, field } => write!(out, "{} address of the RSDP at {rsdp:#x}", field.text()),
            Via::Root { root, index } => write!(out, "{} entry {index}", root.text()),
            Via::Fadt(field) => write!(out, "{field} of the FADT"),
        }
    }
}

/// A table and where it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Physical address.
    pub address: u64,
    /// Where it stands in the file; `None` where it is compressed.
    pub offset: Option<u64>,
    /// What led to it.
    pub via: Via,
    /// Its bytes, as many as its header says; only the header where that cannot be right.
    pub bytes: Vec<u8>,
}

/// What is wrong with a pointer or what it leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The table or pointer that has the address.
    pub via: Via,
    /// The physical address that it leads to.
    pub address: u64,
    /// What is wrong there.
    pub kind: FaultKind,
}

/// What can be wrong with a pointer to a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultKind {
    /// The memory there is not in the image or cannot be read.
    Unreachable(MemoryError),
    /// What is there is no table: its first bytes.
    NoTable([u8; 4]),
    /// Another table is there than the pointer should lead to.
    Other {
        /// The signature that is there.
        found: Signature,
        /// The one that should be.
        expected: Signature,
    },
    /// The table's length is less than the part that each such table has.
    Short {
        /// The length in its header, in bytes.
        length: u64,
        /// The least that it can be.
        minimum: usize,
    },
    /// Not all of the table is in the image.
    Cut {
        /// The length in its header, in bytes.
        length: u64,
    },
    /// The pointer leads back to a root table.
    Cycle,
    /// The entry is null.
    Null,
    /// An earlier pointer of the same root table led there.
    Again(Via),
    /// Only the RSDT has this table, and Linux reads the XSDT.
    OnlyRsdt,
    /// The 32-bit pointer differs from the 64-bit one, which Linux prefers.
    Differs {
        /// The 64-bit one.
        used: u64,
    },
    /// The checksum of the RSDP, which firmware names all the same, is wrong.
    RsdpSum,
    /// This and what follows was not read: there are too many tables, or they are too large.
    Budget,
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (via, address) = (self.via, self.address);
        match &self.kind {
            FaultKind::Unreachable(MemoryError::Absent { address: first }) if *first == address => {
                write!(
                    out,
                    "{via}: the table at {address:#x} is unreachable: the image leaves that memory out"
                )
            }
            FaultKind::Unreachable(why) => {
                write!(out, "{via}: the table at {address:#x} is unreachable: {why}")
            }
            FaultKind::NoTable(bytes) => {
                let [a, b, c, d] = bytes;
                write!(out, "{via}: no table at {address:#x}, but the bytes {a:02x} {b:02x} {c:02x} {d:02x}")
            }
            FaultKind::Other { found, expected } => {
                let (found, expected) = (found.text(), expected.text());
                write!(out, "{via}: leads to {found} at {address:#x}, expected {expected}")
            }
            FaultKind::Short { length, minimum } => write!(
                out,
                "{via}: the table at {address:#x} gives its length as {length}, less than the {minimum} bytes it \
                 must have; only these were read"
            ),
            FaultKind::Cut { length } => write!(
                out,
                "{via}: the table at {address:#x} gives its length as {length} bytes, which are not all in the \
                 image; only its header was read"
            ),
            FaultKind::Cycle => write!(out, "{via}: leads back to the root table at {address:#x}"),
            FaultKind::Null => write!(out, "{via}: is null, Linux skips it"),
            FaultKind::Again(first) => write!(out, "{via}: leads to {address:#x} again, like {first}"),
            FaultKind::OnlyRsdt => write!(out, "{via}: only the RSDT has {address:#x}; Linux reads the XSDT"),
            FaultKind::Differs { used } => {
                write!(out, "{via}: is {address:#x}, the 64-bit field {used:#x}; Linux takes the latter")
            }
            FaultKind::RsdpSum => write!(out, "{via} at {address:#x}: wrong checksum"),
            FaultKind::Budget => write!(
                out,
                "{via}: the table at {address:#x} and all that follow were left out: more than {MOST_TABLES} \
                 tables or {} MiB",
                MOST_BYTES >> 20
            ),
        }
    }
}

/// All tables that the RSDPs lead to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Walk {
    /// The tables, each once. For each RSDP: itself, RSDT, XSDT, then in the kernel's order.
    pub tables: Vec<Table>,
    /// What was wrong on the way.
    pub faults: Vec<Fault>,
    /// Faults beyond those that are kept.
    pub more_faults: usize,
}

/// Reads all tables that `rsdps` lead to; the first one is the one that the kernel takes.
///
/// # Errors
/// [`ReadError`] when the file ends where it should not.
pub fn walk(memory: &impl Memory, rsdps: &[Candidate]) -> Result<Walk, ReadError> {
    let mut walker =
        Walker { memory, walk: Walk::default(), seen: HashMap::new(), left: MOST_BYTES, roots: Vec::new() };
    for candidate in rsdps {
        if walker.follow_rsdp(candidate)?.is_none() {
            break;
        }
    }
    Ok(walker.walk)
}

struct Walker<'a, M> {
    memory: &'a M,
    walk: Walk,
    /// The address of each table, and what led to it first.
    seen: HashMap<u64, Via>,
    /// Bytes that further tables may have.
    left: usize,
    /// The addresses of root tables.
    roots: Vec<u64>,
}

/// `None` when there are too many tables to go on.
type WalkStep<T> = Result<Option<T>, ReadError>;

impl<M: Memory> Walker<'_, M> {
    fn fault(&mut self, via: Via, address: u64, kind: FaultKind) {
        if self.walk.faults.len() < MOST_FAULTS {
            self.walk.faults.push(Fault { via, address, kind });
        } else {
            self.walk.more_faults = self.walk.more_faults.saturating_add(1);
        }
    }

    fn follow_rsdp(&mut self, candidate: &Candidate) -> WalkStep<()> {
        let Some(view) = candidate.rsdp() else { return Ok(Some(())) };
        if !view.checksum_ok() || view.extended_checksum_ok() == Some(false) {
            self.fault(Via::Search, candidate.address, FaultKind::RsdpSum);
        }
        let (rsdt, xsdt) = (u64::from(view.rsdt()), view.xsdt().filter(|address| *address != 0));
        self.add(candidate.address, Via::Search, candidate.bytes.clone());
        let mut lists = Vec::new();
        let earlier_roots = self.roots.len();
        for (address, field) in [(Some(rsdt), root::RSDT), (xsdt, root::XSDT)] {
            let Some(address) = address.filter(|address| *address != 0) else { continue };
            let via = Via::Rsdp { rsdp: candidate.address, field };
            // Firmware gives two RSDPs one RSDT.
            if self.roots.iter().take(earlier_roots).any(|root| *root == address) {
                continue;
            }
            if self.seen.contains_key(&address) {
                self.fault(via, address, FaultKind::Cycle);
                continue;
            }
            self.roots.push(address);
            let Some(bytes) = self.table(address, via)? else { return Ok(None) };
            match Root::parse(&bytes) {
                Ok(list) if list.header.signature == field => {
                    lists.push((field, list.entries().map(|(_, entry)| entry).take(MOST_ENTRIES).collect()));
                }
                Ok(list) => {
                    let found = list.header.signature;
                    self.fault(via, address, FaultKind::Other { found, expected: field });
                }
                Err(_) => {}
            }
        }
        // Linux reads the XSDT where there is one; what else the RSDT has comes behind.
        let has_xsdt = lists.iter().any(|(field, _)| *field == root::XSDT);
        lists.reverse();
        for (field, entries) in lists {
            if self.follow_root(field, entries, has_xsdt && field == root::RSDT)?.is_none() {
                return Ok(None);
            }
        }
        Ok(Some(()))
    }

    /// Follows the entries of a root table. Of the second one of an RSDP, only what the first has not.
    fn follow_root(&mut self, root: Signature, entries: Vec<u64>, is_second: bool) -> WalkStep<()> {
        let mut here: HashMap<u64, Via> = HashMap::new();
        for (index, address) in entries.into_iter().enumerate() {
            let via = Via::Root { root, index };
            let first = here.get(&address).copied();
            if address == 0 {
                self.fault(via, address, FaultKind::Null);
            } else if self.roots.contains(&address) {
                self.fault(via, address, FaultKind::Cycle);
            } else if let Some(first) = first {
                self.fault(via, address, FaultKind::Again(first));
            } else if !self.seen.contains_key(&address) {
                if is_second {
                    self.fault(via, address, FaultKind::OnlyRsdt);
                }
                let Some(bytes) = self.table(address, via)? else { return Ok(None) };
                if let Ok(fadt) = Fadt::parse(&bytes)
                    && self.follow_fadt(&fadt)?.is_none()
                {
                    return Ok(None);
                }
            }
            here.entry(address).or_insert(via);
        }
        Ok(Some(()))
    }

    /// DSDT and FACS, as the kernel installs them behind the FADT.
    fn follow_fadt(&mut self, fadt: &Fadt<'_>) -> WalkStep<()> {
        let narrow = |address: Option<u32>| u64::from(address.unwrap_or(0));
        let (dsdt, x_dsdt) = (narrow(fadt.dsdt()), fadt.x_dsdt().unwrap_or(0));
        let (facs, x_facs) = (narrow(fadt.firmware_ctrl()), fadt.x_firmware_ctrl().unwrap_or(0));
        if dsdt != 0 && x_dsdt != 0 && dsdt != x_dsdt {
            self.fault(Via::Fadt("DSDT"), dsdt, FaultKind::Differs { used: x_dsdt });
        }
        let dsdt = if x_dsdt != 0 { ("X_DSDT", x_dsdt) } else { ("DSDT", dsdt) };
        for ((field, address), expected) in [
            (dsdt, Signature(*b"DSDT")),
            (("FIRMWARE_CTRL", facs), Signature(*b"FACS")),
            (("X_FIRMWARE_CTRL", x_facs), Signature(*b"FACS")),
        ] {
            let via = Via::Fadt(field);
            if address == 0 || self.seen.contains_key(&address) {
                continue;
            }
            let Some(bytes) = self.table(address, via)? else { return Ok(None) };
            let found = raw::name(&bytes);
            if !bytes.is_empty() && found != expected {
                self.fault(via, address, FaultKind::Other { found, expected });
            }
        }
        Ok(Some(()))
    }

    /// Reads the table at an address that was not seen before, and adds it. Empty when there is none.
    fn table(&mut self, address: u64, via: Via) -> WalkStep<Vec<u8>> {
        let too_much = |walker: &mut Self| {
            walker.fault(via, address, FaultKind::Budget);
            Ok(None)
        };
        if self.walk.tables.len() >= MOST_TABLES {
            return too_much(self);
        }
        let head = match self.memory.read_vec(address, HEADER_LEN) {
            Ok(head) => head,
            Err(MemoryError::Read(error @ ReadError::End { .. })) => return Err(error),
            Err(why) => return self.none(via, address, FaultKind::Unreachable(why)),
        };
        let signature = crate::bytes::array_at(&head, 0).unwrap_or_default();
        let Some((length, minimum)) = raw::declared(&head).filter(|_| !head.starts_with(&rsdp::SIGNATURE))
        else {
            return self.none(via, address, FaultKind::NoTable(signature));
        };
        let bytes = match usize::try_from(length) {
            Ok(short) if short < minimum => {
                self.fault(via, address, FaultKind::Short { length, minimum });
                head
            }
            Ok(length) if length <= MOST_BYTES && length > self.left => return too_much(self),
            Ok(fits) if fits <= MOST_BYTES => match self.memory.read_if_there(address, fits)? {
                Some(bytes) => bytes,
                None => {
                    self.fault(via, address, FaultKind::Cut { length });
                    head
                }
            },
            _ => {
                self.fault(via, address, FaultKind::Cut { length });
                head
            }
        };
        self.add(address, via, bytes.clone());
        Ok(Some(bytes))
    }

    /// Notes that there is no table at an address.
    fn none(&mut self, via: Via, address: u64, kind: FaultKind) -> WalkStep<Vec<u8>> {
        self.seen.insert(address, via);
        self.fault(via, address, kind);
        Ok(Some(Vec::new()))
    }

    fn add(&mut self, address: u64, via: Via, bytes: Vec<u8>) {
        self.seen.insert(address, via);
        self.left = self.left.saturating_sub(bytes.len());
        let offset = self.memory.offset_of(address);
        self.walk.tables.push(Table { address, offset, via, bytes });
    }
}
