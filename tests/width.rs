//! Text fits into 80 columns, but for what is never wrapped: lines of the kernel's log, commands to paste, paths, sources of
//! tables, and errors, which are one line each.

use crate::recorded;
use std::path::Path;
use std::process::{Command, Stdio};

const WIDTH: usize = 80;

/// Commands whose output is source or data, in the words that they have.
const NOT_TEXT: [&str; 10] = [
    " -J",
    "--json",
    "--format",
    " template ",
    " completions ",
    " man",
    ".json",
    "--acpidump",
    "--dsl",
    "--explain",
];

/// Whether a line may be wider, and is no mistake.
fn is_exempt(line: &str) -> bool {
    let text = line.trim_start();
    let is_log = ["ACPI: ", "SRAT: ", "NUMA: ", "Linux version "].iter().any(|start| text.starts_with(start))
        || text.starts_with('[')
        || text.contains(" ACPI table found in initrd ");
    let is_command = ["acpihp ", "$ ", "? ", "cp ", "cat ", "ukify ", "install ", "sudo ", "echo "];
    // A path counts as a word of 16 columns; so do names of functions.
    let short = |word: &str| {
        let is_name = word.contains('/') || word.contains('_');
        word.chars().count().min(if is_name { 16 } else { usize::MAX })
    };
    let width: usize = line.split(' ').map(|word| short(word) + 1).sum();
    is_log || is_command.iter().any(|start| text.starts_with(start)) || width <= WIDTH + 1
}

/// The lines of a text that are too wide.
fn wide<'t>(text: &'t str, of: &str) -> Vec<String> {
    let is_wide = |line: &&'t str| line.chars().count() > WIDTH && !is_exempt(line);
    text.lines().filter(is_wide).map(|line| format!("{of}: {line}")).collect()
}

/// What a command prints, without its errors.
fn printed(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_acpihp"))
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("LC_ALL", "C.UTF-8")
        .env_remove("COLUMNS")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    let notes = errors.lines().filter(|line| !line.starts_with("acpihp: "));
    notes.fold(String::from_utf8_lossy(&output.stdout).into_owned(), |all, line| all + line + "\n")
}

#[test]
fn transcripts_fit() {
    let mut all = Vec::new();
    let mut count = 0;
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cmd")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|kind| kind != "trycmd") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for block in text.split("```").skip(1).step_by(2) {
            for run in block.split("\n$ ").skip(1) {
                let (command, output) = run.split_once('\n').unwrap_or((run, ""));
                count += 1;
                let lines = output.lines().filter(|line| !line.starts_with("acpihp: "));
                if !NOT_TEXT.iter().any(|word| command.contains(word)) {
                    all.extend(wide(&lines.collect::<Vec<_>>().join("\n"), command));
                }
            }
        }
    }
    assert!(count > 150, "{count}");
    assert!(all.is_empty(), "\n{}\n", all.join("\n"));
}

#[test]
fn help_and_explanations_fit() {
    let mut all = wide(&printed(&["explain", "--all"]), "explain --all");
    all.extend(wide(&printed(&["explain"]), "explain"));
    all.extend(wide(&printed(&["template", "list"]), "template list"));
    let help = printed(&["--help"]);
    let names = help.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    let mut count = 0;
    for name in names
        .filter(|name| name.len() > 2 && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'))
    {
        count += 1;
        for option in ["-h", "--help"] {
            all.extend(wide(&printed(&[name, option]), name));
        }
    }
    assert!(count >= 18, "{count}");
    assert!(all.is_empty(), "\n{}\n", all.join("\n"));
}

/// Commands on a machine; its name comes after them.
const ON_A_MACHINE: [&str; 16] = [
    "plan",
    "plan --early --blocks --numa --map",
    "plan --hot-add 16G-17G@1",
    "plan --compare --append|movable_node",
    "simulate",
    "simulate --compare --kernel|5.10",
    "advise --want node|0|fully|movable --map",
    "where 0x1000000 4G 7G",
    "removable",
    "doctor",
    "dump",
    "dump SRAT APIC FACP",
    "check -v",
    "check --kernel 5.10,6.1,6.12",
    "edit SRAT --hotplug node=0 --plan --map",
    "edit SRAT --hotplug range=16M-32M --plan",
];

#[test]
fn reports_on_machines_fit() {
    let mut machines: Vec<(&str, String)> =
        ["hotplug", "unmarked"].map(|name| ("--sample", name.to_owned())).to_vec();
    let boots = recorded::own();
    let every = (boots.len() / 14).max(1);
    machines.extend(
        boots.iter().step_by(every).map(|boot| ("--sysroot", boot.sysroot().to_str().unwrap().to_owned())),
    );
    let mut all = Vec::new();
    for (option, name) in &machines {
        for command in ON_A_MACHINE {
            let words: Vec<String> = command.split(' ').map(|word| word.replace('|', " ")).collect();
            let mut args: Vec<&str> = words.iter().map(String::as_str).collect();
            args.extend([*option, name.as_str()]);
            all.extend(wide(&printed(&args), &format!("{command} {option} {name}")));
        }
        let [sample, other] = ["samples/unmarked/machine", name.as_str()];
        if *option == "--sysroot" {
            all.extend(wide(&printed(&["diff", sample, other, "--map"]), &format!("diff {sample} {other}")));
        }
    }
    assert!(all.is_empty(), "\n{}\n", all.join("\n"));
}
