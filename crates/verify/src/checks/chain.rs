//! The network filters of a chain: what reads HTTP, and what passes connections on as they are.

use meshveil_chain::names;
use meshveil_text::{Finding, Node, codes::verify as codes};

use super::{Tally, filter, listener::Place, route};
use crate::{
    dump::{at, get, items, kind, place, shown, text},
    lead::{Lead, Question},
};

/// Network filters that pass a connection on to the next, or end it.
const PASSING: [&str; 13] = [
    "envoy.extensions.filters.network.rbac.v3.RBAC",
    "envoy.extensions.filters.network.ext_authz.v3.ExtAuthz",
    "envoy.extensions.filters.network.ratelimit.v3.RateLimit",
    "envoy.extensions.filters.network.local_ratelimit.v3.LocalRateLimit",
    "envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit",
    "envoy.extensions.filters.network.sni_cluster.v3.SniCluster",
    "envoy.extensions.filters.network.set_filter_state.v3.Config",
    "envoy.extensions.filters.network.wasm.v3.Wasm",
    "envoy.tcp.metadataexchange.config.MetadataExchange",
    "io.istio.network.authn.Config",
    "istio.envoy.config.filter.network.metadata_exchange.MetadataExchange",
    "stats.PluginConfig",
    "envoy.extensions.filters.network.geoip.v3.Geoip",
];
const TCP_PROXY: &str = "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy";
const ECHO: &str = "envoy.extensions.filters.network.echo.v3.Echo";
const DIRECT: &str = "envoy.extensions.filters.network.direct_response.v3.Config";

pub(super) fn check(question: &Question<'_>, place: &Place<'_>, tally: &mut Tally, findings: &mut Vec<Finding>) {
    for network in items(place.chain, "filters") {
        let Some(settings) = get(network, "typed_config") else {
            incomplete(network, place, "a network filter without settings", findings);
            continue;
        };
        // The type behind a `TypedStruct`, where it is one.
        match get(settings, "type_url")
            .and_then(Node::text)
            .and_then(|url| url.rsplit('/').next())
            .or_else(|| kind(settings))
        {
            Some(names::CONNECTION_MANAGER_TYPE) => {
                let settings =
                    get(settings, "value").filter(|_| get(settings, "type_url").is_some()).unwrap_or(settings);
                http(question, place, settings, tally, findings);
            }
            Some(TCP_PROXY) => tcp(question, place, network, settings, tally, findings),
            Some(ECHO | DIRECT) => {}
            Some(kind) if PASSING.contains(&kind) => {}
            other => {
                let name = shown(other.unwrap_or("without a type"));
                let message = format!(
                    "{}: a network filter that is not known (`{name}`) may lead to the workload",
                    place.title()
                );
                findings.push(Finding::new(&codes::UNFILTERED_CONNECTION, self::place(network), message));
                tally.paths += 1;
            }
        }
    }
}

fn incomplete(node: &Node, place: &Place<'_>, what: &str, findings: &mut Vec<Finding>) {
    findings.push(Finding::new(&codes::INCOMPLETE, self::place(node), format!("{}: {what}", place.title())));
}

/// Requests: the routes that lead to the workload go through the filter.
fn http(question: &Question<'_>, place: &Place<'_>, manager: &Node, tally: &mut Tally, findings: &mut Vec<Finding>) {
    let tables = route::tables(question, place, manager, findings);
    let mut paths = Vec::new();
    for table in &tables {
        route::paths(question, place, table, &mut paths);
    }
    let to_workload: Vec<_> = paths.into_iter().filter(|path| path.lead != Lead::Elsewhere).collect();
    if to_workload.is_empty() {
        return;
    }
    tally.paths += to_workload.len();
    filter::check(question, place, manager, &to_workload, tally, findings);
}

/// Connections that nothing reads.
fn tcp(
    question: &Question<'_>,
    place: &Place<'_>,
    network: &Node,
    settings: &Node,
    tally: &mut Tally,
    findings: &mut Vec<Finding>,
) {
    let weighted = at(settings, &["weighted_clusters"]).map_or(&[][..], |weighted| items(weighted, "clusters"));
    let named =
        text(settings, "cluster").into_iter().chain(weighted.iter().filter_map(|cluster| text(cluster, "name")));
    let mut any = false;
    for cluster in named {
        any = true;
        let lead = question.lead(cluster, place.port);
        let how = match lead {
            Lead::Elsewhere => continue,
            Lead::Workload => format!("leads to the workload through cluster `{}`", shown(cluster)),
            Lead::Unknown(reason) => format!("may lead to the workload through cluster `{}`: {reason}", shown(cluster)),
        };
        tally.paths += 1;
        let message = format!("{}: a TCP proxy {how}, and no filter reads what passes", place.title());
        let help = "declare the port as HTTP (`appProtocol: http`), so that HTTP filters run";
        findings.push(Finding::new(&codes::UNFILTERED_CONNECTION, self::place(network), message).help(help));
    }
    if !any {
        incomplete(network, place, "a TCP proxy that does not say where it leads", findings);
    }
}
