//! The straight loop over everything that lies whole inside a chunk.
//!
//! One iteration reads a member or an element, its value and what follows it. Whatever is rare (a token cut by the end of
//! the chunk, an escaped key, a value that is masked, a syntax error) leaves the loop for [`super::token`], which
//! handles every case from any position: the loop itself never reports where a string or a number is wrong.

use super::{
    At, Fault, Stream,
    emit::Emit,
    gap::{After, Gaps, Tag, Trace},
    leaf::Leaf,
    masker::Compiled,
};
use meshveil_mask::Container;

use crate::{
    ErrorCode,
    automaton::{ACTION, ASK, Automaton, Child, Edge, HOLD, HOLD_ARRAY, LOOK, NAME, REST, prefix_at},
    scan,
};

/// What became of a value that something happens to.
enum Admitted {
    /// It goes on as it is, or is a container whose scalars are masked.
    AsIs,
    /// It was read to its end, and replaced where it had to be.
    Replaced(usize),
    /// The loop does not handle it.
    Aside,
}

impl Stream {
    /// The automaton in use: its own when a held value is read a second time.
    #[inline(always)]
    pub(super) fn automaton<'c>(&self, compiled: &'c Compiled) -> &'c Automaton {
        if self.ask.is_marks() { &compiled.asking } else { &compiled.automaton }
    }

    /// Reads from `pos` on, inside a container; gives the position from which [`Stream::at`] says how to go on.
    pub(super) fn run(
        &mut self,
        compiled: &Compiled,
        chunk: &[u8],
        pos: usize,
        emit: &mut Emit<'_>,
    ) -> Result<usize, Fault> {
        let mut gaps = self.gaps.take();
        let result = self.containers(compiled, chunk, pos, emit, &mut gaps);
        self.gaps = gaps;
        result
    }

    #[expect(clippy::too_many_lines, reason = "one loop without calls is what makes it fast")]
    #[inline(always)]
    fn containers(
        &mut self,
        compiled: &Compiled,
        chunk: &[u8],
        mut pos: usize,
        emit: &mut Emit<'_>,
        gaps: &mut Option<Box<Gaps>>,
    ) -> Result<usize, Fault> {
        let automaton = self.automaton(compiled);
        let base = self.skip.map_or(0, |skip| skip.base);
        let limits = &compiled.limits;
        let mut at = self.at;
        let mut trace = Trace::unknown();
        // Where guessing does not pay, every gap is read.
        let mut guesses = gaps.as_ref().is_some_and(|gaps| gaps.pays());
        // Whether the gap at hand is read, because it is not one that is known.
        let mut is_read = true;
        let Some(&(mut frame)) = self.frames.last() else { return Ok(pos) };

        /// Leaves the loop; the rest is for [`super::token`].
        macro_rules! leave {
            ($at:expr) => {{
                self.at = $at;
                return Ok(pos);
            }};
        }
        /// The next byte that is not white space; leaves the loop at the end of the chunk.
        macro_rules! next_byte {
            ($at:expr) => {
                match chunk.get(pos) {
                    Some(&byte) if byte > b' ' => byte,
                    _ => {
                        pos = scan::skip_blanks(chunk, pos);
                        match chunk.get(pos) {
                            Some(&byte) => byte,
                            None => leave!($at),
                        }
                    }
                }
            };
        }

        loop {
            let mut known = None;
            if at == At::After
                && !is_read
                && let Some(gaps) = gaps.as_mut()
            {
                (pos, known) = self.known(compiled, chunk, pos, emit, gaps)?;
                let Some(&now) = self.frames.last() else { return Ok(pos) };
                frame = now;
            }
            let edge = if let Some((edge, first)) = known {
                at = if first { At::FirstElement } else { At::Value };
                edge
            } else {
                if at == At::After {
                    if !is_read {
                        trace = Trace::begin(pos, frame.tag);
                        is_read = true;
                    }
                    let byte = next_byte!(At::After);
                    if byte == b',' {
                        if frame.may_drop {
                            self.separator.open(self.offset, pos, true);
                        }
                        pos += 1;
                        at = At::Next;
                    } else if byte != (if frame.object { b'}' } else { b']' }) {
                        return Err(Fault(ErrorCode::Syntax, pos));
                    }
                }
                let mut way = Edge::default();
                let mut ends = at == At::After;
                if !ends && frame.object {
                    let byte = next_byte!(at);
                    if byte == b'}' && at == At::FirstKey {
                        ends = true;
                    } else if byte != b'"' {
                        return Err(Fault(ErrorCode::Syntax, pos));
                    } else {
                        let start = pos + 1;
                        let Some(key) = scan::string(chunk, start) else {
                            pos = self.start_key(compiled, chunk, start, emit);
                            leave!(self.at)
                        };
                        let len = key.end - start;
                        if len > limits.key {
                            return Err(Fault(ErrorCode::KeyTooLong, start + limits.key));
                        }
                        let name = chunk.get(start..key.end).unwrap_or_default();
                        if key.escaped {
                            way = self.member_edge(compiled, name);
                        } else {
                            way = automaton.member(frame.state, name, prefix_at(chunk, start, len));
                            if way.action | frame.action != 0 {
                                way = self.resolve(compiled, way, frame.action, Child::Member(Some(name)));
                            }
                        }
                        if way.action & NAME != 0 {
                            way.action &= !NAME;
                            if self.replace_name(compiled, chunk, start..key.end, emit)? {
                                // A gap with another name than it was read with cannot be known again.
                                trace = Trace::unknown();
                            }
                        }
                        pos = key.end + 1;
                        if chunk.get(pos) != Some(&b':') {
                            self.edge = way;
                            if next_byte!(At::Colon) != b':' {
                                return Err(Fault(ErrorCode::Syntax, pos));
                            }
                        }
                        pos += 1;
                    }
                } else if !ends {
                    if at == At::FirstElement && next_byte!(at) == b']' {
                        ends = true;
                    } else {
                        way = match automaton.every_element(frame.state) {
                            Some(edge) if (edge.action & !ACTION) | frame.action == 0 => edge,
                            _ => self.element_edge(compiled),
                        };
                    }
                }
                if ends {
                    // The container ends at `pos`.
                    if frame.may_drop {
                        self.end_separator(compiled, chunk, pos, emit)?;
                    }
                    pos += 1;
                    self.frames.pop();
                    at = At::After;
                    if self.frames.len() == base {
                        self.end_value(compiled, chunk, pos, emit)?;
                        return Ok(pos);
                    }
                    let Some(&around) = self.frames.last() else { return Ok(pos) };
                    frame = around;
                    if guesses {
                        trace.close(frame.tag);
                    }
                    continue;
                }
                way
            };

            // The value at `pos`, up to its end.
            let byte = match chunk.get(pos) {
                Some(&byte) if byte > b' ' => byte,
                _ => {
                    self.edge = edge;
                    next_byte!(if is_read || at != At::FirstElement { At::Value } else { At::FirstElement })
                }
            };
            if byte == b']' && !is_read && at == At::FirstElement {
                trace = Trace::unknown();
                is_read = true;
                continue;
            }
            if is_read
                && guesses
                && !matches!(byte, b'{' | b'[')
                && let Some(gaps) = gaps.as_mut()
            {
                gaps.learn(&trace, chunk, After { pos, first: at == At::FirstElement, edge });
                guesses = gaps.pays();
            }
            if edge.action != 0 || frame.may_drop {
                match self.admit(compiled, chunk, pos, byte, edge, emit)? {
                    Admitted::AsIs => {}
                    Admitted::Replaced(end) => {
                        pos = end;
                        at = At::After;
                        is_read = !guesses;
                        continue;
                    }
                    Admitted::Aside => {
                        self.edge = edge;
                        leave!(At::Value)
                    }
                }
            }
            let end = match byte {
                b'"' => scan::string(chunk, pos + 1).map(|string| string.end + 1),
                b'{' | b'[' => {
                    let object = byte == b'{';
                    let tag = self.open(compiled, object, edge, pos)?;
                    let Some(&opened) = self.frames.last() else { return Ok(pos) };
                    frame = opened;
                    if is_read {
                        if guesses {
                            trace.open(tag);
                        }
                    } else {
                        // A gap that was known, with another value after it.
                        trace = Trace::unknown();
                        is_read = true;
                    }
                    at = if object { At::FirstKey } else { At::FirstElement };
                    pos += 1;
                    continue;
                }
                b'-' | b'0'..=b'9' => scan::number(chunk, pos),
                _ => literal(chunk, pos),
            };
            match end {
                Some(end) => pos = end,
                None => {
                    self.edge = edge;
                    leave!(At::Value)
                }
            }
            at = At::After;
            is_read = !guesses;
        }
    }

    /// Reads known gaps and the scalars after them, as long as there are any. Gives where it stopped: before a gap that is not
    /// known, or before a value that the loop of [`Stream::containers`] has to look at, with the way to it and whether the
    /// array it is in may end instead.
    ///
    /// A function of its own, because few variables are what makes it fast.
    #[inline(never)]
    fn known(
        &mut self,
        compiled: &Compiled,
        chunk: &[u8],
        mut pos: usize,
        emit: &mut Emit<'_>,
        gaps: &mut Gaps,
    ) -> Result<(usize, Option<(Edge, bool)>), Fault> {
        let base = self.skip.map_or(0, |skip| skip.base);
        let mut tag = self.frames.last().map_or(Tag::default(), |frame| frame.tag);
        loop {
            let Some(expected) = gaps.expect(chunk, pos, tag) else { return Ok((pos, None)) };
            if expected.moves {
                if !gaps.apply(expected.place, &mut self.frames, base, compiled.limits.depth) {
                    return Ok((pos, None));
                }
                tag = self.frames.last().map_or(Tag::default(), |frame| frame.tag);
            }
            gaps.last = expected.place;
            pos += expected.len;
            let Some(&byte) = chunk.get(pos) else { return Ok((pos, Some((expected.edge, expected.first)))) };
            if expected.edge.action != 0 {
                match self.admit(compiled, chunk, pos, byte, expected.edge, emit)? {
                    Admitted::Replaced(end) => {
                        pos = end;
                        continue;
                    }
                    Admitted::AsIs | Admitted::Aside => return Ok((pos, Some((expected.edge, expected.first)))),
                }
            }
            let end = match byte {
                b'"' => scan::string(chunk, pos + 1).map(|string| string.end + 1),
                b'-' | b'0'..=b'9' => scan::number(chunk, pos),
                b't' | b'f' | b'n' => literal(chunk, pos),
                _ => None,
            };
            match end {
                Some(end) => pos = end,
                None => return Ok((pos, Some((expected.edge, expected.first)))),
            }
        }
    }

    /// The way to the next element of the innermost array.
    #[inline(never)]
    fn element_edge(&mut self, compiled: &Compiled) -> Edge {
        let automaton = self.automaton(compiled);
        let Some(frame) = self.frames.last_mut() else { return Edge::default() };
        let index = frame.index;
        frame.index += 1;
        let (edge, inherited) = (automaton.element(frame.state, index), frame.action);
        self.resolve(compiled, edge, inherited, Child::Element { index, len: None })
    }

    /// An edge as it is after asking and holding, with what the child inherits.
    #[inline(always)]
    pub(super) fn resolve(&mut self, compiled: &Compiled, mut edge: Edge, inherited: u32, child: Child<'_>) -> Edge {
        if edge.action & (ASK | HOLD | LOOK) != 0 {
            edge = self.look(compiled, edge, child);
        }
        inherit(edge, inherited)
    }

    /// Decides on a value to which something happens, or that may have to disappear.
    #[inline(never)]
    fn admit(
        &mut self,
        compiled: &Compiled,
        chunk: &[u8],
        pos: usize,
        first: u8,
        edge: Edge,
        emit: &mut Emit<'_>,
    ) -> Result<Admitted, Fault> {
        if edge.action & HOLD != 0 || (edge.action & HOLD_ARRAY != 0 && first == b'[') {
            return Ok(Admitted::Aside);
        }
        let is_container = matches!(first, b'{' | b'[');
        let Some(action) = compiled.action(edge.action) else {
            self.keep_child(compiled, chunk, pos, emit)?;
            return Ok(Admitted::AsIs);
        };
        match action.container {
            Container::Drop => return Ok(Admitted::Aside),
            Container::Whole if is_container => return Ok(Admitted::Aside),
            Container::Leaves if is_container => {
                self.keep_child(compiled, chunk, pos, emit)?;
                return Ok(Admitted::AsIs);
            }
            _ => {}
        }
        if compiled.refuses && edge.action & ACTION == REST {
            return Err(Fault(ErrorCode::Unlisted, pos));
        }
        let needs_text = action.needs_text();
        let Some((end, text, leaf)) = scalar(chunk, pos, first, needs_text) else {
            return Ok(Admitted::Aside);
        };
        self.keep_child(compiled, chunk, pos, emit)?;
        let fits = !needs_text || text <= compiled.limits.value;
        if action.searches && fits {
            let found = match &compiled.searched {
                Some(searched) if self.finds(searched, leaf) => searched,
                _ => return Ok(Admitted::Replaced(end)),
            };
            emit.copy_to(chunk, pos);
            self.write_found(found, leaf, emit.out());
            emit.skip_to(end);
            return Ok(Admitted::Replaced(end));
        }
        emit.copy_to(chunk, pos);
        self.replace_leaf(compiled, edge.action, fits.then_some(leaf), emit);
        emit.skip_to(end);
        Ok(Admitted::Replaced(end))
    }
}

