//! Any bytes as a PE file and as a unified kernel image: sections lie where they say, and initrds are made of them.
#![no_main]

use acpihp::check::image;
use acpihp::container::pe::Pe;
use acpihp::container::read_at::ReadAt;
use acpihp::container::uki::{self, Uki};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(pe) = Pe::open(bytes) else { return };
    for section in &pe.sections {
        let len = section.file.end - section.file.start;
        let data = pe.head(section, bytes.len()).expect("it is all in memory");
        assert_eq!(data.len() as u64, len - pe.missing(section));
    }
    let Ok(Some(image)) = Uki::new(pe) else { return };
    let mut seen = Vec::new();
    for profile in &image.profiles {
        let parts = image.parts(profile);
        let joined = image.joined(&parts);
        assert!(joined.end() <= 2 * bytes.len() as u64 + 2 * 4104);
        let initrd = joined.read_vec(0, joined.end() as usize).expect("it is all in memory");
        for offset in [0, initrd.len() / 2, initrd.len()] {
            let at = uki::in_file(&parts, offset as u64).and_then(|at| bytes.get(at as usize));
            assert!(at.is_none_or(|byte| initrd.get(offset) == Some(byte)));
        }
        let line = image.command_line(profile).expect("it is all in memory");
        assert!(line.is_none_or(|line| !line.contains(|character: char| character < ' ')));
        image.release(profile).expect("it is all in memory");
        seen.push(image::Seen { profiles: vec![profile.number], tables: initrd.len() % 2 });
    }
    image::check(&"image".into(), &image, &seen);
});
