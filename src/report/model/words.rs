//! The words of the JSON contracts: enums, so that writers match on them and none is spelled twice.

use crate::boot::install;
use crate::boot::stages::upgrade;
use crate::container::initrd::Compression;
use crate::phrase::words;

words! {
    /// What becomes of a table of an archive.
    pub enum TableOutcome {
        /// It takes the place of a table of the firmware.
        Override = "override",
        /// It is a further table.
        Install = "install",
        /// A table of the firmware has its identity and is not older.
        Dropped = "dropped",
        /// It is copied and never used.
        Unused = "unused",
        /// The kernel does not accept it.
        Rejected = "rejected",
        /// It comes after the last file that the kernel examines.
        NotExamined = "not-examined",
        /// The kernel was not built to take tables from the boot loader's initrd.
        NotLookedFor = "not-looked-for",
        /// It is accepted, and a locked down kernel does not use it.
        LockedDown = "locked-down",
    }

    /// What the kernel's early search makes of a file, before any table of the firmware is looked at.
    pub enum Examined {
        /// It takes the file for a table.
        Accepted = "accepted",
        /// It does not.
        Rejected = "rejected",
        /// It comes after the last file that the kernel examines.
        NotExamined = "not-examined",
        /// The kernel was not built to take tables from the boot loader's initrd.
        NotLookedFor = "not-looked-for",
        /// The search does not get there.
        NotSeen = "not-seen",
    }

    /// Where a table comes from.
    pub enum TableOrigin {
        /// The firmware.
        Firmware = "firmware",
        /// The initrd.
        Initrd = "initrd",
        /// There is none.
        None = "none",
    }

    /// How something differs between a first and a second source.
    pub enum Status {
        /// Only the second has it.
        Added = "added",
        /// Only the first has it.
        Removed = "removed",
        /// Both have it, and not the same.
        Changed = "changed",
    }

    /// One of two boots.
    pub enum Side {
        /// The first.
        A = "a",
        /// The second.
        B = "b",
    }

    /// What an input of `check` turned out to be.
    pub enum InputKind {
        /// One table in a file of its own.
        Table = "table",
        /// A folder, a dump or tables back to back.
        Tables = "tables",
        /// An override archive or an initrd.
        Archive = "archive",
        /// A kernel by itself.
        Kernel = "kernel",
        /// A unified kernel image.
        Image = "image",
        /// An addon to such images.
        Addon = "addon",
        /// A policy.
        Policy = "policy",
        /// Waivers.
        Waivers = "waivers",
        /// Something that could not be read.
        Unreadable = "unreadable",
    }

    /// What `inspect` was given.
    pub enum InspectKind {
        /// An initrd.
        Initrd = "initrd",
        /// A unified kernel image.
        Uki = "uki",
    }

    /// Which kind of unified kernel image.
    pub enum ImageRole {
        /// One with a kernel.
        Image = "image",
        /// One without.
        Addon = "addon",
    }

    /// What a part of an initrd is.
    pub enum SegmentKind {
        /// An archive that is not compressed.
        Newc = "newc",
        /// Zeros.
        Zeros = "zeros",
        /// gzip.
        Gzip = "gzip",
        /// bzip2.
        Bzip2 = "bzip2",
        /// LZMA alone.
        Lzma = "lzma",
        /// xz.
        Xz = "xz",
        /// LZO.
        Lzo = "lzo",
        /// The older format of LZ4, which Linux unpacks.
        Lz4Legacy = "lz4-legacy",
        /// The frame format of LZ4, which it does not.
        Lz4 = "lz4",
        /// Zstandard.
        Zstd = "zstd",
        /// Nothing that is known.
        Unknown = "unknown",
    }

    /// How far compressed data were looked into.
    pub enum Looked {
        /// Not at all.
        No = "no",
        /// Their start.
        Start = "start",
        /// All of them.
        All = "all",
    }

    /// Where an override table stands in an initrd.
    pub enum TablePlace {
        /// Where the early search comes by.
        Early = "early",
        /// After the place where it ends.
        Behind = "behind",
        /// In compressed data.
        Compressed = "compressed",
    }

    /// Whether there is an /init when all is unpacked.
    pub enum InitFile {
        /// There is.
        Present = "present",
        /// There is none.
        Absent = "absent",
        /// It may be in what was not unpacked.
        Unknown = "unknown",
    }

    /// Who chooses the kernel's place at random.
    pub enum KaslrChooser {
        /// The kernel's own decompressor.
        Decompressor = "decompressor",
        /// The EFI stub, which looks at no SRAT.
        EfiStub = "efi-stub",
    }
}

impl From<install::TableOutcome> for TableOutcome {
    fn from(outcome: install::TableOutcome) -> Self {
        match outcome {
            install::TableOutcome::Override(_) => TableOutcome::Override,
            install::TableOutcome::Install => TableOutcome::Install,
            install::TableOutcome::Dropped { .. } => TableOutcome::Dropped,
            install::TableOutcome::Unused(_) => TableOutcome::Unused,
        }
    }
}

impl From<upgrade::Examined> for Examined {
    fn from(examined: upgrade::Examined) -> Self {
        match examined {
            upgrade::Examined::Accepted => Examined::Accepted,
            upgrade::Examined::NotExamined => Examined::NotExamined,
            upgrade::Examined::NotConfigured => Examined::NotLookedFor,
            _ => Examined::Rejected,
        }
    }
}

impl From<Compression> for SegmentKind {
    fn from(format: Compression) -> Self {
        match format {
            Compression::Gzip => SegmentKind::Gzip,
            Compression::Bzip2 => SegmentKind::Bzip2,
            Compression::Lzma => SegmentKind::Lzma,
            Compression::Xz => SegmentKind::Xz,
            Compression::Lzo => SegmentKind::Lzo,
            Compression::Lz4Legacy => SegmentKind::Lz4Legacy,
            Compression::Lz4 => SegmentKind::Lz4,
            Compression::Zstd => SegmentKind::Zstd,
        }
    }
}

impl Examined {
    /// What becomes of a file that the kernel does not accept; `None` for one that it does.
    pub fn refused(self) -> Option<TableOutcome> {
        match self {
            Examined::Accepted => None,
            Examined::Rejected => Some(TableOutcome::Rejected),
            Examined::NotExamined | Examined::NotSeen => Some(TableOutcome::NotExamined),
            Examined::NotLookedFor => Some(TableOutcome::NotLookedFor),
        }
    }
}
