//! Rules about processors, interrupt controllers and fixed hardware: MADT and FADT.

use crate::finding::Area;

/// What these rules are about, unless they say otherwise.
const AREA: Area = Area::Platform;

super::rules! {
    MADT_UID_TWICE = Warning "madt-uid-twice" {
        title: "one processor UID in two enabled entries of the MADT",
        why: "The UID is what the namespace, PPTT and other tables call a processor by; two enabled entries with different \
              APIC ids cannot be one processor.",
        consequence: "Linux takes both entries; what other tables say of the UID goes to one of the two processors.",
        fix: "Give each processor a UID of its own, the one that its device in the DSDT has.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.12.2 and 8.4.1; Linux acpi_register_lapic, arch/x86/kernel/acpi/boot.c, 5.10 to 7.3",
    }
    MADT_CPU_BROADCAST = Warning "madt-cpu-broadcast" {
        title: "an enabled processor with the id that means all processors",
        why: "0xff and 0xffffffff address all local APICs at once; no processor can have them.",
        consequence: "Linux leaves the entry out (\"Ignore invalid ID\", or silently).",
        fix: "Write the processor's own APIC id, or clear the enabled flag.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.12.2 and 5.2.12.12; Linux acpi_parse_lapic, arch/x86/kernel/acpi/boot.c, 5.10 to 7.3",
    }
    MADT_NO_CPU = Warning "madt-no-cpu-enabled" {
        title: "the MADT has processors, and none is enabled or can be",
        why: "The processor that the machine booted with must be among the enabled ones.",
        consequence: "Linux runs on the processor that it booted with alone.",
        fix: "Set the enabled flag of the processors that are there.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.12.2",
    }
    MADT_ENABLED_AND_CAPABLE = Info "madt-enabled-and-online-capable" {
        title: "a processor both enabled and online capable",
        why: "Online capable says that a processor that is not enabled may become so; with the enabled flag the bit must be clear.",
        consequence: "Linux looks at the enabled flag first and takes the processor as present.",
        fix: "Clear the online capable flag of processors that are enabled.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.12.2, table 5.22",
    }
    MADT_ENTRY_TWICE = Warning "madt-entry-twice" {
        title: "two entries share a number that must be each one's own",
        why: "Ids of I/O APICs, MSI frames and translators, the first interrupt of an I/O APIC and the source of an override \
              are what other tables and the interrupt code look entries up by.",
        consequence: "Linux uses the first match, renumbers or refuses the second (\"IOAPIC[1]: apic_id 0 already used\").",
        fix: "Give each entry a number of its own, or leave one out.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.12.3, 5.2.12.5, 5.2.12.16 and 5.2.12.18; Linux mp_register_ioapic, \
                    arch/x86/kernel/apic/io_apic.c, 5.10 to 7.3",
    }
    MADT_IOAPIC_ADDRESS = Warning "madt-ioapic-address" {
        title: "an I/O APIC at address zero",
        why: "The registers of an I/O APIC lie at a physical address, which zero cannot be.",
        consequence: "Linux leaves it out (\"WARNING: Bogus (zero) I/O APIC address found, skipping!\" or the like); its \
                      interrupts do not work.",
        fix: "Write the controller's address, or leave the entry out.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.12.3; Linux bad_ioapic_register and mp_register_ioapic, arch/x86/kernel/apic/io_apic.c, \
                    5.10 to 7.3",
    }
    MADT_OVERRIDE_BUS = Warning "madt-override-bus" {
        title: "an interrupt source override for another bus than ISA",
        why: "The only bus that is defined is 0, ISA.",
        consequence: "Linux takes the entry as one for ISA.",
        fix: "Write 0 as the bus.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.12.5",
    }
    MADT_MODE_RESERVED = Warning "madt-mode-reserved" {
        title: "a polarity or trigger mode of 2, which is reserved",
        why: "0 follows the bus, 1 and 3 name the two ways there are.",
        consequence: "Linux does not define what it does then, and warns of the interrupt of the SCI alone.",
        fix: "Write 0, 1 or 3.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.12.5, table 5.26",
    }
    MADT_LAPIC_ADDRESS = Warning "madt-lapic-address" {
        title: "a local APIC address override that is zero or not the only one",
        why: "One such entry at most may say where the local APICs are, in 64 bits.",
        consequence: "Linux takes the last one for the address of the local APICs.",
        fix: "Leave one entry, with the address that the processors use.",
        command: "acpihp dump FILE --format dsl -o DIR",
        reference: "ACPI 6.5, 5.2.12.8; Linux acpi_parse_lapic_addr_ovr, arch/x86/kernel/acpi/boot.c, 5.10 to 7.3",
    }
    MADT_PLATFORM_INTERRUPT = Warning "madt-platform-interrupt-type" {
        title: "a platform interrupt source of a type that is not defined",
        why: "1 is PMI, 2 INIT and 3 the corrected platform error interrupt.",
        consequence: "Linux on x86-64 does not look at these entries.",
        fix: "Write 1, 2 or 3.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.12.11",
    }
    MADT_GICD_COUNT = Warning "madt-gicd-count" {
        title: "an Arm machine that has not exactly one GIC distributor",
        why: "All processors of a GIC share one distributor.",
        consequence: "Linux on arm64 finds no interrupt controller, or initialises the first one and refuses the next.",
        fix: "Leave one distributor entry.",
        command: "acpihp dump FILE --format dsl -o DIR",
        reference: "ACPI 6.5, 5.2.12.15",
    }
    MADT_GIC_VERSION = Warning "madt-gic-version" {
        title: "a GIC version that is not defined",
        why: "Versions 1 to 4 are defined, and 0 for a GIC that reports its version itself.",
        consequence: "Linux on arm64 finds no driver for the interrupt controller and does not boot.",
        fix: "Write the version of the distributor, or 0.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.12.15",
    }
    MADT_GICR_EMPTY = Warning "madt-gicr-empty" {
        title: "a range of GIC redistributors of length zero",
        why: "The range holds the redistributors' pages of its processors.",
        consequence: "Linux on arm64 finds no redistributor there; the processors of the range do not start.",
        fix: "Write the length of the range in bytes.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.12.17",
    }
    MADT_MAILBOX_UNALIGNED = Warning "madt-mailbox-unaligned" {
        title: "a wakeup mailbox that does not start at a page",
        why: "The mailbox takes 4 KiB and starts at a multiple of that.",
        consequence: "Linux maps the page and wakes processors through another place than the firmware watches.",
        fix: "Write the page-aligned address that the firmware reserved.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.12.19; Linux acpi_parse_mp_wake, arch/x86/kernel/acpi/boot.c and madt_wakeup.c, 5.16 to 7.3",
    }
    MADT_ENTRY_LENGTH = Warning "madt-entry-length" {
        title: "an entry of the MADT that is longer than the fields of its type",
        why: "Each type has its length; a longer one says that a length is wrong, or that the entry is of a newer specification.",
        consequence: "Linux steps over the bytes; if the length is wrong, what follows is read from the wrong place, and gives \
                      findings of its own.",
        firmware: Info,
        fix: "Write the length of the type, unless a newer specification has more fields.",
        command: "acpihp dump FILE --format dsl -o DIR",
        reference: "ACPI 6.6, 5.2.12; Linux acpi_parse_entries_array, lib/fw_table.c (6.7 to 7.3), drivers/acpi/tables.c before",
    }
    MADT_ENTRY_REVISION = Info "madt-entry-revision" {
        title: "an entry of a type that the revision of the MADT does not have",
        why: "Types were added with later revisions of the table.",
        consequence: "Linux goes by the types alone.",
        fix: "Write the revision that has the type.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.6, 5.2.12",
    }
    MADT_NMI_INPUT = Warning "madt-nmi-input" {
        title: "an NMI at an input that a local APIC does not have",
        why: "A local APIC has the inputs LINT0 and LINT1.",
        consequence: "Linux says \"NMI not connected to LINT 1!\" and goes by the other entries.",
        fix: "Write 0 or 1.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.6, 5.2.12.7; Linux acpi_parse_lapic_nmi, arch/x86/kernel/acpi/boot.c, 5.10 to 7.3",
    }
    MADT_NMI_UID = Info "madt-nmi-uid" {
        title: "an NMI of a processor that the MADT does not have",
        why: "The entry names one processor by its UID, or all of them with 0xff or 0xffffffff.",
        consequence: "None in Linux, which looks at the input alone and takes it for all processors.",
        fix: "Write the UID of a processor of the table, or the number for all.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.6, 5.2.12.7 and 5.2.12.13; Linux acpi_parse_lapic_nmi, arch/x86/kernel/acpi/boot.c, 5.10 to 7.3",
    }
    MADT_FADT = Info "madt-fadt-revision" {
        title: "revisions of MADT and FADT that no version of the specification has together",
        why: "Each version of the specification has one revision of each table; two of different versions show that a table \
              was taken from elsewhere or that its revision was not updated.",
        consequence: "None in Linux on x86; on Arm it takes the length of processor entries from the FADT's revision.",
        fix: "Write the revisions that fit the contents of both tables.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 1.0 to 6.6, 5.2.9 and 5.2.12; Linux BAD_MADT_GICC_ENTRY, arch/arm64/include/asm/acpi.h, 5.10 to 7.3",
    }
    FADT_OLDER = Info "fadt-older-than-table" {
        title: "a table of a revision that came after the version of the specification that the FADT names",
        why: "The revision of the FADT with its minor number is the version of the specification; each version has one revision of \
              each table.",
        consequence: "None in Linux, which looks at each table's own revision.",
        fix: "Write the revisions that fit the contents of both tables.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.6, 5.2.9 and table 5.5",
    }
    MADT_OVERRIDE_SOURCE = Warning "madt-override-source" {
        title: "an interrupt source override for what is not an ISA interrupt",
        why: "Overrides are about the sixteen interrupts of the ISA bus.",
        consequence: "Linux says \"Invalid bus_irq … for legacy override\" and ignores it.",
        fix: "Write the number of the ISA interrupt, or leave the entry out.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.6, 5.2.12.5; Linux mp_override_legacy_irq, arch/x86/kernel/acpi/boot.c, 5.10 to 7.3",
    }
    MADT_GICD_BASE = Warning "madt-gicd-interrupt-base" {
        title: "a GIC distributor whose interrupts do not start at 0",
        why: "The field is reserved and must be zero.",
        consequence: "None in Linux, which does not read it.",
        fix: "Write 0.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.6, 5.2.12.15",
    }
    MADT_MAILBOX_VERSION = Warning "madt-mailbox-version" {
        title: "a multiprocessor wakeup mailbox of a version that is not defined",
        why: "Version 0 wakes processors, version 1 can also reset them.",
        consequence: "Linux takes a version above the known for the highest that it knows.",
        fix: "Write 0 or 1.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.6, 5.2.12.19; Linux acpi_parse_mp_wake, arch/x86/kernel/acpi/madt_wakeup.c, 5.18 to 7.3",
    }
    FADT_LENGTH = Info "fadt-length" {
        title: "a FADT whose length is not that of its revision",
        why: "Revision 1 has 116 bytes, 2 has 132, 3 and 4 have 244, 5 has 268 and 6 has 276.",
        consequence: "Linux takes the fields that are there, whatever the revision says, and none above 276 bytes.",
        fix: "Write the revision that fits the length, or complete the table.",
        command: "acpihp dump FILE --format dsl -o DIR",
        reference: "ACPI 6.5, 5.2.9; Linux acpi_tb_create_local_fadt, drivers/acpi/acpica/tbfadt.c, 5.10 to 7.3",
    }
    FADT_BLOCK_WIDTH = Info "fadt-block-width" {
        title: "the width of a register block is not its length",
        why: "The width of the 64-bit field in bits and the length in bytes speak of the same block; a width of 0 says nothing.",
        consequence: "Linux says \"32/64X length mismatch in FADT\" or \"Invalid length for FADT\" and takes the length.",
        fix: "Write eight times the length as the width.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.9; Linux acpi_tb_convert_fadt, drivers/acpi/acpica/tbfadt.c, 5.10 to 7.3",
    }
    FADT_EVENTS = Warning "fadt-events-overlap" {
        title: "the two blocks of general purpose events have numbers in common",
        why: "Events are numbered through: those of the second block start at its base, after those of the first.",
        consequence: "Linux says \"GPE0 block … overlaps the GPE1 block …\" and ignores the second block.",
        fix: "Write a base of at least the number of events of the first block.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.9; Linux acpi_ev_gpe_initialize, drivers/acpi/acpica/evgpeinit.c, 5.10 to 7.3",
    }
    FADT_EVENT_ACCESS = Info "fadt-event-access" {
        title: "registers of general purpose events with an access width above a byte",
        why: "Status and enable registers of general purpose events are read and written byte by byte.",
        consequence: "None in Linux, which reads and writes bytes whatever the width says.",
        fix: "Write 1 (byte access) as the access width.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.6, 4.8.4.1; Linux acpi_hw_gpe_read, drivers/acpi/acpica/hwgpe.c, 5.11 to 7.3",
    }
    FADT_S4BIOS = Info "fadt-s4bios" {
        title: "the FACS offers S4BIOS, and the FADT has no command for it",
        why: "The system asks the firmware for S4BIOS with the value of S4BIOS_REQ at the SMI command port.",
        consequence: "None in Linux, which saves memory to disk by itself.",
        fix: "Write the command, or clear the flag S4BIOS_F of the FACS.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.6, 5.2.9 and 5.2.10",
    }
    FADT_SLEEP = Info "fadt-sleep-register" {
        title: "sleep registers on a machine with fixed hardware",
        why: "Sleep control and status registers belong to hardware-reduced machines; others have the PM1 blocks.",
        consequence: "Linux goes by the hardware-reduced flag and uses the PM1 blocks.",
        fix: "Write zero, or set the hardware-reduced flag.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 4.8.3.7; Linux acpi_enter_sleep_state, drivers/acpi/acpica/hwxfsleep.c, 5.10 to 7.3",
    }
    FADT_SCI = Warning "fadt-sci-interrupt" {
        title: "fixed hardware without an interrupt for its events",
        why: "The SCI signals power buttons, the embedded controller and general purpose events.",
        consequence: "Linux asks for interrupt 0, which is the timer's: no event arrives.",
        fix: "Write the number of the interrupt, most often 9.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.9; Linux acpi_ev_install_sci_handler, drivers/acpi/acpica/evsci.c, 5.10 to 7.3",
    }
    FADT_NO_FACS = Warning "fadt-no-facs" {
        title: "no address of a FACS on a machine with fixed hardware",
        why: "Firmware and system share the global lock and the waking vector there; only hardware-reduced machines do without.",
        consequence: "Linux has no global lock and cannot come back from sleep.",
        fix: "Write the address of the FACS, or set the hardware-reduced flag where it is one.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.9 and 5.2.10",
    }
    FADT_FACS_DIFFER = Info "fadt-facs-differ" {
        title: "the 32-bit and the 64-bit address of the FACS differ",
        why: "One of the two must be zero, or both the same.",
        consequence: "Linux installs both tables (from 4.2), and uses the one at the 64-bit address unless it is empty.",
        fix: "Write one address, and zero or the same in the other field.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.9; Linux acpi_tb_parse_fadt, drivers/acpi/acpica/tbfadt.c, 5.10 to 7.3",
    }
    FADT_FACS_UNALIGNED = Warning "fadt-facs-unaligned" {
        title: "the FACS does not start at a multiple of 64 bytes",
        why: "The global lock in it must not cross a cache line.",
        consequence: "Linux uses it all the same; locked accesses are slow or not atomic on some machines.",
        fix: "Place the FACS at a multiple of 64 bytes.",
        reference: "ACPI 6.5, 5.2.10",
    }
    FADT_PROFILE = Warning "fadt-profile" {
        title: "a power management profile that is not defined",
        why: "Profiles 0 to 8 are defined.",
        consequence: "Linux takes the machine as one of no special kind.",
        fix: "Write the profile that fits, or 0.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.9.1",
    }
    FADT_CACHES_RESERVED = Warning "fadt-caches-reserved" {
        title: "the persistent CPU caches flag has its reserved value 3",
        why: "0 says nothing, 1 that caches are lost and 2 that they persist when power fails.",
        consequence: "Linux does not look at these bits; persistent memory software may.",
        fix: "Write 0, 1 or 2.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.9, table 5.10",
    }
    FADT_BLOCK_MISSING = Error "fadt-block-missing" {
        title: "fixed hardware without a register block that it must have",
        why: "PM1a event and control registers enable ACPI, power off the machine and wake it.",
        consequence: "Linux says \"Required FADT field … has zero address and/or length\" and cannot enable ACPI mode, power \
                      off or sleep.",
        fix: "Write the block's address and length, or set the hardware-reduced flag where there is no fixed hardware.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 4.8.3; Linux acpi_tb_convert_fadt, drivers/acpi/acpica/tbfadt.c, 5.10 to 7.3",
    }
    FADT_BLOCK_DIFFER = Warning "fadt-block-differ" {
        title: "the 32-bit and the 64-bit address of a register block differ",
        why: "Both fields speak of the same registers.",
        consequence: "Linux says \"32/64X address mismatch in FADT\" and takes the 64-bit one (the 32-bit one with \
                      acpi_force_32bit_fadt_addr).",
        fix: "Write the same address in both, or zero in one.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.9; Linux acpi_tb_convert_fadt, drivers/acpi/acpica/tbfadt.c, 5.10 to 7.3",
    }
    FADT_BLOCK_LENGTH = Warning "fadt-block-length" {
        title: "the length of a register block does not fit",
        why: "Each block has a least length; those of general purpose events hold status and enable registers, an even number.",
        consequence: "Linux says \"Required FADT field …\" or \"Optional FADT field … has valid address but zero length\", and \
                      uses as much of the block as the length says.",
        fix: "Write the block's length in bytes, or zero in address and length where there is none.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.9; Linux acpi_tb_convert_fadt, drivers/acpi/acpica/tbfadt.c, 5.10 to 7.3",
    }
    FADT_COMMAND = Info "fadt-smi-command" {
        title: "inconsistent SMI command port and values written to it",
        why: "Without a port nothing can be written, and with one the value that enables ACPI cannot be the one that disables it.",
        consequence: "Linux takes a machine without a port as one that is always in ACPI mode.",
        fix: "Write zero in the command fields, or the port that they are for.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.9; Linux acpi_hw_set_mode, drivers/acpi/acpica/hwacpi.c, 5.10 to 7.3",
    }
    FADT_REDUCED_LEGACY = Info "fadt-reduced-legacy" {
        title: "a hardware-reduced machine with fields of fixed hardware",
        why: "With the hardware-reduced flag the fields of fixed hardware mean nothing and are to be zero.",
        consequence: "Linux does not look at them.",
        fix: "Write zero.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.9 and 4.1.1",
    }
    FADT_RESET = Warning "fadt-reset-register" {
        title: "the reset register is announced, and cannot be used as it is",
        why: "It must be 8 bits wide from bit 0 on, in memory, I/O ports or PCI configuration space.",
        consequence: "Linux cannot reset the machine through ACPI and tries its other ways.",
        fix: "Describe the register rightly, or clear the flag that announces it.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 4.8.3.6; Linux acpi_reset, drivers/acpi/acpica/hwxface.c, 5.10 to 7.3",
    }
    PPTT_REFERENCE = Warning "pptt-reference" {
        title: "a reference of the PPTT to where no such structure starts",
        why: "Parents, resources and next levels of cache are offsets into the table at which such a structure starts.",
        consequence: "Linux stops at such a reference: the processors below have no package or no caches in sysfs.",
        fix: "Fix the offset.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.30; Linux fetch_pptt_subtable, drivers/acpi/pptt.c, 5.10 to 7.3",
    }
    PPTT_LEAF = Warning "pptt-leaf" {
        title: "a leaf of the PPTT that is the parent of another node",
        why: "A leaf is one processor; nothing is below it.",
        consequence: "Linux counts the levels below a thread from the wrong node, and shows wrong cores or packages.",
        fix: "Clear the leaf flag, or fix the parent of the nodes below.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.30.1; Linux acpi_pptt_leaf_node, drivers/acpi/pptt.c, 5.10 to 7.3",
    }
    PPTT_CYCLE = Error "pptt-cycle" {
        title: "structures of the PPTT that lead back to themselves",
        why: "Parents and levels of cache form trees.",
        consequence: "Linux follows the references without an end to them when it looks for a package or a cache.",
        fix: "Break the circle: the topmost node has parent 0, the last level of cache next level 0.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.30; Linux acpi_find_processor_tag and acpi_count_levels, drivers/acpi/pptt.c, 5.10 to 7.3",
    }
    PPTT_UID_TWICE = Warning "pptt-uid-twice" {
        title: "one processor UID in two leaves of the PPTT",
        why: "Each processor is one leaf of the tree.",
        consequence: "Linux takes the first leaf for the processor.",
        fix: "Give each leaf the UID of its processor.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.30.1; Linux acpi_find_processor_node, drivers/acpi/pptt.c, 5.10 to 7.3",
    }
    PPTT_CACHE = Info "pptt-cache-geometry" {
        title: "inconsistent sizes of a cache",
        why: "Size is sets times associativity times line size, and a line size is a power of two.",
        consequence: "Linux shows the numbers in sysfs as they are.",
        fix: "Fix the number that is wrong, or clear the flag that says it is valid.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.30.2; Linux update_cache_properties, drivers/acpi/pptt.c, 5.10 to 7.3",
    }
    PPTT_MADT = Warning "pptt-uid-not-in-madt" {
        title: "a leaf of the PPTT whose processor the MADT does not have",
        why: "Leaves name processors by the UIDs that the MADT gives them.",
        consequence: "Linux has no processor for the leaf and passes it over.",
        fix: "Fix the UID, or add the processor to the MADT.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.30.1",
    }
}
