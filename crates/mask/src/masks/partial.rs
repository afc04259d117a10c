//! `partial`: the first and last characters stay, the rest is hidden.

use core::cmp::Reverse;

use crate::{
    Characters, Container, Context, Entry, Example, Keys, Kind, Mask, MaskError, MaskLength, Output, Reveals, Sink,
    Value,
    definition::{Definition, parameters},
    fill::Fill,
    parameter::MAX_CHARACTERS,
};

pub(super) const ENTRY: Entry = Entry {
    id: "partial",
    keyed: false,
    summary: "Keeps the first and last characters and hides the rest. Characters are Unicode scalar values, counted after \
              escapes are decoded. A number is masked as its text and becomes a string; booleans and `null` become `null`.",
    parameters: Partial::PARAMETERS,
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

parameters! {
    /// Parameters of `partial`.
    pub struct Partial {
        /// Characters kept at the start.
        "keepFirst", Kind::COUNT => keep_first: u32 = 0,
        /// Characters kept at the end.
        "keepLast", Kind::COUNT => keep_last: u32 = 0,
        /// The mask character.
        "with", Kind::Character => with: char = '*',
        /// Where fewer characters than this would be hidden, everything is. Without it `keepLast: 4` would show a four-digit
        /// value in full. 4 leaves 10,000 guesses for digits; raise it for values that are easy to guess.
        "minHidden", Kind::POSITIVE => min_hidden: u32 = 4,
        /// Mask characters in place of the hidden ones. A number hides how long the value is. `same` writes one for each
        /// hidden character, so the length can be counted: choose it only where all values have the same length or the
        /// length tells nothing.
        "length", Kind::CountOr { word: MaskLength::SAME, least: 1, most: MAX_CHARACTERS } =>
            length: MaskLength = MaskLength::Fixed(4),
        /// Characters that stay visible wherever they stand, such as `-`; they count neither as kept nor as hidden. Needs
        /// `length: same`. Letters and digits are refused, for they would show parts of the value. Where everything is
        /// hidden, they are hidden, too.
        "keepCharacters", Kind::Separators => keep_characters: String = String::new(),
    }
}

impl Definition for Partial {
    fn reveals(&self) -> Reveals {
        Reveals::Characters(Characters {
            most: self.keep_first.saturating_add(self.keep_last),
            length: self.length == MaskLength::Same,
            separators: !self.keep_characters.is_empty(),
            hidden: Reverse(self.min_hidden),
        })
    }

    fn type_kept(&self) -> bool {
        false
    }

    fn container(&self) -> Container {
        Container::Leaves
    }

    fn compile(&self, _field: &str, _keys: &Keys) -> Result<Box<dyn Mask>, MaskError> {
        Ok(Box::new(PartialMask { parameters: self.clone(), fill: Fill::new(self.with) }))
    }

    fn check(&self) -> Result<(), MaskError> {
        if self.length == MaskLength::Same || self.keep_characters.is_empty() {
            return Ok(());
        }
        Err(MaskError::Needs {
            parameter: "keepCharacters",
            other: "length",
            word: MaskLength::SAME,
            reason: "a fixed number of mask characters has no place for them",
        })
    }
}

#[derive(Debug)]
struct PartialMask {
    parameters: Partial,
    fill: Fill,
}

impl PartialMask {
    fn separates(&self, character: char) -> bool {
        self.parameters.keep_characters.contains(character)
    }

    /// Writes the mask characters for so many hidden ones.
    fn hide(&self, hidden: usize, sink: &mut dyn Sink) {
        let count = match self.parameters.length {
            MaskLength::Same => hidden,
            MaskLength::Fixed(length) => length as usize,
        };
        self.fill.write(count, sink);
    }

    fn write(&self, text: &str, sink: &mut dyn Sink) {
        let Partial { keep_first, keep_last, min_hidden, .. } = self.parameters;
        let (first, last) = (keep_first as usize, keep_last as usize);
        let counted = text.chars().filter(|&character| !self.separates(character)).count();
        let hidden = counted.saturating_sub(first).saturating_sub(last);
        if hidden < min_hidden as usize {
            return self.hide(text.chars().count(), sink);
        }
        // Runs of characters that stay are written as they are, runs of hidden ones as mask characters.
        let (mut at, mut shown_from, mut hides) = (0, 0, 0);
        for (index, character) in text.char_indices() {
            let is_hidden = if self.separates(character) {
                false
            } else {
                at += 1;
                (first + 1..=first + hidden).contains(&at)
            };
            if is_hidden && hides == 0 {
                sink.push(text.get(shown_from..index).unwrap_or_default());
            } else if !is_hidden && hides > 0 {
                self.hide(hides, sink);
                hides = 0;
                shown_from = index;
            }
            hides += usize::from(is_hidden);
        }
        if hides > 0 {
            self.hide(hides, sink);
        } else {
            sink.push(text.get(shown_from..).unwrap_or_default());
        }
    }
}

impl Mask for PartialMask {
    fn needs_text(&self) -> bool {
        true
    }

    fn mask(&self, value: Value<'_>, _context: &Context<'_>, sink: &mut dyn Sink) -> Output {
        let Some(text) = value.characters() else { return Output::Null };
        self.write(text, sink);
        Output::Text
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{MaskSpec, tests::masked_text};

    fn masked(parameters: Partial, text: &str) -> String {
        masked_text(&MaskSpec::Partial(parameters), text)
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
    fn counts_a_character_beyond_the_basic_plane_as_one() {
        let parameters = Partial { keep_first: 1, ..Partial::default() };
        assert_eq!(masked(parameters, "😀abcd"), "😀****");
    }

    #[test]
    fn refuses_parameters_that_would_show_too_much() {
        let refused = |parameters| MaskSpec::Partial(parameters).compile("f", &Keys::none()).unwrap_err().to_string();
        assert!(refused(Partial { min_hidden: 0, ..Partial::default() }).contains("`minHidden`"));
        let separators = |text: &str, length| Partial { keep_characters: text.into(), length, ..Partial::default() };
        assert!(refused(separators("-", MaskLength::Fixed(4))).contains("`length` to be `same`"));
        assert!(refused(separators("-7", MaskLength::Same)).contains("letters and digits"));
    }
}
