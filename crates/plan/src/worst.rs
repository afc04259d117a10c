//! The worst form in which a field can leave, and what makes it so: over every identity a source can take, every route and
//! every kind of response.
//!
//! A client chooses method, path, host and headers, so it reaches every route. What passes unread can hold the field. Tokens
//! are not looked at: who holds one is not a matter of where a request comes from.

use std::{collections::BTreeSet, fmt};

use crate::route::is_shadowed;
use crate::{Decision, Decisions, Evidence, Form, Masked, OnError, RouteChoice, RouteMatch, Unlisted};

/// The worst form of one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worst {
    /// The form.
    pub form: Form,
    /// What makes it so.
    pub because: Cause,
    /// The form in JSON responses of routes where masking is on: without what the plan lets through unread or excepts.
    pub in_json: Form,
}

/// Why a field leaves in some form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// The source is not a caller of the plan, and unlisted callers are denied.
    NotListed,
    /// A caller sees the field.
    Sees {
        /// Its name.
        caller: String,
    },
    /// The field's own mask.
    Mask {
        /// The name of the mask.
        mask: &'static str,
    },
    /// The mask of a route.
    MaskOfRoute {
        /// The name of the mask.
        mask: &'static str,
        /// The name of the route.
        route: String,
    },
    /// The filter only observes.
    Observed {
        /// The name of the route whose stage it is; none where it is the policy's.
        route: Option<String>,
    },
    /// A route excepts values of the field.
    Excepted {
        /// The name of the route.
        route: String,
    },
    /// Masking is off for a route.
    MaskingOff {
        /// The name of the route.
        route: String,
    },
    /// What no path lists is masked, or refused.
    Unlisted {
        /// What happens to it.
        unlisted: Unlisted,
    },
    /// What no path lists is shown.
    ShowsUnlisted {
        /// The name of the route that says so; none where the policy does.
        route: Option<String>,
    },
    /// A response that cannot be masked passes.
    ErrorsPass,
    /// A response header arrives unread.
    HeaderPasses {
        /// Its name.
        header: String,
        /// The name of the route that lists it; none where the policy does.
        route: Option<String>,
    },
    /// A media type passes unread.
    Passes {
        /// The media type, or a range such as `image/*`.
        media_type: String,
        /// The name of the route that lists it; none where the policy does.
        route: Option<String>,
    },
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotListed => f.write_str("no caller, and `others: deny`"),
            Self::Sees { caller } => write!(f, "caller `{caller}` sees it"),
            Self::Mask { mask } => write!(f, "mask `{mask}`"),
            Self::MaskOfRoute { mask, route } => write!(f, "mask `{mask}` of route `{route}`"),
            Self::Observed { route: None } => f.write_str("`stage: observe`: nothing is masked or denied yet"),
            Self::Observed { route: Some(route) } => {
                write!(f, "`stage: observe` of route `{route}`: nothing is masked or denied there yet")
            }
            Self::Excepted { route } => write!(f, "route `{route}` excepts values of it"),
            Self::MaskingOff { route } => write!(f, "masking is off on route `{route}`"),
            Self::Unlisted { unlisted: Unlisted::Refuse } => f.write_str("`unlisted: refuse`"),
            Self::Unlisted { .. } => f.write_str("`unlisted: mask`"),
            Self::ShowsUnlisted { route: None } => f.write_str("`unlisted: show`"),
            Self::ShowsUnlisted { route: Some(route) } => write!(f, "`unlisted: show` of route `{route}`"),
            Self::ErrorsPass => f.write_str("`onError: pass`: a response that cannot be masked passes"),
            Self::HeaderPasses { header, route: None } => write!(f, "response header `{header}` arrives unread"),
            Self::HeaderPasses { header, route: Some(route) } => {
                write!(f, "response header `{header}` arrives unread on route `{route}`")
            }
            Self::Passes { media_type, route: None } => write!(f, "media type `{media_type}` passes unread"),
            Self::Passes { media_type, route: Some(route) } => {
                write!(f, "media type `{media_type}` passes unread on route `{route}`")
            }
        }
    }
}

/// A request with a certificate and at most one identity header.
struct Certificate<'a> {
    principal: Option<&'a str>,
    header: Option<(&'a str, &'a str)>,
}

impl Evidence for Certificate<'_> {
    fn principal(&self) -> Option<String> {
        self.principal.map(str::to_owned)
    }

    fn claim(&self, _: &str, _: &str) -> Vec<String> {
        Vec::new()
    }

    fn header(&self, name: &str) -> Option<String> {
        self.header.filter(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
    }
}

