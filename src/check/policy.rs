//! Policies: what a build asserts of its override archives, one assertion a line.
//!
//! ```text
//! only SRAT, SLIT              no file of another signature
//! no file refused              the kernel accepts every file
//! override SRAT wins           a file replaces the firmware's SRAT
//! every override wins          each accepted file replaces a table
//! no table added               no accepted file is installed beside the firmware's tables
//! node 1 fully movable         all of the node's memory goes to ZONE_MOVABLE
//! node 0 not movable           none of it does
//! movable at least 4G          of the whole machine; also a share such as 50%, and `at most`
//! kernel keeps at least 2G     so much, or such a share, is in other zones
//! range 8G-16G movable         all RAM of the range is movable, and there is some
//! can grow to 64G              RAM and the windows for more of it come to so much
//! can grow to 64G movable      and what is added comes to ZONE_MOVABLE, so that it can go again
//! ```

pub use super::boot_facts::{BootFacts, NodeMemory};
use super::lines::{LineError, Words, statements};
use crate::boot::install::TableOutcome;
use crate::bytes::{parse_size, size};
use crate::finding::Finding;
use crate::finding::registry::policy as rules;
use crate::foreign::Foreign;
use crate::table::Signature;
use std::ops::Range;

/// An assertion: a line of a policy that must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// The line that it is on, from 1.
    pub line: usize,
    /// The line as the file has it.
    pub text: Foreign,
    /// What it asserts.
    pub claim: Claim,
}

/// What an assertion asserts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// There are files of these signatures alone.
    Only(Vec<Signature>),
    /// The kernel accepts every file.
    NoneRefused,
    /// A file replaces the firmware's table of this signature.
    Wins(Signature),
    /// Each accepted file replaces a table.
    EveryWins,
    /// No accepted file is installed as a further table.
    NoneAdded,
    /// All of a node's memory is movable.
    FullyMovable(u32),
    /// None of a node's memory is movable.
    NotMovable(u32),
    /// At least this much is movable.
    AtLeast(Amount),
    /// At most this much is movable.
    AtMost(Amount),
    /// At least this much is not movable.
    KernelKeeps(Amount),
    /// All RAM of a range, in bytes, is movable.
    RangeMovable(Range<u64>),
    /// RAM and windows for memory that is added later come to this much.
    CanGrow(u64),
    /// The same, of RAM and of what is added to ZONE_MOVABLE.
    CanGrowMovable(u64),
}

/// How much memory an assertion asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    /// In bytes.
    Bytes(u64),
    /// In percent of all memory.
    Percent(u8),
}

/// A file of an archive, or a table to be put into one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub name: Foreign,
    /// Its signature, where it has as many bytes.
    pub signature: Option<Signature>,
    /// Whether the kernel accepts it.
    pub accepted: bool,
    /// What becomes of it then; `None` when it was held against no firmware.
    pub outcome: Option<TableOutcome>,
}

/// What assertions are held against.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// The files.
    pub files: Vec<File>,
    /// The first input that could not be read, so that there may be other files.
    pub missing: Option<Foreign>,
    /// The nodes of the boot with these files; `None` when it is not known.
    pub nodes: Option<BootFacts>,
}

impl Claim {
    /// Whether it is about a boot, so that memory map and command line count.
    pub fn is_about_nodes(&self) -> bool {
        matches!(
            self,
            Claim::FullyMovable(_)
                | Claim::NotMovable(_)
                | Claim::AtLeast(_)
                | Claim::AtMost(_)
                | Claim::KernelKeeps(_)
                | Claim::RangeMovable(_)
                | Claim::CanGrow(_)
                | Claim::CanGrowMovable(_)
        )
    }
}

/// Reads a policy.
///
/// # Errors
/// [`LineError`] for the first line that is no assertion.
pub fn parse(text: &str) -> Result<Vec<Assertion>, LineError> {
    let assertion = |words: Words<'_>| {
        let (line, text) = (words.line, words.text().into());
        Ok(Assertion { line, text, claim: claim(words)? })
    };
    statements(text).map(assertion).collect()
}

/// What the first word of a line can be.
const FIRST: &str = "only, no, override, every, node, movable, kernel, range or can";

