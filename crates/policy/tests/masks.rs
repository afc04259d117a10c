//! Masks in a policy: the reader and the JSON schema take the same parameters, and each fault is found where it is.

use meshveil_mask::{CATALOGUE, Entry, Kind, MaskSpec, Parameter};
use meshveil_policy::{Policies, schema};
use meshveil_text::codes::Base;
use serde_json::{Value, json};

/// Findings about a field with this mask: code, underlined text, message.
fn findings(mask: &str) -> Vec<String> {
    let spec =
        format!("key: {{ env: KEY }}\ncallers: []\nfields:\n  - {{ name: f, paths: [\"$.f\"], mask: {mask} }}\n");
    let policies = Policies::from_texts([("policy.yaml", Base::Policy.with(&spec))]);
    let errors = policies.findings.iter().filter(|finding| finding.severity == meshveil_text::Severity::Error);
    errors
        .map(|finding| format!("{} {}: {}", finding.code, policies.files.slice(finding.span), finding.message))
        .collect()
}

/// Values that a parameter of this kind may have, and values that it may not.
fn samples(kind: Kind) -> (Vec<Value>, Vec<Value>) {
    let (mut good, mut bad) = (Vec::new(), vec![json!(null), json!([]), json!({}), json!(1.5), json!(-1)]);
    match kind {
        Kind::Count { least, most } | Kind::CountOr { least, most, .. } => {
            good.extend([least, most, least.midpoint(most)].map(Value::from));
            bad.extend([json!(u64::from(most) + 1), json!(99_999_999), json!(true), json!("two"), json!("4")]);
            bad.extend(least.checked_sub(1).map(Value::from));
            if let Kind::CountOr { word, .. } = kind {
                good.push(word.into());
            }
        }
        Kind::Boolean => {
            good.extend([json!(true), json!(false)]);
            bad.extend([json!(1), json!("true")]);
        }
        Kind::Character => {
            good.extend([json!("x"), json!("•"), json!("😀")]);
            bad.extend([json!(""), json!("xx"), json!(7), json!(true)]);
        }
        Kind::Text => {
            good.extend([json!(""), json!("anything"), json!("x".repeat(5000))]);
            bad.extend([json!(7), json!(true)]);
        }
        Kind::ShortText { most } => {
            good.extend([json!(""), json!("x".repeat(most as usize)), json!("😀".repeat(most as usize))]);
            bad.extend([json!("x".repeat(most as usize + 1)), json!(7), json!(true)]);
        }
        Kind::Separators => {
            good.extend([json!(""), json!("-. "), json!("•")]);
            bad.extend([json!("a"), json!("-7"), json!(7)]);
        }
        Kind::Word(words) => {
            good.extend(words.iter().map(|&word| json!(word)));
            bad.extend([json!("nope"), json!(""), json!(1), json!(true)]);
        }
    }
    (good, bad)
}

/// A mask with these parameters, as JSON; JSON is YAML, too.
fn mask(entry: &Entry, parameters: &[(&str, &Value)]) -> Value {
    let parameters: serde_json::Map<String, Value> =
        parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).clone())).collect();
    json!({ entry.id: parameters })
}

/// Every mask with every one of its parameters.
fn parameters() -> impl Iterator<Item = (&'static Entry, &'static Parameter)> {
    CATALOGUE.iter().flat_map(|entry| entry.parameters.iter().map(move |parameter| (entry, parameter)))
}

/// The masks with `value`, alone and beside each value of another parameter: some values are right only beside others.
fn beside(entry: &Entry, parameter: &Parameter, value: &Value) -> Vec<Value> {
    let mut masks = vec![mask(entry, &[(parameter.name, value)])];
    for other in entry.parameters.iter().filter(|other| other.name != parameter.name) {
        for with in samples(other.kind).0 {
            masks.push(mask(entry, &[(parameter.name, value), (other.name, &with)]));
        }
    }
    masks
}

#[test]
fn the_json_schema_and_the_readers_agree_on_every_parameter_of_every_mask() {
    let mut schema = schema::json_schema();
    let root = schema.as_object_mut().unwrap();
    root.retain(|key, _| key.starts_with('$'));
    root.insert("$ref".to_owned(), "#/$defs/mask".into());
    let schema = jsonschema::validator_for(&schema).unwrap();
    let mut tried = 0;
    for (entry, parameter) in parameters() {
        let (good, bad) = samples(parameter.kind);
        for value in &good {
            let masks = beside(entry, parameter, value);
            assert!(masks.iter().all(|mask| schema.is_valid(mask)), "{} {} {value}", entry.id, parameter.name);
            let taken = masks.iter().find(|mask| findings(&mask.to_string()).is_empty());
            let taken = taken.unwrap_or_else(|| panic!("{} {} {value}", entry.id, parameter.name));
            assert!(serde_json::from_value::<MaskSpec>(taken.clone()).is_ok(), "{taken}");
        }
        for value in &bad {
            let mask = mask(entry, &[(parameter.name, value)]);
            assert!(!schema.is_valid(&mask), "{mask}");
            let found = findings(&mask.to_string());
            assert_eq!(found.len(), 1, "{mask}: {found:?}");
            let expected = format!(": `{}`: expected {}", parameter.name, parameter.kind);
            assert!(found.iter().all(|finding| finding.ends_with(&expected)), "{mask}: {found:?}");
            assert!(serde_json::from_value::<MaskSpec>(mask.clone()).is_err(), "{mask}");
        }
        tried += good.len() + bad.len();
    }
    assert!(tried > 100, "{tried}");
}

