//! What a kernel's configuration takes away from a boot, and where it is found.

use super::build::{Made, archive, bzimage, gzip, uki, vmlinux};
use super::machine::{GIB, KERNEL, MIB, boot, machine};
use super::printed;
use acpihp::boot::kernel::build::Build;
use acpihp::boot::kernel::config::Config;
use acpihp::boot::kernel::{FoundConfig, Kernel};
use acpihp::boot::running::blocks::Verdict;
use acpihp::boot::running::online::OnlineState;
use acpihp::boot::running::policy::Policy;
use acpihp::boot::stages::kaslr::{KaslrFixed, Placement};
use acpihp::boot::stages::srat::{BadEntry, Refusal};
use acpihp::boot::stages::zones::{Mode, Zone};
use acpihp::boot::{Machine, NextBoot, predict, stages::upgrade};
use std::path::Path;

/// A whole configuration that has all that matters here, with further lines behind it that win.
fn config(more: &str) -> String {
    let mut text = "# Linux/x86 6.1.5 Kernel Configuration\n".to_owned();
    for option in [
        "64BIT",
        "X86_64",
        "ACPI",
        "ACPI_NUMA",
        "ACPI_TABLE_UPGRADE",
        "ACPI_HOTPLUG_MEMORY",
        "BLK_DEV_INITRD",
        "DEFERRED_STRUCT_PAGE_INIT",
        "MEMORY_HOTPLUG",
        "MEMORY_HOTREMOVE",
        "NUMA",
        "RANDOMIZE_BASE",
        "RD_GZIP",
        "SECURITY_LOCKDOWN_LSM",
        "SECURITY_LOCKDOWN_LSM_EARLY",
        "ZONE_DMA",
        "ZONE_DMA32",
    ] {
        text.push_str(&format!("CONFIG_{option}=y\n"));
    }
    for number in 0..300 {
        text.push_str(&format!("CONFIG_DRIVER_{number}=m\n"));
    }
    text + "CONFIG_NODES_SHIFT=10\n" + more
}

/// Two nodes of 2 GiB, the second one hot-pluggable.
fn two_nodes() -> Machine {
    let memory = [(0, 0..2 * GIB, false), (1, 4 * GIB..6 * GIB, true)];
    machine(&[MIB..2 * GIB, 4 * GIB..6 * GIB], &memory, &[0, 1])
}

fn next(release: &str, line: &str, lines: &str) -> NextBoot<'static> {
    let found = FoundConfig { config: Config::parse(&config(lines)), origin: "config".into() };
    boot("6.1", line).of_kernel(Kernel::of_release(release).unwrap().built_with(found))
}

#[test]
fn the_usual_configuration_changes_nothing() {
    for release in ["5.10", "6.1", "6.12", "6.18", "7.2", "7.3"] {
        let with = predict(&two_nodes(), &next(release, "movable_node nokaslr", ""));
        let without = predict(&two_nodes(), &boot(release, "movable_node nokaslr"));
        assert_eq!((with.zones, with.blocks, with.numa), (without.zones, without.blocks, without.numa));
    }
    assert_eq!(Build { is_known: false, unpacks: None, ..next("6.1", "", "").release().build.clone() }, {
        // Secure Boot locks down by a patch of distributions, which this configuration does not have.
        Build { secure_boot_locks_down: false, ..Build::default() }
    });
}

#[test]
fn tables_are_not_looked_for() {
    let initrd = archive("ssdt.aml", b"SSDT");
    for lines in
        ["# CONFIG_ACPI_TABLE_UPGRADE is not set\n", "CONFIG_ACPI_TABLE_OVERRIDE_VIA_BUILTIN_INITRD=y\n"]
    {
        let next = next("6.1", "", lines).with_initrd(Some((&initrd).into()), None);
        let machine = two_nodes();
        let outcome = predict(&machine, &next);
        let upgrade = outcome.upgrade.unwrap();
        assert_eq!(upgrade.files[0].outcome, upgrade::Examined::NotConfigured);
        assert!(upgrade.log.is_empty() && outcome.archive.is_empty());
        assert!(
            outcome.installation.list.iter().all(|table| !format!("{:?}", table.origin).contains("Archive"))
        );
    }
}

