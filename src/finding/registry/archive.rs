//! Rules about override archives and initrds. What is wrong with a table in itself has a rule in [`super::header`]; the
//! kernel refuses such a file.

use crate::finding::Area;

/// What these rules are about, unless they say otherwise.
const AREA: Area = Area::Archive;

super::rules! {
    SIGNATURE = Error "archive-signature" {
        title: "a table of a signature that Linux does not take from an initrd",
        why: "Linux has a list of signatures that it takes; it grew with the releases. FACS, the RSDP and vendors' tables were \
              never in it.",
        consequence: "Linux skips the file (\"Unknown signature\") and goes on with the next one.",
        fix: "Leave the file out, or boot a release that takes it.",
        command: "acpihp simulate --kernel RELEASE",
        reference: "Linux table_sigs in acpi_table_upgrade, drivers/acpi/tables.c, 4.7 to 7.3 (before that \
                    drivers/acpi/osl.c)",
    }
    SEVERAL_TABLES = Error "archive-several-tables" {
        title: "a file with several tables, one after the other",
        why: "Linux takes one table a file and compares the length of the file with that in the first header.",
        consequence: "Linux skips the file (\"File length does not match table length\").",
        fix: "Split it: acpihp dump --from FILE -o DIR writes each table into a file of its own.",
        command: "acpihp dump --from FILE -o DIR",
        reference: "Linux acpi_table_upgrade, drivers/acpi/tables.c, 4.7 to 7.3",
    }
    OTHER_TABLES = Warning "archive-other-tables" {
        title: "an initrd that has override tables of its own, after those that are put in front",
        why: "Linux takes the tables of all archives at the front of an initrd together, in order.",
        consequence: "Linux looks at these files too. Of two files for one table the first one counts, and the other is \
                      installed as an additional table.",
        fix: "Take the other archive out where it comes from (a hook of dracut, mkinitcpio or initramfs-tools), or leave \
               these tables out.",
        command: "acpihp inspect INITRD",
        reference: "Linux acpi_table_upgrade, drivers/acpi/tables.c, 4.7 to 7.3",
    }
    OVER_LIMIT = Error "archive-over-limit" {
        title: "more files than Linux looks at",
        why: "Linux looks at the first 64 files below kernel/firmware/acpi/ and counts those that it refuses; the first \
              releases looked at 10.",
        consequence: "Linux silently ignores the file.",
        fix: "Leave out files that are refused, and join SSDTs.",
        command: "acpihp inspect INITRD",
        reference: "Linux acpi_table_upgrade, drivers/acpi/tables.c, 4.7 to 7.3: NR_ACPI_INITRD_TABLES",
    }
    NAME_LONG = Warning "archive-name-long" {
        title: "a file name of more than 16 characters after kernel/firmware/acpi/",
        why: "Linux keeps 17 characters of the name after the directory, for its messages.",
        consequence: "Linux warns (\"exceeding MAX_CPIO_FILE_NAME\") and shows the name cut; the table is used all the same.",
        fix: "Give the file a shorter name.",
        command: "acpihp mkinitrd-override FILE -o NEW",
        reference: "Linux find_cpio_data, lib/earlycpio.c, 3.13 to 7.3",
    }
    PREFIX = Error "archive-prefix" {
        title: "a table under a path that the kernel does not look at",
        why: "Names must begin with kernel/firmware/acpi/, letter by letter: no ./ and no / in front of it. A table under \
              quite another path may be there for another reason: that is a warning.",
        consequence: "Linux does not see the file at this point of the boot, and prints nothing about it.",
        fix: "Make the archive again from inside the folder that has kernel/ in it: find kernel | cpio -o -H newc, or \
               acpihp mkinitrd-override.",
        command: "acpihp mkinitrd-override FILE -o NEW",
        reference: "Linux find_cpio_data, lib/earlycpio.c, 3.8 to 7.3",
    }
    NO_TRAILER = Warning "archive-no-trailer" {
        title: "an archive without the entry that ends it",
        why: "cpio ends an archive with an entry named TRAILER!!!. Linux does not need it, so an archive that was cut off \
              between two entries looks whole to the kernel.",
        consequence: "None for the entries that are there; what should have followed is lost.",
        fix: "Make sure that nothing is missing; make the archive again.",
        command: "acpihp mkinitrd-override FILE -o NEW",
        reference: "Linux find_cpio_data, lib/earlycpio.c, and do_name, init/initramfs.c, 5.10 to 7.3",
    }
    NOT_REGULAR = Error "archive-not-regular" {
        title: "an entry below kernel/firmware/acpi/ that is not a regular file",
        why: "Only regular files are looked at: a symbolic link is not followed.",
        consequence: "Linux does not see a table there, and prints nothing about it.",
        fix: "Put the file itself into the archive (cpio -L, or acpihp mkinitrd-override).",
        command: "acpihp mkinitrd-override FILE -o NEW",
        reference: "Linux find_cpio_data, lib/earlycpio.c, 3.8 to 7.3",
    }
    HIDDEN = Error "archive-hidden" {
        title: "a table that the kernel's early search does not reach",
        why: "The search starts at the first byte of the initrd and ends for good at the first thing that is neither a newc \
              archive nor zeros: a compressed part, above all.",
        consequence: "Linux does not see the file when it looks for tables, and prints nothing about it.",
        fix: "Put the archive with the tables in front of everything that is compressed.",
        command: "acpihp mkinitrd-override FILE --initrd INITRD -o NEW",
        reference: "Linux find_cpio_data, lib/earlycpio.c, 3.8 to 7.3",
    }
    COMPRESSED = Error "archive-compressed" {
        title: "an override archive that is compressed",
        why: "Tables are needed long before anything can be unpacked.",
        consequence: "Linux does not see any file in it when it looks for tables, and prints nothing about it.",
        fix: "Leave the archive uncompressed and put it in front of the compressed initrd.",
        command: "acpihp mkinitrd-override FILE --initrd INITRD -o NEW",
        reference: "Linux find_cpio_data, lib/earlycpio.c, 3.8 to 7.3",
    }
    MISALIGNED = Error "archive-misaligned" {
        title: "an archive that does not start at a multiple of 4",
        why: "Headers and data of a newc archive stand at multiples of 4, counted from the start of the initrd. Parts that are \
              put together must be filled up with zeros to such a multiple.",
        consequence: "The early search does not find its tables, and the unpacker stops there (\"broken padding\" or \"invalid \
                      magic\"): what follows is lost, and mostly the boot fails.",
        fix: "Fill the part in front of it up with zeros to a multiple of 4 (cpio does so to 512), or use acpihp \
               mkinitrd-override --initrd.",
        command: "acpihp mkinitrd-override FILE --initrd INITRD -o NEW",
        reference: "Linux find_cpio_data, lib/earlycpio.c, and do_reset, init/initramfs.c, 5.10 to 7.3",
    }
    TRUNCATED = Error "archive-truncated" {
        title: "an archive that ends in the middle of an entry",
        why: "The entry's header promises more bytes, with the padding up to a multiple of 4, than the file has.",
        consequence: "Linux uses the entries in front of it; this one, and all that should have followed, is lost.",
        fix: "Make the archive again: a copy was cut off, or cpio was interrupted.",
        command: "acpihp mkinitrd-override FILE -o NEW",
        reference: "Linux find_cpio_data, lib/earlycpio.c, and do_skip, init/initramfs.c, 5.10 to 7.3",
    }
    DSDT_UNKNOWN = Warning in Override "override-dsdt-unknown" {
        title: "a DSDT for a machine whose own DSDT is not at hand",
        why: "Linux compares the ids and the OEM revision of the file with those of the DSDT that the FADT names. That one is not \
              among the tables that were given.",
        consequence: "With the same ids and a higher OEM revision Linux uses the file in its place; with the same ids and no \
                      higher revision it drops the file; with other ids it installs it and never loads it.",
        fix: "Compare with tables that have the DSDT: those of the machine, the whole text of acpidump, or a listing that names it \
              with its ids.",
        command: "acpihp check FILE --against DUMP",
        reference: "Linux acpi_table_initrd_override, drivers/acpi/tables.c, and acpi_tb_parse_fadt, \
                    drivers/acpi/acpica/tbfadt.c, 4.7 to 7.3",
    }
    FORMAT = Error "archive-format" {
        title: "an archive of another format than newc",
        why: "Linux reads newc (magic number 070701 or 070702) and nothing else. GNU cpio writes another format unless it is \
              given -H newc, and tar never writes it.",
        consequence: "The early search ends there, and the unpacker too (\"incorrect cpio method used: use -H newc option\", \
                      \"no cpio magic\" or \"invalid magic at start of compressed archive\"): what follows is lost, and mostly the boot fails.",
        fix: "Make the archive again with cpio -o -H newc, or with acpihp mkinitrd-override.",
        command: "acpihp mkinitrd-override FILE -o NEW",
        reference: "Linux find_cpio_data, lib/earlycpio.c, and do_header, init/initramfs.c, 5.10 to 7.3",
    }
    UNPACKER = Error "archive-unpacker" {
        title: "something that stops the unpacker",
        why: "Long after the search for tables the whole initrd is unpacked into the root file system; that reader has rules \
              of its own.",
        consequence: "The kernel logs \"Initramfs unpacking failed\" and ignores the rest of the initrd: mostly the boot fails.",
        fix: "Make the initrd again; the message says at which byte it breaks.",
        command: "acpihp mkinitrd-override FILE -o NEW",
        reference: "Linux unpack_to_rootfs, init/initramfs.c, 5.10 to 7.3",
    }
    PAST_END = Error "archive-past-end" {
        title: "gzip data that end within their trailer, so that the kernel reads past the end of the initrd",
        why: "A gzip member ends with 8 bytes of checksum and length. Linux skips them without a look whether they are there, and \
              counts what is left of the initrd down below zero.",
        consequence: "Linux unpacks whatever follows in memory, and dies at the first page that does not exist (\"unable to handle \
                      page fault\", \"Kernel panic\"), even if /init was unpacked before.",
        fix: "Make the initrd again: a copy was cut off. gzip -t reports the same.",
        command: "acpihp inspect INITRD --deep",
        reference: "Linux __gunzip, lib/decompress_inflate.c, and unpack_to_rootfs, init/initramfs.c, 5.10 to 7.3",
    }
    CHECKSUM = Warning "archive-checksum" {
        title: "gzip data whose checksum or length differs from what comes out of them",
        why: "The trailer of a gzip member has the CRC and the length of what was packed. Linux looks at neither.",
        consequence: "Linux says nothing, and the boot goes on with files that are damaged.",
        fix: "Make the initrd again.",
        command: "acpihp inspect INITRD --deep",
        reference: "Linux __gunzip, lib/decompress_inflate.c, 5.10 to 7.3",
    }
    UNSUPPORTED = Error "archive-unsupported" {
        title: "a part that is compressed in a way that Linux cannot unpack",
        why: "The decoders in the kernel are smaller than the programs that pack: xz data need a CRC32 or no checksum, where xz by \
              itself makes CRC64; LZ4 data must be in the legacy format; a gzip header may have a name and nothing more.",
        consequence: "The kernel logs \"Initramfs unpacking failed\" and ignores this part and all that follows: mostly the boot \
                      fails.",
        fix: "Pack it again with xz --check=crc32, lz4 -l, gzip or zstd.",
        command: "acpihp inspect INITRD --deep",
        reference: "Linux decompress_method, lib/decompress.c, and lib/decompress_*.c, 5.10 to 7.3",
    }
    NO_TABLES = Warning "archive-no-tables" {
        title: "no table that Linux would find",
        why: "An initrd need not have any; an override archive is made for nothing else.",
        consequence: "Linux keeps all tables of the firmware.",
        fix: "Nothing needs fixing, unless this is to override tables: make the archive with acpihp mkinitrd-override.",
        command: "acpihp mkinitrd-override FILE -o NEW",
        reference: "Linux acpi_table_upgrade, drivers/acpi/tables.c, 4.7 to 7.3",
    }
    ROOT_TABLE = Warning "archive-root-table" {
        title: "a RSDT or XSDT in an override archive",
        why: "Linux takes the file, but reads the firmware's root table in a way that no override reaches.",
        consequence: "The file is copied and never used.",
        fix: "Leave it out; tables are added by putting them into the archive under ids that the firmware does not use.",
        reference: "Linux acpi_table_initrd_scan, drivers/acpi/tables.c, 4.7 to 7.3",
    }
    SAME_IDENTITY = Warning "archive-same-identity" {
        title: "several tables of one signature, OEM id and OEM table id",
        why: "These three fields decide which table of the firmware a file replaces; the first file that fits is taken, \
              whatever the OEM revisions of the others.",
        consequence: "Where the firmware has a table with them, the first one replaces it; Linux installs the others as \
                      additional tables, or drops those that are not newer than the firmware's next one with these ids.",
        fix: "Leave one of them, or give additional SSDTs an OEM table id of their own.",
        command: "acpihp edit FILE --set 'Oem Table ID=TEXT' -o NEW",
        reference: "Linux acpi_table_initrd_override and acpi_table_initrd_scan, drivers/acpi/tables.c, 4.7 to 7.3",
    }
    NOT_NEWER = Error in Override "override-not-newer" {
        title: "the OEM revision is not above that of the firmware's table",
        why: "Linux replaces a table only by one of a higher OEM revision.",
        consequence: "Linux silently drops the file: it neither replaces the firmware's table nor is installed.",
        fix: "Raise the OEM revision (bytes 24 to 27) above the firmware's and fix the checksum.",
        command: "acpihp edit FILE --oem-revision N -o NEW",
        reference: "Linux acpi_table_initrd_override, drivers/acpi/tables.c, 4.7 to 7.3",
    }
    IDS_DIFFER = Warning in Override "override-ids-differ" {
        title: "the firmware has such a table, with other ids",
        why: "A file replaces the firmware's table only if OEM id and OEM table id are the same in every byte: blanks, zeros \
              and the case of letters count.",
        consequence: "Linux installs it as an additional table. Of most tables the first one counts, which is the firmware's; \
                      an additional SSDT is loaded.",
        fix: "Copy OEM id (bytes 10 to 15) and OEM table id (bytes 16 to 23) from the firmware's table and fix the checksum.",
        command: "acpihp edit FILE --set 'Oem ID=TEXT' --set 'Oem Table ID=TEXT' -o NEW",
        reference: "Linux acpi_table_initrd_override and acpi_table_initrd_scan, drivers/acpi/tables.c, 4.7 to 7.3",
    }
    IGNORED = Error in Override "override-ignored" {
        title: "the firmware has no table of these ids, and this kernel adds none",
        why: "Up to 4.6 a file can replace a table of the same signature and OEM table id, and nothing else.",
        consequence: "Linux copies the file and never uses it.",
        fix: "Copy the OEM table id (bytes 16 to 23) from the firmware's table and fix the checksum, or boot 4.7 or later.",
        command: "acpihp edit FILE --set 'Oem Table ID=TEXT' -o NEW",
        reference: "Linux acpi_os_physical_table_override, drivers/acpi/osl.c, 3.8 to 4.6",
    }
    LOCKED_DOWN = Error "override-locked-down" {
        title: "a machine that is locked down, with a kernel that then ignores override tables",
        why: "Lockdown (Secure Boot, or lockdown= on the command line) forbids changing ACPI tables. From 6.12 on it comes \
              into force too late for that.",
        consequence: "Linux reports the tables as found, says \"kernel is locked down, ignoring table override\" and keeps \
                      those of the firmware.",
        fix: "Turn Secure Boot off, or boot 6.12 or later.",
        command: "acpihp simulate --kernel RELEASE",
        reference: "Linux acpi_table_upgrade, drivers/acpi/tables.c, 5.4 to 6.11",
    }
    NOT_CONFIGURED = Error "override-not-configured" {
        title: "a kernel that was built without overriding of tables from the initrd",
        why: "It needs CONFIG_ACPI_TABLE_UPGRADE (before 4.7: CONFIG_ACPI_INITRD_TABLE_OVERRIDE), and searches the boot \
              loader's initrd only without CONFIG_ACPI_TABLE_OVERRIDE_VIA_BUILTIN_INITRD.",
        consequence: "Linux silently keeps all tables of the firmware.",
        fix: "Boot a kernel that is configured for it; most distributions' are.",
        command: "acpihp simulate --kernel RELEASE",
        reference: "Linux CONFIG_ACPI_TABLE_UPGRADE, drivers/acpi/Kconfig, 4.7 to 7.3",
    }
    ADDS = Info in Override "override-adds" {
        title: "the firmware has no such table",
        why: "A file that replaces nothing is installed at the end of the list of tables.",
        consequence: "Linux installs it as an additional table and uses it.",
        fix: "Nothing needs fixing, if this is meant.",
        reference: "Linux acpi_table_initrd_scan, drivers/acpi/tables.c, 4.7 to 7.3",
    }
    AMBIGUOUS = Warning in Override "override-ambiguous" {
        title: "the firmware has several tables of these ids",
        why: "Nothing in a table's identity distinguishes them; about two of five machines have SSDTs like that.",
        consequence: "Linux replaces the first one of them in the order of the firmware's root table, and leaves the others.",
        fix: "Make sure that the first one is meant; the others cannot be replaced alone.",
        command: "acpihp dump --from DUMP",
        reference: "Linux acpi_table_initrd_override, drivers/acpi/tables.c, 4.7 to 7.3",
    }
    ORDER_OPEN = Warning in Override "override-order-open" {
        title: "what becomes of it depends on an order that is not known",
        why: "Several of the firmware's tables have these ids, and the order of a dump or of a folder's files is not that of \
              installation.",
        consequence: "Linux compares it with the one that its root table names first, and with no other.",
        fix: "Name the log of the machine (--dmesg LOG), or the tables that come first (--root-order FILE,FILE).",
        command: "acpihp check FILE --dmesg LOG",
        reference: "Linux acpi_table_initrd_override, drivers/acpi/tables.c, 4.7 to 7.3",
    }
    IN_FORCE = Info in Override "override-in-force" {
        title: "the very same table is in force already",
        why: "The tables that it was compared with were read after this override, or the firmware has it by itself.",
        consequence: "Linux would not replace a table by one of the same OEM revision; booted from the firmware's own tables it \
                      may well do so.",
        fix: "Compare with tables that were read without the override.",
        command: "acpihp check FILE --against DUMP",
        reference: "Linux acpi_table_initrd_override, drivers/acpi/tables.c, 4.7 to 7.3",
    }
    FADT_ADDRESSES = Warning in Override "override-fadt-addresses" {
        title: "an overriding FADT with other addresses than the firmware's",
        why: "Linux takes the addresses of DSDT and FACS from the FADT in the archive; firmware may put these tables elsewhere at \
              the next boot.",
        consequence: "Linux reads DSDT and FACS from the addresses that the archive says, whatever is there.",
        fix: "Copy the addresses from the firmware's FADT, and do not use the archive on another machine or after an update.",
        command: "acpihp diff DUMP FILE",
        reference: "Linux acpi_tb_parse_fadt, drivers/acpi/acpica/tbfadt.c, 5.10 to 7.3",
    }
}
