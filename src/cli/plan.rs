//! `acpihp plan`.

use super::Exit;

/// Options of `acpihp plan`.
#[derive(Debug, clap::Args)]
pub struct PlanArgs {}

/// Runs the subcommand.
pub fn run(_args: &PlanArgs) -> anyhow::Result<Exit> {
    anyhow::bail!("not built yet")
}
