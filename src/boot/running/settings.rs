//! How a machine is set to treat memory that is added: what its kernel shows while it runs, and its rules of udev.

use crate::boot::kernel::cmdline::Cmdline;
use crate::boot::running::online::OnlineState;

/// The settings, as far as they are known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// /sys/devices/system/memory/auto_online_blocks.
    pub auto_online: Option<OnlineState>,
    /// /sys/module/memory_hotplug/parameters: names and values.
    pub parameters: Vec<(String, String)>,
    /// The state that rules of udev give to a block that was added offline, and the file of the rule; safe to print.
    pub rule: Option<(OnlineState, String)>,
}

impl Settings {
    /// Leaves out what options say that are asked for: they are newer than what a machine shows of its last boot.
    pub fn forget(&mut self, asked: &Cmdline) {
        if asked.memhp_default_state.is_some() {
            self.auto_online = None;
        }
        let is_asked = |name: &str| {
            let mut names =
                asked.parameters().iter().filter_map(|one| one.name.strip_prefix("memory_hotplug."));
            names.any(|asked| asked == name)
        };
        self.parameters.retain(|(name, _)| !is_asked(name));
    }
}
