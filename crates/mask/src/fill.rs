//! Mask characters, ready to copy.

use crate::Sink;

/// Copies of one character that are written at once.
const COPIES: usize = 16;

/// A mask character.
#[derive(Debug)]
pub(crate) struct Fill {
    copies: String,
    /// Bytes of one.
    width: usize,
}

impl Fill {
    pub(crate) fn new(character: char) -> Self {
        Self { copies: std::iter::repeat_n(character, COPIES).collect(), width: character.len_utf8() }
    }

    /// Writes the character so many times.
    pub(crate) fn write(&self, mut count: usize, sink: &mut dyn Sink) {
        while count > 0 {
            let some = count.min(COPIES);
            sink.push(self.copies.get(..some * self.width).unwrap_or_default());
            count -= some;
        }
    }
}
