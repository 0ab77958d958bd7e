//! L1: ACPI tables as the specification lays them out.
//!
//! Each signature has a file: its typed view, where the boot model or the rules need one, and its field list.
//! A view is a borrowed slice that was cut to the header's length: what the bytes say, unjudged, and `None` where they end.
//! The field lists ([`def`]) are data; [`mod@decode`] walks them and yields [`item`]s.

pub mod decode;
pub mod def;
pub mod domains;
pub mod entries;
mod header;
pub mod item;
pub mod names;
pub mod summary;
pub mod view;

pub use decode::decode;
pub use header::{HEADER_FIELDS, HEADER_LEN, Header, Identity, Signature};

/// The tables with a field list: their modules and what is in `DEFINITIONS`.
macro_rules! tables {
    ($($module:ident: $($table:ident),+;)*) => {
        $(pub mod $module;)*
        /// The field lists of all tables that have one, by module.
        pub static DEFINITIONS: &[&def::TableDef] = &[$($(&$module::$table),+),*];
    };
}

tables! {
    facs: TABLE;
    fadt: TABLE;
    hmat: TABLE;
    madt: TABLE;
    msct: TABLE;
    root: RSDT_TABLE, XSDT_TABLE;
    rsdp: TABLE;
    s3pt: TABLE;
    slit: TABLE;
    srat: TABLE;
}

mod madt_entries;

/// The field list of a table, from its first bytes.
pub fn definition(table: &[u8]) -> Option<&'static def::TableDef> {
    let rsdp = table.starts_with(&rsdp::SIGNATURE);
    let signature = if rsdp { rsdp::NAME.0.as_slice() } else { table.get(..4)? };
    DEFINITIONS.iter().find(|def| def.signature.0 == signature).copied()
}
