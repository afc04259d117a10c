//! What stood between scalars before, so that it is compared and not read again.
//!
//! Records in a body repeat the text between their scalars: closing brackets, commas, white space, keys, opening brackets.
//! Such a gap is kept with what it did: how many containers it closed, which it opened, and the way to the scalar after it.
//! Where the same bytes follow in the same open containers they do the same, and neither the grammar nor the automaton has
//! to look at them again. A guess that fails costs a comparison of vectors; a wrong one cannot be taken, because all its bytes
//! and all containers it depends on are compared.

use super::Frame;
use crate::{
    automaton::{ASK, DYNAMIC, Edge, HOLD},
    scan::block,
};

/// Bytes that a gap may have: four vectors, the second pair looked at only where it counts.
const BYTES: usize = 2 * HALF;
const HALF: usize = 32;
/// Containers that a gap may close, and open.
const MOVES: usize = 3;
/// Places for gaps, as many as a [`Place`] has values; a later gap may take the place of an earlier one.
const PLACES: usize = 256;
/// Places that are tried for a gap.
const PROBES: u8 = 8;
/// Chunks below this length are over before a guess has paid for the table.
const WORTH: usize = if cfg!(test) { 48 } else { 4_096 };
/// Where more than one gap in so many bytes is new, guesses cost more than they save.
const BYTES_PER_NEW_GAP: usize = if cfg!(test) { 1 } else { 64 };
/// Chunks without guesses after one with too many new gaps.
const REST: u8 = 15;

/// The place of a gap.
pub(super) type Place = u8;

/// A container as gaps know it: its state and whether it is an object. 0 is one that no gap may touch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tag(u32);

impl Tag {
    /// A container in which nothing depends on more than its state.
    pub(super) const fn new(state: u32, object: bool) -> Self {
        Self(state << 2 | (object as u32) << 1 | 1)
    }

    const fn frame(self) -> Frame {
        let (state, object) = (self.0 >> 2, self.0 & 2 != 0);
        Frame { state, action: 0, index: 0, tag: self, object, may_drop: false, kept: false }
    }
}

/// A gap and what it does.
#[derive(Debug, Clone, Copy)]
struct Gap {
    bytes: [u8; BYTES],
    /// One bit per byte that counts.
    masks: [u32; 2],
    /// The way to the scalar after it.
    edge: Edge,
    /// The container it begins in; [`Tag::default`] where the place is free.
    within: Tag,
    /// The containers below those it closes.
    below: [Tag; MOVES],
    /// The containers it opens.
    opened: [Tag; MOVES],
    len: u8,
    closes: u8,
    opens: u8,
    /// It ends with the bracket of an array, so that another may follow.
    first: bool,
    /// The places of the gap that came next, and of one that did before.
    next: [Place; 2],
}

const FREE: Gap = Gap {
    bytes: [0; BYTES],
    masks: [0; 2],
    edge: Edge { next: 0, action: 0 },
    within: Tag(0),
    below: [Tag(0); MOVES],
    opened: [Tag(0); MOVES],
    len: 0,
    closes: 0,
    opens: 0,
    first: false,
    next: [0; 2],
};

/// A guess that was right.
#[derive(Debug)]
pub(super) struct Expected {
    pub(super) place: Place,
    pub(super) len: usize,
    pub(super) edge: Edge,
    /// Whether other containers are open after it.
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
}

