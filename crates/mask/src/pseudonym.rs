//! `pseudonym`: the same value always becomes the same keyed code, so that clients can still join and count.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::{
    EACH_LEAF, Entry, Example, HIDDEN, Keys, Leaf, Mask, Parameter,
    parameter::{MAX_CHARACTERS, Parameters, check_count, positive},
    text::write_content,
    text_of,
};

/// Shorter keys are refused: below 128 bits a key can be guessed from one value that is known.
const MIN_KEY_BYTES: usize = 16;

/// Keeps keys of fields apart from everything else the same key may be used for.
const DOMAIN: &[u8] = b"meshveil pseudonym 1";

pub(super) const ENTRY: Entry = Entry {
    id: "pseudonym",
    summary: "Replaces the value by a code computed from it with a secret key (HMAC-SHA-256). The same value of the same \
              field always gets the same code, so clients can still join, count and compare; in another field it gets \
              another code. Who has the key can test guesses, nobody else can. The text counts, not its spelling: escapes are \
              decoded first, and the number `12` has the code of the string `\"12\"` (but `12.0` has another). Booleans \
              and `null` become `null`. Needs a key of at least 16 bytes. How often a value occurs stays visible.",
    container: EACH_LEAF,
    parameters: &[
        Parameter {
            name: "encoding",
            kind: "`\"hex\"`, `\"base32\"`, `\"base64url\"` or `\"digits\"`",
            default: r#""hex""#,
            summary: "Characters of the code: lower-case hexadecimal, RFC 4648 base32 (`A` to `Z`, `2` to `7`), RFC 4648 \
                      base64url, or decimal digits.",
        },
        Parameter {
            name: "length",
            kind: "number of characters: 10 to 64 (hex), 8 to 52 (base32), 8 to 43 (base64url), 12 to 38 (digits)",
            default: "20",
            summary: "Characters of the code, without the prefix. The least is about 40 bits: among 100,000 different values \
                      some two share a code with a chance of 0.5 %. The default is 80 bits (hex) or more, 66 for digits.",
        },
        Parameter {
            name: "prefix",
            kind: "string",
            default: r#""""#,
            summary: "Written before the code, such as `cust_`.",
        },
    ],
    examples: &[
        Example { parameters: "{}", input: r#""123-45-6789""#, output: r#""1b795c31d56cd8bd6f64""#, note: "" },
        Example {
            parameters: "{}",
            input: r#""123\u002d45-6789""#,
            output: r#""1b795c31d56cd8bd6f64""#,
            note: "Another spelling of the same value.",
        },
        Example {
            parameters: r#"{"encoding": "base32", "length": 12, "prefix": "cust_"}"#,
            input: "4711",
            output: r#""cust_FSW5ILSDO62O""#,
            note: "",
        },
        Example {
            parameters: r#"{"encoding": "base64url"}"#,
            input: r#""4711""#,
            output: r#""LK3ULkN3tOlBr71CGcdY""#,
            note: "",
        },
        Example {
            parameters: r#"{"encoding": "digits", "length": 16}"#,
            input: r#""4711""#,
            output: r#""5121563008481039""#,
            note: "",
        },
        Example {
            parameters: "{}",
            input: r#"{"id":4711,"old":null}"#,
            output: r#"{"id":"2cadd42e4377b4e941af","old":null}"#,
            note: "",
        },
    ],
};

/// Parameters of `pseudonym`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Pseudonym {
    /// Characters of the code.
    pub encoding: Encoding,
    /// How many of them.
    #[serde(deserialize_with = "positive")]
    pub length: u32,
    /// Written before the code.
    pub prefix: String,
}

/// How a pseudonym is spelled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// Lower-case hexadecimal (4 bits a character).
    #[default]
    Hex,
    /// RFC 4648, section 6, without padding (5 bits a character).
    Base32,
    /// RFC 4648, section 5, without padding (6 bits a character).
    Base64url,
    /// Decimal digits (3.3 bits a character).
    Digits,
}

