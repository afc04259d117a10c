//! Dynamic metadata of a request as the proxy serialises it: `envoy.config.core.v3.Metadata` in protobuf's encoding.
//!
//! The whole message is read, not one property: a property does not tell a text from a number, a list or an object whose
//! bytes look like it.

/// More metadata than this is not looked at, in bytes.
const LARGEST: usize = 1 << 20;

/// Wire types (protobuf encoding, "Message structure").
const VARINT: u64 = 0;
const EIGHT_BYTES: u64 = 1;
const LENGTH: u64 = 2;
const FOUR_BYTES: u64 = 5;

/// Numbers of the fields that are read: of `Metadata`, `Struct` and `ListValue` the first, of an entry of a map key and
/// value, of `google.protobuf.Value` text and list.
const FIRST: u64 = 1;
const KEY: u64 = 1;
const VALUE: u64 = 2;
const TEXT: u64 = 3;
const STRUCT: u64 = 5;
const LIST: u64 = 6;

/// The texts under a path of names, the first of which is a filter: one text, or the items of a list of nothing but texts.
/// Everything else, and what cannot be read, holds none.
#[must_use]
pub fn texts(metadata: &[u8], path: [&str; 3]) -> Vec<String> {
    find(metadata, path).unwrap_or_default()
}

fn find(metadata: &[u8], [filter, outer, inner]: [&str; 3]) -> Option<Vec<String>> {
    if metadata.len() > LARGEST {
        return None;
    }
    let payload = only(entry(entry(metadata, filter)?, outer)?, STRUCT)?;
    let value = entry(payload, inner)?;
    if let Some(text) = only(value, TEXT) {
        return Some(vec![utf8(text)?]);
    }
    let items = Fields(only(value, LIST)?).map(|field| match field? {
        Field { number: FIRST, bytes: Some(item) } => utf8(only(item, TEXT)?),
        Field { .. } => None,
    });
    items.collect()
}

fn utf8(text: &[u8]) -> Option<String> {
    std::str::from_utf8(text).ok().map(str::to_owned)
}

/// The value of the only entry with this key in the map that is a message's first field.
fn entry<'a>(message: &'a [u8], key: &str) -> Option<&'a [u8]> {
    let mut found = None;
    for field in Fields(message) {
        let Field { number: FIRST, bytes: Some(entry) } = field? else { continue };
        let (mut name, mut value) = (&[][..], &[][..]);
        for part in Fields(entry) {
            match part? {
                Field { number: KEY, bytes: Some(bytes) } => name = bytes,
                Field { number: VALUE, bytes: Some(bytes) } => value = bytes,
                Field { .. } => {}
            }
        }
        if name == key.as_bytes() && found.replace(value).is_some() {
            return None;
        }
    }
    found
}

/// The bytes of a message that has this field and no other.
fn only(message: &[u8], number: u64) -> Option<&[u8]> {
    let mut fields = Fields(message);
    let field = fields.next()??;
    if field.number == number && fields.next().is_none() { field.bytes } else { None }
}

/// One field of a message.
struct Field<'a> {
    number: u64,
    /// What it holds, where that is text or a message.
    bytes: Option<&'a [u8]>,
}

/// The fields of a message, in order; `None` where it is malformed, and nothing after it.
struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Option<Field<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_none() {
            self.0 = &[];
        }
        Some(field)
    }
}

impl<'a> Fields<'a> {
    fn field(&mut self) -> Option<Field<'a>> {
        let tag = self.varint()?;
        let bytes = match tag & 7 {
            VARINT => {
                self.varint()?;
                None
            }
            EIGHT_BYTES => self.take(8).map(|_| None)?,
            FOUR_BYTES => self.take(4).map(|_| None)?,
            LENGTH => {
                let length = usize::try_from(self.varint()?).ok()?;
                Some(self.take(length)?)
            }
            _ => return None,
        };
        Some(Field { number: tag >> 3, bytes })
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let [byte] = self.take(1)? else { return None };
            let bits = u64::from(byte & 0x7f);
            if bits << shift >> shift != bits {
                return None;
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }
}

/// Writes metadata as a proxy does, for tests.
#[cfg(test)]
pub mod write {
    use serde_json::Value;

