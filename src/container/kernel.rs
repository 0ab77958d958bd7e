//! Kernel images of every kind, told by their content: what boot loaders load on x86, the kernel as an ELF program, packed
//! or not, and the kernel in a unified kernel image.

use super::bzimage::{self, BzImage, BzImageError};
use super::decompress::{Limits, UnpackError};
use super::elf;
use super::initrd::Compression;
use super::pe::{self, Pe, PeError};
use super::read_at::{ReadAt, ReadError, Window};
use super::uki::{Uki, UkiError};
use super::vmlinux::{self, Vmlinux, VmlinuxError};
use crate::bytes::{bytes_at, pairs};
use std::ops::Range;

/// The most that a kernel may unpack to: three times what the largest distribution's kernels have.
pub const LIMITS: Limits = Limits { bytes: 256 << 20, ratio: 64 };

/// As much of a file as tells what it is.
const HEAD_LEN: usize = 0x400;
/// The memory that a kernel asks for at boot is a multiple of this on x86-64 (MIN_KERNEL_ALIGN).
const ROOM_ALIGN: u64 = 2 << 20;
/// What the kernels of other machines begin with, and where.
const FOREIGN: [(usize, &[u8], &str); 2] =
    [(56, b"ARM\x64", "a kernel for arm64"), (48, b"RISCV\0\0\0", "a kernel for RISC-V")];

/// What kind of file a kernel is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KernelFormat {
    /// bzImage, whose kernel is packed in this way.
    BzImage(Option<Compression>),
    /// An ELF program.
    Vmlinux,
    /// An ELF program, packed as a whole.
    Packed(Compression),
}

/// A kernel, as its file describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KernelImage {
    /// What kind of file it is.
    pub format: KernelFormat,
    /// Whether it was found in a unified kernel image.
    pub in_uki: bool,
    /// Release, builder and build; it may hold anything.
    pub version: Option<String>,
    /// Header of a bzImage.
    pub header: Option<BzImage>,
    /// The kernel itself, where it was looked into.
    pub program: Option<Vmlinux>,
    /// Why it could not be looked into, if it was to be; safe to print.
    pub unread: Option<String>,
}

