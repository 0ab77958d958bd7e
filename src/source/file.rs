//! Open policy: every read is bounded, and what is no regular file is told apart before it is read.

use super::SourceError;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The most that is read of one file unless the caller says otherwise: 1 GiB.
pub const DEFAULT_LIMIT: u64 = 1 << 30;

/// All bytes of a file, a pipe or (`-`) standard input, if they are no more than `limit`.
///
/// # Errors
/// [`SourceError::TooLarge`] past the limit (before reading, where the size is known), [`SourceError::Denied`] and
/// [`SourceError::Io`] as the system says; a block or character device is refused as [`SourceError::Content`].
pub fn read(path: &Path, limit: u64, expected: &'static str) -> Result<Vec<u8>, SourceError> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::PermissionDenied => {
            SourceError::Denied { path: path.to_owned(), how: "run as root (CAP_DAC_READ_SEARCH)" }
        }
        _ => SourceError::io(path, error),
    };
    if path.as_os_str() == "-" {
        return read_all(io::stdin().lock(), 0, path, limit, expected);
    }
    let file = File::open(path).map_err(failed)?;
    let meta = file.metadata().map_err(failed)?;
    if meta.is_dir() {
        return Err(SourceError::io(path, io::ErrorKind::IsADirectory.into()));
    }
    let kind = std::os::unix::fs::FileTypeExt::is_char_device(&meta.file_type())
        || std::os::unix::fs::FileTypeExt::is_block_device(&meta.file_type());
    if kind {
        let found = "a device".to_owned();
        return Err(SourceError::Content { path: path.to_owned(), offset: 0, found, expected });
    }
    if meta.len() > limit {
        return Err(SourceError::TooLarge { path: path.to_owned(), limit, expected });
    }
    read_all(file, meta.len(), path, limit, expected)
}

fn read_all(
    input: impl Read,
    size: u64,
    path: &Path,
    limit: u64,
    expected: &'static str,
) -> Result<Vec<u8>, SourceError> {
    let mut bytes = Vec::with_capacity(usize::try_from(size.min(limit)).unwrap_or(0).saturating_add(1));
    input
        .take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| SourceError::io(path, error))?;
    if bytes.len() as u64 > limit {
        return Err(SourceError::TooLarge { path: path.to_owned(), limit, expected });
    }
    Ok(bytes)
}
