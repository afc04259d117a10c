//! The stages of one body, from what the proxy hands over to what it sends on.

use meshveil_json::{Masker, Report};

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
}

impl From<Framing> for Representation {
    /// Not encoded.
    fn from(framing: Framing) -> Self {
        Self { coding: Coding::Identity, framing }
    }
}

/// A body on its way through the masks. After a fault every later call returns the same fault.
#[derive(Debug)]
pub struct Pipeline {
    stages: Then<Decoder, Framed>,
    failed: Option<Fault>,
}

impl Pipeline {
    /// The stages for a body of this kind.
    #[must_use]
    pub fn new(masker: &Masker, representation: Representation) -> Self {
        let Representation { coding, framing } = representation;
        Self { stages: Then::new(coding.decoder(), framing.over(masker)), failed: None }
    }

    /// What was done so far.
    #[must_use]
    pub const fn report(&self) -> &Report {
        self.stages.second().documents().report()
    }

    /// The rules that masked something so far, by their names, and how many values.
    pub fn masked(&self) -> impl Iterator<Item = (&str, u64)> {
        let rules = self.stages.second().documents().rules();
        let counted = rules.iter().zip(&self.report().masked).map(|(rule, &values)| (rule.id.as_str(), values));
        counted.filter(|&(_, values)| values > 0)
    }

    fn guarded<T>(&mut self, call: impl FnOnce(&mut Then<Decoder, Framed>) -> Result<T, Fault>) -> Result<T, Fault> {
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
