//! L1: ACPI tables as the specification lays them out.
//!
//! Each signature has a file: its typed view, where the boot model or the rules need one, and its field list.
//! A view is a borrowed slice that was cut to the header's length: what the bytes say, unjudged, and `None` where they end.
//! The field lists are text ([`mod@layout`]) that says in the words of [`def`] how a table is laid out; [`mod@decode`] walks
//! them and yields [`item`]s.

pub mod affinity_edit;
pub mod aml;
pub mod cedt;
pub mod decode;
pub mod def;
pub mod diff;
pub mod domains;
pub mod edit;
pub mod entries;
pub mod fadt;
mod header;
pub mod hmat;
pub mod item;
pub mod layout;
pub mod madt;
pub mod msct;
pub mod names;
pub mod path;
pub mod root;
pub mod rsdp;
pub mod slit;
pub mod source;
pub mod srat;
pub mod structures;
pub mod summary;
pub mod view;

pub use decode::decode;
pub use header::{HEADER_LEN, Header, Identity, Signature};
use layout::Layout;

/// The tables with a field list, each in a file of `src/table/lists/`.
macro_rules! lists {
    ($($signature:literal $file:literal,)*) => {
        /// The layouts of all tables that have a list.
        pub static LAYOUTS: [Layout; [$($file),*].len()] =
            [$(Layout::new(*$signature, include_str!(concat!("lists/", $file, ".txt")))),*];
    };
}

lists! {
    b"AEST" "aest",
    b"AGDI" "agdi",
    b"APIC" "apic",
    b"APMT" "apmt",
    b"ASF!" "asf",
    b"ASPT" "aspt",
    b"BDAT" "bdat",
    b"BERT" "bert",
    b"BGRT" "bgrt",
    b"BOOT" "boot",
    b"CCEL" "ccel",
    b"CDAT" "cdat",
    b"CDIT" "cdit",
    b"CEDT" "cedt",
    b"CPEP" "cpep",
    b"CRAT" "crat",
    b"CSRT" "csrt",
    b"DBG2" "dbg2",
    b"DBGP" "dbgp",
    b"DMAR" "dmar",
    b"DRTM" "drtm",
    b"DTPR" "dtpr",
    b"ECDT" "ecdt",
    b"EINJ" "einj",
    b"ERDT" "erdt",
    b"ERST" "erst",
    b"FACP" "facp",
    b"FACS" "facs",
    b"FPDT" "fpdt",
    b"GTDT" "gtdt",
    b"HEST" "hest",
    b"HMAT" "hmat",
    b"HPET" "hpet",
    b"IBFT" "ibft",
    b"IORT" "iort",
    b"IOVT" "iovt",
    b"IVRS" "ivrs",
    b"KEYP" "keyp",
    b"LPIT" "lpit",
    b"MCFG" "mcfg",
    b"MCHI" "mchi",
    b"MISC" "misc",
    b"MPAM" "mpam",
    b"MPST" "mpst",
    b"MRRM" "mrrm",
    b"MSCT" "msct",
    b"MSDM" "msdm",
    b"MTMR" "mtmr",
    b"NFIT" "nfit",
    b"NHLT" "nhlt",
    b"PCCT" "pcct",
    b"PDTT" "pdtt",
    b"PHAT" "phat",
    b"PMTT" "pmtt",
    b"PPTT" "pptt",
    b"PRMT" "prmt",
    b"RAS2" "ras2",
    b"RASF" "rasf",
    b"RGRT" "rgrt",
    b"RHCT" "rhct",
    b"RIMT" "rimt",
    b"RSDP" "rsdp",
    b"RSDT" "rsdt",
    b"S3PT" "s3pt",
    b"SBST" "sbst",
    b"SDEI" "sdei",
    b"SDEV" "sdev",
    b"SLIC" "slic",
    b"SLIT" "slit",
    b"SPCR" "spcr",
    b"SPMI" "spmi",
    b"SRAT" "srat",
    b"STAO" "stao",
    b"SVKL" "svkl",
    b"SWFT" "swft",
    b"TCPA" "tcpa",
    b"TDEL" "tdel",
    b"TPM2" "tpm2",
    b"UEFI" "uefi",
    b"VFCT" "vfct",
    b"VIOT" "viot",
    b"VRTC" "vrtc",
    b"WAET" "waet",
    b"WDAT" "wdat",
    b"WDDT" "wddt",
    b"WDRT" "wdrt",
    b"WPBT" "wpbt",
    b"WSMT" "wsmt",
    b"XENV" "xenv",
    b"XSDT" "xsdt",
    b"iBFT" "ibft",
}

/// The layout of a table, from its first bytes.
pub fn layout(table: &[u8]) -> Option<&'static Layout> {
    let signature = match table {
        _ if table.starts_with(&rsdp::SIGNATURE) => rsdp::NAME.0.as_slice(),
        _ if is_cdat(table) => CDAT.0.as_slice(),
        _ => table.get(..4)?,
    };
    LAYOUTS.iter().find(|layout| layout.signature.0 == signature)
}

/// What tools call a CDAT, which has no signature (CDAT 1.03, 2).
pub const CDAT: Signature = Signature(*b"CDAT");

/// Whether bytes are a CDAT: a length that is theirs, six reserved bytes and a sum of zero.
pub fn is_cdat(table: &[u8]) -> bool {
    let length = crate::bytes::u32_at(table, 0).and_then(|length| usize::try_from(length).ok());
    table.len() >= 16
        && length == Some(table.len())
        && table.get(6..12) == Some(&[0; 6])
        && crate::bytes::sum8(table) == 0
}

/// The field list of a table, from its first bytes.
pub fn definition(table: &[u8]) -> Option<&'static def::TableDef> {
    layout(table)?.parsed().ok()
}

/// The length that the specification gives a type of entry in a table's first list of entries.
fn entry_len(signature: Signature, kind: u64) -> Option<usize> {
    let fields = definition(&signature.0)?.fields;
    let list = fields.iter().find_map(|field| match field.kind {
        def::FieldKind::Entries(list) => Some(list),
        _ => None,
    })?;
    list.find(kind).map(|def| usize::from(def.len))
}
