//! The one emitter of YAML.

use super::{List, Map, Other, Part, Text, Yaml};
use crate::printable::in_one_line;

/// Characters of a key that may stand before its `:`. YAML allows 1,024 (1.1, section 7.3.3; 1.2, section 7.4).
const KEY: usize = 1_000;

/// A file: comments at its top, and documents with `---` between them.
pub fn file(header: &[impl AsRef<str>], documents: impl IntoIterator<Item = impl Into<Yaml>>) -> String {
    let header: String = header.iter().map(|line| comment(line.as_ref()) + "\n").collect();
    header + &documents.into_iter().map(document).collect::<Vec<_>>().join("---\n")
}

/// A value as a whole document.
pub fn document(value: impl Into<Yaml>) -> String {
    let value = value.into();
    let mut out = Out { text: String::new() };
    match (&value, in_line(&value)) {
        (value, Some(line)) => {
            out.line(0, &line);
            out.comments_of_empty(value, 0);
        }
        (Yaml::Map(map), None) => out.map(map, 0),
        (Yaml::List(list), None) => out.list(list, 0),
        (Yaml::Json(json), None) => out.lines(json.as_str(), 0),
        (value, None) => out.literal("", value, 0),
    }
    out.text
}

struct Out {
    text: String,
}

impl Out {
    fn margin(&mut self, indent: usize) {
        self.text.extend(std::iter::repeat_n(' ', indent));
    }

    fn line(&mut self, indent: usize, line: &str) {
        self.margin(indent);
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// Lines further right; an empty one stays empty.
    fn lines(&mut self, lines: &str, indent: usize) {
        for line in lines.split('\n') {
            self.line(if line.is_empty() { 0 } else { indent }, line);
        }
    }

    fn comment(&mut self, indent: usize, text: &str) {
        self.line(indent, &comment(text));
    }

    fn map(&mut self, map: &Map, indent: usize) {
        self.parts(&map.parts, |out, (key, value)| out.entry(key, value, indent), indent);
    }

    fn list(&mut self, list: &List, indent: usize) {
        self.parts(&list.parts, |out, item| out.item(item, indent), indent);
    }

    fn parts<T>(&mut self, parts: &[Part<T>], mut write: impl FnMut(&mut Self, &T), indent: usize) {
        let mut start = self.text.len();
        for part in parts {
            match part {
                Part::Item(item) => {
                    start = self.text.len();
                    write(self, item);
                }
                Part::Comment(text) => self.comment(indent, text),
                Part::Beside(text) if self.text.bytes().skip(start).filter(|byte| *byte == b'\n').count() == 1 => {
                    self.text.pop();
                    self.text.push(' ');
                    self.comment(0, text);
                }
                Part::Beside(text) => self.comment(indent, text),
                Part::Blank => self.text.push('\n'),
            }
        }
    }

    fn entry(&mut self, key: &Text, value: &Yaml, indent: usize) {
        self.margin(indent);
        let key = key.in_line();
        if key.chars().count() > KEY {
            self.text.push_str("? ");
            self.line(0, &key);
            self.margin(indent);
        } else {
            self.text.push_str(&key);
        }
        self.text.push(':');
        match (value, in_line(value)) {
            (value, Some(line)) => {
                self.line(1, &line);
                self.comments_of_empty(value, indent + 2);
            }
            (Yaml::Map(map), None) => {
                self.text.push('\n');
                self.map(map, indent + 2);
            }
            (Yaml::List(list), None) => {
                self.text.push('\n');
                self.list(list, indent + 2);
            }
            (Yaml::Json(json), None) => {
                self.text.push('\n');
                self.lines(json.as_str(), indent + 2);
            }
            (value, None) => self.literal(" ", value, indent),
        }
    }

    fn item(&mut self, value: &Yaml, indent: usize) {
        match (value, in_line(value)) {
            (value, Some(line)) => {
                self.margin(indent);
                self.text.push('-');
                self.line(1, &line);
                self.comments_of_empty(value, indent + 2);
            }
            (Yaml::Map(map), None) => {
                let rest = self.comments_before(&map.parts, indent);
                self.dashed(indent, |out| {
                    out.parts(rest, |out, (key, value)| out.entry(key, value, indent + 2), indent + 2)
                });
            }
            (Yaml::List(list), None) => {
                let rest = self.comments_before(&list.parts, indent);
                self.dashed(indent, |out| out.parts(rest, |out, item| out.item(item, indent + 2), indent + 2));
            }
            (Yaml::Json(json), None) => self.dashed(indent, |out| out.lines(json.as_str(), indent + 2)),
            (value, None) => {
                self.margin(indent);
                self.literal("- ", value, indent);
            }
        }
    }

    /// Writes lines that begin at `indent + 2`, with the dash of an item before the first that is not empty.
    fn dashed(&mut self, indent: usize, write: impl FnOnce(&mut Self)) {
        let start = self.text.len();
        write(self);
        let empty = self.text.bytes().skip(start).take_while(|&byte| byte == b'\n').count();
        let dash = start + empty + indent;
        self.text.replace_range(dash..dash + 1, "-");
    }

    /// Writes the comments before the first item: a dash cannot stand before them.
    fn comments_before<'p, T>(&mut self, parts: &'p [Part<T>], indent: usize) -> &'p [Part<T>] {
        let first = parts.iter().position(|part| matches!(part, Part::Item(_))).unwrap_or(parts.len());
        let (before, rest) = parts.split_at(first);
        self.parts(before, |_, _| {}, indent);
        rest
    }

    /// What stands below `{}` or `[]`.
    fn comments_of_empty(&mut self, value: &Yaml, indent: usize) {
        match value {
            Yaml::Map(map) if map.is_empty() => self.parts(&map.parts, |_, _| {}, indent),
            Yaml::List(list) if list.is_empty() => self.parts(&list.parts, |_, _| {}, indent),
            _ => {}
        }
    }

    fn literal(&mut self, before: &str, value: &Yaml, indent: usize) {
        let Yaml::Text(text) = value else { return };
        let Some((header, lines)) = text.in_lines() else { return };
        self.text.push_str(before);
        self.line(0, header);
        self.lines(lines, indent + 2);
    }
}

