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
