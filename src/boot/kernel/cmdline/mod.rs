//! The command line as Linux reads it: parsed once into parameters, of which every stage asks for its own.
//!
//! Three readers look at one line. Most options are read with `-` and `_` alike; the decompressor and the EFI stub compare
//! names to the letter ([`Cmdline::to_the_letter`], [`Cmdline::word`]); `crashkernel=` is looked for as text wherever it
//! stands ([`Cmdline::anywhere`]). Which option is whose is one table: [`options::OPTIONS`].
//!
//! # Kernel
//! `parse_args`, `parameq` and `next_arg` (kernel/params.c, lib/cmdline.c), `obsolete_checksetup` (init/main.c),
//! `handle_mem_options` (arch/x86/boot/compressed/kaslr.c), `cmdline_find_option` (arch/x86/boot/cmdline.c),
//! `get_last_crashkernel` (kernel/crash_core.c or kernel/crash_reserve.c); the same from 5.10 to 7.3.

mod append;
pub mod findings;
pub mod options;
mod values;

use crate::boot::kernel::release::{Change, Release};
use crate::budget;
use crate::bytes::start_of;
pub use append::{NotThere, appended};
use options::Known;
pub(in crate::boot) use values::integer;
pub use values::{CoreSize, MapChange, memparse, number};

/// The most bytes of a command line that Linux keeps on x86: COMMAND_LINE_SIZE less the NUL.
pub const MOST_BYTES: usize = 2047;

/// `numa=`, the last one given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Numa {
    /// Not given, or without effect on nodes.
    #[default]
    On,
    /// `numa=off`: one node, nothing is read.
    Off,
    /// `numa=noacpi`: the SRAT is not read.
    NoAcpi,
}

/// One parameter, as it stands on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Its name, with `_` for every `-`: what [`Cmdline::all`] and [`Cmdline::last`] are asked for.
    pub name: String,
    /// Its name to the letter.
    pub written: String,
    /// What follows the first `=`, without the quotes around it; `None` without one.
    pub value: Option<String>,
}

impl Parameter {
    fn new(written: &str, value: Option<&str>) -> Parameter {
        let len = 3 * size_of::<Parameter>() + 2 * written.len() + value.map_or(0, str::len);
        budget::need(len, "the list of the command line's options");
        Parameter {
            name: written.replace('-', "_"),
            written: written.to_owned(),
            value: value.map(str::to_owned),
        }
    }

    /// The value; empty where there is none.
    pub fn text(&self) -> &str {
        self.value.as_deref().unwrap_or("")
    }

    /// `NAME=VALUE` as given. For messages: escape before printing.
    pub fn shown(&self) -> String {
        self.value.as_ref().map_or_else(|| self.written.clone(), |value| format!("{}={value}", self.written))
    }
}

