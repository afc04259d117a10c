//! `partial`: the first and last characters stay, the rest is hidden.

use serde::{Deserialize, Serialize};

use super::{
    EACH_LEAF, Entry, Example, HIDDEN, Leaf, Mask, MaskLength, Parameter,
    parameter::{Parameters, check_count, count, positive},
    text::write_character,
    text_of,
};

pub(super) const ENTRY: Entry = Entry {
    id: "partial",
    summary: "Keeps the first and last characters and hides the rest. Characters are Unicode scalar values, counted after \
              escapes are decoded. A number is masked as its text and becomes a string; booleans and `null` become `null`.",
    container: EACH_LEAF,
    parameters: &[
        Parameter {
            name: "keepFirst",
            kind: "number, 0 to 1024",
            default: "0",
            summary: "Characters kept at the start.",
        },
        Parameter { name: "keepLast", kind: "number, 0 to 1024", default: "0", summary: "Characters kept at the end." },
        Parameter { name: "with", kind: "one character", default: r#""*""#, summary: "The mask character." },
        Parameter {
            name: "minHidden",
            kind: "number, 1 to 1024",
            default: "4",
            summary: "Where fewer characters than this would be hidden, everything is. Without it `keepLast: 4` would show \
                      a four-digit value in full. 4 leaves 10,000 guesses for digits; raise it for values that are easy to \
                      guess.",
        },
        Parameter {
            name: "length",
            kind: "`\"same\"` or number, 1 to 1024",
            default: "4",
            summary: "Mask characters in place of the hidden ones. A number hides how long the value is. `\"same\"` writes \
                      one for each hidden character, so the length can be counted: choose it only where all values have the \
                      same length or the length tells nothing.",
        },
        Parameter {
            name: "keepCharacters",
            kind: "string",
            default: r#""""#,
            summary: "Characters that stay visible wherever they stand, such as `-`; they count neither as kept nor as \
                      hidden. Needs `length: same`. Letters and digits are refused. Where everything is hidden, they are \
                      hidden, too.",
        },
    ],
    examples: &[
        Example {
            parameters: r#"{"keepLast": 4}"#,
            input: r#""DE02120300000000202051""#,
            output: r#""****2051""#,
            note: "",
        },
        Example {
            parameters: r#"{"keepLast": 4, "length": "same", "keepCharacters": "-"}"#,
            input: r#""123-45-6789""#,
            output: r#""***-**-6789""#,
            note: "",
        },
        Example {
            parameters: r#"{"keepFirst": 1, "keepLast": 1, "with": "•", "length": 3}"#,
            input: r#""Zo\u00eb Müller""#,
            output: r#""Z•••r""#,
            note: "",
        },
        Example {
            parameters: r#"{"keepLast": 4}"#,
            input: r#""12345""#,
            output: r#""****""#,
            note: "Only one character would be hidden, so all are (`minHidden`).",
        },
        Example {
            parameters: r#"{"keepLast": 2}"#,
            input: "4915123456",
            output: r#""****56""#,
            note: "A number becomes a string.",
        },
        Example {
            parameters: r#"{"keepFirst": 1}"#,
            input: "true",
            output: "null",
            note: "No part of a boolean can be shown.",
        },
        Example {
            parameters: r#"{"keepLast": 4}"#,
            input: r#"{"main":"4111111111111111","others":["5500000000000004"]}"#,
            output: r#"{"main":"****1111","others":["****0004"]}"#,
            note: "",
        },
    ],
};

/// Parameters of `partial`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Partial {
    /// Characters kept at the start.
    #[serde(deserialize_with = "count")]
    pub keep_first: u32,
    /// Characters kept at the end.
    #[serde(deserialize_with = "count")]
    pub keep_last: u32,
    /// The mask character.
    pub with: char,
    /// Where fewer characters than this would be hidden, everything is.
    #[serde(deserialize_with = "positive")]
    pub min_hidden: u32,
    /// Mask characters in place of the hidden ones.
    pub length: MaskLength,
    /// Characters that stay visible wherever they stand.
    pub keep_characters: String,
}

impl Default for Partial {
    fn default() -> Self {
        Self {
            keep_first: 0,
            keep_last: 0,
            with: '*',
            min_hidden: 4,
            // A mask that keeps the length tells it; who wants that says so.
            length: MaskLength::Fixed(4),
            keep_characters: String::new(),
        }
    }
}

impl Parameters for Partial {
    fn check(&self) -> Result<(), String> {
        check_count("keepFirst", self.keep_first, 0)?;
        check_count("keepLast", self.keep_last, 0)?;
        check_count("minHidden", self.min_hidden, 1)?;
        if let MaskLength::Fixed(length) = self.length {
            check_count("length", length, 1)?;
            if !self.keep_characters.is_empty() {
                return Err(
                    "`keepCharacters` needs `length` to be `same`: a fixed number of mask characters has no place for \
                            them"
                        .to_owned(),
                );
            }
        }
        if self.keep_characters.chars().any(char::is_alphanumeric) {
            return Err(
                "`keepCharacters` is for separators: letters and digits would show parts of the value".to_owned()
            );
        }
        Ok(())
    }
}

