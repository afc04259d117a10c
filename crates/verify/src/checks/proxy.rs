//! The proxy itself: its release, and who reaches its admin page.

use meshveil_plan::{Delivery, Identity, Stage};
use meshveil_policy::Policy;
use meshveil_text::{Finding, Node, Severity, codes::verify as codes};

use crate::{
    Proxy,
    defects::{ALL, Needs, Release},
    dump::{at, get, place, shown, text},
    lead::is_loopback,
};

pub(super) fn check(proxy: &Proxy<'_>, policies: &[Policy], findings: &mut Vec<Finding>) {
    if let Some(bootstrap) = proxy.bootstrap {
        admin(bootstrap, findings);
        release(bootstrap, policies, findings);
    }
}

/// Who reaches the admin page reads the configuration, and stops the proxy.
fn admin(bootstrap: &Node, findings: &mut Vec<Finding>) {
    let Some(admin) = get(bootstrap, "admin").filter(|admin| !admin.entries().is_empty()) else { return };
    let Some(address) = get(admin, "address") else { return };
    if get(address, "pipe").is_some() {
        return;
    }
    let socket = get(address, "socket_address");
    let host = socket.and_then(|socket| text(socket, "address"));
    if host.is_some_and(is_loopback) {
        return;
    }
    let span = socket.and_then(|socket| get(socket, "address")).map_or_else(|| place(address), |host| host.span);
    let host = host.map_or_else(|| "an address that is not read".to_owned(), |host| format!("`{}`", shown(host)));
    let message = format!("the admin page answers at {host}, beyond the own machine: its readers can stop the proxy");
    findings.push(Finding::new(&codes::ADMIN_OPEN, span, message).help("let it listen on 127.0.0.1"));
}

fn release(bootstrap: &Node, policies: &[Policy], findings: &mut Vec<Finding>) {
    let version = at(bootstrap, &["node", "user_agent_build_version", "version"]);
    let Some(version) = version else {
        // A static configuration does not say which proxy will read it.
        if get(bootstrap, "node").and_then(|node| get(node, "user_agent_name")).is_some() {
            let message = "the dump does not say which release of Envoy this is: known defects are not looked for";
            findings.push(Finding::new(&codes::OLD_PROXY, place(bootstrap), message).severity(Severity::Note));
        }
        return;
    };
    let number = |name: &str| get(version, name).and_then(Node::int).and_then(|number| u64::try_from(number).ok());
    let release: Release = ["major_number", "minor_number", "patch"].map(|name| number(name).unwrap_or(0));
    let span = get(version, "minor_number").map_or(version.span, |minor| minor.span);
    for defect in ALL.iter().filter(|defect| defect.concerns(release)) {
        if !policies.iter().any(|policy| meets(policy, defect.needs)) {
            continue;
        }
        let [major, minor, patch] = release;
        let message = format!("Envoy {major}.{minor}.{patch} has a defect, {}: {}", defect.name, defect.effect);
        let help = format!("run a release without it: {}", defect.source);
        findings.push(Finding::new(&codes::OLD_PROXY, span, message).help(help));
    }
}

/// Whether a policy asks for what a defect needs.
fn meets(policy: &Policy, needs: Needs) -> bool {
    match needs {
        Needs::Nothing => true,
        Needs::Strict => policy.delivery == Delivery::Strict,
        Needs::Paths => policy.routes.iter().any(|route| route.matches.is_some()),
        Needs::Certificates => {
            let plan = policy.plan();
            let mut known = plan.callers.iter().flat_map(|caller| &caller.matches);
            known.any(|identity| matches!(identity, Identity::Principal(_))) || policy.rolled_out() == Stage::Enforce
        }
    }
}
