//! A boot in one text: the options that differ from those of the command, such as `--append movable_node --kernel 6.12`, or in
//! short `A,B`, two kernels or flows. `--compare` takes it.

use super::UsageError;
use super::args::{BootArgs, KernelArgs, LineArgs};
use super::simulate::FlowArg;
use crate::app::boot::BootRequest;
use crate::app::compare::Contender;
use crate::boot::install::Flow;
use crate::boot::kernel::release::{Release, ReleaseError};
use crate::bytes::escape;
use clap::Parser;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The options that such a text may have.
#[derive(Debug, Parser)]
#[command(no_binary_name = true, disable_help_flag = true, disable_version_flag = true)]
struct ScenarioArgs {
    #[command(flatten)]
    boot: BootArgs,
    #[arg(long, value_enum)]
    flow: Option<FlowArg>,
}

/// The two boots that `text` compares, of which `own` is the boot that the command is about: that one with the options of the
/// text beside itself, or itself with two kernels or flows; `A` alone is beside itself as well.
///
/// # Errors
/// [`UsageError`] for a text that says no boot.
pub(super) fn two(option: &str, text: &str, own: &BootArgs) -> Result<[Contender; 2], UsageError> {
    let wrong = |why: &str| UsageError(format!("{option} '{}': {why}", escape(text.as_bytes())));
    let as_it_is = Contender { boot: own.request()?, ..Contender::default() };
    if text.trim_start().starts_with('-') {
        return Ok([as_it_is, with_options(text, own).map_err(|why| wrong(&why))?]);
    }
    let short = |word: &str| in_short(word, own).map_err(|why| wrong(&why));
    if Path::new(text).exists() {
        return Ok([as_it_is, short(text)?]);
    }
    match text.split(',').collect::<Vec<_>>().as_slice() {
        [one] => Ok([as_it_is, short(one)?]),
        [one, other] => Ok([short(one)?, short(other)?]),
        _ => Err(wrong("expected two, with a comma between")),
    }
}

/// The words of a command line, with a text of options after `--compare` joined to it: where that may be left out, clap would take
/// such a text for options of the command. One word alone may be one: `--compare=--lockdown` says that it is none.
pub(super) fn joined(words: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut all: Vec<OsString> = Vec::new();
    for word in words {
        let is_text = word.to_str().is_some_and(|text| text.starts_with('-') && text.contains(' '));
        match all.last_mut() {
            Some(last) if is_text && last == "--compare" => {
                last.push("=");
                last.push(word);
            }
            _ => all.push(word),
        }
    }
    all
}

/// The boot with the options of a text instead of its own.
fn with_options(text: &str, own: &BootArgs) -> Result<Contender, String> {
    let parsed = ScenarioArgs::try_parse_from(words(text)?).map_err(|error| {
        let message = error.render().to_string();
        let first = message.lines().next().unwrap_or_default();
        escape(first.trim_start_matches("error: ").as_bytes()).into_owned()
    })?;
    let flow = parsed.flow.map(Flow::from);
    let boot = over(parsed.boot, own.clone()).request().map_err(|error| error.to_string())?;
    let boot = BootRequest { flow: flow.or(boot.flow), ..boot };
    Ok(Contender { name: Some(text.trim().into()), boot, release: None })
}

/// The boot with another kernel, another flow, or FLOW@KERNEL.
fn in_short(word: &str, own: &BootArgs) -> Result<Contender, String> {
    let (flow, kernel) = match (word.split_once('@'), Flow::named(word)) {
        (_, Some(flow)) => (Some(flow), None),
        (Some((name, release)), None) if Flow::named(name).is_some() => (Flow::named(name), Some(release)),
        _ => (None, Some(word)),
    };
    let mut args = own.clone();
    let release = match kernel.map(|kernel| (kernel, Release::parse(kernel))) {
        None => None,
        Some((_, Ok(release))) => Some(release),
        Some((_, Err(error @ ReleaseError::TooOld(_)))) => return Err(error.to_string()),
        Some((kernel, Err(_))) if Path::new(kernel).exists() => {
            args.kernel = KernelArgs::default();
            args.kernel.release.kernel = Some(PathBuf::from(kernel));
            None
        }
        Some(_) => {
            let names = Flow::ALL.map(Flow::name).join(", ");
            let word = escape(word.as_bytes());
            return Err(format!(
                "{word:?} is neither a kernel release nor an image nor a flow ({names}); options begin with --"
            ));
        }
    };
    let boot = args.request().map_err(|error| error.to_string())?;
    let boot = BootRequest { flow, ..boot };
    Ok(Contender { name: Some(word.into()), boot, release })
}

