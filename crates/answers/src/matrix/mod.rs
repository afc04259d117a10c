//! Sources by fields: the worst form in which each arrives, and whether that is more than the policy grants. Sources that fare
//! alike are one [`Class`].

mod class;
mod grant;
mod interned;
mod selection;

use std::collections::BTreeMap;

use meshveil_policy::Policy;
use meshveil_reach::{
    Reach,
    network::Endpoint,
    verdict::{Exposure, Form, Layer},
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{cluster::is_caller, place::Place, schema};
pub use class::{Class, Part, Source};
use grant::Grant;
pub use interned::{ClassedMatrix, Interned, WideMatrix};
pub use selection::Selection;

/// Who gets which field of one workload in which form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessMatrix {
    /// The policy that protects the workload: `namespace/name`.
    pub policy: String,
    /// The workload.
    pub workload: String,
    /// Its sensitive fields, in the order of the policy.
    pub fields: Vec<String>,
    /// Every source in its class; classes by the name of their first source, ranges of addresses last.
    pub classes: Vec<Class>,
}

/// The forms in which one source gets the fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Row {
    /// A workload, or a range of addresses.
    pub source: String,
    /// Its identity in the mesh; none outside of it.
    pub principal: Option<String>,
    /// By field.
    pub fields: BTreeMap<String, Cell>,
}

/// One field for one source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Cell {
    /// The worst form in which it arrives.
    #[schemars(with = "schema::Form")]
    pub form: Form,
    /// The most that the policy grants.
    #[schemars(with = "schema::Form")]
    pub granted: Form,
    /// Whether a response holds more than the policy grants. What is not known is not counted.
    pub exceeds: bool,
    /// Whether a caller gets nothing, though the policy grants it something.
    pub lacks: bool,
    /// The step that decided.
    pub decided: Option<Decision>,
}

/// What decided about a form.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Decision {
    /// The layer.
    #[schemars(with = "schema::Layer")]
    pub layer: Layer,
    /// Why.
    pub reason: String,
    /// The rules, by place.
    pub places: Vec<Place>,
}

/// Cells of one kind: how many there are, and the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally<'m> {
    /// How many.
    pub count: usize,
    /// Source, field and cell, in the order of the matrix.
    pub first: Option<(String, &'m str, &'m Cell)>,
}

impl AccessMatrix {
    /// Asks for every source what it gets of every field of a protected workload.
    #[must_use]
    pub fn find(reach: &Reach<'_>, policy: &Policy, destination: usize) -> Self {
        Self::find_some(reach, policy, destination, &Selection::default())
    }

    /// The same for the sources and fields that are asked for.
    #[must_use]
    pub fn find_some(reach: &Reach<'_>, policy: &Policy, destination: usize, selection: &Selection) -> Self {
        let plan = policy.plan();
        let grant = Grant::new(reach, policy, &plan);
        let fields = policy.fields.iter().map(|field| &field.name.value);
        let fields: Vec<String> = fields.filter(|field| selection.has_field(destination, field)).cloned().collect();
        let cells = |endpoint| {
            let mut exposures = reach.exposure(endpoint, destination, &plan);
            let granted = grant.of(endpoint, &exposures);
            let is_caller = match endpoint {
                Endpoint::Workload(at) => reach
                    .manifests
                    .workloads
                    .get(at)
                    .is_some_and(|workload| policy.callers.iter().any(|caller| is_caller(caller, workload))),
                Endpoint::Range(_) => false,
            };
            let ordinary = match endpoint {
                Endpoint::Workload(at) if is_caller => reach.without_mutual_tls(at, destination, &plan),
                _ => None,
            };
            let cell = |field: &String| {
                let granted = granted.get(field).copied().unwrap_or((Form::Denied, Form::Denied));
                let mut cell = Cell::new(reach, exposures.remove(field).as_ref(), granted, is_caller);
                let arrives = ordinary.as_ref().and_then(|ordinary| ordinary.forms.get(field));
                cell.lacks |= arrives.is_some_and(|form| *form < granted.0);
                (field.clone(), cell)
            };
            fields.iter().map(cell).collect()
        };
        let sources = reach.network.endpoints().filter(|endpoint| crate::is_source(reach, *endpoint, destination));
        let sources = sources.filter(|endpoint| selection.has_source(*endpoint));
        let rows = sources.filter_map(|endpoint| Some((Source::new(reach, endpoint)?, cells(endpoint)))).collect();
        Self {
            policy: crate::name_of(policy),
            workload: reach.network.title(Endpoint::Workload(destination)),
            classes: Class::all(&fields, rows),
            fields,
        }
    }

