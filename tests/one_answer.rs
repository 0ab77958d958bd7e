//! One fact has one answer, whoever asks and however it is written.

use crate::machine::{GIB, MIB, boot, machine};
use crate::tablemaker;
use acpihp::boot::kernel::cmdline::options::{OPTIONS, Reader};
use acpihp::boot::running::hotadd::{Device, Home};
use acpihp::boot::{Machine, derived::findings, derived::rows, predict, running::windows};
use proptest::prelude::*;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Two nodes: the first has `first` GiB, the second 2 GiB, and more may be added to it; `hot` says which of the three ranges are
/// hot-pluggable.
fn nodes(first: u64, hot: [bool; 3]) -> Machine {
    let ram = [MIB..first * GIB, 4 * GIB..6 * GIB];
    let ranges = [(0, 0..first * GIB), (1, 4 * GIB..6 * GIB), (1, 16 * GIB..32 * GIB)];
    let memory: Vec<_> = ranges.into_iter().zip(hot).map(|((node, range), hot)| (node, range, hot)).collect();
    machine(&ram, &memory, &[0])
}

/// Two nodes, the second hot-pluggable.
fn two_nodes() -> Machine {
    nodes(2, [false, true, true])
}

/// Everything that a boot does, and what becomes of memory that is added, without the text of the line.
fn everything(machine: &Machine, release: &str, line: &str) -> String {
    let next = boot(release, line);
    let outcome = predict(machine, &next);
    let device = Device { range: 16 * GIB..17 * GIB, home: Home::Pxm(1) };
    let later = windows::later(&outcome, machine, &next, &[device]);
    let rows = rows::rows(&outcome, &next);
    let found = findings::of(machine, &outcome, &next, &rows);
    // Messages show options as they are written.
    let found: Vec<_> =
        found.iter().map(|one| (one.rule.code, one.message.text().replace('-', "_"))).collect();
    format!("{outcome:?} {later:?} {found:?}")
}

/// A value that an option can make something of, or not.
const VALUES: [&str; 14] = [
    "",
    "=1",
    "=1G",
    "=64M",
    "=mirror",
    "=30%",
    "=off",
    "=fake=4",
    "=online_movable",
    "=auto-movable",
    "=2M",
    "=integrity",
    "=0:1G,1:1G",
    "=64M$1G",
];

fn option() -> impl Strategy<Value = (String, String)> {
    let same = |reader: Reader| matches!(reader, Reader::Kernel | Reader::Start | Reader::Module);
    let names: Vec<&str> =
        OPTIONS.iter().filter(|known| same(known.reader)).map(|known| known.name).collect();
    (prop::sample::select(names), prop::sample::select(VALUES.to_vec())).prop_map(|(name, value)| {
        // The decompressor reads these too, to the letter; none of their names has a dash.
        (format!("{name}{value}"), format!("{}{value}", name.replace('_', "-")))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_dash_is_an_underscore(
        options in prop::collection::vec(option(), 1..4),
        release in prop::sample::select(vec!["4.9", "5.10", "6.1", "6.12", "7.3"]),
        first in 1u64..4,
        hot in any::<[bool; 3]>(),
    ) {
        let line = |pick: fn(&(String, String)) -> &str| {
            let words: Vec<&str> = options.iter().map(pick).collect();
            format!("movable_node {}", words.join(" "))
        };
        let (with, without) = (line(|option| &option.0), line(|option| &option.1));
        let machine = nodes(first, hot);
        prop_assert_eq!(everything(&machine, release, &with), everything(&machine, release, &without));
    }
}

#[test]
fn the_kernel_s_options_decide_something_each_way() {
    let machine = two_nodes();
    let of = |line: &str| everything(&machine, "6.12", &format!("movable_node {line}"));
    for (one, other) in [
        ("acpi_no_memhotplug", "acpi-no-memhotplug"),
        ("memhp_default_state=online_movable", "memhp-default-state=online_movable"),
        ("hugetlb_cma=0:1G,1:1G", "hugetlb-cma=0:1G,1:1G"),
        ("hugepages=4 default_hugepagesz=1G", "hugepages=4 default-hugepagesz=1G"),
        ("memory_hotplug.online_policy=auto-movable", "memory-hotplug.online-policy=auto-movable"),
    ] {
        assert_ne!(of(one), of(""), "{one}");
        assert_eq!(of(one), of(other), "{other}");
    }
}

/// The options that a kernel's configuration needs here, as a whole configuration.
fn config(upgrade: bool) -> String {
    let mut text = "#\n# Linux/x86 6.1.0 Kernel Configuration\n#\n".to_owned();
    (0..300).for_each(|number| text.push_str(&format!("CONFIG_X{number}=y\n")));
    text.push_str("CONFIG_NUMA=y\nCONFIG_ACPI_NUMA=y\nCONFIG_ACPI=y\nCONFIG_MEMORY_HOTPLUG=y\n");
    let line =
        if upgrade { "CONFIG_ACPI_TABLE_UPGRADE=y\n" } else { "# CONFIG_ACPI_TABLE_UPGRADE is not set\n" };
    text + line
}

/// Where an installed configuration of the sample's kernel stands.
const INSTALLED: &str = "boot/config-6.1.0-56-cloud-amd64";
const RUNNING: &str = "proc/config.gz";

/// A folder with the machine of the sample `hotplug`, these files in it beside, and a newer SRAT for it as a table and in an
/// archive.
fn place(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/hotplug/machine");
    copy(&samples, &place.path().join("root"));
    for (name, bytes) in files {
        let path = place.path().join("root").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    let (_, status) =
        run(place.path(), &["edit", "SRAT", "--sample", "hotplug", "--oem-revision", "9", "-o", "new.aml"]);
    assert_eq!(status, 0);
    let (_, status) =
        run(place.path(), &["mkinitrd-override", "new.aml", "--against", "none", "-o", "new.img"]);
    assert_eq!(status, 0);
    place
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::write(target, std::fs::read(entry.path()).unwrap()).unwrap();
        }
    }
}

fn run(folder: &Path, args: &[&str]) -> (String, i32) {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_acpihp"));
    let output = Command::new(program).current_dir(folder).args(args).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (String::from_utf8(text).unwrap(), output.status.code().unwrap())
}

fn gzip(text: &str) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut out, text.as_bytes()).unwrap();
    out.finish().unwrap()
}

