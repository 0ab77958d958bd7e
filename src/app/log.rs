//! What is to be said of a log that an answer was made from.

use super::boot::BootRequest;
use crate::boot::Outcome;
use crate::boot::derived::agreement::{Agreement, LogDifference};
use crate::boot::install::FirmwareTable;
use crate::boot::stages::srat::Refusal;
use crate::check::doctor::known;
use crate::finding::Finding;
use crate::finding::registry::boot as rule;
use crate::foreign::Foreign;
use crate::memory::log::{Gap, KernelLog, PassedBoot, ShownTable, Which};
use crate::phrase;
use crate::phrase::count;
use crate::source::klog::KernelText;
use crate::source::machine::Recorded;
use crate::table::{Header, Signature};

/// What has to be known of the log as it was read.
pub fn findings(recorded: &Recorded) -> Vec<Finding> {
    let Some(read) = &recorded.log else { return Vec::new() };
    let mut all: Vec<Finding> = boots(read).into_iter().collect();
    // The tree's own release, where it has one, is another.
    if let (None, Some(named)) = (&read.log.release, read.log.release_or_image())
        && recorded.release.as_deref() == Some(named)
    {
        let message = format!("the log has no version line; BOOT_IMAGE= of its command line names {named}");
        all.push(Finding::new(&rule::RELEASE_BY_NAME, "log", message));
    }
    if let Some(added) = &recorded.fake_nodes {
        let lines = read.log.events.fake_nodes.len();
        let message =
            format!("{lines} \"Faking node\" lines, and no numa=fake= in the command line: {added} is added");
        all.push(Finding::new(&rule::FAKE_NODES_LOGGED, "log", message));
    }
    if recorded.log_is_named {
        all.extend(known::findings(&read.log.events));
    }
    all.extend(gaps(recorded));
    if recorded.tables_by_log {
        all.extend(from_log(read));
    } else {
        all.extend(contradictions(&recorded.machine.firmware.tables, read));
    }
    all
}

/// That the log lacks lines which the answer goes by, or those which would confirm it.
fn gaps(recorded: &Recorded) -> Option<Finding> {
    let gaps = recorded.log_gaps();
    let rule = if *gaps.first()? == Gap::Zones { &rule::LOG_ENDS } else { &rule::LOG_INCOMPLETE };
    let words: Vec<String> = gaps.iter().map(Gap::to_string).collect();
    Some(Finding::new(rule, "log", words.join("; ")))
}

/// That the log which tables are compared with does not list them all.
pub fn lost_tables(recorded: &Recorded) -> Option<Finding> {
    let gap = recorded.log_gaps().into_iter().find(|gap| matches!(gap, Gap::Tables { .. }))?;
    Some(Finding::new(&rule::LOG_INCOMPLETE, "log", gap.to_string()))
}

/// That tables were taken from the log's lines, where it has some.
fn from_log(read: &KernelText) -> Option<Finding> {
    let (tables, memory) = (read.log.tables.len(), read.log.events.srat.len());
    if tables == 0 && memory == 0 {
        return None;
    }
    let of_srat = match (memory, read.log.srat().is_some()) {
        (0, true) => {
            "; nodes by the \"Early memory node ranges\", which do not show what is hot-pluggable".to_owned()
        }
        (0, false) => String::new(),
        (lines, _) => {
            let cpus = read.log.events.cpus.len();
            format!("; SRAT of {} of memory and {cpus} of processors", count(lines, "line", "lines"))
        }
    };
    let message = format!("{}{of_srat}", count(tables, "table by its line", "tables by their lines"));
    Some(Finding::new(&rule::TABLES_FROM_LOG, "log", message))
}