impl Decisions {
    /// Every caller that a source with this certificate can be (an index into [`Plan::callers`](crate::Plan::callers), `None`
    /// for one who is not listed): by itself, and behind a trusted hop by each header. Several headers at once show
    /// no more: of all callers that fit the one that sees least counts.
    #[must_use]
    pub fn callers_of(&self, principal: Option<&str>) -> BTreeSet<Option<usize>> {
        let by_header = self.callers().headers_from(principal).map(Some);
        std::iter::once(None).chain(by_header).map(|header| self.identify(&Certificate { principal, header })).collect()
    }

    /// The caller that a source with this certificate is by itself, and all that its certificate fits.
    #[must_use]
    pub fn caller_of(&self, principal: Option<&str>) -> (Option<usize>, Vec<usize>) {
        let evidence = Certificate { principal, header: None };
        (self.identify(&evidence), self.callers().fitting(&evidence))
    }

    /// What a source with this certificate gets of each field at worst, in the order of the plan.
    #[must_use]
    pub fn worst(&self, principal: Option<&str>) -> Vec<Worst> {
        let mut worst = self.worst_of_all(principal);
        worst.truncate(self.plan().fields.len());
        worst
    }

    /// What a source with this certificate gets at worst of what no path lists; `None` where that goes on as it is on every
    /// route, so that the policy does not speak of it.
    #[must_use]
    pub fn worst_unlisted(&self, principal: Option<&str>) -> Option<Worst> {
        self.worst_of_all(principal).into_iter().nth(self.plan().fields.len())
    }

    /// Each field, and what no path lists, where the policy speaks of it.
    fn worst_of_all(&self, principal: Option<&str>) -> Vec<Worst> {
        let mut worst: Vec<Option<Worst>> = vec![None; self.subjects()];
        let routes = self.reachable_routes();
        for caller in self.callers_of(principal) {
            for &route in &routes {
                let decision = self.decide(caller, route);
                for (known, found) in worst.iter_mut().zip(self.of_fields(caller, route, decision)) {
                    match known {
                        Some(known) => known.add(found),
                        None => *known = Some(found),
                    }
                }
            }
        }
        worst.into_iter().flatten().collect()
    }

    /// Every route that some request takes, but for those that change the same as one before them.
    pub(crate) fn reachable_routes(&self) -> Vec<RouteChoice> {
        let routes = &self.plan().routes;
        // Where one route matches every path, nothing is left over.
        let is_everything = |conditions: &RouteMatch| {
            *conditions == RouteMatch { prefix: Some("/".to_owned()), ..RouteMatch::default() }
        };
        let covered = routes.iter().any(|route| route.matches.as_ref().is_some_and(is_everything));
        let unlisted = Some(RouteChoice::Unlisted).filter(|_| !covered);
        let unclear = Some(RouteChoice::Unclear).filter(|_| !routes.is_empty());
        let listed = (0..routes.len()).filter(|&route| !is_shadowed(routes, route)).map(RouteChoice::Listed);
        let mut seen = Vec::new();
        let mut is_new = |route: &RouteChoice| {
            let changes = (
                self.is_off(*route),
                self.is_observed(*route),
                self.masks_on(*route),
                self.passes(*route).first(),
                self.headers(*route).first_unread(),
            );
            let is_new = !seen.contains(&changes);
            seen.push(changes);
            is_new
        };
        unlisted.into_iter().chain(listed).chain(unclear).filter(|route| is_new(route)).collect()
    }