/// What each command says of the override: whether it names the code, and its exit status.
fn verdicts(place: &Path, code: &str) -> Vec<(&'static str, bool, i32)> {
    let ask = |name: &'static str, args: &[&str]| {
        let (text, status) = run(place, args);
        (name, text.contains(&format!("error[{code}]")), status)
    };
    let _ = std::fs::remove_file(place.join("out.img"));
    vec![
        ask("simulate", &["simulate", "--sysroot", "root", "--initrd", "new.img"]),
        ask("plan", &["plan", "--sysroot", "root", "--initrd", "new.img", "--numa"]),
        ask("check", &["check", "new.img", "--against", "root"]),
        ask("mkinitrd-override", &["mkinitrd-override", "new.aml", "--against", "root", "-o", "out.img"]),
        ask(
            "edit",
            &["edit", "SRAT", "--sysroot", "root", "--oem-revision", "9", "--override-to", "out.img"],
        ),
        ask(
            "edit of a tree's tables",
            &["edit", "SRAT", "--from", "root", "--oem-revision", "9", "--override-to", "out.img"],
        ),
    ]
}

#[test]
fn a_kernel_that_looks_for_no_tables_is_one_error_everywhere() {
    let place = place(&[(INSTALLED, config(false).as_bytes())]);
    let status = |name: &str| i32::from(!["simulate", "plan"].contains(&name));
    for (name, is_said, exit) in verdicts(place.path(), "override-not-configured") {
        assert!(is_said && exit == status(name), "{name}: {is_said} {exit}");
    }
    assert!(!place.path().join("out.img").exists());
    let forced = ["mkinitrd-override", "new.aml", "--against", "root", "-o", "out.img", "--force"];
    assert_eq!(run(place.path(), &forced).1, 0);
    assert!(place.path().join("out.img").exists());
    // Another kernel that was asked for is another answer.
    let named = ["mkinitrd-override", "new.aml", "--against", "root", "-o", "out.img", "--kernel", "6.12"];
    assert_eq!(run(place.path(), &named).1, 0);
}

