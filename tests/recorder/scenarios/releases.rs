//! Boots of releases between those that the other files are about: the same boots, so that each rule is decided in every release.

use super::super::scenario::Scenario;

/// Releases whose rules lie between 6.12's and 7.2's.
const BETWEEN: [&str; 5] = ["6.16", "6.17", "6.19", "7.0", "7.1"];

/// A boot of another release, as a boot of these.
struct Again {
    /// Its name without the release.
    name: &'static str,
    /// The release that it is there for.
    of: &'static str,
    /// For these.
    releases: &'static [&'static str],
    /// The release whose rule is wrong for them; else what is wrong for the first boot is wrong for them too.
    unless: Option<&'static str>,
}

const fn again(
    name: &'static str,
    of: &'static str,
    releases: &'static [&'static str],
    unless: Option<&'static str>,
) -> Again {
    Again { name, of, releases, unless }
}

const AGAIN: &[Again] = &[
    again("signatures", "7.2", &BETWEEN, Some("6.18")),
    again("log-records-88", "6.18", &["6.16", "6.17", "6.19"], Some("7.2")),
    again("log-records-112", "7.2", &["7.0", "7.1"], Some("6.18")),
    again("window-over-node", "6.18", &BETWEEN, None),
    again("window-beside-node", "6.18", &["6.19", "7.0", "7.1", "7.2"], Some("6.12")),
    again("blocks-of-windows", "6.18", &BETWEEN, Some("6.12")),
    again("acpi-beyond-ram", "6.18", &BETWEEN, None),
    again("initiator-outlives", "7.2", &BETWEEN, None),
    again("initrd-moved", "7.2", &BETWEEN, None),
    again("gap-of-a-mib", "6.18", &BETWEEN, None),
    again("hole-in-block", "6.18", &["6.19", "7.0", "7.1", "7.2", "7.3"], Some("6.12")),
    again("lockdown", "7.2", &BETWEEN, None),
    again("no-static-ssdt", "7.2", &BETWEEN, None),
    again("larger-type-wins", "7.2", &BETWEEN, None),
];

/// The boots that are there for one release, for others too.
pub fn scenarios(known: &[Scenario]) -> Vec<Scenario> {
    let of = |again: &Again| -> Vec<Scenario> {
        let first = Scenario::new(again.of, again.name, "", &[], "").name;
        let base = known.iter().find(|scenario| scenario.name == first);
        let base = base.unwrap_or_else(|| panic!("no boot {first} to repeat")).clone();
        let each = again.releases.iter().map(|release| {
            let other = base.clone().of_release(release, again.name);
            match again.unless {
                Some(other_rule) => Scenario { unless: Vec::new(), ..other }.unless_release(other_rule),
                None => other,
            }
        });
        each.collect()
    };
    AGAIN.iter().flat_map(of).collect()
}
