//! `acpihp check`.

use super::Exit;

/// Options of `acpihp check`.
#[derive(Debug, clap::Args)]
pub struct CheckArgs {}

/// Runs the subcommand.
pub fn run(_args: &CheckArgs) -> anyhow::Result<Exit> {
    anyhow::bail!("not built yet")
}
