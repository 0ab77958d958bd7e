//! What `removable` says of memory blocks, compared with what kernels did when they were asked for them (README.md here), and
//! what the program says of trees that lack something.
//!
//! `ACPIHP_LIVE_KERNEL=/path/to/vmlinuz cargo test --test integration offline::` asks a kernel that it boots itself.

#![allow(clippy::indexing_slicing)]

use crate::recorder::{self, Guest, user_space};
use crate::{answer, skip};
use acpihp::boot::running::removable::{Answer, Block, Judged, System, judge};
use acpihp::memory::Ranges;
use acpihp::memory::block::{BlockState, ZoneWord};
use acpihp::memory::kpageflags::{Counts, PageKind};
use acpihp::memory::zonestat::ZoneStats;
use flate2::read::GzDecoder;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const BLOCK: u64 = 128 << 20;

/// A block that a kernel was asked for.
#[derive(Default)]
struct Asked {
    number: u64,
    facts: BTreeMap<String, String>,
    zoneinfo: String,
    counts: Counts,
}

/// One boot.
#[derive(Default)]
struct Recorded {
    release: String,
    ram: Ranges,
    blocks: Vec<Asked>,
}

fn recorded(path: &Path) -> Recorded {
    let mut text = String::new();
    GzDecoder::new(fs::File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    let hex = |text: &str| u64::from_str_radix(text, 16).unwrap();
    let mut boot = Recorded::default();
    for line in text.lines() {
        let (kind, rest) = line.split_once(' ').unwrap();
        let words: Vec<&str> = rest.split(' ').collect();
        match kind {
            "linux" => boot.release = rest.to_owned(),
            "line" => {}
            "ram" => boot.ram.insert(hex(words[0])..hex(words[1]) + 1),
            "block" => {
                let facts = words[1..].iter().filter_map(|word| word.split_once('='));
                let facts = facts.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
                boot.blocks.push(Asked { number: words[0].parse().unwrap(), facts, ..Asked::default() });
            }
            _ => {
                let block = boot.blocks.last_mut().unwrap();
                match kind {
                    "z" => block.zoneinfo += &format!("{rest}\n"),
                    "f" => {
                        let kind = PageKind::of(hex(words[0]));
                        block.counts.add(kind, hex(words[2]), words[1].parse().unwrap());
                    }
                    // Read a moment after the flags, so that it says nothing sure.
                    "m" => {}
                    other => panic!("{other}"),
                }
            }
        }
    }
    boot
}

impl Asked {
    fn fact(&self, name: &str) -> &str {
        &self.facts[name]
    }

    fn judged(&self, ram: &Ranges) -> Judged {
        let range = self.number * BLOCK..(self.number + 1) * BLOCK;
        let system =
            System { ram: Some(ram.clone()), stats: ZoneStats::parse(&self.zoneinfo), ..System::default() };
        let block = Block {
            range: &range,
            state: Some(BlockState::Online),
            zone: ZoneWord::named(self.fact("zone")),
            node: self.fact("node").parse().ok(),
            counts: Some(&self.counts),
            mapped: 0,
        };
        judge(&block, &system)
    }
}

fn recordings() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/offline");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|end| end == "gz")).collect();
    paths.sort();
    paths
}

