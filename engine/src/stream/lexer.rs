//! The straight loop over everything that lies whole inside a chunk.
//!
//! One iteration reads a member or an element, its value and what follows it. Whatever is rare (a token cut by the end of
//! the chunk, an escaped key, a value that is masked, a syntax error) leaves the loop for [`super::token`], which
//! handles every case from any position: the loop itself never reports where a string or a number is wrong.

use super::{At, Fault, Stream, emit::Emit, masker::Compiled};
use crate::{
    ErrorCode,
    automaton::{ACTION, ASK, Automaton, Child, Edge, HOLD, HOLD_ARRAY, prefix_at},
    mask::{Container, Leaf},
    scan,
};

/// What became of a value that something happens to.
enum Admitted {
    /// It goes on as it is, or is a container whose scalars are masked.
    AsIs,
    /// It was replaced; it ends here.
    Replaced(usize),
    /// The loop does not handle it.
    Aside,
}

/// The next byte that is not white space, and its position in `$pos`; leaves the loop with `$at` at the end of the chunk.
macro_rules! next_byte {
    ($stream:ident, $chunk:ident, $pos:ident, $at:expr) => {
        match $chunk.get($pos) {
            Some(&byte) if byte > b' ' => byte,
            _ => {
                $pos = scan::skip_blanks($chunk, $pos);
                match $chunk.get($pos) {
                    Some(&byte) => byte,
                    None => {
                        $stream.at = $at;
                        return Ok($pos);
                    }
                }
            }
        }
    };
}

impl Stream {
    /// The automaton in use: its own when a held value is read a second time.
    #[inline(always)]
    pub(super) fn automaton<'c>(&self, compiled: &'c Compiled) -> &'c Automaton {
        if self.ask.is_marks() { &compiled.asking } else { &compiled.automaton }
    }

    /// Reads from `pos` on, inside a container; gives the position from which [`Stream::at`] says how to go on.
    #[expect(clippy::too_many_lines, reason = "one loop without calls is what makes it fast")]
    pub(super) fn run(
        &mut self,
        compiled: &Compiled,
        chunk: &[u8],
        mut pos: usize,
        emit: &mut Emit<'_>,
    ) -> Result<usize, Fault> {
        let automaton = self.automaton(compiled);
        let base = self.skip.map_or(0, |skip| skip.base);
        let key_limit = compiled.limits.key;
        let mut at = self.at;
        'container: loop {
            let Some(&frame) = self.frames.last() else { return Ok(pos) };
            let every_element = automaton.every_element(frame.state);
            loop {
                if at != At::After {
                    let mut edge;
                    if frame.object {
                        let byte = next_byte!(self, chunk, pos, at);
                        if byte != b'"' {
                            if byte == b'}' && at == At::FirstKey {
                                break;
                            }
                            return Err(Fault(ErrorCode::Syntax, pos));
                        }
                        let start = pos + 1;
                        let Some(key) = scan::string(chunk, start) else { return Ok(self.start_key(start)) };
                        let len = key.end - start;
                        if len > key_limit {
                            return Err(Fault(ErrorCode::KeyTooLong, start + key_limit));
                        }
                        if key.escaped {
                            edge = self.member_edge(compiled, chunk.get(start..key.end).unwrap_or_default());
                        } else {
                            let name = chunk.get(start..key.end).unwrap_or_default();
                            edge = automaton.member(frame.state, name, prefix_at(chunk, start, len));
                            if edge.action | frame.action != 0 {
                                edge = self.resolve(compiled, edge, frame.action, Child::Member(Some(name)));
                            }
                        }
                        pos = key.end + 1;
                        if chunk.get(pos) == Some(&b':') {
                            pos += 1;
                        } else {
                            self.edge = edge;
                            let byte = next_byte!(self, chunk, pos, At::Colon);
                            if byte != b':' {
                                return Err(Fault(ErrorCode::Syntax, pos));
                            }
                            pos += 1;
                        }
                    } else {
                        if at == At::FirstElement {
                            let byte = next_byte!(self, chunk, pos, at);
                            if byte == b']' {
                                break;
                            }
                        }
                        edge = match every_element {
                            Some(edge) if edge.action | frame.action == 0 => edge,
                            _ => self.element_edge(compiled),
                        };
                    }

                    self.edge = edge;
                    let byte = next_byte!(self, chunk, pos, At::Value);
                    let mut replaced = None;
                    if edge.action != 0 || frame.may_drop {
                        match self.admit(compiled, chunk, pos, byte, edge, emit)? {
                            Admitted::AsIs => {}
                            Admitted::Replaced(end) => replaced = Some(end),
                            Admitted::Aside => {
                                self.at = At::Value;
                                return Ok(pos);
                            }
                        }
                    }
                    pos = match byte {
                        _ if replaced.is_some() => replaced.unwrap_or(pos),
                        b'"' => match scan::string(chunk, pos + 1) {
                            Some(string) => string.end + 1,
                            None => {
                                self.at = At::Value;
                                return Ok(pos);
                            }
                        },
                        b'{' | b'[' => {
                            self.open(compiled, byte == b'{', edge, pos)?;
                            at = if byte == b'{' { At::FirstKey } else { At::FirstElement };
                            pos += 1;
                            continue 'container;
                        }
                        b'-' | b'0'..=b'9' => match scan::number(chunk, pos) {
                            Some(end) => end,
                            None => {
                                self.at = At::Value;
                                return Ok(pos);
                            }
                        },
                        _ => match literal(chunk, pos) {
                            Some(end) => end,
                            None => {
                                self.at = At::Value;
                                return Ok(pos);
                            }
                        },
                    };
                }

                let byte = next_byte!(self, chunk, pos, At::After);
                if byte == b',' {
                    if frame.may_drop {
                        self.separator.open(self.offset, pos, true);
                    }
                    pos += 1;
                    at = At::Next;
                    continue;
                }
                if byte == (if frame.object { b'}' } else { b']' }) {
                    break;
                }
                return Err(Fault(ErrorCode::Syntax, pos));
            }
            // The container ends at `pos`.
            if frame.may_drop {
                self.end_separator(chunk, emit);
            }
            pos += 1;
            self.frames.pop();
            at = At::After;
            if self.frames.len() == base {
                self.end_value(compiled, chunk, pos, emit)?;
                return Ok(pos);
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
        if edge.action & (ASK | HOLD) != 0 {
            edge = self.ask(compiled, edge, child);
        }
        let action = (edge.action & ACTION).max(inherited & ACTION);
        Edge { next: edge.next, action: action | (edge.action & (HOLD | HOLD_ARRAY)) }
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
        let Some((end, text, leaf)) = scalar(chunk, pos, first) else { return Ok(Admitted::Aside) };
        self.keep_child(compiled, chunk, pos, emit)?;
        emit.copy_to(chunk, pos);
        let fits = !action.needs_text || text <= compiled.limits.value;
        self.replace_leaf(compiled, edge.action, fits.then_some(leaf), emit);
        emit.skip_to(end);
        Ok(Admitted::Replaced(end))
    }
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

/// A scalar that ends inside the chunk: its end, the length of its text, and itself.
fn scalar(chunk: &[u8], pos: usize, first: u8) -> Option<(usize, usize, Leaf<'_>)> {
    let text = |start: usize, end: usize| core::str::from_utf8(chunk.get(start..end)?).ok();
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
