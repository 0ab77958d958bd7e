//! What stays of a text in a capture, by lists of what is known: options of command lines, lines of the kernel's log, options
//! of its configuration. Anything else is replaced by a placeholder, the same for the same text within a capture, or left out.
//!
//! Pure: texts in, texts out.

use super::aml::Texts;
use super::secrets::{self, Kind};
use crate::memory::log::message;
use std::collections::{BTreeSet, HashMap};

/// See the head of the file.
const OPTIONS: &str = include_str!("known/options.txt");
/// See the head of the file.
const LINES: &str = include_str!("known/log.txt");
/// The longest word that stays in the value of a known option; serial numbers and keys of 16 bytes and more are longer.
const WORD_LEN: usize = 20;
/// From this length on, a word that was replaced is looked for in other lines as well.
const TELLING: usize = 6;
/// What stands before a command line in the log: with it the rest of the line is one.
const COMMAND_LINES: [&str; 2] = ["Command line: ", "Kernel command line: "];
/// Where the log quotes options.
const QUOTES: [&str; 2] = ["Unknown kernel command line parameters", "Malformed early option"];

/// What is after the comment at the head of a list.
pub(super) fn list(text: &'static str) -> &'static str {
    text.split_once("\n\n").map_or("", |(_, list)| list)
}

/// Replaces what is not on the lists; remembers what it replaced.
#[derive(Debug)]
pub struct Mask<'k> {
    keep: &'k [Kind],
    /// Normal names of known options, and whether the value stays.
    options: HashMap<String, bool>,
    /// What was replaced, with the number of its placeholder.
    replaced: HashMap<String, usize>,
    /// The same for what is replaced in AML alone: its words mean nothing elsewhere.
    in_aml: HashMap<String, usize>,
    /// What is known of texts in AML.
    pub(super) texts: Texts,
    notes: BTreeSet<(Kind, String)>,
}

