//! What becomes of the tables of an archive.

use crate::boot::NextBoot;
use crate::boot::kernel::Kernel;
use crate::check::across::Named;
use crate::check::archive::{self, ArchiveFile};
use crate::container::initrd::held::View;
use crate::container::raw;
use crate::finding::{Finding, Findings};
use crate::foreign::Foreign;

/// An override archive, or an initrd with one in front, and what it meets.
#[derive(Debug, Clone)]
pub struct Override<'a> {
    bytes: &'a [u8],
    kernel: Kernel,
    command_line: String,
    firmware: Option<Vec<&'a [u8]>>,
    lockdown: bool,
}

/// What becomes of the tables of an archive.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ArchiveVerdict {
    /// The files that the kernel's early search finds, in its order.
    pub files: Vec<ArchiveFile>,
    /// What is to be said of them and of the archive, each fact once.
    pub findings: Vec<Finding>,
}

impl<'a> Override<'a> {
    /// An archive for the newest kernel that the model knows, compared with no firmware's tables.
    pub fn new(bytes: &'a [u8]) -> Override<'a> {
        Override {
            bytes,
            kernel: Kernel::default(),
            command_line: String::new(),
            firmware: None,
            lockdown: false,
        }
    }

    /// For this kernel.
    pub fn kernel(self, kernel: Kernel) -> Self {
        Override { kernel, ..self }
    }

    /// With this command line.
    pub fn command_line(self, line: impl Into<String>) -> Self {
        Override { command_line: line.into(), ..self }
    }

    /// For a kernel that is locked down for another reason than its command line.
    pub fn locked_down(self, lockdown: bool) -> Self {
        Override { lockdown, ..self }
    }

    /// Compared with these tables of the firmware.
    pub fn against(self, tables: impl IntoIterator<Item = &'a [u8]>) -> Self {
        Override { firmware: Some(tables.into_iter().collect()), ..self }
    }

    /// What becomes of its tables. Findings name files as `archive: PATH`, and offsets in them count from the start of the
    /// archive.
    pub fn verdict(&self) -> ArchiveVerdict {
        let next = NextBoot::new(self.kernel.clone(), &self.command_line).with_lockdown(self.lockdown);
        let names: Vec<Foreign> =
            self.firmware.iter().flatten().map(|table| raw::name(table).into()).collect();
        let tables = self.firmware.as_ref().map(|tables| -> Vec<Named<'_>> {
            let named = tables.iter().zip(&names);
            named.map(|(bytes, subject)| Named { subject: subject.raw(), base: 0, bytes }).collect()
        });
        let compare = |accepted: &[Named<'_>]| match &tables {
            Some(tables) => archive::beside(accepted, tables, &[], next.release()),
            None => Default::default(),
        };
        let (files, findings) = archive::judge(&"archive".into(), View::from(self.bytes), &next, compare);
        ArchiveVerdict { files, findings: findings.into_iter().collect::<Findings>().into_vec() }
    }
}
