//! The JSON schema of answers is generated from their types.
//!
//! `MESHVEIL_BLESS=1 cargo test -p meshveil-answers schema` writes it anew, to be read before committing.

use std::{env, fs, path::Path};

use meshveil_answers::Document;

#[test]
fn the_schema_of_answers_is_that_of_their_types() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/output.schema.json");
    let schema = serde_json::to_string_pretty(&Document::schema()).unwrap() + "\n";
    if env::var_os("MESHVEIL_BLESS").is_some_and(|value| value == "1") {
        fs::write(&path, &schema).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == schema, "out of date: run `MESHVEIL_BLESS=1 cargo test -p meshveil-answers schema`");
}
