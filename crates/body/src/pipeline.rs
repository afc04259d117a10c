//! The stages of one body, from what the proxy hands over to what it sends on.

use meshveil_json::{Masker, Report};
use meshveil_plan::BadLines;

use crate::ascii::Ascii;
use crate::coding::Decoder;
use crate::framing::Framed;
use crate::{Coding, Fault, Framing, Rewrite, Stage, Then};

/// What headers say of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Representation {
    /// How it is encoded.
    pub coding: Coding,
    /// How its documents follow each other.
    pub framing: Framing,
    /// Whether it is in a character set that is read as long as all bytes are ASCII.
    pub ascii: bool,
    /// What happens to a record that is not valid.
    pub bad_lines: BadLines,
}

impl From<Framing> for Representation {
    /// Not encoded, in UTF-8, and no record is left out.
    fn from(framing: Framing) -> Self {
        Self { framing, ..Self::default() }
    }
}

type Stages = Then<Decoder, Then<Ascii, Framed>>;

/// A body on its way through the masks. After a fault every later call returns the same fault.
#[derive(Debug)]
pub struct Pipeline {
    stages: Stages,
    failed: Option<Fault>,
}

impl Pipeline {
    /// The stages for a body of this kind.
    #[must_use]
    pub fn new(masker: &Masker, representation: Representation) -> Self {
        let Representation { coding, framing, ascii, bad_lines } = representation;
        let documents = Then::new(Ascii::new(ascii), framing.over(masker, bad_lines));
        Self { stages: Then::new(coding.decoder(), documents), failed: None }
    }

    /// What was done so far.
    #[must_use]
    pub const fn report(&self) -> &Report {
        self.framed().documents().report()
    }

    /// How many records were left out so far, because they are not valid.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.framed().dropped()
    }

    const fn framed(&self) -> &Framed {
        self.stages.second().second()
    }

    /// The rules that masked something so far, by their names, and how many values.
    pub fn masked(&self) -> impl Iterator<Item = (&str, u64)> {
        let rules = self.framed().documents().rules();
        let counted = rules.iter().zip(&self.report().masked).map(|(rule, &values)| (rule.id.as_str(), values));
        counted.filter(|&(_, values)| values > 0)
    }

    fn guarded<T>(&mut self, call: impl FnOnce(&mut Stages) -> Result<T, Fault>) -> Result<T, Fault> {
        if let Some(fault) = self.failed {
            return Err(fault);
        }
        call(&mut self.stages).inspect_err(|&fault| self.failed = Some(fault))
    }
}

impl Stage for Pipeline {
    fn rewrite(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Result<Rewrite, Fault> {
        self.guarded(|stages| stages.rewrite(chunk, out))
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Fault> {
        self.guarded(|stages| stages.finish(out))
    }
}

#[cfg(test)]
mod tests {
    use meshveil_json::{Query, Rule};
    use meshveil_mask::Keys;
    use meshveil_plan::Limits;

    use super::*;

    fn pipeline() -> Pipeline {
        let rule = |id: &str, query: &str| Rule {
            id: id.to_owned(),
            query: Query::parse(query).unwrap(),
            mask: serde_json::from_str(r#"{"redact":{"with":"*"}}"#).unwrap(),
        };
        let rules = vec![rule("a", "$.a"), rule("b", "$.b"), rule("c", "$.c")];
        let masker = Masker::compile(rules, &Keys::none(), Limits::default()).unwrap();
        Pipeline::new(&masker, Representation::default())
    }

    #[test]
    fn tells_the_rules_that_masked_something() {
        let mut body = pipeline();
        let mut out = Vec::new();
        body.push(br#"{"c":1,"a":2,"c":3}"#, &mut out).unwrap();
        body.finish(&mut out).unwrap();
        assert_eq!(body.masked().collect::<Vec<_>>(), [("a", 1), ("c", 2)]);
    }

    #[test]
    fn nothing_comes_out_after_a_fault() {
        let mut body = pipeline();
        let mut out = Vec::new();
        let fault = body.push(br#"{"a":1]"#, &mut out).unwrap_err();
        assert_eq!(fault.code(), "json-syntax");
        out.clear();
        for chunk in [&b"}"[..], b"", b"{}"] {
            assert_eq!(body.push(chunk, &mut out), Err(fault));
        }
        assert_eq!(body.finish(&mut out), Err(fault));
        assert!(out.is_empty());
    }
}
