//! Keys in the order in which they came before, so that those of the next record are compared and not read.
//!
//! Records in a body repeat their keys, in the same order and spelling. What stands between the values of two members
//! (comma, white space, key, colon) is kept with the way it led; where the same bytes follow in the same state, they
//! lead the same way, and neither the grammar nor the automaton has to look at them again. A guess that fails costs one
//! comparison of vectors; a wrong guess cannot be taken, because all of its bytes and the state are compared.

use crate::{
    automaton::{ASK, DYNAMIC, Edge, HOLD},
    scan::block,
};

/// Bytes that a run may have: four vectors, the second pair looked at only where it counts.
const RUN: usize = 2 * HALF;
const HALF: usize = 32;
/// Places for runs, as many as a [`Place`] has values; a later run may take the place of an earlier one.
const PLACES: usize = 256;
/// Places that are tried for a run.
const PROBES: u8 = 8;
/// Chunks below this length are over before a guess has paid for the table.
const WORTH: usize = if cfg!(test) { 48 } else { 4_096 };
/// Where more than one key in so many bytes is new, guesses cost more than they save.
const BYTES_PER_NEW_KEY: usize = if cfg!(test) { 1 } else { 64 };
/// Chunks without guesses after one with too many new keys.
const REST: u8 = 15;

/// The place of a run.
pub(super) type Place = u8;

/// What was read between two values, and where it led.
#[derive(Debug, Clone, Copy)]
struct Run {
    bytes: [u8; RUN],
    /// One bit per byte that counts.
    masks: [u32; 2],
    /// The state, and whether it is the first member: see [`tag`]. 0 where the place is free.
    tag: u32,
    edge: Edge,
    len: u8,
    /// The place of the member that came next, and of one that did before.
    next: [Place; 2],
    /// The place of the first member inside the value.
    child: Place,
}

const FREE: Run =
    Run { bytes: [0; RUN], masks: [0; 2], tag: 0, edge: Edge { next: 0, action: 0 }, len: 0, next: [0; 2], child: 0 };

/// Where a run was found: the guess to change.
#[derive(Debug, Clone, Copy)]
pub(super) enum Link {
    /// After the bracket that opens the object with this place.
    FirstOf(Place),
    /// After the member with this place.
    After(Place),
}

/// A guess that was right.
#[derive(Debug)]
pub(super) struct Expected {
    pub(super) place: Place,
    pub(super) len: usize,
    pub(super) edge: Edge,
}

/// The members of earlier records.
#[derive(Debug)]
pub(super) struct Shapes {
    runs: Box<[Run; PLACES]>,
    /// The place of the last member that was read in the innermost object.
    pub(super) last: Place,
    /// New keys that are still worth keeping in this chunk.
    budget: usize,
    /// Chunks until guessing starts again.
    rest: u8,
}

/// What a run must have been read in: a state, before the first member of an object or after another.
#[inline(always)]
pub(super) const fn tag(state: u32, first: bool) -> u32 {
    state << 2 | (first as u32) << 1 | 1
}

impl Shapes {
    /// Makes a table (26 KiB) where a chunk of this length makes it worth its memory.
    pub(super) fn start_chunk(shapes: &mut Option<Self>, len: usize) {
        if len < WORTH {
            return;
        }
        let shapes = shapes.get_or_insert_with(|| Self { runs: Box::new([FREE; PLACES]), last: 0, budget: 0, rest: 0 });
        shapes.rest = shapes.rest.saturating_sub(1);
        shapes.budget = len / BYTES_PER_NEW_KEY;
    }

    /// Whether guessing pays in this part of the body.
    pub(super) const fn pays(&self) -> bool {
        self.rest == 0
    }

    /// The guess for the first member of an object.
    #[inline(always)]
    pub(super) fn first_of(&self, object: Place) -> Place {
        self.run(object).child
    }

    /// Two guesses for the member after another: where records differ in a member, or the same key stands in records of
    /// two kinds, the second is as good as the first.
    #[inline(always)]
    pub(super) fn after(&self, member: Place) -> [Place; 2] {
        self.run(member).next
    }

    /// The run at `place`, if it is what stands at `pos`.
    #[inline(always)]
    pub(super) fn expect(&self, place: Place, chunk: &[u8], pos: usize, tag: u32) -> Option<Expected> {
        let run = self.run(place);
        let window = chunk.get(pos..)?.first_chunk::<RUN>()?;
        let ([half, rest], [run_half, run_rest]) = (halves(window), halves(&run.bytes));
        let [mask, mask_rest] = run.masks;
        if block::equal(half, run_half) & mask != mask || run.tag != tag {
            return None;
        }
        if mask_rest != 0 && block::equal(rest, run_rest) & mask_rest != mask_rest {
            return None;
        }
        Some(Expected { place, len: usize::from(run.len), edge: run.edge })
    }

    /// Keeps a run that led along `edge`; `prefix` is the start of its key. Gives its place, where it has one.
    #[inline(never)]
    pub(super) fn learn(&mut self, run: &[u8], prefix: u64, tag: u32, edge: Edge, link: Link) -> Option<Place> {
        if run.len() > RUN || edge.next == DYNAMIC || edge.action & (ASK | HOLD) != 0 {
            return None;
        }
        match self.budget.checked_sub(1) {
            Some(left) => self.budget = left,
            None => self.rest = REST,
        }
        let place = self.place(run, prefix, tag);
        match link {
            Link::FirstOf(object) => self.run_mut(object).child = place,
            Link::After(member) => {
                let [next, _] = self.run(member).next;
                self.run_mut(member).next = [place, next];
            }
        }
        let kept = self.run_mut(place);
        let mut bytes = [0; RUN];
        for (slot, &byte) in bytes.iter_mut().zip(run) {
            *slot = byte;
        }
        let mask = |len: usize| if len == 0 { 0 } else { u32::MAX >> (HALF - len.min(HALF)) };
        let masks = [mask(run.len()), mask(run.len().saturating_sub(HALF))];
        // What came after another member is no worse a guess than none.
        *kept = Run { bytes, masks, tag, edge, len: run.len() as u8, ..*kept };
        Some(place)
    }

    /// Where a run goes: where it is, else to a free place, else to the place of another.
    fn place(&self, run: &[u8], prefix: u64, tag: u32) -> Place {
        let mixed = prefix ^ u64::from(tag).rotate_left(40) ^ run.len() as u64;
        let home = (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as Place;
        let fits = |place: &Place| {
            let kept = self.run(*place);
            kept.tag == 0 || (kept.tag == tag && kept.bytes.get(..usize::from(kept.len)) == Some(run))
        };
        (0..PROBES).map(|step| home.wrapping_add(step)).find(fits).unwrap_or(home)
    }

    #[inline(always)]
    fn run(&self, place: Place) -> &Run {
        #[expect(clippy::indexing_slicing, reason = "there are as many places as a `Place` has values")]
        &self.runs[usize::from(place)]
    }

    #[inline(always)]
    fn run_mut(&mut self, place: Place) -> &mut Run {
        #[expect(clippy::indexing_slicing, reason = "there are as many places as a `Place` has values")]
        &mut self.runs[usize::from(place)]
    }
}

#[inline(always)]
fn halves(run: &[u8; RUN]) -> [&[u8; HALF]; 2] {
    match run.as_chunks::<HALF>().0 {
        [half, rest] => [half, rest],
        _ => [&[0; HALF]; 2],
    }
}
