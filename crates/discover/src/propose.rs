//! From places to fields: what each is taken for, and the shortest path that means nothing else.

use std::collections::{BTreeMap, BTreeSet};

use meshveil_detect::{
    Detector, Kind,
    dictionary::{self, KINDS, NOT_TEXT, Whole},
    words::words,
};
use meshveil_json::Query;

use crate::places::{self, Id, Place, Places, ROOT, Shapes, Step};

/// Words at the end of a schema's name that say nothing about what it holds.
const SUFFIXES: &[&str] = &[
    "response", "dto", "model", "view", "item", "list", "page", "data", "object", "detail", "details", "resource",
    "result", "schema", "out", "read",
];

/// Why a place is taken for something sensitive.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Why {
    /// An extension of its schema.
    Mark(&'static str),
    /// Its name.
    Name,
    /// Its name with the one of what holds it.
    Context(String),
    /// The format of its schema.
    Format(String),
    /// What samples hold there.
    Values(&'static str),
    /// What names of its members look like.
    Names(&'static str),
}

/// A path of a field.
#[derive(Debug)]
pub(crate) struct Path {
    /// The query.
    pub(crate) query: String,
    /// Why, for the places below.
    pub(crate) why: BTreeSet<Why>,
    /// The places it was proposed for, in order.
    pub(crate) places: Vec<Id>,
    /// Whether it also selects something that did not look sensitive: places beyond what was followed must not be missed.
    pub(crate) wide: bool,
}

/// A field of the policy.
#[derive(Debug)]
pub(crate) struct Field {
    /// Its name, unique.
    pub(crate) name: String,
    /// What it is.
    pub(crate) what: &'static str,
    /// The paths, in order.
    pub(crate) paths: Vec<Path>,
    /// The mask, as YAML.
    pub(crate) mask: &'static str,
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Proposal {
    /// The fields, strictest kinds first.
    pub(crate) fields: Vec<Field>,
    /// What is sensitive and has no path: where it is.
    pub(crate) left_out: Vec<String>,
}

/// What a place is taken for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Verdict {
    /// Nothing sensitive.
    Clear,
    /// Part of something that is masked as a whole.
    Covered,
    /// Sensitive: index of the kind, and the mask.
    Field(usize, &'static str, Why),
}

impl Verdict {
    /// Whether one path may stand for both.
    fn agrees(&self, kind: usize, mask: &str) -> bool {
        match self {
            Self::Clear => false,
            Self::Covered => true,
            Self::Field(own, own_mask, _) => *own == kind && *own_mask == mask,
        }
    }
}

/// Fields for all places that look sensitive. Keyed masks are proposed where there is a key.
pub(crate) fn fields(places: &Places, has_key: bool) -> Proposal {
    let sorted = places.sorted();
    let verdicts = verdicts(places, &sorted, has_key);
    let mut by_suffix: BTreeMap<&[Step], Vec<usize>> = BTreeMap::new();
    for (at, (steps, _)) in sorted.iter().enumerate() {
        for suffix in suffixes(steps) {
            by_suffix.entry(suffix).or_default().push(at);
        }
    }
    let mut proposal = Proposal::default();
    let mut groups: BTreeMap<(usize, bool, &'static str), BTreeMap<String, Path>> = BTreeMap::new();
    for ((steps, id), verdict) in sorted.iter().zip(&verdicts) {
        let Verdict::Field(kind, mask, why) = verdict else { continue };
        let is_same = |suffix: &[Step]| {
            let all = by_suffix.get(suffix).map(Vec::as_slice).unwrap_or_default();
            all.iter().all(|at| verdicts.get(*at).is_some_and(|other| other.agrees(*kind, mask)))
        };
        let is_open = places.get(*id).is_some_and(|place| !place.within.is_disjoint(&places.open));
        // A name that means something only where it stands keeps what holds it.
        let needs_holder = matches!(why, Why::Context(_));
        let candidates: Vec<&[Step]> = suffixes(steps).skip(usize::from(needs_holder)).collect();
        let (query, wide) = match candidates.iter().find(|suffix| is_same(suffix)) {
            Some(suffix) => (places::query(suffix, true), false),
            None => match suffixes(steps).last().filter(|_| is_open) {
                Some(suffix) => (places::query(suffix, true), true),
                None => (places::query(steps, false), false),
            },
        };
        if Query::parse(&query).is_err() {
            proposal.left_out.push(query);
            continue;
        }
        let group = groups.entry((*kind, *mask == NOT_TEXT, mask)).or_default();
        let path = group.entry(query.clone()).or_insert_with(|| Path {
            query,
            why: BTreeSet::new(),
            places: Vec::new(),
            wide,
        });
        path.why.insert(why.clone());
        path.places.push(*id);
    }
    let mut names = BTreeSet::new();
    for ((kind, _, mask), paths) in groups {
        let Some(kind) = KINDS.get(kind) else { continue };
        let mut name = kind.id.to_owned();
        let mut count = 1;
        while !names.insert(name.clone()) {
            count += 1;
            name = format!("{}-{count}", kind.id);
        }
        proposal.fields.push(Field { name, what: kind.what, paths: paths.into_values().collect(), mask });
    }
    proposal
}

/// The name at the end, and that with the name before it: `$..number`, `$..card.number`.
fn suffixes(steps: &[Step]) -> impl Iterator<Item = &[Step]> {
    let is_name = |step: &Step| matches!(step, Step::Name(_));
    let ends = steps.last().is_some_and(is_name);
    let names = (0..steps.len()).rev().filter(move |at| ends && steps.get(*at).is_some_and(is_name));
    names.take(2).filter_map(|at| steps.get(at..))
}

fn verdicts(places: &Places, sorted: &[(Vec<Step>, Id)], has_key: bool) -> Vec<Verdict> {
    let mut masked: Vec<&[Step]> = Vec::new();
    let mut verdicts = Vec::new();
    for (steps, id) in sorted {
        // In order, whatever lies inside comes right behind it.
        while masked.last().is_some_and(|whole| !steps.starts_with(whole)) {
            masked.pop();
        }
        let Some(place) = places.get(*id) else { continue };
        let verdict = if masked.last().is_some_and(|whole| whole.len() < steps.len()) {
            Verdict::Covered
        } else {
            judge(places, *id, place, has_key)
        };
        if matches!(verdict, Verdict::Field(_, NOT_TEXT, _)) && place.shapes.object {
            masked.push(steps);
        }
        verdicts.push(verdict);
    }
    verdicts
}

fn judge(places: &Places, id: Id, place: &Place, has_key: bool) -> Verdict {
    // Elements are part of their array.
    if id != ROOT && place.step == Step::Items {
        return Verdict::Clear;
    }
    let found = what(places, id, place).or_else(|| {
        // The names of its members are values; so that nothing of it may stay.
        let names = names_like(places, id)?;
        let detector = Detector::ALL.into_iter().find(|detector| detector.what() == names)?;
        (id != ROOT).then_some((dictionary::by_value(detector)?, Why::Names(names)))
    });
    let Some((kind, why)) = found else { return Verdict::Clear };
    let Some(index) = KINDS.iter().position(|known| known.id == kind.id) else { return Verdict::Clear };
    let shapes = place.shapes;
    let is_sure = matches!(why, Why::Mark(_) | Why::Names(_));
    if !is_sure && !can_be(kind, shapes) {
        return Verdict::Clear;
    }
    let text = kind.keyed.filter(|_| has_key).unwrap_or(kind.mask);
    let is_text = !shapes.object && !shapes.number && (shapes.text || !shapes.bool);
    // A constant in place of an array would change its type; the others mask each element.
    let mask = if is_text && !(shapes.list && text == "redact") { text } else { NOT_TEXT };
    Verdict::Field(index, mask, why)
}

/// What names of members look like, of a map or of the maps in an array.
pub(crate) fn names_like(places: &Places, id: Id) -> Option<&'static str> {
    let own = places.get(id)?;
    own.names_like.keys().next().copied()
}

fn can_be(kind: &Kind, shapes: Shapes) -> bool {
    if shapes.text {
        return true;
    }
    if shapes.object {
        return kind.whole == Whole::Any;
    }
    if shapes.number {
        return kind.whole != Whole::Strings;
    }
    // Nothing is known of it, or that it is a list or always `null`.
    !shapes.bool
}

fn what(places: &Places, id: Id, place: &Place) -> Option<(&'static Kind, Why)> {
    let name = match &place.step {
        Step::Name(name) if id != ROOT => words(name),
        _ => Vec::new(),
    };
    let own = if name.is_empty() { None } else { dictionary::by_name(&[], &name) };
    if let Some(mark) = place.mark {
        return Some((own.unwrap_or_else(dictionary::marked), Why::Mark(mark)));
    }
    if let Some(kind) = own {
        return Some((kind, Why::Name));
    }
    for (context, title) in contexts(places, place).into_iter().filter(|_| !name.is_empty()) {
        if let Some(kind) = dictionary::by_name(&context, &name) {
            return Some((kind, Why::Context(title)));
        }
    }
    if let Some((format, kind)) = &place.format {
        return Some((kind, Why::Format(format.clone())));
    }
    let (detector, count) = place.counts.like.values().max_by_key(|(_, count)| *count)?;
    // One card number in a text is one too many; of plain values half may be something else.
    let is_enough = *detector == Detector::TextWithSecrets || count.saturating_mul(2) >= place.counts.values;
    is_enough.then_some((dictionary::by_value(*detector)?, Why::Values(detector.what())))
}

/// Names of what holds a place: of the member, and of the schemas.
fn contexts(places: &Places, place: &Place) -> Vec<(Vec<String>, String)> {
    let mut contexts = Vec::new();
    let mut id = place.parent;
    while let Some(above) = places.get(id).filter(|_| id != ROOT) {
        if let Step::Name(name) = &above.step {
            contexts.push((words(name), name.clone()));
            break;
        }
        id = above.parent;
    }
    for schema in places.get(place.parent).into_iter().flat_map(|above| &above.schemas) {
        let mut words = words(schema);
        while words.len() > 1 && words.last().is_some_and(|last| SUFFIXES.contains(&last.as_str())) {
            words.pop();
        }
        contexts.push((words, schema.clone()));
    }
    contexts
}
