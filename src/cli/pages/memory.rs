//! The pages of the commands that look at memory as it is, and at what it could be.

use super::{COLOUR, Page};

/// `acpihp advise`.
pub(super) const ADVISE: Page = Page {
    command: "advise",
    description: &[
        "Takes wishes about the memory of the next boot, in the words of a policy (acpihp-check(1)), and looks for the \
         smallest change that meets all of them: marks of the SRAT (whole nodes, ranges), movable_node, nokaslr, \
         movablecore= and kernelcore= in bytes or percent, kernelcore=mirror where memory is mirrored, and for memory that is \
         added later memhp_default_state=, memory_hotplug.online_policy, auto_movable_ratio and memmap_on_memory. Each candidate \
         is predicted as acpihp plan does it, at most 600 of them; where there are more, the report says so. The steps are printed \
         as commands; on a terminal, or with --map, the maps of the boot before and after follow, on one scale; --format svg writes them \
         as one picture.",
        "Wishes: \"node 1 fully movable\": all of the node's memory is in ZONE_MOVABLE; \"node 0 not movable\": none of it is. \
         \"movable at least 4G\", \"movable at most 50%\": of all nodes together. \"kernel keeps at least 2G\": so much, or such a \
         share, is in other zones. \"range 8G-16G movable\": all RAM of the range is movable, and there is some. \"can grow to \
         64G\": RAM and the room that the SRAT announces for more come to so much. \"can grow to 64G movable\": what is added comes \
         to ZONE_MOVABLE as well, so that it can go again; its page structures have to fit into the kernel's memory, if \
         memmap_on_memory does not put them into what is added.",
        "With -o the changed SRAT and the archive of it are written into a folder, so that the advice can be booted, or \
         checked with acpihp check --policy. Asked again with that archive and command line, there is nothing to do.",
        "Certainty is how likely the wishes are met wherever KASLR puts the kernel; other places that are not known are \
         risks. The status is 1 where a wish cannot be met; then the report names what is in the way, and what comes nearest. \
         No option chooses where kernel and initrd lie; where the initrd is in the way, the report says whether a smaller one \
         would lie elsewhere. crashkernel=, hugepages= and all other options stay as they are.",
    ],
    examples: &[
        ("Make node 1 removable", "acpihp advise --want 'node 1 fully movable' -o advice"),
        (
            "Several wishes at once",
            "acpihp advise --want 'movable at least 4G' --want 'kernel keeps at least 8G'",
        ),
        ("Memory that is added later can be removed again", "acpihp advise --want 'can grow to 64G movable'"),
        (
            "The wishes of a policy, of another machine",
            "acpihp advise --policy acpi.policy --sysroot machine.tar",
        ),
    ],
    files: &[],
    environment: &COLOUR,
    see_also: &["acpihp-edit(1)", "acpihp-plan(1)", "bootparam(7)"],
};

/// `acpihp removable`.
pub(super) const REMOVABLE: Page = Page {
    command: "removable",
    description: &[
        "For each memory block whether Linux would take it offline now, from /sys/devices/system/memory, /proc/iomem, \
         /proc/zoneinfo and, as root, /proc/kpageflags and /proc/kpagecount. Nothing is taken offline. Pages of all \
         blocks are counted by what they are used for; neighbouring blocks that are alike are one row. On a terminal, or with \
         --map, a strip for each node shows its blocks on one scale, as acpihp plan --map does.",
        "no: pages that do not move are in it (slab, page tables, other memory of the kernel, what boot reserved), or a \
         hole, or several zones. yes: nothing of the kind is in it, and there is room for what has to move. maybe: \
         pages of which no flag says enough, with what that depends on. unknown: what decides could not be read.",
        "A yes holds for the moment: in a zone of the kernel the next allocation can change it. A page that somebody \
         holds for a short time cannot be seen; in ZONE_MOVABLE Linux then tries without end, until a signal (Ctrl-C). \
         On arm64 memory that was there at boot never goes offline.",
        "Where the machine was booted with page_owner=on, the functions of the kernel that asked for the pages that hold a block \
         are named; Page owners says what is missing for that. Slab caches: the largest caches of the kernel's small objects, \
         from /proc/slabinfo, where such pages hold a block. Caches that can be dropped (`echo 2 > /proc/sys/vm/drop_caches`) give \
         a slab back when its last object goes.",
        "Clear 1 GiB: aligned gigabytes that pages of 1 GiB could be made of. Next boot: what the next boot would make of \
         this machine, as it is and with words added to the command line.",
        "With --node, --block or --range the status is 0 if all of these blocks are yes, and else 1.",
    ],
    examples: &[
        ("Say what can go, and what holds the rest", "acpihp removable"),
        ("Ask before a DIMM is taken out", "acpihp removable --range 16G-32G && echo yes"),
        ("Of another machine", "acpihp removable --sysroot machine.tar"),
        (
            "The blocks of node 1 that can go, for a program",
            "acpihp removable --node 1 -J | jq '.blocks[] | select(.answer == \"yes\")'",
        ),
    ],
    files: &[
        ("/proc/kpageflags", "what each page is used for; readable by root"),
        ("/sys/devices/system/memory", "memory blocks, their state and zone"),
        ("/sys/kernel/debug/page_owner", "who asked for each page; readable by root, with page_owner=on"),
        ("/proc/slabinfo", "the caches of the kernel's small objects; readable by root"),
    ],
    environment: &COLOUR,
    see_also: &["chmem(8)", "lsmem(1)"],
};

/// `acpihp where`.
pub(super) const WHERE: Page = Page {
    command: "where",
    description: &[
        "For each physical address its node, proximity domain, SRAT entry, zone and memory block, whether that block can \
         go offline, what /proc/iomem and the firmware's memory map have there, what reserved it at boot, and the \
         window of the SRAT that announces memory there.",
        "Without addresses, or with -, standard input is read: a line has an address, or is a line of the kernel's log \
         about a machine check, an event of EDAC, APEI or CXL, or a memory failure. With --format ndjson each line is \
         answered as it comes.",
        "Node, block, state and zone are those of the machine where it shows its memory blocks; those of a sample or of \
         tables alone are predicted. The status is 1 where an address has neither memory nor room for some.",
    ],
    examples: &[
        ("Say what is at an address", "acpihp where 0x140000000"),
        ("Say it of all errors in the log", "journalctl -k | acpihp where"),
        ("Follow them", "dmesg -w | acpihp where --format ndjson | jq .block"),
        ("Of another machine", "acpihp where 6G-8G --sysroot machine.tar"),
    ],
    files: &[
        ("/sys/devices/system/memory", "memory blocks, their state and zone"),
        ("/proc/iomem", "who uses which addresses; shown to root only"),
    ],
    environment: &[],
    see_also: &["lsmem(1)", "rasdaemon(1)"],
};
