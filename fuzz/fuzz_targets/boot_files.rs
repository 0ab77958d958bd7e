//! The files of boot loaders (GRUB, Boot Loader Specification, limine, SYSLINUX, rEFInd, U-Boot) and of what makes initrds: whichever
//! initrd they name is one of the tree's, and so is every file that is said to be found.
#![no_main]

use acpihp::container::tar::{self, TarContent};
use acpihp::source::bootfiles;
use acpihp::source::root::Root;
use libfuzzer_sys::fuzz_target;
use std::io::Write;

const PLACES: [&str; 18] = [
    "boot/grub/grub.cfg",
    "boot/grub2/grub.cfg",
    "boot/loader/entries/one.conf",
    "efi/loader/entries/one.conf",
    "boot/efi/loader/entries/two.conf",
    "boot/limine.conf",
    "boot/limine/limine.conf",
    "boot/efi/EFI/fedora/grub.cfg",
    "boot/loader/loader.conf",
    "boot/grub/custom.cfg",
    "boot/extlinux/extlinux.conf",
    "boot/syslinux/syslinux.cfg",
    "boot/refind_linux.conf",
    "boot/efi/EFI/refind/refind.conf",
    "boot/boot.scr",
    "etc/default/grub",
    "boot/grub2/grubenv",
    "etc/dracut.conf",
];
const START: [&str; 8] = [
    "",
    "menuentry 'x' {\n linux /vmlinuz-6.1 root=x\n initrd ",
    "title x\nversion 6.1\nlinux /vmlinuz-6.1\ninitrd ",
    "/Linux\n    protocol: linux\n    kernel_path: boot():/vmlinuz-6.1\n    module_path: ",
    "label x\nlinux /vmlinuz-6.1\ninitrd ",
    "menuentry x {\nloader /vmlinuz-6.1\ninitrd ",
    "load mmc 0:1 ${kernel_addr_r} /vmlinuz-6.1\nload mmc 0:1 ${ramdisk_addr_r} ",
    "blscfg\nearly_initrd=",
];
const INITRD: &[u8] = b"070701 initrd of the tree";

fuzz_target!(|input: (Vec<(u8, u8, &str)>, &str)| {
    let (files, line) = input;
    let texts: Vec<(&str, String)> = files
        .iter()
        .take(16)
        .map(|(place, start, text)| {
            let start = START[usize::from(*start) % START.len()];
            (PLACES[usize::from(*place) % PLACES.len()], format!("{start}{text}"))
        })
        .collect();
    let fixed = [
        ("proc/cmdline", line.as_bytes()),
        ("boot/vmlinuz-6.1", b"k"),
        ("boot/initrd.img-6.1", INITRD),
        ("boot/i", INITRD),
    ];
    let all = fixed.into_iter().chain(texts.iter().map(|(place, text)| (*place, text.as_bytes())));
    let Some(bytes) = tar::write(all.map(|(place, bytes)| (place, TarContent::File(bytes))), 0) else {
        return;
    };
    let mut file =
        tempfile::NamedTempFile::new_in("/dev/shm").or_else(|_| tempfile::NamedTempFile::new()).unwrap();
    file.write_all(&bytes).unwrap();
    let Ok(root) = Root::open(file.path()) else { return };
    for line in [line, "BOOT_IMAGE=/vmlinuz-6.1 root=x"] {
        // Whatever is found lies in the tree: the usual name is there, so something always is.
        let initrd = bootfiles::find_initrd(&root, "6.1", line);
        let disk =
            bootfiles::disk(&root, "6.1", line, initrd.as_ref().ok().and_then(Option::as_ref)).unwrap();
        let named = disk.entries.iter().flat_map(|entry| &entry.initrds);
        for found in named
            .filter_map(|named| named.found.as_deref())
            .chain(disk.files.iter().map(|file| file.path.as_str()))
        {
            assert!(root.len(found).is_some(), "{found:?}");
        }
        match initrd {
            Ok(found) => assert!(found.is_some(), "{line:?}"),
            Err(error) => assert!(!error.to_string().contains('\u{1b}')),
        }
    }
});
