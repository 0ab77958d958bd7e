//! `acpihp simulate`.

use super::Exit;

/// Options of `acpihp simulate`.
#[derive(Debug, clap::Args)]
pub struct SimulateArgs {}

/// Runs the subcommand.
pub fn run(_args: &SimulateArgs) -> anyhow::Result<Exit> {
    anyhow::bail!("not built yet")
}
