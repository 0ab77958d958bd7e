//! L0: what a run may take of memory, in one place: one account for all that is read and all that is made of it.
//!
//! Readers ask before they take, and say for what. What the run holds is not summed up from what was asked but measured by
//! whoever started the account, so that what was given back counts no more, and what a library took besides counts too.
//! Without an account, as in a library, nothing is refused here; the limits of one input hold all the same.

use crate::bytes::size;
use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// What a run holds at once of all its inputs and of what is made of them, in bytes. It stays below 256 MiB with what the
/// allocator needs besides.
pub const RUN: u64 = 208 << 20;
/// What is held at once of one input whose kind has no limit of its own, in bytes.
pub const INPUT: u64 = 112 << 20;
/// What is held of an initrd that comes through a pipe, in bytes: little is made of it besides.
pub const PIPED_INITRD: u64 = 192 << 20;
/// What is held of the files of an initrd that Linux looks at early, in bytes.
pub const EARLY_FILES: u64 = 96 << 20;
/// The tables of one source, in bytes: the largest dumps known have a few megabytes.
pub const TABLE_BYTES: u64 = 64 << 20;
/// How many tables one source may have: the most of a real machine are some hundred.
pub const TABLES: usize = 1 << 14;
/// A file of /proc or /sys in a copy of them, in bytes.
pub const TREE_FILE: u64 = 64 << 20;
/// A command line in a copy of /proc, in bytes: Linux keeps 2047.
pub const COMMAND_LINE: u64 = 1 << 20;
/// A kernel's log, in bytes.
pub const LOG: u64 = 64 << 20;
/// A kernel's configuration, unpacked, in bytes.
pub const CONFIG: u64 = 16 << 20;
/// The source of tables, in bytes.
pub const TABLE_SOURCE: u64 = 32 << 20;
/// A file of waivers or of a policy, in bytes: more than anybody writes by hand.
pub const LINES: u64 = 1 << 20;

/// How much is asked for between two measurements, in bytes: small runs are never measured.
const STEP: u64 = 1 << 20;

/// Something asked for more than there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exceeded {
    /// What asked.
    pub what: &'static str,
}

impl fmt::Display for Exceeded {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} would take more than {} of memory, the limit of a run", self.what, size(RUN))
    }
}

impl std::error::Error for Exceeded {}

/// The account of a run.
#[derive(Debug)]
struct Account {
    /// What the run holds by now, in bytes; `None` where that cannot be known, and what is asked for sums up.
    meter: fn() -> Option<u64>,
    /// Ends the run.
    end: fn(Exceeded) -> !,
    /// What was asked for since it was measured last.
    asked: AtomicU64,
}

impl Account {
    const fn new(meter: fn() -> Option<u64>, end: fn(Exceeded) -> !) -> Account {
        Account { meter, end, asked: AtomicU64::new(0) }
    }

    fn take(&self, bytes: u64, what: &'static str) -> Result<(), Exceeded> {
        let asked = self.asked.load(Ordering::Relaxed).saturating_add(bytes);
        if asked < STEP {
            self.asked.store(asked, Ordering::Relaxed);
            return Ok(());
        }
        let (held, asked) = match (self.meter)() {
            // What was asked for before is there by now, or was given back.
            Some(held) => (held, bytes),
            None => (0, asked),
        };
        if held.saturating_add(asked) > RUN {
            return Err(Exceeded { what });
        }
        self.asked.store(asked, Ordering::Relaxed);
        Ok(())
    }
}

/// The account of this process.
static ACCOUNT: OnceLock<Account> = OnceLock::new();

/// Opens the account of this process, for which `meter` measures what it holds, in bytes, and `end` ends the run.
/// It is opened once.
pub fn open(meter: fn() -> Option<u64>, end: fn(Exceeded) -> !) {
    let _ = ACCOUNT.set(Account::new(meter, end));
}

/// Asks for memory, before it is taken.
///
/// # Errors
/// [`Exceeded`] when there is not so much left.
pub fn take(bytes: u64, what: &'static str) -> Result<(), Exceeded> {
    ACCOUNT.get().map_or(Ok(()), |account| account.take(bytes, what))
}

/// The same for a stage that has an answer to every input, and no error: past the limit the run ends here.
pub fn need(bytes: usize, what: &'static str) {
    if let Err(error) = take(bytes as u64, what) {
        end(error);
    }
}

/// Ends the run for what was refused, where nobody would say so otherwise.
pub fn end(error: Exceeded) {
    if let Some(account) = ACCOUNT.get() {
        (account.end)(error);
    }
}

/// Appends to a list that grows with an input. Its room is asked for before it grows, and grows by no more than this at once.
///
/// # Errors
/// As [`take`].
pub fn push<T>(list: &mut Vec<T>, item: T, what: &'static str) -> Result<(), Exceeded> {
    const MOST_GROWTH: usize = 4 << 20;
    if list.len() == list.capacity() {
        let most = (MOST_GROWTH / size_of::<T>().max(1)).max(1);
        let growth = list.len().clamp(4.min(most), most);
        take(growth.saturating_mul(size_of::<T>()) as u64, what)?;
        list.reserve_exact(growth);
    }
    list.push(item);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(meter: fn() -> Option<u64>) -> Account {
        Account::new(meter, |error| panic!("{error}"))
    }

    #[test]
    fn what_is_measured_counts_and_what_was_asked_for_since() {
        let account = account(|| Some(RUN - (10 << 20)));
        account.take(STEP - 1, "small things are not measured").unwrap();
        account.take(10 << 20, "what is left").unwrap();
        let error = account.take((10 << 20) + 1, "the second").unwrap_err();
        assert_eq!(
            error.to_string(),
            "the second would take more than 208 MiB of memory, the limit of a run"
        );
        account.take(1, "less").unwrap();
    }

    #[test]
    fn without_a_measure_what_is_asked_for_sums_up() {
        let account = account(|| None);
        (0..RUN).step_by(STEP as usize).for_each(|_| account.take(STEP, "a part").unwrap());
        assert!(account.take(1, "one more").is_err());
    }

    #[test]
    fn a_list_grows_in_steps_and_keeps_everything() {
        let mut list = Vec::new();
        (0..3_000_000u64).for_each(|number| push(&mut list, number, "numbers").unwrap());
        assert!(list.iter().copied().eq(0..3_000_000) && list.capacity() < 3_600_000);
    }

    #[test]
    fn a_library_has_no_account() {
        take(u64::MAX, "anything").unwrap();
        need(usize::MAX, "anything");
    }
}
