//! `acpihp explain`: what a finding means, without looking at any input.

use super::args::{Format, OutputArgs};
use super::{AbsentError, Exit};
use crate::bytes::escape;
use crate::finding::{Rule, registry};
use crate::report;
use crate::report::model::explain::ExplainModel;
use crate::sink;

/// Options of `acpihp explain`.
#[derive(Debug, clap::Args)]
pub struct ExplainArgs {
    /// Codes of findings, as check, plan and simulate print them [default: list all]
    #[arg(value_name = "CODE")]
    pub codes: Vec<String>,
    /// Output options.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Runs the subcommand.
pub fn run(args: &ExplainArgs) -> anyhow::Result<Exit> {
    let rules: Vec<&'static Rule> = if args.codes.is_empty() {
        registry::all().collect()
    } else {
        args.codes.iter().map(|code| rule(code)).collect::<Result<_, _>>().map_err(AbsentError)?
    };
    sink::stdout(|out| match args.output.format() {
        Format::Json => report::json(out, &ExplainModel::new(&rules)),
        Format::Text if args.codes.is_empty() => report::explain::list(out, &registry::areas()),
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

/// Up to three codes like the one that was asked for: with all its words, or few letters apart.
fn near(asked: &str) -> Vec<&'static str> {
    let asked = asked.to_ascii_lowercase().replace(['_', ' '], "-");
    let far = |code: &str| {
        let has_words = asked.split('-').all(|word| code.split('-').any(|other| other == word));
        if has_words { 1 } else { distance(&asked, code) }
    };
    let mut near: Vec<_> = registry::all().map(|rule| (far(rule.code), rule.code)).collect();
    near.retain(|(far, code)| *far <= code.len() / 3);
    near.sort();
    near.into_iter().take(3).map(|(_, code)| code).collect()
}

/// How many letters must be put in, taken out or changed to get from one word to the other.
fn distance(from: &str, to: &str) -> usize {
    let from = from.get(..from.len().min(64)).unwrap_or(from).as_bytes();
    let mut row: Vec<usize> = (0..=from.len()).collect();
    for (line, letter) in to.bytes().enumerate() {
        let mut corner = line;
        let mut left = line + 1;
        for (cell, other) in row.iter_mut().zip(std::iter::once(None).chain(from.iter().map(Some))) {
            let Some(other) = other else {
                *cell = left;
                continue;
            };
            let best = (corner + usize::from(*other != letter)).min(*cell + 1).min(left + 1);
            corner = std::mem::replace(cell, best);
            left = best;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_small_between_like_words() {
        for (from, to, far) in
            [("", "abc", 3), ("abc", "", 3), ("kitten", "sitting", 3), ("slit", "slit", 0), ("ab", "ba", 2)]
        {
            assert_eq!(distance(from, to), far, "{from} {to}");
        }
        assert_eq!(near("srat-wrap"), ["srat-memory-wrap"]);
        assert_eq!(near("SLIT_DIAGONALE"), ["slit-diagonal"]);
        assert!(near("quite-another-thing").is_empty());
    }
}
