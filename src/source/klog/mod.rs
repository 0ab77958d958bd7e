//! The kernel's log of a machine: of a copy from its file, of the running system from the kernel's own buffer, or from the
//! journal where that buffer has lost its beginning.

mod forms;
mod inside;

use super::open::{HEAD_LEN, Opened};
use super::root::Root;
use super::{SourceError, detect, file};
use crate::budget;
use crate::bytes::from_kmsg;
use crate::container::acpidump;
use crate::container::read_at::ReadAt;
use crate::foreign::Foreign;
use crate::memory::log::{Boots, FIRST, KernelLog, is_stamped};
use rustix::fs::OFlags;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a message says that a log's file should be.
const EXPECTED: &str = "the log of a kernel";
/// A record of /dev/kmsg has no more than this.
const RECORD_LEN: usize = 8192;
/// Where copies have the log.
pub const FILE: &str = "var/log/dmesg";
/// Where the reports of sos have it, if not there.
const OF_SOS: [&str; 2] = ["sos_commands/kernel/dmesg", "sos_commands/general/dmesg"];

/// The text of a kernel's log, and where it was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KernelText {
    /// Its lines, with or without time stamps.
    pub text: String,
    /// Where it was read.
    pub origin: Foreign,
    /// The file that it was read from.
    pub path: PathBuf,
    /// What it says; of several boots one.
    pub log: KernelLog,
}

impl KernelText {
    fn new(text: String, path: &Path) -> KernelText {
        let log = Boots::of(&text).choose(None).unwrap_or_default();
        KernelText { text, origin: path.into(), path: path.to_owned(), log }
    }

    /// The log in a text that may be anything; `None` where no line of it lists a table, or where it spells tables as acpidump does.
    ///
    /// # Errors
    /// As [`KernelText::with_tables`].
    pub fn in_opened(opened: &Opened) -> Result<Option<KernelText>, SourceError> {
        let is_text = matches!(opened.kind(), detect::Kind::Text | detect::Kind::Utf16(_));
        if !is_text || opened.end() > budget::LOG || !lists_an_rsdp(opened)? {
            return Ok(None);
        }
        let mut bytes = vec![0; usize::try_from(opened.end()).unwrap_or_default()];
        opened.read_at(0, &mut bytes).map_err(|error| super::initrd::read_error(opened.path(), error))?;
        if !acpidump::read(&bytes).tables.is_empty() {
            return Ok(None);
        }
        KernelText::with_tables(opened.path(), bytes)
    }

    /// The log in the bytes of a file that may hold anything; `None` where no line of it lists a table.
    ///
    /// # Errors
    /// [`SourceError`] when it is packed and cannot be unpacked.
    pub fn with_tables(path: &Path, bytes: Vec<u8>) -> Result<Option<KernelText>, SourceError> {
        let read = KernelText::new(text(path, bytes)?, path);
        let has_tables = !read.log.tables.is_empty() && !read.log.roots.is_empty();
        // Whoever asks has no use for the lines.
        Ok(has_tables.then_some(KernelText { text: String::new(), ..read }))
    }

    /// Whether the log begins where the boot did.
    pub fn is_whole(&self) -> bool {
        self.log.release.is_some()
    }
}

/// Whether a text has a line about the RSDP, which no dump has; of wide text that is not asked. Piece by piece: most texts are
/// large dumps.
fn lists_an_rsdp(opened: &Opened) -> Result<bool, SourceError> {
    const NAME: &[u8] = b"RSDP ";
    if opened.head().starts_with(&[0xff, 0xfe]) {
        return Ok(true);
    }
    let mut piece = [0; 16 << 10];
    let mut at = 0;
    while at < opened.end() {
        let len = usize::try_from(opened.end() - at).unwrap_or(usize::MAX).min(piece.len());
        let part = piece.get_mut(..len).unwrap_or_default();
        opened.read_at(at, part).map_err(|error| super::initrd::read_error(opened.path(), error))?;
        if memchr::memmem::find(part, NAME).is_some() {
            return Ok(true);
        }
        // A name may lie across two pieces.
        at = at.saturating_add(len as u64).saturating_sub(if len == piece.len() {
            NAME.len() as u64
        } else {
            0
        });
    }
    Ok(false)
}

/// A log's file that was named.
#[derive(Debug, Clone, Copy)]
pub struct LogFile<'a> {
    /// The file.
    pub path: &'a Path,
    /// Which of its boots is meant, as [`Boots::choose`] counts.
    pub boot: Option<i64>,
}

