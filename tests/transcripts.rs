//! Transcripts: what each command prints and returns, mistakes included, in the files of tests/cmd; the README shows
//! some of it.
//!
//! `TRYCMD=overwrite cargo test --test integration transcripts::` renews them, and the README's blocks with them; read the difference
//! before you commit it.

use std::path::Path;

#[test]
fn commands_answer_as_written_down() {
    let cases = trycmd::TestCases::new();
    // The same everywhere: no colours, no terminal, no time of the day.
    cases.env("NO_COLOR", "1").env("COLUMNS", "80").env("LC_ALL", "C");
    cases.default_bin_name("acpihp").case("tests/cmd/*.trycmd");
    // They run when `cases` goes; the README looks at what they leave.
    drop(cases);
    the_readme_shows_what_is_printed();
}

const FENCE: &str = "```console\n";

/// The console blocks of a text.
fn blocks(text: &str) -> impl Iterator<Item = &str> {
    text.split(FENCE).skip(1).filter_map(|rest| rest.split_once("```")).map(|(block, _)| block.trim_end())
}

/// The command lines of a block.
fn commands(block: &str) -> Vec<&str> {
    block.lines().filter(|line| line.starts_with("$ ")).collect()
}

/// Each console block of the README is a block of tests/cmd/readme.trycmd, but for `? 1`, which is how a transcript
/// notes a status; each command is among them; and its table of exit statuses is the program's.
fn the_readme_shows_what_is_printed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let transcript = std::fs::read_to_string(root.join("tests/cmd/readme.trycmd")).unwrap();
    let shown: Vec<String> = blocks(&readme).map(str::to_owned).collect();
    assert!(shown.len() >= 6, "the README shows {} blocks", shown.len());
    for block in &shown {
        let run = blocks(&transcript).find(|run| commands(run) == commands(block));
        let run =
            run.unwrap_or_else(|| panic!("no block in tests/cmd/readme.trycmd runs {:?}", commands(block)));
        let run: Vec<&str> = run.lines().filter(|line| !line.starts_with("? ")).collect();
        readme = readme.replace(&format!("{FENCE}{block}\n"), &format!("{FENCE}{}\n", run.join("\n")));
    }
    if std::env::var_os("TRYCMD").is_some_and(|how| how == "overwrite") {
        std::fs::write(root.join("README.md"), &readme).unwrap();
    }
    let written = std::fs::read_to_string(root.join("README.md")).unwrap();
    for (is, wanted) in blocks(&written).zip(blocks(&readme)) {
        assert_eq!(
            is, wanted,
            "README.md is out of date; renew with: TRYCMD=overwrite cargo test --test integration transcripts::"
        );
    }
    for page in std::fs::read_dir(root.join("man")).unwrap() {
        let page = page.unwrap().file_name().into_string().unwrap();
        let Some(command) = page.strip_prefix("acpihp-").and_then(|page| page.strip_suffix(".1")) else {
            continue;
        };
        // What these two print is no text to read, and the section on installing has them.
        let is_shown = ["completions", "man"].contains(&command)
            || blocks(&readme).flat_map(commands).any(|line| line.split(' ').nth(2) == Some(command));
        let is_named = readme.contains(&format!("acpihp {command}"));
        assert!(is_shown && is_named, "the README says nothing of acpihp {command}");
    }
    for (exit, means) in acpihp::cli::EXIT_STATUSES {
        let row = format!("| {} | {} |", exit as u8, means.replace("--fail-on", "`--fail-on`"));
        assert!(readme.contains(&row), "the README lacks: {row}");
    }
}
