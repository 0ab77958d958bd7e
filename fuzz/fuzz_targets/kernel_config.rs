//! A kernel's configuration: of an option that comes twice the last one counts, and what is built from it is one for the same text.
#![no_main]

use acpihp::boot::kernel::build::Build;
use acpihp::boot::kernel::config::Config;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str)| {
    let (text, line) = input;
    for text in
        [text.to_owned(), format!("CONFIG_{text}\nCONFIG_CMDLINE_BOOL=y\nCONFIG_CMDLINE=\"{line}\"\n")]
    {
        let config = Config::parse(&text);
        assert!(config.lines <= text.lines().count());
        let build = Build::of(&config);
        let all = build.command_line(line);
        assert!(all.len() <= text.len() + line.len() + 1);
        let twice = Config::parse(&format!("{text}\n{text}"));
        assert_eq!(
            format!("{:?}", Build::of(&twice).unpacks.is_some()),
            format!("{:?}", build.unpacks.is_some() || twice.is_whole())
        );
    }
    let last = Config::parse("CONFIG_ACPI_NUMA=y\nCONFIG_ACPI_NUMA=m\n# CONFIG_ACPI_NUMA is not set\n");
    assert_ne!(last.is_on("ACPI_NUMA"), Some(true));
});
