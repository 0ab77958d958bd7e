//! Rules of udev that bring added memory online, as far as they decide about memory.
//!
//! # Reference
//! udev(7): matching and assignment keys, GOTO and LABEL.

use crate::boot::running::online::OnlineState;
use crate::bytes::start_of;

/// The most names that rules set.
const MOST_NAMES: usize = 64;
/// The longest value that is filled in, in bytes.
const LONGEST: usize = 256;

/// What rules ask about the machine.
#[derive(Debug, Clone, Default)]
pub struct Surroundings<'a> {
    /// `sys_vendor`, `product_name` and so on, of /sys/class/dmi/id.
    pub dmi: &'a [(String, String)],
    /// What `systemd-detect-virt` prints, where that is known: `none` on bare metal.
    pub virtualization: Option<&'a str>,
    /// `uname -m`.
    pub arch: &'a str,
}

/// The state that rules give to a memory block that was added offline, and the number of the rule; `None` where none does, or
/// one asks what is not known. `rules` are the lines of all files in the order of their names.
pub fn state_of_added<'r>(
    rules: impl Iterator<Item = &'r str>,
    around: &Surroundings<'_>,
) -> Option<(OnlineState, usize)> {
    let mut run = Run { around, result: None, state: None, environment: Vec::new() };
    let mut skip_to: Option<String> = None;
    let mut found = None;
    for (number, line) in rules.enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let tokens: Vec<Token<'_>> = tokens(line);
        if let Some(label) = &skip_to {
            if !tokens.iter().any(|token| token.key == "LABEL" && token.value == *label) {
                continue;
            }
            skip_to = None;
        }
        if !tokens.iter().all(|token| run.matches(token)) {
            continue;
        }
        for token in tokens.iter().filter(|token| matches!(token.operator, "=" | ":=" | "+=")) {
            match token.key {
                "GOTO" => skip_to = Some(token.value.to_owned()),
                "ATTR{state}" => {
                    if let Some(state) = OnlineState::named(&run.expanded(token.value)) {
                        run.state = Some(state);
                        found = Some((state, number));
                    }
                }
                key => {
                    if let Some(name) = key.strip_prefix("ENV{").and_then(|key| key.strip_suffix('}')) {
                        let value = run.expanded(token.value);
                        run.environment.retain(|(known, _)| known != name);
                        if run.environment.len() < MOST_NAMES {
                            run.environment.push((name.to_owned(), value));
                        }
                    }
                }
            }
        }
    }
    found
}

/// Of the lines of a file of rules, what [`state_of_added`] asks and sets, and nothing else; `None` where none of it sets a state.
///
/// Whatever is kept is on a list: keys, and values that are states, labels, kinds of hypervisors or of processors. A line that asks
/// anything else would hold for no block of memory, as far as anybody knows, and is left out.
pub fn about_memory(rules: &str) -> Option<String> {
    let mut kept = String::new();
    let mut sets = false;
    let mut labels: Vec<&str> = Vec::new();
    for line in rules.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let mut parts = Vec::new();
        let all = tokens(line);
        if all.iter().any(|token| is_question(token) && !is_listed(token)) {
            continue;
        }
        for token in all.iter().filter(|token| is_listed(token)) {
            let Token { key, operator, value } = token;
            sets |= *key == "ATTR{state}" && !is_question(token);
            // A label may have any name.
            let value = match *key {
                "GOTO" | "LABEL" => {
                    let known = labels.iter().position(|label| label == value);
                    let number = known.unwrap_or_else(|| {
                        labels.push(value);
                        labels.len() - 1
                    });
                    format!("label{number}")
                }
                _ => (*value).to_owned(),
            };
            parts.push(format!("{key}{operator}\"{value}\""));
        }
        if !parts.is_empty() {
            kept.push_str(&parts.join(", "));
            kept.push('\n');
        }
    }
    sets.then_some(kept)
}

fn is_question(token: &Token<'_>) -> bool {
    matches!(token.operator, "==" | "!=") || token.key == "PROGRAM"
}

/// Whether a part may be kept: nothing in it is anybody's own.
fn is_listed(token: &Token<'_>) -> bool {
    let value = token.value;
    let is_word = |text: &str| {
        text.len() <= LONGEST_WORD
            && text.chars().all(|sign| sign.is_ascii_alphanumeric() || "_-.*?[]| ".contains(sign))
    };
    match token.key {
        "SUBSYSTEM" => value == "memory",
        "ACTION" => is_word(value),
        "TEST" => value == "state",
        "KERNEL" => value.starts_with("memory") && is_word(value),
        "DEVPATH" => {
            value.starts_with("/devices/system/memory/memory")
                && is_word(value.rsplit('/').next().unwrap_or(""))
        }
        "ATTR{state}" => {
            OnlineState::named(value).is_some()
                || value.starts_with('$') && is_word(value.trim_matches(['$', '{', '}']))
                || value.starts_with("$env{")
                || value.starts_with("%E{")
        }
        "CONST{arch}" | "CONST{virt}" | "RESULT" => is_word(value),
        "PROGRAM" => {
            let name = value.split_whitespace().next().and_then(|path| path.rsplit('/').next());
            matches!(name, Some("systemd-detect-virt" | "uname")) && value.len() <= LONGEST_WORD
        }
        "GOTO" | "LABEL" => true,
        key if key.starts_with("ATTR{[dmi/id]") => is_word(value),
        key if key.starts_with("ENV{") => value.is_empty() || OnlineState::named(value).is_some(),
        _ => false,
    }
}

