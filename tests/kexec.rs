//! Kernels that kexec starts: recorded boots of 6.1 and 6.12, and what is said of them.

use crate::{recorded, skip};

use acpihp::app::boot::{BootRequest, Prepared};
use acpihp::app::kexec::Loader;
use acpihp::app::machine::MachineRequest;

fn prepared(boot: &recorded::Boot, line: String) -> Prepared {
    let machine = MachineRequest { sysroot: Some(boot.sysroot()), ..MachineRequest::default() };
    let boot = BootRequest { command_line: Some(line), loader: Loader::Kexec, ..BootRequest::default() };
    Prepared::read(&machine, &boot).unwrap()
}

#[test]
fn the_kernel_lies_where_recorded_boots_have_it() {
    let shared = skip::shared("boots-2").map(|folder| recorded::below(&folder)).unwrap_or_default();
    for boot in shared.iter().filter(|boot| boot.name.contains("-kexec-")) {
        let place = prepared(boot, boot.line()).next().kernel_at().clone();
        assert_eq!(format!("{:#x}-{:#x}", place.start, place.end), boot.case["kernel_at"].as_str().unwrap());
    }
}

#[test]
fn without_nokaslr_the_kernel_chooses_around_its_place() {
    let boot = recorded::named("X-k612-window-over-node");
    let of = |line: &str| {
        let read = prepared(&boot, line.to_owned());
        let next = read.next();
        (acpihp::boot::predict(read.machine(), &next).kaslr, next.kernel_at().start)
    };
    let (fixed, at) = of("movable_node nokaslr");
    assert!(matches!(fixed, acpihp::boot::stages::kaslr::Placement::Fixed(_)) && at > 4 << 30, "{at:#x}");
    let (random, same) = of("movable_node");
    assert!(!random.nodes().is_empty() && same == at);
}
