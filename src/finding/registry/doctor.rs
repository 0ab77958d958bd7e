//! Rules about a boot that was.

use crate::finding::Area;

/// What these rules are about, unless they say otherwise.
const AREA: Area = Area::Doctor;

super::rules! {
    NO_INITRD = Warning "doctor-no-initrd" {
        title: "a boot without an initrd",
        why: "Override tables travel in the initrd that the boot loader hands over.",
        consequence: "Linux keeps all tables of the firmware.",
        fix: "Let the boot loader load an initrd with the archive in front, or the archive alone.",
        reference: "Linux acpi_table_upgrade, drivers/acpi/tables.c, 4.7 to 7.3",
    }
    OTHER_INITRD = Warning "doctor-other-initrd" {
        title: "an initrd on disk that is not the one that was booted",
        why: "It was made anew since this boot, or the boot loader takes another file, or more files than its entry names.",
        consequence: "What the kernel did cannot be told from this file; the next boot may do otherwise.",
        fix: "Boot again and look then, or name the file that was booted: acpihp doctor --initrd FILE.",
        reference: "Linux boot_params.hdr.ramdisk_size, Documentation/arch/x86/boot.rst",
    }
    NOT_SEEN = Error "doctor-not-seen" {
        title: "tables in front of the initrd that the kernel did not mention",
        why: "Linux prints a line for each file that it finds below kernel/firmware/acpi/, accepted or not.",
        consequence: "Linux keeps all tables of the firmware.",
        fix: "If the initrd was made anew since this boot, boot again. If not, look whether the kernel has \
               CONFIG_ACPI_TABLE_UPGRADE, and whether the boot loader takes this file.",
        reference: "Linux acpi_table_upgrade, drivers/acpi/tables.c, 4.7 to 7.3",
    }
    COPY = Warning "doctor-copy" {
        title: "a table in the archive that is the firmware's, byte for byte",
        why: "Linux replaces a table only by one of a higher OEM revision, and this one changes nothing.",
        consequence: "Linux drops the file without a word; the firmware's table stays, which is the same.",
        fix: "Leave the file out, or put in what was meant: the changed table, with a higher OEM revision.",
        reference: "Linux acpi_table_initrd_override, drivers/acpi/tables.c, 4.7 to 7.3",
    }
    ACPI_OFF = Error "doctor-acpi-off" {
        title: "a boot without ACPI",
        why: "With acpi=off Linux still copies the archive's tables, and then reads no table at all.",
        consequence: "No table is replaced, and no SRAT is read.",
        fix: "Take acpi=off off the command line.",
        reference: "Linux acpi_boot_table_init, arch/x86/kernel/acpi/boot.c, 5.10 to 7.3",
    }
    NO_STATIC_SSDT = Error "doctor-no-static-ssdt" {
        title: "SSDTs of an archive in a boot that installs none",
        why: "With acpi_no_static_ssdt Linux announces each SSDT of the archive, and then does not install it.",
        consequence: "The log says \"Table Upgrade: install\", and \"Ignoring installation\" behind it: nothing of the SSDT is in force.",
        fix: "Take acpi_no_static_ssdt off the command line.",
        reference: "Linux acpi_tb_install_standard_table, drivers/acpi/acpica/tbinstal.c, 4.7 to 7.3",
    }
    NOT_IN_FORCE = Warning "doctor-not-in-force" {
        title: "tables in /sys that are not those of the archive",
        why: "After an override /sys/firmware/acpi/tables shows the archive's tables, byte for byte.",
        consequence: "The initrd on disk is not the one that was booted, or tables of another boot were looked at.",
        fix: "Boot again and look then.",
        reference: "Linux acpi_tb_override_table, drivers/acpi/acpica/tbinstal.c, 4.2 to 7.3",
    }
    PREDICTION = Warning "doctor-prediction" {
        title: "a boot that did otherwise than predicted",
        why: "The prediction was made anew from what this boot's machine shows, by the model that plan and simulate use.",
        consequence: "What plan and simulate say of the next boot may be wrong in the same place.",
        fix: "Boot once with memblock=debug on the command line, which shows all that was reserved, and look again. If it still \
               differs, report it with the output of acpihp capture.",
        reference: "docs/architecture.md, \"The kernel is the judge\"",
    }
}
