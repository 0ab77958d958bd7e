//! What boot loaders' files say: entries, and the kernel and initrds that each names. Text in, values out.
//!
//! Only what decides which files are loaded is read. Scripts are not run: names with variables in them are left out, and the
//! entry says so.

mod blocks;
mod grub;

/// A boot loader, or what it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loader {
    /// GRUB's grub.cfg.
    Grub,
    /// Entries of the Boot Loader Specification: systemd-boot, and GRUB with `blscfg`.
    Entries,
    /// A unified kernel image.
    Unified,
    /// limine.conf, or the older limine.cfg.
    Limine,
    /// SYSLINUX, EXTLINUX and U-Boot's extlinux.conf.
    Syslinux,
    /// rEFInd's refind.conf and refind_linux.conf.
    Refind,
    /// A script of U-Boot.
    UBoot,
    /// lilo.conf and elilo.conf.
    Lilo,
}

impl Loader {
    /// Its name in text.
    pub fn name(self) -> &'static str {
        match self {
            Loader::Grub => "GRUB",
            Loader::Entries => "boot loader entry",
            Loader::Unified => "unified kernel image",
            Loader::Limine => "limine",
            Loader::Syslinux => "SYSLINUX or EXTLINUX",
            Loader::Refind => "rEFInd",
            Loader::UBoot => "U-Boot",
            Loader::Lilo => "LILO or ELILO",
        }
    }
}

/// An entry as its file has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    /// What the menu shows.
    pub title: String,
    /// The kernel's file; empty where none is named.
    pub kernel: String,
    /// The kernel's release, where the entry has it.
    pub version: Option<String>,
    /// The initrds' files, in the order in which they are loaded.
    pub initrds: Vec<String>,
    /// The kernel's command line, as the file has it.
    pub options: String,
    /// Whether it names files by variables too.
    pub has_variables: bool,
}

/// The most entries that are read of one file.
pub const MOST_ENTRIES: usize = 256;
/// The most initrds of one entry.
pub const MOST_INITRDS: usize = 64;
/// The longest line that is looked at.
const MOST_LINE: usize = 8192;

/// How many bytes the variables of a file may still put into its lines: those that need more stay as they are written.
struct Room(usize);

impl Default for Room {
    fn default() -> Self {
        Room(1 << 20)
    }
}

impl Room {
    /// Takes so many bytes, if there are as many.
    fn take(&mut self, bytes: usize) -> bool {
        let left = self.0.checked_sub(bytes);
        self.0 = left.unwrap_or(self.0);
        left.is_some()
    }
}

/// The entries of a loader's file.
pub fn entries(loader: Loader, text: &str) -> Vec<Entry> {
    let mut entries = match loader {
        Loader::Grub => grub::entries(text),
        Loader::Entries => vec![blocks::entry(text)],
        Loader::Limine => blocks::limine(text),
        Loader::Syslinux => blocks::syslinux(text),
        Loader::Refind => blocks::refind(text),
        Loader::UBoot => blocks::uboot(text),
        Loader::Lilo => blocks::lilo(text),
        Loader::Unified => Vec::new(),
    };
    entries.retain(|entry| !entry.kernel.is_empty() || !entry.initrds.is_empty());
    entries.truncate(MOST_ENTRIES);
    for entry in &mut entries {
        entry.initrds.truncate(MOST_INITRDS);
    }
    entries
}

/// The further files that a loader's file takes in, as it names them.
pub fn included(loader: Loader, text: &str) -> Vec<String> {
    match loader {
        Loader::Grub => grub::included(text),
        Loader::Syslinux | Loader::Refind => blocks::included(text),
        _ => Vec::new(),
    }
}

/// Whether GRUB's file takes the entries of the Boot Loader Specification.
pub fn uses_entries(grub: &str) -> bool {
    grub.lines().any(|line| line.split_whitespace().next() == Some("blscfg"))
}

/// The value of a variable that a file of shell assignments sets last, `NAME=VALUE` or `NAME+=VALUE`.
pub fn shell_value(text: &str, name: &str) -> Option<String> {
    let values = lines(text).filter_map(|line| {
        let line = line.strip_prefix("export ").unwrap_or(line);
        let rest = line.strip_prefix(name)?;
        let value = rest.strip_prefix("+=").or_else(|| rest.strip_prefix('='))?;
        Some(unquoted(value))
    });
    values.last()
}

