//! Payment cards: which numbers issuers give out (ISO/IEC 7812), and how they are written.

use crate::checksum;

/// Ranges of first digits, and the lengths of numbers that begin so.
const ISSUERS: &[(u32, u32, &[usize])] = &[
    // Visa; of 13 digits there are none any more, and they are as long as EANs.
    (4, 4, &[16, 19]),
    // Mastercard.
    (51, 55, &[16]),
    (2221, 2720, &[16]),
    // Mir.
    (2200, 2204, &[16, 17, 18, 19]),
    // American Express.
    (34, 34, &[15]),
    (37, 37, &[15]),
    // Diners Club.
    (300, 305, &[14, 16]),
    (3095, 3095, &[14, 16]),
    (36, 36, &[14, 16]),
    (38, 39, &[14, 16]),
    // JCB.
    (3528, 3589, &[16, 17, 18, 19]),
    // Discover, RuPay and those that share them.
    (6011, 6011, &[16, 19]),
    (644, 659, &[16, 19]),
    (60, 60, &[16]),
    (508, 508, &[16]),
    // UnionPay.
    (62, 62, &[16, 17, 18, 19]),
    (81, 82, &[16]),
    // Maestro.
    (5018, 5018, &[16, 18, 19]),
    (5020, 5020, &[16, 18, 19]),
    (5038, 5038, &[16, 18, 19]),
    (5893, 5893, &[16, 18, 19]),
    (6304, 6304, &[16, 18, 19]),
    (6759, 6763, &[16, 18, 19]),
    // Verve, Troy.
    (506_099, 506_198, &[16, 19]),
    (9792, 9792, &[16]),
];

/// Whether these digits, with nothing between them, are a number of a card.
pub(super) fn is_card(digits: &str) -> bool {
    let starts = |(from, to, lengths): &(u32, u32, &[usize])| {
        let width = from.to_string().len();
        let first: Option<u32> = digits.get(..width).and_then(|first| first.parse().ok());
        first.is_some_and(|first| (*from..=*to).contains(&first)) && lengths.contains(&digits.len())
    };
    ISSUERS.iter().any(starts) && checksum::is_card(digits)
}

/// Lengths of groups that numbers of cards are printed in.
const GROUPS: &[&[usize]] = &[
    &[4, 4, 4, 4],
    &[4, 6, 5],
    &[4, 6, 4],
    &[4, 4, 4, 4, 3],
    &[4, 4, 4, 4, 2],
    &[4, 4, 4, 4, 1],
    &[4, 4, 5, 2],
    &[4, 4, 4, 2],
    &[4, 4, 4, 3],
    &[6, 13],
];

/// The end of a card's number that begins a text: in one, or in groups with a blank or a hyphen between them.
pub(super) fn card_end(text: &[u8]) -> Option<usize> {
    let run = text.iter().take(20).take_while(|byte| byte.is_ascii_digit()).count();
    let digits = |end: usize| -> String {
        text.iter().take(end).filter(|byte| byte.is_ascii_digit()).map(|byte| char::from(*byte)).collect()
    };
    if run > 6 {
        return Some(run).filter(|end| is_card(&digits(*end)));
    }
    let separator = *text.get(run).filter(|byte| matches!(byte, b' ' | b'-'))?;
    GROUPS.iter().find_map(|groups| {
        let mut end = 0;
        for (number, width) in groups.iter().enumerate() {
            if number > 0 {
                text.get(end).filter(|byte| **byte == separator)?;
                end += 1;
            }
            let group = text.get(end..end + width)?;
            group.iter().all(u8::is_ascii_digit).then_some(())?;
            end += width;
        }
        let ends = !text.get(end).is_some_and(u8::is_ascii_digit);
        Some(end).filter(|end| ends && is_card(&digits(*end)))
    })
}
