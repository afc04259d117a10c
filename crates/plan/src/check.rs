//! Checks of a plan that its types cannot make: references, duplicates, bounds, contradictions.

use std::{collections::BTreeMap, ops::Deref};

use meshveil_mask::MaskSpec;

use crate::{
    Caller, Fault, Faults, Field, HeadersByName, Identity, Limits, Masking, MediaRange, MemberNames, Plan, PlanPath,
    Problem, Reads, RouteMatch, Sees, Segment, VERSION, check_header, is_media_type, is_plain_path,
};

/// Longest name of a policy, in bytes: it becomes a header and a filter state.
const LONGEST_POLICY: usize = 256;

/// Longest name of a field, caller or route, in bytes: names become metric names.
const LONGEST_NAME: usize = 128;

/// No bound may be set above this: a VM has at most 1 GiB for all its streams.
const LARGEST_LIMIT: usize = 64 << 20;

/// Deepest nesting a plan may allow.
const DEEPEST: usize = 100_000;

/// A plan that was checked: what the filter runs.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedPlan(Plan);

impl CheckedPlan {
    /// The plan, to be changed and checked again.
    #[must_use]
    pub fn into_plan(self) -> Plan {
        self.0
    }
}

impl Deref for CheckedPlan {
    type Target = Plan;

    fn deref(&self) -> &Plan {
        &self.0
    }
}

impl Plan {
    /// Checks what the types alone cannot say: versions, names, references, bounds.
    ///
    /// # Errors
    /// Every fault, in the order of the plan.
    pub fn check(self) -> Result<CheckedPlan, Faults> {
        let mut found = Found::default();
        found.plan(&self);
        match Faults::new(found.faults.into_iter()) {
            Some(faults) => Err(faults),
            None => Ok(CheckedPlan(self)),
        }
    }
}

/// Names seen so far.
type Names<'a> = BTreeMap<&'a str, usize>;

/// The faults found so far.
#[derive(Default)]
struct Found {
    faults: Vec<Fault>,
}

impl Found {
    fn check<const N: usize>(&mut self, path: [Segment; N], checked: Result<(), Problem>) {
        if let Err(problem) = checked {
            self.faults.push(Fault { path: path.into(), problem });
        }
    }

    fn plan_alone(&mut self, plan: &Plan) {
        self.check(["version".into()], holds(plan.version == VERSION, Problem::Version));
        let printable = plan.policy.len() <= LONGEST_POLICY && plan.policy.bytes().all(policy_byte);
        self.check(["policy".into()], holds(printable, Problem::PolicyName(LONGEST_POLICY)));
        let fields = self.fields(&plan.fields);
        self.callers(&plan.callers, &fields, !plan.trusted_hops.is_empty());
        self.routes(plan, &fields);
        for (at, hop) in plan.trusted_hops.iter().enumerate() {
            self.check(["trustedHops".into(), at.into()], principal(hop));
        }
        for (at, range) in plan.passes.iter().enumerate() {
            self.check(["passes".into(), at.into()], media_range(range, Reads::new(&plan.reads, None)));
        }
        for essence in plan.reads.keys() {
            self.check(["reads".into(), essence.clone().into()], media_type(essence));
        }
        self.headers(&[], &plan.headers);
        if let Some(key) = &plan.key {
            let is_name = |env: &str| holds(!env.is_empty() && !env.contains(['=', '\0']), Problem::Environment);
            let is_id = |id: &str| if id.is_empty() { Ok(()) } else { name(id) };
            self.check(["key".into(), "env".into()], is_name(&key.env));
            self.check(["key".into(), "id".into()], is_id(&key.id));
            if let Some(previous) = &key.previous {
                let path = |part: &'static str| ["key".into(), "previous".into(), part.into()];
                self.check(path("env"), is_name(&previous.env));
                self.check(path("id"), is_id(&previous.id));
                self.check(path("env"), holds(previous.env != key.env, Problem::SameKey));
                // Without a change of the id nothing tells the sidecars that the key is another.
                self.check(path("id"), holds(previous.id != key.id, Problem::SameKey));
            }
        }
        self.limits(&plan.limits);
    }

