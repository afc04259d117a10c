//! A hand-written masker that looks at one byte at a time and checks nothing: simple, streaming, and not safe.

use crate::{MASK, Rule};

/// An open object or array.
struct Level {
    object: bool,
    /// Where the current key of this level starts in the buffer of all open keys.
    key: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Between,
    Key,
    Text,
    Scalar,
}

struct Naive<'a> {
    rules: &'a [Rule],
    levels: Vec<Level>,
    keys: Vec<u8>,
    before_key: bool,
    masking: bool,
}

/// Appends the masked `text` to `out`. Selected objects and arrays are not masked.
pub fn mask(text: &[u8], rules: &[Rule], out: &mut Vec<u8>) {
    let mut naive = Naive { rules, levels: Vec::new(), keys: Vec::new(), before_key: false, masking: false };
    let mut place = Place::Between;
    let mut escaped = false;
    for &byte in text {
        if place == Place::Scalar && matches!(byte, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t') {
            place = Place::Between;
            naive.masking = false;
        }
        match place {
            Place::Between => place = naive.between(byte, out),
            Place::Scalar => naive.emit(byte, out),
            Place::Key | Place::Text => {
                if place == Place::Key && (escaped || byte != b'"') {
                    naive.keys.push(byte);
                }
                naive.emit(byte, out);
                if escaped {
                    escaped = false;
                } else if byte == b'\\' {
                    escaped = true;
                } else if byte == b'"' {
                    place = Place::Between;
                    naive.masking = false;
                }
            }
        }
    }
}

impl Naive<'_> {
    fn emit(&self, byte: u8, out: &mut Vec<u8>) {
        if !self.masking {
            out.push(byte);
        }
    }

    fn between(&mut self, byte: u8, out: &mut Vec<u8>) -> Place {
        match byte {
            b'{' | b'[' => {
                self.levels.push(Level { object: byte == b'{', key: self.keys.len() });
                self.before_key = byte == b'{';
            }
            b'}' | b']' => {
                if let Some(level) = self.levels.pop() {
                    self.keys.truncate(level.key);
                }
            }
            b',' => self.before_key = self.levels.last().is_some_and(|level| level.object),
            b':' => self.before_key = false,
            b' ' | b'\n' | b'\r' | b'\t' => {}
            b'"' if self.before_key => {
                if let Some(level) = self.levels.last() {
                    self.keys.truncate(level.key);
                }
                out.push(byte);
                return Place::Key;
            }
            _ => {
                self.masking = self.selected();
                if self.masking {
                    out.push(b'"');
                    out.extend_from_slice(MASK.as_bytes());
                    out.push(b'"');
                }
                self.emit(byte, out);
                return if byte == b'"' { Place::Text } else { Place::Scalar };
            }
        }
        out.push(byte);
        Place::Between
    }

    /// Does a rule select the value that starts here?
    fn selected(&self) -> bool {
        let Some((inner, outer)) = self.levels.split_last() else {
            return false;
        };
        if !inner.object {
            return false;
        }
        let key = self.keys.get(inner.key..).unwrap_or_default();
        let parent = outer.last().filter(|level| level.object).and_then(|level| self.keys.get(level.key..inner.key));
        self.rules.iter().any(|rule| {
            rule.key.as_bytes() == key && (rule.parent.is_none() || rule.parent.as_deref().map(str::as_bytes) == parent)
        })
    }
}
