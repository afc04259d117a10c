//! What is true of every mask.

use proptest::prelude::*;

use super::*;

/// What a compiled mask makes of a value: the type, and the characters of texts and numbers.
pub(crate) fn masked(mask: &dyn Mask, value: Value<'_>) -> (Output, String) {
    let mut characters = String::new();
    let output = mask.mask(value, &Context::default(), &mut characters);
    (output, characters)
}

/// The text that a mask without key makes of a text.
pub(crate) fn masked_text(spec: &MaskSpec, text: &str) -> String {
    let (output, characters) = masked(spec.compile("f", &Keys::none()).unwrap().as_ref(), Value::Text(text));
    assert_eq!(output, Output::Text);
    characters
}

/// Every mask, with the defaults of its parameters.
fn masks() -> impl Iterator<Item = MaskSpec> {
    NAMES.iter().map(|name| MaskSpec::named(name).unwrap())
}

fn spec(json: &str) -> MaskSpec {
    serde_json::from_str(json).unwrap()
}

#[test]
fn every_mask_is_spelled_by_name_or_with_parameters() {
    for &name in NAMES {
        let short = spec(&format!("\"{name}\""));
        assert_eq!(short, spec(&format!("{{\"{name}\":{{}}}}")));
        assert_eq!(short.id(), name);
        assert_eq!(serde_json::to_string(&short).unwrap(), format!("\"{name}\""));
    }
}

/// As it would be written in JSON.
fn json(argument: &Argument) -> String {
    serde_json::to_string(argument).unwrap()
}

#[test]
fn names_are_those_of_the_catalogue() {
    assert_eq!(NAMES.to_vec(), CATALOGUE.iter().map(|entry| entry.id).collect::<Vec<_>>());
}

#[test]
fn defaults_may_be_written() {
    for mask in masks() {
        let arguments = mask.arguments();
        assert_eq!(arguments.len(), mask.parameters().len());
        let members: Vec<String> = mask
            .parameters()
            .iter()
            .zip(&arguments)
            .map(|(parameter, argument)| format!("\"{}\":{}", parameter.name, json(argument)))
            .collect();
        let written = format!("{{\"{}\":{{{}}}}}", mask.id(), members.join(","));
        assert_eq!(spec(&written), mask, "{written}");
    }
}