#[test]
fn a_locked_down_machine_is_one_error_everywhere() {
    let mode = ("sys/kernel/security/lockdown", "none [integrity] confidentiality\n".as_bytes());
    let place = place(&[mode, (INSTALLED, config(true).as_bytes())]);
    // That configuration has no early lockdown module: it comes too late.
    assert!(
        verdicts(place.path(), "override-locked-down")
            .iter()
            .all(|(_, is_said, exit)| !is_said && *exit == 0)
    );
    std::fs::remove_file(place.path().join("root").join(INSTALLED)).unwrap();
    for (name, is_said, exit) in verdicts(place.path(), "override-locked-down") {
        assert!(
            is_said && exit == i32::from(!["simulate", "plan"].contains(&name)),
            "{name}: {is_said} {exit}"
        );
    }
}

#[test]
fn a_table_that_is_not_newer_is_one_error_everywhere() {
    let place = place(&[]);
    let newer = "root/sys/firmware/acpi/tables/SRAT";
    let args = ["edit", "SRAT", "--sample", "hotplug", "--oem-revision", "12", "-o", newer];
    assert_eq!(run(place.path(), &args).1, 0);
    for (name, is_said, exit) in verdicts(place.path(), "override-not-newer").into_iter().take(4) {
        assert!(
            is_said && exit == i32::from(!["simulate", "plan"].contains(&name)),
            "{name}: {is_said} {exit}"
        );
    }
}

#[test]
fn the_running_kernel_s_own_configuration_counts() {
    let of = |running: &str, installed: &str| {
        let place = place(&[(RUNNING, gzip(running).as_slice()), (INSTALLED, installed.as_bytes())]);
        let said = verdicts(place.path(), "override-not-configured");
        let captured = ["capture", "--sysroot", "root", "-o", "root.tar"];
        assert_eq!(run(place.path(), &captured).1, 0);
        let (text, _) = run(place.path(), &["simulate", "--sysroot", "root.tar", "--initrd", "new.img"]);
        let first = said[0].1;
        assert_eq!(text.contains("error[override-not-configured]"), first, "the capture");
        assert!(said.iter().all(|(_, is_said, _)| *is_said == first), "{said:?}");
        first
    };
    assert!(of(&config(false), &config(true)));
    assert!(!of(&config(true), &config(false)));
    // One that is empty or cut off says nothing, and the next place is asked.
    assert!(of("", &config(false)));
    assert!(of(&config(true)[..900], &config(false)));
    assert!(!of(&config(false)[..900], &config(true)));
}

#[test]
fn a_boot_compared_with_itself_is_equal() {
    let off = config(false);
    let forced = config(true)
        + "CONFIG_SECURITY_LOCKDOWN_LSM=y\nCONFIG_SECURITY_LOCKDOWN_LSM_EARLY=y\n\
                                CONFIG_LOCK_DOWN_KERNEL_FORCE_INTEGRITY=y\n";
    let nodes = config(true).replace("CONFIG_NUMA=y", "# CONFIG_NUMA is not set");
    for lines in [off, forced, nodes] {
        let place = place(&[]);
        std::fs::write(place.path().join("config"), lines).unwrap();
        for more in [&[][..], &["--lockdown"], &["--flow", "one-by-one"]] {
            let mut args = vec!["simulate", "--sysroot", "root", "--initrd", "new.img", "--config", "config"];
            args.extend(["--kernel", "6.1", "--format", "json"]);
            if !more.contains(&"--flow") {
                args.extend(["--compare", "6.1"]);
            }
            args.extend(more);
            let (text, status) = run(place.path(), &args);
            assert_eq!(status, 0, "{text}");
            let json: serde_json::Value = serde_json::from_str(&text).unwrap();
            let points = json["comparison"]["invariants"].as_array().cloned().unwrap_or_default();
            assert!(more.contains(&"--flow") || !points.is_empty());
            assert!(points.iter().all(|point| point["holds"] != false), "{points:?}");
        }
    }
}

