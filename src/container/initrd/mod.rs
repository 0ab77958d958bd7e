//! What an initrd consists of: archives, compressed archives and zeros, one behind the other, found without unpacking, in
//! anything that can be read from any place.
//!
//! Two readers of the kernel go over an initrd. The early scanner ([`super::cpio::early`]) looks for override tables and
//! microcode in what is not compressed, at the very beginning of the boot. Much later everything is unpacked into the
//! root file system ([`crate::boot::unpack`]).
//!
//! | module | what |
//! |---|---|
//! | [`extent`] | where compressed data end, told from their headers |
//! | [`front`] | microcode and tables at the beginning, and where an override archive goes |
//! | [`held`] | one that need not be in memory, for as long as somebody looks at it |
//! | [`hidden`] | tables where the early search does not get |

mod compression;
pub mod extent;
pub mod front;
pub mod held;
pub mod hidden;
mod segments;

pub use compression::Compression;
pub use segments::{End, Entries, Kind, Segment, Segments, entries, segments, segments_knowing};
