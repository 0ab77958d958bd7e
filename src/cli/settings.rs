//! Arguments to checked values.

use super::UsageError;
use crate::bytes::parse_size as size;
use std::ops::Range;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// A byte range `START-END` as the command line gives it: half open, decimal or 0x hex, K, M, G, T or P suffixes.
///
/// # Errors
/// [`UsageError`] that names the option, the text and what is wrong with it.
pub fn range(option: &str, text: &str) -> Result<Range<u64>, UsageError> {
    let wrong = |why: &str| UsageError(format!("{option} {}: {why}", crate::bytes::escape(text.as_bytes())));
    let (start, end) = text.split_once('-').ok_or_else(|| wrong("expected START-END"))?;
    let start = size(start).ok_or_else(|| wrong("the start is no number of bytes"))?;
    let end = size(end).ok_or_else(|| wrong("the end is no number of bytes"))?;
    if end <= start {
        return Err(wrong("the end must be above the start (it is not part of the range)"));
    }
    Ok(start..end)
}

/// What SOURCE_DATE_EPOCH says, in seconds since 1970; `None` if it is not set or empty.
///
/// # Errors
/// [`UsageError`] when it is no such number.
pub fn source_date_epoch() -> Result<Option<u32>, UsageError> {
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
pub fn standard_input_once<'a>(paths: impl IntoIterator<Item = &'a PathBuf>) -> Result<(), UsageError> {
    match paths.into_iter().filter(|path| path.as_os_str() == "-").count() {
        0 | 1 => Ok(()),
        _ => Err(UsageError("standard input (-) can be read once only".into())),
    }
}

/// Whether two paths lead to one file.
pub fn is_same_file(one: &Path, other: &Path) -> bool {
    let identity = |path: &Path| std::fs::metadata(path).ok().map(|meta| (meta.dev(), meta.ino()));
    identity(one).is_some_and(|id| Some(id) == identity(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_or_refused() {
        assert_eq!(range("--reserve", "0x1000-8K").unwrap(), 0x1000..0x2000);
        assert_eq!(size("2T"), Some(2 << 40));
        for bad in ["", "1", "2-1", "1-1", "x-2", "-1-2", "0x-1", "1-99999999999P", "+1-2", "0x+1-2"] {
            assert!(range("--reserve", bad).is_err(), "{bad}");
        }
    }
}
