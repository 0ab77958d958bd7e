//! The JSON of `acpihp template list`.

use super::sources::About;
use crate::foreign::Foreign;
use crate::table::LAYOUTS;

/// What `acpihp template list --format json` prints.
#[derive(Debug, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TemplatesModel {
    /// Name and version of this contract.
    pub schema: &'static str,
    /// Who made it.
    #[serde(flatten)]
    pub about: About,
    /// The tables that have a template.
    pub templates: Vec<TemplateModel>,
}

/// A table that has a template.
#[derive(Debug, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TemplateModel {
    /// Its signature.
    pub signature: Foreign,
    /// What it is called.
    pub title: &'static str,
}

impl TemplatesModel {
    /// Name and version of the contract.
    pub const SCHEMA: &'static str = "acpihp.template/1";

    /// All that there are.
    pub fn all() -> TemplatesModel {
        TemplatesModel {
            schema: Self::SCHEMA,
            about: About::default(),
            templates: LAYOUTS
                .iter()
                .map(|layout| TemplateModel { signature: layout.signature.into(), title: layout.title() })
                .collect(),
        }
    }
}