/// Why a file is no kernel.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KernelError {
    /// It begins like none.
    #[error("no kernel: found {found}, expected a bzImage, a vmlinux or a unified kernel image")]
    Unknown {
        /// What is there; safe to print.
        found: String,
    },
    /// It is one for another machine.
    #[error("{0}, and only x86-64 is known here")]
    Foreign(&'static str),
    /// Its header is broken.
    #[error("{0}")]
    BzImage(#[from] BzImageError),
    /// It is no ELF program of a kernel.
    #[error("an ELF file that is not a kernel: {0}")]
    Vmlinux(#[from] VmlinuxError),
    /// It could not be unpacked.
    #[error("{0}")]
    Unpack(#[from] UnpackError),
    /// It is no PE file after all.
    #[error("{0}")]
    Pe(#[from] PeError),
    /// It has no such profile.
    #[error("{0}")]
    Uki(#[from] UkiError),
    /// It could not be read.
    #[error("{0}")]
    Read(#[from] ReadError),
}

impl KernelImage {
    /// Reads a kernel image; of a unified kernel image, the kernel of a profile. `deep` unpacks what is packed and looks for
    /// the configuration in it.
    ///
    /// # Errors
    /// [`KernelError`] when it is none. What is only found by unpacking may be missing without one.
    pub fn open(source: &impl ReadAt, profile: usize, deep: bool) -> Result<KernelImage, KernelError> {
        let head = source.read_vec(0, usize::try_from(source.end()).unwrap_or(HEAD_LEN).min(HEAD_LEN))?;
        if bzimage::is_bzimage(&head) {
            return Ok(KernelImage::from_bzimage(source, deep)?);
        }
        if let Some((.., what)) =
            FOREIGN.iter().find(|(at, magic, _)| bytes_at(&head, *at, magic.len()) == Some(magic))
        {
            return Err(KernelError::Foreign(what));
        }
        if head.starts_with(elf::MAGIC) {
            let program = Vmlinux::open(source)?;
            return Ok(KernelImage::from_program(KernelFormat::Vmlinux, program));
        }
        if head.starts_with(pe::MAGIC)
            && let Some(image) = Uki::new(Pe::open(source)?)?
            && let Some(section) = image.kernel(image.profile(profile)?)
        {
            let kernel = Window::new(source, section.file.clone());
            // One kernel image is in the other, and no more.
            let head = kernel.read_vec(0, usize::try_from(kernel.end()).unwrap_or(HEAD_LEN).min(HEAD_LEN))?;
            let inner = if bzimage::is_bzimage(&head) {
                KernelImage::from_bzimage(&kernel, deep)?
            } else if head.starts_with(elf::MAGIC) {
                KernelImage::from_program(KernelFormat::Vmlinux, Vmlinux::open(&kernel)?)
            } else {
                return Err(KernelError::Unknown {
                    found: "a unified kernel image with none in .linux".to_owned(),
                });
            };
            return Ok(KernelImage { in_uki: true, ..inner });
        }
        if let Some(format) = Compression::detect(&head) {
            let bytes = vmlinux::unpacked(format, source, 0, LIMITS)?;
            let program = Vmlinux::open(&bytes.as_slice())?;
            return Ok(KernelImage::from_program(KernelFormat::Packed(format), program));
        }
        let shown = head.get(..8).unwrap_or(&head);
        Err(KernelError::Unknown { found: format!("the bytes {}", pairs(shown)) })
    }

    fn from_program(format: KernelFormat, program: Vmlinux) -> KernelImage {
        let version = program.banner.clone();
        KernelImage { format, in_uki: false, version, header: None, program: Some(program), unread: None }
    }

    fn from_bzimage(source: &impl ReadAt, deep: bool) -> Result<KernelImage, BzImageError> {
        let header = BzImage::open(source)?;
        let (mut program, mut unread) = (None, None);
        if deep {
            match packed_program(source, &header) {
                Ok(found) => program = Some(found),
                Err(why) => unread = Some(why),
            }
        }
        let inside = || program.as_ref().and_then(|program: &Vmlinux| program.banner.clone());
        Ok(KernelImage {
            format: KernelFormat::BzImage(header.compression),
            in_uki: false,
            version: header.version.clone().or_else(inside),
            header: Some(header),
            program,
            unread,
        })
    }

    /// The kernel's release, as `uname -r` tells it.
    pub fn release(&self) -> Option<&str> {
        vmlinux::release(self.version.as_deref()?)
    }

    /// The configuration that it carries.
    pub fn config(&self) -> Option<&[u8]> {
        self.program.as_ref()?.config.as_deref()
    }

    /// Where the kernel lies if it is not moved: what Linux reserves for it. `None` when it was not looked into.
    pub fn place(&self) -> Option<Range<u64>> {
        self.program.as_ref().map(|program| program.place.clone())
    }

    /// How much memory its decompressor looks for, in bytes; `None` when neither header nor kernel tell.
    ///
    /// # Kernel
    /// `extract_kernel` in arch/x86/boot/compressed/misc.c, 5.10 to 7.3.
    pub fn room(&self) -> Option<u64> {
        let unpacked = self.header.as_ref().and_then(|header| header.unpacked_len).map(u64::from);
        let program = self.program.as_ref().and_then(|program| program.end.checked_sub(program.place.start));
        // Without a look at the kernel: what it asks boot loaders for is never less than it takes.
        let asked = self.header.as_ref().and_then(|header| header.init_size).map(u64::from);
        let needed = program.or(asked).into_iter().chain(unpacked).max()?;
        needed.checked_next_multiple_of(ROOM_ALIGN).filter(|room| *room > 0)
    }
}

/// The ELF program that is packed in a bzImage, or why it cannot be had.
fn packed_program(source: &impl ReadAt, header: &BzImage) -> Result<Vmlinux, String> {
    let payload =
        header.payload.clone().ok_or("its boot protocol does not tell where the kernel is packed")?;
    let format = header.compression.ok_or("the kernel in it is packed in an unknown way")?;
    // The last four bytes are its length.
    let payload = Window::new(source, payload.start..payload.end.saturating_sub(4));
    let limit = header.unpacked_len.map_or(LIMITS.bytes, |len| u64::from(len).min(LIMITS.bytes));
    let limits = Limits { bytes: limit, ..LIMITS };
    let bytes = vmlinux::unpacked(format, payload, 0, limits).map_err(|error| error.to_string())?;
    Vmlinux::open(&bytes.as_slice()).map_err(|error| error.to_string())
}