/// The log of a file: the output of dmesg or journalctl in any form, packed with gzip, xz, Zstandard or bzip2, or not; or that
/// of a machine's tree, in a folder or a tar archive.
///
/// # Errors
/// [`SourceError`] when it cannot be read, is not a log, or lacks the boot that was asked for.
pub fn from_file(file: LogFile<'_>) -> Result<KernelText, SourceError> {
    let root = if file.path.as_os_str() != "-" && file.path.is_dir() {
        Root::open(file.path)?
    } else {
        let opened = Opened::open(file.path, EXPECTED)?;
        match detect::whole(opened.head()) {
            Some(detect::Whole::Machine) => Root::of_archive(opened)?,
            _ => {
                let bytes = opened.into_bytes(budget::LOG, EXPECTED)?;
                let bytes = file::unpacked(file.path, bytes, budget::LOG, EXPECTED)?;
                if let Some(expected) = made_text(&bytes) {
                    let found = detect::describe(&bytes);
                    return Err(SourceError::Content {
                        path: file.path.to_owned(),
                        offset: 0,
                        found,
                        expected,
                    });
                }
                let head = head(&bytes).to_vec();
                return chosen(file.path, decoded(file.path, bytes)?, file.boot, &head);
            }
        }
    };
    let Some(found) = of(&root)? else {
        let what = format!("there is no log of the kernel in it ({FILE})");
        return Err(SourceError::Empty { path: file.path.to_owned(), what: what.into() });
    };
    let head = head(found.text.as_bytes()).to_vec();
    chosen(&found.path, found.text, file.boot, &head)
}

/// As much of a file as shows what it is.
fn head(bytes: &[u8]) -> &[u8] {
    bytes.get(..HEAD_LEN).unwrap_or(bytes)
}

/// How a log is made of a file that holds one in another form; `None` for what may be a log.
fn made_text(bytes: &[u8]) -> Option<&'static str> {
    let head = head(bytes);
    Some(match detect::kind(head) {
        detect::Kind::Text if detect::is_base64(head) => {
            "the log of a kernel as text (base64 -d FILE >LOG makes one)"
        }
        detect::Kind::Text if head.starts_with(detect::RTF) => {
            "the log of a kernel as text (save it as plain text, without formats)"
        }
        detect::Kind::Known(name) if name == detect::ZIP => {
            "the log of a kernel as text (unzip -p FILE >LOG makes one)"
        }
        detect::Kind::Known(name) if name == detect::PDF => {
            "the log of a kernel as text (pdftotext -layout FILE LOG makes one)"
        }
        _ => return None,
    })
}

/// The boot that is meant of a log's text, which is that of a file that begins with `head`.
fn chosen(path: &Path, text: String, boot: Option<i64>, head: &[u8]) -> Result<KernelText, SourceError> {
    let boots = Boots::of(&text);
    let log = boots
        .choose(boot)
        .map_err(|error| SourceError::Absent { path: path.to_owned(), what: Foreign::of_text(&error) })?;
    if log.is_silent() && !text.lines().any(is_stamped) {
        let found = detect::describe(head);
        return Err(SourceError::Content { path: path.to_owned(), offset: 0, found, expected: EXPECTED });
    }
    drop(boots);
    Ok(KernelText { text, origin: path.into(), path: path.to_owned(), log })
}

/// The log of a tree; `None` when there is none. That of the running system is asked of the kernel; what it may not tell,
/// or has overwritten, the journal may still have.
///
/// # Errors
/// [`SourceError`] when a copy's log is there and cannot be read, or when the running system keeps its log to itself.
pub fn of(root: &Root) -> Result<Option<KernelText>, SourceError> {
    if let Root::Log(log) = root {
        return Ok(Some(log.as_ref().clone()));
    }
    if root.is_live() {
        return live();
    }
    let packed = format!("{FILE}.gz");
    for name in [FILE, &packed].into_iter().chain(OF_SOS) {
        if let Some(bytes) = root.bytes(name)? {
            let path = root.path(name);
            return Ok(Some(KernelText::new(text(&path, bytes)?, &path)));
        }
    }
    Ok(None)
}

/// The text of a log that may be packed.
fn text(path: &Path, bytes: Vec<u8>) -> Result<String, SourceError> {
    decoded(path, file::unpacked(path, bytes, budget::LOG, EXPECTED)?)
}

fn decoded(path: &Path, bytes: Vec<u8>) -> Result<String, SourceError> {
    // At the worst each byte becomes the three of U+FFFD, and mostly it stays what it is.
    let is_text = std::str::from_utf8(&bytes).is_ok();
    file::asked(path, bytes.len() as u64 * if is_text { 1 } else { 3 }, "the text of the log")?;
    Ok(forms::text(&bytes))
}

