//! Which objects of a sample are maps whose keys are values: names of people, user names, ids. Such keys are forgotten here, before
//! anything is written.

use std::collections::BTreeSet;

use meshveil_detect::{
    dictionary::{self, PEOPLE},
    words::words,
};

use crate::{
    facts::Facts,
    graph::{Graph, Id, Step},
};

/// What names of members look like that are names of people.
pub(crate) const PERSON_NAMES: &str = "names of people";

/// Forgets keys that are values, below a node.
pub(crate) fn forget_keys(graph: &mut Graph, root: Id) {
    let mut open = vec![(root, String::new())];
    while let Some((id, name)) = open.pop() {
        let names = names(graph, id);
        let keys: Vec<&String> = names.iter().filter(|key| is_person(key)).collect();
        let is_named_by_people = !keys.is_empty() && keys.len() * 2 > names.len();
        if is_named_by_people && let Some(node) = graph.at(id) {
            *node.facts.names_like.entry(PERSON_NAMES).or_default() += keys.len() as u64;
        }
        if is_named_by_people || is_map(graph, id, &name, &names) {
            for key in &names {
                fold(graph, id, key);
            }
        } else {
            // One name of a person among names of members is no member that may be told.
            for key in keys {
                fold(graph, id, key);
            }
        }
        let Some(node) = graph.get(id) else { continue };
        open.extend(node.edges.iter().map(|(step, child)| match step {
            Step::Name(own) => (*child, own.clone()),
            Step::Items | Step::Any => (*child, name.clone()),
        }));
    }
}

fn names(graph: &Graph, id: Id) -> Vec<String> {
    let edges = graph.get(id).map(|node| node.edges.keys()).into_iter().flatten();
    edges.filter_map(|step| if let Step::Name(name) = step { Some(name.clone()) } else { None }).collect()
}

/// Whether a key is written like the name of a person: two to four words, none of which names of members have.
fn is_person(key: &str) -> bool {
    let parts: Vec<&str> = key.split([' ', ',']).filter(|part| !part.is_empty()).collect();
    let is_part = |part: &&str| {
        let letters = part.trim_end_matches('.');
        !letters.is_empty()
            && letters.chars().all(|letter| letter.is_alphabetic() || matches!(letter, '\'' | '’' | '-'))
    };
    let usual = |part: &&str| dictionary::is_usual(part);
    (2..=4).contains(&parts.len()) && parts.iter().all(is_part) && !parts.iter().any(usual)
}

/// Whether the members of an object are entries of a map: each of the same form, under names that members do not have.
fn is_map(graph: &Graph, id: Id, name: &str, names: &[String]) -> bool {
    let Some(node) = graph.get(id) else { return false };
    let children: Vec<_> = node
        .edges
        .iter()
        .filter(|(step, _)| matches!(step, Step::Name(_)))
        .filter_map(|(_, child)| graph.get(*child))
        .collect();
    let unusual = names.iter().filter(|name| !dictionary::is_usual(name)).count();
    if names.is_empty() || unusual * 2 <= names.len() {
        return false;
    }
    let has_map_name = is_map_name(name);
    let has_values = node.edges.contains_key(&Step::Any);
    // Names that differ from object to object are values.
    let is_varying = node.facts.counts.objects > 3
        && names.len() as u64 > node.facts.counts.objects / 2
        && children.iter().all(|child| child.facts.counts.present * 3 <= node.facts.counts.objects);
    let shapes: Vec<_> = children.iter().map(|child| child.facts.shapes).collect();
    if shapes.iter().all(|shape| shape.object) {
        let members: Vec<BTreeSet<&Step>> = children.iter().map(|child| child.edges.keys().collect()).collect();
        let (first, others) = members.split_first().map_or((None, &[][..]), |(first, others)| (Some(first), others));
        let is_alike = |own: &BTreeSet<&Step>| {
            first.is_some_and(|first| own.intersection(first).count() * 2 >= own.union(first).count())
        };
        let alike = others.iter().all(is_alike);
        return alike && (names.len() > 1 && unusual == names.len() || has_map_name || has_values) || is_varying;
    }
    let alike = shapes.windows(2).all(|pair| pair.first() == pair.last());
    // `{"Ann": "+1...", "Bob": "+1..."}`: entries that look alike.
    let looks: BTreeSet<&str> = children.iter().flat_map(|child| child.facts.counts.like.keys().copied()).collect();
    let all_look = looks.len() == 1 && children.iter().all(|child| !child.facts.counts.like.is_empty());
    alike && (has_map_name || has_values || all_look && names.len() > 1) && unusual == names.len()
        || is_varying && alike
}

