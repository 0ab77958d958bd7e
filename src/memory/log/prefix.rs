//! What stands before the kernel's message on a line: times, levels, hosts, quotes.

use crate::bytes::start_of;

/// How far into a line a prefix reaches, in bytes.
const PREFIX_LEN: usize = 120;

/// A line without what dmesg, a console, syslog, the journal, or whoever quoted it put before the kernel's message. The result
/// is the end of the line.
pub fn message(line: &str) -> &str {
    let mut line = line.trim_end_matches('\r');
    // The hypervisor writes to the same console, and lists tables of its own.
    if line.trim_start_matches(QUOTES).starts_with("(XEN) ") {
        return "";
    }
    // A time as printk writes it ends every prefix.
    if let Some(rest) = after_time(line) {
        line = rest;
    } else if let Some(rest) = after_bracket(line.trim_start_matches(QUOTES)) {
        line = rest;
    }
    // Host, `kernel`, and a process number that some write after it.
    if let Some((before, after)) = line.split_once(" kernel: ")
        && before.len() < PREFIX_LEN
        && !before.contains("[mem")
    {
        line = after;
    }
    line = line.strip_prefix("kernel: ").unwrap_or(line);
    line = after_level(line).or_else(|| after_kmsg(line)).unwrap_or(line);
    line = after_facility(line).unwrap_or(line);
    line = after_iso(line).unwrap_or(line);
    line = after_facility(line).unwrap_or(line);
    while let Some(rest) = after_time(line).or_else(|| after_bracket(line)) {
        line = rest;
    }
    line
}

/// What mails and posts have before quoted and indented text.
pub(super) const QUOTES: [char; 4] = [' ', '\t', '>', '|'];

/// Whether a line has the time that printk puts before a message.
pub(super) fn has_time(line: &str) -> bool {
    after_time(line).is_some()
}

/// Whether a line has the time of printk, or a log daemon's `kernel:`, and is nothing else by chance.
pub fn is_stamped(line: &str) -> bool {
    let bracket = line.trim_start_matches(QUOTES).strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let by_date = bracket.is_some_and(|(stamp, _)| has_clock(stamp) || stamp.trim_start().starts_with('+'));
    after_time(line).is_some() || head(line).contains("kernel: ") || after_kmsg(line).is_some() || by_date
}

/// The start of a line, as far as a prefix can reach.
fn head(line: &str) -> &str {
    start_of(line, PREFIX_LEN)
}

/// What follows the first `[    0.000000]` (with `<    0.000001>` in it from `dmesg -d`) and the caller after it.
fn after_time(line: &str) -> Option<&str> {
    let is_time = |stamp: &str| {
        let time = stamp.split('<').next().unwrap_or_default().trim();
        let parts = time.split_once('.');
        parts.is_some_and(|(seconds, micros)| {
            is_number(seconds) && is_number(micros) && (micros.len() == 6 || micros.len() == 5)
        })
    };
    let starts = head(line).match_indices('[').map(|(at, _)| at + 1);
    let mut stamps = starts.filter_map(|at| line.get(at..)?.split_once(']'));
    stamps.find(|(stamp, _)| is_time(stamp)).map(|(_, rest)| after_caller(rest))
}

/// What follows a time: one blank, with the number of the caller before it (`[    T0]`) where the kernel prints it.
fn after_caller(rest: &str) -> &str {
    let caller = rest.trim_start_matches(' ').strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let rest = match caller {
        Some((who, after)) if who.trim().strip_prefix(['T', 'C']).is_some_and(is_number) => after,
        _ => rest,
    };
    rest.strip_prefix(' ').unwrap_or(rest)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// What follows a time of another form at the start: a date (`dmesg -T`, `-H`), or seconds since the last line.
fn after_bracket(line: &str) -> Option<&str> {
    let (stamp, rest) = line.strip_prefix('[')?.split_once(']')?;
    let seconds = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || b" .,<>+".contains(&byte));
    let stamp = stamp.trim();
    let caller = stamp.strip_prefix(['T', 'C']).is_some_and(is_number);
    let is_stamp = (!stamp.is_empty() && seconds(stamp)) || caller || (stamp.len() < 60 && has_clock(stamp));
    is_stamp.then(|| rest.strip_prefix(' ').unwrap_or(rest))
}

/// Whether there is a time of day (`15:20`), which no message of the kernel has between brackets.
fn has_clock(text: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    text.match_indices(':').any(|(at, _)| {
        let before = text.get(at.saturating_sub(2)..at).unwrap_or_default();
        let after = text.get(at + 1..at + 3).unwrap_or_default();
        before.len() == 2 && after.len() == 2 && digits(before) && digits(after)
    })
}

