//! Copied trees whose links lead out of them.

use super::{Desk, text};
use std::fs;
use std::os::unix::fs::symlink;

/// Every file that a reader of a tree opens, with a link in its place that leads out of the tree.
const FILES: [&str; 20] = [
    "var/log/dmesg",
    "proc/cmdline",
    "proc/iomem",
    "proc/zoneinfo",
    "proc/cpuinfo",
    "proc/meminfo",
    "proc/sys/kernel/osrelease",
    "proc/config.gz",
    "sys/firmware/acpi/tables/SSDT99",
    "sys/firmware/efi/systab",
    "sys/firmware/efi/runtime-map/0/type",
    "sys/firmware/memmap/0/start",
    "sys/kernel/boot_params/data",
    "sys/kernel/security/lockdown",
    "sys/devices/system/node/node0/meminfo",
    "sys/devices/system/memory/block_size_bytes",
    "boot/grub/grub.cfg",
    "boot/loader/entries/a.conf",
    "boot/config-6.1.0",
    "boot/initrd.img-6.1.0",
];

#[test]
fn nothing_outside_of_a_tree_gets_into_a_capture_or_an_answer() {
    const SECRET: &str = "root:$y$j9T$PLANTED$";
    let desk = Desk::new();
    let made = desk.run(&["capture", "--sample", "hotplug", "-o", "plain/"]);
    assert!(made.status.success(), "{made:?}");
    fs::write(desk.at("secret"), format!("[    0.000000] Linux version 6.1 {SECRET}\n")).unwrap();
    let absolute = desk.at("secret").to_str().unwrap().to_owned();
    let shapes = [absolute.as_str(), "../../../../../../../../../../..", "middle"];
    for (number, shape) in shapes.into_iter().enumerate() {
        let root = format!("root{number}");
        assert!(desk.shell(&format!("cp -a plain {root}")).status.success());
        for file in FILES {
            let path = desk.at(&root).join(file);
            let parent = path.parent().unwrap();
            let _ = fs::create_dir_all(parent);
            let _ = fs::remove_file(&path);
            let to = match shape {
                "middle" => {
                    // A folder of the path is the link.
                    let way = format!("way{}", file.replace('/', "-"));
                    symlink(desk.0.path(), desk.at(&root).join(&way)).unwrap();
                    format!("/{way}/secret")
                }
                shape if shape.starts_with('/') => shape.to_owned(),
                shape => format!("{shape}{absolute}"),
            };
            symlink(to, &path).unwrap();
        }
        let captured =
            desk.run(&["capture", "--sysroot", &root, "--with", "log,secrets,serials", "-o", "c.tar"]);
        for line in [
            vec!["plan", "--sysroot", &root],
            vec!["doctor", "--sysroot", &root],
            vec!["simulate", "--sysroot", &root],
            vec!["dump", "--sysroot", &root, "--format", "raw"],
            vec!["mkinitrd-override", "srat.aml", "--against", &root, "-o", "x.img", "--force"],
        ] {
            let run = desk.run(&line);
            for bytes in [&run.stdout, &run.stderr] {
                assert!(!text(bytes).contains("PLANTED"), "{line:?}: {run:?}");
            }
        }
        if captured.status.success() {
            assert!(!text(&desk.read("c.tar")).contains("PLANTED"), "{root}");
        }
        let _ = fs::remove_file(desk.at("c.tar"));
    }
}

#[test]
fn links_inside_of_a_tree_work_as_on_the_machine() {
    let desk = Desk::new();
    assert!(desk.run(&["capture", "--sample", "hotplug", "-o", "plain/"]).status.success());
    let wanted = desk.run(&["plan", "--sysroot", "plain", "--json"]);
    assert!(wanted.status.success(), "{wanted:?}");
    for name in ["proc/cmdline", "proc/iomem"] {
        let path = desk.at("plain").join(name);
        if !path.exists() {
            continue;
        }
        fs::create_dir_all(desk.at("plain/kept")).unwrap();
        let kept = format!("kept/{}", name.replace('/', "-"));
        fs::rename(&path, desk.at("plain").join(&kept)).unwrap();
        // Absolute, as on the machine.
        symlink(format!("/{kept}"), &path).unwrap();
    }
    let linked = desk.run(&["plan", "--sysroot", "plain", "--json"]);
    assert_eq!(text(&linked.stdout), text(&wanted.stdout));
}

#[test]
fn nobody_is_waited_for_in_a_tree() {
    let desk = Desk::new();
    let made = desk.run(&["capture", "--sample", "hotplug", "-o", "plain/"]);
    assert!(made.status.success(), "{made:?}");
    for (number, file) in FILES.into_iter().enumerate() {
        let tree = format!("tree{number}");
        let status = desk.shell(&format!("cp -r plain {tree}"));
        assert!(status.status.success(), "{status:?}");
        let place = desk.at(&tree).join(file);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        let _ = fs::remove_file(&place);
        rustix::fs::mknodat(rustix::fs::CWD, &place, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        for command in [&["plan"][..], &["doctor"], &["capture", "-o", &format!("{tree}.tar")]] {
            let run = desk.run(&[command, &["--sysroot", &tree]].concat());
            assert!(run.status.code() != Some(2), "{command:?}: {run:?}");
            assert!(!text(&run.stderr).contains("nobody wrote"), "{command:?} {file}: {run:?}");
        }
    }
}
