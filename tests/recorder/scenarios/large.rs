//! Machines whose RAM ends above 64 GiB: their memory blocks are larger.
//!
//! Almost all of the memory is taken away again, so that the guest touches little.

use super::super::scenario::Scenario;
use super::super::tables::cedt;
use super::{GIB, MIB};
use std::ops::Range;

const AWAY: &str = "memmap=64G$8G";

pub fn scenarios() -> Vec<Scenario> {
    let one = |release, name, decides, last_mib: u64| {
        let mut scenario = Scenario::new(release, name, decides, &[2048, 70 * 1024 + last_mib], AWAY);
        scenario.line_before = AWAY;
        scenario
    };
    let bare = |mut scenario: Scenario| {
        scenario.cpu = Some("max,la57=off,-hypervisor");
        scenario
    };
    let advice = |scenario: Scenario, window: Range<u64>| {
        scenario.with_firmware(&[cedt(window)]).unless_without("sys/firmware/acpi/tables/CEDT")
    };
    let vm = "a virtual machine beyond 64 GiB: the largest block that divides the end of RAM";
    vec![
        one("5.10", "blocks-of-2g", vm, 0),
        one("6.1", "blocks-of-256m", vm, 256),
        one("6.12", "blocks-of-1g", vm, 1024),
        bare(one(
            "6.12",
            "blocks-bare",
            "bare metal beyond 64 GiB: blocks of 2 GiB, whatever the end of RAM",
            256,
        )),
        bare(one(
            "7.3",
            "blocks-bare",
            "bare metal beyond 64 GiB: blocks of 2 GiB, whatever the end of RAM",
            256,
        )),
        advice(
            one("6.18", "blocks-of-windows", "a CXL window sets the largest block", 0),
            128 * GIB..128 * GIB + 512 * MIB,
        )
        .unless_release("6.12"),
        advice(
            bare(one(
                "7.2",
                "blocks-of-windows",
                "a CXL window sets the largest block, on bare metal too",
                0,
            )),
            128 * GIB..129 * GIB,
        )
        .unless_release("6.12"),
        one("6.12", "blocks-without-windows", "a CXL window changes no block size", 0)
            .with_firmware(&[cedt(128 * GIB..128 * GIB + 512 * MIB)])
            .unless_release("6.18"),
    ]
}
