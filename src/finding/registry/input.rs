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
    LISTING_EDITED = Warning "listing-edited" {
        title: "a listing whose decoded lines have another value than its raw data",
        why: "iasl writes a table twice into a listing: field by field, and as raw data. Somebody has changed a field, and not \
              the raw data.",
        consequence: "The decoded line counts here. Programs that read the raw data, such as acpixtract, get the old value.",
        fix: "Make the table with `acpihp build`, and go on with that; --take raw reads the raw data instead.",
        command: "acpihp build FILE -o NEW",
        reference: "acpihp-build(1)",
    }
    LISTING_INCOMPLETE = Info "listing-incomplete" {
        title: "a listing whose decoded lines leave bytes of its raw data out",
        why: "The iasl that made the listing did not know all of the table, or lines were lost. What they would say is not there to be \
              compared.",
        consequence: "The raw data count for these bytes.",
        fix: "Where lines were lost, take the listing from its source again; --take decoded reads the decoded lines alone.",
        command: "acpihp build FILE --take decoded -o NEW",
        reference: "acpihp-build(1)",
    }
    LISTING_DISAGREES = Error "listing-disagrees" {
        title: "a listing whose decoded lines and raw data are two tables",
        why: "iasl writes a table twice into a listing: field by field, and as raw data. Here they differ in more than values of \
              fields: lines were added or left out, or a length, a count or a type was changed.",
        consequence: "It is unclear which table is meant, and none is taken.",
        fix: "Say which with --take decoded or --take raw.",
        command: "acpihp build FILE --take decoded -o NEW",
        reference: "acpihp-build(1)",
    }
}
