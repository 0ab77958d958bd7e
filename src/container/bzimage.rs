//! The kernel image that boot loaders load on x86: what its header says of it, and where the kernel proper is packed in it.
//!
//! # Spec
//! Documentation/arch/x86/boot.rst (The Linux/x86 Boot Protocol), versions 2.00 to 2.15.

use super::initrd::Compression;
use super::read_at::{ReadAt, ReadError};
use crate::bytes::{array_at, u8_at, u16_at, u32_at, u64_at};
use std::ops::Range;

/// The signature of the header and where it stands.
const SIGNATURE: [u8; 4] = *b"HdrS";
/// As above, in bytes.
pub const SIGNATURE_AT: usize = 0x202;

const SECTOR: u64 = 512;
/// The mark of a boot sector and where it stands.
const BOOT_FLAG: u16 = 0xaa55;
const BOOT_FLAG_AT: usize = 0x1fe;
/// As much as holds the header in every version.
const HEAD_LEN: usize = 0x270;
/// The longest text of a version that is read.
const MOST_TEXT: usize = 1024;

/// Why a file is no such image.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BzImageError {
    /// It lacks a signature.
    #[error("byte {at:#x}: found {found:#x}, expected {expected}")]
    Header {
        /// Where.
        at: usize,
        /// What is there, as a number.
        found: u32,
        /// What should be.
        expected: &'static str,
    },
    /// It ends within the header.
    #[error("{0}")]
    Read(#[from] ReadError),
}

/// What the header tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BzImage {
    /// Version of the boot protocol: 0x20f for 2.15.
    pub protocol: u16,
    /// Release, builder and build of the kernel, as `uname -r` and `uname -v` have them; it may hold anything.
    pub version: Option<String>,
    /// Where the packed kernel stands in the file, from 2.08 on.
    pub payload: Option<Range<u64>>,
    /// How it is packed, where that is known.
    pub compression: Option<Compression>,
    /// How long it is unpacked, with relocations behind it, as the payload's last four bytes say.
    pub unpacked_len: Option<u32>,
    /// Multiple at which the image is placed, in bytes, from 2.05 on.
    pub alignment: Option<u32>,
    /// Whether it may be placed elsewhere than at its preferred address.
    pub relocatable: bool,
    /// Where it lies if nothing stands in the way, from 2.10 on.
    pub preferred_address: Option<u64>,
    /// How much memory it needs there while it unpacks itself, from 2.10 on.
    pub init_size: Option<u32>,
    /// Whether it has an entry point for 64-bit loaders, from 2.12 on.
    pub is_64_bit: Option<bool>,
    /// Length in bytes of what the header says that there is.
    pub declared_len: u64,
}

/// Whether `bytes` begin such an image.
pub fn is_bzimage(bytes: &[u8]) -> bool {
    u16_at(bytes, BOOT_FLAG_AT) == Some(BOOT_FLAG) && array_at(bytes, SIGNATURE_AT) == Some(SIGNATURE)
}

impl BzImage {
    /// Reads the header of `source`.
    ///
    /// # Errors
    /// [`BzImageError`] when it has none.
    pub fn open(source: &impl ReadAt) -> Result<BzImage, BzImageError> {
        let mut head = source.read_vec(0, usize::try_from(source.end()).unwrap_or(HEAD_LEN).min(HEAD_LEN))?;
        let there = head.len();
        // Fields that the file ends before are as those that the version does not have.
        head.resize(HEAD_LEN, 0);
        let flag = u16_at(&head, BOOT_FLAG_AT).unwrap_or_default();
        let signature = u32_at(&head, SIGNATURE_AT).unwrap_or_default();
        if flag != BOOT_FLAG {
            let expected = "the mark of a boot sector, 0xaa55";
            return Err(BzImageError::Header { at: BOOT_FLAG_AT, found: flag.into(), expected });
        }
        if signature.to_le_bytes() != SIGNATURE || there < SIGNATURE_AT + 6 {
            let expected = "HdrS, the signature of the boot protocol";
            return Err(BzImageError::Header { at: SIGNATURE_AT, found: signature, expected });
        }
        let protocol = u16_at(&head, 0x206).unwrap_or_default();
        let from = |version: u16| protocol >= version;
        let long = |at: usize| u32_at(&head, at).unwrap_or_default();
        let sectors = match u8_at(&head, 0x1f1).unwrap_or_default() {
            0 => 4,
            sectors => u64::from(sectors),
        };
        let setup_len = sectors.saturating_add(1).saturating_mul(SECTOR);
        let code_len = u64::from(long(0x1f4)).saturating_mul(16);
        let payload = from(0x208).then(|| {
            let start = setup_len.saturating_add(u64::from(long(0x248)));
            start..start.saturating_add(u64::from(long(0x24c)))
        });
        let payload = payload.filter(|payload| !payload.is_empty());
        let (mut compression, mut unpacked_len) = (None, None);
        if let Some(payload) = &payload {
            let magic = source.read_vec(payload.start, 6).unwrap_or_default();
            compression = Compression::detect(&magic);
            let tail = payload.end.checked_sub(4).and_then(|at| source.read_vec(at, 4).ok());
            unpacked_len = tail.and_then(|tail| u32_at(&tail, 0));
        }
        Ok(BzImage {
            protocol,
            version: version(source, u16_at(&head, 0x20e).unwrap_or_default(), setup_len),
            payload,
            compression,
            unpacked_len,
            alignment: from(0x205).then(|| long(0x230)),
            relocatable: from(0x205) && u8_at(&head, 0x234).unwrap_or_default() != 0,
            preferred_address: from(0x20a).then(|| u64_at(&head, 0x258).unwrap_or_default()),
            init_size: from(0x20a).then(|| long(0x260)),
            is_64_bit: from(0x20c).then(|| u16_at(&head, 0x236).unwrap_or_default() & 1 != 0),
            declared_len: setup_len.saturating_add(code_len),
        })
    }
}

/// The text of the version, which stands within the first part of the image.
fn version(source: &impl ReadAt, pointer: u16, setup_len: u64) -> Option<String> {
    let at = u64::from(pointer).checked_add(SECTOR).filter(|at| pointer != 0 && *at < setup_len)?;
    let len = setup_len.min(source.end()).checked_sub(at)?;
    let text = source.read_vec(at, usize::try_from(len).ok()?.min(MOST_TEXT)).ok()?;
    let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
    (!text.is_empty()).then(|| String::from_utf8_lossy(text).into_owned())
}
