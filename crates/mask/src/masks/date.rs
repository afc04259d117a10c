//! `date`: a date becomes the first day of its year, quarter or month, in the form in which it was written.

use core::cmp::Reverse;

use crate::{
    Argument, Characters, Container, Context, Entry, Example, Keys, Kind, Mask, MaskError, Output, Reveals, Sink, Slot,
    Value,
    definition::{Definition, parameters},
};

pub(super) const ENTRY: Entry = Entry {
    id: "date",
    keyed: false,
    summary: "Generalises a date to its decade, year, quarter or month, and leaves it a date: the first day of that time, at \
              midnight, in the form in which it was written. Read are `1984-03-12` (RFC 3339, with or without a time), \
              `1984-03`, `1984`, `19840312`, `12.03.1984`, `12/03/1984` and `03/12/1984`, and numbers of seconds or milliseconds since \
              1970. What is no such date is hidden; so is a date with slashes where it matters which number is the month.",
    parameters: Date::PARAMETERS,
    examples: &[
        Example { parameters: "{}", input: r#""1984-03-12""#, output: r#""1984-01-01""#, note: "" },
        Example {
            parameters: r#"{"keep": "month"}"#,
            input: r#""1984-03-12T22:05:11.5+01:00""#,
            output: r#""1984-03-01T00:00:00.0+01:00""#,
            note: "The offset stays.",
        },
        Example { parameters: r#"{"keep": "decade"}"#, input: r#""12.03.1984""#, output: r#""01.01.1980""#, note: "" },
        Example {
            parameters: r#"{"keep": "quarter"}"#,
            input: "448761600000",
            output: "441763200000",
            note: "Milliseconds stay milliseconds.",
        },
        Example {
            parameters: r#"{"keep": "month"}"#,
            input: r#""03/12/1984""#,
            output: r#""***""#,
            note: "March or December?",
        },
        Example { parameters: "{}", input: r#""last spring""#, output: r#""***""#, note: "" },
        Example { parameters: "{}", input: "null", output: "null", note: "" },
    ],
};

parameters! {
    /// Parameters of `date`.
    pub struct Date {
        /// What stays of the date.
        "keep", Kind::Word(Precision::NAMES) => keep: Precision = Precision::Year,
    }
}

/// What stays of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// Ten years.
    Decade,
    /// The year.
    Year,
    /// Three months.
    Quarter,
    /// The month.
    Month,
}

impl Precision {
    const NAMES: &'static [&'static str] = &["decade", "year", "quarter", "month"];
    const ALL: [Self; 4] = [Self::Decade, Self::Year, Self::Quarter, Self::Month];

    /// The first day of the time that a day lies in.
    const fn first_day(self, year: i64, month: i64) -> (i64, i64) {
        match self {
            Self::Decade => (year.div_euclid(10) * 10, 1),
            Self::Year => (year, 1),
            Self::Quarter => (year, (month - 1) / 3 * 3 + 1),
            Self::Month => (year, month),
        }
    }

    const fn needs_month(self) -> bool {
        matches!(self, Self::Quarter | Self::Month)
    }
}

impl Slot for Precision {
    fn get(&self) -> Argument {
        let name = Self::NAMES.iter().zip(Self::ALL).find(|(_, precision)| precision == self);
        Argument::Word(name.map_or("", |(name, _)| name))
    }

    fn set(&mut self, argument: Argument) -> bool {
        let Argument::Word(word) = argument else { return false };
        let found = Self::NAMES.iter().zip(Self::ALL).find(|(name, _)| **name == word);
        found.map(|(_, precision)| *self = precision).is_some()
    }
}

impl Definition for Date {
    fn reveals(&self) -> Reveals {
        let most = match self.keep {
            Precision::Decade => 3,
            Precision::Year => 4,
            Precision::Quarter => 5,
            Precision::Month => 6,
        };
        Reveals::Characters(Characters { most, length: true, separators: true, hidden: Reverse(2) })
    }

    fn type_kept(&self) -> bool {
        false
    }

    fn container(&self) -> Container {
        Container::Leaves
    }

    fn compile(&self, _field: &str, _keys: &Keys) -> Result<Box<dyn Mask>, MaskError> {
        Ok(Box::new(DateMask { keep: self.keep }))
    }
}

#[derive(Debug)]
struct DateMask {
    keep: Precision,
}

impl Mask for DateMask {
    fn needs_text(&self) -> bool {
        true
    }

    fn mask(&self, value: Value<'_>, _context: &Context<'_>, sink: &mut dyn Sink) -> Output {
        match value {
            Value::Text(text) => match written(text, self.keep) {
                Some(date) => {
                    sink.push(&date);
                    Output::Text
                }
                None => self.unseen(sink),
            },
            Value::Number(number) => match counted(number, self.keep) {
                Some(number) => {
                    sink.push(&number);
                    Output::Number
                }
                None => Output::Null,
            },
            Value::Boolean(_) | Value::Null => Output::Null,
        }
    }
}

/// The generalised date in the form of `text`.
fn written(text: &str, keep: Precision) -> Option<String> {
    let digits =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<i64>().ok()).flatten();
    let bytes = text.as_bytes();
    match bytes.len() {
        4 => Some(format!("{:04}", keep.first_day(digits(text)?, 1).0)),
        7 if bytes.get(4) == Some(&b'-') => {
            let (year, month) = keep.first_day(digits(text.get(..4)?)?, month(digits(text.get(5..)?)?)?);
            Some(format!("{year:04}-{month:02}"))
        }
        8 if digits(text).is_some() => compact(text, keep),
        10 if matches!(bytes.get(2..6)?, [b'.' | b'/' | b'-', _, _, b'.' | b'/' | b'-'])
            && bytes.get(2) == bytes.get(5) =>
        {
            let (first, second) = (digits(text.get(..2)?)?, digits(text.get(3..5)?)?);
            let (year, separator) = (digits(text.get(6..)?)?, text.get(2..3)?);
            let month_first = match (first, second, separator) {
                (_, _, ".") => false,
                (13.., ..) => false,
                (_, 13.., _) => true,
                (first, second, _) if first == second || !keep.needs_month() => false,
                _ => return None,
            };
            let (day, of_year) = if month_first { (second, first) } else { (first, second) };
            if keep.needs_month() || separator == "." {
                valid(year, month(of_year)?, day)?;
            }
            let (year, month) = keep.first_day(year, of_year.clamp(1, 12));
            let (first, second) = if month_first { (month, 1) } else { (1, month) };
            Some(format!("{first:02}{separator}{second:02}{separator}{year:04}"))
        }
        10.. if bytes.get(4) == Some(&b'-') && bytes.get(7) == Some(&b'-') => {
            let year = digits(text.get(..4)?)?;
            let of_year = month(digits(text.get(5..7)?)?)?;
            valid(year, of_year, digits(text.get(8..10)?)?)?;
            let time = midnight(text.get(10..)?)?;
            let (year, month) = keep.first_day(year, of_year);
            Some(format!("{year:04}-{month:02}-01{time}"))
        }
        _ => None,
    }
}