#[test]
fn without_memory_hotplug_marks_mean_nothing() {
    let off = "# CONFIG_MEMORY_HOTPLUG is not set\n";
    let outcome = predict(&two_nodes(), &next("6.1", "movable_node", off));
    assert_eq!((outcome.zones.mode, outcome.nodes.refusal.clone()), (Mode::None, None));
    assert!(outcome.numa.memory.len() == 2 && outcome.numa.memory.iter().all(|entry| !entry.hotpluggable));
    // Up to 5.16 a marked entry is left out, and its memory has no node.
    let old = predict(&two_nodes(), &next("5.10", "movable_node", off));
    assert_eq!(old.numa.memory.len(), 1);
    assert!(matches!(old.nodes.refusal, Some(Refusal::Uncovered { bytes }) if bytes == 2 * GIB));
}

#[test]
fn without_numa_there_is_one_node() {
    for lines in ["# CONFIG_NUMA is not set\n", "# CONFIG_ACPI_NUMA is not set\n"] {
        let outcome = predict(&two_nodes(), &next("6.1", "movable_node", lines));
        assert_eq!(outcome.numa.refusal, Some(Refusal::NotConfigured));
        assert_eq!(outcome.zones.nodes.keys().collect::<Vec<_>>(), [&0]);
        assert!(outcome.zones.movable_start.is_empty());
    }
}

#[test]
fn nodes_beyond_the_limit_make_linux_drop_the_srat() {
    let memory: Vec<_> =
        (0..3u32).map(|node| (node, u64::from(node) * GIB..(u64::from(node) + 1) * GIB, false)).collect();
    let machine = machine(&[MIB..2 * GIB, 2 * GIB..3 * GIB], &memory, &[0]);
    let refused = |lines: &str| predict(&machine, &next("6.1", "", lines)).numa.refusal;
    assert_eq!(refused("CONFIG_NODES_SHIFT=2\n"), None);
    let few = refused("CONFIG_NODES_SHIFT=1\n");
    assert!(matches!(few, Some(Refusal::BadEntry { why: BadEntry::Domain(2), .. })), "{few:?}");
}

#[test]
fn kaslr_has_what_the_configuration_leaves_it() {
    let chance = |lines: &str| {
        let next = next("6.1", "", lines).with_kernel_at(KERNEL, false);
        predict(&two_nodes(), &next).kaslr
    };
    assert_eq!(chance("# CONFIG_RANDOMIZE_BASE is not set\n"), Placement::Fixed(KaslrFixed::NotConfigured));
    let slots = |placement: Placement| match placement {
        Placement::Random { slots, by_nodes, .. } => {
            let on_one = by_nodes.iter().filter(|(nodes, _)| nodes.contains(&1));
            (slots, on_one.map(|(_, slots)| slots).sum::<u64>())
        }
        fixed => panic!("{fixed:?}"),
    };
    // Without hot-removal it does not look at the SRAT, and goes to the second node too.
    assert_eq!(slots(chance("")).1, 0);
    assert!(slots(chance("# CONFIG_MEMORY_HOTREMOVE is not set\n")).1 > 0);
    // A larger multiple, or more room to be found, leaves fewer places.
    assert!(slots(chance("CONFIG_PHYSICAL_ALIGN=0x1000000\n")).0 * 7 < slots(chance("")).0);
    let room = next("6.1", "", "").with_kernel_at(KERNEL, false);
    let room = room.of_kernel(room.kernel().clone().in_image(None, Some(512 * MIB)));
    let image = (KERNEL.end - KERNEL.start).next_multiple_of(2 * MIB);
    let fewer = slots(chance("")).0 - slots(predict(&two_nodes(), &room).kaslr).0;
    assert!(fewer.abs_diff((512 * MIB - image) / (2 * MIB)) <= 1, "{fewer}");
}

