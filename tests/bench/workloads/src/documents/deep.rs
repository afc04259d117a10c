//! Deep nesting: short tokens under 40 to 110 open objects and arrays (`serde_json` refuses more than 128).

use super::array;
use crate::random::Random;

/// Nested elements in at most `limit` bytes.
pub(super) fn deep(limit: usize) -> String {
    let mut random = Random::new(3);
    array(limit, |number| {
        let mut open = String::new();
        let mut close = String::new();
        for _ in 0..random.between(40, 110) {
            let (before, after) = match random.between(0, 4) {
                0 => ("[", "]"),
                1 => ("[1,", "]"),
                2 => (r#"{"n":"#, r#","v":7}"#),
                _ => (r#"{"a":"#, "}"),
            };
            open.push_str(before);
            close.insert_str(0, after);
        }
        format!(
            r#"{open}{{"leaf":{{"code":"{}","pin":{}}},"secret":"s{number}"}}{close}"#,
            random.digits(4),
            random.between(1_000, 9_999),
        )
    })
}
