//! Random documents and rules that are hard on a masker.

use fastrand::Rng;
use meshveil_engine::{MaskSpec, Query, Rule};

/// Keys as they are spelled; many are the same key.
const KEYS: [&str; 14] = [
    "a",
    "b",
    "c",
    r"\u0061",
    r"\u0062",
    "ssn",
    r"ss\u006e",
    "",
    "é",
    r"\u00e9",
    r"\ud800",
    r"a\/b",
    "a/b",
    "a_key_of_more_than_sixteen_bytes",
];

const NAMES: [&str; 9] =
    ["'a'", "'b'", "'c'", "'ssn'", "''", "'é'", "'a/b'", "'a_key_of_more_than_sixteen_bytes'", "'x'"];

const NUMBERS: [&str; 14] = [
    "0",
    "-0",
    "1",
    "2",
    "-1",
    "10",
    "1.0",
    "1e0",
    "0.5",
    "-2.50E+3",
    "1e400",
    "123456789012345678901234567890",
    "7e-7",
    "123456789.123456789",
];

const MASKS: [&str; 14] = [
    r#""redact""#,
    r##"{"redact":{"with":"#"}}"##,
    r#""null""#,
    r#""drop""#,
    r#""drop""#,
    r#""default""#,
    r#""default""#,
    r#"{"partial":{"keepLast":2,"minHidden":1}}"#,
    r#"{"partial":{"keepFirst":1,"length":"same"}}"#,
    r#""partial""#,
    r#""email""#,
    r#""pseudonym""#,
    r#"{"pseudonym":{"encoding":"digits","length":12}}"#,
    r#"{"redact":{"with":"\"\\"}}"#,
];

const FILTERS: [&str; 10] = [
    "?@.a",
    "?@.b==1",
    "?@.a=='x'",
    "?@>1",
    "?!@.ssn",
    "?@.c<@.b",
    "?length(@)>1",
    "?count(@.*)==2",
    "?@.a==$.a",
    "?match(@.a,'x+')",
];

fn pick<'a>(rng: &mut Rng, from: &[&'a str]) -> &'a str {
    from.get(rng.usize(..from.len())).copied().unwrap_or_default()
}

/// A document with a terminating or leading blank now and then.
pub fn document(rng: &mut Rng) -> String {
    let mut text = String::new();
    blanks(rng, &mut text);
    if rng.usize(..40) == 0 {
        records(rng, &mut text);
    } else {
        let mut budget = rng.usize(1..40);
        value(rng, &mut text, &mut budget, 0);
    }
    blanks(rng, &mut text);
    text
}

/// Many records with the same members, so that the engine guesses their keys.
fn records(rng: &mut Rng, text: &mut String) {
    let keys: Vec<&str> = (0..rng.usize(1..8)).map(|_| pick(rng, &KEYS)).collect();
    let separator = pick(rng, &["", "", " ", "\n    "]);
    text.push('[');
    for number in 0..rng.usize(50..250) {
        if number > 0 {
            text.push(',');
        }
        text.push('{');
        let mut first = true;
        for key in &keys {
            if rng.usize(..12) == 0 {
                continue;
            }
            if !first {
                text.push(',');
            }
            first = false;
            text.push_str(&format!("{separator}\"{key}\":{separator}"));
            let mut budget = 3;
            value(rng, text, &mut budget, 1);
        }
        text.push('}');
    }
    text.push(']');
}

fn blanks(rng: &mut Rng, text: &mut String) {
    if rng.usize(..6) == 0 {
        text.push_str(pick(
            rng,
            &[" ", "\n", "\t", "\r\n", "  ", "                 ", "\n      \t     \n      \n        "],
        ));
    }
}

fn value(rng: &mut Rng, text: &mut String, budget: &mut usize, depth: usize) {
    *budget = budget.saturating_sub(1);
    match rng.usize(..if *budget == 0 || depth > 8 { 6 } else { 12 }) {
        0 => text.push_str(pick(rng, &["null", "true", "false"])),
        1 | 2 => text.push_str(pick(rng, &NUMBERS)),
        3..=5 => string(rng, text),
        6..=9 => {
            text.push('{');
            children(rng, text, budget, depth, true);
            text.push('}');
        }
        _ => {
            text.push('[');
            children(rng, text, budget, depth, false);
            text.push(']');
        }
    }
}

fn children(rng: &mut Rng, text: &mut String, budget: &mut usize, depth: usize, object: bool) {
    blanks(rng, text);
    for number in 0..rng.usize(..6).min(*budget) {
        if number > 0 {
            text.push(',');
            blanks(rng, text);
        }
        if object {
            text.push_str(&format!("\"{}\"", pick(rng, &KEYS)));
            blanks(rng, text);
            text.push(':');
            blanks(rng, text);
        }
        value(rng, text, budget, depth + 1);
        blanks(rng, text);
    }
}

fn string(rng: &mut Rng, text: &mut String) {
    text.push('"');
    match rng.usize(..6) {
        0 => {}
        1 => text.push_str(pick(rng, &["x", "xx", "anna@example.com", "123-45-6789", "x@", "@y"])),
        // Ends and high bytes at the borders of vectors.
        2 => {
            let length = pick(rng, &["14", "15", "16", "17", "31", "32", "33", "63", "64", "65", "130"]);
            text.push_str(&"s".repeat(length.parse().unwrap_or(1)));
            text.push_str(pick(rng, &["", "é", "€", "😀", r"\n", r"\u20ac"]));
        }
        _ => {
            for _ in 0..rng.usize(..6) {
                text.push_str(pick(
                    rng,
                    &[
                        "a",
                        "Zoë",
                        "日本",
                        "😀",
                        r"\u0041",
                        r"\ud83d\ude00",
                        r"\ud83d",
                        r"\udc00",
                        r#"\""#,
                        r"\\",
                        r"\/",
                        r"\t",
                        " ",
                        "}",
                        "]",
                        ",",
                        ":",
                    ],
                ));
            }
        }
    }
    text.push('"');
}

/// A query; about one in four looks ahead.
fn query(rng: &mut Rng) -> String {
    let mut query = "$".to_owned();
    for _ in 0..rng.usize(..4) {
        let mut selectors = Vec::new();
        for _ in 0..1 + usize::from(rng.usize(..4) == 0) {
            selectors.push(match rng.usize(..14) {
                0 | 1 => "*".to_owned(),
                2 => rng.i64(-3..4).to_string(),
                3 => format!("{}:{}:{}", rng.i64(-3..3), rng.i64(-2..5), rng.i64(-2..4)),
                4 => format!("{}::{}", rng.i64(0..3), rng.i64(1..4)),
                5 => pick(rng, &FILTERS).to_owned(),
                _ => pick(rng, &NAMES).to_owned(),
            });
        }
        if rng.usize(..3) == 0 {
            query.push_str("..");
        }
        query.push_str(&format!("[{}]", selectors.join(",")));
    }
    query
}

/// Up to six rules.
///
/// # Panics
/// When a query or mask of the tables above is wrong.
#[expect(clippy::expect_used, reason = "only tests come here")]
pub fn rules(rng: &mut Rng) -> Vec<Rule> {
    (0..rng.usize(..7))
        .map(|_| {
            let path = query(rng);
            let query = Query::parse(&path).expect("a query that parses");
            let mask: MaskSpec = serde_json::from_str(pick(rng, &MASKS)).expect("a mask that parses");
            Rule { id: path, query, mask }
        })
        .collect()
}
