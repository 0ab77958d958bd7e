//! The kernel as an ELF program: where it lies in memory, what version it is, and the configuration in it.
//!
//! # Kernel
//! arch/x86/kernel/vmlinux.lds.S, init/version.c and kernel/configs.c (CONFIG_IKCONFIG), 5.10 to 7.3.

use super::decompress::{Limits, UnpackError, Unpacker};
use super::elf::ElfError;
use super::initrd::Compression;
use super::program::Program;
use super::read_at::{ReadAt, ReadError};
use crate::budget;
use crate::memory::page_up;
use memchr::memmem::Finder;
use std::ops::Range;

/// What stands in front of the release in every kernel.
const BANNER: &[u8] = b"Linux version ";
/// What stands around the packed configuration.
const CONFIG_START: &[u8] = b"IKCFG_ST";
const CONFIG_END: &[u8] = b"IKCFG_ED";

/// The longest banner and the largest configurations, packed and unpacked, that are believed.
const MOST_BANNER: usize = 1024;
const MOST_PACKED: usize = 4 << 20;
/// How much is searched at a time, in bytes.
const WINDOW: usize = 1 << 20;

/// A kernel as an ELF program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vmlinux {
    /// Where it lies if it is not moved, from its first byte to the end of `.bss`: what Linux reserves for it.
    pub place: Range<u64>,
    /// Where its early heap behind that ends: the room that it needs, moved or not.
    pub end: u64,
    /// What follows `Linux version `: release, builder, compiler and build; it may hold anything.
    pub banner: Option<String>,
    /// The configuration that it carries, unpacked.
    pub config: Option<Vec<u8>>,
}

/// Why a file is no such kernel.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VmlinuxError {
    /// Its headers are not those of a kernel.
    #[error("{0}")]
    Elf(#[from] ElfError),
    /// No version stands in it.
    #[error("\"Linux version \" is nowhere in it")]
    NoBanner,
    /// It could not be read.
    #[error("{0}")]
    Read(#[from] ReadError),
}

impl Vmlinux {
    /// Reads `source`.
    ///
    /// # Errors
    /// [`VmlinuxError`] when it is no ELF program, or no kernel.
    pub fn open(source: &impl ReadAt) -> Result<Vmlinux, VmlinuxError> {
        let program = Program::open(source)?;
        let span = program.span();
        // .bss, then the early heap; what stands behind them is only needed while the kernel moves itself.
        let bss_end = program.blank(".bss").map_or(span.end, |bss| bss.end);
        let end = page_up(program.blank(".brk").map_or(bss_end, |heap| heap.end));
        let mut found = Vmlinux { place: span.start..bss_end, end, banner: None, config: None };
        for load in &program.loads {
            found.search(source, load.file.clone())?;
        }
        if found.banner.is_none() {
            return Err(VmlinuxError::NoBanner);
        }
        Ok(found)
    }

    /// Looks for banner and configuration in a part of the file that is loaded.
    fn search(&mut self, source: &impl ReadAt, range: Range<u64>) -> Result<(), ReadError> {
        let (banner, config) = (Finder::new(BANNER), Finder::new(CONFIG_START));
        let mut window = Vec::new();
        let mut at = range.start;
        let end = range.end.min(source.end());
        while at < end && (self.banner.is_none() || self.config.is_none()) {
            let len = usize::try_from(end.saturating_sub(at)).unwrap_or(WINDOW).min(WINDOW);
            window.resize(len, 0);
            source.read_at(at, &mut window)?;
            if self.banner.is_none() {
                self.banner = banner.find_iter(&window).find_map(|found| {
                    let at = at.saturating_add(found.saturating_add(BANNER.len()) as u64);
                    text(source, at, end)
                });
            }
            if self.config.is_none() {
                self.config = config.find_iter(&window).find_map(|found| {
                    let at = at.saturating_add(found.saturating_add(CONFIG_START.len()) as u64);
                    unpack(source, at, end)
                });
            }
            // What stands across two windows is found in the next one.
            let step = len.saturating_sub(BANNER.len().max(CONFIG_START.len())).max(1);
            at = at.saturating_add(if len < WINDOW { len } else { step } as u64);
        }
        Ok(())
    }
}

/// The release that a banner or the text of a version begins with.
pub fn release(version: &str) -> Option<&str> {
    version
        .split_whitespace()
        .next()
        .filter(|release| release.starts_with(|first: char| first.is_ascii_digit()))
}

/// The rest of a banner: printable, and begun by a digit.
fn text(source: &impl ReadAt, at: u64, end: u64) -> Option<String> {
    let len = usize::try_from(end.saturating_sub(at)).ok()?.min(MOST_BANNER);
    let bytes = source.read_vec(at, len).ok()?;
    let line = bytes.split(|byte| matches!(byte, 0 | b'\n')).next()?;
    let is_banner = line.first().is_some_and(u8::is_ascii_digit);
    is_banner.then(|| String::from_utf8_lossy(line).into_owned())
}

/// The configuration that is packed at `at`.
fn unpack(source: &impl ReadAt, at: u64, end: u64) -> Option<Vec<u8>> {
    let len = usize::try_from(end.saturating_sub(at)).ok()?.min(MOST_PACKED);
    let bytes = source.read_vec(at, len).ok()?;
    let packed = bytes.get(..memchr::memmem::find(&bytes, CONFIG_END)?)?;
    let limits = Limits { bytes: budget::CONFIG, ..Limits::default() };
    unpacked(Compression::Gzip, packed, 0, limits).ok()
}

/// All that comes out of what is packed at `at`.
///
/// # Errors
/// [`UnpackError`] when it is damaged, not read, or more than the limits allow.
pub fn unpacked(
    format: Compression,
    source: impl ReadAt,
    at: u64,
    limits: Limits,
) -> Result<Vec<u8>, UnpackError> {
    let mut unpacker = Unpacker::open(format, source, at, limits)?;
    let mut out = Vec::new();
    loop {
        let filled = out.len();
        out.resize(filled.saturating_add(WINDOW), 0);
        let read = unpacker.read(out.get_mut(filled..).unwrap_or_default())?;
        out.truncate(filled.saturating_add(read));
        if read < WINDOW {
            return Ok(out);
        }
    }
}