impl Encoding {
    const fn name(self) -> &'static str {
        match self {
            Self::Hex => "hex",
            Self::Base32 => "base32",
            Self::Base64url => "base64url",
            Self::Digits => "digits",
        }
    }

    /// From about 40 bits to all of them; for digits to where the remainder of a division stays even to 1 in 2^128.
    const fn lengths(self) -> (u32, u32) {
        match self {
            Self::Hex => (10, 64),
            Self::Base32 => (8, 52),
            Self::Base64url => (8, 43),
            Self::Digits => (12, 38),
        }
    }

    fn write(self, code: &[u8; 32], length: usize, out: &mut Vec<u8>) {
        match self {
            Self::Hex => write_bits(code, 4, b"0123456789abcdef", length, out),
            Self::Base32 => write_bits(code, 5, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", length, out),
            Self::Base64url => {
                write_bits(code, 6, b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", length, out);
            }
            Self::Digits => write_digits(code, length, out),
        }
    }
}

/// The first `length` groups of `width` bits, most significant first; the last group is filled with zeros.
fn write_bits(code: &[u8; 32], width: u32, alphabet: &[u8], length: usize, out: &mut Vec<u8>) {
    let mut bytes = code.iter();
    let (mut pending, mut bits) = (0_u32, 0_u32);
    for _ in 0..length {
        if bits < width {
            pending = pending << 8 | bytes.next().map_or(0, |&byte| u32::from(byte));
            bits += 8;
        }
        bits -= width;
        out.extend(alphabet.get((pending >> bits) as usize));
        pending &= (1 << bits) - 1;
    }
}

/// The last `length` decimal digits of the code as a big-endian number.
fn write_digits(code: &[u8; 32], length: usize, out: &mut Vec<u8>) {
    let mut number = *code;
    let start = out.len();
    for _ in 0..length {
        let mut remainder = 0_u16;
        for byte in &mut number {
            let value = remainder << 8 | u16::from(*byte);
            *byte = u8::try_from(value / 10).unwrap_or_default();
            remainder = value % 10;
        }
        out.push(b'0' + u8::try_from(remainder).unwrap_or_default());
    }
    if let Some(digits) = out.get_mut(start..) {
        digits.reverse();
    }
}

impl Default for Pseudonym {
    fn default() -> Self {
        Self { encoding: Encoding::Hex, length: 20, prefix: String::new() }
    }
}

impl Parameters for Pseudonym {
    fn check(&self) -> Result<(), String> {
        let (least, most) = self.encoding.lengths();
        if !(least..=most).contains(&self.length) {
            return Err(format!("`length` must be from {least} to {most} for encoding `{}`", self.encoding.name()));
        }
        let prefix = u32::try_from(self.prefix.chars().count()).unwrap_or(MAX_CHARACTERS + 1);
        check_count("number of characters of prefix", prefix, 0)
    }
}

impl Pseudonym {
    pub(super) fn compile(&self, field: &str, keys: &Keys) -> Result<impl Mask + 'static, String> {
        self.check()?;
        let key = keys
            .get()
            .ok_or("mask `pseudonym` needs a key: `key.env` must name an environment variable, and it must be set")?;
        if key.len() < MIN_KEY_BYTES {
            return Err(format!(
                "the key for mask `pseudonym` is too short: the environment variable named by `key.env` must hold at least \
                 {MIN_KEY_BYTES} bytes"
            ));
        }
        // The length before the name: no two fields can make the same input.
        let length = (field.len() as u64).to_be_bytes();
        let field_key = tag(&keyed(key)?, &[DOMAIN, &length, field.as_bytes()]);
        Ok(PseudonymMask { parameters: self.clone(), keyed: keyed(&field_key)? })
    }
}

/// HMAC-SHA-256 (RFC 2104, FIPS 180-4) with its key taken in.
fn keyed(key: &[u8]) -> Result<Hmac<Sha256>, String> {
    Hmac::new_from_slice(key).map_err(|_| "the key for mask `pseudonym` cannot be used".to_owned())
}

fn tag(keyed: &Hmac<Sha256>, parts: &[&[u8]]) -> [u8; 32] {
    let mut state = keyed.clone();
    for part in parts {
        state.update(part);
    }
    state.finalize().into_bytes().into()
}

struct PseudonymMask {
    parameters: Pseudonym,
    keyed: Hmac<Sha256>,
}

impl fmt::Debug for PseudonymMask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PseudonymMask").field("parameters", &self.parameters).finish_non_exhaustive()
    }
}

impl Mask for PseudonymMask {
    fn needs_text(&self) -> bool {
        true
    }

