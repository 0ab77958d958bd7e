//! `acpihp explain`.

use super::Exit;

/// Options of `acpihp explain`.
#[derive(Debug, clap::Args)]
pub struct ExplainArgs {}

/// Runs the subcommand.
pub fn run(_args: &ExplainArgs) -> anyhow::Result<Exit> {
    anyhow::bail!("not built yet")
}
