//! Files of lines with a key and a value: the Boot Loader Specification, limine, SYSLINUX, rEFInd, and U-Boot's scripts.

use super::{Entry, Room, initrd_options, lines, words};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// A line as key and value.
fn pair(line: &str) -> Option<(&str, &str)> {
    line.split_once(char::is_whitespace).map(|(key, value)| (key, value.trim()))
}

/// Takes the names of initrds, without those that are variables.
fn take_initrds<'a>(entry: &mut Entry, names: impl Iterator<Item = &'a str>) {
    for name in names.filter(|name| !name.is_empty()) {
        match name.starts_with('$') {
            true => entry.has_variables = true,
            false => entry.initrds.push(name.to_owned()),
        }
    }
}

/// An entry of the Boot Loader Specification: a whole file.
pub(super) fn entry(text: &str) -> Entry {
    let mut entry = Entry::default();
    for (key, value) in lines(text).filter_map(pair) {
        match key {
            "title" => entry.title = value.to_owned(),
            "version" => entry.version = Some(value.to_owned()),
            "linux" | "efi" | "uki" => entry.kernel = value.to_owned(),
            "initrd" => take_initrds(&mut entry, value.split_whitespace()),
            "options" => {
                if !entry.options.is_empty() {
                    entry.options.push(' ');
                }
                entry.options.push_str(value);
            }
            _ => {}
        }
    }
    entry
}

/// limine.conf (`/Title`, `key: value`) and the older limine.cfg (`:Title`, `KEY=value`).
pub(super) fn limine(text: &str) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut macros: HashMap<&str, &str> = HashMap::new();
    let mut room = Room::default();
    for line in lines(text) {
        if let Some((name, value)) = line.strip_prefix("${").and_then(|rest| rest.split_once("}=")) {
            macros.entry(name).or_insert(value);
            continue;
        }
        if let Some(title) = line.strip_prefix(['/', ':']) {
            let title = title.trim_start_matches(['/', ':', '+']).trim().to_owned();
            entries.push(Entry { title, ..Entry::default() });
            continue;
        }
        // The older form has no colon before its `=`.
        let at = line.find([':', '=']).unwrap_or(line.len());
        let (key, value) = line.split_at_checked(at).unwrap_or((line, ""));
        let value = value.get(1..).unwrap_or_default().trim();
        let Some(entry) = entries.last_mut() else { continue };
        let value = expanded(value, &macros, &mut room);
        let value = value.as_ref();
        match key.trim().to_ascii_lowercase().as_str() {
            "path" | "kernel_path" | "image_path" => entry.kernel = limine_path(value),
            "module_path" => {
                let name = limine_path(value);
                take_initrds(entry, std::iter::once(name.as_str()));
            }
            "cmdline" | "kernel_cmdline" => entry.options = value.to_owned(),
            _ => {}
        }
    }
    entries
}

/// A value of limine's with its macros replaced, and those in their values, to this depth.
fn expanded<'t>(value: &'t str, macros: &HashMap<&str, &str>, room: &mut Room) -> Cow<'t, str> {
    const DEPTH: usize = 8;
    let mut value = Cow::Borrowed(value);
    for _ in 0..DEPTH {
        match once(&value, macros, room) {
            Some(next) => value = Cow::Owned(next),
            None => break,
        }
    }
    value
}

/// The same once; `None` where nothing is replaced.
fn once(value: &str, macros: &HashMap<&str, &str>, room: &mut Room) -> Option<String> {
    let mut out = String::new();
    let (mut rest, mut is_changed) = (value, false);
    while let Some((before, after)) = rest.split_once("${") {
        let known = after.split_once('}').and_then(|(name, after)| Some((*macros.get(name)?, after)));
        let known = known.filter(|(is, _)| room.take(is.len()));
        is_changed |= known.is_some();
        let (is, after) = known.unwrap_or(("${", after));
        out.extend([before, is]);
        rest = after;
    }
    is_changed.then(|| out + rest)
}

/// `boot():/path#hash` as a path.
fn limine_path(value: &str) -> String {
    let path = value.split_once("):").or_else(|| value.split_once("://")).map_or(value, |(_, path)| path);
    let path = path.split('#').next().unwrap_or_default().trim();
    if path.is_empty() || path.starts_with(['/', '$']) { path.to_owned() } else { format!("/{path}") }
}

/// SYSLINUX and EXTLINUX, keys in any case.
pub(super) fn syslinux(text: &str) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for (key, value) in lines(text).filter_map(pair) {
        let key = key.to_ascii_lowercase();
        if key == "label" {
            entries.push(Entry { title: value.to_owned(), ..Entry::default() });
            continue;
        }
        let Some(entry) = entries.last_mut() else { continue };
        match key.as_str() {
            "kernel" | "linux" | "fit" => entry.kernel = value.to_owned(),
            "initrd" => take_initrds(entry, value.split([',', ' '])),
            "append" => entry.options = value.to_owned(),
            _ => {}
        }
    }
    for entry in &mut entries {
        // `initrd=` in APPEND is the older way.
        if entry.initrds.is_empty() {
            entry.initrds = initrd_options(&entry.options);
        }
    }
    entries
}