impl<'k> Mask<'k> {
    /// A mask that leaves what was asked for.
    pub fn new(keep: &'k [Kind]) -> Mask<'k> {
        let options = list(OPTIONS).split_whitespace().map(|word| {
            let name = word.strip_suffix('?');
            (normal(name.unwrap_or(word)), name.is_none())
        });
        let (replaced, in_aml, texts) = <_>::default();
        Mask { keep, options: options.collect(), replaced, in_aml, texts, notes: BTreeSet::new() }
    }

    /// What was replaced since the last call: its class, and what it was in words that are safe to print.
    pub fn notes(&mut self) -> BTreeSet<(Kind, String)> {
        std::mem::take(&mut self.notes)
    }

    /// Whether a class was asked for.
    pub(super) fn keeps(&self, kind: Kind) -> bool {
        self.keep.contains(&kind)
    }

    /// The placeholder of a text.
    fn placeholder(&mut self, text: &str) -> String {
        format!("[masked-{}]", self.number(text.to_owned(), true))
    }

    /// The number of a text's placeholder; `everywhere` where other lines are searched for the text.
    pub(super) fn number(&mut self, text: String, everywhere: bool) -> usize {
        if let Some(number) = self.replaced.get(&text) {
            return *number;
        }
        let next = self.replaced.len() + self.in_aml.len() + 1;
        match self.in_aml.get(&text) {
            Some(number) if everywhere => *self.replaced.entry(text).or_insert(*number),
            Some(number) => *number,
            None if everywhere => *self.replaced.entry(text).or_insert(next),
            None => *self.in_aml.entry(text).or_insert(next),
        }
    }

    fn replace(&mut self, text: &str, kind: Kind, what: impl Into<String>) -> String {
        if self.keeps(kind) || is_placeholder(text) {
            return text.to_owned();
        }
        self.notes.insert((kind, what.into()));
        self.placeholder(text)
    }

    /// A kernel command line. Blanks between its words stay as they are.
    pub fn command_line(&mut self, line: &str) -> String {
        let (mut out, mut rest, mut for_init) = (String::with_capacity(line.len()), line, false);
        while !rest.is_empty() {
            let blanks = rest.len() - rest.trim_start_matches(is_space).len();
            let (before, after) = rest.split_at(blanks);
            out.push_str(before);
            let mut quoted = false;
            let end = after
                .char_indices()
                .find(|(_, character)| {
                    quoted ^= *character == '"';
                    !quoted && is_space(*character)
                })
                .map_or(after.len(), |(at, _)| at);
            let (word, after) = after.split_at(end);
            out.push_str(&self.option(word, for_init));
            for_init |= word == "--";
            rest = after;
        }
        out
    }

    /// A word of a command line; what follows `--` goes to the first process, and nothing is known of it.
    fn option(&mut self, word: &str, for_init: bool) -> String {
        let inner = word.trim_matches('"');
        if inner.is_empty() || inner == "--" || is_placeholder(inner) {
            return word.to_owned();
        }
        let (name, value) = inner.split_once('=').unwrap_or((inner, ""));
        // Linux takes quotes around the whole word or around the value; without them a value with blanks would fall apart.
        let around = if value.starts_with('"') { "\"" } else { "" };
        let value = value.trim_matches('"');
        let kind = secrets::kind(name, value);
        let known = if for_init { None } else { self.known(name) };
        let Some(stays) = known else {
            return self.replace(word, kind, "options that are not on the list of known ones");
        };
        let quote = if word.starts_with('"') { "\"" } else { "" };
        let what = || format!("the value of {}", crate::bytes::escape(name.as_bytes()));
        if value.is_empty() || is_placeholder(value) {
            return word.to_owned();
        }
        // Of quotes inside of it one might go and the other stay, and the line would fall into other words.
        if !stays || foreign(value) || value.contains('"') {
            return if self.keeps(kind) {
                word.to_owned()
            } else {
                format!("{quote}{name}={}{quote}", self.replace(value, kind, what()))
            };
        }
        // A path may have one part that names a machine.
        let parts: Vec<String> = value
            .split_inclusive(is_joint)
            .map(|part| {
                let text = part.trim_end_matches(is_joint);
                if is_plain(text) {
                    return part.to_owned();
                }
                let joint = part.get(text.len()..).unwrap_or_default();
                self.replace(text, kind, what()) + joint
            })
            .collect();
        let parts = parts.concat();
        if parts == value { word.to_owned() } else { format!("{quote}{name}={around}{parts}{around}{quote}") }
    }

    /// Whether an option is known, and then whether its value stays.
    fn known(&self, name: &str) -> Option<bool> {
        let name = normal(name);
        let family = || {
            let is_name = name.len() <= 40
                && name.bytes().all(|byte| byte.is_ascii_lowercase() || b"._".contains(&byte));
            let (family, _) = name.split_once('.').filter(|_| is_name)?;
            self.options.get(&format!("{family}.*")).copied()
        };
        self.options.get(&name).copied().or_else(family)
    }

    /// The kernel's log: lines on the list, each without what a log daemon put in front of it; with `whole` all lines. Says how
    /// many lines went.
    pub fn log(&mut self, text: &str, whole: bool) -> (String, usize) {
        let (mut out, mut gone) = (String::new(), 0usize);
        for line in text.lines() {
            let message = message(line);
            if !whole && !is_known_line(message) {
                gone += 1;
                continue;
            }
            out.push_str(stamp(line, message));
            out.push_str(&self.log_message(message, whole));
            out.push('\n');
        }
        (out, gone)
    }

    fn log_message(&mut self, message: &str, whole: bool) -> String {
        for start in COMMAND_LINES {
            if let Some(line) = message.strip_prefix(start) {
                return format!("{start}{}", self.command_line(line));
            }
        }
        if QUOTES.iter().any(|start| message.starts_with(start)) {
            // The words between the first quote and the last are a command line without its own quotes.
            let quotes = message.find(['"', '\'']).zip(message.rfind(['"', '\'']));
            if let Some((first, last)) = quotes.filter(|(first, last)| first < last) {
                let (before, rest) = message.split_at(first + 1);
                let (line, after) = rest.split_at(last - first - 1);
                return format!("{before}{}{after}", self.command_line(line));
            }
        }
        if let Some(rest) = message.strip_prefix("Linux version ") {
            return format!("Linux version {}", self.version(rest));
        }
        self.words(message, whole)
    }

    /// What follows `Linux version `: the builder stands in the first brackets.
    fn version(&mut self, text: &str) -> String {
        let Some((release, rest)) = text.split_once(" (") else { return self.words(text, false) };
        let Some((builder, rest)) = rest.split_once(')') else { return self.words(text, false) };
        let builder = self.replace(builder, Kind::Names, "who built the kernel, and where");
        format!("{release} ({builder}){}", self.words(rest, false))
    }

    /// A line without words that were replaced elsewhere; unless the log was asked for, without those either that look like what
    /// names a part, a person or a machine.
    fn words(&mut self, message: &str, whole: bool) -> String {
        let mut out = String::with_capacity(message.len());
        let mut announced = false;
        for word in message.split_inclusive(is_space) {
            let text = word.trim_end_matches(is_space);
            let bare = text.trim_matches(|sign: char| "()[],;\"'".contains(sign));
            let (name, value) = bare.split_once(['=', ':']).unwrap_or(("", bare));
            let is_replaced = |text: &str| text.len() >= TELLING && self.replaced.contains_key(text);
            let names = || {
                foreign(bare)
                    || is_blob(bare)
                    || announced && bare.len() > 2
                    || secrets::is_serial_name(name) && !value.is_empty()
            };
            let is_telling = is_replaced(bare) || is_replaced(value) || !whole && !bare.is_empty() && names();
            let kind = if is_telling { secrets::kind_of_word(bare, announced) } else { Kind::Names };
            if is_telling {
                let new = self.replace(bare, kind, "names and numbers of parts in lines of the log");
                out.push_str(&word.replacen(bare, &new, 1));
            } else {
                out.push_str(word);
            }
            if !bare.is_empty() && bare != "=" {
                announced = secrets::is_serial_name(bare.trim_end_matches([':', '=', '#']));
            }
        }
        out
    }

    /// /proc/version.
    pub fn kernel_version(&mut self, text: &str) -> String {
        text.lines().map(|line| self.log_message(line, false) + "\n").collect()
    }

    /// A kernel's configuration: what is switched, the values that acpihp reads, and the built-in command line as any other.
    pub fn config(&mut self, text: &str) -> String {
        const COMMAND_LINE: &str = "CMDLINE";
        let mut out = String::with_capacity(text.len());
        for line in text.lines() {
            let comment = line.strip_prefix("# ");
            let is_off = comment
                .and_then(|text| text.strip_prefix("CONFIG_")?.strip_suffix(" is not set"))
                .is_some_and(is_symbol);
            let is_head = comment.is_some_and(|text| {
                text.starts_with("Linux/") && text.ends_with(" Kernel Configuration") && text.len() < 80
            });
            if is_off || is_head {
                out.push_str(line);
            } else if let Some((name, value)) =
                line.strip_prefix("CONFIG_").and_then(|text| text.split_once('='))
            {
                if !is_symbol(name) {
                    continue;
                }
                let value = value.trim_end();
                let new = if name == COMMAND_LINE {
                    let inner =
                        value.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(value);
                    let inner = inner.replace("\\\"", "\"");
                    format!("\"{}\"", self.command_line(&inner).replace('"', "\\\""))
                } else if matches!(value, "y" | "m" | "n")
                    || crate::boot::kernel::config::is_read(name) && is_plain(value.trim_matches('"'))
                {
                    value.to_owned()
                } else {
                    self.replace(value, Kind::Names, "values of options that no command reads")
                };
                out.push_str(&format!("CONFIG_{name}={new}"));
            } else {
                continue;
            }
            out.push('\n');
        }
        out
    }

    /// A path: parts that name a machine are replaced.
    pub fn path(&mut self, path: &str) -> String {
        let parts = path.split_inclusive(['/', '-', '_', '.', ' ']).map(|part| {
            let text = part.trim_end_matches(['/', '-', '_', '.', ' ']);
            if text.len() <= WORD_LEN && !foreign(text) {
                return part.to_owned();
            }
            let joint = part.get(text.len()..).unwrap_or_default();
            self.replace(text, Kind::Names, "parts of the names of boot files") + joint
        });
        let parts: Vec<String> = parts.collect();
        parts.concat()
    }
}

/// The time in front of a message, without the host and whatever else a log daemon writes there.
fn stamp<'l>(line: &'l str, message: &str) -> &'l str {
    let end = line.trim_end_matches('\r').len().saturating_sub(message.len());
    let before = line.get(..end).unwrap_or_default();
    let Some(start) = before.rfind('[') else { return "" };
    let stamp = before.get(start..).unwrap_or_default();
    let is_time = stamp.bytes().all(|byte| byte.is_ascii_digit() || b"[]. ".contains(&byte));
    if is_time { stamp } else { "" }
}

