//! What a capture leaves out or covers: keys, passwords and licences always stay behind unless they are asked for, serial
//! numbers too.

/// What stands in the place of a value that is covered.
pub const MASK: &str = "[masked]";

/// Tables whose content is left out, and why.
pub const TABLES: &[(&[u8; 4], Kind, &str)] = &[
    (b"MSDM", Kind::Licences, "the Windows product key"),
    (b"SLIC", Kind::Licences, "the key of a volume licence"),
    (b"IBFT", Kind::Secrets, "names and passwords of iSCSI targets"),
    (b"NBFT", Kind::Secrets, "names and keys of NVMe targets"),
    (b"NFIT", Kind::Serials, "serial numbers of memory modules"),
    (b"PHAT", Kind::Serials, "serial numbers of parts"),
];

/// What can be asked for by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Serial numbers and the like.
    Serials,
    /// Licence keys.
    Licences,
    /// Passwords and keys.
    Secrets,
    /// The whole log of the kernel.
    Log,
}

impl Kind {
    /// The word on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Serials => "serials",
            Kind::Licences => "licences",
            Kind::Secrets => "secrets",
            Kind::Log => "log",
        }
    }
}

/// Parts of a parameter's name that promise a secret, as whole words between `.`, `-`, `_` and digits.
const SECRET_WORDS: [&str; 18] = [
    "pass",
    "password",
    "passwd",
    "passphrase",
    "secret",
    "secrets",
    "token",
    "key",
    "keys",
    "keyfile",
    "psk",
    "pin",
    "auth",
    "apikey",
    "cred",
    "credential",
    "credentials",
    "privkey",
];
/// The same for serial numbers.
const SERIAL_WORDS: [&str; 4] = ["serialno", "serialnumber", "bootif", "ethaddr"];
/// Parameters whose value is long and hexadecimal, and public.
const PUBLIC: [&str; 8] =
    ["root", "roothash", "usrhash", "verityhash", "resume", "systemd.machine_id", "boot_image", "initrd"];
/// From this length on, a value of nothing but letters and digits looks like a key.
const KEY_LEN: usize = 32;

/// Why the value of a parameter is to be covered, if it is.
fn secrecy(name: &str, value: &str) -> Option<Kind> {
    let lower = name.to_ascii_lowercase();
    let words = || lower.split(|character: char| !character.is_ascii_lowercase());
    if words().any(|word| SERIAL_WORDS.contains(&word)) {
        return Some(Kind::Serials);
    }
    if words().any(|word| SECRET_WORDS.contains(&word)) {
        return Some(Kind::Secrets);
    }
    // scheme://user:password@host, and dracut's iscsi:user:password@host.
    let login = value.split_once("://").map(|(_, rest)| rest).or_else(|| value.strip_prefix("iscsi:"));
    if login.and_then(|login| login.split_once('@')).is_some_and(|(user, _)| user.contains(':')) {
        return Some(Kind::Secrets);
    }
    let is_blob = value.split([':', ',', '=', '/']).any(|part| {
        let is_coded = part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+_".contains(&byte));
        let digits = part.bytes().filter(u8::is_ascii_digit).count();
        part.len() >= KEY_LEN && is_coded && digits >= 4
    });
    (is_blob && !PUBLIC.contains(&lower.as_str())).then_some(Kind::Secrets)
}

/// A parameter of a kernel command line whose value is to be covered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Covered {
    /// Its name.
    pub name: String,
    /// The whole word as it stands there.
    word: String,
    /// What it is.
    pub kind: Kind,
}

/// The parameters whose values are to be covered in a command line; words may be quoted.
pub fn covered(line: &str, keep: &[Kind]) -> Vec<Covered> {
    let mut out: Vec<Covered> = Vec::new();
    for word in words(line) {
        let Some((name, value)) = word.trim_start_matches('"').split_once('=') else { continue };
        let value = value.trim_matches('"');
        if let Some(kind) = secrecy(name, value).filter(|kind| !value.is_empty() && !keep.contains(kind)) {
            let new = Covered { name: name.to_owned(), word: word.to_owned(), kind };
            if !out.contains(&new) {
                out.push(new);
            }
        }
    }
    out
}

