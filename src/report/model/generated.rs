//! The files of schemas/ are what the structures of this folder would make now.
//!
//! `SNAPSHOTS=overwrite cargo test generated::` renews them, as the other generated files.

use super::*;
use snapbox::{Data, assert_data_eq, data::DataFormat};
use std::path::{Path, PathBuf};

/// The JSON Schema of each report, by its file name. Its model is the file of the same name in this folder.
fn schemas() -> Vec<(String, String)> {
    vec![
        schema::<advise::AdviseModel>("advise"),
        schema::<capture::CaptureModel>("capture"),
        schema::<diff::DiffModel>("diff"),
        schema::<edit::EditModel>("edit"),
        schema::<check::CheckModel>("check"),
        schema::<doctor::DoctorModel>("doctor"),
        schema::<dump::DumpModel<'static>>("dump"),
        schema::<explain::ExplainModel>("explain"),
        schema::<inspect::Inspect>("inspect"),
        schema::<mkinitrd_override::MkinitrdOverride>("mkinitrd-override"),
        schema::<plan::Plan>("plan"),
        schema::<sample::SamplesModel>("sample"),
        schema::<removable::RemovableModel>("removable"),
        schema::<simulate::Simulation>("simulate"),
        schema::<template::TemplatesModel>("template"),
        schema::<r#where::WhereModel>("where"),
    ]
}

/// One schema, with the value of the first key, by which a reader knows which report it has.
fn schema<T: schemars::JsonSchema>(name: &str) -> (String, String) {
    // What is written, not what could be read: a field that may be left out is not required, one that may be null is.
    let settings = schemars::generate::SchemaSettings::default().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    schema["title"] = format!("acpihp {name} --format json").into();
    schema["properties"]["schema"]["const"] = format!("acpihp.{name}/1").into();
    (format!("{name}.json"), serde_json::to_string_pretty(&schema).unwrap() + "\n")
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

#[test]
fn schemas_are_current() {
    for (name, text) in schemas() {
        let file = folder("schemas").join(name);
        assert_data_eq!(Data::text(text), Data::read_from(&file, Some(DataFormat::Text)).raw());
    }
}

#[test]
fn every_model_has_its_schema_and_no_schema_is_left_over() {
    let known = schemas();
    let is_known = |file: &str| known.iter().any(|(name, _)| name == file);
    for entry in std::fs::read_dir(folder("src/report/model")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        // A folder has the parts of the model of its name.
        let is_report = name.ends_with(".rs")
            && !["mod.rs", "early.rs", "generated.rs", "sources.rs", "words.rs"].contains(&name.as_str());
        let wanted = name.replace(".rs", ".json").replace('_', "-");
        assert!(!is_report || is_known(&wanted), "src/report/model/{name}: add its schema to schemas()");
    }
    for entry in std::fs::read_dir(folder("schemas")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(is_known(&name), "schemas/{name} is of no report");
    }
}
