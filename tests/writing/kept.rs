//! Owner, mode and attributes of files that are replaced.

use super::{Desk, is_root, text};
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};

const OTHER: u32 = 54321;

#[test]
fn owner_mode_and_attributes_are_kept() {
    let desk = Desk::new();
    let out = desk.at("out");
    fs::write(&out, "old").unwrap();
    let has_attributes =
        rustix::fs::setxattr(&out, "user.acpihp", b"kept", rustix::fs::XattrFlags::empty()).is_ok();
    let is_root = is_root("another owner");
    if is_root {
        chown(&out, Some(OTHER), Some(OTHER + 1)).unwrap();
    }
    fs::set_permissions(&out, Permissions::from_mode(0o4757)).unwrap();
    let run = desk.shell("umask 077; $A mkinitrd-override srat.aml --against none -o out");
    assert!(run.status.success(), "{run:?}");
    let meta = fs::metadata(&out).unwrap();
    assert!(meta.len() > 3);
    assert_eq!(meta.mode() & 0o7777, 0o757);
    assert!(text(&run.stderr).contains("setuid"), "{run:?}");
    if is_root {
        assert_eq!((meta.uid(), meta.gid()), (OTHER, OTHER + 1));
    }
    if has_attributes {
        let mut value = vec![0; 16];
        let len = rustix::fs::getxattr(&out, "user.acpihp", value.as_mut_slice()).unwrap();
        assert_eq!(&value[..len], b"kept");
    } else {
        eprintln!("skipped: extended attributes: the file system of the temporary folder has none");
    }
}

/// An access list that lets one more user read a file.
fn access_list() -> Vec<u8> {
    // Version 2; user::rw-, user:1000:r--, group::---, mask::r--, other::---.
    let entries: [(u16, u16, u32); 5] =
        [(1, 6, u32::MAX), (2, 4, 1000), (4, 0, u32::MAX), (0x10, 4, u32::MAX), (0x20, 0, u32::MAX)];
    let mut list = 2u32.to_le_bytes().to_vec();
    for (tag, rights, id) in entries {
        list.extend(tag.to_le_bytes());
        list.extend(rights.to_le_bytes());
        list.extend(id.to_le_bytes());
    }
    list
}

#[test]
fn access_lists_are_kept_and_none_is_added() {
    let desk = Desk::new();
    let acl = |name: &str, kind: &str| {
        let mut value = vec![0; 256];
        let len = rustix::fs::getxattr(desk.at(name), kind, value.as_mut_slice()).ok()?;
        value.truncate(len);
        Some(value)
    };
    let list = access_list();
    let (access, default) = ("system.posix_acl_access", "system.posix_acl_default");
    let none = rustix::fs::XattrFlags::empty();
    for name in ["with", "without"] {
        fs::write(desk.at(name), "old").unwrap();
        fs::set_permissions(desk.at(name), Permissions::from_mode(0o640)).unwrap();
    }
    if rustix::fs::setxattr(desk.at("with"), access, &list, none).is_err() {
        eprintln!("skipped: access lists: the file system of the temporary folder has none");
        return;
    }
    rustix::fs::setxattr(desk.0.path(), default, &list, none).unwrap();
    for name in ["with", "without"] {
        let before = acl(name, access);
        let run = desk.run(&["mkinitrd-override", "srat.aml", "--against", "none", "-o", name]);
        assert!(run.status.success() && run.stderr.is_empty(), "{run:?}");
        assert_eq!(acl(name, access), before, "{name}");
    }
    assert_eq!(fs::metadata(desk.at("without")).unwrap().mode() & 0o777, 0o640);
}

