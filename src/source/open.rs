//! What a command names, opened once: one handle, told once by its first bytes, and read from that handle ever after. What is
//! replaced or renamed meanwhile is not seen, and a pipe serves wherever a file does.

use super::detect::{self, Kind, Whole};
use super::image::{self, ImageFile, ImageLayout, LEAST_RAW};
use super::initrd::{self, Image, Random};
use super::root::Root;
use super::tree::Tree;
use super::{SourceError, file, tables};
use crate::budget;
use crate::container::read_at::ReadAt;
use crate::table::names;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is read of a file to see what it is, in bytes.
pub const HEAD_LEN: usize = 4096;

/// What a message says that a packed text should be.
const PACKED: &str = "a text of tables or a log";

/// What a path names, by its content and never by its name.
#[derive(Debug)]
pub enum Input {
    /// A folder of files.
    Folder(PathBuf),
    /// A machine: a copy of /proc and /sys with tables, in a folder or in a tar archive.
    Machine(Root),
    /// A unified kernel image, or an addon to such images.
    Image(PathBuf, Arc<Image>),
    /// A kernel by itself.
    Kernel(Opened),
    /// An override archive or an initrd.
    Archive(Opened),
    /// An image of memory.
    Memory(Opened, ImageLayout),
    /// Binary tables, however damaged.
    Tables(Opened),
    /// Text, which may spell tables.
    Text(Opened),
    /// None of these.
    Other(Opened),
}

impl Input {
    /// Opens a file, a folder or (`-`) standard input, and tells what it is. `expected` says in messages what it should be.
    ///
    /// # Errors
    /// [`SourceError`] when it cannot be opened or read, or is a PE file that is no unified kernel image.
    pub fn open(path: &Path, expected: &'static str) -> Result<Input, SourceError> {
        Input::open_by(path, expected, Input::of)
    }

    /// The same for whoever looks at a file as Linux or a boot loader does: what is packed stays so.
    ///
    /// # Errors
    /// As [`Input::open`].
    pub fn open_as_it_is(path: &Path, expected: &'static str) -> Result<Input, SourceError> {
        Input::open_by(path, expected, Input::as_it_is)
    }

    fn open_by(
        path: &Path,
        expected: &'static str,
        of: fn(Opened) -> Result<Input, SourceError>,
    ) -> Result<Input, SourceError> {
        if path.as_os_str() != "-" {
            let meta = std::fs::metadata(path).map_err(|error| SourceError::io(path, error))?;
            if meta.is_dir() {
                let root = Root::open(path)?;
                let is_machine = root.has_folder(tables::FOLDER);
                return Ok(if is_machine { Input::Machine(root) } else { Input::Folder(path.to_owned()) });
            }
        }
        of(Opened::open(path, expected)?)
    }

    /// Tells what a file is that is open already; of packed text, what the text is.
    ///
    /// # Errors
    /// As [`Input::open`].
    pub fn of(opened: Opened) -> Result<Input, SourceError> {
        let head = opened.head.as_slice();
        if let Some(format) = file::packing(head)
            && let Some(inside) = file::unpacked_head(&opened, format, HEAD_LEN)
            && matches!(detect::kind(&inside), Kind::Text | Kind::Utf16(_))
        {
            let path = opened.path.clone();
            let packed = opened.into_bytes(budget::TABLE_BYTES, PACKED)?;
            let text = file::unpacked(&path, packed, budget::TABLE_BYTES, PACKED)?;
            return Ok(Input::Text(Opened::of_bytes(&path, text)));
        }
        Input::as_it_is(opened)
    }

    fn as_it_is(opened: Opened) -> Result<Input, SourceError> {
        let head = opened.head.as_slice();
        if opened.is_all_memory() {
            return Ok(Input::Memory(opened, ImageLayout::Raw));
        }
        match detect::whole(head) {
            Some(Whole::Initrd) => return Ok(Input::Archive(opened)),
            Some(Whole::Machine) => {
                return Ok(Input::Machine(Root::Tar(Arc::new(Tree::of_opened(opened)?))));
            }
            Some(Whole::Kernel) => return Ok(Input::Kernel(opened)),
            Some(Whole::Pe) => {
                let path = opened.path.clone();
                return Ok(Input::Image(path, Arc::new(initrd::parse(&opened.path, opened.source)?)));
            }
            None => {}
        }
        Ok(match opened.kind() {
            Kind::Tables => Input::Tables(opened),
            Kind::Memory(format) => Input::Memory(opened, ImageLayout::Format(format)),
            Kind::Text | Kind::Utf16(_) => Input::Text(opened),
            _ if initrd::begins(&opened) => Input::Archive(opened),
            // What begins like a table is for whoever looks at tables.
            Kind::Unknown if names::title(head).is_some() => Input::Tables(opened),
            Kind::Unknown if opened.end() >= LEAST_RAW => Input::Memory(opened, ImageLayout::Raw),
            Kind::Empty | Kind::Cpio | Kind::Known(_) | Kind::Unknown => Input::Other(opened),
        })
    }
}

/// A file or a stream that is open, and its first bytes.
#[derive(Debug)]
pub struct Opened {
    path: PathBuf,
    source: Random,
    head: Vec<u8>,
}

