//! Rules about what a build asks of its tables: policies and waivers.

use crate::finding::Area;

/// What these rules are about, unless they say otherwise.
const AREA: Area = Area::Policy;

super::rules! {
    POLICY_UNMET = Error "policy-unmet" {
        title: "an assertion of the policy does not hold",
        why: "The policy file says what must be true of the archive and of the boot with it.",
        consequence: "Linux does what the message says, not what the policy wants.",
        fix: "Fix the tables or the command line, or change the policy.",
        command: "acpihp advise --policy POLICY",
        reference: "acpihp-check(1), \"Policies\"",
    }
    POLICY_UNDECIDED = Error "policy-undecided" {
        title: "an assertion of the policy that cannot be decided",
        why: "An assertion holds where everything that it is about is known.",
        consequence: "It is not known whether it holds; it counts as not met.",
        fix: "Give what is missing: the archive, the machine (--against), its memory map.",
        command: "acpihp check FILE --policy POLICY --against DUMP",
        reference: "acpihp-check(1), \"Policies\"",
    }
    WAIVER_OVER = Warning "waiver-over" {
        title: "a waiver whose last day is over covers a finding",
        why: "Waivers have a last day so that what they cover is looked at again.",
        consequence: "The finding counts again.",
        fix: "Fix what the finding is about, or set a later day and say why.",
        reference: "acpihp-check(1), \"Waivers\"",
    }
    WAIVER_UNUSED = Info "waiver-unused" {
        title: "a waiver that covers no finding",
        why: "What it was for is fixed or has another name.",
        consequence: "Nothing; a later finding of that kind would go unseen.",
        fix: "Take the line out.",
        reference: "acpihp-check(1), \"Waivers\"",
    }
}
