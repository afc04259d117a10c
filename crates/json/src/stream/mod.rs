//! One document: bytes in, masked bytes out.
//!
//! [`Stream`] reads it in chunks of any size; [`chunk`] reads several documents out of one chunk, for framings;
//! [`lexer`] reads what lies whole inside a chunk, in one straight loop; [`token`] reads what the end of a chunk cuts;
//! [`emit`] copies runs; [`separator`] holds a comma back until it is known whether the member after it stays; [`held`]
//! holds a value back until it is known what a look-ahead query selects in it.

mod chunk;
mod emit;
mod gap;
mod held;
mod inside;
mod leaf;
mod lexer;
mod masker;
mod names;
mod query_text;
mod quote;
mod search;
mod separator;
mod token;

use core::ops::Range;
use std::sync::Arc;

pub use chunk::Chunk;
use emit::Emit;
use gap::{Gaps, Tag};
use held::{Ask, Pending};
use leaf::Leaf;
use masker::Compiled;
pub use masker::{Exception, Holder, Masker, Rule, Rules, Unlisted};
pub use search::Search;
use separator::Separator;
use token::Token;

use meshveil_mask::Container;

use crate::{
    ErrorCode, StreamError,
    automaton::{ACTION, DYNAMIC, Edge, FIRST},
    detect::{Hint, Hints},
    scan::{NumberState, StringState, is_blank},
};

/// What became of a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Rewrite {
    /// The chunk goes on as it is; nothing was appended to `out`.
    Unchanged,
    /// What was appended to `out` goes on instead of the chunk.
    Replaced,
}

/// What was done to a stream, without values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Values masked per rule, in the order of the rules given to [`Masker::compile`]. Where several rules match one
    /// value, only the strictest counts.
    pub masked: Vec<u64>,
    /// Scalars and names masked because no query lists them.
    pub unlisted: u64,
    /// Scalars and names that no rule masks, in which something was found and masked.
    pub detected: u64,
    /// Of all these, values longer than [`Limits::value`](meshveil_plan::Limits::value), replaced as a whole.
    pub too_long: u64,
    /// Bytes read.
    pub bytes_in: u64,
    /// Complete documents.
    pub documents: u64,
}

/// Where the stream stands in the grammar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// After `{`.
    FirstKey,
    /// After `[`.
    FirstElement,
    /// After a comma.
    Next,
    /// After a value inside a container.
    After,
    /// After a key.
    Colon,
    /// Before a value; the way to it is in `Stream::edge`.
    Value,
    /// Inside a key.
    Key(StringState),
    /// Inside a string that is a value.
    String(StringState),
    /// Inside a number.
    Number(NumberState),
    /// Inside `true`, `false` or `null`; bytes read so far.
    Literal(&'static [u8], usize),
    /// After a document.
    Done,
}

/// An open object or array.
#[derive(Debug, Clone, Copy)]
struct Frame {
    /// State in which its children are read.
    state: u32,
    /// Action that its scalars inherit; 0 for none.
    action: u32,
    /// Index of the next element, counted only where elements differ; in an object, names that were masked alike.
    index: u64,
    object: bool,
    /// What gaps know of it.
    tag: Tag,
    /// What names say about its elements, or about members of no telling name.
    hint: Hint,
    /// Whether a child may have to disappear.
    may_drop: bool,
    /// Whether a child has been kept so far; only where one may disappear.
    kept: bool,
}

