//! From the boot loader to the tables in force: one link after the other.

use super::disk;
use super::{Check, Facts, How, Initrd, Link, Log, Overridden, Status};
use crate::boot::derived::build_findings;
use crate::boot::kernel::release::{Change, LockdownRule, Release};
use crate::boot::stages::upgrade::{self, Examined, Lockdown, Upgrade};
use crate::bytes::{from_kmsg, kmsg};
use crate::check::across::Named;
use crate::check::{against, archive};
use crate::container::initrd::held::View;
use crate::finding::registry::{archive as rules, doctor as own, header};
use crate::finding::{Finding, Rule, Severity};
use crate::foreign::Foreign;
use crate::memory::log::Events;
use crate::memory::page_up;
use crate::phrase::{self, count};
use crate::table::{Header, Signature};

/// Rules that say why tables of an initrd are not found.
const HIDING: [&Rule; 8] = [
    &rules::COMPRESSED,
    &rules::HIDDEN,
    &rules::MISALIGNED,
    &rules::TRUNCATED,
    &rules::FORMAT,
    &rules::PREFIX,
    &rules::NOT_REGULAR,
    &rules::UNPACKER,
];
/// How to get a log.
const GET_LOG: &str =
    "Run as root, or save the log and give it: journalctl -k -b > LOG; acpihp doctor --dmesg LOG.";

/// The links of the chain that apply to this boot.
pub(super) fn checks(facts: &Facts<'_>) -> Vec<Check> {
    let log = facts.log.as_ref().ok();
    let events = log.map(|log| &log.events);
    let expected = facts.initrd.map(|initrd| upgrade::upgrade(initrd.bytes, &rules_of(facts)));
    let archive =
        expected.as_ref().zip(facts.initrd).map(|(found, initrd)| self::archive(facts, initrd, found));
    let archive = archive.or_else(|| archive_by_log(events)).or_else(|| archive_by_disk(facts));
    let has_files = expected.as_ref().is_some_and(|found| !found.files.is_empty());
    let has_lines = events.is_some_and(|events| !events.lines.is_empty());
    let attempted = has_files || has_lines;
    let wanted = attempted || archive.as_ref().is_some_and(|check| check.severity > Severity::Info);

    let mut out = vec![self::log(facts)];
    let kernel = kernel(facts, wanted);
    let is_end = kernel.as_ref().is_some_and(|kernel| kernel.status == Status::Not);
    out.extend(kernel);
    // A kernel that takes no tables is the answer, whatever the initrd holds.
    if is_end {
        return out;
    }
    out.push(initrd(facts, wanted));
    out.extend(archive);
    out.extend(disk::command_line(facts));
    if attempted {
        out.extend(seen(facts, log, expected.as_ref()));
        out.extend(accepted(facts, log, expected.as_ref()));
        out.extend(lockdown(facts, log, expected.as_ref()));
        out.extend(applied(facts, log, expected.as_ref()));
        out.extend(in_force(facts, log));
        out.extend(lines(facts, log));
    }
    out
}

/// The rules by which the kernel takes tables in this boot.
fn rules_of(facts: &Facts<'_>) -> upgrade::UpgradeRules {
    facts.next.upgrade_rules()
}

fn log(facts: &Facts<'_>) -> Check {
    match &facts.log {
        Ok(log) if log.is_whole => {
            Check::ok(Link::Log, Foreign::from("from its first line on (") + &log.origin + ")")
        }
        Ok(log) => Check::unknown(
            Link::Log,
            log.origin.clone() + ": the beginning is lost",
            "Save the log from the journal (journalctl -k -b > LOG; acpihp doctor --dmesg LOG), or boot with \
             log_buf_len=4M.",
        ),
        Err(why) => Check::unknown(Link::Log, why, GET_LOG),
    }
}

fn kernel(facts: &Facts<'_>, wanted: bool) -> Option<Check> {
    let release = facts.next.release();
    if facts.log.as_ref().is_ok_and(|log| !log.events.found.is_empty()) {
        return Some(Check::ok(
            Link::Kernel,
            Foreign::from("Linux ") + &release.name + " took tables in this boot",
        ));
    }
    let Some(found) = facts.next.kernel().config() else {
        const LOOK: &str = "Look for CONFIG_ACPI_TABLE_UPGRADE in /boot/config-RELEASE or /proc/config.gz.";
        let message = Foreign::from("the configuration of Linux ") + &release.name + " is not at hand";
        return wanted.then(|| Check::unknown(Link::Kernel, message, LOOK));
    };
    let name = &found.origin;
    Some(match build_findings::tables(name, facts.next.kernel().build()) {
        None => Check::ok(Link::Kernel, name.clone() + " has what it takes"),
        Some(finding) => {
            let severity = if wanted { finding.severity } else { Severity::Info };
            Check::not(Link::Kernel, severity, finding.rule, name.clone() + ": " + finding.message)
        }
    })
}

