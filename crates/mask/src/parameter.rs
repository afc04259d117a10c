//! What may be written for the parameters of masks: the kinds from which reader, JSON schema, reference page and messages
//! follow.

use std::fmt;

/// The most characters a mask keeps or writes.
pub const MAX_CHARACTERS: u32 = 1024;

/// One parameter of a mask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    /// Its name in JSON and YAML.
    pub name: &'static str,
    /// What may be written.
    pub kind: Kind,
    /// What it does.
    pub summary: &'static str,
}

/// What may be written for a parameter. `Display` says it in words: `a whole number from 0 to 1024`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A whole number.
    Count {
        /// The least.
        least: u32,
        /// The most.
        most: u32,
    },
    /// A whole number, or a word in its place.
    CountOr {
        /// The word.
        word: &'static str,
        /// The least number.
        least: u32,
        /// The most.
        most: u32,
    },
    /// `true` or `false`.
    Boolean,
    /// One Unicode scalar value.
    Character,
    /// Any text.
    Text,
    /// A text of a length.
    ShortText {
        /// The most characters.
        most: u32,
    },
    /// A text without letters and digits.
    Separators,
    /// One of some words.
    Word(&'static [&'static str]),
}

/// What was written for a parameter, by whatever reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written<'a> {
    /// A whole number that is not negative.
    Number(u64),
    /// `true` or `false`.
    Boolean(bool),
    /// Text.
    Text(&'a str),
    /// Anything else.
    Other,
}

/// The value of a parameter, as its kind allows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Argument {
    /// A number.
    Count(u32),
    /// `true` or `false`.
    Boolean(bool),
    /// One character.
    Character(char),
    /// Text.
    Text(String),
    /// One of the words of the kind.
    Word(&'static str),
}

impl Kind {
    /// A number of characters, none included.
    pub(crate) const COUNT: Self = Self::Count { least: 0, most: MAX_CHARACTERS };
    /// A number of characters, at least one.
    pub(crate) const POSITIVE: Self = Self::Count { least: 1, most: MAX_CHARACTERS };

    /// What was written, where it is of this kind.
    #[must_use]
    pub fn read(&self, written: Written<'_>) -> Option<Argument> {
        match (*self, written) {
            (Self::Count { least, most } | Self::CountOr { least, most, .. }, Written::Number(number)) => {
                let number = u32::try_from(number).ok()?;
                (least..=most).contains(&number).then_some(Argument::Count(number))
            }
            (Self::CountOr { word, .. }, Written::Text(text)) => (text == word).then_some(Argument::Word(word)),
            (Self::Boolean, Written::Boolean(boolean)) => Some(Argument::Boolean(boolean)),
            (Self::Character, Written::Text(text)) => {
                let mut characters = text.chars();
                characters.next().filter(|_| characters.next().is_none()).map(Argument::Character)
            }
            (Self::Text, Written::Text(text)) => Some(Argument::Text(text.to_owned())),
            (Self::ShortText { most }, Written::Text(text)) => {
                (text.chars().count() <= most as usize).then(|| Argument::Text(text.to_owned()))
            }
            (Self::Separators, Written::Text(text)) => {
                (!text.chars().any(char::is_alphanumeric)).then(|| Argument::Text(text.to_owned()))
            }
            (Self::Word(words), Written::Text(text)) => {
                words.iter().find(|word| **word == text).map(|word| Argument::Word(word))
            }
            _ => None,
        }
    }

    /// Whether any text may be written, so that what looks like a number is text, too.
    #[must_use]
    pub const fn is_text(&self) -> bool {
        matches!(self, Self::Character | Self::Text | Self::ShortText { .. } | Self::Separators)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count { least, most } => write!(f, "a whole number from {least} to {most}"),
            Self::CountOr { word, least, most } => write!(f, "`{word}` or a whole number from {least} to {most}"),
            Self::Boolean => f.write_str("a boolean"),
            Self::Character => f.write_str("a character"),
            Self::Text => f.write_str("a string"),
            Self::ShortText { most } => write!(f, "a string of at most {most} characters"),
            Self::Separators => f.write_str("a string without letters and digits"),
            Self::Word(words) => {
                f.write_str("one of ")?;
                list(f, words.iter().copied())
            }
        }
    }
}

/// Words in backticks, with commas.
pub(crate) fn list<'w>(f: &mut fmt::Formatter<'_>, words: impl Iterator<Item = &'w str>) -> fmt::Result {
    for (at, word) in words.enumerate() {
        if at > 0 {
            f.write_str(", ")?;
        }
        write!(f, "`{word}`")?;
    }
    Ok(())
}

impl Argument {
    /// As it was written, to be read again.
    #[must_use]
    pub fn with_written<R>(&self, read: impl FnOnce(Written<'_>) -> R) -> R {
        match self {
            Self::Count(number) => read(Written::Number(u64::from(*number))),
            Self::Boolean(boolean) => read(Written::Boolean(*boolean)),
            Self::Character(character) => read(Written::Text(character.encode_utf8(&mut [0; 4]))),
            Self::Text(text) => read(Written::Text(text)),
            Self::Word(word) => read(Written::Text(word)),
        }
    }
}

/// The place of a parameter in the struct of its mask.
pub trait Slot {
    /// The value.
    fn get(&self) -> Argument;
    /// Takes a value; false where it is of another type.
    fn set(&mut self, argument: Argument) -> bool;
}

macro_rules! slots {
    ($($type:ty: $variant:ident),+) => {
        $(impl Slot for $type {
            fn get(&self) -> Argument {
                Argument::$variant(self.clone())
            }

            fn set(&mut self, argument: Argument) -> bool {
                if let Argument::$variant(value) = argument {
                    *self = value;
                    return true;
                }
                false
            }
        })+
    };
}

slots!(u32: Count, bool: Boolean, char: Character, String: Text);

/// How many mask characters stand in for hidden ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MaskLength {
    /// One for each hidden character; the length of the value can be counted.
    Same,
    /// Always so many.
    Fixed(u32),
}

impl MaskLength {
    /// How [`MaskLength::Same`] is written.
    pub(crate) const SAME: &'static str = "same";
}

impl Slot for MaskLength {
    fn get(&self) -> Argument {
        match self {
            Self::Same => Argument::Word(Self::SAME),
            Self::Fixed(length) => Argument::Count(*length),
        }
    }

    fn set(&mut self, argument: Argument) -> bool {
        *self = match argument {
            Argument::Word(Self::SAME) => Self::Same,
            Argument::Count(length) => Self::Fixed(length),
            _ => return false,
        };
        true
    }
}
