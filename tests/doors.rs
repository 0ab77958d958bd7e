//! One answer: the same files say the same through whatever door they come, and what could not be read is never passed over.
#![allow(clippy::indexing_slicing)]

use crate::kernels::build::uki;
use crate::{program, tablemaker};
use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The machine of a sample, as a copied root.
fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(name).join("machine")
}

/// A file that Linux would see as a table of the sample's machine.
fn table(name: &str) -> Vec<u8> {
    std::fs::read(sample("hotplug").join("sys/firmware/acpi/tables").join(name)).unwrap()
}

/// What a run gave: status, standard output, standard error.
struct Run {
    status: i32,
    out: Vec<u8>,
    error: String,
}

impl Run {
    fn text(&self) -> String {
        String::from_utf8(self.out.clone()).unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }
}

fn run_in(folder: &Path, args: &[&OsStr], stdin: &[u8]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_acpihp"));
    let output = program::fed(command.args(args).current_dir(folder), stdin);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    Run { status: output.status.code().unwrap(), out: output.stdout, error }
}

/// Runs a command line whose words have no blanks in them; `{}` stands for the sample machine whose memory is not marked.
fn run(folder: &Path, line: &str, stdin: &[u8]) -> Run {
    let machine = sample("unmarked");
    let words: Vec<&OsStr> = line
        .split_whitespace()
        .map(|word| if word == "{}" { machine.as_os_str() } else { OsStr::new(word) })
        .collect();
    run_in(folder, &words, stdin)
}

/// An archive that marks a node of the sample machine, and a policy about it, in a folder of their own.
fn override_archive() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let made = run(folder.path(), "edit SRAT --sample unmarked --hotplug node=1 -o ov.aml", b"");
    assert_eq!(made.status, 0, "{}", made.error);
    let made = run(folder.path(), "mkinitrd-override ov.aml --against none -o a.img", b"");
    assert_eq!(made.status, 0, "{}", made.error);
    std::fs::write(folder.path().join("p.policy"), "override SRAT wins\nnode 1 fully movable\n").unwrap();
    folder
}

/// The findings of a JSON report without the names of files: code, severity, message, and how many bytes they are about.
/// Rules that judge the firmware's tables otherwise have no severity here: a folder is a machine's, a file is an override.
fn findings(report: &Value, names: &[&str]) -> BTreeSet<(String, String, String, u64)> {
    let plain = |text: &str| names.iter().fold(text.to_owned(), |text, name| text.replace(name, ""));
    let all = report["findings"].as_array().unwrap();
    let part = |finding: &Value, key: &str| finding[key].as_str().unwrap_or_default().to_owned();
    let length = |finding: &Value| {
        let at = |key: &str| finding["span"][key].as_u64().or_else(|| finding[key].as_u64()).unwrap_or(0);
        at("end").saturating_sub(at("start"))
    };
    // What only an archive or an image can have wrong is about that.
    let of_tables = all.iter().filter(|finding| {
        !["archive-", "image-"].iter().any(|start| part(finding, "code").starts_with(start))
    });
    let severity = |finding: &Value| {
        let rule = acpihp::finding::registry::find(&part(finding, "code")).unwrap();
        if rule.firmware.is_none() { part(finding, "severity") } else { String::new() }
    };
    of_tables
        .map(|finding| {
            (part(finding, "code"), severity(finding), plain(&part(finding, "message")), length(finding))
        })
        .collect()
}