fn live() -> Result<Option<KernelText>, SourceError> {
    const DEVICE: &str = "/dev/kmsg";
    let own = kernel_buffer(Path::new(DEVICE));
    if let Ok(own) = &own
        && own.lines().next().is_some_and(|line| line.contains(FIRST))
    {
        return Ok(Some(KernelText::new(own.clone(), Path::new(DEVICE))));
    }
    if let Some(journal) = journal().filter(KernelText::is_whole) {
        return Ok(Some(journal));
    }
    match own {
        Ok(own) if own.is_empty() => Ok(None),
        Ok(text) => Ok(Some(KernelText::new(text, Path::new(DEVICE)))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            Err(SourceError::Denied { path: DEVICE.into(), how: "run as root, or give --dmesg FILE" })
        }
        Err(error) => Err(SourceError::io(Path::new(DEVICE), error)),
    }
}

/// What /dev/kmsg holds, in the form of dmesg.
///
/// # Kernel
/// `devkmsg_read` in kernel/printk/printk.c, Documentation/ABI/testing/dev-kmsg: a record a read.
fn kernel_buffer(path: &Path) -> io::Result<String> {
    let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed();
    let mut device = File::options().read(true).custom_flags(flags).open(path)?;
    let mut record = [0; RECORD_LEN];
    let mut out = String::new();
    while (out.len() as u64) < budget::LOG {
        match device.read(&mut record) {
            Ok(0) => break,
            Ok(len) => {
                if let Some(line) = record.get(..len).and_then(dmesg_line) {
                    out.push_str(&line);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
            // Records that were overwritten meanwhile; the next read goes on behind them.
            Err(error) if error.raw_os_error() == Some(rustix::io::Errno::PIPE.raw_os_error()) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(out)
}

/// `PRIORITY,SEQUENCE,MICROSECONDS,FLAGS[,...];MESSAGE\n KEY=VALUE\n` as dmesg shows it; `None` for what is not the
/// kernel's own.
fn dmesg_line(record: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(record);
    let (prefix, rest) = text.split_once(';')?;
    let mut fields = prefix.split(',');
    let priority: u32 = fields.next()?.parse().ok()?;
    let micros: u64 = fields.nth(1)?.parse().ok()?;
    let message = rest.lines().next()?;
    // The facility stands above the three bits of the level: 0 is the kernel's.
    (priority >> 3 == 0).then(|| {
        format!(
            "[{:5}.{:06}] {}\n",
            micros / 1_000_000,
            micros % 1_000_000,
            String::from_utf8_lossy(&from_kmsg(message))
        )
    })
}

/// The kernel's messages of this boot from the journal.
fn journal() -> Option<KernelText> {
    const CALL: [&str; 7] = ["-k", "-b", "-o", "short-monotonic", "--no-hostname", "--no-pager", "-q"];
    let mut child = Command::new("journalctl")
        .args(CALL)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut bytes = Vec::new();
    let read = child.stdout.take()?.take(budget::LOG).read_to_end(&mut bytes);
    // What is beyond the limit is not waited for.
    let _ = child.kill();
    let _ = child.wait();
    read.ok()?;
    Some(KernelText::new(String::from_utf8_lossy(&bytes).into_owned(), Path::new("journalctl -k -b")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_become_lines() {
        let line = |record: &str| dmesg_line(record.as_bytes());
        let first = line("5,0,0,-;Linux version 6.1\n");
        assert_eq!(first.as_deref(), Some("[    0.000000] Linux version 6.1\n"));
        let more =
            line("6,812,14407123,-,caller=T1;ACPI: a\\x5cb \\xc3\\xa9\n SUBSYSTEM=acpi\n DEVICE=+acpi:x\n");
        assert_eq!(more.as_deref(), Some("[   14.407123] ACPI: a\\b é\n"));
        assert_eq!(line("30,9,1,-;systemd[1]: not the kernel's\n"), None);
        for broken in ["", "x", "5;", "5,0;x", ",,,;x"] {
            assert_eq!(line(broken), None, "{broken}");
        }
    }

    #[test]
    fn a_whole_log_has_its_first_line() {
        let is_whole = |text: &str| KernelText::new(text.to_owned(), Path::new("log")).is_whole();
        assert!(is_whole("[    0.000000] Linux version 6.1\n"));
        assert!(is_whole("-- Journal begins --\nNov 23 10:00:00 host kernel: Linux version 6.1\n"));
        assert!(!is_whole("[   14.0] usb 1-1: new device\n") && !is_whole(""));
    }
}
