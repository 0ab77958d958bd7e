//! Transcripts: what each command prints and returns, mistakes included, in the files of tests/cmd.
//!
//! `TRYCMD=overwrite cargo test --test transcripts` renews them; read the difference before you commit it.

#[test]
fn commands_answer_as_written_down() {
    let cases = trycmd::TestCases::new();
    // The same everywhere: no colours, no terminal, no time of the day.
    cases.env("NO_COLOR", "1").env("COLUMNS", "80").env("LC_ALL", "C");
    cases.default_bin_name("acpihp").case("tests/cmd/*.trycmd");
}
