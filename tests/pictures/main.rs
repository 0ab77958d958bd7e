//! Pictures of memory: golden files of text and SVG, and what holds of each picture whatever the machine.
//!
//! `SNAPSHOTS=overwrite cargo test --test integration pictures::` renews tests/pictures and docs/pictures; look at them before you
//! commit them.

#![allow(clippy::indexing_slicing)]

mod machines;
mod report;

use crate::{answer, recorded, skip};
use machines::{GIB, holes, many};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn run(args: &[&str], locale: &str) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_acpihp"))
        .args(args)
        .env_remove("LC_CTYPE")
        .env_remove("CLICOLOR_FORCE")
        .env("LC_ALL", locale)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

fn text(args: &[&str], locale: &str) -> String {
    String::from_utf8(run(args, locale).stdout).unwrap()
}

/// Compares with a file of the repository, or renews it when asked to.
fn hold_current(file: &str, is: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("SNAPSHOTS").is_some_and(|how| how == "overwrite") {
        std::fs::write(&path, is).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(there == is, "{file} is out of date: SNAPSHOTS=overwrite cargo test pictures::\n{is}");
}

/// The machine of the sample `unmarked` with node 2 marked and the initrd on it: the marks are lost.
fn lost(folder: &Path) -> Vec<String> {
    let srat = folder.join("srat.aml").to_str().unwrap().to_owned();
    if !Path::new(&srat).exists() {
        run(&["edit", "SRAT", "--sample", "unmarked", "--hotplug", "node=2", "-o", &srat], "C");
    }
    ["plan", "--sample", "unmarked", "--override", &srat, "--cmdline", "movable_node nokaslr"]
        .into_iter()
        .chain(["--initrd-at", "7G-7200M"])
        .map(str::to_owned)
        .collect()
}

/// The machines that pictures are kept of, and the arguments that show each.
fn kept(folder: &Path) -> Vec<(&'static str, Vec<String>)> {
    let made = |name: &str, make: &dyn Fn(&Path)| {
        let tree = folder.join(name);
        make(&tree);
        vec!["plan".to_owned(), "--sysroot".to_owned(), tree.to_str().unwrap().to_owned()]
    };
    let sample = ["plan", "--sample", "hotplug"].map(str::to_owned).to_vec();
    vec![
        ("hotplug", sample),
        ("lost", lost(folder)),
        ("holes", made("holes", &holes)),
        ("folded", made("folded", &|tree| many(tree, 64, 64 * GIB, 0))),
    ]
}

fn with<'a>(args: &'a [String], more: &[&'a str]) -> Vec<&'a str> {
    args.iter().map(String::as_str).chain(more.iter().copied()).collect()
}

#[test]
fn pictures_are_as_they_were_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    for (name, args) in kept(folder.path()) {
        let unicode = text(&with(&args, &["--map"]), "C.UTF-8");
        hold_current(&format!("tests/pictures/{name}.txt"), &unicode);
        let ascii = text(&with(&args, &["--map"]), "C");
        hold_current(&format!("tests/pictures/{name}.ascii.txt"), &ascii);
        assert!(ascii.is_ascii(), "{ascii}");
        for line in unicode.lines().chain(ascii.lines()) {
            assert!(line.chars().count() <= 80, "{name}: {line}");
        }
        let svg = text(&with(&args, &["--format", "svg"]), "C");
        // The two of the README are kept where it shows them.
        let place = if ["hotplug", "lost"].contains(&name) { "docs/pictures" } else { "tests/pictures" };
        hold_current(&format!("{place}/{name}.svg"), &svg);
        let file = folder.path().join("map.svg");
        run(&with(&args, &["-o", file.to_str().unwrap()]), "C.UTF-8");
        assert_eq!(
            std::fs::read_to_string(&file).unwrap(),
            svg,
            "the same bytes in any locale and by suffix"
        );
        well_formed(&file);
    }
}

/// Commands that show two maps on one scale, and the status of each.
fn pairs() -> [(&'static str, Vec<&'static str>, i32); 4] {
    let edit =
        ["edit", "SRAT", "--sample", "unmarked", "--hotplug", "node=2", "--plan", "--append", "movable_node"];
    let advise = ["advise", "--sample", "unmarked", "--want", "node 2 fully movable"];
    let compare = "--kernel-at 7G-7200M --initrd-at 5G-5200M";
    let plan = ["plan", "--sample", "hotplug", "--initrd-at", "5G-5200M", "--compare", compare];
    let diff = ["diff", "samples/unmarked/machine", "samples/hotplug/machine", "--cmdline", "movable_node"];
    [
        ("edit", edit.to_vec(), 0),
        ("advise", advise.to_vec(), 0),
        ("compare", plan.to_vec(), 0),
        ("diff", diff.to_vec(), 1),
    ]
}

/// What a command prints, with its maps and the status that is expected.
fn maps(args: &[&str], locale: &str, status: i32) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_acpihp"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(args)
        .arg("--map")
        .env("LC_ALL", locale)
        .env_remove("CLICOLOR_FORCE")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(status), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn two_maps_are_as_they_were_looked_at() {
    for (name, args, status) in pairs() {
        let text = maps(&args, "C.UTF-8", status);
        hold_current(&format!("tests/pictures/{name}.txt"), &text);
        assert!(maps(&args, "C", status).is_ascii(), "{name}");
    }
}

/// What a command draws as a picture, and the status that is expected.
fn drawn(args: &[&str], status: i32) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_acpihp"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(args)
        .args(["--format", "svg"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(status), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The two sides of a picture of two maps, each with its name.
fn sides(svg: &str) -> [(&str, &str); 2] {
    let sides = svg.split("<g class=\"boot\"").skip(1);
    let side = |text| (attribute(text, "data-name"), text);
    sides.map(side).collect::<Vec<_>>().try_into().unwrap()
}

#[test]
fn two_maps_are_one_picture() {
    let folder = tempfile::tempdir().unwrap();
    for (name, args, status) in pairs() {
        let svg = drawn(&args, status);
        if name == "compare" {
            hold_current("tests/pictures/compare.svg", &svg);
        }
        let file = folder.path().join("pair.svg");
        std::fs::write(&file, &svg).unwrap();
        well_formed(&file);
        let shapes = svg.split("</defs>").nth(1).unwrap();
        for (attributes, content) in elements(shapes, "rect").into_iter().chain(elements(shapes, "path")) {
            assert!(content.starts_with("<title>"), "{name}: no words on {attributes}");
        }
        let root = svg.split('>').next().unwrap();
        assert_eq!(attribute(root, "role"), "img");
        let text = maps(&args, "C", status);
        for (side, shown) in sides(&svg) {
            let headline = text.lines().find(|line| line.starts_with(&format!("{side}: "))).unwrap();
            assert!(shown.contains(&format!(">{headline}</text>")), "{name}: {headline}");
            assert!(attribute(root, "aria-label").contains(side), "{name}: {root}");
        }
        assert_eq!(svg.matches(">reserved before the SRAT is read</text>").count(), 1, "{name}: one legend");
    }
}

/// Two machines of two nodes each, one with 8 and one with 32 GiB in the second.
fn small_and_large(folder: &Path) -> [String; 2] {
    [("small", 8 * GIB), ("large", 32 * GIB)].map(|(name, size)| {
        let tree = folder.join(name);
        many(&tree, 2, size, 0);
        tree.to_str().unwrap().to_owned()
    })
}

#[test]
fn a_picture_of_two_maps_has_one_scale() {
    let folder = tempfile::tempdir().unwrap();
    let [small, large] = small_and_large(folder.path());
    let svg = drawn(&["diff", &small, &large], 1);
    let [(_, before), (_, after)] = sides(&svg).map(|(name, text)| (name, widths(text)));
    assert!((after[&1].0 / before[&1].0 - 4.0).abs() < 0.05, "{before:?} {after:?}");
    assert_eq!(before[&0], after[&0]);
    let file = folder.path().join("map.svg");
    let output = Command::new(env!("CARGO_BIN_EXE_acpihp"))
        .args(["diff", &small, &large, "-o", file.to_str().unwrap()])
        .output()
        .unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), svg, "the same bytes by suffix");
}

#[test]
fn what_has_no_map_is_not_drawn() {
    let status = |words: &str| {
        let words = words.split(' ').map(|word| word.replace('|', " "));
        let mut command = Command::new(env!("CARGO_BIN_EXE_acpihp"));
        let output =
            command.current_dir(env!("CARGO_MANIFEST_DIR")).args(words).args(["--format", "svg"]).output();
        let output = output.unwrap();
        assert!(output.stdout.is_empty() && output.stderr.starts_with(b"acpihp: "), "{output:?}");
        output.status.code()
    };
    assert_eq!(status("edit SRAT --sample unmarked --hotplug node=2"), Some(2), "without --plan");
    assert_eq!(status("diff samples/unmarked/machine samples/unmarked/machine"), Some(4));
    let srat = "samples/unmarked/machine/sys/firmware/acpi/tables/SRAT";
    assert_eq!(status(&format!("diff {srat} {srat}")), Some(4));
}

/// The bars of a map in ASCII: what is before the remark, by node.
fn bars(text: &str) -> Vec<usize> {
    let of_node = |line: &&str| line.starts_with("node ") && line.contains("GiB  ");
    let bar = |line: &str| line.split("GiB  ").nth(1).unwrap().trim_end().split("  ").next().unwrap().len();
    text.lines().filter(of_node).map(bar).collect()
}

#[test]
fn two_maps_have_one_scale() {
    let folder = tempfile::tempdir().unwrap();
    let [small, large] = small_and_large(folder.path());
    // The kernel's node of 18 GiB and one of the size; the widest bar has 40 cells.
    let both = bars(&maps(&["diff", &small, &large], "C", 1));
    assert_eq!((both.len(), both[1], both[3]), (4, 10, 40), "{both:?}");
    assert_eq!(both[0], both[2], "node 0 is the same");
    let turned = bars(&maps(&["diff", &large, &small], "C", 1));
    assert_eq!((turned[..2].to_vec(), turned[2..].to_vec()), (both[2..].to_vec(), both[..2].to_vec()));
}

#[test]
fn maps_need_a_terminal_or_to_be_asked_for() {
    let [(_, edit, _), ..] = pairs();
    assert!(!text(&edit, "C.UTF-8").contains("░"));
    let without_plan = ["edit", "SRAT", "--sample", "unmarked", "--hotplug", "node=2", "--map"];
    let output = Command::new(env!("CARGO_BIN_EXE_acpihp")).args(without_plan).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "there is nothing to draw");
}