#[test]
fn memory_that_cannot_go_stays() {
    let verdicts = |lines: &str| {
        let outcome = predict(&two_nodes(), &next("6.1", "movable_node nokaslr", lines));
        outcome.blocks.runs.iter().map(|run| run.why.verdict()).collect::<Vec<_>>()
    };
    assert!(verdicts("").contains(&Verdict::Yes));
    let never = verdicts("# CONFIG_MEMORY_HOTREMOVE is not set\n");
    assert!(!never.is_empty() && never.iter().all(|verdict| *verdict == Verdict::Never));
    assert_eq!(verdicts("# CONFIG_MEMORY_HOTPLUG is not set\n"), [], "/sys has no memory blocks then");
}

#[test]
fn added_memory_comes_as_configured() {
    let state = |release: &str, lines: &str| {
        let next = next(release, "", lines);
        Policy::new(next.line(), next.release()).state
    };
    assert_eq!(state("6.16", "CONFIG_MHP_DEFAULT_ONLINE_TYPE_OFFLINE=y\n"), OnlineState::Offline);
    assert_eq!(state("6.16", "CONFIG_MHP_DEFAULT_ONLINE_TYPE_ONLINE_AUTO=y\n"), OnlineState::Online);
    let debian =
        ["6.1.0-57-amd64", "6.12.118+deb13-amd64", "6.16.12+deb13-cloud-amd64", "6.17.13+deb13-amd64"];
    let of_debian = debian.map(|release| state(release, ""));
    assert_eq!(
        of_debian,
        [OnlineState::Offline, OnlineState::Online, OnlineState::Offline, OnlineState::Online],
        "as Debian builds them"
    );
    assert_eq!(state("6.1", "CONFIG_MEMORY_HOTPLUG_DEFAULT_ONLINE=y\n"), OnlineState::Online);
    let given = next("6.1", "memhp_default_state=online_movable", "CONFIG_MEMORY_HOTPLUG_DEFAULT_ONLINE=y\n");
    assert_eq!(Policy::new(given.line(), given.release()).state, OnlineState::Movable);
}

#[test]
fn zones_can_be_left_out() {
    let zones = |lines: &str| {
        let outcome = predict(&two_nodes(), &next("6.1", "nokaslr", lines));
        outcome.zones.nodes[&0].zones.iter().map(|zone| zone.zone).collect::<Vec<_>>()
    };
    assert_eq!(zones(""), [Zone::Dma, Zone::Dma32]);
    assert_eq!(zones("# CONFIG_ZONE_DMA is not set\n"), [Zone::Dma32]);
    assert_eq!(zones("# CONFIG_ZONE_DMA is not set\n# CONFIG_ZONE_DMA32 is not set\n"), [Zone::Normal]);
}

