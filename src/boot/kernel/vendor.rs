//! Who built a kernel, as its release name shows it, and what is known of what they change: distributions take changes back
//! into older releases, and each chooses a configuration of its own.

use crate::boot::kernel::release::{Change, Version, v};
use crate::boot::running::online::OnlineState;

/// Who built a kernel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Vendor {
    /// kernel.org's release, or somebody who keeps to it: the name is a number, or nothing in it is known.
    #[default]
    Upstream,
    /// Debian.
    Debian,
    /// Red Hat, and who rebuilds its kernels.
    RedHat,
    /// Fedora.
    Fedora,
    /// Oracle's Unbreakable Enterprise Kernel.
    Oracle,
    /// Ubuntu's -generic and -lowlatency, of one configuration.
    Ubuntu,
    /// Ubuntu's for clouds and other makers, each with switches of its own.
    UbuntuCloud,
    /// SUSE.
    Suse,
    /// Amazon Linux.
    Amazon,
    /// Proxmox.
    Proxmox,
    /// NVIDIA's Tegra boards.
    Tegra,
    /// Microsoft's: Azure Linux and WSL.
    Microsoft,
}

/// What a vendor took back into an older release, or left out.
struct Backport {
    vendor: Vendor,
    base: Version,
    change: &'static Change,
    holds: bool,
    what: &'static str,
}

/// Known differences from upstream, as reported by people who run these kernels; no recorded boot decides them.
const BACKPORTS: &[Backport] = &[Backport {
    vendor: Vendor::RedHat,
    base: v(5, 14),
    change: Change::CFMWS,
    holds: true,
    what: "CXL windows become nodes, as in 5.17",
}];

/// The length of the log in bytes that a vendor's kernels are built with, from a release on, where it is not 128 KiB.
const LOGS: &[(Vendor, Version, u64)] = &[
    // CONFIG_LOG_BUF_SHIFT=20: github.com/oracle/linux-uek, uek-rpm/ol10/config-x86_64 (UEK 8).
    (Vendor::Oracle, v(6, 12), 1 << 20),
    // CONFIG_LOG_BUF_SHIFT=18: Ubuntu 6.8.0-86, debian.master/config/annotations.
    (Vendor::Ubuntu, v(6, 8), 1 << 18),
    // Ubuntu's configuration: proxmox/pve-kernel, debian/rules, leaves it as it is.
    (Vendor::Proxmox, v(6, 8), 1 << 18),
];

/// Whether a vendor's kernels of a release make nodes for `numa=fake=`, where that is known.
const EMULATION: &[(Vendor, Version, bool)] = &[
    // CONFIG_NUMA_EMU=n: Ubuntu 6.8.0-86, debian.master/config/annotations (LP: #1864198).
    (Vendor::Ubuntu, v(6, 8), false),
    // As above: proxmox/pve-kernel, debian/rules, leaves it as it is.
    (Vendor::Proxmox, v(6, 8), false),
];

/// The state that a vendor's kernels give to added memory, from a release on until the next one listed: each was looked at in
/// a configuration or in a boot.
const ADDED: &[(Vendor, Version, OnlineState)] = &[
    (Vendor::Debian, v(5, 10), OnlineState::Offline),
    (Vendor::Debian, v(6, 1), OnlineState::Offline),
    (Vendor::Debian, v(6, 12), OnlineState::Online),
    (Vendor::Debian, v(6, 16), OnlineState::Offline),
    (Vendor::Debian, v(6, 17), OnlineState::Online),
    (Vendor::Debian, v(6, 18), OnlineState::Online),
    (Vendor::Debian, v(6, 19), OnlineState::Online),
    (Vendor::Debian, v(7, 0), OnlineState::Online),
    (Vendor::Debian, v(7, 1), OnlineState::Online),
    (Vendor::Debian, v(7, 2), OnlineState::Online),
    (Vendor::Debian, v(7, 3), OnlineState::Online),
    // No CONFIG_MHP_DEFAULT_ONLINE_TYPE_*: github.com/oracle/linux-uek, uek-rpm/ol10/config-x86_64 (UEK 8).
    (Vendor::Oracle, v(6, 12), OnlineState::Offline),
    // CONFIG_MEMORY_HOTPLUG_DEFAULT_ONLINE=y: Ubuntu 6.8.0-86, debian.master/config/annotations (LP: #1848492).
    (Vendor::Ubuntu, v(6, 8), OnlineState::Online),
    // As above: proxmox/pve-kernel, debian/rules, leaves it as it is.
    (Vendor::Proxmox, v(6, 8), OnlineState::Online),
];

