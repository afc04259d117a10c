//! Gives equal lists of numbers one number, so that what they stand for is made and stored once.

use std::collections::BTreeMap;

/// Lists by their contents. A tree: with thousands of lists a linear search would cost seconds.
#[derive(Debug, Default)]
pub(crate) struct Interner {
    numbers: BTreeMap<Box<[u32]>, u32>,
}

impl Interner {
    /// The number of a list. One that was not seen before gets the number `next`, as an `Err`.
    pub(crate) fn number(&mut self, list: &[u32], next: usize) -> Result<u32, u32> {
        if let Some(&number) = self.numbers.get(list) {
            return Ok(number);
        }
        let next = u32::try_from(next).unwrap_or(u32::MAX);
        self.numbers.insert(list.into(), next);
        Err(next)
    }
}
