//! What says in which order the tables of a dump or a folder are installed, beside the source itself.

use crate::source::SourceError;
use crate::source::klog::{self, LogFile};
use crate::source::tables::TableSet;

/// A log, or a list.
#[derive(Debug, Clone, Copy, Default)]
pub struct GivenOrder<'a> {
    /// The kernel's log of the machine.
    pub log: Option<LogFile<'a>>,
    /// Tables that come first, by name or file.
    pub names: &'a [String],
}

impl GivenOrder<'_> {
    /// Puts tables into the order that is known.
    ///
    /// # Errors
    /// [`SourceError`] for a log that cannot be read, and for tables that are not there.
    pub fn apply(&self, set: &mut TableSet) -> Result<(), SourceError> {
        let log = self.log.map(klog::from_file).transpose()?;
        if !self.names.is_empty() {
            set.root_order = self.names.to_vec();
        }
        set.arrange(log.as_ref().map(|text| &text.log))
    }
}
