//! GRUB's grub.cfg.

use super::{Entry, Room, lines, words};
use std::collections::HashMap;

/// Each kernel that the file loads, with its initrds. Submenus and conditions are passed over: what is inside counts. menu.lst of
/// GRUB 0.97 is read as well.
pub(super) fn entries(text: &str) -> Vec<Entry> {
    // A backslash at the end of a line goes on in the next.
    let joined = text.replace("\\\r\n", " ").replace("\\\n", " ");
    let mut entries: Vec<Entry> = Vec::new();
    let mut title = String::new();
    let mut current: Option<Entry> = None;
    let (variables, mut room) = (variables(&joined), Room::default());
    for line in lines(&joined).flat_map(statements) {
        let mut words = words(line).into_iter().map(|word| expanded(word, &variables, &mut room));
        let command = words.next().unwrap_or_default();
        match command.as_str() {
            "menuentry" | "submenu" => {
                entries.extend(current.take());
                title = words.next().unwrap_or_default();
            }
            "title" => {
                entries.extend(current.take());
                title = words.collect::<Vec<_>>().join(" ");
            }
            _ if is(&command, "linux") || command == "kernel" => {
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

/// The files that are read in place of this one, or after it: names as they are, `$prefix` and the like left out.
pub(super) fn included(text: &str) -> Vec<String> {
    let statements = lines(text).flat_map(statements).map(words);
    let named = statements.filter_map(|words| match words.as_slice() {
        [command, name] if matches!(command.as_str(), "source" | "configfile" | ".") => Some(name.clone()),
        _ => None,
    });
    let after_variable = |name: String| match name.strip_prefix('$') {
        Some(rest) => rest.split_once('/').map(|(_, name)| name.to_owned()),
        None => Some(name),
    };
    named.filter_map(after_variable).collect()
}

/// The commands of a line: `;` and braces end them, where no quotes hold them.
fn statements(line: &str) -> Vec<&str> {
    let mut all = Vec::new();
    let (mut start, mut quote, mut before) = (0, None, ' ');
    let mut is_name = false;
    for (at, sign) in line.char_indices() {
        match (sign, quote) {
            (sign, Some(mark)) if sign == mark && before != '\\' => quote = None,
            (_, Some(_)) => {}
            ('"' | '\'', None) => quote = Some(sign),
            ('{', None) if before == '$' => is_name = true,
            ('}', None) if is_name => is_name = false,
            (';' | '{' | '}', None) => {
                all.extend(line.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
        before = sign;
    }
    all.extend(line.get(start..));
    all
}

/// The variables that have one value wherever they are set.
fn variables(text: &str) -> HashMap<String, String> {
    let mut all: HashMap<String, Option<String>> = HashMap::new();
    for line in lines(text).flat_map(statements) {
        let words = words(line);
        let [command, set] = words.as_slice() else { continue };
        let Some((name, value)) = set.split_once('=').filter(|_| command == "set") else { continue };
        let value = Some(value.to_owned()).filter(|value| !value.contains('$'));
        let known = all.entry(name.to_owned()).or_insert_with(|| value.clone());
        if *known != value {
            *known = None;
        }
    }
    all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// A word with the variable that it begins with replaced, where its value is known.
fn expanded(word: String, variables: &HashMap<String, String>, room: &mut Room) -> String {
    let Some(rest) = word.strip_prefix('$') else { return word };
    let (name, after) = match rest.strip_prefix('{') {
        Some(rest) => rest.split_once('}').unwrap_or((rest, "")),
        None => {
            let len = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
            rest.split_at_checked(len).unwrap_or((rest, ""))
        }
    };
    let value = variables.get(name).filter(|value| room.take(value.len()));
    value.map(|value| format!("{value}{after}")).unwrap_or(word)
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
    fn variables_and_commands_on_one_line() {
        let config = "set r=/boot\nset two=/a\nset two=/b\nmenuentry 'x;y' { linux $r/vmlinuz ro; initrd ${r}/acpi.img $two/i; }\n";
        let entries = super::entries(config);
        assert_eq!((entries[0].title.as_str(), entries[0].kernel.as_str()), ("x;y", "/boot/vmlinuz"));
        assert_eq!(entries[0].initrds, ["/boot/acpi.img"]);
        assert!(entries[0].has_variables);
        assert_eq!(
            included("configfile $prefix/custom.cfg\nsource /boot/x.cfg\n"),
            ["custom.cfg", "/boot/x.cfg"]
        );
    }

    #[test]
    fn the_menu_of_old_grub() {
        let entries = entries(
            "default 0\ntitle Debian 6\nroot (hd0,0)\nkernel /boot/vmlinuz ro\ninitrd /boot/acpi.img /boot/i\n",
        );
        assert_eq!((entries[0].title.as_str(), entries[0].kernel.as_str()), ("Debian 6", "/boot/vmlinuz"));
        assert_eq!(entries[0].initrds, ["/boot/acpi.img", "/boot/i"]);
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
