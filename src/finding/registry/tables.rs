//! Rules about the tables that have no area of their own.

use crate::finding::Area;

/// What these rules are about, unless they say otherwise.
const AREA: Area = Area::Fields;

super::rules! {
    AML_FAULT = Error "aml-fault" {
        title: "AML that no interpreter can load",
        why: "Lengths, names, strings and opcodes are read before anything runs. At this byte they do not hold together.",
        consequence: "Linux installs the table, and the interpreter stops at this byte (\"AE_AML_BAD_OPCODE\" or the like): \
                      what the table defines is missing in part or as a whole.",
        fix: "Compile the table anew with iasl, or take it again from its source.",
        command: "acpihp dump --from DUMP -o DIR",
        reference: "ACPI 6.5, 20.2; Linux acpi_ps_parse_loop, drivers/acpi/acpica/psloop.c, 5.10 to 7.3",
    }
    VALUE_UNDEFINED = Warning "table-value-undefined" {
        title: "a field holds a value that the specification does not define",
        why: "The field chooses between things that have numbers; this number is none of theirs.",
        consequence: "Linux ignores what the field belongs to or takes it for its default, as the code of each table has it.",
        fix: "Write one of the values that the message names and fix the checksum, unless a newer specification defines this one.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.6, the tables of the section of each signature",
    }
    ENTRY_UNKNOWN = Warning "table-entry-unknown" {
        title: "an entry of a type that the specification does not define",
        why: "The type says what an entry is; types without a definition are reserved.",
        consequence: "Linux passes over entries whose type it does not know.",
        fix: "Set the type that is meant and fix the checksum, unless a newer specification defines this one.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.6, the tables of the section of each signature",
    }
    UNDEFINED_BYTES = Info "table-undefined-bytes" {
        title: "bytes in or after an entry that belong to no field",
        why: "The length says more than the fields take that are defined for the type and the revision: either a newer specification \
              has fields there, or a length, an offset or a count is wrong.",
        consequence: "Linux does not look at them.",
        fix: "Fix the length, the offset or the count that is wrong. If none is, acpihp does not know the field: report the table.",
        command: "acpihp dump FILE --format dsl -o DIR",
        reference: "ACPI 6.6, the tables of the section of each signature",
    }
    BERT_REGION = Warning "bert-region" {
        title: "the region of boot errors cannot be used",
        why: "The region holds at least the 20 bytes of a generic error status block, at an address that is not zero.",
        consequence: "Linux says \"BERT: table invalid\" or leaves it: errors of the last boot are not reported.",
        fix: "Write address and length of the region, or leave the table out.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 18.3.1; Linux bert_check_table, drivers/acpi/apei/bert.c, 5.10 to 7.3",
    }
    BGRT_IMAGE = Warning "bgrt-image" {
        title: "the boot picture cannot be used",
        why: "Version 1 has one type of image, 0 (bitmap), at an address that is not zero.",
        consequence: "Linux says \"Ignoring BGRT: …\" and shows no /sys/firmware/acpi/bgrt: there is no picture at boot.",
        firmware: Info,
        fix: "Write version 1, type 0 and the address of the picture, or leave the table out.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.23; Linux efi_bgrt_init, drivers/firmware/efi/efi-bgrt.c, 5.10 to 7.3",
    }
    LOG_AREA = Warning "ccel-log-area" {
        title: "a log of confidential computing without address or length",
        why: "The table does nothing but to say where the log is and how long it may become.",
        consequence: "Linux shows no /sys/firmware/acpi/tables/data/CCEL (from 6.2): measurements cannot be replayed.",
        fix: "Write address and length of the log.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.34; Linux acpi_ccel_data_init, drivers/acpi/sysfs.c, 6.2 to 7.3",
    }
    DMAR_UNIT = Warning "dmar-unit" {
        title: "an IOMMU that cannot be used as the DMAR describes it",
        why: "Addresses have at least 12 bits (the field holds one less), and each unit has its registers in pages of their own.",
        consequence: "Linux says \"Invalid DMAR haw\", or \"Your BIOS is broken; DMAR reported at address 0!\", taints the kernel \
                      and goes without the IOMMU.",
        fix: "Write the width and the address that the hardware has.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "Intel VT-d 4.1, 8.1 and 8.3; Linux parse_dmar_table and dmar_validate_one_drhd, drivers/iommu/intel/dmar.c, \
                    5.10 to 7.3",
    }
    DMAR_ORDER = Warning "dmar-include-all" {
        title: "the unit for all remaining devices is not the last of its segment, or one of several",
        why: "A unit with the include-all flag takes the devices of its segment that no other unit names, so it comes last.",
        consequence: "Linux takes the first unit that matches a device: those after it get the wrong IOMMU or none.",
        fix: "Put the unit with the flag after the others of its segment, and clear the flag in the others.",
        command: "acpihp dump FILE --format dsl -o DIR",
        reference: "Intel VT-d 4.1, 8.3; Linux dmar_register_drhd_unit, drivers/iommu/intel/dmar.c, 5.10 to 7.3",
    }
    DMAR_MEMORY = Warning "dmar-reserved-memory" {
        title: "a reserved memory region of the DMAR that is not a range of pages",
        why: "The region begins at a page and ends with the last byte of one; the limit is above the base.",
        consequence: "Linux says \"Your BIOS is broken; bad RMRR\", taints the kernel and maps nothing for the devices of the region.",
        fix: "Fix base and limit.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "Intel VT-d 4.1, 8.4; Linux rmrr_sanity_check, drivers/iommu/intel/iommu.c, 5.10 to 7.3",
    }
    DMAR_REFERENCE = Warning "dmar-reference" {
        title: "an affinity of the DMAR for an IOMMU that it does not have",
        why: "Each affinity structure names a unit by the address of its registers.",
        consequence: "Linux says \"Your BIOS is broken; RHSA refers to non-existent DMAR unit\" and taints the kernel.",
        fix: "Write the register base of a hardware unit of the table.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "Intel VT-d 4.1, 8.6; Linux dmar_parse_one_rhsa, drivers/iommu/intel/dmar.c, 5.10 to 7.3",
    }
    DMAR_TWICE = Warning "dmar-unit-twice" {
        title: "two hardware units of the DMAR with the same registers",
        why: "Each unit is described once.",
        consequence: "Linux takes the first one and drops the second with its list of devices.",
        fix: "Join the two structures.",
        command: "acpihp dump FILE --format dsl -o DIR",
        reference: "Intel VT-d 4.1, 8.3; Linux dmar_parse_one_drhd, drivers/iommu/intel/dmar.c, 5.10 to 7.3",
    }
    ECDT_REGISTERS = Warning "ecdt-registers" {
        title: "an early embedded controller that cannot be used",
        why: "The controller has a command and a data register, and is named by its absolute path in the namespace.",
        consequence: "Linux ignores the table: methods that touch the controller early fail.",
        fix: "Write both addresses and a path that begins with a backslash.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.16; Linux acpi_ec_ecdt_probe, drivers/acpi/ec.c, 5.10 to 7.3",
    }
    INSTRUCTIONS_HEADER = Warning "apei-instructions" {
        title: "a list of instructions for error handling with a wrong header",
        why: "The header's length is 48 bytes, or 12 where the table's own header is not counted, and instructions follow.",
        consequence: "Linux says \"EINJ table is invalid\" or \"ERST table is invalid\" and does not use it.",
        fix: "Write the header's length and the number of instructions.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 18.5 and 18.6; Linux einj_check_table and erst_check_table, drivers/acpi/apei/, 5.10 to 7.3",
    }
    GTDT_TIMER = Warning "gtdt-timer" {
        title: "a platform timer that cannot be used as the GTDT describes it",
        why: "A block has 1 to 8 frames with numbers from 0 to 7; block, frames and watchdog have addresses that are not zero.",
        consequence: "Linux leaves the timer or the watchdog out.",
        fix: "Write the addresses and numbers that the hardware has.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.25; Linux gtdt_parse_timer_block and gtdt_import_sbsa_gwdt, drivers/acpi/arm64/gtdt.c, 5.10 to 7.3",
    }
    HEST_SOURCE = Warning "hest-error-source" {
        title: "an error source that cannot be used",
        why: "A generic source writes a status block of at least 20 bytes to an address that it names; each source has an id of \
              its own.",
        consequence: "Linux does not register the source (\"Invalid error status block length\", \"Duplicated hardware error \
                      source ID\"; of the latter it takes no generic source at all).",
        fix: "Fix length, address or id.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 18.3.2; Linux hest_parse_ghes and hest_parse, drivers/acpi/apei/hest.c; ghes_probe, \
                    drivers/acpi/apei/ghes.c, 5.10 to 7.3",
    }
    HPET_BLOCK = Warning "hpet-block" {
        title: "the HPET's registers are not in memory, or at zero",
        why: "The timer block is a range of memory.",
        consequence: "Linux says \"HPET timers must be located in memory.\", or ignores the table: there is no HPET.",
        fix: "Write the address in space 0, or leave the table out.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "IA-PC HPET 1.0a, 3.2.4; Linux acpi_parse_hpet, arch/x86/kernel/acpi/boot.c, 5.10 to 7.3",
    }
    IORT_REFERENCE = Warning "iort-reference" {
        title: "a reference of the IORT to where no such node starts",
        why: "The output of a mapping is the offset of an SMMU or an ITS group in the table.",
        consequence: "Linux stops there: devices behind the mapping get no IOMMU or no MSIs.",
        fix: "Fix the offset.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "Arm DEN0049; Linux iort_id_map and iort_node_map_id, drivers/acpi/arm64/iort.c, 5.10 to 7.3",
    }
    IORT_CYCLE = Error "iort-cycle" {
        title: "nodes of the IORT that lead back to themselves",
        why: "Mappings lead from devices over SMMUs to ITS groups.",
        consequence: "Linux follows them without an end to it when it looks for a device's IOMMU.",
        fix: "Break the circle.",
        command: "acpihp dump FILE --format dsl -o DIR",
        reference: "Arm DEN0049; Linux iort_node_map_id, drivers/acpi/arm64/iort.c, 5.10 to 7.3",
    }
    IORT_MAPPING = Warning "iort-mapping" {
        title: "mappings of one node that overlap, or wrap",
        why: "Each input id of a node is mapped once.",
        consequence: "Linux takes the first mapping that holds the id.",
        fix: "Fix base or count; the count is one less than the number of ids.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "Arm DEN0049; Linux iort_id_map, drivers/acpi/arm64/iort.c, 5.10 to 7.3",
    }
    IVRS_UNIT = Warning "ivrs-unit" {
        title: "an IOMMU of the IVRS without registers",
        why: "Each hardware definition says where the unit's registers are.",
        consequence: "Linux cannot map the registers and goes without IOMMUs.",
        fix: "Write the address of the registers.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "AMD I/O Virtualization 3.08, 5.2.2; Linux init_iommu_one, drivers/iommu/amd/init.c, 5.10 to 7.3",
    }
    PCCT_SUBSPACE = Warning "pcct-subspace" {
        title: "a communication channel without room for its header",
        why: "The shared memory begins with signature, command and status: 8 bytes, 16 for the extended types.",
        consequence: "Linux maps what is given and reads past it, or the drivers of the channel refuse it.",
        fix: "Write the length that the channel has.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 14.1 and 14.2; Linux pcc_parse_subspace_shmem, drivers/mailbox/pcc.c, 5.10 to 7.3",
    }
    SBST_LEVELS = Info "sbst-levels" {
        title: "battery levels that are zero, or do not fall from warning to critical",
        why: "The system warns first, then sleeps, then shuts down: warning, low and critical level fall in this order, and at a \
              level of zero it is too late.",
        consequence: "None in Linux, which asks the battery device.",
        fix: "Write levels above zero, in order.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.14",
    }
    SPCR_PORT = Warning "spcr-baud-rate" {
        title: "a baud rate of the console that is not defined",
        why: "0 leaves the rate as it is, 3 is 9600, 4 is 19200, 6 is 57600 and 7 is 115200 baud.",
        consequence: "Linux does not use the table: no console on the port unless console= names it.",
        fix: "Write one of the defined values.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "Microsoft SPCR 1.10; Linux acpi_parse_spcr, drivers/acpi/spcr.c, 5.10 to 7.3",
    }
    SPMI_INTERFACE = Warning "spmi-interface" {
        title: "an IPMI interface of a type that is not defined",
        why: "1 is KCS, 2 SMIC, 3 BT and 4 SSIF.",
        consequence: "Linux says \"Unknown ACPI/SPMI SI type\" and does not find the BMC through this table.",
        fix: "Write the type of the interface.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "IPMI 2.0, C3; Linux try_init_spmi, drivers/char/ipmi/ipmi_si_platform.c, 5.10 to 7.3",
    }
    TPM2_START = Warning "tpm2-start-method" {
        title: "a TPM that is started in a way that is not defined",
        why: "2 is the ACPI method, 6 memory mapped registers, 7 and 8 the command response buffer, 11 its variant of Arm, 12 FIFO \
              over I2C, 13 Pluton, 15 FF-A.",
        consequence: "Linux takes such a TPM for a command response buffer that is started by its own register. Where the control \
                      area has no address, as on Snapdragon (9 and 14), it finds no TPM.",
        firmware: Info,
        fix: "Write the method that the TPM has.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "TCG ACPI Specification 1.3, 8; Linux crb_acpi_add, drivers/char/tpm/tpm_crb.c, 5.10 to 7.3",
    }
    WDAT_LIMITS = Warning "wdat-limits" {
        title: "inconsistent limits of the watchdog",
        why: "A count lasts as long as the period says, and the least count is at most the greatest.",
        consequence: "Linux computes the limits of the timeout from them: none can be set, or only one of 0.",
        fix: "Write the period in milliseconds and the two counts.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "Microsoft Hardware Watchdog Timers Design Specification; Linux wdat_wdt_probe, drivers/watchdog/wdat_wdt.c, \
                    5.10 to 7.3",
    }
    WPBT_CONTENT = Info "wpbt-content" {
        title: "a platform binary of a layout or type that is not defined",
        why: "One layout (1, a single image) and one type (1, a native application) are defined.",
        consequence: "None in Linux, which does not run it.",
        fix: "Write 1, or leave the table out.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "Microsoft Windows Platform Binary Table, 2011",
    }
    PMTT_LEVEL = Warning "pmtt-level" {
        title: "a memory device in a place that is not for its kind, or announced otherwise",
        why: "Sockets hold controllers and these hold components; what is not held by another has the top-level flag, and what is \
              held does not.",
        consequence: "Linux does not read the table; tools that match DIMMs with it get the topology wrong.",
        fix: "Fix flag or nesting.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.21",
    }
    PMTT_COUNT = Warning "pmtt-count" {
        title: "a number of memory devices that is not the number there",
        why: "From revision 2 on the table and each device say how many devices they hold.",
        consequence: "Linux does not read the table; readers that count stop early or run past the end.",
        fix: "Fix the count or the list.",
        command: "acpihp dump FILE --format dsl -o DIR",
        reference: "ACPI 6.5, 5.2.21",
    }
    PMTT_TWICE = Warning "pmtt-twice" {
        title: "two memory devices with the same id",
        why: "A socket's id is its own in the table, a controller's in its socket, and a component's SMBIOS handle everywhere.",
        consequence: "Linux does not read the table; an error is laid to the wrong DIMM.",
        fix: "Give each device an id of its own.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.21.2 to 5.2.21.4",
    }
    ASPT_REGISTERS = Info "aspt-registers" {
        title: "an ASPT without structures, or registers at address zero",
        why: "The table does nothing but say where the registers of the security processor are.",
        consequence: "None in Linux, which does not read the table.",
        fix: "Write the addresses, or leave the table out.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "AMD Secure Processor ACPI Table (58028)",
    }
    DBG2_ADDRESS = Info "dbg2-address" {
        title: "a debug port at address zero",
        why: "Each base address register says where the port's registers are.",
        consequence: "None in Linux, which does not read the table; other debuggers cannot use the port.",
        fix: "Write the address of the port, or leave the device out.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "Debug Port Table 2 (Microsoft)",
    }
    HEST_EMPTY = Info "hest-no-sources" {
        title: "a HEST without error sources",
        why: "The table is a list of error sources, and the count says that there are none.",
        consequence: "Linux registers no error source: it reports no hardware errors that the firmware handles first.",
        fix: "Write the number of sources, or leave the table out.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.6, 18.3.2; Linux apei_hest_parse, drivers/acpi/apei/hest.c, 5.10 to 7.3",
    }
    LICENSING = Info "licensing-structure" {
        title: "a Windows licence (MSDM or SLIC) that is not laid out as Windows expects it",
        why: "A MSDM has version and data type 1, two reserved fields of zero and the length of its data; a SLIC has a public key of \
              156 bytes and a marker of 182, with reserved bytes of zero.",
        consequence: "None in Linux, which does not read these tables; Windows in a virtual machine does not activate with it.",
        fix: "Take the table again from the machine.",
        command: "acpihp dump --from DUMP -o DIR",
        reference: "Microsoft Software Licensing Tables (SLIC and MSDM)",
    }
    MCHI_INTERFACE = Info "mchi-interface" {
        title: "an interface to a management controller that cannot be used as the MCHI describes it",
        why: "Interface types 0 and 1 and protocols 3 to 254 are reserved, the control register has an address, and an interrupt \
              counts where its bit of the interrupt type is set.",
        consequence: "None in Linux, which does not read the table.",
        fix: "Write type, protocol, address and interrupts of the interface.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "Management Controller Host Interface Specification (DSP0256) 1.0",
    }
    TPM2_LENGTH = Warning "tpm2-length" {
        title: "a TPM2 table too short for the parameters of its start method",
        why: "Start methods 11 (Arm SMC), 13 (Pluton) and 15 (Arm FF-A) have 12, 16 and 12 bytes of parameters after the first 52.",
        consequence: "Linux says \"TPM2 ACPI table has wrong size\" and does not use the TPM.",
        fix: "Complete the table with the parameters, and fix length and checksum.",
        command: "acpihp dump FILE --format dsl -o DIR",
        reference: "TCG ACPI Specification 1.4, 8; Linux crb_acpi_add, drivers/char/tpm/tpm_crb.c (method 11 from 5.10, 13 from \
                    6.3, 15 from 6.15, to 7.3)",
    }
    UEFI_CONTENT = Info "uefi-content" {
        title: "a UEFI table without identifier, or with data inside its own header",
        why: "The GUID says what the data are, and these start after the 54 bytes of the fixed fields.",
        consequence: "None in Linux, which does not read the table.",
        fix: "Write the GUID and an offset of 54 or more.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "UEFI 2.10, appendix O",
    }
    APMT_INSTANCE = Warning "apmt-instance" {
        title: "a performance monitor of the APMT with a number that its type does not have",
        why: "Memory controllers, SMMUs and root complexes have a primary instance alone, caches a secondary one; the other is zero.",
        consequence: "None in Linux, which takes the instances of nodes of an ACPI device alone.",
        linux: Info,
        fix: "Write 0.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "Arm DEN0117, 2.2; Linux apmt_init, drivers/acpi/arm64/apmt.c, 6.1 to 7.3",
    }
    ASF_RECORD = Warning "asf-record" {
        title: "a record of the ASF! with a value out of its range",
        why: "The polling interval is 2 or more, there are 1 to 8 alerts of 12 bytes each, bit 7 of their offset is clear, controls have \
              4 bytes and a function from 0 to 3.",
        consequence: "None in Linux, which does not read the table; the management controller may poll or alert wrongly.",
        fix: "Write a value of the range.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "Alert Standard Format 2.0 (DSP0136), 4.1",
    }
    CSRT_RESOURCE = Warning "csrt-resource" {
        title: "a resource of the CSRT of a type or number that is reserved",
        why: "1 is an interrupt (line or controller), 2 a timer, 3 DMA (channel or controller), 4 a cache, 5 power; the UID 0xffffffff is reserved.",
        consequence: "Linux looks at the shared information of DMA controllers alone.",
        linux: Info,
        fix: "Write type, subtype and UID of the resource.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "Core System Resources Table (Microsoft), 1.0; Linux acpi_dma_parse_csrt, drivers/dma/acpi-dma.c, 5.10 to 7.3",
    }
    HEST_VALUES = Warning "hest-source-value" {
        title: "an error source with a value that makes no sense",
        why: "Records and sections are at least one, firmware first and GHES assist exclude each other, a bank's status is cleared or \
              not and has format 0 to 2, and there is one source at most of the machine check kinds and of NMI.",
        consequence: "None in Linux, which does not read these fields.",
        linux: Info,
        fix: "Write the value that holds for the source.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.6, 18.3.2; Linux hest_parse_ghes, drivers/acpi/apei/hest.c, 5.10 to 7.3",
    }
    IORT_MEMORY = Warning "iort-memory-access" {
        title: "properties of memory accesses in the IORT that exclude each other",
        why: "A fully coherent device (CCA) has a coherent path to memory (CPM), and one with such a path and cacheable, shareable \
              accesses (DACS) is fully coherent.",
        consequence: "None in Linux, which takes coherence from _CCA in the namespace.",
        linux: Info,
        fix: "Write the properties that the device has.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "Arm DEN0049, table 14; Linux acpi_get_dma_attr, drivers/acpi/scan.c, 5.10 to 7.3",
    }
    LPIT_COUNTER = Warning "lpit-counter" {
        title: "a residency counter that cannot be read as the LPIT describes it",
        why: "A counter in memory has an address and 8, 16, 32 or 64 bits; one in a register of the processor has 64 bits from bit 0 on.",
        consequence: "Linux shows no or wrong times in low_power_idle_cpu_residency_us and low_power_idle_system_residency_us; a part \
                      of a register it takes as it is written.",
        fix: "Write the register, or set the flag that there is no counter.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "Intel Low Power S0 Idle, 2.2.1; Linux lpit_read_residency_counter_us, drivers/acpi/acpi_lpit.c, 5.10 to 7.3",
    }
    LPIT_ID = Info "lpit-state-id" {
        title: "idle states of the LPIT that are not numbered from 0 on",
        why: "The ids of the states start at 0 and rise by one.",
        consequence: "None in Linux, which does not read the ids.",
        fix: "Number the states.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "Intel Low Power S0 Idle, 2.2.1; Linux lpit_process, drivers/acpi/acpi_lpit.c, 5.10 to 7.3",
    }
    MPST_NODE = Warning "mpst-node" {
        title: "a structure of the MPST with a length or an id that is not its own",
        why: "A power node has 32 bytes and two more for each state and component; characteristics have structure id 1, revision 1.",
        consequence: "None in Linux, which does not read the table.",
        fix: "Write the length of the node, or 0x41 as the id.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.6, 5.2.22",
    }
    NHLT_DEVICE = Warning "nhlt-device-type" {
        title: "an audio endpoint of the NHLT of a device type that its link does not have",
        why: "Endpoints on PDM have the types 0 and 1, on SSP the types 0 to 4.",
        consequence: "Linux looks endpoints up by link and device type: it finds no configuration for this one.",
        fix: "Write the device type of the endpoint.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "Intel Smart Sound Technology NHLT Specification 1.0; Linux intel_nhlt_get_endpoint_blob, \
                    sound/hda/core/intel-nhlt.c, 5.10 to 7.3",
    }
    PCCT_DOORBELL = Warning "pcct-doorbell" {
        title: "a doorbell of a communication channel in a space where none can be",
        why: "The register signals a command to the platform; it is in memory, I/O ports or fixed hardware.",
        consequence: "Linux cannot ring: commands through the channel fail.",
        fix: "Write the space of the register.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.6, 14.1; Linux pcc_chan_reg_init, drivers/mailbox/pcc.c, 5.16 to 7.3",
    }
    SPCR_ACCESS = Warning "spcr-access-width" {
        title: "an access width of the console's registers that is not defined",
        why: "The width is a code from 0 to 4 (3 is 32 bits), not a number of bits.",
        consequence: "Linux says \"Unacceptable wide SPCR Access Width. Defaulting to byte size\" and accesses the port in bytes; of \
                      interface types that it does not know it makes no console anyway.",
        fix: "Write the code of the width.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "Microsoft SPCR 1.10; ACPI 6.6, 5.2.3.2; Linux acpi_parse_spcr, drivers/acpi/spcr.c, 5.10 to 7.3",
    }
    SVKL_KEY = Warning "svkl-key" {
        title: "a volume key of the SVKL of a type or format that is reserved",
        why: "Type 0 (main storage volume key) and format 0 (raw binary) are defined.",
        consequence: "None in Linux, which does not read the table; the guest's boot loader cannot use the key.",
        fix: "Write 0.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "Intel TDX Guest-Host Communication Interface, 4.4",
    }
}
