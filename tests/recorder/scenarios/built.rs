//! Switches of a configuration that Debian's kernels have otherwise, or never otherwise: boots of kernels that
//! tests/kernels/build-kernel makes of the files in tests/kernels/built.

use super::super::scenario::{Module, Scenario};
use super::super::tables::{Affinity, HOT, cedt, srat, table};
use super::{GIB, KIB, MIB};
use std::ops::Range;

fn memory(domain: u32, range: Range<u64>, flags: u32) -> Affinity {
    Affinity::Memory(domain, range, flags)
}

/// A SRAT with two processors of domain 0 and this memory.
fn affinity(memory: &[Affinity]) -> Vec<u8> {
    srat(3, &[&[Affinity::Cpu(0, 0), Affinity::Cpu(1, 0)], memory].concat())
}

/// RAM below 2 GiB, and from 4 GiB on, each of so many domains with the same size.
fn domains(count: u32) -> Vec<u8> {
    let size = 2 * GIB / u64::from(count - 1);
    let low = (0..count - 1).map(|domain| {
        let start = u64::from(domain) * size;
        memory(domain, start..if domain == count - 2 { 2 * GIB } else { start + size }, 0)
    });
    affinity(&low.chain([memory(count - 1, 4 * GIB..5 * GIB, HOT)]).collect::<Vec<_>>())
}

/// Domain 0 below 2 GiB, domain 1 from 4 GiB on and hot-pluggable.
fn marked() -> Vec<u8> {
    affinity(&[memory(0, 0..2 * GIB, 0), memory(1, 4 * GIB..5 * GIB, HOT)])
}

/// Domain 0 around domain 1, whose low part ends in a hole.
fn around_two() -> [Affinity; 4] {
    let half = 4 * GIB + 512 * MIB;
    [
        memory(0, 0..GIB, 0),
        memory(1, GIB..2 * GIB, 0),
        memory(1, 4 * GIB..half, 0),
        memory(0, half..5 * GIB, 0),
    ]
}

/// Domain 1 below 2 GiB, whose last block has a hole at its end; domain 2 lies on both sides of that.
fn behind_another() -> [Affinity; 4] {
    [
        memory(0, 0..512 * MIB, 0),
        memory(1, GIB..2 * GIB, 0),
        memory(2, 512 * MIB..GIB, 0),
        memory(2, 4 * GIB..5 * GIB, 0),
    ]
}

const NOT_DEFERRED: &str = "without CONFIG_DEFERRED_STRUCT_PAGE_INIT a hole in a memory block counts for the node of the memory after it";

pub fn scenarios() -> Vec<Scenario> {
    [few_nodes(), deferred(), fixed_memory(), low_reserved(), no_cxl()].concat()
}

fn few_nodes() -> Vec<Scenario> {
    let one = |name, decides, table: Vec<u8>, line: &str| {
        Scenario::new("6.12", name, decides, &[3072], line).built("few-nodes").with_firmware(&[table])
    };
    // The image takes the marks of what it lies in, and not those of the 16 MiB before.
    let pieces = [
        memory(0, 0..16 * MIB, 0),
        memory(1, 16 * MIB..32 * MIB, HOT),
        memory(2, 32 * MIB..2 * GIB, HOT),
        memory(3, 4 * GIB..5 * GIB, HOT),
    ];
    let start = one(
        "start",
        "CONFIG_PHYSICAL_START without CONFIG_RANDOMIZE_BASE: the image lies at 32 MiB",
        affinity(&pieces),
        "",
    );
    let not_deferred = |name, memory: &[Affinity]| {
        one(name, NOT_DEFERRED, affinity(memory), "").unless_switches("CONFIG_DEFERRED_STRUCT_PAGE_INIT=y")
    };
    vec![
        one("four-nodes", "CONFIG_NODES_SHIFT=2: four nodes fit", domains(4), "")
            .unless_switches("CONFIG_NODES_SHIFT=1"),
        one("five-nodes", "CONFIG_NODES_SHIFT=2: a fifth domain spoils the table", domains(5), "")
            .unless_switches("CONFIG_NODES_SHIFT=10"),
        one("fake-eight", "CONFIG_NODES_SHIFT=2: numa=fake=8 makes four nodes", marked(), "numa=fake=8")
            .unless_switches("CONFIG_NODES_SHIFT=10")
            .unless_switches("# CONFIG_NUMA_EMU is not set"),
        one("built-in-line", "CONFIG_CMDLINE stands in front of the boot loader's line", marked(), "")
            .unless_switches("# CONFIG_CMDLINE_BOOL is not set"),
        not_deferred("hole-of-own", &around_two()),
        not_deferred("hole-of-next", &behind_another()),
        Scenario { kaslr: true, ..start },
        plugged("6.12", "CONFIG_MHP_DEFAULT_ONLINE_TYPE_ONLINE_MOVABLE: memory that is added is movable")
            .built("few-nodes"),
    ]
}

