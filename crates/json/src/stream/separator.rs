//! The bytes before a child that may have to disappear: comma, white space, key, colon.
//!
//! They stay back until it is known whether the child is kept. A dropped child goes with the comma before it; where no
//! child before it was kept there is none, and the comma before the next kept one goes instead.

use super::{Fault, Stream, emit::Emit, masker::Compiled};
use crate::ErrorCode;

/// Bytes between a child and the one before it, in a container that may lose children.
#[derive(Debug, Default)]
pub(super) struct Separator {
    open: bool,
    comma: bool,
    /// Where it starts in this chunk.
    start: usize,
    /// What earlier chunks held of it.
    earlier: Vec<u8>,
    /// Offset of its first byte in the stream.
    from: u64,
}

impl Separator {
    /// Starts at `start` of the chunk whose first byte has this `offset`, with a comma or after an opening bracket.
    pub(super) fn open(&mut self, offset: u64, start: usize, comma: bool) {
        self.open = true;
        self.comma = comma;
        self.start = start;
        self.from = offset + start as u64;
        self.earlier.clear();
    }

    pub(super) const fn is_open(&self) -> bool {
        self.open
    }

    pub(super) const fn from(&self) -> u64 {
        self.from
    }

    /// What is kept back.
    pub(super) const fn earlier(&mut self) -> &mut Vec<u8> {
        &mut self.earlier
    }

    /// Keeps back the part of the separator in this chunk, up to `end`.
    pub(super) fn keep_back(&mut self, chunk: &[u8], end: usize, emit: &mut Emit<'_>) {
        if self.start > 0 {
            emit.copy_to(chunk, self.start);
        }
        self.earlier.extend_from_slice(emit.rest(chunk, end));
        self.start = 0;
        emit.skip_to(end);
    }
}

impl Stream {
    /// Refuses a separator before a child at `pos` that is longer than a stream may hold.
    pub(super) fn check_separator(&self, compiled: &Compiled, pos: usize) -> Result<(), Fault> {
        let len = self.offset + pos as u64 - self.separator.from;
        if len > compiled.limits.held as u64 {
            return Err(Fault(ErrorCode::HeldTooLarge, pos));
        }
        Ok(())
    }

    /// The child that starts at `pos` stays.
    pub(super) fn keep_child(
        &mut self,
        compiled: &Compiled,
        chunk: &[u8],
        pos: usize,
        emit: &mut Emit<'_>,
    ) -> Result<(), Fault> {
        if !self.separator.open {
            return Ok(());
        }
        self.check_separator(compiled, pos)?;
        self.keep_held_child(chunk, emit);
        Ok(())
    }

    /// As [`Stream::keep_child`] for a child that was held, after its separator.
    pub(super) fn keep_held_child(&mut self, chunk: &[u8], emit: &mut Emit<'_>) {
        if !self.separator.open {
            return;
        }
        let kept = self.frames.last_mut().is_some_and(|frame| core::mem::replace(&mut frame.kept, true));
        self.send_separator(chunk, !kept, emit);
    }

    /// The container ends at `pos` without another child.
    pub(super) fn end_separator(
        &mut self,
        compiled: &Compiled,
        chunk: &[u8],
        pos: usize,
        emit: &mut Emit<'_>,
    ) -> Result<(), Fault> {
        if self.separator.open {
            self.check_separator(compiled, pos)?;
            self.send_separator(chunk, false, emit);
        }
        Ok(())
    }

    fn send_separator(&mut self, chunk: &[u8], without_comma: bool, emit: &mut Emit<'_>) {
        let without_comma = without_comma && self.separator.comma;
        self.separator.open = false;
        if self.separator.earlier.is_empty() {
            if without_comma {
                emit.copy_to(chunk, self.separator.start);
                emit.skip_to(self.separator.start + 1);
            }
        } else {
            emit.out().extend_from_slice(self.separator.earlier.get(usize::from(without_comma)..).unwrap_or_default());
        }
    }

    /// The child that starts at `pos` disappears, and its separator with it.
    pub(super) fn drop_separator(
        &mut self,
        compiled: &Compiled,
        chunk: &[u8],
        pos: usize,
        emit: &mut Emit<'_>,
    ) -> Result<(), Fault> {
        if self.separator.open {
            self.check_separator(compiled, pos)?;
            self.separator.keep_back(chunk, pos, emit);
            self.separator.open = false;
        }
        Ok(())
    }

    /// As [`Stream::drop_separator`] for a child that was held, after its separator.
    pub(super) const fn drop_held_separator(&mut self) {
        self.separator.open = false;
    }
}