/// Words between blanks outside of double quotes.
fn words(line: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    line.split(move |character: char| {
        quoted ^= character == '"';
        !quoted && character.is_ascii_whitespace()
    })
    .filter(|word| !word.is_empty())
}

/// A text with the values covered, wherever the parameters come up in it.
pub fn cover(text: &str, covered: &[Covered]) -> String {
    let mut out = text.to_owned();
    for one in covered {
        let quote = if one.word.starts_with('"') { "\"" } else { "" };
        out = out.replace(&one.word, &format!("{quote}{}={MASK}{quote}", one.name));
        // What the kernel prints of a parameter that it does not know has no quotes.
        if one.word.contains('"') {
            out = out.replace(&one.word.replace('"', ""), &format!("{}={MASK}", one.name));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(line: &str) -> String {
        cover(line, &covered(line, &[]))
    }

    #[test]
    fn secrets_are_covered_and_nothing_else() {
        for (line, wanted) in [
            ("quiet rd.luks.key=/key:UUID=1 ro", "quiet rd.luks.key=[masked] ro"),
            ("rd.iscsi.password=hunter2", "rd.iscsi.password=[masked]"),
            ("inst.ks=http://me:pw@host/ks.cfg", "inst.ks=[masked]"),
            ("netroot=iscsi:user:pw@10.0.0.1::::iqn", "netroot=[masked]"),
            ("\"wifi_psk=a b\" x=1", "\"wifi_psk=[masked]\" x=1"),
            ("wifi.psk=\"a b\" x=1", "wifi.psk=[masked] x=1"),
            ("systemd.set_credential=db:secretvalue", "systemd.set_credential=[masked]"),
            ("androidboot.serialno=R58M123", "androidboot.serialno=[masked]"),
            ("BOOTIF=01-52-54-00-12-34-56", "BOOTIF=[masked]"),
            ("x=0123456789abcdef0123456789abcdef", "x=[masked]"),
        ] {
            assert_eq!(masked(line), wanted);
        }
        for plain in [
            "BOOT_IMAGE=/vmlinuz-6.1.0-50-amd64 root=UUID=0f1e2d3c-1111-2222-3333-444455556666 ro quiet",
            "root=PARTUUID=0123456789abcdef0123456789abcdef roothash=0123456789abcdef0123456789abcdef0123456789abcdef",
            "memmap=128M@4G,256M@8G movable_node kernelcore=30% mem=3G memmap=4G!12G memblock=debug log_buf_len=4M",
            "console=ttyS0,115200n8 ip=10.0.0.2::10.0.0.1:255.255.255.0::eth0:off keyboard=de vconsole.keymap=de-latin1-nodeadkeys",
            "hugepagesz=1G hugepages=0:2,1:4 crashkernel=1G-4G:192M,4G-64G:256M@16M numa=fake=4 acpi_rsdp=0x7ff00000",
            "rdinit=/sbin/init password= pass",
        ] {
            assert_eq!(masked(plain), plain);
        }
    }

    #[test]
    fn what_is_asked_for_stays_and_every_copy_is_covered() {
        let line = "a.key=12 serialno=7";
        assert_eq!(cover(line, &covered(line, &[Kind::Secrets])), "a.key=12 serialno=[masked]");
        let log = "Command line: a.key=12 x\nUnknown kernel command line parameters \"a.key=12\"\n";
        let wanted =
            "Command line: a.key=[masked] x\nUnknown kernel command line parameters \"a.key=[masked]\"\n";
        assert_eq!(cover(log, &covered(line, &[])), wanted);
    }

    proptest::proptest! {
        #[test]
        fn any_line_is_read(line in "[ -~]{0,80}") {
            cover(&line, &covered(&line, &[]));
        }
    }
}
