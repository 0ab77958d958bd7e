//! Unpacking the initrd into the root file system, long after its tables have been looked for: the second of the kernel's
//! two readers, with rules of its own.
//!
//! Where it ends early, the kernel says so in one line and goes on with what it has: all that follows in the initrd is lost,
//! and with it mostly `/init`. What is compressed is unpacked as far as it is told to look.
//!
//! # Kernel
//! `unpack_to_rootfs` in init/initramfs.c and the decompressors that it calls (lib/decompress*.c), 5.10 to 7.3. Older
//! releases word some of the messages differently.

mod entry;
mod parts;
mod rootfs;
mod stream;

use crate::container::decompress::{Flaw, Limits};
use crate::container::initrd::Compression;
use crate::container::read_at::{Buffered, ReadAt, ReadError};
use entry::{State, Step, entry};
use rootfs::RootFs;
use std::fmt;
use stream::{Plain, Stream};

/// What differs between kernels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnpackRules {
    /// Whether archives with sums (070702) are taken, and the sums held against the data.
    pub takes_sums: bool,
    /// Whether every digit of a header must be one; else a number ends at the first that is none, and `0x` in front of it
    /// does not matter.
    pub strict_digits: bool,
    /// Whether a name must end with a NUL.
    pub needs_nul: bool,
}

/// How far what is compressed is looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Not at all: only the headers of its blocks.
    Headers,
    /// The first so many bytes that come out of each part.
    Start(u64),
    /// All, within limits.
    All(Limits),
}

/// Why the unpacker ends early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// Behind an archive and its zeros, something begins at an offset that is no multiple of 4.
    BrokenPadding,
    /// What begins here is neither an archive nor compressed in a way that Linux knows; an archive whose offset is no
    /// multiple of 4 is among this when it is the first, or follows something compressed.
    InvalidMagic,
    /// A cpio archive in the old binary-in-text format (`cpio -H odc`).
    OldFormat,
    /// A digit 0 that begins no archive.
    NoMagic,
    /// A header with something else than hexadecimal digits.
    DamagedHeader,
    /// A name that does not end with a NUL.
    NameWithoutNul,
    /// The data of a file in a 070702 archive do not sum to what its header says.
    BadSum,
    /// Something else than an archive or zeros comes out of a compressed part.
    JunkWithin,
    /// What comes out of a compressed part ends in the middle of an entry, or is nothing at all.
    JunkAtEnd,
    /// The compressed data are damaged, cut off, or followed by what the format takes for more of them.
    Damaged(Compression),
    /// gzip data end within their trailer, which Linux skips without a look whether it is there. It goes on in the memory that
    /// follows the initrd, over zeros and up to the first page that does not exist: the kernel dies there.
    PastEnd,
    /// The compressed data use something that Linux' decoder does not have.
    NotForLinux(Feature),
}

/// What the kernel's decoders lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feature {
    /// A checksum of xz other than CRC32: `xz` alone makes CRC64, `--check=crc32` is needed.
    XzCheck,
    /// A field of gzip's header that Linux does not skip: extra data, a comment, or a checksum of the header.
    GzipHeader,
    /// gzip data that are not deflated, or of the format before gzip.
    GzipMethod,
    /// A window of more than 128 MiB.
    ZstdWindow,
}

impl FailureKind {
    /// The kernel's words behind "Initramfs unpacking failed: ", where they are certain.
    pub fn message(self) -> Option<&'static str> {
        Some(match self {
            FailureKind::BrokenPadding => "broken padding",
            FailureKind::InvalidMagic => "invalid magic at start of compressed archive",
            FailureKind::OldFormat => "incorrect cpio method used: use -H newc option",
            FailureKind::NoMagic => "no cpio magic",
            FailureKind::DamagedHeader => "damaged header",
            FailureKind::NameWithoutNul => "malformed archive",
            FailureKind::BadSum => "bad data checksum",
            FailureKind::JunkWithin => "junk within compressed archive",
            FailureKind::JunkAtEnd => "junk at the end of compressed archive",
            FailureKind::NotForLinux(Feature::XzCheck) => {
                "Input was encoded with settings that are not supported by this XZ decoder"
            }
            FailureKind::NotForLinux(Feature::GzipMethod) => "Not a gzip file",
            FailureKind::NotForLinux(Feature::GzipHeader | Feature::ZstdWindow)
            | FailureKind::PastEnd
            | FailureKind::Damaged(_) => {
                return None;
            }
        })
    }
}

impl fmt::Display for Feature {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Feature::XzCheck => "xz data with another checksum than CRC32 (xz --check=crc32)",
            Feature::GzipHeader => "a gzip header with extra data, a comment or a checksum",
            Feature::GzipMethod => "gzip data that are not deflated",
            Feature::ZstdWindow => "zstd data with a window of more than 128 MiB (zstd --long)",
        })
    }
}

/// Where and why the unpacker ends early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnpackFailure {
    /// At which byte of the initrd: where the entry, or the compressed part, begins that it ends with.
    pub at: u64,
    /// At which byte of what comes out of that compressed part, where it is one.
    pub inside: Option<u64>,
    /// Why.
    pub kind: FailureKind,
}

