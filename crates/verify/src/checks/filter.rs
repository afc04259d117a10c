//! The HTTP filters in front of the workload: whether the policy's filter is among them, runs, and has the policy's settings.

use meshveil_chain::{Failure, Guard, HttpFilter, Masking, is_disabled, kind as kind_of};
use meshveil_text::{Finding, Node, Severity, Span, codes::verify as codes};

use super::{
    Tally,
    listener::Place,
    order,
    route::{self, Path},
};
use crate::{
    Settings,
    dump::{at, get, items, place, shown, soften, text},
    lead::{Lead, Question},
};

/// An HTTP filter as it runs.
pub(super) struct Running<'n> {
    /// Its name in the chain, by which routes override it.
    pub(super) name: &'n str,
    /// Where it stands.
    pub(super) span: Span,
    /// Whether it only runs where a route switches it on.
    pub(super) is_disabled: bool,
    /// What it is.
    pub(super) what: What<'n>,
}

/// What an HTTP filter is.
pub(super) enum What<'n> {
    /// The policy's filter.
    Ours(Box<Masking>, Option<Box<Settings>>, &'n Node),
    /// The policy's guard.
    Guard,
    /// Settings that the proxy asks for, and does not have: why.
    Empty(String),
    /// Another one: the type of its settings, and whether it is a WebAssembly module that is no part of Istio.
    Other { kind: String, is_module: bool },
}

/// The runtime of modules that are compiled into the proxy.
const NULL_RUNTIME: &str = "envoy.wasm.runtime.null";

