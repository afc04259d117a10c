//! Tokens that the end of a chunk cuts, and everything else that the straight loop of [`super::lexer`] leaves aside.

use super::{
    At, Fault, Skip, Skipped, Stream,
    emit::Emit,
    leaf::Leaf,
    masker::{Action, Compiled},
};
use meshveil_mask::Container;

use crate::{
    ErrorCode,
    automaton::{ACTION, Child, HOLD, HOLD_ARRAY, NAME, REST, prefix},
    scan::{NumberState, NumberStep, StringState, StringStep, skip_blanks},
    tape::decode,
};

/// A token that is being read.
#[derive(Debug, Default)]
pub(super) struct Token {
    /// Its bytes so far, where they are needed, without quotes.
    bytes: Vec<u8>,
    /// Number of its bytes in earlier chunks.
    len: usize,
    /// Offset of its first byte in the stream, without quote.
    from: u64,
    /// What happens to it; 0 when it goes on as it is.
    action: u32,
    /// Whether `bytes` is filled.
    captured: bool,
    /// Whether it is a name that may not go on as it is.
    name: bool,
}

impl Token {
    const fn start(&mut self, from: u64, action: u32, captured: bool) {
        self.len = 0;
        self.from = from;
        self.action = action;
        self.captured = captured;
        self.name = false;
    }

    pub(super) const fn from(&self) -> u64 {
        self.from
    }

    /// Whether its bytes stay back until it ends.
    pub(super) const fn is_withheld(&self) -> bool {
        self.action != 0 || self.name
    }

    /// Takes a piece of it; beyond `limit` bytes nothing is kept.
    fn take(&mut self, piece: &[u8], limit: usize) {
        if self.len == 0 {
            self.bytes.clear();
        }
        self.len += piece.len();
        if self.captured && self.len <= limit {
            self.bytes.extend_from_slice(piece);
        }
    }
}

impl Stream {
    /// Before the colon after a key.
    pub(super) fn colon(&mut self, chunk: &[u8], pos: usize) -> Result<usize, Fault> {
        let pos = skip_blanks(chunk, pos);
        match chunk.get(pos) {
            Some(b':') => {
                self.at = At::Value;
                Ok(pos + 1)
            }
            Some(_) => Err(Fault(ErrorCode::Syntax, pos)),
            None => Ok(pos),
        }
    }

    /// Before a value: decides what happens to it and starts its token or opens it.
    pub(super) fn value(
        &mut self,
        compiled: &Compiled,
        chunk: &[u8],
        pos: usize,
        emit: &mut Emit<'_>,
    ) -> Result<usize, Fault> {
        let pos = skip_blanks(chunk, pos);
        let Some(&first) = chunk.get(pos) else { return Ok(pos) };
        if !matches!(first, b'"' | b'-' | b'0'..=b'9' | b'{' | b'[' | b't' | b'f' | b'n') {
            return Err(Fault(ErrorCode::Syntax, pos));
        }
        if self.skip.is_none() {
            self.decide(compiled, chunk, pos, first, emit)?;
        }
        let action = if self.skip.is_some() { 0 } else { self.edge.action & ACTION };
        let at = match first {
            b'{' | b'[' => {
                let edge = if self.skip.is_some() { Default::default() } else { self.edge };
                self.open(compiled, first == b'{', edge, pos)?;
                self.at = if first == b'{' { At::FirstKey } else { At::FirstElement };
                return Ok(pos + 1);
            }
            b'"' => At::String(StringState::default()),
            b't' => At::Literal(b"true", 0),
            b'f' => At::Literal(b"false", 0),
            b'n' => At::Literal(b"null", 0),
            _ => At::Number(NumberState::Start),
        };
        if compiled.refuses && action == REST {
            return Err(Fault(ErrorCode::Unlisted, pos));
        }
        if action != 0 {
            emit.copy_to(chunk, pos);
        }
        self.at = at;
        let start = pos + usize::from(first == b'"');
        let captured = compiled.action(action).is_some_and(Action::needs_text);
        self.token.start(self.offset + start as u64, action, captured);
        Ok(start)
    }

