//! Where nothing says which of several tables comes first: each is taken to be first, and what holds in one order only says so.

use super::across::{self, Named};
use super::against;
use crate::boot::derived::orders::{MOST_CASES, becomes_words};
use crate::boot::derived::{findings, rows};
use crate::boot::install::TableOutcome;
use crate::boot::install::order::{self, Rival, Rivals, is_single};
use crate::boot::kernel::release::Release;
use crate::boot::{Machine, NextBoot, predict};
use crate::container::raw;
use crate::finding::registry::{archive as archive_rules, header};
use crate::finding::{Area, Finding, Judge, Severity};
use crate::foreign::Foreign;
use crate::phrase;
use crate::table::Signature;
use std::collections::{HashMap, HashSet};
use std::mem::discriminant;
use std::rc::Rc;

/// What becomes of `files` beside the firmware's tables, as [`against::check`] says it, in every order that the firmware's may
/// have; nothing for a file that becomes something else in another order, which a finding says then.
pub fn beside(
    files: &[Named<'_>],
    firmware: &[Named<'_>],
    rivals: &[Rivals],
    release: &Release,
) -> (Vec<Option<TableOutcome>>, Vec<Finding>) {
    let (mut outcomes, mut findings) = against::check(files, firmware, release);
    let is_meant = |group: &&Rivals| {
        let one = group.tables.first().and_then(|rival| firmware.get(rival.index));
        let is_of = |file: &Named<'_>| {
            raw::name(file.bytes) == group.signature
                && (group.is_single()
                    || one.is_some_and(|one| order::ids(one.bytes) == order::ids(file.bytes)))
        };
        files.iter().any(is_of)
    };
    for group in rivals.iter().filter(is_meant) {
        let in_order = |first: usize| {
            let order = group.order(firmware.len(), first);
            let tables: Vec<Named<'_>> =
                order.iter().filter_map(|index| firmware.get(*index).copied()).collect();
            let back = |index: usize| order.get(index).copied().unwrap_or(index);
            let (outcomes, _) = against::check(files, &tables, release);
            outcomes.into_iter().map(|one| Some(one?.with_firmware(back))).collect::<Vec<_>>()
        };
        let cases: Vec<_> =
            group.tables.iter().take(MOST_CASES).map(|rival| (rival, in_order(rival.index))).collect();
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
    let open: HashSet<&[u8]> =
        rivals.iter().flat_map(|group| of_group(group, tables)).map(|table| table.subject).collect();
    // That there are several is said by the finding about their order.
    let check = |tables: &[Named<'_>]| {
        let mut found = across::check(tables);
        found.retain(|finding| *finding.rule != header::SEVERAL || !open.contains(finding.subject.raw()));
        found
    };
    rivals.iter().fold(check(tables), |base, group| {
        let with_first = |rival: &Rival| {
            let order = group.order(tables.len(), rival.index);
            let tables: Vec<Named<'_>> = order.iter().filter_map(|at| tables.get(*at).copied()).collect();
            check(&tables)
        };
        let mut all = in_each_order(base, group, with_first);
        let message =
            Foreign::from("nothing says which of these comes first: ") + phrase::first_of(group.names(), 8);
        all.extend(
            of_group(group, tables)
                .next()
                .map(|table| Finding::new(&header::ORDER_OPEN, table.subject, message)),
        );
        all
    })
}

/// The tables of a group.
fn of_group<'t, 'b>(group: &'t Rivals, tables: &'t [Named<'b>]) -> impl Iterator<Item = &'t Named<'b>> {
    group.tables.iter().filter_map(|rival| tables.get(rival.index))
}

/// Findings of which `base` holds in one order: what is found with each of a group first, and of what is not found with all of
/// them, with which; that is no error.
fn in_each_order(
    base: Vec<Finding>,
    group: &Rivals,
    with_first: impl Fn(&Rival) -> Vec<Finding>,
) -> Vec<Finding> {
    let cases: Vec<(&Rival, Vec<Finding>)> =
        group.tables.iter().take(MOST_CASES).map(|rival| (rival, with_first(rival))).collect();
    let mut times: HashMap<&Finding, usize> = HashMap::new();
    for (_, found) in &cases {
        let found: HashSet<&Finding> = found.iter().collect();
        found.into_iter().for_each(|finding| *times.entry(finding).or_default() += 1);
    }
    let everywhere = |finding: &Finding| times.get(finding) == Some(&cases.len());
    let mut all: Vec<Finding> =
        base.into_iter().filter(|finding| everywhere(finding) || !times.contains_key(finding)).collect();
    for (rival, found) in &cases {
        for finding in found.iter().filter(|finding| !everywhere(finding)) {
            let message = comes_first(&rival.name) + finding.message.clone();
            let severity = finding.severity.min(Severity::Warning);
            all.push(Finding { message, severity, ..finding.clone() });
        }
    }
    all
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
            findings::of(&machine, &outcome, next, &rows)
        };
        in_each_order(base, &group, with_first)
    })
}

