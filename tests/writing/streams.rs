//! Standard output, descriptors, pipes and devices.

use super::{Desk, text};
use std::fs;
use std::process::Stdio;

/// The archive alone, and what is asked for to get it.
fn archive(desk: &Desk) -> Vec<u8> {
    let made = desk.run(&["mkinitrd-override", "srat.aml", "--against", "none", "-o", "alone"]);
    assert!(made.status.success() && made.stderr.is_empty() && !made.stdout.is_empty(), "{made:?}");
    desk.read("alone")
}

const ASK: &str = "$A mkinitrd-override srat.aml --against none";

#[test]
fn only_the_output_is_in_a_stream() {
    let desk = Desk::new();
    let wanted = archive(&desk);
    for to in ["-o -", "", "-o /dev/stdout", "-o /dev/fd/1", "-o /proc/self/fd/1"] {
        for redirect in ["| cat", "> out; cat out"] {
            let run = desk.shell(&format!("{ASK} {to} {redirect}"));
            assert!(run.stdout == wanted, "{to} {redirect}: {} bytes", run.stdout.len());
            assert!(text(&run.stderr).contains("SHA-256"), "{run:?}");
        }
    }
    let run = desk
        .shell(&format!("{ASK} -o /dev/fd/3 3>three; $A edit srat.aml --oem-revision 7 -o /dev/fd/5 5>five"));
    assert!(run.status.success() && run.stdout.is_empty(), "{run:?}");
    assert!(desk.read("three") == wanted && desk.read("five").len() == desk.read("srat.aml").len());
    let run = desk.shell(&format!("mkfifo pipe; cat pipe > out & {ASK} -o pipe; wait; cmp out alone"));
    assert!(run.status.success() && run.stdout.is_empty(), "{run:?}");
}

#[test]
fn a_descriptor_that_appends_appends() {
    let desk = Desk::new();
    let wanted = [b"before\n".as_slice(), &archive(&desk)].concat();
    for to in ["-o -", "-o /dev/stdout", "-o /dev/fd/1"] {
        let run = desk.shell(&format!("echo before > out; {ASK} {to} >> out"));
        assert!(run.status.success() && desk.read("out") == wanted, "{to}: {run:?}");
    }
    // What follows on the same descriptor goes behind it.
    let run = desk.shell(&format!("{{ echo before; {ASK} -o /dev/fd/3; echo behind; }} 3>&1 > out"));
    assert!(run.status.success(), "{run:?}");
    let run = desk.shell(&format!("{{ echo before >&3; {ASK} -o /dev/fd/3; echo behind >&3; }} 3> out"));
    assert!(run.status.success(), "{run:?}");
    assert_eq!(desk.read("out"), [&wanted[..], b"behind\n"].concat());
}

#[test]
fn messages_do_not_get_into_the_output() {
    let desk = Desk::new();
    for ask in ["-o - 2>&1 | cat > out", "-o /dev/stderr 2> out", "> out 2>&1"] {
        let run = desk.shell(&format!("{ASK} {ask}"));
        let out = text(&desk.read("out"));
        assert!(
            out.contains("where standard error goes as well") && !out.contains("070701"),
            "{ask}: {out} {run:?}"
        );
    }
}

#[test]
fn closed_standard_output_is_an_error() {
    let desk = Desk::new();
    let lines = [
        "mkinitrd-override srat.aml --against none",
        "mkinitrd-override srat.aml --against none -o /dev/stdout",
        "check srat.aml",
        "dump --sample hotplug",
        "template SRAT",
        "--version",
        "--help",
    ];
    for line in lines {
        let run = desk.shell(&format!("$A {line} >&-"));
        assert_eq!(run.status.code(), Some(3), "{line}: {run:?}");
        assert!(text(&run.stderr).contains("Bad file descriptor"), "{line}: {run:?}");
        // What was given as /dev/null, in whatever way, is fine.
        for null in ["> /dev/null", "1<> /dev/null"] {
            let run = desk.shell(&format!("$A {line} {null}"));
            assert_eq!(run.status.code(), Some(0), "{line} {null}: {run:?}");
        }
    }
    let run = desk.shell("$A check srat.aml 1< srat.aml");
    assert_eq!(run.status.code(), Some(3), "{run:?}");
}

#[test]
fn a_reader_that_stops_is_an_error_for_binary_data_only() {
    let desk = Desk::new();
    let status = |args: &[&str]| {
        let mut child = desk.command(args).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        drop(child.stdout.take());
        child.wait().unwrap().code()
    };
    // Enough to fill any pipe.
    let initrd = ["mkinitrd-override", "srat.aml", "--against", "none", "--initrd", "initrd"];
    assert_eq!(status(&initrd), Some(3));
    assert_eq!(status(&[&initrd[..], &["-o", "/dev/stdout"]].concat()), Some(3));
    let script = "$A SHOW | true; sleep 0.2";
    for (line, wanted) in [
        ("dump --sample hotplug --format raw", "3"),
        ("dump --sample hotplug --json", "0"),
        ("check srat.aml", "0"),
    ] {
        // The reader is gone before anything is written.
        let line = script.replace(
            "$A SHOW | true; sleep 0.2",
            &format!("(sleep 0.3; $A {line}; echo $? > status) | true; sleep 1; cat status"),
        );
        let run = desk.shell(&line);
        assert_eq!(text(&run.stdout).trim(), wanted, "{line}: {run:?}");
    }
}

#[test]
fn standard_output_that_is_the_input_is_refused() {
    let desk = Desk::new();
    let lines = [
        "mkinitrd-override srat.aml --against none --initrd initrd 1<> initrd",
        "mkinitrd-override srat.aml --against none --initrd initrd >> initrd",
        "mkinitrd-override srat.aml --against none --initrd initrd -o /dev/stdout >> initrd",
        "mkinitrd-override srat.aml --against none --initrd - < initrd >> initrd",
        "inspect initrd >> initrd",
        "inspect - < initrd >> initrd",
        "check initrd 1<> initrd",
    ];
    let before = desk.read("initrd");
    for line in lines {
        let run = desk.shell(&format!("$A {line}"));
        assert_eq!(run.status.code(), Some(3), "{line}: {run:?}");
        assert!(desk.read("initrd") == before, "{line}");
    }
}

#[test]
fn a_full_device_is_an_error() {
    let desk = Desk::new();
    for line in [
        "mkinitrd-override srat.aml --against none -o /dev/full",
        "mkinitrd-override srat.aml --against none > /dev/full",
        "check srat.aml > /dev/full",
        "capture --sample hotplug > /dev/full",
    ] {
        let run = desk.shell(&format!("$A {line}"));
        assert_eq!(run.status.code(), Some(3), "{line}: {run:?}");
        assert!(text(&run.stderr).contains("No space left on device"), "{run:?}");
    }
    assert!(fs::metadata("/dev/full").unwrap().file_type() != fs::metadata("/").unwrap().file_type());
}
