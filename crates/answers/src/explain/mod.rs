//! Every path from one source to one workload, the most exposing first, with what each layer says.

mod view;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use meshveil_plan::Plan;
use meshveil_policy::Policy;
use meshveil_reach::{
    Reach,
    network::Endpoint,
    verdict::{self, Credential, Entry, Form, Outcome, Path},
};
use meshveil_text::{Span, nearest};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{Cluster, Place, cluster::protected_by, schema};

/// A field that a workload does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no policy for `{workload}` has a field `{field}`")]
pub struct UnknownField {
    /// The workload.
    pub workload: String,
    /// The field.
    pub field: String,
    /// A field that may have been meant.
    pub near: Option<String>,
}

/// Everything about one source and one workload.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Explanation {
    /// The source: a workload, or a range of addresses.
    pub source: String,
    /// The workload.
    pub destination: String,
    /// The fields that were asked for, in the order of the policy.
    #[serde(skip)]
    pub fields: Vec<String>,
    /// Every path, the most exposing first.
    pub paths: Vec<ExplainedPath>,
    /// What is worth knowing beside it.
    pub notes: Vec<String>,
}

/// One path.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ExplainedPath {
    /// `mTLS, Service shop/customers:80, TCP 8080`
    pub way: String,
    /// What the source shows.
    #[schemars(with = "schema::Credential")]
    pub credential: Credential,
    /// The port of the pod (TCP).
    pub port: u16,
    /// Whether a container or a Service declares the port.
    pub declared: bool,
    /// What becomes of a request.
    pub outcome: Fate,
    /// Whether it depends on what is not known about the request.
    pub conditional: bool,
    /// The form of each field that was asked for; none where nothing is known to be sensitive.
    #[serde(rename = "fields")]
    #[schemars(with = "BTreeMap<String, schema::Form>")]
    pub forms: BTreeMap<String, Form>,
    /// What each layer says.
    pub steps: Vec<Step>,
    /// What would have to change for a request that is stopped.
    pub remedy: Option<String>,
}

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Fate {
    /// No connection.
    Unreachable,
    /// A connection, but no response of the application.
    Denied,
    /// Not known: it rests on an object that is not read.
    Unknown,
    /// The application's response, masked or not.
    Served,
}

impl Fate {
    /// The word reports use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Denied => "denied",
            Self::Unknown => "unknown",
            Self::Served => "served",
        }
    }
}

/// What one layer says.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Step {
    /// The layer.
    pub layer: Layer,
    /// Whether the request goes on.
    pub passed: bool,
    /// The reason, in words.
    pub text: String,
    /// What decided.
    pub places: Vec<Place>,
}

/// A layer of the path, or a part of the filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Layer {
    /// A layer of the path.
    Path(#[schemars(with = "schema::Layer")] verdict::Layer),
    /// What the filter shows to the source.
    Filter(FilterLayer),
}

/// A part of the filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FilterLayer {
    /// Who the source is to the filter, and what that shows.
    View,
    /// What a route changes.
    Route,
}

impl Layer {
    /// Short name for reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Path(layer) => layer.name(),
            Self::Filter(FilterLayer::View) => "view",
            Self::Filter(FilterLayer::Route) => "route",
        }
    }
}

impl Explanation {
    /// Follows every path from a source to a workload, or to one of its ports.
    ///
    /// # Errors
    ///
    /// When the workload has no such field.
    pub fn find(
        cluster: &Cluster,
        reach: &Reach<'_>,
        source: Endpoint,
        destination: usize,
        port: Option<u16>,
        field: Option<&str>,
    ) -> Result<Self, UnknownField> {
        let policy = cluster.policies.iter().find(|policy| protected_by(policy, reach).contains(&destination));
        let plan = policy.map(Policy::plan).or_else(|| reach.plan_of(destination));
        let title = reach.network.title(Endpoint::Workload(destination));
        let fields = asked_fields(plan.as_ref(), field, &title)?;
        let explainer = Explainer { reach, policy, plan: plan.as_ref(), fields: &fields, only: field };
        let paths = match port {
            Some(port) => reach.paths_to_port(source, destination, port),
            None => reach.paths(source, destination),
        };
        let mut paths: Vec<(Path, ExplainedPath)> = paths.iter().map(|path| (*path, explainer.explain(path))).collect();
        paths.sort_by_key(|(path, explained)| Reverse(weight(path, explained)));
        let paths = paths.into_iter().map(|(_, explained)| explained).collect();
        let mut notes = Vec::new();
        if source == Endpoint::Workload(destination) {
            notes.push("a workload always reaches itself; this is about one of its pods that asks another".to_owned());
        }
        if let (Some(policy), Some(own)) = (policy, reach.plan_of(destination))
            && !own.masks_like(&policy.plan())
        {
            let name = &policy.name.value;
            notes.push(format!(
                "the settings of the filter are not those of policy `{name}`: `meshveil generate` writes them"
            ));
        }
        Ok(Self { source: reach.network.title(source), destination: title, fields, paths, notes })
    }
}

