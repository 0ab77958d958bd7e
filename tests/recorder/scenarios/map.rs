//! The memory map and what options make of it; the sizes of kernelcore= and movablecore=.

use super::super::scenario::Scenario;
use super::super::tables::table;

/// Node 0 has the low 2 GiB, node 1 the GiB above 4 GiB.
const NODES: [u64; 2] = [2048, 1024];

pub fn scenarios() -> Vec<Scenario> {
    let one = |release, name, decides, line: &str| Scenario::new(release, name, decides, &NODES, line);
    let forms = "memmap=64M$0x108000000 memmap=64M#0x110000000 memmap=64M!0x118000000 \
                 memmap=64M%0x120000000-1+2 memmap=64M%0x128000000-1 memmap=64M%0x130000000";
    let forms = |release| {
        one(release, "memmap-forms", "memmap=: every form takes its range out of RAM", forms)
            .unless_line("memmap=64M$0x108000000", "")
            .unless_line("memmap=64M#0x110000000", "")
            .unless_line("memmap=64M!0x118000000", "")
            .unless_line("memmap=64M%0x120000000-1+2", "")
            .unless_line("memmap=64M%0x128000000-1", "")
            .unless_line("memmap=64M%0x130000000", "")
    };
    let ram = "max_pfn counts RAM alone";
    let acpi = "max_pfn counts ACPI data too: the Normal zone ends behind all RAM";
    let beyond = |release, decides, other| {
        one(release, "acpi-beyond-ram", decides, "memmap=64K#0x180000000").unless_release(other)
    };
    let no_mirror = |release| {
        one(
            release,
            "mirror-without",
            "kernelcore=mirror without mirrored memory is ignored, with memory above 4 GiB too",
            "kernelcore=mirror",
        )
        .unless_release("6.1")
    };
    let sizes =
        |release, name, decides, line| Scenario::new(release, name, decides, &[2048, 1024, 1024], line);
    vec![
        forms("6.1"),
        forms("6.12"),
        forms("7.3"),
        one(
            "6.1",
            "exactmap-order",
            "memmap=exactmap drops what stands before it, and mem= behind it counts",
            "memmap=512M$4G memmap=exactmap memmap=639K@0 memmap=2047M@1M memmap=1G@4G mem=0x130000000",
        )
        .unless_line("memmap=512M$4G memmap=exactmap", "memmap=exactmap memmap=512M$4G")
        .unless_line("mem=0x130000000", ""),
        one(
            "6.18",
            "add-behind-limit",
            "memmap=N@S behind mem= adds RAM above the limit",
            "mem=1G memmap=512M@4G",
        )
        .unless_line("mem=1G memmap=512M@4G", "memmap=512M@4G mem=1G"),
        one(
            "6.1",
            "made-up-ram",
            "the archive's copy goes to the highest memory below 4 GiB, even if only memmap= says that there is any",
            "memmap=64M@0xa0000000 earlyprintk=ttyS0",
        )
        .with_archive(&[table(b"SSDT", 2, b"")]),
        Scenario::new(
            "6.12",
            "mem-64m",
            "less than 13 MiB left to the kernel is too little",
            &[512, 512],
            "mem=64M earlyprintk=ttyS0",
        ),
        Scenario::new(
            "6.12",
            "mem-72m",
            "where nothing is movable, 19 MiB left to the kernel are enough",
            &[512, 512],
            "mem=72M",
        )
        .unless_line("mem=72M", ""),
        one(
            "7.2",
            "larger-type-wins",
            "where memmap= says two things of a range, the larger type number wins",
            "memmap=128M$0x110000000 memmap=128M@0x110000000",
        )
        .unless_line("memmap=128M$0x110000000", ""),
        one(
            "5.10",
            "convert-back",
            "memmap=N%S-OLD+NEW changes what an earlier option made",
            "memmap=256M$4G memmap=128M%4G-2+1",
        )
        .unless_line("memmap=128M%4G-2+1", "")
        .unless_line("memmap=256M$4G memmap=128M%4G-2+1", "memmap=128M%4G-2+1 memmap=256M$4G"),
        beyond("5.10", ram, "6.12"),
        beyond("6.1", ram, "6.12"),
        beyond("6.12", acpi, "6.1"),
        beyond("6.18", acpi, "6.1"),
        beyond("7.2", acpi, "6.1"),
        no_mirror("6.12"),
        no_mirror("7.2"),
        sizes(
            "6.1",
            "bytes-then-percent",
            "kernelcore= in percent wins over earlier bytes",
            "kernelcore=3G kernelcore=40%",
        )
        .unless_line("kernelcore=3G kernelcore=40%", "kernelcore=3G"),
        sizes(
            "6.12",
            "percent-then-bytes",
            "kernelcore= in bytes wins over an earlier percentage",
            "kernelcore=40% kernelcore=3G",
        )
        .unless_line("kernelcore=40% kernelcore=3G", "kernelcore=40%"),
        sizes(
            "7.3",
            "zero-percent",
            "kernelcore=0% leaves earlier bytes in force",
            "kernelcore=3G kernelcore=0%",
        )
        .unless_line("kernelcore=0%", "kernelcore=0"),
        sizes(
            "5.10",
            "both-sizes",
            "movablecore= in percent beside kernelcore= in bytes: the larger share of the kernel counts",
            "kernelcore=2500M movablecore=30%",
        )
        .unless_line("movablecore=30%", ""),
        sizes(
            "6.18",
            "hugepages",
            "hugepages= changes no zone",
            "kernelcore=2G hugepagesz=2M hugepages=64 default_hugepagesz=2M",
        )
        .unless_line("kernelcore=2G", ""),
    ]
}
