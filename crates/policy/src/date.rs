//! Days, as policies write them.

use std::fmt;
use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

/// A day of the Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: u32,
    month: u32,
    day: u32,
}

/// The text is not a day such as `2026-12-31`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotADate;

const SECONDS_A_DAY: u64 = 24 * 60 * 60;

impl Date {
    /// The day of a point in time, in UTC.
    #[must_use]
    pub fn of(time: SystemTime) -> Self {
        let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let mut days = seconds / SECONDS_A_DAY;
        let mut date = Self { year: 1970, month: 1, day: 1 };
        while days >= days_of(date.year, date.month) {
            days -= days_of(date.year, date.month);
            date = if date.month == 12 {
                Self { year: date.year + 1, month: 1, ..date }
            } else {
                Self { month: date.month + 1, ..date }
            };
        }
        Self { day: 1 + u32::try_from(days).unwrap_or_default(), ..date }
    }
}

const fn days_of(year: u32, month: u32) -> u64 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl FromStr for Date {
    type Err = NotADate;

    fn from_str(text: &str) -> Result<Self, NotADate> {
        let parts: Vec<&str> = text.split('-').collect();
        let [year, month, day] = parts.as_slice() else { return Err(NotADate) };
        let number = |text: &str, digits: usize| {
            let is_written = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse::<u32>().ok().filter(|_| is_written).ok_or(NotADate)
        };
        let date = Self { year: number(year, 4)?, month: number(month, 2)?, day: number(day, 2)? };
        let is_day =
            (1..=12).contains(&date.month) && date.day >= 1 && u64::from(date.day) <= days_of(date.year, date.month);
        if is_day { Ok(date) } else { Err(NotADate) }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn days_are_read_and_counted() {
        for (day, text) in [
            (0, "1970-01-01"),
            (59, "1970-03-01"),
            (11_016, "2000-02-29"),
            (20_787, "2026-11-30"),
            (20_818, "2026-12-31"),
        ] {
            let date = Date::of(UNIX_EPOCH + Duration::from_secs(day * SECONDS_A_DAY + 7));
            assert_eq!(date.to_string(), text);
            assert_eq!(text.parse(), Ok(date));
        }
        for text in
            ["", "2026-1-1", "2026-13-01", "2026-02-30", "2026-00-01", "2026-01-00", "31.12.2026", "2026-12-31T00:00"]
        {
            assert_eq!(text.parse::<Date>(), Err(NotADate), "{text}");
        }
    }
}
