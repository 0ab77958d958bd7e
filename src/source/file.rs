//! Open policy: every read is bounded, and what is no regular file is told apart before it is opened.

use super::SourceError;
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl, makedev};
use std::fs::{File, Metadata};
use std::io::{self, Cursor, Read};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::time::{Duration, Instant};

/// The most that is read of one file unless the caller says otherwise: 1 GiB.
pub const DEFAULT_LIMIT: u64 = 1 << 30;

/// How long a named pipe may stay without anyone who writes to it.
const FIFO_PATIENCE: Duration = Duration::from_secs(3);

/// All bytes of a file, a pipe or (`-`) standard input, if they are no more than `limit`.
///
/// # Errors
/// [`SourceError::TooLarge`] past the limit (before reading, where the size is known), [`SourceError::Denied`] and
/// [`SourceError::Io`] as the system says; a block or character device is refused as [`SourceError::Content`], and a
/// named pipe that nobody writes to as [`SourceError::Empty`].
pub fn read(path: &Path, limit: u64, expected: &'static str) -> Result<Vec<u8>, SourceError> {
    if path.as_os_str() == "-" {
        return read_all(io::stdin().lock(), 0, path, limit, expected);
    }
    let (file, meta) = open(path, expected)?;
    read_open(file, &meta, path, limit, expected)
}

fn read_open(
    file: File,
    meta: &Metadata,
    path: &Path,
    limit: u64,
    expected: &'static str,
) -> Result<Vec<u8>, SourceError> {
    if meta.len() > limit {
        return Err(SourceError::TooLarge { path: path.to_owned(), limit, expected });
    }
    if meta.file_type().is_fifo() {
        let first = await_writer(&file, path)?;
        return read_all(Cursor::new(first).chain(file), 0, path, limit, expected);
    }
    read_all(file, meta.len(), path, limit, expected)
}

/// Whether gzip data begin with these bytes.
pub fn is_gzip(head: &[u8]) -> bool {
    head.starts_with(&[0x1f, 0x8b])
}

/// What gzip data hold; other bytes come back as they are. `path` names them in messages.
///
/// # Errors
/// [`SourceError::TooLarge`] for more than `limit`, [`SourceError::Io`] for damaged data.
pub fn gunzip(
    path: &Path,
    bytes: Vec<u8>,
    limit: u64,
    expected: &'static str,
) -> Result<Vec<u8>, SourceError> {
    if !is_gzip(&bytes) {
        return Ok(bytes);
    }
    read_all(flate2::bufread::MultiGzDecoder::new(bytes.as_slice()), 0, path, limit, expected)
}

/// The first `len` bytes of a regular file, or all if it has fewer.
///
/// # Errors
/// As [`read`]; a pipe is refused, since it could not be read again.
pub fn head(path: &Path, len: u64, expected: &'static str) -> Result<Vec<u8>, SourceError> {
    let (file, meta) = open(path, expected)?;
    if !meta.is_file() {
        return Err(content(path, "no regular file", expected));
    }
    read_all(file.take(len), len, path, len, expected)
}

/// Opens what can be read from any place and may be an image of memory: regular files, character devices of the kernel's
/// memory (major number 1, minor 1). `None` for everything else, which is not opened.
///
/// # Errors
/// [`SourceError`] as the system says.
pub(super) fn open_seekable(path: &Path) -> Result<Option<File>, SourceError> {
    let failed = |error| SourceError::io(path, error);
    let fits = |meta: &Metadata| {
        let kind = meta.file_type();
        kind.is_file() || kind.is_char_device() && meta.rdev() == makedev(1, 1)
    };
    if !fits(&std::fs::metadata(path).map_err(failed)?) {
        return Ok(None);
    }
    let file = open_nonblocking(path).map_err(failed)?;
    Ok(fits(&file.metadata().map_err(failed)?).then_some(file))
}

/// Opens without waiting for anyone.
fn open_nonblocking(path: &Path) -> io::Result<File> {
    let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed();
    File::options().read(true).custom_flags(flags).open(path)
}

/// Opens what can be read to its end, neither a folder nor a device, without waiting for anyone.
fn open(path: &Path, expected: &'static str) -> Result<(File, Metadata), SourceError> {
    let failed = |error| SourceError::io(path, error);
    let check = |meta: &Metadata| {
        let kind = meta.file_type();
        if kind.is_dir() {
            return Err(failed(io::ErrorKind::IsADirectory.into()));
        }
        if kind.is_char_device() || kind.is_block_device() {
            return Err(content(path, "a device", expected));
        }
        Ok(())
    };
    // Opening a device can act on it (a watchdog starts, a tape winds), so it is asked before and again behind.
    check(&std::fs::metadata(path).map_err(failed)?)?;
    let file = open_nonblocking(path).map_err(failed)?;
    let meta = file.metadata().map_err(failed)?;
    check(&meta)?;
    Ok((file, meta))
}

/// Waits until a pipe has a writer and makes further reads from it wait for data; gives what was already there.
fn await_writer(mut file: &File, path: &Path) -> Result<Vec<u8>, SourceError> {
    let failed = |error| SourceError::io(path, error);
    let mut first = vec![0; 4096];
    let start = Instant::now();
    let length = loop {
        // A pipe without a writer reads as ended, one with a writer and no data yet as busy.
        match file.read(&mut first) {
            Ok(0) if start.elapsed() < FIFO_PATIENCE => std::thread::sleep(Duration::from_millis(2)),
            Ok(0) => {
                let what = format!("a pipe that nobody wrote to for {} s", FIFO_PATIENCE.as_secs());
                return Err(SourceError::Empty { path: path.to_owned(), what });
            }
            Ok(length) => break length,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break 0,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(error)),
        }
    };
    first.truncate(length);
    let flags = fcntl_getfl(file).map_err(|error| failed(error.into()))?;
    fcntl_setfl(file, flags - OFlags::NONBLOCK).map_err(|error| failed(error.into()))?;
    Ok(first)
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

fn content(path: &Path, found: &str, expected: &'static str) -> SourceError {
    SourceError::Content { path: path.to_owned(), offset: 0, found: found.to_owned(), expected }
}
