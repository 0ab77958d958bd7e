//! What a kernel log says of the machine and of what happened: one reader for both.
//!
//! Takes dmesg output, /var/log/dmesg, syslog and journal text, captures of consoles, and what people make of them in mails and
//! posts ([`plain`], [`message`]). Lines of any other kind are passed over. Of several boots in a log one counts ([`Boots`]).

mod boots;
mod events;
pub mod header;
mod memblock;
mod plain;
mod posted;
mod prefix;
mod reach;
mod reader;
mod rebuild;
mod shown;

use super::arch::Arch;
use super::efi::EfiMap;
use super::memmap::{Entry, Kind};
use crate::table::{Header, Signature};
pub use boots::{Boots, NoSuchBoot, PassedBoot, Which};
pub use events::{Complaint, Events, FakeNode, FoundTable, Rejected, ReplacedTable, SratCpu, SratLine};
pub use memblock::MemblockLine;
pub use plain::plain;
pub use prefix::{is_stamped, message};
pub use reach::Gap;
pub use shown::LostRam;
use std::ops::Range;

/// How every log of a kernel begins.
pub const FIRST: &str = "Linux version ";

/// A table as the kernel listed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoggedTable {
    /// Signature as the line has it.
    pub signature: Signature,
    /// Physical address, where the line was printed.
    pub address: u64,
    /// Length in bytes, as its header had it.
    pub length: u32,
}

/// A table with what its line shows besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownTable {
    /// What and where it is.
    pub table: LoggedTable,
    /// What the line shows after the length: `(v01 ` and the ids.
    pub shown: String,
}

impl ShownTable {
    /// The header that the line shows; `None` where it shows none (FACS) or is cut short.
    pub fn header(&self) -> Option<Vec<u8>> {
        header::header(self.table.signature, self.table.length, &self.shown)
    }

    /// The ids that the line shows; `None` where it shows none.
    pub fn ids(&self) -> Option<ShownIds> {
        Some(ShownIds::of(&Header::parse(&self.header()?)?))
    }

    /// Whether the line can be about the table of this header.
    pub fn is_alike(&self, header: &Header) -> bool {
        header.length == self.table.length && self.ids().is_none_or(|ids| ids == ShownIds::of(header))
    }
}

/// The ids of a table as a line shows them: NULs as blanks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ShownIds([u8; 6], [u8; 8], u32);

impl ShownIds {
    /// Those of a header.
    pub fn of(header: &Header) -> ShownIds {
        let shown = |byte: u8| if byte == 0 { b' ' } else { byte };
        ShownIds(header.oem_id.map(shown), header.oem_table_id.map(shown), header.oem_revision)
    }
}

