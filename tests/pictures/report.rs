//! `acpihp report`: what is in the page, that nothing from outside becomes markup, and what a browser makes of it.

use super::machines::{GIB, holes, many};
use super::{attribute, elements, lost, run, widths};
use crate::{answer, recorded, skip};
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Stdio};

/// What an attacker plants where the command line and names are read.
const PLANTED: &str =
    "</script><script>alert(1)</script><img src=x onerror=alert(2)> \u{202e}gnp.\u{2066} ]]> --> \"'&amp;";

fn page(args: &[&str]) -> String {
    String::from_utf8(run(&[&["report"], args].concat(), "C").stdout).unwrap()
}

/// What is between two marks.
fn between<'a>(text: &'a str, open: &str, close: &str) -> &'a str {
    text.split_once(open)
        .and_then(|(_, rest)| rest.split_once(close))
        .unwrap_or_else(|| panic!("no {open}"))
        .0
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits: String = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
    let six: Vec<String> =
        bits.as_bytes().chunks(6).map(|six| format!("{:0<6}", String::from_utf8_lossy(six))).collect();
    let out: String =
        six.iter().map(|six| char::from(LETTERS[usize::from_str_radix(six, 2).unwrap()])).collect();
    format!("{out:=<width$}", width = out.len().div_ceil(4) * 4)
}

/// The hash of a text as the policy names it, made without the program's own code.
fn hash(text: &str) -> String {
    let hex = acpihp::report::sha256(text.as_bytes());
    let bytes: Vec<u8> =
        (0..32).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect();
    base64(&bytes)
}

/// What holds of every page: its policy fits its style and script, and it loads nothing.
fn hold(page: &str) -> Value {
    let policy = between(page, "Content-Security-Policy\" content=\"", "\">");
    let (style, script) = (between(page, "<style>", "</style>"), between(page, "<script>", "</script>"));
    assert!(policy.starts_with("default-src 'none'; "), "{policy}");
    assert!(policy.contains(&format!("style-src 'sha256-{}'", hash(style))), "{policy}");
    assert!(policy.contains(&format!("script-src 'sha256-{}'", hash(script))), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(page.matches("<style").count(), 1);
    assert_eq!(page.matches("<script").count(), 2, "the script, and the data");
    assert_eq!(page.matches("</script").count(), 2);
    // In tags only, and outside of quotes: text from outside may speak of these.
    let tags = page.split('<').skip(1).filter_map(|rest| rest.split('>').next());
    let tags: Vec<String> = tags.map(|tag| tag.split('"').step_by(2).collect::<Vec<_>>().join("")).collect();
    let tags = tags.join(">");
    for loads in [" src=", " href=", "@import", " style=", ">link", ">iframe", ">object", ">img", ">base"] {
        assert!(!tags.contains(loads), "{loads}");
    }
    for named in page.split("url(").skip(1) {
        assert!(named.starts_with('#'), "{named:.40}");
    }
    for address in page.split("http").skip(1) {
        assert!(
            address.starts_with("://www.w3.org/2000/svg\"") || address.starts_with("-equiv="),
            "{address:.60}"
        );
    }
    let hostile = |sign: &char| matches!(sign, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}');
    assert!(!page.chars().any(|sign| hostile(&sign) || (sign.is_control() && sign != '\n')));
    answer::parse(between(page, "id=\"plan\">", "</script>").as_bytes())
}

#[test]
fn a_page_says_what_the_plan_says() {
    let folder = tempfile::tempdir().unwrap();
    let args = lost(folder.path());
    let args: Vec<&str> = args.iter().skip(1).map(String::as_str).collect();
    let page = page(&args);
    let data = hold(&page);
    let plan = answer::parse(&run(&[&["plan", "-J"], &args[..]].concat(), "C").stdout);
    assert_eq!(data, plan);
    assert_eq!(between(&page, "<h1>", "</h1>"), "0 B of 6 GiB movable, 2 GiB lost");
    let bad: Vec<&str> = page.split("<li class=\"bad\">").skip(1).collect();
    assert_eq!(bad.len(), 1);
    assert!(
        bad[0].starts_with("<b>memblock</b>\n<span>the initrd at 0x1c0000000 takes the marks of node 2"),
        "{:.80}",
        bad[0]
    );
    assert!(
        page.contains("<span class=\"add\">+ ACPI: Table Upgrade: override [SRAT-BOCHS -BXPC    ]</span>")
    );
    assert!(page.contains("<span class=\"del\">- ACPI: SRAT 0x000000007FFE22D8"));
    let srat = std::fs::read(folder.path().join("srat.aml")).unwrap();
    assert!(page.contains(&acpihp::report::sha256(&srat)));
    assert!(page.contains("acpihp report --sample unmarked --override "));
}

#[test]
fn the_first_link_that_does_not_hold_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let srat = folder.path().join("srat.aml").to_str().unwrap().to_owned();
    run(&["edit", "SRAT", "--sample", "unmarked", "--hotplug", "node=2", "-o", &srat], "C");
    let broken = |args: &[&str]| {
        let page = page(args);
        hold(&page);
        page.split_once("<li class=\"bad\"><b>").map(|(_, rest)| rest.split('<').next().unwrap().to_owned())
    };
    let unmarked = ["--sample", "unmarked"];
    let with = |more: &[&str]| broken(&[&unmarked, more].concat());
    assert_eq!(broken(&["--sample", "hotplug"]), None);
    assert_eq!(with(&["--cmdline", "movable_node nokaslr"]).as_deref(), Some("marks"));
    assert_eq!(with(&["--override", &srat, "--cmdline", "nokaslr"]).as_deref(), Some("zones"));
    assert_eq!(with(&["--override", &srat, "--cmdline", "movable_node nokaslr"]), None);
    assert_eq!(
        with(&["--override", &srat, "--cmdline", "movable_node", "--lockdown"]).as_deref(),
        Some("override")
    );
    let mut bytes = std::fs::read(&srat).unwrap();
    bytes[60] ^= 1;
    std::fs::write(&srat, bytes).unwrap();
    assert_eq!(with(&["--override", &srat, "--cmdline", "movable_node"]).as_deref(), Some("accepted"));
}

