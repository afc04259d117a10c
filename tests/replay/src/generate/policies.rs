//! Random AuthorizationPolicies, PeerAuthentications and RequestAuthentications that istiod would accept.

use std::collections::BTreeMap;

use fastrand::Rng;

use super::words::{self, principal};
use super::{PORTS, likely, one_of};
use crate::objects::{
    Action, AuthorizationPolicy, Condition, Labels, Mesh, Meta, Mode, Operation, PeerAuthentication,
    RequestAuthentication, Rule, Source,
};

/// Adds policies to a mesh.
pub fn fill(rng: &mut Rng, mesh: &mut Mesh) {
    for at in 0..one_of(rng, &[0, 1, 1, 2, 2, 3, 3, 4, 5]) {
        let policy = authorization(rng, mesh, at);
        mesh.authorization.push(policy);
    }
    for at in 0..one_of(rng, &[0, 1, 2, 2, 3, 4]) {
        let peer = peer(rng, mesh, at);
        mesh.peers.push(peer);
    }
    for at in 0..one_of(rng, &[0, 1, 1, 2]) {
        let meta = meta(rng, mesh, "r", at);
        mesh.tokens.push(RequestAuthentication { meta });
    }
}

fn selector(rng: &mut Rng, mesh: &Mesh) -> Option<Labels> {
    let labels = |pairs: &[(&str, &str)]| {
        Some(pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
    };
    match rng.u32(..100) {
        0..55 => None,
        55..75 => labels(&[("app", "api")]),
        75..85 => Some(mesh.labels.clone()),
        85..90 => labels(&[("tier", "back")]),
        90..97 => labels(&[("app", "other")]),
        _ => labels(&[]),
    }
}

fn meta(rng: &mut Rng, mesh: &Mesh, kind: &str, at: usize) -> Meta {
    let namespace = match rng.u32(..100) {
        0..62 => mesh.namespace.clone(),
        62..90 => mesh.root.clone(),
        _ => "web".to_owned(),
    };
    // Few times and mixed names, so that age decides sometimes and the name at other times.
    let created = format!("2026-01-0{}T00:00:00Z", rng.u32(1..4));
    Meta { name: format!("{}{kind}{at}", rng.lowercase()), namespace, created, selector: selector(rng, mesh) }
}

/// Values and forbidden values out of `make`; never both empty.
fn values(rng: &mut Rng, mut make: impl FnMut(&mut Rng) -> String) -> (Vec<String>, Vec<String>) {
    let mut some = |rng: &mut Rng| {
        let mut all: Vec<String> = (0..one_of(rng, &[1, 1, 2, 3])).map(|_| make(rng)).collect();
        all.dedup();
        all
    };
    match rng.u32(..10) {
        0..6 => (some(rng), Vec::new()),
        6..9 => (Vec::new(), some(rng)),
        _ => (some(rng), some(rng)),
    }
}

fn word(choices: &'static [&'static str]) -> impl FnMut(&mut Rng) -> String {
    move |rng| one_of(rng, choices).to_owned()
}

fn port(rng: &mut Rng) -> String {
    let ports = words::ports();
    ports[rng.usize(..ports.len())].clone()
}

fn source(rng: &mut Rng, mesh: &Mesh) -> Source {
    let mut source = Source::default();
    for _ in 0..one_of(rng, &[1, 1, 1, 2, 2, 3]) {
        let s = &mut source;
        match rng.u32(..12) {
            0..4 => (s.principals, s.not_principals) = values(rng, |rng| principal(rng, mesh)),
            4..6 => (s.namespaces, s.not_namespaces) = values(rng, word(&words::NAMESPACE_VALUES)),
            6 => (s.service_accounts, s.not_service_accounts) = values(rng, word(&words::ACCOUNT_VALUES)),
            7 | 8 => (s.ip_blocks, s.not_ip_blocks) = values(rng, word(&words::BLOCKS)),
            9 => (s.remote_ip_blocks, s.not_remote_ip_blocks) = values(rng, word(&words::REMOTE_BLOCKS)),
            _ => {
                (s.request_principals, s.not_request_principals) = values(rng, word(&words::REQUEST_PRINCIPALS));
            }
        }
    }
    // The API refuses ServiceAccounts beside principals or namespaces.
    if !source.service_accounts.is_empty() || !source.not_service_accounts.is_empty() {
        let s = &mut source;
        for list in [&mut s.principals, &mut s.not_principals, &mut s.namespaces, &mut s.not_namespaces] {
            list.clear();
        }
    }
    source
}

