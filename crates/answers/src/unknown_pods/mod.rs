//! What pods that are not in the manifests get from a workload: which namespace, labels and identity they need, and which
//! rules let them.

mod candidate;
mod candidates;
mod search;

use std::collections::BTreeMap;

use meshveil_policy::Policy;
use meshveil_reach::{
    Options, Reach,
    network::Endpoint,
    verdict::{Form, Layer, Verdict},
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{place::Place, schema};
pub use candidate::{Candidate, Home};
pub use search::{Search, search};

/// Unknown pods that get a field of one workload.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct UnknownPods {
    /// The policy that protects the workload: `namespace/name`.
    pub policy: String,
    /// The workload.
    pub workload: String,
    /// Its sensitive fields, in the order of the policy.
    #[serde(skip)]
    pub fields: Vec<String>,
    /// The pods, those that are easiest to create first.
    #[serde(rename = "newcomers")]
    pub pods: Vec<UnknownPod>,
    /// How many kinds of pods were too many to try; those that need least were tried.
    pub untried: usize,
}

/// A pod that is not in the manifests.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[serde(rename_all = "camelCase")]
pub struct UnknownPod {
    /// The rest, in words.
    pub description: String,
    /// Its namespace; none where any new one does.
    pub namespace: Option<String>,
    /// Whether that namespace exists.
    pub namespace_exists: bool,
    /// Labels that a new namespace needs.
    pub namespace_labels: BTreeMap<String, String>,
    /// Labels that the pod needs.
    pub labels: BTreeMap<String, String>,
    /// The ServiceAccount that it needs; none where any does.
    pub service_account: Option<String>,
    /// The form in which it gets each field that it gets.
    #[schemars(with = "BTreeMap<String, schema::Form>")]
    pub fields: BTreeMap<String, Form>,
    /// What lets it, on the path on which it gets most.
    pub rules: Vec<Rule>,
}

/// What one layer says about an unknown pod.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Rule {
    /// The layer.
    #[schemars(with = "schema::Layer")]
    pub layer: Layer,
    /// Why it lets the pod.
    pub text: String,
    /// The rule, by place.
    pub place: Option<Place>,
}

impl UnknownPods {
    /// Tries what unknown pods get of the fields of a protected workload.
    #[must_use]
    pub fn find(reach: &Reach<'_>, policy: &Policy, destination: usize) -> Self {
        let Search { found, untried } = search(reach, &Options::default(), destination, &policy.plan());
        Self {
            policy: crate::name_of(policy),
            workload: reach.network.title(Endpoint::Workload(destination)),
            fields: policy.fields.iter().map(|field| field.name.value.clone()).collect(),
            pods: found.into_iter().map(|candidate| UnknownPod::new(reach, candidate)).collect(),
            untried,
        }
    }
}

impl UnknownPod {
    fn new(reach: &Reach<'_>, candidate: Candidate) -> Self {
        // The path on which it gets most.
        let worst = candidate.exposures.values().max_by_key(|exposure| exposure.form);
        Self {
            description: candidate.describe(),
            namespace: candidate.home.name().map(str::to_owned),
            namespace_exists: matches!(candidate.home, Home::Existing(_)),
            namespace_labels: candidate.home.labels().iter().cloned().collect(),
            rules: worst.map(|exposure| rules(reach, &exposure.verdict)).unwrap_or_default(),
            labels: candidate.labels.into_iter().collect(),
            service_account: candidate.service_account,
            fields: candidate.exposures.into_iter().map(|(field, exposure)| (field, exposure.form)).collect(),
        }
    }

    /// Whether another one is in the same place under the same identity and gets the same, so that only the labels differ.
    #[must_use]
    pub fn differs_in_labels_only(&self, other: &Self) -> bool {
        self.namespace == other.namespace
            && self.namespace_exists == other.namespace_exists
            && self.namespace_labels == other.namespace_labels
            && self.service_account == other.service_account
            && self.fields == other.fields
    }
}

/// What every layer says, but for the place where it comes in, which is its own.
fn rules(reach: &Reach<'_>, verdict: &Verdict) -> Vec<Rule> {
    let steps = verdict.steps.iter().filter(|step| step.layer != Layer::Entry);
    let rule = |step: &meshveil_reach::verdict::Step| Rule {
        layer: step.layer,
        text: step.reason.to_string(),
        place: Place::first(&reach.manifests.files, &step.spans),
    };
    steps.map(rule).collect()
}
