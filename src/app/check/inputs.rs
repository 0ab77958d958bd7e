//! What the paths of a check hold.

use super::found::HandedOver;
use crate::app::kernel::{self, Asked, ChosenKernel};
use crate::app::machine::{self as machines, MachineRequest};
use crate::app::target::Target;
use crate::budget;
use crate::container::initrd::held::Held;
use crate::container::raw;
use crate::container::uki::Role;
use crate::memory::memmap::Entry;
use crate::source::detect::{self, Kind};
use crate::source::klog::{KernelText, LogFile};
use crate::source::machine::{self, Recorded, TablesFrom};
use crate::source::open::Input;
use crate::source::root::Root;
use crate::source::tables::{self, TableSet};
use crate::source::{SourceError, SourceTable, initrd as initrds};
use crate::table;
use std::path::Path;
use std::sync::Arc;

/// What messages say that an input should be.
const EXPECTED: &str = "ACPI tables, a text with tables, an initrd, an override archive or a UKI";

/// What one path gave.
pub(super) enum Content {
    /// Tables.
    Tables {
        set: TableSet,
        /// The machine that they are of, where they are one's.
        root: Option<Root>,
        /// What its tree says, until somebody takes it.
        recorded: Option<Box<Recorded>>,
        /// Its memory map; empty when it is not known.
        map: Vec<Entry>,
        /// Whether they are those of a folder, which may have none.
        is_folder: bool,
    },
    Archive(Held<'static>),
    /// A kernel.
    Kernel(Box<ChosenKernel>),
    /// An image, the initrds that it hands over, each with the profiles that get it, and the kernel in it.
    Image(Arc<initrds::Image>, Vec<(HandedOver, Held<'static>)>, Option<Box<ChosenKernel>>),
}

impl Content {
    /// That the file was cut short while it was looked at, if it was.
    pub(super) fn intact(&self, path: &Path) -> Result<(), SourceError> {
        match self {
            Content::Archive(held) => initrds::intact(path, held),
            Content::Image(_, initrds, _) => {
                initrds.iter().try_for_each(|(_, held)| initrds::intact(path, held))
            }
            Content::Tables { .. } | Content::Kernel(_) => Ok(()),
        }
    }
}

/// What an override would meet.
pub(super) struct Firmware {
    pub(super) target: Target,
    /// The memory map; empty when it is not known.
    pub(super) map: Vec<Entry>,
}

impl Firmware {
    pub(super) fn of_source(path: &Path, asked: &Asked<'_>) -> anyhow::Result<Firmware> {
        Ok(Firmware::of(Target::of_source(path, asked)?))
    }

    pub(super) fn of_machine(machine: &MachineRequest, asked: &Asked<'_>) -> anyhow::Result<Firmware> {
        Ok(Firmware::of(Target::of_machine(machine, asked)?))
    }

    fn of(target: Target) -> Firmware {
        let map = target.prepared().map(|prepared| prepared.recorded.firmware_map().to_vec());
        Firmware { target, map: map.unwrap_or_default() }
    }
}

/// What the machine that a request names has.
pub(super) fn of_machine(machine: &MachineRequest) -> anyhow::Result<Content> {
    let (root, named) = machines::with_tables(machine)?;
    let mut set = named.map_or_else(|| tables::from_root(&root), Ok)?;
    machine.order().apply(&mut set)?;
    let root = (!matches!(root, Root::Nothing)).then_some(root);
    content(set, root, machine.log_file())
}

/// Tables, with what the tree of their machine says.
fn content(set: TableSet, root: Option<Root>, log: Option<LogFile<'_>>) -> anyhow::Result<Content> {
    let read = |root| machine::read(root, TablesFrom::Read(&set), log);
    let recorded = root.as_ref().map(read).transpose()?.map(Box::new);
    let map = recorded.as_ref().map(|recorded| recorded.firmware_map().to_vec()).unwrap_or_default();
    Ok(Content::Tables { set, root, recorded, map, is_folder: false })
}

/// What a path holds.
pub(super) fn read(path: &Path, asked: &Asked<'_>) -> anyhow::Result<Content> {
    let opened = match Input::open(path, EXPECTED)? {
        Input::Kernel(opened) => {
            return Ok(Content::Kernel(Box::new(kernel::in_file(path, &opened, asked.config)?)));
        }
        Input::Image(path, image) => return self::image(&path, image, asked),
        Input::Archive(opened) => {
            return Ok(Content::Archive(initrds::held(path, opened.into_source())?));
        }
        Input::Tables(opened) | Input::Text(opened) | Input::Other(opened) => opened,
        Input::Folder(path) => {
            let mut set = tables::of_folder(&path, asked.take).map_err(expected)?;
            if !set.tables.is_empty() {
                asked.order.apply(&mut set)?;
            }
            return Ok(Content::Tables { set, root: None, recorded: None, map: Vec::new(), is_folder: true });
        }
        input @ (Input::Machine(_) | Input::Memory(..)) => {
            let (mut set, root) = tables::of_input(input, asked.take).map_err(expected)?;
            asked.order.apply(&mut set)?;
            return content(set, root, None);
        }
    };
    if KernelText::in_opened(&opened)?.is_some() {
        let found = "the log of a kernel, which has no table's bytes (--against takes it)".to_owned();
        let path = path.to_owned();
        return Err(SourceError::Content { path, offset: 0, found: found.into(), expected: EXPECTED }.into());
    }
    // What begins like a table is for the rules, however damaged.
    let bytes = opened.into_bytes(budget::TABLE_BYTES, EXPECTED)?;
    let mut set = match tables::of_those(path, &bytes, asked.take) {
        Ok(set) => set,
        Err(error @ (SourceError::TooMany { .. } | SourceError::Disagreement { .. })) => {
            return Err(error.into());
        }
        Err(_) if is_damaged_table(&bytes) => lone(path, bytes),
        Err(error) => return Err(expected(error).into()),
    };
    if set.tables.len() > 1 {
        asked.order.apply(&mut set)?;
    }
    Ok(Content::Tables { set, root: None, recorded: None, map: Vec::new(), is_folder: false })
}

/// The same error, with what this command expects.
fn expected(error: SourceError) -> SourceError {
    match error {
        SourceError::Content { path, offset, found, .. } => {
            SourceError::Content { path, offset, found, expected: EXPECTED }
        }
        other => other,
    }
}

/// An image with the initrds that it hands over. An addon hands over nothing by itself.
fn image(path: &Path, image: Arc<initrds::Image>, asked: &Asked<'_>) -> anyhow::Result<Content> {
    let all = if image.role == Role::Image { initrds::distinct(&image) } else { Vec::new() };
    let mut initrds = Vec::new();
    for (profiles, parts) in all {
        let bytes = initrds::handed_over(path, &image, parts.clone())?;
        initrds.push((HandedOver { profiles, parts, files: Vec::new() }, bytes));
    }
    // Its own kernel is the one that counts, if it tells and no other was asked for.
    let is_own = asked.kernel.is_none() && image.role == Role::Image;
    let own = if is_own { kernel::in_file(path, image.pe.source(), asked.config).ok() } else { None };
    Ok(Content::Image(image, initrds, own.map(Box::new)))
}

/// Whether bytes that no table can be read from begin like one that a rule can speak of.
fn is_damaged_table(bytes: &[u8]) -> bool {
    let is_text =
        bytes.len() > table::HEADER_LEN && matches!(detect::kind(bytes), Kind::Text | Kind::Utf16(_));
    bytes.len() >= 4 && table::names::title(bytes).is_some() && !is_text
}

/// A file taken for one table, whatever its header says.
fn lone(path: &Path, bytes: Vec<u8>) -> TableSet {
    let name = raw::name(&bytes).into();
    let table =
        SourceTable { name, address: None, bytes, origin: path.to_owned(), offset: 0, is_dynamic: false };
    TableSet { tables: vec![table], ..TableSet::default() }
}
