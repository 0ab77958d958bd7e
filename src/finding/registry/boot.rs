//! Rules about the boot to predict.

use crate::finding::Area;

/// What these rules are about, unless they say otherwise.
const AREA: Area = Area::Boot;

super::rules! {
    KERNELCORE_WITHOUT_VALUE = Error in Death "boot-kernelcore-without-value" {
        title: "kernelcore without =value",
        why: "Linux reads the option's value without looking whether there is one.",
        consequence: "Linux dies while it reads its command line, before anything is printed.",
        fix: "Give a value (kernelcore=4G), or leave the option out.",
        command: "acpihp plan --cmdline 'LINE'",
        reference: "Linux cmdline_parse_kernelcore, mm/page_alloc.c or mm/mm_init.c, 5.10 to 7.3",
    }
    MAP_INVALID = Error in Death "boot-map-invalid" {
        title: "options that leave no valid memory map",
        why: "After mem= and memmap= at least two entries must be left, and none may pass the end of the address space.",
        consequence: "Linux panics: Invalid user supplied memory map.",
        fix: "Describe low memory too: memmap=exactmap memmap=639K@0 memmap=...@1M.",
        command: "acpihp plan --cmdline 'LINE'",
        reference: "Linux e820__finish_early_params, arch/x86/kernel/e820.c, 5.10 to 7.3",
    }
    MAP_SAME_TYPE = Error in Death "boot-map-same-type" {
        title: "memmap=N%S-T+T: a type of memory that is to become itself",
        why: "Linux takes an update of the memory map whose old and new type are the same for a bug of its own.",
        consequence: "Linux stops at a BUG() while it reads its command line, before there is a console.",
        fix: "Give two types that differ, or leave the option out.",
        command: "acpihp plan --cmdline 'LINE'",
        reference: "Linux __e820__range_update, arch/x86/kernel/e820.c, 5.10 to 7.3; a recorded boot of 6.1",
    }
    NO_LOW_RAM = Error in Death "boot-no-low-ram" {
        title: "no RAM below 1 MiB",
        why: "Processors start in real mode, from memory below 1 MiB.",
        consequence: "Linux panics: Real mode trampoline was not allocated.",
        fix: "Leave low memory in the map: memmap=639K@0 after exactmap.",
        command: "acpihp plan --cmdline 'LINE'",
        reference: "Linux reserve_real_mode, arch/x86/realmode/init.c, 5.10 to 7.3",
    }
    NO_RAM = Error in Death "boot-no-ram" {
        title: "no RAM",
        why: "The memory map and the options leave no whole page of RAM.",
        consequence: "Linux does not boot.",
        fix: "Look at mem= and memmap=, and at the memory map that was read.",
        command: "acpihp plan --cmdline 'LINE'",
        reference: "Linux e820__memblock_setup, arch/x86/kernel/e820.c, 5.10 to 7.3",
    }
    GAP_WITHOUT_NODE = Error in Death "boot-gap-without-node" {
        title: "a little RAM that no SRAT entry covers",
        why: "Linux refuses a SRAT that leaves 1 MiB of RAM or more without a node. Less passes the test, and then belongs to a \
              node that does not exist.",
        consequence: "Linux dies of a NULL pointer before there is a console: the screen stays black.",
        fix: "Let the SRAT's memory entries cover all RAM: round their ends up.",
        command: "acpihp edit FILE --set 'Memory[N].Address Length=SIZE' -o NEW",
        reference: "Linux numa_meminfo_cover_memory, arch/x86/mm/numa.c (5.10, 6.1) and numa_register_meminfo, \
                    mm/numa_memblks.c (6.12 to 7.3); recorded boots of 6.1, 6.12 and 7.3",
    }
    INITIATOR_OUTLIVES = Error in Death "boot-initiator-outlives" {
        title: "a generic initiator in a SRAT that is refused",
        why: "Linux forgets processors and memory of a SRAT that it refuses, but keeps the nodes of generic initiators online, which \
              then have no data structure.",
        consequence: "Linux dies of a NULL pointer, mostly before there is a console.",
        fix: "Let the SRAT be accepted, or take its generic initiators out; with numa=noacpi too.",
        reference: "Linux acpi_parse_gi_affinity, drivers/acpi/numa/srat.c, and init_gi_nodes, arch/x86/mm/numa.c, 5.10 to 7.3; \
                    recorded boots of all six",
    }
    KERNEL_MEMORY_SHORT = Error in Death "boot-kernel-memory-short" {
        title: "too little memory left to the kernel to boot",
        why: "The kernel image, the page structs of all memory (64 bytes for each page) and whatever else the kernel allocates \
              for itself must fit into what is not movable.",
        consequence: "Linux panics: System is deadlocked on memory, or the like. This is a floor: more processors, drivers and a \
                      larger initrd need more.",
        fix: "Leave the kernel more: a larger kernelcore=, a smaller movablecore=, or fewer hot-pluggable nodes.",
        command: "acpihp advise --want 'kernel keeps at least SIZE'",
        reference: "Linux out_of_memory, mm/oom_kill.c, 5.10 to 7.3; 12 recorded boots of 6.1 and 6.12",
    }
    KERNEL_MEMORY_NARROW = Warning "boot-kernel-memory-narrow" {
        title: "hardly enough memory left to the kernel to boot",
        why: "Small machines with two processors and an initrd of a MiB came up with 23 MiB left to the kernel under 6.12, and did \
              not with 27 MiB under 6.1.",
        consequence: "Linux may panic while it boots: System is deadlocked on memory, or the like.",
        fix: "Leave the kernel more: a larger kernelcore=, a smaller movablecore=, or fewer hot-pluggable nodes.",
        command: "acpihp advise --want 'kernel keeps at least SIZE'",
        reference: "Linux out_of_memory, mm/oom_kill.c, 5.10 to 7.3; recorded boots of 6.1 and 6.12",
    }
    INITRD_LOST = Error in Death "boot-initrd-lost" {
        title: "an initrd of which nothing with an /init is unpacked",
        why: "Long after the search for tables the initrd is unpacked into the root file system. Where that reader meets something \
              that it does not take, it ignores the rest of the initrd.",
        consequence: "Linux has no /init, and panics unless it can mount root= by itself: Unable to mount root fs.",
        fix: "Make the initrd again: acpihp mkinitrd-override --initrd pads as Linux needs it. acpihp check has more to say.",
        command: "acpihp mkinitrd-override FILE --initrd INITRD -o NEW",
        reference: "Linux unpack_to_rootfs, init/initramfs.c, 5.10 to 7.3; recorded boots of 6.1 and 6.12",
    }
    INITRD_CUT = Warning "boot-initrd-cut" {
        title: "an initrd that is not unpacked to its end",
        why: "Where the unpacker meets something that it does not take, it ignores the rest of the initrd.",
        consequence: "What follows is missing from the root file system; if /init is part of it, the boot fails.",
        fix: "Make the initrd again: acpihp mkinitrd-override --initrd pads as Linux needs it. acpihp check has more to say.",
        command: "acpihp mkinitrd-override FILE --initrd INITRD -o NEW",
        reference: "Linux unpack_to_rootfs, init/initramfs.c, 5.10 to 7.3; recorded boots of 6.1 and 6.12",
    }
    SRAT_REFUSED = Error "numa-srat-refused" {
        title: "a SRAT that Linux does not use",
        why: "One bad entry, an overlap between nodes or RAM without a node makes Linux drop the whole table.",
        consequence: "All memory is node 0 and none of it is hot-pluggable: movable_node has no effect.",
        fix: "acpihp check names the entries in question.",
        command: "acpihp check FILE",
        reference: "Linux numa_init and acpi_numa_init, drivers/acpi/numa/srat.c, 5.10 to 7.3",
    }
    MARKS_LOST = Warning "numa-marks-lost" {
        title: "a node that lost its hot-pluggable marks",
        why: "Linux takes a node for its own as soon as a single byte in the node's memory blocks, gaps included, is reserved \
              before the SRAT has been read.",
        consequence: "None of the node's memory becomes movable: it cannot be removed.",
        fix: "Keep kernel, initrd and firmware data off the node: nokaslr, an initrd that the boot loader puts elsewhere, or \
               memory of another node at the addresses in question.",
        command: "acpihp plan --early",
        reference: "Linux numa_clear_kernel_node_hotplug, 3.14 to 7.3",
    }
    MARKS_ON_KERNEL_NODE = Info "numa-marks-on-kernel-node" {
        title: "hot-pluggable marks on the node of the first MiB",
        why: "Every boot reserves the first MiB, so the node that it is part of never keeps its marks.",
        consequence: "The marks of that node have no effect, wherever kernel and initrd lie.",
        fix: "Nothing, if the node is to stay. Else low memory must be a proximity domain of its own.",
        reference: "Linux reserve_real_mode and numa_clear_kernel_node_hotplug, 5.10 to 7.3",
    }
    BORDER_INSIDE_BLOCK = Warning "numa-border-inside-block" {
        title: "movable memory that shares a memory block",
        why: "User space can take whole memory blocks offline only, and only blocks of one zone and one node.",
        consequence: "The movable memory in such a block can never be removed.",
        fix: "Let movable memory begin and end at a multiple of the block size: memory entries of the SRAT, kernelcore=, movablecore=.",
        command: "acpihp plan --blocks",
        reference: "Linux test_pages_in_a_zone, mm/memory_hotplug.c, 5.10 to 7.3; recorded boots",
    }
    BLOCKS_UNDEFINED = Warning "numa-blocks-undefined" {
        title: "more ranges of memory than Linux keeps account of for its memory blocks",
        why: "Linux has room for 128 ranges at first. A longer list is freed before Linux asks it which node a memory block is of.",
        consequence: "Zones are as planned. Which nodes a block is linked to in /sys, and with newer releases whether it can go offline, \
                      comes out by chance.",
        fix: "Describe the same memory with fewer entries of the SRAT: neighbours of one domain as one.",
        command: "acpihp plan --blocks",
        reference: "Linux memblock_discard, mm/memblock.c, and get_nid_for_pfn, drivers/base/node.c, 5.10 to 7.3; recorded boots of \
                    5.10 and 6.12",
    }
    WINDOW_WITHOUT_RAM = Info "numa-window-without-ram" {
        title: "SRAT entries without RAM",
        why: "Firmware names memory that can be added later, or that it has for another purpose.",
        consequence: "It belongs to no zone. Memory that is added there later gets the node of the entry.",
        fix: "plan --hot-add shows which zone such memory would get.",
        command: "acpihp plan --hot-add START-END",
        reference: "Linux numa_cleanup_meminfo, arch/x86/mm/numa.c (5.10, 6.1) and mm/numa_memblks.c (6.12 to 7.3)",
    }
    RAM_TAKEN = Info "boot-ram-taken" {
        title: "RAM that options take away",
        why: "mem= and memmap= take memory out of the firmware's map before anything else is done with it.",
        consequence: "It is in no zone and no node, and can still be added by hand or by a driver.",
        fix: "Leave the option out to have all memory.",
        command: "acpihp plan --cmdline 'LINE'",
        reference: "Linux parse_memopt and parse_memmap_one, arch/x86/kernel/e820.c, 5.10 to 7.3",
    }
    RAM_ADDED = Warning "boot-ram-added" {
        title: "RAM that only an option calls so",
        why: "memmap=N@S and its like make RAM of any address, whether there is memory or not.",
        consequence: "Where there is none, Linux dies as soon as it uses it; where devices or firmware are, they break.",
        fix: "Compare with the firmware's memory map: /sys/firmware/memmap.",
        reference: "Linux parse_memmap_one, arch/x86/kernel/e820.c, 5.10 to 7.3; a recorded boot",
    }
    RAM_MADE_UP = Error in Death "boot-ram-made-up" {
        title: "kernel memory where only an option says that there is RAM",
        why: "memmap= adds memory at an address of which the firmware's map says nothing, and Linux hands the highest memory out first.",
        consequence: "Where nothing is, what Linux writes there is lost: it dies, mostly before there is a console.",
        fix: "Leave out the memmap= option, or correct its address.",
        command: "acpihp plan --cmdline 'LINE'",
        reference: "Linux parse_memmap_one, arch/x86/kernel/e820.c, 5.10 to 7.3; a recorded boot",
    }
    GIGANTIC_PAGES = Info "boot-gigantic-pages" {
        title: "pages of 1 GiB at boot",
        why: "hugepages= takes them from memblock, which knows what is hot-pluggable and knows no zones.",
        consequence: "Zones stay as they are. Memory with such a page can be removed only while another one is free elsewhere.",
        fix: "Leave room for them in the kernel's memory, or ask for pages of 2 MiB.",
        command: "acpihp plan --cmdline 'LINE'",
        reference: "Linux alloc_bootmem_huge_page, mm/hugetlb.c, and should_skip_region, mm/memblock.c, 5.10 to 7.3 (read in source)",
    }
    HUGE_PAGES = Info "boot-huge-pages" {
        title: "pages of 2 MiB at boot",
        why: "The page allocator hands them out once zones are there, and takes movable zones first, as such pages can move.",
        consequence: "Zones stay as they are. Memory with such pages can be removed while as many are free elsewhere, or can be made.",
        fix: "None is needed.",
        reference: "Linux htlb_alloc_mask, include/linux/hugetlb.h, 5.10 to 7.3 (read in source)",
    }
    CMA_AREAS = Info "boot-cma-areas" {
        title: "areas for contiguous memory",
        why: "cma= and hugetlb_cma= take their areas from memblock before there are zones.",
        consequence: "Zones stay as they are. A memory block with a part of such an area cannot be removed.",
        fix: "With kernelcore= and movablecore=, leave room for the areas in the kernel's memory, or name an address: cma=N@START.",
        command: "acpihp plan --cmdline 'LINE'",
        reference: "Linux cma_declare_contiguous_nid, mm/cma.c, and has_unmovable_pages, mm/page_isolation.c, 5.10 to 7.3 (read in source)",
    }
    SIZES_IGNORED = Warning "boot-sizes-ignored" {
        title: "kernelcore= or movablecore= beside an option that rules them out",
        why: "movable_node comes first, then kernelcore=mirror; sizes count only without both.",
        consequence: "Linux ignores the sizes, even if no memory is hot-pluggable or mirrored.",
        fix: "Give one of the options only.",
        command: "acpihp plan --cmdline 'LINE'",
        reference: "Linux find_zone_movable_pfns_for_nodes, mm/page_alloc.c or mm/mm_init.c, 5.10 to 7.3",
    }
    SIZES_WITHOUT_EFFECT = Info "boot-sizes-without-effect" {
        title: "kernelcore= or movablecore= that make nothing movable",
        why: "A share for the kernel of nothing, or of all memory, leaves nothing to divide.",
        consequence: "There is no movable zone.",
        fix: "Ask for less than all memory.",
        command: "acpihp plan --cmdline 'LINE'",
        reference: "Linux find_zone_movable_pfns_for_nodes, mm/page_alloc.c or mm/mm_init.c, 5.10 to 7.3",
    }
    MIRROR_IGNORED = Warning "boot-mirror-ignored" {
        title: "kernelcore=mirror without mirrored memory",
        why: "Firmware says which memory it keeps in two copies (EFI_MEMORY_MORE_RELIABLE); here it names none.",
        consequence: "Since 6.6 Linux ignores the option and says so; before, everything above 4 GiB becomes movable.",
        fix: "Switch mirroring on in the firmware's setup, or leave the option out.",
        command: "acpihp plan --cmdline 'LINE'",
        reference: "Linux find_zone_movable_pfns_for_nodes, mm/mm_init.c, 6.6 to 7.3",
    }
    UNMARKED_MOVABLE = Warning "numa-unmarked-movable" {
        title: "memory that becomes movable without being marked",
        why: "A node's movable zone begins at its lowest hot-pluggable page and ends where the node does.",
        consequence: "The kernel cannot use the unmarked memory above it for itself.",
        fix: "Mark all of the node or none, or give the unmarked memory to another proximity domain.",
        command: "acpihp edit SRAT --hotplug node=N --plan",
        reference: "Linux find_zone_movable_pfns_for_nodes, mm/page_alloc.c or mm/mm_init.c, 5.10 to 7.3",
    }
    MOVABLE_RATIO = Warning "boot-movable-ratio" {
        title: "little memory for the kernel beside much movable memory",
        why: "Page tables, page structs, caches and drivers need memory of the kernel's zones, in step with all memory.",
        consequence: "Processes die for want of kernel memory while movable memory is free; with very little, the boot itself.",
        fix: "Leave at least a quarter of what is movable to the kernel.",
        command: "acpihp advise --want 'kernel keeps at least SIZE'",
        reference: "Documentation/admin-guide/mm/memory-hotplug.rst of Linux, Zone Imbalances",
    }
    BOOT_DATA_IN_MOVABLE = Info "boot-data-in-movable" {
        title: "a movable zone made by size",
        why: "kernelcore= and movablecore= do not keep early allocations out of the movable zone: those are made from the top \
              of each node down.",
        consequence: "Some memory blocks of the movable zone cannot go offline.",
        fix: "For memory that is to be removed use movable_node and a SRAT that marks it.",
        command: "acpihp advise --want 'node N fully movable'",
        reference: "Linux memblock_find_in_range_node, mm/memblock.c, 5.10 to 7.3",
    }
    PERCENT_ABOVE_ALL = Warning "boot-percent-above-100" {
        title: "kernelcore= or movablecore= of more than 100 %",
        why: "Linux warns with a stack trace, and then calculates with the number as it is.",
        consequence: "The kernel log begins with a WARNING; the size counts as more than all memory.",
        fix: "Give a percentage of at most 100.",
        command: "acpihp plan --cmdline 'LINE'",
        reference: "Linux cmdline_parse_core, mm/page_alloc.c or mm/mm_init.c, 5.10 to 7.3",
    }
    KERNEL_FORCED = Warning "boot-kernel-forced" {
        title: "a kernel image that does not lie in RAM",
        why: "mem= and memmap= left the memory map without the RAM that the image has been loaded to.",
        consequence: "Linux prints \".text .data .bss are not marked as E820_TYPE_RAM!\" and takes that memory for RAM again, \
                      whatever the options say of it.",
        fix: "Let the options keep the image's range, and boot with nokaslr, so that it is where they expect it.",
        command: "acpihp plan --cmdline 'LINE'",
        reference: "Linux e820_add_kernel_range, arch/x86/kernel/setup.c, 5.10 to 7.3; a recorded boot",
    }
    UNCACHED = Warning "boot-uncached-ram" {
        title: "RAM that the processor's MTRRs leave uncached",
        why: "Firmware forgot RAM when it set the memory type range registers up; such memory would be very slow.",
        consequence: "Linux does not use it: it is missing from every zone.",
        fix: "Update the firmware; disable_mtrr_trim makes Linux use the memory all the same.",
        reference: "Linux mtrr_trim_uncached_memory, arch/x86/kernel/cpu/mtrr/cleanup.c, 5.10 to 7.3 (read in source)",
    }
    FAKE_NODES = Info "numa-fake" {
        title: "nodes that numa=fake= makes up",
        why: "Linux cuts the machine's nodes into more, smaller ones. Marks of hot-pluggable memory stay with the addresses.",
        consequence: "Node numbers are not those of the SRAT; each made-up node keeps or loses its marks by itself.",
        fix: "Leave numa=fake= out, if the machine's own nodes are meant.",
        command: "acpihp plan --cmdline 'LINE'",
        reference: "Linux numa_emulation, arch/x86/mm/numa_emulation.c (5.10, 6.1) and mm/numa_emulation.c (6.12 to 7.3); recorded \
                    boots of 6.1 and 6.12",
    }
    FAKE_DIES = Error in Death "boot-fake-without-distances" {
        title: "numa=fake= beside a domain without memory",
        why: "Since 6.12 a domain of which no node is made keeps a node number, and its distances are copied from the SLIT's table. \
              Without a valid SLIT there is no such table.",
        consequence: "Linux dies of a NULL pointer before there is a console: the screen stays black.",
        fix: "Leave numa=fake= out, add a SLIT to the override, or leave each domain some RAM (mem=, memmap=).",
        command: "acpihp plan --cmdline 'LINE'",
        reference: "Linux numa_emulation, mm/numa_emulation.c, 6.12.111; a recorded boot",
    }
    FAKE_WITHOUT_EFFECT = Warning "numa-fake-without-effect" {
        title: "numa=fake= that makes no nodes",
        why: "Linux makes nodes of 32 MiB or more, from a number that it can read, and only where CONFIG_NUMA_EMU is set.",
        consequence: "The nodes are those of the machine.",
        fix: "numa=fake=4 makes four nodes, numa=fake=512M nodes of that size, numa=fake=2U two of each; M, G and U in capitals.",
        command: "acpihp plan --cmdline 'LINE'",
        reference: "Linux numa_emulation, arch/x86/mm/numa_emulation.c (5.10, 6.1) and mm/numa_emulation.c (6.12 to 7.3)",
    }
    LINE_TOO_LONG = Error "boot-line-too-long" {
        title: "a command line that is longer than Linux has room for",
        why: "Linux on x86 has 2048 bytes for it, the NUL at the end included: 2046 and 2047 bytes arrive whole, and a boot \
              loader that hands over 2048 or more (QEMU's -kernel, tried with 2048, 2049 and 4000 bytes) gives Linux a text \
              without an end.",
        consequence: "Linux hangs before its first line, or the boot loader cuts the line, as the EFI stub does. What is said \
                      here is of the first 2047 bytes.",
        fix: "Shorten the line; options can also be in CONFIG_CMDLINE or in a bootconfig at the end of the initrd.",
        command: "acpihp plan --cmdline 'LINE'",
        reference: "Linux COMMAND_LINE_SIZE, arch/x86/include/asm/setup.h; copy_bootdata, arch/x86/kernel/head64.c; \
                    boots of 6.1.176 and 6.12.113",
    }
    OPTION_IGNORED = Info "boot-option-ignored" {
        title: "an option that Linux does not understand",
        why: "Linux passes over options whose value it cannot read.",
        consequence: "Linux boots as if the option were not there.",
        fix: "Compare the value with Documentation/admin-guide/kernel-parameters.txt.",
        command: "acpihp plan --cmdline 'LINE'",
        reference: "Linux parse_memopt, parse_memmap_one, numa_setup and others, 5.10 to 7.3",
    }
    NO_MAP = Error "input-no-memory-map" {
        title: "no memory map, so that nothing is predicted",
        why: "Nodes and zones follow from the firmware's memory map: sys/kernel/boot_params, sys/firmware/memmap or a kernel log has it.",
        consequence: "What the machine shows of itself at the moment is all there is to say; what the next boot does is not known.",
        fix: "Give a log of a boot of that machine (--dmesg LOG), or a capture of it (acpihp capture, as root).",
        command: "acpihp plan --dmesg LOG",
        reference: "Linux e820__memory_setup, arch/x86/kernel/e820.c, 5.10 to 7.3",
    }
    PRESENT_DIFFERS = Warning "input-present-differs" {
        title: "a table that does not say what the machine shows of itself",
        why: "Linux made nodes and distances of the tables that it had at its last boot.",
        consequence: "Linux makes other nodes of this table, or the table is of another machine or of another version of its firmware.",
        fix: "Take the table of this machine, or find out what an override changed.",
        command: "acpihp diff DUMP FILE",
        reference: "Linux acpi_numa_init, drivers/acpi/numa/srat.c, 5.10 to 7.3",
    }
    MAP_FALLBACK = Warning "boot-map-fallback" {
        title: "a memory map that Linux refuses",
        why: "The boot loader's map has too few entries, or one that passes the end of the address space.",
        consequence: "Linux takes 640 KiB and what an older BIOS call reported about memory above 1 MiB.",
        fix: "Look at the boot loader or the hypervisor that made the map.",
        reference: "Linux e820__memory_setup_default, arch/x86/kernel/e820.c, 5.10 to 7.3",
    }
    RELEASE_ASSUMED = Warning "input-release-assumed" {
        title: "a kernel release that is assumed",
        why: "Neither the machine's tree nor its log names a release, and none was given.",
        consequence: "Rules that changed between releases may give another result on the kernel that is booted.",
        fix: "Say which kernel: --kernel RELEASE or --kernel IMAGE.",
        command: "acpihp plan --kernel RELEASE",
        reference: "docs/model.md: what differs between releases",
    }
    RELEASE_BY_NAME = Warning "input-release-by-name" {
        title: "a kernel release from the name of its file",
        why: "The beginning of the log, with the version line, is lost. The command line names the kernel's file.",
        consequence: "Where the file has another kernel than its name says, rules of another release are applied.",
        fix: "Give the log from its first line on (journalctl -k -b), or --kernel RELEASE.",
        command: "acpihp plan --kernel RELEASE",
        reference: "Documentation/admin-guide/kernel-parameters.txt: BOOT_IMAGE=",
    }
    NOT_MODELLED = Error "architecture-not-modelled" {
        title: "an architecture whose boot is not modelled",
        why: "Zones, nodes, memory blocks and the places of tables are those of Linux on x86-64. Other architectures, 32-bit kernels and \
              paravirtualised guests of Xen lay memory out by other rules.",
        consequence: "There is no prediction of zones and addresses. What is said of tables, of the archive and of the SRAT's domains holds.",
        fix: "Use dump, check, diff, edit and mkinitrd-override, which hold on every architecture; for zones read the kernel's log.",
        reference: "docs/model.md; Linux arch/*/mm",
    }
    TABLES_FROM_LOG = Info "input-tables-from-log" {
        title: "tables that only the log shows",
        why: "No table of the machine is at hand. Its log has a line for each, with identity, place and length, and a line for each \
              entry of the SRAT that Linux took.",
        consequence: "Nodes and zones are those of the log's lines. What tables say beyond that, such as distances, is not known.",
        fix: "Give the tables: --from DUMP, or a capture of the machine with --sysroot.",
        command: "acpihp plan --from FILE",
        reference: "Linux acpi_tb_print_table_header, drivers/acpi/acpica/tbprint.c; acpi_table_print_srat_entry, drivers/acpi/numa/srat.c",
    }
    TABLES_UNKNOWN = Warning "input-tables-unknown" {
        title: "nothing is known of the machine's tables",
        why: "No table of the machine is at hand, and no line of a log shows what its SRAT says.",
        consequence: "All memory is taken to be one node; a SRAT that the machine has would make others.",
        fix: "Give the tables (--from DUMP), a capture (--sysroot), or the whole log of a boot (--dmesg).",
        command: "acpihp plan --from FILE",
        reference: "Linux x86_numa_init, arch/x86/mm/numa.c",
    }
    OTHER_MACHINE = Warning "input-tables-of-another-machine" {
        title: "tables that contradict the log",
        why: "The log lists a table of this signature with another length or other ids.",
        consequence: "Tables and memory map are not of one machine, or not of one version of its firmware: the answer is about none.",
        fix: "Take tables and log from the same machine, after the same update of its firmware.",
        command: "acpihp capture -o NEW",
        reference: "Linux acpi_tb_print_table_header, drivers/acpi/acpica/tbprint.c",
    }
    FAKE_NODES_LOGGED = Info "input-fake-nodes-logged" {
        title: "numa=fake= that only its effect shows",
        why: "The log has \"Faking node\" lines, and its command line has no numa=fake=: the option is built into the kernel, or was added \
              by the boot loader after the line was printed.",
        consequence: "numa=fake= with the number of nodes of the log is added to the command line.",
        fix: "Give the whole command line: --cmdline TEXT, or the kernel's configuration: --config FILE.",
        command: "acpihp plan --cmdline 'LINE'",
        reference: "Linux numa_emulation, arch/x86/mm/numa_emulation.c; CONFIG_CMDLINE",
    }
    LOG_DIFFERS = Warning "plan-log-differs" {
        title: "the log of the same boot says otherwise",
        why: "The log goes on to say what the kernel did, and the prediction for the same kernel and command line is another.",
        consequence: "Believe the log. The prediction was made from something that did not hold: other tables, another configuration, an \
                      assumed release.",
        fix: "Give what is missing: the tables (--from), the configuration (--config). If all is given, please report it.",
        command: "acpihp capture -o NEW",
        reference: "Linux free_area_init, mm/mm_init.c: the lines that were compared",
    }
    LOG_BOOTS = Info "input-log-boots" {
        title: "a log of several boots",
        why: "A file of the log holds more than one boot. The last that has a version line and a memory map is taken.",
        consequence: "The answer is about that boot.",
        fix: "Choose another boot with --boot NUMBER: 1 is the first, 0 the last, -1 the one before.",
        command: "acpihp plan --dmesg LOG --boot N",
        reference: "acpihp-plan(1): --boot",
    }
    LOG_BOOTS_PASSED = Warning "input-log-boots-passed" {
        title: "later boots of a log that are passed over",
        why: "The last boot that has a version line and a memory map is taken. Later ones lack one of them: their beginning is lost, or \
              the log ends too early.",
        consequence: "The answer is about an earlier boot than the last.",
        fix: "Give the whole log of the boot that is meant (journalctl -k -b), or choose with --boot NUMBER.",
        command: "acpihp plan --dmesg LOG --boot N",
        reference: "acpihp-plan(1): --boot",
    }
    MAP_FROM_MEMMAP = Info "input-map-from-memmap" {
        title: "a memory map that may name memory added later",
        why: "/sys/firmware/memmap also lists memory that was hot-added; /sys/kernel/boot_params/data does not.",
        consequence: "Memory that was added at run time is planned as if it had been there at boot.",
        fix: "Copy /sys/kernel/boot_params/data too (any user can read it).",
        command: "acpihp capture -o NEW",
        reference: "Linux firmware_map_add_hotplug, drivers/firmware/memmap.c, 5.10 to 7.3",
    }
    OUTSIDE_ADDRESS_SPACE = Warning "input-outside-address-space" {
        title: "memory outside of the physical address space",
        why: "A physical address has 52 bits at most on x86-64, and as many as /proc/cpuinfo names (address sizes) on a \
              machine. A map or a log that names memory above that is damaged, or was made up.",
        consequence: "The part outside is left out, and so is the whole place of something that would be cut.",
        fix: "Look at what is named here; capture the machine again, or compare it with the kernel's log.",
        command: "acpihp capture -o NEW",
        reference: "Intel SDM, volume 3A, 4.1.4; Linux get_cpu_address_sizes, arch/x86/kernel/cpu/common.c, 5.10 to 7.3",
    }
    MAP_AFTER_OPTIONS = Warning "input-map-after-options" {
        title: "a memory map that options had changed",
        why: "The log does not reach back to the firmware's map (BIOS-e820 lines); it shows the map as mem= and memmap= of that boot \
              had left it.",
        consequence: "What those options took away is missing from the plan, whatever the next boot's options are.",
        fix: "Give the whole log, or copy /sys/kernel/boot_params/data.",
        command: "acpihp capture -o NEW",
        reference: "Linux e820__finish_early_params, arch/x86/kernel/e820.c, 5.10 to 7.3",
    }
    MAP_INCOMPLETE = Warning "input-map-incomplete" {
        title: "a memory map that a log shows in part",
        why: "Lines of the map (BIOS-e820) are not in the log, though others show that there is RAM.",
        consequence: "Of what is lost, the RAM is known from the boot that the log is of; what firmware reserves in it, and what \
                      options of that boot took away, is not.",
        fix: "Give the whole log (journalctl -k -b, or dmesg right after a boot), or a capture of the machine.",
        command: "acpihp capture -o NEW",
        reference: "Linux e820__memblock_setup, arch/x86/kernel/e820.c, 5.10 to 7.3",
    }
    LOG_INCOMPLETE = Warning "input-log-incomplete" {
        title: "a log that lacks lines which the answer goes by",
        why: "The log was cut, or lines were lost on the way: a boot prints where RAM ends, every table that the root table names, every \
              entry of a SRAT that Linux took, and every range of memory with its node.",
        consequence: "The machine may have more memory, more nodes or other tables than this answer says.",
        fix: "Give the whole log (journalctl -k -b, or dmesg right after a boot), or a capture of the machine.",
        command: "acpihp capture -o NEW",
        reference: "Linux setup_arch, arch/x86/kernel/setup.c; free_area_init, mm/mm_init.c",
    }
    LOG_ENDS = Info "input-log-ends" {
        title: "a log without the kernel's own account of nodes and zones",
        why: "The log ends before the lines about zones and node ranges, or lost them. What comes before them is there.",
        consequence: "The answer is made from the memory map and the tables, and nothing in the log confirms it.",
        fix: "Give the whole log (journalctl -k -b, or dmesg right after a boot), or a capture of the machine.",
        command: "acpihp capture -o NEW",
        reference: "Linux free_area_init, mm/mm_init.c",
    }
    RELEASE_NOT_RECORDED = Info "input-release-not-recorded" {
        title: "a kernel release of which no boot was recorded",
        why: "The model is compared with boots of 5.10, 6.1, 6.12 and 6.16 to 7.3. For others it knows the changes between them; \
              where a change came between two of them, it takes the rule of the nearer. Each such rule is tried both ways, and \
              named here if this answer depends on it.",
        consequence: "The answer may differ from that kernel where the changes named here matter.",
        fix: "Boot it once and compare (doctor), or choose other rules: --rules-of.",
        command: "acpihp plan --rules-of RELEASE",
        reference: "Linux 3.8 to 7.3",
    }
    VENDOR_KERNEL = Info "input-vendor-kernel" {
        title: "a release that its vendor changes",
        why: "Distributions take changes of newer releases back into older ones, so the number says less than upstream's does.",
        consequence: "The answer may differ from that kernel where its vendor changed what the answer rests on.",
        fix: "Boot it once and compare (doctor), or choose the release that its memory management is from: --rules-of.",
        command: "acpihp plan --rules-of RELEASE",
        reference: "Linux 3.8 to 7.3; what vendors changed is as reported by others, without a recorded boot",
    }
    RULES_CHOSEN = Info "input-rules-chosen" {
        title: "a release by the rules of another",
        why: "--rules-of was given.",
        consequence: "The answer is that of the other release; configuration and defaults stay those of the kernel.",
        fix: "Leave --rules-of out for the rules of the kernel's own release.",
        command: "acpihp plan",
        reference: "Linux 3.8 to 7.3",
    }
    KERNEL_PLACE_ASSUMED = Info "input-kernel-place-assumed" {
        title: "a place of the kernel image that is assumed",
        why: "A node that holds the kernel image loses its hot-pluggable marks. With KASLR every boot puts it elsewhere.",
        consequence: "If the kernel comes to lie on another node, that node loses its marks instead.",
        fix: "Boot with nokaslr, or say where it will be: --kernel-at.",
        command: "acpihp plan --append nokaslr",
        reference: "Linux choose_random_location, arch/x86/boot/compressed/kaslr.c, 5.1 to 7.3",
    }
    KEXEC = Info "input-kexec" {
        title: "a kernel that kexec starts",
        why: "The running kernel chooses where the next one and its initrd go: the highest memory from 6.8 on, before that the first \
              range of RAM that is large enough, from its top. A kernel with nokaslr stays there; without, it chooses around it.",
        consequence: "Kernel and initrd lie on other nodes than after a boot by firmware, and nokaslr does not bring them to the usual \
                      place.",
        fix: "Look both up after such a boot (Kernel code in /proc/iomem, RAMDISK in the log), and name them: --kernel-at, --initrd-at.",
        command: "acpihp plan --kernel-at START-END --initrd-at START-END",
        reference: "Linux kexec_locate_mem_hole, kernel/kexec_file.c, and bzImage64_load, arch/x86/kernel/kexec-bzimage64.c, 5.10 to \
                    7.3; recorded boots of 6.1 and 6.12",
    }
    KASLR_MAY_TAKE = Warning "numa-kaslr" {
        title: "a hot-pluggable node that KASLR may put the kernel on",
        why: "The decompressor chooses the kernel's place by the firmware's SRAT; it never sees an override. Memory that only \
              the override calls hot-pluggable is as good as any other to it.",
        consequence: "In such a boot the node loses its hot-pluggable marks: none of its memory becomes movable.",
        fix: "Boot with nokaslr.",
        command: "acpihp plan --append nokaslr",
        reference: "Linux choose_random_location, arch/x86/boot/compressed/kaslr.c, 5.1 to 7.3",
    }
    INITRD_PLACE_ASSUMED = Info "input-initrd-place-assumed" {
        title: "a place of the initrd that is assumed",
        why: "A node that holds the initrd loses its hot-pluggable marks; the boot loader chooses the place.",
        consequence: "If the initrd comes to lie on another node, that node loses its marks instead.",
        fix: "Say where it will be: --initrd-at (the kernel's log has it: RAMDISK).",
        command: "acpihp plan --initrd-at START-END",
        reference: "Linux reserve_initrd, arch/x86/kernel/setup.c, 5.10 to 7.3",
    }
    MIRROR_UNKNOWN = Warning "input-mirror-unknown" {
        title: "kernelcore=mirror, and it is unknown what is mirrored",
        why: "EFI's memory map says which memory the firmware mirrors. Linux shows it in its log only (efi=debug).",
        consequence: "The plan is that of a machine without mirrored memory.",
        fix: "Boot once with efi=debug and give that log (--dmesg), or name the memory: --mirrored.",
        command: "acpihp plan --mirrored START-END",
        reference: "Linux efi_find_mirror, arch/x86/platform/efi/efi.c (6.12: drivers/firmware/efi/efi.c), 5.10 to 7.3",
    }
    EFI_UNKNOWN = Info "input-efi-unknown" {
        title: "a UEFI machine whose boot services may lie anywhere",
        why: "Linux reserves the firmware's boot services until it is done with them, and a node that holds any of them loses its \
              hot-pluggable marks. Nothing in /sys shows where they are.",
        consequence: "A hot-pluggable node may lose its marks although this plan shows it movable.",
        fix: "Boot once with efi=debug or memblock=debug and give that log (--dmesg), or name the memory: --reserve.",
        command: "acpihp plan --reserve START-END",
        reference: "Linux efi_reserve_boot_services, arch/x86/platform/efi/quirks.c, 5.10 to 7.3",
    }
    RESERVED_ASSUMED = Info "input-reservations-assumed" {
        title: "reservations taken over from the last boot",
        why: "Firmware and boot loader put their data where they like; mostly it is the same place in every boot.",
        consequence: "If they come to lie on another node, that node loses its hot-pluggable marks instead.",
        fix: "Compare the logs of several boots (efi=debug or memblock=debug).",
        command: "acpihp plan --dmesg LOG",
        reference: "Linux efi_reserve_boot_services, arch/x86/platform/efi/quirks.c, 5.10 to 7.3",
    }
    TABLES_UPGRADED = Warning "input-tables-upgraded" {
        title: "a machine whose last boot already replaced tables",
        why: "/sys/firmware/acpi/tables then shows the tables in force, not the firmware's.",
        consequence: "An override is compared with the wrong table: its OEM revision may look too old, and KASLR sees another SRAT.",
        fix: "Record the machine from a boot without the override archive.",
        command: "acpihp capture -o NEW",
        reference: "Linux acpi_table_initrd_override, drivers/acpi/tables.c, 4.7 to 7.3",
    }
    UNKNOWN_ORDER = Info "input-order-assumed" {
        title: "an order of the firmware's tables that is assumed",
        why: "/sys/firmware/acpi/tables shows neither order nor addresses; the kernel's log does.",
        consequence: "The list of tables may stand in another order; which table is replaced is the same unless two share an identity. \
                      Tables whose address is not known cannot be seen to cost a node its marks.",
        fix: "Put the boot's log into the copy: var/log/dmesg.",
        command: "acpihp capture -o NEW",
        reference: "Linux acpi_tb_parse_root_table (ACPICA), 5.10 to 7.3",
    }
    RENUMBERED = Warning "numa-renumbered" {
        title: "an override that changes node numbers",
        why: "Nodes are numbered as proximity domains are first seen: processors and initiators first, then memory.",
        consequence: "hugepages=, memory policies, udev rules and scripts that name nodes reach other memory.",
        fix: "Keep the order of the firmware's SRAT entries.",
        command: "acpihp diff DUMP FILE",
        reference: "Linux acpi_map_pxm_to_node, drivers/acpi/numa/srat.c, 5.10 to 7.3",
    }
}
