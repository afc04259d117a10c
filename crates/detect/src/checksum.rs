//! Check digits: the arithmetic that formats share, and the formats that others ask for by name.

/// Whether this is a card number without blanks: 13 to 19 digits, not all the same, with a right check digit (Luhn,
/// ISO/IEC 7812-1).
#[must_use]
pub fn is_card(text: &str) -> bool {
    let Some(digits) = digits(text).filter(|digits| (13..=19).contains(&digits.len())) else { return false };
    digits.iter().any(|digit| Some(digit) != digits.first()) && luhn(&digits)
}

/// The area of a US social security number, `AAA-GG-SSSS` of numbers that are given out. From 900 on it is a number of a tax
/// payer (ITIN).
#[must_use]
pub fn ssn_area(text: &str) -> Option<u32> {
    let mut parts = text.split('-');
    let (area, group, serial) = (parts.next()?, parts.next()?, parts.next()?);
    let number = |part: &str, width| {
        let number = if part.len() == width { digits(part).and_then(|_| part.parse::<u32>().ok()) } else { None };
        number.filter(|number| *number > 0)
    };
    let area = number(area, 3).filter(|area| *area != 666);
    area.filter(|_| number(group, 2).is_some() && number(serial, 4).is_some() && parts.next().is_none())
}

/// Whether this is an IBAN without blanks and in capitals: a country, and a remainder of 1 (mod 97, ISO 13616).
#[must_use]
pub fn is_iban(text: &str) -> bool {
    let shaped = (15..=34).contains(&text.len())
        && text.bytes().enumerate().all(|(at, byte)| match at {
            0 | 1 => byte.is_ascii_uppercase(),
            2 | 3 => byte.is_ascii_digit(),
            _ => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
        });
    let turned = text.chars().skip(4).chain(text.chars().take(4));
    let remainder = turned.filter_map(|letter| letter.to_digit(36)).fold(0, |rest, value| {
        let shift = if value > 9 { 100 } else { 10 };
        (rest * shift + value) % 97
    });
    shaped && remainder == 1
}

fn digits(text: &str) -> Option<Vec<u32>> {
    text.chars().map(|letter| letter.to_digit(10)).collect()
}

/// Whether the last digit is right (Luhn, ISO/IEC 7812-1, annex B).
#[must_use]
pub(crate) fn luhn(digits: &[u32]) -> bool {
    let sum: u32 = (digits.iter().rev().enumerate())
        .map(|(at, &digit)| match (at % 2, digit * 2) {
            (0, _) => digit,
            (_, double) => double / 10 + double % 10,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// The sum of each digit with its weight; digits without a weight do not count.
#[must_use]
pub(crate) fn weighted(digits: &[u32], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(digit, weight)| digit * weight).sum()
}

/// The remainder of a number in decimal, however long.
#[must_use]
pub(crate) fn remainder(digits: &[u32], by: u32) -> u32 {
    digits.iter().fold(0, |rest, digit| (rest * 10 + digit) % by)
}

/// Whether the last digit is right (ISO/IEC 7064, MOD 11,10).
#[must_use]
pub(crate) fn mod_11_10(digits: &[u32]) -> bool {
    let Some((last, front)) = digits.split_last() else { return false };
    let product = front.iter().fold(10, |product, digit| {
        let sum = (product + digit) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    (product + last) % 10 == 1
}

/// Whether the last digit is right (Verhoeff, 1969).
#[must_use]
pub(crate) fn verhoeff(digits: &[u32]) -> bool {
    /// Multiplication in the dihedral group of order ten.
    fn times(left: u32, right: u32) -> u32 {
        match (left < 5, right < 5) {
            (true, true) => (left + right) % 5,
            (true, false) => (left + right - 5) % 5 + 5,
            (false, true) => (left - 5 + 5 - right) % 5 + 5,
            (false, false) => (left + 5 - right) % 5,
        }
    }
    const TURN: [u32; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let turned = |digit: u32, times: usize| {
        (0..times % 8).fold(digit, |digit, _| TURN.get(digit as usize).copied().unwrap_or_default())
    };
    digits.iter().rev().enumerate().fold(0, |sum, (at, digit)| times(sum, turned(*digit, at))) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_of_published_examples() {
        let of = |text: &str| digits(text).unwrap_or_default();
        assert!(luhn(&of("79927398713")) && !luhn(&of("79927398710")));
        assert!(verhoeff(&of("2363")) && !verhoeff(&of("2364")) && verhoeff(&of("123451")));
        // ISO/IEC 7064 gives 0794 with the check digit 5.
        assert!(mod_11_10(&of("07945")) && !mod_11_10(&of("07946")));
        assert_eq!(remainder(&of("3214282912345698765432161182"), 97), 1);
    }
}
