//! Boots of one machine beside each other.

use super::boot::{BootRequest, Prepared};
use super::machine::{self, MachineRequest};
use crate::boot::NextBoot;
use crate::boot::kernel::release::Release;
use crate::check::boot::{Settled, settle};
use crate::foreign::Foreign;
use crate::report::model::plan::Plan;
use crate::source::machine::{self as machines, Recorded, TablesFrom};
use crate::source::root::Root;
use std::path::PathBuf;

/// A boot that is compared with another one.
#[derive(Debug, Clone, Default)]
pub struct Contender {
    /// What it was asked for with; `None` for the boot that the command is about.
    pub name: Option<Foreign>,
    /// What the other boot is made of: kernel, command line, initrd.
    pub boot: BootRequest,
    /// Another release of the kernel that the command is about, built as that is.
    pub release: Option<Release>,
}

/// The files of a machine's tables and of its log, where they are not its own.
pub type NamedFiles = (Option<PathBuf>, Option<PathBuf>);

/// A machine that is read once, for any number of boots.
#[derive(Debug)]
pub struct ReadMachine {
    root: Root,
    recorded: Recorded,
    files: NamedFiles,
}

impl ReadMachine {
    /// Reads the machine that a request names.
    ///
    /// # Errors
    /// As [`machine::with_tables`].
    pub fn read(machine: &MachineRequest) -> anyhow::Result<ReadMachine> {
        let (root, set) = machine::with_tables(machine)?;
        let files = (set.as_ref().map(|set| set.path.clone()), machine.log.clone());
        let from = set.map_or(TablesFrom::Tree, TablesFrom::Elsewhere);
        let recorded = machines::read(&root, from, machine.log_file())?;
        Ok(ReadMachine { root, recorded, files })
    }

    /// A boot of it.
    ///
    /// # Errors
    /// As [`Prepared::read`].
    pub fn boot(&self, boot: &BootRequest) -> anyhow::Result<Prepared> {
        Prepared::of_recorded(self.root.clone(), self.recorded.clone(), self.files.clone(), boot)
    }

    /// A boot of it that is compared; `own` is the one that the command is about.
    ///
    /// # Errors
    /// As [`Prepared::read`].
    pub fn contender(&self, one: &Contender, own: &Prepared) -> anyhow::Result<Prepared> {
        let chosen = one.release.clone().map(|release| own.next().kernel().as_release(release));
        self.boot(&BootRequest { chosen: chosen.or(one.boot.chosen.clone()), ..one.boot.clone() })
    }

    /// As [`ReadMachine::boot`], of a machine that nothing else is asked of.
    ///
    /// # Errors
    /// As [`Prepared::read`].
    pub fn into_boot(self, boot: &BootRequest) -> anyhow::Result<Prepared> {
        Prepared::of_recorded(self.root, self.recorded, self.files, boot)
    }
}

/// A boot with what is read off it, and its plan.
pub fn planned<'a>(inputs: &Prepared, next: &NextBoot<'a>) -> (Settled<'a>, Plan) {
    let settled = settle(inputs.machine(), next, &inputs.assumed(), &[]);
    let plan = Plan::of(&settled, next);
    (settled, plan)
}
