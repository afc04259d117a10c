//! The plan most tests use: five fields, three callers, four routes.

use serde_json::{Value, json};

use crate::certificate::spiffe;

/// A plan for `{"customer": {"ssn", "email", "card": {"number"}, "notes", "id", ...}}` and the like.
#[must_use]
pub fn shop() -> Value {
    json!({
        "version": 1,
        "policy": "shop/customers",
        "fields": [
            {"name": "ssn", "paths": ["$..ssn"], "mask": {"redact": {"with": "***-**-****"}}},
            {"name": "card", "paths": ["$..card.number"], "mask": {"partial": {"keepLast": 4}}},
            {"name": "email", "paths": ["$..email"], "mask": "email"},
            {"name": "notes", "paths": ["$.orders[*].notes", "$.notes"], "mask": "redact"},
            {"name": "iban", "paths": ["$..iban"], "mask": {"pseudonym": {"prefix": "iban_"}}}
        ],
        "callers": [
            {"name": "billing", "match": [{"principal": spiffe("billing")}], "sees": "all"},
            {"name": "support", "match": [{"principal": spiffe("support")}], "sees": ["email"]},
            {"name": "frontend", "match": [{"principal": spiffe("frontend")}]}
        ],
        "others": "masked",
        "routes": [
            {"name": "health", "match": {"path": "/healthz"}, "masking": "off"},
            {"name": "export", "match": {"prefix": "/export"}, "fields": {"email": "redact"}},
            {"name": "open", "masking": "off"},
            {"name": "tight", "fields": {"card": "null"}}
        ],
        "key": {"env": "MESHVEIL_KEY", "id": "test"}
    })
}

/// [`shop`], with some members replaced.
#[must_use]
pub fn shop_with(members: &[(&str, Value)]) -> Value {
    let mut plan = shop();
    for (name, value) in members {
        if let Some(plan) = plan.as_object_mut() {
            plan.insert((*name).to_owned(), value.clone());
        }
    }
    plan
}
