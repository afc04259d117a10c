//! What was found, as data: what is proposed with its reasons, what people should decide, what was looked at and is not proposed.

use meshveil_json::{Query, query::Selector};
use serde::Serialize;

use crate::{
    graph::Step,
    propose::{Open, Place, Proposal, reason},
    starter::{Sources, evidence},
};

/// Something that was found.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    /// The field of a policy that it belongs to: `ssn`, `email`.
    pub field: String,
    /// What it is, in words.
    pub what: &'static str,
    /// The query that selects it (RFC 9535).
    pub path: String,
    /// Why it is here.
    pub reasons: Vec<String>,
    /// Where it is, with what samples say: the first places.
    pub places: Vec<String>,
    /// How many places there are, as far as they are counted.
    pub count: usize,
    /// What the query also selects although it did not look sensitive.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// Places that no path of the given policy selects; none where no policy is given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unclassified: Vec<String>,
}

/// What was found.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// What a policy should name.
    pub proposed: Vec<Item>,
    /// What people should decide.
    pub ask: Vec<Item>,
    /// What was looked at, as its name says something, and is not proposed.
    pub passed: Vec<Item>,
    /// What was passed over.
    pub notes: Vec<String>,
}

impl Report {
    /// What no path of the given policy selects.
    pub fn unclassified(&self) -> impl Iterator<Item = &Item> {
        self.proposed.iter().filter(|item| !item.unclassified.is_empty())
    }
}

/// Places that are named for each path.
const SHOWN: usize = 3;

pub(crate) fn report(
    sources: &Sources<'_>,
    proposal: &Proposal,
    policy: Option<&[Query]>,
    notes: Vec<String>,
) -> Report {
    let told =
        |places: &[Place]| -> Vec<String> { places.iter().take(SHOWN).map(|place| evidence(sources, place)).collect() };
    let missing = |places: &[Place]| -> Vec<String> {
        let Some(queries) = policy else { return Vec::new() };
        let open = places.iter().filter(|place| !queries.iter().any(|query| selects(query, &place.steps)));
        open.take(SHOWN).map(|place| evidence(sources, place)).collect()
    };
    let open = |open: &Open| Item {
        field: open.field.to_owned(),
        what: open.what,
        path: open.query.clone(),
        reasons: vec![open.reason.clone()],
        places: told(&open.places),
        count: open.places.len(),
        also: told(&open.also),
        unclassified: missing(&open.places),
    };
    let proposed = proposal.fields.iter().flat_map(|field| {
        field.paths.iter().map(move |path| Item {
            field: field.name.clone(),
            what: field.what,
            path: path.query.clone(),
            reasons: path.why.iter().map(reason).collect(),
            places: told(&path.places),
            count: path.places.len(),
            also: told(&path.also),
            unclassified: missing(&path.places),
        })
    });
    Report {
        proposed: proposed.collect(),
        ask: proposal.undecided.iter().chain(&proposal.ask).map(open).collect(),
        passed: proposal.passed.iter().map(open).collect(),
        notes,
    }
}

/// Whether a query selects a place or something that holds it, whatever else is there. One that looks at values, or at some elements
/// only, does not.
fn selects(query: &Query, steps: &[Step]) -> bool {
    let count = query.segments.len();
    // Which segments may come next, before each step.
    let mut at = vec![false; count + 1];
    if let Some(first) = at.first_mut() {
        *first = true;
    }
    for step in steps {
        let mut next = vec![false; count + 1];
        for (number, segment) in query.segments.iter().enumerate() {
            if !at.get(number).copied().unwrap_or_default() {
                continue;
            }
            let fits = segment.selectors.iter().any(|selector| match (selector, step) {
                (Selector::Wildcard, _) => true,
                (Selector::Name(name), Step::Name(own)) => name == own,
                _ => false,
            });
            if let Some(after) = next.get_mut(number + 1).filter(|_| fits) {
                *after = true;
            }
            if let Some(stay) = next.get_mut(number).filter(|_| segment.descendant) {
                *stay = true;
            }
        }
        if next.last() == Some(&true) {
            return true;
        }
        at = next;
    }
    at.last() == Some(&true)
}