fn asked_fields(plan: Option<&Plan>, field: Option<&str>, title: &str) -> Result<Vec<String>, UnknownField> {
    let known: Vec<String> = plan.into_iter().flat_map(|plan| &plan.fields).map(|field| field.name.clone()).collect();
    let Some(field) = field else { return Ok(known) };
    if known.iter().any(|name| name == field) {
        return Ok(vec![field.to_owned()]);
    }
    Err(UnknownField { workload: title.to_owned(), field: field.to_owned(), near: nearest(field, known) })
}

/// The most exposing path weighs most; among equals the one that came furthest, then the ordinary one.
fn weight(path: &Path, explained: &ExplainedPath) -> (Option<Form>, bool, bool, usize, bool, bool) {
    let worst = explained.forms.values().max().copied();
    let passed = explained.steps.iter().take_while(|step| step.passed).count();
    let is_ordinary = matches!(path.entry, Entry::Service(_) | Entry::Gateway(..) | Entry::Listener(_));
    let is_identified = path.credential != Credential::Plaintext;
    (worst, explained.outcome == Fate::Served, path.declared, passed, is_identified, is_ordinary)
}

struct Explainer<'a> {
    reach: &'a Reach<'a>,
    policy: Option<&'a Policy>,
    plan: Option<&'a Plan>,
    fields: &'a [String],
    only: Option<&'a str>,
}

impl Explainer<'_> {
    fn explain(&self, path: &Path) -> ExplainedPath {
        let verdict = self.reach.verdict(path);
        let mut forms = self.plan.map(|plan| self.reach.forms(plan, &verdict)).unwrap_or_default();
        forms.retain(|field, _| self.fields.contains(field));
        let mut steps: Vec<Step> = verdict
            .steps
            .iter()
            .map(|step| Step {
                layer: Layer::Path(step.layer),
                passed: step.passed,
                text: step.reason.to_string(),
                places: self.places(&step.spans),
            })
            .collect();
        if let Outcome::Served { filter } = &verdict.outcome
            && verdict.doubt.is_none()
            && !self.fields.is_empty()
        {
            steps.extend(self.view(&verdict, filter.is_some()));
        }
        let entry = verdict.steps.first().map(|step| step.reason.to_string()).unwrap_or_default();
        let declared = if path.declared { "" } else { " (nobody declares it)" };
        ExplainedPath {
            way: format!("{}, {entry}, TCP {}{declared}", path.credential.name(), path.port),
            credential: path.credential,
            port: path.port,
            declared: path.declared,
            outcome: match verdict.outcome {
                Outcome::Unreachable => Fate::Unreachable,
                Outcome::Denied => Fate::Denied,
                Outcome::Served { .. } if verdict.doubt.is_some() => Fate::Unknown,
                Outcome::Served { .. } => Fate::Served,
            },
            conditional: verdict.conditional,
            forms,
            steps,
            remedy: self.reach.remedy(&verdict).map(|remedy| remedy.to_string()),
        }
    }

    fn places(&self, spans: &[Span]) -> Vec<Place> {
        let spans = spans.iter().filter(|span| span.is_somewhere());
        let mut places: Vec<Place> = spans.map(|span| Place::of(&self.reach.manifests.files, *span)).collect();
        places.dedup();
        places
    }
}
