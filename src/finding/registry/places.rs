//! Rules about addresses: tables that lead to each other, and tables held against the memory map.

use crate::finding::Area;

/// What these rules are about, unless they say otherwise.
const AREA: Area = Area::Places;

super::rules! {
    ROOT_ENTRY_UNKNOWN = Warning "root-entry-unknown" {
        title: "an address in the RSDT or XSDT where no table is",
        why: "The root table lists the addresses of all tables but the DSDT and the FACS; the other addresses in it are those of \
              tables of this source.",
        consequence: "Linux maps whatever is there and installs it if it looks like a table; else it says \"Invalid length\" or \
                      the like and passes over it.",
        fix: "Fix the address, or take the missing table from the machine.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.7 and 5.2.8; Linux acpi_tb_parse_root_table, drivers/acpi/acpica/tbutils.c, 5.10 to 7.3",
    }
    ROOTS_DIFFER = Info "root-tables-differ" {
        title: "RSDT and XSDT do not list the same tables",
        why: "Both list all tables; old systems read the one and new systems the other.",
        consequence: "Linux reads the XSDT where there is one, so what is only in the RSDT does not exist for it (unless \
                      acpi=rsdt is given).",
        fix: "List the same tables in both.",
        command: "acpihp dump FILE --format dsl -o DIR",
        reference: "ACPI 6.5, 5.2.7 and 5.2.8; Linux acpi_tb_parse_root_table, drivers/acpi/acpica/tbutils.c, 5.10 to 7.3",
    }
    ADDRESS_WRONG = Warning "table-address-wrong" {
        title: "an address of a table that is not where the table is",
        why: "The RSDP leads to the root tables and the FADT to the DSDT, by their physical addresses.",
        consequence: "Linux uses whatever is at the address instead; where that is not a table, it does without one.",
        fix: "Write the table's address and fix the checksum.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.5.3 and 5.2.9; Linux acpi_tb_parse_root_table and acpi_tb_parse_fadt, drivers/acpi/acpica/, \
                    5.10 to 7.3",
    }
    SRAT_UNCOVERED = Error "srat-ram-uncovered" {
        title: "RAM of the memory map that is in no enabled range of the SRAT",
        why: "Each piece of RAM belongs to a proximity domain.",
        consequence: "From 1 MiB on Linux does not use the SRAT (\"NUMA: nodes only cover … of your … RAM. Not used.\"): one node 0, \
                      no hot-pluggable memory. Less goes to the node before it, or to node 0.",
        fix: "Add the range to the SRAT, or extend the one beside it.",
        command: "acpihp edit FILE --set 'Memory[N].Address Length=SIZE' -o NEW",
        reference: "ACPI 6.5, 5.2.16.2; Linux numa_meminfo_cover_memory, arch/x86/mm/numa.c (5.10 to 6.7), and \
                    memblock_validate_numa_coverage, mm/memblock.c (6.8 to 7.3)",
    }
    SRAT_WITHOUT_RAM = Warning "srat-range-without-ram" {
        title: "an enabled range of the SRAT in which the memory map has no memory",
        why: "A range that is neither hot-pluggable nor non-volatile describes memory that is there.",
        consequence: "Linux makes no memory of it; a domain with no other range becomes a node without memory.",
        fix: "Take the range out, or mark it hot-pluggable where memory can be added.",
        command: "acpihp edit FILE --set 'Memory[N].Enabled=0' -o NEW",
        reference: "ACPI 6.5, 5.2.16.2; Linux numa_cleanup_meminfo, arch/x86/mm/numa.c (5.10 to 6.11) and \
                    mm/numa_memblks.c (6.12 to 7.3)",
    }
    MSCT_BELOW_RAM = Warning "msct-below-ram" {
        title: "RAM above the highest address that the MSCT names",
        why: "The MSCT says which addresses the platform can ever have.",
        consequence: "None in Linux, which does not read the address; other systems size their tables by it.",
        fix: "Write the highest address that memory can have.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.19",
    }
    DEVICE_IN_RAM = Error "device-memory-in-ram" {
        title: "memory of a device that the memory map has as RAM",
        why: "Configuration space, memory that DMA goes to and persistent memory are not RAM for programs.",
        consequence: "Linux hands the memory out: configuration space is not used (\"MMCONFIG … not reserved\"), and a device \
                      writes into what programs keep there.",
        fix: "Reserve the range in the memory map, or fix the address.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "Linux pci_mmcfg_check_reserved, arch/x86/pci/mmconfig-shared.c; dmar_parse_one_rmrr, \
                    drivers/iommu/intel/iommu.c, 5.10 to 7.3",
    }
    MCFG_UNRESERVED = Info "mcfg-not-reserved" {
        title: "configuration space that the memory map does not reserve",
        why: "Firmware reserves the range in the memory map or as motherboard resources in the namespace.",
        consequence: "Linux uses it only if the namespace reserves it (\"MMCONFIG … not reserved in ACPI motherboard resources\" else).",
        fix: "Nothing if the namespace reserves it; else reserve it in the memory map.",
        reference: "PCI Firmware Specification 3.3, 4.1.2; Linux pci_mmcfg_check_reserved, arch/x86/pci/mmconfig-shared.c, 5.10 to 7.3",
    }
    RMRR_UNRESERVED = Warning "dmar-memory-not-reserved" {
        title: "a reserved memory region of the DMAR that the memory map does not reserve",
        why: "Devices write into the region from firmware on, so nobody else may use it.",
        consequence: "Linux says \"No firmware reserved region can cover this RMRR\" and taints the kernel.",
        fix: "Reserve the range in the memory map.",
        reference: "Intel VT-d 4.1, 8.4; Linux arch_rmrr_sanity_check, arch/x86/include/asm/iommu.h, 5.10 to 7.3",
    }
    TABLE_IN_RAM = Warning "table-in-ram" {
        title: "a table in memory that the memory map has as RAM",
        why: "Tables belong in memory of type ACPI data or reserved, the FACS in ACPI NVS or reserved memory.",
        consequence: "Linux reserves the tables that it installs; a FACS there is overwritten, or not kept over sleep.",
        fix: "Place the tables in memory of type ACPI data, the FACS in ACPI NVS.",
        reference: "ACPI 6.5, 15.2 and 5.2.10; Linux acpi_reserve_initial_tables, drivers/acpi/tables.c, 5.12 to 7.3",
    }
}