    fn varint(mut number: usize, out: &mut Vec<u8>) {
        while number > 0x7f {
            out.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        out.push(number as u8);
    }

    fn part(number: u8, bytes: &[u8]) -> Vec<u8> {
        let mut out = vec![number << 3 | 2];
        varint(bytes.len(), &mut out);
        out.extend_from_slice(bytes);
        out
    }

    fn map<'a>(entries: impl IntoIterator<Item = (&'a String, &'a Value)>, write: fn(&Value) -> Vec<u8>) -> Vec<u8> {
        let entry =
            |(key, value): (&String, &Value)| part(1, &[part(1, key.as_bytes()), part(2, &write(value))].concat());
        entries.into_iter().flat_map(entry).collect()
    }

    fn object(value: &Value) -> Vec<u8> {
        map(value.as_object().into_iter().flatten(), self::value)
    }

    fn value(value: &Value) -> Vec<u8> {
        match value {
            Value::Null => vec![1 << 3, 0],
            Value::Number(number) => {
                let mut out = vec![2 << 3 | 1];
                out.extend_from_slice(&number.as_f64().unwrap_or_default().to_le_bytes());
                out
            }
            Value::String(text) => part(3, text.as_bytes()),
            Value::Bool(is) => vec![4 << 3, u8::from(*is)],
            Value::Object(_) => part(5, &object(value)),
            Value::Array(items) => {
                let items: Vec<u8> = items.iter().flat_map(|item| part(1, &self::value(item))).collect();
                part(6, &items)
            }
        }
    }

    /// Metadata by the names of filters.
    #[must_use]
    pub fn metadata(filters: &Value) -> Vec<u8> {
        map(filters.as_object().into_iter().flatten(), object)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const PATH: [&str; 3] = ["jwt", "payload", "groups"];

    fn groups(value: &serde_json::Value) -> Vec<String> {
        let payload = json!({ "iss": "https://a.example", "groups": value, "z": [1, { "groups": "x" }] });
        texts(
            &write::metadata(&json!({ "other": { "payload": { "groups": "x" } }, "jwt": { "payload": payload } })),
            PATH,
        )
    }

    #[test]
    fn claim_is_a_text_or_a_list_of_texts() {
        assert_eq!(groups(&json!("admin")), ["admin"]);
        assert_eq!(groups(&json!("")), [""]);
        assert_eq!(groups(&json!(["dev", "admin"])), ["dev", "admin"]);
        let long = "x".repeat(70_000);
        assert_eq!(groups(&json!(long)), [long.as_str()]);
        let number = f64::from_le_bytes(*b"billing1");
        let list = "\u{1}\0\0\0\u{5}\0\0\0\0\0\0\0admin\0\0";
        for none in [json!({ "admin": "" }), json!([1, "admin"]), json!(["admin", null]), json!([["admin"]])] {
            assert!(groups(&none).is_empty(), "{none}");
        }
        for none in [json!(number), json!([number]), json!(true), json!(null), json!([])] {
            assert!(groups(&none).is_empty(), "{none}");
        }
        assert_eq!(groups(&json!(list)), [list]);
        assert!(texts(&write::metadata(&json!({ "jwt": { "payload": "admin" } })), PATH).is_empty());
        assert!(texts(&write::metadata(&json!({})), PATH).is_empty());
    }

    #[test]
    fn metadata_that_is_cut_or_says_a_thing_twice_holds_nothing() {
        let once = write::metadata(&json!({ "jwt": { "payload": { "groups": "admin" } } }));
        assert_eq!(texts(&once, PATH), ["admin"]);
        for length in 0..once.len() {
            assert!(texts(&once[..length], PATH).is_empty(), "{length}");
        }
        assert!(texts(&[once.clone(), once.clone()].concat(), PATH).is_empty());
        for wrong in [&[0xff; 12][..], &[0x0f], &[0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]] {
            assert!(texts(&[once.as_slice(), wrong].concat(), PATH).is_empty());
        }
        let mut large = once.clone();
        large.extend([0x12, 0x80, 0x80, 0x40]);
        large.extend(vec![0; LARGEST]);
        assert!(texts(&large, PATH).is_empty());
    }
}
