//! Images of memory: every format, the RSDP wherever it is, and tables behind pointers that lie.
#![allow(clippy::indexing_slicing)]

mod build;
mod corpus;
mod formats;
mod properties;
mod search;
mod walks;

use acpihp::container::image::find::Options;
use acpihp::source::detect::MemoryFormat;
use acpihp::source::image::{self, Contents, ImageError, ImageLayout};

/// What an image in memory has of tables.
fn read(bytes: &[u8], layout: ImageLayout) -> Result<Contents, ImageError> {
    image::read(bytes, layout, &Options { everywhere: true, ..Options::default() })
}

fn raw(bytes: &[u8]) -> Contents {
    read(bytes, ImageLayout::Raw).unwrap()
}

fn elf(bytes: &[u8]) -> Result<Contents, ImageError> {
    read(bytes, ImageLayout::Format(MemoryFormat::Elf))
}

/// The names of the tables, in their order.
fn names(contents: &Contents) -> Vec<String> {
    contents
        .walk
        .tables
        .iter()
        .map(|table| acpihp::container::raw::name(&table.bytes).text().into_owned())
        .collect()
}

/// What was wrong on the way.
fn faults(contents: &Contents) -> Vec<String> {
    contents.walk.faults.iter().map(ToString::to_string).collect()
}
