//! Signals that would end the process while a temporary file has a name: they wait until it has none.

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGXCPU, SIGXFSZ};
use signal_hook::{flag, low_level};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

/// Those that wait.
const HELD: [i32; 5] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGXCPU];

/// What the handlers share with the rest.
struct Shared {
    /// Nothing has to be cleaned up: signals do what they do by default.
    idle: Arc<AtomicBool>,
    /// The signal that came while that was not so; 0 for none.
    caught: Arc<AtomicUsize>,
}

/// While this lives, signals wait; the one that came meanwhile ends the process when it is dropped.
pub(super) struct Held(&'static Shared);

/// Lets signals wait.
pub(super) fn hold() -> Held {
    static STATE: OnceLock<Shared> = OnceLock::new();
    let state = STATE.get_or_init(|| {
        let state = Shared { idle: Arc::new(AtomicBool::new(false)), caught: Arc::new(AtomicUsize::new(0)) };
        let ignored = ignored();
        for signal in HELD.into_iter().filter(|signal| ignored & (1 << (signal - 1)) == 0) {
            // Where a handler cannot be installed, the signal does what it does by default.
            let number = usize::try_from(signal).unwrap_or(0);
            let _ = flag::register_usize(signal, Arc::clone(&state.caught), number);
            let _ = flag::register_conditional_default(signal, Arc::clone(&state.idle));
        }
        state
    });
    state.idle.store(false, Ordering::SeqCst);
    Held(state)
}

impl Held {
    /// Whether a signal waits.
    pub(super) fn is_wanted(&self) -> bool {
        self.0.caught.load(Ordering::SeqCst) != 0
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.idle.store(true, Ordering::SeqCst);
        if let Ok(signal @ 1..) = i32::try_from(self.0.caught.load(Ordering::SeqCst)) {
            let _ = low_level::emulate_default_handler(signal);
        }
    }
}

/// From now on, a file that grows beyond the limit of the process (`ulimit -f`) is an error of the write.
pub(super) fn file_size_is_an_error() {
    static ONCE: OnceLock<()> = OnceLock::new();
    ONCE.get_or_init(|| {
        let _ = flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)));
    });
}

/// The signals that are ignored, as nohup has SIGHUP: a bit each.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}
