//! How far work has come, on a terminal's standard error, where it takes longer than a second.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{IsTerminal, stderr};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

/// Work that ends sooner shows nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// Work on so many of something.
#[derive(Debug)]
pub struct Progress {
    what: &'static str,
    /// When it began; `None` where nobody looks.
    began: Option<Instant>,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Begins work on things of this name.
    pub fn new(what: &'static str) -> Progress {
        Progress { what, began: (!super::is_quiet() && stderr().is_terminal()).then(Instant::now), bar: None }
    }

    /// So many of all are done.
    pub fn at(&mut self, done: u64, total: u64) {
        if self.began.is_none_or(|began| began.elapsed() < PATIENCE) {
            return;
        }
        let bar = self.bar.get_or_insert_with(|| {
            let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("{bar:40} {pos} of {len} {msg}, {eta} left");
            if let Ok(style) = style {
                bar.set_style(style);
            }
            bar.set_message(self.what);
            bar
        });
        bar.set_position(done);
    }

    /// Takes away what was shown.
    pub fn end(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.end();
    }
}

/// How often the sign of work moves.
const BEAT: Duration = Duration::from_millis(125);

/// Work of which it is not known how much there is: a sign that it goes on, and for how long. Nothing may be written to the
/// terminal before it is dropped.
#[derive(Debug, Default)]
pub struct Busy {
    work: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Busy {
    /// Begins work, such as `reading FILE`, in words that are safe to print.
    pub fn new(what: &str) -> Busy {
        if super::is_quiet() || !stderr().is_terminal() {
            return Busy::default();
        }
        let (stop, stopped) = channel::<()>();
        let what = what.to_owned();
        let goes_on = move |time| stopped.recv_timeout(time) == Err(RecvTimeoutError::Timeout);
        let thread = Builder::new().name("progress".to_owned()).spawn(move || {
            if !goes_on(PATIENCE) {
                return;
            }
            let bar =
                ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).with_elapsed(PATIENCE);
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}, {elapsed}") {
                bar.set_style(style);
            }
            bar.set_message(what);
            bar.tick();
            while goes_on(BEAT) {
                bar.tick();
            }
            bar.finish_and_clear();
        });
        // Without a thread there is no sign, and the work goes on.
        Busy { work: thread.ok().map(|thread| (stop, thread)) }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.work.take() {
            drop(stop);
            let _ = thread.join();
        }
    }
}