    /// A plan with what stands beside it.
    fn plan(&mut self, plan: &Plan) {
        self.plan_alone(plan);
        if let Some(next) = &plan.next {
            self.check(["next".into(), "next".into()], holds(next.next.is_none(), Problem::NextOfNext));
            let mut found = Self::default();
            found.plan_alone(next);
            self.faults.extend(found.faults.into_iter().map(|fault| fault.within("next")));
        }
    }

    fn name<'a>(&mut self, list: &'static str, at: usize, seen: &mut Names<'a>, text: &'a str) {
        let path = || [list.into(), at.into(), "name".into()];
        self.check(path(), name(text));
        let is_first = seen.insert(text, at).is_none();
        self.check(path(), if is_first { Ok(()) } else { Err(Problem::NamedTwice(text.to_owned())) });
    }

    fn fields<'a>(&mut self, fields: &'a [Field]) -> Names<'a> {
        let mut seen = Names::new();
        for (at, field) in fields.iter().enumerate() {
            self.name("fields", at, &mut seen, &field.name);
            let has_place = holds(!field.paths.is_empty() || !field.headers.is_empty(), Problem::NoQuery);
            self.check(["fields".into(), at.into(), "paths".into()], has_place);
            for (item, name) in field.headers.iter().enumerate() {
                let checked = check_header(name).map_err(Problem::Header);
                self.check(["fields".into(), at.into(), "headers".into(), item.into()], checked);
            }
            self.check(["fields".into(), at.into(), "mask".into()], name_mask(field, &field.mask));
            let one = field.keys == MemberNames::Keep || field.inside.is_none();
            self.check(["fields".into(), at.into(), "inside".into()], holds(one, Problem::NamesInside));
        }
        seen
    }

    fn callers(&mut self, callers: &[Caller], fields: &Names<'_>, has_hops: bool) {
        let mut seen = Names::new();
        for (at, caller) in callers.iter().enumerate() {
            self.name("callers", at, &mut seen, &caller.name);
            let is_known = holds(!caller.matches.is_empty(), Problem::NoIdentity);
            self.check(["callers".into(), at.into(), "match".into()], is_known);
            for (item, way) in caller.matches.iter().enumerate() {
                self.identity(at, item, way, has_hops);
            }
            if let Sees::Fields(names) = &caller.sees {
                for (item, name) in names.iter().enumerate() {
                    self.check(["callers".into(), at.into(), "sees".into(), item.into()], known(fields, name));
                }
            }
        }
    }

    fn identity(&mut self, caller: usize, item: usize, way: &Identity, has_hops: bool) {
        let path = |kind: &'static str| ["callers".into(), caller.into(), "match".into(), item.into(), kind.into()];
        let part = |kind: &'static str, part: &'static str| {
            let [list, caller, matches, item, kind] = path(kind);
            [list, caller, matches, item, kind, part.into()]
        };
        match way {
            Identity::Principal(id) => self.check(path("principal"), principal(id)),
            Identity::Claim { payload, issuer, name, value } => {
                let issuer = issuer.iter().map(|issuer| ("issuer", issuer));
                for (member, text) in [("payload", payload), ("name", name), ("value", value)].into_iter().chain(issuer)
                {
                    let is_text = !text.is_empty() && !text.contains('\0');
                    self.check(part("claim", member), holds(is_text, Problem::ClaimText));
                }
            }
            Identity::Header { name, value } => {
                let token = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
                let is_name = !name.is_empty() && name.bytes().all(token);
                self.check(part("header", "name"), holds(is_name, Problem::HeaderName));
                let is_value = !value.is_empty() && value.trim() == value;
                self.check(part("header", "value"), holds(is_value, Problem::HeaderValue));
                self.check(path("header"), holds(has_hops, Problem::NoTrustedHop));
            }
        }
    }

    fn routes(&mut self, plan: &Plan, fields: &Names<'_>) {
        let mut seen = Names::new();
        for (at, route) in plan.routes.iter().enumerate() {
            self.name("routes", at, &mut seen, &route.name);
            let path = |member: &'static str| ["routes".into(), at.into(), member.into()];
            for (name, mask) in &route.fields {
                self.check(path("fields"), known(fields, name));
                let field = fields.get(name.as_str()).and_then(|&at| plan.fields.get(at));
                self.check(path("fields"), field.map_or(Ok(()), |field| name_mask(field, mask)));
            }
            for (name, paths) in &route.except {
                let path = || ["routes".into(), at.into(), "except".into(), name.clone().into()];
                self.check(path(), known(fields, name));
                self.check(path(), holds(!paths.is_empty(), Problem::NoQuery));
            }
            for (item, range) in route.passes.iter().enumerate() {
                let range = media_range(range, Reads::new(&plan.reads, Some(&route.reads)));
                self.check(["routes".into(), at.into(), "passes".into(), item.into()], range);
            }
            self.headers(&["routes".into(), at.into()], &route.headers);
            for essence in route.reads.keys() {
                self.check(["routes".into(), at.into(), "reads".into(), essence.clone().into()], media_type(essence));
            }
            for (member, is_empty) in [
                ("fields", route.fields.is_empty()),
                ("except", route.except.is_empty()),
                ("passes", route.passes.is_empty()),
                ("reads", route.reads.is_empty()),
                ("badLines", route.bad_lines.is_none()),
                ("headers", route.headers.is_empty()),
                ("writes", route.writes.is_none()),
                ("unlisted", route.unlisted.is_none()),
                ("shows", route.shows.is_empty()),
                ("detect", route.detect.is_none()),
                ("stage", route.stage.is_none()),
            ] {
                self.check(path(member), holds(is_empty || route.masking == Masking::On, Problem::OfUnmasked));
            }
            if let Some(conditions) = &route.matches {
                self.conditions(at, conditions);
            }
        }
    }

    fn headers(&mut self, within: &[Segment], listed: &HeadersByName) {
        for name in listed.keys() {
            if let Err(fault) = check_header(name) {
                let mut fault = Fault { path: PlanPath::default(), problem: Problem::Header(fault) }
                    .within(name.clone())
                    .within("headers");
                for segment in within.iter().rev() {
                    fault = fault.within(segment.clone());
                }
                self.faults.push(fault);
            }
        }
    }

    fn conditions(&mut self, route: usize, conditions: &RouteMatch) {
        let path = || ["routes".into(), route.into(), "match".into()];
        let part = |part: &'static str| ["routes".into(), route.into(), "match".into(), part.into()];
        self.check(path(), holds(*conditions != RouteMatch::default(), Problem::NoCondition));
        let is_one = conditions.path.is_none() || conditions.prefix.is_none();
        self.check(path(), holds(is_one, Problem::PathAndPrefix));
        for (member, text) in [("path", &conditions.path), ("prefix", &conditions.prefix)] {
            self.check(part(member), text.as_deref().map_or(Ok(()), one_path));
        }
        for (member, text) in [("routeName", &conditions.route_name), ("host", &conditions.host)] {
            self.check(part(member), holds(text.as_deref() != Some(""), Problem::Empty));
        }
        for (at, method) in conditions.methods.iter().enumerate() {
            let is_method = !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-');
            let [routes, route, matches, methods] = part("methods");
            self.check([routes, route, matches, methods, at.into()], holds(is_method, Problem::Method));
        }
    }

    fn limits(&mut self, limits: &Limits) {
        let path = |member: &'static str| ["limits".into(), member.into()];
        let within =
            |number: usize, most, unit| holds((1..=most).contains(&number), Problem::OutOfRange { most, unit });
        self.check(path("depth"), within(limits.depth, DEEPEST, ""));
        for (member, bytes) in [("key", limits.key), ("value", limits.value), ("held", limits.held)] {
            self.check(path(member), within(bytes, LARGEST_LIMIT, " bytes"));
        }
        self.check(path("steps"), holds(limits.steps > 0, Problem::Zero));
    }
}

