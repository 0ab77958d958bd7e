//! How boot loaders come to use an archive, or an initrd with one in front: the lines for the file just made, of the machine at
//! hand where it is known, else of the usual boot loaders.

mod here;

pub use here::{Distribution, EntryFile, Generator, Setup};

use super::model::mkinitrd_override::HowtoModel;
use super::text;
use crate::foreign::Foreign;
use std::io::{self, Write};

/// The ways of a machine to the file `output`; those of the usual boot loaders where it is not known how it boots. `tables` are
/// the files that the archive was made of.
pub fn of(setup: Option<&Setup>, output: &Foreign, tables: &[Foreign], is_initrd: bool) -> Vec<HowtoModel> {
    let here = setup.map(|setup| here::ways(setup, output, tables, is_initrd)).unwrap_or_default();
    if here.is_empty() { ways(output, is_initrd) } else { here }
}

/// The name that a file has for boot loaders, whose lines have no quotes: of other characters than letters, digits, `.`, `_` and
/// `-` each is a `_`.
fn name_for_loaders(output: &Foreign) -> String {
    let path = output.raw_text();
    let plain = |sign: char| if sign.is_ascii_alphanumeric() || "._-".contains(sign) { sign } else { '_' };
    path.rsplit('/').next().unwrap_or_default().chars().map(plain).collect()
}

/// The ways of the usual boot loaders to `output`; `is_initrd` if it is a whole initrd and no archive alone.
fn ways(output: &Foreign, is_initrd: bool) -> Vec<HowtoModel> {
    let (name, output) = (name_for_loaders(output), output.shell());
    let copy = format!("cp {output} /boot/{name}");
    let way =
        |loader, what, lines: &[String]| HowtoModel { loader, what, lines: lines.to_vec(), undo: Vec::new() };
    if is_initrd {
        return vec![
            way(
                "any",
                "in the place of the initrd it was made of, until that is made anew; the hooks in contrib/ last",
                &[format!("cp {output} /boot/initrd.img-$(uname -r)")],
            ),
            way(
                "EFI stub",
                "one initrd on the kernel's command line",
                &[copy.clone(), format!("initrd=\\{name}")],
            ),
            way(
                "UKI",
                "as the image's initrd",
                &[format!("ukify build --linux=VMLINUZ --initrd={output} --cmdline=@CMDLINE")],
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
            &[format!("ukify build --linux=VMLINUZ --initrd=INITRD --microcode={output} --cmdline=@CMDLINE")],
        ),
        way("others", "where only one initrd can be named", &[format!("cat {output} INITRD > BOTH")]),
    ]
}

/// A name as a shell takes it.
fn quoted(name: &str) -> String {
    Foreign::from(name).shell()
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
    fn a_loader_gets_a_plain_name() {
        for (output, copy) in [
            ("x y/acpi.img", "cp 'x y/acpi.img' /boot/acpi.img"),
            ("x/my acpi.img", "cp 'x/my acpi.img' /boot/my_acpi.img"),
            ("a\x1b.img", "cp $'a\\x1b.img' /boot/a_.img"),
        ] {
            let all = ways(&output.into(), false);
            assert!(all.iter().any(|way| way.lines[0] == copy), "{all:?}");
        }
    }

    #[test]
    fn the_archive_comes_first_everywhere() {
        for way in ways(&"acpi.img".into(), false).iter().filter(|way| way.loader != "UKI") {
            let all = way.lines.join("\n");
            assert!(all.find("acpi.img") < all.find("INITRD").or(Some(usize::MAX)), "{all}");
        }
    }
}
