//! Runs that end early: full disks, limits, signals, kills; and two runs at once.

use super::{Desk, is_root, leftovers, text};
use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

const IN_PLACE: [&str; 8] =
    ["mkinitrd-override", "srat.aml", "--against", "none", "--initrd", "initrd", "-o", "initrd"];

/// Numbers that are the same in every run of the test (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end.max(1)
    }
}

/// How the temporary files of `out` in a folder begin: the name of one that another file hinders.
pub(super) fn prefix(_desk: &Desk, _folder: &Path) -> String {
    // FNV-1a of the name, as documented in docs/security.md.
    let hash = b"out".iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!(".acpihp-{hash:016x}-")
}

fn spawn(desk: &Desk, args: &[&str]) -> Child {
    desk.command(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Kills runs at moments that are spread over the time that one takes; gives how many had a temporary file left.
fn kills(signal: rustix::process::Signal, number: u32, seed: u64) -> u32 {
    let desk = Desk::new();
    let (old, new) = (desk.read("initrd"), desk.read("wanted"));
    let start = Instant::now();
    assert!(desk.run(&IN_PLACE).status.success());
    let whole = start.elapsed().as_micros() as u64;
    let mut numbers = Numbers(seed);
    let mut left = 0;
    for _ in 0..number {
        fs::write(desk.at("initrd"), &old).unwrap();
        let mut child = spawn(&desk, &IN_PLACE);
        std::thread::sleep(Duration::from_micros(numbers.below(whole + whole / 4)));
        let pid = rustix::process::Pid::from_child(&child);
        let _ = rustix::process::kill_process(pid, signal);
        child.wait().unwrap();
        let now = desk.read("initrd");
        assert!(now == old || now == new, "{} bytes", now.len());
        left += desk.leftovers().len() as u32;
        if signal != rustix::process::Signal::KILL {
            assert_eq!(left, 0);
        }
    }
    assert!(desk.run(&IN_PLACE).status.success());
    assert!(desk.leftovers().is_empty(), "{:?}", desk.leftovers());
    left
}

#[test]
fn killed_at_any_moment_the_file_is_the_old_or_the_new_one() {
    let left = kills(rustix::process::Signal::KILL, 50, 0x1234_5678_9abc_def1);
    eprintln!("50 kills, {left} temporary files left, all removed by the next run");
}

#[test]
fn signals_leave_no_temporary_file() {
    use rustix::process::Signal;
    for (seed, signal) in (7..).zip([Signal::INT, Signal::TERM, Signal::HUP]) {
        kills(signal, 10, seed);
    }
}

#[test]
fn a_leftover_is_removed_by_the_next_run_of_its_output_alone() {
    let desk = Desk::new();
    let ours = format!("{}1", prefix(&desk, desk.0.path()));
    fs::write(desk.at(&ours), "left by a kill").unwrap();
    assert!(desk.run(&["edit", "srat.aml", "--oem-revision", "7", "-o", "other"]).status.success());
    assert_eq!(desk.leftovers(), [ours.as_str()]);
    // Somebody is at work on it.
    let lock = fs::File::open(desk.at(&ours)).unwrap();
    lock.lock().unwrap();
    assert!(desk.run(&["edit", "srat.aml", "--oem-revision", "7", "-o", "out"]).status.success());
    assert_eq!(desk.leftovers(), [ours.as_str()]);
    drop(lock);
    assert!(desk.run(&["edit", "srat.aml", "--oem-revision", "7", "-o", "out"]).status.success());
    assert!(desk.leftovers().is_empty());
}

#[test]
fn a_limit_of_the_file_size_leaves_the_old_file() {
    let desk = Desk::new();
    let old = desk.read("initrd");
    for limit in [0, 1, 100, 5000] {
        let run = desk.shell(&format!("ulimit -f {limit}; exec $A {}", IN_PLACE.join(" ")));
        assert_eq!(run.status.code(), Some(3), "{run:?}");
        assert!(text(&run.stderr).contains("File too large"), "{run:?}");
        assert!(desk.read("initrd") == old && desk.leftovers().is_empty());
    }
}

#[test]
fn a_full_file_system_leaves_the_old_file() {
    let desk = Desk::new();
    let script = "
        mount -t tmpfs -o size=4608k none small 2> why || exit 77
        cp initrd srat.aml small && cp initrd small/second 2> /dev/null; cd small && rm -f second
        $A mkinitrd-override srat.aml --against none --initrd initrd -o initrd; echo $?
        $A mkinitrd-override srat.aml --against none --initrd initrd -o new; echo $?
        $A dump --from ../wanted -o tables; echo $?
        cmp initrd ../initrd && ls -A";
    fs::create_dir(desk.at("small")).unwrap();
    fs::write(desk.at("script"), script).unwrap();
    let run = desk.shell("unshare -m sh ./script");
    if !is_root("a small file system")
        || run.status.code() == Some(77)
        || run.status.code() == Some(1) && run.stdout.is_empty()
    {
        eprintln!("skipped: a small file system: {}", text(&run.stderr));
        return;
    }
    let out = text(&run.stdout);
    let words: Vec<_> = out.split_whitespace().filter(|word| !word.ends_with(':')).collect();
    assert!(out.starts_with("3\n3\n") && words.ends_with(&["initrd", "srat.aml", "tables"]), "{run:?}");
    assert!(text(&run.stderr).contains("No space left on device"), "{run:?}");
}

#[test]
fn a_folder_that_is_read_only_leaves_the_old_file() {
    let desk = Desk::new();
    fs::create_dir(desk.at("folder")).unwrap();
    fs::write(desk.at("folder/out"), "old").unwrap();
    let script = "
        mount -t tmpfs none folder && cp srat.aml folder/out && mount -o remount,ro folder || exit 77
        $A edit srat.aml --oem-revision 7 -o folder/out; echo $?; cmp folder/out srat.aml && ls -A folder";
    fs::write(desk.at("script"), script).unwrap();
    let run = desk.shell("unshare -m sh ./script");
    if is_root("a file system that is read-only") && run.status.success() {
        assert_eq!(text(&run.stdout), "3\nout\n", "{run:?}");
        assert!(text(&run.stderr).contains("Read-only file system"), "{run:?}");
    } else {
        eprintln!("skipped: a file system that is read-only: {}", text(&run.stderr));
    }
    fs::set_permissions(desk.at("folder"), Permissions::from_mode(0o555)).unwrap();
    let run = desk.run(&["edit", "srat.aml", "--oem-revision", "7", "-o", "folder/out"]);
    if !rustix::process::geteuid().is_root() {
        assert_eq!(run.status.code(), Some(3), "{run:?}");
        assert_eq!(desk.read("folder/out"), b"old");
    }
    fs::set_permissions(desk.at("folder"), Permissions::from_mode(0o755)).unwrap();
    assert!(leftovers(&desk.at("folder")).is_empty());
}

#[test]
fn two_runs_at_once_leave_one_whole_result() {
    let desk = Desk::new();
    let new = desk.read("wanted");
    for _ in 0..8 {
        let args = ["mkinitrd-override", "srat.aml", "--against", "none", "--initrd", "initrd", "-o", "both"];
        let mut runs: Vec<_> = (0..3).map(|_| spawn(&desk, &args)).collect();
        for run in &mut runs {
            assert!(run.wait().unwrap().success());
        }
        assert!(desk.read("both") == new && desk.leftovers().is_empty());
        fs::remove_file(desk.at("both")).unwrap();
    }
}

#[test]
fn an_initrd_that_changes_meanwhile_is_not_replaced() {
    let desk = Desk::new();
    // The table comes through a pipe: until it ends, the run waits with the initrd not yet read, so another run is started
    // for its time and the file changed while it goes on.
    let mut refused = 0;
    for round in 0..40u64 {
        fs::write(desk.at("initrd"), super::initrd()).unwrap();
        let mut child = spawn(&desk, &IN_PLACE);
        std::thread::sleep(Duration::from_micros(500 * round));
        let mut file = fs::OpenOptions::new().append(true).open(desk.at("initrd")).unwrap();
        file.write_all(b"changed!").unwrap();
        drop(file);
        let code = child.wait().unwrap().code();
        let now = desk.read("initrd");
        match code {
            // Before it was read, or after it was replaced; an initrd that ends in something else is judged by its bytes.
            Some(0 | 1) => assert!(now.ends_with(b"changed!") || now == desk.read("wanted")),
            Some(3) => {
                refused += 1;
                assert!(now.ends_with(b"changed!") && now.len() == super::initrd().len() + 8);
            }
            other => panic!("{other:?}"),
        }
        assert!(desk.leftovers().is_empty());
    }
    eprintln!("{refused} of 40 runs found the initrd changed");
}

#[test]
fn an_archive_alone_is_not_removed_by_the_way() {
    let desk = Desk::new();
    assert!(
        desk.run(&["mkinitrd-override", "srat.aml", "--against", "none", "-o", "alone"]).status.success()
    );
    let before = desk.read("alone");
    let run = desk.run(&["mkinitrd-override", "--remove", "--initrd", "alone", "-o", "alone"]);
    assert_eq!(run.status.code(), Some(2), "{run:?}");
    assert!(desk.read("alone") == before);
    let run = desk.run(&["mkinitrd-override", "--remove", "--initrd", "alone", "-o", "alone", "--force"]);
    assert!(run.status.success() && desk.read("alone").is_empty(), "{run:?}");
}

/// A folder with an attribute of the file system, which goes with this.
struct Fixed(std::path::PathBuf);

impl Fixed {
    fn new(folder: &Path, flags: rustix::fs::IFlags) -> Option<Fixed> {
        let set = fs::File::open(folder).map(|open| rustix::fs::ioctl_setflags(open, flags)).unwrap();
        set.ok().map(|()| Fixed(folder.to_owned()))
    }
}

impl Drop for Fixed {
    fn drop(&mut self) {
        let open = fs::File::open(&self.0).unwrap();
        let _ = rustix::fs::ioctl_setflags(open, rustix::fs::IFlags::empty());
    }
}

#[test]
fn a_folder_that_gives_nothing_back_gets_no_temporary_file() {
    use rustix::fs::IFlags;
    if !is_root("folders with chattr +a") {
        return;
    }
    let desk = Desk::new();
    let folder = desk.at("fixed");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("initrd"), desk.read("initrd")).unwrap();
    fs::write(folder.join("old"), "old").unwrap();
    let asks: [&[&str]; 3] = [
        &[
            "mkinitrd-override",
            "srat.aml",
            "--against",
            "none",
            "--initrd",
            "fixed/initrd",
            "-o",
            "fixed/initrd",
        ],
        &["edit", "srat.aml", "--oem-revision", "7", "-o", "fixed/old"],
        &["capture", "--sample", "hotplug", "-o", "fixed/"],
    ];
    for (flags, option) in [(IFlags::APPEND, "chattr +a"), (IFlags::IMMUTABLE, "chattr +i")] {
        let Some(fixed) = Fixed::new(&folder, flags) else {
            eprintln!("skipped: {option}: the file system of the temporary folder has none");
            return;
        };
        for ask in &asks[..2] {
            let run = desk.run(ask);
            assert_eq!(run.status.code(), Some(3), "{ask:?}: {run:?}");
            assert!(text(&run.stderr).contains(option), "{ask:?}: {run:?}");
            assert!(leftovers(&folder).is_empty(), "{ask:?}");
        }
        let new = desk.run(&["edit", "srat.aml", "--oem-revision", "7", "-o", "fixed/new"]);
        // What is new needs no other name where the file system knows files without one.
        match flags {
            IFlags::APPEND if new.status.success() => {}
            _ => assert!(text(&new.stderr).contains(option), "{new:?}"),
        }
        assert!(leftovers(&folder).is_empty());
        drop(fixed);
    }
    assert_eq!(fs::read(folder.join("old")).unwrap(), b"old");
    assert_eq!(fs::read(folder.join("initrd")).unwrap(), desk.read("initrd"));
    fs::remove_dir_all(&folder).unwrap();
    fs::create_dir(&folder).unwrap();
    let fixed = Fixed::new(&folder, IFlags::APPEND);
    let run = desk.run(asks[2]);
    assert!(text(&run.stderr).contains("chattr +a"), "{run:?}");
    assert!(fs::read_dir(&folder).unwrap().next().is_none());
    drop(fixed);
}

#[test]
fn a_temporary_file_that_cannot_be_removed_is_said() {
    const OTHER: u32 = 54321;
    if !is_root("root without CAP_FOWNER") {
        return;
    }
    let desk = Desk::new();
    let folder = desk.at("shared");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("out"), "old").unwrap();
    // In a sticky folder of the file's owner, the new file, once it has that owner too, can be neither renamed nor removed.
    chown(&folder, Some(OTHER), Some(OTHER)).unwrap();
    chown(folder.join("out"), Some(OTHER), Some(OTHER)).unwrap();
    fs::set_permissions(&folder, Permissions::from_mode(0o1777)).unwrap();
    let less = "setpriv --bounding-set=-fowner --inh-caps=-fowner";
    if !desk.shell(&format!("{less} true")).status.success() {
        eprintln!("skipped: root without CAP_FOWNER: setpriv does not work here");
        return;
    }
    let run = desk.shell(&format!("{less} \"$A\" edit srat.aml --oem-revision 7 -o shared/out"));
    assert_eq!(run.status.code(), Some(3), "{run:?}");
    assert_eq!(fs::read(folder.join("out")).unwrap(), b"old");
    let left = leftovers(&folder);
    assert_eq!(left.len(), 1, "{run:?}");
    assert!(text(&run.stderr).contains(&left[0]), "{run:?}");
}
