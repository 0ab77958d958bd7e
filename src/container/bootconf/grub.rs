//! GRUB's grub.cfg.

use super::{Entry, lines, words};

/// Each kernel that the file loads, with its initrds. Submenus and conditions are passed over: what is inside counts.
pub(super) fn entries(text: &str) -> Vec<Entry> {
    // A backslash at the end of a line goes on in the next.
    let joined = text.replace("\\\r\n", " ").replace("\\\n", " ");
    let mut entries: Vec<Entry> = Vec::new();
    let mut title = String::new();
    let mut current: Option<Entry> = None;
    for line in lines(&joined) {
        let mut words = words(line).into_iter();
        let command = words.next().unwrap_or_default();
        match command.as_str() {
            "menuentry" | "submenu" => {
                entries.extend(current.take());
                title = words.next().unwrap_or_default();
            }
            _ if is(&command, "linux") => {
                entries.extend(current.take());
                let kernel = words.next().unwrap_or_default();
                let options = words.collect::<Vec<_>>().join(" ");
                current = Some(Entry { title: title.clone(), kernel, options, ..Entry::default() });
            }
            _ if is(&command, "initrd") => {
                let Some(entry) = &mut current else { continue };
                for word in words.filter(|word| !word.is_empty()) {
                    match word.starts_with('$') {
                        true => entry.has_variables = true,
                        false => entry.initrds.push(word),
                    }
                }
            }
            // After `chainloader` or another system's loader nothing belongs to the kernel before.
            "chainloader" | "multiboot" | "multiboot2" => entries.extend(current.take()),
            _ => {}
        }
    }
    entries.extend(current);
    entries
}

/// `linux`, `linuxefi`, `linux16` or `linux$sixteenbit`.
fn is(command: &str, name: &str) -> bool {
    command.strip_prefix(name).is_some_and(|rest| matches!(rest, "" | "efi" | "16") || rest.starts_with('$'))
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn each_kernel_has_its_initrds() {
        let config = "menuentry 'Debian' --class x {\n\tlinux\t/vmlinuz-6.1 root=/dev/vda1 ro quiet\n\tinitrd\t/acpi.img /initrd.img-6.1\n}\n\
                      submenu 'more' {\nmenuentry 'old' {\n\tlinux$sixteenbit /boot/vmlinuz-5.10 ro\n\techo 'x'\n\tinitrdefi /boot/initrd.img-5.10 $extra\n}\n}\n";
        let entries = entries(config);
        assert_eq!(entries.len(), 2);
        assert_eq!((entries[0].title.as_str(), entries[0].kernel.as_str()), ("Debian", "/vmlinuz-6.1"));
        assert_eq!(entries[0].initrds, ["/acpi.img", "/initrd.img-6.1"]);
        assert_eq!(entries[0].options, "root=/dev/vda1 ro quiet");
        assert_eq!(entries[1].initrds, ["/boot/initrd.img-5.10"]);
        assert!(entries[1].has_variables && !entries[0].has_variables);
    }

    #[test]
    fn what_is_in_another_entry_or_a_comment_is_not_taken() {
        let entries =
            entries("initrd /lost\nlinux /vmlinuz-6.1\n# initrd /x\nmenuentry x {\ninitrd /other\n}\n");
        assert_eq!(entries.len(), 1);
        assert!(entries[0].initrds.is_empty());
        let wrapped = super::entries("linux /k\ninitrd /a \\\n  /b\n");
        assert_eq!(wrapped[0].initrds, ["/a", "/b"]);
    }
}
