//! Whole flows over a machine's tree that was changed: plan, simulate, doctor and check of a sample with other files. Each ends in the
//! time (`-timeout`) and the memory (`-rss_limit_mb`) that libFuzzer is given, and says no raw control characters in an error.
#![no_main]

use acpihp::cli::commands;
use acpihp::container::tar::{self, TarContent};
use libfuzzer_sys::fuzz_target;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::Write;
use std::path::Path;
use std::sync::LazyLock;

/// Files of a tree that the flows read, and what they begin with.
const PLACES: [(&str, &str); 16] = [
    ("sys/kernel/boot_params/data", ""),
    ("sys/kernel/boot_params/setup_data/0/data", ""),
    ("sys/kernel/boot_params/setup_data/0/type", "0x1\n"),
    ("sys/firmware/memmap/0/start", "0x"),
    ("sys/firmware/memmap/0/end", "0x"),
    ("sys/firmware/memmap/0/type", "System RAM"),
    ("sys/firmware/acpi/tables/SRAT", ""),
    ("sys/firmware/acpi/tables/SLIT", ""),
    ("sys/firmware/acpi/tables/APIC", ""),
    ("proc/cmdline", "movable_node "),
    ("proc/iomem", "00001000-0009ffff : System RAM\n"),
    ("proc/zoneinfo", "Node 0, zone   Normal\n"),
    ("proc/cpuinfo", "processor\t: 0\nflags\t\t: "),
    ("proc/sys/kernel/osrelease", "6."),
    ("var/log/dmesg", "[    0.000000] Linux version 6.12.1 (a@b)\n"),
    ("sys/devices/system/node/node0/meminfo", "Node 0 MemTotal: "),
];

/// The files of a machine of two nodes to begin with.
static BASE: LazyLock<BTreeMap<String, Vec<u8>>> = LazyLock::new(|| {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../samples/hotplug/machine"));
    let (mut files, mut folders) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(name) = path.strip_prefix(folder) {
                files.insert(name.display().to_string(), std::fs::read(&path).unwrap());
            }
        }
    }
    files
});

fuzz_target!(|input: (u8, Vec<(u8, bool, &[u8])>)| {
    let (flow, changes) = input;
    let mut files = BASE.clone();
    for (place, at_start, bytes) in changes.into_iter().take(24) {
        let (path, start) = PLACES[usize::from(place) % PLACES.len()];
        let file = files.entry(path.to_owned()).or_default();
        if at_start || file.is_empty() {
            *file = [start.as_bytes(), bytes].concat();
        } else if let [high, low, bytes @ ..] = bytes {
            // Bytes somewhere in what is there.
            let at = usize::from(u16::from_be_bytes([*high, *low])) % file.len();
            for (to, from) in file.iter_mut().skip(at).zip(bytes) {
                *to = *from;
            }
        }
    }
    let all = files.iter().map(|(path, bytes)| (path.as_str(), TarContent::File(bytes)));
    let Some(bytes) = tar::write(all, 0) else { return };
    let mut file =
        tempfile::NamedTempFile::new_in("/dev/shm").or_else(|_| tempfile::NamedTempFile::new()).unwrap();
    file.write_all(&bytes).unwrap();
    let path = file.path().to_str().unwrap();
    let words: &[&str] = match flow % 6 {
        0 => &["plan", "--numa", "--sysroot", path],
        1 => &["plan", "--blocks", "--early", "--sysroot", path, "-J"],
        2 => &["simulate", "--sysroot", path],
        3 => &["doctor", "--sysroot", path],
        4 => &["check", path],
        _ => &["plan", "--hot-add", "16T-17T", "--sysroot", path],
    };
    let command = commands::needed(words.first().map(OsStr::new));
    let parsed = command.try_get_matches_from(std::iter::once(&"acpihp").chain(words));
    let Ok(result) = parsed.and_then(|matches| commands::run(&matches)) else { panic!("{words:?}") };
    if let Err(error) = result {
        let text = format!("{error:#}");
        assert!(!text.contains(|character: char| character.is_control() && character != '\n'), "{text:?}");
    }
});