fn json(folder: &Path, line: &str, stdin: &[u8]) -> Value {
    let run = run(folder, line, stdin);
    assert!(run.status < 2, "{line}: {}", run.error);
    run.json()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]
    #[test]
    fn the_same_tables_say_the_same_through_every_door(
        changes in prop::collection::vec((0usize..3, any::<prop::sample::Index>(), any::<u8>()), 0..6),
    ) {
        let mut tables: Vec<(&str, Vec<u8>)> = ["SRAT", "APIC", "MCFG"].map(|name| (name, table(name))).into();
        for (which, at, byte) in changes {
            let bytes = &mut tables[which].1;
            let body = 44..bytes.len();
            let at = body.start + at.index(body.len());
            bytes[at] = byte;
        }
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir(root.join("folder")).unwrap();
        for (name, bytes) in &mut tables {
            *bytes = tablemaker::fix(std::mem::take(bytes));
            std::fs::write(root.join("folder").join(format!("{name}.aml")), bytes).unwrap();
        }
        let names: Vec<(String, &[u8])> =
            tables.iter().map(|(name, bytes)| (format!("kernel/firmware/acpi/{name}.aml"), bytes.as_slice())).collect();
        let files: Vec<(&str, &[u8])> = names.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
        let archive = tablemaker::archive(&files);
        std::fs::write(root.join("a.img"), &archive).unwrap();
        let gone = ["folder/", "moved elsewhere/dynamic/", "kernel/firmware/acpi/"];
        let of = |line: &str, stdin: &[u8]| findings(&json(root, line, stdin), &gone);
        let arguments = of("check -J --kernel 6.12 folder/APIC.aml folder/MCFG.aml folder/SRAT.aml", b"");
        prop_assert_eq!(&arguments, &of("check -J --kernel 6.12 folder", b""), "folder");
        prop_assert_eq!(&arguments, &of("check -J --kernel 6.12 a.img", b""), "archive");
        prop_assert_eq!(&arguments, &of("check -J --kernel 6.12 -", &archive), "archive on standard input");
        let image = uki("257", &[(".linux", b"k"), (".initrd", &archive)]);
        std::fs::write(root.join("a.efi"), &image).unwrap();
        prop_assert_eq!(&arguments, &of("check -J --kernel 6.12 a.efi", b""), "image");
        prop_assert_eq!(&arguments, &of("check -J --kernel 6.12 -", &image), "image on standard input");
        // Where files are is nothing that is wrong with them.
        std::fs::create_dir_all(root.join("moved elsewhere")).unwrap();
        std::fs::rename(root.join("folder"), root.join("moved elsewhere/dynamic")).unwrap();
        let words = ["check", "-J", "--kernel", "6.12", "moved elsewhere/dynamic"].map(OsStr::new);
        prop_assert_eq!(&arguments, &findings(&run_in(root, &words, b"").json(), &gone), "moved");
    }
}

#[test]
fn arguments_are_one_machine_as_a_folder_is() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    std::fs::create_dir(root.join("folder")).unwrap();
    // Two processors fewer in the SRAT than in the MADT, each a finding of its own.
    let mut srat = table("SRAT");
    let (mut at, mut disabled) = (48, 0);
    while at < srat.len() && disabled < 2 {
        if srat[at] == 0 {
            srat[at + 4] = 0;
            disabled += 1;
        }
        at += usize::from(srat[at + 1]);
    }
    assert_eq!(disabled, 2);
    let srat = tablemaker::fix(srat);
    for (name, bytes) in [("SRAT", &srat), ("APIC", &table("APIC"))] {
        std::fs::write(root.join("folder").join(name), bytes).unwrap();
        std::fs::write(root.join(name), bytes).unwrap();
    }
    let several = json(root, "check -J ./SRAT ./APIC", b"");
    let one = json(root, "check -J folder", b"");
    let of = |report: &Value| findings(report, &["folder/", "./"]);
    assert_eq!(of(&several), of(&one));
    let missing = |report: &Value| {
        let all = report["findings"].as_array().unwrap();
        all.iter().filter(|finding| finding["code"] == "madt-cpu-not-in-srat").count()
    };
    assert_eq!(missing(&several), missing(&one));
    assert!(missing(&one) > 0, "{one:#}");
}

#[test]
fn standard_input_and_pipes_serve_as_files_do() {
    let folder = override_archive();
    let root = folder.path();
    let archive = std::fs::read(root.join("a.img")).unwrap();
    let rest = "--policy p.policy --against {} --cmdline movable_node";
    let named = run(root, &format!("check a.img {rest}"), b"");
    assert!(named.text().contains("overrides the firmware's SRAT"), "{}", named.text());
    let piped = run(root, &format!("check - {rest}"), &archive);
    assert_eq!((piped.status, piped.error.as_str()), (named.status, ""));
    assert_eq!(piped.text().replace("-:", "a.img:"), named.text());
    // A named pipe can be read once: whoever opens it again waits for nobody.
    let pipe = root.join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let writer = std::thread::spawn({
        let (pipe, archive) = (pipe.clone(), archive.clone());
        move || std::fs::write(pipe, archive)
    });
    let once = run(root, &format!("check pipe {rest}"), b"");
    writer.join().unwrap().unwrap();
    assert_eq!((once.status, once.error.as_str()), (named.status, ""));
    assert_eq!(once.text().replace("pipe:", "a.img:"), named.text());
}

