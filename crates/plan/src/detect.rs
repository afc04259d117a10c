//! What is masked wherever it stands, beside the fields.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Decision, Decisions, MemberNames, Names, View};

/// What is looked for in every text, number, member name and arriving header of a masked view that no field masks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Detect {
    /// Kinds of values and groups of kinds, by name; `named` for values that count beside a name only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub find: Vec<String>,
    /// Regular expressions, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub patterns: BTreeMap<String, String>,
    /// What stands in for a match. A number becomes `null`.
    #[serde(default = "hidden")]
    pub with: String,
    /// Values that are not looked through: RFC 9535 queries that do not look ahead.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<String>,
}

fn hidden() -> String {
    "***".to_owned()
}

impl Default for Detect {
    fn default() -> Self {
        Self { find: Vec::new(), patterns: BTreeMap::new(), with: hidden(), except: Vec::new() }
    }
}

impl Detect {
    /// Whether it looks for nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.find.is_empty() && self.patterns.is_empty()
    }

    /// Adds all that another looks for. Where one looks, both do.
    pub(crate) fn add(&mut self, other: &Self) {
        self.except.retain(|path| other.except.contains(path));
        self.find.extend(other.find.iter().filter(|word| !self.find.contains(word)).cloned().collect::<Vec<_>>());
        for (name, pattern) in &other.patterns {
            let mut name = name.clone();
            while self.patterns.get(&name).is_some_and(|known| known != pattern) {
                name.push('+');
            }
            self.patterns.insert(name, pattern.clone());
        }
    }
}

/// What a view looks for, and where it does not look.
#[derive(Debug, Clone, PartialEq)]
pub struct Detects<'a> {
    /// What is looked for.
    pub detect: &'a Detect,
    /// Paths of what the caller may see, and how their names are compared.
    pub seen: Vec<(&'a str, Names)>,
    /// Paths of members whose names it may see.
    pub seen_names: Vec<(&'a str, Names)>,
}

impl Decisions {
    /// What a view looks for beside its fields; `None` where nothing.
    #[must_use]
    pub fn detects(&self, view: View) -> Option<Detects<'_>> {
        let (masked, on_route) = self.of_view(view);
        let (masked, detect) = (masked?, on_route?.detect.as_ref()?);
        let rest = u32::try_from(self.plan().fields.len()).ok()?;
        if detect.is_empty() || !masked.contains(&rest) {
            return None;
        }
        let mut detects = Detects { detect, seen: Vec::new(), seen_names: Vec::new() };
        for (_, field) in (0..).zip(&self.plan().fields).filter(|(at, _)| !masked.contains(at)) {
            let paths = field.paths.iter().map(|path| (path.as_str(), field.names));
            match field.keys {
                MemberNames::Mask => detects.seen_names.extend(paths),
                MemberNames::Keep => detects.seen.extend(paths),
            }
        }
        Some(detects)
    }

    /// What is looked for in some response to a source with this certificate. It is a net and no proof, so that no form of a field
    /// is better for it.
    #[must_use]
    pub fn detects_for(&self, principal: Option<&str>) -> Vec<&Detect> {
        let mut all: Vec<&Detect> = Vec::new();
        for caller in self.callers_of(principal) {
            for route in self.reachable_routes() {
                let Decision::Mask(masked) = self.decide(caller, route) else { continue };
                let Some(Detects { detect, .. }) = self.detects(masked.view) else { continue };
                if !self.is_observed(route) && !all.contains(&detect) {
                    all.push(detect);
                }
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Plan, RouteChoice};

    fn plan(detect: serde_json::Value, routes: serde_json::Value) -> Decisions {
        let plan: Plan = serde_json::from_value(serde_json::json!({
            "version": 1,
            "fields": [{ "name": "a", "paths": ["$..a"], "mask": "redact" }],
            "callers": [
                { "name": "some", "match": [{ "principal": "spiffe://t/some" }], "sees": ["a"] },
                { "name": "every", "match": [{ "principal": "spiffe://t/every" }], "sees": "all" },
            ],
            "detect": detect,
            "routes": routes,
        }))
        .unwrap();
        Decisions::new(plan)
    }

    fn view(decisions: &Decisions, caller: Option<usize>, route: RouteChoice) -> Option<Detects<'_>> {
        let Decision::Mask(masked) = decisions.decide(caller, route) else { return None };
        decisions.detects(masked.view)
    }

    #[test]
    fn who_sees_every_field_by_name_is_still_looked_after_and_who_sees_all_is_not() {
        let decisions = plan(serde_json::json!({ "find": ["strong"] }), serde_json::json!([]));
        let seen = view(&decisions, Some(0), RouteChoice::Unlisted).unwrap();
        assert_eq!(seen.seen, [("$..a", Names::Exact)]);
        assert_eq!(view(&decisions, None, RouteChoice::Unlisted).unwrap().seen, []);
        assert_eq!(decisions.decide(Some(1), RouteChoice::Unlisted), Decision::Clear);
        assert_eq!(decisions.detects_for(Some("spiffe://t/every")).len(), 0);
        assert_eq!(decisions.detects_for(None).len(), 1);
    }

    #[test]
    fn a_route_looks_for_its_own_and_one_that_cannot_be_told_for_all() {
        let decisions = plan(
            serde_json::json!({ "find": ["email"], "patterns": { "p": "x1" }, "except": ["$.b", "$.c"] }),
            serde_json::json!([
                { "name": "none", "match": { "path": "/none" }, "detect": {} },
                { "name": "other", "match": { "path": "/o" }, "detect": { "find": ["card"], "patterns": { "p": "x2" }, "except": ["$.c"] } },
            ]),
        );
        assert_eq!(view(&decisions, None, RouteChoice::Listed(0)), None);
        let other = view(&decisions, None, RouteChoice::Listed(1)).unwrap();
        assert_eq!(other.detect.find, ["card"]);
        let unclear = view(&decisions, None, RouteChoice::Unclear).unwrap();
        assert_eq!(unclear.detect.find, ["email", "card"]);
        assert_eq!(unclear.detect.patterns.len(), 2);
        assert_eq!(unclear.detect.except, ["$.c"]);
        assert_eq!(decisions.detects_for(None).len(), 3);
    }
}
