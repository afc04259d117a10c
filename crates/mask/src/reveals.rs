//! How much a mask lets a reader learn: the order of masks, and whether a masked field counts as shown in part.

use core::cmp::Reverse;
use std::fmt;

/// What a reader can learn from what a mask writes, at most. Ordered from the least to the most: of two masks on one
/// value, the one that reveals less wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reveals {
    /// Nothing, not even that the field exists.
    Nothing,
    /// That the field exists.
    Existence,
    /// That the field has a value.
    Presence,
    /// The type of the value, and the names and structure inside an object or array.
    Type,
    /// Whether two values are the same, and so how often each occurs.
    Equality,
    /// Characters of the value.
    Characters(Characters),
}

/// Which characters of a value can be seen. Compared by the number of characters, then by the members after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Characters {
    /// The most characters that stay.
    pub most: u32,
    /// Whether the length of the value can be counted.
    pub length: bool,
    /// Whether separators stay, beside the characters counted in `most`.
    pub separators: bool,
    /// The fewest characters that are hidden where any stays.
    pub hidden: Reverse<u32>,
}

impl Reveals {
    /// Whether a part of the value itself can be seen, and not only something about it.
    #[must_use]
    pub const fn shows_part(self) -> bool {
        match self {
            Self::Nothing | Self::Existence | Self::Presence | Self::Type | Self::Equality => false,
            Self::Characters(_) => true,
        }
    }
}

impl fmt::Display for Reveals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing"),
            Self::Existence => f.write_str("that the field exists"),
            Self::Presence => f.write_str("that the field has a value"),
            Self::Type => f.write_str("the type, and keys and structure inside objects and arrays"),
            Self::Equality => f.write_str("whether two values are the same"),
            Self::Characters(characters) => {
                write!(f, "at most {} characters", characters.most)?;
                if characters.length {
                    f.write_str(", and the length")?;
                }
                Ok(())
            }
        }
    }
}
