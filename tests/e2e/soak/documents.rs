//! The documents of the upstream, and what each caller gets of them under each key.

use meshveil_mask::{Context, Keys, MaskSpec, Value};
use serde_json::json;

/// What no caller of these tests may see anywhere: each value holds it.
pub const SECRET: &[u8] = b"SECRET";

const IBAN: &str = "SECRET-DE02120300000000202051";

/// How long a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// 1 KiB.
    Small,
    /// 256 KiB.
    Middle,
    /// 10 MiB.
    Large,
}

impl Size {
    const fn bytes(self) -> usize {
        match self {
            Self::Small => 1 << 10,
            Self::Middle => 256 << 10,
            Self::Large => 10 << 20,
        }
    }
}

/// As the upstream sends it.
pub fn clear(size: Size) -> Vec<u8> {
    document(size, ["SECRET-45-6789", "SECRET.anna@example.com", "SECRET41111111", IBAN])
}

/// As a caller that sees no field gets it under a key.
pub fn masked(size: Size, key: &str) -> Vec<u8> {
    document(size, ["***-**-****", "S***@example.com", "****1111", &pseudonym(key)])
}

fn pseudonym(key: &str) -> String {
    let spec: MaskSpec = serde_json::from_value(json!({"pseudonym": {"prefix": "iban_"}})).unwrap();
    let mask = spec.compile("iban", &Keys::new(key.as_bytes())).unwrap();
    let mut text = String::new();
    mask.mask(Value::Text(IBAN), &Context { field: "iban", ..Context::default() }, &mut text);
    text
}

/// Records of one shape until there are as many bytes; how many does not depend on the values.
fn document(size: Size, [ssn, email, card, iban]: [&str; 4]) -> Vec<u8> {
    let filling = "a text that nobody masks, as most of what an answer holds. ".repeat(6);
    let mut text = String::with_capacity(size.bytes() + 1024);
    text.push('[');
    for at in 0..size.bytes() / 512 {
        if at > 0 {
            text.push(',');
        }
        text.push_str(&format!(
            r#"{{"id": {at}, "ssn": "{ssn}", "email": "{email}", "card": {{"number": "{card}"}}, "iban": "{iban}", "text": "{filling}"}}"#
        ));
    }
    text.push(']');
    text.into_bytes()
}
