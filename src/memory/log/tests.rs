//! What a log says: lines as kernels print them.

#[allow(clippy::single_range_in_vec_init)]
mod machine {
    use super::super::*;
    use crate::memory::memmap::Kind;

    const LOG: &str = "\
[    0.000000] Linux version 6.1.0-50-amd64 (debian) #1 SMP
[    0.000000] Command line: console=ttyS0 movable_node
[    0.000000] BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable
[    0.000000] BIOS-e820: [mem 0x00000000000f0000-0x00000000000fffff]  device reserved
[    0.000000] BIOS-e820: [gap 0x00000000000a0000-0x00000000000effff]
[    0.000000] user: [mem 0x0000000000000000-0x000000000009fbff] usable
Nov 23 10:00:00 host kernel: RAMDISK: [mem 0x2fbe3000-0x2ffdffff]
[    0.000000] ACPI: RSDP 0x00000000000F5980 000014 (v00 BOCHS )
[    0.000000] ACPI: FACP 0x000000002FFE19C5 000074 (v01 BOCHS  BXPC     00000001 BXPC 00000001)
[    0.000000] ACPI: SRAT 0x000000003FFE2A59 Physical table override, new table: 0x0000000000101000
[    0.000000] ACPI: FACS 0x000000002FFE0000 000040
[    0.000000] memblock_reserve: [0x0000000003200000-0x000000000320cfff] setup_arch+0x665/0xc55
[    0.000000] memblock_reserve: [0x0000000007000000-0x00000000070fffff] efi_reserve_boot_services+0x7d/0xcf
[    0.000000] memblock_reserve: [0x0000000007100000-0x00000000071fffff] efi_reserve_boot_services+0x7d/0xcf
[    0.000000] memblock_phys_free: [0x0000000007080000-0x0000000007080fff] efi_mem_free+0x7d/0xcf
[    0.000000] memblock_reserve: [0x0000000000100000-0x00000000001fffff] memblock_alloc_range_nid+0x7d/0xcf
[    0.000000] ACPI: SRAT: Node 0 PXM 0 [mem 0x00000000-0x0009ffff]
[    0.000000] __memblock_reserve: [0x00000001bffd4f40-0x00000001bfffffff] nid=0 flags=20 memblock_alloc_range_nid+0xe9/0x190
[    0.000000] Hypervisor detected: KVM
[    0.100000] ACPI: Dynamic OEM Table Load:
[    0.100000] ACPI: SSDT 0xFFFF888003A1C000 000100 (v02 X      Y        00000001 INTL 00000001)
";

    #[test]
    fn a_log_tells_map_tables_and_initrd() {
        let log = parse(LOG);
        assert_eq!(log.e820.iter().map(|entry| entry.kind).collect::<Vec<_>>(), [Kind::RAM, Kind::RESERVED]);
        assert_eq!(log.user_map.len(), 1);
        assert_eq!(log.ramdisk, Some(0x2fbe_3000..0x2ffe_0000));
        assert_eq!(log.tables.iter().map(|table| table.length).collect::<Vec<_>>(), [0x74, 0x40]);
        assert_eq!(log.roots.len(), 1);
        assert_eq!(log.release.as_deref(), Some("6.1.0-50-amd64"));
        assert_eq!(log.command_line(), Some("console=ttyS0 movable_node"));
        assert_eq!((log.hypervisor, log.kernel_end()), (Some(true), Some(0x320_0000)));
        let memblock: Vec<_> = log.memblock.iter().map(|line| line.caller.as_str()).collect();
        assert_eq!(memblock.len(), 6);
        assert!(log.memblock.last().unwrap().after_srat);
    }

    #[test]
    fn reservations_of_others_are_kept_with_their_function() {
        let name = "efi_reserve_boot_services".to_owned();
        assert_eq!(
            parse(LOG).fixed_reservations(),
            [(0x700_0000..0x708_0000, name.clone()), (0x708_1000..0x720_0000, name)]
        );
    }