#[test]
fn what_is_planted_stays_text() {
    let reserve = format!("5G-6G={PLANTED}");
    let line = format!("movable_node {PLANTED}");
    let args = ["--sample", "hotplug", "--cmdline", &line, "--reserve", &reserve, "--kernel", "6.12"];
    let page = page(&args);
    let data = hold(&page);
    assert_eq!(data["command_line"], line, "the data have it as it is");
    assert!(page.contains("&lt;/script&gt;&lt;script&gt;alert(1)"), "and so has the text");
    let svg =
        String::from_utf8(run(&[&["plan", "--format", "svg"], &args[..]].concat(), "C").stdout).unwrap();
    assert!(!svg.contains("<script") && !svg.contains("<img"), "{svg}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("planted.svg");
    std::fs::write(&file, svg).unwrap();
    super::well_formed(&file);
}

#[test]
fn two_kernels_have_a_map_each() {
    let page = page(&["--sample", "hotplug", "--kernel", "5.10,6.12"]);
    hold(&page);
    assert_eq!(page.matches("<svg ").count(), 2);
    assert!(page.contains("<h3>B: the same boot with Linux 6.12"));
    let output = Command::new(env!("CARGO_BIN_EXE_acpihp"))
        .args(["report", "--sample", "hotplug", "--kernel", "5.10,nonsense"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn two_boots_are_on_one_scale() {
    let of = |more: &[&str]| page(&[&["--sample", "hotplug"], more].concat());
    let options = "--append mem=7G --cmdline movable_node";
    let page = of(&["--cmdline", "nokaslr movable_node", "--compare", options]);
    let data = hold(&page);
    let both = &data["comparison"];
    assert_eq!(both["b"]["options"], options);
    assert!(page.contains(&format!("<h3>B: the same boot with {options}</h3>")));
    // The node that mem= leaves half of is half as wide as in the other boot.
    let maps: Vec<_> = page.split("<svg ").skip(1).map(widths).collect();
    let sizes = |side: &str| -> Vec<f64> {
        let nodes = both["nodes"].as_array().unwrap();
        nodes.iter().map(|node| node[side]["total_bytes"].as_f64().unwrap()).collect()
    };
    for node in 0..3 {
        let drawn = maps[1][&(node as u32)].0 / maps[0][&(node as u32)].0;
        let wanted = sizes("b")[node] / sizes("a")[node];
        assert!((drawn - wanted).abs() < 0.02, "node {node}: {drawn} {wanted}");
    }
    assert!(page.contains("<h3>Node by node</h3>"));
    // A,B names both boots, of which the first is the page's.
    let page = of(&["--compare", "5.10,6.12"]);
    let data = hold(&page);
    assert!(data["kernel"].as_str().unwrap().starts_with("5.10"), "{}", data["kernel"]);
    assert!(data["comparison"]["b"]["kernel"].as_str().unwrap().starts_with("6.12"));
    let args = ["report", "--sample", "hotplug", "--kernel", "5.10,6.12", "--compare", "6.1"];
    let output = Command::new(env!("CARGO_BIN_EXE_acpihp")).args(args).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}

/// What Chromium makes of a page: the document after its script has run, and what it says on the console.
fn browse(file: &Path, profile: &Path) -> (String, Vec<String>) {
    let output = Command::new("chromium")
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-sync",
        ])
        .args(["--disable-background-networking", "--disable-component-update", "--enable-logging=stderr"])
        // Neither the page nor the browser reaches anything.
        .arg("--host-resolver-rules=MAP * ~NOTFOUND")
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg("--dump-dom")
        .arg(format!("file://{}", file.display()))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.lines().filter(|line| line.contains(":CONSOLE")).map(str::to_owned).collect();
    (String::from_utf8_lossy(&output.stdout).into_owned(), said)
}

/// The pages that a browser opens: some, and with `ACPIHP_BROWSER=all` one of each of 20 recorded boots as well.
fn pages(folder: &Path) -> Vec<(String, String)> {
    let mut pages = Vec::new();
    let tree = |name: &str, make: &dyn Fn(&Path)| {
        let tree = folder.join(name);
        make(&tree);
        tree.to_str().unwrap().to_owned()
    };
    let args = lost(folder);
    let args: Vec<&str> = args.iter().skip(1).map(String::as_str).collect();
    pages.push(("lost".to_owned(), page(&args)));
    pages.push(("kaslr".to_owned(), page(&[args[..4].to_vec(), vec!["--cmdline", "movable_node"]].concat())));
    pages.push(("holes".to_owned(), page(&["--sysroot", &tree("holes", &holes)])));
    if std::env::var_os("ACPIHP_BROWSER").is_some_and(|which| which == "all") {
        let different = tree("different", &|tree| many(tree, 64, 16 * GIB, GIB));
        pages.push(("64 nodes".to_owned(), page(&["--sysroot", &different])));
        let boots = recorded::own();
        let step = (boots.len() / 20).max(1);
        for boot in boots.iter().step_by(step).take(20) {
            let (sysroot, line) = (boot.sysroot(), boot.line());
            pages.push((
                boot.name.clone(),
                page(&["--sysroot", sysroot.to_str().unwrap(), "--cmdline", &line]),
            ));
        }
    }
    pages
}

#[test]
fn a_browser_shows_it() {
    if !skip::program("chromium") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut seen = 0;
    for (name, text) in pages(folder.path()) {
        let file = folder.path().join("report.html");
        std::fs::write(&file, &text).unwrap();
        let (dom, said) = browse(&file, &folder.path().join("profile"));
        assert!(said.is_empty(), "{name}: a page that loads or breaks anything says so: {said:?}");
        // The script ran, as its hash is right: it shows the slider.
        if text.contains("class=\"scripted\"") {
            assert!(
                text.contains("class=\"scripted\" hidden") && !dom.contains("class=\"scripted\" hidden"),
                "{name}"
            );
            seen += 1;
        }
        let svg = |page: &str| format!("<svg {}", between(page, "<svg ", "</svg>"));
        let (drawn, made) = (svg(&dom), svg(&text));
        assert_eq!(elements(&drawn, "rect").len(), elements(&made, "rect").len(), "{name}: rects");
        assert_eq!(widths(&drawn), widths(&made), "{name}: widths");
        assert!(!widths(&drawn).is_empty(), "{name}");
        assert_eq!(attribute(&drawn, "role"), "img");
        assert_eq!(dom.matches("<li class=").count(), 8, "{name}: links of the chain");
    }
    assert!(seen > 0, "no page has a slider");
}
