//! The states of a memory block, in the words of sysfs and of `memhp_default_state=`.

/// What user space, or the kernel itself, asks of a block.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum OnlineState {
    /// `offline`.
    #[default]
    #[serde(rename = "offline")]
    Offline,
    /// `online`: the policy chooses the zone.
    #[serde(rename = "online")]
    Online,
    /// `online_kernel`.
    #[serde(rename = "online_kernel")]
    Kernel,
    /// `online_movable`.
    #[serde(rename = "online_movable")]
    Movable,
}

impl OnlineState {
    /// The word in sysfs and for `memhp_default_state=`.
    pub fn name(self) -> &'static str {
        match self {
            OnlineState::Offline => "offline",
            OnlineState::Online => "online",
            OnlineState::Kernel => "online_kernel",
            OnlineState::Movable => "online_movable",
        }
    }

    /// The state of that name.
    pub fn parse(text: &str) -> Option<OnlineState> {
        [OnlineState::Offline, OnlineState::Online, OnlineState::Kernel, OnlineState::Movable]
            .into_iter()
            .find(|state| state.name() == text)
    }
}
