//! Predictions compared with recorded boots of real kernels: those in tests/boots and samples, and all of ../shared/boots
//! where they are there.

#![allow(clippy::indexing_slicing)]

use crate::recorded::{self, Boot};
use crate::recorder::compare;
use crate::{answer, skip};

use acpihp::boot::kernel::release::{RECORDED, Release, Version};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What holds for a recording.
enum Verdict {
    /// Every part that can be compared is exact; how many there are.
    Exact(usize),
    /// The kernel died, and the plan says that it will.
    DeathForetold,
    /// The kernel died of something that the inputs do not show: an initrd cut short for the recording.
    NotComparable,
    /// These parts differ.
    Wrong(Vec<String>),
}

/// With KASLR nobody knows the place beforehand: where the kernel then was must be one of the places foretold.
fn kernel_place_is_foretold(boot: &Boot, case: &Value, truth: &Value) -> bool {
    let line = boot.line();
    let Some((start, _)) = case["kernel_at"].as_str().and_then(|range| range.split_once('-')) else {
        return true;
    };
    // EFI looks at its own memory map, which is not recorded.
    if line.contains("nokaslr") || case["family"] == "D" {
        return true;
    }
    let start = u64::from_str_radix(start.trim_start_matches("0x"), 16).unwrap();
    let mut unplaced = case.clone();
    unplaced["kernel_at"] = Value::Null;
    let plan = acpihp(boot, &unplaced, truth, &["plan", "--numa"]);
    if plan["kaslr"]["random"] == false {
        // It stays where the image wants to lie; the EFI stub looks for a place of its own.
        let mut blockers = plan["blockers"].as_array().unwrap().iter();
        let image = blockers.find(|blocker| blocker["name"] == "kernel image");
        let usual = image.map_or(16 << 20, |image| image["start"].as_u64().unwrap());
        return plan["kaslr"]["fixed_by"].is_string() && (start == usual || is_uefi(boot));
    }
    let holds =
        |range: &&Value| (range["start"].as_u64().unwrap()..range["end"].as_u64().unwrap()).contains(&start);
    let nodes = plan["kaslr"]["nodes"].as_array().unwrap();
    let Some(range) = plan["ranges"].as_array().unwrap().iter().find(holds) else {
        // Where memmap= left no RAM: then some of the places are on no node.
        let on_nodes: f64 = nodes.iter().map(|node| node["probability"].as_f64().unwrap()).sum();
        return on_nodes < 0.999;
    };
    nodes.iter().any(|node| node["node"] == range["node"] && node["probability"].as_f64().unwrap() > 0.0)
}

fn acpihp(boot: &Boot, case: &Value, truth: &Value, command: &[&str]) -> Value {
    let line = case["cmdline"].as_str().map_or_else(|| boot.line(), str::to_owned);
    let known =
        |value: &Value| value["linux"].as_str().filter(|release| !release.is_empty()).map(str::to_owned);
    // A boot with one thing otherwise has its own release.
    let other = case["otherwise"].as_bool() == Some(true);
    let release = if other { known(case) } else { None }.or_else(|| known(truth)).or_else(|| known(case));
    let mut run = Command::new(env!("CARGO_BIN_EXE_acpihp"));
    let machine = case["machine"].as_str().map_or_else(|| boot.sysroot(), PathBuf::from);
    run.args(command).arg("--sysroot").arg(machine);
    run.args(["--cmdline", &line, "--format", "json"]);
    if let Some(release) = release {
        run.args(["--kernel", &release]);
    }
    if let Some(rules) = case["rules_of"].as_str() {
        run.args(["--rules-of", rules]);
    }
    if let Some(initrd) = boot.on_disk(case["initrd"].as_str().unwrap_or("next/initrd.img")) {
        run.arg("--initrd").arg(initrd);
    }
    for (key, option) in [("kernel_at", "--kernel-at"), ("initrd_at", "--initrd-at")] {
        if let Some(range) = case[key].as_str() {
            run.args([option, range]);
        }
    }
    for range in case["reserve"].as_array().into_iter().flatten() {
        run.args(["--reserve", range.as_str().unwrap()]);
    }
    let output = run.output().unwrap();
    let name = &boot.name;
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    answer::of(&output)
}

fn hold(boot: &Boot) -> Verdict {
    hold_case(boot, &boot.case)
}

/// The findings of a plan that say that Linux dies.
fn deaths(plan: &Value) -> Vec<&str> {
    let findings = plan["findings"].as_array().unwrap().iter();
    let errors = findings.filter(|finding| finding["severity"] == "error");
    errors.filter_map(|finding| finding["code"].as_str()).filter(|code| code.starts_with("boot-")).collect()
}

