//! Pages of the commands that predict a boot, compare two, or look back at one.

use super::{COLOUR, Page, TABLES};

/// `acpihp simulate`.
pub(super) const SIMULATE: Page = Page {
    command: "simulate",
    description: &[
        "Follows Linux through the tables of the archive and of the firmware: which files are found and \
         accepted, which replace a table, which are added, which are dropped, and the list that the kernel \
         ends up with. Each step names the kernel's function and says why. What is worth knowing about it \
         follows, under codes that acpihp-explain(1) explains.",
        "The order of the firmware's tables is that of its root table where one was recorded, else that of the \
         kernel's log (--dmesg, or var/log/dmesg in the machine's tree), else the usual one. Addresses that nobody \
         can know are shown as question marks. The order of a dump (--from) or of a folder's files is not that of the \
         root table: where it decides which table Linux uses or which one a file replaces, each possible outcome is shown, \
         and --dmesg or --root-order settles it.",
        "--flow chooses the order of things: current is that of Linux since 4.3, one-by-one that of Linux up to \
         4.2, and two-step that of a series of 2013 which lists all tables first, reads the SRAT before memory \
         is handed out, and replaces tables last. What replaces what is the kernel's (--kernel) in all of them.",
        "--compare runs two boots side by side and says what is the same and what is not, and why: the list, the \
         choice of DSDT and FACS, what is replaced, what becomes of each file, the early SRAT, the log. \
         With options, such as '--append movable_node --kernel 6.12', the boot as it would be is compared with one that has \
         them too. In short A,B, each is a flow, a kernel, or FLOW@KERNEL; one alone is compared with the boot as it would be.",
    ],
    examples: &[
        ("Which tables the next boot will use", "acpihp simulate --initrd /boot/initrd-acpi.img"),
        ("What an older kernel would do with a table", "acpihp simulate --override srat.aml --kernel 4.4"),
        (
            "The lines that the kernel's log will have",
            "acpihp simulate --override srat.aml -J | jq -r '.log[]'",
        ),
        (
            "Whether two kernels take an archive alike",
            "acpihp simulate --initrd initrd-acpi.img --compare 4.4,6.12",
        ),
        (
            "What installing in two steps would change",
            "acpihp simulate --initrd initrd-acpi.img --compare one-by-one,two-step",
        ),
    ],
    files: &[TABLES],
    environment: &COLOUR,
    see_also: &["acpihp-plan(1)", "acpihp-mkinitrd-override(1)"],
};

/// `acpihp plan`.
pub(super) const PLAN: Page = Page {
    command: "plan",
    description: &[
        "Follows Linux from the memory map, the tables and the command line to the zones: which memory belongs \
         to which node, what will be in ZONE_MOVABLE, and what keeps the rest out of it.",
        "Where boot loader, firmware and KASLR put things is unknown in advance. The plan takes the places of the \
         last boot, and says what would become of the boot with each of them elsewhere, and how to settle it. \
         A log (--dmesg: dmesg, syslog or journal text) of a boot with efi=debug or memblock=debug shows \
         firmware's reservations and of mirrored memory.",
        "On a terminal the answer begins with a map: a bar for each node, all on one scale, in UTF-8 or ASCII as the locale \
         says. --map shows it anywhere, and alone. Memory is movable, lost (the SRAT marks it hot-pluggable, and it is in \
         another zone all the same) or the kernel's; what takes the marks of a node away has a number at its address. \
         The strip below a bar shows the memory blocks. Neighbouring nodes that are alike are one bar. A file whose name \
         ends with .svg gets the map as a picture for light and dark backgrounds; with --compare, both maps on one scale.",
        "--compare sets a second boot beside this one: its options in one text, in quotes as a shell reads them, or A,B for two \
         kernels. Both maps have one scale; what is said of one of them only follows. --kernel in that text has the \
         configuration of its own kernel, --cmdline replaces the line with all that --append added to it, and --initrd or \
         --override the archive.",
        "A boot that Linux would not survive is marked FAILS; what follows is then what Linux had planned. The exit \
         status is 0 all the same.",
    ],
    examples: &[
        (
            "What movable_node would make of this machine",
            "acpihp plan --numa --append 'movable_node nokaslr'",
        ),
        (
            "With a table that is still to be installed",
            "acpihp plan --numa --cmdline 'movable_node nokaslr' --override srat.aml",
        ),
        ("With the initrd of the next boot", "acpihp plan --numa --initrd /boot/initrd-acpi.img"),
        (
            "Another machine, from a copy of its /proc and /sys",
            "acpihp plan --numa --sysroot copy --kernel 6.12",
        ),
        ("With the log of an earlier boot", "journalctl -k -b | acpihp plan --numa --dmesg -"),
        (
            "This boot beside one with other options and another kernel",
            "acpihp plan --sample hotplug --compare '--append nokaslr --kernel 5.10'",
        ),
        ("The same as a picture", "acpihp plan --initrd /boot/initrd-acpi.img -o map.svg"),
        ("A machine that acpihp carries", "acpihp plan --numa --sample hotplug"),
        (
            "What memblock hands out before the SRAT is known, and where",
            "acpihp plan --early --cmdline 'movable_node nokaslr'",
        ),
        (
            "The zone of 4 GiB that are plugged in at 16 GiB",
            "acpihp plan --hot-add 16G-20G@1 --cmdline memhp_default_state=online",
        ),
        (
            "Where ZONE_MOVABLE starts on each node, for a program",
            "acpihp plan --numa -J | jq '.movable_zone_start'",
        ),
    ],
    files: &[
        TABLES,
        ("/sys/firmware/memmap", "the memory map of the firmware"),
        ("/sys/kernel/boot_params/data", "the memory map and the initrd as the boot loader handed them over"),
        ("/proc/iomem", "where the kernel is; addresses are shown to root only"),
        ("/proc/cmdline", "the kernel command line, unless --cmdline gives another"),
        ("/proc/sys/kernel/osrelease", "the kernel release, unless --kernel gives another"),
    ],
    environment: &COLOUR,
    see_also: &["acpihp-simulate(1)", "bootparam(7)", "lsmem(1)", "numactl(8)"],
};

