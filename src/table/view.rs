//! What the typed views share: how a table's bytes are cut to its length, and why there is no view of them.

use super::{HEADER_LEN, Header, Signature};
use crate::bytes::array_at;

/// Why bytes are not the table they were taken for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ViewError {
    /// There are fewer bytes than the part that every such table has.
    #[error("{}: {found} bytes, expected at least {expected}", signature.text())]
    Short {
        /// The table that was asked for.
        signature: Signature,
        /// Bytes that are there.
        found: usize,
        /// Bytes that must be there.
        expected: usize,
    },
    /// Another table starts there.
    #[error("byte 0: found signature {}, expected {}", found.text(), expected.text())]
    Other {
        /// The signature that is there.
        found: Signature,
        /// The one that was asked for.
        expected: Signature,
    },
}

/// A view: a table's header, and its bytes up to the end that the header names or as far as they go.
macro_rules! view {
    ($(#[$about:meta])* pub struct $name:ident of $signatures:expr;) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name<'a> {
            /// The header; its length may claim more than there is.
            pub header: $crate::table::Header,
            bytes: &'a [u8],
        }

        impl<'a> $name<'a> {
            /// Views `table`, up to its header's length or as far as the bytes go.
            ///
            /// # Errors
            /// [`ViewError`]($crate::table::view::ViewError) when there is no whole header or it is another table's.
            pub fn parse(table: &'a [u8]) -> Result<Self, $crate::table::view::ViewError> {
                let (header, bytes) = $crate::table::view::open(table, &$signatures)?;
                Ok($name { header, bytes })
            }
        }
    };
}

pub(super) use view;

/// The header of `table`, and its bytes up to the end that the header names or as far as they go.
///
/// # Errors
/// [`ViewError`] when the header is not whole or has none of the signatures.
pub(super) fn open<'a>(table: &'a [u8], signatures: &[Signature]) -> Result<(Header, &'a [u8]), ViewError> {
    let wanted = signatures.first().copied().unwrap_or(Signature(*b"????"));
    let header = Header::parse(table).ok_or(ViewError::Short {
        signature: wanted,
        found: table.len(),
        expected: HEADER_LEN,
    })?;
    if !signatures.contains(&header.signature) {
        let found = array_at(table, 0).map_or(header.signature, Signature);
        return Err(ViewError::Other { found, expected: wanted });
    }
    Ok((header, clip(table, &header)))
}

/// The bytes that belong to a table: up to its header's length, all of them when the header claims more.
pub fn clip<'a>(table: &'a [u8], header: &Header) -> &'a [u8] {
    usize::try_from(header.length).ok().and_then(|length| table.get(..length)).unwrap_or(table)
}
