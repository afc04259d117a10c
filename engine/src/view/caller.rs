//! Who is calling: evidence of a request to at most one caller of the plan.

use std::collections::{BTreeMap, BTreeSet};

use crate::Plan;
use crate::plan::{Identity, Sees};

/// What can be told about who sent a request. Methods are called only for what the plan asks about.
pub trait Evidence {
    /// The verified principal of the peer, when there is exactly one.
    fn principal(&self) -> Option<String>;
    /// The strings a claim of a verified JWT holds: one, or the items of a list.
    fn claim(&self, payload: &str, name: &str) -> Vec<String>;
    /// The value of a request header that has exactly one line. Called only behind a trusted hop.
    fn header(&self, name: &str) -> Option<String>;
}

type ByValue = BTreeMap<String, Vec<usize>>;

/// The callers of a plan, ordered for look-up: cost does not grow with the number of callers.
#[derive(Debug)]
pub(super) struct Callers {
    principals: ByValue,
    claims: BTreeMap<(String, String), ByValue>,
    headers: BTreeMap<String, ByValue>,
    trusted_hops: BTreeSet<String>,
    /// Per caller; `None` is every field.
    sees: Vec<Option<BTreeSet<String>>>,
}

impl Callers {
    pub(super) fn new(plan: &Plan) -> Self {
        let mut callers = Self {
            principals: BTreeMap::new(),
            claims: BTreeMap::new(),
            headers: BTreeMap::new(),
            trusted_hops: plan.trusted_hops.iter().cloned().collect(),
            sees: Vec::with_capacity(plan.callers.len()),
        };
        for (index, caller) in plan.callers.iter().enumerate() {
            for identity in &caller.matches {
                let (values, value) = match identity {
                    Identity::Principal(id) => (&mut callers.principals, id),
                    Identity::Claim { payload, name, value } => {
                        (callers.claims.entry((payload.clone(), name.clone())).or_default(), value)
                    }
                    Identity::Header { name, value } => (callers.headers.entry(name.clone()).or_default(), value),
                };
                values.entry(value.clone()).or_default().push(index);
            }
            callers.sees.push(match &caller.sees {
                Sees::All => None,
                Sees::Fields(fields) => Some(fields.iter().cloned().collect()),
            });
        }
        callers
    }

    /// The caller, or `None` when nobody listed fits or when those that fit contradict each other.
    pub(super) fn identify(&self, evidence: &dyn Evidence) -> Option<usize> {
        let mut fitting = BTreeSet::new();
        let mut add = |values: &ByValue, value: &str| fitting.extend(values.get(value).into_iter().flatten().copied());
        let principal = if self.principals.is_empty() && self.headers.is_empty() { None } else { evidence.principal() };
        if let Some(principal) = &principal {
            add(&self.principals, principal);
            if self.trusted_hops.contains(principal) {
                for (name, values) in &self.headers {
                    if let Some(value) = evidence.header(name) {
                        add(values, &value);
                    }
                }
            }
        }
        for ((payload, name), values) in &self.claims {
            for value in evidence.claim(payload, name) {
                add(values, &value);
            }
        }
        self.least(&fitting)
    }

    /// Of several callers the one whose fields all the others see too.
    fn least(&self, fitting: &BTreeSet<usize>) -> Option<usize> {
        fitting.iter().copied().find(|&one| fitting.iter().all(|&other| self.sees_no_more(one, other)))
    }

    fn sees_no_more(&self, one: usize, other: usize) -> bool {
        match (self.sees.get(one), self.sees.get(other)) {
            (Some(_), Some(None)) => true,
            (Some(Some(one)), Some(Some(other))) => one.is_subset(other),
            _ => false,
        }
    }
}
