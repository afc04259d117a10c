//! `pseudonym`: the same value always becomes the same keyed code, so that clients can still join and count.

use std::fmt;

use crate::{
    Container, Context, Entry, Example, KeyFault, Keys, Kind, Mac, Mask, MaskError, Output, Reveals, Sink, Value,
    definition::{Definition, parameters},
    parameter::{Argument, MAX_CHARACTERS, Slot},
};

/// Keeps keys of fields apart from everything else the same key may be used for.
const DOMAIN: &[u8] = b"meshveil pseudonym 1";

pub(super) const ENTRY: Entry = Entry {
    id: "pseudonym",
    keyed: true,
    summary: "Replaces the value by a code computed from it with a secret key (HMAC-SHA-256). The same value of the same \
              field always gets the same code, so clients can still join, count and compare; in another field it gets \
              another code. Who has the key can test guesses, nobody else can. The text counts, not its spelling: escapes are \
              decoded first, and the number `12` has the code of the string `\"12\"` (but `12.0` has another). Booleans \
              and `null` become `null`. Needs a key of at least 16 bytes that is hard to guess. How often a value occurs stays visible.",
    parameters: Pseudonym::PARAMETERS,
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

parameters! {
    /// Parameters of `pseudonym`.
    pub struct Pseudonym {
        /// Characters of the code: lower-case hexadecimal, RFC 4648 base32 (`A` to `Z`, `2` to `7`), RFC 4648 base64url, or
        /// decimal digits.
        "encoding", Kind::Word(Encoding::NAMES) => encoding: Encoding = Encoding::Hex,
        /// Characters of the code, without the prefix: 10 to 64 (hex), 8 to 52 (base32), 8 to 43 (base64url) or 12 to 38
        /// (digits). The least is about 40 bits: among 100,000 different values some two share a code with a chance of
        /// 0.5 %. The default is 80 bits (hex) or more, 66 for digits.
        "length", Kind::Count { least: 8, most: MAX_LENGTH as u32 } => length: u32 = 20,
        /// Written before the code, such as `cust_`.
        "prefix", Kind::ShortText { most: MAX_CHARACTERS } => prefix: String = String::new(),
    }
}

/// How a pseudonym is spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Lower-case hexadecimal (4 bits a character).
    Hex,
    /// RFC 4648, section 6, without padding (5 bits a character).
    Base32,
    /// RFC 4648, section 5, without padding (6 bits a character).
    Base64url,
    /// Decimal digits (3.3 bits a character).
    Digits,
}

/// The most characters of a code.
const MAX_LENGTH: usize = 64;

