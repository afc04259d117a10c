//! Listeners, and which of their filter chains lead to a protected port.

use std::collections::BTreeSet;

use meshveil_plan::Stage;
use meshveil_text::{Finding, Node, Severity, codes::verify as codes, tree::Value};

use super::{Tally, chain};
use crate::{
    dump::{Role, at, get, items, kind, place, shown, text},
    lead::{Lead, Question},
};

/// Bytes that Envoy buffers for a connection where nothing else is said, and above which a buffer is worth a look.
const USUAL_BUFFER: i64 = 1_048_576;

/// A filter chain of a listener.
#[derive(Clone, Copy)]
pub(super) struct Place<'n> {
    /// The listener's name.
    pub(super) listener: &'n str,
    /// The chain.
    pub(super) chain: &'n Node,
    /// The port that connections must be for, where the chain is for one.
    pub(super) port: Option<u64>,
}

impl Place<'_> {
    /// `listener \`mesh\``, with the name of the chain where it has one.
    pub(super) fn title(&self) -> String {
        let chain = text(self.chain, "name").map(|name| format!(", chain `{}`", shown(name))).unwrap_or_default();
        format!("listener `{}`{chain}", shown(self.listener))
    }
}

pub(super) fn check(question: &Question<'_>, findings: &mut Vec<Finding>) -> Tally {
    let mut tally = Tally::default();
    for listener in &question.proxy.listeners {
        // What a sidecar's own pod asks of others is masked where they are.
        if matches!(question.proxy.role, Role::Sidecar { .. })
            && text(listener, "traffic_direction") == Some("OUTBOUND")
        {
            continue;
        }
        let before = tally.paths;
        for place in chains(question, listener) {
            let paths = tally.paths;
            chain::check(question, &place, &mut tally, findings);
            if tally.paths > paths {
                certificate(question, &place, findings);
            }
        }
        if tally.paths > before {
            buffer(question, listener, findings);
        }
    }
    tally
}

/// The chains of a listener through which a connection to a protected port can come.
fn chains<'n>(question: &Question<'n>, listener: &'n Node) -> Vec<Place<'n>> {
    let name = text(listener, "name").unwrap_or("(without a name)");
    let all = items(listener, "filter_chains").iter().chain(get(listener, "default_filter_chain"));
    let place = |chain: &'n Node| {
        let port = at(chain, &["filter_chain_match", "destination_port"]).and_then(Node::int);
        Place { listener: name, chain, port: port.and_then(|port| u64::try_from(port).ok()) }
    };
    let mut all: Vec<Place<'n>> = all.map(place).collect();
    // With a matcher, only chains that it names are ever chosen, and the default one.
    if let Some(matcher) = get(listener, "filter_chain_matcher") {
        let mut named = BTreeSet::new();
        texts(matcher, &mut named);
        let fallback = get(listener, "default_filter_chain");
        all.retain(|place| {
            let is_default = fallback.is_some_and(|fallback| std::ptr::eq(fallback, place.chain));
            is_default || text(place.chain, "name").is_none_or(|name| named.contains(name))
        });
    }
    // Envoy looks at the port first and does not go back: where every protected port has chains of its own, the others are
    // not for it (`Finding filter chains` in Envoy's FilterChainManagerImpl).
    let own: BTreeSet<u64> = all.iter().filter_map(|place| place.port).collect();
    let ports = &question.policy.workload.ports;
    let is_covered = !ports.is_empty() && ports.iter().all(|port| own.contains(&u64::from(port.port.value)));
    all.retain(|place| match place.port {
        Some(port) => question.proxy.role == Role::Plain || question.is_protected(port),
        None => !(is_covered && matches!(question.proxy.role, Role::Sidecar { .. })),
    });
    all
}

/// Every text in a tree.
fn texts<'n>(node: &'n Node, found: &mut BTreeSet<&'n str>) {
    found.extend(node.text());
    node.entries().iter().for_each(|(_, value)| texts(value, found));
    node.items().iter().for_each(|item| texts(item, found));
}

/// Whether clients have to show a certificate, where callers are known by theirs.
fn certificate(question: &Question<'_>, place: &Place<'_>, findings: &mut Vec<Finding>) {
    let by_certificate = question.policy.callers.iter().any(|caller| caller.service_account.is_some());
    // At a waypoint the tunnel in front of this listener asks for it.
    if !by_certificate || question.policy.rolled_out() != Stage::Enforce || question.proxy.role == Role::Waypoint {
        return;
    }
    let settings = get(place.chain, "transport_socket").and_then(|socket| get(socket, "typed_config"));
    let is_tls = settings.and_then(kind) == Some(meshveil_chain::names::TLS_TYPE);
    let asks = settings.and_then(|settings| get(settings, "require_client_certificate")).and_then(Node::bool);
    // Istio ends mutual TLS in the tunnel that leads to `main_internal`.
    if (is_tls && asks == Some(true)) || place.listener == "main_internal" {
        return;
    }
    let message = format!("{} takes connections without a certificate: no caller is known by one", place.title());
    let help = "ask for certificates: PeerAuthentication with mode STRICT, or `require_client_certificate`";
    findings.push(Finding::new(&codes::NO_CERTIFICATE, self::place(place.chain), message).help(help));
}

/// How much a connection may hold in memory.
fn buffer(question: &Question<'_>, listener: &Node, findings: &mut Vec<Finding>) {
    let limit = get(listener, "per_connection_buffer_limit_bytes");
    let bytes = limit.and_then(Node::int);
    let name = shown(text(listener, "name").unwrap_or_default());
    let message = match bytes {
        Some(0) => format!("listener `{name}` buffers without a limit"),
        Some(bytes) if bytes > USUAL_BUFFER => format!("listener `{name}` buffers {bytes} bytes for each connection"),
        Some(_) => return,
        // Istio leaves it at Envoy's default, 1 MiB.
        None if question.proxy.is_of_istio() => return,
        None => {
            format!("listener `{name}` has no limit of its own: Envoy buffers {USUAL_BUFFER} bytes for each connection")
        }
    };
    let span = limit
        .filter(|limit| matches!(limit.value, Value::Int(_)))
        .map_or_else(|| self::place(listener), |limit| limit.span);
    let severity = if bytes.is_none() { Severity::Note } else { Severity::Warning };
    let help = "`meshveil generate` writes 32768: the filter streams and needs no more";
    findings.push(Finding::new(&codes::BUFFER_LIMIT, span, message).severity(severity).help(help));
}

/// Where the clusters of some routes lead, the worst first.
pub(super) fn worst(leads: impl IntoIterator<Item = Lead>) -> Lead {
    let mut worst = Lead::Elsewhere;
    for lead in leads {
        match lead {
            Lead::Workload => return Lead::Workload,
            Lead::Unknown(reason) => worst = Lead::Unknown(reason),
            Lead::Elsewhere => {}
        }
    }
    worst
}
