//! How boot loaders come to use an archive, or an initrd with one in front: the lines for the file just made, of the machine at
//! hand where it is known, else of the usual boot loaders.

mod here;

pub use here::{Distribution, EntryFile, Generator, Setup};

use super::model::mkinitrd_override::HowtoModel;
use super::text;
use crate::foreign::Foreign;
use std::io::{self, Write};
use std::path::Path;

/// The ways of a machine to `output`; those of the usual boot loaders where it is not known how it boots. `tables` are the
/// files that the archive was made of.
pub fn of(setup: Option<&Setup>, output: &str, tables: &[String], is_initrd: bool) -> Vec<HowtoModel> {
    let here = setup.map(|setup| here::ways(setup, output, tables, is_initrd)).unwrap_or_default();
    if here.is_empty() { ways(output, is_initrd) } else { here }
}

/// The ways of the usual boot loaders to `output`, a name that is safe to print; `is_initrd` if it is a whole initrd and no
/// archive alone.
fn ways(output: &str, is_initrd: bool) -> Vec<HowtoModel> {
    let name = Path::new(output).file_name().and_then(|name| name.to_str()).unwrap_or(output);
    let copy = format!("cp {} /boot/{}", quoted(output), quoted(name));
    let way =
        |loader, what, lines: &[String]| HowtoModel { loader, what, lines: lines.to_vec(), undo: Vec::new() };
    if is_initrd {
        return vec![
            way(
                "any",
                "in the place of the initrd it was made of, until that is made anew; the hooks in contrib/ last",
                &[format!("cp {} /boot/initrd.img-$(uname -r)", quoted(output))],
            ),
            way(
                "EFI stub",
                "one initrd on the kernel's command line",
                &[copy.clone(), format!("initrd=\\{name}")],
            ),
            way(
                "UKI",
                "as the image's initrd",
                &[format!("ukify build --linux=VMLINUZ --initrd={} --cmdline=@CMDLINE", quoted(output))],
            ),
        ];
    }
    vec![
        way(
            "GRUB",
            "in /etc/default/grub; GRUB loads it before the initrd of every entry",
            &[
                copy.clone(),
                format!("GRUB_EARLY_INITRD_LINUX_CUSTOM=\"{name}\""),
                "grub-mkconfig -o /boot/grub/grub.cfg".into(),
            ],
        ),
        way(
            "systemd-boot",
            "in the entry below loader/entries: the line comes first, its path counts from the partition of the entry",
            &[copy.clone(), format!("initrd /{name}"), "initrd /INITRD".into()],
        ),
        way(
            "SYSLINUX, EXTLINUX",
            "in the entry: first, followed by a comma without a blank",
            &[copy.clone(), format!("INITRD /{name},/INITRD")],
        ),
        way(
            "EFI stub",
            "on the kernel's command line: first",
            &[copy, format!("initrd=\\{name} initrd=\\INITRD")],
        ),
        way(
            "UKI",
            "in the section .ucode, which the stub hands over before any initrd; after the microcode, if there is some",
            &[format!(
                "ukify build --linux=VMLINUZ --initrd=INITRD --microcode={} --cmdline=@CMDLINE",
                quoted(output)
            )],
        ),
        way(
            "others",
            "where only one initrd can be named",
            &[format!("cat {} INITRD > BOTH", quoted(output))],
        ),
    ]
}

/// A name as a shell takes it.
pub(super) fn quoted(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+@:,=".contains(&byte);
    if name.bytes().all(plain) { name.to_owned() } else { format!("'{}'", name.replace('\'', "'\\''")) }
}

/// The ways, for people.
pub fn write(out: &mut dyn Write, machine: Option<&Foreign>, ways: &[HowtoModel]) -> io::Result<()> {
    if let Some(name) = machine.filter(|_| !ways.is_empty()) {
        writeln!(out)?;
        let text = format!("for {}, as it is set up; one of these is enough:", name.text());
        text::paragraph(out, "", 0, &text)?;
    }
    for way in ways {
        writeln!(out)?;
        text::paragraph(out, "", 2, &format!("{}: {}", way.loader, way.what))?;
        for line in &way.lines {
            writeln!(out, "    {line}")?;
        }
        if !way.undo.is_empty() {
            writeln!(out, "  To take it out again:")?;
            for line in &way.undo {
                writeln!(out, "    {line}")?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_for_a_shell() {
        assert_eq!((quoted("a/b-1.img").as_str(), quoted("it's")), ("a/b-1.img", "'it'\\''s'".to_owned()));
        assert!(
            ways("x y/acpi.img", false)
                .iter()
                .any(|way| way.lines[0].starts_with("cp 'x y/acpi.img' /boot/acpi.img"))
        );
    }

    #[test]
    fn the_archive_comes_first_everywhere() {
        for way in ways("acpi.img", false).iter().filter(|way| way.loader != "UKI") {
            let all = way.lines.join("\n");
            assert!(all.find("acpi.img") < all.find("INITRD").or(Some(usize::MAX)), "{all}");
        }
    }
}