/// The longest value that is kept, in bytes.
const LONGEST_WORD: usize = 64;

/// One `KEY operator "value"`.
struct Token<'l> {
    key: &'l str,
    operator: &'l str,
    value: &'l str,
}

/// The parts of a rule.
fn tokens(line: &str) -> Vec<Token<'_>> {
    let mut all = Vec::new();
    let mut rest = line;
    while let Some((head, tail)) = rest.split_once('"') {
        let Some((value, after)) = tail.split_once('"') else { break };
        let head = head.trim_start_matches([',', ' ', '\t']).trim_end();
        let at = head.find(['=', '!', '+', '-', ':']).unwrap_or(head.len());
        let (key, operator) = head.split_at(at);
        all.push(Token { key: key.trim_end(), operator: operator.trim_end_matches(['i', 'e']), value });
        rest = after;
    }
    all
}

struct Run<'a> {
    around: &'a Surroundings<'a>,
    /// What the last program printed; `None` where that is not known.
    result: Option<String>,
    state: Option<OnlineState>,
    environment: Vec<(String, String)>,
}

impl Run<'_> {
    /// Whether a matching key holds for a block of memory that was just added; assignments hold. What is not known does not.
    fn matches(&mut self, token: &Token<'_>) -> bool {
        let wanted = match token.operator {
            "==" => true,
            "!=" => false,
            _ if token.key == "PROGRAM" => true,
            _ => return true,
        };
        let is = |actual: Option<&str>| actual.map(|actual| matches_pattern(token.value, actual) == wanted);
        let dmi = token.key.strip_prefix("ATTR{[dmi/id]").and_then(|key| key.strip_suffix('}'));
        let environment = token.key.strip_prefix("ENV{").and_then(|key| key.strip_suffix('}'));
        let holds = match token.key {
            "SUBSYSTEM" => is(Some("memory")),
            "ACTION" => is(Some("add")),
            "KERNEL" => is(Some("memory64")),
            "DEVPATH" => is(Some("/devices/system/memory/memory64")),
            "TEST" => Some((token.value == "state") == wanted),
            "ATTR{state}" => is(Some(self.state.map_or("offline", OnlineState::name))),
            "CONST{arch}" => is(Some(self.around.arch.replace('_', "-").as_str())),
            "CONST{virt}" => is(self.around.virtualization),
            "PROGRAM" => {
                self.result = self.program(token.value).map(str::to_owned);
                self.result.as_ref().map(|_| true)
            }
            "RESULT" => is(self.result.as_deref()),
            _ if dmi.is_some() => {
                let found = self.around.dmi.iter().find(|(name, _)| Some(name.as_str()) == dmi);
                found.map(|(_, value)| matches_pattern(token.value, value) == wanted)
            }
            _ if environment.is_some() => {
                let set = self.environment.iter().rfind(|(name, _)| Some(name.as_str()) == environment);
                is(Some(set.map_or("", |(_, value)| value.as_str())))
            }
            _ => None,
        };
        holds.unwrap_or(false)
    }

    fn program(&self, command: &str) -> Option<&str> {
        let name = command.split_whitespace().next()?.rsplit('/').next()?;
        match name {
            "systemd-detect-virt" => self.around.virtualization,
            "uname" => Some(self.around.arch),
            _ => None,
        }
    }

    /// The value with `$env{name}` filled in.
    fn expanded(&self, value: &str) -> String {
        let mut out = value.to_owned();
        if value.len() > LONGEST {
            return out;
        }
        for (name, value) in &self.environment {
            out = out.replace(&format!("$env{{{name}}}"), value).replace(&format!("%E{{{name}}}"), value);
            out.truncate(start_of(&out, LONGEST).len());
        }
        out
    }
}

/// Alternatives with `|`; `*`, `?` and `[...]` as shells have them.
fn matches_pattern(pattern: &str, text: &str) -> bool {
    pattern.split('|').any(|one| glob(one.as_bytes(), text.as_bytes()))
}

fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut place, mut star) = (0, 0, None);
    while let Some(byte) = text.get(place) {
        let rest = pattern.get(at..).unwrap_or_default();
        if rest.first() == Some(&b'*') {
            at += 1;
            star = Some((at, place));
        } else if let Some(width) = one(rest, *byte) {
            (at, place) = (at + width, place + 1);
        } else if let Some((after, from)) = star {
            // The last star takes one byte more.
            (at, place, star) = (after, from + 1, Some((after, from + 1)));
        } else {
            return false;
        }
    }
    pattern.get(at..).unwrap_or_default().iter().all(|byte| *byte == b'*')
}