#[test]
fn kernels_did_with_blocks_what_is_said_of_them() {
    let (mut releases, mut sums, mut wrong) = (BTreeSet::new(), BTreeMap::new(), Vec::new());
    for path in recordings() {
        let boot = recorded(&path);
        for block in &boot.blocks {
            assert_eq!(block.counts.sum(&PageKind::ALL), BLOCK / 4096, "{}", path.display());
            let judged = block.judged(&boot.ram);
            let went = block.fact("went") == "yes";
            *sums.entry((judged.answer, went)).or_insert(0) += 1;
            let is_right = match judged.answer {
                Answer::Yes => went,
                Answer::No => !went,
                Answer::Maybe => went || !judged.held_by.is_empty() || !judged.reasons.is_empty(),
                Answer::Unknown => false,
            };
            if !is_right {
                let (name, said) = (path.file_stem().unwrap().to_string_lossy(), block.fact("said"));
                wrong.push(format!(
                    "{name} {}: {} but {said}: {}",
                    block.number,
                    judged.answer,
                    judged.why().text()
                ));
            }
        }
        releases.insert(boot.release.split('.').take(2).collect::<Vec<_>>().join("."));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let of = |answer: Answer, went: bool| sums.get(&(answer, went)).copied().unwrap_or(0);
    eprintln!("{} kernels, blocks by answer and whether they went: {sums:?}", releases.len());
    // That there is something to be wrong about, and that maybe is not what is said of everything.
    assert!(releases.len() >= 6 && sums.values().sum::<usize>() >= 300, "{releases:?} {sums:?}");
    let maybe = of(Answer::Maybe, true) + of(Answer::Maybe, false);
    assert!(of(Answer::Yes, true) > 4 * maybe && of(Answer::No, false) > maybe, "{sums:?}");
}

#[test]
fn each_kind_of_page_is_needed() {
    // Without one of the kinds that hold a block, some kernel would have been called wrong.
    for blind in [PageKind::Slab, PageKind::Reserved, PageKind::Bare, PageKind::Unevictable] {
        let wrong = recordings().iter().map(|path| recorded(path)).any(|boot| {
            boot.blocks.iter().any(|block| {
                let mut counts = Counts::default();
                for (kind, count) in block.counts.iter() {
                    let kind = if kind == blind { PageKind::Free } else { kind };
                    counts.add(kind, count.first_pfn, count.pages);
                }
                let facts = block.facts.clone();
                let seen = Asked { counts, facts, zoneinfo: block.zoneinfo.clone(), number: block.number };
                seen.judged(&boot.ram).answer == Answer::Yes && block.fact("went") == "no"
            })
        });
        assert!(wrong, "{} decides nothing", blind.name());
    }
}

/// A tree with blocks of two nodes and a summary of their pages, as a capture has them.
fn tree() -> tempfile::TempDir {
    let tree = tempfile::tempdir().unwrap();
    let put = |path: &str, text: &str| {
        let path = tree.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    put("sys/devices/system/memory/block_size_bytes", "8000000\n");
    for (block, node, zone, state) in [
        (0, 0, "none", "online"),
        (1, 0, "DMA32", "online"),
        (32, 1, "Movable", "online"),
        (33, 1, "Movable", "online"),
        (34, 1, "Movable", "offline"),
    ] {
        put(&format!("sys/devices/system/memory/memory{block}/state"), state);
        put(&format!("sys/devices/system/memory/memory{block}/valid_zones"), zone);
        put(&format!("sys/devices/system/node/node{node}/memory{block}/x"), "");
    }
    put(
        "proc/iomem",
        "00001000-0009ffff : System RAM\n00100000-0fffffff : System RAM\n  01000000-01ffffff : Kernel code\n100000000-117ffffff : System RAM\n",
    );
    put(
        "acpihp/page-flags",
        "0 reserved=32768@0x0\n1 slab=700@0x8001 page-table=13@0x9000 free=32055@0x8000\n32 user=768@0x100000 free=32000@0x100300\n33 free=32768@0x108000\n",
    );
    put(
        "acpihp/zone-counters",
        "Node 0, zone DMA32\npages free 40000\nmin 100\npresent 60000\nNode 1, zone Movable\npages free 64768\nmin 0\npresent 98304\n",
    );
    put("proc/sys/kernel/osrelease", "6.12.1\n");
    tree
}

fn acpihp(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_acpihp")).args(args).output().unwrap()
}

fn look(tree: &tempfile::TempDir, more: &[&str]) -> (Value, Option<i32>) {
    let args = [&["removable", "-J", "--sysroot", tree.path().to_str().unwrap()], more].concat();
    let done = acpihp(&args);
    (answer::parse(&done.stdout), done.status.code())
}

fn answers(view: &Value) -> Vec<(u64, u64, &str)> {
    let run = |run: &'_ Value| (run["first"].as_u64().unwrap(), run["last"].as_u64().unwrap());
    let blocks = view["blocks"].as_array().unwrap();
    blocks.iter().map(|block| (run(block).0, run(block).1, block["answer"].as_str().unwrap())).collect()
}

#[test]
fn a_capture_is_answered_from() {
    let tree = tree();
    let (view, status) = look(&tree, &[]);
    assert_eq!(status, Some(0));
    assert_eq!(
        answers(&view),
        [(0, 0, "no"), (1, 1, "no"), (32, 32, "yes"), (33, 33, "yes"), (34, 34, "yes")]
    );
    let held = &view["blocks"][1]["held_by"];
    assert_eq!(
        (&held[0]["kind"], &held[0]["pages"], &held[0]["first_pfn"]),
        (&"slab".into(), &700.into(), &0x8001.into())
    );
    assert_eq!(view["nodes"][1]["removable"], 3 * BLOCK);
    assert_eq!((&view["nodes"][0]["whole"], &view["nodes"][1]["whole"]), (&"no".into(), &"yes".into()));
    for (more, wanted) in [
        (&["--node", "1"][..], 0),
        (&["--node", "0"], 1),
        (&["--block", "32-33"], 0),
        (&["--block", "memory1"], 1),
        (&["--range", "4G-0x100000001"], 0),
    ] {
        assert_eq!(look(&tree, more).1, Some(wanted), "{more:?}");
    }
    let root = tree.path().to_str().unwrap();
    for (more, wanted) in [
        (["--node", "7"], 4),
        (["--block", "99"], 4),
        (["--range", "1T-2T"], 4),
        (["--block", "2-1"], 2),
        (["--range", "5-5"], 2),
    ] {
        let done = acpihp(&[&["removable", "--sysroot", root], &more[..]].concat());
        assert_eq!(done.status.code(), Some(wanted), "{more:?}");
        assert!(String::from_utf8_lossy(&done.stderr).contains(more[0]), "{more:?}");
    }
}

#[test]
fn what_is_not_known_is_never_yes() {
    let tree = tree();
    fs::remove_file(tree.path().join("acpihp/page-flags")).unwrap();
    let (view, status) = look(&tree, &["--node", "1"]);
    assert_eq!((answers(&view), status), (vec![(32, 33, "unknown"), (34, 34, "yes")], Some(1)));
    assert!(view["not_read"].as_str().unwrap().contains("acpihp capture"), "{view:#}");
    // A summary that lacks a block, and a block that went away meanwhile.
    fs::write(tree.path().join("acpihp/page-flags"), "33 free=32768@0x108000\n").unwrap();
    fs::remove_file(tree.path().join("sys/devices/system/memory/memory33/state")).unwrap();
    let (view, _) = look(&tree, &["--node", "1"]);
    assert_eq!(answers(&view), [(32, 32, "unknown"), (33, 33, "unknown"), (34, 34, "yes")]);
    // The kernel's image is known without flags.
    fs::write(tree.path().join("sys/devices/system/memory/memory0/valid_zones"), "DMA32").unwrap();
    fs::write(
        tree.path().join("proc/iomem"),
        "00000000-0fffffff : System RAM\n  01000000-01ffffff : Kernel code\n",
    )
    .unwrap();
    let (view, _) = look(&tree, &["--block", "0"]);
    assert_eq!(view["blocks"][0]["answer"], "no");
    let what = view["blocks"][0]["held_by"][0]["what"].as_str().unwrap();
    assert!(what.starts_with("Kernel code"), "{what}");
    // No blocks at all.
    fs::remove_dir_all(tree.path().join("sys/devices/system/memory")).unwrap();
    let done = acpihp(&["removable", "--sysroot", tree.path().to_str().unwrap()]);
    assert_eq!(done.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&done.stderr).contains("no memory blocks"));
}

#[test]
fn who_asked_for_the_pages_is_named_or_how_to_find_out() {
    let tree = tree();
    let put = |path: &str, text: &str| {
        fs::create_dir_all(tree.path().join(path).parent().unwrap()).unwrap();
        fs::write(tree.path().join(path), text).unwrap();
    };
    let (view, _) = look(&tree, &[]);
    let why = view["owners_not_read"].as_str().unwrap();
    assert!(why.contains("page_owner=on"), "{why}");
    assert_eq!(view["slabs"], serde_json::json!([]));
    // Where nothing holds a block, there is nothing to find out.
    assert!(look(&tree, &["--node", "1"]).0["owners_not_read"].is_null());
    let config: String = (0..300).map(|number| format!("CONFIG_X{number}=y\n")).collect();
    let config =
        config + "CONFIG_64BIT=y\nCONFIG_X86_64=y\nCONFIG_MEMORY_HOTPLUG=y\nCONFIG_MEMORY_HOTREMOVE=y\n";
    put("boot/config-6.12.1", &format!("{config}# CONFIG_PAGE_OWNER is not set\n"));
    let (view, _) = look(&tree, &[]);
    assert!(view["owners_not_read"].as_str().unwrap().contains("without CONFIG_PAGE_OWNER"), "{view:#}");
    // A copy of the files, as people make it.
    let record = |pfn: u64, kind: &str, functions: &[&str]| {
        let stack: String = functions.iter().map(|name| format!(" {name}+0x1/0x2\n")).collect();
        format!(
            "Page allocated via order 0, mask 0x0(), pid 1, tgid 1 (x), ts 1 ns\nPFN {pfn:#x} type {kind} Block 0 type {kind} \
             Flags 0x0()\n post_alloc_hook+0x1/0x2\n get_page_from_freelist+0x1/0x2\n{stack}\n"
        )
    };
    let records = [
        record(0x8001, "Unmovable", &["new_slab", "kmem_cache_alloc_noprof", "__d_alloc"]),
        record(0x8002, "Reclaimable", &["new_slab", "kmem_cache_alloc_noprof", "alloc_inode"]),
        record(0x8003, "Unmovable", &["new_slab", "kmem_cache_alloc_noprof", "alloc_inode"]),
        record(0x9000, "Unmovable", &["pte_alloc_one", "__pte_alloc"]),
        record(0x9001, "Movable", &["do_anonymous_page"]),
    ];
    put("sys/kernel/debug/page_owner", &records.concat());
    put(
        "proc/slabinfo",
        "slabinfo - version: 2.1\ndentry 10 20 192 21 1 : tunables 0 0 0 : slabdata 2 512 0\n\
         kmalloc-1k 10 20 1024 16 4 : tunables 0 0 0 : slabdata 2 64 0\n",
    );
    let check = |view: &Value| {
        assert!(view["owners_not_read"].is_null(), "{view:#}");
        let held = &view["blocks"][1]["held_by"];
        assert_eq!(
            held[0]["by"],
            serde_json::json!([{"function": "alloc_inode", "pages": 2}, {"function": "__d_alloc", "pages": 1}])
        );
        assert_eq!(held[1]["by"], serde_json::json!([{"function": "pte_alloc_one", "pages": 1}]));
        let why = view["blocks"][1]["why"].as_str().unwrap();
        assert!(why.contains("asked for by alloc_inode, __d_alloc; 13 page tables"), "{why}");
        assert_eq!(
            (&view["slabs"][0]["name"], &view["slabs"][0]["bytes"]),
            (&"dentry".into(), &(2 << 20).into())
        );
        assert_eq!(view["slabs"][0]["reclaimable"], true);
    };
    check(&look(&tree, &[]).0);
    // A capture keeps summaries of both.
    let root = tree.path().to_str().unwrap();
    let tar = tree.path().join("machine.tar");
    let done = acpihp(&["capture", "--sysroot", root, "-o", tar.to_str().unwrap()]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let done = acpihp(&["removable", "-J", "--sysroot", tar.to_str().unwrap()]);
    check(&answer::parse(&done.stdout));
    let done = acpihp(&["removable", "--sysroot", root]);
    let text = String::from_utf8(done.stdout).unwrap();
    assert!(
        text.contains("Slab caches   the largest: dentry 2 MiB (can be dropped), kmalloc-1k 1 MiB"),
        "{text}"
    );
}

#[test]
fn arm64_keeps_what_it_booted_with() {
    let tree = tree();
    fs::write(tree.path().join("proc/sys/kernel/arch"), "aarch64\n").unwrap();
    let (view, _) = look(&tree, &["--block", "33"]);
    assert_eq!(view["blocks"][0]["answer"], "maybe");
    fs::create_dir_all(tree.path().join("var/log")).unwrap();
    let log = "[    0.000000] Linux version 6.12.1-arm64 (x) #1\n[    0.000000] Early memory node ranges\n\
               [    0.000000]   node   1: [mem 0x0000000100000000-0x000000010fffffff]\n";
    fs::write(tree.path().join("var/log/dmesg"), log).unwrap();
    let (view, _) = look(&tree, &["--block", "33"]);
    assert_eq!(view["blocks"][0]["answer"], "no", "{view:#}");
    assert!(view["blocks"][0]["why"].as_str().unwrap().contains("arm64"));
}

/// The program that makes load, compiled for a guest.
fn load(folder: &Path) -> Option<Vec<u8>> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorder/load.c");
    let program = folder.join("load");
    let done = Command::new("cc").args(["-O1", "-static", "-o"]).arg(&program).arg(source).status();
    done.is_ok_and(|status| status.success()).then(|| fs::read(program).unwrap())
}

#[test]
fn a_guest_s_kernel_does_what_was_said_inside_of_it() {
    let Some(kernel) = skip::variable("ACPIHP_LIVE_KERNEL").map(PathBuf::from) else { return };
    if !skip::program("cc") || !skip::program("ldd") {
        return;
    }
    let busybox = user_space::busybox().expect("no static busybox in /bin or /usr/bin");
    let temporary = recorder::temporary().unwrap();
    let Some(load) = load(temporary.path()) else {
        return skip::skip("cc", "cc cannot make a static program");
    };
    let mut files = crate::live::program(temporary.path());
    files.push(("load".to_owned(), load));
    files.push(("load.conf".to_owned(), b"1 x\n".to_vec()));
    files.push(("more".to_owned(), include_bytes!("../recorder/offline.sh").to_vec()));
    let files: Vec<(&str, Vec<u8>)> =
        files.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    let initrd = user_space::initrd_with(&busybox, &files).unwrap();
    let mut guest = Guest::new(&kernel, &[768, 768, 512]);
    guest.timeout = std::time::Duration::from_secs(1200);
    let boot = guest.boot(&initrd, "console=ttyS0 panic=-1 nokaslr kernelcore=1200M").unwrap();
    let mut asked = 0;
    let mut wrong = Vec::new();
    for (path, result) in
        boot.files.iter().filter(|(path, _)| path.starts_with("try/") && path.ends_with("/result"))
    {
        let result = String::from_utf8_lossy(result);
        let view = answer::parse(&boot.files[&path.replace("/result", "/removable")]);
        let block = &view["blocks"][0];
        let went = result.contains("state=offline");
        asked += 1;
        let is_right = match block["answer"].as_str().unwrap() {
            "yes" => went,
            "no" => !went,
            "maybe" => went || !block["why"].as_str().unwrap().is_empty(),
            _ => false,
        };
        if !is_right {
            wrong.push(format!("{path}: {}: {}: {result}", block["answer"], block["why"]));
        }
    }
    assert!(asked >= 12, "{asked} blocks were asked for: {}", boot.console);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    eprintln!("{asked} blocks did as they were said to");
}
