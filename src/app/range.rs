//! Ranges of addresses as somebody gave them: read, and held to the machine's address space, with one form of message.

use super::UsageError;
use crate::bytes::{escape, parse_size, size};
use crate::memory::space::Space;
use std::ops::Range;

/// A range of physical memory that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// The addresses, in bytes, end exclusive.
    pub range: Range<u64>,
    /// The option and what stood there; safe to print.
    text: String,
}

impl Given {
    /// Reads `START-END` as `option` has it: half open, decimal or 0x hex, K, M, G, T or P suffixes.
    ///
    /// # Errors
    /// [`UsageError`] that names the option, the text and what is wrong with it.
    pub fn parse(option: &str, text: &str) -> Result<Given, UsageError> {
        let text_given = format!("{option} {}", escape(text.as_bytes()));
        let wrong = |why: &str| UsageError(format!("{text_given}: {why}"));
        let (start, end) = text.split_once('-').ok_or_else(|| wrong("expected START-END"))?;
        let start = parse_size(start).ok_or_else(|| wrong("the start is not a number of bytes"))?;
        let end = parse_size(end).ok_or_else(|| wrong("the end is not a number of bytes"))?;
        if end <= start {
            return Err(wrong("the end must be above the start (it is not part of the range)"));
        }
        Ok(Given { range: start..end, text: text_given })
    }

    /// A range that stood there in another form; `text` is what stood there, safe to print.
    pub fn of(text: String, range: Range<u64>) -> Given {
        Given { range, text }
    }

    /// The range, where it lies in the machine's address space and is no longer than `most` bytes, where there is such a
    /// limit; the text beside it says where the limit comes from.
    ///
    /// # Errors
    /// [`UsageError`] for what lies outside, or is longer.
    pub fn within(&self, space: Space, most: Option<(u64, &str)>) -> Result<&Range<u64>, UsageError> {
        let Given { range, text } = self;
        let len = range.end.saturating_sub(range.start);
        if range.end > space.end() {
            let why = format!("{text}: the end is above the physical address space of {space}");
            return Err(UsageError(why));
        }
        match most.filter(|(most, _)| len > *most) {
            Some((most, why)) => {
                Err(UsageError(format!("{text}: {} long, expected {} at most: {why}", size(len), size(most))))
            }
            None => Ok(range),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_or_refused() {
        assert_eq!(Given::parse("--reserve", "0x1000-8K").unwrap().range, 0x1000..0x2000);
        for bad in ["", "1", "2-1", "1-1", "x-2", "-1-2", "0x-1", "1-99999999999P", "+1-2", "0x+1-2"] {
            let error = Given::parse("--reserve", bad).unwrap_err().0;
            assert!(error.starts_with(&format!("--reserve {bad}: ")), "{error}");
        }
    }

    #[test]
    fn ranges_of_memory_lie_in_the_address_space() {
        let cpu =
            Space::of_cpuinfo(Some("processor\t: 0\naddress sizes\t: 40 bits physical, 48 bits virtual\n"));
        let most = Some((1 << 30, "Linux maps its image in 1 GiB"));
        let read = |text: &str, space: Space| {
            Given::parse("--kernel-at", text).unwrap().within(space, most).cloned().map_err(|error| error.0)
        };
        assert_eq!(
            read("4095T-4096T", Space::default()).unwrap_err(),
            "--kernel-at 4095T-4096T: 1 TiB long, expected 1 GiB at most: Linux maps its image in 1 GiB"
        );
        assert_eq!(read("1T-0x10000000001", Space::default()), Ok(1 << 40..(1 << 40) + 1));
        assert_eq!(
            read("1T-0x10000000001", cpu).unwrap_err(),
            "--kernel-at 1T-0x10000000001: the end is above the physical address space of 1 TiB (40 bits, as \
             /proc/cpuinfo says)"
        );
        for bad in ["1-18446744073709551615", "5G-0xffffffffffffffff", "4P-0x10000000000001", "1G-0x80000001"]
        {
            assert!(read(bad, Space::default()).is_err(), "{bad}");
        }
    }
}
