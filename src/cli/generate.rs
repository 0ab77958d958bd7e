//! `acpihp completions` and `acpihp man`: scripts and pages generated from the one definition of the command line.

use super::Exit;

/// Options of `acpihp completions`.
#[derive(Debug, clap::Args)]
pub struct CompletionsArgs {}

/// Options of `acpihp man`.
#[derive(Debug, clap::Args)]
pub struct ManArgs {}

/// Prints a completion script.
pub fn completions(_args: &CompletionsArgs) -> anyhow::Result<Exit> {
    anyhow::bail!("not built yet")
}

/// Prints a manual page.
pub fn man(_args: &ManArgs) -> anyhow::Result<Exit> {
    anyhow::bail!("not built yet")
}
