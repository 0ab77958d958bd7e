//! Rules about tables in general: the header, the sum, the root tables, FADT and FACS.

use crate::finding::{Area, Rule};

/// What these rules are about, unless they say otherwise.
const AREA: Area = Area::Header;

super::rules! {
    SHORT_HEADER = Error "table-header-short" {
        title: "fewer bytes than the 36 of a table header",
        why: "Every ACPI table but the RSDP and the FACS begins with a header of 36 bytes; without it there is no \
              signature, length or sum to go by.",
        consequence: "Linux refuses it in an initrd (\"Table smaller than ACPI header\"); nothing can be read from it.",
        fix: "Take the table again from its source: the file is cut off or is not an ACPI table.",
        command: "acpihp dump --from DUMP -o DIR",
        reference: "ACPI 6.5, 5.2.6; Linux acpi_table_upgrade, drivers/acpi/tables.c, 4.7 to 7.3",
    }
    LENGTH_SHORT = Error "table-length-short" {
        title: "the header's length is less than the header's own 36 bytes",
        why: "The length counts the whole table, header included; readers that subtract 36 from it without a look run \
              past the end of their buffer.",
        consequence: "Linux refuses it in an initrd (\"File length does not match table length\").",
        fix: "Set the length (bytes 4 to 7) to the size of the table and fix the checksum.",
        command: "acpihp dump --from DUMP -o DIR",
        reference: "ACPI 6.5, 5.2.6; Linux acpi_table_upgrade, drivers/acpi/tables.c, 4.7 to 7.3",
    }
    TRUNCATED = Error "table-truncated" {
        title: "the header's length says more bytes than are there",
        why: "The end of the table is missing: a copy was cut off, or the length is wrong.",
        consequence: "Linux refuses it in an initrd (\"File length does not match table length\").",
        fix: "Take the whole table again from its source, or set the length to the size of the table and fix the checksum.",
        command: "acpihp dump --from DUMP -o DIR",
        reference: "ACPI 6.5, 5.2.6; Linux acpi_table_upgrade, drivers/acpi/tables.c, 4.7 to 7.3",
    }
    TRAILING_BYTES = Warning "table-trailing-bytes" {
        title: "there are bytes after the end that the header's length says",
        why: "What follows the length is not part of the table: padding of a dump, or a length that was not updated.",
        consequence: "Linux reads no further than the length says, and refuses such a file in an initrd (\"File length \
                      does not match table length\").",
        fix: "Cut the file to the header's length, or set the length to the size of the file and fix the checksum.",
        command: "acpihp dump --from DUMP -o DIR",
        reference: "ACPI 6.5, 5.2.6; Linux acpi_table_upgrade, drivers/acpi/tables.c, 4.7 to 7.3",
    }
    CHECKSUM = Error "table-checksum" {
        title: "the bytes do not sum to zero",
        why: "All bytes of a table, the checksum at byte 9 included, must sum to zero modulo 256. A wrong sum means an \
              edit without a new checksum, or damaged bytes.",
        consequence: "Linux refuses it in an initrd (\"Bad table checksum\"); a firmware's table is used all the same, \
                      with a warning in the log.",
        firmware: Warning,
        fix: "Set byte 9 to the value that the message names, once the other bytes are right.",
        command: "acpihp edit FILE --oem-revision keep -o NEW",
        reference: "ACPI 6.5, 5.2.6; Linux acpi_table_upgrade, drivers/acpi/tables.c, 4.7 to 7.3",
    }
    UTF8_MANGLED = Error "table-utf8-mangled" {
        title: "binary data was treated as text: bytes from 0x80 up became EF BF BD",
        why: "A program that decodes a file as UTF-8 and writes it again replaces each byte that is not UTF-8 by the three \
              bytes EF BF BD. What they were is lost.",
        consequence: "Lengths, addresses and sums are wrong; Linux refuses it in an initrd.",
        fix: "Take the table again from its source, with a tool that copies bytes (cat, dd, acpidump -b).",
        command: "acpihp dump --from DUMP -o DIR",
        reference: "Unicode 15, 3.9, \"U+FFFD Substitution of Maximal Subparts\"",
    }
    SIGNATURE_CASE = Error "table-signature-case" {
        title: "the signature of a known table in the wrong case",
        why: "Signatures are compared byte by byte: srat is not SRAT.",
        consequence: "Linux refuses it in an initrd (\"Unknown signature\"); in a table of the firmware no part of Linux finds it.",
        firmware: Warning,
        fix: "Write the signature as the message has it and fix the checksum.",
        command: "acpihp edit FILE --set 'Signature=TEXT' -o NEW",
        reference: "ACPI 6.6, 5.2.6, table 5.5; Linux acpi_table_upgrade, drivers/acpi/tables.c, and acpi_get_table, \
                    drivers/acpi/acpica/tbxface.c, 5.10 to 7.3",
    }
    SIGNATURE_INVALID = Warning "table-signature-invalid" {
        title: "a signature that is not four capital letters, digits, _ or !",
        why: "The signature is four characters of ASCII. All signatures that are defined or reserved are made of capital letters, \
              digits, _ and !, iBFT apart; anything else is rarely a table.",
        consequence: "Linux refuses it in an initrd (\"Unknown signature\"); in a table of the firmware it prints '?' for bytes \
                      that cannot be printed, and does nothing with the table.",
        firmware: Info,
        fix: "Take the table again from its source, or write the signature that is meant and fix the checksum.",
        command: "acpihp edit FILE --set 'Signature=TEXT' -o NEW",
        reference: "ACPI 6.6, 5.2.6; Linux acpi_table_upgrade, drivers/acpi/tables.c, and acpi_tb_fix_string, \
                    drivers/acpi/acpica/tbprint.c, 5.10 to 7.3",
    }
    ID_UNPRINTABLE = Warning "table-id-unprintable" {
        title: "an OEM id has bytes that are not printable ASCII",
        why: "OEM id and OEM table id are ASCII text, filled up with blanks or zeros. Linux compares every byte of them, those \
              that cannot be seen as well.",
        consequence: "Linux takes the table, prints '?' for such bytes, and an override must repeat them exactly.",
        firmware: Info,
        fix: "Write plain text there and fix the checksum; in an override repeat the firmware's bytes.",
        command: "acpihp edit FILE --set 'Oem ID=TEXT' --set 'Oem Table ID=TEXT' -o NEW",
        reference: "ACPI 6.5, 5.2.6; Linux acpi_tb_fix_string, drivers/acpi/acpica/tbprint.c, 5.10 to 7.3",
    }
    CREATOR_UNPRINTABLE = Info "table-creator-unprintable" {
        title: "the creator id has bytes that are not printable ASCII",
        why: "The creator id names the tool that made the table. Some firmware puts numbers there.",
        consequence: "None: Linux prints '?' for such bytes and does nothing else with them.",
        fix: "Nothing needs fixing.",
        reference: "ACPI 6.5, 5.2.6; Linux acpi_tb_fix_string, drivers/acpi/acpica/tbprint.c, 5.10 to 7.3",
    }
    REVISION_UNKNOWN = Warning "table-revision-unknown" {
        title: "a revision that the specification does not define for this table",
        why: "The revision says how the fields of a table are to be read.",
        consequence: "Linux does not refuse a table for its revision; only fields that it knows of are read.",
        fix: "Set the revision that fits the table's contents and fix the checksum.",
        command: "acpihp edit FILE --set Revision=N -o NEW",
        reference: "ACPI 6.6, the first table of the section of each signature",
    }
    RESERVED_BITS = Warning "table-reserved-bits" {
        title: "reserved bits that are set, or a fixed number that differs",
        why: "Bits and bytes that the specification reserves are zero (a few hold a fixed number) until a later version gives \
              them a meaning.",
        consequence: "Linux does not look at them.",
        linux: Info,
        fix: "Set them to what the message names and fix the checksum, unless a newer specification defines them.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.6, the tables of the section of each signature",
    }
    ORDER_OPEN = Warning "table-order-open" {
        title: "several tables of which one counts, and nothing says which comes first",
        why: "The order of a dump or of a folder's files is not that of installation: only the root table (RSDT or XSDT, with the \
              tables' addresses) and the kernel's log show it.",
        consequence: "Linux uses the one that its root table names first; each that can be first is looked at.",
        fix: "Name the log of the machine (--dmesg LOG), or the tables that come first (--root-order FILE,FILE).",
        command: "acpihp plan --dmesg LOG",
        reference: "Linux acpi_get_table (ACPICA) and acpi_table_initrd_override, drivers/acpi/tables.c, 4.7 to 7.3",
    }
    SEVERAL = Warning "table-several" {
        title: "several tables of a kind of which Linux uses one",
        why: "Linux looks such a table up by its signature and takes the first in its list.",
        consequence: "Linux uses the first one that is installed; the others have no effect.",
        fix: "Leave one of them; for an override repeat the ids of the firmware's table, so that it replaces that one.",
        reference: "Linux acpi_get_table with instance 0 or 1, drivers/acpi/acpica/tbxface.c, 5.10 to 7.3",
    }
    RSDP_SHORT = Error "rsdp-short" {
        title: "fewer bytes than an RSDP has",
        why: "An RSDP has 20 bytes in revision 0 and 36 from revision 2 on.",
        consequence: "The sums cannot be right: Linux finds no RSDP there, and so no tables at all.",
        fix: "Take the RSDP again from its source.",
        command: "acpihp dump --from DUMP -o DIR",
        reference: "ACPI 6.5, 5.2.5.3; Linux acpi_tb_validate_rsdp, drivers/acpi/acpica/tbxfroot.c, 5.10 to 7.3",
    }
    RSDP_CHECKSUM = Error "rsdp-checksum" {
        title: "the first 20 bytes of the RSDP do not sum to zero",
        why: "The sum over the first 20 bytes is what distinguishes an RSDP from bytes that look like one.",
        consequence: "A scan of memory passes over it: without another RSDP Linux has no ACPI tables. An address that the \
                      boot loader gives is used without this test.",
        fix: "Set byte 8 to the value that the message names.",
        command: "acpihp edit FILE --oem-revision keep -o NEW",
        reference: "ACPI 6.5, 5.2.5.3; Linux acpi_tb_validate_rsdp, drivers/acpi/acpica/tbxfroot.c, 5.10 to 7.3",
    }
    RSDP_EXTENDED_CHECKSUM = Error "rsdp-extended-checksum" {
        title: "the 36 bytes of the RSDP do not sum to zero",
        why: "From revision 2 on a second sum covers all 36 bytes, the address of the XSDT with them.",
        consequence: "A scan of memory passes over it: without another RSDP Linux has no ACPI tables. An address that the \
                      boot loader gives is used without this test.",
        fix: "Set byte 32 to the value that the message names.",
        command: "acpihp edit FILE --oem-revision keep -o NEW",
        reference: "ACPI 6.5, 5.2.5.3; Linux acpi_tb_validate_rsdp, drivers/acpi/acpica/tbxfroot.c, 5.10 to 7.3",
    }
    RSDP_REVISION = Warning "rsdp-revision" {
        title: "an RSDP of a revision that is not defined",
        why: "Revision 0 is the RSDP of ACPI 1.0, revision 2 the one of every later version.",
        consequence: "Linux takes an RSDP of revision 2 or more for one with an XSDT, any other for one without.",
        fix: "Write 2 where there is an XSDT, else 0, and fix both checksums.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.5.3; Linux acpi_tb_parse_root_table, drivers/acpi/acpica/tbutils.c, 5.10 to 7.3",
    }
    RSDP_LENGTH = Warning "rsdp-length" {
        title: "an RSDP whose length is not 36",
        why: "From revision 2 on the length field counts the 36 bytes that the second sum covers.",
        consequence: "Linux does not look at it; other readers sum another number of bytes and find no RSDP.",
        fix: "Write 36 and fix the extended checksum.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.5.3",
    }
    ROOT_ENTRY_TWICE = Warning "root-entry-twice" {
        title: "one address twice in the RSDT or XSDT",
        why: "Each table is listed once.",
        consequence: "Linux installs the table twice in its list: an SSDT is loaded a second time, which fails for each name \
                      in it (\"AE_ALREADY_EXISTS\").",
        fix: "Leave the second entry out and fix length and checksum.",
        command: "acpihp dump FILE --format dsl -o DIR",
        reference: "ACPI 6.5, 5.2.8; Linux acpi_tb_parse_root_table, drivers/acpi/acpica/tbutils.c, 5.10 to 7.3",
    }
    RSDP_NO_ROOT = Warning "rsdp-no-root" {
        title: "the RSDP leads to no root table",
        why: "The RSDP gives the address of the RSDT, and from revision 2 on of the XSDT. In a template that firmware completes \
              both can be zero.",
        consequence: "Linux takes the XSDT where revision and address allow it, else the RSDT; here neither is given, so \
                      there are no ACPI tables.",
        fix: "Enter the address of the XSDT (and revision 2) or of the RSDT and fix both checksums.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.5.3; Linux acpi_tb_parse_root_table, drivers/acpi/acpica/tbutils.c, 5.10 to 7.3",
    }
    ROOT_NULL_ENTRY = Info "root-null-entry" {
        title: "a null address in the RSDT or XSDT",
        why: "An entry of the root table is the address of a table; zero is none.",
        consequence: "Linux skips it. Around 3.13 to 3.15 a null entry in the XSDT made Linux use the RSDT instead.",
        fix: "Leave the entry out and fix length and checksum.",
        command: "acpihp dump FILE --format dsl -o DIR",
        reference: "Linux acpi_tb_parse_root_table, drivers/acpi/acpica/tbutils.c, 5.10 to 7.3",
    }
    ROOT_TRAILING = Warning "root-trailing-bytes" {
        title: "bytes after the last whole address of the RSDT or XSDT",
        why: "The length of a root table is 36 and a multiple of the size of an address: 4 in the RSDT, 8 in the XSDT.",
        consequence: "Linux ignores the bytes that make no whole address: if one was meant, that table is not found.",
        fix: "Fix the length or the list, and the checksum.",
        command: "acpihp dump FILE --format dsl -o DIR",
        reference: "ACPI 6.5, 5.2.7 and 5.2.8; Linux acpi_tb_parse_root_table, drivers/acpi/acpica/tbutils.c, 5.10 to 7.3",
    }
    FADT_NO_DSDT = Warning "fadt-no-dsdt" {
        title: "the FADT leads to no DSDT",
        why: "The DSDT is found through the FADT's fields DSDT and X_DSDT; it is in no root table. In a template that firmware \
              completes both can be zero.",
        consequence: "Linux logs \"Could not acquire table length\" and runs without a DSDT: no devices are found through ACPI.",
        fix: "Enter the DSDT's address in X_DSDT, or in DSDT for tables below 4 GiB. An overriding FADT must repeat the \
               firmware's addresses, which can differ from boot to boot.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.9; Linux acpi_tb_parse_fadt, drivers/acpi/acpica/tbfadt.c, 5.10 to 7.3",
    }
    FADT_DSDT_DIFFER = Warning "fadt-dsdt-differ" {
        title: "DSDT and X_DSDT of the FADT are different addresses",
        why: "Both fields name the one DSDT; where both are set they must agree.",
        consequence: "Linux warns of the mismatch and uses the 64-bit address, unless acpi_force_32bit_fadt_addr is given.",
        fix: "Set the 32-bit field to the same address, or to zero.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.9; Linux acpi_tb_select_address, drivers/acpi/acpica/tbfadt.c, 5.10 to 7.3",
    }
    FACS_SHORT = Error "facs-length" {
        title: "the FACS says a length below 64 bytes",
        why: "A FACS has at least 64 bytes. It has no checksum: firmware and system both write to it.",
        consequence: "Fields past its end are read from whatever follows it.",
        fix: "Set the length (bytes 4 to 7) to 64 or the real size.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.10",
    }
    MALFORMED = Warning "table-structure" {
        title: "entries or fields that do not fit into the table or into each other",
        why: "A length, a count or an offset in the table leads past the end of what holds it, or nowhere.",
        consequence: "Linux reads such entries up to their own length, past the table's end if it says so, or stops there, \
                      as the code of each table has it.",
        fix: "Fix the length, the count or the offset that the message names.",
        command: "acpihp dump FILE --format dsl -o DIR",
        reference: "ACPI 6.5, 5.2; Linux acpi_parse_entries_array, lib/fw_table.c (6.7 to 7.3), drivers/acpi/tables.c before",
    }
    EMPTY = Info "table-empty" {
        title: "a header and nothing after it",
        why: "The table has no content.",
        consequence: "Linux installs it and finds nothing in it.",
        fix: "Leave the table out, or take it again from its source.",
        command: "acpihp dump --from DUMP -o DIR",
        reference: "ACPI 6.5, 5.2.6",
    }
}

/// Whether a rule is about the signature, of which a rule about archives says more.
pub fn is_signature(rule: &Rule) -> bool {
    *rule == SIGNATURE_CASE || *rule == SIGNATURE_INVALID
}