impl Partial {
    pub(super) fn compile(&self) -> Result<impl Mask + 'static, String> {
        self.check()?;
        Ok(PartialMask { parameters: self.clone() })
    }

    /// How much may be seen; see [`MaskSpec::strictness`](super::MaskSpec::strictness).
    pub(super) fn revealed(&self) -> u32 {
        let characters = self.keep_first.saturating_add(self.keep_last).min(4095);
        let spare = 1024 - self.min_hidden.clamp(1, 1024);
        characters << 12
            | u32::from(self.length == MaskLength::Same) << 11
            | u32::from(!self.keep_characters.is_empty()) << 10
            | spare
    }
}

#[derive(Debug)]
struct PartialMask {
    parameters: Partial,
}

impl PartialMask {
    fn separates(&self, character: char) -> bool {
        self.parameters.keep_characters.contains(character)
    }

    fn write_mask(&self, count: usize, out: &mut Vec<u8>) {
        for _ in 0..count {
            write_character(self.parameters.with, out);
        }
    }

    fn write_text(&self, text: &str, out: &mut Vec<u8>) {
        let Partial { keep_first, keep_last, min_hidden, length, .. } = self.parameters;
        let (first, last) = (keep_first as usize, keep_last as usize);
        let counted = text.chars().filter(|&character| !self.separates(character)).count();
        let hidden = counted.saturating_sub(first).saturating_sub(last);
        if hidden < min_hidden as usize {
            let all = match length {
                MaskLength::Same => text.chars().count(),
                MaskLength::Fixed(length) => length as usize,
            };
            return self.write_mask(all, out);
        }
        let hidden_end = first + hidden;
        let mut at = 0;
        for character in text.chars() {
            if self.separates(character) {
                write_character(character, out);
                continue;
            }
            if at < first || at >= hidden_end {
                write_character(character, out);
            } else if length == MaskLength::Same {
                self.write_mask(1, out);
            } else if let MaskLength::Fixed(length) = length
                && at == first
            {
                self.write_mask(length as usize, out);
            }
            at += 1;
        }
    }
}

impl Mask for PartialMask {
    fn needs_text(&self) -> bool {
        true
    }

    fn leaf(&self, leaf: Leaf<'_>, out: &mut Vec<u8>) {
        let Some(text) = text_of(leaf) else {
            return out.extend_from_slice(b"null");
        };
        out.push(b'"');
        self.write_text(&text, out);
        out.push(b'"');
    }

    fn whole(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(HIDDEN);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::decode;

    fn masked(parameters: Partial, text: &str) -> String {
        let mut out = Vec::new();
        parameters.compile().unwrap().leaf(Leaf::String(text), &mut out);
        serde_json::from_slice(&out).unwrap()
    }

    proptest! {
        #[test]
        fn reveals_at_most_what_it_keeps(
            text in "[a-zA-Z0-9 .\u{e4}\u{1F600}-]{0,24}",
            keep_first in 0_u32..6, keep_last in 0_u32..6, min_hidden in 1_u32..6, fixed in prop::option::of(1_u32..6),
            separators in prop::bool::ANY,
        ) {
            let keep_characters = if separators && fixed.is_none() { "-. " } else { "" };
            let length = fixed.map_or(MaskLength::Same, MaskLength::Fixed);
            let parameters =
                Partial { keep_first, keep_last, min_hidden, length, keep_characters: keep_characters.into(), with: '*' };
            let output = masked(parameters, &text);
            let counts = |character: &char| !keep_characters.contains(*character);
            let shown = output.chars().filter(counts).filter(|&character| character != '*').count();
            prop_assert!(shown <= (keep_first + keep_last) as usize);
            let counted = text.chars().filter(counts).count();
            prop_assert!(shown == 0 || counted - shown >= min_hidden as usize);
            if fixed.is_none() {
                prop_assert_eq!(output.chars().count(), text.chars().count());
                prop_assert!(output.chars().zip(text.chars()).all(|(new, old)| new == old || new == '*'));
            } else {
                let hides = output.chars().filter(|&character| character == '*').count();
                prop_assert_eq!(Some(u32::try_from(hides).unwrap()), fixed);
            }
        }
    }

    #[test]
    fn hides_separators_where_everything_is_hidden() {
        let parameters =
            Partial { keep_last: 4, length: MaskLength::Same, keep_characters: "-".into(), ..Partial::default() };
        assert_eq!(masked(parameters, "1-2-3"), "*****");
    }

    #[test]
    fn counts_an_escaped_pair_as_one_character() {
        let parameters = Partial { keep_first: 1, ..Partial::default() };
        assert_eq!(masked(parameters, &format!(r"\ud83d\ude00{}", decode("abcd"))), "😀****");
    }

    #[test]
    fn writes_a_mask_character_that_must_be_escaped() {
        assert_eq!(masked(Partial { with: '"', ..Partial::default() }, "secret"), "\"\"\"\"");
    }

    #[test]
    fn refuses_parameters_that_would_show_too_much() {
        let refused = |parameters: Partial| parameters.compile().map(|_| ()).unwrap_err();
        assert!(refused(Partial { min_hidden: 0, ..Partial::default() }).contains("`minHidden`"));
        let separators = |text: &str, length| Partial { keep_characters: text.into(), length, ..Partial::default() };
        assert!(refused(separators("-", MaskLength::Fixed(4))).contains("`length` to be `same`"));
        assert!(refused(separators("-7", MaskLength::Same)).contains("letters and digits"));
    }
}
