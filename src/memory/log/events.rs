//! What a kernel log tells of override tables, of the SRAT and of the zones, in the kernel's own words.

use super::LoggedTable;
use crate::table::Signature;
use std::ops::Range;

/// A table that was found in the initrd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundTable {
    /// Its signature as the line has it.
    pub signature: Signature,
    /// Its name as the kernel prints it: behind the folder, cut to 17 characters.
    pub name: String,
    /// Length in bytes, as the line has it.
    pub length: u32,
}

/// A file that was looked at and refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// What the line says that is wrong with it.
    pub why: String,
    /// The file's name, as in [`FoundTable`].
    pub name: String,
}

/// A table of the firmware whose place one of the archive took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplacedTable {
    /// Signature, which both tables share.
    pub signature: Signature,
    /// Where the firmware's lies.
    pub firmware: u64,
    /// Where the new one was copied.
    pub copy: u64,
}

/// A memory entry of the SRAT, as the kernel read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SratLine {
    /// The node that Linux made of the domain.
    pub node: u32,
    /// Proximity domain as Linux read it.
    pub pxm: u32,
    /// The first byte, a physical address.
    pub start: u64,
    /// The last byte, inclusive as the line has it.
    pub last: u64,
    /// Whether the line says `hotplug`.
    pub hotpluggable: bool,
    /// Whether the line says `non-volatile`.
    pub non_volatile: bool,
}

/// A processor of the SRAT, as the kernel read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SratCpu {
    /// The node that Linux made of the domain.
    pub node: u32,
    /// Proximity domain as Linux read it.
    pub pxm: u32,
    /// The processor's APIC ID.
    pub apic: u32,
}

/// A node that `numa=fake` made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FakeNode {
    /// The number that it got.
    pub node: u32,
    /// Its physical addresses in bytes, the end exclusive.
    pub range: Range<u64>,
}

/// A line about a fault of a table or of AML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// The line, without blanks around it.
    pub text: String,
}

/// What a log tells of tables, nodes and zones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Events {
    /// All lines about override tables, in order.
    pub lines: Vec<String>,
    /// Tables found in the initrd, in order.
    pub found: Vec<FoundTable>,
    /// Files refused, in order.
    pub rejected: Vec<Rejected>,
    /// The line that says that lockdown makes Linux ignore them.
    pub locked_down: Option<String>,
    /// Tables replaced, in order.
    pub replaced: Vec<ReplacedTable>,
    /// The list of tables, in order, each where it lies: those of the archive in their copy.
    pub tables: Vec<LoggedTable>,
    /// Signature and address of each table that was added, in order.
    pub installed: Vec<(Signature, u64)>,
    /// How often a table was said to be replaced or added: `Table Upgrade:` lines and their older form.
    pub announced: Vec<Signature>,
    /// Memory entries of the SRAT, in order.
    pub srat: Vec<SratLine>,
    /// Processors of the SRAT, in order; kernels from 6.12 on say nothing of them.
    pub cpus: Vec<SratCpu>,
    /// Nodes that numa=fake made.
    pub fake_nodes: Vec<FakeNode>,
    /// First and last page of each node, as bytes: "Initmem setup node".
    pub spans: Vec<(u32, Range<u64>)>,
    /// Pages of each node: "On node N totalpages" (up to 5.19, or with debug messages).
    pub total_pages: Vec<(u32, u64)>,
    /// Pages of each node's zones.
    pub zone_pages: Vec<(u32, String, u64)>,
    /// Bytes of RAM in zones: "Memory: .../...K available".
    pub managed: Option<u64>,
    /// Lines about faults of tables and AML, in order.
    pub complaints: Vec<Complaint>,
    /// Why the SRAT is not used, where the log says that it is not.
    pub srat_refused: Option<String>,
    /// The ranges of the zones that are not empty, by name.
    pub zone_ranges: Vec<(String, Range<u64>)>,
    /// Where ZONE_MOVABLE starts on each node.
    pub movable_start: Vec<(u32, u64)>,
    /// Memory with its node (-1 or 1024 for none), in order: "Early memory node ranges".
    pub memory: Vec<(i64, Range<u64>)>,
    /// Whether the log has the zones whole, so that a node without a start has no movable zone.
    pub has_zones: bool,
    /// Whether the log ends in the list of `memory`.
    pub ends_in_ranges: bool,
    /// How many nodes are online once all processors are: "Brought up N nodes".
    pub online_nodes: Option<usize>,
    /// What the unpacker of the initrd says when it fails.
    pub unpacking_failed: Option<String>,
    /// Whether Linux mounted the root file system itself, without an /init.
    pub mounted_root: bool,
    /// Whether memory was added while the system runs.
    pub hot_added: bool,
}
