//! Random documents and rule sets that are meant to break a streaming masker.

mod document;
mod filter;
mod query;

use meshveil_body::Framing;
use meshveil_plan::Limits;

use crate::input::{Input, rule};
use crate::tree;

pub use document::document;

/// A seeded generator (splitmix64): a failing seed is enough to see the failure again.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// Starts a sequence.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number below `end`, which is not 0.
    pub const fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// True in one of `times`.
    pub const fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of the choices.
    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }
}

/// Member names of documents and queries. Few, so that they meet.
pub const NAMES: [&str; 16] = [
    "a",
    "b",
    "c",
    "ab",
    "ssn",
    "id",
    "",
    "é",
    "😀",
    "a/b",
    "\"",
    "\\",
    "a b",
    "nnnnnnnnnnnnnnn",
    "nnnnnnnnnnnnnnnn",
    "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn",
];

/// Lengths round the blocks of a scanner.
pub const LENGTHS: [usize; 16] = [0, 1, 2, 7, 8, 9, 14, 15, 16, 17, 31, 32, 33, 63, 64, 65];

const MASKS: [&str; 17] = [
    r#""drop""#,
    r#""drop""#,
    r#""drop""#,
    r#""null""#,
    r#""redact""#,
    r##"{"redact":{"with":"#"}}"##,
    r#""default""#,
    r#""default""#,
    r#""partial""#,
    r#"{"partial":{"keepLast":4}}"#,
    r#"{"partial":{"keepFirst":2,"keepLast":1,"minHidden":1,"length":"same"}}"#,
    r#"{"partial":{"keepLast":2,"length":"same","keepCharacters":"-"}}"#,
    r#""email""#,
    r#"{"email":{"keepDomain":false}}"#,
    r#""pseudonym""#,
    r#"{"pseudonym":{"encoding":"digits","length":12}}"#,
    r#"{"pseudonym":{"encoding":"base32","prefix":"p_"}}"#,
];

/// A valid input: documents, rules that select something in them, cuts.
///
/// # Panics
/// When the generator itself is wrong.
#[must_use]
pub fn input(seed: u64) -> Input {
    let mut random = Random::new(seed);
    let bytes = document(&mut random);
    let roots = tree::parse(&bytes, Framing::Document, &Limits::default()).expect("generated documents are valid");
    let count = match random.below(20) {
        0 => 0,
        1 => 10 + random.below(30),
        _ => 1 + random.below(4),
    };
    let rules = (0..count).map(|index| {
        let text = query::query(&mut random, &roots[0]);
        rule(index, &text, random.pick::<&str>(&MASKS))
            .unwrap_or_else(|| panic!("a generated query is refused: {text}"))
    });
    let rules = rules.collect();
    let mut input = Input { seed: random.next(), framing: Framing::Document, rules, bytes };
    if random.one_in(8) {
        input.framing = *random.pick(&[Framing::Lines, Framing::Lines, Framing::Documents, Framing::Sequence]);
        let between: &[&str] = match input.framing {
            Framing::Sequence => &["\n\x1e", "\r\n\x1e\x1e\n", " \x1e "],
            Framing::Documents => &["", "\n", "", " \t"],
            _ => &["\n", "\r\n", " \n\n\t"],
        };
        if input.framing == Framing::Sequence {
            input.bytes.insert(0, 0x1e);
            input.bytes.push(b'\n');
        }
        for _ in 0..random.below(3) {
            // After a number or a literal there is white space.
            let ends = input.bytes.last().is_some_and(|last| b"}]\"\n\t\r ".contains(last));
            let between = if ends { *random.pick::<&str>(between) } else { "\n" };
            input.bytes.extend_from_slice(between.as_bytes());
            input.bytes.extend(document(&mut random));
            if input.framing == Framing::Sequence {
                input.bytes.push(b'\n');
            }
        }
    }
    input
}

/// An input whose bytes were damaged; some are still valid.
#[must_use]
pub fn damaged(seed: u64) -> Input {
    let mut input = input(seed);
    let mut random = Random::new(seed ^ 0xdead_beef);
    for _ in 0..=random.below(2) {
        damage(&mut random, &mut input.bytes);
    }
    input
}

fn damage(random: &mut Random, bytes: &mut Vec<u8>) {
    const BYTES: &[u8] =
        b"\"\\,:{}[]0123456789-+.eEtfnu/ \t\r\n\0\x01\x1f\x7fx\x80\xbf\xc0\xc2\xe0\xed\xef\xf0\xf4\xf5\xff";
    const PIECES: [&[u8]; 19] = [
        b"\xef\xbb\xbf",
        b"\xed\xa0\x80",
        b"\xc0\xaf",
        b"\xf4\x90\x80\x80",
        b"\xe2\x82",
        b"\\ud800",
        b"\\u12",
        b"\\x",
        b"01",
        b"1.",
        b"1e",
        b"--",
        b"null",
        b"nul",
        b"tru",
        b",,",
        b"//",
        b"{\"a\":",
        b"\"a\"",
    ];
    let at = random.below(bytes.len() + 1);
    match random.below(7) {
        0 => bytes.truncate(at),
        1 if at < bytes.len() => bytes[at] = *random.pick(BYTES),
        2 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
        3 if at < bytes.len() => drop(bytes.remove(at)),
        4 => {
            bytes.splice(at..at, random.pick(&PIECES).iter().copied());
        }
        5 => {
            let end = (at + random.below(12)).min(bytes.len());
            let copy = bytes[at..end].to_vec();
            let to = random.below(bytes.len() + 1);
            bytes.splice(to..to, copy);
        }
        _ => bytes.insert(at, *random.pick(BYTES)),
    }
}
