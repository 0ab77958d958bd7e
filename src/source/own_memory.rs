//! What this process holds of memory, as Linux counts it.

use std::fs::File;
use std::io::Read;

/// Anonymous memory that this process holds, in bytes, also what was swapped out; `None` where /proc does not say.
///
/// # Kernel
/// Documentation/filesystems/proc.rst, `/proc/PID/status`: `RssAnon` since 4.5.
pub fn anonymous() -> Option<u64> {
    let mut bytes = [0; 4096];
    let len = File::open("/proc/self/status").ok()?.read(&mut bytes).ok()?;
    in_status(std::str::from_utf8(bytes.get(..len)?).ok()?)
}

fn in_status(text: &str) -> Option<u64> {
    let kib = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim_end_matches("kB").trim().parse::<u64>().ok()
    };
    let swapped = kib("VmSwap:").unwrap_or(0);
    kib("RssAnon:")?.checked_add(swapped)?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_is_seen() {
        let before = anonymous().unwrap();
        let taken = vec![1u8; 64 << 20];
        let after = anonymous().unwrap();
        assert!(after >= before + (32 << 20), "{before} {after} {}", taken.len());
    }

    #[test]
    fn both_lines_count() {
        let text = "Name:\tx\nRssAnon:\t     120 kB\nRssFile:\t 4 kB\nVmSwap:\t       3 kB\n";
        assert_eq!(in_status(text), Some(123 << 10));
        assert_eq!(in_status("Name:\tx\nVmRSS:\t 9 kB\n"), None);
    }
}
