//! Sources by fields: the worst form in which each arrives, and whether that is more than the policy grants.

mod grant;

use std::collections::BTreeMap;

use meshveil_policy::Policy;
use meshveil_reach::{
    Reach,
    network::{Endpoint, blocks::AddressRange},
    verdict::{Exposure, Form, Layer},
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{cluster::is_caller, place::Place, schema};
use grant::Grant;

/// Who gets which field of one workload in which form.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct AccessMatrix {
    /// The policy that protects the workload: `namespace/name`.
    pub policy: String,
    /// The workload.
    pub workload: String,
    /// Its sensitive fields, in the order of the policy.
    #[serde(skip)]
    pub fields: Vec<String>,
    /// Every source, by name; ranges of addresses come last.
    pub sources: Vec<Row>,
}

/// The forms in which one source gets the fields.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
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
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
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
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
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

impl AccessMatrix {
    /// Asks for every source what it gets of every field of a protected workload.
    #[must_use]
    pub fn find(reach: &Reach<'_>, policy: &Policy, destination: usize) -> Self {
        let plan = policy.plan();
        let grant = Grant::new(reach, policy, &plan);
        let row = |endpoint| {
            let exposures = reach.exposure(endpoint, destination, &plan);
            let granted = grant.of(endpoint, &exposures);
            let principal = match endpoint {
                Endpoint::Workload(at) => reach.principal(at),
                Endpoint::Range(_) => None,
            };
            let is_caller = match endpoint {
                Endpoint::Workload(at) => reach
                    .manifests
                    .workloads
                    .get(at)
                    .is_some_and(|workload| policy.callers.iter().any(|caller| is_caller(caller, workload))),
                Endpoint::Range(_) => false,
            };
            let cell = |(field, exposure): (String, Exposure)| {
                let granted = granted.get(&field).copied().unwrap_or((Form::Denied, Form::Denied));
                (field, Cell::new(reach, &exposure, granted, is_caller))
            };
            Row { source: reach.network.title(endpoint), principal, fields: exposures.into_iter().map(cell).collect() }
        };
        let sources = reach.network.endpoints().filter(|endpoint| crate::is_source(reach, *endpoint, destination));
        let mut rows: Vec<(Endpoint, Row)> = sources.map(|endpoint| (endpoint, row(endpoint))).collect();
        // By name, so that the order of the files does not matter; addresses come last.
        rows.sort_by_cached_key(|(endpoint, row)| match *endpoint {
            Endpoint::Workload(_) => (0, row.source.clone()),
            Endpoint::Range(at) => (at.saturating_add(1), String::new()),
        });
        Self {
            policy: crate::name_of(policy),
            workload: reach.network.title(Endpoint::Workload(destination)),
            fields: policy.fields.iter().map(|field| field.name.value.clone()).collect(),
            sources: joined(reach, rows),
        }
    }

    /// Callers and fields where a response is granted and none comes, in the order of the matrix.
    pub fn lacking(&self) -> impl Iterator<Item = (&Row, &str)> {
        self.sources.iter().flat_map(|row| {
            let lacks = |field: &&String| row.fields.get(*field).is_some_and(|cell| cell.lacks);
            self.fields.iter().filter(lacks).map(move |field| (row, field.as_str()))
        })
    }

    /// Sources and fields of which it is not known what they get, in the order of the matrix.
    pub fn unknown(&self) -> impl Iterator<Item = (&Row, &str)> {
        self.sources.iter().flat_map(|row| {
            let is_unknown = |field: &&String| row.fields.get(*field).is_some_and(|cell| cell.form == Form::Unknown);
            self.fields.iter().filter(is_unknown).map(move |field| (row, field.as_str()))
        })
    }

    /// Sources and fields where a response holds more than the policy grants, in the order of the matrix.
    pub fn exceeding(&self) -> impl Iterator<Item = (&Row, &str)> {
        self.sources.iter().flat_map(|row| {
            let exceeds = |field: &&String| row.fields.get(*field).is_some_and(|cell| cell.exceeds);
            self.fields.iter().filter(exceeds).map(move |field| (row, field.as_str()))
        })
    }
}

/// The rows; neighbouring ranges of addresses that get the same are one.
fn joined(reach: &Reach<'_>, rows: Vec<(Endpoint, Row)>) -> Vec<Row> {
    let ranges = reach.network.ranges();
    let mut joined: Vec<(Option<AddressRange>, Row)> = Vec::new();
    for (endpoint, row) in rows {
        let range = match endpoint {
            Endpoint::Range(at) => ranges.get(at).copied(),
            Endpoint::Workload(_) => None,
        };
        match (joined.last_mut(), range) {
            (Some((Some(last), known)), Some(range))
                if last.family == range.family
                    && last.last.checked_add(1) == Some(range.first)
                    && known.fields == row.fields =>
            {
                last.last = range.last;
                known.source = format!("{last}[External]");
            }
            _ => joined.push((range, row)),
        }
    }
    joined.into_iter().map(|(_, row)| row).collect()
}

impl Cell {
    fn new(reach: &Reach<'_>, exposure: &Exposure, (granted, in_json): (Form, Form), is_caller: bool) -> Self {
        let doubt =
            exposure.verdict.doubt.and_then(|_| exposure.verdict.steps.iter().find(|step| step.reason.is_doubt()));
        let step = exposure.verdict.stopped().or(doubt).or(exposure.verdict.steps.last());
        let decided = step.map(|step| Decision {
            layer: step.layer,
            reason: step.reason.to_string(),
            places: step.spans.iter().map(|span| Place::of(&reach.manifests.files, *span)).collect(),
        });
        let form = exposure.form;
        // What the policy lets through unread on one route is not leave to get everything in clear.
        let is_known = form >= Form::Masked && form != Form::Unknown;
        let exceeds = is_known && (form > granted || exposure.in_json > in_json);
        let lacks = is_caller && form < Form::Masked && granted >= Form::Masked;
        Self { form, granted, exceeds, lacks, decided }
    }
}
