//! `acpihp mkinitrd-override`.

use super::Exit;

/// Options of `acpihp mkinitrd-override`.
#[derive(Debug, clap::Args)]
pub struct MkinitrdOverrideArgs {}

/// Runs the subcommand.
pub fn run(_args: &MkinitrdOverrideArgs) -> anyhow::Result<Exit> {
    anyhow::bail!("not built yet")
}
