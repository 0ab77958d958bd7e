//! `acpihp explain`: what a finding means, without looking at any input.

use super::args::{DetailArgs, Format, OutputArgs};
use super::{AbsentError, Exit};
use crate::bytes::escape;
use crate::finding::{Rule, registry};
use crate::report;
use crate::report::model::explain::ExplainModel;
use crate::report::text::Detail;
use crate::sink;

/// Options of `acpihp explain`.
#[derive(Debug, clap::Args)]
pub(super) struct ExplainArgs {
    /// Codes of findings, as check, plan and simulate print them [default: list all]
    #[arg(value_name = "CODE")]
    pub codes: Vec<String>,
    /// Explain every finding in full
    #[arg(long, conflicts_with = "codes")]
    pub all: bool,
    #[command(flatten)]
    pub output: OutputArgs,
    /// How much is printed.
    #[command(flatten)]
    pub detail: DetailArgs,
}

pub(super) fn run(args: &ExplainArgs) -> anyhow::Result<Exit> {
    let detail = args.detail.of(args.output.format() == Format::Text)?;
    let rules: Vec<&'static Rule> = if args.codes.is_empty() {
        registry::all().collect()
    } else {
        args.codes.iter().map(|code| rule(code)).collect::<Result<_, _>>().map_err(AbsentError)?
    };
    sink::stdout(|out| match args.output.format() {
        Format::Json => report::json(out, &ExplainModel::new(&rules)),
        Format::Text if detail == Detail::Quiet => {
            rules.iter().try_for_each(|rule| writeln!(out, "{}", rule.code))
        }
        Format::Text if args.codes.is_empty() && !args.all && detail == Detail::Normal => {
            report::explain::list(out, &registry::areas())
        }
        Format::Text => report::explain::rules(out, &rules),
    })?;
    Ok(Exit::Fine)
}

/// The rule with this code.
///
/// # Errors
/// A message that names the codes most like it.
pub(super) fn rule(code: &str) -> Result<&'static Rule, String> {
    registry::find(code).ok_or_else(|| {
        let near = near(code);
        let hint = if near.is_empty() {
            "`acpihp explain` lists all codes".to_owned()
        } else {
            format!("did you mean {}?", near.join(" or "))
        };
        format!("there is no finding with the code \"{}\"; {hint}", escape(code.as_bytes()))
    })
}

/// What is longer is like no code.
const LONGEST_CODE: usize = 64;

/// Up to three codes like the one that was asked for: with all its words, or few letters apart.
fn near(asked: &str) -> Vec<&'static str> {
    let short: String = asked.chars().take(LONGEST_CODE).collect();
    let asked = short.to_ascii_lowercase().replace(['_', ' '], "-");
    let far = |code: &str| {
        let has_words = asked.split('-').all(|word| code.split('-').any(|other| other == word));
        if has_words { 1 } else { strsim::levenshtein(&asked, code) }
    };
    let mut near: Vec<_> = registry::all().map(|rule| (far(rule.code), rule.code)).collect();
    near.retain(|(far, code)| *far <= code.len() / 3);
    near.sort();
    near.into_iter().take(3).map(|(_, code)| code).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn like_codes_are_near() {
        assert_eq!(near("srat-wrap"), ["srat-memory-wrap"]);
        assert_eq!(near("SLIT_DIAGONALE"), ["slit-diagonal"]);
        assert!(near("quite-another-thing").is_empty());
    }
}
