//! Member names of a state and where they lead: found by length and first eight bytes, hashed when there are many.

use super::Edge;

/// Above this many names a hash is faster than looking at each.
const LINEAR: usize = 6;

#[derive(Debug)]
struct Entry {
    name: Box<[u8]>,
    prefix: u64,
    edge: Edge,
}

/// Names with their edges.
#[derive(Debug, Default)]
pub(super) struct Names {
    entries: Vec<Entry>,
    /// Open addressing, a power of two of them; an index into `entries` plus one, 0 where free. Empty for few names.
    slots: Vec<u32>,
}

/// The first eight bytes of a name as a number, filled up with zeros.
#[inline(always)]
pub(crate) fn prefix(name: &[u8]) -> u64 {
    match name.first_chunk::<8>() {
        Some(first) => u64::from_le_bytes(*first),
        None => name.iter().rev().fold(0, |prefix, &byte| (prefix << 8) | u64::from(byte)),
    }
}

/// As [`prefix`] for the name at `start..start + len`, with one load where eight bytes follow.
#[inline(always)]
pub(crate) fn prefix_at(bytes: &[u8], start: usize, len: usize) -> u64 {
    match bytes.get(start..).and_then(|rest| rest.first_chunk::<8>()) {
        Some(first) if len >= 8 => u64::from_le_bytes(*first),
        Some(first) => u64::from_le_bytes(*first) & ((1_u64 << (8 * len)) - 1),
        None => prefix(bytes.get(start..start + len).unwrap_or_default()),
    }
}

/// The bit that stands for a length in a set of lengths.
#[inline(always)]
pub(super) const fn length_bit(len: usize) -> u64 {
    1 << (if len < 63 { len } else { 63 })
}

#[inline(always)]
const fn hash(prefix: u64, len: usize) -> usize {
    let mixed = (prefix ^ (len as u64).rotate_left(56)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 32) as usize ^ (mixed >> 47) as usize
}

impl Names {
    /// Builds the table. The names are distinct.
    pub(super) fn new(edges: Vec<(&[u8], Edge)>) -> Self {
        let entries: Vec<Entry> =
            edges.into_iter().map(|(name, edge)| Entry { name: name.into(), prefix: prefix(name), edge }).collect();
        let mut slots = Vec::new();
        if entries.len() > LINEAR {
            slots.resize((entries.len() * 2).next_power_of_two(), 0);
            for (number, entry) in (1..).zip(&entries) {
                let mut at = hash(entry.prefix, entry.name.len());
                while let Some(slot) = slots.get_mut(at & (entries.len() * 2).next_power_of_two().wrapping_sub(1)) {
                    if *slot == 0 {
                        *slot = number;
                        break;
                    }
                    at += 1;
                }
            }
        }
        Self { entries, slots }
    }

    /// The lengths of all names as a set of [`length_bit`]s.
    pub(super) fn lengths(&self) -> u64 {
        self.entries.iter().fold(0, |lengths, entry| lengths | length_bit(entry.name.len()))
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Where a name leads.
    #[inline(always)]
    pub(super) fn get(&self, name: &[u8], prefix: u64) -> Option<Edge> {
        let is = |entry: &&Entry| {
            entry.prefix == prefix
                && entry.name.len() == name.len()
                && (name.len() <= 8 || entry.name.get(8..) == name.get(8..))
        };
        if self.slots.is_empty() {
            return self.entries.iter().find(is).map(|entry| entry.edge);
        }
        let last = self.slots.len() - 1;
        let mut at = hash(prefix, name.len());
        loop {
            let number = *self.slots.get(at & last)?;
            let entry = self.entries.get((number as usize).wrapping_sub(1))?;
            if is(&entry) {
                return Some(entry.edge);
            }
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn edge(number: usize) -> Edge {
        Edge { next: u32::try_from(number).unwrap(), action: 0 }
    }

    proptest! {
        #[test]
        fn finds_exactly_the_names_it_was_given(
            names in prop::collection::btree_set("[ab]{0,12}", 0..60),
            others in prop::collection::vec("[ab]{0,12}", 0..60),
        ) {
            let names: Vec<String> = names.into_iter().collect();
            let table = Names::new(names.iter().enumerate().map(|(i, n)| (n.as_bytes(), edge(i))).collect());
            for other in others.iter().chain(&names) {
                let expected = names.iter().position(|name| name == other).map(edge);
                prop_assert_eq!(table.get(other.as_bytes(), prefix(other.as_bytes())), expected);
            }
        }

        #[test]
        fn a_prefix_loaded_in_place_is_the_prefix_of_the_name(bytes in prop::collection::vec(any::<u8>(), 0..30), a in 0_usize..30, b in 0_usize..30) {
            let (start, end) = (a.min(b).min(bytes.len()), a.max(b).min(bytes.len()));
            prop_assert_eq!(prefix_at(&bytes, start, end - start), prefix(&bytes[start..end]));
        }
    }
}
