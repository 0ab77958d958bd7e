//! Pages of the commands that make archives and initrds, and say what Linux will take from them.

use super::{COLOUR, Page, TABLES};

/// `acpihp mkinitrd-override`.
pub(super) const MKINITRD_OVERRIDE: Page = Page {
    command: "mkinitrd-override",
    description: &[
        "Writes an uncompressed cpio archive (newc) that holds the tables under kernel/firmware/acpi/, as Linux \
         looks for them. They are kept in the order given, which matters where two are meant for one table: the first \
         one counts. The same tables always give the same bytes: owner, inode numbers and modes are fixed, \
         the time is SOURCE_DATE_EPOCH or 0, and zeros fill the archive to a multiple of 512. Files keep their \
         names: the kernel's log shows them, up to 16 bytes, so a longer name is cut, other characters than \
         letters, digits, dot, dash and underscore become underscores, and the second of two equal names gets a number.",
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
        ("The initrd as it was", "acpihp mkinitrd-override --remove --initrd initrd-acpi.img -o initrd.img"),
    ],
    files: &[
        ("kernel/firmware/acpi/", "in the archive: the folder under which Linux looks for tables"),
        TABLES,
    ],
    environment: &[
        ("SOURCE_DATE_EPOCH", "the time that the entries of the archive carry, in seconds since 1970"),
        COLOUR[0],
        COLOUR[1],
    ],
    see_also: &["acpihp-inspect(1)", "cpio(1)", "iasl(1)", "lsinitramfs(8)", "dracut(8)", "mkinitcpio(8)"],
};

/// `acpihp check`.
pub(super) const CHECK: Page = Page {
    command: "check",
    description: &[
        "Takes tables, folders, dumps, archives and initrd images, and reports what Linux would refuse or \
         misread in them, with what Linux does then. Each finding has a code that acpihp-explain(1) explains.",
        "A folder is taken with the folders below it, each with tables for one machine; links to folders, links that \
         lead out of a folder, more than 16 levels or 1024 folders, and files without tables are left out, and named on \
         standard error.",
        "--sysroot, --from and --sample name the machine that the tables are to be used on; without a path it is the \
         machine's own tables that are checked. --against names another one.",
        "With several kernels, such as --kernel 5.10,6.1,6.12, a table shows what becomes of each input on each and which \
         findings differ. Every finding is there once, and says which kernels it is of.",
        "The tables of one source are compared with each other, and those of a root (/, a copy of /proc and /sys, or an \
         archive of acpihp-capture(1)) with its memory map as well. Of tables of which Linux uses the first, a dump or a \
         folder does not say which that is: what holds in one order only says so, and --dmesg or --root-order settles it.",
        "--judge says who judges how much a finding matters. With linux, the default, what Linux never looks at is info, \
         as reserved bits and tables that no part of it reads are, and a wrong checksum of a firmware's own table, which \
         Linux uses all the same, is a warning. With specification every finding is as severe as ACPI and its companions \
         make it. The rules are the same; acpihp-explain(1) has both severities of each.",
        "Policies: with --policy, a file of assertions, one a line, is compared with the archives and tables, and each \
         that does not hold is an error: \"only SRAT, SLIT\", \"no file refused\", \"override SRAT wins\", \"every override \
         wins\", \"no table added\", \"node 1 fully movable\", \"node 0 not movable\", \"movable at least 4G\", \"movable at \
         most 50%\", \"kernel keeps at least 2G\", \"range 8G-16G movable\", \"can grow to 64G\" and \"can grow to 64G movable\" \
         (acpihp-advise(1) says what these mean). Those about overrides need --against, those about movable memory a root that has a memory map, there \
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
        (
            "On which of these kernels will it work?",
            "acpihp check acpi.img --sample hotplug --kernel 5.10,6.1,6.12",
        ),
        ("Leave out what is known", "acpihp check --allow srat-all-hotpluggable SRAT.aml"),
        (
            "Does the archive do what it is for, on the machine of a capture?",
            "acpihp check a.img --against pc.tar --policy a.policy --cmdline movable_node",
        ),
    ],
    files: &[TABLES],
    environment: &COLOUR,
    see_also: &["acpihp-explain(1)"],
};

/// `acpihp inspect`.
pub(super) const INSPECT: Page = Page {
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
        "Archives of up to 32 entries are listed, larger ones with --entries. Without --deep, tables that are where no \
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
    see_also: &["acpihp-check(1)", "acpihp-mkinitrd-override(1)", "lsinitramfs(8)", "lsinitrd(1)", "cpio(1)"],
};
