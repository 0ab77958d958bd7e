//! Images of a machine's memory: files that are read piece by piece, /proc/kcore and /dev/mem.

use super::detect::MemoryFormat;
use super::reason;
use crate::bytes::u64_at;
use crate::container::elf::{self, ElfError};
use crate::container::image::find::{self, FoundRsdps, Options};
use crate::container::image::walk::{self, Walk};
use crate::container::image::{Memory, Segments};
use crate::container::kdump::{Flat, Kdump, KdumpError};
use crate::container::read_at::{ReadAt, ReadError};
use crate::sink::FileVersion;
use memmap2::Mmap;
use rustix::fs::{FileType, PROC_SUPER_MAGIC, SeekFrom, fstat, fstatfs, major, minor, seek};
use std::fmt;
use std::fs::{self, File};
use std::io;
use std::ops::Range;
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;

/// A raw image has at least the first MiB, where a BIOS leaves the RSDP.
pub const LEAST_RAW: u64 = 1 << 20;

/// What statfs says of a file of /sys.
const SYSFS_MAGIC: rustix::fs::FsWord = 0x6265_6572;

/// Device numbers of /dev/mem.
const DEV_MEM: (u32, u32) = (1, 1);

/// How to look for the RSDP in what is not the memory of the running system: wherever it may be.
pub const ANYWHERE: Options = Options { given: None, everywhere: true };

/// Why an image gave no tables.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// It is no ELF image of memory after all.
    #[error("{0}")]
    Elf(#[from] ElfError),
    /// It is no kdump-compressed image of memory after all.
    #[error("{0}")]
    Kdump(#[from] KdumpError),
    /// It could not be read.
    #[error("{0}")]
    Read(#[from] ReadError),
    /// It has no RSDP.
    #[error("no RSDP in its {} of memory; {hint}", Size(*size))]
    NoRsdp {
        /// How much memory it has, in bytes.
        size: u64,
        /// What may be the reason, or what to do instead.
        hint: String,
    },
    /// It says nothing of itself, and there is no RSDP in it.
    #[error("found no tables, no text of acpidump, and no RSDP as in an image of memory ({} searched)", Size(*size))]
    NothingFound {
        /// Its length in bytes.
        size: u64,
    },
}

/// A number of bytes for people.
struct Size(u64);

impl fmt::Display for Size {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            bytes @ 0..0x400 => write!(out, "{bytes} bytes"),
            bytes @ 0x400..0x10_0000 => write!(out, "{} KiB", bytes >> 10),
            bytes => write!(out, "{} MiB", bytes >> 20),
        }
    }
}

/// How memory is laid out in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageLayout {
    /// In a format of memory images.
    Format(MemoryFormat),
    /// Byte by byte, from address 0 on.
    Raw,
}

/// What an image has of tables.
#[derive(Debug, Clone, Default)]
pub struct Contents {
    /// The RSDPs.
    pub found: FoundRsdps,
    /// The tables.
    pub walk: Walk,
    /// Whether the file ends before it should.
    pub is_cut: bool,
    /// Memory that the image should hold and the file ends before, in bytes, where that is known.
    pub missing: u64,
}

/// The tables of an image in memory or in a file.
///
/// # Errors
/// [`ImageError`] when it is no image or has no RSDP.
pub fn read(source: impl ReadAt, layout: ImageLayout, options: &Options) -> Result<Contents, ImageError> {
    match layout {
        ImageLayout::Raw => contents(&Segments::raw(source), 0, options, "").map_err(|error| match error {
            ImageError::NoRsdp { size, .. } => ImageError::NothingFound { size },
            other => other,
        }),
        ImageLayout::Format(MemoryFormat::Elf) => {
            let image = elf::Image::open(source)?;
            let hint = if image.missing > 0 { CUT_HINT } else { CRASH_HINT };
            contents(&image.memory, image.missing, options, hint)
        }
        ImageLayout::Format(MemoryFormat::Kdump) => kdump_contents(source, false, options),
        ImageLayout::Format(MemoryFormat::KdumpFlattened) => {
            let flat = Flat::open(source)?;
            let is_cut = flat.is_cut;
            kdump_contents(flat, is_cut, options)
        }
    }
}

