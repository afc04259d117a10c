//! Who is calling: evidence of a request to at most one caller of the plan, and the fields that are masked for it.

use std::collections::BTreeMap;

use crate::{Identity, Plan, Sees};

/// The claim that says who signed a token (RFC 7519, section 4.1.1).
const ISSUER: &str = "iss";

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
#[derive(Debug, Clone)]
pub struct Callers {
    by_identity: BTreeMap<Identity, Vec<usize>>,
    /// Payload and name of every claim that tells callers apart.
    claims: Vec<(String, String)>,
    /// Every header that tells callers apart.
    headers: Vec<String>,
    asks_principal: bool,
    asks_issuer: bool,
    trusted_hops: Vec<String>,
    /// Distinct sets of masked fields, as indices, ascending; the first is every field.
    masked: Vec<Vec<u32>>,
    /// Per set of masked fields, the fields that are not in it, ascending: most callers see few fields of many.
    seen: Vec<Vec<u32>>,
    /// Per caller, an index into `masked`.
    masked_of_caller: Vec<usize>,
}

impl Callers {
    /// The callers of a plan.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        let mut by_identity: BTreeMap<Identity, Vec<usize>> = BTreeMap::new();
        for (index, caller) in plan.callers.iter().enumerate() {
            for identity in &caller.matches {
                by_identity.entry(identity.clone()).or_default().push(index);
            }
        }
        let (mut claims, mut headers, mut asks_principal, mut asks_issuer) = (Vec::new(), Vec::new(), false, false);
        // In their order, identities that differ only in the value are neighbours.
        for identity in by_identity.keys() {
            match identity {
                Identity::Principal(_) => asks_principal = true,
                Identity::Claim { payload, name, issuer, .. } => {
                    asks_issuer |= issuer.is_some();
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
        let seen = masked.iter().map(|masked| rest(masked, count(plan))).collect();
        let trusted_hops = plan.trusted_hops.clone();
        Self { by_identity, claims, headers, asks_principal, asks_issuer, trusted_hops, masked, seen, masked_of_caller }
    }

    /// Distinct sets of masked fields, as indices; the first is every field.
    pub(crate) fn masked(&self) -> &[Vec<u32>] {
        &self.masked
    }

    /// Which of the sets holds for a caller; `None` is one who is not listed.
    pub(crate) fn masked_for(&self, caller: Option<usize>) -> usize {
        caller.and_then(|index| self.masked_of_caller.get(index)).copied().unwrap_or(0)
    }

    /// The caller, or `None` when no listed one fits, or when of those that fit none sees least.
    #[must_use]
    pub fn identify(&self, evidence: &dyn Evidence) -> Option<usize> {
        self.least(&self.fitting(evidence))
    }

    /// Every caller that the evidence fits.
    #[must_use]
    pub fn fitting(&self, evidence: &dyn Evidence) -> Vec<usize> {
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
            let values = evidence.claim(payload, name);
            if values.is_empty() {
                continue;
            }
            let signer = match (self.asks_issuer, evidence.claim(payload, ISSUER).as_slice()) {
                (true, [issuer]) => Some(issuer.clone()),
                _ => None,
            };
            let issuers = || std::iter::once(None).chain(signer.clone().map(Some));
            for (value, issuer) in values.iter().flat_map(|value| issuers().map(move |issuer| (value, issuer))) {
                add(Identity::Claim { payload: payload.clone(), issuer, name: name.clone(), value: value.clone() });
            }
        }
        fitting
    }

    /// The headers, by name and value, by which a peer with this principal can ask as a caller: none unless it is a trusted
    /// hop.
    pub fn headers_from(&self, principal: Option<&str>) -> impl Iterator<Item = (&str, &str)> {
        let is_hop = principal.is_some_and(|principal| self.trusted_hops.iter().any(|hop| hop == principal));
        self.by_identity.keys().filter(move |_| is_hop).filter_map(|identity| match identity {
            Identity::Header { name, value } => Some((name.as_str(), value.as_str())),
            Identity::Principal(_) | Identity::Claim { .. } => None,
        })
    }

    /// Of several callers the first whose fields all the others see too.
    fn least(&self, fitting: &[usize]) -> Option<usize> {
        let is_least = |&one: &usize| fitting.iter().all(|&other| self.sees_no_more(one, other));
        fitting.iter().copied().filter(is_least).min()
    }

    /// Whether a caller sees no field that another does not see.
    #[must_use]
    pub fn sees_no_more(&self, one: usize, other: usize) -> bool {
        let (one, other) = (self.masked_for(Some(one)), self.masked_for(Some(other)));
        let seen = |set: usize| self.seen.get(set).map_or(&[][..], Vec::as_slice);
        let (less, more) = (seen(one), seen(other));
        one == other || (less.len() <= more.len() && less.iter().all(|field| more.binary_search(field).is_ok()))
    }

    /// The fields that a caller does not see, as indices, ascending; the number of fields itself stands for what no path lists,
    /// where something happens to it on some route. `None` is a caller who is not listed.
    #[must_use]
    pub fn masked_fields(&self, caller: Option<usize>) -> &[u32] {
        self.masked.get(self.masked_for(caller)).map_or(&[], Vec::as_slice)
    }

    /// Whether a caller sees a field in clear.
    #[must_use]
    pub fn sees(&self, caller: usize, field: usize) -> bool {
        u32::try_from(field).is_ok_and(|field| self.masked_fields(Some(caller)).binary_search(&field).is_err())
    }
}

/// The fields below `count` that a set, ascending, does not hold.
fn rest(set: &[u32], count: usize) -> Vec<u32> {
    let mut set = set.iter().copied().peekable();
    (0..).take(count).filter(|field| set.next_if_eq(field).is_none()).collect()
}

/// The number of fields; what no path lists, and what is detected, counts as one more, which only callers see who see all.
fn count(plan: &Plan) -> usize {
    plan.fields.len() + usize::from(plan.has_allow_list() || plan.has_net())
}

/// Distinct sets of masked fields (the first is all of them), and the set of each caller.
fn masked_fields(plan: &Plan) -> (Vec<Vec<u32>>, Vec<usize>) {
    let indices = plan.field_indices();
    let mut sets: Vec<Vec<u32>> = Vec::new();
    let mut numbers: BTreeMap<Vec<u32>, usize> = BTreeMap::new();
    let mut number = |set: Vec<u32>| {
        *numbers.entry(set).or_insert_with_key(|set| {
            sets.push(set.clone());
            sets.len() - 1
        })
    };
    number((0..).zip(0..count(plan)).map(|(index, _)| index).collect());
    let of_caller = plan
        .callers
        .iter()
        .map(|caller| {
            let mut masked = vec![caller.sees != Sees::All; count(plan)];
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

#[cfg(test)]
mod tests {
    use meshveil_mask::MaskSpec;
    use serde_json::json;

    use super::*;
    use crate::Field;

    #[derive(Default)]
    struct Told {
        principal: Option<&'static str>,
        claims: Vec<(&'static str, &'static str)>,
        header: Option<&'static str>,
    }

    impl Evidence for Told {
        fn principal(&self) -> Option<String> {
            self.principal.map(str::to_owned)
        }

        fn claim(&self, _payload: &str, name: &str) -> Vec<String> {
            self.claims.iter().filter(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()).collect()
        }

        fn header(&self, _name: &str) -> Option<String> {
            self.header.map(str::to_owned)
        }
    }

    fn plan() -> Plan {
        let text = json!({
            "version": 1,
            "fields": [],
            "callers": [
                { "name": "billing", "match": [{ "principal": "spiffe://t/billing" }], "sees": "all" },
                { "name": "support", "match": [{ "claim": { "name": "group", "value": "support" } }] },
                { "name": "desk", "match": [{ "header": { "name": "x-who", "value": "desk" } }] },
                {
                    "name": "admin",
                    "match": [{ "claim": { "issuer": "https://a", "name": "group", "value": "admin" } }],
                    "sees": "all",
                },
            ],
            "trustedHops": ["spiffe://t/gateway"],
        });
        serde_json::from_value(text).unwrap()
    }

    fn fields() -> Vec<Field> {
        let field = |name: &str| Field {
            names: crate::Names::default(),
            keys: crate::MemberNames::default(),
            inside: None,
            name: name.to_owned(),
            paths: vec!["$.a".to_owned()],
            headers: Vec::new(),
            mask: MaskSpec::Redact(meshveil_mask::Redact::default()),
        };
        vec![field("a"), field("b")]
    }

    #[test]
    fn caller_is_the_least_of_all_that_fit() {
        let mut plan = plan();
        plan.fields = fields();
        let callers = Callers::new(&plan);
        let cases = [
            (Told::default(), None),
            (Told { principal: Some("spiffe://t/billing"), ..Told::default() }, Some(0)),
            (Told { principal: Some("spiffe://t/billing2"), ..Told::default() }, None),
            (Told { claims: vec![("group", "dev"), ("group", "support")], ..Told::default() }, Some(1)),
            (Told { principal: Some("spiffe://t/billing"), claims: vec![("group", "support")], header: None }, Some(1)),
            (Told { principal: Some("spiffe://t/gateway"), header: Some("desk"), claims: vec![] }, Some(2)),
            (Told { principal: Some("spiffe://t/billing"), header: Some("desk"), claims: vec![] }, Some(0)),
            (Told { header: Some("desk"), ..Told::default() }, None),
            (Told { claims: vec![("group", "admin"), ("iss", "https://a")], ..Told::default() }, Some(3)),
            (Told { claims: vec![("group", "admin"), ("iss", "https://b")], ..Told::default() }, None),
            (Told { claims: vec![("group", "admin")], ..Told::default() }, None),
            (
                Told {
                    claims: vec![("group", "admin"), ("iss", "https://a"), ("iss", "https://b")],
                    ..Told::default()
                },
                None,
            ),
            (Told { claims: vec![("group", "support"), ("iss", "https://b")], ..Told::default() }, Some(1)),
        ];
        for (told, expected) in cases {
            assert_eq!(callers.identify(&told), expected, "{:?} {:?} {:?}", told.principal, told.claims, told.header);
        }
    }

    #[test]
    fn callers_that_contradict_each_other_are_nobody() {
        let mut plan = plan();
        plan.fields = fields();
        plan.callers[1].sees = Sees::Fields(vec!["a".to_owned()]);
        plan.callers[2].sees = Sees::Fields(vec!["b".to_owned()]);
        let callers = Callers::new(&plan);
        let told =
            Told { principal: Some("spiffe://t/gateway"), claims: vec![("group", "support")], header: Some("desk") };
        assert_eq!(callers.identify(&told), None);
    }

    #[test]
    fn equal_sets_of_fields_share_a_view() {
        let mut plan = plan();
        plan.fields = fields();
        plan.callers[1].sees = Sees::Fields(vec!["b".to_owned(), "a".to_owned()]);
        plan.callers[2].sees = Sees::Fields(vec!["a".to_owned()]);
        let (sets, of_caller) = masked_fields(&plan);
        assert_eq!(sets, [vec![0, 1], vec![], vec![1]]);
        assert_eq!(of_caller, [1, 1, 2, 1]);
    }
}
