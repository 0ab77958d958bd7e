//! Open policy: every read is bounded, and what is no regular file is told apart before it is opened.

use super::SourceError;
use crate::budget;
use crate::container::decompress::{Limits, UnpackError, Unpacker};
use crate::container::initrd::Compression;
use crate::container::read_at::ReadAt;
use crate::foreign::Foreign;
use rustix::fs::{CWD, Mode, OFlags, fcntl_getfl, fcntl_setfl, makedev, openat};
use std::fs::{File, Metadata};
use std::io::{self, Cursor, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;
use std::time::{Duration, Instant};

/// The most that is read into memory of one file unless the caller says otherwise, in bytes.
pub const DEFAULT_LIMIT: u64 = budget::INPUT;
/// By how much memory for a file of unknown length grows at most: never by as much again.
const MOST_GROWTH: usize = 8 << 20;

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
        not_stdout(io::stdin(), path)?;
        return read_all(io::stdin().lock(), 0, path, limit, expected);
    }
    read_by(&by_path(path), path, limit, expected)
}

/// How a file is opened: by its path, or below a folder that it must not lead out of.
pub(super) type Opener<'a> = &'a dyn Fn(OFlags) -> io::Result<OwnedFd>;

/// Opens a file by its path.
pub(super) fn by_path(path: &Path) -> impl Fn(OFlags) -> io::Result<OwnedFd> {
    move |flags| Ok(openat(CWD, path, flags | OFlags::CLOEXEC, Mode::empty())?)
}

/// As [`read`], of what `opener` opens; `path` names it in messages.
///
/// # Errors
/// As [`read`].
pub(super) fn read_by(
    opener: Opener<'_>,
    path: &Path,
    limit: u64,
    expected: &'static str,
) -> Result<Vec<u8>, SourceError> {
    let (file, meta) = open(opener, path, expected)?;
    read_open(file, &meta, path, limit, expected)
}

/// As [`read_by`], in a file system that has no devices: it needs no look before the file is opened.
///
/// # Errors
/// As [`read`].
pub(super) fn read_plain(
    opener: Opener<'_>,
    path: &Path,
    limit: u64,
    expected: &'static str,
) -> Result<Vec<u8>, SourceError> {
    let (file, meta) = open_seen(opener, path, expected)?;
    read_open(file, &meta, path, limit, expected)
}

fn read_open(
    file: File,
    meta: &Metadata,
    path: &Path,
    limit: u64,
    expected: &'static str,
) -> Result<Vec<u8>, SourceError> {
    if is_memory(meta) {
        return Err(content(path, "a device", expected));
    }
    if meta.len() > limit {
        return Err(SourceError::TooLarge { path: path.to_owned(), limit, expected });
    }
    match first_of_pipe(&file, meta, path)? {
        Some(first) => read_all(Cursor::new(first).chain(file), 0, path, limit, expected),
        None => read_all(file, meta.len(), path, limit, expected),
    }
}

/// Waits for the writer of a named pipe, and gives what was there already; `None` for what is no pipe.
///
/// # Errors
/// [`SourceError::Empty`] for a pipe that nobody writes to.
pub(super) fn first_of_pipe(
    file: &File,
    meta: &Metadata,
    path: &Path,
) -> Result<Option<Vec<u8>>, SourceError> {
    if meta.file_type().is_fifo() { await_writer(file, path).map(Some) } else { Ok(None) }
}

/// Whether gzip data begin with these bytes.
pub fn is_gzip(head: &[u8]) -> bool {
    packing(head) == Some(Compression::Gzip)
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

/// The format of packed data that begin with these bytes, where it is one that people pack texts with.
pub fn packing(head: &[u8]) -> Option<Compression> {
    const MAGIC: [(&[u8], Compression); 4] = [
        (&[0x1f, 0x8b], Compression::Gzip),
        (b"\xfd7zXZ\0", Compression::Xz),
        (&[0x28, 0xb5, 0x2f, 0xfd], Compression::Zstd),
        (b"BZh", Compression::Bzip2),
    ];
    MAGIC.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, format)| *format)
}

