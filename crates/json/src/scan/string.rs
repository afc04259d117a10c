//! Strings (RFC 8259, section 7; UTF-8 by RFC 3629): a fast path for a string that ends inside the chunk, a resumable
//! state for one that does not.

use super::{BLOCK, block, block_at, find};
use crate::ErrorCode;

/// A string that ended inside the chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scanned {
    /// Position of the closing quote.
    pub(crate) end: usize,
    /// Whether there is a backslash in it.
    pub(crate) escaped: bool,
}

/// The end of the string whose first byte after the opening quote is at `start`, when it is well-formed and ends inside
/// the chunk. For anything else [`StringState`] knows better.
#[inline(always)]
pub(crate) fn string(bytes: &[u8], start: usize) -> Option<Scanned> {
    if let Some(block) = block_at(bytes, start) {
        let found = block::quote_escape_control_or_high(block);
        if found != 0 {
            let end = start + found.trailing_zeros() as usize;
            if bytes.get(end) == Some(&b'"') {
                return Some(Scanned { end, escaped: false });
            }
            return long_string(bytes, start, end);
        }
        return long_string(bytes, start, start + BLOCK);
    }
    long_string(bytes, start, start)
}

/// As [`string`]; everything before `pos` is known to be plain ASCII.
#[inline(never)]
fn long_string(bytes: &[u8], start: usize, mut pos: usize) -> Option<Scanned> {
    let mut escaped = false;
    let mut high = false;
    loop {
        pos = if high {
            find(bytes, pos, block::quote_escape_or_control, |b| b == b'"' || b == b'\\' || b < 0x20)
        } else {
            find_plain(bytes, pos)
        };
        match *bytes.get(pos)? {
            b'"' => {
                if high && simdutf8::basic::from_utf8(bytes.get(start..pos)?).is_err() {
                    return None;
                }
                return Some(Scanned { end: pos, escaped });
            }
            b'\\' => {
                escaped = true;
                pos += match *bytes.get(pos + 1)? {
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => 2,
                    b'u' if bytes.get(pos + 2..pos + 6)?.iter().all(u8::is_ascii_hexdigit) => 6,
                    _ => return None,
                };
            }
            0x80.. => high = true,
            _ => return None,
        }
    }
}

/// The first byte from `pos` on that is not plain ASCII text, 64 bytes at a time.
#[inline(always)]
fn find_plain(bytes: &[u8], mut pos: usize) -> usize {
    // Most strings end soon: the wide loop pays from the fifth block on.
    for _ in 0..4 {
        let Some(block) = block_at(bytes, pos) else { break };
        let found = block::quote_escape_control_or_high(block);
        if found != 0 {
            return pos + found.trailing_zeros() as usize;
        }
        pos += BLOCK;
    }
    while let Some(wide) = bytes.get(pos..).and_then(|rest| rest.first_chunk::<{ 4 * BLOCK }>()) {
        let (blocks, _) = wide.as_chunks::<BLOCK>();
        let found = blocks.iter().fold(0, |found, block| found | block::quote_escape_control_or_high(block));
        if found != 0 {
            break;
        }
        pos += 4 * BLOCK;
    }
    find(bytes, pos, block::quote_escape_control_or_high, |b| b == b'"' || b == b'\\' || !(0x20..0x80).contains(&b))
}

/// What is left over between two chunks inside a string.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct StringState {
    /// 0 outside an escape, 1 after the backslash, 2 to 5 before the first to fourth hexadecimal digit.
    escape: u8,
    /// The first bytes of an unfinished UTF-8 sequence.
    sequence: [u8; 4],
    sequence_len: u8,
}

/// How far a string got in one chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StringStep {
    /// The chunk ended first.
    More,
    /// Position of the closing quote.
    End(usize),
    /// Position of the first byte that cannot stand there.
    Wrong(ErrorCode, usize),
}