/// A comment: one line, whatever the text holds.
fn comment(text: &str) -> String {
    format!("# {}", in_one_line(text))
}

/// A value on one line, where it has one.
fn in_line(value: &Yaml) -> Option<String> {
    let fits = match value {
        Yaml::Text(text) => text.in_lines().is_none(),
        Yaml::Other(_) => true,
        Yaml::Map(map) => map.is_empty() || map.flow && !needs_lines(value),
        Yaml::List(list) => list.is_empty() || list.flow && !needs_lines(value),
        Yaml::Json(json) => !json.as_str().contains('\n'),
    };
    fits.then(|| flow(value))
}

/// Whether there is something in a value that has to be on a line of its own.
fn needs_lines(value: &Yaml) -> bool {
    match value {
        Yaml::Text(_) | Yaml::Other(_) => false,
        Yaml::Map(map) => map.parts.iter().any(|part| match part {
            Part::Item((_, value)) => needs_lines(value),
            _ => true,
        }),
        Yaml::List(list) => list.parts.iter().any(|part| match part {
            Part::Item(item) => needs_lines(item),
            _ => true,
        }),
        Yaml::Json(json) => json.as_str().contains('\n'),
    }
}

/// A value in flow style, without its comments.
fn flow(value: &Yaml) -> String {
    match value {
        Yaml::Text(text) => text.in_line(),
        Yaml::Other(Other::Null) => "null".to_owned(),
        Yaml::Other(Other::Bool(bool)) => bool.to_string(),
        Yaml::Other(Other::Int(int)) => int.to_string(),
        Yaml::Map(map) => {
            let entries: Vec<String> = map.entries().map(|(key, value)| flow_entry(key, value)).collect();
            if entries.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", entries.join(", ")) }
        }
        Yaml::List(list) => format!("[{}]", list.items().map(flow).collect::<Vec<_>>().join(", ")),
        Yaml::Json(json) => json.as_str().to_owned(),
    }
}

fn flow_entry(key: &Text, value: &Yaml) -> String {
    let key = key.in_line();
    let (before, after) = if key.chars().count() > KEY { ("? ", " :") } else { ("", ":") };
    format!("{before}{key}{after} {}", flow(value))
}