/// The same for a kdump-compressed image, which may have been cut off.
fn kdump_contents(source: impl ReadAt, is_cut: bool, options: &Options) -> Result<Contents, ImageError> {
    let image = Kdump::open(source)?;
    let is_cut = is_cut || image.incomplete;
    let hint = if is_cut { CUT_HINT } else { CRASH_HINT };
    let contents = contents(&image, 0, options, hint)?;
    Ok(Contents { is_cut, ..contents })
}

const CUT_HINT: &str = "the file was cut off";
const CRASH_HINT: &str =
    "a kernel's crash dump leaves the firmware's memory out, a hypervisor's dump does not";

fn contents(
    memory: &impl Memory,
    missing: u64,
    options: &Options,
    hint: &'static str,
) -> Result<Contents, ImageError> {
    let found = find::find(memory, options)?;
    if found.rsdps.is_empty() {
        let hint = found.broken.map_or(hint.to_owned(), |why| why.to_string());
        return Err(ImageError::NoRsdp { size: memory.size(), hint });
    }
    let walk = walk::walk(memory, &found.rsdps)?;
    Ok(Contents { found, walk, is_cut: missing > 0, missing })
}

/// What kind of file an image is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// A file, whose size and holes are known.
    Regular,
    /// /proc/kcore: the memory of the running system that Linux uses itself.
    Kcore,
    /// /dev/mem: all addresses of the running system, devices among them.
    DevMem,
}

/// The largest file that is mapped: all that is looked at counts as this process's memory.
const MOST_MAPPED: u64 = 16 << 20;

/// An open file that is read where it is needed. It may shrink meanwhile: that is an error, and no signal.
#[derive(Debug)]
pub struct ImageFile {
    file: File,
    origin: Origin,
    end: u64,
    opened: FileVersion,
    map: Option<Mmap>,
    is_sysfs: bool,
}

