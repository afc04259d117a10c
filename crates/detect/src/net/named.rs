//! What values look like that count beside a name only: they have a form, and so do ids, sizes and times.

use crate::{dictionary::Kind, looks::Detector};

/// Whether a value is what the name beside it says.
pub(super) fn fits(kind: &Kind, text: &str) -> bool {
    let text = text.trim();
    let Some(form) = Form::of(text) else { return false };
    match kind.id {
        "ssn" | "national-id" | "tax-id" | "health" => {
            Detector::weak(text).next().is_some() || Detector::of(text).is_some() && form.digits > 5
        }
        "passport" | "driving-licence" => (6..=20).contains(&text.len()) && form.is_code && form.digits >= 5,
        "bank-account" => (6..=17).contains(&form.digits) && form.letters == 0,
        "card" => (12..=19).contains(&form.digits) && form.letters == 0,
        "card-code" => (3..=4).contains(&text.len()) && form.digits == text.len(),
        "phone" => (6..=15).contains(&form.digits) && form.letters == 0,
        "born" => is_date(text),
        "password" => text.len() >= 4 && form.blanks == 0,
        _ => false,
    }
}

/// What a short text of ASCII letters, digits and signs between them is made of.
#[derive(Debug, Default)]
struct Form {
    digits: usize,
    letters: usize,
    blanks: usize,
    /// Whether it is letters, digits, blanks and hyphens only.
    is_code: bool,
}

impl Form {
    /// `None` where a text is empty or too long to be a value of this kind.
    fn of(text: &str) -> Option<Self> {
        if text.is_empty() || text.len() > 64 {
            return None;
        }
        let mut form = Self { is_code: true, ..Self::default() };
        for byte in text.bytes() {
            match byte {
                b'0'..=b'9' => form.digits += 1,
                b' ' => form.blanks += 1,
                b'-' => {}
                b'+' | b'(' | b')' | b'.' | b'/' => form.is_code = false,
                byte => {
                    form.letters += 1;
                    form.is_code &= byte.is_ascii_alphabetic();
                }
            }
        }
        Some(form)
    }
}

/// A day: `1984-03-05`, `19840305`, `05.03.1984`, `3/5/1984`, with or without a time behind it.
fn is_date(text: &str) -> bool {
    let day = text.split(['T', ' ']).next().unwrap_or_default();
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if day.len() == 8 && is_number(day) {
        return is_year(day.get(..4)) || is_year(day.get(4..));
    }
    let parts: Vec<&str> = day.split(['-', '.', '/']).collect();
    let [first, second, third] = parts.as_slice() else { return false };
    let is_short = |part: &str| matches!(part.len(), 1 | 2) && is_number(part);
    is_short(second) && (is_year(Some(first)) && is_short(third) || is_short(first) && is_year(Some(third)))
}

fn is_year(part: Option<&str>) -> bool {
    part.is_some_and(|part| part.len() == 4 && part.parse().is_ok_and(|year: u32| (1850..2200).contains(&year)))
}