fn operation(rng: &mut Rng) -> Operation {
    let mut operation = Operation::default();
    for _ in 0..one_of(rng, &[1, 1, 1, 2, 2, 3]) {
        let o = &mut operation;
        match rng.u32(..10) {
            0 | 1 => (o.methods, o.not_methods) = values(rng, word(&words::METHOD_VALUES)),
            2..5 => (o.paths, o.not_paths) = values(rng, word(&words::PATH_VALUES)),
            5 | 6 => (o.hosts, o.not_hosts) = values(rng, word(&words::HOST_VALUES)),
            _ => (o.ports, o.not_ports) = values(rng, port),
        }
    }
    operation
}

fn condition(rng: &mut Rng, mesh: &Mesh) -> Condition {
    let (key, (values, not_values)) = match rng.u32(..19) {
        15 => ("request.headers[:path]", values(rng, word(&words::PATH_VALUES[..14]))),
        16 => ("request.headers[:method]", values(rng, word(&words::METHOD_VALUES))),
        17 => (
            one_of(rng, &["request.headers[:authority]", "request.headers[Host]"]),
            values(rng, word(&words::HOST_VALUES)),
        ),
        18 => ("request.headers[x-forwarded-for]", values(rng, word(&["203.0.113.9", "10.*", "*"]))),
        0..3 => ("request.headers[X-Team]", values(rng, word(&words::TEAM_VALUES))),
        3 => ("request.headers[x-trace]", values(rng, word(&["*", "1"]))),
        4 => ("source.ip", values(rng, word(&words::BLOCKS))),
        5 => ("remote.ip", values(rng, word(&words::REMOTE_BLOCKS))),
        6 => ("source.namespace", values(rng, word(&words::NAMESPACE_VALUES))),
        7 => ("source.principal", values(rng, |rng| principal(rng, mesh))),
        8 => ("source.serviceAccount", values(rng, word(&words::ACCOUNT_VALUES))),
        9 => ("destination.port", values(rng, port)),
        10 => ("connection.sni", values(rng, word(&words::NAME_VALUES))),
        11 => ("request.auth.principal", values(rng, word(&words::REQUEST_PRINCIPALS))),
        12 => ("request.auth.audiences", values(rng, word(&words::AUDIENCE_VALUES))),
        13 => ("request.auth.presenter", values(rng, word(&["cli", "c*", "*"]))),
        _ => {
            let key = one_of(rng, &["request.auth.claims[groups]", "request.auth.claims[realm][role]"]);
            (key, values(rng, word(&words::GROUP_VALUES)))
        }
    };
    Condition { key: key.to_owned(), values, not_values }
}

fn rule(rng: &mut Rng, mesh: &Mesh) -> Rule {
    if likely(rng, 5) {
        return Rule::default();
    }
    loop {
        let rule = Rule {
            from: (0..one_of(rng, &[0, 0, 1, 1, 2])).map(|_| source(rng, mesh)).collect(),
            to: (0..one_of(rng, &[0, 0, 1, 1, 2])).map(|_| operation(rng)).collect(),
            when: (0..one_of(rng, &[0, 0, 0, 1, 2])).map(|_| condition(rng, mesh)).collect(),
        };
        if !rule.from.is_empty() || !rule.to.is_empty() || !rule.when.is_empty() {
            return rule;
        }
    }
}

fn authorization(rng: &mut Rng, mesh: &Mesh, at: usize) -> AuthorizationPolicy {
    let action = one_of(
        rng,
        &[
            None,
            None,
            Some(Action::Allow),
            Some(Action::Allow),
            Some(Action::Deny),
            Some(Action::Deny),
            Some(Action::Audit),
        ],
    );
    let dry_run = likely(rng, 12).then(|| one_of(rng, &["true", "1", "T", "false", "yes", "tRuE"]).to_owned());
    // Several rules let more in, which makes up for the many that refuse everything.
    let rules = (0..one_of(rng, &[0, 1, 1, 2, 2, 3, 4])).map(|_| rule(rng, mesh)).collect();
    AuthorizationPolicy { meta: meta(rng, mesh, "a", at), dry_run, action, rules }
}

fn mode(rng: &mut Rng) -> Mode {
    one_of(rng, &[Mode::Unset, Mode::Disable, Mode::Permissive, Mode::Permissive, Mode::Strict, Mode::Strict])
}

fn peer(rng: &mut Rng, mesh: &Mesh, at: usize) -> PeerAuthentication {
    let meta = meta(rng, mesh, "m", at);
    let mut ports = BTreeMap::new();
    // The API refuses modes of ports without a selector.
    if meta.selector.as_ref().is_some_and(|selector| !selector.is_empty()) {
        for _ in 0..one_of(rng, &[0, 1, 2, 3]) {
            let port = if likely(rng, 10) { 80 } else { one_of(rng, &PORTS) };
            ports.insert(port, mode(rng));
        }
    }
    PeerAuthentication { meta, mode: likely(rng, 85).then(|| mode(rng)), ports }
}
