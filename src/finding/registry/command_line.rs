//! Rules about the kernel's command line.

use crate::finding::Area;

/// What these rules are about, unless they say otherwise.
const AREA: Area = Area::Boot;

super::rules! {
    OPTION_UNKNOWN = Info "command-line-option-unknown" {
        title: "an option that this kernel does not know yet",
        why: "Options come and go with releases; Linux passes over what it does not know.",
        consequence: "Linux boots as if the option were not there.",
        fix: "Leave it out, or boot a release that knows it.",
        command: "acpihp plan --cmdline 'LINE'",
        reference: "Documentation/admin-guide/kernel-parameters.txt of Linux, 3.8 to 7.3",
    }
    OPTION_MISSPELLED = Warning "command-line-option-misspelled" {
        title: "an option that is one letter away from one that Linux knows",
        why: "Linux passes over options that it does not know, and hands them to the first program that it starts.",
        consequence: "Linux boots as if the option were not there.",
        fix: "Write the option as Linux does; try the line first: acpihp plan --numa --cmdline 'LINE'.",
        command: "acpihp plan --cmdline 'LINE'",
        reference: "Linux parameq, kernel/params.c, and unknown_bootoption, init/main.c, 5.10 to 7.3",
    }
}