    #[test]
    fn a_second_map_of_efi_is_another_one() {
        let efi = "[    0.000000] efi: mem00: [Boot Code   |   |  |MR] range=[0x1000-0x1fff] (0MB)";
        let log = parse(&format!("{efi}\n{efi}"));
        assert_eq!(log.efi.0.len(), 1, "the second map is another one");
    }

    #[test]
    fn a_later_boot_without_a_map_does_not_mix_in() {
        let twice = format!(
            "{LOG}[    0.000000] Linux version 6.12.1 (x)\n[    0.000000] RAMDISK: [mem 0x1000-0x1fff]\n"
        );
        let log = parse(&twice);
        assert_eq!((log.e820.len(), log.ramdisk), (2, Some(0x2fbe_3000..0x2ffe_0000)));
        let passed = PassedBoot { number: 2, release: Some("6.12.1".into()) };
        assert_eq!(log.which, Which { number: 1, of: 2, passed_over: vec![passed] });
    }

    #[test]
    fn memory_that_the_mtrrs_leave_out_is_known() {
        let log = "e820: update [mem 0x00000000-0x00000fff] usable ==> reserved\n\
                   e820: update [mem 0x230000000-0x23fffffff]  System RAM ==> device reserved\n\
                   WARNING: BIOS bug: CPU MTRRs don't cover all of memory, losing 256MB of RAM.\n\
                   e820: update [mem 0x7fec0000-0x7fec0fff] usable ==> reserved\n";
        assert_eq!(parse(log).uncached, vec![0x2_3000_0000..0x2_4000_0000]);
        let quiet = log.replace("WARNING", "warning");
        assert!(parse(&quiet).uncached.is_empty());
    }

    #[test]
    fn what_an_archive_did_is_told_apart() {
        let log = parse(
            "ACPI: RSDP 0x00000000000F59E0 000024 (v02 BOCHS )\n\
             ACPI: XSDT 0x000000007FFE2464 00003C (v01 BOCHS  BXPC     00000001 BXPC 00000001)\n\
             ACPI: Table Upgrade: override [SRAT-BOCHS -BXPC    ]\n\
             ACPI: SRAT 0x000000007FFE22D8 Physical table override, new table: 0x000000007FFDE000\n\
             ACPI: SRAT 0x000000007FFDE000 000128 (v01 BOCHS  BXPC     00000002 INTL 20200925)\n\
             ACPI: MCFG 0x000000007FFE2400 00003C (v01 BOCHS  BXPC     00000001 BXPC 00000001)\n\
             ACPI: Table Upgrade: install [SSDT-MADE  -MADETEST]\n\
             ACPI: Ignoring installation of SSDT at 000000007FFDE128\n\
             ACPI: Table Upgrade: install [SLIT-MADE  -MADETEST]\n\
             ACPI: SLIT 0x000000007FFDE128 000030 (v01 MADE   MADETEST 00000001 MADE 00000001)\n",
        );
        let listed: Vec<_> = log.tables.iter().map(|table| (table.signature.0, table.address)).collect();
        assert_eq!(listed, [(*b"SRAT", 0x7ffe_22d8), (*b"MCFG", 0x7ffe_2400)], "at the firmware's places");
        assert_eq!(log.replaced, [Signature(*b"SRAT")]);
        assert_eq!(log.added.iter().map(|table| table.signature.0).collect::<Vec<_>>(), [*b"SLIT"]);
        assert_eq!((log.roots.len(), log.roots[1].shown.len(), log.upgraded), (2, 44, true));
    }

