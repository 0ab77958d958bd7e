//! Rules about what was asked for.

use crate::finding::Area;

/// What these rules are about, unless they say otherwise.
const AREA: Area = Area::Input;

super::rules! {
    UNREADABLE = Error "input-unreadable" {
        title: "an input that could not be read",
        why: "What was asked for is not there, may not be read, or is nothing that acpihp knows.",
        consequence: "No rule was applied to it, and no assertion of a policy holds about it.",
        fix: "Give the right path, or the right to read it; `acpihp inspect` says what a file is.",
        reference: "acpihp-check(1), \"Exit status\"",
    }
}
