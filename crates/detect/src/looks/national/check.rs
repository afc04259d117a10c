//! The check digits of numbers that states give, and what else makes one impossible. Each takes letters in capitals and digits, with
//! nothing between them.

use crate::checksum::{luhn, mod_11_10, remainder, verhoeff, weighted};

fn digits(text: &str) -> Vec<u32> {
    text.chars().filter_map(|letter| letter.to_digit(10)).collect()
}

/// The number between two places; 0 where there is none.
fn part(text: &str, from: usize, to: usize) -> u32 {
    text.get(from..to).and_then(|part| part.parse().ok()).unwrap_or_default()
}

fn digit(digits: &[u32], at: usize) -> u32 {
    digits.get(at).copied().unwrap_or_default()
}

fn all_same(digits: &[u32]) -> bool {
    digits.windows(2).all(|pair| pair.first() == pair.last())
}

/// Whether there is such a day in some year.
fn is_day(month: u32, day: u32) -> bool {
    let days = match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

pub(super) fn luhn_text(text: &str) -> bool {
    let digits = digits(text);
    !all_same(&digits) && luhn(&digits)
}

pub(super) fn au_tfn(text: &str) -> bool {
    let digits = digits(text);
    !all_same(&digits) && weighted(&digits, &[1, 4, 3, 7, 5, 8, 6, 9, 10]).is_multiple_of(11)
}

pub(super) fn au_medicare(text: &str) -> bool {
    let digits = digits(text);
    (2..=6).contains(&digit(&digits, 0)) && weighted(&digits, &[1, 3, 7, 9, 1, 3, 7, 9]) % 10 == digit(&digits, 8)
}

pub(super) fn at_svnr(text: &str) -> bool {
    let digits = digits(text);
    let sum = weighted(&digits, &[3, 7, 9, 0, 5, 8, 4, 2, 1, 6]);
    digit(&digits, 0) > 0 && sum % 11 == digit(&digits, 3) && is_day(part(text, 6, 8).min(12), part(text, 4, 6))
}

pub(super) fn be_rrn(text: &str) -> bool {
    let (month, day, check) = (part(text, 2, 4), part(text, 4, 6), part(text, 9, 11));
    let front = digits(text.get(..9).unwrap_or_default());
    let born_2000: Vec<u32> = core::iter::once(2).chain(front.iter().copied()).collect();
    let is_right = [front, born_2000].iter().any(|front| 97 - remainder(front, 97) == check);
    is_day(month, day) && part(text, 6, 9) > 0 && is_right
}

pub(super) fn br_cpf(text: &str) -> bool {
    let digits = digits(text);
    let check = |len: usize| {
        let first = len as u32 + 1;
        let sum: u32 = digits.iter().take(len).zip((2..=first).rev()).map(|(digit, weight)| digit * weight).sum();
        (sum * 10 % 11 % 10) == digit(&digits, len)
    };
    !all_same(&digits) && check(9) && check(10)
}

/// Letters count as their code less that of `0`, as of July 2026 they may stand in all but the check digits.
pub(super) fn br_cnpj(text: &str) -> bool {
    let values: Vec<u32> = text.bytes().map(|byte| u32::from(byte).saturating_sub(48)).collect();
    let check = |len: usize| {
        let weights = (2..=9).cycle();
        let sum: u32 = values.iter().take(len).rev().zip(weights).map(|(value, weight)| value * weight).sum();
        let rest = sum % 11;
        (if rest < 2 { 0 } else { 11 - rest }) == digit(&values, len)
    };
    !all_same(&values) && check(12) && check(13)
}

pub(super) fn bg_egn(text: &str) -> bool {
    let digits = digits(text);
    let month = part(text, 2, 4);
    let month = if month > 40 {
        month - 40
    } else if month > 20 {
        month - 20
    } else {
        month
    };
    is_day(month, part(text, 4, 6)) && weighted(&digits, &[2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11 % 10 == digit(&digits, 9)
}

pub(super) fn ca_sin(text: &str) -> bool {
    !matches!(text.as_bytes().first(), Some(b'0' | b'8')) && luhn_text(text)
}

pub(super) fn cl_rut(text: &str) -> bool {
    let Some((front, last)) = text.len().checked_sub(1).and_then(|at| text.split_at_checked(at)) else { return false };
    if !front.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let sum: u32 = digits(front).iter().rev().zip((2..=7).cycle()).map(|(digit, weight)| digit * weight).sum();
    match 11 - sum % 11 {
        11 => last == "0",
        10 => last == "K",
        check => last == check.to_string(),
    }
}

pub(super) fn cn_ric(text: &str) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let front = digits(text.get(..17).unwrap_or_default());
    let check = (12 - weighted(&front, &WEIGHTS) % 11) % 11;
    let last = text.chars().next_back().map(|last| if last == 'X' { Some(10) } else { last.to_digit(10) });
    (11..=82).contains(&part(text, 0, 2))
        && (1900..2100).contains(&part(text, 6, 10))
        && is_day(part(text, 10, 12), part(text, 12, 14))
        && last == Some(Some(check))
}

pub(super) fn oib(text: &str) -> bool {
    mod_11_10(&digits(text))
}

pub(super) fn cz_rc(text: &str) -> bool {
    let digits = digits(text);
    let month = part(text, 2, 4);
    let months = [0, 20, 50, 70].iter().any(|more| is_day(month.wrapping_sub(*more), part(text, 4, 6)));
    months && remainder(&digits, 11) == 0 && !all_same(&digits)
}

/// There is no check digit any more (since 2007); the seventh digit and the year have to agree.
pub(super) fn dk_cpr(text: &str) -> bool {
    is_day(part(text, 2, 4), part(text, 0, 2)) && part(text, 6, 10) > 0
}

pub(super) fn nl_bsn(text: &str) -> bool {
    let digits = digits(text);
    let sum = weighted(&digits, &[9, 8, 7, 6, 5, 4, 3, 2]) + 11 - digit(&digits, 8);
    !all_same(&digits) && sum.is_multiple_of(11)
}

pub(super) fn ee_ik(text: &str) -> bool {
    let digits = digits(text);
    let first = weighted(&digits, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11;
    let second = weighted(&digits, &[3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11;
    let check = if first < 10 { first } else { second % 10 };
    (1..=6).contains(&digit(&digits, 0)) && is_day(part(text, 3, 5), part(text, 5, 7)) && check == digit(&digits, 10)
}

pub(super) fn fi_hetu(text: &str) -> bool {
    const LETTERS: &str = "0123456789ABCDEFHJKLMNPRSTUVWXY";
    let number = digits(text.get(..6).unwrap_or_default()).into_iter();
    let serial = digits(text.get(text.len().saturating_sub(4)..text.len().saturating_sub(1)).unwrap_or_default());
    let rest = remainder(&number.chain(serial).collect::<Vec<_>>(), 31) as usize;
    is_day(part(text, 2, 4), part(text, 0, 2)) && LETTERS.chars().nth(rest) == text.chars().next_back()
}

pub(super) fn fr_nir(text: &str) -> bool {
    // Corsica: 2A counts as 19, 2B as 18.
    let text = match text.get(5..7) {
        Some("2A") => alloc(text, "19"),
        Some("2B") => alloc(text, "18"),
        _ => text.to_owned(),
    };
    let digits = digits(&text);
    let (front, check) = digits.split_at_checked(13).unwrap_or_default();
    let month = part(&text, 3, 5);
    let is_shaped = text.len() == digits.len() && matches!(digit(&digits, 0), 1..=4 | 7 | 8);
    let check_is_right = digits.len() == 13 || remainder(check, 1000) == 97 - remainder(front, 97);
    is_shaped && matches!(month, 1..=12 | 20..=42 | 50..=99) && check_is_right
}

fn alloc(text: &str, department: &str) -> String {
    [text.get(..5).unwrap_or_default(), department, text.get(7..).unwrap_or_default()].concat()
}

pub(super) fn de_idnr(text: &str) -> bool {
    let digits = digits(text);
    let front = digits.get(..10).unwrap_or_default();
    let most = (0..10).map(|digit| front.iter().filter(|own| **own == digit).count()).max();
    digit(&digits, 0) > 0 && matches!(most, Some(2 | 3)) && mod_11_10(&digits)
}

pub(super) fn de_svnr(text: &str) -> bool {
    const WEIGHTS: [u32; 12] = [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1];
    let letter = text.chars().nth(8).map_or(0, |letter| (letter as u32).saturating_sub(64));
    let mut digits = digits(text.get(..8).unwrap_or_default());
    digits.extend([letter / 10, letter % 10]);
    digits.extend(self::digits(text.get(9..).unwrap_or_default()));
    let (front, last) = digits.split_at_checked(12).unwrap_or_default();
    let sum: u32 = front.iter().zip(WEIGHTS).map(|(digit, weight)| (digit * weight) / 10 + (digit * weight) % 10).sum();
    is_day(part(text, 4, 6), part(text, 2, 4)) && last.first() == Some(&(sum % 10))
}

pub(super) fn hk_id(text: &str) -> bool {
    let values = text.bytes().map(|byte| match byte {
        b'0'..=b'9' => u32::from(byte - b'0'),
        other => u32::from(other.saturating_sub(b'A')) + 10,
    });
    let sum: u32 = values.zip((1..=8).rev()).map(|(value, weight)| value * weight).sum();
    matches!(text.as_bytes().last(), Some(b'0'..=b'9' | b'A')) && (36 * 9 + sum).is_multiple_of(11)
}

pub(super) fn in_aadhaar(text: &str) -> bool {
    let digits = digits(text);
    digit(&digits, 0) > 1 && !all_same(&digits) && verhoeff(&digits)
}

pub(super) fn in_pan(text: &str) -> bool {
    text.as_bytes().get(3).is_some_and(|kind| b"ABCFGHJLPT".contains(kind)) && text.get(5..9) != Some("0000")
}

pub(super) fn ie_pps(text: &str) -> bool {
    let sum = weighted(&digits(text.get(..7).unwrap_or_default()), &[8, 7, 6, 5, 4, 3, 2]);
    let value = |at: usize| text.as_bytes().get(at).map_or(0, |byte| u32::from(byte.saturating_sub(b'A')) + 1);
    let second = if text.len() > 8 { value(8) % 23 * 9 } else { 0 };
    (sum + second) % 23 == value(7) % 23 && value(7) <= 23
}

pub(super) fn it_cf(text: &str) -> bool {
    const ODD: [u32; 26] =
        [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
    let value = |byte: u8| match byte {
        b'0'..=b'9' => usize::from(byte - b'0'),
        other => usize::from(other.saturating_sub(b'A')),
    };
    let front = text.bytes().take(15).enumerate().map(|(at, byte)| match at % 2 {
        0 => ODD.get(value(byte)).copied().unwrap_or_default(),
        _ => u32::try_from(value(byte)).unwrap_or_default(),
    });
    let check = u8::try_from(front.sum::<u32>() % 26).ok();
    let day = part(text, 9, 11) % 40;
    let is_month = text.as_bytes().get(8).is_some_and(|month| b"ABCDEHLMPRST".contains(month));
    is_month && (1..=31).contains(&day) && text.bytes().last().map(|last| last.saturating_sub(b'A')) == check
}

pub(super) fn kr_rrn(text: &str) -> bool {
    let digits = digits(text);
    let check = (11 - weighted(&digits, &[2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11) % 10;
    is_day(part(text, 2, 4), part(text, 4, 6)) && check == digit(&digits, 12)
}

pub(super) fn mx_curp(text: &str) -> bool {
    const ALPHABET: &str = "0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ";
    let value = |letter: char| ALPHABET.chars().position(|known| known == letter).and_then(|at| u32::try_from(at).ok());
    let sum: u32 =
        text.chars().take(17).zip((2..=18).rev()).map(|(letter, weight)| value(letter).unwrap_or(0) * weight).sum();
    let check = (10 - sum % 10) % 10;
    is_day(part(text, 6, 8), part(text, 8, 10))
        && text.as_bytes().get(10).is_some_and(|sex| b"HMX".contains(sex))
        && text.chars().next_back().and_then(|last| last.to_digit(10)) == Some(check)
}

pub(super) fn mx_rfc(text: &str) -> bool {
    is_day(part(text, 6, 8), part(text, 8, 10))
}

pub(super) fn no_fnr(text: &str) -> bool {
    let digits = digits(text);
    let check = |weights: &[u32]| (11 - weighted(&digits, weights) % 11) % 11;
    let (day, month) = (part(text, 0, 2), part(text, 2, 4));
    let day = if day > 40 { day - 40 } else { day };
    let month = if month > 80 {
        month - 80
    } else if month > 40 {
        month - 40
    } else {
        month
    };
    is_day(month, day)
        && check(&[3, 7, 6, 1, 8, 9, 4, 5, 2]) == digit(&digits, 9)
        && check(&[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) == digit(&digits, 10)
}

pub(super) fn pl_pesel(text: &str) -> bool {
    let digits = digits(text);
    let month = part(text, 2, 4) % 20;
    let check = (10 - weighted(&digits, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10) % 10;
    is_day(month, part(text, 4, 6)) && check == digit(&digits, 10)
}

pub(super) fn pt_nif(text: &str) -> bool {
    let digits = digits(text);
    let check = (11 - weighted(&digits, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11 % 10;
    matches!(digit(&digits, 0), 1..=3 | 5 | 6 | 8 | 9) && check == digit(&digits, 8)
}

pub(super) fn ro_cnp(text: &str) -> bool {
    let digits = digits(text);
    let check = weighted(&digits, &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
    (1..=9).contains(&digit(&digits, 0))
        && is_day(part(text, 3, 5), part(text, 5, 7))
        && (1..=52).contains(&part(text, 7, 9))
        && (if check == 10 { 1 } else { check }) == digit(&digits, 12)
}

pub(super) fn sg_nric(text: &str) -> bool {
    let (Some(first), Some(last)) = (text.bytes().next(), text.bytes().last()) else { return false };
    let sum = weighted(&digits(text), &[2, 7, 6, 5, 4, 3, 2]);
    let (letters, more): (&[u8], u32) = match first {
        b'S' => (b"JZIHGFEDCBA", 0),
        b'T' => (b"JZIHGFEDCBA", 4),
        b'F' => (b"XWUTRQPNMLK", 0),
        b'G' => (b"XWUTRQPNMLK", 4),
        b'M' => (b"KLJNPQRTUWX", 3),
        _ => return false,
    };
    let at = (sum + more) as usize % 11;
    let at = if first == b'M' { 10 - at } else { at };
    letters.get(at) == Some(&last)
}

pub(super) fn za_id(text: &str) -> bool {
    let digits = digits(text);
    is_day(part(text, 2, 4), part(text, 4, 6))
        && digit(&digits, 10) < 2
        && matches!(digit(&digits, 11), 8 | 9)
        && luhn(&digits)
}

pub(super) fn es_dni(text: &str) -> bool {
    const LETTERS: &[u8] = b"TRWAGMYFPDXBNJZSQVHLCKE";
    let front = match text.as_bytes().first() {
        Some(b'X') => text.replacen('X', "0", 1),
        Some(b'Y') => text.replacen('Y', "1", 1),
        Some(b'Z') => text.replacen('Z', "2", 1),
        _ => text.to_owned(),
    };
    let number: Option<usize> = front.get(..8).and_then(|number| number.parse().ok());
    number.is_some_and(|number| number > 0 && LETTERS.get(number % 23) == front.as_bytes().last())
}

pub(super) fn se_pnr(text: &str) -> bool {
    let short = if text.len() == 12 { text.get(2..).unwrap_or_default() } else { text };
    let is_century = text.len() != 12 || matches!(part(text, 0, 2), 18..=20);
    // From 61 on it is a coordination number.
    let day = part(short, 4, 6);
    is_century && is_day(part(short, 2, 4), if day > 60 { day - 60 } else { day }) && luhn(&digits(short))
}

pub(super) fn ch_ahv(text: &str) -> bool {
    let digits = digits(text);
    let check = (10 - weighted(&digits, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3]) % 10) % 10;
    text.starts_with("756") && check == digit(&digits, 12)
}

pub(super) fn tr_id(text: &str) -> bool {
    let digits = digits(text);
    let odd: u32 = [0, 2, 4, 6, 8].iter().map(|at| digit(&digits, *at)).sum();
    let even: u32 = [1, 3, 5, 7].iter().map(|at| digit(&digits, *at)).sum();
    let sum: u32 = digits.iter().take(10).sum();
    digit(&digits, 0) > 0 && (odd * 7 + 90 - even) % 10 == digit(&digits, 9) && sum % 10 == digit(&digits, 10)
}

pub(super) fn gb_nino(text: &str) -> bool {
    let (Some(first), Some(second), Some(last)) =
        (text.as_bytes().first(), text.as_bytes().get(1), text.as_bytes().last())
    else {
        return false;
    };
    let pair = text.get(..2).unwrap_or_default();
    !b"DFIQUV".contains(first)
        && !b"DFIOQUV".contains(second)
        && !["BG", "GB", "NK", "KN", "TN", "NT", "ZZ"].contains(&pair)
        && (b'A'..=b'D').contains(last)
}

pub(super) fn gb_nhs(text: &str) -> bool {
    let digits = digits(text);
    let check = (11 - weighted(&digits, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11;
    !all_same(&digits) && check == digit(&digits, 9)
}

pub(super) fn us_mbi(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphabetic() && !b"SLOIBZ".contains(&byte);
    !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit() || is_letter(byte))
}

pub(super) fn us_npi(text: &str) -> bool {
    matches!(text.as_bytes().first(), Some(b'1' | b'2')) && luhn(&digits(&["80840", text].concat()))
}

pub(super) fn us_dea(text: &str) -> bool {
    let all = digits(text);
    let digits = all.get(all.len().saturating_sub(7)..).unwrap_or_default();
    text.as_bytes().first().is_some_and(|kind| b"ABCDEFGHJKLMPRSTUX".contains(kind))
        && weighted(digits, &[1, 2, 1, 2, 1, 2]) % 10 == digit(digits, 6)
}

pub(super) fn us_aba(text: &str) -> bool {
    let digits = digits(text);
    let area = part(text, 0, 2);
    matches!(area, 1..=12 | 21..=32 | 61..=72 | 80)
        && weighted(&digits, &[3, 7, 1, 3, 7, 1, 3, 7, 1]).is_multiple_of(10)
}
