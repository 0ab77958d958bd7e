//! Rules about the tables of the boot to predict: what keeps them from being installed, or from being used.

use crate::finding::Area;

/// What these rules are about, unless they say otherwise.
const AREA: Area = Area::Install;

super::rules! {
    COPY_TOO_LARGE = Error "install-copy-too-large" {
        title: "more than 256 KiB of tables for a kernel that copies them in one piece",
        why: "Old kernels map the memory for all accepted tables at once, and no more than 256 KiB can be mapped so early.",
        consequence: "Linux writes to an address that is not mapped and dies before there is a console.",
        fix: "Leave tables out, or boot 3.18 or later, which copies them in pieces.",
        command: "acpihp simulate --kernel RELEASE",
        reference: "Linux acpi_initrd_override, drivers/acpi/osl.c, 3.8 to 3.13",
    }
    LIST_FULL = Error "install-list-full" {
        title: "more tables than the early list has room for",
        why: "Until memory can be allocated the list of tables has 128 slots, those kept for DSDT and FACS among them.",
        consequence: "Linux does not install what comes after the last slot; tables of the archive come last.",
        fix: "Leave tables out of the archive.",
        reference: "Linux ACPI_MAX_TABLES, drivers/acpi/tables.c, 3.8 to 7.3",
    }
    TABLE_IN_RAM = Warning "install-table-in-ram" {
        title: "a firmware table that is lost once the system is up",
        why: "Linux maps a table in what it takes for RAM page by page, and gives up where the table crosses into another page. \
              memmap= can make RAM of memory that the firmware keeps its tables in.",
        consequence: "The table is read early in the boot, and later it is not there: not in /sys, not for drivers, and no AML of it.",
        fix: "Leave the firmware's memory out of memmap=, or name it as ACPI data: memmap=N#START.",
        command: "acpihp plan --cmdline 'LINE'",
        reference: "Linux acpi_map, drivers/acpi/osl.c, 3.8 to 7.3; recorded boots of 6.12 and 7.1",
    }
    ROOT_REFUSED = Error "install-root-refused" {
        title: "a root table without room for an entry",
        why: "Everything that Linux knows of ACPI tables begins with the entries of the RSDT or XSDT.",
        consequence: "Linux switches ACPI off and uses no table at all, of the archive neither.",
        fix: "Look at the firmware's root table, or let Linux read the other one (acpi=rsdt).",
        command: "acpihp simulate --append acpi=rsdt",
        reference: "Linux acpi_tb_parse_root_table, drivers/acpi/acpica/tbutils.c, 3.8 to 7.3",
    }
    NO_DSDT = Error "install-no-dsdt" {
        title: "an FADT whose DSDT is missing",
        why: "Nothing but the FADT in force says where the DSDT is; an overriding FADT brings its own address.",
        consequence: "Linux finds no DSDT and loads no AML: no ACPI device works.",
        fix: "Copy X_DSDT and DSDT from the firmware's FADT.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "Linux acpi_tb_parse_fadt, drivers/acpi/acpica/tbfadt.c, 3.8 to 7.3",
    }
    ACPI_OFF = Warning "install-acpi-off" {
        title: "an override archive for a boot with acpi=off",
        why: "acpi=off keeps Linux from reading tables; the initrd is searched all the same.",
        consequence: "Linux copies the archive's tables and uses none of them.",
        fix: "Boot without acpi=off.",
        command: "acpihp simulate --append -acpi=off",
        reference: "Linux acpi_boot_table_init, arch/x86/kernel/acpi/boot.c, 3.8 to 7.3",
    }
    LOCKDOWN_LATE = Info "install-lockdown-late" {
        title: "a lockdown that comes too late to stop an override",
        why: "Lockdown forbids changing ACPI tables, but since 6.12 the module for it is set up after the archive has been read.",
        consequence: "Linux replaces and adds tables although it says that it is locked down.",
        fix: "Nothing needs fixing, unless lockdown was to prevent it.",
        reference: "Linux start_kernel, init/main.c, 6.12 to 7.3; recorded boots of 6.12, 6.18 and 7.3",
    }
    OPTION_NO_EFFECT = Info "install-option-no-effect" {
        title: "an option without effect on the tables",
        why: "It reads as if it changed which tables are used, and does something else, or nothing on this machine.",
        consequence: "Linux installs the tables as if the option were not there.",
        fix: "Leave it out if it was meant for that.",
        command: "acpihp simulate --cmdline 'LINE'",
        reference: "Documentation/admin-guide/kernel-parameters.txt of Linux, 3.8 to 7.3",
    }
    OTHER_RSDP = Warning "install-other-rsdp" {
        title: "an option that sends Linux to other tables than those that were recorded",
        why: "acpi_rsdp= says where the RSDP is, and with it where all tables are.",
        consequence: "Linux reads the tables at this address, whatever they are.",
        fix: "Leave it out, or record the tables of a boot that had it.",
        command: "acpihp simulate --cmdline 'LINE'",
        reference: "Linux acpi_os_get_root_pointer, drivers/acpi/osl.c, 3.8 to 7.3",
    }
    LAST_NOT_EXAMINED = Warning "install-last-not-examined" {
        title: "a last table of no more than a header, for a kernel that does not look at it",
        why: "Up to 4.6 the search for an override ends where no more than 36 bytes are left of the copied tables.",
        consequence: "Linux copies the table and never compares it with any other.",
        fix: "Put it in front of another table, or boot 4.7 or later.",
        command: "acpihp mkinitrd-override FILE -o NEW",
        reference: "Linux acpi_os_physical_table_override, drivers/acpi/osl.c, 3.8 to 4.6",
    }
    EARLY_SRAT_DIFFERS = Warning "install-early-srat-differs" {
        title: "an early allocator and nodes that go by different memory marks",
        why: "The two-step flow reads an SRAT before memory is handed out. It takes the first one of the initrd by its signature \
              alone, and of each entry only the hot-pluggable mark.",
        consequence: "Linux keeps out of memory that is not hot-pluggable to the nodes, or hands out memory that is.",
        fix: "Give the initrd's SRAT the ids of the firmware's and a higher OEM revision, and enable what it marks.",
        command: "acpihp edit FILE --set 'Oem ID=TEXT' --set 'Oem Table ID=TEXT' -o NEW",
        reference: "early_acpi_override_srat and acpi_hotplug_mem_affinity of the series of August 2013, never merged",
    }
    SERIES_FLAW = Info "install-series-flaw" {
        title: "an initrd that the two-step series trips over as it was posted",
        why: "The series maps 256 KiB of the initrd at a time, and finds an SRAT by counting back from its padding.",
        consequence: "A kernel with the series as it was posted reads the wrong bytes, or none. The search is followed here as \
                      it was meant.",
        fix: "Put the SRAT first in the archive, and the archive first in the initrd.",
        command: "acpihp mkinitrd-override FILE --initrd INITRD -o NEW",
        reference: "early_acpi_override_srat of the series of August 2013, never merged",
    }
}
