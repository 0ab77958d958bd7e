//! L0: what a run may take of memory, in one place. A budget is a value: who opens something makes one, and hands it to all
//! that read of it.

use crate::bytes::size;
use std::fmt;

/// What is held at once of one input and of what is made of it, in bytes. A run that reads two inputs, as comparing does,
/// stays below 256 MiB besides the program itself.
pub const MEMORY: u64 = 112 << 20;
/// What is held of an initrd that comes through a pipe, in bytes: little is made of it besides.
pub const PIPED_INITRD: u64 = 192 << 20;
/// How many tables one input may have: the most of a real machine are some hundred.
pub const TABLES: usize = 1 << 14;

/// Memory that is still left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    left: u64,
}

/// Something asked for more than was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exceeded {
    /// What asked.
    pub what: &'static str,
}

impl fmt::Display for Exceeded {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} would take more than {} of memory, the limit of one input", self.what, size(MEMORY))
    }
}

impl std::error::Error for Exceeded {}

impl Default for Budget {
    /// All of [`MEMORY`].
    fn default() -> Self {
        Budget { left: MEMORY }
    }
}

impl Budget {
    /// How many bytes are left.
    pub fn left(&self) -> u64 {
        self.left
    }

    /// Takes bytes for something.
    ///
    /// # Errors
    /// [`Exceeded`] when there are not so many left; then none are taken.
    pub fn take(&mut self, bytes: u64, what: &'static str) -> Result<(), Exceeded> {
        self.left = self.left.checked_sub(bytes).ok_or(Exceeded { what })?;
        Ok(())
    }

    /// Gives bytes back that something had taken.
    pub fn give_back(&mut self, bytes: u64) {
        self.left = self.left.saturating_add(bytes).min(MEMORY);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_used_up_and_says_by_what() {
        let mut budget = Budget::default();
        budget.take(MEMORY - 1, "the first").unwrap();
        let error = budget.take(2, "the second").unwrap_err();
        assert_eq!(
            error.to_string(),
            "the second would take more than 112 MiB of memory, the limit of one input"
        );
        budget.take(1, "the last byte").unwrap();
        budget.give_back(u64::MAX);
        assert_eq!(budget, Budget::default());
    }
}
