//! Rules about devices and their memory: CEDT, MCFG and NFIT.

use crate::finding::Area;

/// What these rules are about, unless they say otherwise.
const AREA: Area = Area::Devices;

super::rules! {
    CEDT_BRIDGE = Warning "cedt-host-bridge" {
        title: "a CXL host bridge that is described twice or with the wrong registers",
        why: "Each bridge has one structure: version 0 with 8 KiB of registers, version 1 with 64 KiB.",
        consequence: "Linux leaves the bridge out (\"RCRB is not found\", \"CHBS for UID … not found\") or takes the first \
                      structure; devices below it cannot be used for memory.",
        fix: "Leave one structure for each bridge, with the length of its version.",
        command: "acpihp dump FILE --format dsl -o DIR",
        reference: "CXL 3.1, 9.18.1.2; Linux cxl_get_chbs_iter, drivers/cxl/acpi.c, 6.1 to 7.3",
    }
    CEDT_WINDOW = Warning "cedt-window-unaligned" {
        title: "a CXL window that is empty or no multiple of 256 MiB",
        why: "Base and size of a fixed memory window are multiples of 256 MiB.",
        consequence: "Linux leaves the window out (\"CFMWS Base HPA not 256MB aligned\", \"Window Size not NIW*256MB aligned\"); \
                      from 6.18 on the memory block size is chosen without it.",
        fix: "Move the window to a multiple of 256 MiB.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "CXL 3.1, 9.18.1.3; Linux cxl_acpi_cfmws_verify, drivers/cxl/acpi.c, 5.18 to 7.3",
    }
    CEDT_OVERLAP = Warning "cedt-window-overlap" {
        title: "two CXL windows share memory",
        why: "An address can be decoded by one window only.",
        consequence: "Linux gives the shared memory to the node of the window that comes first, and fails to insert the second \
                      window's resource.",
        fix: "Move one of the windows.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "CXL 3.1, 9.18.1.3; Linux acpi_parse_cfmws, drivers/acpi/numa/srat.c, 5.17 to 7.3",
    }
    CEDT_INTERLEAVE = Warning "cedt-interleave" {
        title: "a CXL window whose interleaving is not one of those defined",
        why: "1, 2, 3, 4, 6, 8, 12 or 16 targets take turns of 256 bytes to 16 KiB, by modulo or XOR; the structure is as \
              long as its targets need.",
        consequence: "Linux leaves the window out (\"CFMWS Interleave Ways (%d) invalid\" and the like).",
        fix: "Fix the encoding, or the list of targets.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "CXL 3.1, 9.18.1.3; Linux cxl_acpi_cfmws_verify, drivers/cxl/acpi.c, 5.18 to 7.3",
    }
    CEDT_TARGET = Warning "cedt-target" {
        title: "a target of a CXL window that is not a host bridge of the table",
        why: "Targets are the UIDs of host bridges, each of which has a structure.",
        consequence: "Linux finds no port for the target; the window cannot be used.",
        fix: "Add the bridge's structure, or fix the UID.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "CXL 3.1, 9.18.1.3; Linux cxl_parse_cfmws, drivers/cxl/acpi.c, 5.14 to 7.3",
    }
    MCFG_BASE = Warning "mcfg-base" {
        title: "configuration space at zero or at no multiple of 1 MiB",
        why: "Each bus takes 1 MiB of it, and the base belongs to bus 0.",
        consequence: "Linux refuses an address of zero, and reads other registers than meant through an unaligned one.",
        fix: "Write the base that the chipset decodes.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "PCI Firmware Specification 3.3, 4.1.2; Linux pci_mmcfg_early_init, arch/x86/pci/mmconfig-shared.c, 5.10 to 7.3",
    }
    MCFG_BUSES = Warning "mcfg-buses" {
        title: "bus numbers that run backwards or are in two allocations of a segment",
        why: "Each bus of a segment has its configuration space in one place.",
        consequence: "Linux leaves the allocation out, or uses the one that it finds first.",
        fix: "Fix the bus numbers.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "PCI Firmware Specification 3.3, 4.1.2; Linux pci_mmconfig_alloc and pci_mmconfig_insert, \
                    arch/x86/pci/mmconfig-shared.c, 5.10 to 7.3",
    }
    MCFG_OVERLAP = Warning "mcfg-overlap" {
        title: "two allocations of configuration space share memory",
        why: "Each bus of each segment has its 1 MiB for itself.",
        consequence: "Linux leaves the second allocation out, or reaches one bus under two numbers.",
        fix: "Fix base or bus numbers.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "PCI Firmware Specification 3.3, 4.1.2; Linux pci_mmconfig_insert, arch/x86/pci/mmconfig-shared.c, 5.10 to 7.3",
    }
    CEDT_XOR = Warning "cedt-xor-map" {
        title: "an XOR map of the CEDT that is missing or does not fit",
        why: "A window that interleaves by XOR takes its maps from the structure of its granularity, which is as long as its maps \
              need.",
        consequence: "Linux says \"No CXIMS for CFMWS\" or the like and cannot use the window.",
        fix: "Add the structure for the granularity, or fix number and length.",
        command: "acpihp dump FILE --format dsl -o DIR",
        reference: "CXL 3.1, 9.18.1.4; Linux cxl_parse_cxims and cxl_xor_calc_n, drivers/cxl/acpi.c, 6.2 to 7.3",
    }
    NFIT_INDEX = Warning "nfit-index-twice" {
        title: "two structures of one kind with the same index",
        why: "Other structures refer to ranges, control regions and interleaves by index.",
        consequence: "Linux takes the first that matches.",
        fix: "Give each structure an index of its own.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.26; Linux acpi_nfit_init, drivers/acpi/nfit/core.c, 5.10 to 7.3",
    }
    NFIT_REFERENCE = Warning "nfit-reference" {
        title: "an index that no structure has",
        why: "A map joins a range, a control region and an interleave, each by index.",
        consequence: "Linux finds no range or control region for the DIMM and registers no region from it.",
        fix: "Fix the index, or add the structure.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.26.3; Linux nfit_mem_init, drivers/acpi/nfit/core.c, 5.10 to 7.3",
    }
    NFIT_RANGE = Warning "nfit-range" {
        title: "ranges of persistent memory that are empty, wrap or overlap",
        why: "Each range is memory of its own.",
        consequence: "Linux registers no region for it, or fails to reserve its memory a second time.",
        fix: "Fix base or length.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.26.2; Linux acpi_nfit_register_region, drivers/acpi/nfit/core.c, 5.10 to 7.3",
    }
    NFIT_DOMAIN = Warning "nfit-domain" {
        title: "a range of persistent memory in a domain that the SRAT does not have",
        why: "The domain says which processors the memory is close to.",
        consequence: "Linux puts the region on the node of the nearest known range, or on none.",
        fix: "Add the domain to the SRAT, or fix it here.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.26.2; Linux acpi_nfit_register_region, drivers/acpi/nfit/core.c, 5.10 to 7.3",
    }
    CEDT_FAKE = Info "cedt-window-without-domain" {
        title: "a CXL window of which the SRAT has nothing",
        why: "Memory that is added in the window later belongs to no domain of the SRAT.",
        consequence: "Linux makes a node of its own for the window, after those of the SRAT.",
        fix: "Nothing, or add the window to the SRAT where its domain is known.",
        reference: "CXL 3.1, 9.18.1.3; Linux acpi_parse_cfmws, drivers/acpi/numa/srat.c, 5.17 to 7.3",
    }
    CEDT_SRAT = Info "cedt-window-in-srat" {
        title: "a CXL window in which the SRAT has only a part",
        why: "Memory behind CXL that firmware set up is in the SRAT; the rest of a window may be added later.",
        consequence: "Linux extends the SRAT's ranges over the window (5.17 to 6.17), so that all of it belongs to their node.",
        fix: "Nothing if memory is to be added there.",
        reference: "CXL 3.1, 9.18.1.3; Linux acpi_parse_cfmws, drivers/acpi/numa/srat.c, 5.17 to 7.3",
    }
}
