//! Places in responses, and what is known about each: a tree of steps that schemas and samples fill together.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use meshveil_detect::{Detector, Kind};
use meshveil_json::query::{Segment, Selector};

/// Places that are kept; what lies beyond is left out, and a note says so.
const MOST: usize = 200_000;
/// Members of one object in samples that are told apart; further ones are taken for keys of a map.
const MEMBERS: usize = 256;

/// One step down.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Step {
    /// The member of this name.
    Name(String),
    /// Any element of an array.
    Items,
    /// Any member: the object is a map.
    Any,
}

impl Step {
    fn selector(&self) -> Selector {
        match self {
            Self::Name(name) => Selector::Name(name.clone()),
            Self::Items | Self::Any => Selector::Wildcard,
        }
    }
}

/// The query that selects these steps, from the root or from anywhere.
pub(crate) fn query(steps: &[Step], anywhere: bool) -> String {
    let mut text = String::from("$");
    for (at, step) in steps.iter().enumerate() {
        let descendant = anywhere && at == 0;
        let segment = Segment { descendant, selectors: vec![step.selector()] };
        // Elements are written `[*]`, as is usual.
        text.push_str(&if *step == Step::Items && !descendant { "[*]".to_owned() } else { segment.to_string() });
    }
    text
}

/// Index of a place.
pub(crate) type Id = usize;

/// The root.
pub(crate) const ROOT: Id = 0;

/// What kinds of values stand at a place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Shapes {
    pub(crate) text: bool,
    pub(crate) number: bool,
    pub(crate) bool: bool,
    pub(crate) object: bool,
    pub(crate) list: bool,
}

/// What samples say about a place.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counts {
    /// Objects that stood here.
    pub(crate) objects: u64,
    /// Objects above that had this member.
    pub(crate) present: u64,
    /// Strings and numbers.
    pub(crate) values: u64,
    /// How many of these looked like something.
    pub(crate) like: BTreeMap<&'static str, (Detector, u64)>,
    /// The object that was counted last.
    last: u64,
}

/// A place.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) parent: Id,
    /// The step from there; the root's is never looked at.
    pub(crate) step: Step,
    pub(crate) shapes: Shapes,
    /// `GET /customers/{id}` of every operation whose responses have this place.
    pub(crate) operations: BTreeSet<String>,
    /// What a schema's `format` says.
    pub(crate) format: Option<(String, &'static Kind)>,
    /// The extension of a schema that marks it.
    pub(crate) mark: Option<&'static str>,
    /// Whether a schema says `writeOnly`.
    pub(crate) write_only: bool,
    /// Names of the schemas of objects here.
    pub(crate) schemas: BTreeSet<String>,
    /// Schemas that this place lies in, by number.
    pub(crate) within: BTreeSet<usize>,
    pub(crate) counts: Counts,
    /// How many names of members here looked like values.
    pub(crate) names_like: BTreeMap<&'static str, u64>,
    children: HashMap<Step, Id>,
}

/// Every place.
#[derive(Debug)]
pub(crate) struct Places {
    places: Vec<Place>,
    /// Whether some were left out.
    pub(crate) full: bool,
    /// Schemas that were not followed to their end, by number.
    pub(crate) open: BTreeSet<usize>,
    objects: u64,
}

impl Default for Places {
    fn default() -> Self {
        let mut places = Self { places: Vec::new(), full: false, open: BTreeSet::new(), objects: 0 };
        places.add(ROOT, Step::Items);
        places
    }
}

impl Places {
    fn add(&mut self, parent: Id, step: Step) -> Id {
        self.places.push(Place {
            parent,
            step,
            shapes: Shapes::default(),
            operations: BTreeSet::new(),
            format: None,
            mark: None,
            write_only: false,
            schemas: BTreeSet::new(),
            within: BTreeSet::new(),
            counts: Counts::default(),
            names_like: BTreeMap::new(),
            children: HashMap::new(),
        });
        self.places.len().saturating_sub(1)
    }

    /// A place.
    pub(crate) fn get(&self, id: Id) -> Option<&Place> {
        self.places.get(id)
    }

    /// The same, to be changed.
    pub(crate) fn at(&mut self, id: Id) -> Option<&mut Place> {
        self.places.get_mut(id)
    }

    /// The place one step down; `None` where there are too many.
    pub(crate) fn child(&mut self, id: Id, step: &Step) -> Option<Id> {
        if let Some(known) = self.places.get(id)?.children.get(step) {
            return Some(*known);
        }
        if self.places.len() >= MOST {
            self.full = true;
            return None;
        }
        let child = self.add(id, step.clone());
        self.places.get_mut(id)?.children.insert(step.clone(), child);
        Some(child)
    }

    /// The place of a member in a sample. A name that is a value itself, or one of very many, is not kept: the object is a map.
    pub(crate) fn member(&mut self, id: Id, name: &str) -> Option<Id> {
        let is_many = self.places.get(id)?.children.len() >= MEMBERS;
        let step = Step::Name(name.to_owned());
        let is_known = self.places.get(id)?.children.contains_key(&step);
        if let Some(detector) = Detector::of(name) {
            let owner = self.owner(id);
            *self.at(owner)?.names_like.entry(detector.what()).or_default() += 1;
            return self.child(id, &Step::Any);
        }
        let is_number = !name.is_empty() && name.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | '_' | '.'));
        let is_id = is_number || is_uuid(name);
        self.child(id, if is_id || (is_many && !is_known) { &Step::Any } else { &step })
    }

    /// The place that stands for the elements of an array, too: the array's own.
    pub(crate) fn owner(&self, mut id: Id) -> Id {
        while let Some(place) = self.places.get(id).filter(|place| id != ROOT && place.step == Step::Items) {
            id = place.parent;
        }
        id
    }

    /// An object of a sample begins: its number.
    pub(crate) fn begin_object(&mut self, id: Id) -> u64 {
        self.objects += 1;
        if let Some(place) = self.at(id) {
            place.counts.objects += 1;
        }
        self.objects
    }

    /// A member of that object: duplicates count once.
    pub(crate) fn see_member(&mut self, id: Id, object: u64) {
        if let Some(place) = self.at(id)
            && place.counts.last != object
        {
            place.counts.last = object;
            place.counts.present += 1;
        }
    }

    /// Steps from the root.
    pub(crate) fn steps(&self, mut id: Id) -> Vec<Step> {
        let mut steps = Vec::new();
        while let Some(place) = self.places.get(id).filter(|_| id != ROOT) {
            steps.push(place.step.clone());
            id = place.parent;
        }
        steps.reverse();
        steps
    }

    /// Every place, in the order of their paths.
    pub(crate) fn sorted(&self) -> Vec<(Vec<Step>, Id)> {
        let mut all: Vec<_> = (0..self.places.len()).map(|id| (self.steps(id), id)).collect();
        all.sort();
        all
    }
}

fn is_uuid(name: &str) -> bool {
    let parts: Vec<&str> = name.split('-').collect();
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12])
        && parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}