/// `<6>`.
fn after_level(line: &str) -> Option<&str> {
    let (level, rest) = line.strip_prefix('<')?.split_once('>')?;
    is_number(level).then_some(rest)
}

/// `6,812,14407123,-;`: a record of /dev/kmsg.
fn after_kmsg(line: &str) -> Option<&str> {
    let (fields, rest) = line.split_once(';')?;
    let mut fields = fields.split(',');
    let numbers = [fields.next()?, fields.next()?, fields.next()?];
    numbers.into_iter().all(is_number).then_some(rest)
}

/// `kern  :info  : ` (`dmesg -x`), `kern.info: ` or `kern.info `.
fn after_facility(line: &str) -> Option<&str> {
    let word = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase());
    if let Some(rest) = line.strip_prefix("kern.") {
        let (level, rest) = rest.split_once(' ')?;
        return word(level.trim_end_matches(':')).then_some(rest);
    }
    let (facility, rest) = line.split_once(':')?;
    let (level, rest) = rest.split_once(':')?;
    let decoded = facility.len() < 10 && level.len() < 10 && word(facility.trim()) && word(level.trim());
    (decoded && level.ends_with(' ')).then(|| rest.strip_prefix(' ').unwrap_or(rest))
}

/// `2026-11-24T22:06:00,123456+00:00 ` (`dmesg --time-format=iso`).
fn after_iso(line: &str) -> Option<&str> {
    let (stamp, rest) = line.split_once(' ')?;
    let is_time = |stamp: &str| stamp.bytes().all(|byte| byte.is_ascii_digit() || b"-:T,.+Z".contains(&byte));
    (stamp.len() > 18 && stamp.as_bytes().get(10) == Some(&b'T') && is_time(stamp)).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_style_of_line_is_read() {
        const MESSAGE: &str = "  node   0: [mem 0x1000-0x1fff]";
        for prefix in [
            "",
            "[    0.000000] ",
            "[    0.000000][    T0] ",
            "[    0.000000] [    T0] ",
            "[    0.000000 <    0.000001>] ",
            "[Tue Nov 24 22:06:00 2026] ",
            "[二 11月 24 22:06:00 2026] ",
            "[Aug 8 15:20] ",
            "[  +0.000003] ",
            "[  +0,000003] ",
            "<6>[    0.000000] ",
            "<6>",
            "6,812,14407123,-;",
            "6,812,14407123,-,caller=T1;",
            "kern  :info  : [    0.000000] ",
            "kern  :info  : ",
            "kern  :info  : [Tue Nov 24 22:06:00 2026] ",
            "2026-11-24T22:06:00,123456+00:00 ",
            "2026-11-24T22:06:00.33654 kern.info: [    0.000000] ",
            "2026-11-24T22:06:00.3365444 kern.info: ",
            "Nov 24 22:06:00 host kernel: ",
            "Nov 24 22:06:00 kernel: ",
            "1月 06 16:39:14 host kernel: ",
            "Nov 24 22:06:00 host kernel: [    0.000000] ",
            "Thu Jan  1 00:00:00 2026 kern.notice kernel: [    0.000000] ",
            "Jan  1 00:00:10 host kern.info kernel: ",
            "Tue 2026-11-24 22:06:00 UTC host kernel: ",
            "[    0.000000] host kernel: ",
            "2026-11-24T22:06:00+0000 host kernel: ",
            "1795557960.123456 host kernel: ",
            "    [    0.000000] ",
            "> [    0.000000] ",
            ">> | [Aug 8 15:20] ",
            "dmesg.txt:12:[    0.000000] ",
            "[2026-11-24 22:06:00] [    0.000000] ",
        ] {
            let line = format!("{prefix}{MESSAGE}\r");
            assert_eq!(message(&line), MESSAGE, "{line}");
        }
        assert_eq!(message("(XEN) [    0.000000] SRAT: Node 0 PXM 0 0-a0000"), "");
        for own in
            ["[mem 0x1000-0x1fff] available for PCI devices", "[Firmware Bug]: TSC", "SRAT: Node 0 PXM 0"]
        {
            assert_eq!(message(own), own);
            assert!(!is_stamped(own));
        }
        assert!(!is_stamped("[    12.345] (II) of another program"));
    }

    proptest::proptest! {
        #[test]
        fn a_message_is_the_end_of_its_line(line in "\\PC{0,80}", front in "[\\[<\\]>a-z0-9:T.,; ]{0,40}") {
            for line in [line.as_str(), &format!("{front}{line}")] {
                assert!(line.trim_end_matches('\r').ends_with(message(line)));
            }
        }
    }
}
