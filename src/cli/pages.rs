//! What help and manual pages say of each command beyond its options: one table that both read.

mod memory;

use super::EXIT_STATUSES;
use std::fmt::Write;

/// The pages of one command.
#[derive(Debug)]
pub struct Page {
    /// The subcommand; empty for the program itself.
    pub command: &'static str,
    /// Paragraphs that follow the one line that says what the command does.
    pub description: &'static [&'static str],
    /// What it is good for, and the command line that does it.
    pub examples: &'static [(&'static str, &'static str)],
    /// Files that the command knows by name, and what it takes from them.
    pub files: &'static [(&'static str, &'static str)],
    /// Environment variables, and what they change.
    pub environment: &'static [(&'static str, &'static str)],
    /// Further manual pages, with their sections.
    pub see_also: &'static [&'static str],
}

const TABLES: (&str, &str) = (
    "/sys/firmware/acpi/tables",
    "the tables that the running kernel uses: after an override, the new ones; readable by root",
);
const COLOUR: [(&str, &str); 2] = [
    ("NO_COLOR", "set and not empty: no colours"),
    ("CLICOLOR_FORCE", "set and not 0: colours even into a pipe"),
];

/// All pages, the program's own first, then in the order of the help.
pub const PAGES: &[Page] = &[
    Page {
        command: "",
        description: &[
            "Linux can only take memory away at run time where the kernel itself never put anything: in ZONE_MOVABLE. \
             With movable_node on the kernel command line, memory that the ACPI SRAT marks hot-pluggable goes there. \
             A table of the firmware can be replaced through an archive in front of the initrd. acpihp reads tables, \
             makes and checks such archives, and says before the reboot which tables Linux will install and which \
             memory it will put where.",
            "acpihp(7) explains the words and the rules.",
        ],
        examples: &[
            ("List the tables of this machine", "acpihp dump"),
            ("Make the archive that replaces its SRAT", "acpihp mkinitrd-override srat.aml -o acpi.img"),
            ("Say whether Linux will take what is in it", "acpihp check acpi.img --against /"),
            (
                "Say which memory will be movable with it",
                "acpihp plan --numa --initrd acpi.img --cmdline 'movable_node'",
            ),
        ],
        files: &[TABLES],
        environment: &COLOUR,
        see_also: &["acpihp(7)", "acpidump(1)", "acpixtract(1)", "iasl(1)", "cpio(1)", "bootparam(7)"],
    },
    Page {
        command: "dump",
        description: &[
            "Without a table, one line for each: its name, its address in memory if the source has it, length, \
             revision, whether its checksum holds, OEM ID, OEM table ID and OEM revision. With tables, every field \
             with its offset, name and value.",
            "The tables are those of this machine unless --from or --sysroot say otherwise. What a source is is seen \
             from its content: a folder of table files, one table, several in a row, the text of acpidump, a \
             listing of iasl or hw-probe with its raw table data, a .hex file of iasl, the output of xxd or \
             hexdump -C, an initrd, a UKI or an image of memory.",
        ],
        examples: &[
            ("List the tables of this machine", "acpihp dump"),
            ("Read one table of another machine", "acpihp dump SRAT --from acpidump.txt"),
            ("The same without a file between", "ssh host acpidump | acpihp dump SRAT --from -"),
            ("Write all tables as files, as acpixtract does", "acpihp dump -o tables"),
            (
                "The memory of each domain, for a program",
                "acpihp dump SRAT -J | jq '.tables[].domains[].memory'",
            ),
        ],
        files: &[TABLES],
        environment: &COLOUR,
        see_also: &["acpidump(1)", "acpixtract(1)", "iasl(1)"],
    },
    Page {
        command: "mkinitrd-override",
        description: &[
            "Writes an uncompressed cpio archive (newc) that holds the tables under kernel/firmware/acpi/, as Linux \
             looks for them. They stand in the order given, which matters where two are meant for one table: the first \
             one counts. The same tables always give the same bytes: owner, inode numbers and modes are fixed, \
             the time is SOURCE_DATE_EPOCH or 0, and zeros fill the archive to a multiple of 512. File names are made \
             lower case and cut to 16 characters, so that the kernel's log has them whole.",
            "With --initrd, the archive goes into an initrd: in front of it, or right after the microcode that it begins with, \
             of which no byte is changed. One that an earlier run put there is replaced, so a second run does not stack them; \
             --remove takes it away and gives the initrd back byte for byte. Tables that another tool put into the initrd stay, \
             and are reported; where an archive of nothing but such tables is all there is, --remove takes that. The output \
             may be the initrd itself: it is replaced in one step, and stays as it was when anything fails.",
            "No image is written that one of Linux' two readers would fail on, the early search or the unpacker, unless \
             --force is given; acpihp-inspect(1) shows what they make of an initrd.",
            "What the kernel would refuse is refused here (status 1, nothing written), with the rule that it breaks and \
             how to fix it. The tables are also compared with those of the firmware: a table that would be dropped \
             because its OEM revision is not higher, or that would be added without effect because its ids differ, is \
             refused as well. --force writes it all the same.",
            "Without -o the output goes to standard output unless that is a terminal; the report then goes to standard \
             error.",
        ],
        examples: &[
            (
                "An archive with a new SRAT, checked against this machine and its kernel",
                "acpihp mkinitrd-override srat.aml -o acpi-override.img",
            ),
            (
                "The same in an initrd, replacing what an earlier run put there",
                "acpihp mkinitrd-override srat.aml --initrd initrd.img -o initrd-acpi.img",
            ),
            (
                "For another machine, of which there is a dump, and its kernel",
                "acpihp mkinitrd-override srat.aml --against its.dump --kernel 5.10 -o a.img",
            ),
            (
                "With the lines for GRUB, systemd-boot, SYSLINUX and others",
                "acpihp mkinitrd-override srat.aml -o acpi.img --howto",
            ),
            (
                "The initrd as it was",
                "acpihp mkinitrd-override --remove --initrd initrd-acpi.img -o initrd.img",
            ),
        ],
        files: &[
            ("kernel/firmware/acpi/", "in the archive: the folder under which Linux looks for tables"),
            TABLES,
        ],
        environment: &[(
            "SOURCE_DATE_EPOCH",
            "the time that the entries of the archive carry, in seconds since 1970",
        )],
        see_also: &[
            "acpihp-inspect(1)",
            "cpio(1)",
            "iasl(1)",
            "lsinitramfs(8)",
            "dracut(8)",
            "mkinitcpio(8)",
        ],
    },
    Page {
        command: "check",
        description: &[
            "Takes tables, folders, dumps, archives and initrd images, and reports what Linux would refuse or \
             misread in them, with what Linux does then. Each finding has a code that acpihp-explain(1) explains.",
            "The tables of one source are compared with each other, and those of a root (/, a copy of /proc and /sys, or an \
             archive of acpihp-capture(1)) with its memory map as well.",
            "Policies: with --policy, a file of assertions, one a line, is compared with the archives and tables, and each \
             that does not hold is an error: \"only SRAT, SLIT\", \"no file refused\", \"override SRAT wins\", \"every override \
             wins\", \"no table added\", \"node 1 fully movable\", \"node 0 not movable\", \"movable at least 4G\" and \"movable at \
             most 50%\". Those about overrides need --against, those about movable memory a root that has a memory map, there \
             or among the inputs; --cmdline is the command line of that boot. What cannot be decided, because an input \
             could not be read or no memory map is known, is undecided, and counts as not met.",
            "An input that could not be read has an entry of its own in every format, is counted as an error, and makes the \
             exit status 3 whatever else was found.",
            "Waivers: with --waivers, findings that a file names are left out. A line is CODE [in PATTERN] until \
             YYYY-MM-DD: REASON; * in a pattern matches anything in the finding's subject. After its last day a waiver \
             no longer counts and is reported, and so is one that covers nothing. In both files # starts a comment.",
        ],
        examples: &[
            ("Will Linux take the archive in front of this initrd?", "acpihp check /boot/initrd.img"),
            ("Are the tables of this machine right, and do they fit its memory map?", "acpihp check /"),
            (
                "Will these tables override those of the machine that the dump is from?",
                "acpihp check --against acpidump.txt SRAT.aml DSDT.aml",
            ),
            ("In a build: warnings count too", "acpihp check --fail-on warning --format github acpi/*.aml"),
            ("Leave out what is known", "acpihp check --allow srat-all-hotpluggable SRAT.aml"),
            (
                "Does the archive do what it is for, on the machine of a capture?",
                "acpihp check a.img --against pc.tar --policy a.policy --cmdline movable_node",
            ),
        ],
        files: &[TABLES],
        environment: &COLOUR,
        see_also: &["acpihp-explain(1)"],
    },
    Page {
        command: "simulate",
        description: &[
            "Follows Linux through the tables of the archive and of the firmware: which files are found and \
             accepted, which replace a table, which are added, which are dropped, and the list that the kernel \
             ends up with. Each step names the kernel's function and says why. What is worth knowing about it \
             follows, under codes that acpihp-explain(1) explains.",
            "The order of the firmware's tables is that of its root table where one was recorded, else that of the \
             kernel's log (--dmesg, or var/log/dmesg in the machine's tree), else the usual one. Addresses that nobody \
             can know are shown as question marks.",
            "--flow chooses the order of things: current is that of Linux since 4.3, one-by-one that of Linux up to \
             4.2, and two-step that of a series of 2013 which lists all tables first, reads the SRAT before memory \
             is handed out, and replaces tables last. What replaces what is the kernel's (--kernel) in all of them.",
            "--compare runs two boots side by side and says what is the same and what is not, and why: the list, the \
             choice of DSDT and FACS, what is replaced, what becomes of each file, the early SRAT, the log. \
             Each side is a flow, a release, or FLOW@RELEASE; one alone is compared with the boot as it would be.",
        ],
        examples: &[
            ("Which tables the next boot will use", "acpihp simulate --initrd /boot/initrd-acpi.img"),
            (
                "What an older kernel would do with a table",
                "acpihp simulate --override srat.aml --kernel 4.4",
            ),
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
    },
    Page {
        command: "plan",
        description: &[
            "Follows Linux from the memory map, the tables and the command line to the zones: which memory belongs \
             to which node, what will be in ZONE_MOVABLE, and what keeps the rest out of it.",
            "Where boot loader, firmware and KASLR put things is unknown in advance. The plan takes the places of the \
             last boot, and says what would become of the boot with each of them elsewhere, and how to make it sure. \
             A log (--dmesg: dmesg, syslog or journal text) of a boot with efi=debug or memblock=debug shows \
             firmware's reservations and of mirrored memory.",
            "On a terminal the answer begins with a map: a bar for each node, all on one scale, in UTF-8 or ASCII as the locale \
             says. --map shows it anywhere, and alone. Memory is movable, lost (the SRAT marks it hot-pluggable, and it is in \
             another zone all the same) or the kernel's; what takes the marks of a node away has a number at its address. \
             The strip below a bar shows the memory blocks. Neighbouring nodes that are alike are one bar. A file whose name \
             ends with .svg gets the map as a picture for light and dark backgrounds.",
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
            (
                "/sys/kernel/boot_params/data",
                "the memory map and the initrd as the boot loader handed them over",
            ),
            ("/proc/iomem", "where the kernel is; addresses are shown to root only"),
            ("/proc/cmdline", "the kernel command line, unless --cmdline gives another"),
            ("/proc/sys/kernel/osrelease", "the kernel release, unless --kernel gives another"),
        ],
        environment: &COLOUR,
        see_also: &["acpihp-simulate(1)", "bootparam(7)", "lsmem(1)", "numactl(8)"],
    },
    memory::ADVISE,
    memory::REMOVABLE,
    memory::WHERE,
    Page {
        command: "report",
        description: &[
            "Takes what plan takes and writes one HTML file: the number that counts and the next step, the map, the nodes, the \
             way from the firmware's table to the zones with the first link that does not hold, the findings, the kernel's \
             lines about its tables without and with the archive, how to make the report again with the SHA-256 of every \
             file that was named, and the whole plan as JSON.",
            "The file needs nothing else: it loads nothing from anywhere, its policy forbids it, and everything can be read \
             without scripts and when printed. Where a place is not sure, such as that of the kernel's image with KASLR, a \
             slider shows each case on the map. Text from firmware and logs cannot become markup.",
            "--kernel A,B compares two kernels: the second one has its own map.",
        ],
        examples: &[
            (
                "What the next boot of this machine will be",
                "acpihp report --cmdline movable_node -o report.html",
            ),
            (
                "Of a capture, with an archive",
                "acpihp report --sysroot machine.tar.gz --initrd acpi.img -o report.html",
            ),
            (
                "Two kernels beside each other",
                "acpihp report --sample hotplug --kernel 5.10,6.12 -o report.html",
            ),
        ],
        files: &[TABLES],
        environment: &[],
        see_also: &["acpihp-plan(1)", "acpihp-simulate(1)", "acpihp-doctor(1)"],
    },
    Page {
        command: "capture",
        description: &[
            "Takes what dump, check, simulate, plan and doctor read of a machine, and puts it into one archive that \
             --sysroot reads on any other machine, packed or not: ACPI tables with their order and addresses, the memory \
             map, the command line, zones and memory blocks, the kernel's release, configuration and log, and the part of \
             the initrd that the kernel searches for tables. The commands give the same answers there as on the machine.",
            "What stays is what is known to be harmless: options of the kernel and lines of its log that are on a \
             list, switches of its configuration, and values made of numbers and short words. Anything else is left out or replaced by \
             [masked-N], the same N for the same text. Of MSDM, SLIC, iBFT, BIFT, NBFT, SVKL, WPBT, NFIT, PHAT and BDAT the headers \
             are kept, so that the list of tables is whole; of the initrd the names of files, and the tables. AML and tables of \
             vendors are taken as they are. --with includes classes that are left out otherwise. acpihp/README.txt in the archive \
             and the summary list what was left out, what was replaced, and what could not be read.",
            "The same machine gives the same bytes: names are sorted, owner and mode are fixed, the time is \
             SOURCE_DATE_EPOCH or 0, and counters are left out. A new archive can be read by its owner alone, since much \
             of it is shown to root only.",
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
        environment: &[(
            "SOURCE_DATE_EPOCH",
            "the time that files in the archive carry, in seconds since 1970",
        )],
        see_also: &["acpihp-plan(1)", "acpihp-simulate(1)", "acpidump(1)", "tar(1)"],
    },
    Page {
        command: "inspect",
        description: &[
            "Takes an initrd or a unified kernel image apart: the parts one after the other, the entries of archives that \
             are not compressed, the override tables and the microcode, each with whether Linux sees it and why not. \
             Offsets of entries are those of their data.",
            "Linux has two readers for an initrd. The early search looks for tables and microcode in what is not \
             compressed, from the first byte on, and ends at the first thing that it cannot read, silently. Much \
             later the unpacker puts all into the root file system; where it fails, the rest is lost. What the one accepts \
             can make the other fail, so both are followed, by the rules of the release.",
            "Nothing is unpacked but the beginning of compressed data: where zstd, xz, LZ4 and lzop data end is known from \
             their headers; gzip, bzip2 and LZMA data count to the end. --deep unpacks all of them, finds tables \
             that were put in the wrong place, and follows the unpacker to the end. It stops where more than --limit comes out \
             of a part, or 200 bytes for each byte (beyond the first 64 MiB), and says so.",
            "Archives of up to 32 entries are listed, larger ones with --entries. Without --deep, tables that stand where no \
             reader comes by are looked for in the last 64 KiB only.",
        ],
        examples: &[
            ("What is in the initrd, and will Linux see the tables?", "acpihp inspect /boot/initrd.img"),
            ("Why does the kernel ignore the table?", "acpihp inspect --deep initrd-acpi.img"),
            ("Would an older kernel unpack it?", "acpihp inspect --deep --kernel 5.10 initrd.img"),
            ("The initrd in a unified kernel image", "acpihp inspect /efi/EFI/Linux/linux.efi"),
            (
                "Where the compressed part begins, for a program",
                "acpihp inspect -J i.img | jq '.initrds[].segments[] | select(.looked)'",
            ),
        ],
        files: &[
            ("kernel/firmware/acpi/", "in the initrd: the folder under which Linux looks for tables"),
            ("kernel/x86/microcode/", "in the initrd: the folder under which it looks for microcode"),
        ],
        environment: &COLOUR,
        see_also: &[
            "acpihp-check(1)",
            "acpihp-mkinitrd-override(1)",
            "lsinitramfs(8)",
            "lsinitrd(1)",
            "cpio(1)",
        ],
    },
    Page {
        command: "build",
        description: &[
            "Makes the bytes of a table from text that says what each field holds: iasl's data-table language, as \
             `iasl -d`, `iasl -T` and `acpihp dump --format dsl` write it, or the JSON of `acpihp dump`. The fields \
             of the list that acpihp has for such a table come in their order, each with its label; what is in \
             brackets and comments do not count. Numbers are hexadecimal \
             and may be expressions (1F + 2, 1 << 4 | 3); text is in quotation marks, bytes as 0A FF, GUIDs as \
             usual. Tables without a list take iasl's generic types after the header: UINT8 to UINT64, String, \
             Unicode, Buffer, GUID and Label.",
            "Lengths and checksums are computed, and so are the counts that iasl computes and where text and bytes are \
             that an offset names. A count or an offset may be auto; acpihp warns \
             if a given one contradicts the data. --as-is takes everything as it is written, which makes tables that are wrong on purpose.",
            "The lines below a flags field count, not its number, and bits that no line names are dropped, as iasl does; \
             in the fields where iasl takes the number, so does acpihp. Where that makes a difference, a note says so. \
             Behind a number with [all bits kept], as acpihp dump --format dsl writes it, all of its bits stay; in \
             JSON they always do.",
            "A listing that has \"Raw Table Data\" says its table twice. Where only values of fields differ from the raw data, \
             those that were edited count, and a note says which; bytes that no decoded line gives are those of the raw \
             data, and a note says where. Anything else, such as lines that were added or a changed length, is refused \
             with exit status 1: --take decoded compiles the decoded lines alone, --take raw takes the raw data. Every \
             command that reads listings does the same.",
            "An error names line, column, field and what would fit; then no file is written.",
        ],
        examples: &[
            ("Source of a table, to be changed by hand", "acpihp dump SRAT --format dsl > srat.dsl"),
            ("The table that it makes", "acpihp build srat.dsl -o srat.aml"),
            ("From the JSON of a program", "acpihp build srat.json -o srat.aml"),
            ("Start a new one", "acpihp template HMAT > hmat.dsl"),
        ],
        files: &[],
        environment: &COLOUR,
        see_also: &["acpihp-template(1)", "acpihp-dump(1)", "iasl(1)"],
    },
    Page {
        command: "template",
        description: &[
            "Prints source that acpihp build and iasl compile: one entry of each type, one element of each list, and \
             what the fields may hold. Remove what the table is not to have, repeat what it has more of.",
        ],
        examples: &[
            ("Which tables there are", "acpihp template list"),
            ("The source of a new SRAT", "acpihp template SRAT > srat.dsl"),
        ],
        files: &[],
        environment: &COLOUR,
        see_also: &["acpihp-build(1)", "iasl(1)"],
    },
    Page {
        command: "edit",
        description: &[
            "Changes the fields of a table that are named and no other byte: unknown bits, reserved fields and whatever \
             follows stay. The OEM revision is raised by one, because Linux takes only a newer table for an override, \
             and the checksum is fixed. Every byte that is not as it was is shown.",
            "A path names a field or a flag: its name, as acpihp dump and iasl print it, after the name of its entry with a \
             number in brackets, counted from 0 among entries of that name: \"Memory[3].Hot Pluggable\". The first words of \
             an entry's name do; Entry counts entries of all kinds. Values are numbers in decimal or 0x hex with K, M, G, T \
             or P after them, names of values, text, GUIDs, or bytes in hex.",
            "--hotplug, --no-hotplug and --move take memory of a SRAT; entries that reach over the borders of a range are \
             split there first. Nodes are counted as Linux counts them. Changes are made in this order: --split, --move, \
             --hotplug, --no-hotplug, --distance, --set.",
            "With --plan, nodes and zones of the machine's next boot are shown without and with the change; with \
             --override-to, the archive is made as acpihp-mkinitrd-override(1) does it.",
        ],
        examples: &[
            (
                "Make node 1 removable: the change, the zones, the archive",
                "acpihp edit SRAT --hotplug node=1 --plan --override-to acpi.img",
            ),
            ("Mark half of a node in a file", "acpihp edit srat.aml --hotplug range=8G-12G -o new.aml"),
            ("Set one field", "acpihp edit FACP --set 'Reset Register.Address=0xcf9' -o facp.aml"),
            ("Tell of a longer way between two domains", "acpihp edit SLIT --distance 0,2=31 -o slit.aml"),
        ],
        files: &[TABLES],
        environment: &[(
            "SOURCE_DATE_EPOCH",
            "with --override-to: the time that the archive's entries carry",
        )],
        see_also: &["acpihp-mkinitrd-override(1)", "acpihp-plan(1)", "iasl(1)"],
    },
    Page {
        command: "diff",
        description: &[
            "Compares two tables, dumps, folders, initrds or machines. Tables are the same table when their bytes are, or \
             their signatures and ids, or at least their signatures; entries are matched by what they say, not by where they \
             stand. Checksums are left out.",
            "When SRAT, SLIT, CEDT or the memory map differ, the nodes are shown too: of two machines with memory maps the \
             zones of a boot with the second one's kernel and command line, otherwise the domains and their hot-pluggable \
             memory.",
        ],
        examples: &[
            ("What did the firmware update change?", "acpihp diff before.tar after.tar"),
            ("What did the edit change?", "acpihp diff /sys/firmware/acpi/tables/SRAT srat.aml"),
        ],
        files: &[TABLES],
        environment: &COLOUR,
        see_also: &["acpihp-capture(1)", "acpihp-edit(1)"],
    },
    Page {
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
            "It also names the tables in /sys/firmware/acpi/tables that are no longer the firmware's: whoever takes one of \
             these for the firmware's patches what is patched already.",
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
            (
                "Compared with the machine as it was before the override",
                "acpihp doctor --before before.tar.gz",
            ),
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
    },
    Page {
        command: "sample",
        description: &[
            "acpihp carries machines, recorded under QEMU, so that every command can be tried without root on any system. \
             Without a name, they are listed; with one, the sample's files are, and --output writes them into a folder, \
             where --sysroot reads them as it reads any other machine.",
            "The sample tutorial is not a machine but the files that docs/tutorial.md works on.",
        ],
        examples: &[
            ("Which samples there are", "acpihp sample"),
            ("Which memory of one is movable", "acpihp plan --sample hotplug"),
            ("The files of the tutorial", "acpihp sample tutorial -o ."),
        ],
        files: &[],
        environment: &COLOUR,
        see_also: &["acpihp-plan(1)", "acpihp-dump(1)"],
    },
    Page {
        command: "explain",
        description: &[
            "The codes are those that acpihp-check(1), acpihp-plan(1) and acpihp-simulate(1) print.",
        ],
        examples: &[
            ("What a finding means", "acpihp explain srat-domain-overlap"),
            ("All codes", "acpihp explain"),
        ],
        files: &[],
        environment: &COLOUR,
        see_also: &["acpihp-check(1)"],
    },
    Page {
        command: "completions",
        description: &[
            "The script goes to standard output; with --all, the scripts of all shells go into a folder, \
             under the names that the shells look for.",
        ],
        examples: &[
            (
                "Completion for one user of bash",
                "acpihp completions bash > ~/.local/share/bash-completion/completions/acpihp",
            ),
            (
                "Completion for all users of zsh",
                "acpihp completions zsh > /usr/share/zsh/site-functions/_acpihp",
            ),
            ("All scripts, for a package", "acpihp completions --all completions"),
        ],
        files: &[
            (
                "~/.local/share/bash-completion/completions, /usr/share/bash-completion/completions",
                "where bash looks: under the name acpihp",
            ),
            ("/usr/share/zsh/site-functions, or another folder of $fpath", "where zsh looks: as _acpihp"),
            (
                "~/.config/fish/completions, /usr/share/fish/vendor_completions.d",
                "where fish looks: as acpihp.fish",
            ),
        ],
        environment: &[],
        see_also: &[],
    },
    Page {
        command: "man",
        description: &[
            "The page goes to standard output as man(7) source: of acpihp, of a subcommand, or (`concepts`) \
             the page that explains words and rules. With --all, all pages go below a folder, in man1 and man7, as man(1) \
             looks for them.",
        ],
        examples: &[
            ("Read the page of a subcommand", "acpihp man plan | man -l -"),
            ("Read about overrides, zones and words", "acpihp man concepts | man -l -"),
            ("All pages, for one user", "acpihp man --all ~/.local/share/man"),
        ],
        files: &[("~/.local/share/man, /usr/share/man", "below which man(1) looks for pages")],
        environment: &[],
        see_also: &["man(1)"],
    },
];

/// The page of a subcommand, or of the program where `command` is empty.
pub fn find(command: &str) -> Option<&'static Page> {
    PAGES.iter().find(|page| page.command == command)
}

impl Page {
    /// Puts the page's words into the long help of its command.
    pub(super) fn help_of(&self, command: clap::Command) -> clap::Command {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        let long = std::iter::once(about.as_str()).chain(self.description.iter().copied());
        command.long_about(long.collect::<Vec<_>>().join("\n\n")).after_long_help(self.after_help())
    }

    /// Examples and exit statuses, as they follow the options in the long help.
    fn after_help(&self) -> String {
        let mut out = String::new();
        if !self.examples.is_empty() {
            out.push_str("Examples:\n");
        }
        for (does, line) in self.examples {
            let _ = writeln!(out, "  # {does}\n  {line}\n");
        }
        out.push_str("Exit status:\n");
        for (exit, means) in EXIT_STATUSES {
            let _ = writeln!(out, "  {}  {}", exit as u8, hanging(means, 5, 78));
        }
        out.truncate(out.trim_end().len());
        out
    }
}

/// Text broken at blanks so that no line passes `width`, later lines indented by `indent` blanks.
fn hanging(text: &str, indent: usize, width: usize) -> String {
    let (mut out, mut column) = (String::new(), indent);
    for word in text.split(' ') {
        let length = word.chars().count();
        if out.is_empty() {
            column = indent + length;
        } else if column + 1 + length > width {
            let _ = write!(out, "\n{:indent$}", "");
            column = indent + length;
        } else {
            out.push(' ');
            column += 1 + length;
        }
        out.push_str(word);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::commands::{Cli, command};
    use clap::CommandFactory;

    #[test]
    fn every_command_has_a_page_and_every_page_a_command() {
        let mut names: Vec<String> =
            Cli::command().get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
        names.insert(0, String::new());
        let pages: Vec<_> = PAGES.iter().map(|page| page.command).collect();
        assert_eq!(pages, names, "src/cli/pages.rs and the subcommands of src/cli/args.rs");
    }

    #[test]
    fn examples_are_command_lines_that_parse() {
        for (does, line) in PAGES.iter().flat_map(|page| page.examples) {
            assert!(line.len() <= 76, "too long for a terminal: {line}");
            assert!(!does.ends_with('.') && does.starts_with(char::is_uppercase), "{does}");
            let mut calls = 0;
            for part in line.split(['|', ';']).flat_map(|part| part.split("&&")) {
                let words = words(part);
                let Some(start) = words.iter().position(|word| word == "acpihp") else { continue };
                let end = words.iter().position(|word| word.starts_with('>')).unwrap_or(words.len());
                calls += 1;
                if let Err(error) = command().try_get_matches_from(&words[start..end]) {
                    panic!("{line}\n{error}");
                }
            }
            assert!(calls > 0, "{line}: does not run acpihp");
        }
    }

    /// The words of a shell line; single and double quotes hold words together.
    fn words(line: &str) -> Vec<String> {
        let (mut out, mut word, mut quote) = (Vec::new(), None::<String>, None);
        for character in line.chars() {
            match (quote, character) {
                (Some(open), close) if open == close => quote = None,
                (None, '\'' | '"') => {
                    quote = Some(character);
                    word.get_or_insert_default();
                }
                (None, ' ') => out.extend(word.take()),
                _ => word.get_or_insert_default().push(character),
            }
        }
        out.extend(word);
        out
    }

    #[test]
    fn text_hangs() {
        assert_eq!(hanging("aa bb cc", 2, 7), "aa bb\n  cc");
        assert_eq!(hanging("a-long-word b", 2, 7), "a-long-word\n  b");
    }

    #[test]
    fn help_fits_a_terminal() {
        for page in PAGES {
            for line in page.after_help().lines() {
                assert!(line.chars().count() <= 80, "{line}");
            }
        }
    }
}
