//! `-q` and `-v` mean the same in every command, and none of them is taken and ignored; errors begin alike.

use crate::skip;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn run(args: &str, folder: &Path) -> Output {
    let words = args.split(' ').filter(|word| !word.is_empty()).map(|word| word.replace('|', " "));
    Command::new(env!("CARGO_BIN_EXE_acpihp"))
        .args(words)
        .current_dir(folder)
        .stdin(Stdio::null())
        .env("LC_ALL", "C")
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A tree of samples, and some files.
fn stage() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in ["hotplug", "unmarked"] {
        let output = run(&format!("sample {name} -o {name}"), folder.path());
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
    std::fs::copy(here.join("tests/cmd/check.in/overlap.aml"), folder.path().join("overlap.aml")).unwrap();
    std::fs::copy(here.join("tests/cmd/check.in/srat.aml"), folder.path().join("srat.aml")).unwrap();
    let template = run("template SLIT", folder.path());
    std::fs::write(folder.path().join("slit.dsl"), template.stdout).unwrap();
    let made = run("mkinitrd-override srat.aml -o early.img --against none", folder.path());
    assert!(made.status.success(), "{}", text(&made.stderr));
    folder
}

/// Each command with something that it can leave out or add.
const COMMANDS: [&str; 19] = [
    "plan --sample unmarked --cmdline movable_node|kernelcore=3G",
    "plan --sample hotplug --compare --append|-movable_node",
    "simulate --sample unmarked --kernel 6.12 --override srat.aml --cmdline acpi=off",
    "advise --sample unmarked --want node|2|fully|movable",
    "doctor --sample hotplug",
    "check overlap.aml --kernel 6.12",
    "inspect early.img",
    "edit SRAT --sample unmarked --hotplug range=6656M-7G",
    "diff srat.aml overlap.aml",
    "capture --sysroot hotplug -o new.tar",
    "explain",
    "where 5G --sample hotplug",
    "dump --sample hotplug",
    "dump SRAT --sample hotplug",
    "build slit.dsl -o slit.aml",
    "sample",
    "sample hotplug",
    "report --sample hotplug -o new.html",
    "mkinitrd-override srat.aml -o new.img --against none",
];

#[test]
fn quiet_prints_less() {
    let folder = stage();
    for command in COMMANDS {
        let plain = run(command, folder.path());
        let quiet = run(&format!("{command} -q"), folder.path());
        assert_eq!(plain.status.code(), quiet.status.code(), "{command}: {}", text(&quiet.stderr));
        let (all, bare) = (text(&plain.stdout), text(&quiet.stdout));
        assert!(plain.status.code() != Some(3), "{command}: {}", text(&plain.stderr));
        assert!(bare.len() < all.len(), "{command} -q prints as much:\n{bare}");
        assert!(!text(&quiet.stderr).contains("note: "), "{command}");
        assert!(!bare.contains("info["), "{command}: {bare}");
    }
}

#[test]
fn verbose_prints_more() {
    let folder = stage();
    // What is cut short there, or only worth knowing; `where` and `doctor` name what they read of the running machine.
    for command in COMMANDS.iter().filter(|command| !command.starts_with("where")) {
        let plain = run(command, folder.path());
        let verbose = run(&format!("{command} -v"), folder.path());
        assert_eq!(plain.status.code(), verbose.status.code(), "{command}: {}", text(&verbose.stderr));
        let (some, more) = (text(&plain.stdout), text(&verbose.stdout));
        if ["capture", "diff", "inspect", "doctor", "plan --sample hotplug"]
            .iter()
            .any(|name| command.starts_with(name))
        {
            assert!(more.len() >= some.len(), "{command} -v:\n{more}");
        } else {
            assert!(more.len() > some.len(), "{command} -v prints no more:\n{more}");
        }
    }
}

#[test]
fn quiet_and_verbose_contradict_each_other() {
    let folder = stage();
    for command in COMMANDS {
        let has_formats = !command.starts_with("build") && !command.starts_with("report");
        let formats = ["-v -J", "-v --format json"];
        for options in ["-q -v"].into_iter().chain(formats.into_iter().filter(|_| has_formats)) {
            let output = run(&format!("{command} {options}"), folder.path());
            assert_eq!(output.status.code(), Some(2), "{command} {options}");
        }
    }
}

/// A text without the colours in it.
fn plain(text: &str) -> String {
    let mut parts = text.split('\x1b');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| all + part.split_once('m').unwrap().1)
}