/// What the command line says, as far as tables and zones go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cmdline {
    text: String,
    lost: usize,
    parameters: Vec<Parameter>,
    /// Options that are given and that the release does not know yet.
    pub unknown: Vec<&'static Known>,
    /// `movable_node`, with any value.
    pub movable_node: bool,
    /// `kernelcore=` in bytes or percent.
    pub kernelcore: CoreSize,
    /// `movablecore=` in bytes or percent.
    pub movablecore: CoreSize,
    /// `kernelcore=mirror`: what is mirrored stays with the kernel, all else above 4 GiB is movable.
    pub kernelcore_mirror: bool,
    /// `kernelcore` without a value: Linux does not survive it.
    pub kernelcore_without_value: bool,
    /// Changes to the memory map, in order.
    pub map: Vec<MapChange>,
    /// Whether an option made the map the user's, so that it must be a valid one.
    pub map_is_user_defined: bool,
    /// `numa=off` or `numa=noacpi`: whether nodes are made, and of the SRAT.
    pub numa: Numa,
    /// `numa=fake=` and what follows.
    pub numa_fake: Option<String>,
    /// `acpi=off`: no ACPI tables are used.
    pub acpi_off: bool,
    /// `acpi=rsdt`: the RSDT is walked even if there is an XSDT.
    pub acpi_rsdt: bool,
    /// `acpi_no_static_ssdt`: SSDTs are not installed during boot.
    pub acpi_no_static_ssdt: bool,
    /// `acpi_force_table_verification`: tables are verified when they are installed.
    pub acpi_force_table_verification: bool,
    /// `acpi_force_32bit_fadt_addr`: the FADT's 32-bit addresses win.
    pub acpi_force_32bit_fadt_addr: bool,
    /// `acpi=copy_dsdt`: the DSDT is copied to the kernel's memory before it is loaded.
    pub acpi_copy_dsdt: bool,
    /// `acpi_apic_instance=`: which MADT is read, counted from 1; 0 and 1 are the first.
    pub acpi_apic_instance: Option<i32>,
    /// `noinitrd`: the initrd is not unpacked. Its tables are found all the same.
    pub noinitrd: bool,
    /// `acpi_rsdp=`: the RSDP's physical address.
    pub acpi_rsdp: Option<u64>,
    /// `lockdown=integrity` or `lockdown=confidentiality`.
    pub lockdown: bool,
    /// `efi=nosoftreserve`: memory that firmware keeps for a purpose is RAM like any other.
    pub no_soft_reserve: bool,
    /// `log_buf_len=` in bytes, rounded up to a power of two as Linux does.
    pub log_buf_len: Option<u64>,
    /// `reservelow=` in KiB: how much of low memory is reserved.
    pub reservelow_kib: Option<u64>,
    /// `acpi_no_memhotplug`: ACPI's memory devices are not added.
    pub acpi_no_memhotplug: bool,
    /// `memhp_default_state=`, the last valid one.
    pub memhp_default_state: Option<String>,
    /// `memblock=debug`: each reservation is told in the log.
    pub memblock_debug: bool,
    /// Options that Linux ignores or refuses, with what it makes of them. For messages: escape before printing.
    pub ignored: Vec<(String, &'static str)>,
}

impl Cmdline {
    /// Reads a command line as the newest release does; nothing in it is an error, since Linux boots with any. Linux keeps the
    /// first [`MOST_BYTES`] of it.
    pub fn parse(text: &str) -> Cmdline {
        let text = text.trim();
        let kept = start_of(text, MOST_BYTES);
        let mut rest = kept;
        let parameters = std::iter::from_fn(|| next_parameter(&mut rest)).collect();
        let lost = text.len() - kept.len();
        Cmdline { text: kept.to_owned(), lost, parameters, ..Cmdline::default() }.taken(None)
    }

    /// The line as a release reads it: options that came later are ignored, and said so.
    pub fn heeded_by(self, release: &Release) -> Cmdline {
        let Cmdline { text, lost, parameters, .. } = self;
        Cmdline { text, lost, parameters, ..Cmdline::default() }.taken(Some(release))
    }

    /// What the options say, by the rules of a release or else of the newest.
    fn taken(mut self, release: Option<&Release>) -> Cmdline {
        let parameters = std::mem::take(&mut self.parameters);
        for parameter in &parameters {
            let Some(known) = Known::of(parameter) else { continue };
            let is_known = |release: &&Release| known.since.is_none_or(|change| release.has(change));
            if release.is_none_or(|release| is_known(&release)) {
                (known.take)(&mut self, parameter, release);
            } else if !self.unknown.iter().any(|other| std::ptr::eq(*other, known)) {
                self.unknown.push(known);
            }
        }
        self.parameters = parameters;
        if self.movable_node && release.is_some_and(|release| !release.movable_node) {
            self.movable_node = false;
            self.ignore("movable_node", None, "this kernel is built without it");
        }
        if release.is_some_and(|release| !release.has(Change::PERCENT_SIZES)) {
            for size in [&mut self.kernelcore, &mut self.movablecore] {
                if size.percent > 0 {
                    // The number counts as bytes, which is less than a page.
                    *size = CoreSize::default();
                    self.ignored.push(("a percentage".into(), "this release takes it for so many bytes"));
                }
            }
        }
        self
    }

