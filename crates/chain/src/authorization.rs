//! Who may send a request at all.

use meshveil_text::{
    block, flow,
    yaml::{Map, quoted},
};
use serde_json::Value;

use crate::{field, names};

/// The RBAC filter that lets listed callers through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Authorization {
    /// Any client with a certificate may send a request.
    pub others: bool,
    /// Callers by their certificate.
    pub admitted: Vec<Admitted>,
}

/// A caller that may send requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    /// Its name, for the reader: names need not be unique.
    pub name: String,
    /// Its SPIFFE id.
    pub principal: String,
    /// Where it comes from, for the reader; nothing reads it back.
    pub comment: String,
}

/// The name of the policy that allows any client with a certificate.
const OTHERS: &str = "others";

impl Authorization {
    /// The filter.
    #[must_use]
    pub fn write(&self) -> Map {
        let mut policies = Map::default();
        if self.others {
            policies.comment("others: masked");
            policies.set(quoted(OTHERS), flow!({ permissions: [{ any: true }], principals: [{ authenticated: {} }] }));
        }
        for (at, Admitted { name, principal, comment }) in self.admitted.iter().enumerate() {
            if !comment.is_empty() {
                policies.comment(comment);
            }
            let exact = flow!({ exact: quoted(principal) });
            // Envoy sorts policies by their names, which are unique.
            policies.set(
                quoted(format!("{at:03}-{name}")),
                block!({
                    permissions: flow!([{ any: true }]),
                    principals: flow!([{ authenticated: { principal_name: exact } }]),
                }),
            );
        }
        block!({
            name: names::RBAC,
            typed_config: { "@type": names::url(names::RBAC_TYPE), rules: { action: "ALLOW", policies: policies } },
        })
    }

    /// Reads a filter; `None` where it is another, or asks for anything but names of certificates.
    #[must_use]
    pub fn read(filter: &Value) -> Option<Self> {
        let rules = allow_rules(filter)?;
        let mut found = Self::default();
        let mut admitted = Vec::new();
        for (name, policy) in field::get(rules, "policies")?.as_object()? {
            let principal = field::only(policy, "principals")?;
            if !field::is_true(field::only(policy, "permissions")?, "any") || policy.as_object()?.len() > 2 {
                return None;
            }
            let authenticated = field::get(principal, "authenticated")?;
            if name == OTHERS && authenticated.as_object()?.is_empty() {
                found.others = true;
                continue;
            }
            let (at, name) = name.split_once('-')?;
            let principal = field::at(authenticated, &["principal_name", "exact"])?.as_str()?.to_owned();
            admitted.push((
                at.parse::<usize>().ok()?,
                Admitted { name: name.to_owned(), principal, comment: String::new() },
            ));
        }
        admitted.sort_by_key(|(at, _)| *at);
        found.admitted = admitted.into_iter().map(|(_, admitted)| admitted).collect();
        Some(found)
    }
}

/// The rules of an RBAC filter, where they say who is let through.
pub(crate) fn allow_rules(filter: &Value) -> Option<&Value> {
    let rules = field::get(field::settings(filter, names::RBAC_TYPE)?, "rules")?;
    field::get(rules, "action").is_none_or(|action| action == "ALLOW" || *action == 0).then_some(rules)
}