#[test]
fn a_capture_that_others_can_read_is_said() {
    let desk = Desk::new();
    let capture = |name: &str| {
        let run = desk.run(&["capture", "--sample", "hotplug", "-o", name]);
        assert!(run.status.success(), "{run:?}");
        text(&run.stderr)
    };
    assert_eq!(capture("new"), "");
    assert_eq!(capture("new"), "");
    for (mode, wanted) in
        [(0o644, "mode 644"), (0o640, "mode 640"), (0o604, "mode 604"), (0o600, ""), (0o622, ""), (0o400, "")]
    {
        fs::write(desk.at("old"), "old").unwrap();
        fs::set_permissions(desk.at("old"), Permissions::from_mode(mode)).unwrap();
        let said = capture("old");
        assert_eq!(said.is_empty(), wanted.is_empty(), "{mode:o}: {said}");
        assert!(said.contains(wanted) && said.lines().count() <= 1, "{mode:o}: {said}");
        assert_eq!(fs::metadata(desk.at("old")).unwrap().mode() & 0o777, mode);
        fs::remove_file(desk.at("old")).unwrap();
    }
    // What nobody asked to be private is not spoken of.
    fs::write(desk.at("old"), "old").unwrap();
    fs::set_permissions(desk.at("old"), Permissions::from_mode(0o644)).unwrap();
    assert!(desk.run(&["edit", "srat.aml", "--oem-revision", "7", "-o", "old"]).stderr.is_empty());
    if is_root("another owner") {
        fs::set_permissions(desk.at("old"), Permissions::from_mode(0o600)).unwrap();
        chown(desk.at("old"), Some(OTHER), Some(OTHER)).unwrap();
        let said = capture("old");
        assert!(said.contains(&format!("owner {OTHER}")) && said.lines().count() == 1, "{said}");
    }
    fs::write(desk.at("listed"), "old").unwrap();
    let none = rustix::fs::XattrFlags::empty();
    match rustix::fs::setxattr(desk.at("listed"), "system.posix_acl_access", &access_list(), none) {
        Ok(()) => assert!(capture("listed").contains("access list")),
        Err(error) => eprintln!("skipped: access lists: {error}"),
    }
}

#[test]
fn a_hard_link_that_breaks_is_said() {
    let desk = Desk::new();
    fs::write(desk.at("out"), "old").unwrap();
    fs::hard_link(desk.at("out"), desk.at("other")).unwrap();
    let run = desk.run(&["edit", "srat.aml", "--oem-revision", "7", "-o", "out"]);
    assert!(run.status.success() && text(&run.stderr).contains("hard link"), "{run:?}");
    assert_eq!(desk.read("other"), b"old");
}

#[test]
fn what_cannot_be_kept_is_said() {
    if !is_root("another owner") {
        return;
    }
    let desk = Desk::new();
    let folder = desk.at("theirs");
    fs::create_dir(&folder).unwrap();
    chown(&folder, Some(OTHER), Some(OTHER)).unwrap();
    fs::set_permissions(desk.0.path(), Permissions::from_mode(0o755)).unwrap();
    fs::write(folder.join("out"), "old").unwrap();
    let as_other = format!("setpriv --reuid {OTHER} --regid {OTHER} --clear-groups");
    if !desk.shell(&format!("{as_other} cp \"$A\" theirs/own")).status.success() {
        eprintln!("skipped: another user: setpriv or cp does not work here");
        return;
    }
    let run = desk.shell(&format!("{as_other} theirs/own edit srat.aml --oem-revision 7 -o theirs/out"));
    assert!(run.status.success() && text(&run.stderr).contains("not kept: owner 0"), "{run:?}");
    assert_eq!(fs::metadata(folder.join("out")).unwrap().uid(), OTHER);
}

#[test]
fn the_umask_holds_for_new_files() {
    let desk = Desk::new();
    let run = desk
        .shell("umask 027; $A edit srat.aml --oem-revision 7 -o out; $A capture --sample hotplug -o c.tar");
    assert!(run.status.success(), "{run:?}");
    let mode = |name: &str| fs::metadata(desk.at(name)).unwrap().mode() & 0o7777;
    assert_eq!((mode("out"), mode("c.tar")), (0o640, 0o600));
}
