//! Random queries, most of which select something in the document at hand.

use std::fmt::Write;

use super::{NAMES, Random, filter};
use crate::tree::{Kind, Node};

/// A query along the way to a random node, generalized at random.
pub fn query(random: &mut Random, root: &Node) -> String {
    let mut text = "$".to_owned();
    if random.one_in(40) {
        return text;
    }
    let mut node = root;
    loop {
        let descendant = random.one_in(6);
        if descendant {
            // Anything below, itself included.
            let below = node.descendants();
            node = below[random.below(below.len())];
            text.push_str("..");
        }
        let children = node.children();
        let child = random.below(children.len().max(1));
        segment(random, node, child, &mut text, descendant);
        match children.get(child) {
            Some(child) if !random.one_in(3) => node = child,
            _ => return text,
        }
        if node.children().is_empty() && !random.one_in(10) {
            return text;
        }
    }
}

/// A segment that most often selects the child of that number.
fn segment(random: &mut Random, node: &Node, child: usize, text: &mut String, descendant: bool) {
    let plain = match &node.kind {
        Kind::Object(members) => members.get(child).and_then(|member| member.name.decoded.clone()),
        _ => None,
    };
    let plain = plain.unwrap_or_else(|| (*random.pick(&NAMES)).to_owned());
    let shorthand = plain.chars().all(|char| char.is_ascii_alphabetic() || char >= '\u{80}') && !plain.is_empty();
    let dot = if descendant { "" } else { "." };
    if shorthand && matches!(node.kind, Kind::Object(_)) && random.one_in(2) {
        write!(text, "{dot}{plain}").expect("a string takes everything");
        return;
    }
    if random.one_in(10) {
        write!(text, "{dot}*").expect("a string takes everything");
        return;
    }
    let count = *random.pick(&[1, 1, 1, 1, 2, 3]);
    let selectors: Vec<String> = (0..count).map(|_| selector(random, node, child, &plain)).collect();
    let comma = if random.one_in(2) { "," } else { ", " };
    write!(text, "[{}]", selectors.join(comma)).expect("a string takes everything");
}

fn selector(random: &mut Random, node: &Node, child: usize, plain: &str) -> String {
    let length = node.children().len();
    let place = |random: &mut Random| {
        let index = if random.one_in(3) { random.below(length + 3) } else { child } as i64;
        if random.one_in(3) { index - (length as i64) } else { index }
    };
    match random.below(12) {
        0 => "*".to_owned(),
        1..=3 => filter::filter(random),
        4 if matches!(node.kind, Kind::Array(_)) => {
            let (start, end) = (place(random), place(random) + 1);
            let start = if random.one_in(3) { String::new() } else { start.to_string() };
            let end = if random.one_in(3) { String::new() } else { end.to_string() };
            let step = *random.pick(&["", ":", ":1", ":2", ":3", ":-1", ":-2", ":-3", ":0"]);
            format!("{start}:{end}{step}")
        }
        5 => quoted(random, random_name(random.clone())),
        _ => match &node.kind {
            Kind::Array(_) => place(random).to_string(),
            _ => quoted(random, plain),
        },
    }
}

fn random_name(mut random: Random) -> &'static str {
    NAMES[random.below(NAMES.len())]
}

/// A name selector: RFC 9535, section 2.3.1.
pub fn quoted(random: &mut Random, name: &str) -> String {
    let quote = *random.pick(&['\'', '"']);
    let mut text = String::from(quote);
    for char in name.chars() {
        match char {
            '\\' => text.push_str("\\\\"),
            char if char == quote => {
                text.push('\\');
                text.push(char);
            }
            char if char < ' ' || random.one_in(12) => {
                for unit in char.encode_utf16(&mut [0; 2]) {
                    write!(text, "\\u{unit:04x}").expect("a string takes everything");
                }
            }
            char => text.push(char),
        }
    }
    text.push(quote);
    text
}