    /// Each field under one decision.
    fn of_fields(&self, caller: Option<usize>, route: RouteChoice, decision: Decision<'_>) -> Vec<Worst> {
        let all = |worst: &dyn Fn() -> Worst| (0..self.subjects()).map(|_| worst()).collect();
        let same = |form, because: Cause| Worst { form, because, in_json: form };
        match decision {
            Decision::Deny | Decision::Mask(_) if self.is_observed(route) => {
                let of_route =
                    |name: &String| self.plan().routes.iter().any(|route| route.name == *name && route.stage.is_some());
                all(&|| same(Form::Clear, Cause::Observed { route: self.name(route).filter(of_route) }))
            }
            Decision::Deny => all(&|| same(Form::Denied, Cause::NotListed)),
            Decision::Off => {
                // JSON of other routes is another matter.
                let because = || Cause::MaskingOff { route: self.name(route).unwrap_or_default() };
                all(&|| Worst { form: Form::Clear, because: because(), in_json: Form::Unreachable })
            }
            Decision::Clear => {
                let mut fields: Vec<Worst> = all(&|| same(Form::Clear, self.sees(caller)));
                self.unlisted(caller, route, &mut fields);
                fields
            }
            Decision::Mask(masked) => {
                let mut fields: Vec<Worst> = all(&|| same(Form::Clear, self.sees(caller)));
                let unread = self.unread(masked, route);
                for (field, _, mask) in self.rules(masked.view) {
                    let Some(worst) = fields.get_mut(field) else { continue };
                    // Of a text that holds a document all is shown that no rule masks.
                    let holds = self.plan().fields.get(field).is_some_and(|field| field.inside.is_some());
                    let in_json = if holds { Form::Partial } else { Form::from(mask) };
                    let own = self.plan().fields.get(field).is_some_and(|field| field.mask == *mask);
                    let because = match self.name(route) {
                        Some(route) if !own => Cause::MaskOfRoute { mask: mask.id(), route },
                        _ => Cause::Mask { mask: mask.id() },
                    };
                    let excepted = self.has_exception(masked.view, field);
                    *worst = match &unread {
                        None if excepted => {
                            let because = Cause::Excepted { route: self.name(route).unwrap_or_default() };
                            Worst { form: Form::Clear, because, in_json }
                        }
                        Some(unread) => Worst { form: Form::Clear, because: unread.clone(), in_json },
                        None => Worst { form: in_json, because, in_json },
                    };
                }
                self.unlisted(caller, route, &mut fields);
                if let (Some(rest), Some(listed)) = (fields.get_mut(self.plan().fields.len()), self.listed(masked.view))
                {
                    let in_json = if listed.unlisted == Unlisted::Refuse { Form::Denied } else { Form::Masked };
                    *rest = match unread {
                        Some(because) => Worst { form: Form::Clear, because, in_json },
                        None => same(in_json, Cause::Unlisted { unlisted: listed.unlisted }),
                    };
                }
                fields
            }
        }
    }

    /// How many things the policy speaks of: the fields, and what no path lists.
    fn subjects(&self) -> usize {
        self.plan().fields.len() + usize::from(self.plan().has_allow_list())
    }

    /// Where a route shows what no path lists, that is why a caller who does not see everything gets it.
    fn unlisted(&self, caller: Option<usize>, route: RouteChoice, fields: &mut [Worst]) {
        let rest = self.plan().fields.len();
        let sees_all = caller.is_some_and(|caller| self.callers().sees(caller, rest));
        if let Some(worst) = fields.get_mut(rest).filter(|_| !sees_all && self.unlisted_on(route) == Unlisted::Show) {
            let says = |route: RouteChoice| self.name(route).filter(|_| self.plan().unlisted != Unlisted::Show);
            worst.because = Cause::ShowsUnlisted { route: says(route) };
        }
    }

    /// What lets whole bodies through where JSON is masked.
    fn unread(&self, masked: Masked<'_>, route: RouteChoice) -> Option<Cause> {
        if masked.on_error == OnError::Pass {
            return Some(Cause::ErrorsPass);
        }
        if let Some((range, of_route)) = masked.passes.first() {
            return Some(Cause::Passes { media_type: range.0.clone(), route: self.name(route).filter(|_| of_route) });
        }
        let (header, of_route) = masked.headers.first_unread()?;
        Some(Cause::HeaderPasses { header: header.to_owned(), route: self.name(route).filter(|_| of_route) })
    }

    fn sees(&self, caller: Option<usize>) -> Cause {
        let caller = caller.and_then(|index| self.plan().callers.get(index));
        Cause::Sees { caller: caller.map(|caller| caller.name.clone()).unwrap_or_default() }
    }

    fn name(&self, route: RouteChoice) -> Option<String> {
        let RouteChoice::Listed(index) = route else { return None };
        self.plan().routes.get(index).map(|route| route.name.clone())
    }
}

