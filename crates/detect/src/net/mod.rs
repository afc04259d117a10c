//! A net over all values of a document: looks that may stand alone, patterns of the user's, and what counts beside a name only.
//!
//! It is a net, not a proof: a value that looks like nothing goes through. So nothing that is found here makes a claim about what
//! a reader can see better than it was.

mod hint;
mod named;

use core::ops::Range;

pub use hint::{Hint, Hints};
use regex_lite::{Regex, RegexBuilder};

use crate::looks::{Detector, Kinds, NAMED, find_of};

/// The most patterns of a net: each is a pass of its own over every text.
pub const MOST_PATTERNS: usize = 16;

/// The most bytes of a pattern.
pub const LONGEST_PATTERN: usize = 512;

/// The most memory of a compiled pattern, in bytes. It also bounds the steps for each byte of a text.
const LARGEST_PATTERN: usize = 1 << 16;

/// Digits without which no number of any kind stands in a text; an IPv4 address has four.
const FEWEST_DIGITS: usize = 4;

/// The shortest run of bytes without a blank in which a key, a token or a travel document stands.
const SHORTEST_RUN: usize = 16;

/// Why a net cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NetFault {
    /// No look and no group of looks has this name.
    #[error("no kind of value is called `{0}`")]
    Unknown(String),
    /// A pattern that cannot be used.
    #[error("pattern `{name}` {why}")]
    Pattern {
        /// Its name.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// More than [`MOST_PATTERNS`].
    #[error("more than {MOST_PATTERNS} patterns")]
    TooMany,
}

/// What is looked for in every value. Cheap to share, not to clone.
#[derive(Debug, Default)]
pub struct Net {
    kinds: Kinds,
    named: bool,
    patterns: Vec<Regex>,
}

impl Net {
    /// A net for looks and groups of looks by name, and for patterns, each with its name.
    ///
    /// # Errors
    /// [`NetFault`] for the first that cannot be looked for.
    pub fn new<'a>(
        find: impl IntoIterator<Item = &'a str>,
        patterns: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, NetFault> {
        let mut net = Self::default();
        for word in find {
            if word == NAMED {
                net.named = true;
                continue;
            }
            let kinds = Kinds::named(word).ok_or_else(|| NetFault::Unknown(word.to_owned()))?;
            net.kinds = net.kinds.and(kinds);
        }
        for (name, pattern) in patterns {
            let fault = |why| NetFault::Pattern { name: name.to_owned(), why };
            net.patterns.push(compile(pattern).map_err(fault)?);
        }
        if net.patterns.len() > MOST_PATTERNS { Err(NetFault::TooMany) } else { Ok(net) }
    }

    /// Whether names of members say how values are looked at.
    #[must_use]
    pub const fn needs_names(&self) -> bool {
        self.named
    }

    /// Whether it looks for nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kinds == Kinds::NONE && !self.named && self.patterns.is_empty()
    }

    /// What looking costs: how many looks share one pass over each text, and how many patterns take a pass each. A pattern takes
    /// time in proportion to the length of the text (`regex-lite`).
    #[must_use]
    pub fn cost(&self) -> (usize, usize) {
        (self.kinds.count(), self.patterns.len())
    }

    /// Whether a text may hold anything that is looked for: false only where it does not. Much cheaper than [`Net::find`].
    #[must_use]
    pub fn may_hold(&self, text: &[u8], hint: Hint) -> bool {
        !self.patterns.is_empty()
            || (self.named && hint != Hint::NONE)
            || (self.kinds != Kinds::NONE && is_telling(text))
    }

    /// Everything that is found in a text, in order and without overlap, in bytes; `found` is emptied first. What counts beside a
    /// name only is the whole text.
    pub fn find(&self, text: &str, hint: Hint, found: &mut Vec<Range<usize>>) {
        found.clear();
        if self.named && hint.fits(text) {
            found.push(0..text.len());
            return;
        }
        if self.kinds != Kinds::NONE {
            found.extend(find_of(text, self.kinds).map(|found| found.range));
        }
        if self.patterns.is_empty() {
            return;
        }
        for pattern in &self.patterns {
            found.extend(pattern.find_iter(text).map(|found| found.range()).filter(|range| !range.is_empty()));
        }
        found.sort_unstable_by_key(|range| (range.start, range.end));
        found.dedup_by(|next, before| {
            let overlaps = next.start < before.end;
            if overlaps {
                before.end = before.end.max(next.end);
            }
            overlaps
        });
    }

    /// Whether a number of a document is something that is looked for. Numbers are mostly ids, sizes and times, so that of the looks
    /// only cards count, which have two proofs (an issuer's range and a check digit).
    #[must_use]
    pub fn finds_number(&self, number: &str, hint: Hint) -> bool {
        let is_whole = |range: Range<usize>| range == (0..number.len());
        (self.named && hint.fits(number))
            || (self.kinds.has(Detector::Card)
                && number.len() >= 12
                && find_of(number, self.kinds).any(|found| found.detector == Detector::Card && is_whole(found.range)))
            || self.patterns.iter().any(|pattern| pattern.find(number).is_some_and(|found| is_whole(found.range())))
    }
}

/// A pattern of the user's.
fn compile(pattern: &str) -> Result<Regex, &'static str> {
    if pattern.is_empty() {
        return Err("is empty");
    }
    if pattern.len() > LONGEST_PATTERN {
        return Err("is longer than 512 bytes");
    }
    let regex = RegexBuilder::new(pattern).size_limit(LARGEST_PATTERN).build();
    let regex = regex.map_err(|_| "is not a regular expression of `regex-lite`, or too large")?;
    if regex.is_match("") { Err("also matches where nothing stands") } else { Ok(regex) }
}

/// Whether a text has what every look has one of: some digits, a sign, or a long run without a blank.
fn is_telling(text: &[u8]) -> bool {
    // Two sums that compilers turn into vector instructions.
    let (mut digits, mut signs) = (0_usize, 0_usize);
    for part in text.chunks(128) {
        let (mut few, mut some) = (0_u8, 0_u8);
        for byte in part {
            few += u8::from(byte.is_ascii_digit());
            some += u8::from(matches!(byte, b'@' | b'\\' | b'$' | b'{' | b':' | b'<'));
        }
        digits += usize::from(few);
        signs += usize::from(some);
    }
    if digits >= FEWEST_DIGITS || signs > 0 {
        return true;
    }
    text.len() >= SHORTEST_RUN && has_run(text)
}

fn has_run(text: &[u8]) -> bool {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\n' | b'\t' | b'\r');
    text.split(is_blank).any(|run| run.len() >= SHORTEST_RUN || run.starts_with(b"-----"))
}

#[cfg(test)]
mod tests;