fn initrd(facts: &Facts<'_>, wanted: bool) -> Check {
    let named = |initrd: Initrd<'_>| initrd.name.clone() + " (" + initrd.how + ")";
    const GIVE: &str = "Name the file that the boot loader takes: acpihp doctor --initrd FILE.";
    let severity = if wanted { Severity::Error } else { Severity::Info };
    if let Some(check) = disk::no_init(facts) {
        return check;
    }
    match (facts.loaded, facts.initrd) {
        (Some(None), _) => {
            Check::not(Link::Initrd, severity, &own::NO_INITRD, "the boot loader handed over no initrd")
        }
        (_, None) => Check::unknown(Link::Initrd, "no boot loader's file names one that is here", GIVE),
        (None, Some(initrd)) => Check::unknown(
            Link::Initrd,
            named(initrd) + "; how long the one of this boot was is not known",
            "Read boot_params or the log as root.",
        ),
        (Some(Some(loaded)), Some(initrd)) if is_as_long(initrd.len, loaded) => {
            Check::ok(Link::Initrd, named(initrd) + format_args!(", {loaded} bytes, as loaded"))
        }
        (Some(Some(loaded)), Some(initrd)) => {
            let message = named(initrd) + format_args!(" has {} bytes, and {loaded} were loaded", initrd.len);
            let severity = if wanted { Severity::Warning } else { Severity::Info };
            Check::not(Link::Initrd, severity, &own::OTHER_INITRD, message)
        }
    }
}

/// See [`super::hidden`].
pub(super) fn hidden(name: &Foreign, initrd: View<'_>, release: &Release) -> Vec<Finding> {
    let mut findings = archive::reachable(name, initrd, release);
    findings.retain(|finding| HIDING.contains(&finding.rule));
    findings
}

/// What is where the kernel looks, and what would be found elsewhere.
fn archive(facts: &Facts<'_>, initrd: Initrd<'_>, found: &Upgrade<'_>) -> Check {
    let mut hidden = match initrd.hidden {
        Some(known) => known.to_vec(),
        None => hidden(initrd.name, initrd.bytes, facts.next.release()),
    };
    // A table under quite another path may be there for another reason, unless it is the only one.
    hidden.retain(|finding| finding.severity == Severity::Error || found.files.is_empty());
    let names: Vec<Foreign> = found.files.iter().map(|file| file.entry.table_name()).collect();
    if let Some(first) = hidden.first() {
        let evidence = hidden.iter().skip(1).map(|finding| finding.message.clone());
        return Check::not(Link::Archive, Severity::Error, first.rule, first.message.clone()).with(evidence);
    }
    if names.is_empty() {
        let is_loaded = facts.log.as_ref().is_ok_and(|log| !log.events.found.is_empty());
        if let Some(check) = disk::not_loaded(facts).filter(|_| !is_loaded) {
            return check;
        }
        let message = "nothing below kernel/firmware/acpi/ in front of what is compressed";
        return Check::not(Link::Archive, Severity::Info, &rules::NO_TABLES, message);
    }
    if let Some(check) = disk::missing(facts.disk).or_else(|| disk::outdated(facts.disk, found)) {
        return check;
    }
    Check::ok(Link::Archive, Foreign::from(count(names.len(), "file", "files")) + ": " + some(&names))
}

fn archive_by_log(events: Option<&Events>) -> Option<Check> {
    let events = events.filter(|events| !events.found.is_empty())?;
    let names: Vec<Foreign> = events.found.iter().map(|found| (&found.name).into()).collect();
    Some(Check::ok(
        Link::Archive,
        Foreign::from("by the log, ") + count(names.len(), "table", "tables") + ": " + some(&names),
    ))
}

/// What lies on disk, where no initrd is at hand.
fn archive_by_disk(facts: &Facts<'_>) -> Option<Check> {
    // Without a log that has all of the boot, tables may have come from an initrd that is not here.
    let is_clear = facts.log.as_ref().is_ok_and(|log| log.is_whole);
    match is_clear {
        true => disk::not_loaded(facts),
        false => disk::not_named(facts.disk),
    }
}