    fn leaf(&self, leaf: Leaf<'_>, out: &mut Vec<u8>) {
        let Some(text) = text_of(leaf) else {
            return out.extend_from_slice(b"null");
        };
        let code = tag(&self.keyed, &[text.as_bytes()]);
        out.push(b'"');
        write_content(&self.parameters.prefix, out);
        self.parameters.encoding.write(&code, self.parameters.length as usize, out);
        out.push(b'"');
    }

    fn whole(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(HIDDEN);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &[u8] = b"0123456789abcdef";

    fn hex(code: &[u8; 32]) -> String {
        let mut out = Vec::new();
        Encoding::Hex.write(code, 64, &mut out);
        String::from_utf8(out).unwrap()
    }

    fn masked(parameters: &Pseudonym, field: &str, leaf: Leaf<'_>) -> String {
        let mut out = Vec::new();
        parameters.compile(field, &Keys::new(KEY)).unwrap().leaf(leaf, &mut out);
        serde_json::from_slice(&out).unwrap()
    }

    /// RFC 4231, section 4: test cases 1, 2, 3, 6 and 7.
    #[test]
    fn computes_the_published_vectors() {
        let cases: [(&[u8], &[u8], &str); 5] = [
            (&[0x0b; 20], b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
            (b"Jefe", b"what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
            (&[0xaa; 20], &[0xdd; 50], "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
            (
                &[0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
            (
                &[0xaa; 131],
                b"This is a test using a larger than block-size key and a larger than block-size data. The key needs to \
                  be hashed before being used by the HMAC algorithm.",
                "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
            ),
        ];
        for (key, data, expected) in cases {
            assert_eq!(hex(&tag(&keyed(key).unwrap(), &[data])), expected);
        }
    }

    /// Expected values come from Python's `base64` module and `int.from_bytes(code, 'big') % 10**38`.
    #[test]
    fn encodes_as_other_implementations_do() {
        let code: [u8; 32] = core::array::from_fn(|at| u8::try_from(at * 8 + 5).unwrap());
        let write = |encoding: Encoding, length| {
            let mut out = Vec::new();
            encoding.write(&code, length, &mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(write(Encoding::Hex, 64), "050d151d252d353d454d555d656d757d858d959da5adb5bdc5cdd5dde5edf5fd");
        assert_eq!(write(Encoding::Base32, 52), "AUGRKHJFFU2T2RKNKVOWK3LVPWCY3FM5UWW3LPOFZXK53ZPN6X6Q");
        assert_eq!(write(Encoding::Base64url, 43), "BQ0VHSUtNT1FTVVdZW11fYWNlZ2lrbW9xc3V3eXt9f0");
        assert_eq!(write(Encoding::Digits, 38), "52408924660005285084568708683622381053");
    }

    #[test]
    fn same_value_gets_the_same_code_whatever_its_spelling() {
        let parameters = Pseudonym::default();
        let code = masked(&parameters, "id", Leaf::String("12"));
        assert_eq!(code, masked(&parameters, "id", Leaf::Number("12")));
        assert_eq!(code, masked(&parameters, "id", Leaf::String(r"\u0031\u0032")));
        assert_ne!(code, masked(&parameters, "id", Leaf::Number("12.0")));
    }

    #[test]
    fn scopes_cannot_be_moved_into_values() {
        let parameters = Pseudonym::default();
        let codes = [("a", "bc"), ("ab", "c"), ("abc", ""), ("", "abc")]
            .map(|(field, value)| masked(&parameters, field, Leaf::String(value)));
        for (at, code) in codes.iter().enumerate() {
            assert!(!codes[at + 1..].contains(code));
        }
    }

    #[test]
    fn missing_and_short_keys_are_refused_without_showing_them() {
        let refused = |keys: &Keys| Pseudonym::default().compile("id", keys).map(|_| ()).unwrap_err();
        assert!(refused(&Keys::none()).contains("`key.env`"));
        let message = refused(&Keys::new(b"fifteen bytes!!"));
        assert!(message.contains("at least 16 bytes") && !message.contains("fifteen"));
        assert!(Pseudonym::default().compile("id", &Keys::new(KEY)).is_ok());
    }

    #[test]
    fn debug_output_holds_no_key() {
        let mask = Pseudonym::default().compile("id", &Keys::new(KEY)).unwrap();
        assert_eq!(
            format!("{mask:?}"),
            r#"PseudonymMask { parameters: Pseudonym { encoding: Hex, length: 20, prefix: "" }, .. }"#
        );
    }
}