    /// Decides whether the value at `pos` is kept, dropped, replaced as a whole or held.
    fn decide(
        &mut self,
        compiled: &Compiled,
        chunk: &[u8],
        pos: usize,
        first: u8,
        emit: &mut Emit<'_>,
    ) -> Result<(), Fault> {
        let edge = self.edge;
        if edge.action & HOLD != 0 || (edge.action & HOLD_ARRAY != 0 && first == b'[') {
            return self.hold(compiled, chunk, pos, emit);
        }
        let container = compiled.action(edge.action).map(|action| action.container);
        let whole = match container {
            Some(Container::Drop) => true,
            Some(Container::Whole) => matches!(first, b'{' | b'['),
            _ => false,
        };
        if container == Some(Container::Drop) {
            self.drop_separator(compiled, chunk, pos, emit)?;
        } else {
            self.keep_child(compiled, chunk, pos, emit)?;
        }
        if whole {
            emit.copy_to(chunk, pos);
            self.skip_value(Skipped::Replaced(edge.action));
        }
        Ok(())
    }

    pub(super) const fn skip_value(&mut self, what: Skipped) {
        self.skip = Some(Skip { base: self.frames.len(), what });
    }

    /// A key that does not end inside the chunk, or is not well-formed, starts at `start`.
    pub(super) fn start_key(&mut self, compiled: &Compiled, chunk: &[u8], start: usize, emit: &mut Emit<'_>) -> usize {
        self.at = At::Key(StringState::default());
        self.token.start(self.offset + start as u64, 0, true);
        if compiled.masks_names && self.skip.is_none() {
            self.token.name = true;
            self.before_name(chunk, start, emit);
        }
        start
    }

    pub(super) fn resume_key(
        &mut self,
        compiled: &Compiled,
        chunk: &[u8],
        pos: usize,
        mut state: StringState,
        emit: &mut Emit<'_>,
    ) -> Result<usize, Fault> {
        let limit = compiled.limits.key;
        let step = state.resume(chunk, pos);
        self.at = At::Key(state);
        let end = match step {
            StringStep::More => chunk.len(),
            StringStep::End(end) => end,
            StringStep::Wrong(code, at) => return Err(Fault(code, at)),
        };
        self.token.take(chunk.get(pos..end).unwrap_or_default(), limit);
        if self.token.len > limit {
            return Err(Fault(ErrorCode::KeyTooLong, end));
        }
        if step == StringStep::More {
            return Ok(end);
        }
        let raw = core::mem::take(&mut self.token.bytes);
        self.edge = self.member_edge(compiled, &raw);
        if core::mem::take(&mut self.token.name) {
            let masked = self.edge.action & NAME != 0;
            self.write_name(compiled, &raw, masked, emit).map_err(|code| Fault(code, end))?;
            emit.skip_to(end);
        }
        self.edge.action &= !NAME;
        self.token.bytes = raw;
        self.at = At::Colon;
        Ok(end + 1)
    }

    /// The way to the member whose key is spelled `raw`.
    #[inline(never)]
    pub(super) fn member_edge(&mut self, compiled: &Compiled, raw: &[u8]) -> crate::automaton::Edge {
        let Some(&frame) = self.frames.last() else { return Default::default() };
        let automaton = self.automaton(compiled);
        // A lone surrogate is not a character, so that no name of a query can match it.
        let decoded = decode(raw);
        let name = decoded.as_deref().map(str::as_bytes);
        let edge = match name {
            Some(name) => automaton.member(frame.state, name, prefix(name)),
            None => automaton.other_member(frame.state),
        };
        self.resolve(compiled, edge, frame.action, Child::Member(name))
    }

