//! Two texts side by side, with what differs in colour.

use std::fmt::Write as _;
use std::io::IsTerminal as _;

const RED: &str = "\u{1b}[31m";
const GREEN: &str = "\u{1b}[32m";
const BOLD: &str = "\u{1b}[1m";
const RESET: &str = "\u{1b}[0m";

/// Whether and how to colour.
#[derive(Debug, Clone, Copy)]
pub struct Paint {
    colour: bool,
}

impl Paint {
    /// Colour on a terminal. A non-empty `NO_COLOR` turns it off, a `CLICOLOR_FORCE` other than `0` turns it on.
    pub fn from_environment() -> Self {
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let forced = set("CLICOLOR_FORCE").is_some_and(|value| value != "0");
        Self { colour: set("NO_COLOR").is_none() && (forced || std::io::stdout().is_terminal()) }
    }

    /// A heading.
    pub fn bold(self, text: &str) -> String {
        self.wrap(BOLD, text)
    }

    /// Something good.
    pub fn good(self, text: &str) -> String {
        self.wrap(GREEN, text)
    }

    /// Something bad.
    pub fn bad(self, text: &str) -> String {
        self.wrap(RED, text)
    }

    fn wrap(self, colour: &str, text: &str) -> String {
        if self.colour { format!("{colour}{text}{RESET}") } else { text.to_owned() }
    }
}

/// Two texts in two columns. Lines that differ are marked by `>` between the columns; in colour, the values that differ
/// are red on the left and green on the right.
pub fn side_by_side(paint: Paint, before: &str, after: &str) -> String {
    let (left, right): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let width = left.iter().map(|line| line.chars().count()).max().unwrap_or(0);
    let mut out = String::new();
    for at in 0..left.len().max(right.len()) {
        let (left, right) = (left.get(at).copied().unwrap_or(""), right.get(at).copied().unwrap_or(""));
        let blanks = " ".repeat(width - left.chars().count());
        let sign = if left == right { ' ' } else { '>' };
        let (left, right) = coloured(paint, left, right);
        let line = format!("  {left}{blanks} {sign} {right}");
        let _ = writeln!(out, "{}", line.trim_end());
    }
    out
}

fn coloured(paint: Paint, left: &str, right: &str) -> (String, String) {
    let (before, after) = (tokens(left), tokens(right));
    if before.len() != after.len() {
        return if left == right { (left.to_owned(), right.to_owned()) } else { (paint.bad(left), paint.good(right)) };
    }
    let (mut red, mut green) = (String::new(), String::new());
    for (left, right) in before.iter().zip(&after) {
        if left == right {
            red.push_str(left);
            green.push_str(right);
        } else {
            red.push_str(&paint.bad(left));
            green.push_str(&paint.good(right));
        }
    }
    (red, green)
}

/// A line of JSON as its strings, its other words, and the punctuation between.
fn tokens(line: &str) -> Vec<&str> {
    let (mut tokens, mut start) = (Vec::new(), 0);
    let (mut quoted, mut escaped) = (false, false);
    let mut cut = |start: &mut usize, end: usize| {
        if let Some(token) = line.get(*start..end).filter(|token| !token.is_empty()) {
            tokens.push(token);
        }
        *start = end;
    };
    for (at, character) in line.char_indices() {
        if quoted {
            quoted = escaped || character != '"';
            escaped = character == '\\' && !escaped;
            if !quoted {
                cut(&mut start, at + 1);
            }
        } else if character == '"' {
            cut(&mut start, at);
            quoted = true;
        } else if matches!(character, ' ' | ',' | ':' | '{' | '}' | '[' | ']') {
            cut(&mut start, at);
            cut(&mut start, at + 1);
        }
    }
    cut(&mut start, line.len());
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_value_that_differs_is_coloured() {
        let paint = Paint { colour: true };
        let text = side_by_side(paint, r#"{"a": "x\"y", "b": 1}"#, r#"{"a": "***", "b": 1}"#);
        assert_eq!(
            text,
            format!("  {{\"a\": {RED}\"x\\\"y\"{RESET}, \"b\": 1}} > {{\"a\": {GREEN}\"***\"{RESET}, \"b\": 1}}\n")
        );
    }

    #[test]
    fn without_colour_lines_that_differ_are_marked() {
        let text = side_by_side(Paint { colour: false }, "{\n  \"ssn\": \"1\"\n}", "{\n  \"ssn\": null\n}");
        assert_eq!(text, "  {              {\n    \"ssn\": \"1\" >   \"ssn\": null\n  }              }\n");
    }
}
