//! Links in a tar archive that stands for a machine: each lookup ends, and gives bytes of the archive or nothing.
#![no_main]

use acpihp::container::tar::{self, TarContent};
use acpihp::source::root::Root;
use libfuzzer_sys::fuzz_target;
use std::io::Write;

const NAMES: [&str; 6] = ["proc/cmdline", "sys/a/b", "sys/a", "var/log/dmesg", "boot/grub/grub.cfg", "sys"];
const CONTENT: &[u8] = b"inside the archive";

fuzz_target!(|links: Vec<(u8, &str)>| {
    let name = |number: u8| NAMES[usize::from(number) % NAMES.len()];
    let mut files: Vec<(String, TarContent<'_>)> =
        vec![("proc/version".to_owned(), TarContent::File(CONTENT))];
    for (number, target) in links.iter().take(64) {
        if target.contains('\0') {
            return;
        }
        files.push((name(*number).to_owned(), TarContent::Link(target)));
    }
    let Some(bytes) = tar::write(files.iter().map(|(name, content)| (name.as_str(), *content)), 0) else {
        return;
    };
    let mut file =
        tempfile::NamedTempFile::new_in("/dev/shm").or_else(|_| tempfile::NamedTempFile::new()).unwrap();
    file.write_all(&bytes).unwrap();
    let Ok(root) = Root::open(file.path()) else { return };
    for name in NAMES.into_iter().chain(["proc/version", "etc/shadow", "../etc/passwd"]) {
        if let Ok(Some(found)) = root.bytes(name) {
            assert_eq!(found, CONTENT, "{name}");
        }
        root.has_folder(name);
        root.names(name);
        root.link(name);
    }
});
