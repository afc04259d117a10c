//! Finds what looks like something in a text, in one pass. At each place a bounded number of bytes is read ahead (a token, a key
//! and a local part have a bound of their own), so that the time grows with the length of the text and not with what is in it.

use core::ops::Range;

use super::{
    Detector, Kinds,
    address::{email_range, ipv4_end, ipv6_end, mac_end},
    card::card_end,
    iban::iban_end,
    national::{NUMBERS, compact, form_end},
    phone::phone_end,
    secret::{hash_end, jwt_end, key_end, private_key_end, travel_document_end, url_password, vin_end, wallet_end},
};
use crate::checksum;

/// Something that a text holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// Where, in bytes.
    pub range: Range<usize>,
    /// What it looks like.
    pub detector: Detector,
}

/// Everything in a text that looks like something by itself, in order, none inside another.
pub fn find(text: &str) -> impl Iterator<Item = Match> {
    find_of(text, Kinds::ALL)
}

/// As [`find`], for some looks only: what has another look does not stand in the way.
pub fn find_of(text: &str, wanted: Kinds) -> impl Iterator<Item = Match> {
    let mut scanner = Scanner { text, wanted, at: 0, done: 0 };
    core::iter::from_fn(move || scanner.next())
}

/// The first thing in a text that looks like something by itself.
#[must_use]
pub fn find_first(text: &str) -> Option<Match> {
    find(text).next()
}

/// Numbers that are published as examples, and given to nobody.
const PUBLISHED: &[&str] = &["078051120"];

struct Scanner<'t> {
    text: &'t str,
    wanted: Kinds,
    at: usize,
    /// The end of the last match.
    done: usize,
}

impl Scanner<'_> {
    fn next(&mut self) -> Option<Match> {
        let bytes = self.text.as_bytes();
        while let Some(&byte) = bytes.get(self.at) {
            let at = self.at;
            self.at += 1;
            if let Some((start, end, detector)) = self.look(at, byte).filter(|(start, ..)| *start >= self.done) {
                self.at = end.max(at + 1);
                self.done = end;
                return Some(Match { range: start..end, detector });
            }
        }
        None
    }

    fn look(&self, at: usize, byte: u8) -> Option<(usize, usize, Detector)> {
        let bytes = self.text.as_bytes();
        let wants = |one: Detector| self.wanted.has(one);
        if byte == b'@' {
            if !wants(Detector::Email) {
                return None;
            }
            return email_range(self.text, at).map(|(start, end)| (start, end, Detector::Email));
        }
        if byte == b':' && bytes.get(at..at + 3) == Some(b"://") {
            if !wants(Detector::UrlPassword) {
                return None;
            }
            return url_password(bytes, at + 3).map(|(start, end)| (start, end, Detector::UrlPassword));
        }
        let starts = byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'(' | b'$' | b'{' | b'-' | b':');
        let before = at.checked_sub(1).and_then(|before| bytes.get(before).copied());
        let in_word = before.is_some_and(|before| before.is_ascii_alphanumeric() || !before.is_ascii());
        if !starts || in_word && byte.is_ascii_alphanumeric() {
            return None;
        }
        let rest = bytes.get(at..)?;
        let found = match byte {
            b'-' if !wants(Detector::PrivateKey) => None,
            b'{' | b'$' if !wants(Detector::PasswordHash) => None,
            b':' if !wants(Detector::Ip) => None,
            b'+' | b'(' if !wants(Detector::Phone) => None,
            b'-' => private_key_end(rest).map(|end| (end, Detector::PrivateKey)),
            b'{' => hash_end(rest).map(|end| (end, Detector::PasswordHash)),
            b'$' => hash_end(rest).map(|end| (end, Detector::PasswordHash)),
            b':' => {
                ipv6_end(rest).filter(|_| bytes.get(at + 1) == Some(&b':') && !in_word).map(|end| (end, Detector::Ip))
            }
            b'+' | b'(' => phone_end(rest).filter(|_| !in_word).map(|end| (end, Detector::Phone)),
            _ => word(rest, before, self.wanted).or_else(|| self.number(at, rest)),
        };
        let (end, detector) = found?;
        // What goes on as a word is something else.
        let ends = !rest.get(end).is_some_and(|next| next.is_ascii_alphanumeric());
        ends.then_some((at, at + end, detector))
    }

    /// What begins with a digit, or has a form.
    fn number(&self, at: usize, rest: &[u8]) -> Option<(usize, Detector)> {
        if !self.may_be_number(at, rest) {
            return None;
        }
        let ends = |end: &usize| !goes_on(rest, *end);
        let is_digit = rest.first().is_some_and(u8::is_ascii_digit);
        let digits = |one: Detector, end: fn(&[u8]) -> Option<usize>| {
            let end = (is_digit && self.wanted.has(one)).then(|| end(rest)).flatten();
            end.filter(ends).map(|end| (end, one))
        };
        digits(Detector::Card, card_end)
            .or_else(|| digits(Detector::Ssn, ssn_end))
            .or_else(|| national_end(rest, self.wanted))
            .or_else(|| digits(Detector::Phone, phone_end))
    }

    /// Whether a number may begin here: it is not what follows a point or a hyphen in a longer one, or in an identifier.
    fn may_be_number(&self, at: usize, rest: &[u8]) -> bool {
        let bytes = self.text.as_bytes();
        let back = |count: usize| at.checked_sub(count).and_then(|at| bytes.get(at)).copied();
        let is_digit = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_digit());
        match back(1) {
            Some(b'.' | b',' | b'/' | b':') if is_digit(back(2)) => false,
            // `TEA-4111...` is one, `0a1b-4111...` is part of an identifier.
            Some(b'-') => {
                let word = bytes
                    .get(..at - 1)
                    .unwrap_or_default()
                    .iter()
                    .rev()
                    .take(36)
                    .take_while(|byte| byte.is_ascii_alphanumeric());
                !word.copied().any(|byte| byte.is_ascii_digit()) || !rest.first().is_some_and(u8::is_ascii_digit)
            }
            _ => true,
        }
    }
}