    pub(super) fn resume_string(
        &mut self,
        compiled: &Compiled,
        chunk: &[u8],
        pos: usize,
        mut state: StringState,
        emit: &mut Emit<'_>,
    ) -> Result<usize, Fault> {
        let step = state.resume(chunk, pos);
        self.at = At::String(state);
        let end = match step {
            StringStep::More => chunk.len(),
            StringStep::End(end) => end,
            StringStep::Wrong(code, at) => return Err(Fault(code, at)),
        };
        self.token.take(chunk.get(pos..end).unwrap_or_default(), compiled.limits.value);
        if step != StringStep::More {
            self.end_scalar(compiled, chunk, end + 1, emit, |text| Leaf::String(text))?;
            return Ok(end + 1);
        }
        Ok(end)
    }

    pub(super) fn resume_number(
        &mut self,
        compiled: &Compiled,
        chunk: &[u8],
        pos: usize,
        mut state: NumberState,
        emit: &mut Emit<'_>,
    ) -> Result<usize, Fault> {
        let mut end = pos;
        while let Some(&byte) = chunk.get(end) {
            match state.step(byte) {
                NumberStep::More(next) => state = next,
                NumberStep::End => {
                    self.token.take(chunk.get(pos..end).unwrap_or_default(), compiled.limits.value);
                    return self.end_number(compiled, chunk, end, emit);
                }
                NumberStep::Wrong => return Err(Fault(ErrorCode::Syntax, end)),
            }
            end += 1;
        }
        self.at = At::Number(state);
        self.token.take(chunk.get(pos..end).unwrap_or_default(), compiled.limits.value);
        Ok(end)
    }

    /// The number being read ended before `end`.
    pub(super) fn end_number(
        &mut self,
        compiled: &Compiled,
        chunk: &[u8],
        end: usize,
        emit: &mut Emit<'_>,
    ) -> Result<usize, Fault> {
        self.end_scalar(compiled, chunk, end, emit, |text| Leaf::Number(text))?;
        Ok(end)
    }

    pub(super) fn resume_literal(
        &mut self,
        compiled: &Compiled,
        chunk: &[u8],
        pos: usize,
        word: &'static [u8],
        read: usize,
        emit: &mut Emit<'_>,
    ) -> Result<usize, Fault> {
        let rest = word.get(read..).unwrap_or_default();
        let bytes = chunk.get(pos..).unwrap_or_default();
        let same = rest.iter().zip(bytes).take_while(|(a, b)| a == b).count();
        if same < rest.len().min(bytes.len()) {
            return Err(Fault(ErrorCode::Syntax, pos + same));
        }
        if same < rest.len() {
            self.at = At::Literal(word, read + same);
            return Ok(pos + same);
        }
        self.end_scalar(compiled, chunk, pos + same, emit, |_| match word {
            b"true" => Leaf::Boolean(true),
            b"false" => Leaf::Boolean(false),
            _ => Leaf::Null,
        })?;
        Ok(pos + same)
    }

    /// A scalar ended before `end`: writes what stands in for it, where something does.
    fn end_scalar(
        &mut self,
        compiled: &Compiled,
        chunk: &[u8],
        end: usize,
        emit: &mut Emit<'_>,
        leaf: impl Fn(&str) -> Leaf<'_>,
    ) -> Result<(), Fault> {
        let action = core::mem::take(&mut self.token.action);
        if action != 0 {
            let bytes = core::mem::take(&mut self.token.bytes);
            let text = if self.token.captured { core::str::from_utf8(&bytes).unwrap_or_default() } else { "" };
            let fits = !self.token.captured || self.token.len <= compiled.limits.value;
            self.replace_leaf(compiled, action, fits.then(|| leaf(text)), emit);
            self.token.bytes = bytes;
            emit.skip_to(end);
        }
        self.end_value(compiled, chunk, end, emit)
    }
}