impl Worst {
    /// The worse of two.
    fn add(&mut self, other: Self) {
        let in_json = self.in_json.max(other.in_json);
        if other.form > self.form {
            *self = other;
        }
        self.in_json = in_json;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// Two fields: `ssn` is shown in part, `notes` not at all.
    fn decisions(more: Value) -> Decisions {
        let mut plan = json!({
            "version": 1,
            "fields": [
                { "name": "ssn", "paths": ["$..ssn"], "mask": { "partial": { "keepLast": 4 } } },
                { "name": "notes", "paths": ["$..notes"], "mask": "redact" },
            ],
            "callers": [
                { "name": "web", "match": [{ "principal": "spiffe://t/web" }] },
                { "name": "desk", "match": [{ "header": { "name": "x-who", "value": "desk" } }], "sees": ["ssn"] },
            ],
            "trustedHops": ["spiffe://t/gate"],
            "others": "deny",
        });
        for (member, value) in more.as_object().unwrap() {
            plan[member] = value.clone();
        }
        Decisions::new(serde_json::from_value::<crate::Plan>(plan).unwrap().check().unwrap().into_plan())
    }

    fn ssn(more: Value, principal: &str) -> (Form, Form, String) {
        let worst = decisions(more).worst(Some(principal)).remove(0);
        (worst.form, worst.in_json, worst.because.to_string())
    }

    #[test]
    fn what_passes_unread_is_clear_and_says_by_what() {
        let off = json!([{ "name": "all", "match": { "prefix": "/" }, "masking": "off" }]);
        let pages = json!([{ "name": "pages", "match": { "path": "/a" }, "passes": ["text/html"] }]);
        let strict = json!([{ "name": "all", "match": { "prefix": "/" }, "fields": { "ssn": "redact" } }]);
        for (more, expected) in [
            (json!({}), (Form::Partial, Form::Partial, "mask `partial`")),
            (json!({ "routes": off }), (Form::Clear, Form::Partial, "masking is off on route `all`")),
            (
                json!({ "routes": pages }),
                (Form::Clear, Form::Partial, "media type `text/html` passes unread on route `pages`"),
            ),
            (
                json!({ "headers": { "x-a": "pass", "link": "screen" } }),
                (Form::Clear, Form::Partial, "response header `x-a` arrives unread"),
            ),
            (
                json!({ "routes": [{ "name": "a", "match": { "path": "/a" }, "except": { "ssn": ["$.errors.ssn"] } }] }),
                (Form::Clear, Form::Partial, "route `a` excepts values of it"),
            ),
            (
                json!({ "routes": [{ "name": "a", "match": { "path": "/a" }, "except": { "notes": ["$.errors.notes"] } }] }),
                (Form::Partial, Form::Partial, "mask `partial`"),
            ),
            (
                json!({ "stage": "observe" }),
                (Form::Clear, Form::Clear, "`stage: observe`: nothing is masked or denied yet"),
            ),
            (
                json!({ "routes": [{ "name": "a", "match": { "path": "/a" }, "stage": "observe" }] }),
                (Form::Clear, Form::Clear, "`stage: observe` of route `a`: nothing is masked or denied there yet"),
            ),
            (json!({ "stage": "mask" }), (Form::Partial, Form::Partial, "mask `partial`")),
            (json!({ "headers": { "link": "screen" } }), (Form::Partial, Form::Partial, "mask `partial`")),
            (
                json!({ "routes": [{ "name": "a", "match": { "path": "/a" }, "headers": { "x-a": "pass" } }] }),
                (Form::Clear, Form::Partial, "response header `x-a` arrives unread on route `a`"),
            ),
            (json!({ "passes": ["image/*"] }), (Form::Clear, Form::Partial, "media type `image/*` passes unread")),
            (
                json!({ "onError": "pass" }),
                (Form::Clear, Form::Partial, "`onError: pass`: a response that cannot be masked passes"),
            ),
            (json!({ "routes": strict }), (Form::Masked, Form::Masked, "mask `redact` of route `all`")),
        ] {
            let (form, in_json, because) = ssn(more.clone(), "spiffe://t/web");
            assert_eq!((form, in_json, because.as_str()), expected, "{more}");
        }
    }

    #[test]
    fn a_trusted_hop_counts_as_the_header_caller_who_gets_most() {
        assert_eq!(ssn(json!({}), "spiffe://t/gate").0, Form::Clear);
        assert_eq!(ssn(json!({}), "spiffe://t/other").0, Form::Denied);
        assert_eq!(ssn(json!({ "stage": "observe" }), "spiffe://t/other").0, Form::Clear);
        assert_eq!(ssn(json!({ "others": "masked" }), "spiffe://t/other").0, Form::Partial);
    }

    #[test]
    fn two_callers_with_one_identity_that_contradict_each_other_are_unlisted() {
        let callers = json!([
            { "name": "support", "match": [{ "principal": "spiffe://t/a" }], "sees": ["ssn"] },
            { "name": "audit", "match": [{ "principal": "spiffe://t/a" }], "sees": ["notes"] },
        ]);
        let (form, _, because) = ssn(json!({ "callers": callers }), "spiffe://t/a");
        assert_eq!((form, because.as_str()), (Form::Denied, "no caller, and `others: deny`"));
    }
}
