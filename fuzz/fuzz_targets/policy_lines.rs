//! Policies and waivers: any text is read or refused at a place that it has, and what was read is applied.

#![no_main]

use acpihp::check::boot_facts::BootFacts;
use acpihp::check::lines::LineError;
use acpihp::check::policy::{self, Facts, File, NodeMemory};
use acpihp::check::waiver::{self, Day};
use acpihp::finding::Finding;
use acpihp::finding::registry::header;
use libfuzzer_sys::fuzz_target;

fn look(text: &str, refused: Option<LineError>) {
    if let Some(error) = refused {
        let line = text.lines().nth(error.line - 1).expect("a line that is there");
        assert!((1..=line.chars().count() + 1).contains(&error.column), "{error}");
    }
}

fuzz_target!(|text: &str| {
    let (policy, waivers) = (policy::parse(text), waiver::parse(text));
    look(text, policy.as_ref().err().cloned());
    look(text, waivers.as_ref().err().cloned());
    if let Ok(assertions) = policy {
        let file = |accepted| File { name: "a".into(), signature: None, accepted, outcome: None };
        let node = |node| NodeMemory { node, total: 1 << 30, movable: u64::from(node) << 29 };
        let boot = BootFacts {
            nodes: vec![node(0), node(1), node(2)],
            ram: [0..2 << 30, 4 << 30..5 << 30].into_iter().collect(),
            movable: [4 << 30..5 << 30].into_iter().collect(),
            grows_to: 8 << 30,
            grows_movable: 6 << 30,
            growth_limit: None,
            blockers: vec![(1, "kernel image".to_owned())],
            death: None,
        };
        let facts = [
            Facts::default(),
            Facts { missing: Some("b".into()), ..Facts::default() },
            Facts { files: vec![file(true), file(false)], missing: None, nodes: Some(boot) },
        ];
        for facts in facts {
            let findings = policy::check(&assertions, &"policy".into(), &facts);
            assert!(findings.len() <= assertions.len());
        }
    }
    if let Ok(waivers) = waivers {
        let findings =
            [Finding::new(&header::CHECKSUM, "a", "b"), Finding::new(&header::EMPTY, "SSDT1", "c")];
        for day in ["0000-01-01", "2026-02-28", "9999-12-31"].into_iter().filter_map(Day::parse) {
            let applied = waiver::apply(&waivers, &"waivers".into(), day, findings.iter());
            assert!(applied.waived.len() == findings.len() && applied.about.len() <= waivers.len());
        }
    }
});