/// What gzip, xz, Zstandard or bzip2 data hold; other bytes come back as they are. `path` names them in messages.
///
/// # Errors
/// [`SourceError::TooLarge`] for more than `limit`, [`SourceError::Empty`] for damaged data and a format that this build does not
/// read.
pub fn unpacked(
    path: &Path,
    bytes: Vec<u8>,
    limit: u64,
    expected: &'static str,
) -> Result<Vec<u8>, SourceError> {
    let format = match packing(&bytes) {
        None => return Ok(bytes),
        Some(Compression::Gzip) => return gunzip(path, bytes, limit, expected),
        Some(format) => format,
    };
    let failed = |error: UnpackError| match error {
        UnpackError::TooMuch { .. } => SourceError::TooLarge { path: path.to_owned(), limit, expected },
        error => SourceError::Empty { path: path.to_owned(), what: Foreign::of_text(&error) },
    };
    let limits = Limits { bytes: limit, ..Limits::default() };
    let mut unpacker = Unpacker::open(format, bytes.as_slice(), 0, limits).map_err(failed)?;
    let (mut out, mut piece) = (Vec::new(), vec![0; PIECE]);
    loop {
        let read = unpacker.read(&mut piece).map_err(failed)?;
        if read == 0 {
            return Ok(out);
        }
        asked(path, out.len().saturating_add(read) as u64, "what is unpacked")?;
        out.extend_from_slice(piece.get(..read).unwrap_or_default());
    }
}

/// The first bytes of packed data, `len` at most; `None` where they cannot be unpacked.
pub fn unpacked_head(source: &dyn ReadAt, format: Compression, len: usize) -> Option<Vec<u8>> {
    let limits = Limits { bytes: (len as u64).saturating_mul(64), ..Limits::default() };
    let mut unpacker = Unpacker::open_start(format, source, 0, limits).ok()?;
    let mut head = vec![0; len];
    let mut filled = 0;
    while let Some(rest) = head.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match unpacker.read_some(rest) {
            Ok(0) | Err(_) => break,
            Ok(read) => filled += read,
        }
    }
    head.truncate(filled);
    Some(head)
}

/// How much is unpacked at once, in bytes.
const PIECE: usize = 64 << 10;

/// The first `len` bytes of the regular file that `opener` opens, or all if it has fewer; `path` names it in messages.
///
/// # Errors
/// As [`read`]; a pipe is refused, since it could not be read again.
pub(super) fn head_by(
    opener: Opener<'_>,
    path: &Path,
    len: u64,
    expected: &'static str,
) -> Result<Vec<u8>, SourceError> {
    let (file, meta) = open(opener, path, expected)?;
    if !meta.is_file() {
        return Err(content(path, "no regular file", expected));
    }
    read_all(file.take(len), len, path, len, expected)
}

/// Whether this is the memory of the running system (major number 1, minor 1).
fn is_memory(meta: &Metadata) -> bool {
    meta.file_type().is_char_device() && meta.rdev() == makedev(1, 1)
}

/// Opens without waiting for anyone.
fn open_nonblocking(opener: Opener<'_>) -> io::Result<File> {
    opener(OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY).map(File::from)
}

/// What it is, without opening it for reading.
fn look(opener: Opener<'_>) -> io::Result<Metadata> {
    File::from(opener(OFlags::PATH)?).metadata()
}

/// Opens what is neither a folder nor a device other than /dev/mem, without waiting for anyone.
///
/// # Errors
/// [`SourceError`] as the system says, and for the others as [`SourceError::Content`].
pub(super) fn open(
    opener: Opener<'_>,
    path: &Path,
    expected: &'static str,
) -> Result<(File, Metadata), SourceError> {
    // Opening a device can act on it (a watchdog starts, a tape winds), so it is asked before and again after.
    let meta = look(opener).map_err(|error| SourceError::io(path, error))?;
    no_folder_nor_device(&meta, path, expected)?;
    open_seen(opener, path, expected)
}

