//! What the program answers as JSON: each answer that a test looks at is as its schema in schemas/ says.

#![allow(unreachable_pub)]

use jsonschema::Validator;
use serde_json::Value;
use std::collections::HashMap;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::LazyLock;

/// The schemas by the name of their report.
static SCHEMAS: LazyLock<HashMap<String, Validator>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas");
    let schema = |path: &Path| {
        let mut schema: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        close(&mut schema);
        let validator =
            jsonschema::validator_for(&schema).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        (path.file_stem().unwrap().to_string_lossy().into_owned(), validator)
    };
    std::fs::read_dir(folder).unwrap().map(|entry| schema(&entry.unwrap().path())).collect()
});

/// Takes no keys but those that are named: readers must bear with new ones, and the program has none that the schema lacks.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(keys) => {
            keys.values_mut().for_each(close);
            if keys.contains_key("properties") && !keys.contains_key("additionalProperties") {
                keys.insert("unevaluatedProperties".into(), false.into());
            }
        }
        Value::Array(values) => values.iter_mut().for_each(close),
        _ => {}
    }
}

/// What speaks against an answer, if anything does.
pub fn fault(answer: &Value) -> Option<String> {
    let schema = answer["schema"].as_str().unwrap_or_default();
    let name = schema.strip_prefix("acpihp.").and_then(|name| name.strip_suffix("/1"));
    let Some(validator) = name.and_then(|name| SCHEMAS.get(name)) else {
        return Some(format!("no schema for {schema:?}"));
    };
    let errors: Vec<String> = validator
        .iter_errors(answer)
        .take(5)
        .map(|error| format!("{schema} {}: {error}", error.instance_path()))
        .collect();
    (!errors.is_empty()).then(|| errors.join("\n"))
}

/// An answer of the program, as its schema says.
pub fn parse(bytes: &[u8]) -> Value {
    let text = || String::from_utf8_lossy(bytes);
    let answer = serde_json::from_slice(bytes).unwrap_or_else(|error| panic!("{error}: {}", text()));
    if let Some(fault) = fault(&answer) {
        panic!("{fault}");
    }
    answer
}

/// The answer of a run, whatever its exit status.
pub fn of(output: &Output) -> Value {
    if output.stdout.is_empty() {
        panic!("no answer: {}", String::from_utf8_lossy(&output.stderr));
    }
    parse(&output.stdout)
}

/// Runs acpihp with these arguments, which must succeed, and gives its answer.
pub fn to(args: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_acpihp")).args(args).output().unwrap();
    assert!(
        output.status.success(),
        "acpihp {}: {}",
        args.join(" "),
        String::from_utf8_lossy(&output.stderr)
    );
    of(&output)
}

/// The answer without where it was read: that is another place for a copy of the same machine.
pub(crate) fn without_sources(mut answer: Value) -> Value {
    let sources = answer.as_object_mut().and_then(|answer| answer.remove("sources"));
    assert!(sources.is_some(), "an answer without sources: {answer:#}");
    answer
}
