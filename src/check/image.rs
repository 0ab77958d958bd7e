//! Rules for unified kernel images and addons, beyond what is to be said of the initrds in them.

use super::Findings;
use crate::container::cpio::early::{self, ACPI_PREFIX};
use crate::container::read_at::ReadAt;
use crate::container::uki::{PROFILES_SINCE, Role, UCODE_SINCE, Uki};
use crate::finding::registry::image as rules;
use crate::finding::{Finding, Severity};
use crate::foreign::Foreign;
use crate::phrase::{count, noun};
use std::ops::Range;

/// The most bytes of a section that are searched for tables: an override archive is small.
const LOOKED_INTO: usize = 64 << 20;

/// An initrd that the stub hands over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The profiles that get it.
    pub profiles: Vec<usize>,
    /// How many tables the kernel accepts from it.
    pub tables: usize,
}

/// Checks an image; `seen` is what the kernel makes of the initrds of its profiles.
pub fn check<R: ReadAt>(subject: &Foreign, image: &Uki<R>, seen: &[Seen]) -> Vec<Finding> {
    let mut findings = Findings::new(subject, 0);
    for section in &image.pe.sections {
        let missing = image.pe.missing(section);
        if missing > 0 {
            let message =
                Foreign::from(&*section.name) + format_args!(": the last {missing} bytes are not there");
            findings.add(&rules::SECTION_CUT, span(&section.file), message);
        }
    }
    match image.role {
        Role::Addon => addon(&mut findings, image),
        Role::Image => {
            ucode(&mut findings, image);
            profiles(&mut findings, image, seen);
        }
    }
    findings.into_vec()
}

/// How many files below kernel/firmware/acpi/ a section begins with.
fn tables<R: ReadAt>(image: &Uki<R>, index: usize) -> usize {
    let Some(section) = image.pe.sections.get(index) else { return 0 };
    let bytes = image.pe.head(section, LOOKED_INTO).unwrap_or_default();
    early::find_all(&bytes, ACPI_PREFIX).0.len()
}

/// The sections of a name, as their places in the table.
fn all<R: ReadAt>(image: &Uki<R>, name: &str) -> Vec<usize> {
    let sections = image.pe.sections.iter().enumerate();
    sections.filter(|(_, section)| section.is_called(name)).map(|(index, _)| index).collect()
}

fn ucode<R: ReadAt>(findings: &mut Findings, image: &Uki<R>) {
    if image.stub.hands_over_ucode() {
        return;
    }
    for index in all(image, ".ucode") {
        let tables = tables(image, index);
        let severity = if tables > 0 { Severity::Error } else { Severity::Warning };
        let tables = count(tables, "table", "tables");
        let message = stub(image) + format_args!(" is older than {UCODE_SINCE}; {tables} in the section");
        let file = image.pe.sections.get(index).map_or(0..0, |section| span(&section.file));
        findings.add_as(severity, &rules::UCODE_IGNORED, file, message);
    }
}

fn profiles<R: ReadAt>(findings: &mut Findings, image: &Uki<R>, seen: &[Seen]) {
    let several = all(image, ".profile").len();
    if several > 0 && !image.stub.knows_profiles() {
        let several = count(several, "profile", "profiles");
        let message =
            Foreign::from(several) + ", and " + stub(image) + format_args!(" is older than {PROFILES_SINCE}");
        findings.add_whole(&rules::PROFILES_IGNORED, message);
    }
    let most = seen.iter().max_by_key(|seen| seen.tables);
    let Some(most) = most.filter(|most| most.tables > 0) else { return };
    for other in seen.iter().filter(|other| other.tables == 0) {
        let list = |numbers: &[usize]| {
            let numbers: Vec<String> = numbers.iter().map(usize::to_string).collect();
            format!("{} {}", noun(numbers.len(), "profile", "profiles"), numbers.join(", "))
        };
        let message = format_args!(
            "Linux finds no tables in the initrd of {}, and {} in that of {}",
            list(&other.profiles),
            most.tables,
            list(&most.profiles)
        );
        findings.add_whole(&rules::PROFILE_WITHOUT_TABLES, message);
    }
}

fn addon<R: ReadAt>(findings: &mut Findings, image: &Uki<R>) {
    for (name, rule) in [(".initrd", &rules::ADDON_BEHIND), (".ucode", &rules::ADDON_UCODE)] {
        // One section of a name counts, the first.
        let Some(index) = all(image, name).first().copied() else { continue };
        let tables = tables(image, index);
        if tables > 0 {
            let file = image.pe.sections.get(index).map_or(0..0, |section| span(&section.file));
            let message = format_args!("{} in {name}", count(tables, "table", "tables"));
            findings.add(rule, file, message);
        }
    }
}

fn stub<R>(image: &Uki<R>) -> Foreign {
    image.stub.name.clone().unwrap_or_else(|| "the stub".into())
}

fn span(file: &Range<u64>) -> Range<usize> {
    let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
    place(file.start)..place(file.end)
}