/// `acpihp report`.
pub(super) const REPORT: Page = Page {
    command: "report",
    description: &[
        "Takes what plan takes and writes one HTML file: the number that counts and the next step, the map, the nodes, the \
         way from the firmware's table to the zones with the first link that does not hold, the findings, the kernel's \
         lines about its tables without and with the archive, how to make the report again with the SHA-256 of every \
         file that was named, and the whole plan as JSON.",
        "The file needs nothing else: it loads nothing from anywhere, its policy forbids it, and everything can be read \
         without scripts and when printed. Where a place is not sure, such as that of the kernel's image with KASLR, a \
         slider shows each case on the map. Text from firmware and logs cannot become markup.",
        "--compare puts a second boot beside the first one: both maps on one scale, node by node, and what is found in one of \
         them only. It takes options, such as '--append movable_node', or A,B, two kernels; --kernel A,B is short for that.",
    ],
    examples: &[
        ("What the next boot of this machine will be", "acpihp report --cmdline movable_node -o report.html"),
        (
            "Of a capture, with an archive",
            "acpihp report --sysroot machine.tar.gz --initrd acpi.img -o report.html",
        ),
        ("Two kernels side by side", "acpihp report --sample hotplug --kernel 5.10,6.12 -o report.html"),
        ("What an option would change", "acpihp report --compare '--append movable_node' -o report.html"),
    ],
    files: &[TABLES],
    environment: &COLOUR,
    see_also: &["acpihp-plan(1)", "acpihp-simulate(1)", "acpihp-doctor(1)"],
};

/// `acpihp capture`.
pub(super) const CAPTURE: Page = Page {
    command: "capture",
    description: &[
        "Takes what dump, check, simulate, plan and doctor read of a machine, and puts it into one archive that \
         --sysroot reads on any other machine, packed or not: ACPI tables with their order and addresses, the memory \
         map, the command line, zones and memory blocks, the kernel's release, configuration and log, and the part of \
         the initrd that the kernel searches for tables. The commands give the same answers there as on the machine.",
        "What stays is what is known to be harmless: options of the kernel and lines of its log that are on a \
         list, switches of its configuration, and values made of numbers and short words. Anything else is left out or replaced by \
         [masked-N], the same N for the same text. Of MSDM, SLIC, iBFT, BIFT, NBFT, SVKL, WPBT, NFIT, PHAT and BDAT the headers \
         are kept, so that the list of tables is whole; of the initrd the names of files, and the tables. In AML, texts that are \
         not known to be harmless (hardware ids, names of _OSI and paths are) are replaced by others of the same length, so that \
         lengths, offsets and checksums stay; bytes that are no text, such as a UUID or a MAC address in six bytes, stay. --with \
         includes classes that are left out otherwise. acpihp/README.txt in the archive and the summary list what was left out, \
         what was replaced, and what could not be read.",
        "The same machine gives the same bytes: names are sorted, owner and mode are fixed, the time is \
         SOURCE_DATE_EPOCH or 0, and counters are left out. A new archive can be read by its owner alone, since much \
         of it is shown to root only. One that replaces a file keeps that file's owner, mode and access list; where \
         others can read it then, standard error says so.",
    ],
    examples: &[
        ("Capture this machine", "sudo acpihp capture -o machine.tar.gz"),
        ("Plan its next boot elsewhere", "acpihp plan --numa --sysroot machine.tar.gz"),
        ("Capture another machine", "ssh root@host acpihp capture > host.tar"),
        ("A folder instead of an archive", "sudo acpihp capture -o machine/"),
        ("With everything that the kernel logged", "sudo acpihp capture --with log -o machine.tar"),
    ],
    files: &[
        TABLES,
        ("/dev/kmsg", "the kernel's log; where its beginning is lost, that of journalctl -k -b"),
        (
            "/boot/config-RELEASE",
            "the kernel's configuration; or /proc/config.gz, or that beside its modules",
        ),
        (
            "/boot/grub/grub.cfg, loader/entries",
            "the names of the initrds that the boot loader takes; else the usual names in /boot",
        ),
    ],
    environment: &[("SOURCE_DATE_EPOCH", "the time that files in the archive carry, in seconds since 1970")],
    see_also: &["acpihp-plan(1)", "acpihp-simulate(1)", "acpidump(1)", "tar(1)"],
};

