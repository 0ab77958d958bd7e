//! How much a finding matters to whom: the rules say it for the specification, and what Linux makes of it is often less.

use crate::finding::registry::header;
use crate::finding::{Area, Finding, Judge, Severity};
use crate::table::Signature;

/// Tables that no part of Linux reads, of any architecture, up to 7.3.
const UNREAD: [&[u8; 4]; 24] = [
    b"ASF!", b"BDAT", b"BOOT", b"CPEP", b"DBG2", b"DBGP", b"DRTM", b"DTPR", b"MCHI", b"MPST", b"MSCT",
    b"MSDM", b"PDTT", b"PHAT", b"PMTT", b"RASF", b"SBST", b"SDEV", b"SLIC", b"SVKL", b"UEFI", b"WAET",
    b"WDRT", b"WPBT",
];

/// Gives findings about one table, which may be one that the firmware has, the severity that they have for the judge.
pub fn settle<'a>(
    findings: impl IntoIterator<Item = &'a mut Finding>,
    judge: Judge,
    table: Signature,
    is_firmware: bool,
) {
    if judge == Judge::Specification {
        return;
    }
    for finding in findings {
        let rule = finding.rule;
        let firmware = rule.firmware.filter(|_| is_firmware);
        // The tables' loader looks at the header of every table.
        let is_loader = rule.area == Area::Header
            && (rule.severity == Severity::Error || *rule == header::TRAILING_BYTES);
        // What becomes of a file of an archive does not depend on who reads the table.
        let is_content = matches!(
            rule.area,
            Area::Header | Area::Numa | Area::Platform | Area::Devices | Area::Fields | Area::Places
        );
        let never = is_content && !is_loader && UNREAD.iter().any(|name| **name == table.0);
        let most = [rule.linux, firmware, never.then_some(Severity::Info)].into_iter().flatten().min();
        finding.severity = most.map_or(finding.severity, |most| finding.severity.min(most));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::registry::{archive, tables};

    #[test]
    fn linux_is_milder_where_it_does_not_look() {
        let severity = |rule, judge, name: &[u8; 4], is_firmware| {
            let mut findings = [Finding::new(rule, "a", "x")];
            settle(&mut findings, judge, Signature(*name), is_firmware);
            findings.map(|finding| finding.severity)
        };
        use Judge::{Linux, Specification};
        use Severity::{Error, Info, Warning};
        for (rule, name, is_firmware, of_linux, of_specification) in [
            (&header::RESERVED_BITS, b"CRAT", true, Info, Warning),
            (&header::CHECKSUM, b"OEMB", true, Warning, Error),
            (&header::CHECKSUM, b"SRAT", false, Error, Error),
            (&header::CHECKSUM, b"DBGP", false, Error, Error),
            (&header::ID_UNPRINTABLE, b"SSDT", true, Info, Warning),
            (&header::ID_UNPRINTABLE, b"SSDT", false, Warning, Warning),
            (&tables::VALUE_UNDEFINED, b"DBG2", true, Info, Warning),
            (&tables::VALUE_UNDEFINED, b"SPCR", true, Warning, Warning),
            (&archive::NOT_NEWER, b"WAET", false, Error, Error),
        ] {
            assert_eq!(severity(rule, Linux, name, is_firmware), [of_linux], "{} {name:?}", rule.code);
            assert_eq!(severity(rule, Specification, name, is_firmware), [of_specification], "{}", rule.code);
        }
    }
}
