//! What of a chunk goes on: runs are copied, not bytes, and a chunk of which everything goes on is not copied at all.

/// The output side of one chunk.
#[derive(Debug)]
pub(super) struct Emit<'o> {
    out: &'o mut Vec<u8>,
    /// First byte of the chunk that has neither been copied nor left out.
    start: usize,
    /// Whether something other than the chunk as it is goes on.
    changed: bool,
}

impl<'o> Emit<'o> {
    /// `changed`: earlier bytes wait to go before this chunk, or its first bytes are left out.
    pub(super) const fn new(out: &'o mut Vec<u8>, changed: bool) -> Self {
        Self { out, start: 0, changed }
    }

    /// Copies the run up to `end`.
    pub(super) fn copy_to(&mut self, chunk: &[u8], end: usize) {
        self.changed = true;
        if let Some(run) = chunk.get(self.start..end) {
            self.out.extend_from_slice(run);
            self.start = end;
        }
    }

    /// Leaves out what is left before `end`.
    pub(super) const fn skip_to(&mut self, end: usize) {
        self.changed = true;
        self.start = end;
    }

    /// What is left before `end`.
    pub(super) fn rest<'c>(&self, chunk: &'c [u8], end: usize) -> &'c [u8] {
        chunk.get(self.start..end).unwrap_or_default()
    }

    /// Where other bytes than the chunk's are written.
    pub(super) const fn out(&mut self) -> &mut Vec<u8> {
        self.changed = true;
        self.out
    }

    /// Whether the chunk goes on as it is.
    pub(super) const fn unchanged(&self) -> bool {
        !self.changed
    }
}
