//! The JSON of `acpihp inspect`.

mod initrd;

use super::FindingModel;
use super::sources::About;
use super::words::{Examined, ImageRole, InitFile, InspectKind, Looked, SegmentKind, TablePlace};
use crate::finding::Severity;
use crate::foreign::Foreign;
use serde::Serialize;

/// What is in an initrd or a unified kernel image, and what Linux sees of it: schema `acpihp.inspect/1`.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Inspect {
    /// `acpihp.inspect/1`.
    pub schema: &'static str,
    /// Who made it, and from what.
    #[serde(flatten)]
    pub about: About,
    /// The file; `-` for standard input.
    pub path: Foreign,
    /// `initrd` or `uki`.
    pub kind: InspectKind,
    /// Length of the file in bytes.
    pub length: u64,
    /// Kernel release whose rules were applied.
    pub kernel: Foreign,
    /// Whether what is compressed was unpacked (--deep); else its beginning only.
    pub deep: bool,
    /// The unified kernel image; null for an initrd by itself.
    pub image: Option<ImageModel>,
    /// The initrd; several where the profiles of an image get different ones, none for an addon.
    pub initrds: Vec<InitrdModel>,
    /// What was found.
    pub findings: Vec<FindingModel>,
    /// Number of findings that are errors.
    pub errors: usize,
    /// Number of findings that are warnings.
    pub warnings: usize,
}

/// A unified kernel image.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ImageModel {
    /// `image`, or `addon` for one without a kernel.
    pub role: ImageRole,
    /// Name and version of its stub, where it tells.
    pub stub: Option<Foreign>,
    /// Its sections, in order.
    pub sections: Vec<SectionModel>,
    /// The boots that it can be started for.
    pub profiles: Vec<ProfileModel>,
}

/// A section of an image.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SectionModel {
    /// Its name.
    pub name: Foreign,
    /// Where it begins in the file.
    pub start: u64,
    /// Where it ends in the file.
    pub end: u64,
}

/// A boot that an image can be started for.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ProfileModel {
    /// Its number.
    pub number: usize,
    /// Its ID.
    pub id: Option<Foreign>,
    /// Its title.
    pub title: Option<Foreign>,
    /// The release of its kernel.
    pub release: Option<Foreign>,
    /// Its command line.
    pub command_line: Option<Foreign>,
}

/// An initrd as the kernel gets it. Offsets are counted from its first byte.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct InitrdModel {
    /// The profiles of the image that get it; none for an initrd by itself.
    pub profiles: Vec<usize>,
    /// The sections of the image that it is made of; none for an initrd by itself.
    pub parts: Vec<PartModel>,
    /// Its length in bytes.
    pub length: u64,
    /// Its parts, one behind the other.
    pub segments: Vec<SegmentModel>,
    /// How many segments more there are.
    pub more_segments: u64,
    /// The entries of archives that are not compressed: all of small archives, those of large ones with --entries.
    pub entries: Vec<EntryModel>,
    /// How many entries more there are in archives that are not compressed.
    pub more_entries: u64,
    /// Override tables, wherever they are.
    pub tables: Vec<TableModel>,
    /// Microcode, wherever it is.
    pub microcode: Vec<MicrocodeModel>,
    /// Where and why the early search for tables and microcode ends.
    pub search_end: StopModel,
    /// What the unpacker makes of it.
    pub unpacker: UnpackerModel,
}

/// A section that an initrd is made of.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PartModel {
    /// Name of the section.
    pub section: &'static str,
    /// Where it begins in the initrd.
    pub start: u64,
    /// Where it ends in the initrd.
    pub end: u64,
    /// Where it begins in the file.
    pub file_start: u64,
    /// Where it ends in the file.
    pub file_end: u64,
}