/// What `more` has, and else what `own` has. Another kernel has a configuration of its own, and another line no words of the
/// first one's.
fn over(more: BootArgs, own: BootArgs) -> BootArgs {
    let has_initrd = more.initrd.is_some() || !more.override_tables.is_empty();
    let (initrd, override_tables, profile) = match has_initrd {
        true => (more.initrd, more.override_tables, more.profile),
        false => (own.initrd, own.override_tables, more.profile.or(own.profile)),
    };
    let other_kernel = more.kernel.release.kernel.is_some();
    let mut kernel = if other_kernel { KernelArgs::default() } else { own.kernel };
    kernel.release.kernel = more.kernel.release.kernel.or(kernel.release.kernel);
    kernel.release.rules_of = more.kernel.release.rules_of.or(kernel.release.rules_of);
    kernel.config = more.kernel.config.or(kernel.config);
    let mut line = if more.line.line.cmdline.is_some() { LineArgs::default() } else { own.line };
    line.line.cmdline = more.line.line.cmdline.or(line.line.cmdline);
    line.append.extend(more.line.append);
    let both = |own: Vec<String>, more: Vec<String>| [own, more].concat();
    BootArgs {
        kernel,
        line,
        initrd,
        override_tables,
        profile,
        lockdown: more.lockdown || own.lockdown,
        loader: more.loader.or(own.loader),
        kernel_at: more.kernel_at.or(own.kernel_at),
        initrd_at: more.initrd_at.or(own.initrd_at),
        mirrored: both(own.mirrored, more.mirrored),
        reserve: both(own.reserve, more.reserve),
    }
}

/// The words of a text as a shell has them: blanks part them, quotes and a backslash keep what they are about together.
fn words(text: &str) -> Result<Vec<String>, String> {
    let mut all = Vec::new();
    let (mut word, mut quote) = (None::<String>, None::<char>);
    let mut signs = text.chars();
    while let Some(sign) = signs.next() {
        match (sign, quote) {
            (_, Some(open)) if sign == open => quote = None,
            ('\\', None | Some('"')) => {
                let next = signs.next().ok_or("a backslash at its end")?;
                word.get_or_insert_default().push(next);
            }
            ('\'' | '"', None) => {
                quote = Some(sign);
                word.get_or_insert_default();
            }
            (sign, None) if sign.is_whitespace() => all.extend(word.take()),
            (sign, _) => word.get_or_insert_default().push(sign),
        }
    }
    if quote.is_some() {
        return Err("a quote is not closed".to_owned());
    }
    all.extend(word);
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_parted_as_a_shell_does() {
        let text = r#"--append 'movable_node numa=off' --kernel 6.12 a\ b "c \" d" ''"#;
        let expected = ["--append", "movable_node numa=off", "--kernel", "6.12", "a b", "c \" d", ""];
        assert_eq!(words(text).unwrap(), expected);
        assert!(words("a 'b").is_err() && words("a\\").is_err());
        assert!(words("  ").unwrap().is_empty());
    }

    #[test]
    fn a_text_after_compare_belongs_to_it() {
        let all = |words: &[&str]| joined(words.iter().map(OsString::from)).len();
        assert_eq!(all(&["simulate", "--compare", "--append x"]), 2);
        assert_eq!(all(&["simulate", "--compare", "-J"]), 3);
        assert_eq!(all(&["simulate", "--cmdline", "--compare x", "-J"]), 4);
    }

    #[test]
    fn a_text_adds_to_the_boot_or_takes_its_place() {
        let mut own = BootArgs::default();
        own.kernel.config = Some("config".into());
        own.line.append = vec!["nokaslr".to_owned()];
        let other = |text: &str| two("--compare", text, &own).unwrap().map(|one| one.boot)[1].clone();
        let boot = other("--append movable_node");
        assert_eq!((boot.append.len(), boot.config.is_some(), boot.kernel), (2, true, None));
        let boot = other("--kernel 6.12 --cmdline quiet --flow two-step");
        assert_eq!((boot.append.len(), boot.config, boot.flow), (0, None, Some(Flow::TwoStep)));
        let [one, two_] = two("--compare", "5.10,two-step@6.1", &own).unwrap();
        assert_eq!((one.name, one.boot.flow), (Some("5.10".into()), None));
        assert_eq!(
            (two_.release.map(|one| one.version.minor), two_.boot.flow),
            (Some(1), Some(Flow::TwoStep))
        );
        for wrong in ["1,2,3", "zzz", "--dmesg x", "--append", "--kernel 'x"] {
            assert!(two("--compare", wrong, &own).is_err(), "{wrong}");
        }
    }
}
