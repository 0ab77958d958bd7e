//! The files of boot loaders (GRUB, Boot Loader Specification, systemd-boot, limine): whichever initrd they name is one of the tree's.
#![no_main]

use acpihp::container::tar::{self, Content};
use acpihp::source::bootfiles;
use acpihp::source::root::Root;
use libfuzzer_sys::fuzz_target;
use std::io::Write;

const PLACES: [&str; 10] = [
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
];
const START: [&str; 4] = [
    "",
    "menuentry 'x' {\n linux /vmlinuz-6.1 root=x\n initrd ",
    "title x\nversion 6.1\nlinux /vmlinuz-6.1\ninitrd ",
    "/Linux\n    protocol: linux\n    kernel_path: boot():/vmlinuz-6.1\n    module_path: ",
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
    let Some(bytes) = tar::write(all.map(|(place, bytes)| (place, Content::File(bytes))), 0) else { return };
    let mut file =
        tempfile::NamedTempFile::new_in("/dev/shm").or_else(|_| tempfile::NamedTempFile::new()).unwrap();
    file.write_all(&bytes).unwrap();
    let Ok(root) = Root::open(file.path()) else { return };
    for line in [line, "BOOT_IMAGE=/vmlinuz-6.1 root=x"] {
        // Whatever is found lies in the tree: the usual name is there, so something always is.
        match bootfiles::find_initrd(&root, "6.1", line) {
            Ok(found) => assert!(found.is_some(), "{line:?}"),
            Err(error) => assert!(!error.to_string().contains('\u{1b}')),
        }
    }
});
