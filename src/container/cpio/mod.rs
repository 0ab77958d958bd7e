//! cpio archives in the "newc" format, the only one Linux takes for an initrd.
//!
//! | module | what |
//! |---|---|
//! | [`header`] | the header of an entry |
//! | [`walk`] | the kernel's walk over entries, in bytes that need not be in memory |
//! | [`early`] | the kernel's early scanner: what it sees of an initrd, where it stops and why |
//! | [`build`](mod@build) | writing an override archive |

pub mod build;
pub mod early;
pub mod header;
pub mod walk;

use super::tar;

/// As many bytes as [`other_format`] looks at.
pub const OTHER_LEN: usize = tar::BLOCK;

/// Beginnings of archives that Linux does not read, with what a message calls them.
const OTHERS: [(&[u8], &str); 3] = [
    (b"070707", "an archive with the magic number 070707"),
    (b"\xc7\x71", "a binary cpio archive (magic number 070707 in two bytes)"),
    (b"\x71\xc7", "a binary cpio archive (magic number 070707 in two bytes, high one first)"),
];

/// What an archive is that begins with these bytes and is of another format than Linux reads, as `cpio -o` makes it unless it
/// is given `-H newc`; `None` for anything else.
pub fn other_format(bytes: &[u8]) -> Option<&'static str> {
    let other = OTHERS.iter().find(|(magic, _)| bytes.starts_with(magic)).map(|(_, name)| *name);
    other.or_else(|| tar::is_tar(bytes).then_some("a tar archive"))
}