/// Whether a number goes on behind a place: a fraction, or one more group.
fn goes_on(rest: &[u8], end: usize) -> bool {
    let next = |at: usize| rest.get(end + at).copied();
    matches!(next(0), Some(b'.' | b'-')) && next(1).is_some_and(|byte| byte.is_ascii_digit())
        || matches!(next(0), Some(b'-'))
            && next(1).is_some_and(|byte| byte.is_ascii_hexdigit())
            && next(2).is_some_and(|byte| byte.is_ascii_hexdigit())
}

/// What begins with a letter or digit and is no number.
fn word(rest: &[u8], before: Option<u8>, wanted: Kinds) -> Option<(usize, Detector)> {
    let is_before = |list: &[u8]| before.is_some_and(|before| list.contains(&before));
    let in_token = is_before(b"-_./+:");
    let is_path = is_before(b".-:");
    let look = |one: Detector, may: bool, end: fn(&[u8]) -> Option<usize>| {
        let end = (may && wanted.has(one)).then(|| end(rest)).flatten();
        end.map(|end| (end, one))
    };
    look(Detector::Jwt, !is_before(b"-_"), jwt_end)
        .or_else(|| look(Detector::Key, true, key_end))
        .or_else(|| look(Detector::PasswordHash, true, hash_end))
        .or_else(|| look(Detector::Iban, true, iban_end))
        .or_else(|| look(Detector::Wallet, true, wallet_end))
        .or_else(|| look(Detector::Mac, !in_token, mac_end))
        .or_else(|| look(Detector::Ip, !is_path, |rest| ipv4_end(rest).filter(|end| !goes_on(rest, *end))))
        .or_else(|| look(Detector::Ip, !is_path, ipv6_end))
        .or_else(|| look(Detector::TravelDocument, true, travel_document_end))
        .or_else(|| look(Detector::Vin, !in_token, vin_end))
}

/// The end of a social security number, `AAA-GG-SSSS` or `AAA GG SSSS`, or of a tax payer's number.
fn ssn_end(text: &[u8]) -> Option<usize> {
    let part = core::str::from_utf8(text.get(..11)?).ok()?;
    let (first, second) = (part.as_bytes().get(3)?, part.as_bytes().get(6)?);
    if first != second || !matches!(first, b'-' | b' ') || text.get(11).is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let plain = part.replace(' ', "-");
    let area = checksum::ssn_area(&plain)?;
    let group: u32 = plain.get(4..6)?.parse().ok()?;
    // Groups of tax payers' numbers (IRS, Publication 1915).
    let is_given = area < 900 || matches!(group, 50..=65 | 70..=88 | 90..=92 | 94..=99);
    (is_given && !PUBLISHED.contains(&compact(part.as_bytes()).as_str())).then_some(11)
}

/// The end of a number that a state gives, in a form that may stand alone.
fn national_end(rest: &[u8], wanted: Kinds) -> Option<(usize, Detector)> {
    if !wanted.has_national() {
        return None;
    }
    let ends = |end: &usize| !rest.get(*end).is_some_and(u8::is_ascii_alphanumeric) && !goes_on(rest, *end);
    (0..).zip(NUMBERS).find_map(|(at, number)| {
        let detector = Detector::National(at);
        if !wanted.has(detector) {
            return None;
        }
        let written = number.sure.iter().filter_map(|form| form_end(rest, form)).filter(ends);
        let mut right = written.filter(|end| (number.check)(&compact(rest.get(..*end).unwrap_or_default())));
        Some((right.next()?, detector))
    })
}
