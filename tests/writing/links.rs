//! Links and files that others put where root writes.

use super::{Desk, is_root, leftovers, text};
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, lchown, symlink};
use std::path::Path;

/// Somebody else.
const OTHER: u32 = 54321;

/// A folder as /tmp is.
fn shared(desk: &Desk) -> std::path::PathBuf {
    let folder = desk.at("shared");
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, Permissions::from_mode(0o1777)).unwrap();
    folder
}

fn theirs(path: &Path) {
    lchown(path, Some(OTHER), Some(OTHER)).unwrap();
}

#[test]
fn links_of_others_in_a_shared_folder_are_not_followed() {
    if !is_root("links of another user") {
        return;
    }
    let desk = Desk::new();
    let folder = shared(&desk);
    fs::write(desk.at("secret"), "secret").unwrap();
    fs::create_dir(desk.at("private")).unwrap();
    for (name, to) in
        [("file", "../secret"), ("new", "../appears"), ("chain", "file"), ("folder", "../private")]
    {
        symlink(to, folder.join(name)).unwrap();
        theirs(&folder.join(name));
    }
    let outputs = ["file", "new", "chain", "/proc/self/cwd/shared/file"];
    for name in outputs {
        let path = if name.starts_with('/') { name.to_owned() } else { format!("shared/{name}") };
        let asks = [
            vec!["mkinitrd-override", "srat.aml", "--against", "none", "-o", &path],
            vec!["edit", "srat.aml", "--oem-revision", "7", "-o", &path],
            vec!["edit", "srat.aml", "--oem-revision", "7", "--sample", "hotplug", "--override-to", &path],
            vec!["capture", "--sample", "hotplug", "-o", &path],
        ];
        for ask in asks {
            let run = desk.run(&ask);
            assert_eq!(run.status.code(), Some(3), "{ask:?}: {run:?}");
            assert!(text(&run.stderr).contains("Permission denied"), "{run:?}");
        }
    }
    let run = desk.run(&["dump", "--sample", "hotplug", "-o", "shared/folder"]);
    assert_eq!(run.status.code(), Some(3), "{run:?}");
    assert_eq!(desk.read("secret"), b"secret");
    assert!(!desk.at("appears").exists() && fs::read_dir(desk.at("private")).unwrap().next().is_none());
    assert!(leftovers(&folder).is_empty());

    // Links of one's own, and those in a folder of one's own, are followed.
    symlink("../secret", folder.join("own")).unwrap();
    symlink("secret", desk.at("link")).unwrap();
    theirs(&desk.at("link"));
    for name in ["shared/own", "link"] {
        fs::write(desk.at("secret"), "secret").unwrap();
        let run = desk.run(&["edit", "srat.aml", "--oem-revision", "7", "-o", name]);
        assert!(run.status.success(), "{run:?}");
        assert_eq!(desk.read("secret").len(), desk.read("srat.aml").len());
        assert!(desk.at(name).is_symlink());
    }
}