    /// The text that Linux keeps, without blanks around it. For messages: escape before printing.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How many bytes at the end of the line Linux does not keep.
    pub fn lost(&self) -> usize {
        self.lost
    }

    /// All parameters in order, up to `--`.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// The parameters of this name, which is written with `_`, in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl DoubleEndedIterator<Item = &'a Parameter> {
        self.parameters.iter().filter(move |parameter| parameter.name == name)
    }

    /// The last parameter of this name, which is written with `_`.
    pub fn last<'a>(&'a self, name: &'a str) -> Option<&'a Parameter> {
        self.all(name).next_back()
    }

    /// Name and value of the parameters as the decompressor and the EFI stub read them: names to the letter.
    ///
    /// # Kernel
    /// `handle_mem_options` in arch/x86/boot/compressed/kaslr.c, `efi_parse_options` in drivers/firmware/efi/libstub.
    pub fn to_the_letter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.parameters.iter().map(|parameter| (parameter.written.as_str(), parameter.value.as_deref()))
    }

    /// The value of the last word `NAME=VALUE` as the decompressor looks for it: quotes and `--` mean nothing to it.
    ///
    /// # Kernel
    /// `__cmdline_find_option` in arch/x86/boot/cmdline.c.
    pub fn word(&self, name: &str) -> Option<&str> {
        self.words().filter_map(|word| word.strip_prefix(name)?.strip_prefix('=')).next_back()
    }

    /// Whether a word is this one, as the decompressor looks for it.
    ///
    /// # Kernel
    /// `__cmdline_find_option_bool` in arch/x86/boot/cmdline.c.
    pub fn has_word(&self, name: &str) -> bool {
        self.words().any(|word| word == name)
    }

    fn words(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.text.split(|character| character <= ' ')
    }

    /// What follows `NAME=` wherever that stands, be it in another word or in quotes, up to the next blank.
    ///
    /// # Kernel
    /// `get_last_crashkernel` in kernel/crash_core.c or kernel/crash_reserve.c.
    pub fn anywhere<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let wanted = format!("{name}=");
        let mut rest = self.text.as_str();
        std::iter::from_fn(move || {
            rest = rest.split_once(&wanted)?.1;
            rest.split(' ').next()
        })
    }

    /// Whether `nokaslr` keeps the kernel from being put at a random place. The EFI stub reads parameters, the decompressor
    /// words.
    pub fn forbids_kaslr(&self, by_stub: bool) -> bool {
        match by_stub {
            true => self.to_the_letter().any(|(name, _)| name == "nokaslr"),
            false => self.has_word("nokaslr"),
        }
    }

    /// The parameters that nobody here knows and that one letter makes one that is known, with that.
    pub fn misspelled(&self) -> impl Iterator<Item = (&Parameter, &'static Known)> {
        self.parameters.iter().filter_map(|parameter| Some((parameter, options::meant(parameter)?)))
    }

    fn ignore(&mut self, name: &str, value: Option<&str>, why: &'static str) {
        self.ignored.push((Parameter::new(name, value).shown(), why));
    }

    /// # Kernel
    /// `parse_memopt` in arch/x86/kernel/e820.c.
    fn take_mem(&mut self, parameter: &Parameter) {
        // The map counts as the user's even when the size is none.
        self.map_is_user_defined |= parameter.value.as_deref().is_some_and(|text| text != "nopentium");
        match parameter.value.as_deref().map(memparse) {
            Some((0, _)) | None => self.ignored.push((parameter.shown(), "it gives no size")),
            Some((limit, _)) => self.map.push(MapChange::Limit(limit)),
        }
    }

    /// # Kernel
    /// `parse_memmap_one` in arch/x86/kernel/e820.c.
    fn take_memmap(&mut self, one: &str, knows_conversions: bool) {
        match values::map_change(one) {
            Ok(change) => {
                self.map_is_user_defined = true;
                self.map.push(if knows_conversions { change } else { change.before_conversions() });
            }
            Err((why, is_user_defined)) => {
                self.map_is_user_defined |= is_user_defined;
                self.ignore("memmap", Some(one), why);
            }
        }
    }
}

