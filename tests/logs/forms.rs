//! Forms: what programs and people make of a log.

use super::{DL165, codes, plan, run};
use std::io::Write;

/// Each message of the log without its time.
fn messages() -> impl Iterator<Item = &'static str> {
    DL165.lines().map(|line| line.strip_prefix("[    0.000000] ").unwrap_or(line))
}

/// The log with something else in place of `[    0.000000] `.
fn with(prefix: &str) -> Vec<u8> {
    messages().map(|message| format!("{prefix}{message}\n")).collect::<String>().into_bytes()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

fn coloured() -> String {
    let line = |message: &str| match message.split_once(": ") {
        Some((system, rest)) => {
            format!("\x1b[32m[    0.000000] \x1b[0m\x1b[33m{system}: \x1b[0m{rest}\x1b[0m\n")
        }
        None => format!("\x1b[32m[    0.000000] \x1b[0m\x1b[1m{message}\x1b[0m\n"),
    };
    messages().map(line).collect()
}

fn json(separator: &str) -> String {
    let line = |message: &str| {
        let record = serde_json::json!({"_TRANSPORT": "kernel", "PRIORITY": "6", "MESSAGE": message});
        format!("{separator}{record}\n")
    };
    let other = r#"{"_TRANSPORT":"syslog","MESSAGE":"Linux version 1.0 (of a program)"}"#;
    format!("{}{separator}{other}\n", messages().map(line).collect::<String>())
}

fn export() -> String {
    messages()
        .map(|message| format!("__CURSOR=s=1\n_TRANSPORT=kernel\nMESSAGE={message}\nPRIORITY=6\n\n"))
        .collect()
}

fn dmesg_json() -> String {
    let lines: Vec<_> =
        messages().map(|msg| serde_json::json!({"pri": 6, "time": 0.0, "msg": msg})).collect();
    serde_json::json!({ "dmesg": lines }).to_string()
}

/// A post with the log in it.
fn posted(lead: &str) -> String {
    let log: String = DL165.lines().map(|line| format!("{lead}{line}\n")).collect();
    format!("Hello,\n\nthis is my log:\n\n{log}\nWhat is wrong?\n")
}

#[test]
fn every_form_gives_the_answer_of_the_plain_log() {
    let folder = tempfile::tempdir().unwrap();
    let plain = plan(folder.path(), DL165.as_bytes(), &[]);
    assert_eq!(plain["kernel"], "5.15.39-4-pve");
    let wide: Vec<u8> = format!("\u{feff}{DL165}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let forms: Vec<(&str, Vec<u8>)> = vec![
        ("no time", with("")),
        ("-T", with("[Tue Nov 24 22:06:00 2026] ")),
        ("-H", with("[Nov24 22:06] ")),
        ("-H, later lines", with("[  +0.000000] ")),
        ("-r", with("<6>[    0.000000] ")),
        ("-x", with("kern  :info  : [    0.000000] ")),
        ("-x -t", with("kern  :info  : ")),
        ("-d", with("[    0.000000 <    0.000000>] ")),
        ("--time-format=iso", with("2026-11-24T22:06:00,123456+00:00 ")),
        ("--color", coloured().into_bytes()),
        ("dmesg --json", dmesg_json().into_bytes()),
        ("caller", with("[    0.000000][    T0] ")),
        ("/dev/kmsg", with("6,812,14407123,-;")),
        ("short", with("Nov 24 22:06:00 host kernel: ")),
        ("short, no host", with("Nov 24 22:06:00 kernel: ")),
        ("short of another language", with("1月 06 16:39:14 host kernel: ")),
        ("short-full", with("Tue 2026-11-24 22:06:00 UTC host kernel: ")),
        ("short-precise", with("Nov 24 22:06:00.123456 host kernel: ")),
        ("short-iso", with("2026-11-24T22:06:00+0000 host kernel: ")),
        ("short-iso-precise", with("2026-11-24T22:06:00.123456+0000 host kernel: ")),
        ("short-unix", with("1795557960.123456 host kernel: ")),
        ("short-monotonic", with("[    0.000000] host kernel: ")),
        ("json", json("").into_bytes()),
        ("json-seq", json("\u{1e}").into_bytes()),
        ("export", export().into_bytes()),
        ("syslog", with("Nov 24 22:06:00 host kernel: [    0.000000] ")),
        ("syslog with facility", with("Jan  1 00:00:10 host kern.info kernel: [    0.000000] ")),
        ("logread", with("Thu Jan  1 00:00:00 2026 kern.notice kernel: [    0.000000] ")),
        ("ISO time and level", with("2015-10-01T18:25:37.33654 kern.info: [    0.000000] ")),
        ("ISO time and level alone", with("2015-10-01T18:25:37.33654 kern.info: ")),
        ("a console", DL165.replace('\n', "\r\n").into_bytes()),
        ("a console with more returns", DL165.replace('\n', "\r\r\n").into_bytes()),
        ("a terminal's own times", with("[2026-11-24 22:06:00] [    0.000000] ")),
        ("RFC 5424", with("<6>1 2026-11-24T22:06:00.123456+00:00 host kernel - - - ")),
        ("with-unit", with("Tue 2026-11-24 22:06:00 UTC host kernel[n/a]: ")),
        ("metalog", with("Nov 24 22:06:00 [kernel] ")),
        ("netconsole", with("5.15.39-4-pve,6,0,0,-;")),
        (
            "-r of the journal",
            with("Nov 24 22:06:00 host kernel: ")
                .split_inclusive(|byte| *byte == b'\n')
                .rev()
                .collect::<Vec<_>>()
                .concat(),
        ),
        (
            "JSON of containers",
            messages()
                .map(|line| serde_json::json!({"log": format!("{line}\n"), "stream": "x"}).to_string() + "\n")
                .collect::<String>()
                .into_bytes(),
        ),
        ("an array of JSON", format!("[{}]", json("").trim_end().replace('\n', ",")).into_bytes()),
        (
            "the console of a cloud",
            serde_json::json!({"InstanceId": "i-0", "Output": DL165.replace('\n', "\r\n")})
                .to_string()
                .into_bytes(),
        ),
        ("events", serde_json::json!({"events": [{"t": 1, "message": DL165}]}).to_string().into_bytes()),
        (
            "a test farm",
            messages()
                .map(|line| format!("- {}\n", serde_json::json!({"dt": "2026-11-24", "msg": line})))
                .collect::<String>()
                .into_bytes(),
        ),
        ("spelt out", format!("'{}'\n", DL165.replace('\n', "\\n")).into_bytes()),
        ("a page", format!("<pre>{}</pre>", DL165.replace('>', "&gt;").replace('<', "&lt;")).into_bytes()),
        (
            "a page without blanks",
            DL165
                .split('\n')
                .map(|line| {
                    line.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ") + "\n"
                })
                .collect::<String>()
                .into_bytes(),
        ),
        (
            "a terminal of 80 columns",
            DL165
                .lines()
                .flat_map(|line| line.as_bytes().chunks(80))
                .flat_map(|piece| [piece, b"\n"])
                .flatten()
                .copied()
                .collect(),
        ),
        ("grep -n of files", with("var/log/kern.log:17:[    0.000000] ")),
        ("quoted", posted("> ").into_bytes()),
        ("quoted twice", posted(">> ").into_bytes()),
        ("indented", posted("    ").into_bytes()),
        ("indented, no time", posted("    ").replace("[    0.000000] ", "").into_bytes()),
        ("a code fence", format!("```\n{DL165}```\n").into_bytes()),
        ("gzip", gzip(DL165.as_bytes())),
        ("gzip of json", gzip(json("").as_bytes())),
        ("a BOM", format!("\u{feff}{DL165}").into_bytes()),
        ("two bytes a character", wide),
        ("zeros of a hard reset", format!("Nov 24 half a li\0\0\0\0{DL165}").into_bytes()),
    ];
    for (form, log) in forms {
        let answer = plan(folder.path(), &log, &[]);
        assert_eq!(answer, plain, "{form}");
    }
}

#[test]
fn what_is_not_a_log_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let others: [(&str, &[u8]); 4] = [
        ("text", b"dear all,\nthis is about my machine\n"),
        ("xorg", b"[    12.345] (II) LoadModule: \"glx\"\n"),
        ("bytes", b"\x7fELF\x02\x01\x01\0\0\0\0\0"),
        ("empty", b""),
    ];
    for (name, bytes) in others {
        std::fs::write(folder.path().join(name), bytes).unwrap();
        let output = run(folder.path(), &["plan", "--dmesg", name]);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(3), "{error}");
        assert!(error.contains(name) && !error.contains("no memory map"), "{error}");
    }
}