impl Encoding {
    const ALL: [Self; 4] = [Self::Hex, Self::Base32, Self::Base64url, Self::Digits];
    const NAMES: &'static [&'static str] = &["hex", "base32", "base64url", "digits"];

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

    /// Writes the code with as many characters as `out` has bytes.
    fn write(self, code: &[u8; 32], out: &mut [u8]) {
        match self {
            Self::Hex => write_bits(code, 4, b"0123456789abcdef", out),
            Self::Base32 => write_bits(code, 5, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", out),
            Self::Base64url => {
                write_bits(code, 6, b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", out);
            }
            Self::Digits => write_digits(code, out),
        }
    }
}

/// The first groups of `width` bits, most significant first; the last group is filled with zeros.
fn write_bits(code: &[u8; 32], width: u32, alphabet: &[u8], out: &mut [u8]) {
    let mut bytes = code.iter();
    let (mut pending, mut bits) = (0_u32, 0_u32);
    for character in out {
        if bits < width {
            pending = pending << 8 | bytes.next().map_or(0, |&byte| u32::from(byte));
            bits += 8;
        }
        bits -= width;
        *character = alphabet.get((pending >> bits) as usize).copied().unwrap_or_default();
        pending &= (1 << bits) - 1;
    }
}

/// The last decimal digits of the code as a big-endian number.
fn write_digits(code: &[u8; 32], out: &mut [u8]) {
    let mut number = *code;
    for digit in out.iter_mut().rev() {
        let mut remainder = 0_u16;
        for byte in &mut number {
            let value = remainder << 8 | u16::from(*byte);
            *byte = u8::try_from(value / 10).unwrap_or_default();
            remainder = value % 10;
        }
        *digit = b'0' + u8::try_from(remainder).unwrap_or_default();
    }
}

impl Slot for Encoding {
    fn get(&self) -> Argument {
        Argument::Word(self.name())
    }

    fn set(&mut self, argument: Argument) -> bool {
        let found = Self::ALL.into_iter().find(|encoding| argument == Argument::Word(encoding.name()));
        found.inspect(|&encoding| *self = encoding).is_some()
    }
}

impl Definition for Pseudonym {
    fn reveals(&self) -> Reveals {
        Reveals::Equality
    }

    fn type_kept(&self) -> bool {
        false
    }

    fn container(&self) -> Container {
        Container::Leaves
    }

    fn check(&self) -> Result<(), MaskError> {
        let (least, most) = self.encoding.lengths();
        if (least..=most).contains(&self.length) {
            return Ok(());
        }
        Err(MaskError::Range { parameter: "length", least, most, other: "encoding", word: self.encoding.name() })
    }

    fn compile(&self, field: &str, keys: &Keys) -> Result<Box<dyn Mask>, MaskError> {
        let key = keys.get().ok_or(MaskError::NoKey { mask: ENTRY.id })?;
        if let Some(fault) = KeyFault::of(key) {
            return Err(MaskError::WeakKey { mask: ENTRY.id, fault });
        }
        // The length before the name: no two fields can make the same input.
        let length = (field.len() as u64).to_be_bytes();
        let field_key = Mac::new(key).ok_or(WEAK_KEY)?.code(&[DOMAIN, &length, field.as_bytes()]);
        Ok(Box::new(PseudonymMask { parameters: self.clone(), mac: Mac::new(&field_key).ok_or(WEAK_KEY)? }))
    }
}

const WEAK_KEY: MaskError = MaskError::WeakKey { mask: ENTRY.id, fault: KeyFault::Short };

struct PseudonymMask {
    parameters: Pseudonym,
    mac: Mac,
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

    fn mask(&self, value: Value<'_>, _context: &Context<'_>, sink: &mut dyn Sink) -> Output {
        let Some(text) = value.characters() else { return Output::Null };
        let code = self.mac.code(&[text.as_bytes()]);
        sink.push(&self.parameters.prefix);
        let mut characters = [0; MAX_LENGTH];
        let characters = characters.get_mut(..self.parameters.length as usize).unwrap_or_default();
        self.parameters.encoding.write(&code, characters);
        // Characters of the encodings are ASCII.
        sink.push(core::str::from_utf8(characters).unwrap_or_default());
        Output::Text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MaskSpec, tests::masked};

    const KEY: &[u8] = b"0123456789abcdef";

    /// The code of a value under the default parameters.
    fn code(field: &str, value: Value<'_>) -> String {
        let mask = Pseudonym::default().compile(field, &Keys::new(KEY)).unwrap();
        let (output, code) = masked(mask.as_ref(), value);
        assert_eq!(output, Output::Text);
        code
    }

    /// Expected values come from Python's `base64` module and `int.from_bytes(code, 'big') % 10**38`.
    #[test]
    fn encodes_as_other_implementations_do() {
        let code: [u8; 32] = core::array::from_fn(|at| u8::try_from(at * 8 + 5).unwrap());
        let write = |encoding: Encoding, length| {
            let mut out = vec![0; length];
            encoding.write(&code, &mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(write(Encoding::Hex, 64), "050d151d252d353d454d555d656d757d858d959da5adb5bdc5cdd5dde5edf5fd");
        assert_eq!(write(Encoding::Base32, 52), "AUGRKHJFFU2T2RKNKVOWK3LVPWCY3FM5UWW3LPOFZXK53ZPN6X6Q");
        assert_eq!(write(Encoding::Base64url, 43), "BQ0VHSUtNT1FTVVdZW11fYWNlZ2lrbW9xc3V3eXt9f0");
        assert_eq!(write(Encoding::Digits, 38), "52408924660005285084568708683622381053");
    }

    #[test]
    fn same_value_gets_the_same_code_whatever_its_type() {
        assert_eq!(code("id", Value::Text("12")), code("id", Value::Number("12")));
        assert_ne!(code("id", Value::Text("12")), code("id", Value::Number("12.0")));
    }

    #[test]
    fn scopes_cannot_be_moved_into_values() {
        let codes =
            [("a", "bc"), ("ab", "c"), ("abc", ""), ("", "abc")].map(|(field, value)| code(field, Value::Text(value)));
        for (at, code) in codes.iter().enumerate() {
            assert!(!codes[at + 1..].contains(code));
        }
    }

    #[test]
    fn missing_and_short_keys_are_refused_without_showing_them() {
        let spec = MaskSpec::Pseudonym(Pseudonym::default());
        let refused = |keys: &Keys| spec.compile("id", keys).unwrap_err().to_string();
        assert!(refused(&Keys::none()).contains("`key.env`"));
        let message = refused(&Keys::new(b"fifteen bytes!!"));
        assert!(message.contains("at least 16 bytes") && !message.contains("fifteen"));
        assert!(refused(&Keys::new(&[b' '; 32])).contains("white space"));
        assert!(spec.compile("id", &Keys::new(KEY)).is_ok());
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