/// A folder with a machine's /proc and /sys: that of the sample, without its tables, whose kernel this is.
fn root(folder: &Path, release: &str) {
    let write = |name: &str, text: &[u8]| {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("proc/sys/kernel/osrelease", release.as_bytes());
    write("proc/cmdline", b"quiet\n");
    write("sys/firmware/memmap/0/start", b"0x100000\n");
    write("sys/firmware/memmap/0/end", b"0x7fffffff\n");
    write("sys/firmware/memmap/0/type", b"System RAM\n");
}

#[test]
fn a_configuration_is_found_where_it_is_installed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    root(path, "6.1.0-made");
    std::fs::write(path.join("a.cpio"), archive("ssdt.aml", b"SSDT")).unwrap();
    let simulate = |args: &[&str]| {
        let all = [&["simulate", "--sysroot", ".", "--initrd", "a.cpio", "-J"], args].concat();
        let (text, status) = printed(path, &all);
        assert_eq!(status, 0, "{text}");
        let json = crate::answer::parse(text.as_bytes());
        (
            json["kernel"].as_str().unwrap().to_owned(),
            json["archive"][0]["outcome"].as_str().unwrap().to_owned(),
        )
    };
    let taken = |kernel: &str| (kernel.to_owned(), "install".to_owned());
    let not_taken = |kernel: &str| (kernel.to_owned(), "not-looked-for".to_owned());
    assert_eq!(simulate(&[]), taken("6.1.0-made"));
    // What runs tells itself, and what is installed has a name.
    let off = config("# CONFIG_ACPI_TABLE_UPGRADE is not set\n");
    std::fs::write(path.join("proc/config.gz"), gzip(off.as_bytes())).unwrap();
    assert_eq!(simulate(&[]), not_taken("6.1.0-made"));
    assert_eq!(simulate(&["--kernel", "6.12.0-made"]), taken("6.12.0-made"));
    std::fs::create_dir(path.join("boot")).unwrap();
    std::fs::write(path.join("boot/config-6.12.0-made"), &off).unwrap();
    assert_eq!(simulate(&["--kernel", "6.12.0-made"]), not_taken("6.12.0-made"));
    std::fs::create_dir_all(path.join("lib/modules/6.9.0")).unwrap();
    std::fs::write(path.join("lib/modules/6.9.0/config"), &off).unwrap();
    assert_eq!(simulate(&["--kernel", "6.9.0"]), not_taken("6.9.0"));
    // What is given wins, and its version is that of the kernel unless one is named.
    std::fs::write(path.join("on"), config("")).unwrap();
    assert_eq!(simulate(&["--config", "on"]), taken("6.1.5"));
    assert_eq!(simulate(&["--kernel", "6.12.0-made", "--config", "on"]), taken("6.12.0-made"));
    // An image tells by the file beside it, and else by itself.
    let image = |version: &str, inside: Option<&str>| {
        let program = vmlinux(&Made { version, config: inside });
        bzimage(version, &gzip(&program), program.len())
    };
    std::fs::write(path.join("boot/vmlinuz-6.12.0-made"), image("6.12.0-made (x) #1", Some(&config(""))))
        .unwrap();
    assert_eq!(simulate(&["--kernel", "boot/vmlinuz-6.12.0-made"]), not_taken("6.12.0-made"));
    std::fs::write(path.join("boot/vmlinuz-other"), image("6.11.0-x (x) #1", Some(&off))).unwrap();
    assert_eq!(simulate(&["--kernel", "boot/vmlinuz-other"]), not_taken("6.11.0-x"));
    std::fs::write(path.join("kernel"), image("6.11.0-x (x) #1", None)).unwrap();
    assert_eq!(simulate(&["--kernel", "kernel"]), taken("6.11.0-x"));
    assert_eq!(simulate(&["--kernel", "kernel", "--config", "boot/vmlinuz-other"]), not_taken("6.11.0-x"));
    // A unified kernel image has its kernel, too.
    let sections: [(&str, &[u8]); 3] = [
        (".linux", &image("6.11.0-uki", Some(&off))),
        (".uname", b"6.11.0-uki"),
        (".initrd", &archive("b.aml", b"SSDT")),
    ];
    std::fs::write(path.join("a.efi"), uki("257", &sections)).unwrap();
    assert_eq!(simulate(&["--kernel", "a.efi"]), not_taken("6.11.0-uki"));
    let (text, _) = printed(path, &["simulate", "--sysroot", ".", "--kernel", "a.efi", "-J"]);
    assert!(text.contains("b.aml"), "an image is the whole boot: {text}");
}

