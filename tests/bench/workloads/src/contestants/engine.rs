//! Ours: the streaming engine, fed and emptied as the filter does.

use crate::{MASK, Rule};
use meshveil_body::{Pipeline, Representation, Rewrite, Stage};
use meshveil_json::{Masker, Query};
use meshveil_mask::{Redact, Keys, MaskSpec};
use meshveil_plan::Limits;

/// Bytes per call. Envoy hands over what it read from the socket, which is of this order.
pub const CHUNK: usize = 64 << 10;

/// The compiled rules.
#[derive(Debug)]
pub struct Engine {
    masker: Masker,
}

impl Engine {
    /// Compiles `rules`.
    ///
    /// # Errors
    /// When the engine refuses one of them.
    pub fn of_rules(rules: &[Rule]) -> Result<Self, String> {
        let queries: Vec<String> = rules.iter().map(Rule::query).collect();
        Self::of_queries(&queries)
    }

    /// Compiles RFC 9535 queries, each with the same mask.
    ///
    /// # Errors
    /// When the engine refuses one of them.
    pub fn of_queries(queries: &[impl AsRef<str>]) -> Result<Self, String> {
        let rules = queries
            .iter()
            .map(|query| {
                Ok(meshveil_json::Rule {
                    id: query.as_ref().to_owned(),
                    query: Query::parse(query.as_ref()).map_err(|error| error.to_string())?,
                    mask: MaskSpec::Redact(Redact { with: MASK.to_owned() }),
                })
            })
            .collect::<Result<_, String>>()?;
        Masker::compile(rules, &Keys::none(), Limits::default())
            .map(|masker| Self { masker })
            .map_err(|error| error.to_string())
    }

    /// Masks `text` chunk by chunk. `out` holds one chunk at a time, as in the filter; returns how many bytes came out.
    ///
    /// # Errors
    /// When `text` is not JSON.
    pub fn mask(&self, text: &[u8], out: &mut Vec<u8>) -> Result<usize, String> {
        let mut body = Pipeline::new(&self.masker, Representation::default());
        let mut length = 0;
        for chunk in text.chunks(CHUNK) {
            out.clear();
            length += match body.rewrite(chunk, out).map_err(|error| error.to_string())? {
                Rewrite::Unchanged => chunk.len(),
                Rewrite::Replaced => out.len(),
            };
        }
        out.clear();
        body.finish(out).map_err(|error| error.to_string())?;
        Ok(length + out.len())
    }

    /// Appends all of the masked `text` to `out`.
    ///
    /// # Errors
    /// When `text` is not JSON.
    pub fn whole(&self, text: &[u8], out: &mut Vec<u8>) -> Result<(), String> {
        let mut body = Pipeline::new(&self.masker, Representation::default());
        for chunk in text.chunks(CHUNK) {
            body.push(chunk, out).map_err(|error| error.to_string())?;
        }
        body.finish(out).map_err(|error| error.to_string())?;
        Ok(())
    }
}