/// What a vendor's configuration makes of added memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddedDefault {
    /// What a new block is set to where no option says anything.
    pub state: OnlineState,
    /// The release of Debian's kernel that has it; `None` where it is the source's own default.
    pub of: Option<Version>,
    /// Whether it is known of this vendor's kernels of this release.
    pub is_known: bool,
}

impl Vendor {
    /// Who built the kernel of a release's name.
    pub fn of(name: &str) -> Vendor {
        let has = |part: &str| name.contains(part);
        let ends = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
        let enterprise =
            name.split(".el").nth(1).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        // SUSE names the service pack in six digits: 150500.55.
        let service_pack = name.split('-').nth(1).is_some_and(|rest| {
            let digits = rest.split('.').next().unwrap_or_default();
            digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_digit())
        });
        if has("uek") {
            Vendor::Oracle
        } else if enterprise {
            Vendor::RedHat
        } else if has(".fc") {
            Vendor::Fedora
        } else if has(".amzn") {
            Vendor::Amazon
        } else if ends(&["-pve"]) {
            Vendor::Proxmox
        } else if ends(&["-tegra"]) {
            Vendor::Tegra
        } else if has("-microsoft-") || has(".azl") || has(".cm2") {
            Vendor::Microsoft
        } else if service_pack || ends(&["-default", "-preempt"]) {
            Vendor::Suse
        } else if ends(&["-generic", "-lowlatency"]) {
            Vendor::Ubuntu
        } else if ends(&["-azure", "-aws", "-gcp", "-oracle", "-kvm", "-oem", "-nvidia", "-ibm"]) {
            Vendor::UbuntuCloud
        } else if ends(&["-amd64"]) {
            Vendor::Debian
        } else {
            Vendor::Upstream
        }
    }

    /// The flavour in a release's name, where the vendor is one whose flavours were looked at: `cloud-amd64`, `rt-amd64`, `amd64`.
    pub fn flavour(self, name: &str) -> Option<&'static str> {
        let known = ["cloud-amd64", "rt-amd64", "amd64"].into_iter().find(|flavour| name.ends_with(flavour));
        known.filter(|_| self == Vendor::Debian)
    }

    /// The name, where the vendor changes more than a configuration.
    pub fn patches(self) -> Option<&'static str> {
        match self {
            Vendor::Upstream | Vendor::Debian | Vendor::Fedora => None,
            Vendor::RedHat => Some("Red Hat"),
            Vendor::Oracle => Some("Oracle"),
            Vendor::Ubuntu | Vendor::UbuntuCloud => Some("Ubuntu"),
            Vendor::Suse => Some("SUSE"),
            Vendor::Amazon => Some("Amazon"),
            Vendor::Proxmox => Some("Proxmox"),
            Vendor::Tegra => Some("NVIDIA"),
            Vendor::Microsoft => Some("Microsoft"),
        }
    }

    /// Whether the vendor's kernels of a release have a change, where that differs from upstream.
    pub(super) fn has(self, change: &Change, base: Version) -> Option<bool> {
        let of = BACKPORTS.iter().find(|of| (of.vendor, of.base) == (self, base) && of.change == change)?;
        Some(of.holds)
    }

    /// What is known to differ from upstream's release.
    pub fn differences(self, base: Version) -> impl Iterator<Item = String> {
        let backports = BACKPORTS.iter().filter(move |of| (of.vendor, of.base) == (self, base));
        let log = self.log_len(base).map(|len| format!("its log has {} KiB", len >> 10));
        let added = ADDED
            .iter()
            .find(move |(vendor, of, _)| self != Vendor::Debian && (*vendor, *of) == (self, base));
        let added = added.map(|(_, _, state)| match state {
            OnlineState::Offline => "memory that is added stays offline".to_owned(),
            OnlineState::Online | OnlineState::Kernel | OnlineState::Movable => {
                "memory that is added comes online".to_owned()
            }
        });
        let fake =
            self.emulates(base).filter(|emulates| !emulates).map(|_| "numa=fake= does nothing".to_owned());
        backports.map(|of| of.what.to_owned()).chain(log).chain(added).chain(fake)
    }

    /// Whether `numa=fake=` makes nodes where no configuration says it, as far as that is known of this vendor.
    pub fn emulates(self, release: Version) -> Option<bool> {
        EMULATION
            .iter()
            .find(|(vendor, of, _)| (*vendor, *of) == (self, release))
            .map(|(_, _, emulates)| *emulates)
    }

    /// The length of the log in bytes where neither configuration nor command line says it, as far as that is known of this vendor.
    pub fn log_len(self, release: Version) -> Option<u64> {
        LOGS.iter().find(|(vendor, of, _)| (*vendor, *of) == (self, release)).map(|(_, _, len)| *len)
    }

    /// What becomes of added memory where neither configuration nor command line says so.
    pub fn added_default(self, release: Version) -> AddedDefault {
        let of = ADDED.iter().filter(|(vendor, first, _)| *vendor == self && *first <= release);
        if let Some((_, first, state)) = of.max_by_key(|(_, first, _)| *first) {
            return AddedDefault { state: *state, of: Some(*first), is_known: *first == release };
        }
        let debian = Vendor::Debian;
        match self {
            Vendor::Debian => AddedDefault { state: OnlineState::Offline, of: None, is_known: false },
            _ => AddedDefault { is_known: false, ..debian.added_default(release) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_show_who_built_a_kernel() {
        for (name, vendor) in [
            ("6.1", Vendor::Upstream),
            ("7.3-rc7", Vendor::Upstream),
            ("6.7.0-arch3-1", Vendor::Upstream),
            ("6.1.0-50-cloud-amd64", Vendor::Debian),
            ("6.12.117+deb12-rt-amd64", Vendor::Debian),
            ("5.14.0-570.el9.x86_64", Vendor::RedHat),
            ("4.18.0-553.16.1.el8_10.x86_64", Vendor::RedHat),
            ("5.15.0-200.131.27.el9uek.x86_64", Vendor::Oracle),
            ("5.15.0-302.167.6.uek", Vendor::Oracle),
            ("6.8.0-45-generic", Vendor::Ubuntu),
            ("6.8.0-1015-azure", Vendor::UbuntuCloud),
            ("5.14.21-150500.33.3-azure", Vendor::Suse),
            ("6.4.0-150600.23.25-default", Vendor::Suse),
            ("6.1.112-124.190.amzn2023.x86_64", Vendor::Amazon),
            ("6.8.12-4-pve", Vendor::Proxmox),
            ("5.15.148-tegra", Vendor::Tegra),
            ("6.2.11-200.fc37.x86_64", Vendor::Fedora),
            ("5.15.167.4-microsoft-standard-WSL2", Vendor::Microsoft),
        ] {
            assert_eq!(Vendor::of(name), vendor, "{name}");
        }
    }

    #[test]
    fn a_default_is_known_of_the_releases_that_were_looked_at() {
        let of = |vendor: Vendor, release| vendor.added_default(release);
        assert_eq!(of(Vendor::Debian, v(6, 16)).state, OnlineState::Offline);
        assert_eq!(
            of(Vendor::Debian, v(6, 17)),
            AddedDefault { state: OnlineState::Online, of: Some(v(6, 17)), is_known: true }
        );
        assert!(!of(Vendor::Debian, v(6, 13)).is_known && !of(Vendor::RedHat, v(6, 12)).is_known);
        for vendor in [Vendor::Ubuntu, Vendor::Proxmox] {
            assert!(of(vendor, v(6, 8)).is_known && of(vendor, v(6, 8)).state == OnlineState::Online);
            assert_eq!((vendor.emulates(v(6, 8)), vendor.log_len(v(6, 8))), (Some(false), Some(1 << 18)));
        }
        assert!(
            !of(Vendor::UbuntuCloud, v(6, 8)).is_known && Vendor::UbuntuCloud.emulates(v(6, 8)).is_none()
        );
    }
}
