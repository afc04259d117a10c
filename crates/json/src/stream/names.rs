//! Names of members: found without case, and masked.

use core::ops::Range;

use super::{Fault, Stream, emit::Emit, leaf::Leaf, masker::Compiled};
use crate::{
    ErrorCode,
    automaton::{ASK, Child, DEAD, Edge, FIRST, HOLD, LOOK, NET, REST},
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

    /// Writes what stands in for the name of a member, which is spelled in the chunk at `at`; false where it goes on as it is.
    #[inline(never)]
    pub(super) fn replace_name(
        &mut self,
        compiled: &Compiled,
        chunk: &[u8],
        at: Range<usize>,
        emit: &mut Emit<'_>,
    ) -> Result<bool, Fault> {
        let Range { start, end } = at;
        let raw = chunk.get(at).unwrap_or_default();
        let Some(name) = self.masked_name(compiled, raw).map_err(|code| Fault(code, end))? else { return Ok(false) };
        self.before_name(chunk, start, emit);
        let out = if self.separator.is_open() { self.separator.earlier() } else { emit.out() };
        out.extend_from_slice(&name);
        emit.skip_to(end);
        Ok(true)
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
        let written = if masked { self.masked_name(compiled, raw)? } else { None };
        let name = written.as_deref().unwrap_or(raw);
        let out = if self.separator.is_open() { self.separator.earlier() } else { emit.out() };
        out.extend_from_slice(name);
        Ok(())
    }

    /// What stands in for a name, as it is spelled between quotes; nothing where it goes on as it is. Where that is the same for all names, those after the first of
    /// an object are numbered, because readers keep one of several members of a name.
    fn masked_name(&mut self, compiled: &Compiled, raw: &[u8]) -> Result<Option<Vec<u8>>, ErrorCode> {
        self.hear(compiled, raw);
        let number = match self.asked_name.take() {
            Some(number) => number,
            None if compiled.program.tells_names_apart() => {
                let state = self.frames.last().map_or(DEAD, |frame| frame.state);
                let decoded = decode(raw);
                let child = Child::Member(decoded.as_deref().map(str::as_bytes));
                compiled.program.step_without_filters(&self.automaton(compiled).set(state), child).name
            }
            None if compiled.searched.is_some() && !compiled.program.hides_rest() => NET,
            None => REST,
        };
        if number == REST && compiled.refuses {
            return Err(ErrorCode::Unlisted);
        }
        let mut out = Vec::new();
        if (NET..FIRST).contains(&number) {
            if number != NET || !self.search_name(compiled, raw, &mut out) {
                return Ok(None);
            }
            self.number_name(&mut out);
            return Ok(Some(out));
        }
        let Some(action) = compiled.action(number) else { return Ok(Some(out)) };
        if number == REST {
            out.extend_from_slice(UNLISTED);
            self.number_name(&mut out);
            self.report.unlisted += 1;
            return Ok(Some(out));
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
        Ok(Some(out))
    }

    /// Writes a name in which something is found; false where nothing is.
    fn search_name(&mut self, compiled: &Compiled, raw: &[u8], out: &mut Vec<u8>) -> bool {
        let Some(searched) = &compiled.searched else { return false };
        let Ok(name) = core::str::from_utf8(raw) else { return false };
        if name.len() > compiled.limits.value {
            compiled.write_unseen(out);
            // Only what stands between the quotes.
            out.retain(|byte| *byte != b'"');
            self.report.too_long += 1;
            return true;
        }
        if !self.finds_in_name(searched, name) {
            return false;
        }
        self.write_found_in(searched, name, out);
        self.report.detected += 1;
        true
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
