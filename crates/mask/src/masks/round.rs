//! `round`: a number is rounded down and stays a number.

use core::cmp::Reverse;

use crate::{
    Characters, Container, Context, Entry, Example, Keys, Kind, Mask, MaskError, Output, Reveals, Sink, Value,
    definition::{Definition, parameters},
};

pub(super) const ENTRY: Entry = Entry {
    id: "round",
    keyed: false,
    summary: "Rounds a number down, to decimals or to a multiple of `step`, and leaves it a number: a salary to thousands, a \
              coordinate to a decimal (about 11 km). Rounding down twice changes nothing more. Text that spells a number stays text; other \
              text is hidden, and booleans and numbers of more than 30 digits become `null`.",
    parameters: Round::PARAMETERS,
    examples: &[
        Example { parameters: "{}", input: "52.520008", output: "52", note: "" },
        Example { parameters: r#"{"decimals": 1}"#, input: "-0.127", output: "-0.2", note: "Down, not towards 0." },
        Example { parameters: r#"{"step": 1000}"#, input: "64250.75", output: "64000", note: "" },
        Example { parameters: r#"{"step": 5}"#, input: r#""37""#, output: r#""35""#, note: "Text stays text." },
        Example { parameters: "{}", input: r#""about 37""#, output: r#""***""#, note: "" },
        Example { parameters: "{}", input: "[1.5e3,true]", output: "[1500,null]", note: "" },
    ],
};

/// The most decimals.
const MOST_DECIMALS: u32 = 12;

parameters! {
    /// Parameters of `round`.
    pub struct Round {
        /// Decimals that stay.
        "decimals", Kind::Count { least: 0, most: MOST_DECIMALS } => decimals: u32 = 0,
        /// Where it is more than 1, the number becomes a multiple of it. Needs `decimals` to be 0.
        "step", Kind::Count { least: 1, most: 1_000_000 } => step: u32 = 1,
    }
}

impl Definition for Round {
    fn reveals(&self) -> Reveals {
        Reveals::Characters(Characters {
            most: 18 + self.decimals,
            length: true,
            separators: false,
            hidden: Reverse(self.step.ilog10()),
        })
    }

    fn type_kept(&self) -> bool {
        false
    }

    fn container(&self) -> Container {
        Container::Leaves
    }

    fn compile(&self, _field: &str, _keys: &Keys) -> Result<Box<dyn Mask>, MaskError> {
        Ok(Box::new(RoundMask { decimals: self.decimals, step: i128::from(self.step) }))
    }

    fn check(&self) -> Result<(), MaskError> {
        if self.decimals == 0 || self.step == 1 {
            return Ok(());
        }
        Err(MaskError::Needs {
            parameter: "step",
            other: "decimals",
            word: "0",
            reason: "a multiple of a whole number has no decimals",
        })
    }
}

#[derive(Debug)]
struct RoundMask {
    decimals: u32,
    step: i128,
}

impl RoundMask {
    /// The rounded number as JSON spells numbers; `None` for what is no number of at most so many digits.
    fn rounded(&self, text: &str) -> Option<String> {
        let scaled = floor(text, self.decimals)?.div_euclid(self.step) * self.step;
        let scale = 10_i128.pow(self.decimals);
        let sign = if scaled < 0 { "-" } else { "" };
        let (whole, rest) =
            (scaled.unsigned_abs() / scale.unsigned_abs(), scaled.unsigned_abs() % scale.unsigned_abs());
        Some(match self.decimals as usize {
            0 => format!("{sign}{whole}"),
            decimals => format!("{sign}{whole}.{rest:0decimals$}"),
        })
    }
}

/// The most digits of a number before and after the point, together.
const DIGITS: usize = 30;

/// The greatest whole number that is not above `text` times ten to the power of `decimals`.
fn floor(text: &str, decimals: u32) -> Option<i128> {
    let (negative, rest) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (mantissa, exponent) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
    let exponent: i64 = exponent.strip_prefix('+').unwrap_or(exponent).parse().ok()?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let digits = [whole, fraction].concat();
    // Digits before the point, once it stands where it is rounded.
    let before = i64::try_from(whole.len()).ok()?.checked_add(exponent)?.checked_add(i64::from(decimals))?;
    let kept = usize::try_from(before.max(0)).ok()?.min(digits.len());
    let zeros = usize::try_from(before.max(0)).ok()? - kept;
    let (kept, cut) = (digits.get(..kept)?, digits.get(kept..)?);
    let number: i128 = match kept.trim_start_matches('0') {
        "" => 0,
        kept if kept.len() + zeros > DIGITS + MOST_DECIMALS as usize => return None,
        kept => {
            kept.get(..kept.len().min(38))?.parse::<i128>().ok()?.checked_mul(10_i128.checked_pow(zeros as u32)?)?
        }
    };
    let is_cut = cut.bytes().any(|byte| byte != b'0');
    Some(if negative { -number - i128::from(is_cut) } else { number })
}

impl Mask for RoundMask {
    fn needs_text(&self) -> bool {
        true
    }

    fn mask(&self, value: Value<'_>, _context: &Context<'_>, sink: &mut dyn Sink) -> Output {
        let Some(text) = value.characters() else { return Output::Null };
        match (self.rounded(text), value) {
            (Some(number), Value::Number(_)) => {
                sink.push(&number);
                Output::Number
            }
            (Some(number), _) => {
                sink.push(&number);
                Output::Text
            }
            (None, Value::Number(_)) => Output::Null,
            (None, _) => self.unseen(sink),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rounded(decimals: u32, step: u32, text: &str) -> Option<String> {
        RoundMask { decimals, step: i128::from(step) }.rounded(text)
    }

    #[test]
    fn numbers_are_rounded_down_however_they_are_spelled() {
        for (decimals, step, text, expected) in [
            (0, 1, "13.404954", Some("13")),
            (0, 1, "-13.000", Some("-13")),
            (0, 1, "-13.001", Some("-14")),
            (2, 1, "0.019", Some("0.01")),
            (3, 1, "5", Some("5.000")),
            (0, 10, "-1", Some("-10")),
            (0, 1, "123456e-4", Some("12")),
            (0, 1, "0.000012e6", Some("12")),
            (0, 1, "1e-400", Some("0")),
            (0, 1, "-1e-400", Some("-1")),
            (0, 1, "1e400", None),
            (0, 1, "0e400", Some("0")),
            (0, 1, "1e99999999999999999999", None),
            (0, 1, "1.2.3", None),
            (0, 1, "0x10", None),
            (0, 1, "", None),
        ] {
            assert_eq!(rounded(decimals, step, text).as_deref(), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn rounding_is_down_and_once(units in -1_000_000_000_i64..1_000_000_000, step in 1_u32..5000, decimals in 0_u32..4) {
            let text = format!("{}{}.{:03}", if units < 0 { "-" } else { "" }, units.abs() / 1000, units.abs() % 1000);
            let once = rounded(decimals, 1, &text).unwrap();
            prop_assert_eq!(rounded(decimals, 1, &once), Some(once));
            let whole: i64 = rounded(0, step, &text).unwrap().parse().unwrap();
            let step = i64::from(step);
            prop_assert_eq!(whole, units.div_euclid(1000 * step) * step);
        }
    }
}