fn holds(is_so: bool, problem: Problem) -> Result<(), Problem> {
    if is_so { Ok(()) } else { Err(problem) }
}

/// Names end up in metrics and logs, so their alphabet is small.
fn name(text: &str) -> Result<(), Problem> {
    holds(!text.is_empty(), Problem::Empty)?;
    holds(text.len() <= LONGEST_NAME, Problem::TooLong(LONGEST_NAME))?;
    holds(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./:".contains(&byte)), Problem::Alphabet)
}

/// The name of a policy stands in receipts, whose parts are separated by `;` and `=`.
const fn policy_byte(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b';' | b'=' | b'"')
}

fn known(fields: &Names<'_>, name: &str) -> Result<(), Problem> {
    if fields.contains_key(name) { Ok(()) } else { Err(Problem::UnknownField(name.to_owned())) }
}

/// What stands in for a name is a text.
fn name_mask(field: &Field, mask: &MaskSpec) -> Result<(), Problem> {
    let is_text = !matches!(mask, MaskSpec::Omit(_) | MaskSpec::Null(_));
    holds(field.keys == MemberNames::Keep || is_text, Problem::NotAName(mask.id()))
}

fn principal(id: &str) -> Result<(), Problem> {
    let workload = id.strip_prefix("spiffe://").unwrap_or_default();
    holds(!workload.is_empty() && id.bytes().all(|byte| byte.is_ascii_graphic()), Problem::NotSpiffe)?;
    holds(!id.contains('*'), Problem::Wildcard)
}