fn well_formed(file: &Path) {
    if !skip::program("xmllint") {
        return;
    }
    let output = Command::new("xmllint").args(["--noout", "--nonet"]).arg(file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The elements of a name, each with its attributes and what is in it.
fn elements<'a>(svg: &'a str, name: &str) -> Vec<(&'a str, &'a str)> {
    let open = format!("<{name} ");
    svg.split(open.as_str())
        .skip(1)
        .map(|rest| {
            let (attributes, rest) = rest.split_once('>').unwrap();
            let content = if attributes.ends_with('/') { "" } else { rest };
            (attributes, content)
        })
        .collect()
}

fn attribute<'a>(attributes: &'a str, name: &str) -> &'a str {
    let start = attributes.find(&format!("{name}=\"")).unwrap_or_else(|| panic!("no {name}: {attributes}"));
    attributes[start..].split('"').nth(1).unwrap()
}

/// For each node the width of its RAM, and whether it has a scale of its own.
fn widths(svg: &str) -> BTreeMap<u32, (f64, bool)> {
    let lanes = svg.split("<g class=\"lane").skip(1);
    lanes
        .filter_map(|lane| {
            let (attributes, rest) = lane.split_once('>').unwrap();
            let lane = rest.split("</g>").next().unwrap();
            let node = attribute(attributes, "data-node").parse().ok()?;
            let of_ram = |class: &str| ["mov", "ker", "lost"].contains(&class);
            let rects = elements(lane, "rect").into_iter().map(|(attributes, _)| attributes);
            let ram = rects.filter(|attributes| of_ram(attribute(attributes, "class")));
            let width = ram.map(|attributes| attribute(attributes, "width").parse::<f64>().unwrap()).sum();
            Some((node, (width, attributes.contains("own-scale"))))
        })
        .collect()
}