/// A value that is read without looking for matches in it.
#[derive(Debug, Clone, Copy)]
struct Skip {
    /// Open containers around it.
    base: usize,
    what: Skipped,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Skipped {
    /// It is replaced, or dropped, by this action.
    Replaced(u32),
    /// It is held until it is known what happens to it.
    Held,
}

/// A byte that cannot be accepted: what and where in the chunk.
#[derive(Debug, Clone, Copy)]
struct Fault(ErrorCode, usize);

/// One document on its way through, or one after the other. After an error every later call returns the same error.
#[derive(Debug)]
pub struct Stream {
    compiled: Arc<Compiled>,
    at: At,
    /// The way to the value that comes next, inherited action included.
    edge: Edge,
    /// The action on the name of the member that comes next, where the automaton does not hold it.
    asked_name: Option<u32>,
    frames: Vec<Frame>,
    token: Token,
    separator: Separator,
    skip: Option<Skip>,
    /// What is known about the value that is held.
    pending: Pending,
    held: Vec<u8>,
    /// Offset of the first byte of the held value.
    held_from: u64,
    ask: Ask,
    /// What stood between the scalars of earlier records, where the body is long enough for it to matter.
    gaps: Option<Box<Gaps>>,
    /// Action that the root inherits; only where a held value is read again.
    inherited: u32,
    /// How many texts around the document it was in.
    nested: u8,
    /// What the last name says about its value; at the root, what is said about the document.
    hint: Hint,
    hints: Hints,
    /// What was found in the scalar or name that was looked through last.
    found: Vec<Range<usize>>,
    /// Offset of the first byte of the next chunk.
    offset: u64,
    report: Report,
    failed: Option<StreamError>,
}

impl Stream {
    fn new(compiled: Arc<Compiled>) -> Self {
        let mut stream = Self {
            at: At::Value,
            edge: Edge::default(),
            asked_name: None,
            frames: Vec::new(),
            token: Token::default(),
            separator: Separator::default(),
            skip: None,
            pending: Pending::default(),
            held: Vec::new(),
            held_from: 0,
            ask: Ask::default(),
            gaps: None,
            inherited: 0,
            nested: 0,
            hint: Hint::NONE,
            hints: Hints::default(),
            found: Vec::new(),
            offset: 0,
            report: Report { masked: vec![0; compiled.rules().len()], ..Report::default() },
            failed: None,
            compiled,
        };
        stream.start_document();
        stream
    }

    /// Takes the next chunk and appends what can be sent on to `out`.
    ///
    /// # Errors
    /// [`StreamError`] when the body is not JSON or passes a limit. What was appended to `out` up to there holds nothing of
    /// a matched value.
    pub fn push(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Result<(), StreamError> {
        if self.rewrite(chunk, out)? == Rewrite::Unchanged {
            out.extend_from_slice(chunk);
        }
        Ok(())
    }

    /// Like [`Stream::push`], but a chunk that goes on unchanged is not copied.
    ///
    /// # Errors
    /// As [`Stream::push`].
    pub fn rewrite(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Result<Rewrite, StreamError> {
        let mut reading = self.begin(chunk, out)?;
        if let Some(end) = reading.document(0)?
            && let Some(pos) = chunk.iter().skip(end).position(|&byte| !is_blank(byte))
        {
            return Err(reading.refuse(ErrorCode::TrailingData, end + pos));
        }
        reading.end()
    }

    /// Begins a chunk out of which documents are read one by one. What goes on of it is appended to `out`.
    ///
    /// # Errors
    /// As [`Stream::push`].
    pub fn begin<'a>(&'a mut self, chunk: &'a [u8], out: &'a mut Vec<u8>) -> Result<Chunk<'a>, StreamError> {
        match self.failed {
            Some(error) => Err(error),
            None => Ok(Chunk::new(self, chunk, out)),
        }
    }

    /// Ends the document and appends what was still held. For a document that ends in a bracket, a quote or a literal there
    /// is nothing left to append.
    ///
    /// # Errors
    /// As [`Stream::push`]; also when the document is not complete.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), StreamError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let compiled = Arc::clone(&self.compiled);
        let mut emit = Emit::new(out, true);
        let result = match self.at {
            At::Done => Ok(0),
            // Only a number at the root can end with the stream.
            At::Number(state) if state.can_end() && self.frames.is_empty() => {
                self.end_number(&compiled, &[], 0, &mut emit)
            }
            _ => Err(Fault(ErrorCode::UnexpectedEnd, 0)),
        };
        match result {
            Ok(_) => Ok(()),
            Err(fault) => Err(self.fail(&compiled, fault)),
        }
    }

    /// After the end of a document: what is read next is another one. Offsets and the report go on.
    #[inline]
    pub fn next_document(&mut self) {
        if self.at == At::Done {
            self.start_document();
        }
    }

