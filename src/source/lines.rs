//! Standard input line by line, as it comes: what follows a log has no end.

use super::SourceError;
use std::io::{self, BufRead, Read};
use std::path::Path;

/// The longest line that is looked at; what is behind is passed over.
const LONGEST: u64 = 16 << 10;

/// Hands each line of standard input to `take`, without its line end, until `take` says that it has enough. Bytes that are
/// not UTF-8 are replaced.
///
/// # Errors
/// [`SourceError::Io`] when reading fails, or what `take` says.
pub fn each_of_stdin<E: From<SourceError>>(mut take: impl FnMut(&str) -> Result<bool, E>) -> Result<(), E> {
    let failed = |error| SourceError::io(Path::new("-"), error);
    super::file::not_stdout(io::stdin(), Path::new("-"))?;
    let mut input = io::stdin().lock();
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = input.by_ref().take(LONGEST).read_until(b'\n', &mut line).map_err(failed)?;
        if read == 0 {
            return Ok(());
        }
        if line.last() != Some(&b'\n') {
            input.skip_until(b'\n').map_err(failed)?;
        }
        if !take(String::from_utf8_lossy(&line).trim_end())? {
            return Ok(());
        }
    }
}