#[test]
fn a_word_in_the_form_of_a_signature_is_the_machines_table() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let own = tablemaker::table(b"SRAT", (b"OTHER ", b"FILE    "), 1, &[0; 12]);
    std::fs::write(root.join("SRAT"), &own).unwrap();
    let length = |name: &str| std::fs::metadata(root.join(name)).unwrap().len();
    let machine = table("SRAT").len() as u64;
    let edited = run(root, "edit SRAT --sample hotplug --oem-revision 9 -o a.aml", b"");
    assert_eq!((edited.status, length("a.aml")), (0, machine), "{}", edited.error);
    let edited = run(root, "edit ./SRAT --sample hotplug --oem-revision 9 -o b.aml", b"");
    assert_eq!((edited.status, length("b.aml")), (0, own.len() as u64), "{}", edited.error);
    let listed = |line: &str| run(root, line, b"").json()["tables"][0]["bytes"].as_u64().unwrap();
    assert_eq!(listed("dump -J SRAT --sample hotplug"), machine);
    assert_eq!(listed("dump -J ./SRAT --sample hotplug"), own.len() as u64);
    for (line, status) in [
        ("edit SLIT --sample hotplug --oem-revision 9", 4),
        ("edit none.aml --sample hotplug --oem-revision 9", 3),
        ("edit ./SLIT --sample hotplug --oem-revision 9", 3),
        ("dump SLIT --sample hotplug", 4),
        ("dump none.aml --sample hotplug", 3),
        ("dump ./SLIT --sample hotplug", 3),
    ] {
        let run = run(root, line, b"");
        assert_eq!((run.status, run.out.len()), (status, 0), "{line}: {}", run.error);
    }
}

#[test]
fn every_format_has_what_could_not_be_read() {
    let folder = override_archive();
    let root = folder.path();
    let rest = "a.img none.img --against {} --policy p.policy --cmdline movable_node --fail-on never";
    let of = |format: &str| {
        let run = run(root, &format!("check --format {format} {rest}"), b"");
        assert_eq!(run.status, 3, "{format}: {}", run.error);
        run
    };
    let report = of("json").json();
    assert!(report["errors"].as_u64().unwrap() > 0);
    assert_eq!(report["undecided"], 2, "no assertion holds about an archive that is not there");
    assert_eq!(report["inputs"][1]["kind"], "unreadable");
    assert!(report["inputs"][1]["error"].as_str().unwrap().contains("No such file"));
    let sarif = of("sarif").json();
    let driven = &sarif["runs"][0];
    assert_eq!(driven["invocations"][0]["executionSuccessful"], false);
    assert!(driven["results"].as_array().unwrap().iter().any(|one| one["ruleId"] == "input-unreadable"));
    assert_eq!(driven["artifacts"][0]["location"]["uri"], "a.img");
    let junit = of("junit").text();
    assert!(junit.contains("errors=\"1\">") && junit.ends_with("</testsuites>\n"), "{junit}");
    let github = of("github").text();
    assert!(github.contains("::error file=none.img,title=input-unreadable::none.img: "), "{github}");
    assert!(of("text").text().contains("none.img: not read"));
    // What may be lived with has been looked at.
    let allowed = run(root, "check -J none.img --allow input-unreadable", b"");
    assert_eq!((allowed.status, &allowed.json()["errors"]), (3, &Value::from(1)));
    // The machine, the policy and the kernel are inputs too.
    for line in
        ["a.img --against none", "a.img --policy none", "a.img --waivers none", "a.img --kernel ./none"]
    {
        let run = run(root, &format!("check -J {line}"), b"");
        assert_eq!((run.status, run.json()["errors"] != 0), (3, true), "{line}: {}", run.error);
    }
}