/// A file whose name means something to the early search, be it where that search gets or not: it has `kernel/firmware/acpi/`
/// in it, or is microcode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlyFile {
    /// Its name.
    pub name: Vec<u8>,
    /// Where its header begins: in the initrd, or in what comes out of the compressed part that it is in.
    pub at: u64,
    /// Where its data begin, likewise.
    pub data_at: u64,
    /// Length of its data in bytes.
    pub size: u64,
    /// The first of its bytes, at most as many as a table's header has.
    pub head: Vec<u8>,
}

/// How far a compressed part was looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looked {
    /// Not at all.
    No,
    /// Up to a limit.
    Start,
    /// To its end, or to where it fails.
    All,
}

/// What was seen of a compressed part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// Where it begins in the initrd.
    pub at: u64,
    /// Where it ends, where that is known.
    pub end: Option<u64>,
    /// How it is compressed.
    pub format: Compression,
    /// How far it was looked into.
    pub looked: Looked,
    /// How many bytes came out of it.
    pub unpacked: u64,
    /// Entries that came out of it, trailers not counted.
    pub entries: u64,
    /// Files in it that the early search would take if it got there.
    pub files: Vec<EarlyFile>,
    /// What is wrong with its end, where that was looked at.
    pub flaw: Option<Flaw>,
}

/// Whether there is an `/init` when all is unpacked: without it the kernel mounts the device that `root=` names by itself,
/// which it mostly cannot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Init {
    /// There is.
    Present,
    /// There is none.
    Absent,
    /// It may be in what was not looked into.
    Unknown,
}

/// What the unpacker makes of an initrd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unpacking {
    /// Where and why it ends early.
    pub failure: Option<UnpackFailure>,
    /// Where the initrd ends in the middle of an entry. The kernel says nothing.
    pub cut_short: Option<u64>,
    /// Files that are not compressed and whose names mean something to the early search.
    pub loose: Vec<EarlyFile>,
    /// What was seen of the compressed parts, in order; at most [`MOST_PARTS`].
    pub packed: Vec<Packed>,
    /// Whether there is an `/init`.
    pub init: Init,
    /// From where on nothing could be foretold, since it is not known where the compressed part that begins there ends.
    pub open_from: Option<u64>,
}

/// How many compressed parts are kept.
pub const MOST_PARTS: usize = 256;

/// Foretells how the kernel unpacks an initrd.
///
/// # Errors
/// [`ReadError`] as the source gives it.
pub fn unpack(source: impl ReadAt, rules: &UnpackRules, depth: Depth) -> Result<Unpacking, ReadError> {
    let mut run = UnpackRun {
        plain: Plain { source: Buffered::new(source), at: 0 },
        depth,
        state: State { rules: *rules, root: RootFs::new(), entries: 0, files: Vec::new(), kept: 0 },
        is_reset: false,
        is_unseen: false,
        out: Unpacking {
            failure: None,
            cut_short: None,
            loose: Vec::new(),
            packed: Vec::new(),
            init: Init::Unknown,
            open_from: None,
        },
    };
    run.all()?;
    run.out.loose = run.state.files;
    let root = &run.state.root;
    run.out.init = match root.has(b"/init") {
        true => Init::Present,
        false if run.is_unseen || root.is_full => Init::Unknown,
        false => Init::Absent,
    };
    Ok(run.out)
}

struct UnpackRun<R: ReadAt> {
    plain: Plain<R>,
    depth: Depth,
    state: State,
    /// Whether the last thing that was unpacked ended as it should; nothing has been, at first.
    is_reset: bool,
    /// Whether something was not looked into.
    is_unseen: bool,
    out: Unpacking,
}

impl<R: ReadAt> UnpackRun<R> {
    fn fail(&mut self, at: u64, inside: Option<u64>, kind: FailureKind) {
        self.out.failure = Some(UnpackFailure { at, inside, kind });
    }

    fn all(&mut self) -> Result<(), ReadError> {
        while let Some(first) = self.plain.skip_zeros()? {
            let at = self.plain.at;
            let goes_on = match first {
                b'0' if at.is_multiple_of(4) => self.entry(at)?,
                _ => self.part(at)?,
            };
            if !goes_on {
                break;
            }
        }
        Ok(())
    }

    /// An entry that is not compressed, and the zeros behind it. Gives whether the unpacker goes on.
    fn entry(&mut self, at: u64) -> Result<bool, ReadError> {
        match entry(&mut self.plain, &mut self.state)? {
            Step::Done => {}
            Step::Failed(kind) => {
                self.fail(at, None, kind);
                return Ok(false);
            }
            Step::Cut { whole } => {
                self.out.cut_short = (!whole).then_some(at);
                return Ok(false);
            }
        }
        self.is_reset = true;
        let next = self.plain.skip_zeros()?;
        if next.is_some() && !self.plain.at.is_multiple_of(4) {
            self.fail(self.plain.at, None, FailureKind::BrokenPadding);
            return Ok(false);
        }
        Ok(true)
    }
}
