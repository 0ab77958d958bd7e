//! What a machine is set to do with memory that is added decides what becomes of it.

use super::{DL165, run};
use crate::answer;
use std::path::Path;

const BLOCKS: &str = "root/sys/devices/system/memory";
const RULE: &str =
    "SUBSYSTEM==\"memory\", ACTION==\"add\", ATTR{state}==\"offline\", ATTR{state}=\"online_movable\"\n";

fn put(place: &Path, name: &str, text: &str) {
    let path = place.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// The state of an added device, and why.
fn state(place: &Path, more: &[&str]) -> (String, String) {
    let args = ["plan", "--sysroot", "root", "--hot-add", "0x400000000-0x408000000@0", "-J"];
    let output = run(place, &[&args, more].concat());
    let plan = answer::parse(&output.stdout);
    let device = &plan["hot_add"][0];
    (device["state"].as_str().unwrap().to_owned(), device["state_why"].as_str().unwrap().to_owned())
}

#[test]
fn auto_online_blocks_decides_and_an_option_that_is_asked_for_more() {
    let place = tempfile::tempdir().unwrap();
    put(place.path(), "root/var/log/dmesg", DL165);
    for word in ["offline", "online", "online_kernel", "online_movable"] {
        put(place.path(), &format!("{BLOCKS}/auto_online_blocks"), &format!("{word}\n"));
        let (state, why) = state(place.path(), &[]);
        assert_eq!(state, word);
        assert!(why.contains("auto_online_blocks"), "{why}");
    }
    let asked = state(place.path(), &["--append", "memhp_default_state=online_kernel"]);
    assert_eq!(asked, ("online_kernel".to_owned(), "memhp_default_state=online_kernel".to_owned()));
}

#[test]
fn rules_of_udev_bring_online_what_is_added_offline() {
    let place = tempfile::tempdir().unwrap();
    put(place.path(), "root/var/log/dmesg", DL165);
    put(place.path(), "root/usr/lib/udev/rules.d/40-redhat.rules", RULE);
    put(place.path(), &format!("{BLOCKS}/auto_online_blocks"), "offline\n");
    let (found, why) = state(place.path(), &[]);
    assert_eq!(found, "online_movable");
    assert!(why.contains("40-redhat.rules"), "{why}");
    // What the kernel brings online by itself is no rule's business.
    put(place.path(), &format!("{BLOCKS}/auto_online_blocks"), "online\n");
    assert_eq!(state(place.path(), &[]).0, "online");
    // A file of the same name in /etc takes the place of the other.
    put(place.path(), &format!("{BLOCKS}/auto_online_blocks"), "offline\n");
    put(place.path(), "root/etc/udev/rules.d/40-redhat.rules", "# memory: nothing\n");
    assert_eq!(state(place.path(), &[]).0, "offline");
}
