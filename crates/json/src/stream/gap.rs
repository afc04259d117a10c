//! A cache of the bytes between scalars, so that they are compared and not lexed again.
//!
//! Records in a body repeat the text between their scalars: closing brackets, commas, white space, keys, opening brackets.
//! Such a gap is kept with what it did: how many containers it closed, which it opened, and the way to the scalar after it.
//! Where the same bytes follow in the same open containers they do the same, and neither the grammar nor the automaton has
//! to look at them again. A guess that fails costs a comparison of vectors; a wrong one cannot be taken, because all its bytes
//! and all containers it depends on are compared.

use super::Frame;
use crate::{
    automaton::{ASK, DYNAMIC, Edge, HOLD},
    detect::Hint,
    scan::block::{self, BLOCK},
};

/// Bytes that a gap may have; where one is longer, as in text that is indented deeply, it is read each time.
const BYTES: usize = 15 * BLOCK;
/// Containers that a gap may close, and open.
const MOVES: usize = 4;
/// Gaps that are kept, as many as a [`Place`] has values but the first; the table is begun anew when it is full.
const GAPS: usize = 255;
/// Slots of the index of gaps: enough for collisions to be rare.
const SLOTS: usize = 1_024;
/// Chunks below this length are over before a guess has paid.
const WORTH: usize = if cfg!(test) { 48 } else { 4_096 };
/// Where more than one gap in so many bytes is new, guesses cost more than they save.
const BYTES_PER_NEW_GAP: usize = if cfg!(test) { 1 } else { 64 };
/// Chunks without guesses after one with too many new gaps.
const REST: u8 = 15;

/// The place of a gap; 0 is that of none.
pub(super) type Place = u8;

/// A container as gaps know it: its state and whether it is an object. 0 is one that no gap may touch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tag(u32);

impl Tag {
    /// What no container has.
    const NONE: Self = Self(u32::MAX);

    /// A container in which nothing depends on more than its state.
    pub(super) const fn new(state: u32, object: bool) -> Self {
        Self(state << 2 | (object as u32) << 1 | 1)
    }

    const fn frame(self) -> Frame {
        let (state, object) = (self.0 >> 2, self.0 & 2 != 0);
        Frame { state, action: 0, index: 0, tag: self, object, hint: Hint::NONE, may_drop: false, kept: false }
    }
}

/// A gap and what it does.
#[derive(Debug, Clone, Copy, Default)]
#[repr(align(64))]
struct Gap {
    /// Where its bytes are in [`Gaps::bytes`], in whole blocks.
    start: u32,
    /// Blocks before the last one.
    blocks: u8,
    /// Bytes of the last block that count, one bit each.
    mask: u16,
    len: u8,
    /// The places of the gap that came next, and of one that did before.
    next: [Place; 2],
    /// The way to the scalar after it.
    edge: Edge,
    /// The container it begins in.
    within: Tag,
    closes: u8,
    opens: u8,
    /// How many containers more than before it are open at most, empty ones in it included.
    peak: u8,
    /// It ends with the bracket of an array, so that another may follow.
    first: bool,
    /// The containers below those it closes.
    below: [Tag; MOVES],
    /// The containers it opens.
    opened: [Tag; MOVES],
}

/// A guess that was right.
#[derive(Debug)]
pub(super) struct Expected {
    pub(super) place: Place,
    pub(super) len: usize,
    pub(super) edge: Edge,
    /// Whether containers are opened or closed in it.
    pub(super) moves: bool,
    /// Whether the array may end instead of going on with a scalar.
    pub(super) first: bool,
}

/// The scalar after a gap.
#[derive(Debug, Clone, Copy)]
pub(super) struct After {
    pub(super) pos: usize,
    /// Whether it is the first element of an array.
    pub(super) first: bool,
    /// The way to it.
    pub(super) edge: Edge,
}

/// A gap that is being read.
#[derive(Debug)]
pub(super) struct Trace {
    /// Where it begins; `None` where it cannot be kept.
    from: Option<usize>,
    within: Tag,
    below: [Tag; MOVES],
    opened: [Tag; MOVES],
    closes: usize,
    opens: usize,
    peak: usize,
}