    /// Each source by itself, by name; neighbouring ranges of addresses that get the same are one, and come last.
    #[must_use]
    pub fn rows(&self) -> Vec<Row> {
        let parts = self.classes.iter().flat_map(|class| &class.parts);
        let mut rows: Vec<(Source, Row)> = parts
            .flat_map(|part| {
                let row = |source: Source| Row {
                    source: source.to_string(),
                    principal: source.principal().map(str::to_owned),
                    fields: part.fields.clone(),
                };
                part.joined().into_iter().map(move |source| (source.clone(), row(source)))
            })
            .collect();
        rows.sort_by(|(one, _), (other, _)| one.cmp(other));
        rows.into_iter().map(|(_, row)| row).collect()
    }

    /// How many cells there are: sources times fields.
    #[must_use]
    pub fn size(&self) -> usize {
        self.classes.iter().map(Class::count).sum::<usize>() * self.fields.len()
    }

    /// Callers and fields where a response is granted and none comes.
    #[must_use]
    pub fn lacking(&self) -> Tally<'_> {
        self.tally(|cell| cell.lacks)
    }

    /// Sources and fields of which it is not known what they get.
    #[must_use]
    pub fn unknown(&self) -> Tally<'_> {
        self.tally(|cell| cell.form == Form::Unknown)
    }

    /// Sources and fields where a response holds more than the policy grants.
    #[must_use]
    pub fn exceeding(&self) -> Tally<'_> {
        self.tally(|cell| cell.exceeds)
    }

    fn tally(&self, is_one: impl Fn(&Cell) -> bool) -> Tally<'_> {
        let mut tally = Tally { count: 0, first: None };
        for class in &self.classes {
            for field in &self.fields {
                let Some(cell) = class.cell(field).filter(|cell| is_one(cell)) else { continue };
                tally.count += class.count();
                if tally.first.is_none() {
                    tally.first = class.joined().first().map(|source| (source.to_string(), field.as_str(), cell));
                }
            }
        }
        tally
    }
}

impl Cell {
    /// A source without any path gets nothing.
    fn new(reach: &Reach<'_>, exposure: Option<&Exposure>, granted: (Form, Form), is_caller: bool) -> Self {
        let (granted, json_granted) = granted;
        let form = exposure.map_or(Form::Unreachable, |exposure| exposure.form);
        let in_json = exposure.map_or(Form::Unreachable, |exposure| exposure.in_json);
        let step = exposure.and_then(|Exposure { verdict, .. }| {
            let doubt = verdict.doubt.and_then(|_| verdict.steps.iter().find(|step| step.reason.is_doubt()));
            verdict.stopped().or(doubt).or(verdict.steps.last())
        });
        let decided = step.map(|step| Decision {
            layer: step.layer,
            reason: step.reason.to_string(),
            places: step.spans.iter().map(|span| Place::of(&reach.manifests.files, *span)).collect(),
        });
        // What the policy lets through unread on one route is not leave to get everything in clear.
        let is_known = form >= Form::Masked && form != Form::Unknown;
        let exceeds = is_known && (form > granted || in_json > json_granted);
        let lacks = is_caller && form < Form::Masked && granted >= Form::Masked;
        Self { form, granted, exceeds, lacks, decided }
    }
}
