//! What only the calls of the system show: what is synced and what is not, and what happens where a file cannot be made
//! without a name.

use super::{Desk, text};
use crate::skip;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus, Stdio};

/// A run under strace.
struct Traced {
    status: ExitStatus,
    error: String,
    /// The calls, one a line.
    calls: Vec<String>,
}

impl Traced {
    /// The number of the first call with these words.
    fn at(&self, words: &[&str]) -> Option<usize> {
        self.calls.iter().position(|call| words.iter().all(|word| call.contains(word)))
    }
}

const CALLS: &str =
    "openat,write,pread64,fsync,fdatasync,sync,syncfs,linkat,rename,renameat,renameat2,unlinkat,flock";
const ARCHIVE: [&str; 6] = ["mkinitrd-override", "srat.aml", "--against", "none", "-o", "out"];

/// strace, with signals that end a program: what a shell starts in the background ignores SIGINT, and so would the program.
fn strace() -> Command {
    let mut command = Command::new("env");
    command.args(["--default-signal=HUP,INT,TERM", "strace"]);
    command
}

/// Whether runs can be traced here.
fn can_trace() -> bool {
    let works = skip::program("strace")
        && strace().args(["-o", "/dev/null", "true"]).status().is_ok_and(|status| status.success());
    if !works {
        skip::skip("strace", "strace traces nothing here");
    }
    works
}

/// Runs with `inject` done to its calls.
fn traced(desk: &Desk, args: &[&str], inject: &[String]) -> Traced {
    let mut command = strace();
    command.args(["-f", "-qq", "-o", "trace", "-e", &format!("trace={CALLS}")]);
    command.args(inject.iter().flat_map(|how| ["-e", how.as_str()]));
    command.arg(super::program()).args(args).current_dir(desk.0.path()).stdin(Stdio::null());
    let output = command.output().unwrap();
    let trace = text(&desk.read("trace"));
    fs::remove_file(desk.at("trace")).unwrap();
    let calls = trace.lines().map(str::to_owned).collect();
    Traced { status: output.status, error: text(&output.stderr), calls }
}

/// How files without a name are made impossible: an error of the one call that makes them.
fn without_unnamed_files(desk: &Desk, args: &[&str]) -> String {
    let plain = traced(desk, args, &[]);
    assert!(plain.status.success(), "{}", plain.error);
    let opened = plain.calls.iter().filter(|call| call.contains("openat("));
    let number = opened.take_while(|call| !call.contains("O_TMPFILE")).count() + 1;
    format!("inject=openat:error=EOPNOTSUPP:when={number}")
}

#[test]
fn what_boots_is_synced_and_nothing_else() {
    if !can_trace() {
        return;
    }
    let desk = Desk::new();
    let edit = ["edit", "srat.aml", "--oem-revision", "7", "--override-to", "edited"];
    let in_place =
        ["mkinitrd-override", "srat.aml", "--against", "none", "--initrd", "initrd", "-o", "initrd"];
    let capture = ["capture", "--sample", "hotplug", "-o", "captured"];
    for args in [&ARCHIVE[..], &edit, &in_place, &capture, &ARCHIVE] {
        let run = traced(&desk, args, &[]);
        let synced: Vec<usize> =
            (0..run.calls.len()).filter(|at| run.calls[*at].contains(" fsync(")).collect();
        let named = run.at(&[" linkat("]).or(run.at(&[" renameat"])).unwrap();
        let named_last = run.calls.iter().rposition(|call| call.contains(" renameat")).unwrap_or(named);
        assert!(run.status.success(), "{args:?}: {}", run.error);
        assert_eq!(synced.len(), 2, "{args:?}: file and folder: {:#?}", run.calls);
        assert!(synced[0] < named && synced[1] > named_last, "{args:?}: {:#?}", run.calls);
        let folder = run.calls[..synced[1]].iter().rposition(|call| call.contains("openat(")).unwrap();
        assert!(run.calls[folder].contains("O_DIRECTORY"), "{args:?}: {}", run.calls[folder]);
    }
    let not = [
        &["dump", "--sample", "hotplug", "-o", "tables"][..],
        &["edit", "srat.aml", "--oem-revision", "7", "-o", "table"],
    ];
    for args in not {
        let run = traced(&desk, args, &[]);
        assert!(run.status.success(), "{args:?}: {}", run.error);
        assert_eq!(run.at(&["sync("]), None, "{args:?}");
    }
}

