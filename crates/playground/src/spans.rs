//! Which parts of a masked document are not as they were: what a reader sees marked.

use std::ops::Range;

/// A value of a document that was parsed before, with its place.
enum Node {
    Scalar(Range<usize>),
    Array(Range<usize>, Vec<Node>),
    /// Members: the place of the name, and the value.
    Object(Range<usize>, Vec<(Range<usize>, Node)>),
}

impl Node {
    const fn range(&self) -> &Range<usize> {
        match self {
            Self::Scalar(range) | Self::Array(range, _) | Self::Object(range, _) => range,
        }
    }
}

/// Depth of nesting beyond which a value is looked at as a whole.
const DEPTH: usize = 200;

struct Reader<'t> {
    text: &'t [u8],
    at: usize,
}

impl Reader<'_> {
    fn skip(&mut self) {
        while self.text.get(self.at).is_some_and(|byte| b" \t\r\n,:".contains(byte)) {
            self.at += 1;
        }
    }

    fn string(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.text.get(self.at)? {
                b'\\' => self.at += 2,
                b'"' => break,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        Some(start..self.at)
    }

    fn node(&mut self, depth: usize) -> Option<Node> {
        self.skip();
        let start = self.at;
        if depth > DEPTH {
            return None;
        }
        match self.text.get(self.at)? {
            b'"' => self.string().map(Node::Scalar),
            b'[' => {
                self.at += 1;
                let mut items = Vec::new();
                loop {
                    self.skip();
                    if *self.text.get(self.at)? == b']' {
                        self.at += 1;
                        return Some(Node::Array(start..self.at, items));
                    }
                    items.push(self.node(depth + 1)?);
                }
            }
            b'{' => {
                self.at += 1;
                let mut members = Vec::new();
                loop {
                    self.skip();
                    if *self.text.get(self.at)? == b'}' {
                        self.at += 1;
                        return Some(Node::Object(start..self.at, members));
                    }
                    let name = self.string()?;
                    members.push((name, self.node(depth + 1)?));
                }
            }
            b']' | b'}' => None,
            _ => {
                while self.text.get(self.at).is_some_and(|byte| !b" \t\r\n,:]}".contains(byte)) {
                    self.at += 1;
                }
                Some(Node::Scalar(start..self.at))
            }
        }
    }
}

struct Comparison<'t> {
    before: &'t str,
    after: &'t str,
    changed: Vec<Range<usize>>,
}

impl Comparison<'_> {
    fn is_same(&self, before: &Range<usize>, after: &Range<usize>) -> bool {
        self.before.get(before.clone()) == self.after.get(after.clone())
    }

    fn compare(&mut self, before: &Node, after: &Node) {
        if self.is_same(before.range(), after.range()) {
            return;
        }
        match (before, after) {
            (Node::Array(_, old), Node::Array(_, new)) if old.len() == new.len() => {
                old.iter().zip(new).for_each(|(old, new)| self.compare(old, new));
            }
            (Node::Object(_, old), Node::Object(_, new)) => self.members(old, new),
            _ => self.changed.push(after.range().clone()),
        }
    }

    /// Members may have gone, and names may be masked; their order stays.
    fn members(&mut self, old: &[(Range<usize>, Node)], new: &[(Range<usize>, Node)]) {
        let mut rest = old;
        for (at, (name, value)) in new.iter().enumerate() {
            let left = new.len() - at;
            match rest.iter().position(|(known, _)| self.is_same(known, name)) {
                // What stands between has gone.
                Some(found) if rest.len() - found >= left => {
                    if let Some((_, known)) = rest.get(found) {
                        self.compare(known, value);
                    }
                    rest = rest.get(found + 1..).unwrap_or_default();
                }
                _ => {
                    self.changed.push(name.clone());
                    match rest.split_first() {
                        Some(((_, known), others)) => {
                            self.compare(known, value);
                            rest = others;
                        }
                        None => self.changed.push(value.range().clone()),
                    }
                }
            }
        }
    }
}

/// The bytes of `after` that masks wrote; both are documents in JSON. All of it where it cannot be told.
pub(crate) fn changed(before: &str, after: &str) -> Vec<Range<usize>> {
    let read = |text: &str| Reader { text: text.as_bytes(), at: 0 }.node(0);
    let (Some(old), Some(new)) = (read(before), read(after)) else {
        return if before == after { Vec::new() } else { std::iter::once(0..after.len()).collect() };
    };
    let mut comparison = Comparison { before, after, changed: Vec::new() };
    comparison.compare(&old, &new);
    comparison.changed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(before: &str, after: &str) -> Vec<String> {
        changed(before, after).into_iter().filter_map(|range| after.get(range).map(str::to_owned)).collect()
    }

    #[test]
    fn what_masks_wrote_is_marked_and_nothing_else() {
        assert_eq!(marked(r#"{"a":1,"b":[1,2]}"#, r#"{"a":1,"b":[1,2]}"#), Vec::<String>::new());
        assert_eq!(marked(r#"{"a":"x\"","b":[1,{"c":2}]}"#, r#"{"a":"***","b":[1,{"c":null}]}"#), ["\"***\"", "null"]);
        assert_eq!(marked(r#"{"a": 1, "gone": 2, "b": 3}"#, r#"{"a": 1, "b": 0}"#), ["0"]);
        assert_eq!(marked(r#"{"x@example.com":{"a":1}}"#, r#"{"***":{"a":2}}"#), ["\"***\"", "2"]);
        assert_eq!(marked("{\"a\":{\"b\":1}}", "{\"a\":\"***\"}"), ["\"***\""]);
        assert_eq!(marked("[1,2,3]", "[1]"), ["[1]"], "which items are gone cannot be told");
        assert_eq!(marked(&"[".repeat(1000), "[]"), ["[]"]);
    }
}