fn claim(mut words: Words<'_>) -> Result<Claim, LineError> {
    let claim = if words.take("only") {
        let mut signatures = vec![signature(&mut words)?];
        while words.sign(',') {
            signatures.push(signature(&mut words)?);
        }
        Claim::Only(signatures)
    } else if words.take("no") {
        if words.take("file") {
            expect(&mut words, "refused", "refused")?;
            Claim::NoneRefused
        } else {
            expect(&mut words, "table", "file refused, or table added")?;
            expect(&mut words, "added", "added")?;
            Claim::NoneAdded
        }
    } else if words.take("override") {
        let signature = signature(&mut words)?;
        expect(&mut words, "wins", "wins")?;
        Claim::Wins(signature)
    } else if words.take("every") {
        expect(&mut words, "override", "override wins")?;
        expect(&mut words, "wins", "wins")?;
        Claim::EveryWins
    } else if words.take("node") {
        let before = words.clone();
        let node = words.word("the number of a node")?;
        let node = node.parse().map_err(|_| before.error("the number of a node"))?;
        if words.take("not") {
            expect(&mut words, "movable", "movable")?;
            Claim::NotMovable(node)
        } else {
            expect(&mut words, "fully", "fully movable, or not movable")?;
            expect(&mut words, "movable", "movable")?;
            Claim::FullyMovable(node)
        }
    } else if words.take("movable") {
        expect(&mut words, "at", "at least, or at most")?;
        if words.take("least") {
            Claim::AtLeast(amount(&mut words)?)
        } else {
            expect(&mut words, "most", "least or most")?;
            Claim::AtMost(amount(&mut words)?)
        }
    } else if words.take("kernel") {
        expect(&mut words, "keeps", "keeps at least")?;
        expect(&mut words, "at", "at least")?;
        expect(&mut words, "least", "least")?;
        Claim::KernelKeeps(amount(&mut words)?)
    } else if words.take("range") {
        let range = range(&mut words)?;
        expect(&mut words, "movable", "movable")?;
        Claim::RangeMovable(range)
    } else if words.take("can") {
        expect(&mut words, "grow", "grow to")?;
        expect(&mut words, "to", "to")?;
        let before = words.clone();
        match amount(&mut words)? {
            Amount::Bytes(bytes) if words.take("movable") => Claim::CanGrowMovable(bytes),
            Amount::Bytes(bytes) => Claim::CanGrow(bytes),
            Amount::Percent(_) => return Err(before.error("a size such as 64G")),
        }
    } else {
        return Err(words.error(FIRST));
    };
    words.end()?;
    Ok(claim)
}

fn expect(words: &mut Words<'_>, word: &str, expected: &'static str) -> Result<(), LineError> {
    if words.take(word) { Ok(()) } else { Err(words.error(expected)) }
}

fn signature(words: &mut Words<'_>) -> Result<Signature, LineError> {
    let before = words.clone();
    let word = words.word("a signature of four letters")?;
    let bytes: Option<[u8; 4]> = word.as_bytes().try_into().ok();
    bytes.map(Signature).ok_or_else(|| before.error("a signature of four letters"))
}

/// `START-END`, in bytes, the end exclusive.
fn range(words: &mut Words<'_>) -> Result<Range<u64>, LineError> {
    const EXPECTED: &str = "a range such as 8G-16G, the end not part of it";
    let before = words.clone();
    let (start, end) = words.word(EXPECTED)?.split_once('-').ok_or_else(|| before.error(EXPECTED))?;
    let both = parse_size(start).zip(parse_size(end)).filter(|(start, end)| start < end);
    both.map(|(start, end)| start..end).ok_or_else(|| before.error(EXPECTED))
}

/// A number of bytes with an optional suffix K, M, G or T, or a percentage.
fn amount(words: &mut Words<'_>) -> Result<Amount, LineError> {
    const EXPECTED: &str = "a size such as 4G, or a share such as 50%";
    let before = words.clone();
    let word = words.word(EXPECTED)?;
    let (digits, unit) = word.split_at(word.trim_end_matches(|letter: char| !letter.is_ascii_digit()).len());
    let number: Option<u64> =
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten();
    let shifted = |shift: u32| number.and_then(|number| number.checked_mul(1 << shift)).map(Amount::Bytes);
    let amount = match unit {
        "" => shifted(0),
        "K" => shifted(10),
        "M" => shifted(20),
        "G" => shifted(30),
        "T" => shifted(40),
        "%" => number
            .and_then(|number| u8::try_from(number).ok())
            .filter(|share| *share <= 100)
            .map(Amount::Percent),
        _ => None,
    };
    amount.ok_or_else(|| before.error(EXPECTED))
}

