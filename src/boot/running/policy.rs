//! How Linux treats memory that is added while it runs: the state that it gets, and the policy that chooses its zone.
//!
//! # Kernel
//! `setup_memhp_default_state`, `set_online_policy`, `mhp_supports_memmap_on_memory` and the parameters of
//! mm/memory_hotplug.c, 5.10 to 7.3; `online_policy` from 5.15 on.

use crate::boot::kernel::cmdline::Cmdline;
use crate::boot::kernel::release::{Change, Release};
use crate::boot::kernel::vendor::AddedDefault;
use crate::boot::running::online::OnlineState;
use crate::boot::{Machine, NextBoot};
use crate::memory::PAGE_SIZE;

/// `memory_hotplug.auto_movable_ratio` unless it is given.
const DEFAULT_RATIO: u64 = 301;

/// Bytes that Linux keeps of each page.
pub const PAGE_STRUCTURE_LEN: u64 = 64;

/// Where the page structures (the memmap) of added memory lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Structures {
    /// Bytes of all of them.
    pub bytes: u64,
    /// Whether each block begins with its own; else they are taken from the kernel's memory.
    pub inside: bool,
    /// Whether `memory_hotplug.memmap_on_memory` asks for that.
    pub asked: bool,
}

/// How Linux treats added memory: from the command line, or changed later in sysfs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// The state that new blocks get.
    pub state: OnlineState,
    /// Whether the command line says so; else it is the kernel's configuration.
    pub state_given: bool,
    /// What the machine itself shows of the state, where it does: that counts.
    pub state_shown: Option<String>,
    /// Where no configuration was read: what is known of the kernel's.
    pub state_assumed: Option<AddedDefault>,
    /// Whether `online` follows the ratio of movable to kernel memory; else the zones around.
    pub auto_movable: bool,
    /// `memory_hotplug.auto_movable_ratio`, in percent.
    pub ratio: u64,
    /// Whether the ratio must hold on the node too.
    pub numa_aware: bool,
    /// Whether `movable_node` prefers the movable zone.
    pub movable_node: bool,
    /// Whether `memory_hotplug.memmap_on_memory` puts page structures into the blocks that they are of.
    pub memmap_on_memory: bool,
    /// Whether it does so for devices of several blocks too.
    pub memmap_in_every_block: bool,
}

impl Policy {
    /// The policy of a boot.
    pub fn new(line: &Cmdline, release: &Release) -> Policy {
        let given = line.memhp_default_state.as_deref().and_then(OnlineState::named);
        let configured = release.build.added_state;
        let usual = release.vendor().added_default(release.version);
        let default = configured.unwrap_or(usual.state);
        let mut policy = Policy {
            state: given.unwrap_or(default),
            state_given: given.is_some(),
            state_shown: None,
            state_assumed: configured.is_none().then_some(usual),
            auto_movable: false,
            ratio: DEFAULT_RATIO,
            numa_aware: true,
            movable_node: line.movable_node && release.movable_node,
            memmap_on_memory: false,
            memmap_in_every_block: release.has(Change::MEMMAP_IN_EVERY_BLOCK),
        };
        for parameter in line.parameters() {
            if let Some(name) = parameter.name.strip_prefix("memory_hotplug.") {
                policy.set(name, parameter.text(), release);
            }
        }
        policy
    }

    /// The policy of a boot of a machine: what it shows of itself was set later than the command line was read.
    pub fn of(machine: &Machine, next: &NextBoot<'_>) -> Policy {
        let mut policy = Policy::new(next.line(), next.release());
        let settings = &machine.added;
        for (name, value) in &settings.parameters {
            policy.set(name, value, next.release());
        }
        if let Some(state) = settings.auto_online {
            policy.state = state;
            policy.state_shown = Some(format!("auto_online_blocks of this machine says {}", state.name()));
        }
        if let Some((state, file)) = settings.rule.as_ref().filter(|_| policy.state == OnlineState::Offline) {
            policy.state = *state;
            policy.state_shown =
                Some(format!("it is added offline, and the udev rules in {file} write {}", state.name()));
        }
        policy
    }

    /// Sets a parameter of memory_hotplug, where the release has it.
    fn set(&mut self, name: &str, value: &str, release: &Release) {
        if !release.has(Change::ONLINE_POLICY) {
            return;
        }
        match (name, value) {
            ("online_policy", "auto-movable") => self.auto_movable = true,
            ("online_policy", "contig-zones") => self.auto_movable = false,
            ("auto_movable_ratio", value) => self.ratio = unsigned(value).unwrap_or(self.ratio),
            ("auto_movable_numa_aware", value) => {
                self.numa_aware = switch(value).unwrap_or(self.numa_aware);
            }
            ("memmap_on_memory", "force" | "FORCE") if release.has(Change::MEMMAP_IN_EVERY_BLOCK) => {
                self.memmap_on_memory = true;
            }
            ("memmap_on_memory", value) => {
                self.memmap_on_memory = switch(value).unwrap_or(self.memmap_on_memory);
            }
            _ => {}
        }
    }

