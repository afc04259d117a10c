//! Names of members: found without case, and masked.

use core::ops::Range;

use super::{Fault, Stream, emit::Emit, leaf::Leaf, masker::Compiled};
use crate::{
    ErrorCode,
    automaton::{ASK, Child, DEAD, Edge, HOLD, LOOK, REST},
    tape::decode,
};

/// What stands in for a name that no query lists.
const UNLISTED: &[u8] = b"***";

impl Stream {
    /// Finds out an edge that the table of names does not hold.
    #[inline(never)]
    pub(super) fn look(&mut self, compiled: &Compiled, mut edge: Edge, child: Child<'_>) -> Edge {
        if edge.action & LOOK != 0 {
            let state = self.frames.last().map_or(DEAD, |frame| frame.state);
            edge.action &= !LOOK;
            if let Child::Member(Some(name)) = child
                && let Some(found) = self.automaton(compiled).loose_member(state, name)
            {
                edge = found;
            }
        }
        if edge.action & (ASK | HOLD) != 0 { self.ask(compiled, edge, child) } else { edge }
    }

    /// Writes what stands in for the name of a member, which is spelled in the chunk at `at`.
    #[inline(never)]
    pub(super) fn replace_name(
        &mut self,
        compiled: &Compiled,
        chunk: &[u8],
        at: Range<usize>,
        emit: &mut Emit<'_>,
    ) -> Result<(), Fault> {
        let end = at.end;
        self.before_name(chunk, at.start, emit);
        let raw = chunk.get(at).unwrap_or_default();
        self.write_name(compiled, raw, true, emit).map_err(|code| Fault(code, end))?;
        emit.skip_to(end);
        Ok(())
    }

    /// Sends on, or keeps back where the member may have to disappear, what stands before a name at `start`.
    pub(super) fn before_name(&mut self, chunk: &[u8], start: usize, emit: &mut Emit<'_>) {
        if self.separator.is_open() {
            self.separator.keep_back(chunk, start, emit);
        } else {
            emit.copy_to(chunk, start);
        }
    }

    /// Writes a name that was spelled `raw`, or what stands in for it.
    pub(super) fn write_name(
        &mut self,
        compiled: &Compiled,
        raw: &[u8],
        masked: bool,
        emit: &mut Emit<'_>,
    ) -> Result<(), ErrorCode> {
        let written;
        let name = if masked {
            written = self.masked_name(compiled, raw)?;
            &written
        } else {
            raw
        };
        let out = if self.separator.is_open() { self.separator.earlier() } else { emit.out() };
        out.extend_from_slice(name);
        Ok(())
    }

    /// What stands in for a name, as it is spelled between quotes. Where that is the same for all names, those after the first of
    /// an object are numbered, because readers keep one of several members of a name.
    fn masked_name(&mut self, compiled: &Compiled, raw: &[u8]) -> Result<Vec<u8>, ErrorCode> {
        let number = match self.asked_name.take() {
            Some(number) => number,
            None if compiled.program.has_names() => {
                let state = self.frames.last().map_or(DEAD, |frame| frame.state);
                let decoded = decode(raw);
                let child = Child::Member(decoded.as_deref().map(str::as_bytes));
                compiled.program.step_without_filters(&self.automaton(compiled).set(state), child).name
            }
            None => REST,
        };
        if number == REST && compiled.refuses {
            return Err(ErrorCode::Unlisted);
        }
        let mut out = Vec::new();
        let Some(action) = compiled.action(number) else { return Ok(out) };
        if number == REST {
            out.extend_from_slice(UNLISTED);
            self.number_name(&mut out);
            self.report.unlisted += 1;
            return Ok(out);
        }
        let needs_text = action.replacement.needs_text();
        match core::str::from_utf8(raw) {
            Ok(text) if !needs_text || text.len() <= compiled.limits.value => {
                action.replacement.write(Leaf::String(text), &mut out);
            }
            _ => {
                action.replacement.write_unseen(&mut out);
                self.report.too_long += 1;
            }
        }
        if out.first() == Some(&b'"') {
            out.remove(0);
            out.pop();
        }
        if !needs_text {
            self.number_name(&mut out);
        }
        self.count(action.rule);
        Ok(out)
    }

    /// Numbers a name that others of its object have, too.
    fn number_name(&mut self, name: &mut Vec<u8>) {
        let Some(frame) = self.frames.last_mut() else { return };
        frame.index += 1;
        if frame.index > 1 {
            name.extend_from_slice(frame.index.to_string().as_bytes());
        }
    }
}