/// The same of what is known to be no device.
fn open_seen(
    opener: Opener<'_>,
    path: &Path,
    expected: &'static str,
) -> Result<(File, Metadata), SourceError> {
    let failed = |error| SourceError::io(path, error);
    let file = open_nonblocking(opener).map_err(failed)?;
    let meta = file.metadata().map_err(failed)?;
    no_folder_nor_device(&meta, path, expected)?;
    not_stdout(&file, path)?;
    Ok((file, meta))
}

fn no_folder_nor_device(meta: &Metadata, path: &Path, expected: &'static str) -> Result<(), SourceError> {
    let kind = meta.file_type();
    if kind.is_dir() {
        return Err(SourceError::io(path, io::ErrorKind::IsADirectory.into()));
    }
    if (kind.is_char_device() || kind.is_block_device()) && !is_memory(meta) {
        return Err(content(path, "a device", expected));
    }
    Ok(())
}

/// Refuses the file that standard output goes to: what is written there would be read, or take the place of what was not
/// read yet.
///
/// # Errors
/// [`SourceError::Io`] for it.
pub(super) fn not_stdout(file: impl AsFd, path: &Path) -> Result<(), SourceError> {
    match crate::sink::is_stdout(file) {
        true => Err(SourceError::IsOutput { path: path.to_owned() }),
        false => Ok(()),
    }
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
                return Err(SourceError::Empty { path: path.to_owned(), what: what.into() });
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

/// All bytes of a stream, `size` of which are likely.
///
/// # Errors
/// As [`read`].
pub(super) fn read_all(
    input: impl Read,
    size: u64,
    path: &Path,
    limit: u64,
    expected: &'static str,
) -> Result<Vec<u8>, SourceError> {
    let size = usize::try_from(size.min(limit)).unwrap_or(0).saturating_add(1);
    asked(path, size as u64, "reading it")?;
    let mut bytes = Vec::with_capacity(size);
    let failed = |error| SourceError::io(path, error);
    let mut input = input.take(limit.saturating_add(1));
    loop {
        if bytes.len() == bytes.capacity() {
            let growth = bytes.len().clamp(4096, MOST_GROWTH);
            asked(path, growth as u64, "reading it")?;
            bytes.reserve_exact(growth);
        }
        let room = (bytes.capacity() - bytes.len()) as u64;
        if input.by_ref().take(room).read_to_end(&mut bytes).map_err(failed)? as u64 != room {
            break;
        }
    }
    if bytes.len() as u64 > limit {
        return Err(SourceError::TooLarge { path: path.to_owned(), limit, expected });
    }
    Ok(bytes)
}

/// Asks the budget for what is made of a file.
///
/// # Errors
/// [`SourceError::Memory`] past the limit of a run.
pub(super) fn asked(path: &Path, bytes: u64, what: &'static str) -> Result<(), SourceError> {
    budget::take(bytes, what).map_err(|error| SourceError::Memory { path: path.to_owned(), error })
}

/// Bytes as text; those that are not UTF-8 are replaced.
///
/// # Errors
/// [`SourceError::Memory`] when there is no room for the replacements.
pub fn text(path: &Path, bytes: Vec<u8>) -> Result<String, SourceError> {
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text),
        Err(error) => {
            // At the worst each byte becomes the three of U+FFFD.
            asked(path, 3 * error.as_bytes().len() as u64, "its text, with what is not UTF-8 replaced,")?;
            Ok(String::from_utf8_lossy(error.as_bytes()).into_owned())
        }
    }
}

pub(super) fn content(path: &Path, found: &str, expected: &'static str) -> SourceError {
    SourceError::Content { path: path.to_owned(), offset: 0, found: found.into(), expected }
}
