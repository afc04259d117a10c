//! Comparison of JSON numbers as they are spelled, of any length.

use std::cmp::Ordering;

/// Compares two numbers of JSON's grammar. `None` when readers may differ: the exact values compare otherwise than
/// their nearest IEEE 754 doubles do (`9007199254740993` and `9007199254740992`, `1e400` and `1e500`).
pub(super) fn compare(left: &[u8], right: &[u8]) -> Option<Ordering> {
    if let (Some(left), Some(right)) = (small(left), small(right)) {
        return Some(left.cmp(&right));
    }
    let exact = Decimal::new(left).compare(&Decimal::new(right));
    let rounded = double(left)?.partial_cmp(&double(right)?)?;
    (exact == rounded).then_some(exact)
}

/// A short integer, which every reader reads alike.
fn small(text: &[u8]) -> Option<i64> {
    if text.len() > 15 || !text.iter().all(|byte| matches!(byte, b'-' | b'0'..=b'9')) {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

fn double(text: &[u8]) -> Option<f64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// A number as digits and the place of the decimal point.
struct Decimal<'a> {
    negative: bool,
    whole: &'a [u8],
    fraction: &'a [u8],
    /// Zeros before the first digit that counts.
    zeros: usize,
    /// Power of ten of the first digit that counts, plus one; `None` for zero.
    magnitude: Option<i64>,
}

impl<'a> Decimal<'a> {
    fn new(text: &'a [u8]) -> Self {
        let (negative, text) = match text.split_first() {
            Some((b'-', rest)) => (true, rest),
            _ => (false, text),
        };
        let (mantissa, exponent) = split(text, |byte| matches!(byte, b'e' | b'E'));
        let (whole, fraction) = split(mantissa, |byte| byte == b'.');
        let digits = whole.iter().chain(fraction);
        let zeros = digits.clone().take_while(|digit| **digit == b'0').count();
        let is_zero = zeros == whole.len() + fraction.len();
        let magnitude = (!is_zero).then(|| {
            let whole = i64::try_from(whole.len()).unwrap_or(i64::MAX);
            let zeros = i64::try_from(zeros).unwrap_or(i64::MAX);
            whole.saturating_sub(zeros).saturating_add(power(exponent))
        });
        Self { negative, whole, fraction, zeros, magnitude }
    }

    fn digits(&self) -> impl Iterator<Item = u8> {
        self.whole.iter().chain(self.fraction).skip(self.zeros).copied()
    }

    const fn sign(&self) -> i8 {
        match (self.magnitude, self.negative) {
            (None, _) => 0,
            (Some(_), true) => -1,
            (Some(_), false) => 1,
        }
    }

    fn compare(&self, other: &Self) -> Ordering {
        let by_sign = self.sign().cmp(&other.sign());
        if by_sign != Ordering::Equal || self.sign() == 0 {
            return by_sign;
        }
        let by_size = self.magnitude.cmp(&other.magnitude).then_with(|| self.compare_digits(other));
        if self.negative { by_size.reverse() } else { by_size }
    }

    fn compare_digits(&self, other: &Self) -> Ordering {
        let (mut left, mut right) = (self.digits(), other.digits());
        loop {
            let (left, right) = (left.next(), right.next());
            if left.is_none() && right.is_none() {
                return Ordering::Equal;
            }
            let order = left.unwrap_or(b'0').cmp(&right.unwrap_or(b'0'));
            if order != Ordering::Equal {
                return order;
            }
        }
    }
}

/// The text before and after the first byte that is a separator.
fn split(text: &[u8], is_separator: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    match text.iter().position(|byte| is_separator(*byte)) {
        Some(at) => (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default()),
        None => (text, &[]),
    }
}

/// An exponent; one that no `i64` holds stays at the end of its range.
fn power(text: &[u8]) -> i64 {
    let (negative, digits) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, text),
    };
    let size = digits
        .iter()
        .fold(0_i64, |power, digit| power.saturating_mul(10).saturating_add(i64::from(digit.saturating_sub(b'0'))));
    if negative { -size } else { size }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_compare_by_value_not_by_spelling() {
        use Ordering::{Equal, Greater, Less};
        for (left, right, expected) in [
            ("1", "1.0", Some(Equal)),
            ("100", "1e2", Some(Equal)),
            ("0.10", "1E-1", Some(Equal)),
            ("-0", "0", Some(Equal)),
            ("-0.0e9", "0", Some(Equal)),
            ("1e400", "1", Some(Greater)),
            ("-1e400", "1e-400", Some(Less)),
            ("123456789012345678901", "123456789012345678901", Some(Equal)),
            ("12", "9", Some(Greater)),
            ("-12", "-9", Some(Less)),
            ("1e99999999999999999999", "2", Some(Greater)),
            ("1.5", "1.25", Some(Greater)),
        ] {
            assert_eq!(compare(left.as_bytes(), right.as_bytes()), expected, "{left} {right}");
            let reverse = expected.map(Ordering::reverse);
            assert_eq!(compare(right.as_bytes(), left.as_bytes()), reverse, "{right} {left}");
        }
    }

    #[test]
    fn numbers_that_doubles_confuse_are_ambiguous() {
        for (left, right) in [
            ("9007199254740993", "9007199254740992"),
            ("1e400", "1e500"),
            ("1e-400", "0"),
            ("1.00000000000000000001", "1"),
            ("12345678901234567890", "12345678901234567891"),
        ] {
            assert_eq!(compare(left.as_bytes(), right.as_bytes()), None, "{left} {right}");
        }
    }

    proptest! {
        #[test]
        fn scaled_integers_compare_like_integers(
            left in -1_000_000_i64..1_000_000, right in -1_000_000_i64..1_000_000, scale in 0..9_u32,
        ) {
            let spelled = format!("{}e-{scale}", i128::from(left) * 10_i128.pow(scale));
            prop_assert_eq!(
                compare(spelled.as_bytes(), right.to_string().as_bytes()),
                Some(left.cmp(&right))
            );
        }
    }
}