impl Trace {
    /// A gap of which the beginning is not known.
    pub(super) const fn unknown() -> Self {
        Self { from: None, within: Tag(0), below: [Tag(0); MOVES], opened: [Tag(0); MOVES], closes: 0, opens: 0 }
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

/// The gaps of earlier records.
#[derive(Debug)]
pub(super) struct Gaps {
    gaps: Box<[Gap; PLACES]>,
    /// The place of the last gap.
    pub(super) last: Place,
    /// New gaps that are still worth keeping in this chunk.
    budget: usize,
    /// Chunks until guessing starts again.
    rest: u8,
}

impl Gaps {
    /// Makes a table (30 KiB) where a chunk of this length makes it worth its memory.
    pub(super) fn start_chunk(gaps: &mut Option<Self>, len: usize) {
        if len < WORTH {
            return;
        }
        let gaps = gaps.get_or_insert_with(|| Self { gaps: Box::new([FREE; PLACES]), last: 0, budget: 0, rest: 0 });
        gaps.rest = gaps.rest.saturating_sub(1);
        gaps.budget = len / BYTES_PER_NEW_GAP;
    }

    /// Whether guessing pays in this part of the body.
    pub(super) const fn pays(&self) -> bool {
        self.rest == 0
    }

    /// The gap at `pos`, in a container with this tag, if it is one of two that came after `last` before: records differ in
    /// a member, or the same gap stands in records of two kinds.
    #[inline(always)]
    pub(super) fn expect(&self, last: Place, chunk: &[u8], pos: usize, within: Tag) -> Option<Expected> {
        let window = chunk.get(pos..)?.first_chunk::<BYTES>()?;
        let [next, other] = self.gap(last).next;
        match self.is_at(next, window, within) {
            None => self.is_at(other, window, within),
            expected => expected,
        }
    }

    #[inline(always)]
    fn is_at(&self, place: Place, window: &[u8; BYTES], within: Tag) -> Option<Expected> {
        let gap = self.gap(place);
        let ([half, rest], [gap_half, gap_rest]) = (halves(window), halves(&gap.bytes));
        let [mask, mask_rest] = gap.masks;
        if block::equal(half, gap_half) & mask != mask || gap.within != within || within == Tag(0) {
            return None;
        }
        if mask_rest != 0 && block::equal(rest, gap_rest) & mask_rest != mask_rest {
            return None;
        }
        let moves = gap.closes | gap.opens != 0;
        Some(Expected { place, len: usize::from(gap.len), edge: gap.edge, moves, first: gap.first })
    }

    /// Closes and opens what the gap at `place` does, where the containers are those it depends on.
    #[inline(always)]
    pub(super) fn apply(&self, place: Place, frames: &mut Vec<Frame>, base: usize, depth: usize) -> bool {
        let gap = self.gap(place);
        let (closes, opens) = (usize::from(gap.closes), usize::from(gap.opens));
        let Some(left) = frames.len().checked_sub(closes).filter(|&left| left > base && left + opens <= depth) else {
            return false;
        };
        for (&tag, frame) in gap.below.iter().take(closes).zip(frames.iter().rev().skip(1)) {
            if frame.tag != tag {
                return false;
            }
        }
        frames.truncate(left);
        frames.extend(gap.opened.iter().take(opens).map(|tag| tag.frame()));
        true
    }

    /// Keeps a gap that came after `last`. Gives its place, where it has one.
    #[inline(never)]
    pub(super) fn learn(&mut self, trace: &Trace, chunk: &[u8], after: After, last: Place) -> Option<Place> {
        let After { pos, first, edge } = after;
        let run = chunk.get(trace.from?..pos).filter(|run| run.len() <= BYTES)?;
        if edge.next == DYNAMIC || edge.action & (ASK | HOLD) != 0 {
            return None;
        }
        match self.budget.checked_sub(1) {
            Some(left) => self.budget = left,
            None => self.rest = REST,
        }
        let place = self.place(run, trace);
        let [next, _] = self.gap(last).next;
        self.gap_mut(last).next = [place, next];
        let kept = self.gap_mut(place);
        let mut bytes = [0; BYTES];
        for (slot, &byte) in bytes.iter_mut().zip(run) {
            *slot = byte;
        }
        let mask = |len: usize| if len == 0 { 0 } else { u32::MAX >> (HALF - len.min(HALF)) };
        *kept = Gap {
            bytes,
            masks: [mask(run.len()), mask(run.len().saturating_sub(HALF))],
            edge,
            within: trace.within,
            below: trace.below,
            opened: trace.opened,
            len: run.len() as u8,
            closes: trace.closes as u8,
            opens: trace.opens as u8,
            first,
            // What came after another gap is no worse a guess than none.
            next: kept.next,
        };
        Some(place)
    }

    /// Where a gap goes: where it is, else to a free place, else to the place of another.
    fn place(&self, run: &[u8], trace: &Trace) -> Place {
        let word = |bytes: Option<&[u8; 8]>| bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes));
        let mixed = word(run.first_chunk()).rotate_left(23)
            ^ word(run.last_chunk())
            ^ u64::from(trace.within.0).rotate_left(40)
            ^ run.len() as u64;
        let home = (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as Place;
        let fits = |place: &Place| {
            let kept = self.gap(*place);
            kept.within == Tag(0)
                || (kept.within == trace.within
                    && kept.below == trace.below
                    && kept.bytes.get(..usize::from(kept.len)) == Some(run))
        };
        (0..PROBES).map(|step| home.wrapping_add(step)).find(fits).unwrap_or(home)
    }

    #[inline(always)]
    fn gap(&self, place: Place) -> &Gap {
        #[expect(clippy::indexing_slicing, reason = "there are as many places as a `Place` has values")]
        &self.gaps[usize::from(place)]
    }

    #[inline(always)]
    fn gap_mut(&mut self, place: Place) -> &mut Gap {
        #[expect(clippy::indexing_slicing, reason = "there are as many places as a `Place` has values")]
        &mut self.gaps[usize::from(place)]
    }
}

#[inline(always)]
fn halves(run: &[u8; BYTES]) -> [&[u8; HALF]; 2] {
    match run.as_chunks::<HALF>().0 {
        [half, rest] => [half, rest],
        _ => [&[0; HALF]; 2],
    }
}