    /// Gives up the document at hand, whether it failed or not: what is read next is another one. Offsets and the report go
    /// on from `before`, what was done before the document.
    pub fn forget_document(&mut self, before: &Report) {
        let mut report = std::mem::take(&mut self.report);
        report.clone_from(before);
        *self = Self { offset: report.bytes_in, report, ..Self::new(Arc::clone(&self.compiled)) };
    }

    /// Whether the document has ended. A number that is the whole document ends with the first byte after it.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.at == At::Done
    }

    /// Whether anything of the document has come but white space before it.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.at != At::Value || !self.frames.is_empty()
    }

    /// What was done so far, in all documents.
    #[must_use]
    pub const fn report(&self) -> &Report {
        &self.report
    }

    /// The rules, in the order in which the report counts them.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        self.compiled.rules()
    }

    /// Reads from `pos` on to the end of the document or the chunk, and gives where that is.
    fn read(&mut self, compiled: &Compiled, chunk: &[u8], mut pos: usize, emit: &mut Emit<'_>) -> Result<usize, Fault> {
        while pos < chunk.len() {
            pos = match self.at {
                At::FirstKey | At::FirstElement | At::Next | At::After => self.run(compiled, chunk, pos, emit)?,
                At::Colon => self.colon(chunk, pos)?,
                At::Value => self.value(compiled, chunk, pos, emit)?,
                At::Key(state) => self.resume_key(compiled, chunk, pos, state, emit)?,
                At::String(state) => self.resume_string(compiled, chunk, pos, state, emit)?,
                At::Number(state) => self.resume_number(compiled, chunk, pos, state, emit)?,
                At::Literal(word, read) => self.resume_literal(compiled, chunk, pos, word, read, emit)?,
                At::Done => break,
            };
        }
        Ok(pos)
    }

    fn start_document(&mut self) {
        self.edge = self.root_edge();
        self.at = At::Value;
    }

    /// Opens a container: `edge` is the way to it.
    #[inline(always)]
    fn open(&mut self, compiled: &Compiled, object: bool, edge: Edge, pos: usize) -> Result<Tag, Fault> {
        if self.frames.len() >= compiled.limits.depth {
            return Err(Fault(ErrorCode::TooDeep, pos));
        }
        let automaton = self.automaton(compiled);
        // What no query selects is on every edge, and is not inherited.
        let (state, action) = (edge.next, if edge.action & ACTION < FIRST { 0 } else { edge.action & ACTION });
        let may_drop = automaton.may_drop(state);
        if may_drop {
            self.separator.open(self.offset, pos + 1, false);
        }
        let plain = action == 0 && !may_drop && state != DYNAMIC && !compiled.needs_names;
        let tag = if plain && (object || automaton.every_element(state).is_some()) {
            Tag::new(state, object)
        } else {
            Tag::default()
        };
        let hint = self.here();
        self.frames.push(Frame { state, action, index: 0, tag, object, hint, may_drop, kept: false });
        Ok(tag)
    }

    /// A value ended before `pos`: ends a skip and the document where it was the root.
    fn end_value(&mut self, compiled: &Compiled, chunk: &[u8], pos: usize, emit: &mut Emit<'_>) -> Result<(), Fault> {
        if matches!(self.skip, Some(Skip { base, what: Skipped::Held }) if base == self.frames.len())
            && self.offset + pos as u64 - self.held_from > compiled.limits.held as u64
        {
            return Err(Fault(ErrorCode::HeldTooLarge, pos));
        }
        if let Some(skip) = self.skip.take_if(|skip| skip.base == self.frames.len()) {
            match skip.what {
                Skipped::Replaced(action) => self.replace_whole(compiled, action, emit),
                Skipped::Held => self.release(compiled, chunk, pos, emit)?,
            }
            emit.skip_to(pos);
        }
        if self.frames.is_empty() {
            self.at = At::Done;
            self.report.documents += 1;
        } else {
            self.at = At::After;
        }
        Ok(())
    }

    /// Writes what stands in for a whole value, nothing where it is dropped.
    fn replace_whole(&mut self, compiled: &Compiled, number: u32, emit: &mut Emit<'_>) {
        let Some(action) = compiled.action(number) else { return };
        if action.container != Container::Drop {
            action.replacement.write_unseen(emit.out());
        } else if self.frames.is_empty() {
            // A document cannot disappear.
            emit.out().extend_from_slice(b"null");
        }
        self.count(action.rule);
    }

    /// Writes what stands in for a scalar; `None` is one that is too long to look at.
    #[inline(always)]
    fn replace_leaf(&mut self, compiled: &Compiled, number: u32, leaf: Option<Leaf<'_>>, emit: &mut Emit<'_>) {
        let Some(action) = compiled.action(number) else { return };
        if action.searches {
            return self.replace_searched(compiled, leaf, emit.out());
        }
        match leaf {
            Some(Leaf::String(content)) if action.holds.is_some() => {
                if let Some(holds) = action.holds {
                    self.replace_inside(compiled, action, holds, content, emit.out());
                }
            }
            Some(leaf) if action.holds.is_some_and(|holds| holds.keeps) => leaf.write_as_is(emit.out()),
            Some(leaf) => action.replacement.write(leaf, emit.out()),
            None => {
                action.replacement.write_unseen(emit.out());
                self.report.too_long += 1;
            }
        }
        self.count(action.rule);
    }

    /// Adds what was done to a part of the document that was read by itself.
    fn add(&mut self, report: &Report) {
        for (all, part) in self.report.masked.iter_mut().zip(&report.masked) {
            *all += part;
        }
        self.report.unlisted += report.unlisted;
        self.report.detected += report.detected;
        self.report.too_long += report.too_long;
    }

    fn count(&mut self, rule: Option<usize>) {
        match rule {
            Some(rule) => {
                if let Some(masked) = self.report.masked.get_mut(rule) {
                    *masked += 1;
                }
            }
            None => self.report.unlisted += 1,
        }
    }

    /// Whether bytes that were read have not been sent on.
    const fn withholds(&self) -> bool {
        self.skip.is_some() || self.token.is_withheld() || self.separator.is_open()
    }

    /// Sends on or keeps what is left of a chunk.
    fn end_chunk(&mut self, compiled: &Compiled, chunk: &[u8], emit: &mut Emit<'_>) -> Result<(), Fault> {
        let end = chunk.len();
        match self.skip {
            Some(Skip { what: Skipped::Held, .. }) => {
                self.held.extend_from_slice(emit.rest(chunk, end));
                emit.skip_to(end);
                if self.held.len() > compiled.limits.held {
                    return Err(Fault(ErrorCode::HeldTooLarge, end));
                }
            }
            Some(Skip { what: Skipped::Replaced(_), .. }) => emit.skip_to(end),
            None if self.token.is_withheld() => emit.skip_to(end),
            None if self.separator.is_open() => {
                self.separator.keep_back(chunk, end, emit);
                self.check_separator(compiled, end)?;
            }
            None if emit.unchanged() => {}
            None => emit.copy_to(chunk, end),
        }
        Ok(())
    }

    /// Poisons the stream. A limit that was passed before the fault wins, so that the error does not depend on the chunks.
    fn fail(&mut self, compiled: &Compiled, Fault(code, pos): Fault) -> StreamError {
        let limits = &compiled.limits;
        let mut error = StreamError { code, offset: self.offset + pos as u64 };
        let mut earlier = |code, from: u64, limit: usize| {
            let offset = from + limit as u64;
            if offset < error.offset || (code == error.code && offset == error.offset) {
                error = StreamError { code, offset };
            }
        };
        if matches!(self.at, At::Key(_)) {
            earlier(ErrorCode::KeyTooLong, self.token.from(), limits.key);
        }
        if matches!(self.skip, Some(Skip { what: Skipped::Held, .. })) {
            earlier(ErrorCode::HeldTooLarge, self.held_from, limits.held);
        } else if self.separator.is_open() {
            earlier(ErrorCode::HeldTooLarge, self.separator.from(), limits.held);
        }
        self.failed = Some(error);
        error
    }
}

#[cfg(test)]
mod tests;
