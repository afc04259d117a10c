//! Who is calling: evidence of a request to at most one caller of the plan, and the fields that are masked for it.

use std::collections::BTreeMap;

use crate::Plan;
use crate::interner::Interner;
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

/// The callers of a plan, ordered for look-up: cost does not grow with the number of callers.
#[derive(Debug)]
pub(super) struct Callers {
    by_identity: BTreeMap<Identity, Vec<usize>>,
    /// Payload and name of every claim that tells callers apart.
    claims: Vec<(String, String)>,
    /// Every header that tells callers apart.
    headers: Vec<String>,
    asks_principal: bool,
    trusted_hops: Vec<String>,
    /// Distinct sets of masked fields, as indices, ascending; the first is every field.
    masked: Vec<Vec<u32>>,
    /// Per caller, an index into `masked`.
    masked_of_caller: Vec<usize>,
}

impl Callers {
    pub(super) fn new(plan: &Plan) -> Self {
        let mut by_identity: BTreeMap<Identity, Vec<usize>> = BTreeMap::new();
        for (index, caller) in plan.callers.iter().enumerate() {
            for identity in &caller.matches {
                by_identity.entry(identity.clone()).or_default().push(index);
            }
        }
        let (mut claims, mut headers, mut asks_principal) = (Vec::new(), Vec::new(), false);
        // In their order, identities that differ only in the value are neighbours.
        for identity in by_identity.keys() {
            match identity {
                Identity::Principal(_) => asks_principal = true,
                Identity::Claim { payload, name, .. } => {
                    let claim = (payload.clone(), name.clone());
                    if claims.last() != Some(&claim) {
                        claims.push(claim);
                    }
                }
                Identity::Header { name, .. } => {
                    if headers.last() != Some(name) {
                        headers.push(name.clone());
                    }
                }
            }
        }
        let (masked, masked_of_caller) = masked_fields(plan);
        let trusted_hops = plan.trusted_hops.clone();
        Self { by_identity, claims, headers, asks_principal, trusted_hops, masked, masked_of_caller }
    }

    /// Distinct sets of masked fields, as indices; the first is every field.
    pub(super) fn masked(&self) -> &[Vec<u32>] {
        &self.masked
    }

    /// Which of the sets holds for a caller; `None` is one who is not listed.
    pub(super) fn masked_for(&self, caller: Option<usize>) -> usize {
        caller.and_then(|index| self.masked_of_caller.get(index)).copied().unwrap_or(0)
    }

    /// The caller, or `None` when nobody listed fits or when those that fit contradict each other.
    pub(super) fn identify(&self, evidence: &dyn Evidence) -> Option<usize> {
        let mut fitting = Vec::new();
        let mut add = |identity| fitting.extend(self.by_identity.get(&identity).into_iter().flatten().copied());
        if (self.asks_principal || !self.headers.is_empty())
            && let Some(principal) = evidence.principal()
        {
            if self.trusted_hops.contains(&principal) {
                for name in &self.headers {
                    if let Some(value) = evidence.header(name) {
                        add(Identity::Header { name: name.clone(), value });
                    }
                }
            }
            add(Identity::Principal(principal));
        }
        for (payload, name) in &self.claims {
            for value in evidence.claim(payload, name) {
                add(Identity::Claim { payload: payload.clone(), name: name.clone(), value });
            }
        }
        self.least(&fitting)
    }

    /// Of several callers the first whose fields all the others see too.
    fn least(&self, fitting: &[usize]) -> Option<usize> {
        let is_least = |&one: &usize| fitting.iter().all(|&other| self.sees_no_more(one, other));
        fitting.iter().copied().filter(is_least).min()
    }

    fn sees_no_more(&self, one: usize, other: usize) -> bool {
        let masked = |caller| self.masked.get(self.masked_for(Some(caller))).map_or(&[][..], Vec::as_slice);
        let one = masked(one);
        masked(other).iter().all(|field| one.binary_search(field).is_ok())
    }
}

/// Distinct sets of masked fields (the first is all of them), and the set of each caller.
pub(super) fn masked_fields(plan: &Plan) -> (Vec<Vec<u32>>, Vec<usize>) {
    let indices = plan.field_indices();
    let mut sets = Vec::new();
    let mut interner = Interner::default();
    let mut number = |set: Vec<u32>| {
        interner.number(&set, sets.len()).unwrap_or_else(|new| {
            sets.push(set);
            new
        }) as usize
    };
    number((0..).zip(&plan.fields).map(|(index, _)| index).collect());
    let of_caller = plan
        .callers
        .iter()
        .map(|caller| {
            let mut masked = vec![caller.sees != Sees::All; plan.fields.len()];
            if let Sees::Fields(seen) = &caller.sees {
                for field in seen {
                    if let Some(masked) = indices.get(field.as_str()).and_then(|&index| masked.get_mut(index)) {
                        *masked = false;
                    }
                }
            }
            number((0..).zip(masked).filter(|&(_, masked)| masked).map(|(index, _)| index).collect())
        })
        .collect();
    (sets, of_caller)
}