#[test]
fn the_json_schema_refuses_what_the_reader_refuses() {
    let schema = jsonschema::validator_for(&schema::json_schema()).unwrap();
    let policy = |mask: Value| {
        let spec = "key: { env: KEY }\ncallers: []\nfields: [{ name: f, paths: [\"$.f\"], mask: redact }]\n";
        let mut found = Vec::new();
        let documents = meshveil_text::tree::parse(meshveil_text::FileId(0), &Base::Policy.with(spec), &mut found);
        let mut policy = documents.first().unwrap().to_json();
        *policy.pointer_mut("/spec/fields/0/mask").expect("a mask") = mask;
        policy
    };
    assert!(schema.is_valid(&policy(json!({ "partial": { "keepLast": 4 } }))));
    for mask in [
        json!({ "partial": { "keepLast": "two", "length": 99_999_999 } }),
        json!({ "partial": { "keepLast": "two" } }),
        json!({ "partial": { "keepLast": 99_999_999 } }),
        json!({ "partial": { "keeplast": 4 } }),
        json!({ "redact": { "with": 7 } }),
        json!({ "pseudonym": { "encoding": "base58" } }),
        json!({ "null": { "with": "x" } }),
        json!("redcat"),
    ] {
        assert!(!schema.is_valid(&policy(mask.clone())), "{mask}");
        assert!(!findings(&mask.to_string()).is_empty(), "{mask}");
    }
}

#[test]
fn each_faulty_parameter_is_one_finding_at_its_value() {
    for (mask, expected) in [
        (
            "{ partial: { keepLast: two, length: 99999999, with: x } }",
            &[
                "MV-P08 two: `keepLast`: expected a whole number from 0 to 1024",
                "MV-P08 99999999: `length`: expected `same` or a whole number from 1 to 1024",
            ][..],
        ),
        (
            "{ partial: { keepCharacters: \"-7\", minHidden: 0 } }",
            &[
                "MV-P08 \"-7\": `keepCharacters`: expected a string without letters and digits",
                "MV-P08 0: `minHidden`: expected a whole number from 1 to 1024",
            ],
        ),
        (
            "{ partial: { keepCharacters: \"-\", length: 4 } }",
            &[
                "MV-P08 \"-\": `keepCharacters` needs `length` to be `same`: a fixed number of mask characters has no place \
               for them",
            ],
        ),
        ("{ pseudonym: { length: 9 } }", &["MV-P08 9: `length` must be from 10 to 64 for encoding `hex`"]),
        (
            "{ pseudonym: { encoding: base32, length: 60 } }",
            &["MV-P08 60: `length` must be from 8 to 52 for encoding `base32`"],
        ),
        ("{ pseudonym: { encoding: base32, length: 8 } }", &[]),
        (
            "{ pseudonym: { encoding: base58 } }",
            &["MV-P08 base58: `encoding`: expected one of `hex`, `base32`, `base64url`, `digits`"],
        ),
        (
            "{ email: { keepDomain: 1, nope: 2 } }",
            &["MV-P08 1: `keepDomain`: expected a boolean", "MV-P08 nope: `email` has no parameter `nope`"],
        ),
        ("{ redact: 4 }", &["MV-P08 4: expected the parameters of `redact`, not a number"]),
        ("{ redact: {}, email: {} }", &["MV-P08 email: one mask expected, but `email` follows `redact`"]),
    ] {
        assert_eq!(findings(mask), expected, "{mask}");
    }
}

#[test]
fn unknown_masks_are_answered_with_the_known_one_that_is_near() {
    for (unknown, near) in [
        ("redcat", Some("redact")),
        ("Partial", Some("partial")),
        ("e-mail", Some("email")),
        ("pseudonyms", Some("pseudonym")),
        ("encrypt", None),
        ("\"\"", None),
        ("x", None),
    ] {
        for written in [unknown.to_owned(), format!("{{ {unknown}: {{}} }}")] {
            let spec = format!("callers: []\nfields:\n  - {{ name: f, paths: [\"$.f\"], mask: {written} }}\n");
            let policies = Policies::from_texts([("policy.yaml", Base::Policy.with(&spec))]);
            let finding = policies.findings.iter().find(|finding| finding.code.id == "MV-P08").unwrap();
            let hint = finding.fix.as_ref().map(|fix| fix.message.as_str()).or(finding.help.as_deref()).unwrap();
            match near {
                Some(near) => assert_eq!(hint, format!("did you mean `{near}`?")),
                None => {
                    let known = "known: `redact`, `null`, `drop`, `partial`, `email`, `pseudonym`, `default`, `date`, \
                                 `network`, `round`, `url`, `replace`";
                    assert_eq!(hint, known);
                }
            }
        }
    }
}