fn seen(facts: &Facts<'_>, log: Option<&Log>, expected: Option<&Upgrade<'_>>) -> Option<Check> {
    let Some(log) = log else {
        return Some(Check::unknown(Link::Seen, "there is no log", GET_LOG));
    };
    let lines = &log.events.lines;
    let spoken =
        |line: &&String| line.contains("ACPI table found in initrd") || line.contains("ACPI OVERRIDE: ");
    let lines: Vec<String> = lines.iter().map(|line| as_kmsg(line)).collect();
    let said: Vec<&String> = lines.iter().filter(spoken).collect();
    let Some(expected) = expected else {
        return Some(Check::ok(Link::Seen, format!("the log names {}", count(said.len(), "file", "files"))));
    };
    let wanted: Vec<String> = expected.log.iter().map(|line| line.text.clone()).collect();
    let wanted: Vec<&String> = wanted.iter().filter(spoken).collect();
    if wanted == said {
        return match wanted.len() {
            0 => None,
            number => Some(Check::ok(
                Link::Seen,
                format!("the log names {}, as it should", count(number, "file", "files")),
            )),
        };
    }
    let missing = wanted.iter().filter(|line| !said.contains(line)).count();
    let first = |some: &[&String], others: &[&String]| {
        some.iter().find(|line| !others.contains(line)).map(|line| (*line).clone())
    };
    let evidence = first(&wanted, &said).map(|line| format!("expected: {line}"));
    let more = first(&said, &wanted).map(|line| format!("found: {line}"));
    let evidence: Vec<String> = evidence.into_iter().chain(more).collect();
    if said.is_empty() && !log.is_whole {
        return Some(Check::unknown(Link::Seen, "the log has lost its beginning", GET_LOG).with(evidence));
    }
    if said.is_empty() {
        let message = format!("the log names none of {}", count(missing, "file", "files"));
        return Some(Check::not(Link::Seen, Severity::Error, &own::NOT_SEEN, message).with(evidence));
    }
    let message = "the log names other files than this initrd has";
    let severity = if is_other(facts) { Severity::Warning } else { Severity::Error };
    Some(Check::not(Link::Seen, severity, &own::OTHER_INITRD, message).with(evidence))
}

/// Whether the initrd at hand is known not to be the one that was booted.
fn is_other(facts: &Facts<'_>) -> bool {
    matches!((facts.loaded, facts.initrd), (Some(Some(loaded)), Some(initrd)) if !is_as_long(initrd.len, loaded))
}

/// Whether an initrd of this length is what was loaded; a log tells of whole pages.
fn is_as_long(len: u64, loaded: u64) -> bool {
    len == loaded || page_up(len) == loaded
}

fn accepted(facts: &Facts<'_>, log: Option<&Log>, expected: Option<&Upgrade<'_>>) -> Option<Check> {
    let mut refused: Vec<(&'static Rule, Foreign)> = Vec::new();
    for file in expected.iter().flat_map(|expected| &expected.files) {
        let (name, data) = (file.entry.table_name(), file.entry.data);
        match file.outcome {
            Examined::Accepted => {}
            Examined::NotExamined => {
                let most = facts.next.release().max_files;
                let message = name + format_args!(": the kernel looks at the first {most} files");
                refused.push((&rules::OVER_LIMIT, message));
            }
            _ => match against::refusal(&name, data, facts.next.release()).into_iter().next() {
                Some(finding) => refused.push((finding.rule, name + ": " + finding.message)),
                None => refused.push((&header::SHORT_HEADER, name + format_args!(": {}", file.outcome))),
            },
        }
    }
    let events = log.map(|log| &log.events);
    if expected.is_none() {
        for rejected in events.iter().flat_map(|events| &events.rejected) {
            refused.push((rule_of(&rejected.why), Foreign::from(&rejected.name) + ": " + &rejected.why));
        }
    }
    let taken = expected.map_or_else(
        || events.map_or(0, |events| events.found.len()),
        |expected| expected.files.iter().filter(|file| file.outcome == Examined::Accepted).count(),
    );
    let Some((rule, first)) = refused.first() else {
        return (taken > 0).then(|| Check::ok(Link::Accepted, count(taken, "table", "tables")));
    };
    let evidence = refused.iter().skip(1).take(8).map(|(_, message)| message.clone());
    Some(Check::not(Link::Accepted, Severity::Error, rule, first.clone()).with(evidence))
}

/// The rule that the kernel's words stand for.
fn rule_of(why: &str) -> &'static Rule {
    match why {
        "Unknown signature" => &rules::SIGNATURE,
        "File length does not match table length" => &header::TRUNCATED,
        "Bad table checksum" => &header::CHECKSUM,
        _ => &header::SHORT_HEADER,
    }
}