/// The last part of a path, as GRUB, EFI and systemd-boot write paths: `(hd0,gpt2)/vmlinuz`, `\EFI\vmlinuz`.
pub fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\', ')', ':']).next().unwrap_or(path)
}

/// `initrd=` options, which the kernel's EFI stub and SYSLINUX read.
pub fn initrd_options(line: &str) -> Vec<String> {
    let words = line.split_whitespace().map(|word| word.trim_matches('"'));
    let values = words.filter_map(|word| word.strip_prefix("initrd="));
    let names = values.flat_map(|value| value.split(',')).map(|name| name.replace('\\', "/"));
    names.filter(|name| !name.is_empty()).take(MOST_INITRDS).collect()
}

/// Lines without blanks around them, comments and what is too long.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let text = text.trim_start_matches('\u{feff}');
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#') && line.len() <= MOST_LINE)
}

/// A word without the quotes around it, or a quoted value without what follows it.
fn unquoted(text: &str) -> String {
    let text = text.trim();
    for quote in ['"', '\''] {
        if let Some(rest) = text.strip_prefix(quote) {
            return rest.split(quote).next().unwrap_or_default().to_owned();
        }
    }
    text.split(" #").next().unwrap_or_default().trim_end().to_owned()
}

/// The words of a line; quotes hold words together and are taken off.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let (mut quote, mut is_open) = (None, false);
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match (letter, quote) {
            (letter, Some(mark)) if letter == mark => quote = None,
            ('"' | '\'', None) => (quote, is_open) = (Some(letter), true),
            // EFI's paths have backslashes too: only those before what they can escape are taken off.
            ('\\', None | Some('"')) if letters.peek().is_some_and(|next| "\"'\\ $".contains(*next)) => {
                word.extend(letters.next());
            }
            (letter, None) if letter.is_whitespace() => {
                if is_open || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                is_open = false;
            }
            (letter, _) => word.push(letter),
        }
    }
    if is_open || !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_shell_files_are_read() {
        let text = "# x\nA=1\nexport B=\"two words\" # c\nA='3' \nLONG_A=4\nHOOKS+=(acpi_override)\n";
        let value = |name| shell_value(text, name);
        assert_eq!(value("A").as_deref(), Some("3"));
        assert_eq!(value("B").as_deref(), Some("two words"));
        assert_eq!(value("HOOKS").as_deref(), Some("(acpi_override)"));
        assert_eq!(value("C"), None);
    }

    #[test]
    fn words_keep_what_is_quoted() {
        assert_eq!(words("a 'b c' \"d\\\"e\" f\\ g ''"), ["a", "b c", "d\"e", "f g", ""]);
        assert_eq!(file_name("(hd0,gpt2)/boot/vmlinuz"), "vmlinuz");
        assert_eq!(file_name("(hd0)vmlinuz"), "vmlinuz");
        assert_eq!(file_name("boot():/EFI/x.efi"), "x.efi");
        let names = initrd_options("quiet initrd=\\acpi.img initrd=/a.img,b.img");
        assert_eq!(names, ["/acpi.img", "/a.img", "b.img"]);
    }

    #[test]
    fn variables_make_no_more_of_a_file_than_it_may_be_long() {
        let (long, many) = ("x".repeat(8000), "$a ".repeat(1600));
        let grub = format!("set a={long}\n{}", format!("linux {many}\ninitrd {many}\n").repeat(100));
        let many = many.replace("$a", "${b}");
        let macros = format!("${{b}}={}\n${{c}}={long}\n", "${c}".repeat(1900));
        let limine = format!("{macros}{}", format!("/A\npath: {many}\ncmdline: {many}\n").repeat(50));
        for (loader, text) in [(Loader::Grub, grub), (Loader::Limine, limine)] {
            let all = entries(loader, &text);
            let len = |entry: &Entry| {
                let initrds: usize = entry.initrds.iter().map(String::len).sum();
                entry.kernel.len() + entry.options.len() + initrds
            };
            assert!(!all.is_empty());
            assert!(all.iter().map(len).sum::<usize>() < 2 * text.len() + (2 << 20), "{loader:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in "(menuentry|/|title|label|\\{|\\}|linux |initrd |path: |\"|\\PC|\n| ){0,60}") {
            for loader in [Loader::Grub, Loader::Entries, Loader::Limine, Loader::Syslinux, Loader::Refind, Loader::UBoot, Loader::Lilo] {
                entries(loader, &text);
                included(loader, &text);
            }
        }
    }
}