#[test]
fn two_machines_are_compared_with_one_kernel() {
    let place = place(&[]);
    copy(&place.path().join("root"), &place.path().join("other"));
    std::fs::copy(place.path().join("new.aml"), place.path().join("other/sys/firmware/acpi/tables/SRAT"))
        .unwrap();
    // Without hotplug nothing is movable, and that is the kernel of both.
    let off = config(true).replace("CONFIG_MEMORY_HOTPLUG=y", "# CONFIG_MEMORY_HOTPLUG is not set");
    std::fs::create_dir_all(place.path().join("other/boot")).unwrap();
    std::fs::write(place.path().join("other").join(INSTALLED), off).unwrap();
    let (text, _) = run(place.path(), &["diff", "root", "other", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    for node in json["nodes"].as_array().unwrap() {
        assert_eq!(node["movable_before"], node["movable"], "{node}");
    }
}

#[test]
fn a_policy_is_about_the_kernel_of_the_findings() {
    let place = place(&[(INSTALLED, config(false).as_bytes())]);
    std::fs::write(place.path().join("p"), "node 1 fully movable\nno file refused\n").unwrap();
    let args =
        ["check", "new.img", "--against", "root", "--policy", "p", "--cmdline", "movable_node nokaslr"];
    let (text, status) = run(place.path(), &args);
    assert_eq!(status, 1, "{text}");
    assert!(text.contains("Linux 6.1 looks for no tables in it"), "{text}");
}

/// A table of the sample's machine as it may stand in an archive: how far its OEM revision is from the firmware's, and what is
/// wrong with it.
#[derive(Debug, Clone)]
struct Made {
    table: &'static str,
    newer: i8,
    flaw: Flaw,
}

#[derive(Debug, Clone, Copy)]
enum Flaw {
    None,
    Sum,
    Length,
    Signature,
    OtherId,
}

impl Made {
    fn bytes(&self) -> Vec<u8> {
        let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/hotplug/machine");
        let mut bytes = std::fs::read(samples.join("sys/firmware/acpi/tables").join(self.table)).unwrap();
        bytes[24] = bytes[24].wrapping_add_signed(self.newer);
        match self.flaw {
            Flaw::OtherId => bytes[10] = b'?',
            Flaw::Signature => bytes[..4].copy_from_slice(b"QQQQ"),
            Flaw::Length => bytes.push(0),
            Flaw::None | Flaw::Sum => {}
        }
        let sum = if matches!(self.flaw, Flaw::Sum) { 1 } else { 0 };
        let mut bytes = tablemaker::fix(bytes);
        if matches!(self.flaw, Flaw::Length) {
            let len = bytes.len() - 1;
            bytes[9] = 0;
            bytes[9] = 0u8.wrapping_sub(bytes[..len].iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte)));
        }
        bytes[9] = bytes[9].wrapping_add(sum);
        bytes
    }
}

fn made() -> impl Strategy<Value = Made> {
    let flaws =
        vec![Flaw::None, Flaw::None, Flaw::None, Flaw::Sum, Flaw::Length, Flaw::Signature, Flaw::OtherId];
    (prop::sample::select(vec!["SRAT", "APIC", "MCFG", "HPET", "WAET"]), -1i8..3, prop::sample::select(flaws))
        .prop_map(|(table, newer, flaw)| Made { table, newer, flaw })
}

/// A JSON answer, and the words for the files of an archive in it.
fn asked(folder: &Path, args: &[&str], files: &str) -> (serde_json::Value, Vec<String>) {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_acpihp"));
    let output = Command::new(program).current_dir(folder).args(args).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    let json: serde_json::Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|wrong| panic!("{args:?}: {wrong}: {error}"));
    let files = json.pointer(files).and_then(serde_json::Value::as_array).cloned().unwrap_or_default();
    let words = files.iter().map(|file| format!("{} {}", file["path"], file["outcome"])).collect();
    (json, words)
}