#[test]
fn catalogue_lists_every_parameter() {
    for entry in CATALOGUE {
        let error =
            serde_json::from_str::<MaskSpec>(&format!(r#"{{"{}":{{"nope":1}}}}"#, entry.id)).unwrap_err().to_string();
        let listed: Vec<&str> = error.split('`').skip(3).step_by(2).collect();
        assert_eq!(listed, entry.parameters.iter().map(|parameter| parameter.name).collect::<Vec<_>>(), "{error}");
    }
}

#[test]
fn parameters_survive_a_round_trip() {
    for json in [
        r##"{"redact":{"with":"#"}}"##,
        r#"{"partial":{"keepFirst":1,"keepLast":4,"with":"x","minHidden":2,"length":"same","keepCharacters":"-"}}"#,
        r#"{"email":{"keepFirst":2,"keepDomain":false,"with":"x"}}"#,
        r#"{"pseudonym":{"encoding":"base64url","length":12,"prefix":"p_"}}"#,
    ] {
        assert_eq!(serde_json::to_string(&spec(json)).unwrap(), json);
    }
}

#[test]
fn stricter_masks_are_greater() {
    let order = [
        "\"drop\"",
        "\"null\"",
        "\"redact\"",
        "\"default\"",
        "\"pseudonym\"",
        "\"partial\"",
        r#"{"partial":{"length":"same"}}"#,
        r#"{"partial":{"keepLast":1,"minHidden":8}}"#,
        r#"{"partial":{"keepLast":1}}"#,
        r#"{"partial":{"keepLast":1,"minHidden":1}}"#,
        r#"{"partial":{"keepLast":1,"length":"same","minHidden":8}}"#,
        r#"{"partial":{"keepLast":1,"length":"same"}}"#,
        r#"{"partial":{"keepLast":1,"length":"same","keepCharacters":"-"}}"#,
        r#"{"email":{"keepFirst":2,"keepDomain":false}}"#,
        r#"{"partial":{"keepLast":4}}"#,
        r#"{"partial":{"keepFirst":2,"keepLast":3}}"#,
        r#"{"email":{"keepFirst":0}}"#,
        "\"email\"",
        r#"{"email":{"keepFirst":2}}"#,
        r#"{"partial":{"keepFirst":1024,"keepLast":1024,"length":"same","keepCharacters":"-","minHidden":1}}"#,
    ];
    for pair in order.windows(2) {
        assert!(spec(pair[0]).strictness() > spec(pair[1]).strictness(), "{pair:?}");
    }
}

#[test]
fn only_pseudonyms_need_a_key() {
    for &name in NAMES {
        let spec = spec(&format!("\"{name}\""));
        assert_eq!(spec.compile("f", &Keys::none()).is_err(), spec.is_keyed(), "{name}");
        assert!(spec.compile("f", &Keys::new(b"0123456789abcdef")).is_ok(), "{name}");
    }
}

/// Every mask with its defaults, with the parameters of its examples, and with hostile ones.
fn specs() -> Vec<MaskSpec> {
    let mut specs: Vec<MaskSpec> = masks().collect();
    for entry in CATALOGUE {
        specs
            .extend(entry.examples.iter().map(|example| spec(&format!("{{\"{}\":{}}}", entry.id, example.parameters))));
    }
    specs.extend(
        [
            r#"{"redact":{"with":"\"\\\u0000"}}"#,
            r#"{"partial":{"with":"\\","keepFirst":2,"minHidden":1}}"#,
            r#"{"email":{"with":"\"","keepFirst":1024}}"#,
            r#"{"pseudonym":{"prefix":"\"\n"}}"#,
        ]
        .map(spec),
    );
    specs
}

proptest! {
    #[test]
    fn every_mask_writes_one_value(
        text in any::<String>(),
        number in "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,9})?([eE][+-]?[0-9]{1,4})?",
        boolean in any::<bool>(),
    ) {
        let keys = Keys::new(b"0123456789abcdef");
        for spec in specs() {
            let mask = spec.compile("field", &keys).unwrap();
            let values = [Value::Text(&text), Value::Text(""), Value::Number(&number), Value::Number(""),
                Value::Boolean(boolean), Value::Null];
            for value in values {
                let (output, characters) = masked(mask.as_ref(), value);
                if output == Output::Number {
                    prop_assert!(serde_json::from_str::<serde_json::Number>(&characters).is_ok(), "{:?} {:?}", spec, value);
                }
                prop_assert!((output == Output::Absent) == (spec.container() == Container::Drop));
            }
            prop_assert!(mask.unseen(&mut String::new()) != Output::Number);
        }
    }

    #[test]
    fn a_mask_keeps_the_type_of_every_value_or_says_that_it_does_not(text in any::<String>(), boolean in any::<bool>()) {
        for spec in specs() {
            let mask = spec.compile("field", &Keys::new(b"0123456789abcdef")).unwrap();
            let keeps = |value, kind: fn(&Output) -> bool| kind(&masked(mask.as_ref(), value).0);
            let kept = keeps(Value::Text(&text), |output| *output == Output::Text)
                && keeps(Value::Number("12"), |output| *output == Output::Number)
                && keeps(Value::Boolean(boolean), |output| matches!(output, Output::Boolean(_)))
                && keeps(Value::Null, |output| *output == Output::Null);
            prop_assert_eq!(kept, spec.type_kept(), "{:?}", spec);
        }
    }
}

#[test]
fn masks_that_need_no_text_write_the_same_without_it() {
    for spec in specs() {
        let mask = spec.compile("field", &Keys::new(b"0123456789abcdef")).unwrap();
        if mask.needs_text() {
            continue;
        }
        for (with, without) in [(Value::Text("abc"), Value::Text("")), (Value::Number("12"), Value::Number(""))] {
            assert_eq!(masked(mask.as_ref(), with), masked(mask.as_ref(), without), "{spec:?}");
        }
    }
}

#[test]
fn a_mask_that_shows_nothing_of_a_value_makes_all_values_of_a_type_the_same() {
    for spec in specs() {
        if spec.reveals() > Reveals::Type {
            continue;
        }
        let mask = spec.compile("field", &Keys::new(b"0123456789abcdef")).unwrap();
        let codes =
            ["", "a", "anna@example.com", "4111111111111111"].map(|text| masked(mask.as_ref(), Value::Text(text)));
        assert!(codes.windows(2).all(|pair| pair[0] == pair[1]), "{spec:?}");
    }
}

#[test]
fn every_kind_of_every_parameter_fits_the_type_behind_it() {
    for mask in masks() {
        for parameter in mask.parameters() {
            let written = match parameter.kind {
                Kind::Count { most, .. } => Written::Number(most.into()),
                Kind::CountOr { word, .. } => Written::Text(word),
                Kind::Boolean => Written::Boolean(true),
                Kind::Character | Kind::Text | Kind::ShortText { .. } | Kind::Separators => Written::Text("-"),
                Kind::Word(words) => Written::Text(words[words.len() - 1]),
            };
            let argument = parameter.kind.read(written).unwrap();
            let mut changed = mask.clone();
            assert!(changed.set(parameter.name, argument.clone()), "{} {}", mask.id(), parameter.name);
            assert!(changed.arguments().contains(&argument));
            assert!(!changed.set("nope", argument));
        }
    }
}