/// What is known of a claim.
enum Verdict {
    Holds,
    /// It does not, and why.
    Unmet(Foreign),
    /// Nobody knows, and why.
    Undecided(Foreign),
}

/// The assertions that do not hold, and those that cannot be decided. `file` is the name under which findings speak of the
/// policy.
pub fn check(policy: &[Assertion], file: &Foreign, facts: &Facts) -> Vec<Finding> {
    let finding = |assertion: &Assertion| {
        let (rule, why) = match verdict(&assertion.claim, facts) {
            Verdict::Holds => return None,
            Verdict::Unmet(why) => (&rules::POLICY_UNMET, why),
            Verdict::Undecided(why) => (&rules::POLICY_UNDECIDED, why),
        };
        let message = Foreign::from(format_args!("line {}: ", assertion.line)) + &assertion.text + ": " + why;
        Some(Finding::new(rule, file, message))
    };
    policy.iter().filter_map(finding).collect()
}

/// Whether a claim holds: what is at hand can only show that one about files does not, where there may be more of them.
fn verdict(claim: &Claim, facts: &Facts) -> Verdict {
    const NO_FIRMWARE: &str = "there is no firmware to compare it with (--against)";
    const NO_BOOT: &str = "there is no memory map to plan with (--against a root, with --cmdline)";
    let undecided = |why: &str| Verdict::Undecided(why.into());
    let unread =
        || facts.missing.as_ref().map(|name| Verdict::Undecided(name.clone() + " could not be read"));
    if claim.is_about_nodes() {
        return match &facts.nodes {
            _ if facts.missing.is_some() => unread().unwrap_or(Verdict::Holds),
            None => undecided(NO_BOOT),
            Some(facts) => {
                why_not_movable(claim, facts).map_or(Verdict::Holds, |why| Verdict::Unmet(why.into()))
            }
        };
    }
    let needs_firmware = matches!(claim, Claim::NoneAdded | Claim::EveryWins | Claim::Wins(_));
    if needs_firmware && facts.files.iter().any(|file| file.accepted && file.outcome.is_none()) {
        return unread().unwrap_or_else(|| undecided(NO_FIRMWARE));
    }
    match (why_not(claim, facts), unread()) {
        (None, None) => Verdict::Holds,
        // That there is none is not known either.
        (Some(_), Some(unread)) if matches!(claim, Claim::Wins(_) | Claim::EveryWins) => unread,
        (Some(why), _) => Verdict::Unmet(why),
        (None, Some(unread)) => unread,
    }
}

/// Why a claim about files does not hold; `None` if it does.
fn why_not(claim: &Claim, facts: &Facts) -> Option<Foreign> {
    let files = &facts.files;
    let accepted = || files.iter().filter(|file| file.accepted);
    let first = |mut found: Box<dyn Iterator<Item = &File> + '_>, what: &str| {
        found.next().map(|file| file.name.clone() + " " + what)
    };
    match claim {
        Claim::Only(signatures) => {
            let other =
                |file: &&File| !file.signature.is_some_and(|signature| signatures.contains(&signature));
            first(Box::new(files.iter().filter(other)), "is another")
        }
        Claim::NoneRefused => first(Box::new(files.iter().filter(|file| !file.accepted)), "is refused"),
        Claim::NoneAdded => {
            first(Box::new(accepted().filter(|file| file.outcome == Some(TableOutcome::Install))), "is added")
        }
        Claim::EveryWins => {
            let loses = |file: &&File| !matches!(file.outcome, Some(TableOutcome::Override(_)));
            if files.is_empty() {
                return Some("there is no file".into());
            }
            first(Box::new(files.iter().filter(loses)), "overrides nothing")
        }
        Claim::Wins(wanted) => {
            let of = || files.iter().filter(|file| file.signature == Some(*wanted));
            if of().any(|file| matches!(file.outcome, Some(TableOutcome::Override(_)))) {
                return None;
            }
            let Some(file) = of().next() else { return Some(Foreign::from("there is no ") + *wanted) };
            let how = match file.outcome {
                _ if !file.accepted => "is refused",
                Some(TableOutcome::Install) => "is added, its ids being others than the firmware's",
                Some(TableOutcome::Dropped { .. }) => "is dropped: the firmware's is not older",
                _ => "is not used",
            };
            Some(file.name.clone() + " " + how)
        }
        Claim::FullyMovable(_)
        | Claim::NotMovable(_)
        | Claim::AtLeast(_)
        | Claim::AtMost(_)
        | Claim::KernelKeeps(_)
        | Claim::RangeMovable(_)
        | Claim::CanGrow(_)
        | Claim::CanGrowMovable(_) => why_not_movable(claim, facts.nodes.as_ref()?).map(Foreign::from),
    }
}

