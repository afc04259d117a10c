//! What the name of a member says about its value.

use super::named;
use crate::{
    dictionary::{self, KINDS},
    words,
};

/// The kind that a name, or the name of what holds a member of no telling name, stands for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Hint(u8);

/// Names longer than this say nothing.
const LONGEST_NAME: usize = 64;

impl Hint {
    /// Nothing.
    pub const NONE: Self = Self(0);

    /// What a name says in an object about which `holder` is said.
    fn of(name: &[u8], holder: Self) -> Self {
        let Some(name) = core::str::from_utf8(name).ok().filter(|name| name.len() <= LONGEST_NAME) else {
            return Self::NONE;
        };
        let words = words::words(name);
        if let Some(kind) = dictionary::by_name(&[], &words) {
            let at = KINDS.iter().position(|known| core::ptr::eq(known, kind) || known.id == kind.id);
            return Self(at.and_then(|at| u8::try_from(at + 1).ok()).unwrap_or_default());
        }
        if dictionary::is_value(&words) { holder } else { Self::NONE }
    }

    /// Whether a value is what its name says.
    pub(super) fn fits(self, text: &str) -> bool {
        let kind = usize::from(self.0).checked_sub(1).and_then(|at| KINDS.get(at));
        kind.is_some_and(|kind| named::fits(kind, text))
    }
}

/// How many names are remembered.
const SLOTS: usize = 256;

/// What names said, as the same ones come again and again.
#[derive(Debug, Default)]
pub struct Hints {
    slots: Vec<(Box<[u8]>, Hint, Hint)>,
}

impl Hints {
    /// What a name says in an object about which `holder` is said.
    pub fn of(&mut self, name: &[u8], holder: Hint) -> Hint {
        if self.slots.is_empty() {
            self.slots.resize_with(SLOTS, Default::default);
        }
        let at = slot(name, holder);
        let Some((known, known_holder, hint)) = self.slots.get_mut(at) else { return Hint::of(name, holder) };
        if &**known == name && *known_holder == holder && !name.is_empty() {
            return *hint;
        }
        let found = Hint::of(name, holder);
        if name.len() <= LONGEST_NAME {
            (*known, *known_holder, *hint) = (name.into(), holder, found);
        }
        found
    }
}

/// FNV-1a.
fn slot(name: &[u8], holder: Hint) -> usize {
    let start = 0x811c_9dc5_u32 ^ u32::from(holder.0);
    let hash = name.iter().fold(start, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
    (hash ^ hash >> 16) as usize % SLOTS
}
