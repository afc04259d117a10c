//! The guard: it refuses requests without the marker of the masking filter.

use meshveil_plan::MARK_KEY;
use meshveil_text::{
    block, flow,
    yaml::{Map, quoted},
};
use serde_json::Value;

use crate::{authorization::allow_rules, field, filter::is_disabled, names};

/// An RBAC filter that allows only requests with the marker of a policy's masking filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    /// What the filter leaves on requests: the name of the policy, `namespace/name`.
    pub mark: String,
}

impl Guard {
    /// The filter.
    #[must_use]
    pub fn write(&self) -> Map {
        let state = flow!({ key: MARK_KEY, string_match: { exact: quoted(&self.mark) } });
        block!({
            name: names::GUARD,
            typed_config: {
                "@type": names::url(names::RBAC_TYPE),
                rules: {
                    action: "ALLOW",
                    policies: {
                        "seen-by-the-filter": {
                            permissions: flow!([{ any: true }]),
                            principals: flow!([{ filter_state: state }]),
                        },
                    },
                },
            },
        })
    }

    /// Reads a filter; `None` where it is another, does nothing, or also allows requests without a marker.
    #[must_use]
    pub fn read(filter: &Value) -> Option<Self> {
        let rules = allow_rules(filter).filter(|_| !is_disabled(filter))?;
        let policies = field::get(rules, "policies")?.as_object()?;
        let policy = policies.values().next().filter(|_| policies.len() == 1)?;
        let state = field::get(field::only(policy, "principals")?, "filter_state")?;
        let mark = field::at(state, &["string_match", "exact"])?.as_str()?;
        (field::text(state, "key") == Some(MARK_KEY)).then(|| Self { mark: mark.to_owned() })
    }
}