/// The codes of what costs an override its effect.
fn codes(json: &serde_json::Value) -> std::collections::BTreeSet<String> {
    let all = json["findings"].as_array().unwrap();
    let errors = all.iter().filter(|finding| finding["severity"] == "error");
    let codes = errors.map(|finding| finding["code"].as_str().unwrap().to_owned());
    codes.filter(|code| code.starts_with("override-")).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]
    #[test]
    fn all_commands_say_the_same_of_one_machine_and_archive(
        tables in prop::collection::vec(made(), 1..5),
        release in prop::sample::select(vec!["4.9", "5.10", "6.1", "6.12", "7.3"]),
        locked in any::<bool>(),
        configured in any::<Option<bool>>(),
    ) {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path();
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/hotplug/machine"), &folder.join("root"));
        if locked {
            let security = folder.join("root/sys/kernel/security");
            std::fs::create_dir_all(&security).unwrap();
            std::fs::write(security.join("lockdown"), "none [integrity] confidentiality\n").unwrap();
        }
        let mut kernel = vec!["--kernel", release, "-J"];
        if let Some(upgrade) = configured {
            std::fs::write(folder.join("config"), config(upgrade)).unwrap();
            kernel.extend(["--config", "config"]);
        }
        let names: Vec<String> = (0..tables.len()).map(|number| format!("t{number}.aml")).collect();
        for (name, made) in names.iter().zip(&tables) {
            std::fs::write(folder.join(name), made.bytes()).unwrap();
        }
        let mut args = vec!["mkinitrd-override", "--against", "root", "--force", "-o", "a.img"];
        args.extend(names.iter().map(String::as_str).chain(kernel.iter().copied()));
        let (made, of_made) = asked(folder, &args, "/tables");
        let line = |words: &[&'static str]| [words, &kernel].concat();
        let boot = |command: &[&'static str]| line(&[command, &["--sysroot", "root", "--initrd", "a.img"]].concat());
        let simulate = boot(&["simulate", "--compare", release]);
        let check = line(&["check", "a.img", "--against", "root"]);
        let (simulated, of_simulated) = asked(folder, &simulate, "/archive");
        let (planned, _) = asked(folder, &boot(&["plan"]), "");
        let (checked, of_checked) = asked(folder, &check, "/inputs/0/files");
        let (diagnosed, _) = asked(folder, &boot(&["doctor"]), "");
        prop_assert_eq!(&of_made, &of_simulated, "mkinitrd-override and simulate");
        prop_assert_eq!(&of_checked, &of_simulated, "check and simulate");
        prop_assert_eq!(of_made.len(), tables.len());
        prop_assert_eq!(codes(&made), codes(&simulated), "mkinitrd-override and simulate");
        prop_assert_eq!(codes(&checked), codes(&simulated), "check and simulate");
        prop_assert_eq!(codes(&planned), codes(&simulated), "plan and simulate");
        let links = diagnosed["checks"].as_array().unwrap();
        let link = |name: &str| links.iter().find(|link| link["name"] == name);
        let status = |name: &str| link(name).map_or("", |link| link["status"].as_str().unwrap());
        let is_said = |code: &str| codes(&simulated).contains(code);
        prop_assert_eq!(status("kernel") == "not", is_said("override-not-configured"), "doctor and simulate");
        if is_said("override-not-configured") {
            prop_assert_eq!(&link("kernel").unwrap()["code"], "override-not-configured");
            prop_assert_eq!(&link("kernel").unwrap()["severity"], "error");
        } else {
            let is_refused = |word: &String| word.ends_with("\"rejected\"") || word.ends_with("\"not-examined\"");
            let refused = of_simulated.iter().filter(|word| is_refused(word)).count();
            prop_assert_eq!(status("accepted") == "not", refused > 0, "doctor and simulate: {:?}", of_simulated);
            // No log shows whether a kernel that is locked down now was so in time.
            let (expected, any) = (is_said("override-locked-down"), refused < tables.len());
            prop_assert!(!expected || status("lockdown") == "unknown");
            prop_assert_eq!(link("lockdown").is_some(), any);
        }
        // The boot is that of the release, and so it is equal to itself.
        let comparison = &simulated["comparison"];
        prop_assert_eq!(&comparison["a"], &comparison["b"]);
        let points = comparison["invariants"].as_array().unwrap();
        prop_assert!(!points.is_empty() && points.iter().all(|point| point["holds"] != false), "{:?}", points);

        // Other names and places change nothing but names.
        let moved = "moved here/dynamic";
        std::fs::create_dir(folder.join("moved here")).unwrap();
        std::fs::rename(folder.join("a.img"), folder.join("b c.img")).unwrap();
        std::fs::rename(folder.join("root"), folder.join(moved)).unwrap();
        let elsewhere = |args: &[&'static str]| -> Vec<&str> {
            args.iter().map(|word| match *word { "a.img" => "b c.img", "root" => moved, word => word }).collect()
        };
        for (args, before) in [
            (simulate, &simulated), (boot(&["plan"]), &planned), (check, &checked), (boot(&["doctor"]), &diagnosed),
        ] {
            let after = asked(folder, &elsewhere(&args), "").0.to_string();
            let after = after.replace("b c.img", "a.img").replace(moved, "root");
            prop_assert_eq!(after, before.to_string(), "{:?}", args);
        }
    }
}

/// Total and movable bytes of each node with memory, by the keys that a report has for them.
fn zones(nodes: &serde_json::Value, total: &str, movable: &str) -> Vec<(u64, u64, u64)> {
    let number = |node: &serde_json::Value, key: &str| node[key].as_u64().unwrap();
    let nodes = nodes.as_array().unwrap().iter();
    let all = nodes.map(|node| (number(node, "node"), number(node, total), number(node, movable)));
    all.filter(|(_, total, _)| *total > 0).collect()
}

/// What can be asked of `acpihp edit` about the sample's SRAT, which has memory from 0 to 2 GiB and from 4 to 8 GiB.
fn edits() -> impl Strategy<Value = Vec<String>> {
    let mark = prop::sample::select(vec!["--hotplug", "--no-hotplug"]);
    let range = (0u64..7, 1u64..4).prop_map(|(start, len)| format!("{start}G-{}G", start + len));
    let one = prop_oneof![
        2 => (mark.clone(), 0u32..3).prop_map(|(mark, node)| vec![mark.to_owned(), format!("node={node}")]),
        2 => (mark, range.clone()).prop_map(|(mark, range)| vec![mark.to_owned(), format!("range={range}")]),
        1 => (range, 0u32..4).prop_map(|(range, domain)| vec!["--move".to_owned(), format!("{range}={domain}")]),
    ];
    prop::collection::vec(one, 1..3).prop_map(|all| all.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]
    #[test]
    fn edit_plan_and_diff_say_the_same_of_one_change(
        edits in edits(),
        release in prop::sample::select(vec!["5.10", "6.1", "6.12", "7.3"]),
        line in prop::sample::select(vec!["movable_node nokaslr", "kernelcore=2G nokaslr", "nokaslr"]),
    ) {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path();
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/hotplug/machine");
        for root in ["before", "after"] {
            copy(&sample, &folder.join(root));
        }
        let boot = ["--kernel", release, "--cmdline", line, "-J"];
        let edit = ["edit", "SRAT", "--sysroot", "before", "--plan", "-o", "new.aml", "--override-to", "a.img", "--force"];
        let edits: Vec<&str> = edits.iter().map(String::as_str).collect();
        let program = PathBuf::from(env!("CARGO_BIN_EXE_acpihp"));
        let tried = Command::new(program).current_dir(folder).args(edit).args(&edits).args(boot).output().unwrap();
        if tried.stdout.is_empty() {
            // No memory is there, or the domain has none.
            prop_assert_eq!(tried.status.code(), Some(2), "{}", String::from_utf8_lossy(&tried.stderr));
            return Ok(());
        }
        let edited: serde_json::Value = serde_json::from_slice(&tried.stdout).unwrap();
        let same = edited["changes"].as_array().unwrap().is_empty();
        std::fs::copy(folder.join("new.aml"), folder.join("after/sys/firmware/acpi/tables/SRAT")).unwrap();
        let plan = |args: &[&str]| {
            let (plan, _) = asked(folder, &[&["plan"], args, &boot].concat(), "");
            (zones(&plan["nodes"], "total_bytes", "movable_bytes"), plan["sources"].clone())
        };
        let (before, sources) = plan(&["--sysroot", "before"]);
        let (by_archive, _) = plan(&["--sysroot", "before", "--initrd", "a.img"]);
        let nodes = &edited["plan"]["nodes"];
        prop_assert_eq!(zones(nodes, "total_before", "movable_before"), before.clone(), "edit and plan, before");
        prop_assert_eq!(zones(nodes, "total", "movable"), by_archive, "edit and plan, after");
        for what in ["memory_map", "release", "command_line"] {
            prop_assert_eq!(&edited["sources"][what], &sources[what], "{}", what);
        }

        let compared = |one: &str, other: &str| asked(folder, &[&["diff", one, other], &boot[..]].concat(), "").0;
        let (by_firmware, sources) = plan(&["--sysroot", "after"]);
        let diff = compared("before", "after");
        if !same {
            prop_assert_eq!(zones(&diff["nodes"], "total_before", "movable_before"), before, "diff and plan, before");
            prop_assert_eq!(zones(&diff["nodes"], "total", "movable"), by_firmware, "diff and plan, after");
            prop_assert_eq!(&diff["sources"], &sources);
            prop_assert_eq!(&diff["command_line"], line);
        }
        for (one, other) in [("before", "before"), ("after", "after")] {
            let none = compared(one, other);
            prop_assert_eq!(none["tables"].as_array().map(Vec::len), Some(0));
            prop_assert!(none["nodes"].is_null());
        }
    }
}