/// What a child inherits added to the way to it.
#[inline(always)]
fn inherit(edge: Edge, inherited: u32) -> Edge {
    let action = (edge.action & ACTION).max(inherited & ACTION);
    Edge { next: edge.next, action: action | (edge.action & (HOLD | HOLD_ARRAY | NAME)) }
}

/// The end of `true`, `false` or `null` at `pos`.
#[inline(always)]
fn literal(chunk: &[u8], pos: usize) -> Option<usize> {
    let word = chunk.get(pos..)?.first_chunk::<4>()?;
    match word {
        b"true" | b"null" => Some(pos + 4),
        b"fals" if chunk.get(pos + 4) == Some(&b'e') => Some(pos + 5),
        _ => None,
    }
}

/// A scalar that ends inside the chunk: its end, the length of its text, and itself, without text where none is needed.
#[inline(always)]
fn scalar(chunk: &[u8], pos: usize, first: u8, needs_text: bool) -> Option<(usize, usize, Leaf<'_>)> {
    let text = |start: usize, end: usize| {
        if needs_text { core::str::from_utf8(chunk.get(start..end)?).ok() } else { Some("") }
    };
    Some(match first {
        b'"' => {
            let end = scan::string(chunk, pos + 1)?.end;
            (end + 1, end - pos - 1, Leaf::String(text(pos + 1, end)?))
        }
        b'-' | b'0'..=b'9' => {
            let end = scan::number(chunk, pos)?;
            (end, end - pos, Leaf::Number(text(pos, end)?))
        }
        _ => {
            let end = literal(chunk, pos)?;
            let leaf = match first {
                b't' => Leaf::Boolean(true),
                b'f' => Leaf::Boolean(false),
                _ => Leaf::Null,
            };
            (end, 0, leaf)
        }
    })
}