    /// What is asked of a block that is added, or, where blocks stay offline, of one that user space brings online.
    pub fn state_of_zone(&self) -> OnlineState {
        if self.state == OnlineState::Offline { OnlineState::Online } else { self.state }
    }

    /// Where the page structures of a device lie. Those of a block fill whole pages of 2 MiB whatever the size of blocks.
    pub fn structures(&self, device_len: u64, block_size: u64) -> Structures {
        let fits = self.memmap_in_every_block || device_len == block_size;
        Structures {
            bytes: device_len / PAGE_SIZE * PAGE_STRUCTURE_LEN,
            inside: self.memmap_on_memory && fits,
            asked: self.memmap_on_memory,
        }
    }
}

/// A module parameter of type uint: decimal, 0x hex or 0 octal, nothing behind it.
fn unsigned(text: &str) -> Option<u64> {
    let text = text.strip_prefix('+').unwrap_or(text);
    let number = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None if text.len() > 1 && text.starts_with('0') => u32::from_str_radix(text, 8),
        None => text.parse(),
    };
    number.ok().filter(|_| text.starts_with(|first: char| first.is_ascii_digit())).map(u64::from)
}

/// A module parameter of type bool; without a value it is on.
fn switch(text: &str) -> Option<bool> {
    match text.as_bytes() {
        [] | [b'y' | b'Y' | b't' | b'T' | b'1', ..] | [b'o' | b'O', b'n' | b'N', ..] => Some(true),
        [b'n' | b'N' | b'f' | b'F' | b'0', ..] | [b'o' | b'O', b'f' | b'F', ..] => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(line: &str, release: &str) -> Policy {
        Policy::new(&Cmdline::parse(line), &Release::parse(release).unwrap())
    }

    #[test]
    fn the_default_state_is_the_release_s_unless_given() {
        assert_eq!(
            (policy("", "6.1").state, policy("", "6.12").state),
            (OnlineState::Offline, OnlineState::Online)
        );
        let line = "memhp_default_state=online_movable memhp_default_state=bogus";
        let given = policy(line, "6.1");
        assert_eq!((given.state, given.state_given), (OnlineState::Movable, true));
        assert!(!policy("memhp_default_state=bogus", "6.12").state_given);
        assert!(policy("movable_node", "6.1").movable_node);
    }

    #[test]
    fn module_parameters_are_read_as_the_kernel_reads_them() {
        let line = "memory_hotplug.online_policy=auto-movable memory_hotplug.auto-movable-ratio=0x10";
        let six = policy(&format!("{line} memory_hotplug.auto_movable_numa_aware=off"), "6.1");
        assert_eq!((six.auto_movable, six.ratio, six.numa_aware), (true, 16, false));
        // 5.10 has none of them.
        let five = policy(line, "5.10");
        assert_eq!((five.auto_movable, five.ratio), (false, DEFAULT_RATIO));
        let inside =
            |line: &str, release: &str, blocks: u64| policy(line, release).structures(blocks << 27, 1 << 27);
        let line = "memory_hotplug.memmap_on_memory=Y";
        assert_eq!(inside(line, "6.1", 1), Structures { bytes: 2 << 20, inside: true, asked: true });
        assert_eq!(inside(line, "6.1", 2), Structures { bytes: 4 << 20, inside: false, asked: true });
        assert!(inside(line, "6.12", 2).inside && !inside("", "6.12", 1).inside);
        // 6.1 knows no force.
        let force = "memory_hotplug.memmap_on_memory=force";
        assert_eq!((inside(force, "6.12", 2).inside, inside(force, "6.1", 1).inside), (true, false));
        let bad = "memory_hotplug.online_policy=auto memory_hotplug.auto_movable_ratio=75%";
        assert_eq!(policy(bad, "6.1"), policy("", "6.1"));
        assert_eq!(
            (unsigned("010"), unsigned("+7"), unsigned("-1"), unsigned("")),
            (Some(8), Some(7), None, None)
        );
        assert_eq!(unsigned("4294967296"), None);
        assert_eq!(
            [switch("Yes"), switch("oN"), switch("0"), switch("maybe")],
            [Some(true), Some(true), Some(false), None]
        );
    }
}