/// The facts of a log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KernelLog {
    /// Which boot of the log this is.
    pub which: Which,
    /// The firmware's memory map (`BIOS-e820:` lines, or `extended:` ones where the boot loader gave more than fit).
    pub e820: Vec<Entry>,
    /// The map after mem= and memmap= (`user:` lines).
    pub user_map: Vec<Entry>,
    /// The map that Xen gives to a paravirtualised guest (`Xen:` lines).
    pub xen_map: Vec<Entry>,
    /// RAM that was taken out of the map because the MTRRs leave it uncached.
    pub uncached: Vec<Range<u64>>,
    /// EFI's memory map (with `efi=debug`).
    pub efi: EfiMap,
    /// The root tables: RSDP, RSDT, XSDT.
    pub roots: Vec<ShownTable>,
    /// The tables in the order in which the kernel installed them. Those that an archive replaced have the firmware's address
    /// and the archive's length.
    pub tables: Vec<LoggedTable>,
    /// What the lines of `tables` show after the length, each at the same place.
    pub shown: Vec<String>,
    /// The tables that an archive added.
    pub added: Vec<LoggedTable>,
    /// The tables that an archive replaced.
    pub replaced: Vec<Signature>,
    /// Where the initrd lay, if the boot loader gave one.
    pub ramdisk: Option<Range<u64>>,
    /// Where data of nodes lie (`NODE_DATA`), from 3.7 on.
    pub node_data: Vec<Range<u64>>,
    /// The page frames at which RAM ends, and RAM below 4 GiB (`last_pfn`).
    pub last_pfns: Vec<u64>,
    /// What memblock reserved and gave back, in order, as far as the zones (with `memblock=debug`).
    pub memblock: Vec<MemblockLine>,
    /// Where early page tables lay in the kernel's own heap (`BRK` lines, up to 5.7).
    pub brk: Vec<Range<u64>>,
    /// Whether tables were replaced or added in that boot.
    pub upgraded: bool,
    /// The release of the kernel that wrote it.
    pub release: Option<String>,
    /// The command line as the boot loader gave it.
    pub given_line: Option<String>,
    /// The command line that the kernel acted on: with what is built into it.
    pub kernel_line: Option<String>,
    /// The architecture, where a line shows it.
    pub arch: Option<Arch>,
    /// Whether the kernel ran as a paravirtualised guest of Xen.
    pub xen_pv: bool,
    /// Whether the processor reports a hypervisor, where the log says so.
    pub hypervisor: Option<bool>,
    /// Whether firmware booted with Secure Boot on.
    pub secure_boot: bool,
    /// Why the kernel was locked down, in its words; `None` where no line says so.
    pub locked_down: Option<String>,
    /// Whether firmware had switched the processor to x2APIC.
    pub x2apic: bool,
    /// Bytes in a memory block, where a line says so.
    pub block_size: Option<u64>,
    /// Whether RAM was mapped with pages of 1 GiB, where the log is whole enough to say so.
    pub gb_pages: Option<bool>,
    /// What happened: tables, SRAT, zones.
    pub events: Events,
}

/// Reads a log: of several boots the last that has a version line and a memory map.
pub fn parse(text: &str) -> KernelLog {
    Boots::of(text).choose(None).unwrap_or_default()
}

/// Reads the log of one boot, one message a line.
fn read(text: &str) -> KernelLog {
    let mut reader = reader::Reader::default();
    for line in text.lines() {
        reader.line(message(line));
    }
    reader.finish()
}

impl KernelLog {
    /// The command line that the kernel acted on. A long one is cut at the kernel's longest line; then the longer counts.
    pub fn command_line(&self) -> Option<&str> {
        match (&self.kernel_line, &self.given_line) {
            (Some(own), Some(given)) if given.starts_with(own.as_str()) => Some(given),
            (own, given) => own.as_deref().or(given.as_deref()),
        }
    }

    /// The release of the kernel; where the version line is not in the log, the one that the name of the kernel's file ends with
    /// (`BOOT_IMAGE=/boot/vmlinuz-6.1.0-20-amd64`).
    pub fn release_or_image(&self) -> Option<&str> {
        self.release.as_deref().or_else(|| {
            let mut words = self.command_line()?.split_whitespace();
            let path = words.find_map(|word| word.strip_prefix("BOOT_IMAGE="))?;
            let (_, release) = path.rsplit(['/', '\\']).next()?.split_once('-')?;
            let is_release = release.starts_with(|sign: char| sign.is_ascii_digit()) && release.contains('.');
            is_release.then_some(release)
        })
    }

    /// Whether the log has RAM of a memory map: one that was searched for a word has some lines of it, and not these.
    pub fn has_map(&self) -> bool {
        let has_ram = |map: &[Entry]| map.iter().any(|entry| entry.kind == Kind::RAM);
        has_ram(&self.e820) || has_ram(&self.user_map) || has_ram(&self.xen_map)
    }

    /// Whether nothing in it is known.
    pub fn is_silent(&self) -> bool {
        let nothing = KernelLog { which: self.which.clone(), ..KernelLog::default() };
        *self == nothing
    }

    /// Where the kernel image ended: its early heap, which is reserved once the log can show it, lies right after it.
    pub fn kernel_end(&self) -> Option<u64> {
        let heap = self
            .memblock
            .iter()
            .find(|line| matches!(line.caller.as_str(), "setup_arch" | "reserve_brk"))
            .filter(|line| !line.freed)?;
        let len = heap.range.end - heap.range.start;
        (heap.range.start >= 1 << 20 && len <= 0x3_0000).then_some(heap.range.start)
    }
}

#[cfg(test)]
mod tests;