#[test]
fn a_file_with_a_name_serves_where_none_can_be_without() {
    if !can_trace() {
        return;
    }
    let desk = Desk::new();
    let inject = [without_unnamed_files(&desk, &ARCHIVE)];
    let wanted = desk.read("out");
    fs::remove_file(desk.at("out")).unwrap();
    let run = traced(&desk, &ARCHIVE, &inject);
    assert!(run.status.success(), "{}", run.error);
    let made = run.at(&["openat(", ".acpihp-", "O_CREAT", "O_EXCL", "O_NOFOLLOW"]);
    let moved = run.at(&["renameat", ".acpihp-", "\"out\""]);
    assert!(made.is_some() && made < moved, "{:#?}", run.calls);
    assert_eq!((desk.read("out"), desk.leftovers()), (wanted, Vec::new()));
}

#[test]
fn a_signal_removes_the_file_with_a_name_and_the_next_run_what_a_kill_left() {
    if !can_trace() {
        return;
    }
    let desk = Desk::new();
    // Of several writes, so that there is one after the signal.
    let args = ["mkinitrd-override", "srat.aml", "--against", "none", "--initrd", "initrd", "-o", "out"];
    let unnamed = without_unnamed_files(&desk, &args);
    let wanted = desk.read("out");
    fs::write(desk.at("out"), "old").unwrap();
    // The first write is that of the archive.
    for (name, number) in [("SIGTERM", 15), ("SIGINT", 2), ("SIGHUP", 1), ("SIGKILL", 9)] {
        let inject = [unnamed.clone(), format!("inject=write:signal={name}:when=1")];
        let run = traced(&desk, &args, &inject);
        // strace ends as the program did.
        assert_eq!(run.status.signal(), Some(number), "{name}: {} {:#?}", run.error, run.calls);
        assert!(run.at(&["openat(", ".acpihp-", "O_EXCL"]).is_some(), "{name}: {:#?}", run.calls);
        assert!(desk.read("out") == b"old", "{name}");
        assert_eq!(desk.leftovers().len(), usize::from(name == "SIGKILL"), "{name}");
    }
    let next = desk.run(&args);
    assert!(next.status.success(), "{next:?}");
    assert!(desk.read("out") == wanted && desk.leftovers().is_empty());
}

#[test]
fn an_archive_that_reads_back_otherwise_does_not_get_the_name() {
    if !can_trace() {
        return;
    }
    let desk = Desk::new();
    let plain = traced(&desk, &ARCHIVE, &[]);
    assert!(plain.status.success(), "{}", plain.error);
    let written = plain.calls.iter().position(|call| call.contains(" write(")).unwrap();
    let before = plain.calls[..written].iter().filter(|call| call.contains(" pread64(")).count();
    assert!(plain.calls[written..].iter().any(|call| call.contains(" pread64(")), "{:#?}", plain.calls);
    for existing in [true, false] {
        match existing {
            true => fs::write(desk.at("out"), "old").unwrap(),
            false => fs::remove_file(desk.at("out")).unwrap(),
        }
        // What the disk gives back begins with other bytes.
        let inject = format!("inject=pread64:poke_exit=@arg2=58585858:when={}+", before + 1);
        let run = traced(&desk, &ARCHIVE, &[inject]);
        assert_eq!(run.status.code(), Some(3), "{} {:#?}", run.error, run.calls);
        assert!(run.error.contains("cannot write out: reading it back: "), "{}", run.error);
        assert_eq!(fs::read(desk.at("out")).ok(), existing.then(|| b"old".to_vec()));
        assert_eq!(desk.leftovers(), [""; 0]);
    }
}
