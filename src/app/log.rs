//! What is to be said of a log that an answer was made from.

use crate::bytes::escape;
use crate::finding::Finding;
use crate::finding::registry::boot as rule;
use crate::memory::log::{PassedOver, Which};
use crate::source::machine::{ReadLog, Recorded};

/// What has to be known of the log as it was read.
pub fn findings(recorded: &Recorded) -> Vec<Finding> {
    let Some(read) = &recorded.log else { return Vec::new() };
    let mut all: Vec<Finding> = boots(read).into_iter().collect();
    // The tree's own release, where it has one, is another.
    if let (None, Some(named)) = (&read.log.release, read.log.release_or_image())
        && recorded.release.as_deref() == Some(named)
    {
        let message = format!(
            "the log has no version line; BOOT_IMAGE= of its command line names {}",
            escape(named.as_bytes())
        );
        all.push(Finding::new(&rule::RELEASE_BY_NAME, read.origin.as_str(), message));
    }
    all
}

/// That the log holds several boots.
fn boots(read: &ReadLog) -> Option<Finding> {
    let Which { number, of, passed_over } = &read.log.which;
    if *of < 2 {
        return None;
    }
    let release = |release: Option<&str>| match release {
        Some(release) => format!("Linux {}", escape(release.as_bytes())),
        None => "without a version line".to_owned(),
    };
    let taken = format!("boot {number} of {of} is used ({})", release(read.log.release.as_deref()));
    if passed_over.is_empty() {
        return Some(Finding::new(&rule::LOG_BOOTS, read.origin.as_str(), taken));
    }
    let later = |boot: &PassedOver| format!("boot {} ({})", boot.number, release(boot.release.as_deref()));
    let mut shown: Vec<String> = passed_over.iter().take(3).map(later).collect();
    if passed_over.len() > shown.len() {
        shown.push(format!("{} more", passed_over.len() - shown.len()));
    }
    let message =
        format!("{taken}; passed over for lack of a version line or a memory map: {}", shown.join(", "));
    Some(Finding::new(&rule::LOG_BOOTS_PASSED, read.origin.as_str(), message))
}