#[test]
fn severities_have_colours_that_change_nothing_else() {
    let folder = stage();
    let run = |command: &str, variables: &[(&str, &str)]| {
        let words = command.split(' ').map(|word| word.replace('|', " "));
        let mut all = Command::new(env!("CARGO_BIN_EXE_acpihp"));
        all.args(words).current_dir(folder.path()).stdin(Stdio::null()).env("LC_ALL", "C");
        all.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
        let output = all.envs(variables.iter().copied()).output().unwrap();
        (text(&output.stdout), text(&output.stderr))
    };
    let lost = "edit SRAT --sample hotplug --oem-revision 9 --plan --append movable_node --kernel 6.12";
    let refused = "mkinitrd-override overlap.aml -o refused.img --against none";
    let [mut red, mut yellow] = [0; 2];
    for command in COMMANDS.iter().chain(&[lost, refused]) {
        // What is written is named with its hash or its length in both.
        let (bare, coloured) = (run(command, &[]), run(command, &[("CLICOLOR_FORCE", "1")]));
        assert_eq!((plain(&coloured.0), plain(&coloured.1)), bare, "{command}");
        let both = coloured.0 + &coloured.1;
        red += both.matches("\x1b[1;31merror\x1b[0m[").count();
        yellow += both.matches("\x1b[33mwarning\x1b[0m[").count();
        let severities = ["error[", "warning[", "info["].map(|word| format!("\n{word}"));
        assert!(!severities.iter().any(|word| both.contains(word)), "{command}: {both}");
        let never = run(command, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]);
        assert_eq!(never, bare, "{command}");
    }
    assert!(red > 0 && yellow > 1, "{red} {yellow}");
    let into_file = run("plan --sample hotplug -o plan.txt", &[("TERM", "xterm")]);
    assert!(into_file.0.is_empty() && !run("plan --sample hotplug", &[]).0.contains('\x1b'));
}

#[test]
fn long_work_shows_that_it_goes_on() {
    if !skip::program("script") {
        return;
    }
    let folder = stage();
    let on_terminal = |wait: &str, options: &str| {
        let program = env!("CARGO_BIN_EXE_acpihp");
        let line = format!("(sleep {wait}; cat srat.aml) | {program} dump --from - {options}");
        let mut command = Command::new("script");
        command.args(["-qec", &line, "/dev/null"]).current_dir(folder.path()).stdin(Stdio::null());
        let output = command.env("TERM", "xterm").env("NO_COLOR", "1").output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stdout));
        text(&output.stdout)
    };
    let shown = on_terminal("1.6", "");
    assert!(shown.contains("reading tables, 1s") && shown.contains("SRAT"), "{shown}");
    // It is gone before the answer comes.
    let (sign, answer) = (shown.rfind("reading tables").unwrap(), shown.find("TABLE ").unwrap());
    assert!(sign < answer && shown[sign..answer].contains("\u{1b}[2K"), "{shown:?}");
    for (wait, options) in [("0.1", ""), ("1.6", "-q")] {
        let shown = on_terminal(wait, options);
        assert!(!shown.contains("reading"), "{shown}");
    }
}

#[test]
fn errors_begin_alike() {
    let folder = stage();
    let commands: [(&str, i32); 24] = [
        ("frobnicate", 2),
        ("plan --no-such-option", 2),
        ("plan --format xml", 2),
        ("plan --sample nothing", 4),
        ("plan --sysroot nowhere", 3),
        ("plan --sample hotplug --kernel-at 5", 2),
        ("simulate --flow x", 2),
        ("check", 2),
        ("check nowhere.aml", 3),
        ("check srat.aml --allow no-such-code", 2),
        ("dump XXXX --sample hotplug", 4),
        ("dump --from nowhere", 3),
        ("edit", 2),
        ("edit SRAT --sample hotplug", 2),
        ("edit nowhere.aml --set Revision=3", 3),
        ("build nowhere.dsl", 3),
        ("template XXXX", 4),
        ("explain no-such-code", 4),
        ("inspect srat.aml", 3),
        ("diff srat.aml nowhere.aml", 3),
        ("where 5G --sysroot nowhere", 3),
        ("removable --sample hotplug", 3),
        ("capture --sysroot nowhere -o x.tar", 3),
        ("mkinitrd-override nowhere.aml -o x.img", 3),
    ];
    for (command, status) in commands {
        let output = run(command, folder.path());
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{command}: {said}");
        // What check cannot read is one input of several.
        let is_alone = !command.starts_with("check ") || status == 2;
        assert!(said.starts_with("acpihp: "), "{command}: {said}");
        assert!(output.stdout.is_empty() || !is_alone, "{command}: {}", text(&output.stdout));
        if let Some(path) = command.split(' ').find(|word| word.starts_with("nowhere")) {
            assert!(said.starts_with(&format!("acpihp: {path}: ")), "{command}: {said}");
        }
    }
}

#[test]
fn transcripts_have_no_other_errors() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cmd");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|kind| kind == "trycmd") {
            let lines = std::fs::read_to_string(&path).unwrap();
            let other = lines.lines().find(|line| line.starts_with("error: ") || line.starts_with("Error: "));
            assert_eq!(other, None, "{}", path.display());
        }
    }
}
