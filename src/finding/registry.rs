//! Every rule of the project, once. `explain`, the man page and the JSON read from here.

use super::Rule;

pub mod archive;
pub mod boot;
pub mod header;
pub mod numa;

/// All rules, by area.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    header::RULES.iter().chain(numa::RULES).chain(archive::RULES).chain(boot::RULES).copied()
}

/// The rule with this code.
pub fn find(code: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.code == code)
}

/// Defines rules as constants and lists them in `RULES`, so that none can be left out.
macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident = $severity:ident $code:literal {
        title: $title:expr, why: $why:expr, consequence: $consequence:expr, mend: $mend:expr, reference: $reference:expr $(,)?
    })*) => {
        $($(#[$doc])* #[doc = $title] pub static $name: $crate::finding::Rule = $crate::finding::Rule {
            code: $code, severity: $crate::finding::Severity::$severity,
            title: $title, why: $why, consequence: $consequence, mend: $mend, reference: $reference,
        };)*
        pub(super) static RULES: &[&$crate::finding::Rule] = &[$(&$name),*];
    };
}
use rules;