/// Every shape has words, and RAM is as wide as it is large.
fn hold(name: &str, args: &[&str]) {
    let svg = text(&[args, &["--format", "svg"]].concat(), "C");
    let plan = answer::parse(&run(&[args, &["-J"]].concat(), "C").stdout);
    let drawn = svg.split("</defs>").nth(1).unwrap();
    for (attributes, content) in elements(drawn, "rect").into_iter().chain(elements(drawn, "path")) {
        assert!(content.starts_with("<title>"), "{name}: no words on {attributes}");
    }
    let root = svg.split('>').next().unwrap();
    assert_eq!(attribute(root, "role"), "img");
    let headline = drawn.split("class=\"h\"").nth(1).unwrap().split(['>', '<']).nth(1).unwrap();
    assert!(attribute(root, "aria-label").contains(headline), "{name}: {root}");
    let sums = |key: &str| {
        plan["nodes"].as_array().unwrap().iter().map(|node| node[key].as_u64().unwrap()).sum::<u64>()
    };
    for key in ["movable_bytes", "lost_bytes"] {
        assert_eq!(sums(key), plan["totals"][key].as_u64().unwrap(), "{name}: {key}");
    }
    let lost: u64 = plan["lost"].as_array().unwrap().iter().map(|loss| loss["bytes"].as_u64().unwrap()).sum();
    assert_eq!(lost, plan["totals"]["lost_bytes"].as_u64().unwrap(), "{name}: lost");
    let bytes: BTreeMap<u64, u64> = plan["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| (node["node"].as_u64().unwrap(), node["total_bytes"].as_u64().unwrap()))
        .collect();
    let widths = widths(&svg);
    let scaled = || widths.iter().filter(|(_, (_, is_own))| !is_own);
    let largest = scaled().max_by(|one, other| one.1.0.total_cmp(&other.1.0));
    let Some((largest, (widest, _))) = largest else { return };
    for (node, (width, _)) in scaled() {
        let wanted = widest * bytes[&u64::from(*node)] as f64 / bytes[&u64::from(*largest)] as f64;
        // Pieces are at least 0.8 wide, so that they are seen, and rounded to a tenth each.
        assert!((width - wanted).abs() < 12.0, "{name}: node {node} is {width} wide and should be {wanted}");
    }
    let size = svg.len();
    assert!(size < 100_000, "{name}: {size} bytes");
}

#[test]
fn every_picture_has_words_and_one_scale() {
    let folder = tempfile::tempdir().unwrap();
    for (name, args) in kept(folder.path()) {
        hold(name, &with(&args, &[]));
    }
    let different = folder.path().join("different");
    many(&different, 64, 16 * GIB, GIB);
    hold("64 different nodes", &["plan", "--sysroot", different.to_str().unwrap()]);
    let most = folder.path().join("most");
    many(&most, 1024, 4 * GIB, 0);
    hold("1024 nodes", &["plan", "--sysroot", most.to_str().unwrap()]);
    for boot in recorded::own() {
        let (tree, line): (PathBuf, String) = (boot.sysroot(), boot.line());
        hold(&boot.name, &["plan", "--sysroot", tree.to_str().unwrap(), "--cmdline", &line]);
    }
}

#[test]
fn a_fold_says_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    many(folder.path(), 1024, 4 * GIB, 0);
    let map = text(&["plan", "--map", "--sysroot", folder.path().to_str().unwrap()], "C");
    assert!(map.contains("nodes 1-1023") && map.contains("movable each"), "{map}");
    assert!(map.lines().count() < 30, "{map}");
}