impl Trace {
    /// A gap of which the beginning is not known.
    pub(super) const fn unknown() -> Self {
        let none = [Tag(0); MOVES];
        Self { from: None, within: Tag(0), below: none, opened: none, closes: 0, opens: 0, peak: 0 }
    }

    /// A gap that begins at `from`.
    pub(super) fn begin(from: usize, within: Tag) -> Self {
        Self { from: (within != Tag(0)).then_some(from), within, ..Self::unknown() }
    }

    /// A container was opened.
    pub(super) fn open(&mut self, tag: Tag) {
        match self.opened.get_mut(self.opens) {
            Some(slot) if tag != Tag(0) => {
                *slot = tag;
                self.opens += 1;
                self.peak = self.peak.max(self.opens.saturating_sub(self.closes));
            }
            _ => self.from = None,
        }
    }

    /// A container was closed; `below` is the one that goes on.
    pub(super) fn close(&mut self, below: Tag) {
        if let Some(opens) = self.opens.checked_sub(1) {
            self.opens = opens;
            return;
        }
        match self.below.get_mut(self.closes) {
            Some(slot) if below != Tag(0) => {
                *slot = below;
                self.closes += 1;
            }
            _ => self.from = None,
        }
    }
}

/// The gaps of earlier records. Its memory grows with them, to 40 KiB.
#[derive(Debug)]
pub(super) struct Gaps {
    /// By place; the first is none.
    gaps: Vec<Gap>,
    /// The bytes of all gaps, each filled up to whole blocks.
    bytes: Vec<u8>,
    /// Places by a hash of the gap; 0 where there is none.
    index: [Place; SLOTS],
    /// The place of the last gap.
    pub(super) last: Place,
    /// New gaps that are still worth keeping in this chunk.
    budget: usize,
    /// Chunks until guessing starts again.
    rest: u8,
}

impl Gaps {
    /// Makes a table where a chunk of this length makes it worth its while.
    pub(super) fn start_chunk(gaps: &mut Option<Box<Self>>, len: usize) {
        if len < WORTH {
            return;
        }
        let gaps = gaps.get_or_insert_with(|| {
            Box::new(Self {
                gaps: vec![Gap { within: Tag::NONE, ..Gap::default() }],
                bytes: Vec::new(),
                index: [0; SLOTS],
                last: 0,
                budget: 0,
                rest: 0,
            })
        });
        gaps.rest = gaps.rest.saturating_sub(1);
        gaps.budget = len / BYTES_PER_NEW_GAP;
    }

    /// Whether guessing pays in this part of the body.
    pub(super) const fn pays(&self) -> bool {
        self.rest == 0
    }

    /// The gap at `pos`, in a container with this tag, if it is one of two that came after the last one before: records differ in
    /// a member, or the same gap stands in records of two kinds.
    #[inline(always)]
    pub(super) fn expect(&mut self, chunk: &[u8], pos: usize, within: Tag) -> Option<Expected> {
        let [next, other] = self.gap(self.last)?.next;
        if let Some(expected) = self.is_at(next, chunk, pos, within) {
            return Some(expected);
        }
        let expected = self.is_at(other, chunk, pos, within)?;
        self.gaps.get_mut(usize::from(self.last))?.next = [other, next];
        Some(expected)
    }

    #[inline(always)]
    fn is_at(&self, place: Place, chunk: &[u8], pos: usize, within: Tag) -> Option<Expected> {
        let gap = self.gap(place)?;
        let (start, before) = (gap.start as usize, usize::from(gap.blocks) * BLOCK);
        let kept = self.bytes.get(start + before..)?.first_chunk()?;
        let here = chunk.get(pos + before..)?.first_chunk()?;
        if block::equal(here, kept) & gap.mask != gap.mask || gap.within != within {
            return None;
        }
        if before != 0 && !same(chunk.get(pos..pos + before)?, self.bytes.get(start..start + before)?) {
            return None;
        }
        let moves = gap.closes | gap.opens | gap.peak != 0;
        Some(Expected { place, len: usize::from(gap.len), edge: gap.edge, moves, first: gap.first })
    }