/// Two nodes, and a module for the first of them.
fn plugged(release: &'static str, decides: &'static str) -> Scenario {
    Scenario::new(release, "added", decides, &[1024, 1024], "")
        .plugged(Module { node: 0, range: 4 * GIB..4 * GIB + 512 * MIB })
}

fn deferred() -> Vec<Scenario> {
    let one =
        |name, decides, line: &str| Scenario::new("6.12", name, decides, &[3072], line).built("deferred");
    // Where the log's buffer would be taken from below.
    let low = [
        memory(0, 0..MIB, 0),
        memory(1, MIB..12 * MIB, HOT),
        memory(2, 12 * MIB..2 * GIB, 0),
        memory(3, 4 * GIB..5 * GIB, 0),
    ];
    let random = one(
        "align",
        "CONFIG_PHYSICAL_ALIGN=0x1000000: the image lies at a multiple of 16 MiB",
        "movable_node",
    );
    vec![
        one(
            "hole-of-first",
            "CONFIG_DEFERRED_STRUCT_PAGE_INIT: a hole in a memory block counts for the first node",
            "",
        )
        .with_firmware(&[affinity(&around_two())])
        .unless_switches("# CONFIG_DEFERRED_STRUCT_PAGE_INIT is not set"),
        one(
            "log-buffer",
            "CONFIG_LOG_BUF_SHIFT=22: log_buf_len=1M reserves nothing",
            "movable_node log_buf_len=1M",
        )
        .with_firmware(&[affinity(&low)])
        .unless_switches("CONFIG_LOG_BUF_SHIFT=17"),
        one(
            "contiguous",
            "CONFIG_CMA_SIZE_MBYTES=256: it is taken after the SRAT and takes no marks",
            "movable_node kernelcore=1G",
        )
        .with_firmware(&[marked()])
        .unless_reserved("0x100000000-0x110000000"),
        one(
            "forced-lockdown",
            "CONFIG_LOCK_DOWN_KERNEL_FORCE_CONFIDENTIALITY comes too late to refuse the archive",
            "movable_node",
        )
        .with_archive(&[marked(), table(b"SSDT", 2, b"")])
        .unless_release("6.1"),
        Scenario { kaslr: true, ..random.with_firmware(&[domains(4)]) },
        plugged("6.12", "CONFIG_MHP_DEFAULT_ONLINE_TYPE_ONLINE_KERNEL: memory that is added is the kernel's")
            .built("deferred"),
    ]
}

