//! Detectors for values with check digits: payment cards (Luhn), IBANs (mod 97), and US social security numbers (issued
//! ranges).

/// Whether this is a card number without blanks: 13 to 19 digits, not all the same, with a right check digit (Luhn,
/// ISO/IEC 7812-1).
#[must_use]
pub fn is_card(text: &str) -> bool {
    let Some(digits) = digits(text).filter(|digits| (13..=19).contains(&digits.len())) else { return false };
    let sum: u32 = (digits.iter().rev().enumerate())
        .map(|(at, &digit)| match (at % 2, digit * 2) {
            (0, _) => digit,
            (_, double) => double / 10 + double % 10,
        })
        .sum();
    digits.iter().any(|digit| Some(digit) != digits.first()) && sum.is_multiple_of(10)
}

/// The area of a US social security number, `AAA-GG-SSSS` of numbers that are given out. From 900 on it is a number of a tax
/// payer (ITIN).
#[must_use]
pub fn ssn_area(text: &str) -> Option<u32> {
    let parts: Vec<&str> = text.split('-').collect();
    let [area, group, serial] = parts.as_slice() else { return None };
    let number = |part: &str, width| {
        let number = if part.len() == width { digits(part).and_then(|_| part.parse::<u32>().ok()) } else { None };
        number.filter(|number| *number > 0)
    };
    let area = number(area, 3).filter(|area| *area != 666);
    area.filter(|_| number(group, 2).is_some() && number(serial, 4).is_some())
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