/// Gives what tables of a machine say each by itself the weight that it has for Linux, which reads the first of a kind and no
/// other: those after the first are only worth knowing about, and one that may be first has no errors but those that all have.
pub fn weigh(findings: &mut [Finding], tables: &[Named<'_>], rivals: &[Rivals], judge: Judge) {
    if judge == Judge::Specification {
        return;
    }
    let mut errors: HashMap<Vec<u8>, HashSet<&'static str>> = HashMap::new();
    for finding in findings.iter().filter(|finding| finding.severity == Severity::Error) {
        errors.entry(finding.subject.raw().to_vec()).or_default().insert(finding.rule.code);
    }
    let mut places: HashMap<&[u8], OrderPlace<'_>> = HashMap::new();
    let mut firsts: HashMap<Signature, &Named<'_>> = HashMap::new();
    for table in tables {
        let name = raw::name(table.bytes);
        let first = *firsts.entry(name).or_insert(table);
        if is_single(name) && first.bytes != table.bytes {
            places.insert(table.subject, OrderPlace::After(first, table));
        }
    }
    for group in rivals.iter().filter(|group| group.is_single()) {
        let each =
            of_group(group, tables).map(|table| errors.get(table.subject).cloned().unwrap_or_default());
        let of_all = Rc::new(each.reduce(|all, one| &all & &one).unwrap_or_default());
        places.extend(
            of_group(group, tables).map(|table| (table.subject, OrderPlace::Open(Rc::clone(&of_all)))),
        );
    }
    // The loader looks at the header of every table.
    for finding in findings.iter_mut().filter(|finding| finding.rule.area != Area::Header) {
        match places.get(finding.subject.raw()) {
            Some(OrderPlace::Open(of_all))
                if finding.severity == Severity::Error && !of_all.contains(finding.rule.code) =>
            {
                finding.severity = Severity::Warning;
                finding.message = finding.message.clone() + "; it counts if this table comes first";
            }
            Some(OrderPlace::After(first, table)) => {
                finding.severity = Severity::Info;
                finding.message = finding.message.clone()
                    + "; not used, as "
                    + Foreign::from(first.beside(table))
                    + " comes first";
            }
            _ => {}
        }
    }
}

/// Where a table is among those of its kind, of which Linux uses the first.
enum OrderPlace<'a> {
    /// After the first of these two.
    After(&'a Named<'a>, &'a Named<'a>),
    /// Not known; the errors that all have which may be first, by their codes.
    Open(Rc<HashSet<&'static str>>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_group_of_unknown_order_is_reported_once() {
        let table = |name: &[u8; 4], byte: u8| [&name[..], &[36, 0, 0, 0], &[byte; 28]].concat();
        let all =
            [table(b"SRAT", 1), table(b"SLIT", 1), table(b"SRAT", 2), table(b"SLIT", 2), table(b"APIC", 1)];
        let subjects = ["a", "b", "c", "d", "e"];
        let tables: Vec<Named<'_>> = subjects
            .iter()
            .zip(&all)
            .map(|(subject, bytes)| Named { subject: subject.as_bytes(), base: 0, bytes })
            .collect();
        let of = |(index, bytes): (usize, &'_ Vec<u8>)| {
            (bytes.clone(), Rival { index, name: index.to_string().into() })
        };
        let named: Vec<(Vec<u8>, Rival)> = all.iter().enumerate().map(of).collect();
        let groups = order::rivals(named.iter().map(|(bytes, rival)| (bytes.as_slice(), rival.clone())));
        let found = across(&tables, &groups);
        let open: Vec<_> = found.iter().map(|finding| (finding.rule.code, finding.subject.text())).collect();
        assert_eq!(open, [("table-order-open", "b".into()), ("table-order-open", "a".into())]);
        let known: Vec<_> = across(&tables, &[]).into_iter().map(|finding| finding.rule.code).collect();
        assert_eq!(known, ["table-several", "table-several"]);
    }
}
