//! Every path from one source to one workload, the most exposing first, with what each layer says.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use meshveil_plan::{Masking, Others, Plan, Route, Sees};
use meshveil_policy::Policy;
use meshveil_reach::{
    Reach,
    network::Endpoint,
    verdict::{
        Credential, Entry, Form, Outcome, Path, Verdict,
        form::{asks_for, recognised, view},
    },
};
use meshveil_text::Span;
use serde_json::{Value, json};

use crate::{
    Failure,
    cluster::{Cluster, protected_by},
    names::{by_form, nearest},
};

/// What one layer says.
pub(super) struct Line {
    pub(super) layer: &'static str,
    pub(super) passed: bool,
    pub(super) text: String,
    /// `file:line` of what decided.
    pub(super) places: Vec<String>,
}

/// One path.
pub(super) struct Explained {
    /// `mTLS, Service shop/customers:80, TCP 8080`
    pub(super) way: String,
    path: Path,
    /// What becomes of a request: `unreachable`, `denied` or `served`.
    pub(super) outcome: &'static str,
    /// Whether it depends on what is not known about the request.
    pub(super) conditional: bool,
    /// The form of each field that was asked for; none where nothing is known to be sensitive.
    pub(super) forms: BTreeMap<String, Form>,
    pub(super) lines: Vec<Line>,
    pub(super) remedy: Option<String>,
}

/// Everything about one source and one workload.
pub(super) struct Answer {
    pub(super) source: String,
    pub(super) destination: String,
    /// Fields in the order of the policy.
    pub(super) fields: Vec<String>,
    /// The most exposing first.
    pub(super) paths: Vec<Explained>,
    /// What is worth knowing beside it.
    pub(super) notes: Vec<String>,
}

impl Answer {
    pub(super) fn find(
        cluster: &Cluster,
        reach: &Reach<'_>,
        source: Endpoint,
        destination: usize,
        port: Option<u16>,
        field: Option<&str>,
    ) -> Result<Self, Failure> {
        let policy = cluster.policies.iter().find(|policy| protected_by(policy, reach).contains(&destination));
        let plan = policy.map(Policy::plan).or_else(|| reach.plan_of(destination));
        let title = reach.network.title(Endpoint::Workload(destination));
        let fields = asked_fields(plan.as_ref(), field, &title)?;
        let explainer = Explainer { reach, policy, plan: plan.as_ref(), fields: &fields, only: field };
        let paths = match port {
            Some(port) => reach.paths_to_port(source, destination, port),
            None => reach.paths(source, destination),
        };
        let mut paths: Vec<Explained> = paths.iter().map(|path| explainer.explain(path)).collect();
        paths.sort_by_key(|path| Reverse(path.weight()));
        let mut notes = Vec::new();
        if source == Endpoint::Workload(destination) {
            notes.push("a workload always reaches itself; this is about one of its pods that asks another".to_owned());
        }
        if let (Some(policy), Some(own)) = (policy, reach.plan_of(destination))
            && !masks_alike(&own, &policy.plan())
        {
            let name = &policy.name.value;
            notes.push(format!(
                "the settings of the filter are not those of policy `{name}`: `meshveil generate` writes them"
            ));
        }
        Ok(Self { source: reach.network.title(source), destination: title, fields, paths, notes })
    }

    pub(super) fn to_json(&self) -> Value {
        let line =
            |line: &Line| json!({"layer": line.layer, "passed": line.passed, "text": line.text, "places": line.places});
        let path = |explained: &Explained| {
            let forms = explained.forms.iter().map(|(field, form)| (field.clone(), json!(form.name())));
            json!({
                "way": explained.way,
                "credential": explained.path.credential.name(),
                "port": explained.path.port,
                "declared": explained.path.declared,
                "outcome": explained.outcome,
                "conditional": explained.conditional,
                "fields": forms.collect::<serde_json::Map<_, _>>(),
                "steps": explained.lines.iter().map(line).collect::<Vec<_>>(),
                "remedy": explained.remedy,
            })
        };
        json!({
            "source": self.source,
            "destination": self.destination,
            "paths": self.paths.iter().map(path).collect::<Vec<_>>(),
            "notes": self.notes,
        })
    }
}

/// Whether two plans mask the same for the same callers.
fn masks_alike(one: &Plan, other: &Plan) -> bool {
    let callers = |plan: &Plan| {
        let mut callers = plan.callers.clone();
        callers.sort_by(|a, b| a.name.cmp(&b.name));
        callers
    };
    one.fields == other.fields
        && callers(one) == callers(other)
        && one.others == other.others
        && one.routes == other.routes
        && one.trusted_hops == other.trusted_hops
}