/// `acpihp diff`.
pub(super) const DIFF: Page = Page {
    command: "diff",
    description: &[
        "Compares two tables, dumps, folders, initrds or machines. Tables are the same table when their bytes are, or \
         their signatures and ids, or at least their signatures; entries are matched by what they say, not by where they \
         are. Checksums are left out.",
        "When SRAT, SLIT, CEDT or the memory map differ, the nodes are shown too: of two machines with memory maps the \
         zones of a boot with the second one's kernel and command line, otherwise the domains and their hot-pluggable \
         memory. On a terminal, or with --map, the maps of both boots come first, on one scale; -o map.svg or \
         --format svg writes them as one picture.",
    ],
    examples: &[
        ("What did the firmware update change?", "acpihp diff before.tar after.tar"),
        ("Both maps on one scale, as a picture", "acpihp diff before.tar after.tar -o map.svg"),
        ("What did the edit change?", "acpihp diff /sys/firmware/acpi/tables/SRAT srat.aml"),
    ],
    files: &[TABLES],
    environment: &COLOUR,
    see_also: &["acpihp-capture(1)", "acpihp-edit(1)"],
};

/// `acpihp doctor`.
pub(super) const DOCTOR: Page = Page {
    command: "doctor",
    description: &[
        "Goes from the boot loader to the tables in force, one link after the other: whether the kernel takes tables at \
         all, whether the initrd is the one that was booted, whether there are tables where the kernel looks, whether \
         it saw them, accepted them, was allowed to use them, replaced or added tables with them, and whether /sys shows \
             them. Then the prediction, made anew for this boot, is compared with what the kernel did: its lines about tables, \
             the SRAT, the zones, the memory blocks. Each answer is ok, FAIL (an error), no (a warning) or unknown (what would \
             show it is not here). The conclusion is the first line: the first link that is broken, which makes the status 1, \
             or what the override did. Errors count before warnings. JSON has ok, not and unknown, and the severity.",
        "Where no tables are in what was booted, it looks for them on disk: archives in /boot and on the ESP, tables in the \
         folders of mkinitcpio, dracut and initramfs-tools; and it reads which files the boot entries of GRUB, systemd-boot, \
         unified kernel images, limine, SYSLINUX, EXTLINUX, rEFInd and U-Boot load. It reports the entry that does not load \
         an archive, the file that is named and is not there, the initrd that is older than its tables, and names on the \
         kernel's command line that load nothing. A kernel that takes no tables ends the search.",
        "It also names the tables in /sys/firmware/acpi/tables that are no longer the firmware's: they are patched \
         already, and no base for another override.",
        "After an override /sys no longer has the tables that were replaced. With --before, a capture from a boot \
         without the archive, they are known; without it, the log has to do.",
    ],
    examples: &[
        ("Did this boot do what was planned?", "sudo acpihp doctor"),
        ("On another machine, from a capture", "acpihp doctor --sysroot machine.tar.gz"),
        (
            "With the log and the initrd of an earlier boot",
            "acpihp doctor --dmesg boot.log --initrd old-initrd.img",
        ),
        ("Compared with the machine as it was before the override", "acpihp doctor --before before.tar.gz"),
        (
            "What does not hold, for a program",
            "acpihp doctor -J | jq '.checks[] | select(.status == \"not\")'",
        ),
    ],
    files: &[
        TABLES,
        ("/dev/kmsg", "the kernel's log; where its beginning is lost, that of journalctl -k -b"),
        (
            "/boot/grub/grub.cfg, loader/entries",
            "the names of the initrds that the boot loader takes; else the usual names in /boot",
        ),
        (
            "/boot/config-RELEASE",
            "the kernel's configuration; or /proc/config.gz, or that beside its modules",
        ),
        ("/sys/kernel/boot_params/data", "the memory map, and how long the initrd was"),
        ("/sys/kernel/security/lockdown", "whether the kernel is locked down"),
        ("/proc/zoneinfo, /sys/devices/system/memory", "what became of the memory"),
    ],
    environment: &COLOUR,
    see_also: &["acpihp-capture(1)", "acpihp-simulate(1)", "acpihp-plan(1)", "acpihp-explain(1)"],
};