    #[test]
    fn lines_about_the_platform_are_read() {
        let log = parse(
            "Linux version 6.1.0-20-amd64 (x)\nCommand line: quiet\nKernel command line: quiet \\\n numa=fake=2\n\
             Kernel is locked down from EFI Secure Boot mode; see man kernel_lockdown.7\n\
             x2apic: enabled by BIOS, switching to x2apic ops\nBRK [0x3c01000, 0x3c01fff] PGTABLE\n\
             x86/mm: Memory block size: 1024MB\nXen: [mem 0x0000000000000000-0x000000000009dfff] usable\n\
             Booting paravirtualized kernel on Xen\nFaking node 1 at [mem 0x140000000-0x23fffffff] (4096MB)\n",
        );
        assert_eq!(
            (log.given_line.as_deref(), log.command_line()),
            (Some("quiet"), Some("quiet numa=fake=2"))
        );
        assert!(log.secure_boot && log.x2apic && log.xen_pv && log.has_map());
        assert_eq!(log.locked_down.as_deref(), Some("Kernel is locked down from EFI Secure Boot mode"));
        assert_eq!((log.block_size, log.arch), (Some(1 << 30), Some(Arch::X86_64)));
        assert_eq!(log.brk, vec![0x3c0_1000..0x3c0_2000]);
        assert_eq!(log.events.fake_nodes, vec![FakeNode { node: 1, range: 5 << 30..9 << 30 }]);
        let cut = parse("Command line: a b c d\nKernel command line: a b\n");
        assert_eq!(cut.command_line(), Some("a b c d"));
    }

    #[test]
    fn lines_of_32_bit_kernels_are_read() {
        let log = parse(
            "ACPI: RSDP 000f6940 000024 (v02 PTLTD )\n\
             ACPI: SRAT 3fef0888 000080 (v02 VMWARE MEMPLUG  06040000 VMW  00000001)\n\
             e820: last_pfn = 0x40000 max_arch_pfn = 0x1000000\n891MB LOWMEM available.\n",
        );
        assert_eq!((log.tables.len(), log.roots.len(), log.arch), (1, 1, Some(Arch::X86_32)));
    }

    #[test]
    fn lines_of_old_kernels_are_read() {
        let log = parse(
            "ACPI: FACP 000000007ffe2124 000F4 (v03 BOCHS  BXPC     00000001 BXPC 00000001)\nACPI: PM-Timer IO Port: 0x608\n",
        );
        assert_eq!(log.tables.len(), 1);
        assert_eq!((log.tables[0].address, log.tables[0].length), (0x7ffe_2124, 0xf4));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,200}", tail in "ACPI: \\PC{0,40}", front in "[\\[<a-z0-9:T. ]{0,30}") {
            parse(&format!("{text}\n{front}{tail}")).fixed_reservations();
        }
    }
}
mod happened {
    use super::super::*;

    #[test]
    fn a_table_behind_one_that_is_ignored_is_the_firmwares() {
        let events = parse(
            "Linux version 6.1.0\n\
             ACPI: Table Upgrade: install [SSDT-MADE  -MADETEST]\n\
             ACPI: Ignoring installation of SSDT at 000000007FFDE128\n\
             ACPI: MCFG 0x000000007FFE2400 00003C (v01 BOCHS  BXPC     00000001 BXPC 00000001)\n",
        )
        .events;
        assert_eq!((events.tables.len(), events.installed.len()), (1, 0));
    }

    const LOG: &str = "\
[    0.000000] Linux version 6.1.0-50-amd64 (debian) #1 SMP
[    0.014407] ACPI: SLIT ACPI table found in initrd [kernel/firmware/acpi/slit.aml][0x6c]
[    0.014498] ACPI: SRAT ACPI table found in initrd [kernel/firmware/acpi/srat.aml][0xe0]
[    0.014499] ACPI: ACPI OVERRIDE: Unknown signature [kernel/firmware/acpi/oem1.aml]
[    0.017787] ACPI: Table Upgrade: override [SRAT-BOCHS -BXPC    ]
[    0.017876] ACPI: SRAT 0x000000003FFE1A90 Physical table override, new table: 0x000000000010006C
[    0.018040] ACPI: SRAT 0x000000000010006C 0000E0 (v03 BOCHS  BXPC     00000002 ORCL 00000001)
[    0.018495] ACPI: Table Upgrade: install [SLIT-BOCHS -BXPC    ]
[    0.018541] ACPI: SLIT 0x0000000000100000 00006C (v01 BOCHS  BXPC     00000002 ORCL 00000001)
[    0.021143] ACPI: SRAT: Node 1 PXM 1 [mem 0x00000000-0x20fcbfff] hotplug
[    0.021316] ACPI: SRAT: Node 0 PXM 0 [mem 0x20fcc000-0x295f3fff]
[    0.027674] Zone ranges:
[    0.027714]   DMA      [mem 0x0000000000001000-0x0000000000ffffff]
[    0.027714]   Normal   empty
[    0.027714] Movable zone start for each node
[    0.027714]   Node 2: 0x0000000140000000
[    0.027714] Early memory node ranges
[    0.027714]   node   1: [mem 0x0000000000001000-0x000000000009efff]
[    0.700000] Initramfs unpacking failed: broken padding
";