fn asked_fields(plan: Option<&Plan>, field: Option<&str>, title: &str) -> Result<Vec<String>, Failure> {
    let known: Vec<String> = plan.into_iter().flat_map(|plan| &plan.fields).map(|field| field.name.clone()).collect();
    let Some(field) = field else { return Ok(known) };
    if known.iter().any(|name| name == field) {
        return Ok(vec![field.to_owned()]);
    }
    let hint = nearest(field, known).map(|near| format!(": did you mean `{near}`?")).unwrap_or_default();
    Err(Failure::Usage(format!("no policy for `{title}` has a field `{field}`{hint}")))
}

impl Explained {
    /// The most exposing path weighs most; among equals the one that came furthest, then the ordinary one.
    fn weight(&self) -> (Option<Form>, bool, bool, usize, bool, bool) {
        let worst = self.forms.values().max().copied();
        let passed = self.lines.iter().take_while(|line| line.passed).count();
        let ordinary = matches!(self.path.entry, Entry::Service(_) | Entry::Gateway(..));
        let identified = self.path.credential != Credential::Plaintext;
        (worst, self.outcome == "served", self.path.declared, passed, identified, ordinary)
    }
}

struct Explainer<'a> {
    reach: &'a Reach<'a>,
    policy: Option<&'a Policy>,
    plan: Option<&'a Plan>,
    fields: &'a [String],
    only: Option<&'a str>,
}

