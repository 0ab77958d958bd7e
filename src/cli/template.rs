//! `acpihp template`: the start of a table that does not exist yet.

use super::args::{Format, OutputArgs};
use super::{AbsentError, Exit};
use crate::bytes::escape;
use crate::report::model::dump::DumpModel;
use crate::report::model::template::TemplatesModel;
use crate::report::{self, template};
use crate::sink;
use crate::source::SourceTable;
use crate::table::names::signature_of;
use crate::table::{LAYOUTS, Signature};
use std::path::PathBuf;

/// Options of `acpihp template`.
#[derive(Debug, clap::Args)]
pub(super) struct TemplateArgs {
    /// The table's signature, such as SRAT; `list` shows all
    #[arg(value_name = "SIGNATURE")]
    pub signature: String,
    /// The output; JSON is that of `acpihp dump`, which `acpihp build` reads.
    #[command(flatten)]
    pub output: OutputArgs,
}

pub(super) fn run(args: &TemplateArgs) -> anyhow::Result<Exit> {
    if args.signature == "list" {
        let view = TemplatesModel::all();
        sink::stdout(|out| match args.output.format() {
            Format::Json => report::json(out, &view),
            Format::Text => template::list(out, &view),
        })?;
        return Ok(Exit::Fine);
    }
    let wanted = signature_of(&args.signature).map(|Signature(signature)| signature);
    let is = |signature: &[u8; 4]| match wanted {
        Some(wanted) => *signature == wanted,
        None => signature.eq_ignore_ascii_case(args.signature.as_bytes()),
    };
    let layout = LAYOUTS.iter().find(|layout| is(&layout.signature.0)).ok_or_else(|| {
        let name = escape(args.signature.as_bytes()).into_owned();
        AbsentError(format!("there is no template for \"{name}\"; `acpihp template list` shows all"))
    })?;
    let def = layout.parsed().map_err(|error| anyhow::anyhow!("{}: {error}", layout.signature.text()))?;
    let table = template::table(def)?;
    sink::stdout(|out| match args.output.format() {
        Format::Json => {
            let table = SourceTable {
                name: layout.signature.into(),
                address: None,
                bytes: table,
                origin: PathBuf::from("template"),
                offset: 0,
                is_dynamic: false,
            };
            report::json(out, &DumpModel::new([&table], true))
        }
        Format::Text => template::write(out, def, &table),
    })?;
    Ok(Exit::Fine)
}
