//! Arguments to checked values.

use super::UsageError;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// What SOURCE_DATE_EPOCH says, in seconds since 1970; `None` if it is not set or empty.
///
/// # Errors
/// [`UsageError`] when it is no such number.
pub(super) fn source_date_epoch() -> Result<Option<u32>, UsageError> {
    const NAME: &str = "SOURCE_DATE_EPOCH";
    let Some(text) = std::env::var_os(NAME).filter(|text| !text.is_empty()) else { return Ok(None) };
    let digits = text.to_str().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    digits.and_then(|text| text.parse().ok()).map(Some).ok_or_else(|| {
        let text = crate::bytes::escape(text.as_bytes());
        UsageError(format!("{NAME}={text}: expected seconds since 1970, at most {}", u32::MAX))
    })
}

/// Refuses arguments that would read standard input (`-`) more than once.
///
/// # Errors
/// [`UsageError`] for that.
pub(super) fn standard_input_once<'a>(
    paths: impl IntoIterator<Item = &'a PathBuf>,
) -> Result<(), UsageError> {
    match paths.into_iter().filter(|path| path.as_os_str() == "-").count() {
        0 | 1 => Ok(()),
        _ => Err(UsageError("standard input (-) can be read once only".into())),
    }
}

/// Whether two paths lead to one file.
pub(super) fn is_same_file(one: &Path, other: &Path) -> bool {
    let identity = |path: &Path| std::fs::metadata(path).ok().map(|meta| (meta.dev(), meta.ino()));
    identity(one).is_some_and(|id| Some(id) == identity(other))
}
