//! One entry of an archive on its way into the root file system.

use super::rootfs::{Node, RootFs};
use super::stream::Stream;
use super::{EarlyFile, FailureKind, UnpackRules};
use crate::bytes::contains_ignoring_case;
use crate::container::cpio::early::{ACPI_PREFIX, MICROCODE_PREFIX};
use crate::container::cpio::header::{
    HEADER_LEN, Header, MAGIC_CRC, S_IFDIR, S_IFLNK, S_IFMT, S_IFREG, TRAILER,
};
use crate::table;

/// The longest name, its NUL included, and the longest target of a symbolic link (PATH_MAX). What is longer is left out.
const LONGEST_PATH: u32 = 4096;
/// How many files are kept whose names mean something to the early search, and how much of a name.
const MOST_KEPT: usize = 1024;
const MOST_OF_A_NAME: usize = 1024;

/// How an entry ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// It is behind; zeros or the next entry follow.
    Done,
    /// The bytes end within it. Only padding is missing where it is whole.
    Cut {
        /// Whether its data are all there.
        whole: bool,
    },
    /// The unpacker ends there.
    Failed(FailureKind),
}

/// What unpacking has done so far.
#[derive(Debug)]
pub(super) struct State {
    pub(super) rules: UnpackRules,
    pub(super) root: RootFs,
    /// Entries of the current part, trailers not counted.
    pub(super) entries: u64,
    /// Files of the current part under names that mean something to the early search.
    pub(super) files: Vec<EarlyFile>,
    /// How many such files were kept in all parts.
    pub(super) kept: usize,
}

/// Takes one entry from the stream, which stands at its header.
///
/// # Kernel
/// `do_header` to `do_symlink` in init/initramfs.c, 5.10 to 7.3.
pub(super) fn entry<S: Stream>(stream: &mut S, state: &mut State) -> Result<Step, S::Error> {
    const CUT: Step = Step::Cut { whole: false };
    let header_at = stream.position();
    let Ok(digits) = <[u8; HEADER_LEN]>::try_from(stream.take(HEADER_LEN)?) else { return Ok(CUT) };
    let header = match header(&digits, &state.rules) {
        Ok(header) => header,
        Err(kind) => return Ok(Step::Failed(kind)),
    };
    let (name_len, size) = (u64::from(header.name_size), u64::from(header.file_size));
    // The name with its padding ends at a multiple of 4 behind a header that stands at one.
    let name_room = ((name_len + 1) & !3) + 2;
    let data_end = stream.position().saturating_add(name_room).saturating_add(size);
    let next = data_end.saturating_add(3) & !3;
    let kind = header.mode & S_IFMT;
    let named = (1..=LONGEST_PATH).contains(&header.name_size)
        && match kind {
            S_IFLNK => header.file_size <= LONGEST_PATH,
            S_IFREG => true,
            _ => header.file_size == 0,
        };
    if named {
        let room = usize::try_from(name_room).unwrap_or(0);
        let name = stream.take(room)?;
        if name.len() < room {
            return Ok(CUT);
        }
        if state.rules.needs_nul && name.get(header.name_size as usize - 1) != Some(&0) {
            return Ok(Step::Failed(FailureKind::NameWithoutNul));
        }
        let name = until_nul(&name);
        let links = (header.nlink >= 2).then_some((header.ino, header.dev_major, header.dev_minor, kind));
        if name == TRAILER {
            state.root.forget_links();
        } else {
            state.entries = state.entries.saturating_add(1);
            match kind {
                S_IFREG => {
                    let is_open = state.root.file(name, links);
                    if let Some(step) = body(stream, state, &header, name, header_at, is_open)? {
                        return Ok(step);
                    }
                }
                S_IFLNK => {
                    let target = stream.take(header.file_size as usize)?;
                    if target.len() < header.file_size as usize {
                        return Ok(CUT);
                    }
                    state.root.link(name, until_nul(&target));
                }
                S_IFDIR => state.root.other(name, Node::Folder(0), None),
                0 => {}
                _ => state.root.other(name, Node::Special, links),
            }
        }
    }
    let left = next.saturating_sub(stream.position());
    let skipped = stream.skip(left)?;
    Ok(if skipped == left { Step::Done } else { Step::Cut { whole: stream.position() >= data_end } })
}

/// The data of a regular file, which are summed where the archive has sums or the early search would look at the file.
fn body<S: Stream>(
    stream: &mut S,
    state: &mut State,
    header: &Header,
    name: &[u8],
    at: u64,
    is_open: bool,
) -> Result<Option<Step>, S::Error> {
    let has_sum = header.magic == MAGIC_CRC && is_open;
    let is_early = contains_ignoring_case(name, ACPI_PREFIX) || name.starts_with(MICROCODE_PREFIX);
    if !has_sum && !is_early {
        return Ok(None);
    }
    let (data_at, size) = (stream.position(), u64::from(header.file_size));
    let head_len = table::HEADER_LEN.min(header.file_size as usize);
    let head = stream.take(head_len)?;
    let whole_head = head.len() == head_len;
    let sum = head.iter().fold(0, |sum: u32, byte| sum.wrapping_add(u32::from(*byte)));
    if is_early && whole_head && state.kept < MOST_KEPT {
        state.kept += 1;
        let name = name.get(..MOST_OF_A_NAME).unwrap_or(name).to_vec();
        state.files.push(EarlyFile { name, at, data_at, size, head });
    }
    if !whole_head {
        return Ok(Some(Step::Cut { whole: false }));
    }
    if !has_sum {
        return Ok(None);
    }
    let (rest_sum, rest_len) = stream.sum(size.saturating_sub(head_len as u64))?;
    if (head_len as u64).saturating_add(rest_len) < size {
        return Ok(Some(Step::Cut { whole: false }));
    }
    Ok((sum.wrapping_add(rest_sum) != header.check).then_some(Step::Failed(FailureKind::BadSum)))
}

/// The numbers of a header, or why the unpacker takes none.
fn header(digits: &[u8; HEADER_LEN], rules: &UnpackRules) -> Result<Header, FailureKind> {
    match digits.get(..6) {
        Some(b"070701") => {}
        Some(b"070702") if rules.takes_sums => {}
        Some(b"070707") => return Err(FailureKind::OldFormat),
        _ => return Err(FailureKind::NoMagic),
    }
    if rules.strict_digits {
        Header::parse(digits).map_err(|_| FailureKind::DamagedHeader)
    } else {
        Ok(Header::parse_lax(digits))
    }
}

fn until_nul(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == 0).next().unwrap_or_default()
}
