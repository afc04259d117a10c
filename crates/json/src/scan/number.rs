//! Numbers (RFC 8259, section 6): a fast path for a number that ends inside the chunk, a state machine for the rest.

use super::{block, block_at, find};

/// Where a number stands after some of its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NumberState {
    Start,
    Minus,
    Zero,
    Integer,
    Point,
    Fraction,
    E,
    Sign,
    Exponent,
}

/// What one more byte does to a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NumberStep {
    /// It belongs to the number.
    More(NumberState),
    /// The number ended before it.
    End,
    /// No number goes on like this.
    Wrong,
}

impl NumberState {
    pub(crate) const fn step(self, byte: u8) -> NumberStep {
        use NumberState::{E, Exponent, Fraction, Integer, Minus, Point, Sign, Start, Zero};
        let next = match (self, byte) {
            (Start, b'-') => Minus,
            (Start | Minus, b'0') => Zero,
            (Start | Minus, b'1'..=b'9') | (Integer, b'0'..=b'9') => Integer,
            (Zero | Integer, b'.') => Point,
            (Point | Fraction, b'0'..=b'9') => Fraction,
            (Zero | Integer | Fraction, b'e' | b'E') => E,
            (E, b'+' | b'-') => Sign,
            (E | Sign | Exponent, b'0'..=b'9') => Exponent,
            _ if self.can_end() => return NumberStep::End,
            _ => return NumberStep::Wrong,
        };
        NumberStep::More(next)
    }

    /// Whether a number may end here.
    pub(crate) const fn can_end(self) -> bool {
        matches!(self, Self::Zero | Self::Integer | Self::Fraction | Self::Exponent)
    }
}

/// The end of the number at `pos`, when it is well-formed and ends inside the chunk. For anything else the state machine
/// knows better.
#[inline(always)]
pub(crate) fn number(bytes: &[u8], pos: usize) -> Option<usize> {
    let first = pos + usize::from(bytes.get(pos) == Some(&b'-'));
    let Some(block) = block_at(bytes, first) else { return long_number(bytes, first) };
    // No loop and no branch on the number of digits: records differ in it.
    let others = block::not_digit(block);
    let integer = others.trailing_zeros() as usize;
    let Some(&next) = block.get(integer) else { return long_number(bytes, first) };
    match next {
        _ if integer == 0 => None,
        _ if integer > 1 && bytes.get(first) == Some(&b'0') => Some(first + 1),
        b'.' => {
            let fraction = (others & others.wrapping_sub(1)).trailing_zeros() as usize;
            match block.get(fraction) {
                Some(b'e' | b'E') | None => long_number(bytes, first),
                Some(_) if fraction == integer + 1 => None,
                Some(_) => Some(first + fraction),
            }
        }
        b'e' | b'E' => long_number(bytes, first),
        _ => Some(first + integer),
    }
}

/// As [`number`] for what does not fit into one block, after the sign.
#[inline(never)]
fn long_number(bytes: &[u8], first: usize) -> Option<usize> {
    let mut end = match *bytes.get(first)? {
        b'0' => first + 1,
        b'1'..=b'9' => digits(bytes, first + 1),
        _ => return None,
    };
    let mut next = *bytes.get(end)?;
    if next == b'.' {
        let start = end + 1;
        end = digits(bytes, start);
        if end == start {
            return None;
        }
        next = *bytes.get(end)?;
    }
    if matches!(next, b'e' | b'E') {
        let start = if matches!(bytes.get(end + 1)?, b'+' | b'-') { end + 2 } else { end + 1 };
        end = digits(bytes, start);
        if end == start {
            return None;
        }
        bytes.get(end)?;
    }
    Some(end)
}

fn digits(bytes: &[u8], pos: usize) -> usize {
    find(bytes, pos, block::not_digit, |byte| !byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The end by the state machine, `None` where the number is wrong or runs to the end of the bytes.
    fn naive(bytes: &[u8]) -> Option<usize> {
        let mut state = NumberState::Start;
        for (i, &byte) in bytes.iter().enumerate() {
            match state.step(byte) {
                NumberStep::More(next) => state = next,
                NumberStep::End => return Some(i),
                NumberStep::Wrong => return None,
            }
        }
        None
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]
        #[test]
        fn the_fast_path_agrees_with_the_state_machine(text in "-?[0-9]{0,20}(\\.[0-9]{0,20})?([eE][+-]?[0-9]{0,3})?[,x]?[ -~]{0,20}") {
            prop_assert_eq!(number(text.as_bytes(), 0), naive(text.as_bytes()));
        }
    }

    #[test]
    fn leading_zeros_end_after_the_first() {
        assert_eq!(number(b"01,", 0), Some(1));
        assert_eq!(number(b"-01,", 0), Some(2));
    }
}