/// How many bytes of a pattern stand for one byte of text; `None` where they do not stand for this one.
fn one(pattern: &[u8], byte: u8) -> Option<usize> {
    match pattern {
        [b'?', ..] => Some(1),
        [b'[', rest @ ..] => {
            let end = rest.iter().position(|byte| *byte == b']')?;
            let set = rest.get(..end).unwrap_or_default();
            let (negated, set) = set.strip_prefix(b"!").map_or((false, set), |set| (true, set));
            let in_range =
                set.windows(3).any(|run| matches!(run, [low, b'-', high] if (low..=high).contains(&&byte)));
            ((in_range || set.contains(&byte)) != negated).then_some(end + 2)
        }
        [first, ..] => (*first == byte).then_some(1),
        [] => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(rules: &str, dmi: &[(String, String)], virtualization: Option<&str>) -> Option<OnlineState> {
        let around = Surroundings { dmi, virtualization, arch: "x86_64" };
        state_of_added(rules.lines(), &around).map(|(state, _)| state)
    }

    #[test]
    fn a_rule_for_all_machines_is_read() {
        let rule = "SUBSYSTEM==\"memory\", ACTION==\"add\", ATTR{state}==\"offline\", ATTR{state}=\"online_movable\"";
        assert_eq!(state(rule, &[], None), Some(OnlineState::Movable));
        assert_eq!(state(&rule.replace("\"memory\"", "\"cpu\""), &[], None), None);
        assert_eq!(state(&format!("# {rule}"), &[], None), None);
        // What is not known about the machine decides nothing.
        assert_eq!(state(&format!("UNHEARD_OF==\"x\", {rule}"), &[], None), None);
    }

    #[test]
    fn what_is_kept_of_rules_decides_the_same() {
        let rules = "# mine\n\
            SUBSYSTEM!=\"memory\", GOTO=\"my_end\"\n\
            KERNEL==\"eth-of-mine\", ATTR{state}=\"online\"\n\
            ENV{OWNER}=\"me\", ENV{.state}=\"online_kernel\"\n\
            ACTION==\"add\", ATTR{state}==\"offline\", ATTR{state}=\"$env{.state}\", RUN+=\"/my/own\"\n\
            LABEL=\"my_end\"\n";
        let kept = about_memory(rules).unwrap();
        assert_eq!(state(&kept, &[], None), state(rules, &[], None));
        assert_eq!(state(&kept, &[], None), Some(OnlineState::Kernel));
        assert!(["mine", "me\"", "own", "my_end", "OWNER"].iter().all(|own| !kept.contains(own)), "{kept}");
        assert_eq!(about_memory("SUBSYSTEM==\"net\", NAME=\"lan0\"\n"), None);
    }

    #[test]
    fn labels_and_vendors_are_followed() {
        const RULES: &str = "ATTR{[dmi/id]sys_vendor}==\"Microsoft Corporation\", ATTR{[dmi/id]product_name}==\"Virtual Machine\", GOTO=\"apply\"\n\
            ATTR{[dmi/id]sys_vendor}==\"Xen\", GOTO=\"apply\"\n\
            GOTO=\"end\"\n\
            LABEL=\"apply\"\n\
            SUBSYSTEM==\"memory\", ACTION==\"add\", DEVPATH==\"/devices/system/memory/memory*[0-9]\", TEST==\"state\", ATTR{state}=\"online\"\n\
            LABEL=\"end\"\n";
        let vendor = |name: &str| [("sys_vendor".to_owned(), name.to_owned())];
        assert_eq!(state(RULES, &vendor("Xen"), None), Some(OnlineState::Online));
        assert_eq!(state(RULES, &vendor("QEMU"), None), None);
        assert_eq!(state(RULES, &[], None), None);
    }

    #[test]
    fn programs_and_the_environment_are_followed() {
        const RULES: &str = "SUBSYSTEM!=\"memory\", GOTO=\"end\"\n\
            ACTION!=\"add\", GOTO=\"end\"\n\
            CONST{arch}==\"s390*\", GOTO=\"end\"\n\
            ENV{.state}=\"online\"\n\
            PROGRAM=\"/bin/systemd-detect-virt\", RESULT==\"none\", ENV{.state}=\"online_movable\"\n\
            ATTR{state}==\"offline\", ATTR{state}=\"$env{.state}\"\n\
            LABEL=\"end\"\n";
        assert_eq!(state(RULES, &[], Some("none")), Some(OnlineState::Movable));
        assert_eq!(state(RULES, &[], Some("kvm")), Some(OnlineState::Online));
        assert_eq!(state(&RULES.replace("s390*", "x86-*"), &[], Some("kvm")), None);
    }

    proptest::proptest! {
        #[test]
        fn any_rules_are_read(text in "([A-Z]{1,9}(\\{[a-z./\\[\\]]{0,9}\\})?(==|!=|=|:=)\"\\PC{0,9}\"(, |\n)?){0,9}", more in "\\PC{0,60}") {
            state(&text, &[], Some("none"));
            state(&more, &[], None);
        }
    }
}