impl Opened {
    /// Opens a file, a pipe or (`-`) standard input. What can be read from any place is read where it is needed, all else
    /// here and now.
    ///
    /// # Errors
    /// [`SourceError::TooLarge`] for a stream past the limit of what it is, [`SourceError::Denied`] and [`SourceError::Io`]
    /// as the system says; folders, and devices other than /dev/mem, are refused.
    pub fn open(path: &Path, expected: &'static str) -> Result<Opened, SourceError> {
        if path.as_os_str() == "-" {
            file::not_stdout(io::stdin(), path)?;
            return match ImageFile::stdin() {
                Some(file) => Opened::of_file(path, file, expected),
                None => Opened::of_stream(path, io::stdin().lock(), expected),
            };
        }
        Opened::open_by(&file::by_path(path), path, expected)
    }

    /// The same for what `opener` opens; `path` names it in messages.
    ///
    /// # Errors
    /// As [`Opened::open`].
    pub(super) fn open_by(
        opener: file::Opener<'_>,
        path: &Path,
        expected: &'static str,
    ) -> Result<Opened, SourceError> {
        let (file, meta) = file::open(opener, path, expected)?;
        if let Some(first) = file::first_of_pipe(&file, &meta, path)? {
            return Opened::of_stream(path, Cursor::new(first).chain(file), expected);
        }
        match ImageFile::new(file).map_err(|error| SourceError::io(path, error))? {
            Some(file) => Opened::of_file(path, file, expected),
            None => Err(file::content(path, "no file that can be read", expected)),
        }
    }

    /// Opens a regular file; a pipe is refused, since nobody may write to it.
    ///
    /// # Errors
    /// As [`Opened::open`].
    pub fn open_file(path: &Path, expected: &'static str) -> Result<Opened, SourceError> {
        Opened::open_file_by(&file::by_path(path), path, expected)
    }

    /// The same for what `opener` opens; `path` names it in messages.
    ///
    /// # Errors
    /// As [`Opened::open`].
    pub(super) fn open_file_by(
        opener: file::Opener<'_>,
        path: &Path,
        expected: &'static str,
    ) -> Result<Opened, SourceError> {
        let (file, meta) = file::open(opener, path, expected)?;
        let failed = |error| SourceError::io(path, error);
        match if meta.is_file() { ImageFile::new(file).map_err(failed)? } else { None } {
            Some(file) => Opened::of_file(path, file, expected),
            None => Err(file::content(path, "no regular file", expected)),
        }
    }

    /// Bytes that are there already; `path` names them in messages.
    pub fn of_bytes(path: &Path, bytes: Vec<u8>) -> Opened {
        let head = bytes.get(..HEAD_LEN).unwrap_or(&bytes).to_vec();
        Opened { path: path.to_owned(), source: Random::Bytes(bytes), head }
    }

    fn of_file(path: &Path, file: ImageFile, expected: &'static str) -> Result<Opened, SourceError> {
        let head = file.head().map_err(|error| SourceError::io(path, error))?;
        // Of what is made on reading, as most of /proc and /sys is, no length is true.
        if file.is_generated(&head) {
            let file = file.into_file();
            return Opened::of_stream(path, file, expected);
        }
        Ok(Opened { path: path.to_owned(), source: Random::File(file), head })
    }

    fn of_stream(path: &Path, mut input: impl Read, expected: &'static str) -> Result<Opened, SourceError> {
        let mut head = Vec::with_capacity(HEAD_LEN);
        let read = input.by_ref().take(HEAD_LEN as u64).read_to_end(&mut head);
        read.map_err(|error| SourceError::io(path, error))?;
        let limit = match detect::kind(&head) {
            Kind::Tables | Kind::Text | Kind::Utf16(_) => budget::TABLE_BYTES,
            Kind::Cpio | Kind::Known(_) => budget::PIPED_INITRD,
            Kind::Empty | Kind::Memory(_) | Kind::Unknown => file::DEFAULT_LIMIT,
        };
        let bytes = file::read_all(Cursor::new(head).chain(input), 0, path, limit, expected)?;
        Ok(Opened::of_bytes(path, bytes))
    }

    /// What it is, by its content.
    pub fn kind(&self) -> Kind {
        detect::kind_of(&self.head, self.source.end())
    }

    /// The path that it was opened by; `-` for standard input.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its first bytes, [`HEAD_LEN`] at most.
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// The bytes, to be read where they are needed.
    pub fn into_source(self) -> Random {
        self.source
    }

    /// All bytes.
    ///
    /// # Errors
    /// [`SourceError::TooLarge`] for more than `limit`; [`SourceError`] when they cannot be read.
    pub fn into_bytes(self, limit: u64, expected: &'static str) -> Result<Vec<u8>, SourceError> {
        if self.source.end() > limit {
            return Err(SourceError::TooLarge { path: self.path, limit, expected });
        }
        self.source.into_bytes().map_err(|error| initrd::read_error(&self.path, error))
    }

    fn is_all_memory(&self) -> bool {
        matches!(&self.source, Random::File(file) if file.is_all_memory())
    }

    /// How to look for the RSDP in it.
    pub fn memory_options(&self) -> crate::container::image::find::Options {
        match &self.source {
            Random::File(file) => file.options(),
            Random::Bytes(_) => image::ANYWHERE,
        }
    }
}

impl ReadAt for Opened {
    fn end(&self) -> u64 {
        self.source.end()
    }

    fn read_at(&self, at: u64, buffer: &mut [u8]) -> Result<(), crate::container::read_at::ReadError> {
        self.source.read_at(at, buffer)
    }

    fn data_from(&self, at: u64) -> std::ops::Range<u64> {
        self.source.data_from(at)
    }
}
