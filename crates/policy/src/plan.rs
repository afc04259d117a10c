//! From a policy to the filter's plan.

use std::collections::BTreeMap;

use meshveil_json::Query;
use meshveil_plan::{self as plan, Arrival, HeadersByName, Identity, Plan, PlanPath, Reading, ReadsByType, Segment};
use meshveil_text::{Finding, Severity, Span};

use crate::{Policy, Spanned, codes};

impl Policy {
    /// `namespace/name`: what plans, metrics and receipts call it.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.namespace.value, self.name.value)
    }

    /// The configuration of the filter.
    #[must_use]
    pub fn plan(&self) -> Plan {
        let callers = self.callers.iter().map(|caller| {
            let account = caller.service_account.as_ref().map(|account| account.value.spiffe_id(&self.trust_domain));
            let claim = caller.jwt.as_ref().map(|jwt| Identity::Claim {
                payload: jwt.value.payload.clone(),
                name: jwt.value.claim.clone(),
                value: jwt.value.value.clone(),
                issuer: jwt.value.issuer.clone(),
            });
            let header = caller
                .header
                .as_ref()
                .map(|header| Identity::Header { name: header.value.name.clone(), value: header.value.value.clone() });
            plan::Caller {
                name: caller.name.value.clone(),
                matches: account.map(Identity::Principal).into_iter().chain(claim).chain(header).collect(),
                sees: caller.sees.clone(),
            }
        });
        let routes = self.routes.iter().map(|route| plan::Route {
            name: route.name.value.clone(),
            matches: route.matches.as_ref().map(|matches| matches.value.clone()),
            masking: route.masking.value,
            stage: route.stage.as_ref().map(|stage| stage.value),
            except: except(&route.except),
            passes: values(&route.passes),
            reads: reads(&route.reads),
            bad_lines: route.bad_lines,
            headers: headers(&route.headers),
            writes: route.writes,
            unlisted: route.unlisted.as_ref().map(|unlisted| unlisted.value),
            shows: texts(&route.shows),
            detect: route.detect.as_ref().map(|detect| detect.value.clone()),
            fields: route.fields.iter().map(|(name, mask)| (name.value.clone(), mask.value.clone())).collect(),
        });
        Plan {
            version: plan::VERSION,
            policy: self.full_name(),
            stage: self.rolled_out(),
            fields: self
                .fields
                .iter()
                .map(|field| plan::Field {
                    name: field.name.value.clone(),
                    paths: field.paths.iter().map(|path| path.value.text.clone()).collect(),
                    headers: values(&field.headers),
                    names: field.names,
                    keys: field.keys,
                    inside: field.inside,
                    mask: field.mask.value.clone(),
                })
                .collect(),
            callers: callers.collect(),
            others: self.others,
            routes: routes.collect(),
            trusted_hops: self
                .trusted_hops
                .iter()
                .map(|hop| hop.service_account.value.spiffe_id(&self.trust_domain))
                .collect(),
            passes: values(&self.passes),
            reads: reads(&self.reads),
            bad_lines: self.bad_lines,
            headers: headers(&self.headers),
            writes: self.writes,
            unlisted: self.unlisted.as_ref().map(|unlisted| unlisted.value).unwrap_or_default(),
            shows: texts(&self.shows),
            detect: self.detect.as_ref().map(|detect| detect.value.clone()),
            on_error: self.on_error.value,
            delivery: self.delivery,
            key: self.key.clone(),
            limits: self.limits,
            next: self.next.as_ref().map(|next| Box::new(next.plan())),
        }
    }
}

/// Paths as they are written.
fn texts(paths: &[Spanned<Query>]) -> Vec<String> {
    paths.iter().map(|path| path.value.text.clone()).collect()
}

fn values<T: Clone>(spanned: &[Spanned<T>]) -> Vec<T> {
    spanned.iter().map(|spanned| spanned.value.clone()).collect()
}

fn reads(spanned: &[(Spanned<String>, Reading)]) -> ReadsByType {
    spanned.iter().map(|(essence, reading)| (essence.value.clone(), *reading)).collect()
}

fn except(spanned: &[(Spanned<String>, Vec<Spanned<Query>>)]) -> BTreeMap<String, Vec<String>> {
    let texts = |paths: &[Spanned<Query>]| paths.iter().map(|path| path.value.text.clone()).collect();
    spanned.iter().map(|(field, paths)| (field.value.clone(), texts(paths))).collect()
}

fn headers(spanned: &[(Spanned<String>, Arrival)]) -> HeadersByName {
    spanned.iter().map(|(name, arrival)| (name.value.clone(), *arrival)).collect()
}

/// What the filter would refuse is a finding at the part it is about.
pub(crate) fn check(policy: &Policy, findings: &mut Vec<Finding>) {
    // What other faults left out of the policy would be missing here.
    if findings.iter().any(|finding| finding.severity >= Severity::Error) {
        return;
    }
    let Err(faults) = policy.plan().check() else { return };
    findings.extend(faults.iter().map(|fault| {
        let message = format!("`{}`: {}", fault.path, fault.problem);
        Finding::new(&codes::REFUSED_PLAN, span(policy, &fault.path), message)
    }));
}

/// Where a part of the plan stands in the policy.
fn span(policy: &Policy, path: &PlanPath) -> Span {
    let [Segment::Member(list), Segment::Item(at), ..] = path.segments() else { return policy.name.span };
    let span = match list.as_ref() {
        "fields" => policy.fields.get(*at).map(|field| field.name.span),
        "callers" => policy.callers.get(*at).map(|caller| caller.name.span),
        "routes" => policy.routes.get(*at).map(|route| route.name.span),
        "passes" => policy.passes.get(*at).map(|range| range.span),
        "trustedHops" => policy.trusted_hops.get(*at).map(|hop| hop.service_account.span),
        _ => None,
    };
    span.unwrap_or(policy.name.span)
}
