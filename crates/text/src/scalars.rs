//! What plain scalars and keys mean to the reader of YAML that kubectl and the API server have
//! (`go.yaml.in/yaml/v2`, `resolve.go`): words and numbers of YAML 1.1. What becomes of them on their way through JSON
//! (`sigs.k8s.io/yaml`) counts: a number without a fraction is a whole number.

use crate::tree::Value;

/// The value of a plain scalar.
pub(crate) fn resolve(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => return Value::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Value::Bool(false);
        }
        ".nan" | ".NaN" | ".NAN" => return Value::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Value::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Value::Float(f64::NEG_INFINITY),
        _ => {}
    }
    let found = match text.as_bytes().first() {
        Some(b'.') => float(text),
        Some(b'0'..=b'9' | b'+' | b'-') => {
            let plain = text.replace('_', "");
            whole(&plain).or_else(|| float(&plain))
        }
        _ => None,
    };
    found.unwrap_or_else(|| Value::Text(text.to_owned()))
}

/// The name of a plain key: a word or number stands for what it means. `None` for nothing, which names no member.
pub(crate) fn key(text: &str) -> Option<String> {
    match resolve(text) {
        Value::Null => None,
        Value::Bool(bool) => Some(bool.to_string()),
        Value::Int(int) => Some(int.to_string()),
        _ => Some(text.to_owned()),
    }
}

/// Go's `strconv.ParseInt` with base 0: a sign, then a prefix or a leading zero that names the base. What passes 64 bits
/// is a number all the same.
fn whole(text: &str) -> Option<Value> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let lower = digits.to_ascii_lowercase();
    let prefixed =
        [("0x", 16), ("0o", 8), ("0b", 2)].into_iter().find_map(|(p, base)| Some((lower.strip_prefix(p)?, base)));
    let (body, base) = match prefixed {
        Some(found) => found,
        None if lower.len() > 1 && lower.starts_with('0') => (lower.strip_prefix('0')?, 8),
        None => (lower.as_str(), 10),
    };
    // Rust's reader would take a second sign.
    if body.is_empty() || !body.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    let size = u64::from_str_radix(body, base).ok()?;
    let is_negative = text.starts_with('-');
    let signed = i128::from(size) * if is_negative { -1 } else { 1 };
    match i64::try_from(signed) {
        Ok(int) => Some(Value::Int(int)),
        Err(_) if is_negative => None,
        #[expect(clippy::cast_precision_loss, reason = "only that it is a number counts")]
        Err(_) => Some(Value::Float(size as f64)),
    }
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn float(text: &str) -> Option<Value> {
    let is_part = |b: u8| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'-' | b'+');
    let float: f64 =
        text.bytes().all(is_part).then(|| text.parse().ok()).flatten().filter(|float: &f64| float.is_finite())?;
    // As JSON it is written without a fraction.
    #[expect(clippy::cast_possible_truncation, reason = "it is in range and whole")]
    Some(if float.fract() == 0.0 && float.abs() < 1e15 { Value::Int(float as i64) } else { Value::Float(float) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_mean_what_kubernetes_takes_them_for() {
        use Value::{Bool, Float, Int, Null};
        let text = |text: &str| Value::Text(text.to_owned());
        for (written, expected) in [
            ("y", Bool(true)),
            ("N", Bool(false)),
            ("On", Bool(true)),
            ("oN", text("oN")),
            ("~", Null),
            ("", Null),
            ("nULL", text("nULL")),
            ("1_0", Int(10)),
            ("_1", text("_1")),
            ("0x1F", Int(31)),
            ("-0X1f", Int(-31)),
            ("0b11", Int(3)),
            ("-0b11", Int(-3)),
            ("0o17", Int(15)),
            ("017", Int(15)),
            ("+017", Int(15)),
            ("08", Int(8)),
            ("0", Int(0)),
            ("-", text("-")),
            ("--1", text("--1")),
            ("1e3", Int(1000)),
            ("8080.0", Int(8080)),
            ("1.5", Float(1.5)),
            (".5", Float(0.5)),
            (".5_0", text(".5_0")),
            ("1_0.5", Float(10.5)),
            (".", text(".")),
            ("1.", Int(1)),
            ("1.2.3", text("1.2.3")),
            ("1:30", text("1:30")),
            ("2001-12-14", text("2001-12-14")),
            ("18446744073709551615", Float(18_446_744_073_709_551_615.0)),
            ("-.INF", Float(f64::NEG_INFINITY)),
            ("0x", text("0x")),
            ("1a", text("1a")),
            ("+", text("+")),
        ] {
            assert_eq!(resolve(written), expected, "{written}");
        }
    }

    #[test]
    fn keys_are_named_by_what_they_mean() {
        for (written, expected) in
            [("y", Some("true")), ("off", Some("false")), ("0x50", Some("80")), ("app", Some("app")), ("~", None)]
        {
            assert_eq!(key(written).as_deref(), expected, "{written}");
        }
    }
}
