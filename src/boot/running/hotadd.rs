//! Memory that is added while the system runs: devices, what Linux makes of them or refuses, and why.
//!
//! # Kernel
//! `acpi_memory_enable_device` in drivers/acpi/acpi_memhotplug.c, `add_memory_resource` and `zone_for_pfn_range` in
//! mm/memory_hotplug.c, `memory_add_physaddr_to_nid` in arch/x86/mm/numa.c (6.12: mm/numa_memblks.c); 5.10 to 7.3.

use crate::boot::running::blocks::Why;
use crate::boot::running::online::OnlineState;
use crate::boot::running::policy::Structures;
use crate::boot::stages::zones::Zone;
use crate::memory::PAGE_SIZE;
use std::fmt;
use std::ops::Range;

const MIB: u64 = 1 << 20;

/// What is known of a memory device's place among the nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Home {
    /// Its node.
    Node(u32),
    /// Its proximity domain (_PXM).
    Pxm(u32),
    /// Nothing: the device has no _PXM.
    Unknown,
}

/// A memory device that is added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Its physical addresses in bytes, the end exclusive.
    pub range: Range<u64>,
    /// Its place.
    pub home: Home,
}

/// How a device came to its node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeBy {
    /// It was given.
    Given,
    /// The SRAT gave its proximity domain this node.
    Pxm(u32),
    /// Its address lies in the node's memory as the SRAT has it; its domain, if it has one, has no node.
    Address(Option<u32>),
    /// Nothing else told: the node of the SRAT's first memory.
    First(Option<u32>),
}

impl fmt::Display for NodeBy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let domain = |pxm: &Option<u32>| match pxm {
            Some(pxm) => format!("no entry of the SRAT names domain {pxm}: "),
            None => "no _PXM: ".into(),
        };
        match self {
            NodeBy::Given => write!(out, "as given"),
            NodeBy::Pxm(pxm) => write!(out, "the node of proximity domain {pxm}"),
            NodeBy::Address(pxm) => write!(out, "{}the node around its address", domain(pxm)),
            NodeBy::First(pxm) => write!(out, "{}the node of the first memory in the SRAT", domain(pxm)),
        }
    }
}

/// Why Linux does not add a device's memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HotAddRefusal {
    /// `acpi=off`.
    AcpiOff,
    /// `acpi_no_memhotplug`.
    SwitchedOff,
    /// The kernel was built without memory hotplug, or without that of ACPI.
    NotConfigured,
    /// It does not begin and end at memory blocks.
    Unaligned {
        /// Bytes in a block.
        size: u64,
    },
    /// Something is there already.
    Occupied(Range<u64>),
    /// It ends above what four-level page tables address.
    TooHigh,
    /// Its node is none that the boot left possible.
    Impossible {
        /// The node.
        node: u32,
        /// How it came to it.
        by: NodeBy,
    },
}

impl fmt::Display for HotAddRefusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HotAddRefusal::AcpiOff => write!(out, "acpi=off: Linux sees no memory devices"),
            HotAddRefusal::SwitchedOff => {
                write!(out, "acpi_no_memhotplug: Linux leaves memory devices alone")
            }
            HotAddRefusal::NotConfigured => {
                write!(
                    out,
                    "the kernel was built without CONFIG_MEMORY_HOTPLUG or CONFIG_ACPI_HOTPLUG_MEMORY"
                )
            }
            HotAddRefusal::Unaligned { size } => {
                write!(out, "it does not begin and end at memory blocks of {} MiB", size >> 20)
            }
            HotAddRefusal::Occupied(range) => {
                let last = range.end.saturating_sub(1);
                write!(out, "{:#x}-{last:#x} is in the memory map already", range.start)
            }
            HotAddRefusal::TooHigh => {
                write!(out, "it ends above 64 TiB, the end of physical memory with four-level page tables")
            }
            HotAddRefusal::Impossible { node, by } => match by {
                NodeBy::Given => write!(out, "node {node} is not possible in this boot"),
                by => write!(out, "node {node} ({by}) is not possible in this boot"),
            },
        }
    }
}

/// Why a block goes to a zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// `online_kernel` or `online_movable`.
    Asked(OnlineState),
    /// It lies inside that zone of its node, and in no other.
    Inside(Zone),
    /// Nothing around it tells, and movable_node is given.
    MovableNode,
    /// Nothing around it tells.
    KernelByDefault,
    /// auto-movable: the ratio is 0.
    RatioZero,
    /// auto-movable: a part of the device is kernel memory already.
    PartIsKernel,
    /// auto-movable: the ratio holds.
    WithinRatio,
    /// auto-movable: the ratio would not hold.
    OverRatio {
        /// The node, or the whole system.
        node: Option<u32>,
        /// Movable pages, with what is left of the device.
        movable_pages: u64,
        /// The kernel's pages from boot.
        kernel_pages: u64,
        /// The ratio in percent.
        ratio: u64,
    },
}

impl Reason {
    /// Whether the reason for one block is that for the next one too: where the ratio refuses the first block of a device,
    /// the rest follows it.
    pub(in crate::boot) fn covers(&self, next: &Reason) -> bool {
        self == next || matches!((self, next), (Reason::OverRatio { .. }, Reason::PartIsKernel))
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mib = |pages: &u64| pages / (MIB / PAGE_SIZE);
        match self {
            Reason::Asked(state) => write!(out, "{}", state.name()),
            Reason::Inside(zone) => write!(out, "inside zone {} of its node", zone.name()),
            Reason::MovableNode => write!(out, "movable_node"),
            Reason::KernelByDefault => write!(out, "in no movable zone, and movable_node is not given"),
            Reason::RatioZero => write!(out, "auto-movable with auto_movable_ratio=0"),
            Reason::PartIsKernel => write!(out, "auto-movable: a part of the device is the kernel's"),
            Reason::WithinRatio => write!(out, "auto-movable: within the ratio"),
            Reason::OverRatio { node, movable_pages, kernel_pages, ratio } => {
                let place = node.map_or_else(|| "all".into(), |node| format!("node {node}"));
                let (movable, kernel) = (mib(movable_pages), mib(kernel_pages));
                write!(
                    out,
                    "auto-movable: {place} would have {movable} MiB movable, more than {ratio} % of the kernel's {kernel} MiB"
                )
            }
        }
    }
}

/// Neighbouring blocks of a device that came to the same zone for the same reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddedRun {
    /// Number of the first block.
    pub first: u64,
    /// Number of the last block.
    pub last: u64,
    /// The zone that they are in, or that `online` would put them into.
    pub zone: Zone,
    /// Why.
    pub reason: Reason,
    /// For blocks that stay offline: the zones of `valid_zones`, the one for `online` first.
    pub valid_zones: Vec<Zone>,
}

impl AddedRun {
    /// Whether the blocks can go offline again once they are online in that zone.
    pub fn removal(&self) -> Why {
        if self.zone == Zone::Movable { Why::Added } else { Why::KernelZone(self.zone) }
    }
}

/// A device that Linux took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    /// Its number, from 0.
    pub device: usize,
    /// Its node.
    pub node: u32,
    /// How it came to it.
    pub by: NodeBy,
    /// What its blocks came to.
    pub state: OnlineState,
    /// Its blocks, ascending.
    pub runs: Vec<AddedRun>,
    /// Where its page structures lie.
    pub structures: Structures,
}