impl ImageFile {
    /// Takes an open file; `None` when it is none that can be read from any place: a pipe, a terminal.
    ///
    /// # Errors
    /// What the system says.
    pub fn new(file: File) -> io::Result<Option<ImageFile>> {
        let stat = fstat(&file)?;
        let mut is_sysfs = false;
        let (origin, end) = match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => match fstatfs(&file)?.f_type {
                PROC_SUPER_MAGIC => (Origin::Kcore, i64::MAX as u64),
                kind => {
                    is_sysfs = kind == SYSFS_MAGIC;
                    (Origin::Regular, u64::try_from(stat.st_size).unwrap_or(0))
                }
            },
            FileType::CharacterDevice if (major(stat.st_rdev), minor(stat.st_rdev)) == DEV_MEM => {
                (Origin::DevMem, i64::MAX as u64)
            }
            _ => return Ok(None),
        };
        let map = Self::map(&file, origin, end);
        Ok(Some(ImageFile { file, origin, end, opened: FileVersion::from(&stat), map, is_sysfs }))
    }

    /// Maps what nobody can change or cut short, which the system vouches for: a file with fs-verity, as image-based
    /// distributions have their kernels and initrds, and a sealed memfd. All others could end this process with SIGBUS.
    fn map(file: &File, origin: Origin, end: u64) -> Option<Mmap> {
        (origin == Origin::Regular && (1..=MOST_MAPPED).contains(&end))
            .then(|| Mmap::map_if_safe(file).ok())?
    }

    /// Whether its bytes are mapped: nobody can change them.
    pub fn is_mapped(&self) -> bool {
        self.map.is_some()
    }

    /// Whether it is made while it is read, so that its length is not known before: what is in /proc and /sys, but for the
    /// memory of the running system. `head` are its first bytes.
    pub fn is_generated(&self, head: &[u8]) -> bool {
        match self.origin {
            Origin::DevMem => false,
            Origin::Kcore => !elf::is_core(head),
            Origin::Regular => self.is_sysfs || self.end == 0,
        }
    }

    /// The file itself, at its beginning.
    pub fn into_file(self) -> File {
        self.file
    }

    /// Standard input, where that is a file from its beginning on.
    pub fn stdin() -> Option<ImageFile> {
        let file = File::from(io::stdin().as_fd().try_clone_to_owned().ok()?);
        if seek(&file, SeekFrom::Current(0)) != Ok(0) || crate::sink::is_stdout(&file) {
            return None;
        }
        ImageFile::new(file).ok().flatten()
    }

    /// Which file it is, as it was when it was opened.
    pub fn version(&self) -> FileVersion {
        self.opened
    }

    /// Whether nobody has written to it since it was opened.
    pub fn is_unchanged(&self) -> bool {
        FileVersion::of(&self.file).is_ok_and(|now| now == self.opened)
    }

    /// Whether offsets in it are physical addresses whatever it begins with.
    pub fn is_all_memory(&self) -> bool {
        self.origin == Origin::DevMem
    }

    /// Whether it is the memory of the running system.
    pub fn is_live(&self) -> bool {
        self.origin != Origin::Regular
    }

    /// How to look for the RSDP in it: the memory of devices is not searched, nor what Linux itself uses, where there
    /// are copies of everything.
    pub fn options(&self) -> Options {
        if self.is_live() { Options { given: live_rsdp(), everywhere: false } } else { ANYWHERE }
    }

    /// The first bytes, which tell what it is.
    ///
    /// # Errors
    /// What the system says.
    pub fn head(&self) -> io::Result<Vec<u8>> {
        let mut head = vec![0; super::open::HEAD_LEN];
        let mut len = 0;
        while let Some(rest) = head.get_mut(len..).filter(|rest| !rest.is_empty()) {
            match self.file.read_at(rest, len as u64) {
                Ok(0) => break,
                Ok(more) => len = len.saturating_add(more),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        head.truncate(len);
        Ok(head)
    }
}

/// Where the running system's RSDP is, as far as Linux tells.
fn live_rsdp() -> Option<u64> {
    let systab = fs::read_to_string("/sys/firmware/efi/systab").unwrap_or_default();
    let line = |name: &str| systab.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix("=0x"));
    let named = line("ACPI20").or_else(|| line("ACPI"));
    // The boot loader's word for it, from 5.0 on.
    let params = || u64_at(&fs::read("/sys/kernel/boot_params/data").ok()?, 0x70);
    named.and_then(|hex| u64::from_str_radix(hex, 16).ok()).or_else(params).filter(|address| *address != 0)
}

impl ReadAt for ImageFile {
    fn end(&self) -> u64 {
        self.end
    }

    fn read_at(&self, at: u64, buffer: &mut [u8]) -> Result<(), ReadError> {
        if let Some(map) = &self.map {
            return map[..].read_at(at, buffer);
        }
        self.file.read_exact_at(buffer, at).map_err(|error| match (error.kind(), self.origin) {
            (io::ErrorKind::UnexpectedEof, Origin::Regular) => {
                let end = self.file.metadata().map_or(0, |meta| meta.len());
                ReadError::End { at, len: buffer.len() as u64, end }
            }
            _ => ReadError::System { at, why: reason(&error) },
        })
    }

    fn data_from(&self, at: u64) -> Range<u64> {
        let at = at.min(self.end);
        if self.origin != Origin::Regular {
            return at..self.end;
        }
        match seek(&self.file, SeekFrom::Data(at)) {
            Ok(start) if start < self.end => {
                let end = seek(&self.file, SeekFrom::Hole(start)).unwrap_or(self.end);
                start..end.clamp(start, self.end)
            }
            // A hole up to the end.
            Ok(_) | Err(rustix::io::Errno::NXIO) => self.end..self.end,
            // A file system that does not tell.
            Err(_) => at..self.end,
        }
    }
}
