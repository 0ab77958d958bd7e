//! Transcripts: what each command prints and returns, mistakes included, in the files of tests/cmd; docs/tutorial.md
//! shows some of it.
//!
//! `TRYCMD=overwrite cargo test --test integration transcripts::` updates them, and the tutorial's blocks with them; read the
//! difference before you commit it.

use std::path::Path;

#[test]
fn commands_answer_as_written_down() {
    let cases = trycmd::TestCases::new();
    // The same everywhere: no colours, no terminal, no time of the day.
    cases.env("NO_COLOR", "1").env("COLUMNS", "80").env("LC_ALL", "C");
    cases.default_bin_name("acpihp").case("tests/cmd/*.trycmd");
    // They run when `cases` goes; the tutorial is compared with what they leave.
    drop(cases);
    the_documents_show_what_is_printed();
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

/// The README's table of exit statuses is the program's, and it names every command. Each console block of the tutorial is
/// a block of tests/cmd/tutorial.trycmd, but for `? 1`, which is how a transcript notes a status.
fn the_documents_show_what_is_printed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let path = root.join("docs/tutorial.md");
    let mut tutorial = std::fs::read_to_string(&path).unwrap();
    let transcript = std::fs::read_to_string(root.join("tests/cmd/tutorial.trycmd")).unwrap();
    let shown: Vec<String> = blocks(&tutorial).map(str::to_owned).collect();
    assert!(shown.len() >= 6, "the tutorial shows {} blocks", shown.len());
    for block in &shown {
        let run = blocks(&transcript).find(|run| commands(run) == commands(block));
        let run =
            run.unwrap_or_else(|| panic!("no block in tests/cmd/tutorial.trycmd runs {:?}", commands(block)));
        let run: Vec<&str> = run.lines().filter(|line| !line.starts_with("? ")).collect();
        tutorial = tutorial.replace(&format!("{FENCE}{block}\n"), &format!("{FENCE}{}\n", run.join("\n")));
    }
    if std::env::var_os("TRYCMD").is_some_and(|how| how == "overwrite") {
        std::fs::write(&path, &tutorial).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap();
    for (is, wanted) in blocks(&written).zip(blocks(&tutorial)) {
        assert_eq!(
            is, wanted,
            "docs/tutorial.md is out of date; update it with: TRYCMD=overwrite cargo test --test integration transcripts::"
        );
    }
    for page in std::fs::read_dir(root.join("man")).unwrap() {
        let page = page.unwrap().file_name().into_string().unwrap();
        let Some(command) = page.strip_prefix("acpihp-").and_then(|page| page.strip_suffix(".1")) else {
            continue;
        };
        assert!(
            readme.contains(&format!("acpihp {command}")),
            "the README does not mention acpihp {command}"
        );
    }
    let is_boot = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.unwrap().path().extension().is_some_and(|it| it == "tar")
    };
    let boots = std::fs::read_dir(root.join("tests/boots"))
        .unwrap()
        .filter_map(|it| is_boot(it).then_some(()))
        .count();
    assert!(
        readme.contains(&format!(" {boots} recorded boots ")),
        "the README has another number of boots than {boots}"
    );
    let faults = std::fs::read_to_string(root.join("docs/faults.md")).unwrap();
    let sums = faults.lines().find_map(|line| line.strip_prefix("| | **found of ")).unwrap();
    let sums: Vec<&str> = sums.split(['*', '|', ' ']).filter(|word| !word.is_empty()).collect();
    let [all, ours, iasl, fwts] = sums[..] else { panic!("docs/faults.md ends with {sums:?}") };
    let found = format!("{all} planted faults: acpihp finds {ours}, fwts {fwts}, iasl {iasl}:");
    assert!(readme.contains(&found), "the README lacks: {found}");
    for (exit, means) in acpihp::cli::EXIT_STATUSES {
        let row = format!("| {} | {} |", exit as u8, means.replace("--fail-on", "`--fail-on`"));
        assert!(readme.contains(&row), "the README lacks: {row}");
    }
}
