//! One fact has one answer, whoever asks and however it is written.

use crate::machine::{GIB, MIB, boot, machine};
use acpihp::boot::cmdline::options::{OPTIONS, Reader};
use acpihp::boot::hotadd::{Device, Home};
use acpihp::boot::{Machine, findings, predict, rows, windows};
use proptest::prelude::*;

/// Two nodes, the second hot-pluggable.
fn two_nodes() -> Machine {
    let ram = [MIB..2 * GIB, 4 * GIB..6 * GIB];
    machine(&ram, &[(0, 0..2 * GIB, false), (1, 4 * GIB..6 * GIB, true), (1, 16 * GIB..32 * GIB, true)], &[0])
}

/// Everything that a boot does, and what becomes of memory that is added, without the text of the line.
fn everything(machine: &Machine, release: &str, line: &str) -> String {
    let next = boot(release, line);
    let outcome = predict(machine, &next);
    let device = Device { range: 16 * GIB..17 * GIB, home: Home::Pxm(1) };
    let later = windows::later(&outcome, machine, &next, &[device]);
    let rows = rows::rows(&outcome, &next);
    let found = findings::of(machine, &outcome, &next, &rows);
    // Messages show options as they are written.
    let found: Vec<_> = found.iter().map(|one| (one.rule.code, one.message.replace('-', "_"))).collect();
    format!("{outcome:?} {later:?} {found:?}")
}

/// A value that an option can make something of, or not.
const VALUES: [&str; 14] = [
    "",
    "=1",
    "=1G",
    "=64M",
    "=mirror",
    "=30%",
    "=off",
    "=fake=4",
    "=online_movable",
    "=auto-movable",
    "=2M",
    "=integrity",
    "=0:1G,1:1G",
    "=64M$1G",
];

fn option() -> impl Strategy<Value = (String, String)> {
    let same = |reader: Reader| matches!(reader, Reader::Kernel | Reader::Start | Reader::Module);
    let names: Vec<&str> =
        OPTIONS.iter().filter(|known| same(known.reader)).map(|known| known.name).collect();
    (prop::sample::select(names), prop::sample::select(VALUES.to_vec())).prop_map(|(name, value)| {
        // The decompressor reads these too, to the letter; none of their names has a dash.
        (format!("{name}{value}"), format!("{}{value}", name.replace('_', "-")))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_dash_is_an_underscore(options in prop::collection::vec(option(), 1..4), release in prop::sample::select(vec!["4.9", "5.10", "6.1", "6.12", "7.3"])) {
        let line = |pick: fn(&(String, String)) -> &str| {
            let words: Vec<&str> = options.iter().map(pick).collect();
            format!("movable_node {}", words.join(" "))
        };
        let (with, without) = (line(|option| &option.0), line(|option| &option.1));
        let machine = two_nodes();
        prop_assert_eq!(everything(&machine, release, &with), everything(&machine, release, &without));
    }
}

#[test]
fn the_kernel_s_options_decide_something_each_way() {
    let machine = two_nodes();
    let of = |line: &str| everything(&machine, "6.12", &format!("movable_node {line}"));
    for (one, other) in [
        ("acpi_no_memhotplug", "acpi-no-memhotplug"),
        ("memhp_default_state=online_movable", "memhp-default-state=online_movable"),
        ("hugetlb_cma=0:1G,1:1G", "hugetlb-cma=0:1G,1:1G"),
        ("hugepages=4 default_hugepagesz=1G", "hugepages=4 default-hugepagesz=1G"),
        ("memory_hotplug.online_policy=auto-movable", "memory-hotplug.online-policy=auto-movable"),
    ] {
        assert_ne!(of(one), of(""), "{one}");
        assert_eq!(of(one), of(other), "{other}");
    }
}
