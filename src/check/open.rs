//! Where nothing says which of several tables comes first: each is taken to be first, and what holds in one order only says so.

use super::across::{self, Named};
use super::against;
use crate::boot::derived::orders::{MOST_CASES, becomes_words};
use crate::boot::derived::{findings, rows};
use crate::boot::install::TableOutcome;
use crate::boot::install::order::{Rival, Rivals, is_single};
use crate::boot::kernel::release::Release;
use crate::boot::{Machine, NextBoot, predict};
use crate::container::raw;
use crate::finding::registry::{archive as archive_rules, header};
use crate::finding::{Area, Finding, Judge, Severity};
use crate::foreign::Foreign;
use std::mem::discriminant;

/// What becomes of `files` beside the firmware's tables, as [`against::check`] says it, in every order that the firmware's may
/// have; nothing for a file that becomes something else in another order, which a finding says then.
pub fn beside(
    files: &[Named<'_>],
    firmware: &[Named<'_>],
    rivals: &[Rivals],
    release: &Release,
) -> (Vec<Option<TableOutcome>>, Vec<Finding>) {
    let (mut outcomes, mut findings) = against::check(files, firmware, release);
    let is_meant = |group: &&Rivals| files.iter().any(|file| raw::name(file.bytes) == group.signature);
    for group in rivals.iter().filter(is_meant) {
        let in_order = |first: usize| {
            let order = group.order(firmware.len(), first);
            let tables: Vec<Named<'_>> =
                order.iter().filter_map(|index| firmware.get(*index).copied()).collect();
            let back = |index: usize| order.get(index).copied().unwrap_or(index);
            let (outcomes, _) = against::check(files, &tables, release);
            outcomes.into_iter().map(|one| Some(one?.with_firmware(back))).collect::<Vec<_>>()
        };
        let cases: Vec<_> = group.tables.iter().map(|rival| (rival, in_order(rival.index))).collect();
        for (index, file) in files.iter().enumerate() {
            let of = || cases.iter().filter_map(|(_, outcomes)| *outcomes.get(index)?);
            let Some(first) = of().next() else { continue };
            let is_other = |one: TableOutcome| match one {
                // It is dropped, whichever it meets.
                TableOutcome::Dropped { .. } => discriminant(&one) != discriminant(&first),
                _ => one != first,
            };
            if !of().any(is_other) {
                continue;
            }
            let mut words: Vec<Foreign> = Vec::new();
            for (rival, outcomes) in &cases {
                let Some(becomes) = outcomes.get(index).copied().flatten() else { continue };
                let name = |index| group.name_beside(index, rival.index);
                words.push(comes_first(&rival.name) + becomes_words(becomes, name));
            }
            let message = Foreign::joined(words, "; ");
            // What was said of one order.
            let of_one = [
                &archive_rules::AMBIGUOUS,
                &archive_rules::NOT_NEWER,
                &archive_rules::IN_FORCE,
                &archive_rules::FADT_ADDRESSES,
            ];
            findings
                .retain(|finding| finding.subject.raw() != file.subject || !of_one.contains(&finding.rule));
            findings.push(Finding::new(&archive_rules::ORDER_OPEN, file.subject, message));
            if let Some(outcome) = outcomes.get_mut(index) {
                *outcome = None;
            }
        }
    }
    (outcomes, findings)
}

/// What the tables of a machine say of each other, as [`across::check`] says it, in every order that they may have.
pub fn across(tables: &[Named<'_>], rivals: &[Rivals]) -> Vec<Finding> {
    let rivals: Vec<&Rivals> = rivals.iter().filter(|group| group.is_single()).collect();
    let is_order = |finding: &Finding| {
        let of = |group: &Rivals| {
            let mut subjects = group.tables.iter().filter_map(|rival| tables.get(rival.index));
            subjects.any(|table| finding.subject.raw() == table.subject)
        };
        *finding.rule == header::SEVERAL && rivals.iter().any(|group| of(group))
    };
    let mut base = across::check(tables);
    base.retain(|finding| !is_order(finding));
    for group in rivals.iter() {
        let cases: Vec<(&Foreign, Vec<Finding>)> = group
            .tables
            .iter()
            .map(|rival| {
                let order = group.order(tables.len(), rival.index);
                let tables: Vec<Named<'_>> = order.iter().filter_map(|at| tables.get(*at).copied()).collect();
                (&rival.name, across::check(&tables))
            })
            .collect();
        let everywhere = |finding: &Finding| cases.iter().all(|(_, found)| found.contains(finding));
        base.retain(&everywhere);
        for (name, found) in &cases {
            for finding in found.iter().filter(|finding| !everywhere(finding) && !is_order(finding)) {
                let message = comes_first(name) + finding.message.clone();
                let severity = finding.severity.min(Severity::Warning);
                base.push(Finding { message, severity, ..finding.clone() });
            }
        }
        let mut first = group.tables.iter().filter_map(|rival| tables.get(rival.index));
        if let Some(table) = first.next() {
            let message = Foreign::from("nothing says which of these comes first: ")
                + Foreign::joined(group.names(), ", ");
            base.push(Finding::new(&header::ORDER_OPEN, table.subject, message));
        }
    }
    base
}

fn comes_first(name: &Foreign) -> Foreign {
    Foreign::from("if ") + name.clone() + " comes first: "
}

/// What is found about the boot of a machine, of which `base` holds in one order of its tables: what holds in one order only says so,
/// and is no error.
pub fn of_boot(base: Vec<Finding>, machine: &Machine, next: &NextBoot<'_>) -> Vec<Finding> {
    let single = machine.firmware.rivals().into_iter().filter(Rivals::is_single);
    single.fold(base, |base, group| {
        let with_first = |rival: &Rival| {
            let (firmware, _) = machine.firmware.with_first(&group, rival.index);
            let machine = Machine { firmware, ..machine.clone() };
            let outcome = predict(&machine, next);
            let rows = rows::rows(&outcome, next);
            (rival.name.clone(), findings::of(&machine, &outcome, next, &rows))
        };
        let cases: Vec<_> = group.tables.iter().take(MOST_CASES).map(with_first).collect();
        let everywhere = |finding: &Finding| cases.iter().all(|(_, found)| found.contains(finding));
        let anywhere = |finding: &Finding| cases.iter().any(|(_, found)| found.contains(finding));
        let mut all: Vec<Finding> =
            base.into_iter().filter(|finding| everywhere(finding) || !anywhere(finding)).collect();
        for (name, found) in &cases {
            for finding in found.iter().filter(|finding| !everywhere(finding)) {
                let message = comes_first(name) + finding.message.clone();
                let severity = finding.severity.min(Severity::Warning);
                all.push(Finding { message, severity, ..finding.clone() });
            }
        }
        all
    })
}

/// Gives what tables of a machine say each by itself the weight that it has for Linux, which reads the first of a kind and no
/// other: those after the first are only worth knowing about, and one that may be first has no errors but those that all have.
pub fn weigh(findings: &mut [Finding], tables: &[Named<'_>], rivals: &[Rivals], judge: Judge) {
    if judge == Judge::Specification {
        return;
    }
    for (index, table) in tables.iter().enumerate() {
        let name = raw::name(table.bytes);
        let mut others = tables.iter().take(index).filter(|other| raw::name(other.bytes) == name);
        let group = rivals.iter().find(|group| group.tables.iter().any(|rival| rival.index == index));
        let first = others.next().filter(|first| is_single(name) && first.bytes != table.bytes);
        let of_group: Vec<(&'static str, Foreign)> = findings
            .iter()
            .filter(|finding| finding.severity == Severity::Error)
            .map(|finding| (finding.rule.code, finding.subject.clone()))
            .collect();
        let in_all = |group: &Rivals, finding: &Finding| {
            group.tables.iter().filter_map(|rival| tables.get(rival.index)).all(|table| {
                of_group
                    .iter()
                    .any(|(code, subject)| *code == finding.rule.code && subject.raw() == table.subject)
            })
        };
        let own = findings.iter_mut().filter(|finding| finding.subject.raw() == table.subject);
        // The loader looks at the header of every table.
        for finding in own.filter(|finding| finding.rule.area != Area::Header) {
            match (group, first) {
                (Some(group), _) => {
                    let is_error = finding.severity == Severity::Error;
                    if is_error && group.is_single() && !in_all(group, finding) {
                        finding.severity = Severity::Warning;
                        finding.message = finding.message.clone() + "; it counts if this table comes first";
                    }
                }
                (None, Some(first)) => {
                    let first = first.beside(table);
                    finding.severity = Severity::Info;
                    finding.message =
                        finding.message.clone() + "; not used, as " + Foreign::from(first) + " comes first";
                }
                _ => {}
            }
        }
    }
}