#[test]
fn check_holds_archives_against_a_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let write = |name: &str, bytes: &[u8]| std::fs::write(path.join(name), bytes).unwrap();
    write("off", config("# CONFIG_ACPI_TABLE_UPGRADE is not set\n").as_bytes());
    write("on", config("").as_bytes());
    let initrd = [&archive("ssdt.aml", b"SSDT")[..], b"\x28\xb5\x2f\xfd\x00\x58\x01\x00\x00"].concat();
    write("a.img", &initrd);
    let check = |args: &[&str]| printed(path, &[&["check"], args].concat());
    let (text, status) = check(&["--config", "on", "a.img"]);
    assert!(text.starts_with("a.img: Linux 6.1 takes the table in it") && status == 1, "{text}");
    assert!(
        text.contains("error[image-initrd-compression]: the zstd data at 0x400 need CONFIG_RD_ZSTD"),
        "{text}"
    );
    let (text, status) = check(&["--config", "off", "a.img"]);
    assert!(text.starts_with("a.img: Linux 6.1 looks for no tables in it") && status == 1, "{text}");
    assert!(text.contains("error[override-not-configured]: CONFIG_ACPI_TABLE_UPGRADE is off"), "{text}");
    let (text, status) = check(&["--config", "on", "--kernel", "6.12", "a.img"]);
    assert!(text.starts_with("a.img: Linux 6.12 takes") && status == 1, "{text}");
    // Kernels are looked at by themselves.
    let program = vmlinux(&Made { version: "6.1.5-made (a) #1", config: None });
    write("vmlinuz", &bzimage("6.1.5-made (a) #1", &gzip(&program), program.len()));
    write(
        "vmlinux",
        &vmlinux(&Made {
            version: "6.1.5-made (a) #1",
            config: Some(&config("CONFIG_ACPI_CUSTOM_DSDT=y\n")),
        }),
    );
    assert_eq!(
        check(&["vmlinuz"]),
        ("vmlinuz: Linux 6.1.5-made; its configuration is not known\n".to_owned(), 0)
    );
    let (text, status) = check(&["--config", "off", "vmlinuz"]);
    assert!(text.starts_with("vmlinuz: Linux 6.1.5-made takes no tables (off)\n") && status == 1, "{text}");
    let (text, status) = check(&["vmlinux"]);
    assert!(
        text.starts_with("vmlinux: Linux 6.1.5-made takes tables from an initrd (in vmlinux)\n"),
        "{text}"
    );
    assert!(text.contains("warning[image-custom-dsdt]") && status == 0, "{text}");
    let (text, status) = check(&["--kernel", "vmlinux", "a.img"]);
    assert!(text.starts_with("a.img: Linux 6.1 takes the table in it") && status == 1, "{text}");
}

#[test]
fn what_is_no_kernel_and_no_configuration_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    std::fs::write(path.join("notes"), "nothing of use\n").unwrap();
    std::fs::write(path.join("vmlinux"), vmlinux(&Made { version: "6.1.5", config: None })).unwrap();
    std::fs::write(path.join("old"), vmlinux(&Made { version: "2.6.32", config: None })).unwrap();
    let told = |args: &[&str]| printed(path, &[&["simulate", "--sample", "hotplug"], args].concat());
    let line = |text: &str| format!("acpihp: {text}\n");
    let no_release = "--kernel nowhere: neither a kernel release, such as 6.1 or 6.12.111, nor a file";
    assert_eq!(told(&["--kernel", "nowhere"]), (line(no_release), 2));
    assert_eq!(told(&["--kernel", "./nowhere"]), (line("./nowhere: No such file or directory"), 3));
    let (text, status) = told(&["--kernel", "notes"]);
    assert!(
        text.starts_with("acpihp: notes: no kernel: found the bytes 6e 6f 74 68") && status == 3,
        "{text}"
    );
    let (text, status) = told(&["--kernel", "old"]);
    assert!(text.contains("2.6 is older than 3.8") && status == 2, "{text}");
    let (text, status) = told(&["--config", "notes"]);
    assert!(
        text.starts_with("acpihp: notes: byte 0: found no line that sets an option") && status == 3,
        "{text}"
    );
    let (text, status) = told(&["--config", "vmlinux"]);
    assert!(text.contains("a kernel without a configuration in it") && status == 3, "{text}");
    let (text, status) = told(&["--kernel", "/dev/null"]);
    assert!(
        text.starts_with("acpihp: /dev/null: byte 0: found a device, expected a kernel") && status == 3,
        "{text}"
    );
    assert_eq!(told(&["--config", "."]), (line(".: is a directory"), 3));
}