#[test]
fn links_of_others_on_the_way_are_not_followed() {
    if !is_root("links of another user") {
        return;
    }
    let desk = Desk::new();
    let folder = shared(&desk);
    fs::create_dir(desk.at("priv")).unwrap();
    for (name, to) in [("d", "../priv"), ("up", ".."), ("chain", "d"), ("whole", "/")] {
        symlink(to, folder.join(name)).unwrap();
        theirs(&folder.join(name));
    }
    // Links of one's own that lead through theirs.
    symlink("shared/d", desk.at("through")).unwrap();
    symlink("d/x", folder.join("own")).unwrap();
    let whole = format!("shared/whole{}", desk.at("priv").display());
    let ways = ["shared/d", "shared/chain", "through", "shared/../shared/./d", "shared/up/priv", &whole];
    let refused = |ask: &[&str], to: &str| {
        let run = desk.run(&[ask, &[to]].concat());
        assert_eq!(run.status.code(), Some(3), "{ask:?} {to}: {run:?}");
        assert!(text(&run.stderr).contains("Permission denied"), "{ask:?} {to}: {run:?}");
        assert!(fs::read_dir(desk.at("priv")).unwrap().next().is_none(), "{ask:?} {to}");
    };
    for way in ways {
        refused(&["edit", "srat.aml", "--oem-revision", "7", "-o"], &format!("{way}/x.aml"));
        refused(&["mkinitrd-override", "srat.aml", "--against", "none", "-o"], &format!("{way}/x.img"));
        for end in ["", "/", "/sub", "/sub/sub/"] {
            refused(&["dump", "--sample", "hotplug", "-o"], &format!("{way}{end}"));
        }
        for end in ["/", "/c/", "/c.tar"] {
            refused(&["capture", "--sample", "hotplug", "-o"], &format!("{way}{end}"));
        }
    }
    refused(&["edit", "srat.aml", "--oem-revision", "7", "-o"], "shared/own");
    assert!(leftovers(&folder).is_empty());

    // Links of one's own there, those of the folder's owner, and any in a folder that is not shared.
    symlink("../priv", folder.join("mine")).unwrap();
    symlink("priv", desk.at("outside")).unwrap();
    theirs(&desk.at("outside"));
    for way in ["shared/mine", "outside", "priv/../outside/."] {
        for ask in [
            &["edit", "srat.aml", "--oem-revision", "7", "-o", "x.aml"][..],
            &["dump", "--sample", "hotplug", "-o", "new/sub/"],
            &["capture", "--sample", "hotplug", "-o", "c/"],
        ] {
            let (last, ask) = ask.split_last().unwrap();
            let run = desk.run(&[ask, &[&format!("{way}/{last}")]].concat());
            assert!(run.status.success(), "{way} {ask:?}: {run:?}");
        }
        assert!(desk.at("priv/x.aml").exists() && desk.at("priv/c/proc").exists());
        assert!(desk.at("priv/new/sub/srat.dat").exists());
        fs::remove_dir_all(desk.at("priv")).unwrap();
        fs::create_dir(desk.at("priv")).unwrap();
    }
    chown(&folder, Some(OTHER), Some(OTHER)).unwrap();
    assert!(desk.run(&["dump", "--sample", "hotplug", "-o", "shared/chain/sub"]).status.success());
    assert!(desk.at("priv/sub/srat.dat").exists());
}