fn lockdown(facts: &Facts<'_>, log: Option<&Log>, expected: Option<&Upgrade<'_>>) -> Option<Check> {
    let events = log.map(|log| &log.events);
    if let Some(line) = events.and_then(|events| events.locked_down.clone()) {
        let message = format!("Linux {} ignores tables when it is locked down", facts.next.release().version);
        return Some(Check::not(Link::Lockdown, Severity::Error, &rules::LOCKED_DOWN, message).with([line]));
    }
    let any =
        expected.is_some_and(|expected| expected.files.iter().any(|file| file.outcome == Examined::Accepted));
    if !any && events.is_none_or(|events| events.found.is_empty()) {
        return None;
    }
    let mode = facts.lockdown.as_deref().filter(|mode| *mode != "none");
    if facts.lockdown.is_none() && log.is_none() {
        let message = "there is no log, and no /sys/kernel/security/lockdown";
        return Some(Check::unknown(Link::Lockdown, message, GET_LOG));
    }
    let message = match (mode, facts.next.release().lockdown) {
        (None, _) if facts.lockdown.is_some() => "the kernel is not locked down".to_owned(),
        (None, _) => "no such message in the log".to_owned(),
        (Some(mode), LockdownRule::TooLate) => {
            format!("locked down ({mode}), which came too late in this release to matter")
        }
        (Some(mode), _) => format!("locked down ({mode}) now, and was not when the tables were taken"),
    };
    if let (None, Lockdown::Refused) = (log, rules_of(facts).lockdown) {
        let message = "this boot is locked down, and there is no log that shows whether it was in time";
        return Some(Check::unknown(Link::Lockdown, message, GET_LOG));
    }
    Some(Check::ok(Link::Lockdown, message))
}

fn applied(facts: &Facts<'_>, log: Option<&Log>, expected: Option<&Upgrade<'_>>) -> Option<Check> {
    let Some(log) = log else {
        return Some(Check::unknown(Link::Applied, "there is no log", GET_LOG));
    };
    let events = &log.events;
    if events.found.is_empty() || events.locked_down.is_some() {
        return None;
    }
    let number = count(events.announced.len(), "table", "tables");
    let done = match (events.replaced.len(), events.installed.len()) {
        (0, 0) => number,
        (replaced, added) => format!("{replaced} replaced, {added} added"),
    };
    let is_done = |line: &&String| line.contains("Table Upgrade: ") || line.contains("Override [");
    let evidence = events.lines.iter().filter(is_done);
    let complaints = complaints(facts, events, expected);
    let Some(first) = complaints.first() else {
        return Some(Check::ok(Link::Applied, done).with(evidence));
    };
    let said = |finding: &Finding| finding.subject.clone() + ": " + &finding.message;
    let (message, more) = (said(first), complaints.iter().skip(1).take(8).map(said));
    Some(
        Check::not(Link::Applied, first.severity, first.rule, message)
            .with(more)
            .with([format!("done: {done}")]),
    )
}