#[test]
fn a_terminal_shows_the_picture_first() {
    if !skip::program("script") {
        return;
    }
    let on_terminal = |more: &str, variable: (&str, &str)| {
        let line = format!("{} plan --sample hotplug {more}", env!("CARGO_BIN_EXE_acpihp"));
        let mut command = Command::new("script");
        command.args(["-qec", &line, "/dev/null"]).stdin(Stdio::null());
        command.env_remove("NO_COLOR").env("LC_ALL", "C.UTF-8").env("TERM", "xterm");
        let output = command.env(variable.0, variable.1).output().unwrap();
        String::from_utf8_lossy(&output.stdout).replace('\r', "")
    };
    let shown = on_terminal("", ("A", "B"));
    assert!(shown.starts_with("\x1b[1m4 GiB of 6 GiB movable\x1b[0m\n"), "{shown}");
    assert!(shown.contains("\x1b[34m████"), "{shown}");
    assert!(shown.contains("\n\nKernel        6.1.0"), "the rest follows: {shown}");
    let plain = on_terminal("", ("NO_COLOR", "1"));
    assert!(!plain.contains('\x1b') && plain.contains("████"), "{plain}");
    assert!(!on_terminal("--blocks", ("A", "B")).contains("████"));
    let piped = text(&["plan", "--sample", "hotplug"], "C.UTF-8");
    assert!(piped.starts_with("Kernel"), "{piped}");
}

#[test]
fn files_are_told_by_their_suffix() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let json = file("plan.json");
    run(&["plan", "--sample", "hotplug", "-o", &json], "C");
    answer::parse(&std::fs::read(&json).unwrap());
    let text = file("plan.txt");
    run(&["plan", "--sample", "hotplug", "-o", &text], "C");
    assert!(std::fs::read_to_string(&text).unwrap().starts_with("Kernel"));
    let output = Command::new(env!("CARGO_BIN_EXE_acpihp"))
        .args(["plan", "--sample", "hotplug", "-o", &file("plan.png")])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("expected a name that ends with .svg"));
}
