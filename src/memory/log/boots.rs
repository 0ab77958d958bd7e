//! Several boots in one log: where each begins, and which of them is meant.

use super::plain::plain;
use super::prefix::message;
use super::{FIRST, KernelLog, read};
use std::borrow::Cow;

/// A log that may hold several boots.
#[derive(Debug)]
pub struct Boots<'t> {
    text: Cow<'t, str>,
    /// Where each boot begins, in bytes.
    starts: Vec<usize>,
}

/// A boot of the log that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassedBoot {
    /// Its number; the first is 1.
    pub number: usize,
    /// The release of its kernel; `None` where its beginning is not in the log.
    pub release: Option<String>,
}

/// Which boot of a log an answer is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Which {
    /// Its number; the first is 1. 0 where there is no log.
    pub number: usize,
    /// How many boots the log holds.
    pub of: usize,
    /// Later boots that lack what the answer needs: a version line and a memory map.
    pub passed_over: Vec<PassedBoot>,
}

/// A boot that was asked for and that the log does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("--boot {asked}: the log holds {of} (1 is the first, 0 the last, -1 the one before the last)")]
pub struct NoSuchBoot {
    /// What was asked for.
    pub asked: i64,
    /// How many boots there are.
    pub of: usize,
}

impl<'t> Boots<'t> {
    /// Finds the boots. What comes before the first version line is a boot of its own where it is a kernel's.
    pub fn of(text: &'t str) -> Boots<'t> {
        let text = plain(text);
        let mut starts = Vec::new();
        let mut seen = 0;
        for at in memchr::memmem::find_iter(text.as_bytes(), FIRST) {
            let start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
            let line = text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
            if start >= seen && message(line).starts_with(FIRST) {
                starts.push(start);
                seen = start + 1;
            }
        }
        let before = text.get(..starts.first().copied().unwrap_or(text.len())).unwrap_or_default();
        if starts.is_empty() || !read(before).is_silent() {
            starts.insert(0, 0);
        }
        starts.dedup();
        Boots { text, starts }
    }

    /// The log of one boot.
    fn part(&self, index: usize) -> &str {
        let start = self.starts.get(index).copied().unwrap_or_default();
        let end = self.starts.get(index + 1).copied().unwrap_or(self.text.len());
        self.text.get(start..end).unwrap_or_default()
    }

    /// The boot that was asked for: from 1 the first, from 0 the last, as journalctl counts. Otherwise the last that has a version
    /// line and a memory map; where none has both, the last with a map, or with a version line, or the last.
    ///
    /// # Errors
    /// [`NoSuchBoot`] where the log has no such boot.
    pub fn choose(&self, asked: Option<i64>) -> Result<KernelLog, NoSuchBoot> {
        let of = self.starts.len();
        if let Some(asked) = asked {
            let index = usize::try_from(if asked > 0 { asked - 1 } else { asked + of as i64 - 1 });
            let index = index.ok().filter(|index| *index < of).ok_or(NoSuchBoot { asked, of })?;
            let which = Which { number: index + 1, of, passed_over: Vec::new() };
            return Ok(KernelLog { which, ..read(self.part(index)) });
        }
        let worth = |log: &KernelLog| u8::from(log.has_map()) * 2 + u8::from(log.release.is_some());
        let mut best: Option<(usize, u8, KernelLog)> = None;
        let mut releases = vec![None; of];
        for index in (0..of).rev() {
            let log = read(self.part(index));
            if let Some(place) = releases.get_mut(index) {
                place.clone_from(&log.release);
            }
            let worth = worth(&log);
            if best.as_ref().is_none_or(|(_, other, _)| worth > *other) {
                best = Some((index, worth, log));
            }
            if worth == 3 {
                break;
            }
        }
        let (index, _, log) = best.unwrap_or_default();
        let later = releases.into_iter().enumerate().skip(index + 1);
        let passed_over = later.map(|(index, release)| PassedBoot { number: index + 1, release }).collect();
        Ok(KernelLog { which: Which { number: index + 1, of, passed_over }, ..log })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RAM: &str = "BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable\n";

    fn chosen(text: &str, asked: Option<i64>) -> (Option<String>, usize, usize, usize) {
        let log = Boots::of(text).choose(asked).unwrap();
        (log.release, log.which.number, log.which.of, log.which.passed_over.len())
    }

    #[test]
    fn the_last_boot_with_a_version_and_a_map_counts() {
        let log = format!(
            "Linux version 1.1 (x)\n{RAM}\0\0[ 0.0] Linux version 1.2 (x)\n{RAM}Linux version 1.3 (x)\n"
        );
        let is = |release: &str, number, passed| (Some(release.to_owned()), number, 3, passed);
        assert_eq!(chosen(&log, None), is("1.2", 2, 1));
        assert_eq!(chosen(&log, Some(1)), is("1.1", 1, 0));
        assert_eq!(chosen(&log, Some(0)), is("1.3", 3, 0));
        assert_eq!(chosen(&log, Some(-2)), is("1.1", 1, 0));
        for asked in [4, -3, i64::MIN, i64::MAX] {
            assert_eq!(Boots::of(&log).choose(Some(asked)), Err(NoSuchBoot { asked, of: 3 }));
        }
    }

    #[test]
    fn a_beginning_that_is_lost_is_a_boot_of_its_own() {
        let log = format!("-- Journal begins --\nLinux version 1.1 (x)\n{RAM}");
        assert_eq!(chosen(&log, None), (Some("1.1".into()), 1, 1, 0));
        let log = format!("{RAM}Linux version 1.1 (x)\n");
        assert_eq!(chosen(&log, None), (None, 1, 2, 1), "the map is worth more");
        assert_eq!(chosen("", None), (None, 1, 1, 0));
    }
}
