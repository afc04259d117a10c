//! Listed callers that get nothing: without an identity, under another one, or stopped on the way.

use meshveil_policy::Caller;
use meshveil_reach::{
    mesh::Plane,
    mesh::waypoint::{Waypoint, of_service},
    network::Endpoint,
    verdict::Form,
};
use meshveil_text::{Finding, Node, Span, codes::manifest as codes};

use super::{Case, template};
use crate::cluster::{has_labels, is_caller};

pub(super) fn check(case: &Case<'_>, findings: &mut Vec<Finding>) {
    for caller in &case.policy.callers {
        let Some(account) = &caller.service_account else { continue };
        for (at, workload) in case.reach.manifests.workloads.iter().enumerate() {
            if at == case.at || workload.meta.namespace != account.value.namespace {
                continue;
            }
            if is_caller(caller, workload) {
                nothing(case, caller, at, findings);
                never_ends(case, caller, at, findings);
            } else if workload.service_account != account.value.name
                && caller.pods.is_some()
                && has_labels(caller, workload)
            {
                let (name, wanted) = (&caller.name.value, &account.value.name);
                let message = format!(
                    "`{}` has the labels of caller `{name}`, but runs as ServiceAccount `{}`, not `{wanted}`: it gets nothing",
                    workload.title(),
                    workload.service_account
                );
                let finding = Finding::new(&codes::CALLER_CUT_OFF, caller.name.span, message);
                let finding = finding.label(workload.service_account_span, "what it runs as");
                findings.push(finding.help(format!("set `serviceAccountName: {wanted}` of its pods")));
            }
        }
    }
    plain_rules(case, findings);
}

/// A caller none of whose requests arrive.
fn nothing(case: &Case<'_>, caller: &Caller, at: usize, findings: &mut Vec<Finding>) {
    let reach = case.reach;
    let exposures = reach.exposure(Endpoint::Workload(at), case.at, &case.policy.plan());
    if exposures.values().any(|exposure| exposure.form >= Form::Masked) {
        return;
    }
    let Some(exposure) = exposures.values().next() else { return };
    let Some(source) = reach.manifests.workloads.get(at) else { return };
    let (name, title) = (&caller.name.value, source.title());
    let finding = |why: String, span: Option<Span>, help: &str| {
        let finding =
            Finding::new(&codes::CALLER_CUT_OFF, caller.name.span, format!("caller `{name}` gets nothing: {why}"));
        let finding =
            span.filter(|span| span.is_somewhere()).map_or(finding.clone(), |span| finding.label(span, "decided here"));
        finding.help(help)
    };
    if let Some(enrollment) = reach.enrollments.get(at)
        && !enrollment.has_identity()
    {
        let why = format!("`{title}` has no sidecar, and no certificate of the mesh ({})", enrollment.reason);
        let help =
            "have a sidecar injected into its pods, or take it into ambient mode: a caller is known by its certificate";
        findings.push(finding(why, Some(enrollment.span), help));
        return;
    }
    if reach.enrolled(case.at) == Plane::Ambient {
        let services = reach.manifests.services.iter().filter(|service| service.leads_to(case.workload));
        let bound = services.clone().any(|service| matches!(of_service(reach.manifests, service), Waypoint::Found(_)));
        if !bound {
            let why = format!(
                "no Service of `{}` is bound to its waypoint, and its pods let only the waypoint in",
                case.workload.title()
            );
            let help = format!("label the Service `istio.io/use-waypoint: {}-waypoint`", case.policy.name.value);
            findings.push(finding(why, services.map(|service| service.meta.span).next(), &help));
            return;
        }
    }
    let step = exposure.verdict.stopped().or(exposure.verdict.steps.last());
    let (why, span) = step.map_or(("no request arrives".to_owned(), None), |step| {
        (format!("requests of `{title}` end at {}: {}", step.layer.name(), step.reason), step.spans.first().copied())
    });
    findings.push(finding(why, span, "`meshveil explain` says more, layer by layer"));
}

/// A DestinationRule that has callers connect without mutual TLS.
fn plain_rules(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let plan = case.policy.plan();
    let workloads = case.reach.manifests.workloads.iter().enumerate();
    let callers =
        workloads.filter(|(_, workload)| case.policy.callers.iter().any(|caller| is_caller(caller, workload)));
    for (at, source) in callers {
        let Some(ordinary) = case.reach.without_mutual_tls(at, case.at, &plan) else { continue };
        let is_refused = ordinary.forms.values().all(|form| *form < Form::Masked);
        let outcome = match is_refused {
            true => "it gets nothing but errors",
            false => "nothing says who it is, and it gets what unlisted callers get",
        };
        for (rule, span) in ordinary.rules {
            let message = format!(
                "{rule} has `{}` connect to `{}` without the mesh's mutual TLS: {outcome}",
                source.title(),
                case.workload.title()
            );
            let finding = Finding::new(&codes::CALLER_CUT_OFF, span, message);
            findings.push(finding.help("remove `tls`, or write `mode: ISTIO_MUTUAL`"));
        }
    }
}

/// A Job whose sidecar goes on after the work is done.
fn never_ends(case: &Case<'_>, caller: &Caller, at: usize, findings: &mut Vec<Finding>) {
    let Some(source) = case.reach.manifests.workloads.get(at) else { return };
    let is_job = matches!(source.meta.kind.as_str(), "Job" | "CronJob");
    let native = source.annotations.get("sidecar.istio.io/nativeSidecar");
    if !is_job || native == Some("true") || case.reach.enrolled(at) != Plane::Sidecar {
        return;
    }
    let says_so = case.document_of(source).and_then(template).is_some_and(|template| {
        let own = template.at(&["spec", "initContainers"]).map(Node::items).unwrap_or_default();
        own.iter().any(|container| container.text_at("name") == Some("istio-proxy"))
    });
    if says_so {
        return;
    }
    let message = format!(
        "`{}`, caller `{}`, never ends where sidecars are not native: its proxy goes on after the work is done",
        source.title(),
        caller.name.value
    );
    findings.push(Finding::new(&codes::JOB_NEVER_ENDS, source.meta.span, message).help(
        "native sidecars are on since Istio 1.27 on Kubernetes 1.33; before, `ENABLE_NATIVE_SIDECARS` of istiod, or the annotation `sidecar.istio.io/nativeSidecar: \"true\"`",
    ));
}