/// What keeps accepted tables from what they are for; the worst first.
fn complaints(facts: &Facts<'_>, events: &Events, expected: Option<&Upgrade<'_>>) -> Vec<Finding> {
    if facts.next.line().acpi_off {
        return vec![Finding::new(&own::ACPI_OFF, "command line", "acpi=off").with_severity(Severity::Error)];
    }
    let is_skipped =
        facts.next.line().acpi_no_static_ssdt && facts.next.release().has(Change::NO_STATIC_SSDT);
    if let Some(found) = events.found.iter().find(|found| is_skipped && found.signature.0 == *b"SSDT") {
        return vec![Finding::new(&own::NO_STATIC_SSDT, &found.name, "acpi_no_static_ssdt")];
    }
    let Some(expected) = expected.filter(|_| facts.is_real && facts.knows_before) else {
        return unused(events);
    };
    let accepted: Vec<(Foreign, &[u8])> =
        expected.accepted().map(|file| (file.entry.table_name(), file.entry.data)).collect();
    let files: Vec<Named<'_>> =
        accepted.iter().map(|(name, bytes)| Named { subject: name.raw(), base: 0, bytes }).collect();
    let names: Vec<Foreign> =
        facts.machine.firmware.tables.iter().map(|table| table.signature().into()).collect();
    let firmware: Vec<Named<'_>> = facts
        .machine
        .firmware
        .tables
        .iter()
        .zip(&names)
        .map(|(table, name)| Named { subject: name.raw(), base: 0, bytes: &table.bytes })
        .collect();
    let (_, mut findings) = against::check(&files, &firmware, facts.next.release());
    // What these say does not keep a table from being applied.
    let other = [&rules::AMBIGUOUS, &rules::FADT_ADDRESSES, &rules::ADDS];
    findings.retain(|finding| !other.contains(&finding.rule));
    // The first of several did its work; a copy of the firmware's has none to do.
    let harmless = [&rules::SAME_IDENTITY, &own::COPY];
    for finding in &mut findings {
        if *finding.rule == rules::IN_FORCE {
            finding.rule = &own::COPY;
        }
        if harmless.contains(&finding.rule) {
            finding.severity = Severity::Warning;
        }
    }
    findings.extend(disk::earlier_bios(&accepted, &facts.machine.firmware));
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    findings
}

/// Tables that were found and then neither replaced one nor were added, by the log alone.
fn unused(events: &Events) -> Vec<Finding> {
    let mut used: Vec<Signature> = events.announced.clone();
    let mut out = Vec::new();
    for found in &events.found {
        if let Some(at) = used.iter().position(|signature| *signature == found.signature) {
            used.swap_remove(at);
            continue;
        }
        let rule = if matches!(&found.signature.0, b"RSDT" | b"XSDT") {
            &rules::ROOT_TABLE
        } else {
            &rules::NOT_NEWER
        };
        let message =
            Foreign::from(found.signature) + " was found, and neither replaced a table nor was added";
        out.push(Finding::new(rule, &found.name, message));
    }
    out.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    out
}

fn in_force(facts: &Facts<'_>, log: Option<&Log>) -> Option<Check> {
    let events = &log?.events;
    if events.replaced.is_empty() && events.installed.is_empty() {
        return None;
    }
    if facts.now.tables.is_empty() {
        return Some(Check::unknown(Link::InForce, "the tables in /sys cannot be read", "Run as root."));
    }
    let copies = events.replaced.iter().map(|replaced| (replaced.signature, replaced.copy));
    let mut wrong = Vec::new();
    let mut names = Vec::new();
    for (signature, address) in copies.chain(events.installed.iter().copied()) {
        let table = facts.now.tables.iter().find(|table| table.address == Some(address));
        let Some(table) = table else {
            wrong.push(
                Foreign::from(signature) + format_args!(" at {address:#x} is not among the tables in /sys"),
            );
            continue;
        };
        let is_ours = |ours: &&[u8]| *ours == table.bytes.as_slice();
        match facts.is_real && !facts.outcome.archive.tables.iter().any(is_ours) {
            true => wrong
                .push(Foreign::from(signature) + format_args!(" at {address:#x} is none of the archive's")),
            false => names.push(signature.into()),
        }
    }
    if let Some(first) = wrong.first() {
        let more = wrong.iter().skip(1).take(8).cloned();
        return Some(
            Check::not(Link::InForce, Severity::Warning, &own::NOT_IN_FORCE, first.clone()).with(more),
        );
    }
    Some(Check::ok(Link::InForce, some(&distinct(&names))))
}

