//! Advice on a real kernel: random machines are recorded in QEMU, `advise` is asked for a random wish, the archive and the
//! command line that it gives are booted, and the wish is read off /proc/zoneinfo.
//!
//! Both boots are also compared with the sums that were predicted of them, and so is what comes nearest to a wish that cannot be met.
//!
//! `ACPIHP_LIVE_KERNEL=/path/to/vmlinuz cargo test --test integration advised_boots::` boots a few machines; with
//! `ACPIHP_ADVISED=N` it is N, and with `ACPIHP_ADVISED_FIRST=N` they begin with the Nth: the same number is the same machine
//! and wish on every kernel. A machine takes two boots, of 10 to 30 s each. What was wished, advised and seen goes to
//! standard error, a line a machine.

#![allow(clippy::indexing_slicing)]

use crate::recorder::{self, Guest, Recording, files, log, user_space};
use crate::{answer, skip};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

const MIB: u64 = 1 << 20;

/// Numbers that look random and are the same each time (splitmix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % sides
    }

    fn of<T: Clone>(&mut self, all: &[T]) -> T {
        all[usize::try_from(self.roll(all.len() as u64)).unwrap()].clone()
    }
}

/// A machine with a boot, and what is wished of its next one.
struct Case {
    nodes_mib: Vec<u64>,
    line: String,
    /// Bytes that nothing needs and that do not compress, which make the initrd larger.
    padding: usize,
    wishes: Vec<String>,
}

fn case(number: u64) -> Case {
    let mut dice = Dice(number);
    let count = 2 + dice.roll(3);
    // The first node has room for the kernel. With 2 GiB it is all that QEMU puts below 4 GiB, where kernel and initrd lie.
    let mut nodes_mib: Vec<u64> = (0..count).map(|_| 128 * (2 + dice.roll(12))).collect();
    nodes_mib[0] = dice.of(&[768, 1024, 1536, 2048, 2048, 2048]);
    let last = nodes_mib.len() - 1;
    nodes_mib[last] += dice.of(&[0, 0, 1024, 2048]);
    let more = dice.of(&["nokaslr", "nokaslr", "", "nokaslr movable_node", "nokaslr kernelcore=512M"]);
    // A guest that gets little processor time fails the kernel's check of its timer.
    let line = format!("console=ttyS0 panic=-1 no_timer_check {more}").trim().to_owned();
    let node = if dice.roll(5) == 0 { 0 } else { 1 + dice.roll(count - 1) };
    let other = (node + 1) % count;
    let total: u64 = nodes_mib.iter().sum();
    let share = 128 * (1 + dice.roll(total / 128 - 6));
    let wishes = match dice.roll(8) {
        0..=2 => vec![format!("node {node} fully movable")],
        3 => vec![format!("node {node} fully movable"), format!("node {other} not movable")],
        4 => vec![format!("movable at least {share}M")],
        5 => {
            vec![format!("movable at least {}%", 10 + dice.roll(50)), "kernel keeps at least 768M".to_owned()]
        }
        6 => vec![format!("movable at least {share}M"), format!("node {other} not movable")],
        _ => vec![format!("movable at most {share}M"), "movable at least 128M".to_owned()],
    };
    Case { nodes_mib, line, padding: usize::try_from(dice.of(&[0, 0, 20, 90]) * MIB).unwrap(), wishes }
}

/// Bytes of a node: all, and those in ZONE_MOVABLE.
type Nodes = BTreeMap<u64, (u64, u64)>;

fn nodes(zoneinfo: &str) -> Nodes {
    let mut all = Nodes::new();
    for (node, zones) in log::zones(zoneinfo) {
        let present = |zone: &Value| zone["present"].as_u64().unwrap_or(0) * 4096;
        let zones = zones.as_object().unwrap();
        let total = zones.iter().filter(|(name, _)| *name != "Device").map(|(_, zone)| present(zone)).sum();
        if total > 0 {
            all.insert(node.parse().unwrap(), (total, zones.get("Movable").map_or(0, present)));
        }
    }
    all
}

