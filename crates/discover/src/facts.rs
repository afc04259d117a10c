//! What is known of a place: from schemas what it may hold, from samples what it held, as counts.

use std::collections::{BTreeMap, BTreeSet};

use meshveil_detect::{Detector, Kind};

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
    /// How many of these look like something that only a name, or a whole column, makes sure.
    pub(crate) weak: BTreeMap<&'static str, (Detector, u64)>,
    /// How many of these were times, words for yes and no, or numbers below 1,000.
    pub(crate) plain: u64,
    /// Hashes of some values that looked like something weak: how many differ.
    pub(crate) distinct: BTreeSet<u64>,
    /// The object that was counted last.
    pub(crate) last: u64,
}

/// What is known of a place.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    pub(crate) shapes: Shapes,
    /// Whether a schema lists what may stand here, or names the one value.
    pub(crate) is_listed: bool,
    /// Whether a schema lets any text or number stand here.
    pub(crate) is_free: bool,
    /// Whether a schema says that it is a date or a time.
    pub(crate) is_time: bool,
    /// What a schema's `format` says.
    pub(crate) format: Option<(String, &'static Kind)>,
    /// The extension of a schema that marks it.
    pub(crate) mark: Option<&'static str>,
    /// Whether a schema says `writeOnly`.
    pub(crate) write_only: bool,
    /// What an example, a pattern or a default of a schema looks like.
    pub(crate) example: Option<(&'static str, &'static Kind)>,
    /// What a description or title of a schema names.
    pub(crate) described: Option<&'static Kind>,
    /// Whether the schema has a name.
    pub(crate) is_named: bool,
    pub(crate) counts: Counts,
    /// How many names of members here looked like values.
    pub(crate) names_like: BTreeMap<&'static str, u64>,
    /// What texts here name, such as `ssn` in a list of names and values.
    pub(crate) names: BTreeSet<&'static str>,
    /// What names of members say in JSON that texts here hold.
    pub(crate) inside: BTreeSet<&'static str>,
    /// Whether this says that what holds it is a Secret of Kubernetes.
    pub(crate) says_secret: bool,
}

impl Facts {
    /// What others say of the same place.
    pub(crate) fn absorb(&mut self, other: &Self) {
        let (own, others) = (&mut self.shapes, other.shapes);
        own.text |= others.text;
        own.number |= others.number;
        own.bool |= others.bool;
        own.object |= others.object;
        own.list |= others.list;
        self.is_listed |= other.is_listed;
        self.is_free |= other.is_free;
        self.is_time |= other.is_time;
        self.write_only |= other.write_only;
        self.says_secret |= other.says_secret;
        self.format = self.format.take().or_else(|| other.format.clone());
        self.mark = self.mark.or(other.mark);
        self.example = self.example.or(other.example);
        self.described = self.described.or(other.described);
        self.count(other);
    }

    /// What a sample says of the same place.
    pub(crate) fn count(&mut self, other: &Self) {
        let (own, others) = (&mut self.counts, &other.counts);
        own.objects += others.objects;
        own.present += others.present;
        own.values += others.values;
        own.plain += others.plain;
        for (what, (detector, count)) in &others.like {
            own.like.entry(what).or_insert((*detector, 0)).1 += count;
        }
        for (what, (detector, count)) in &others.weak {
            own.weak.entry(what).or_insert((*detector, 0)).1 += count;
        }
        own.distinct.extend(&others.distinct);
        for (what, count) in &other.names_like {
            *self.names_like.entry(what).or_default() += count;
        }
        self.names.extend(&other.names);
        self.inside.extend(&other.inside);
        self.says_secret |= other.says_secret;
    }

    /// Whether only listed values can stand here, switches or times: nothing that a person is known by.
    pub(crate) fn is_closed(&self) -> bool {
        self.is_listed && !self.is_free
    }
}
