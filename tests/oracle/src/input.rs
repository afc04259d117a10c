//! A rule set, a way to cut and a document in one readable file: how fuzz targets read their bytes and failures are kept.
//!
//! ```text
//! 12345 lines          seed of the cuts; how documents follow each other: `document`, `lines`, `documents`, `sequence`
//! $..ssn="drop"        a query, `=`, a mask as JSON
//!
//! {"ssn":1}            after the blank line, every byte is the document
//! ```

use std::fmt::Write;

use meshveil_body::Framing;
use meshveil_json::{Query, Rule};
use meshveil_mask::MaskSpec;

/// What is run.
#[derive(Debug, Clone)]
pub struct Input {
    /// Seed of the cuts.
    pub seed: u64,
    /// How documents follow each other.
    pub framing: Framing,
    /// The rules.
    pub rules: Vec<Rule>,
    /// The stream.
    pub bytes: Vec<u8>,
}

/// Framings of documents by their names.
const FRAMINGS: [(&str, Framing); 4] = [
    ("document", Framing::Document),
    ("lines", Framing::Lines),
    ("documents", Framing::Documents),
    ("sequence", Framing::Sequence),
];

impl Input {
    /// Reads an input; `None` when it is none.
    #[must_use]
    pub fn read(data: &[u8]) -> Option<Self> {
        let end = data.windows(2).position(|pair| pair == b"\n\n")?;
        let (head, bytes) = (std::str::from_utf8(&data[..end]).ok()?, data[end + 2..].to_vec());
        let mut lines = head.split('\n');
        let (seed, name) = lines.next()?.split_once(' ')?;
        let (_, framing) = FRAMINGS.into_iter().find(|(known, _)| *known == name)?;
        let rules = lines.enumerate().map(|(index, line)| {
            let (query, mask) = line.rsplit_once('=')?;
            rule(index, query, mask)
        });
        Some(Self { seed: seed.parse().ok()?, framing, rules: rules.collect::<Option<_>>()?, bytes })
    }

    /// Writes an input so that [`Input::read`] reads it.
    ///
    /// # Panics
    /// Never: masks are JSON.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let framing =
            FRAMINGS.iter().find(|(_, framing)| *framing == self.framing).map_or("document", |(name, _)| name);
        let mut head = format!("{} {framing}\n", self.seed);
        for rule in &self.rules {
            let mask = serde_json::to_string(&rule.mask).expect("a mask is JSON");
            writeln!(head, "{}={mask}", rule.query.text).expect("a string takes everything");
        }
        head.push('\n');
        let mut whole = head.into_bytes();
        whole.extend_from_slice(&self.bytes);
        whole
    }
}

/// A rule of its texts; `None` when one of them is none.
#[must_use]
pub fn rule(index: usize, query: &str, mask: &str) -> Option<Rule> {
    let mask: MaskSpec = serde_json::from_str(mask).ok()?;
    Some(Rule { id: format!("field{index}"), query: Query::parse(query).ok()?, mask })
}