#[test]
fn a_policy_is_decided_for_a_machine_without_an_archive() {
    let folder = override_archive();
    let root = folder.path();
    std::fs::write(root.join("n.policy"), "node 1 not movable\nmovable at least 1G\n").unwrap();
    let run = run(root, "check -J {} --policy n.policy --cmdline movable_node", b"");
    let report = run.json();
    let codes: Vec<&str> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|finding| finding["code"].as_str().filter(|code| code.starts_with("policy-")))
        .collect();
    assert_eq!((run.status, codes.as_slice()), (1, ["policy-unmet"].as_slice()), "{report:#}");
    // The tables of a machine are no archive for another one.
    let machine = self::run(root, "check -J {} --against {}", b"").json();
    let all = machine["findings"].as_array().unwrap();
    assert!(
        !all.iter().any(|finding| finding["code"].as_str().unwrap().starts_with("archive-")),
        "{machine:#}"
    );
    // Nothing tells the memory map of a folder of tables.
    std::fs::create_dir(root.join("tables")).unwrap();
    std::fs::write(root.join("tables/SRAT"), table("SRAT")).unwrap();
    let unknown = self::run(root, "check -J tables --policy n.policy", b"");
    assert_eq!((unknown.status, &unknown.json()["undecided"]), (1, &Value::from(2)));
}

#[test]
fn a_name_is_bytes_for_whoever_looks_the_file_up() {
    let folder = tempfile::tempdir().unwrap();
    let mut bad = table("SRAT");
    bad[9] ^= 1;
    for (name, uri) in [(&b"a\\b.aml"[..], "a%5Cb.aml"), (b"a\xffb.aml", "a%FFb.aml"), (b"a b", "a%20b")] {
        let name = OsStr::from_bytes(name);
        std::fs::write(folder.path().join(name), &bad).unwrap();
        let of = |format: &str| {
            run_in(folder.path(), &["check".as_ref(), "--format".as_ref(), format.as_ref(), name], b"")
        };
        let place = &of("sarif").json()["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], uri);
    }
    let words = ["check", "--format", "github", "a\\b.aml"].map(OsStr::new);
    let github = run_in(folder.path(), &words, b"").text();
    assert!(github.starts_with("::error file=a\\b.aml,title=table-checksum::"), "{github}");
}

#[test]
fn the_gravest_finding_of_a_code_is_the_failure() {
    let folder = tempfile::tempdir().unwrap();
    // Ranges of plain and of hot-pluggable memory that overlap: a warning first, an error after it.
    let memory = |base: u64, domain: u32, flags: u32| -> Vec<u8> {
        let mut entry = vec![1, 40];
        entry.extend(domain.to_le_bytes());
        entry.extend([0; 2]);
        entry.extend(base.to_le_bytes());
        entry.extend((2u64 << 30).to_le_bytes());
        entry.extend([0; 4]);
        entry.extend(flags.to_le_bytes());
        entry.extend([0; 8]);
        entry
    };
    let entries =
        [memory(0, 0, 1), memory(1 << 32, 1, 3), memory(0x1_4000_0000, 2, 3), memory(0x4000_0000, 3, 1)];
    let body = [&[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0][..], &entries.concat()].concat();
    let srat = tablemaker::with_revision(tablemaker::table(b"SRAT", (b"ACPIHP", b"TESTING "), 1, &body), 3);
    std::fs::write(folder.path().join("x.aml"), tablemaker::fix(srat)).unwrap();
    let junit = run(folder.path(), "check --format junit x.aml", b"").text();
    let report = json(folder.path(), "check -J x.aml", b"");
    let overlaps: Vec<&Value> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["code"] == "srat-domain-overlap")
        .collect();
    let severities: BTreeSet<&str> = overlaps.iter().filter_map(|one| one["severity"].as_str()).collect();
    assert_eq!(severities, BTreeSet::from(["error", "warning"]), "{report:#}");
    let consequences: BTreeSet<&str> =
        overlaps.iter().filter_map(|one| one["consequence"].as_str()).collect();
    assert_eq!(consequences.len(), 2, "what Linux does with a warning is not what it does with an error");
    let case = junit.split("name=\"srat-domain-overlap\"").nth(1).unwrap();
    assert!(case.trim_start_matches(">\n").trim_start().starts_with("<failure type=\"error\""), "{junit}");
}
