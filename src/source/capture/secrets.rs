//! Classes of what a capture leaves out or replaces, what stands for each, and the tables that are left out.

/// What can be asked for by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Serial numbers and the like.
    Serials,
    /// Licence keys.
    Licences,
    /// Passwords and keys.
    Secrets,
    /// Names of hosts, people, networks and disks, and options that nobody knows.
    Names,
    /// The whole log of the kernel.
    Log,
    /// Tables whose layout is not known, and what is no number in others.
    Vendor,
    /// Texts in AML, and AML that cannot be followed.
    Aml,
}

impl Kind {
    /// The word on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Serials => "serials",
            Kind::Licences => "licences",
            Kind::Secrets => "secrets",
            Kind::Names => "names",
            Kind::Log => "log",
            Kind::Vendor => "vendor",
            Kind::Aml => "aml",
        }
    }
}

/// Tables whose content is left out though their layout is known, and why.
const TABLES: &[(&[u8; 4], Kind, &str)] = &[
    (b"MSDM", Kind::Licences, "the Windows product key"),
    (b"SLIC", Kind::Licences, "the key of a volume licence"),
    (b"IBFT", Kind::Secrets, "names and passwords of iSCSI targets"),
    (b"BIFT", Kind::Secrets, "names and passwords of iSCSI targets"),
    (b"NBFT", Kind::Secrets, "names and keys of NVMe targets"),
    (b"SVKL", Kind::Secrets, "where keys of disks are"),
    (b"WPBT", Kind::Secrets, "a program's command line"),
    (b"BDAT", Kind::Serials, "records of the memory modules"),
    (b"NFIT", Kind::Serials, "serial numbers of memory modules"),
    (b"PHAT", Kind::Serials, "serial numbers of parts"),
];

/// Why the content of a table is left out whatever it is, if it is: by its signature, in any spelling, or by the name of its file.
pub fn of_table(table: &[u8], file: &str) -> Option<(Kind, &'static str)> {
    let listed = |name: &[u8]| {
        let name = name.get(..4)?;
        TABLES.iter().find(|(known, ..)| known.eq_ignore_ascii_case(name)).map(|(_, kind, why)| (*kind, *why))
    };
    listed(table).or_else(|| listed(file.as_bytes()))
}

/// Parts of a parameter's name that promise a secret, as whole words between `.`, `-`, `_` and digits.
const SECRET_WORDS: [&str; 19] = [
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
    "cryptkey",
];
/// The same for serial numbers.
const SERIAL_WORDS: [&str; 9] =
    ["serialno", "serialnumber", "bootif", "bootdev", "ifname", "ethaddr", "serial", "sn", "uuid"];
/// From this length on, a value of nothing but letters and digits looks like a key.
const KEY_LEN: usize = 32;

/// The class of an option's value.
pub(super) fn kind(name: &str, value: &str) -> Kind {
    let lower = name.to_ascii_lowercase();
    let words = |text: &str, list: &[&str]| {
        text.to_ascii_lowercase()
            .split(|character: char| !character.is_ascii_lowercase())
            .any(|word| list.contains(&word))
    };
    // scheme://user:password@host, and dracut's iscsi:user:password@host.
    let login = value.split_once("://").map(|(_, rest)| rest).or_else(|| value.strip_prefix("iscsi:"));
    let has_login = login.and_then(|login| login.split_once('@')).is_some_and(|(user, _)| user.contains(':'));
    if words(&lower, &SECRET_WORDS) || words(value, &SECRET_WORDS) || has_login || is_key(value) {
        return Kind::Secrets;
    }
    if words(&lower, &SERIAL_WORDS) {
        return Kind::Serials;
    }
    Kind::Names
}

/// The class of a word in a line of the log.
pub(super) fn kind_of_word(word: &str, after_serial: bool) -> Kind {
    match kind("", word) {
        Kind::Names if after_serial || !word.contains(['@', '/']) => Kind::Serials,
        kind => kind,
    }
}

/// Whether a word announces a serial number: `SerialNumber`, `serial`, `S/N`.
pub(super) fn is_serial_name(word: &str) -> bool {
    let bare: String =
        word.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_ascii_lowercase();
    ["serial", "serialnumber", "serialno", "sn", "uuid", "wwn", "mac"].contains(&bare.as_str())
}

fn is_key(value: &str) -> bool {
    value.split([':', ',', '=', '/']).any(|part| {
        let is_coded = part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+_".contains(&byte));
        part.len() >= KEY_LEN && is_coded && part.bytes().filter(u8::is_ascii_digit).count() >= 4
    })
}
