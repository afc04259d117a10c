//! Random filter selectors.

use super::{NAMES, Random, query::quoted};

/// A filter selector, with its `?`.
pub fn filter(random: &mut Random) -> String {
    format!("?{}", logical(random, 2))
}

fn logical(random: &mut Random, depth: usize) -> String {
    match random.below(if depth == 0 { 8 } else { 12 }) {
        0 | 1 => inner(random, depth),
        2 => format!("!{}", inner(random, depth)),
        3..=5 => comparison(random, depth),
        6 => {
            let subject = singular(random);
            format!("{}({subject}, '{}')", random.pick(&["match", "search"]), random.pick(&PATTERNS))
        }
        7 => format!("!{}({}, '{}')", random.pick(&["match", "search"]), singular(random), random.pick(&PATTERNS)),
        8 => format!("!({})", logical(random, depth - 1)),
        9 | 10 => format!("({} && {})", logical(random, depth - 1), logical(random, depth - 1)),
        _ => format!("({} || {})", logical(random, depth - 1), logical(random, depth - 1)),
    }
}

const PATTERNS: [&str; 8] = ["a", "p.*", "[0-9]{3}-[0-9]{2}-[0-9]{4}", "", ".", "Q[0-9]+Z.*", ".*@.*", "[^x]*"];

const LITERALS: [&str; 16] = [
    "1",
    "0",
    "2",
    "-1",
    "0.1",
    "1e2",
    "9007199254740993",
    "null",
    "true",
    "false",
    "'a'",
    "'patient'",
    "''",
    "\"x\"",
    "'😀'",
    "100",
];

fn name(random: &mut Random) -> String {
    let few = if random.one_in(3) { NAMES.len() } else { 5 };
    let name = NAMES[random.below(few)];
    format!("[{}]", quoted(random, name))
}

fn singular(random: &mut Random) -> String {
    let mut text = (*random.pick(&["@", "@", "@", "@", "@", "$"])).to_owned();
    for _ in 0..random.below(3) {
        text += &match random.below(5) {
            0 => format!("[{}]", random.below(3)),
            1 => format!("[-{}]", 1 + random.below(2)),
            _ => name(random),
        };
    }
    text
}

/// A query that need not be singular.
fn inner(random: &mut Random, depth: usize) -> String {
    let mut text = singular(random);
    match random.below(8) {
        0 => text += ".*",
        1 => text = format!("{text}..{}", name(random)),
        2 => text += "[1:]",
        3 => text += "[-2:]",
        4 if depth > 0 => text = format!("{text}[?{}]", logical(random, depth - 1)),
        5 => text += &format!("[{},{}]", quoted(random, "a"), random.below(2)),
        _ => {}
    }
    text
}

fn comparison(random: &mut Random, depth: usize) -> String {
    let left = operand(random, depth);
    let right = operand(random, depth);
    format!("{left} {} {right}", random.pick(&["==", "!=", "<", "<=", ">", ">="]))
}

fn operand(random: &mut Random, depth: usize) -> String {
    match random.below(12) {
        0..=4 => (*random.pick(&LITERALS)).to_owned(),
        5 => format!("length({})", singular(random)),
        6 => format!("count({})", inner(random, depth)),
        7 => format!("value({})", inner(random, depth)),
        _ => singular(random),
    }
}