fn hold_case(boot: &Boot, case: &Value) -> Verdict {
    let mut truth = boot.truth.clone();
    let plan = acpihp(boot, case, &truth, &["plan", "--numa"]);
    let deaths = deaths(&plan);
    if truth["userspace"] != true || truth["zones"].is_null() {
        let foretold = !deaths.is_empty();
        // Where the recording's own initrd was broken on purpose, its main archive is what killed the boot.
        return match case["family"].as_str() {
            _ if foretold => Verdict::DeathForetold,
            Some("C") => Verdict::NotComparable,
            _ => Verdict::Wrong(vec!["death: the kernel died, and the plan does not say so".into()]),
        };
    }
    if let Some(step) = truth["steps"].as_array().into_iter().flatten().find(|step| !step["zones"].is_null())
    {
        truth["zones"] = step["zones"].clone();
    }
    let simulation = acpihp(boot, case, &truth, &["simulate"]);
    let (mut wanted, mut got) = (compare::truth(&truth), compare::answer(&plan, &simulation));
    // DIMMs present at boot are added after the zones were made; steps follow the blocks in tests/hotadd.rs.
    for (part, hides) in [("zones", plugged(case)), ("blocks", plugged(case) || truth["steps"].is_array())] {
        if hides {
            wanted.remove(part);
            got.remove(part);
        }
    }
    let mut differences = compare::differences(&wanted, &got);
    if !kernel_place_is_foretold(boot, case, &truth) {
        differences.push("the kernel lay where KASLR was not expected to put it".into());
    }
    // What stands behind the first bytes of an initrd is not recorded.
    let alarms = deaths.into_iter().filter(|code| *code != "boot-initrd-lost");
    differences.extend(alarms.map(|code| format!("death: it came up in spite of {code}")));
    if differences.is_empty() { Verdict::Exact(wanted.len()) } else { Verdict::Wrong(differences) }
}

fn is_uefi(boot: &Boot) -> bool {
    boot.log().is_some_and(|log| log.contains("efi: EFI v"))
}

fn plugged(case: &Value) -> bool {
    case["dimms"].as_u64().unwrap_or(0) > 0
}

fn hold_all(boots: &[Boot], at_least: usize) {
    assert!(boots.len() >= at_least, "{} recordings", boots.len());
    let (mut parts, mut exact, mut foretold, mut wrong) = (0, 0, 0, Vec::new());
    for boot in boots {
        match hold(boot) {
            Verdict::Exact(count) => (exact, parts) = (exact + 1, parts + count),
            Verdict::DeathForetold => foretold += 1,
            Verdict::NotComparable => {}
            Verdict::Wrong(differences) => {
                wrong.extend(differences.iter().map(|difference| format!("{}: {difference}", boot.name)));
            }
        }
    }
    eprintln!("{exact} boots exact in {parts} parts, {foretold} deaths foretold");
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn recorded_boots_are_predicted_exactly() {
    hold_all(&recorded::own(), 30);
}

#[test]
fn samples_are_predicted_exactly() {
    hold_all(&recorded::below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("samples")), 2);
}

#[test]
fn all_recorded_boots_are_predicted_exactly() {
    if let Some(boots) = recorded::shared() {
        hold_all(&boots, 1);
    }
}

/// Recordings that stand elsewhere: the folder is in `ACPIHP_BOOTS`.
#[test]
fn further_recorded_boots_are_predicted_exactly() {
    let Some(folder) = skip::variable("ACPIHP_BOOTS") else { return };
    let boots = recorded::below(Path::new(&folder));
    // Of what is wrong, the releases whose rules are right say which rows of `changes!` are in doubt.
    for boot in &boots {
        if !matches!(hold(boot), Verdict::Wrong(_)) {
            continue;
        }
        let right: Vec<String> = RECORDED
            .iter()
            .map(ToString::to_string)
            .filter(|release| {
                let mut case = boot.case.clone();
                case["rules_of"] = release.as_str().into();
                !matches!(hold_case(boot, &case), Verdict::Wrong(_))
            })
            .collect();
        let right = if right.is_empty() { "none that is known".to_owned() } else { right.join(", ") };
        eprintln!("{}: right by the rules of {right}", boot.name);
    }
    hold_all(&boots, 1);
}

/// The configuration of a kernel that has it in itself.
const CONFIG: &str = "proc/config.gz";