    #[test]
    fn a_boot_with_an_override_is_read() {
        let events = parse(LOG).events;
        assert_eq!(events.lines.len(), 6);
        let srat = FoundTable { signature: Signature(*b"SRAT"), name: "srat.aml".into(), length: 0xe0 };
        assert_eq!(events.found[1], srat);
        assert_eq!(events.rejected, [Rejected { why: "Unknown signature".into(), name: "oem1.aml".into() }]);
        let replaced =
            ReplacedTable { signature: Signature(*b"SRAT"), firmware: 0x3ffe_1a90, copy: 0x10_006c };
        assert_eq!(events.replaced, [replaced]);
        assert_eq!(events.installed, [(Signature(*b"SLIT"), 0x10_0000)]);
        let at: Vec<_> = events.tables.iter().map(|table| (table.address, table.length)).collect();
        assert_eq!(at, [(0x10_006c, 0xe0), (0x10_0000, 0x6c)]);
        assert_eq!(events.announced, [Signature(*b"SRAT"), Signature(*b"SLIT")]);
        assert_eq!(
            events.srat.iter().map(|line| (line.node, line.last, line.hotpluggable)).collect::<Vec<_>>(),
            [(1, 0x20fc_bfff, true), (0, 0x295f_3fff, false)]
        );
        assert_eq!(events.zone_ranges, [("DMA".to_owned(), 0x1000..0x100_0000)]);
        assert_eq!(events.memory, [(1, 0x1000..0x9f000)]);
        assert_eq!((events.movable_start, events.has_zones), (vec![(2, 5 << 30)], true));
        assert_eq!(events.unpacking_failed.as_deref(), Some("Initramfs unpacking failed: broken padding"));
        assert_eq!((events.locked_down, events.srat_refused), (None, None));
    }

    #[test]
    fn a_short_log_of_arm_is_known_by_its_first_line() {
        use crate::memory::arch::Arch;
        const NEW: &str = "Booting Linux on physical CPU 0x0000000000 [0x411fd210]\nACPI: GTDT";
        const OLD: &str = "Booting Linux on physical CPU 0x0\n";
        const TABLE: &str =
            "ACPI: SRAT 0x000000003FFE1E6C 0000E0 (v03 BOCHS  BXPC     00000001 BXPC 00000001)\n";
        assert_eq!(parse(NEW).arch, Some(Arch::Arm64));
        assert_eq!(parse(OLD).arch, Some(Arch::Arm));
        assert_eq!(parse(&format!("{OLD}{TABLE}")).arch, Some(Arch::Arm64), "32-bit Arm has no ACPI");
        assert_eq!(parse(TABLE).arch, None);
    }

    #[test]
    fn the_last_boot_counts_and_old_words_are_known() {
        let old = "Linux version 4.4.0\nSRAT ACPI table found in initrd [kernel/firmware/acpi/srat.aml][0xe0]\n\
                   ACPI: Override [SRAT-BXPC    ], this is unsafe: tainting kernel\n";
        let events = Boots::of(&format!("{LOG}{old}")).choose(Some(0)).unwrap().events;
        assert_eq!((events.found.len(), events.announced.len(), events.srat.len()), (1, 1, 0));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in "(ACPI: \\PC{0,30}\n|  \\PC{0,20}\n|Zone ranges:\n|ACPI: Table Upgrade: \\PC{0,9}\n){0,9}") {
            parse(&text);
        }
    }
}
