//! Everything that would go on as it is, looked through for what detectors find.

use std::sync::Arc;

use super::{
    Stream,
    leaf::Leaf,
    masker::Compiled,
    quote::{decode, write_content},
};
use crate::{
    Query,
    detect::{Hint, Net},
    tape,
};

/// What is looked for in all that no rule masks, and what stands in for it.
#[derive(Debug, Clone)]
pub struct Search {
    /// What is looked for.
    pub net: Arc<Net>,
    /// What stands in for a match in a text; a number becomes `null`.
    pub with: String,
    /// Values that are not looked through.
    pub except: Vec<Query>,
    /// Members whose names are not looked through.
    pub except_names: Vec<Query>,
}

impl Search {
    /// A text of no name with every match replaced; `None` where nothing is found.
    #[must_use]
    pub fn replaced(&self, text: &str) -> Option<String> {
        let mut found = Vec::new();
        if self.net.may_hold(text.as_bytes(), Hint::NONE) {
            self.net.find(text, Hint::NONE, &mut found);
        }
        found.first()?;
        let (mut replaced, mut from) = (String::new(), 0);
        for range in &found {
            replaced.push_str(text.get(from..range.start).unwrap_or_default());
            replaced.push_str(&self.with);
            from = range.end;
        }
        replaced.push_str(text.get(from..).unwrap_or_default());
        Some(replaced)
    }
}

/// [`Search`], ready to run.
#[derive(Debug)]
pub(super) struct Searched {
    search: Search,
    net: Arc<Net>,
    /// What stands in for a match, as it is spelled between quotes.
    with: Vec<u8>,
}

impl Searched {
    pub(super) fn new(search: &Search) -> Self {
        let mut with = Vec::new();
        write_content(&search.with, &mut with);
        Self { search: search.clone(), net: Arc::clone(&search.net), with }
    }

    pub(super) const fn search(&self) -> &Search {
        &self.search
    }

    /// Whether names of members say how values are looked at.
    pub(super) fn needs_names(&self) -> bool {
        self.net.needs_names()
    }
}

impl Stream {
    /// What is said by names about the value that comes next.
    pub(super) fn here(&self) -> Hint {
        self.frames.last().filter(|frame| !frame.object).map_or(self.hint, |frame| frame.hint)
    }

    /// Remembers what a name, spelled `raw`, says about its value.
    pub(super) fn hear(&mut self, compiled: &Compiled, raw: &[u8]) {
        if !compiled.needs_names {
            return;
        }
        let holder = self.frames.last().map_or(Hint::NONE, |frame| frame.hint);
        let decoded = tape::decode(raw);
        self.hint = decoded.map_or(Hint::NONE, |name| self.hints.of(name.as_bytes(), holder));
    }

    /// Looks through a scalar; what is found stays in `self.found`.
    #[inline]
    pub(super) fn finds(&mut self, searched: &Searched, leaf: Leaf<'_>) -> bool {
        let hint = self.here();
        match leaf {
            Leaf::String(content) => self.finds_in_text(searched, content, hint),
            Leaf::Number(number) => searched.net.finds_number(number, hint),
            Leaf::Boolean(_) | Leaf::Null => false,
        }
    }

    /// As [`Stream::finds`] for the name of a member.
    pub(super) fn finds_in_name(&mut self, searched: &Searched, content: &str) -> bool {
        self.finds_in_text(searched, content, Hint::NONE)
    }

    fn finds_in_text(&mut self, searched: &Searched, content: &str, hint: Hint) -> bool {
        let net = &searched.net;
        if !net.may_hold(content.as_bytes(), hint) {
            return false;
        }
        let text = decode(content);
        if text.len() != content.len() && !net.may_hold(text.as_bytes(), hint) {
            return false;
        }
        net.find(&text, hint, &mut self.found);
        !self.found.is_empty()
    }

    /// Writes a scalar in which something was found just now.
    pub(super) fn write_found(&mut self, searched: &Searched, leaf: Leaf<'_>, out: &mut Vec<u8>) {
        self.report.detected += 1;
        match leaf {
            Leaf::String(content) => {
                out.push(b'"');
                self.write_found_in(searched, content, out);
                out.push(b'"');
            }
            Leaf::Number(_) => out.extend_from_slice(b"null"),
            Leaf::Boolean(_) | Leaf::Null => leaf.write_as_is(out),
        }
    }

    /// Writes a text in which something was found just now, without quotes.
    pub(super) fn write_found_in(&self, searched: &Searched, content: &str, out: &mut Vec<u8>) {
        let text = decode(content);
        let mut from = 0;
        for range in &self.found {
            write_content(text.get(from..range.start).unwrap_or_default(), out);
            out.extend_from_slice(&searched.with);
            from = range.end;
        }
        write_content(text.get(from..).unwrap_or_default(), out);
    }

    /// Writes a scalar as it is, but for what is found in it; `None` is one that is too long to look through.
    pub(super) fn replace_searched(&mut self, compiled: &Compiled, leaf: Option<Leaf<'_>>, out: &mut Vec<u8>) {
        match (leaf, compiled.searched.as_ref()) {
            (Some(leaf), Some(searched)) => {
                if self.finds(searched, leaf) {
                    self.write_found(searched, leaf, out);
                } else {
                    leaf.write_as_is(out);
                }
            }
            _ => {
                compiled.write_unseen(out);
                self.report.too_long += 1;
            }
        }
    }
}
