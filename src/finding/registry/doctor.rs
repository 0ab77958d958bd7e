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
        command: "acpihp mkinitrd-override FILE -o NEW --howto",
        reference: "Linux acpi_table_upgrade, drivers/acpi/tables.c, 4.7 to 7.3",
    }
    OTHER_INITRD = Warning "doctor-other-initrd" {
        title: "an initrd on disk that is not the one that was booted",
        why: "It was made anew since this boot, or the boot loader takes another file, or more files than its entry names.",
        consequence: "This file does not show what the kernel did; the next boot may do otherwise.",
        fix: "Boot again and look then, or name the file that was booted: acpihp doctor --initrd FILE.",
        command: "acpihp doctor --initrd INITRD",
        reference: "Linux boot_params.hdr.ramdisk_size, Documentation/arch/x86/boot.rst",
    }
    NOT_SEEN = Error "doctor-not-seen" {
        title: "tables in front of the initrd that the kernel did not mention",
        why: "Linux prints a line for each file that it finds below kernel/firmware/acpi/, accepted or not.",
        consequence: "Linux keeps all tables of the firmware.",
        fix: "If the initrd was made anew since this boot, boot again. If not, look whether the kernel has \
               CONFIG_ACPI_TABLE_UPGRADE, and whether the boot loader takes this file.",
        command: "acpihp inspect INITRD",
        reference: "Linux acpi_table_upgrade, drivers/acpi/tables.c, 4.7 to 7.3",
    }
    COPY = Warning "doctor-copy" {
        title: "a table in the archive that is the firmware's, byte for byte",
        why: "Linux replaces a table only by one of a higher OEM revision, and this one changes nothing.",
        consequence: "Linux silently drops the file; the firmware's table stays, which is the same.",
        fix: "Leave the file out, or put in what was meant: the changed table, with a higher OEM revision.",
        command: "acpihp diff DUMP FILE",
        reference: "Linux acpi_table_initrd_override, drivers/acpi/tables.c, 4.7 to 7.3",
    }
    ACPI_OFF = Error "doctor-acpi-off" {
        title: "a boot without ACPI",
        why: "With acpi=off Linux still copies the archive's tables, and then reads no table at all.",
        consequence: "No table is replaced, and no SRAT is read.",
        fix: "Take acpi=off off the command line.",
        command: "acpihp simulate --append -acpi=off",
        reference: "Linux acpi_boot_table_init, arch/x86/kernel/acpi/boot.c, 5.10 to 7.3",
    }
    NO_STATIC_SSDT = Error "doctor-no-static-ssdt" {
        title: "SSDTs of an archive in a boot that installs none",
        why: "With acpi_no_static_ssdt Linux announces each SSDT of the archive, and then does not install it.",
        consequence: "The log says \"Table Upgrade: install\", and \"Ignoring installation\" after it: nothing of the SSDT is in force.",
        fix: "Take acpi_no_static_ssdt off the command line.",
        command: "acpihp simulate --cmdline 'LINE'",
        reference: "Linux acpi_tb_install_standard_table, drivers/acpi/acpica/tbinstal.c, 4.7 to 7.3",
    }
    NOT_IN_FORCE = Warning "doctor-not-in-force" {
        title: "tables in /sys that are not those of the archive",
        why: "After an override /sys/firmware/acpi/tables shows the archive's tables, byte for byte.",
        consequence: "The initrd on disk is not the one that was booted, or tables of another boot were looked at.",
        fix: "Boot again and look then.",
        command: "acpihp doctor",
        reference: "Linux acpi_tb_override_table, drivers/acpi/acpica/tbinstal.c, 4.2 to 7.3",
    }
    PREDICTION = Warning "doctor-prediction" {
        title: "a boot that did otherwise than predicted",
        why: "The prediction was made anew from what this boot's machine shows, by the model that plan and simulate use.",
        consequence: "What plan and simulate say of the next boot may be wrong in the same place.",
        fix: "Boot once with memblock=debug on the command line, which shows all that was reserved, and look again. If it still \
               differs, report it with the output of acpihp capture.",
        command: "acpihp capture -o NEW",
        reference: "docs/architecture.md, \"The kernel is the judge\"",
    }
    MISSING_FILE = Error "doctor-file-missing" {
        title: "a boot entry that names a file which is not there",
        why: "Boot loaders take the files of an entry by their paths on one partition: /acpi.img and /boot/acpi.img are two files.",
        consequence: "The boot loader reports that the file is not found; what it then hands over has none of its tables.",
        fix: "Correct the path in the entry, or in what the entry is made from, or put the file where the entry expects it.",
        command: "acpihp mkinitrd-override FILE -o NEW --howto",
        reference: "GNU GRUB manual, command initrd; Boot Loader Specification, key initrd",
    }
    NOT_LOADED = Error "doctor-not-loaded" {
        title: "tables on disk that no boot hands over",
        why: "Linux takes override tables from the memory that the boot loader calls the initrd. A file on disk that \
              no boot entry names, or that is not packed in front of the initrd, is not in there.",
        consequence: "Linux keeps all tables of the firmware.",
        fix: "Name the archive in the boot entry, before the initrd: acpihp mkinitrd-override --howto shows the lines.",
        command: "acpihp mkinitrd-override FILE -o NEW --howto",
        reference: "Linux Documentation/admin-guide/acpi/initrd_table_override.rst",
    }
    OUTDATED = Error "doctor-archive-outdated" {
        title: "an archive that does not have the tables it is made from",
        why: "Tables in the folder of mkinitcpio, dracut or initramfs-tools come into the initrd only when it is made anew.",
        consequence: "Linux gets the tables that were there when the initrd was made, or none.",
        fix: "Make the initrd anew, and boot it.",
        command: "acpihp mkinitrd-override FILE --initrd INITRD -o NEW",
        reference: "docs of the tool that makes the initrd: mkinitcpio(8), dracut.conf(5), update-initramfs(8)",
    }
    STRAY_PATH = Warning "doctor-stray-path" {
        title: "a file's name on the command line that nothing loads",
        why: "The kernel's command line loads no file. Only Linux's EFI stub and SYSLINUX read initrd= there; GRUB has the command initrd.",
        consequence: "Linux passes the word on to init; no table is loaded.",
        fix: "Take it off the command line (GRUB_CMDLINE_LINUX), and name the file where the boot loader reads it: \
              GRUB_EARLY_INITRD_LINUX_CUSTOM, or a line initrd.",
        command: "acpihp mkinitrd-override FILE -o NEW --howto",
        reference: "Linux Documentation/admin-guide/kernel-parameters.rst; GNU GRUB manual, command initrd",
    }
    NO_INIT = Warning "doctor-no-init" {
        title: "a boot entry whose only initrd holds no /init",
        why: "An archive of tables goes in front of the system's initrd, not in its place.",
        consequence: "Linux mounts the root file system itself; where that needs modules, LVM or encryption it panics.",
        fix: "Name both: first the archive, then the system's initrd.",
        command: "acpihp mkinitrd-override FILE -o NEW --howto",
        reference: "Linux kernel_init_freeable and prepare_namespace, init/main.c and init/do_mounts.c, 4.7 to 7.3",
    }
    EARLIER_BIOS = Warning "doctor-earlier-bios" {
        title: "an override that was made for an earlier BIOS",
        why: "Its table was made from a table that the firmware has in a newer version by now.",
        consequence: "What the newer BIOS changed in the table is undone: addresses and devices may be wrong.",
        fix: "Dump the table anew from a boot without the override, apply the change to that, and make a new archive.",
        command: "acpihp diff DUMP FILE",
        reference: "ACPI 6.6 section 5.2.6, OEM Revision and Creator Revision",
    }
    NO_RSDP = Error "doctor-no-rsdp" {
        title: "Linux found no ACPI tables at all",
        why: "The root pointer comes from the boot loader, from EFI, or from a search of low memory; all three had none.",
        consequence: "No table is read, so none is replaced; Linux runs without ACPI.",
        fix: "Boot in EFI mode, or with a boot loader that hands the pointer over; for kexec add acpi_rsdp=ADDRESS, \
              for a virtual machine turn ACPI on.",
        reference: "Linux acpi_os_get_root_pointer, drivers/acpi/osl.c, 4.7 to 7.3",
    }
    NAME_CUT = Info "doctor-name-cut" {
        title: "a file's name that the kernel's log shows cut short",
        why: "The early search keeps 17 characters of a name below kernel/firmware/acpi/.",
        consequence: "None but for the log: Linux takes the file all the same.",
        fix: "Give the file a shorter name, if the log is to show all of it.",
        command: "acpihp mkinitrd-override FILE -o NEW",
        reference: "Linux find_cpio_data, lib/earlycpio.c, 3.8 to 7.3",
    }
    ALREADY_EXISTS = Warning "doctor-already-exists" {
        title: "an added table defines what another defines already",
        why: "Names of ACPI's namespace are defined once. An SSDT that repeats a name of the firmware's tables fails there.",
        consequence: "Linux drops the second definition, or the rest of the table.",
        fix: "Replace the firmware's table in place of adding one (same OEM ID and OEM table ID, higher OEM \
              revision), or take the names that exist out of the added table and refer to them with External.",
        command: "acpihp edit FILE --set 'Oem ID=TEXT' --set 'Oem Table ID=TEXT' -o NEW",
        reference: "Linux acpi_ns_lookup, drivers/acpi/acpica/nsaccess.c, 4.7 to 7.3",
    }
    NOT_OFFLINED = Warning "doctor-not-offlined" {
        title: "Linux refused to take memory offline",
        why: "A block goes offline only when all that is in it can be moved elsewhere: in ZONE_MOVABLE it can, in \
              ZONE_NORMAL the kernel's own data cannot.",
        consequence: "The memory stays online, and its device cannot be removed.",
        fix: "Mark the memory hot-pluggable in the SRAT and boot with movable_node, or bring it online with \
              online_movable; acpihp plan --blocks shows which blocks can go offline.",
        command: "acpihp plan --blocks",
        reference: "Linux offline_pages, mm/memory_hotplug.c, 4.7 to 7.3",
    }
    CHECKSUM_LINE = Info "doctor-checksum-line" {
        title: "Linux says that a table's checksum is wrong",
        why: "The firmware did not set the sum anew after it changed the table.",
        consequence: "Linux warns and uses a table of the firmware all the same; a table of an archive it refuses.",
        fix: "Nothing for a table of the firmware. A copy of it for an archive needs a right sum: acpihp edit sets it.",
        command: "acpihp edit FILE --oem-revision keep -o NEW",
        reference: "Linux acpi_ut_verify_checksum, drivers/acpi/acpica/utcksum.c, and acpi_table_upgrade, drivers/acpi/tables.c, 4.7 to 7.3",
    }
    FIRMWARE_BUG = Info "doctor-firmware-bug" {
        title: "Linux reports a bug of the firmware",
        why: "ACPICA and drivers write such lines where tables or AML contradict themselves or the hardware.",
        consequence: "Linux goes on, with the object or the value left out.",
        fix: "If it came with the override, look at the table that it names; if it was there before, a BIOS update may have a fix.",
        command: "acpihp check FILE --against DUMP",
        reference: "Linux acpi_bios_error, drivers/acpi/acpica/utxferror.c, 4.7 to 7.3",
    }
}
