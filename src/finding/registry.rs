//! Every rule of the project, once. `explain`, the man page and the JSON read from here.

use super::Rule;

pub mod archive;
pub mod boot;
pub mod command_line;
pub mod devices;
pub mod doctor;
pub mod header;
pub mod image;
pub mod input;
pub mod install;
pub mod numa;
pub mod places;
pub mod platform;
pub mod policy;
pub mod tables;

/// All rules by area: what the area is about, and its rules.
pub fn areas() -> Vec<(&'static str, &'static [&'static Rule])> {
    vec![
        ("Any table", header::RULES),
        ("Memory affinity", numa::RULES),
        ("Processors and fixed hardware", platform::RULES),
        ("Devices and their memory", devices::RULES),
        ("Other tables", tables::RULES),
        ("Addresses and the memory map", places::RULES),
        ("Archives and initrds", archive::RULES),
        ("Kernels and unified kernel images", image::RULES),
        ("Tables of the boot to predict", install::RULES),
        ("The boot to predict", boot::RULES),
        ("The kernel's command line", command_line::RULES),
        ("The boot that was", doctor::RULES),
        ("Policies and waivers", policy::RULES),
        ("What was asked for", input::RULES),
    ]
}

/// All rules.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    areas().into_iter().flat_map(|(_, rules)| rules.iter().copied())
}

/// The rule with this code.
pub fn find(code: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.code == code)
}

/// Defines rules as constants and lists them in `RULES`, so that none can be left out. They are of the area `AREA` unless
/// they say `in` which; `command` is a command that does it; `lesser` is the consequence where a finding is less severe than its rule; `linux` and `firmware` are
/// the severities where Linux is the judge, of any table and of a firmware's own.
macro_rules! rules {
    (@area) => { AREA };
    (@area $area:ident) => { $crate::finding::Area::$area };
    (@judged) => { None };
    (@judged $severity:ident) => { Some($crate::finding::Severity::$severity) };
    ($($(#[$doc:meta])* $name:ident = $severity:ident $(in $area:ident)? $code:literal {
        title: $title:expr, why: $why:expr, consequence: $consequence:expr, $(lesser: $lesser:expr,)?
        $(linux: $linux:ident,)? $(firmware: $firmware:ident,)? fix: $fix:expr, $(command: $command:expr,)?
        reference: $reference:expr $(,)?
    })*) => {
        $($(#[$doc])* #[doc = $title] pub static $name: $crate::finding::Rule = $crate::finding::Rule {
            code: $code, area: $crate::finding::registry::rules!(@area $($area)?),
            severity: $crate::finding::Severity::$severity,
            linux: $crate::finding::registry::rules!(@judged $($linux)?),
            firmware: $crate::finding::registry::rules!(@judged $($firmware)?),
            texts: concat!(
                $title, "\0", $why, "\0", $consequence, "\0", $fix, "\0", $reference, "\0", $($lesser,)? "\0", $($command)?
            ),
        };)*
        pub(super) static RULES: &[&$crate::finding::Rule] = &[$(&$name),*];
    };
}
use rules;

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn codes_are_unique_kebab_case_and_every_text_is_there() {
        let mut codes = HashSet::new();
        for rule in all() {
            assert!(codes.insert(rule.code), "{} twice", rule.code);
            let parts: Vec<_> = rule.code.split('-').collect();
            let is_word = |part: &&str| {
                !part.is_empty()
                    && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
            };
            assert!(parts.len() > 1 && parts.iter().all(is_word), "{}", rule.code);
            for text in [rule.title(), rule.why(), rule.consequence(), rule.fix(), rule.reference()] {
                assert!(!text.trim().is_empty() && text.trim() == text, "{}: {text:?}", rule.code);
                assert!(!text.contains("  ") && !text.contains('\n'), "{}: {text:?}", rule.code);
            }
            assert!(
                !rule.title().ends_with('.') && rule.title().len() <= 100,
                "{}: {}",
                rule.code,
                rule.title()
            );
            for text in [rule.why(), rule.consequence(), rule.fix()] {
                assert!(text.ends_with('.'), "{}: {text:?}", rule.code);
            }
            assert_eq!(find(rule.code), Some(rule));
        }
        assert!(codes.len() > 50);
        assert_eq!(find("no-such-code"), None);
    }
}
