//! Physical addresses in texts: a number, a range, or a line of the kernel's log about an event at an address.

use super::PAGE_SIZE;
use crate::bytes::parse_size;
use std::ops::Range;

/// Words that stand right before an address in events of machine checks, EDAC, APEI and CXL.
const BEFORE: [&str; 10] = [
    "physical_address",
    "physical address",
    "hpa",
    "addr",
    "address",
    "pa",
    "mcgstatus_addr",
    "phys_addr",
    "spa",
    "mem",
];

/// The addresses that a text of its own names: one byte for `ADDRESS`, all for `START-END` (end exclusive).
pub fn parse(text: &str) -> Option<Range<u64>> {
    let text = text.trim();
    if let Some(address) = number(text) {
        return Some(address..address.checked_add(1)?);
    }
    let (start, end) = text.split_once('-')?;
    let (start, end) = (number(start)?, number(end)?);
    (start < end).then_some(start..end)
}

/// A number of bytes as options take it, or the 16 digits in which Linux prints addresses.
fn number(text: &str) -> Option<u64> {
    let is_hex = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hex { u64::from_str_radix(text, 16).ok() } else { parse_size(text) }
}

/// The address that a line is about: a text of its own ([`parse`]), or one of an event.
pub fn in_line(line: &str) -> Option<Range<u64>> {
    parse(line).or_else(|| page_of_edac(line)).or_else(|| page_of_failure(line)).or_else(|| named(line))
}

/// The digits of a hexadecimal number at the start of a text.
fn hex(text: &str) -> Option<u64> {
    let text = text.trim_start_matches([' ', ':', '=']);
    let text = text.strip_prefix("0x").unwrap_or(text);
    let end = text.find(|letter: char| !letter.is_ascii_hexdigit()).unwrap_or(text.len());
    u64::from_str_radix(text.get(..end)?, 16).ok()
}

/// EDAC: `page:0x8f2b3 offset:0x480`.
fn page_of_edac(line: &str) -> Option<Range<u64>> {
    let page = hex(line.split_once("page:0x")?.1)?;
    let offset = line.split_once("offset:0x").and_then(|(_, rest)| hex(rest)).unwrap_or(0);
    let address = page.checked_mul(PAGE_SIZE)?.checked_add(offset)?;
    Some(address..address.checked_add(1)?)
}

/// Memory failure: `Memory failure: 0x8f2b3: recovery action ...`, a page frame.
fn page_of_failure(line: &str) -> Option<Range<u64>> {
    let start = hex(line.split_once("Memory failure: 0x")?.1)?.checked_mul(PAGE_SIZE)?;
    Some(start..start.checked_add(PAGE_SIZE)?)
}

/// A hexadecimal number behind one of the words that name an address.
fn named(line: &str) -> Option<Range<u64>> {
    let lower = line.to_ascii_lowercase();
    let is_word = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    for word in BEFORE {
        for (at, _) in lower.match_indices(word) {
            let end = at + word.len();
            if at.checked_sub(1).is_some_and(|before| is_word(lower.as_bytes().get(before))) {
                continue;
            }
            let Some(rest) = lower.get(end..) else { continue };
            let value = rest.trim_start_matches([' ', ':', '=']);
            if value.len() == rest.len() {
                continue;
            }
            let digits = value.strip_prefix("0x").unwrap_or(value);
            let len = digits.bytes().take_while(u8::is_ascii_hexdigit).count();
            // A word of few hexadecimal letters, such as "be", is no address.
            let is_number = len > 0 && (value.len() != digits.len() || len >= 8);
            if let Some(address) = is_number.then(|| hex(value)).flatten() {
                let last = digits.get(len..).and_then(|rest| rest.strip_prefix("-0x")).and_then(hex);
                let end = last.filter(|last| *last >= address).unwrap_or(address);
                return Some(address..end.checked_add(1)?);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_ranges_are_read() {
        assert_eq!(parse("0x140000000"), Some(0x1_4000_0000..0x1_4000_0001));
        assert_eq!(parse(" 5G-6G\n"), Some(5 << 30..6 << 30));
        assert_eq!(parse("0000000140001000"), Some(0x1_4000_1000..0x1_4000_1001));
        for bad in ["", "x", "6G-5G", "1-", "-1", "18446744073709551615", "99999999999999999999"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn events_name_their_address() {
        let cases: [(&str, u64); 9] = [
            ("mce: [Hardware Error]: TSC 0 ADDR 3fba4e2c0 MISC 86", 0x3_fba4_e2c0),
            (
                "EDAC MC0: 1 CE memory read error on CPU_SrcID#0 (channel:1 slot:0 page:0x8f2b3 offset:0x480 grain:32)",
                0x8f2b_3480,
            ),
            ("Memory failure: 0x140001: recovery action for dirty LRU page: Recovered", 0x1_4000_1000),
            ("{1}[Hardware Error]:   physical_address: 0x0000000fe2a3c140", 0xf_e2a3_c140),
            ("cxl_general_media: memdev=mem0 dpa=1000 hpa=0x480001000 region=region0", 0x4_8000_1000),
            ("Offlining page at address: 0x7f000", 0x7_f000),
            ("mem=0x140000000", 0x1_4000_0000),
            (
                "memory offlining [mem 0x140000000-0x147ffffff] failed due to failure to isolate range",
                0x1_4000_0000,
            ),
            (
                "mc_event: 1 Corrected error: read on DIMM (mc:0 location:0:0:-1 address:0x23f0c8b40 grain:5)",
                0x2_3f0c_8b40,
            ),
        ];
        for (line, address) in cases {
            assert_eq!(in_line(line).map(|range| range.start), Some(address), "{line}");
        }
        assert_eq!(in_line(cases[7].0), Some(0x1_4000_0000..0x1_4800_0000));
        for none in
            ["", "nothing", "the address be known", "addr", "page:0x offset:0x1", "PA", "usb 1-1: new device"]
        {
            assert_eq!(in_line(none), None, "{none}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_line_is_read(line in "\\PC{0,60}|(addr|page:0x|Memory failure: 0x|hpa=)[0-9a-fx -]{0,40}") {
            in_line(&line);
        }
    }
}