fn is_known_line(message: &str) -> bool {
    let message = message.trim_start_matches([' ', '\t']);
    is_table_line(message) || list(LINES).lines().any(|start| message.starts_with(start))
}

/// Lines that begin with a table's signature: `ACPI: SRAT 0x...`, and the search's `SRAT ACPI table found in initrd [...`.
fn is_table_line(message: &str) -> bool {
    let text = message.strip_prefix("ACPI: ").unwrap_or(message);
    let Some((signature, rest)) = text.split_at_checked(4) else { return false };
    let is_signature =
        signature.bytes().all(|byte| byte.is_ascii_uppercase() || b"0123456789!_i@$".contains(&byte));
    let rest = rest.strip_prefix(' ').unwrap_or_default();
    let address = rest.strip_prefix("0x").unwrap_or(rest);
    let is_address =
        address.get(..8).is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    is_signature && (is_address || rest.starts_with("ACPI table found in initrd ["))
}

fn is_space(character: char) -> bool {
    character.is_ascii_whitespace() || character == '\x0b'
}

pub(super) fn is_placeholder(text: &str) -> bool {
    text.strip_prefix("[masked-").and_then(|text| text.strip_suffix(']')).is_some_and(|number| {
        !number.is_empty() && number.len() < 8 && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// Linux takes `-` and `_` for the same.
fn normal(name: &str) -> String {
    name.to_ascii_lowercase().replace('-', "_")
}

/// What joins words in a value.
fn is_joint(character: char) -> bool {
    !character.is_alphanumeric() && !"[]".contains(character)
}

fn is_plain(word: &str) -> bool {
    word.len() <= WORD_LEN
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"[]-_.".contains(&byte))
}

fn is_symbol(name: &str) -> bool {
    !name.is_empty()
        && name.len() < 80
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Whether a text has the form of something that names a person, a host, a card or a disk: a URL, name@host, a MAC, a UUID.
pub(super) fn foreign(text: &str) -> bool {
    let after_at = text.split_once('@').map(|(_, host)| host);
    let is_host = after_at.is_some_and(|host| {
        host.starts_with(|first: char| first.is_alphabetic()) || host.matches('.').count() == 3
    });
    text.contains("://")
        || is_host
        || has_groups(text, &[2, 2, 2, 2, 2, 2])
        || has_groups(text, &[8, 4, 4, 4, 12])
}

/// Whether a text has the form of a part's or a machine's number: a MAC, with or without signs between its bytes, a UUID, a long
/// run of letters and digits.
pub(super) fn names_part(text: &str) -> bool {
    has_groups(text, &[2, 2, 2, 2, 2, 2])
        || has_groups(text, &[12])
        || has_groups(text, &[8, 4, 4, 4, 12])
        || is_blob(text)
}

/// Whether hexadecimal groups of these lengths follow each other in a text, joined by `:` or `-`.
fn has_groups(text: &str, lengths: &[usize]) -> bool {
    let is_hex = |part: &str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let parts: Vec<&str> = text.split(|sign: char| !sign.is_ascii_alphanumeric()).collect();
    parts
        .windows(lengths.len())
        .any(|window| window.iter().zip(lengths).all(|(part, len)| part.len() == *len && is_hex(part)))
}

/// A long run of letters and digits that is no address.
fn is_blob(text: &str) -> bool {
    text.split(|sign: char| !sign.is_ascii_alphanumeric()).any(|part| {
        let has = |test: fn(&u8) -> bool| part.as_bytes().iter().filter(|byte| test(byte)).count() >= 2;
        part.len() >= WORD_LEN
            && !part.starts_with("0x")
            && has(u8::is_ascii_digit)
            && has(u8::is_ascii_alphabetic)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(line: &str) -> String {
        Mask::new(&[]).command_line(line)
    }

    #[test]
    fn lists_are_read() {
        assert!(list(OPTIONS).split_whitespace().count() > 300 && list(LINES).lines().count() > 100);
        assert!(list(LINES).lines().all(|line| line.len() > 3 && line == line.trim_start()));
        for word in list(OPTIONS).split_whitespace() {
            assert!(
                word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.?*/".contains(&byte)),
                "{word}"
            );
        }
    }

    #[test]
    fn a_value_in_quotes_stays_one_value() {
        let once = masked("acpi_osi=\"!Windows 0123456789abcdef0123456789abcdef\" quiet");
        assert!(once.starts_with("acpi_osi=\"!Windows") && once.ends_with("\" quiet"), "{once}");
        assert_eq!(masked(&once), once);
        let open = masked("\n2=\",`z\n}mmm3333333333333333333mmmmm%mm3333333333333\u{13}\0\0\0mm");
        assert_eq!(masked(&open), open);
        let inside = masked("s=%\u{fffd}%\"\u{fffd}\u{6a4}\u{1} quiet\"\u{fffd}-\0 quiet");
        assert_eq!(inside, "s=[masked-1] quiet");
    }

    #[test]
    fn what_is_known_stays() {
        for line in [
            "BOOT_IMAGE=/vmlinuz-6.1.0-50-cloud-amd64 ro  quiet splash",
            "BOOT_IMAGE=(hd0,gpt2)/boot/vmlinuz-6.12 initrd=\\EFI\\initrd.img-6.12 initrd=/a.img,/b.img",
            "memmap=128M@4G,256M@8G memmap=0x10000$0x2000 memmap=1G%4G-1+2 memmap=4G!12G memmap=exactmap movable_node",
            "kernelcore=30% kernelcore=mirror movablecore=1G mem=3G numa=fake=4U numa=off log_buf_len=4M memblock=debug",
            "hugepagesz=1G hugepages=0:2,1:4 crashkernel=1G-4G:192M,4G-64G:256M@16M acpi_rsdp=0x7ff00000 cma=64M@0-4G",
            "console=ttyS0,115200n8 earlycon=uart8250,mmio32,0xfedc9000 memory_hotplug.online_policy=auto-movable",
            "hugetlb_cma=0:1G,1:2G efi=nosoftreserve,debug lockdown=confidentiality memhp_default_state=online_movable",
            "\"acpi_osi=!Windows 2012\" acpi_osi=\"!Windows 2012\" root= password= movable-node",
        ] {
            assert_eq!(masked(line), line);
        }
    }

    #[test]
    fn what_is_not_known_goes() {
        for (line, wanted) in [
            ("quiet rd.luks.key=/key:UUID=1 ro", "quiet rd.luks.key=[masked-1] ro"),
            ("rd.iscsi.password=hunter2", "rd.iscsi.password=[masked-1]"),
            ("inst.ks=http://me:pw@host/ks.cfg", "inst.ks=[masked-1]"),
            ("console=http://me:pw@host/x", "console=[masked-1]"),
            ("netroot=iscsi:user:pw@10.0.0.1::::iqn", "netroot=[masked-1]"),
            ("\"wifi_psk=a b\" quiet", "[masked-1] quiet"),
            ("password=\"a b\" quiet", "password=[masked-1] quiet"),
            ("\"password=a b\" quiet", "\"password=[masked-1]\" quiet"),
            ("rootflags=user=me,password=pw", "rootflags=[masked-1]"),
            ("ip=10.0.0.2::10.0.0.1:255.255.255.0:myhost:eth0:off", "ip=[masked-1]"),
            ("ifname=lan:52:54:00:12:34:56 bootdev=lan", "ifname=[masked-1] bootdev=[masked-2]"),
            ("BOOTIF=01-52-54-00-12-34-56", "BOOTIF=[masked-1]"),
            ("root=UUID=0f1e2d3c-1111-2222-3333-444455556666", "root=[masked-1]"),
            ("hunter2 x=1 hunter2", "[masked-1] [masked-2] [masked-1]"),
            ("quiet -- hunter2 quiet", "quiet -- [masked-1] [masked-2]"),
            ("BOOT_IMAGE=/0123456789abcdef0123456789abcdef/6.1/linux", "BOOT_IMAGE=/[masked-1]/6.1/linux"),
        ] {
            assert_eq!(masked(line), wanted);
            assert_eq!(masked(wanted), wanted, "a second time");
        }
    }

    #[test]
    fn classes_come_when_they_are_asked_for() {
        let line = "password=pw1 BOOTIF=01-52-54-00-12-34-56 hostname=me x=1";
        let keep = |kind| Mask::new(&[kind]).command_line(line);
        assert_eq!(keep(Kind::Secrets), "password=pw1 BOOTIF=[masked-1] hostname=[masked-2] [masked-3]");
        assert_eq!(
            keep(Kind::Serials),
            "password=[masked-1] BOOTIF=01-52-54-00-12-34-56 hostname=[masked-2] [masked-3]"
        );
        assert_eq!(keep(Kind::Names), "password=[masked-1] BOOTIF=[masked-2] hostname=me x=1");
        let mut mask = Mask::new(&[]);
        mask.command_line(line);
        assert_eq!(mask.notes().len(), 4);
    }

    #[test]
    fn a_log_keeps_known_lines_without_names() {
        let log = "Nov 23 10:00:00 myhost kernel: [    0.000000] Linux version 6.1 (me@build) (gcc 12) #1 SMP\n\
                   [    0.000000] Command line: quiet password=hunter2\n\
                   [    0.000000]   node   0: [mem 0x0000000000001000-0x000000000009efff]\n\
                   [    0.1] Unknown kernel command line parameters \"password=hunter2 foo=a b\", will be passed to user space.\n\
                   [    0.2] usb 1-1: SerialNumber: 1234\n[    0.2] ACPI: button: Power Button [PWRF]\n\
                   [    0.3] ACPI: SRAT 0x000000003FFE2A59 000128 (v01 BOCHS  BXPC     00000001 BXPC 00000001)\n\
                   [    0.4] ACPI: Interpreter enabled\nKernel command line: token=hunter2\n";
        let (kept, gone) = Mask::new(&[]).log(log, false);
        assert_eq!(gone, 2);
        assert_eq!(
            kept,
            "[    0.000000] Linux version 6.1 ([masked-1]) (gcc 12) #1 SMP\n\
             [    0.000000] Command line: quiet password=[masked-2]\n\
             [    0.000000]   node   0: [mem 0x0000000000001000-0x000000000009efff]\n\
             [    0.1] Unknown kernel command line parameters \"password=[masked-2] [masked-3] [masked-4]\", will be passed to user space.\n\
             [    0.3] ACPI: SRAT 0x000000003FFE2A59 000128 (v01 BOCHS  BXPC     00000001 BXPC 00000001)\n\
             [    0.4] ACPI: Interpreter enabled\nKernel command line: token=[masked-2]\n"
        );
        let (all, gone) = Mask::new(&[Kind::Log]).log(log, true);
        assert!(gone == 0 && all.contains("button") && !all.contains("hunter2") && !all.contains("myhost"));
        assert!(all.contains("1234"), "{all}");
    }

    #[test]
    fn a_configuration_keeps_switches_and_what_is_read() {
        let text = "# Linux/x86 6.1.1 Kernel Configuration\n# by me@host\nCONFIG_NUMA=y\n# CONFIG_X is not set\nCONFIG_NODES_SHIFT=10\n\
                    CONFIG_PHYSICAL_START=0x1000000\nCONFIG_CMDLINE=\"quiet password=\\\"a b\\\"\"\nCONFIG_KEY=\"hunter2\"\nhunter2\n";
        let wanted = "# Linux/x86 6.1.1 Kernel Configuration\nCONFIG_NUMA=y\n# CONFIG_X is not set\nCONFIG_NODES_SHIFT=10\n\
                      CONFIG_PHYSICAL_START=0x1000000\nCONFIG_CMDLINE=\"quiet password=[masked-1]\"\nCONFIG_KEY=[masked-2]\n";
        assert_eq!(Mask::new(&[]).config(text), wanted);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_and_stays_masked(text in "\\PC{0,120}|((quiet|s=|init=/|root=)?[\"%/ =x\u{1}\u{fffd}-]{0,9}){0,9}|([a-z.=\"' -]{0,9}(password|Command line: |CONFIG_|Linux version |\\n)){0,9}") {
            let mut mask = Mask::new(&[]);
            let once = mask.command_line(&text);
            proptest::prop_assert_eq!(Mask::new(&[]).command_line(&once), once);
            mask.log(&text, false);
            mask.log(&text, true);
            mask.config(&text);
            mask.path(&text);
        }
    }
}