/// Whether a wish came true, written without the library.
fn is_so(wish: &str, nodes: &Nodes) -> bool {
    let words: Vec<&str> = wish.split(' ').collect();
    let (total, movable) = nodes.values().fold((0, 0), |sum, node| (sum.0 + node.0, sum.1 + node.1));
    let amount = |text: &str| match text.strip_suffix('%') {
        Some(share) => (total * share.parse::<u64>().unwrap()).div_ceil(100),
        None => text.strip_suffix('M').unwrap().parse::<u64>().unwrap() * MIB,
    };
    match words[..] {
        ["node", node, "fully", "movable"] => {
            nodes[&node.parse().unwrap()].0 == nodes[&node.parse().unwrap()].1
        }
        ["node", node, "not", "movable"] => nodes[&node.parse().unwrap()].1 == 0,
        ["movable", "at", "least", least] => movable >= amount(least),
        ["movable", "at", "most", most] => movable <= amount(most),
        ["kernel", "keeps", "at", "least", least] => total - movable >= amount(least),
        _ => panic!("{wish}"),
    }
}

fn acpihp(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_acpihp")).current_dir(folder).args(args).output().unwrap()
}

fn write_machine(boot: &Recording, folder: &Path) {
    let mut files = files::Files::default();
    files.put_machine(boot, files::Keep::All).unwrap();
    files.write_below(folder).unwrap();
}

/// The line with the words that are added and taken away.
fn advised_line(line: &str, view: &Value) -> String {
    let taken: Vec<&str> =
        view["remove"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    let kept = line.split(' ').filter(|word| !taken.contains(&word.split('=').next().unwrap()));
    let added = view["append"].as_str().unwrap().split(' ').filter(|word| !word.is_empty());
    kept.chain(added).collect::<Vec<_>>().join(" ")
}

/// That a boot has the memory that was predicted of it, wherever that does not hang on where KASLR puts the kernel.
fn compare(said: &str, sums: &Value, seen: &Nodes, line: &str) -> Result<(), String> {
    let words: Vec<&str> = line.split(' ').collect();
    if words.contains(&"movable_node") && !words.contains(&"nokaslr") {
        return Ok(());
    }
    let number = |node: &Value, key: &str| node[key].as_u64().unwrap();
    let predicted = sums["nodes"].as_array().unwrap().iter();
    let predicted: Nodes = predicted
        .map(|node| (number(node, "node"), (number(node, "total"), number(node, "movable"))))
        .collect();
    if predicted == *seen {
        return Ok(());
    }
    Err(format!("{said}: with {line:?} predicted {predicted:?}, and it was {seen:?}"))
}

/// What came of an advice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Came {
    True,
    /// There was nothing to do, and the machine was as wished.
    WasTrue,
    /// It was said that the wish cannot be met; what comes nearest, if anything does, came as predicted.
    Unmet,
    /// KASLR put the kernel where it hurts, as the advice had it that it may.
    Unlucky,
}