/// `usersByName`, `members`, `roleOf`: what such a map is called.
fn is_map_name(name: &str) -> bool {
    let words = words(name);
    let is_people = |word: &String| {
        matches!(word.as_str(), "people" | "children") || PEOPLE.iter().any(|person| *word == format!("{person}s"))
    };
    words.iter().any(|word| matches!(word.as_str(), "by" | "lookup" | "index" | "map" | "per"))
        || words.last().is_some_and(is_people)
}

/// Makes a member one of any.
fn fold(graph: &mut Graph, id: Id, key: &str) {
    let step = Step::Name(key.to_owned());
    let Some(child) = graph.at(id).and_then(|node| node.edges.remove(&step)) else { return };
    let any = graph.child(id, &Step::Any);
    merge(graph, any, child);
}

/// What was seen at one place was seen at another.
fn merge(graph: &mut Graph, into: Id, from: Id) {
    let mut open = vec![(into, from)];
    while let Some((into, from)) = open.pop() {
        let Some(node) = graph.at(from) else { continue };
        let (facts, edges) = (std::mem::take(&mut node.facts), std::mem::take(&mut node.edges));
        node.is_shadow = true;
        if let Some(node) = graph.at(into) {
            absorb(&mut node.facts, &facts);
        }
        for (step, child) in edges {
            let next = graph.child(into, &step);
            open.push((next, child));
        }
    }
}

fn absorb(facts: &mut Facts, other: &Facts) {
    facts.absorb(other);
}

/// Tells schemas what a sample held: what is known of a place of the sample is known of every place of the same schema.
pub(crate) fn overlay(graph: &mut Graph, sample: Id) {
    let named = |graph: &Graph, id: Id| -> BTreeSet<String> {
        graph.closure(id).into_iter().flat_map(|id| names(graph, id)).collect()
    };
    let items = |graph: &Graph, id: Id| {
        graph.closure(id).into_iter().find_map(|id| graph.get(id)?.edges.get(&Step::Items).copied())
    };
    let mut best: (usize, Vec<(Id, Id)>) = (0, Vec::new());
    let mut seen = BTreeSet::new();
    let roots: Vec<Id> = graph.roots.iter().filter(|root| !root.title.is_empty()).map(|root| root.node).collect();
    for root in roots.into_iter().filter(|root| seen.insert(*root)) {
        // A list of what the schema describes, or the other way round, will do.
        let pairs = [
            Some((sample, root)),
            items(graph, sample).map(|item| (item, root)),
            items(graph, root).map(|item| (sample, item)),
        ];
        let deeper = items(graph, sample).zip(items(graph, root));
        for (own, schema) in pairs.into_iter().flatten().chain(deeper) {
            let (own_names, known) = (named(graph, own), named(graph, schema));
            let common = own_names.intersection(&known).count();
            if common == 0 || common * 2 < own_names.len() {
                continue;
            }
            // Of schemas that know as many members the smaller one fits.
            let score = common * 1_000 + 999_usize.saturating_sub(known.len().min(999));
            if score > best.0 {
                best = (score, vec![(own, schema)]);
            } else if score == best.0 {
                best.1.push((own, schema));
            }
        }
    }
    let mut told = BTreeSet::new();
    let mut open: Vec<(Id, Vec<Id>)> = best.1.iter().map(|(own, schema)| (*own, vec![*schema])).collect();
    while let Some((own, schemas)) = open.pop() {
        let new: Vec<Id> = schemas.into_iter().filter(|schema| told.insert((own, *schema))).collect();
        let Some(node) = graph.at(own).filter(|_| !new.is_empty()) else { continue };
        node.is_shadow = true;
        let (facts, edges) = (node.facts.clone(), node.edges.clone());
        for schema in &new {
            // Where a schema is only referred to, it is the schema that is told: so that it is known wherever it is used.
            let referred = graph.referred(*schema);
            if let Some(node) = graph.at(referred) {
                node.facts.count(&facts);
            }
        }
        let places: BTreeSet<Id> = new.iter().flat_map(|schema| graph.closure(*schema)).collect();
        let below = |step: &Step| -> Vec<Id> {
            let nodes = places.iter().filter_map(|id| graph.get(*id)?.edges.get(step).copied());
            nodes.collect::<BTreeSet<Id>>().into_iter().collect()
        };
        for (step, child) in edges {
            let mut next = below(&step);
            if next.is_empty() && matches!(step, Step::Name(_)) {
                next = below(&Step::Any);
            }
            if !next.is_empty() {
                open.push((child, next));
            }
        }
    }
}