#[test]
fn nothing_leads_out_of_an_output_folder() {
    let desk = Desk::new();
    let asks = [
        (&["dump", "--sample", "hotplug", "-o", "out"][..], "srat.dat"),
        (&["sample", "hotplug", "-o", "out"], "sys/firmware/acpi/tables/SRAT"),
        (&["man", "--all", "out"], "man1/acpihp-plan.1"),
    ];
    for (ask, name) in asks {
        let _ = fs::remove_dir_all(desk.at("out"));
        let run = desk.run(ask);
        assert!(run.status.success(), "{ask:?}: {run:?}");
        // What an earlier run wrote is replaced.
        assert!(desk.run(ask).status.success(), "{ask:?}");
        let (place, secret) = (desk.at("out").join(name), desk.at("secret"));
        for to in [secret.clone(), desk.at("nowhere")] {
            fs::write(&secret, "secret").unwrap();
            fs::remove_file(&place).unwrap();
            symlink(&to, &place).unwrap();
            let run = desk.run(ask);
            assert_eq!(run.status.code(), Some(3), "{ask:?}: {run:?}");
            assert!(text(&run.stderr).contains("symbolic link"), "{run:?}");
            assert_eq!(desk.read("secret"), b"secret");
            assert!(place.is_symlink() && !desk.at("nowhere").exists());
        }
        fs::remove_file(&place).unwrap();
        rustix::fs::mknodat(rustix::fs::CWD, &place, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        let run = desk.run(ask);
        assert_eq!(run.status.code(), Some(3), "{ask:?}: {run:?}");
    }
}

#[test]
fn files_of_others_in_a_shared_folder_are_not_replaced() {
    if !is_root("files of another user") {
        return;
    }
    let desk = Desk::new();
    let folder = shared(&desk);
    let file = folder.join("trap");
    for ask in [
        &["capture", "--sample", "hotplug", "-o", "shared/trap"][..],
        &["mkinitrd-override", "srat.aml", "--against", "none", "-o", "shared/trap"],
        &["edit", "srat.aml", "--oem-revision", "7", "-o", "shared/trap"],
    ] {
        fs::write(&file, "theirs").unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o666)).unwrap();
        theirs(&file);
        let run = desk.run(ask);
        assert_eq!(run.status.code(), Some(3), "{ask:?}: {run:?}");
        assert!(text(&run.stderr).contains("Permission denied"), "{run:?}");
        assert_eq!(fs::read(&file).unwrap(), b"theirs");
        // Those of the folder's owner, and any in a folder that is not shared, are.
        chown(&folder, Some(OTHER), Some(OTHER)).unwrap();
        assert!(desk.run(ask).status.success(), "{ask:?}");
        chown(&folder, Some(0), Some(0)).unwrap();
        fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
        assert!(desk.run(ask).status.success(), "{ask:?}");
        assert_eq!(fs::metadata(&file).unwrap().uid(), OTHER);
        fs::set_permissions(&folder, Permissions::from_mode(0o1777)).unwrap();
    }
    assert!(leftovers(&folder).is_empty());
}

#[test]
fn pipes_of_others_in_a_shared_folder_get_nothing() {
    if !is_root("pipes of another user") {
        return;
    }
    let desk = Desk::new();
    let folder = shared(&desk);
    let pipe = folder.join("f");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o666.into(), 0).unwrap();
    fs::set_permissions(&pipe, Permissions::from_mode(0o666)).unwrap();
    let socket = std::os::unix::net::UnixDatagram::bind(folder.join("s")).unwrap();
    let null = rustix::fs::makedev(1, 3);
    let mut names = vec!["f", "s"];
    let made = rustix::fs::mknodat(
        rustix::fs::CWD,
        desk.at("shared/n"),
        rustix::fs::FileType::CharacterDevice,
        0o666.into(),
        null,
    );
    match made {
        Ok(()) => names.push("n"),
        Err(error) => eprintln!("skipped: a device of another user: {error}"),
    }
    names.iter().for_each(|name| theirs(&folder.join(name)));
    // Someone who would read what comes.
    let read = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NONBLOCK;
    let reader = rustix::fs::open(&pipe, read, 0.into()).unwrap();
    let asks = [
        &["capture", "--sample", "hotplug", "-o"][..],
        &["mkinitrd-override", "srat.aml", "--against", "none", "-o"],
        &["edit", "srat.aml", "--oem-revision", "7", "-o"],
    ];
    for ask in asks {
        for name in &names {
            let run = desk.run(&[ask, &[&format!("shared/{name}")]].concat());
            assert_eq!(run.status.code(), Some(3), "{ask:?} {name}: {run:?}");
            assert!(text(&run.stderr).contains("Permission denied"), "{ask:?} {name}: {run:?}");
        }
        let mut byte = [0];
        assert_eq!(rustix::io::read(&reader, &mut byte), Err(rustix::io::Errno::AGAIN), "{ask:?}");
    }
    drop(socket);
    // One's own, and that of the folder's owner.
    let ask = ["edit", "srat.aml", "--oem-revision", "7", "-o", "shared/f"];
    chown(&folder, Some(OTHER), Some(OTHER)).unwrap();
    assert!(desk.run(&ask).status.success());
    chown(&folder, Some(0), Some(0)).unwrap();
    chown(&pipe, Some(0), Some(0)).unwrap();
    assert!(desk.run(&ask).status.success());
}

