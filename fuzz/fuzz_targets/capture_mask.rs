//! What stays of a text in a capture: any text is read, a command line that was masked stays as it is, and what stands where a
//! password does is in no output. The same for AML: any bytes are followed or refused, and what is masked has the same strings and
//! buffers in the same places, and the same sum.
#![no_main]

use acpihp::bytes::sum8;
use acpihp::source::capture::mask::Mask;
use acpihp::table::aml::{self, Operand};
use libfuzzer_sys::fuzz_target;

const SECRET: &str = "Zq7planted";

/// A table with `aml`.
fn table(aml: &[u8]) -> Vec<u8> {
    let length = 36 + aml.len() as u32;
    [b"DSDT".as_slice(), &length.to_le_bytes(), &[0; 28], aml].concat()
}

fn operands(table: &[u8]) -> Option<Vec<Operand>> {
    let mut all = Vec::new();
    aml::operands(table, &mut |operand| all.push(operand)).ok().map(|_| all)
}

fn texts_in_aml(bytes: &[u8]) {
    let planted =
        [&[0x0d][..], SECRET.as_bytes(), &[0, 0x11, 13, 0x0a, 10], SECRET.as_bytes(), bytes].concat();
    for before in [table(bytes), table(&planted)] {
        let mut after = before.clone();
        let masked = Mask::new(&[]).aml(&mut after);
        assert_eq!((after.len(), sum8(&after)), (before.len(), sum8(&before)));
        assert_eq!(operands(&before), operands(&after));
        match masked {
            Ok(_) => assert!(before.len() == 36 + bytes.len() || !contains(&after, SECRET)),
            Err(_) => assert_eq!(after, before),
        }
        assert_eq!(masked.is_err(), operands(&before).is_none());
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    // What was fuzzed may have it as well, after the header and the two that were planted.
    const LAST: usize = 36 + 16;
    bytes.windows(text.len()).take(LAST + 1).any(|part| part == text.as_bytes())
}

fuzz_target!(|bytes: &[u8]| {
    texts_in_aml(bytes);
    let text = &*String::from_utf8_lossy(bytes);
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
