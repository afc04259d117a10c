//! Sources that fare alike.

use std::{collections::BTreeMap, fmt};

use meshveil_reach::{
    Reach,
    network::{Endpoint, blocks::AddressRange},
    verdict::Form,
};

use super::Cell;

/// Sources that get the same of every field, and are granted the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Class {
    /// Its sources, by what decided about them; never empty.
    pub parts: Vec<Part>,
}

/// Sources of a class about which the same rules decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// By name, ranges of addresses last; never empty.
    pub sources: Vec<Source>,
    /// What each of them gets, by field.
    pub fields: BTreeMap<String, Cell>,
}

/// A source. The order is that of reports.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A workload.
    Workload {
        /// `namespace/name[Kind]`
        title: String,
        /// Its namespace.
        namespace: String,
        /// Its identity in the mesh; none outside of it.
        principal: Option<String>,
    },
    /// Addresses.
    Range(AddressRange),
}

impl Source {
    pub(super) fn new(reach: &Reach<'_>, endpoint: Endpoint) -> Option<Self> {
        Some(match endpoint {
            Endpoint::Workload(at) => Self::Workload {
                title: reach.network.title(endpoint),
                namespace: reach.manifests.workloads.get(at)?.meta.namespace.clone(),
                principal: reach.principal(at),
            },
            Endpoint::Range(at) => Self::Range(*reach.network.ranges().get(at)?),
        })
    }

    /// Its identity in the mesh; none outside of it.
    #[must_use]
    pub fn principal(&self) -> Option<&str> {
        match self {
            Self::Workload { principal, .. } => principal.as_deref(),
            Self::Range(_) => None,
        }
    }

    /// Its namespace; none for addresses.
    #[must_use]
    pub fn namespace(&self) -> Option<&str> {
        match self {
            Self::Workload { namespace, .. } => Some(namespace),
            Self::Range(_) => None,
        }
    }
}

impl fmt::Display for Source {
    /// The name that every answer uses.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Workload { title, .. } => f.write_str(title),
            Self::Range(range) => write!(f, "{range}[External]"),
        }
    }
}

/// Sources in their order; neighbouring ranges of addresses are one.
pub(super) fn joined<'s>(sources: impl IntoIterator<Item = &'s Source>) -> Vec<Source> {
    let mut joined: Vec<Source> = Vec::new();
    for source in sources {
        match (joined.last_mut(), source) {
            (Some(Source::Range(last)), Source::Range(next))
                if last.family == next.family && last.last.checked_add(1) == Some(next.first) =>
            {
                last.last = next.last;
            }
            _ => joined.push(source.clone()),
        }
    }
    joined
}

/// What sources of one class share.
type Fate = Vec<(Form, Form, bool, bool)>;

/// By the cells of a part, where it is.
type Cells = BTreeMap<BTreeMap<String, Cell>, usize>;

impl Class {
    /// The classes of sources, each with its cells.
    pub(super) fn all(fields: &[String], mut rows: Vec<(Source, BTreeMap<String, Cell>)>) -> Vec<Self> {
        rows.sort_by(|(one, _), (other, _)| one.cmp(other));
        let mut classes: Vec<Self> = Vec::new();
        let mut places: BTreeMap<Fate, (usize, Cells)> = BTreeMap::new();
        for (source, cells) in rows {
            let fate = |cell: &Cell| (cell.form, cell.granted, cell.exceeds, cell.lacks);
            let fate = fields.iter().filter_map(|field| cells.get(field)).map(fate).collect();
            let (at, parts) = places.entry(fate).or_insert_with(|| {
                classes.push(Self { parts: Vec::new() });
                (classes.len() - 1, BTreeMap::new())
            });
            let Some(class) = classes.get_mut(*at) else { continue };
            match parts.get(&cells).and_then(|part| class.parts.get_mut(*part)) {
                Some(part) => part.sources.push(source),
                None => {
                    parts.insert(cells.clone(), class.parts.len());
                    class.parts.push(Part { sources: vec![source], fields: cells });
                }
            }
        }
        classes
    }

    /// What its sources get of a field; what decided may differ from part to part.
    #[must_use]
    pub fn cell(&self, field: &str) -> Option<&Cell> {
        self.parts.first()?.fields.get(field)
    }

    /// How many sources it has, as reports count them.
    #[must_use]
    pub fn count(&self) -> usize {
        self.parts.iter().map(|part| part.joined().len()).sum()
    }

    /// Its sources; neighbouring ranges of addresses about which the same rules decided are one.
    #[must_use]
    pub fn joined(&self) -> Vec<Source> {
        let mut sources: Vec<Source> = self.parts.iter().flat_map(Part::joined).collect();
        sources.sort();
        sources
    }
}

impl Part {
    /// Its sources; neighbouring ranges of addresses are one.
    #[must_use]
    pub fn joined(&self) -> Vec<Source> {
        joined(&self.sources)
    }
}