/// A part of an initrd.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SegmentModel {
    /// `newc`, `zeros`, `unknown`, or how it is compressed: `gzip`, `bzip2`, `lzma`, `xz`, `lzo`, `lz4-legacy`, `lz4`, `zstd`.
    pub kind: SegmentKind,
    /// Where it begins.
    pub start: u64,
    /// Where it ends.
    pub end: u64,
    /// Whether it is known to end there; else it counts to the end, and something may follow in it.
    pub end_known: bool,
    /// From which byte on its headers make no sense, or it is cut off.
    pub damaged_at: Option<u64>,
    /// Number of entries of an archive, or of what came out of compressed data; null where nothing did.
    pub entries: Option<u64>,
    /// Whether an archive has the entry that ends it.
    pub trailer: Option<bool>,
    /// How far compressed data were looked into: `no`, `start` or `all`.
    pub looked: Option<Looked>,
    /// How many bytes came out of compressed data.
    pub unpacked: Option<u64>,
}

/// An entry of an archive.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EntryModel {
    /// Its name.
    pub path: Foreign,
    /// What it is: `file`, `folder`, `link`, `device`, `pipe`, `socket` or `other`.
    pub kind: &'static str,
    /// Where its header begins.
    pub offset: u64,
    /// Where its data begin.
    pub data: u64,
    /// Length of its data in bytes.
    pub length: u64,
    /// Kind and permissions.
    pub mode: u32,
}

/// An override table, or what should be one.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TableModel {
    /// The file's name.
    pub path: Foreign,
    /// `early` where the early search comes by, `behind` where it does not get, `compressed` in compressed data.
    pub place: TablePlace,
    /// Where its data begin; in compressed data, in what comes out of them.
    pub offset: u64,
    /// Where the compressed data begin that it is in.
    pub segment: Option<u64>,
    /// Length of its data in bytes.
    pub length: u64,
    /// Signature; null, like the fields below, where there is no room for a header.
    pub signature: Option<Foreign>,
    /// Revision.
    pub revision: Option<u8>,
    /// OEM ID.
    pub oem_id: Option<Foreign>,
    /// OEM table ID.
    pub oem_table_id: Option<Foreign>,
    /// OEM revision.
    pub oem_revision: Option<u32>,
    /// Whether the kernel sees it when it looks for tables.
    pub seen: bool,
    /// What the early search makes of it; what becomes of an accepted one hangs on the firmware's tables.
    pub outcome: Examined,
    /// Why it is not accepted.
    pub why: Option<String>,
}

/// A file with microcode.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MicrocodeModel {
    /// Its name.
    pub path: Foreign,
    /// Where its data begin; in compressed data, in what comes out of them.
    pub offset: u64,
    /// Where the compressed data begin that it is in.
    pub segment: Option<u64>,
    /// Length of its data in bytes.
    pub length: u64,
    /// Whether the loader sees it at the start of the boot.
    pub seen: bool,
    /// Why it does not.
    pub why: Option<String>,
}

/// Where something ends.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StopModel {
    /// At which byte.
    pub at: u64,
    /// Why.
    pub why: String,
}

/// What the unpacker makes of an initrd.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct UnpackerModel {
    /// Where it fails; null where it does not as far as was looked.
    pub failure: Option<FailureModel>,
    /// Where the initrd ends in the middle of an entry, of which the kernel says nothing.
    pub cut_short: Option<u64>,
    /// Whether there is an /init when all is unpacked: `present`, `absent` or `unknown`.
    pub init: InitFile,
    /// From where on nothing could be foretold, since it is not known where the compressed data there end.
    pub open_from: Option<u64>,
}

/// Where the unpacker fails.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FailureModel {
    /// At which byte: where the entry or the compressed data begin.
    pub at: u64,
    /// At which byte of what comes out of these.
    pub inside: Option<u64>,
    /// What the kernel says behind "Initramfs unpacking failed: ", where that is certain.
    pub message: Option<&'static str>,
    /// How many bytes of the initrd are lost with it.
    pub lost: u64,
}

impl Inspect {
    /// Name and version of the contract.
    pub const SCHEMA: &'static str = "acpihp.inspect/1";

    /// Counts the findings.
    pub fn count(&mut self) {
        let of = |severity| self.findings.iter().filter(|finding| finding.severity == severity).count();
        (self.errors, self.warnings) = (of(Severity::Error), of(Severity::Warning));
    }
}