/// rEFInd's stanzas, and the lines of refind_linux.conf: a title and a command line in quotes, for every kernel beside the
/// file.
pub(super) fn refind(text: &str) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut is_stanza = false;
    let mut disabled = HashSet::new();
    for line in lines(text) {
        let mut words = words(line).into_iter();
        let (Some(first), second) = (words.next(), words.next()) else { continue };
        let value = second.unwrap_or_default();
        if line.starts_with(['"', '\'']) {
            let initrds = initrd_options(&value.replace(",", " initrd="));
            entries.push(Entry { title: first, initrds, options: value, ..Entry::default() });
            continue;
        }
        match first.as_str() {
            "menuentry" => {
                is_stanza = true;
                entries.push(Entry { title: value, ..Entry::default() });
            }
            // It has what its stanza has, but for what it names itself.
            "submenuentry" if is_stanza => {
                let parent = entries.last().cloned().unwrap_or_default();
                entries.push(Entry { title: value, initrds: Vec::new(), ..parent });
            }
            "disabled" => disabled.extend(entries.len().checked_sub(1).filter(|_| is_stanza)),
            "loader" => set(&mut entries, is_stanza, |entry| entry.kernel = value.replace('\\', "/")),
            "initrd" => set(&mut entries, is_stanza, |entry| {
                let name = value.replace('\\', "/");
                take_initrds(entry, std::iter::once(name.as_str()));
            }),
            "options" => set(&mut entries, is_stanza, |entry| {
                entry.initrds.extend(initrd_options(&value));
                entry.options = value.clone();
            }),
            _ => {}
        }
    }
    let entries = entries.into_iter().enumerate();
    entries.filter(|(index, _)| !disabled.contains(index)).map(|(_, entry)| entry).collect()
}

/// What `include` of SYSLINUX and rEFInd names.
pub(super) fn included(text: &str) -> Vec<String> {
    let named = lines(text).filter_map(pair).filter(|(key, _)| key.eq_ignore_ascii_case("include"));
    named.map(|(_, name)| name.trim_matches(['"', '\'']).to_owned()).collect()
}

/// LILO and ELILO: `key=value` after an `image=`.
pub(super) fn lilo(text: &str) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for (key, value) in lines(text).filter_map(|line| line.split_once('=')) {
        let value = value.trim().trim_matches('"');
        if key.trim() == "image" {
            entries.push(Entry { kernel: value.to_owned(), ..Entry::default() });
            continue;
        }
        let Some(entry) = entries.last_mut() else { continue };
        match key.trim() {
            "label" => entry.title = value.to_owned(),
            "initrd" => entry.initrds = vec![value.to_owned()],
            "append" => entry.options = value.to_owned(),
            _ => {}
        }
    }
    entries
}

fn set(entries: &mut [Entry], is_stanza: bool, change: impl FnOnce(&mut Entry)) {
    if let Some(entry) = entries.last_mut().filter(|_| is_stanza) {
        change(entry);
    }
}