#[test]
fn a_path_that_cannot_be_looked_at_is_an_error() {
    if !is_root("a folder that another user may not enter") {
        return;
    }
    let desk = Desk::new();
    fs::set_permissions(desk.0.path(), Permissions::from_mode(0o755)).unwrap();
    let folder = shared(&desk);
    fs::create_dir(desk.at("closed")).unwrap();
    fs::set_permissions(desk.at("closed"), Permissions::from_mode(0o700)).unwrap();
    symlink("../closed/file", folder.join("link")).unwrap();
    theirs(&folder.join("link"));
    let line = format!("setpriv --reuid {OTHER} --regid {OTHER} --clear-groups cp \"$A\" shared/own 2> why");
    if !desk.shell(&line).status.success() {
        eprintln!("skipped: another user: {}", text(&desk.read("why")));
        return;
    }
    let line = format!(
        "setpriv --reuid {OTHER} --regid {OTHER} --clear-groups shared/own edit srat.aml --oem-revision 7 -o shared/link"
    );
    let run = desk.shell(&line);
    assert_eq!(run.status.code(), Some(3), "{run:?}");
    assert!(folder.join("link").is_symlink());
}

#[test]
fn what_others_name_like_leftovers_stays() {
    if !is_root("files of another user") {
        return;
    }
    let desk = Desk::new();
    let folder = shared(&desk);
    // The beginning of the names, learnt from a run that cannot finish.
    let prefix = super::failures::prefix(&desk, &folder);
    fs::write(desk.at("secret"), "secret").unwrap();
    fs::write(folder.join(format!("{prefix}1")), "theirs").unwrap();
    chown(folder.join(format!("{prefix}1")), Some(OTHER), Some(OTHER)).unwrap();
    symlink("../secret", folder.join(format!("{prefix}2"))).unwrap();
    theirs(&folder.join(format!("{prefix}2")));
    let pipe = folder.join(format!("{prefix}3"));
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    fs::create_dir(folder.join(format!("{prefix}4"))).unwrap();
    fs::write(folder.join(format!("{prefix}5")), "a leftover of ours").unwrap();
    fs::write(folder.join(".acpihp-other-1"), "of another output").unwrap();
    let run = desk.run(&["edit", "srat.aml", "--oem-revision", "7", "-o", "shared/out"]);
    assert!(run.status.success(), "{run:?}");
    let mut left = leftovers(&folder);
    left.sort();
    let mut wanted: Vec<String> = (1..5).map(|number| format!("{prefix}{number}")).collect();
    wanted.push(".acpihp-other-1".to_owned());
    wanted.sort();
    assert_eq!(left, wanted);
    assert_eq!(desk.read("secret"), b"secret");
    assert_eq!(fs::metadata(folder.join("out")).unwrap().uid(), 0);
}

#[test]
fn a_capture_folder_is_marked_until_it_is_whole() {
    let desk = Desk::new();
    let run = desk.run(&["capture", "--sample", "hotplug", "-o", "folder/"]);
    assert!(run.status.success(), "{run:?}");
    assert!(!desk.at("folder/INCOMPLETE-CAPTURE").exists());
    assert!(desk.run(&["plan", "--sysroot", "folder"]).status.success());
    // A file size that the first larger file does not fit into.
    let run = desk.shell("ulimit -f 1; exec $A capture --sample hotplug -o stopped/");
    assert_eq!(run.status.code(), Some(3), "{run:?}");
    assert!(desk.at("stopped/INCOMPLETE-CAPTURE").exists());
    let run = desk.run(&["plan", "--sysroot", "stopped"]);
    assert_eq!(run.status.code(), Some(3), "{run:?}");
    assert!(text(&run.stderr).contains("INCOMPLETE-CAPTURE"), "{run:?}");
}