/// The assertions about memory that do not hold, by number, and why.
pub fn unmet(policy: &[Assertion], facts: &BootFacts) -> Vec<(usize, String)> {
    let why =
        |(index, assertion): (usize, &Assertion)| Some((index, why_not_movable(&assertion.claim, facts)?));
    policy.iter().enumerate().filter_map(why).collect()
}

impl Amount {
    /// In bytes, of so many.
    pub fn bytes(self, total: u64) -> u64 {
        match self {
            Amount::Bytes(bytes) => bytes,
            Amount::Percent(share) => {
                let bytes = (u128::from(total) * u128::from(share)).div_ceil(100);
                u64::try_from(bytes).unwrap_or(u64::MAX)
            }
        }
    }
}

/// How many bytes are missing, or too many, for an assertion about memory; 0 where it holds, or is about something else.
pub fn shortfall(claim: &Claim, facts: &BootFacts) -> u64 {
    if facts.death.is_some() && claim.is_about_nodes() {
        return u64::MAX;
    }
    let total = facts.total();
    let movable: u64 = facts.nodes.iter().map(|node| node.movable).sum();
    let node = |wanted: &u32| facts.nodes.iter().find(|node| node.node == *wanted);
    match claim {
        Claim::FullyMovable(wanted) => node(wanted).map_or(0, |node| node.total.saturating_sub(node.movable)),
        Claim::NotMovable(wanted) => node(wanted).map_or(0, |node| node.movable),
        Claim::AtLeast(amount) => amount.bytes(total).saturating_sub(movable),
        Claim::AtMost(amount) => movable.saturating_sub(amount.bytes(total)),
        Claim::KernelKeeps(amount) => amount.bytes(total).saturating_sub(total.saturating_sub(movable)),
        Claim::RangeMovable(range) => facts.ram.bytes_in(range).saturating_sub(facts.movable.bytes_in(range)),
        Claim::CanGrow(bytes) => bytes.saturating_sub(facts.grows_to),
        Claim::CanGrowMovable(bytes) => bytes.saturating_sub(facts.grows_movable),
        _ => 0,
    }
}