/// The kernel's lines about overrides, held against those of the model.
fn lines(facts: &Facts<'_>, log: Option<&Log>) -> Option<Check> {
    let log = log.filter(|log| log.is_whole && facts.is_real)?;
    if is_other(facts) {
        return None;
    }
    let upgrade =
        facts.outcome.upgrade.iter().flat_map(|upgrade| &upgrade.log).map(|line| line.text.as_str());
    let installation = facts.outcome.installation.log.iter().map(String::as_str);
    let said: Vec<String> = log.events.lines.iter().map(|line| without_addresses(&as_kmsg(line))).collect();
    let wanted: Vec<String> = upgrade.chain(installation).map(without_addresses).collect();
    let about_override = |line: &&String| !line.contains("Ignoring installation");
    let wanted: Vec<&String> = wanted.iter().filter(about_override).collect();
    if wanted.iter().copied().eq(&said) {
        return (!said.is_empty()).then(|| {
            Check::ok(Link::Lines, format!("{}, as predicted", count(said.len(), "line", "lines")))
        });
    }
    let at = wanted
        .iter()
        .zip(&said)
        .position(|(wanted, said)| *wanted != said)
        .unwrap_or(wanted.len().min(said.len()));
    let shown = |line: Option<&str>| line.unwrap_or("nothing more").to_owned();
    let evidence = [
        format!("predicted: {}", shown(wanted.get(at).map(|line| line.as_str()))),
        format!("logged: {}", shown(said.get(at).map(String::as_str))),
    ];
    let message = format!("line {} of those about tables differs", at + 1);
    Some(Check::not(Link::Lines, Severity::Warning, &own::PREDICTION, message).with(evidence))
}

/// A line of a log as /dev/kmsg shows it, whether or not whoever wrote the log down kept its escapes.
fn as_kmsg(line: &str) -> String {
    kmsg(&from_kmsg(line))
}

/// A line with its 16-digit addresses, which a boot before could not know, replaced.
fn without_addresses(line: &str) -> String {
    let words = line.trim_end().split(' ').map(|word| {
        let digits = word.strip_prefix("0x").unwrap_or(word);
        let is_address =
            digits.len() == 16 && digits.bytes().all(|digit| digit.is_ascii_hexdigit() || digit == b'?');
        if is_address { "ADDRESS" } else { word }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Whether the initrd could be unpacked: what the early search accepts can still break the later reader.
pub(super) fn unpacked(facts: &Facts<'_>) -> Option<Check> {
    let line = facts.log.as_ref().ok()?.events.unpacking_failed.as_ref()?;
    Some(Check::not(Link::Unpacked, Severity::Error, &rules::UNPACKER, line))
}

/// The tables in /sys that are an override's.
pub(super) fn overridden(facts: &Facts<'_>) -> Vec<Overridden> {
    let revision = |address: u64| {
        let table = facts.now.tables.iter().find(|table| table.address == Some(address))?;
        Some(Header::parse(&table.bytes)?.oem_revision)
    };
    if let Ok(log) = &facts.log
        && !log.events.announced.is_empty()
    {
        let replaced = log.events.replaced.iter().map(|replaced| Overridden {
            signature: replaced.signature.into(),
            how: How::Replaced,
            address: Some(replaced.copy),
            firmware_address: Some(replaced.firmware),
            oem_revision: revision(replaced.copy),
        });
        let added = log.events.installed.iter().map(|(signature, address)| Overridden {
            signature: (*signature).into(),
            how: How::Added,
            address: Some(*address),
            firmware_address: None,
            oem_revision: revision(*address),
        });
        return replaced.chain(added).collect();
    }
    // Without a log that says so: a table that is byte for byte one of the archive's.
    if facts.log.as_ref().is_ok_and(|log| log.is_whole) || !facts.is_real {
        return Vec::new();
    }
    let files = facts.outcome.upgrade.iter().flat_map(|upgrade| upgrade.accepted());
    let ours: Vec<&[u8]> = files.map(|file| file.entry.data).collect();
    let same = facts.now.tables.iter().filter(|table| ours.contains(&table.bytes.as_slice()));
    same.map(|table| Overridden {
        signature: table.signature().into(),
        how: How::Replaced,
        address: table.address,
        firmware_address: None,
        oem_revision: Header::parse(&table.bytes).map(|header| header.oem_revision),
    })
    .collect()
}

/// Names, of many the first ones.
pub(super) fn some(names: &[Foreign]) -> Foreign {
    let (shown, rest) = names.split_at(names.len().min(6));
    Foreign::joined(shown, ", ") + phrase::more(rest.len())
}

/// Names with their number where there are several of one.
pub(super) fn distinct(names: &[Foreign]) -> Vec<Foreign> {
    let mut out: Vec<(Foreign, usize)> = Vec::new();
    for name in names {
        match out.iter_mut().find(|(known, _)| known == name) {
            Some((_, number)) => *number += 1,
            None => out.push((name.clone(), 1)),
        }
    }
    out.into_iter()
        .map(|(name, number)| if number > 1 { Foreign::from(format_args!("{number} ")) + name } else { name })
        .collect()
}