/// `YYYYMMDD`.
fn compact(text: &str, keep: Precision) -> Option<String> {
    let part = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let (year, of_year) = (part(0, 4)?, month(part(4, 6)?)?);
    valid(year, of_year, part(6, 8)?)?;
    let (year, month) = keep.first_day(year, of_year);
    Some(format!("{year:04}{month:02}01"))
}

fn month(number: i64) -> Option<i64> {
    (1..=12).contains(&number).then_some(number)
}

/// A day that the calendar has, or one too many at the end of a month.
fn valid(year: i64, month: i64, day: i64) -> Option<()> {
    ((0..=9999).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day)).then_some(())
}

/// The time behind a date with its digits set to 0; the offset from UTC stays.
fn midnight(rest: &str) -> Option<String> {
    if rest.is_empty() {
        return Some(String::new());
    }
    let after = rest.strip_prefix(['T', 't', ' '])?;
    let end = after.find(['Z', 'z', '+', '-', ' ', '[']).unwrap_or(after.len());
    let (time, offset) = after.split_at(end);
    let fits = |text: &str, others: &[u8]| text.bytes().all(|byte| byte.is_ascii_digit() || others.contains(&byte));
    if !fits(time, b":.,") || !fits(offset, b"Zz+-: UTCGM") || time.len() > 32 || offset.len() > 16 {
        return None;
    }
    let zeros: String = time.chars().map(|one| if one.is_ascii_digit() { '0' } else { one }).collect();
    Some(format!("{}{zeros}{offset}", rest.get(..1)?))
}