fn why_not_movable(claim: &Claim, facts: &BootFacts) -> Option<String> {
    if let Some(why) = facts.why_dead().filter(|_| claim.is_about_nodes()) {
        return Some(why);
    }
    let nodes = facts.nodes.as_slice();
    let total = facts.total();
    let movable: u64 = nodes.iter().map(|node| node.movable).sum();
    let bytes = |amount: &Amount| amount.bytes(total);
    let of_all = || format!("{} of {} is movable", size(movable), size(total));
    match claim {
        Claim::FullyMovable(wanted) | Claim::NotMovable(wanted) => {
            let Some(node) = nodes.iter().find(|node| node.node == *wanted) else {
                return Some(format!("there is no node {wanted} with memory"));
            };
            let holds = match claim {
                Claim::FullyMovable(_) => node.movable == node.total,
                _ => node.movable == 0,
            };
            (!holds).then(|| format!("{} of its {} is movable", size(node.movable), size(node.total)))
        }
        Claim::AtLeast(amount) => (movable < bytes(amount)).then(of_all),
        Claim::AtMost(amount) => (movable > bytes(amount)).then(of_all),
        Claim::KernelKeeps(amount) => {
            let kept = total.saturating_sub(movable);
            (kept < bytes(amount))
                .then(|| format!("{} of {} are left to the kernel", size(kept), size(total)))
        }
        Claim::RangeMovable(range) => {
            let (ram, movable) = (facts.ram.bytes_in(range), facts.movable.bytes_in(range));
            if ram == 0 {
                return Some("there is no RAM in it".to_owned());
            }
            (movable < ram).then(|| format!("{} of its {} of RAM are movable", size(movable), size(ram)))
        }
        Claim::CanGrow(bytes) => (facts.grows_to < *bytes)
            .then(|| format!("RAM and the SRAT's windows for more come to {}", size(facts.grows_to))),
        Claim::CanGrowMovable(bytes) => (facts.grows_movable < *bytes).then(|| {
            format!(
                "RAM and what of the SRAT's windows comes to ZONE_MOVABLE are {}{}",
                size(facts.grows_movable),
                facts.growth_limit.map(|limit| format!(", {limit}")).unwrap_or_default()
            )
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, outcome: Option<TableOutcome>, accepted: bool) -> File {
        let signature = name.as_bytes().try_into().ok().map(Signature);
        File { name: name.into(), signature, accepted, outcome }
    }

    fn unmet(policy: &str, facts: &Facts) -> Vec<String> {
        let policy = parse(policy).unwrap();
        check(&policy, &"p".into(), facts).into_iter().map(|finding| finding.message.text().into()).collect()
    }

    #[test]
    fn assertions_hold_or_say_why_not() {
        let nodes = vec![
            NodeMemory { node: 0, total: 2 << 30, movable: 0 },
            NodeMemory { node: 1, total: 2 << 30, movable: 2 << 30 },
        ];
        let good = Facts {
            files: vec![file("SRAT", Some(TableOutcome::Override(3)), true)],
            nodes: Some(BootFacts { nodes, ..BootFacts::default() }),
            ..Facts::default()
        };
        let all = "only SRAT, SLIT\nno file refused\noverride SRAT wins # here\nevery override wins\nno table added\n\
                   node 1 fully movable\nnode 0 not movable\nmovable at least 2G\nmovable at most 50%\n";
        assert_eq!(unmet(all, &good), [""; 0]);
        let bad = Facts {
            files: vec![file("SRAT", Some(TableOutcome::Install), true), file("OEM1", None, false)],
            nodes: Some(BootFacts {
                nodes: vec![NodeMemory { node: 0, total: 4 << 30, movable: 1 << 30 }],
                ..BootFacts::default()
            }),
            missing: None,
        };
        let why = unmet(all, &bad);
        assert_eq!(why.len(), 8, "{why:#?}");
        assert_eq!(why.first().unwrap(), "line 1: only SRAT, SLIT: OEM1 is another");
        assert!(
            why.iter().any(|line| line.ends_with("SRAT is added, its ids being others than the firmware's"))
        );
        assert!(why.iter().any(|line| line.ends_with("1 GiB of its 4 GiB is movable")), "{why:#?}");
        let unknown = Facts { files: vec![file("SRAT", None, true)], ..Facts::default() };
        let codes = |facts: &Facts| -> Vec<&str> {
            check(&parse(all).unwrap(), &"p".into(), facts).iter().map(|finding| finding.rule.code).collect()
        };
        assert_eq!(codes(&unknown), ["policy-undecided"; 7]);
        let absent = Facts { missing: Some("a.img".into()), ..good };
        assert_eq!(codes(&absent), ["policy-undecided"; 9], "nothing holds about what was not read");
    }

    #[test]
    fn growth_is_of_all_or_of_what_can_go_again() {
        let facts = BootFacts {
            grows_to: 64 << 30,
            grows_movable: 32 << 30,
            growth_limit: Some("as it is"),
            ..BootFacts::default()
        };
        let why = |line: &str| super::unmet(&parse(line).unwrap(), &facts).pop().map(|(_, why)| why);
        assert_eq!((why("can grow to 64G"), why("can grow to 32G movable")), (None, None));
        assert!(why("can grow to 65G").unwrap().ends_with("come to 64 GiB"));
        assert!(why("can grow to 33G movable").unwrap().ends_with("are 32 GiB, as it is"));
    }

    #[test]
    fn lines_that_assert_nothing_are_refused() {
        for (line, column) in [
            ("can grow to 5G movables", 16),
            ("please", 1),
            ("only", 5),
            ("only SRATS", 6),
            ("no tables", 4),
            ("override SRAT loses", 15),
            ("node x fully movable", 6),
            ("node 1 movable", 8),
            ("movable at least", 17),
            ("movable at least 4X", 18),
            ("movable at most 101%", 17),
            ("no table added now", 16),
        ] {
            let error = parse(line).unwrap_err();
            assert_eq!((error.line, error.column), (1, column), "{line}: {error}");
        }
    }
}
