//! Rules about SRAT, SLIT and the other tables of memory affinity.

/// What Linux does after it gave a SRAT up; the same words wherever it happens.
macro_rules! not_used {
    ($before:literal) => {
        concat!(
            $before,
            "Linux does not use the SRAT: one faked node 0, no hot-pluggable memory, movable_node without effect."
        )
    };
}

use crate::finding::Area;

/// What these rules are about, unless they say otherwise.
const AREA: Area = Area::Numa;

super::rules! {
    SRAT_SHORT = Error "srat-short" {
        title: "the SRAT ends before its first entry can begin",
        why: "Entries start at byte 48, after the header, the table revision and eight reserved bytes.",
        consequence: not_used!("No memory entry is found. "),
        fix: "Take the table again from its source.",
        command: "acpihp dump --from DUMP -o DIR",
        reference: "ACPI 6.5, 5.2.16; Linux acpi_numa_init, drivers/acpi/numa/srat.c, 5.10 to 7.3",
    }
    SRAT_PADDING = Error "srat-padding" {
        title: "three or more zero bytes after the last entry",
        why: "The walk over the entries goes on while more than two bytes are left. Zeros read as an entry of type 0, a CPU, \
              with length 0.",
        consequence: not_used!("It is a CPU entry of the wrong length. "),
        fix: "Set the header's length to the end of the last entry, cut the file there and fix the checksum.",
        command: "acpihp dump FILE --format dsl -o DIR",
        reference: "Linux acpi_numa_processor_affinity_init, arch/x86/mm/srat.c; acpi_parse_entries_array, \
                    drivers/acpi/tables.c (5.10, 6.1) and lib/fw_table.c (6.7 to 7.3)",
    }
    SRAT_ZERO_LENGTH = Error "srat-entry-zero-length" {
        title: "an entry of length 0",
        why: "Each entry says its own length; 0 leads nowhere, so what follows cannot be read.",
        consequence: not_used!("The walk fails (\"Invalid zero length\"). "),
        fix: "Set the entry's length byte, or let the table end before it; fix the checksum.",
        command: "acpihp dump FILE --format dsl -o DIR",
        reference: "Linux acpi_parse_entries_array, drivers/acpi/tables.c (5.10, 6.1) and lib/fw_table.c (6.7 to 7.3)",
    }
    SRAT_TRUNCATED = Error "srat-entry-truncated" {
        title: "an entry runs past the end of the table",
        why: "Its length byte claims more bytes than the table has left.",
        consequence: "Linux does not look: it reads the entry's missing part from whatever follows the table in memory.",
        fix: "Complete the entry or let the table end before it; fix length and checksum.",
        command: "acpihp dump FILE --format dsl -o DIR",
        reference: "Linux acpi_parse_entries_array, drivers/acpi/tables.c (5.10, 6.1) and lib/fw_table.c (6.7 to 7.3)",
    }
    SRAT_TRAILING_BYTES = Warning "srat-trailing-bytes" {
        title: "one or two bytes after the last entry",
        why: "Two bytes are an entry's type and length and nothing more: they cannot be an entry.",
        consequence: "Linux ends its walk before them; they do no harm.",
        fix: "Set the header's length to the end of the last entry, cut the file there and fix the checksum.",
        command: "acpihp dump FILE --format dsl -o DIR",
        reference: "Linux acpi_parse_entries_array, drivers/acpi/tables.c (5.10, 6.1) and lib/fw_table.c (6.7 to 7.3)",
    }
    SRAT_CPU_LENGTH = Error "srat-cpu-length" {
        title: "a CPU entry of the wrong length",
        why: "A local APIC entry (type 0) has exactly 16 bytes, an x2APIC entry (type 2) at least 24, a GICC entry (type 3) \
              at least 18. Linux looks at the length before it looks whether the entry is enabled.",
        consequence: not_used!("One such entry is enough. "),
        fix: "Give the entry the length of its structure and fix the checksum.",
        command: "acpihp dump FILE --format dsl -o DIR",
        reference: "ACPI 6.5, 5.2.16.1, 5.2.16.3, 5.2.16.4; Linux acpi_numa_processor_affinity_init and \
                    acpi_numa_x2apic_affinity_init, arch/x86/mm/srat.c; acpi_numa_gicc_affinity_init, arch/arm64/kernel/acpi_numa.c, 5.10 to 7.3",
    }
    SRAT_MEMORY_LENGTH = Error "srat-memory-length" {
        title: "a memory entry shorter than 40 bytes",
        why: "A memory entry has 40 bytes. Linux looks at the length before it looks whether the entry is enabled.",
        consequence: not_used!("\"Unexpected header length\": one such entry is enough. "),
        fix: "Give the entry its 40 bytes and fix length and checksum.",
        command: "acpihp dump FILE --format dsl -o DIR",
        reference: "ACPI 6.5, 5.2.16.2; Linux acpi_numa_memory_affinity_init, drivers/acpi/numa/srat.c, 5.10 to 7.3",
    }
    SRAT_ENTRY_LENGTH = Warning "srat-entry-length" {
        title: "an entry whose length is not that of its structure",
        why: "The specification gives each type of entry one length. Readers that go by the type instead of the length byte \
              lose their place here.",
        consequence: "Linux goes by the length byte: what is missing is read from the next entry, what is more is ignored.",
        fix: "Give the entry the length of its structure and fix length and checksum.",
        command: "acpihp dump FILE --format dsl -o DIR",
        reference: "ACPI 6.5, 5.2.16.1 to 5.2.16.7; Linux acpi_parse_entries_array, drivers/acpi/tables.c (5.10, 6.1) and \
                    lib/fw_table.c (6.7 to 7.3)",
    }
    SRAT_UNKNOWN_TYPE = Warning "srat-unknown-type" {
        title: "an entry of a type that the specification does not define",
        why: "Types 0 to 7 are defined up to ACPI 6.6.",
        consequence: "Linux skips it by its length byte.",
        fix: "Nothing needs fixing, unless the type byte is wrong.",
        reference: "ACPI 6.6, 5.2.16; Linux acpi_parse_entries_array, lib/fw_table.c, 6.7 to 7.3",
    }
    SRAT_REVISION_CONTENT = Info "srat-revision-content" {
        title: "the table has contents that its revision does not have",
        why: "Domains above 255 need revision 2; x2APIC, GICC, ITS, generic initiator, generic port and RINTC entries came \
              with revision 3.",
        consequence: "Linux reads every type of entry whatever the revision says; only the width of domains follows it.",
        fix: "Set the revision to 3 and fix the checksum, once the upper bytes of all domains are right.",
        command: "acpihp edit FILE --set Revision=3 -o NEW",
        reference: "ACPI 6.5, 5.2.16",
    }
    SRAT_DOMAIN_MASKED = Error "srat-domain-masked" {
        title: "a proximity domain above 255 in a table of revision 0 or 1",
        why: "Before revision 2 a domain has 8 bits, and the other bits are reserved.",
        consequence: "Linux takes the low 8 bits only: the entry ends up in the domain that the message names.",
        fix: "Set the SRAT's revision to 3 (or 2), or use domains up to 255; fix the checksum.",
        command: "acpihp edit FILE --set Revision=3 -o NEW",
        reference: "ACPI 6.5, 5.2.16; Linux acpi_numa_memory_affinity_init, drivers/acpi/numa/srat.c; \
                    acpi_numa_processor_affinity_init, arch/x86/mm/srat.c, 5.10 to 7.3",
    }
    SRAT_DOMAIN_RANGE = Error "srat-domain-range" {
        title: "a proximity domain of 1024 or more",
        why: "Linux knows domains below MAX_PXM_DOMAINS, which is MAX_NUMNODES and at least 256: 1024 in the kernels of \
              distributions (NODES_SHIFT 10), 256 in a default configuration (NODES_SHIFT 6).",
        consequence: not_used!("\"Too many proximity domains\". "),
        fix: "Number the domains from 0 on, in SRAT, SLIT, HMAT and in the _PXM objects of the namespace.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "Linux acpi_map_pxm_to_node, drivers/acpi/numa/srat.c, 5.10 to 7.3",
    }
    SRAT_DOMAIN_HIGH = Info "srat-domain-high" {
        title: "a proximity domain above 255",
        why: "Kernels that were built with NODES_SHIFT 6, the default of x86, know domains up to 255 only; distributions \
              build with 10, which makes it 1023.",
        consequence: "A kernel built for few nodes does not use the SRAT; those of distributions do.",
        fix: "Use domains up to 255 where small kernels matter.",
        reference: "Linux acpi_map_pxm_to_node, drivers/acpi/numa/srat.c, 5.10 to 7.3",
    }
    SRAT_TOO_MANY_DOMAINS = Error "srat-too-many-domains" {
        title: "more proximity domains than Linux has nodes",
        why: "Each domain of an enabled entry takes a node number: 1024 in the kernels of distributions (NODES_SHIFT 10).",
        consequence: not_used!("\"Too many proximity domains\". "),
        fix: "Put ranges and CPUs into fewer domains, or build the kernel with a larger NODES_SHIFT.",
        command: "acpihp edit FILE --move START-END=N -o NEW",
        reference: "Linux acpi_map_pxm_to_node, drivers/acpi/numa/srat.c, 5.10 to 7.3",
    }
    SRAT_TOO_MANY_RANGES = Error "srat-too-many-ranges" {
        title: "more memory ranges than Linux can hold",
        why: "Linux keeps twice as many ranges as nodes: 2048 in the kernels of distributions (NODES_SHIFT 10).",
        consequence: not_used!("\"too many memblk ranges\". "),
        fix: "Join neighbouring ranges of one domain that have the same flags.",
        command: "acpihp dump FILE --format dsl -o DIR",
        reference: "Linux numa_add_memblk_to, arch/x86/mm/numa.c (5.10 to 6.11) and mm/numa_memblks.c (6.12 to 7.3)",
    }
    SRAT_INITIATOR_STOPS = Warning "srat-initiator-stops" {
        title: "a generic initiator entry after which Linux reads no more CPU entries",
        why: "Linux takes a disabled generic initiator, or one whose domain it cannot use, for an error that ends its pass \
              over CPUs and initiators. The specification allows disabled entries.",
        consequence: "CPU and initiator entries after it are ignored: those CPUs are handed out to the nodes in turn, and \
                      nodes are numbered in another order. Memory entries are not affected.",
        fix: "Put such entries after all CPU entries, or leave them out.",
        command: "acpihp dump FILE --format dsl -o DIR",
        reference: "Linux acpi_parse_gi_affinity, drivers/acpi/numa/srat.c; acpi_parse_entries_array, drivers/acpi/tables.c \
                    (5.10, 6.1) and lib/fw_table.c (6.7 to 7.3)",
    }
    SRAT_NO_MEMORY = Error "srat-no-memory" {
        title: "no enabled memory entry",
        why: "Without memory no domain becomes a node that has any.",
        consequence: not_used!("\"No NUMA configuration found\". "),
        fix: "Add memory entries for all RAM, or enable those that are there; fix the checksum.",
        command: "acpihp edit FILE --set 'Memory[N].Enabled=1' -o NEW",
        reference: "Linux acpi_numa_init, drivers/acpi/numa/srat.c, 5.10 to 7.3",
    }
    SRAT_NO_CPU = Warning "srat-no-cpu" {
        title: "no enabled CPU entry",
        why: "Nothing says which CPUs are close to which memory.",
        consequence: "Linux hands the CPUs out to the nodes in turn.",
        fix: "Add an entry for each CPU of the MADT.",
        command: "acpihp dump FILE --format dsl -o DIR",
        reference: "Linux numa_init_array, arch/x86/mm/numa.c, 5.10 to 7.3",
    }
    SRAT_DOMAIN_OVERLAP = Error "srat-domain-overlap" {
        title: "memory ranges of two domains overlap",
        why: "A page of memory belongs to one node. The specification has no rule for a page of two domains.",
        consequence: "Where both ranges hold RAM at boot (\"overlaps with node\"), Linux does not use the SRAT: one faked node 0, no \
                      hot-pluggable memory, movable_node without effect.",
        lesser: "Linux uses the SRAT as long as no RAM lies in both ranges at boot. Where some does at a later boot, it does not: \
                 one faked node 0, no hot-pluggable memory, movable_node without effect.",
        fix: "Let one range end where the other begins; fix the checksum.",
        command: "acpihp edit FILE --set 'Memory[N].Address Length=SIZE' -o NEW",
        reference: "ACPI 6.5, 5.2.16.2; Linux numa_cleanup_meminfo, arch/x86/mm/numa.c (5.10 to 6.11) and \
                    mm/numa_memblks.c (6.12 to 7.3)",
    }
    SRAT_SELF_OVERLAP = Info "srat-self-overlap" {
        title: "memory ranges of one domain overlap",
        why: "Both entries put the same pages into the same node; only their flags can differ.",
        consequence: "Linux logs \"overlaps with itself\" and joins them. Where either is hot-pluggable, the overlap is.",
        fix: "Nothing needs fixing, unless the flags differ.",
        reference: "Linux numa_cleanup_meminfo, arch/x86/mm/numa.c (5.10 to 6.11) and mm/numa_memblks.c (6.12 to 7.3)",
    }
    SRAT_EMPTY_RANGE = Warning "srat-memory-empty" {
        title: "an enabled memory entry of length 0",
        why: "It says nothing of any memory, yet it counts.",
        consequence: "Linux adds no memory, but the domain takes a node number and becomes a possible node.",
        fix: "Clear the entry's enabled bit and fix the checksum.",
        command: "acpihp edit FILE --set 'Memory[N].Enabled=0' -o NEW",
        reference: "Linux acpi_numa_memory_affinity_init, drivers/acpi/numa/srat.c, 5.10 to 7.3",
    }
    SRAT_WRAP = Error "srat-memory-wrap" {
        title: "base and length of a memory entry pass the end of the address space",
        why: "Base plus length is 2^64 or more: one of them is wrong.",
        consequence: "Linux warns (\"invalid memblk\") and ignores the range, but its domain still takes a node number. RAM \
                      there that no other entry covers makes Linux give the SRAT up, or not boot.",
        fix: "Fix base or length, and the checksum.",
        command: "acpihp edit FILE --set 'Memory[N].Address Length=SIZE' -o NEW",
        reference: "Linux numa_add_memblk_to, arch/x86/mm/numa.c (5.10 to 6.11) and mm/numa_memblks.c (6.12 to 7.3)",
    }
    SRAT_BEYOND = Warning "srat-memory-beyond" {
        title: "a memory range above any physical address",
        why: "Machines have physical addresses of 52 bits at most (56 on RISC-V).",
        consequence: "Linux has no RAM there: the range is cut to the end of RAM, or dropped.",
        fix: "Fix base or length, and the checksum.",
        command: "acpihp edit FILE --set 'Memory[N].Base Address=ADDRESS' -o NEW",
        reference: "ACPI 6.5, 5.2.16.2; Linux numa_cleanup_meminfo, arch/x86/mm/numa.c (5.10 to 6.11) and mm/numa_memblks.c \
                    (6.12 to 7.3)",
    }
    SRAT_PAGE_UNALIGNED = Warning "srat-memory-page-unaligned" {
        title: "a memory range that does not start or end at a page of 4 KiB",
        why: "Memory has a node by the page; a page with two parts has none.",
        consequence: "Linux splits its memory at that address and cuts both parts to whole pages: RAM there loses a page.",
        fix: "Round base and length to multiples of 4096 and fix the checksum.",
        command: "acpihp edit FILE --set 'Memory[N].Address Length=SIZE' -o NEW",
        reference: "Linux numa_register_memblks, arch/x86/mm/numa.c (5.10 to 6.11); free_area_init, mm/mm_init.c",
    }
    SRAT_BLOCK_UNALIGNED = Info "srat-memory-block-unaligned" {
        title: "a hot-pluggable range that does not start or end at a memory block of 128 MiB",
        why: "Linux takes memory offline in blocks: 128 MiB below 64 GiB of RAM, up to 2 GiB above it.",
        consequence: "A block that is only partly of this range can be offlined only if the rest of it can be.",
        fix: "Nothing needs fixing; let hot-pluggable ranges start and end at multiples of 2 GiB where you can.",
        reference: "Linux probe_memory_block_size, arch/x86/mm/init_64.c, 5.10 to 7.3",
    }
    SRAT_HOTPLUG_DISABLED = Warning "srat-hotplug-disabled" {
        title: "a memory entry that is hot-pluggable and not enabled",
        why: "The hot-pluggable bit counts only together with the enabled bit.",
        consequence: "Linux ignores the entry: the memory is not hot-pluggable and not in this domain.",
        fix: "Set the enabled bit (bit 0) as well, or clear the hot-pluggable bit (bit 1); fix the checksum.",
        command: "acpihp edit FILE --set 'Memory[N].Enabled=1' -o NEW",
        reference: "ACPI 6.5, 5.2.16.2; Linux acpi_numa_memory_affinity_init, drivers/acpi/numa/srat.c, 5.10 to 7.3",
    }
    SRAT_DISABLED_RANGE = Info "srat-memory-disabled" {
        title: "a disabled memory entry that still names a range",
        why: "Firmware leaves unused entries disabled and mostly zero.",
        consequence: "Linux ignores it for nodes and zones; only KASLR counts it, as memory that the kernel may be put into.",
        fix: "Nothing needs fixing.",
        reference: "Linux count_immovable_mem_regions, arch/x86/boot/compressed/acpi.c, 5.1 to 7.3",
    }
    SRAT_HOTPLUG_LOW = Warning "srat-hotplug-low-memory" {
        title: "the domain of the first MiB has hot-pluggable memory",
        why: "The first MiB is in use from the start, and Linux marks no memory of a node hot-pluggable that the kernel \
              itself sits in.",
        consequence: "All hot-pluggable ranges of this domain lose their mark at boot: with movable_node they do not become \
                      ZONE_MOVABLE.",
        fix: "Put the hot-pluggable memory into a domain of its own.",
        command: "acpihp edit FILE --move START-END=N -o NEW",
        reference: "Linux numa_clear_kernel_node_hotplug, arch/x86/mm/numa.c (5.10 to 6.11) and mm/numa_memblks.c (6.12 to 7.3)",
    }
    SRAT_ALL_HOTPLUG = Warning "srat-all-hotpluggable" {
        title: "all memory is hot-pluggable",
        why: "The kernel has to be somewhere. KASLR keeps it out of hot-pluggable memory only while some memory is not.",
        consequence: "The kernel is put anywhere, and every node that holds a part of it, of the initrd or of the firmware's \
                      tables loses its marks: which ones are left differs from boot to boot, unless nokaslr is given.",
        fix: "Clear the hot-pluggable bit of the memory that stays, at least of the first domain.",
        command: "acpihp edit FILE --no-hotplug node=0 -o NEW",
        reference: "Linux count_immovable_mem_regions, arch/x86/boot/compressed/acpi.c (5.1 to 7.3); numa_clear_kernel_node_hotplug, \
                    arch/x86/mm/numa.c (5.10 to 6.11) and mm/numa_memblks.c (6.12 to 7.3)",
    }
    SRAT_SPECIFIC_PURPOSE = Info "srat-specific-purpose" {
        title: "memory with the Specific Purpose flag",
        why: "ACPI 6.6 sets such memory aside for one use, high-bandwidth or CXL memory for instance. Tools that do not know \
              the bit clear it when they write the table again.",
        consequence: "Linux does not read the flag in the SRAT; EFI_MEMORY_SP in the UEFI memory map is what it goes by.",
        fix: "Nothing needs fixing.",
        reference: "ACPI 6.6, 5.2.16.2; Linux acpi_numa_memory_affinity_init, drivers/acpi/numa/srat.c, 5.10 to 7.3",
    }
    SRAT_UNSORTED = Info "srat-memory-unsorted" {
        title: "memory entries that are not sorted by address",
        why: "The order is free; it decides which domain gets which node number.",
        consequence: "Linux numbers nodes in the order in which domains appear: CPU entries first, then memory entries.",
        fix: "Nothing needs fixing.",
        reference: "Linux acpi_map_pxm_to_node, drivers/acpi/numa/srat.c, 5.10 to 7.3",
    }
    SRAT_MEMORYLESS = Info "srat-domain-memoryless" {
        title: "a domain with CPUs or initiators and without memory",
        why: "Legal, and normal where a socket has no memory of its own.",
        consequence: "Linux makes it a node without memory; its CPUs take memory from the nearest other node.",
        fix: "Nothing needs fixing, unless the memory was forgotten.",
        reference: "Linux acpi_numa_init, drivers/acpi/numa/srat.c, 5.10 to 7.3",
    }
    SRAT_CPU_TWO_DOMAINS = Error "srat-cpu-two-domains" {
        title: "one CPU in two domains",
        why: "Two enabled entries have one APIC id (or processor UID) and different domains.",
        consequence: "Linux takes the last entry; the first one's domain still takes a node number.",
        fix: "Leave one entry for each CPU.",
        command: "acpihp edit FILE --set 'Processor[N].Enabled=0' -o NEW",
        reference: "ACPI 6.5, 5.2.16; Linux acpi_numa_processor_affinity_init, arch/x86/mm/srat.c, 5.10 to 7.3",
    }
    SRAT_CPU_TWICE = Info "srat-cpu-twice" {
        title: "one CPU in two entries of one domain",
        why: "Two enabled entries say the same of one APIC id (or processor UID): twice the same type, or once as local APIC \
              and once as x2APIC.",
        consequence: "None: Linux sets the same node twice.",
        fix: "Leave one entry for each CPU.",
        command: "acpihp edit FILE --set 'Processor[N].Enabled=0' -o NEW",
        reference: "ACPI 6.5, 5.2.16; Linux acpi_numa_processor_affinity_init, arch/x86/mm/srat.c, 5.10 to 7.3",
    }
    SRAT_CPU_BROADCAST = Warning "srat-cpu-broadcast" {
        title: "an enabled CPU entry with an APIC id that no CPU can have",
        why: "0xFF in a local APIC entry and 0xFFFFFFFF in an x2APIC entry address all CPUs at once.",
        consequence: "No CPU has that id, so the entry has no effect but that its domain takes a node number.",
        fix: "Clear the entry's enabled bit, or enter the CPU's id; fix the checksum.",
        command: "acpihp edit FILE --set 'Processor[N].Enabled=0' -o NEW",
        reference: "ACPI 6.5, 5.2.16.1 and 5.2.16.3",
    }
    SLIT_SHORT = Error "slit-short" {
        title: "the SLIT ends before its matrix can begin",
        why: "The matrix starts at byte 44, after the header and the number of localities.",
        consequence: "Linux does not look: it reads the number of localities from whatever follows the table in memory.",
        fix: "Take the table again from its source.",
        command: "acpihp dump --from DUMP -o DIR",
        reference: "ACPI 6.5, 5.2.17; Linux slit_valid, drivers/acpi/numa/srat.c, 5.10 to 7.3",
    }
    SLIT_SIZE = Error "slit-size" {
        title: "the matrix is larger than the table",
        why: "A SLIT of N localities has N x N distances from byte 44 on.",
        consequence: "Linux does not look: it reads the missing distances from whatever follows the table in memory, and \
                      most likely drops the table (\"SLIT table looks invalid. Not used.\").",
        fix: "Set the number of localities (bytes 36 to 43) to the size of the matrix, or complete it; fix the checksum.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.17; Linux slit_valid, drivers/acpi/numa/srat.c, 5.10 to 7.3",
    }
    SLIT_EMPTY = Warning "slit-empty" {
        title: "a SLIT without localities",
        why: "The number of localities is 0, so there is no distance in it.",
        consequence: "Linux accepts it and keeps its own distances: 10 within a node and 20 between any two.",
        fix: "Enter the distances, or leave the table out.",
        command: "acpihp dump FILE --format dsl -o DIR",
        reference: "ACPI 6.5, 5.2.17; Linux acpi_numa_slit_init, drivers/acpi/numa/srat.c, 5.10 to 7.3",
    }
    SLIT_SURPLUS = Warning "slit-surplus" {
        title: "bytes after the matrix",
        why: "The table is longer than 44 bytes and its N x N distances.",
        consequence: "Linux does not read them; if they are distances, the number of localities is too small.",
        fix: "Set the number of localities or the header's length right and fix the checksum.",
        command: "acpihp dump FILE --format dsl -o DIR",
        reference: "ACPI 6.5, 5.2.17; Linux slit_valid, drivers/acpi/numa/srat.c, 5.10 to 7.3",
    }
    SLIT_DIAGONAL = Error "slit-diagonal" {
        title: "a distance of a domain to itself that is not 10",
        why: "10 is the distance of each domain to itself; all others are relative to it.",
        consequence: "Linux drops the whole table (\"SLIT table looks invalid. Not used.\"): 10 within a node, 20 between any two.",
        fix: "Set the diagonal to 10 and fix the checksum.",
        command: "acpihp edit FILE --distance N,N=10 -o NEW",
        reference: "ACPI 6.5, 5.2.17; Linux slit_valid, drivers/acpi/numa/srat.c, 5.10 to 7.3",
    }
    SLIT_DISTANCE = Error "slit-distance" {
        title: "a distance between two domains of 10 or less",
        why: "Distances below 10 are reserved, and 10 is that of a domain to itself: another domain is farther.",
        consequence: "Linux drops the whole table (\"SLIT table looks invalid. Not used.\"): 10 within a node, 20 between any two.",
        fix: "Set distances between domains to 11 or more and fix the checksum.",
        command: "acpihp edit FILE --distance A,B=N -o NEW",
        reference: "ACPI 6.5, 5.2.17; Linux slit_valid, drivers/acpi/numa/srat.c, 5.10 to 7.3",
    }
    SLIT_UNREACHABLE = Warning "slit-unreachable" {
        title: "a distance of 255: the domains cannot reach each other",
        why: "255 means that one domain cannot be reached from the other.",
        consequence: "Linux takes it for a very long distance: memory there is used last, and not left alone.",
        fix: "Enter a distance, unless there is really no path.",
        command: "acpihp edit FILE --distance A,B=N -o NEW",
        reference: "ACPI 6.5, 5.2.17; Linux acpi_numa_slit_init, drivers/acpi/numa/srat.c, 5.10 to 7.3",
    }
    SLIT_ASYMMETRIC = Info "slit-asymmetric" {
        title: "distances that differ by direction",
        why: "Legal: the way there can be longer than the way back. Where that is not so, one of the two was mistyped.",
        consequence: "Linux uses each as it is.",
        fix: "Nothing needs fixing, unless it was not meant.",
        command: "acpihp edit FILE --distance A,B=N -o NEW",
        reference: "ACPI 6.5, 5.2.17; Linux acpi_numa_slit_init, drivers/acpi/numa/srat.c, 5.10 to 7.3",
    }
    SLIT_TRIANGLE = Info "slit-triangle" {
        title: "a way over a third domain is shorter than the direct one",
        why: "Distances are relative latencies; a detour that is faster than the direct way is hard to build.",
        consequence: "Linux goes by the distances as they are when it orders nodes to take memory from.",
        fix: "Nothing if the numbers were measured; else fix the distance.",
        command: "acpihp edit FILE --distance A,B=N -o NEW",
        reference: "ACPI 6.5, 5.2.17; Linux find_next_best_node, mm/page_alloc.c, 5.10 to 7.3",
    }
    SLIT_UNIFORM = Info "slit-uniform" {
        title: "all distances between domains are equal",
        why: "Among three domains or more such a SLIT says nothing that Linux would not assume without it, but one number.",
        consequence: "Linux treats all other nodes as equally near.",
        fix: "Nothing needs fixing, unless some domains are nearer than others.",
        command: "acpihp edit FILE --distance A,B=N -o NEW",
        reference: "ACPI 6.5, 5.2.17; Linux acpi_numa_slit_init, drivers/acpi/numa/srat.c, 5.10 to 7.3",
    }
    SLIT_DOMAIN_MISSING = Warning "slit-domain-missing" {
        title: "a domain of the SRAT has no row in the SLIT",
        why: "Row and column of the SLIT are the domain's number; this one is not below the number of localities.",
        consequence: "Linux takes the distances from and to that node as 20, whatever the rest of the SLIT says.",
        fix: "Give the SLIT a row and a column for each domain up to the highest, or number the domains without gaps.",
        command: "acpihp dump FILE --format dsl -o DIR",
        reference: "ACPI 6.5, 5.2.17; Linux acpi_numa_slit_init, drivers/acpi/numa/srat.c; numa_alloc_distance, \
                    arch/x86/mm/numa.c (5.10 to 6.11) and mm/numa_memblks.c (6.12 to 7.3)",
    }
    SLIT_DOMAIN_UNUSED = Info "slit-domain-unused" {
        title: "the SLIT has localities that the SRAT does not have",
        why: "Legal: I/O domains, and domains that are empty at boot, are in the SLIT alone.",
        consequence: "Linux skips their rows and columns.",
        fix: "Nothing needs fixing.",
        reference: "Linux acpi_numa_slit_init, drivers/acpi/numa/srat.c, 5.10 to 7.3",
    }
    MADT_CPU_TWICE = Warning "madt-cpu-twice" {
        title: "one CPU in two enabled entries of the MADT",
        why: "An APIC id names one CPU; it appears twice, as local APIC, as x2APIC or as both.",
        consequence: "Linux gives one CPU number to one APIC id: the second entry adds no CPU, and its processor UID replaces \
                      that of the first.",
        fix: "Leave one entry for each CPU.",
        command: "acpihp dump FILE --format dsl -o DIR",
        reference: "ACPI 6.5, 5.2.12.2 and 5.2.12.12; Linux topology_register_apic, arch/x86/kernel/cpu/topology.c (6.9 to \
                    7.3), generic_processor_info, arch/x86/kernel/apic/apic.c (5.10 to 6.8)",
    }
    MADT_CPU_NOT_IN_SRAT = Warning "madt-cpu-not-in-srat" {
        title: "an enabled CPU of the MADT that the SRAT does not have",
        why: "Nothing says which memory is close to it.",
        consequence: "Linux hands such CPUs out to the nodes in turn.",
        fix: "Add a CPU entry to the SRAT.",
        command: "acpihp dump SRAT --format dsl -o DIR",
        reference: "ACPI 6.5, 5.2.16; Linux numa_init_array, arch/x86/mm/numa.c, 5.10 to 7.3",
    }
    SRAT_CPU_NOT_IN_MADT = Info "srat-cpu-not-in-madt" {
        title: "an enabled CPU of the SRAT that the MADT does not have",
        why: "The id is one that no CPU of this machine has: a leftover of a larger one, or a mistake.",
        consequence: "The entry places no CPU; its domain takes a node number all the same.",
        fix: "Clear the entry's enabled bit or fix its id, and the checksum.",
        command: "acpihp edit FILE --set 'Processor[N].Enabled=0' -o NEW",
        reference: "ACPI 6.5, 5.2.16; Linux acpi_numa_processor_affinity_init, arch/x86/mm/srat.c, 5.10 to 7.3",
    }
    HMAT_DOMAIN_MISSING = Warning "hmat-domain-missing" {
        title: "the HMAT names a domain that the SRAT does not have",
        why: "The HMAT says how fast memory of one domain is for CPUs of another; both must be in the SRAT.",
        consequence: "Linux makes no node of it: the latencies and bandwidths given for it are lost.",
        fix: "Use the SRAT's domains in the HMAT, or add the domain to the SRAT.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.3, 5.2.27; Linux hmat_parse_locality and hmat_parse_cache, drivers/acpi/numa/hmat.c, 5.10 to 7.3",
    }
    HMAT_DOMAIN_ABSENT = Info "hmat-domain-absent" {
        title: "a domain with memory that the HMAT says nothing about",
        why: "Legal: the HMAT need not cover all memory.",
        consequence: "Linux shows no latency and bandwidth for that node.",
        fix: "Nothing needs fixing, unless it was forgotten.",
        reference: "ACPI 6.3, 5.2.27; Linux hmat_init, drivers/acpi/numa/hmat.c, 5.10 to 7.3",
    }
    MSCT_DOMAINS = Warning "msct-domain-range" {
        title: "a domain of the SRAT above the highest that the MSCT allows",
        why: "The MSCT says how many domains the machine can ever have.",
        consequence: "Linux does not read the MSCT; other systems may size their tables by it.",
        fix: "Set the MSCT's maximum number of domains to the highest domain of the SRAT.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.19",
    }
    HMAT_LENGTH = Error "hmat-length" {
        title: "a structure of the HMAT is not as long as its lists need",
        why: "The length follows from the number of initiators and targets, or of SMBIOS handles.",
        consequence: "Linux stops at a locality structure that is too short (\"Unexpected locality header length\") and ignores \
                      the HMAT (\"HMAT: Ignoring: Invalid table\").",
        fix: "Fix the counts or the length.",
        command: "acpihp dump FILE --format dsl -o DIR",
        reference: "ACPI 6.5, 5.2.28.4 and 5.2.28.5; Linux hmat_parse_locality, drivers/acpi/numa/hmat.c, 5.10 to 7.3",
    }
    HMAT_EMPTY = Warning "hmat-empty" {
        title: "a matrix of the HMAT without initiators or targets",
        why: "The structure says how fast initiators reach targets; without the one or the other it says nothing.",
        consequence: "Linux takes nothing from it.",
        fix: "Write the number of domains that the lists have, or leave the structure out.",
        command: "acpihp dump FILE --format dsl -o DIR",
        reference: "ACPI 6.6, 5.2.29.4; Linux hmat_parse_locality, drivers/acpi/numa/hmat.c, 5.10 to 7.3",
    }
    HMAT_DATA_TYPE = Error "hmat-data-type" {
        title: "a data type of the HMAT that is not defined",
        why: "0 to 2 are latencies and 3 to 5 bandwidths of access, read and write.",
        consequence: "Linux makes nothing of the structure's numbers.",
        fix: "Write the type of the numbers that follow.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.28.4; Linux hmat_normalize, drivers/acpi/numa/hmat.c, 5.10 to 7.3",
    }
    HMAT_BASE_UNIT = Error "hmat-base-unit" {
        title: "a base unit of zero in the HMAT",
        why: "Every number of the structure is multiplied by it.",
        consequence: "Linux has no latency or bandwidth from this structure: all products are zero.",
        fix: "Write the unit: picoseconds for latencies and MB/s for bandwidths in revision 2.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.28.4; Linux hmat_normalize, drivers/acpi/numa/hmat.c, 5.10 to 7.3",
    }
    HMAT_ATTRIBUTE = Warning "hmat-attribute" {
        title: "a memory hierarchy or a cache attribute of the HMAT that is not defined",
        why: "There are three levels of memory side caches, and two kinds each of associativity and write policy.",
        consequence: "Linux shows such a cache as of another kind, or leaves the structure's numbers out.",
        fix: "Write one of the defined values.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.28.4 and 5.2.28.5",
    }
    HMAT_TWICE = Info "hmat-twice" {
        title: "two locality structures of one hierarchy and data type",
        why: "Two matrices for the same numbers may contradict each other.",
        consequence: "Linux takes what it reads last for each pair.",
        fix: "Put all initiators and targets into one structure.",
        command: "acpihp dump FILE --format dsl -o DIR",
        reference: "ACPI 6.5, 5.2.28.4; Linux hmat_add_locality, drivers/acpi/numa/hmat.c, 5.10 to 7.3",
    }
    HMAT_LIST_TWICE = Warning "hmat-list-twice" {
        title: "a domain twice in a list of the HMAT",
        why: "Each domain is one row or one column of the matrix.",
        consequence: "Linux takes the last row or column of a domain.",
        fix: "Fix the number, or leave the row or column out.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.6, 5.2.29.4; Linux hmat_update_target and hmat_parse_locality, drivers/acpi/numa/hmat.c, 5.10 to 7.3",
    }
    HMAT_UNREACHABLE = Info "hmat-unreachable" {
        title: "pairs of domains that cannot reach each other",
        why: "0xffff says that the initiator cannot get to the target.",
        consequence: "Linux leaves these pairs out when it looks for the best initiators of a node.",
        fix: "Nothing if it is true; else write the number.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.28.4; Linux hmat_normalize, drivers/acpi/numa/hmat.c, 5.10 to 7.3",
    }
    HMAT_INITIATOR = Warning "hmat-initiator" {
        title: "an initiator of the HMAT in whose domain nothing initiates",
        why: "Initiators are the domains of processors and of generic initiators; memory alone reads nothing.",
        consequence: "Linux registers the domain as an initiator, and programs that follow it find no processor.",
        fix: "List the domains that have processors or generic initiators.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.28.4; Linux alloc_memory_initiator, drivers/acpi/numa/hmat.c, 5.10 to 7.3",
    }
    MSCT_RANGE = Warning "msct-range" {
        title: "domain ranges of the MSCT that are empty, overlap or do not reach the highest domain",
        why: "Each domain up to the highest is in one range, which says how large it may grow.",
        consequence: "Linux does not read the MSCT; other systems reserve too much or too little for hot-plug.",
        fix: "Write ranges that follow each other and cover all domains.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.19.1",
    }
    MSCT_MEMORY = Warning "msct-memory-above" {
        title: "memory of the SRAT above the highest physical address of the MSCT",
        why: "The MSCT says how large the machine can ever become; the SRAT announces more.",
        consequence: "Linux does not read the MSCT; other systems cannot use what is above.",
        fix: "Raise the highest physical address, or fix the range.",
        command: "acpihp edit FILE --set 'PATH=VALUE' -o NEW",
        reference: "ACPI 6.5, 5.2.19",
    }
}
