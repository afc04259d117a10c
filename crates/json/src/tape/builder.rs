//! One pass over the bytes that writes the nodes of a tape, without recursion.

use super::{Kind, Node, Tape, TapeError};

/// A key, as spans of the bytes between its quotes.
#[derive(Clone, Copy, Default)]
struct Key {
    start: u32,
    end: u32,
    escaped: bool,
    present: bool,
}

pub(super) fn build(tape: &mut Tape, bytes: &[u8]) -> Result<(), TapeError> {
    if u32::try_from(bytes.len()).is_err() {
        return Err(TapeError::TooLarge);
    }
    Builder { tape, bytes, at: 0 }.document()
}

struct Builder<'t, 'b> {
    tape: &'t mut Tape,
    bytes: &'b [u8],
    at: usize,
}

impl Builder<'_, '_> {
    fn document(&mut self) -> Result<(), TapeError> {
        let mut key = Key::default();
        loop {
            if self.value(key)? {
                // An opened container with something in it: its first child is next.
                key = self.key_where_needed()?;
                continue;
            }
            match self.after_value()? {
                Some(next) => key = next,
                None => return Ok(()),
            }
        }
    }

    fn malformed<T>(&self) -> Result<T, TapeError> {
        Err(TapeError::Malformed(self.at))
    }

    /// The length was checked to fit.
    #[expect(clippy::cast_possible_truncation, reason = "`build` checked that the length fits")]
    const fn offset(at: usize) -> u32 {
        at as u32
    }

    fn peek(&mut self) -> Option<u8> {
        loop {
            let byte = *self.bytes.get(self.at)?;
            if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return Some(byte);
            }
            self.at += 1;
        }
    }

    /// Writes the node of the next value; true when it is a container that is now open.
    fn value(&mut self, key: Key) -> Result<bool, TapeError> {
        let Some(first) = self.peek() else {
            return self.malformed();
        };
        let start = self.at;
        let mut escaped = false;
        let kind = match first {
            b'{' => Kind::Object,
            b'[' => Kind::Array,
            b'"' => {
                escaped = self.string()?.escaped;
                Kind::String
            }
            b'-' | b'0'..=b'9' => {
                let rest = self.bytes.get(start..).unwrap_or_default();
                let length =
                    rest.iter().position(|byte| !matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'));
                self.at += length.unwrap_or(rest.len());
                Kind::Number
            }
            b't' => self.word(b"true", Kind::True)?,
            b'f' => self.word(b"false", Kind::False)?,
            b'n' => self.word(b"null", Kind::Null)?,
            _ => return self.malformed(),
        };
        if let Some(parent) = self.tape.open.last()
            && let Some(parent) = self.tape.nodes.get_mut(*parent as usize)
        {
            parent.children += 1;
        }
        let index = Self::offset(self.tape.nodes.len());
        self.tape.nodes.push(Node {
            kind,
            escaped,
            is_member: key.present,
            key_escaped: key.escaped,
            start: Self::offset(start),
            end: Self::offset(self.at),
            key_start: key.start,
            key_end: key.end,
            after: index + 1,
            children: 0,
        });
        if !kind.is_container() {
            return Ok(false);
        }
        self.at += 1;
        self.tape.open.push(index);
        // An empty container is closed by `after_value`.
        Ok(!matches!((kind, self.peek()), (Kind::Object, Some(b'}')) | (Kind::Array, Some(b']'))))
    }

    /// Closes containers up to the next value, and returns its key; `None` at the end of the document.
    fn after_value(&mut self) -> Result<Option<Key>, TapeError> {
        loop {
            let next = self.peek();
            let Some(index) = self.tape.open.last().copied() else {
                return if next.is_none() { Ok(None) } else { self.malformed() };
            };
            let after = Self::offset(self.tape.nodes.len());
            let Some(container) = self.tape.nodes.get_mut(index as usize) else {
                return self.malformed();
            };
            match (next, container.kind) {
                (Some(b'}'), Kind::Object) | (Some(b']'), Kind::Array) => {
                    self.at += 1;
                    container.end = Self::offset(self.at);
                    container.after = after;
                    self.tape.open.pop();
                }
                (Some(b','), _) if container.children > 0 => {
                    self.at += 1;
                    return self.key_where_needed().map(Some);
                }
                _ => return self.malformed(),
            }
        }
    }

    fn key_where_needed(&mut self) -> Result<Key, TapeError> {
        let parent = self.tape.open.last().and_then(|index| self.tape.nodes.get(*index as usize));
        if parent.is_none_or(|parent| parent.kind != Kind::Object) {
            return Ok(Key::default());
        }
        if self.peek() != Some(b'"') {
            return self.malformed();
        }
        let key = self.string()?;
        if self.peek() != Some(b':') {
            return self.malformed();
        }
        self.at += 1;
        Ok(key)
    }

    /// Takes the string at the current place.
    fn string(&mut self) -> Result<Key, TapeError> {
        let start = self.at + 1;
        let mut at = start;
        let mut escaped = false;
        loop {
            let rest = self.bytes.get(at..).unwrap_or_default();
            let Some(found) = memchr::memchr2(b'"', b'\\', rest) else {
                return self.malformed();
            };
            at += found;
            if rest.get(found) == Some(&b'"') {
                self.at = at + 1;
                return Ok(Key { start: Self::offset(start), end: Self::offset(at), escaped, present: true });
            }
            escaped = true;
            at += 2;
        }
    }

    fn word(&mut self, word: &[u8], kind: Kind) -> Result<Kind, TapeError> {
        if !self.bytes.get(self.at..).unwrap_or_default().starts_with(word) {
            return self.malformed();
        }
        self.at += word.len();
        Ok(kind)
    }
}