impl Explainer<'_> {
    fn explain(&self, path: &Path) -> Explained {
        let verdict = self.reach.verdict(path);
        let mut forms = self.plan.map(|plan| self.reach.forms(plan, &verdict)).unwrap_or_default();
        forms.retain(|field, _| self.fields.contains(field));
        let mut lines: Vec<Line> = verdict
            .steps
            .iter()
            .map(|step| Line {
                layer: step.layer.name(),
                passed: step.passed,
                text: step.text.clone(),
                places: self.places(&step.spans),
            })
            .collect();
        if let Outcome::Served { filter } = &verdict.outcome
            && !self.fields.is_empty()
        {
            lines.extend(self.view(&verdict, filter.is_some()));
        }
        let entry = verdict.steps.first().map(|step| step.text.as_str()).unwrap_or_default();
        let declared = if path.declared { "" } else { " (nobody declares it)" };
        Explained {
            way: format!("{}, {entry}, TCP {}{declared}", path.credential.name(), path.port),
            path: *path,
            outcome: match verdict.outcome {
                Outcome::Unreachable => "unreachable",
                Outcome::Denied => "denied",
                Outcome::Served { .. } => "served",
            },
            conditional: verdict.conditional,
            forms,
            lines,
            remedy: self.reach.remedy(&verdict),
        }
    }

    fn places(&self, spans: &[Span]) -> Vec<String> {
        let spans = spans.iter().filter(|span| span.is_somewhere());
        let mut places: Vec<String> = spans.map(|span| self.reach.manifests.files.place(*span)).collect();
        places.dedup();
        places
    }

    /// What the filter makes of the fields, and on which routes it does something else.
    fn view(&self, verdict: &Verdict, filtered: bool) -> Vec<Line> {
        let line = |layer, text: String, spans: &[Span]| Line { layer, passed: true, text, places: self.places(spans) };
        if !filtered {
            return vec![line("view", "nothing masks on this way: every field is clear".to_owned(), &[])];
        }
        let Some(own) = self.reach.plan_on_the_way(verdict) else {
            return vec![line("view", "the settings of the filter are no plan: it masks nothing".to_owned(), &[])];
        };
        let principal = verdict.principal.as_deref();
        let is_hop = !asks_for(&own, principal).is_empty();
        let mut lines = match self.only {
            Some(field) => {
                let (text, spans, passed) = self.view_of(&own, principal, field);
                vec![Line { passed: passed || is_hop, ..line("view", text, &spans) }]
            }
            None => self.views(&own, principal),
        };
        let guises = asks_for(&own, principal);
        if !guises.is_empty() {
            let names = guises.iter().map(|caller| format!("`{}`", caller.name)).collect::<Vec<_>>().join(" and ");
            let text = format!("a trusted hop: it can also ask as {names}, and gets the most that one of them gets");
            lines.push(line("view", text, &self.caller_spans(&guises)));
        }
        for route in &own.routes {
            if let Some(text) = route_text(route, self.only) {
                let span = self.policy.and_then(|policy| policy.routes.iter().find(|r| r.name.value == route.name));
                lines.push(line("route", text, &span.map(|route| route.name.span).into_iter().collect::<Vec<_>>()));
            }
        }
        lines
    }

    /// One line for all fields.
    fn views(&self, own: &Plan, principal: Option<&str>) -> Vec<Line> {
        let forms = view(own, principal);
        let form = |field: &str| forms.get(field).copied().unwrap_or(Form::Clear);
        let shown = by_form(self.fields.iter().map(|field| (field.as_str(), form(field))));
        let callers = recognised(own, principal);
        let names = callers.iter().map(|caller| format!("`{}`", caller.name)).collect::<Vec<_>>().join(" and ");
        let (who, spans, passed) = match (callers.is_empty(), own.others) {
            (false, _) => (format!("caller {names}"), self.caller_spans(&callers), true),
            (true, Others::Deny) => ("no caller, and `others: deny`".to_owned(), Vec::new(), false),
            (true, Others::Masked) => ("no caller: the strictest view".to_owned(), Vec::new(), true),
        };
        vec![Line { layer: "view", passed, text: format!("{who}: {shown}"), places: self.places(&spans) }]
    }

    fn caller_spans(&self, callers: &[&meshveil_plan::Caller]) -> Vec<Span> {
        let known = self.policy.into_iter().flat_map(|policy| &policy.callers);
        let named = known.filter(|known| callers.iter().any(|caller| caller.name == known.name.value));
        named.map(|caller| caller.name.span).collect()
    }

    /// Who the source is to the filter and what that means for one field, where the policy says so, and whether anything is
    /// shown.
    fn view_of(&self, own: &Plan, principal: Option<&str>, field: &str) -> (String, Vec<Span>, bool) {
        let Some(rule) = own.fields.iter().find(|known| known.name == field) else {
            return (format!("the settings of the filter know no field `{field}`: it is clear"), Vec::new(), true);
        };
        let written = self.policy.and_then(|policy| policy.fields.iter().find(|known| known.name.value == field));
        let mask_span: Vec<Span> = written.map(|field| field.mask.span).into_iter().collect();
        let callers = recognised(own, principal);
        let sees = |caller: &&&meshveil_plan::Caller| match &caller.sees {
            Sees::All => true,
            Sees::Fields(fields) => fields.iter().any(|known| known == field),
        };
        let mask = rule.mask.id();
        if callers.is_empty() {
            return match own.others {
                Others::Deny => ("no caller, and `others: deny`".to_owned(), Vec::new(), false),
                Others::Masked => (format!("no caller, and `others: masked`: mask `{mask}`"), mask_span, true),
            };
        }
        if let Some(blind) = callers.iter().find(|caller| !sees(caller)) {
            let spans = self.caller_spans(&[blind]).into_iter().chain(mask_span).collect();
            return (format!("caller `{}` does not see `{field}`: mask `{mask}`", blind.name), spans, true);
        }
        let names = callers.iter().map(|caller| format!("`{}`", caller.name)).collect::<Vec<_>>().join(" and ");
        (format!("caller {names} sees `{field}`"), self.caller_spans(&callers), true)
    }
}

/// What a route does otherwise, if it does.
fn route_text(route: &Route, field: Option<&str>) -> Option<String> {
    let mut conditions = Vec::new();
    if let Some(matches) = &route.matches {
        let texts = [
            ("route", &matches.route_name),
            ("host", &matches.host),
            ("path", &matches.path),
            ("prefix", &matches.prefix),
        ];
        conditions.extend(texts.iter().filter_map(|(what, text)| Some(format!("{what} `{}`", text.as_ref()?))));
        if !matches.methods.is_empty() {
            conditions.push(matches.methods.join(" or "));
        }
    }
    let name = &route.name;
    let on = if conditions.is_empty() { String::new() } else { format!(" ({})", conditions.join(", ")) };
    if route.masking == Masking::Off {
        return Some(format!("`{name}`{on}: masking is off"));
    }
    let masks: Vec<String> = route
        .fields
        .iter()
        .filter(|(known, _)| field.is_none_or(|field| field == known.as_str()))
        .map(|(known, mask)| format!("`{known}` gets mask `{}` where that is stricter", mask.id()))
        .collect();
    (!masks.is_empty()).then(|| format!("`{name}`{on}: {}", masks.join(", ")))
}
