//! L3: all output: standard output that ends quietly on a closed pipe, and files that appear whole or not at all.

use crate::source::{display, reason};
use std::fs::{File, Permissions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// What is collected before it is written, in bytes.
const BUFFER_LEN: usize = 32 << 10;

/// Why output could not be written.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// Standard output failed, for another reason than a reader that went away.
    #[error("cannot write to standard output: {}", reason(.0))]
    Stdout(io::Error),
    /// A file or its folder could not be written; nothing was left behind.
    #[error("cannot write {}: {}", display(path), reason(error))]
    File {
        /// The file that was asked for.
        path: PathBuf,
        /// What the system said. Part of the message, so no source of this error besides.
        error: io::Error,
    },
}

/// Hands standard output to `write`, buffered and locked, and flushes it.
///
/// # Errors
/// What the system says, except that a closed pipe is no error: whoever read has seen enough.
pub fn stdout(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), SinkError> {
    let mut out = BufWriter::with_capacity(BUFFER_LEN, io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            let (_, _unwritten) = out.into_parts();
            Ok(())
        }
        other => other.map_err(SinkError::Stdout),
    }
}

/// Tells of an output that went to a file: on standard output, or on standard error where that is `taken` by the output
/// itself. Then it does not matter whether anyone reads it.
///
/// # Errors
/// As [`stdout`].
pub fn tell(taken: bool, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), SinkError> {
    if taken {
        let _ = write(&mut io::stderr().lock());
        return Ok(());
    }
    stdout(write)
}

/// Makes a folder, and those above it, where they are not there yet.
///
/// # Errors
/// What the system says.
pub fn folder(path: &Path) -> Result<(), SinkError> {
    std::fs::create_dir_all(path).map_err(|error| SinkError::File { path: path.to_owned(), error })
}

/// Writes a whole file: `write` fills a temporary file beside `path`, which then takes its name. When anything fails,
/// what `path` held before stays. An existing file keeps its permissions; a new one gets 0666 less the umask.
/// A device or a pipe (`/dev/stdout`) is written directly.
///
/// # Errors
/// What `write` or the system says.
pub fn file(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), SinkError> {
    let failed = |error| SinkError::File { path: path.to_owned(), error };
    file_inner(path, 0o666, write).map_err(failed)
}

/// As [`file()`], and `-` is standard output.
///
/// # Errors
/// As [`stdout`] and [`file()`].
pub fn output(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), SinkError> {
    if path.as_os_str() == "-" { stdout(write) } else { file(path, write) }
}

/// As [`file()`], and a new file is for its owner alone.
///
/// # Errors
/// What `write` or the system says.
pub fn private_file(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), SinkError> {
    let failed = |error| SinkError::File { path: path.to_owned(), error };
    file_inner(path, 0o600, write).map_err(failed)
}

/// Makes a symbolic link.
///
/// # Errors
/// What the system says, also when there is something of that name.
pub fn link(path: &Path, target: &str) -> Result<(), SinkError> {
    std::os::unix::fs::symlink(target, path).map_err(|error| SinkError::File { path: path.to_owned(), error })
}

fn file_inner(
    path: &Path,
    mode: u32,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let existing = std::fs::metadata(path).ok();
    if existing.as_ref().is_some_and(|meta| !meta.is_file()) {
        let mut out = BufWriter::new(File::options().write(true).open(path)?);
        write(&mut out)?;
        return out.flush();
    }
    // A link keeps pointing where it did: the file behind it is the one that is replaced.
    let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let permissions = existing.map_or_else(|| Permissions::from_mode(mode), |meta| meta.permissions());
    let temporary = tempfile::Builder::new()
        .prefix(".acpihp-")
        .permissions(Permissions::from_mode(permissions.mode() & 0o7777))
        .tempfile_in(folder)?;
    let mut out = BufWriter::with_capacity(BUFFER_LEN, temporary);
    write(&mut out)?;
    let temporary = out.into_inner().map_err(|error| error.into_error())?;
    temporary.as_file().sync_all()?;
    temporary.persist(&target).map(drop).map_err(|error| error.error)
}
