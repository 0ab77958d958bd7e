//! What stays of a text in a capture: any text is read, a command line that was masked stays as it is, and what stands where a
//! password does is in no output.
#![no_main]

use acpihp::source::capture::mask::Mask;
use libfuzzer_sys::fuzz_target;

const SECRET: &str = "Zq7planted";

fuzz_target!(|text: &str| {
    let mut mask = Mask::new(&[]);
    let once = mask.command_line(text);
    assert_eq!(Mask::new(&[]).command_line(&once), once);
    let planted = |text: &str| format!("quiet password={SECRET} {text}");
    if !text.contains(SECRET) && !text.contains('"') {
        let line = planted(&text.replace(['\n', '\r'], " "));
        let log = format!("[    0.000000] Command line: {line}\n{text}\n");
        let config = format!("{text}\nCONFIG_CMDLINE=\"{line}\"\n");
        assert!(!mask.command_line(&line).contains(SECRET));
        assert!(!mask.log(&log, false).0.contains(SECRET));
        assert!(!mask.log(&log, true).0.contains(SECRET));
        assert!(!mask.config(&config).contains(SECRET));
    }
    mask.path(text);
    mask.kernel_version(text);
    mask.notes();
});
