//! Every command asked for JSON about many machines: whatever it answers is as its schema says.

use crate::{answer, recorded, skip};

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Answers that were looked at, and what was wrong with them.
#[derive(Default)]
struct Score {
    answers: usize,
    wrong: Vec<String>,
}

impl Score {
    /// Asks for an answer. A command may fail with one: the exit status says what was found.
    fn ask(&mut self, args: &[&str]) {
        let output = Command::new(env!("CARGO_BIN_EXE_acpihp"))
            .args(args)
            .arg("-J")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        let answer = if output.stdout.is_empty() { &output.stderr } else { &output.stdout };
        let fault = match serde_json::from_slice(answer) {
            Ok(answer) => answer::fault(&answer),
            Err(error) => Some(format!("{error}: {told}")),
        };
        self.answers += 1;
        self.wrong.extend(fault.map(|fault| format!("acpihp {}: {fault}", args.join(" "))));
    }

    fn add(&mut self, other: Score) {
        self.answers += other.answers;
        self.wrong.extend(other.wrong);
    }

    fn settle(self, at_least: usize) {
        eprintln!("{} answers", self.answers);
        assert!(
            self.wrong.is_empty(),
            "{} of {} are wrong\n{}",
            self.wrong.len(),
            self.answers,
            self.wrong.join("\n")
        );
        assert!(self.answers >= at_least, "{} answers", self.answers);
    }
}

/// Does something for each of many things, on all processors.
fn for_each<T: Sync>(all: &[T], act: impl Fn(&mut Score, usize, &T) + Sync) -> Score {
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let work = |worker: usize| {
        let mut score = Score::default();
        let own = all.iter().enumerate().filter(|(number, _)| number % workers == worker);
        own.for_each(|(number, one)| act(&mut score, number, one));
        score
    };
    let work = &work;
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..workers).map(|worker| scope.spawn(move || work(worker))).collect();
        let mut score = Score::default();
        running.into_iter().for_each(|worker| score.add(worker.join().unwrap()));
        score
    })
}

/// Tables of real machines: the collection beside the repository, or else the machines of the recordings.
fn machines() -> Vec<PathBuf> {
    let Some(folder) = skip::shared("corpus/machines") else {
        return recorded::own().iter().map(recorded::Boot::sysroot).collect();
    };
    let mut machines: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    machines.sort();
    machines
}

#[test]
fn tables_of_real_machines_are_answered_as_the_schemas_say() {
    let machines = machines();
    let score = for_each(&machines, |score, number, machine| {
        let path = machine.to_str().unwrap();
        score.ask(&["dump", "--decode", "--from", path]);
        score.ask(&["check", path, "--fail-on", "never"]);
        if number % 8 == 0 {
            score.ask(&["dump", "--from", path]);
            let other = machines[(number + 8) % machines.len()].to_str().unwrap();
            score.ask(&["diff", path, other]);
            score.ask(&["edit", "FACP", "--from", path, "--oem-revision", "7"]);
        }
    });
    score.settle(2 * machines.len());
}

#[test]
fn recorded_boots_are_answered_as_the_schemas_say() {
    let mut boots = recorded::own();
    let mut kinds = BTreeSet::new();
    // One recording of each kind: with and without an archive, UEFI, hot-added memory, each kernel.
    boots.retain(|boot| {
        let uefi = boot.has("var/log/dmesg.gz");
        kinds.insert((
            boot.case["linux"].to_string(),
            boot.case["family"].to_string(),
            uefi,
            boot.has("next/initrd.img"),
        ))
    });
    let scratch = tempfile::tempdir().unwrap();
    let place = |name: &str, kind: &str| scratch.path().join(format!("{name}.{kind}"));
    let score = for_each(&boots, |score, _, boot| {
        let (root, line) = (boot.sysroot(), boot.line());
        let root = root.to_str().unwrap();
        let initrd = boot.initrd();
        let mut next = vec!["--sysroot", root, "--cmdline", &line];
        if let Some(initrd) = &initrd {
            next.extend(["--initrd", initrd.to_str().unwrap()]);
        }
        score.ask(&[&["plan", "--numa"], &next[..]].concat());
        score.ask(&[&["plan", "--numa", "--blocks", "--early"], &next[..]].concat());
        score.ask(&[&["plan", "--numa", "--hot-add", "0x4000000000-0x4080000000@pxm=1"], &next[..]].concat());
        score.ask(&[&["simulate"], &next[..]].concat());
        score.ask(&[&["simulate"], &next[..], &["--compare"]].concat());
        score.ask(&["doctor", "--sysroot", root]);
        let capture = place(&boot.name, "tar");
        score.ask(&["capture", "--sysroot", root, "-o", capture.to_str().unwrap()]);
        if let Some(initrd) = &initrd {
            let initrd = initrd.to_str().unwrap();
            score.ask(&["inspect", initrd, "--deep", "--entries"]);
            score.ask(&["check", initrd, "--against", root, "--fail-on", "never"]);
        }
        let table = place(&boot.name, "aml");
        if let Some(srat) = boot.read("sys/firmware/acpi/tables/SRAT") {
            std::fs::write(&table, srat).unwrap();
            score.ask(&["edit", "SRAT", "--sysroot", root, "--oem-revision", "9", "--plan"]);
            let (table, out) = (table.to_str().unwrap(), place(&boot.name, "img"));
            score.ask(&[
                "mkinitrd-override",
                table,
                "--against",
                root,
                "--force",
                "-o",
                out.to_str().unwrap(),
            ]);
        }
    });
    score.settle(8 * boots.len());
}

#[test]
fn what_needs_no_machine_is_answered_as_the_schemas_say() {
    let mut score = Score::default();
    score.ask(&["explain"]);
    for rule in acpihp::finding::registry::all() {
        score.ask(&["explain", rule.code]);
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cmd/check.in");
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let all = ["srat.aml", "overlap.aml", "slit.aml", "mixed.cpio", "hyperv.aml", "firmware.bin"].map(path);
    let (policy, waivers) = (path("acpi.policy"), path("acpi.waivers"));
    let mut args = vec!["check", "--policy", &policy, "--waivers", &waivers, "--fail-on", "never"];
    args.extend(all.iter().map(String::as_str));
    score.ask(&args);
    for (name, folder) in [("initrd", "corpus/initrd"), ("kernel", "corpus/kernel")] {
        let Some(folder) = skip::shared(folder) else { continue };
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let path = entry.to_str().unwrap();
            score.ask(&["check", path, "--fail-on", "never"]);
            if name == "initrd" {
                score.ask(&["inspect", path, "--deep", "--entries"]);
            }
        }
    }
    score.settle(200);
}
