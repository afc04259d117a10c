//! Matrices for programs: what many sources share is written once.

use std::collections::BTreeMap;

use meshveil_reach::verdict::Form;
use schemars::JsonSchema;
use serde::Serialize;

use super::{AccessMatrix, Cell, Class, Decision, Part, Row, Source, class::joined};
use crate::schema;

/// Matrices of no more sources than this are written source by source, too, so that small programs read small clusters.
const FEW: usize = 256;

/// Matrices by class, and what they refer to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interned {
    /// Sources that are in one part in every matrix, by the name of the first: names, each with the identity in the mesh.
    pub groups: BTreeMap<String, BTreeMap<String, Option<String>>>,
    /// What decided, by number.
    pub decisions: Vec<Decision>,
    /// The matrices.
    pub matrix: Vec<ClassedMatrix>,
}

/// Who gets which field of one workload in which form, by class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ClassedMatrix {
    /// The policy that protects the workload: `namespace/name`.
    policy: String,
    /// The workload.
    workload: String,
    /// Sources that get the same and are granted the same.
    classes: Vec<ClassData>,
    /// Every source, by name, where all matrices together have no more than 256 of them; ranges of addresses come last.
    #[serde(skip_serializing_if = "Option::is_none")]
    sources: Option<Vec<Row>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct ClassData {
    /// How many sources it has.
    count: usize,
    /// Fields that come alike, together.
    cells: Vec<CellData>,
    /// Its sources, by what decided about them.
    parts: Vec<PartData>,
}

/// What every source of a class gets of some fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct CellData {
    /// In the order of the policy.
    fields: Vec<String>,
    /// The worst form in which they arrive.
    #[schemars(with = "schema::Form")]
    form: Form,
    /// The most that the policy grants.
    #[schemars(with = "schema::Form")]
    granted: Form,
    /// Whether a response holds more than the policy grants. What is not known is not counted.
    exceeds: bool,
    /// Whether a caller gets nothing, though the policy grants it something.
    lacks: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct PartData {
    /// Names in `groups`.
    groups: Vec<String>,
    /// For each of `cells` what decided, as a number in `decisions`; none where there is no path at all.
    decided: Vec<Option<usize>>,
}

/// Who gets which field of one workload in which form, source by source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct WideMatrix {
    /// The policy that protects the workload: `namespace/name`.
    policy: String,
    /// The workload.
    workload: String,
    /// Every source, by name; ranges of addresses come last.
    sources: Vec<Row>,
}

impl From<&AccessMatrix> for WideMatrix {
    fn from(matrix: &AccessMatrix) -> Self {
        Self { policy: matrix.policy.clone(), workload: matrix.workload.clone(), sources: matrix.rows() }
    }
}

impl Interned {
    /// The matrices of one cluster.
    #[must_use]
    pub fn new(matrices: &[AccessMatrix]) -> Self {
        let mut decisions = Decisions::default();
        let groups = Groups::new(matrices);
        let are_few = matrices.iter().flat_map(|matrix| &matrix.classes).map(Class::count).sum::<usize>() <= FEW;
        let matrix = |matrix: &AccessMatrix| ClassedMatrix {
            policy: matrix.policy.clone(),
            workload: matrix.workload.clone(),
            classes: matrix
                .classes
                .iter()
                .map(|class| ClassData::new(matrix, class, &groups, &mut decisions))
                .collect(),
            sources: are_few.then(|| matrix.rows()),
        };
        let matrix = matrices.iter().map(matrix).collect();
        Self { groups: groups.members(), decisions: decisions.all, matrix }
    }
}

/// Decisions, each once.
#[derive(Default)]
struct Decisions {
    all: Vec<Decision>,
    known: BTreeMap<Decision, usize>,
}

impl Decisions {
    fn number(&mut self, decision: &Decision) -> usize {
        *self.known.entry(decision.clone()).or_insert_with(|| {
            self.all.push(decision.clone());
            self.all.len() - 1
        })
    }
}

/// Sources that no matrix tells apart.
struct Groups<'m> {
    /// Each with its sources.
    sources: Vec<Vec<&'m Source>>,
    of: BTreeMap<&'m Source, usize>,
}

impl<'m> Groups<'m> {
    fn new(matrices: &'m [AccessMatrix]) -> Self {
        // For each source its part in every matrix that knows it.
        let mut parts: BTreeMap<&Source, Vec<(usize, usize)>> = BTreeMap::new();
        for (number, matrix) in matrices.iter().enumerate() {
            for (at, part) in matrix.classes.iter().flat_map(|class| &class.parts).enumerate() {
                for source in &part.sources {
                    parts.entry(source).or_default().push((number, at));
                }
            }
        }
        let mut groups = Self { sources: Vec::new(), of: BTreeMap::new() };
        let mut known: BTreeMap<Vec<(usize, usize)>, usize> = BTreeMap::new();
        for (source, parts) in parts {
            let at = *known.entry(parts).or_insert_with(|| {
                groups.sources.push(Vec::new());
                groups.sources.len() - 1
            });
            groups.of.insert(source, at);
            if let Some(group) = groups.sources.get_mut(at) {
                group.push(source);
            }
        }
        groups
    }

    fn name(&self, group: usize) -> Option<String> {
        let sources = self.sources.get(group)?;
        joined(sources.iter().copied()).first().map(Source::to_string)
    }

    /// The groups of a part, in the order of its sources.
    fn names(&self, part: &Part) -> Vec<String> {
        let mut groups: Vec<usize> = part.sources.iter().filter_map(|source| self.of.get(source).copied()).collect();
        groups.sort_unstable();
        groups.dedup();
        groups.into_iter().filter_map(|group| self.name(group)).collect()
    }

    fn members(&self) -> BTreeMap<String, BTreeMap<String, Option<String>>> {
        let named = self.sources.iter().enumerate().filter_map(|(at, sources)| Some((self.name(at)?, sources)));
        let members = |sources: &Vec<&Source>| {
            let sources = joined(sources.iter().copied()).into_iter();
            sources.map(|source| (source.to_string(), source.principal().map(str::to_owned))).collect()
        };
        named.map(|(name, sources)| (name, members(sources))).collect()
    }
}

impl ClassData {
    fn new(matrix: &AccessMatrix, class: &Class, groups: &Groups<'_>, decisions: &mut Decisions) -> Self {
        // Fields are alike where they are in every part.
        let alike =
            |one: &str, other: &str| class.parts.iter().all(|part| part.fields.get(one) == part.fields.get(other));
        let mut together: Vec<Vec<&str>> = Vec::new();
        for field in &matrix.fields {
            match together.iter_mut().find(|fields| fields.first().is_some_and(|first| alike(first, field))) {
                Some(fields) => fields.push(field),
                None => together.push(vec![field]),
            }
        }
        let firsts: Vec<&str> = together.iter().filter_map(|fields| fields.first().copied()).collect();
        let cell = |fields: &Vec<&str>| {
            let Cell { form, granted, exceeds, lacks, .. } = *class.cell(fields.first()?)?;
            let fields = fields.iter().map(|field| (*field).to_owned()).collect();
            Some(CellData { fields, form, granted, exceeds, lacks })
        };
        let mut part = |part: &Part| PartData {
            groups: groups.names(part),
            decided: firsts
                .iter()
                .map(|field| part.fields.get(*field)?.decided.as_ref().map(|decided| decisions.number(decided)))
                .collect(),
        };
        Self {
            count: class.count(),
            cells: together.iter().filter_map(cell).collect(),
            parts: class.parts.iter().map(&mut part).collect(),
        }
    }
}
