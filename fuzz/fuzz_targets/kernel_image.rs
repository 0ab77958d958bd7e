//! Any bytes as a kernel image of every kind and as a configuration: they are read to their end, and what comes out is bounded.
#![no_main]

use acpihp::boot::kernel::build::Build;
use acpihp::boot::kernel::config::Config;
use acpihp::container::bzimage::BzImage;
use acpihp::container::kernel::KernelImage;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(header) = BzImage::open(&bytes) {
        assert!(header.version.is_none_or(|version| !version.is_empty() && version.len() <= 3 * 1024));
        assert!(header.payload.is_none_or(|payload| payload.start < payload.end));
    }
    for deep in [false, true] {
        let Ok(kernel) = KernelImage::open(&bytes, 0, deep) else { continue };
        assert!(kernel.room().is_none_or(|room| room > 0 && room % (2 << 20) == 0));
        assert!(kernel.place().is_none_or(|place| place.start <= place.end));
        assert!(kernel.config().is_none_or(|config| config.len() <= 16 << 20));
    }
    let config = Config::parse(&String::from_utf8_lossy(bytes));
    let build = Build::of(&config);
    assert!(build.is_known != config.is_empty());
    assert!(build.align.is_power_of_two() && build.limits.max_nodes <= 1024);
    assert!(build.command_line("quiet").len() <= bytes.len() * 3 + 6);
});
