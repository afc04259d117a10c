//! The one interface of the stages of a body, and how two of them follow each other.

use crate::{Fault, Rewrite};

/// A stage: takes a body in chunks, cut anywhere, and gives what goes on of it.
///
/// What comes out before a fault holds nothing that must not go on. After a fault a stage is not used any more; a
/// [`Pipeline`](crate::Pipeline) sees to that for all of its stages.
pub trait Stage {
    /// Takes the next chunk. What goes on instead of it is appended to `out`; nothing is where it goes on as it is.
    ///
    /// # Errors
    /// The [`Fault`] for which nothing more of the body goes on.
    fn rewrite(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Result<Rewrite, Fault>;

    /// Ends the body, and appends what was still held.
    ///
    /// # Errors
    /// As [`Stage::rewrite`]; also when the body is not complete.
    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Fault>;

    /// As [`Stage::rewrite`], but a chunk that goes on as it is is appended, too.
    ///
    /// # Errors
    /// As [`Stage::rewrite`].
    fn push(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Result<(), Fault> {
        if self.rewrite(chunk, out)? == Rewrite::Unchanged {
            out.extend_from_slice(chunk);
        }
        Ok(())
    }
}

/// Two stages, the second fed with what comes out of the first. A chunk that both leave as it is is not copied.
#[derive(Debug)]
pub struct Then<A, B> {
    first: A,
    second: B,
    /// What came out of the first for the chunk at hand.
    between: Vec<u8>,
}

impl<A, B> Then<A, B> {
    /// `first`, then `second`.
    pub const fn new(first: A, second: B) -> Self {
        Self { first, second, between: Vec::new() }
    }

    /// The second stage.
    pub const fn second(&self) -> &B {
        &self.second
    }
}

impl<A: Stage, B: Stage> Stage for Then<A, B> {
    fn rewrite(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Result<Rewrite, Fault> {
        self.between.clear();
        match self.first.rewrite(chunk, &mut self.between) {
            Ok(Rewrite::Unchanged) => self.second.rewrite(chunk, out),
            Ok(Rewrite::Replaced) => self.second.push(&self.between, out).map(|()| Rewrite::Replaced),
            // A fault in what came before is the first of the two, however the body is cut.
            Err(fault) => self.second.push(&self.between, out).and(Err(fault)),
        }
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Fault> {
        self.between.clear();
        let finished = self.first.finish(&mut self.between);
        if !self.between.is_empty() {
            self.second.push(&self.between, out)?;
        }
        finished?;
        self.second.finish(out)
    }
}

#[cfg(test)]
mod tests {
    use meshveil_json::{ErrorCode, StreamError};

    use super::*;

    /// A coding: two digits for each byte.
    #[derive(Default)]
    struct Hex {
        high: Option<u8>,
    }

    impl Stage for Hex {
        fn rewrite(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Result<Rewrite, Fault> {
            for &digit in chunk {
                let value = (digit as char).to_digit(16).unwrap() as u8;
                match self.high.take() {
                    Some(high) => out.push(high << 4 | value),
                    None => self.high = Some(value),
                }
            }
            Ok(Rewrite::Replaced)
        }

        fn finish(&mut self, _out: &mut Vec<u8>) -> Result<(), Fault> {
            let fault = StreamError { code: ErrorCode::UnexpectedEnd, offset: 0 };
            if self.high.is_some() { Err(fault.into()) } else { Ok(()) }
        }
    }

    /// Upper case letters and, at the end, a full stop. Leaves what has no letter to change.
    struct Loud;

    impl Stage for Loud {
        fn rewrite(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Result<Rewrite, Fault> {
            if !chunk.iter().any(u8::is_ascii_lowercase) {
                return Ok(Rewrite::Unchanged);
            }
            out.extend(chunk.to_ascii_uppercase());
            Ok(Rewrite::Replaced)
        }

        fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Fault> {
            out.push(b'.');
            Ok(())
        }
    }

    #[test]
    fn stages_follow_each_other_however_the_body_is_cut() {
        let body = b"61422d63";
        for split in 0..=body.len() {
            let mut stages = Then::new(Then::new(Hex::default(), Loud), Loud);
            let mut out = Vec::new();
            for chunk in [&body[..split], &body[split..]] {
                stages.push(chunk, &mut out).unwrap();
            }
            stages.finish(&mut out).unwrap();
            assert_eq!(out, b"AB-C..", "cut at {split}");
        }
    }

    #[test]
    fn chunk_that_no_stage_changes_is_not_copied() {
        let mut out = Vec::new();
        assert_eq!(Then::new(Loud, Loud).rewrite(b"AB", &mut out), Ok(Rewrite::Unchanged));
        assert!(out.is_empty());
        let mut decoded = Then::new(Hex::default(), Loud);
        assert_eq!(
            decoded.rewrite(b"4142", &mut out),
            Ok(Rewrite::Replaced),
            "what was decoded goes on, changed or not"
        );
        assert_eq!(out, b"AB");
    }

    #[test]
    fn what_comes_before_a_fault_is_read_by_the_next_stage() {
        let mut stages = Then::new(crate::ascii::Ascii::new(true), Loud);
        let mut out = Vec::new();
        assert_eq!(stages.rewrite("ab\u{f6}c".as_bytes(), &mut out), Err(Fault::NotAscii));
        assert_eq!(out, b"AB");
    }

    #[test]
    fn fault_of_any_stage_ends_the_body() {
        let mut stages = Then::new(Hex::default(), Loud);
        let mut out = Vec::new();
        stages.push(b"414", &mut out).unwrap();
        assert!(stages.finish(&mut out).is_err());
        assert_eq!(out, b"A", "nothing comes after the fault");
    }
}