#[test]
fn plan_says_what_the_configuration_takes_away() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let lines = "# CONFIG_MEMORY_HOTREMOVE is not set\nCONFIG_CMDLINE_BOOL=y\nCONFIG_CMDLINE=\"nokaslr\"\n";
    std::fs::write(path.join("config"), config(lines)).unwrap();
    std::fs::write(path.join("bare"), config("# CONFIG_MEMORY_HOTPLUG is not set\n")).unwrap();
    let plan = |args: &[&str]| printed(path, &[&["plan", "--numa", "--sample", "hotplug"], args].concat()).0;
    let text = plan(&["--config", "config", "--kernel", "6.1", "--cmdline", "movable_node", "--blocks"]);
    assert!(text.contains("Command line  nokaslr movable_node"), "{text}");
    assert!(text.contains("warning[image-no-memory-hotremove] config:"), "{text}");
    assert!(text.contains("info[image-command-line] config: \"nokaslr\", in front of"), "{text}");
    assert!(text.contains("never") && !text.contains(" yes "), "{text}");
    let text = plan(&["--config", "bare"]);
    assert!(text.contains("warning[image-no-memory-hotplug] bare:"), "{text}");
    let text = plan(&["--config", "config", "--kernel", "6.12.9"]);
    assert!(
        text.contains("warning[image-other-config] config: Linux 6.1.5, and the kernel is Linux 6.12.9"),
        "{text}"
    );
}

#[test]
fn an_image_whose_configuration_is_not_known_names_the_switches_that_decide() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let image = |version: &str, inside: Option<&str>| {
        let program = vmlinux(&Made { version, config: inside });
        bzimage(version, &gzip(&program), program.len())
    };
    let write = |name: &str, bytes: &[u8]| std::fs::write(path.join(name), bytes).unwrap();
    let assumed = |more: &[&str]| {
        let (text, _) = printed(path, &[&["plan", "--sample", "hotplug", "-J"], more].concat());
        let answer: serde_json::Value =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        let all = answer["findings"].as_array().unwrap();
        let found = all.iter().find(|one| one["code"] == "image-config-assumed");
        found.map(|one| (one["severity"].clone(), one["message"].as_str().unwrap().to_owned()))
    };
    write("vmlinuz-6.1.0-x", &image("6.1.0-x (x) #1", None));
    let line = ["--kernel", "vmlinuz-6.1.0-x", "--cmdline", "movable_node nokaslr"];
    let (severity, message) = assumed(&line).unwrap();
    assert_eq!(severity, "info");
    assert!(
        message.contains("the usual defaults of distributions were used; this answer depends on CONFIG_NUMA"),
        "{message}"
    );
    assert!(message.contains("CONFIG_MEMORY_HOTPLUG") && !message.contains("CONFIG_NUMA_EMU"), "{message}");
    // Another question hangs on other switches.
    let (_, message) = assumed(&["--kernel", "vmlinuz-6.1.0-x", "--cmdline", "nokaslr numa=fake=4"]).unwrap();
    assert!(message.contains("CONFIG_NUMA_EMU"), "{message}");
    // A flavour that was looked at has its own defaults.
    write("cloud", &image("6.1.0-50-cloud-amd64 (x) #1", None));
    let (_, message) = assumed(&["--kernel", "cloud"]).unwrap();
    assert!(message.contains("the defaults of Debian's cloud-amd64 kernels were used"), "{message}");
    // A configuration beside it, inside, or given; and no image at all.
    let whole = config("");
    assert_eq!(assumed(&["--kernel", "6.1"]), None);
    write("given", whole.as_bytes());
    assert_eq!(assumed(&[&line[..], &["--config", "given"]].concat()), None);
    write("inside", &image("6.1.0-y (x) #1", Some(&whole)));
    assert_eq!(assumed(&["--kernel", "inside"]), None);
    write("config-6.1.0-x", whole.as_bytes());
    assert_eq!(assumed(&line), None);
}