/// Takes the next parameter off a text; `None` at its end or at `--`. Quotes may hold blanks.
///
/// # Kernel
/// `next_arg` in lib/cmdline.c.
fn next_parameter(rest: &mut &str) -> Option<Parameter> {
    let text = rest.trim_start_matches(is_space);
    let inner = text.strip_prefix('"');
    let (mut quoted, mut equals) = (inner.is_some(), 0);
    let text = inner.unwrap_or(text);
    let end = text.char_indices().find(|(at, character)| {
        if !quoted && is_space(*character) {
            return true;
        }
        // A first letter = does not end a name.
        if equals == 0 && *character == '=' {
            equals = *at;
        }
        quoted ^= *character == '"';
        false
    });
    let (word, after) = text.split_at(end.map_or(text.len(), |(at, _)| at));
    *rest = after;
    let unquoted = |text| Option::unwrap_or(str::strip_suffix(text, '"'), text);
    let (name, value) = match word.split_at_checked(equals).filter(|_| equals > 0) {
        Some((name, value)) => (name, value.strip_prefix('=')),
        None => (word, None),
    };
    let parameter = match value {
        // One quote at the end goes with the one before the value, or else with the one before the name.
        Some(value) => {
            let opened = value.strip_prefix('"');
            let value = opened.map_or(value, unquoted);
            let value = if inner.is_some() && opened.is_none() { unquoted(value) } else { value };
            Parameter::new(name, Some(value))
        }
        None => Parameter::new(if inner.is_some() { unquoted(name) } else { name }, None),
    };
    let ends = parameter.written.is_empty() && value.is_none() && rest.is_empty();
    let stops = parameter.written == "--" && parameter.value.is_none();
    (!ends && !stops).then_some(parameter)
}

fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_the_kernel_reads_them() {
        assert_eq!(memparse("64M$0x10000000"), (64 << 20, "$0x10000000"));
        assert_eq!(memparse("-1"), (0, "-1"));
        assert_eq!(number("010"), (8, ""));
        assert_eq!(number("0x"), (0, "x"));
        assert_eq!(memparse("1e"), (1 << 60, ""));
        assert_eq!(number("99999999999999999999").1, "");
    }

    #[test]
    fn an_instance_is_a_whole_number() {
        let read = |text: &str| Cmdline::parse(&format!("acpi_apic_instance={text}")).acpi_apic_instance;
        assert_eq!(
            [read("2"), read("0x10"), read("-1"), read("010")],
            [Some(2), Some(16), Some(-1), Some(8)]
        );
        for bad in ["", "x", "2x", "99999999999", "--1"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn parameters_are_split_at_blanks_outside_quotes() {
        let all = |text: &str| Cmdline::parse(text).parameters;
        let own = Parameter::new;
        assert_eq!(
            all(" a=1 b \"c=d e\" f=\"g h\"  -- movable_node"),
            [own("a", Some("1")), own("b", None), own("c", Some("d e")), own("f", Some("g h"))]
        );
        assert_eq!(
            all("=x =a=b c= d=\"e\"f \"g h\" i=\"j"),
            [
                own("=x", None),
                own("=a", Some("b")),
                own("c", Some("")),
                own("d", Some("e\"f")),
                own("g h", None),
                own("i", Some("j")),
            ]
        );
        assert_eq!(all("\"--\" a"), []);
        assert_eq!(all("--=1 a").len(), 2);
    }

    #[test]
    fn dash_and_underscore_are_one_but_for_who_compares_to_the_letter() {
        let line = Cmdline::parse(
            "hugetlb-cma=1G acpi-rsdp=0x1000 acpi-no-memhotplug noinitrdx memory-hotplug.online-policy=auto-movable",
        );
        assert_eq!(line.last("hugetlb_cma").map(Parameter::text), Some("1G"));
        assert_eq!(line.last("memory_hotplug.online_policy").map(Parameter::text), Some("auto-movable"));
        assert!(line.acpi_no_memhotplug && line.noinitrd && line.acpi_rsdp == Some(0x1000));
        assert_eq!(line.word("acpi_rsdp"), None);
        assert!(line.to_the_letter().all(|(name, _)| name != "hugetlb_cma"));
    }

    #[test]
    fn the_decompressor_reads_words_and_crashkernel_is_found_anywhere() {
        let line = Cmdline::parse("a=\"b acpi=off\" -- nokaslr xcrashkernel=1M,high");
        assert_eq!((line.word("acpi"), line.word("a")), (Some("off\""), Some("\"b")));
        assert!(line.forbids_kaslr(false) && !line.forbids_kaslr(true));
        let one = Cmdline::parse("nokaslr=1");
        assert!(!one.forbids_kaslr(false) && one.forbids_kaslr(true));
        assert_eq!(line.anywhere("crashkernel").collect::<Vec<_>>(), ["1M,high"]);
    }

    #[test]
    fn linux_keeps_2047_bytes() {
        let line = Cmdline::parse(&format!("{} movable_node", "x".repeat(2034)));
        assert_eq!((line.text().len(), line.lost(), line.movable_node), (2047, 0, true));
        let line = Cmdline::parse(&format!("{} movable_node", "x".repeat(2035)));
        assert_eq!((line.lost(), line.movable_node), (1, false));
    }

    #[test]
    fn sizes_and_percentages_keep_their_own_state() {
        let line = Cmdline::parse("movablecore=300M movablecore=0% kernelcore=50.5% kernelcore=mirrorx");
        assert_eq!(line.movablecore, CoreSize { bytes: 300 << 20, percent: 0 });
        assert_eq!(line.kernelcore, CoreSize::default());
        assert!(!line.kernelcore_mirror);
        assert!(Cmdline::parse("kernelcore=1G,mirror").kernelcore_mirror);
        assert!(Cmdline::parse("movable-node").movable_node);
        assert!(Cmdline::parse("kernelcore").kernelcore_without_value);
    }

    #[test]
    fn old_releases_read_what_they_know() {
        let read =
            |release: &str, line: &str| Cmdline::parse(line).heeded_by(&Release::parse(release).unwrap());
        let line = "movable_node kernelcore=mirror movablecore=30% memmap=1G%4G-1+2";
        let (old, new) = (read("3.10", line), read("6.1", line));
        assert_eq!(
            (old.movable_node, old.kernelcore_mirror, old.movablecore),
            (false, false, CoreSize::default())
        );
        assert_eq!((old.map, old.ignored.len(), old.unknown.len()), (vec![MapChange::Limit(1 << 30)], 2, 1));
        assert_eq!((new.movable_node, new.kernelcore_mirror, new.movablecore.percent), (true, true, 30));
        assert!(new.ignored.is_empty());
    }

    #[test]
    fn map_changes_keep_their_order() {
        let line =
            Cmdline::parse("memmap=exactmap,639K@0 mem=2G memmap=16M$300M memmap=1M%4G-1+2 mem=0 memmap=x");
        assert_eq!(
            line.map,
            [
                MapChange::Exact,
                MapChange::Add { start: 0, size: 639 << 10, kind: 1 },
                MapChange::Limit(2 << 30),
                MapChange::Add { start: 300 << 20, size: 16 << 20, kind: 2 },
                MapChange::Convert { start: 4 << 30, size: 1 << 20, from: 1, to: 2 },
            ]
        );
        assert_eq!(line.ignored.len(), 2);
    }
}
