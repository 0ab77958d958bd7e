//! The states of a memory block, in the words of sysfs and of `memhp_default_state=`.

use crate::phrase::words;

words! {
    /// What user space, or the kernel itself, asks of a block.
    #[derive(Default)]
    pub enum OnlineState {
        /// `offline`.
        #[default]
        Offline = "offline",
        /// `online`: the policy chooses the zone.
        Online = "online",
        /// `online_kernel`.
        Kernel = "online_kernel",
        /// `online_movable`.
        Movable = "online_movable",
    }
}