/// The parts that are wrong when one thing is otherwise: an option, the release, a file, a switch of the configuration.
fn broken(boot: &Boot, case: &Value, unless: &Value) -> Vec<String> {
    let mut other = case.clone();
    other["otherwise"] = true.into();
    // A kernel that has its configuration keeps it.
    let release = if boot.has(CONFIG) { "rules_of" } else { "linux" };
    for (key, of_case) in [("cmdline", "cmdline"), ("linux", release), ("initrd", "initrd")] {
        if unless[key].is_string() {
            other[of_case] = unless[key].clone();
        }
    }
    other["reserve"]
        .as_array_mut()
        .unwrap()
        .extend(unless["reserve"].as_array().cloned().unwrap_or_default());
    let copy = tempfile::tempdir().unwrap();
    match unless["without"].as_str() {
        Some("next/initrd.img") => other["initrd"] = "nothing".into(),
        Some(path) => {
            let mut machine = boot.machine();
            assert!(machine.remove(path).is_some(), "{}: {path} is not there", boot.name);
            machine.write_below(copy.path()).unwrap();
            other["machine"] = copy.path().to_str().unwrap().into();
        }
        None => {}
    }
    if let Some(switches) = unless["switches"].as_str() {
        let mut machine = boot.machine();
        let config = boot.packed_text(CONFIG).unwrap_or_else(|| panic!("{}: no {CONFIG}", boot.name));
        // Of an option that comes twice the last one counts.
        machine.put(CONFIG, format!("{config}{switches}\n"));
        machine.write_below(copy.path()).unwrap();
        other["machine"] = copy.path().to_str().unwrap().into();
    }
    match hold_case(boot, &other) {
        Verdict::Wrong(differences) => differences
            .iter()
            .filter_map(|difference| Some(difference.split_once(':')?.0.to_owned()))
            .collect(),
        _ => Vec::new(),
    }
}

/// Who packs the same files again gets the same archive, so that a change of a recording is a change of what it says.
#[test]
fn recordings_are_packed_the_same_way() {
    for boot in recorded::own() {
        let (there, again) = boot.archives().expect("recordings of the repository are archives");
        assert!(there == again, "{}: the archive is not packed as tests/recorder does it", boot.name);
    }
}