#[test]
fn the_last_whole_boot_counts_and_the_others_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let second = DL165.replace("5.15.39-4-pve", "6.1.0-9-amd64");
    let cut: String =
        DL165.replace("5.15.39-4-pve", "6.12.9").lines().take(2).map(|line| format!("{line}\n")).collect();
    let log = format!("{DL165}{second}{cut}");
    let of = |more: &[&str]| {
        let answer = plan(folder.path(), log.as_bytes(), more);
        let codes: Vec<String> =
            codes(&answer).into_iter().filter(|code| code.contains("boots")).map(str::to_owned).collect();
        (answer["kernel"].as_str().unwrap().to_owned(), codes)
    };
    let passed = vec!["input-log-boots-passed".to_owned()];
    let several = vec!["input-log-boots".to_owned()];
    assert_eq!(of(&[]), ("6.1.0-9-amd64".to_owned(), passed));
    assert_eq!(of(&["--boot", "1"]), ("5.15.39-4-pve".to_owned(), several.clone()));
    assert_eq!(of(&["--boot", "-1"]), ("6.1.0-9-amd64".to_owned(), several));
    for (number, status) in [("0", 3), ("4", 4), ("-3", 4)] {
        let output = run(folder.path(), &["plan", "--dmesg", "log", "--boot", number]);
        assert_eq!(
            output.status.code(),
            Some(status),
            "{number}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let output = run(folder.path(), &["plan", "--sample", "hotplug", "--boot", "1"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_release_that_no_version_line_tells_is_never_silent() {
    let folder = tempfile::tempdir().unwrap();
    let rest: String = DL165.lines().skip(1).map(|line| format!("{line}\n")).collect();
    let answer = plan(folder.path(), rest.as_bytes(), &[]);
    assert_eq!(answer["kernel"], "5.15.39-4-pve", "BOOT_IMAGE names it");
    assert!(codes(&answer).contains(&"input-release-by-name"), "{:?}", codes(&answer));
    let nameless = rest.replace("BOOT_IMAGE=", "image=");
    let answer = plan(folder.path(), nameless.as_bytes(), &[]);
    assert!(codes(&answer).contains(&"input-release-assumed"), "{:?}", codes(&answer));
}
