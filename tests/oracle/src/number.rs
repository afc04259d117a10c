//! Numbers as exact decimals.

use std::cmp::Ordering;

/// Compares two numbers of JSON's grammar; `None` when their exact values compare otherwise than their doubles.
#[must_use]
pub fn compare(left: &str, right: &str) -> Option<Ordering> {
    let exact = Decimal::read(left).cmp(&Decimal::read(right));
    let doubles = left.parse::<f64>().ok()?.partial_cmp(&right.parse().ok()?);
    (doubles == Some(exact)).then_some(exact)
}

/// `sign * 0.DIGITS * 10^exponent`, digits without zeros at either end.
struct Decimal {
    negative: bool,
    digits: Vec<u8>,
    exponent: i128,
}

impl Decimal {
    fn read(text: &str) -> Self {
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
        // Past 10^30 only the sign of an exponent can matter for texts of this size.
        let exponent: i128 = exponent.parse().unwrap_or(if exponent.starts_with('-') { -1 << 100 } else { 1 << 100 });
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        let leading = all.iter().take_while(|digit| **digit == b'0').count();
        let mut digits = all[leading..].to_vec();
        while digits.last() == Some(&b'0') {
            digits.pop();
        }
        if digits.is_empty() {
            return Self { negative: false, digits, exponent: 0 };
        }
        Self { negative, digits, exponent: exponent.clamp(-1 << 100, 1 << 100) + whole.len() as i128 - leading as i128 }
    }

    fn cmp(&self, other: &Self) -> Ordering {
        match (self.digits.is_empty(), other.digits.is_empty()) {
            (true, true) => return Ordering::Equal,
            (true, false) => return if other.negative { Ordering::Greater } else { Ordering::Less },
            (false, true) => return if self.negative { Ordering::Less } else { Ordering::Greater },
            (false, false) => {}
        }
        let sizes = self.exponent.cmp(&other.exponent).then_with(|| self.digits.cmp(&other.digits));
        match (self.negative, other.negative) {
            (false, false) => sizes,
            (true, true) => sizes.reverse(),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_by_value_or_not_at_all() {
        for (left, right, expected) in [
            ("1", "1.0", Some(Ordering::Equal)),
            ("-0", "0e5", Some(Ordering::Equal)),
            ("10", "1e1", Some(Ordering::Equal)),
            ("0.001", "1E-3", Some(Ordering::Equal)),
            ("2", "10", Some(Ordering::Less)),
            ("-2", "-10", Some(Ordering::Greater)),
            ("-1", "1", Some(Ordering::Less)),
            ("9007199254740993", "9007199254740992", None),
            ("1e400", "1e500", None),
            ("1e400", "1e400", Some(Ordering::Equal)),
            ("1e-400", "0", None),
        ] {
            assert_eq!(compare(left, right), expected, "{left} {right}");
            assert_eq!(compare(right, left), expected.map(Ordering::reverse), "{right} {left}");
        }
    }
}