/// Seconds of a day.
const DAY: i64 = 86_400;

/// Numbers of milliseconds have at least so many digits in any year since 1973.
const MILLISECONDS: i64 = 100_000_000_000;

/// A number that is a date as `YYYYMMDD`, or counts seconds or milliseconds since 1970.
fn counted(number: &str, keep: Precision) -> Option<String> {
    if let Some(date) = (number.len() == 8 && number.starts_with(['1', '2'])).then(|| compact(number, keep)).flatten() {
        return Some(date);
    }
    let whole: i64 = number.split(['.', 'e', 'E']).next()?.parse().ok()?;
    if number.contains(['e', 'E']) {
        return None;
    }
    let unit = if whole.unsigned_abs() >= MILLISECONDS.unsigned_abs() { 1_000 } else { 1 };
    let (year, month) = civil(whole.div_euclid(unit).div_euclid(DAY));
    if !(0..=9999).contains(&year) {
        return None;
    }
    let (year, month) = keep.first_day(year, month);
    Some((days(year, month).checked_mul(DAY)?.checked_mul(unit)?).to_string())
}

/// Year and month of a day since 1970-01-01, in the proleptic Gregorian calendar (H. Hinnant, "chrono-compatible low-level date
/// algorithms", `civil_from_days`).
const fn civil(days: i64) -> (i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (year + era * 400 + if month <= 2 { 1 } else { 0 }, month)
}

/// The day since 1970-01-01 on which a month begins (`days_from_civil`).
const fn days(year: i64, month: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dates_keep_their_form() {
        for (keep, text, expected) in [
            (Precision::Year, "2024-02-29T23:59:59Z", Some("2024-01-01T00:00:00Z")),
            (Precision::Year, "2024-02-29 23:59", Some("2024-01-01 00:00")),
            (Precision::Year, "03/12/1984", Some("01/01/1984")),
            (Precision::Month, "25/12/1984", Some("01/12/1984")),
            (Precision::Month, "12/25/1984", Some("12/01/1984")),
            (Precision::Month, "12.03.1984", Some("01.03.1984")),
            (Precision::Year, "1984-03", Some("1984-01")),
            (Precision::Year, "1984", Some("1984")),
            (Precision::Decade, "1984", Some("1980")),
            (Precision::Quarter, "19841130", Some("19841001")),
            (Precision::Year, "1984-13-01", None),
            (Precision::Year, "1984-03-12 Anna", None),
            (Precision::Year, "1984-03-12T10:00:00 call 555-0143", None),
            (Precision::Year, "12345678", None),
            (Precision::Year, "", None),
        ] {
            assert_eq!(written(text, keep).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn numbers_count_from_1970() {
        for (number, expected) in [
            ("448761600", Some("441763200")),
            ("-1", Some("-31536000")),
            ("1700000000123", Some("1672531200000")),
            ("19840312", Some("19840101")),
            ("448761600.75", Some("441763200")),
            ("1e9", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(counted(number, Precision::Year).as_deref(), expected, "{number}");
        }
    }

    proptest! {
        #[test]
        fn the_first_day_stays_the_first_day(day in -700_000_i64..1_000_000) {
            let (year, month) = civil(day);
            let first = days(year, month);
            prop_assert!((0..31).contains(&(day - first)));
            prop_assert_eq!(civil(first), (year, month));
            for keep in Precision::ALL {
                let once = counted(&(day * DAY).to_string(), keep);
                if let Some(once) = once {
                    prop_assert_eq!(counted(&once, keep), Some(once.clone()));
                }
            }
        }
    }
}