fn follow(kernel: &Path, number: u64) -> Result<Came, String> {
    let Case { nodes_mib, line, padding, wishes } = case(number);
    let busybox = user_space::busybox().expect("no static busybox in /bin or /usr/bin");
    let mut dice = Dice(number);
    let bytes: Vec<u8> = (0..padding / 8).flat_map(|_| dice.roll(u64::MAX).to_le_bytes()).collect();
    let padded = [("padding", bytes)];
    let initrd = user_space::initrd_with(&busybox, &padded).unwrap();
    let mut guest = Guest::new(kernel, &nodes_mib);
    guest.timeout = Duration::from_secs(1800);
    let before = guest.boot(&initrd, &line).unwrap();
    let what =
        format!("{number}: {nodes_mib:?} MiB, {} MiB of initrd, {line:?}, {wishes:?}", initrd.len() >> 20);
    if before.files.is_empty() {
        return Err(format!("{what}: the first boot never came to user space:\n{}", before.console));
    }
    let folder = recorder::temporary().unwrap();
    let here = folder.path();
    write_machine(&before, &here.join("machine"));
    fs::write(here.join("base.img"), &initrd).unwrap();
    let wanted: Vec<&str> = wishes.iter().flat_map(|wish| ["--want", wish]).collect();
    let args = [&["advise", "-J", "--sysroot", "machine", "--initrd", "base.img", "-o", "out"], &wanted[..]]
        .concat();
    let done = acpihp(here, &args);
    if !matches!(done.status.code(), Some(0 | 1)) {
        return Err(format!("{what}: {}", String::from_utf8_lossy(&done.stderr)));
    }
    let view = answer::parse(&done.stdout);
    let next = advised_line(&line, &view);
    let said = format!(
        "{what}: {}, certainty {}, {next:?}, {} archive",
        if view["met"] == true { "can be met" } else { "cannot be met" },
        view["certainty"],
        if view["archive"].is_null() { "no" } else { "an" }
    );
    let now = nodes(&before.text("proc/zoneinfo"));
    compare(&said, &view["before"], &now, &line)?;
    let is_met = view["met"] == true;
    if !is_met && view["unmet"].as_array().unwrap().is_empty() {
        return Err(format!("{said}: and no wish is named"));
    }
    if view["nothing_to_do"] == true {
        eprintln!("{said}: nothing to do, {now:?}: {}", view["unmet"][0]["why"]);
        let is_so = wishes.iter().all(|wish| is_so(wish, &now));
        return match (is_met, is_so) {
            (true, true) => Ok(Came::WasTrue),
            (false, false) => Ok(Came::Unmet),
            _ => Err(format!("{said}: it was otherwise: {now:?}")),
        };
    }
    let mut with_archive = match view["archive"].as_str() {
        Some(archive) => fs::read(here.join(archive)).unwrap(),
        None => Vec::new(),
    };
    with_archive.extend(&initrd);
    let after = guest.boot(&with_archive, &next).unwrap();
    if after.files.is_empty() {
        return Err(format!("{said}: the advised boot never came to user space:\n{}", after.console));
    }
    let seen = nodes(&after.text("proc/zoneinfo"));
    let missed: Vec<&String> = wishes.iter().filter(|wish| !is_so(wish, &seen)).collect();
    eprintln!("{said}: {seen:?}, missed {missed:?}: {}", view["unmet"][0]["why"]);
    compare(&said, &view["after"], &seen, &next)?;
    if !is_met {
        return Ok(Came::Unmet);
    }
    if !missed.is_empty() {
        let is_chance = view["certainty"].as_f64().unwrap() < 0.999;
        return if is_chance {
            Ok(Came::Unlucky)
        } else {
            Err(format!("{said}: missed {missed:?}: {seen:?}"))
        };
    }
    // The machine as it is now needs no advice.
    write_machine(&after, &here.join("after"));
    fs::write(here.join("next.img"), &with_archive).unwrap();
    let args = [&["advise", "-J", "--sysroot", "after", "--initrd", "next.img"], &wanted[..]].concat();
    let again = answer::parse(&acpihp(here, &args).stdout);
    if again["nothing_to_do"] != true || again["met"] != true {
        return Err(format!("{said}: asked again, there is more to do: {again:#}"));
    }
    Ok(Came::True)
}

#[test]
fn what_is_advised_comes_true() {
    let Some(kernel) = skip::variable("ACPIHP_LIVE_KERNEL").map(PathBuf::from) else { return };
    assert!(recorder::has("qemu-system-x86_64"), "qemu-system-x86_64 is not in the path");
    let number = |name: &str, usual: u64| {
        std::env::var(name).map_or(usual, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text}")))
    };
    let first = number("ACPIHP_ADVISED_FIRST", 0);
    let (mut sums, mut wrong) = (BTreeMap::new(), Vec::new());
    for number in first..first + number("ACPIHP_ADVISED", 4) {
        match follow(&kernel, number) {
            Ok(came) => *sums.entry(came).or_insert(0) += 1,
            Err(error) => wrong.push(error),
        }
    }
    eprintln!("{}: {sums:?}", kernel.display());
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(!sums.is_empty(), "no machine was asked for");
}

#[test]
fn wishes_are_read_off_zones() {
    let text = "Node 0, zone DMA32\n  present 1024\nNode 0, zone Movable\n  present 0\nNode 1, zone Normal\n  present 0\nNode 1, zone \
                Movable\n        present  3072\nNode 2, zone Normal\n  present 0\n";
    let seen = nodes(text);
    assert_eq!(seen, Nodes::from([(0, (4 * MIB, 0)), (1, (12 * MIB, 12 * MIB))]));
    for (wish, wanted) in [
        ("node 1 fully movable", true),
        ("node 0 fully movable", false),
        ("node 0 not movable", true),
        ("movable at least 75%", true),
        ("movable at least 13M", false),
        ("movable at most 12M", true),
        ("kernel keeps at least 5M", false),
        ("kernel keeps at least 25%", true),
    ] {
        assert_eq!(is_so(wish, &seen), wanted, "{wish}");
    }
    let view = serde_json::json!({"append": "movable_node", "remove": ["kernelcore"]});
    assert_eq!(advised_line("a kernelcore=1G nokaslr", &view), "a nokaslr movable_node");
    // All machines are possible ones.
    for number in 0..200 {
        let case = case(number);
        assert!(case.nodes_mib.iter().all(|node| *node > 0) && !case.wishes.is_empty(), "{number}");
    }
}