/// Tables that the log lists with another length or other ids. Those that an archive replaced in that boot are not compared, nor
/// SSDTs, of which some are loaded later.
fn contradictions(tables: &[FirmwareTable], read: &KernelText) -> Option<Finding> {
    let mut found: Vec<(Signature, Foreign)> = Vec::new();
    // What was made of the log's own lines, for want of the table.
    let made = [read.log.srat(), read.log.fadt(), read.log.slit()];
    for table in tables.iter().filter(|table| !made.iter().flatten().any(|made| *made == table.bytes)) {
        let Some(header) = Header::parse(&table.bytes) else { continue };
        let name = header.signature;
        if name.0 == *b"SSDT" || name.0 == *b"FACS" || read.log.replaced.contains(&name) {
            continue;
        }
        let listed: Vec<ShownTable> = read.log.listed().filter(|one| one.table.signature == name).collect();
        let Some(first) = listed.first().filter(|_| !listed.iter().any(|one| one.is_alike(&header))) else {
            continue;
        };
        let theirs = Header::parse(&KernelLog::header_of(first));
        let theirs =
            theirs.map_or_else(|| format!("{} bytes", first.table.length).into(), |theirs| shown(&theirs));
        found.push((name, shown(&header) + " here, " + theirs + " in the log"));
    }
    let (name, first) = found.first()?;
    let others = Foreign::joined(found.iter().skip(1).map(|(name, _)| *name), ", ");
    let so_do = if others.is_empty() { "" } else { "; so do " };
    Some(Finding::new(&rule::OTHER_MACHINE, *name, first.clone() + so_do + others))
}

/// Length and ids of a table.
fn shown(header: &Header) -> Foreign {
    let (oem, table) = (header.oem_id.trim_ascii_end(), header.oem_table_id.trim_ascii_end());
    Foreign::from(format_args!("{} bytes, ", header.length))
        + oem
        + " "
        + table
        + format_args!(" {:#x}", header.oem_revision)
}

/// That nothing is known of the machine's tables, where the nodes hang on them and no log shows which there are.
pub fn unknown_tables(recorded: &Recorded, outcome: &Outcome<'_>) -> Option<Finding> {
    let has_nodes = recorded.log.as_ref().is_some_and(|read| !read.log.events.memory.is_empty());
    let is = outcome.nodes.refusal == Some(Refusal::Unread) && !has_nodes;
    let message = match outcome.srat {
        Some(_) => "the machine has a SRAT, and what it says is not known",
        None => "whether the machine has a SRAT is not known",
    };
    is.then(|| Finding::new(&rule::TABLES_UNKNOWN, "tables", message.to_owned()))
}

/// Whether the prediction agrees with the log of the same boot; `None` where there is none, or the request makes it another boot.
pub fn agreement(recorded: &Recorded, boot: &BootRequest, outcome: &Outcome<'_>) -> Option<Agreement> {
    let read = recorded.log.as_ref()?;
    let is_same = boot.kernel.is_none()
        && boot.chosen.is_none()
        && boot.command_line.is_none()
        && boot.append.is_empty()
        && boot.initrd.is_none()
        && boot.override_tables.is_empty()
        && boot.reserve.is_empty()
        && boot.kernel_at.is_none();
    if !is_same || read.log.upgraded || recorded.release.as_deref() != read.log.release_or_image() {
        return None;
    }
    let agreement = Agreement::of(outcome, &read.log);
    (!agreement.compared.is_empty()).then_some(agreement)
}

/// The parts in which prediction and log differ.
pub fn differences(agreement: &Agreement) -> Vec<Finding> {
    let side = |text: &Option<String>| text.clone().unwrap_or_else(|| "nothing".to_owned());
    let one = |difference: &LogDifference| {
        let (predicted, logged) = (side(&difference.predicted), side(&difference.logged));
        let message = format!("{}: {predicted} predicted, {logged} in the log", difference.part.words());
        Finding::new(&rule::LOG_DIFFERS, "log", message)
    };
    agreement.differences.iter().map(one).collect()
}

/// That the log holds several boots.
fn boots(read: &KernelText) -> Option<Finding> {
    let Which { number, of, passed_over } = &read.log.which;
    if *of < 2 {
        return None;
    }
    let release = |release: Option<&str>| match release {
        Some(release) => format!("Linux {release}"),
        None => "without a version line".to_owned(),
    };
    let taken = format!("boot {number} of {of} is used ({})", release(read.log.release.as_deref()));
    if passed_over.is_empty() {
        return Some(Finding::new(&rule::LOG_BOOTS, "log", taken));
    }
    let later = |boot: &PassedBoot| format!("boot {} ({})", boot.number, release(boot.release.as_deref()));
    let passed: Vec<String> = passed_over.iter().map(later).collect();
    let message = format!(
        "{taken}; passed over for lack of a version line or a memory map: {}",
        phrase::first(&passed, 3)
    );
    Some(Finding::new(&rule::LOG_BOOTS_PASSED, "log", message))
}