fn media_range(range: &MediaRange, reads: Reads<'_>) -> Result<(), Problem> {
    holds(range.is_well_formed(), Problem::MediaType)?;
    holds(reads.of(&range.0).is_none(), Problem::ReadAsJson)
}

fn media_type(essence: &str) -> Result<(), Problem> {
    holds(is_media_type(essence), Problem::ExactMediaType)
}

fn one_path(text: &str) -> Result<(), Problem> {
    holds(text.starts_with('/') && !text.contains('?'), Problem::PathForm)?;
    holds(is_plain_path(text.as_bytes()), Problem::TwoReadings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_masked_by_texts_and_hold_no_documents() {
        let plan: Plan = serde_json::from_value(serde_json::json!({
            "version": 1,
            "fields": [
                { "name": "a", "paths": ["$.a.*"], "keys": "mask", "mask": "drop" },
                { "name": "b", "paths": ["$.b.*"], "keys": "mask", "inside": "json", "mask": "redact" },
            ],
            "routes": [{ "name": "r", "fields": { "b": "null" } }],
        }))
        .unwrap();
        let faults = plan.check().unwrap_err();
        let paths: Vec<String> = faults.iter().map(|fault| fault.path.to_string()).collect();
        assert_eq!(paths, ["fields[0].mask", "fields[1].inside", "routes[0].fields"]);
    }

    #[test]
    fn every_fault_is_reported_with_its_path() {
        let plan: Plan = serde_json::from_value(serde_json::json!({
            "version": 2,
            "fields": [{ "name": "a b", "paths": [], "mask": "null" }],
            "callers": [{ "name": "x", "match": [{ "principal": "spiffe://*" }], "sees": ["a b", "c"] }],
            "limits": { "depth": 0 },
        }))
        .unwrap();
        let faults = plan.check().unwrap_err();
        let texts: Vec<String> = faults.iter().map(Fault::to_string).collect();
        assert_eq!(
            texts,
            [
                "this build reads version 1 only at `version`",
                "may hold letters, digits and `-_./:` only at `fields[0].name`",
                "must hold at least one query at `fields[0].paths`",
                "is compared exactly; `*` has no meaning here at `callers[0].match[0].principal`",
                "no field is named `c` at `callers[0].sees[1]`",
                "must be between 1 and 100000 at `limits.depth`",
            ]
        );
        assert_eq!(faults.to_string(), "plan: this build reads version 1 only at `version` (and 5 more)");
        assert_eq!(faults.others[0].path.segments(), ["fields".into(), 0.into(), "name".into()]);
    }
}