    /// Closes and opens what the gap at `place` does, where the containers are those it depends on.
    #[inline(always)]
    pub(super) fn apply(&self, place: Place, frames: &mut Vec<Frame>, base: usize, depth: usize) -> bool {
        let Some(gap) = self.gap(place) else { return false };
        let (closes, opens) = (usize::from(gap.closes), usize::from(gap.opens));
        let Some(left) = frames.len().checked_sub(closes).filter(|&left| left > base) else { return false };
        if frames.len() + usize::from(gap.peak) > depth {
            return false;
        }
        for (&tag, frame) in gap.below.iter().take(closes).zip(frames.iter().rev().skip(1)) {
            if frame.tag != tag {
                return false;
            }
        }
        frames.truncate(left);
        frames.extend(gap.opened.iter().take(opens).map(|tag| tag.frame()));
        true
    }

    /// Keeps a gap, where it can be kept, as what came after the last one.
    #[inline(never)]
    pub(super) fn learn(&mut self, trace: &Trace, chunk: &[u8], after: After) {
        if let Some(place) = self.keep(trace, chunk, after) {
            self.last = place;
        }
    }

    fn keep(&mut self, trace: &Trace, chunk: &[u8], after: After) -> Option<Place> {
        let After { pos, edge, .. } = after;
        let run = chunk.get(trace.from?..pos).filter(|run| run.len() <= BYTES)?;
        if edge.next == DYNAMIC || edge.action & (ASK | HOLD) != 0 {
            return None;
        }
        match self.budget.checked_sub(1) {
            Some(left) => self.budget = left,
            None => self.rest = REST,
        }
        if self.gaps.len() > GAPS {
            self.gaps.truncate(1);
            self.bytes.clear();
            self.index = [0; SLOTS];
            return Some(0);
        }
        let slot = slot(run, trace.within);
        let known = *self.index.get(slot)?;
        let place = if self.is_same(known, run, trace, edge) {
            known
        } else {
            let place = Place::try_from(self.gaps.len()).ok()?;
            self.gaps.push(self.new_gap(run, trace, after));
            self.bytes.extend_from_slice(run);
            self.bytes.resize(self.bytes.len().next_multiple_of(BLOCK), 0);
            *self.index.get_mut(slot)? = place;
            place
        };
        if let Some(before) = self.gaps.get_mut(usize::from(self.last)) {
            let [next, _] = before.next;
            before.next = [place, next];
        }
        Some(place)
    }

    fn is_same(&self, place: Place, run: &[u8], trace: &Trace, edge: Edge) -> bool {
        let Some(gap) = self.gap(place) else { return false };
        let bytes = self.bytes.get(gap.start as usize..).and_then(|bytes| bytes.get(..usize::from(gap.len)));
        place != 0
            && bytes == Some(run)
            && gap.edge == edge
            && (gap.within, gap.closes) == (trace.within, trace.closes as u8)
            && gap.below.iter().zip(&trace.below).take(trace.closes).all(|(gap, trace)| gap == trace)
    }

    fn new_gap(&self, run: &[u8], trace: &Trace, after: After) -> Gap {
        let last_block = (run.len().max(1) - 1) / BLOCK;
        let in_last = run.len() - last_block * BLOCK;
        Gap {
            start: self.bytes.len() as u32,
            blocks: last_block as u8,
            mask: ((1_u32 << in_last) - 1) as u16,
            len: run.len() as u8,
            next: [0; 2],
            edge: after.edge,
            within: trace.within,
            closes: trace.closes as u8,
            opens: trace.opens as u8,
            peak: trace.peak as u8,
            first: after.first,
            below: trace.below,
            opened: trace.opened,
        }
    }

    #[inline(always)]
    fn gap(&self, place: Place) -> Option<&Gap> {
        self.gaps.get(usize::from(place))
    }
}

/// Whether whole blocks are the same.
#[inline(always)]
fn same(a: &[u8], b: &[u8]) -> bool {
    let (a, b) = (a.as_chunks::<BLOCK>().0, b.as_chunks::<BLOCK>().0);
    a.iter().zip(b).all(|(a, b)| block::equal(a, b) == u16::MAX)
}

/// A hash of a gap: where it is in the index.
fn slot(run: &[u8], within: Tag) -> usize {
    let word = |bytes: Option<&[u8; 8]>| bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let mixed = word(run.first_chunk()).rotate_left(23)
        ^ word(run.last_chunk())
        ^ u64::from(within.0).rotate_left(40)
        ^ run.len() as u64;
    (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48) as usize % SLOTS
}