fn fixed_memory() -> Vec<Scenario> {
    let one = |release, name, decides, line: &str| {
        Scenario::new(release, name, decides, &[3072], line).built("fixed-memory")
    };
    let marks = |release, decides| {
        one(release, "marks", decides, "movable_node")
            .with_firmware(&[marked()])
            .unless_switches("CONFIG_MEMORY_HOTPLUG=y\nCONFIG_MEMORY_HOTREMOVE=y")
    };
    let table_of = |release| {
        one(release, "archive", "without CONFIG_ACPI_TABLE_UPGRADE nothing is taken from the initrd", "")
            .with_archive(&[marked(), table(b"SSDT", 2, b"")])
            .unless_switches("CONFIG_ACPI_TABLE_UPGRADE=y")
    };
    vec![
        marks("6.12", "without CONFIG_MEMORY_HOTPLUG hot-pluggable marks mean nothing"),
        table_of("6.12"),
        one("6.12", "no-dma", "without CONFIG_ZONE_DMA all below 4 GiB is DMA32", "kernelcore=40%")
            .with_firmware(&[marked()])
            .unless_switches("CONFIG_ZONE_DMA=y"),
        one("6.12", "window", "before 7.2 CXL windows count without CONFIG_CXL_ACPI", "")
            .with_firmware(&[
                affinity(&[memory(0, 0..2 * GIB, 0), memory(1, 4 * GIB..4 * GIB + 512 * MIB, 0)]),
                cedt(4 * GIB..8 * GIB),
            ])
            .unless_release("5.10"),
        marks("5.10", "without CONFIG_MEMORY_HOTPLUG a hot-pluggable entry is left out"),
    ]
}

fn low_reserved() -> Vec<Scenario> {
    let one =
        |name, decides, line: &str| Scenario::new("5.10", name, decides, &[3072], line).built("low-reserved");
    let low = |end: u64| {
        affinity(&[
            memory(0, 0..0x2_0000, 0),
            memory(1, 0x2_0000..end, HOT),
            memory(0, end..2 * GIB, 0),
            memory(1, 4 * GIB..5 * GIB, HOT),
        ])
    };
    vec![
        one("first-mib", "CONFIG_X86_RESERVE_LOW=640 reserves the memory below 1 MiB", "movable_node")
            .with_firmware(&[low(512 * KIB)])
            .unless_switches("CONFIG_X86_RESERVE_LOW=64"),
        one("reservelow", "reservelow= counts and not CONFIG_X86_RESERVE_LOW", "movable_node reservelow=64")
            .with_firmware(&[low(512 * KIB)])
            .unless_line("reservelow=64", ""),
        one(
            "forced-lockdown",
            "CONFIG_LOCK_DOWN_KERNEL_FORCE_CONFIDENTIALITY refuses the archive",
            "movable_node",
        )
        .with_archive(&[marked(), table(b"SSDT", 2, b"")])
        .unless_switches("# CONFIG_LOCK_DOWN_KERNEL_FORCE_CONFIDENTIALITY is not set"),
        one("hole-of-next", NOT_DEFERRED, "")
            .with_firmware(&[affinity(&behind_another())])
            .unless_switches("CONFIG_DEFERRED_STRUCT_PAGE_INIT=y"),
        plugged("5.10", "CONFIG_MEMORY_HOTPLUG_DEFAULT_ONLINE: memory that is added comes online")
            .built("low-reserved"),
    ]
}

fn no_cxl() -> Vec<Scenario> {
    vec![
        Scenario::new("7.3", "window", "without CONFIG_CXL_ACPI CXL windows count for nothing", &[3072], "")
            .built("no-cxl")
            .with_firmware(&[
                affinity(&[memory(0, 0..2 * GIB, 0), memory(1, 4 * GIB..4 * GIB + 512 * MIB, 0)]),
                cedt(4 * GIB..8 * GIB),
            ])
            .unless_switches("CONFIG_CXL_ACPI=y"),
        Scenario::new(
            "7.3",
            "hole-of-next",
            "since 6.17 a hole in a memory block counts for no node, without CONFIG_DEFERRED_STRUCT_PAGE_INIT too",
            &[3072],
            "",
        )
        .built("no-cxl")
        .with_firmware(&[affinity(&behind_another())])
        .unless_release("6.12"),
    ]
}
