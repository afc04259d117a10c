//! What the filter on a path shows of the fields, as who it takes the source for, and what routes change.

use meshveil_detect::Net;
use meshveil_plan::{Decisions, Masking, Others, Route};
use meshveil_reach::verdict::{
    Form, Verdict,
    form::{Cause, asks_for, recognised, spiffe, worst},
};
use meshveil_text::Span;

use super::{Explainer, FilterLayer, Layer, Step};
use crate::words::by_form;

impl Explainer<'_> {
    /// What the filter makes of the fields, and on which routes it does something else.
    pub(super) fn view(&self, verdict: &Verdict, filtered: bool) -> Vec<Step> {
        let line = |layer, text: String, spans: &[Span]| Step {
            layer: Layer::Filter(layer),
            passed: true,
            text,
            places: self.places(spans),
        };
        if !filtered {
            return vec![line(FilterLayer::View, "nothing masks on this way: every field is clear".to_owned(), &[])];
        }
        let Some(own) = self.reach.filter_on_the_way(verdict) else {
            return vec![line(
                FilterLayer::View,
                "the settings of the filter are no plan: it masks nothing".to_owned(),
                &[],
            )];
        };
        let principal = verdict.principal.as_deref();
        let is_hop = !asks_for(&own, principal).is_empty();
        let mut lines = match self.only {
            Some(field) => {
                let (text, spans, passed) = self.view_of(&own, principal, field);
                vec![Step { passed: passed || is_hop, ..line(FilterLayer::View, text, &spans) }]
            }
            None => self.views(&own, principal),
        };
        let guises = asks_for(&own, principal);
        if !guises.is_empty() {
            let names = guises.iter().map(|caller| format!("`{}`", caller.name)).collect::<Vec<_>>().join(" and ");
            let text = format!("a trusted hop: it can also ask as {names}, and gets the most that one of them gets");
            lines.push(line(FilterLayer::View, text, &self.caller_spans(&guises)));
        }
        for cause in self.exceptions(&own, principal) {
            lines.push(line(FilterLayer::Route, format!("at worst clear: {cause}"), &[]));
        }
        for route in &own.plan().routes {
            if let Some(text) = route_text(route, self.only) {
                let span = self.policy.and_then(|policy| policy.routes.iter().find(|r| r.name.value == route.name));
                lines.push(line(
                    FilterLayer::Route,
                    text,
                    &span.map(|route| route.name.span).into_iter().collect::<Vec<_>>(),
                ));
            }
        }
        lines
    }

    /// One line for all fields.
    fn views(&self, own: &Decisions, principal: Option<&str>) -> Vec<Step> {
        let forms = worst(own, principal);
        let form = |field: &str| forms.get(field).map_or(Form::Clear, |(form, _)| *form);
        let shown = by_form(self.fields.iter().map(|field| (field.as_str(), form(field))));
        let callers = recognised(own, principal);
        let names = callers.iter().map(|caller| format!("`{}`", caller.name)).collect::<Vec<_>>().join(" and ");
        let (who, spans, passed) = match (callers.is_empty(), own.plan().others) {
            (false, others) if own.caller_of(spiffe(principal).as_deref()).0.is_none() => {
                let text = format!("callers {names}, of which none sees least: an unlisted caller");
                (text, self.caller_spans(&callers), others == Others::Masked)
            }
            (false, _) => (format!("caller {names}"), self.caller_spans(&callers), true),
            (true, Others::Deny) => ("no caller, and `others: deny`".to_owned(), Vec::new(), false),
            (true, Others::Masked) => ("no caller: the strictest view".to_owned(), Vec::new(), true),
        };
        let rest = own.worst_unlisted(spiffe(principal).as_deref()).filter(|_| passed);
        let rest = rest.map(|worst| format!("; what no path lists is {}: {}", worst.form, worst.because));
        vec![Step {
            layer: Layer::Filter(FilterLayer::View),
            passed,
            text: format!("{who}: {shown}{}{}", rest.unwrap_or_default(), detected(own, principal)),
            places: self.places(&spans),
        }]
    }

    /// What lets a field that was asked for out in clear where JSON is masked.
    fn exceptions(&self, own: &Decisions, principal: Option<&str>) -> Vec<Cause> {
        let worst = own.plan().fields.iter().zip(own.worst(spiffe(principal).as_deref()));
        let asked = worst.filter(|(field, _)| self.fields.contains(&field.name)).map(|(_, worst)| worst);
        let mut causes: Vec<Cause> =
            asked.filter(|worst| worst.form > worst.in_json).map(|worst| worst.because).collect();
        causes.dedup();
        causes
    }

    fn caller_spans(&self, callers: &[&meshveil_plan::Caller]) -> Vec<Span> {
        let known = self.policy.into_iter().flat_map(|policy| &policy.callers);
        let named = known.filter(|known| callers.iter().any(|caller| caller.name == known.name.value));
        named.map(|caller| caller.name.span).collect()
    }

    /// Who the source is to the filter and what that means for one field, where the policy says so, and whether anything is
    /// shown.
    fn view_of(&self, own: &Decisions, principal: Option<&str>, field: &str) -> (String, Vec<Span>, bool) {
        let Some(rule) = own.plan().fields.iter().find(|known| known.name == field) else {
            return (format!("the settings of the filter know no field `{field}`: it is clear"), Vec::new(), true);
        };
        let written = self.policy.and_then(|policy| policy.fields.iter().find(|known| known.name.value == field));
        let mask_span: Vec<Span> = written.map(|field| field.mask.span).into_iter().collect();
        let callers = recognised(own, principal);
        let mask = rule.mask.id();
        if callers.is_empty() {
            return match own.plan().others {
                Others::Deny => ("no caller, and `others: deny`".to_owned(), Vec::new(), false),
                Others::Masked => (format!("no caller, and `others: masked`: mask `{mask}`"), mask_span, true),
            };
        }
        let (caller, fitting) = own.caller_of(spiffe(principal).as_deref());
        let names = callers.iter().map(|caller| format!("`{}`", caller.name)).collect::<Vec<_>>().join(" and ");
        if caller.is_none() {
            let text = format!("callers {names}, of which none sees least: an unlisted caller");
            return (text, self.caller_spans(&callers), own.plan().others == Others::Masked);
        }
        let at = own.plan().fields.iter().position(|known| known.name == field).unwrap_or_default();
        let blind = fitting.iter().find(|caller| !own.callers().sees(**caller, at));
        if let Some(blind) = blind.and_then(|blind| own.plan().callers.get(*blind)) {
            let spans = self.caller_spans(&[blind]).into_iter().chain(mask_span).collect();
            return (format!("caller `{}` does not see `{field}`: mask `{mask}`", blind.name), spans, true);
        }
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

/// What is masked wherever it stands, beside the fields, and what looking costs. No form counts on it.
fn detected(own: &Decisions, principal: Option<&str>) -> String {
    let mut looks: Vec<String> = Vec::new();
    for detect in own.detects_for(spiffe(principal).as_deref()) {
        let kinds = Net::new(detect.find.iter().map(String::as_str), []).unwrap_or_default().cost().0;
        if !detect.find.is_empty() {
            looks.push(format!("{} ({kinds} kinds in one pass over each text)", detect.find.join(" and ")));
        }
        looks.extend(detect.patterns.keys().map(|name| format!("pattern `{name}` (a pass of its own)")));
    }
    looks.sort_unstable();
    looks.dedup();
    if looks.is_empty() {
        return String::new();
    }
    format!("; masked wherever it is found, which no form counts on: {}", looks.join(", "))
}
