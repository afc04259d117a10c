//! What leaks when one object fails, and how many have to.

mod fault;
mod leaks;

use std::collections::{BTreeMap, BTreeSet};

use meshveil_policy::Policy;
use meshveil_reach::{Options, Reach, network::Endpoint, verdict::Form};
use meshveil_text::Span;
use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use crate::{place::Place, schema};
pub use fault::{Fault, apply, single};
pub use leaks::{Leak, leaks};

/// Pairs of faults times sources that are tried at most; beyond it only single faults are.
const LIMIT: usize = 1_000_000;

/// Every single fault that lets a workload see more of the fields of another, and how many faults each field takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SingleFaults {
    /// The policy that protects the workload: `namespace/name`.
    pub policy: String,
    /// The workload.
    pub workload: String,
    /// Its sensitive fields, in the order of the policy.
    #[serde(skip)]
    pub fields: Vec<String>,
    /// The faults, in the order of the texts.
    pub faults: Vec<SingleFault>,
    /// By source: how many faults each field takes.
    #[serde(rename = "locks", serialize_with = "by_source")]
    #[schemars(with = "BTreeMap<String, BTreeMap<String, Needed>>")]
    pub needed: Vec<(String, BTreeMap<String, Needed>)>,
}

/// A fault that is a single point of failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SingleFault {
    /// What fails, in words.
    pub fault: String,
    /// The object that fails.
    pub place: Option<Place>,
    /// What that lets out.
    pub leaks: Vec<Gain>,
}

/// A field of which a source gets more after a fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Gain {
    /// The source.
    pub source: String,
    /// The field.
    pub field: String,
    /// What the source gets without the fault.
    #[schemars(with = "schema::Form")]
    pub before: Form,
    /// What it gets after it.
    #[schemars(with = "schema::Form")]
    pub after: Form,
}

/// How many faults it takes until a source sees more of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub enum Needed {
    /// None: the field is clear anyway.
    #[serde(rename = "-")]
    None,
    /// One: a single point of failure.
    #[serde(rename = "1")]
    One,
    /// Two.
    #[serde(rename = "2")]
    Two,
    /// At least two; pairs were too many to try.
    #[serde(rename = "2+")]
    TwoOrMore,
    /// At least three.
    #[serde(rename = "3+")]
    ThreeOrMore,
}

impl Needed {
    /// The word reports use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "-",
            Self::One => "1",
            Self::Two => "2",
            Self::TwoOrMore => "2+",
            Self::ThreeOrMore => "3+",
        }
    }
}

fn by_source<S: Serializer>(needed: &[(String, BTreeMap<String, Needed>)], serializer: S) -> Result<S::Ok, S::Error> {
    // Of objects that are given twice, one counts.
    needed.iter().map(|(source, fields)| (source, fields)).collect::<BTreeMap<_, _>>().serialize(serializer)
}

impl SingleFaults {
    /// Lets each object that enforces the policy of a workload fail in turn, and every two of them.
    #[must_use]
    pub fn find(reach: &Reach<'_>, policy: &Policy, destination: usize) -> Self {
        let manifests = reach.manifests;
        let options = Options::default();
        let plan = policy.plan();
        let sources = sources(reach, destination);
        let leaks = |count| leaks::leaks(manifests, &options, destination, &plan, &sources, count);
        let keys = |leaks: &[Leak]| -> BTreeSet<(usize, String)> {
            leaks.iter().map(|leak| (leak.source, leak.field.clone())).collect()
        };
        let single = leaks(1);
        let one = keys(&single);
        let count = fault::single(manifests, &options.filter, destination).len();
        let pairs = count.saturating_mul(count) / 2;
        let two = (pairs.saturating_mul(sources.len()) <= LIMIT).then(|| keys(&leaks(2)));
        let mut needed = Vec::new();
        for &source in &sources {
            let exposures = reach.exposure(Endpoint::Workload(source), destination, &plan);
            let of_field = |field: &meshveil_policy::Field| {
                let key = (source, field.name.value.clone());
                let needed = match &two {
                    _ if exposures.get(&key.1).is_some_and(|exposure| exposure.form == Form::Clear) => Needed::None,
                    _ if one.contains(&key) => Needed::One,
                    Some(two) if two.contains(&key) => Needed::Two,
                    Some(_) => Needed::ThreeOrMore,
                    None => Needed::TwoOrMore,
                };
                (key.1, needed)
            };
            let title = reach.network.title(Endpoint::Workload(source));
            needed.push((title, policy.fields.iter().map(of_field).collect()));
        }
        needed.sort_by(|(one, _), (other, _): &(String, BTreeMap<_, _>)| one.cmp(other));
        Self {
            policy: crate::name_of(policy),
            workload: reach.network.title(Endpoint::Workload(destination)),
            fields: policy.fields.iter().map(|field| field.name.value.clone()).collect(),
            faults: by_fault(reach, single),
            needed,
        }
    }
}

/// Leaks under the fault that lets them out; faults in the order of the texts, then sources in that of the manifests.
fn by_fault(reach: &Reach<'_>, single: Vec<Leak>) -> Vec<SingleFault> {
    let mut faults: BTreeMap<(Span, String), BTreeMap<usize, Vec<Gain>>> = BTreeMap::new();
    for leak in single {
        let source = reach.network.title(Endpoint::Workload(leak.source));
        let gain = Gain { source, field: leak.field, before: leak.before, after: leak.after };
        for fault in leak.faults {
            let sources = faults.entry((fault.span, fault.description)).or_default();
            sources.entry(leak.source).or_default().push(gain.clone());
        }
    }
    let fault = |((span, fault), sources): ((Span, String), BTreeMap<usize, Vec<Gain>>)| SingleFault {
        fault,
        place: Place::first(&reach.manifests.files, &[span]),
        leaks: sources.into_values().flatten().collect(),
    };
    faults.into_iter().map(fault).collect()
}

/// Workloads whose access is of interest.
pub(crate) fn sources(reach: &Reach<'_>, destination: usize) -> Vec<usize> {
    let all = 0..reach.manifests.workloads.len();
    all.filter(|at| crate::is_source(reach, Endpoint::Workload(*at), destination)).collect()
}
