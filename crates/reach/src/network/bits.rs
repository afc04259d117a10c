//! Sets of small numbers as bits.

/// A set of numbers below a fixed size.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct BitSet {
    words: Vec<u64>,
}

const WORD: usize = 64;

impl BitSet {
    /// The empty set, with room for numbers below `size`.
    #[must_use]
    pub fn new(size: usize) -> Self {
        Self { words: vec![0; size.div_ceil(WORD)] }
    }

    /// All numbers below `size`.
    #[must_use]
    pub fn full(size: usize) -> Self {
        let mut words = vec![u64::MAX; size.div_ceil(WORD)];
        if let Some(last) = words.last_mut()
            && !size.is_multiple_of(WORD)
        {
            *last = (1 << (size % WORD)) - 1;
        }
        Self { words }
    }

    /// Adds a number; numbers beyond the size are ignored.
    pub fn insert(&mut self, at: usize) {
        if let Some(word) = self.words.get_mut(at / WORD) {
            *word |= 1 << (at % WORD);
        }
    }

    /// Whether a number is in the set.
    #[must_use]
    pub fn contains(&self, at: usize) -> bool {
        self.words.get(at / WORD).is_some_and(|word| word >> (at % WORD) & 1 == 1)
    }

    /// Whether nothing is in the set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// How many numbers are in the set.
    #[must_use]
    pub fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Adds all of another set.
    pub fn union(&mut self, other: &Self) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word |= other;
        }
    }

    /// Keeps what is in another set too.
    pub fn intersect(&mut self, other: &Self) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word &= other;
        }
    }

    /// Removes what is in another set.
    pub fn subtract(&mut self, other: &Self) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word &= !other;
        }
    }

    /// What both sets hold; `None` where that is nothing.
    #[must_use]
    pub fn both(&self, other: &Self) -> Option<Self> {
        if !self.words.iter().zip(&other.words).any(|(a, b)| a & b != 0) {
            return None;
        }
        Some(Self { words: self.words.iter().zip(&other.words).map(|(a, b)| a & b).collect() })
    }

    /// The numbers in the set, rising.
    pub fn iter(&self) -> impl Iterator<Item = usize> {
        self.words.iter().enumerate().flat_map(|(at, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                let low = rest.trailing_zeros() as usize;
                if low == WORD {
                    return None;
                }
                rest &= rest - 1;
                Some(at * WORD + low)
            })
        })
    }
}
