//! Standard output.

use super::{BUFFER_LEN, SinkError};
use rustix::fs::{FileType, fstat};
use rustix::io::Errno;
use std::io::{self, BufWriter, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the program was started without standard output.
static CLOSED: AtomicBool = AtomicBool::new(false);

// Rust's runtime opens /dev/null in the place of a standard output that is closed, and that cannot be told from one that
// was given. What was there is known before main only: the macro has the linker's start-up list call this function, which
// asks the kernel one thing and needs nothing of the runtime. The macro's word for that is "unsafe"; the code is not.
ctor_lite::ctor! {
    unsafe fn look_at_standard_output() {
        if rustix::io::fcntl_getfd(rustix::stdio::stdout()) == Err(Errno::BADF) {
            CLOSED.store(true, Ordering::Relaxed);
        }
    }
}

/// Standard output's descriptor, without the buffer of the standard library, which also takes EBADF for success.
struct Descriptor;

impl Write for Descriptor {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(rustix::io::write(descriptor(), bytes)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn descriptor() -> BorrowedFd<'static> {
    rustix::stdio::stdout()
}

/// Says whether standard output can be written to at all.
///
/// # Errors
/// [`SinkError::Stdout`] when it was closed from the start.
pub fn closed() -> Result<(), SinkError> {
    match CLOSED.load(Ordering::Relaxed) {
        true => Err(SinkError::Stdout(Errno::BADF.into())),
        false => Ok(()),
    }
}

/// Hands standard output to `write`, buffered, and flushes it: text or JSON.
///
/// # Errors
/// What the system says, except that a closed pipe is no error: whoever read has seen enough.
pub fn stdout(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), SinkError> {
    match through(write) {
        Err(SinkError::Stdout(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// As [`stdout()`], for bytes of which a part is of no use: a reader that stops reading is an error.
///
/// # Errors
/// What the system says; [`SinkError::Shared`] where messages would get between the bytes.
pub fn binary(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), SinkError> {
    super::Output::open("-".as_ref())?.write(super::How::default(), write)
}

/// Writes to standard output; every error is one.
pub(super) fn through(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), SinkError> {
    closed()?;
    let mut out = BufWriter::with_capacity(BUFFER_LEN, Descriptor);
    let written = write(&mut out).and_then(|()| out.flush());
    // What is left in the buffer is not tried again.
    let _ = out.into_parts();
    written.map_err(SinkError::Stdout)
}

/// Reports an output that went elsewhere: on standard output, or on standard error where the output itself is a stream
/// (`streamed`). Then it does not matter whether anyone reads it.
///
/// # Errors
/// As [`stdout()`].
pub fn tell(streamed: bool, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), SinkError> {
    if streamed {
        let _ = write(&mut io::stderr().lock());
        return Ok(());
    }
    stdout(write)
}

/// Whether an open file is the one that standard output goes to: what is read from it and written to it at the same
/// time has no end, or is lost.
pub fn is_stdout(file: impl AsFd) -> bool {
    static OWN: OnceLock<Option<(u64, u64)>> = OnceLock::new();
    let regular = |fd: BorrowedFd<'_>| {
        let stat = fstat(fd).ok()?;
        let is_regular = FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile;
        is_regular.then_some((stat.st_dev, stat.st_ino))
    };
    let own = *OWN.get_or_init(|| regular(descriptor()));
    own.is_some() && own == regular(file.as_fd())
}
