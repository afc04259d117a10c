//! Which patterns a name can fit, by the words in it, so that a large dictionary costs no more than a small one.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use super::{KINDS, PEOPLE, beside::QUALIFIERS};
use crate::words::{is_unspaced, plain, singulars};

/// A pattern of a kind, with every word that `@person` stands for.
#[derive(Debug)]
pub(super) struct Pattern {
    pub(super) kind: usize,
    /// As [`crate::words::find`] takes it.
    pub(super) text: String,
}

#[derive(Debug, Default)]
struct Index {
    patterns: Vec<Pattern>,
    /// By the first word, and by all of them in one.
    by_word: HashMap<String, Vec<usize>>,
    unspaced: Vec<usize>,
    /// Words that longer words may be made of.
    known: HashSet<String>,
}

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let mut index = Index::default();
    for (kind, text) in KINDS.iter().enumerate().flat_map(|(at, kind)| kind.names.iter().map(move |name| (at, *name))) {
        let texts: Vec<String> = match text.split_once("@person") {
            Some((before, after)) => PEOPLE.iter().map(|person| format!("{before}{person}{after}")).collect(),
            None => vec![text.to_owned()],
        };
        for text in texts {
            let at = index.patterns.len();
            let bare = text.trim_start_matches('=');
            let mut words: Vec<&str> = bare.split(' ').collect();
            if is_unspaced(bare) {
                index.unspaced.push(at);
            } else {
                index.known.extend(words.iter().filter(|word| word.len() > 2).map(|word| (*word).to_owned()));
                let joined = words.concat();
                words.truncate(1);
                words.push(&joined);
                words.dedup();
                for word in words {
                    index.by_word.entry(word.to_owned()).or_default().push(at);
                }
            }
            index.patterns.push(Pattern { kind, text });
        }
    }
    index.known.extend(PEOPLE.iter().chain(QUALIFIERS).map(|word| (*word).to_owned()));
    index
});

/// The patterns that these words may hold.
pub(super) fn candidates(words: &[String]) -> Vec<&'static Pattern> {
    let index: &'static Index = &INDEX;
    let joined = words.concat();
    let all = words.iter().map(String::as_str).chain([joined.as_str()]);
    let mut found: Vec<usize> = Vec::new();
    for word in all {
        for single in singulars(word) {
            found.extend(index.by_word.get(single).into_iter().flatten());
        }
    }
    if is_unspaced(&joined) {
        found.extend(&index.unspaced);
    }
    found.sort_unstable();
    found.dedup();
    found.into_iter().filter_map(|at| index.patterns.get(at)).collect()
}

/// Whether a word is one of names of members in general, and no name of a person or thing.
pub(super) fn is_known(word: &str) -> bool {
    singulars(word).any(|word| INDEX.known.contains(word) || INDEX.by_word.contains_key(word))
}

/// Words without accents, and those that are made of known words taken apart: `customeremail`, `geburtsdatum` stays.
pub(super) fn apart(words: &[String]) -> Vec<String> {
    words
        .iter()
        .flat_map(|word| {
            let word = plain(word);
            split(&word).unwrap_or_else(|| vec![word])
        })
        .collect()
}

/// The most letters of a word that is taken apart.
const LONGEST: usize = 32;

fn split(word: &str) -> Option<Vec<String>> {
    if !(6..=LONGEST).contains(&word.len()) || !word.is_ascii() || is_known(word) {
        return None;
    }
    // The fewest parts for each length; each length is reached from shorter ones.
    let mut best: Vec<Option<(usize, usize)>> = vec![None; word.len() + 1];
    if let Some(first) = best.first_mut() {
        *first = Some((0, 0));
    }
    for end in 3..=word.len() {
        let parts = (0..=end - 3).filter_map(|start| {
            let (count, _) = best.get(start).copied().flatten()?;
            let part = word.get(start..end)?;
            (INDEX.known.contains(part) || end == word.len() && is_known(part)).then_some((count + 1, start))
        });
        let fewest = parts.min();
        if let Some(place) = best.get_mut(end) {
            *place = fewest;
        }
    }
    let mut parts = Vec::new();
    let mut end = word.len();
    while end > 0 {
        let (_, start) = best.get(end).copied().flatten()?;
        parts.push(word.get(start..end)?.to_owned());
        end = start;
    }
    parts.reverse();
    (parts.len() < 5).then_some(parts)
}
