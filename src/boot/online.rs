//! The states of a memory block, in the words of sysfs and of `memhp_default_state=`.

/// What user space, or the kernel itself, asks of a block.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum State {
    /// `offline`.
    #[default]
    Offline,
    /// `online`: the policy chooses the zone.
    Online,
    /// `online_kernel`.
    Kernel,
    /// `online_movable`.
    Movable,
}

impl State {
    /// The word in sysfs and for `memhp_default_state=`.
    pub fn name(self) -> &'static str {
        match self {
            State::Offline => "offline",
            State::Online => "online",
            State::Kernel => "online_kernel",
            State::Movable => "online_movable",
        }
    }

    /// The state of that name.
    pub fn parse(text: &str) -> Option<State> {
        [State::Offline, State::Online, State::Kernel, State::Movable]
            .into_iter()
            .find(|state| state.name() == text)
    }
}