impl StringState {
    /// Reads on from `pos`.
    pub(crate) fn resume(&mut self, bytes: &[u8], mut pos: usize) -> StringStep {
        while let Some(&byte) = bytes.get(pos) {
            if self.sequence_len > 0 {
                if !self.continue_sequence(byte) {
                    return StringStep::Wrong(ErrorCode::InvalidUtf8, pos);
                }
                pos += 1;
                continue;
            }
            if self.escape > 0 {
                self.escape = match (self.escape, byte) {
                    (1, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 0,
                    (1, b'u') => 2,
                    (2..=4, _) if byte.is_ascii_hexdigit() => self.escape + 1,
                    (5, _) if byte.is_ascii_hexdigit() => 0,
                    _ => return StringStep::Wrong(ErrorCode::Syntax, pos),
                };
                pos += 1;
                continue;
            }
            let end = find(bytes, pos, block::quote_escape_or_control, |b| b == b'"' || b == b'\\' || b < 0x20);
            if let Err(wrong) = self.check_utf8(bytes.get(pos..end).unwrap_or_default(), end == bytes.len()) {
                return StringStep::Wrong(ErrorCode::InvalidUtf8, pos + wrong);
            }
            pos = end;
            match bytes.get(pos) {
                Some(b'"') => return StringStep::End(pos),
                Some(b'\\') => {
                    self.escape = 1;
                    pos += 1;
                }
                Some(_) => return StringStep::Wrong(ErrorCode::Syntax, pos),
                None => {}
            }
        }
        StringStep::More
    }

    /// Checks a run of text; an unfinished sequence at its end is kept when the chunk ends there, and otherwise wrong at
    /// the byte that follows. The error is the position of the first byte that cannot go on.
    fn check_utf8(&mut self, text: &[u8], at_end_of_chunk: bool) -> Result<(), usize> {
        let Err(error) = core::str::from_utf8(text) else { return Ok(()) };
        let start = error.valid_up_to();
        let rest = text.get(start..).unwrap_or_default();
        match error.error_len() {
            None if at_end_of_chunk => {
                for &byte in rest {
                    self.continue_sequence(byte);
                }
                Ok(())
            }
            None => Err(text.len()),
            // A byte that cannot even start a sequence is wrong itself; otherwise the one after the good part is.
            Some(_) if !matches!(rest.first(), Some(0xc2..=0xf4)) => Err(start),
            Some(len) => Err(start + len),
        }
    }

    /// Adds a byte to the unfinished sequence; `false` where it cannot go on like this.
    fn continue_sequence(&mut self, byte: u8) -> bool {
        let len = usize::from(self.sequence_len);
        let Some(slot) = self.sequence.get_mut(len) else { return false };
        *slot = byte;
        let Some(sequence) = self.sequence.get(..=len) else { return false };
        match core::str::from_utf8(sequence) {
            Ok(_) => self.sequence_len = 0,
            Err(error) if error.error_len().is_none() => self.sequence_len += 1,
            Err(_) => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at_once(bytes: &[u8]) -> StringStep {
        StringState::default().resume(bytes, 0)
    }

    fn byte_by_byte(bytes: &[u8]) -> StringStep {
        let mut state = StringState::default();
        for (i, byte) in bytes.iter().enumerate() {
            match state.resume(core::slice::from_ref(byte), 0) {
                StringStep::More => {}
                StringStep::End(_) => return StringStep::End(i),
                StringStep::Wrong(code, _) => return StringStep::Wrong(code, i),
            }
        }
        StringStep::More
    }

    fn texts() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            4 => "[ -~]{0,30}".prop_map(String::into_bytes),
            2 => "\\PC{0,12}".prop_map(String::into_bytes),
            1 => Just(br#"\u00e9\n\"\\"#.to_vec()),
            1 => prop::collection::vec(any::<u8>(), 0..4),
            1 => Just(b"\"".to_vec()),
        ];
        prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]
        #[test]
        fn any_chunking_finds_the_same_end_or_fault(bytes in texts()) {
            prop_assert_eq!(at_once(&bytes), byte_by_byte(&bytes));
        }

        #[test]
        fn the_fast_path_agrees_with_the_resumable_one(bytes in texts()) {
            let slow = match at_once(&bytes) { StringStep::End(end) => Some(end), _ => None };
            prop_assert_eq!(string(&bytes, 0).map(|s| s.end), slow);
        }
    }

    #[test]
    fn the_offset_is_the_first_byte_that_cannot_go_on() {
        for (bytes, offset) in [
            (&b"ab\xff\""[..], 2),
            (b"ab\xe2\x82\"", 4),
            (b"ab\xe2\x28\xa1\"", 3),
            (b"\xc0\xaf\"", 0),
            (b"\xed\xa0\x80\"", 1),
            (b"\xf4\x90\x80\x80\"", 1),
            (b"\x80\"", 0),
        ] {
            assert_eq!(at_once(bytes), StringStep::Wrong(ErrorCode::InvalidUtf8, offset), "{bytes:x?}");
            assert_eq!(byte_by_byte(bytes), StringStep::Wrong(ErrorCode::InvalidUtf8, offset), "{bytes:x?}");
        }
    }
}