pub(super) fn check(
    question: &Question<'_>,
    at: &Place<'_>,
    manager: &Node,
    paths: &[Path<'_>],
    tally: &mut Tally,
    findings: &mut Vec<Finding>,
) {
    let filters: Vec<Running<'_>> =
        items(manager, "http_filters").iter().map(|filter| read(question, filter)).collect();
    let guard = filters.iter().position(|filter| matches!(filter.what, What::Guard));
    let ours = filters.iter().position(|filter| matches!(filter.what, What::Ours(..)));
    let guarding = guard.and_then(|guard| filters.get(guard)).filter(|guard| !guard.is_disabled);
    let is_guarded = guarding.is_some();
    let Some(masking) = ours.and_then(|ours| filters.get(ours)) else {
        missing(question, at, &filters, paths, is_guarded, findings);
        return;
    };
    if masking.is_disabled {
        let message = format!("{}: the filter is there, and does not run: `disabled: true`", at.title());
        findings.push(soften(Finding::new(&codes::DISABLED, masking.span, message), is_guarded));
    }
    for path in paths {
        // A guard with settings of its own on a path is none there.
        let is_stopped = guarding.is_some_and(|guard| !is_overridden(path, guard.name));
        overridden(path, masking.name, "the filter", is_stopped, findings);
        if let Some(guard) = guarding {
            overridden(path, guard.name, "the guard", true, findings);
        }
    }
    if let What::Ours(settings, plan, node) = &masking.what {
        settings_of(question, at, masking.span, (settings, plan.as_deref(), node), tally, findings);
    }
    route::metadata(question, paths, findings);
    order::check(question, at, &filters, (ours.unwrap_or(0), guard), findings);
}

/// A filter of a chain, with its settings where the proxy gets them apart.
fn read<'n>(question: &Question<'n>, filter: &'n Node) -> Running<'n> {
    let name = text(filter, "name").unwrap_or_default();
    let mut running = Running {
        name,
        span: place(filter),
        is_disabled: get(filter, "disabled").and_then(Node::bool) == Some(true),
        what: What::Guard,
    };
    let mut settings = filter;
    if let Some(discovery) = get(filter, "config_discovery") {
        match question.proxy.extensions.get(name) {
            Some(extension) if get(extension, "typed_config").is_some() => settings = extension,
            // What runs until the proxy has the settings.
            _ if get(discovery, "default_config").is_some() => {
                running.what =
                    What::Empty("a default runs in place of its settings, which the proxy does not have".to_owned());
                return running;
            }
            Some(_) => {
                running.what = What::Empty("the proxy has no settings for it: `typed_config` is empty".to_owned());
                return running;
            }
            None => {
                running.what = What::Empty("no extension of this name is in the dump".to_owned());
                return running;
            }
        }
    }
    let json = settings.to_json();
    let own = question.policy.full_name();
    let known = kind_of(&json).unwrap_or_default().to_owned();
    // Whether it is disabled stands in the chain, and is asked apart.
    let mut enabled = json.clone();
    if let Some(members) = enabled.as_object_mut().filter(|_| is_disabled(&json)) {
        members.remove("disabled");
    }
    running.what = match HttpFilter::read(&enabled) {
        HttpFilter::Guard(Guard { mark }) if mark == own => What::Guard,
        HttpFilter::Masking(masking) => {
            // The digest is of the text as the filter gets it, with the line feed behind it.
            let text = at(settings, &["typed_config", "config", "configuration", "value"]).and_then(Node::text);
            let plan = text.or(masking.plan.as_deref()).and_then(|plan| Settings::read(plan, place(settings)));
            let is_ours = plan.as_ref().is_some_and(|plan| plan.plan.policy == own)
                // One whose settings the filter refuses is still the one that should run.
                || (plan.is_none() && masking.plan.as_ref().is_some_and(|plan| plan.contains(&format!("\"{own}\""))));
            let runtime = at(settings, &["typed_config", "config", "vm_config", "runtime"]).and_then(Node::text);
            match is_ours {
                true => What::Ours(masking, plan.map(Box::new), settings),
                false => What::Other { kind: known, is_module: runtime != Some(NULL_RUNTIME) },
            }
        }
        _ => What::Other { kind: known, is_module: false },
    };
    running
}

/// No filter of the policy runs.
fn missing(
    question: &Question<'_>,
    at: &Place<'_>,
    filters: &[Running<'_>],
    paths: &[Path<'_>],
    is_guarded: bool,
    findings: &mut Vec<Finding>,
) {
    let own = question.policy.full_name();
    let mut empty = filters.iter().filter_map(|filter| match &filter.what {
        What::Empty(why) => Some((filter, why)),
        _ => None,
    });
    if let Some((filter, why)) = empty.next() {
        let message = format!("{}: the filter `{}` has no settings: {why}", at.title(), shown(filter.name));
        let help = "the module did not arrive, or under another name: look for errors of the agent, the registry and its secret";
        findings.push(soften(Finding::new(&codes::EMPTY_EXTENSION, filter.span, message).help(help), is_guarded));
        return;
    }
    let titles: Vec<&str> = paths.iter().take(SHOWN).map(|path| path.title.as_str()).collect();
    let more = paths.len().saturating_sub(SHOWN);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    let reason = paths.iter().find_map(|path| match &path.lead {
        Lead::Unknown(reason) if paths.iter().all(|path| path.lead != Lead::Workload) => Some(format!(" ({reason})")),
        _ => None,
    });
    let may = if reason.is_some() { "may lead" } else { "leads" };
    let stopped = if is_guarded { "; the guard refuses every request" } else { "" };
    let message = format!(
        "{}: no filter of policy `{own}` runs, and {} {may} to its workload{}{stopped}",
        at.title(),
        titles.join(", ") + &more,
        reason.unwrap_or_default()
    );
    let span = paths.first().map_or_else(|| place(at.chain), |path| path.span);
    let help = "apply everything that `meshveil generate` writes";
    findings.push(soften(Finding::new(&codes::UNFILTERED_ROUTE, span, message).help(help), is_guarded));
}

/// Routes named in one message.
const SHOWN: usize = 3;

/// Whether a route, its host, its table or its clusters say anything about a filter.
fn is_overridden(path: &Path<'_>, name: &str) -> bool {
    path.overrides.iter().flat_map(|overrides| overrides.entries()).any(|(key, _)| key.name == name)
}

/// What a route, its host, its table or its clusters say about a filter.
fn overridden(path: &Path<'_>, name: &str, what: &str, is_stopped: bool, findings: &mut Vec<Finding>) {
    for (key, own) in path.overrides.iter().flat_map(|overrides| overrides.entries()) {
        if key.name != name {
            continue;
        }
        let how = match get(own, "disabled").and_then(Node::bool) {
            Some(true) => "switches it off".to_owned(),
            _ => "has settings of its own for it, which are not read".to_owned(),
        };
        let message = format!("{}: `typed_per_filter_config` of {what} {how}", path.title);
        let finding = Finding::new(&codes::DISABLED, key.span, message)
            .help("take it out: `masking: off` of a route in the policy says the same where all can see it");
        findings.push(soften(finding, is_stopped));
    }
}

/// The settings of the policy's filter.
fn settings_of(
    question: &Question<'_>,
    at: &Place<'_>,
    span: Span,
    (masking, plan, node): (&Masking, Option<&Settings>, &Node),
    tally: &mut Tally,
    findings: &mut Vec<Finding>,
) {
    let title = at.title();
    let config = crate::dump::at(node, &["typed_config", "config"]);
    let at_member = |name: &str| {
        config.and_then(|config| get(config, name)).map_or(span, |member| match member.entries() {
            [] => member.span,
            _ => place(member),
        })
    };
    plan_of(question, &title, plan, at_member("configuration"), tally, findings);
    match masking.failure {
        Failure::Open => {
            let member = if config.is_some_and(|config| get(config, "fail_open").is_some()) {
                "fail_open"
            } else {
                "failure_policy"
            };
            let message = format!("{title}: where the filter fails, responses pass unmasked");
            let help = "`failure_policy: FAIL_RELOAD`; in Istio `failStrategy: FAIL_RELOAD`";
            // The guard is no help: what the filter has seen can fail in the response.
            findings.push(Finding::new(&codes::FAILS_OPEN, at_member(member), message).help(help));
        }
        Failure::Closed => {
            let message =
                format!("{title}: after a crash the filter is not loaded again, and the proxy refuses every request");
            let help = "`failure_policy: FAIL_RELOAD` (Envoy 1.33, Istio 1.25 and later)";
            findings.push(Finding::new(&codes::NO_RELOAD, span, message).help(help));
        }
        Failure::Reload => {}
    }
    key(question, &title, span, masking, config, findings);
}

/// The plan, beside that of the policy and that of the manifests.
fn plan_of(
    question: &Question<'_>,
    title: &str,
    settings: Option<&Settings>,
    span: Span,
    tally: &mut Tally,
    findings: &mut Vec<Finding>,
) {
    let own = question.policy.full_name();
    let mut add = |severity, message: String, help: &str| {
        findings.push(Finding::new(&codes::OTHER_PLAN, span, message).severity(severity).help(help));
    };
    let Some(Settings { plan, digest, .. }) = settings else {
        add(
            Severity::Error,
            format!("{title}: the filter refuses its settings: they are no plan of this release"),
            "`meshveil generate` writes them, for the filter of the same release",
        );
        return;
    };
    if !tally.digests.contains(digest) {
        tally.digests.push(digest.clone());
    }
    let wanted = question.policy.plan();
    let help = "the deployed settings count: apply what `meshveil generate` writes from this policy";
    if !plan.masks_like(&wanted) {
        let what = plan.difference(&wanted);
        add(
            Severity::Error,
            format!("{title}: the filter runs plan {digest}, which is not that of policy `{own}`: {what} differ"),
            help,
        );
    } else if plan.key != wanted.key || plan.limits != wanted.limits {
        let what = if plan.key == wanted.key { "the limits" } else { "the key" };
        add(
            Severity::Warning,
            format!("{title}: the filter runs plan {digest}, which is not that of policy `{own}`: {what} differ"),
            help,
        );
    }
    let mut applied = question.options.manifests.iter().filter(|settings| settings.plan.policy == own).peekable();
    if applied.peek().is_some() && !applied.any(|settings| settings.plan.masks_like(plan)) {
        add(
            Severity::Error,
            format!("{title}: the filter runs plan {digest}, which is in none of the manifests"),
            "apply the manifests, and wait until the proxy has them",
        );
    }
}

/// The variable that holds the key.
fn key(
    question: &Question<'_>,
    title: &str,
    span: Span,
    masking: &Masking,
    config: Option<&Node>,
    findings: &mut Vec<Finding>,
) {
    let Some(key) = &question.policy.key else { return };
    let environment = config.and_then(|config| crate::dump::at(config, &["vm_config", "environment_variables"]));
    let written = environment.and_then(|environment| get(environment, "key_values"));
    for variable in key.variables() {
        if let Some((own, _)) = written.and_then(|written| written.entry(variable)) {
            let message = format!(
                "{title}: the key `{variable}` stands in the configuration, where every reader of a dump sees it"
            );
            let help = "hand it on from the proxy's environment: `host_env_keys`, in Istio `valueFrom: HOST`";
            findings.push(Finding::new(&codes::KEY_VARIABLE, own.span, message).help(help));
        } else if !masking.variables.iter().any(|own| own == variable) {
            let message =
                format!("{title}: the filter may not read `{variable}`, which holds the key: it refuses its settings");
            let help = "name it under `host_env_keys`, in Istio `vmConfig.env` with `valueFrom: HOST`";
            findings.push(Finding::new(&codes::KEY_VARIABLE, span, message).help(help));
        }
    }
}