/// A script of U-Boot, with or without the header of mkimage: what it loads to the addresses of kernel and ramdisk.
pub(super) fn uboot(text: &str) -> Vec<Entry> {
    const LOADS: [&str; 6] = ["load", "ext2load", "ext4load", "fatload", "tftp", "tftpboot"];
    let mut entry = Entry { title: "boot script".into(), ..Entry::default() };
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
        let parts = line.split([';', '&', '|']).map(words);
        for words in parts {
            let start = words.iter().position(|word| LOADS.contains(&word.as_str()));
            let Some(rest) = start.and_then(|start| words.get(start..)) else { continue };
            let Some(name) = rest.last().filter(|_| rest.len() > 2) else { continue };
            let is_for = |what: &str| rest.iter().any(|word| word.starts_with('$') && word.contains(what));
            if is_for("ramdisk") || is_for("initrd") {
                take_initrds(&mut entry, std::iter::once(name.as_str()));
            } else if is_for("kernel") && entry.kernel.is_empty() {
                entry.kernel.clone_from(name);
            }
        }
    }
    vec![entry]
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn boot_loader_entries() {
        let entry = entry(
            "title Arch\nversion 6.1\nlinux /vmlinuz-linux\ninitrd /acpi_override.img\ninitrd  /initramfs-linux.img $tuned_initrd\noptions ro\noptions quiet\n",
        );
        assert_eq!(entry.initrds, ["/acpi_override.img", "/initramfs-linux.img"]);
        assert_eq!((entry.kernel.as_str(), entry.version.as_deref()), ("/vmlinuz-linux", Some("6.1")));
        assert_eq!((entry.options.as_str(), entry.has_variables), ("ro quiet", true));
    }

    #[test]
    fn limine_of_both_forms() {
        let new = limine(
            "timeout: 3\n/+Arch\n//linux\n  protocol: linux\n  path: boot():/vmlinuz-linux#abc\n  module_path: boot():/acpi.img\n  module_path: boot():/initramfs.img\n  cmdline: root=x a:b\n",
        );
        assert_eq!(new[1].kernel, "/vmlinuz-linux");
        assert_eq!(new[1].initrds, ["/acpi.img", "/initramfs.img"]);
        assert_eq!((new[1].title.as_str(), new[1].options.as_str()), ("linux", "root=x a:b"));
        let old = limine(":Arch\nPROTOCOL=linux\nKERNEL_PATH=boot:///vmlinuz\nMODULE_PATH=boot:///initrd\n");
        assert_eq!((old[0].kernel.as_str(), old[0].initrds[0].as_str()), ("/vmlinuz", "/initrd"));
    }

    #[test]
    fn syslinux_in_any_case() {
        let entries = syslinux(
            "DEFAULT x\nLABEL a\n LINUX ../vmlinuz\n INITRD /acpi.img,/initrd.img\n APPEND ro\nlabel b\nkernel /k\nappend initrd=/one,two ro\n",
        );
        assert_eq!(entries[0].initrds, ["/acpi.img", "/initrd.img"]);
        assert_eq!((entries[1].kernel.as_str(), entries[1].initrds.join(" ").as_str()), ("/k", "/one two"));
    }

    #[test]
    fn refind_stanzas_and_its_linux_file() {
        let entries = refind(
            "timeout 5\nmenuentry \"Arch\" {\n loader /@/boot/vmlinuz\n initrd /@/boot/acpi.img\n initrd \\boot\\i.img\n options \"ro quiet\"\n submenuentry \"old\" {\n initrd /old.img\n }\n}\n",
        );
        assert_eq!(entries[0].initrds, ["/@/boot/acpi.img", "/boot/i.img"]);
        assert_eq!(
            (entries[1].kernel.as_str(), entries[1].initrds[0].as_str()),
            ("/@/boot/vmlinuz", "/old.img")
        );
        let linux = refind("\"Boot\" \"root=x ro initrd=\\boot\\acpi.img initrd=boot\\i.img\"\n");
        assert_eq!(
            (linux[0].title.as_str(), linux[0].initrds.join(" ").as_str()),
            ("Boot", "/boot/acpi.img boot/i.img")
        );
    }

    #[test]
    fn macros_includes_and_what_is_switched_off() {
        let limine =
            limine("${D}=boot():\n/A\n path: ${D}/k\n module_path: ${D}/acpi.img\n module_path: ${E}/i\n");
        assert_eq!((limine[0].kernel.as_str(), limine[0].initrds.join(" ").as_str()), ("/k", "/acpi.img"));
        assert!(limine[0].has_variables);
        // A macro in a macro's value, one of itself, and one that is set a second time.
        let nested =
            super::limine("${A}=/a${B}\n${B}=/b\n${C}=${C}c\n${B}=/x\n/A\n path: ${A}\n cmdline: ${C}${D}\n");
        assert_eq!((nested[0].kernel.as_str(), nested[0].options.as_str()), ("/a/b", "${C}cccccccc${D}"));
        assert_eq!(included("UI menu.c32\nINCLUDE more.cfg\n"), ["more.cfg"]);
        let refind =
            refind("menuentry a {\n loader /a\n initrd /i\n disabled\n}\nmenuentry b {\n loader /b\n}\n");
        assert_eq!((refind.len(), refind[0].kernel.as_str()), (1, "/b"));
        let lilo =
            lilo("boot=/dev/sda\nimage = /boot/k\n  label = x\n  initrd=/boot/acpi.img\n  append=\"a b\"\n");
        assert_eq!((lilo[0].kernel.as_str(), lilo[0].initrds[0].as_str()), ("/boot/k", "/boot/acpi.img"));
    }

    #[test]
    fn scripts_of_u_boot() {
        let script = "setenv bootargs root=x\nload mmc 0:1 ${kernel_addr_r} /vmlinuz\nif test -e mmc 0:1 /i; then load mmc 0:1 ${ramdisk_addr_r} /initrd.img; fi\nbooti\n";
        let entries = uboot(script);
        assert_eq!(
            (entries[0].kernel.as_str(), entries[0].initrds.join(" ").as_str()),
            ("/vmlinuz", "/initrd.img")
        );
    }
}
