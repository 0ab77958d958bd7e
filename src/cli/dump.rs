//! `acpihp dump`.

use super::Exit;

/// Options of `acpihp dump`.
#[derive(Debug, clap::Args)]
pub struct DumpArgs {}

/// Runs the subcommand.
pub fn run(_args: &DumpArgs) -> anyhow::Result<Exit> {
    anyhow::bail!("not built yet")
}