/// A recording that says which rule it decides also says what is wrong without it. `SNAPSHOTS=overwrite` writes down what
/// that is now, and the table of all of them.
#[test]
fn boots_decide_the_rules_that_they_are_there_for() {
    let overwrite = std::env::var("SNAPSHOTS").is_ok_and(|value| value == "overwrite");
    let mut wrong = Vec::new();
    let mut table = String::from(TABLE_HEAD);
    for boot in recorded::own() {
        let (name, mut case) = (&boot.name, boot.case.clone());
        let Some(all) = case["unless"].as_array().cloned() else { continue };
        let mut breaks = Vec::new();
        for (number, unless) in all.iter().enumerate() {
            let parts = broken(&boot, &case, unless);
            if parts.is_empty() {
                wrong.push(format!("{name}: nothing is wrong with {unless}"));
            } else if !overwrite && unless["breaks"] != json!(parts) {
                wrong.push(format!("{name}: {parts:?} are wrong with {unless}"));
            }
            breaks.push(format!("{}: {}", otherwise(&case, &boot, unless), parts.join(", ")));
            case["unless"][number]["breaks"] = parts.into();
        }
        if overwrite {
            boot.renew_case(&case);
        }
        let scenario = case["scenario"].as_str().unwrap_or_default();
        table.push_str(&format!("| {name} | {scenario} | {} |\n", breaks.join("<br>")));
    }
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/boots/README.md");
    if overwrite {
        std::fs::write(&page, &table).unwrap();
    } else if std::fs::read_to_string(&page).unwrap_or_default() != table {
        wrong.push("tests/boots/README.md is not what the recordings say".into());
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// What is otherwise, in a few words.
fn otherwise(case: &Value, boot: &Boot, unless: &Value) -> String {
    let mut words = Vec::new();
    if let Some(line) = unless["cmdline"].as_str() {
        let own = boot.line();
        let missing =
            own.split_whitespace().filter(|word| !line.split_whitespace().any(|other| other == *word));
        let added =
            line.split_whitespace().filter(|word| !own.split_whitespace().any(|other| other == *word));
        let missing: Vec<_> = missing.map(|word| format!("without `{word}`")).collect();
        let added: Vec<_> = added.map(|word| format!("with `{word}`")).collect();
        words.extend(missing.into_iter().chain(added));
        if words.is_empty() {
            words.push("options in another order".into());
        }
    }
    if let Some(release) = unless["linux"].as_str() {
        words.push(format!("as Linux {release} does it"));
    }
    if let Some(path) = unless["without"].as_str() {
        words.push(format!("without {}", path.rsplit('/').next().unwrap_or(path)));
    }
    if let Some(switches) = unless["switches"].as_str() {
        words.extend(switches.lines().map(|switch| format!("with `{switch}`")));
    }
    if unless["reserve"].is_array() {
        words.push("with it reserved before the SRAT is known".into());
    }
    if unless["initrd"].is_string() {
        words.push("with the archive as it would read without the rule".into());
    }
    assert!(!words.is_empty(), "{}: {unless}", case["name"]);
    words.join(", ")
}

/// The page of the model counts recordings by release and flavour. `SNAPSHOTS=overwrite` renews its table.
#[test]
fn the_page_of_the_model_counts_the_recordings() {
    #[derive(Default)]
    struct Row {
        flavours: [usize; 3],
        built: usize,
        builds: BTreeSet<(Vec<u32>, String)>,
    }
    let mut rows: BTreeMap<Version, Row> = BTreeMap::new();
    for boot in recorded::own() {
        let known = [&boot.truth["linux"], &boot.case["linux"]].into_iter().filter_map(Value::as_str);
        let mut known = known.filter(|name| !name.is_empty());
        // One died before it said which it was.
        let Some(name) = known.next() else { continue };
        let release = Release::parse(name).unwrap();
        let row = rows.entry(release.version).or_default();
        let flavours = ["-cloud-amd64", "-rt-amd64", "-amd64"];
        let flavour = flavours.into_iter().find(|flavour| name.ends_with(flavour));
        match flavour {
            Some("-cloud-amd64") => row.flavours[0] += 1,
            Some("-amd64") => row.flavours[1] += 1,
            Some(_) => row.flavours[2] += 1,
            None => row.built += 1,
        }
        let build = name.trim_end_matches(flavour.unwrap_or_default());
        let build = build.split('+').next().unwrap().to_owned();
        let numbers = build.split(['.', '-']).filter_map(|number| number.parse().ok()).collect();
        row.builds.insert((numbers, build));
    }
    let mut table = format!("{MATRIX_HEAD}\n|---|---|---|---|---|---|\n");
    for (release, Row { flavours: [cloud, all, real_time], built, builds }) in &rows {
        let builds: Vec<&str> = builds.iter().map(|(_, build)| build.as_str()).collect();
        let builds = builds.join(", ");
        table.push_str(&format!("| {release} | {cloud} | {all} | {real_time} | {built} | {builds} |\n"));
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/model.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, old) = page.split_once(MATRIX_HEAD).expect("the page has the table");
    let old_len = old.split_inclusive('\n').skip(1).take_while(|line| line.starts_with('|')).map(str::len);
    let first = old.find('\n').unwrap() + 1;
    let new = format!("{before}{table}{}", &old[first + old_len.sum::<usize>()..]);
    if std::env::var("SNAPSHOTS").is_ok_and(|value| value == "overwrite") {
        std::fs::write(&path, new).unwrap();
    } else {
        assert!(page == new, "docs/model.md does not count the recordings; it should have\n{table}");
    }
}

const MATRIX_HEAD: &str = "| release | cloud-amd64 | amd64 | rt-amd64 | chosen switches | builds |";

const TABLE_HEAD: &str = "\
# Recorded boots

What real kernels did, and what is needed to predict it. Each is a tar archive that `--sysroot` takes; what the kernel did is in it, in
`truth/`. CONTRIBUTING.md says how to record another one, tests/recorder/files.rs what the files are.
`cargo test --test integration boots::` predicts each of them; all parts must be exact.

Those whose names begin with A to E are a choice of a larger collection: topologies and command lines, override SRATs, archives, UEFI, and
memory that is added at run time. Those whose names begin with X are here because each decides a rule that none of the others decides:
the last column says what becomes wrong when one thing is otherwise. `SNAPSHOTS=overwrite cargo test --test integration boots::` renews that column.
Those whose names begin with K are the same three boots of every build that was to be had (`record-boot --builds`): what a release, a flavour
or an update changes would show there. docs/model.md counts them.
Those with a word behind the release (X-k612-five-nodes-few-nodes) are boots of kernels that tests/kernels/build-kernel makes of
tests/kernels/built: each decides what a switch of the configuration changes.

| recording | decides | wrong otherwise |
|---|---|---|
";
