//! Envoy's configuration.

use meshveil_chain::{Admitted, Authorization, Chain, Code, Files, HttpFilter, Identity, names};
use meshveil_plan::{Others, telemetry::Label};
use meshveil_text::{
    block, flow,
    yaml::{self, List, Map, quoted},
};

use super::{DIRECTORY, LISTENER};
use crate::{
    Source,
    route::{matchable, metadata},
    source::part,
};

pub(super) fn text(source: &Source<'_>) -> String {
    let what = "Envoy in front of the workload: mutual TLS, authorisation, masking, and a guard behind the filter.";
    let listeners = super::listeners(source.policy).map(|(own, port)| listener(source, own, port));
    let mut resources = block!({ listeners: [..listeners] });
    resources.blank();
    resources.set("clusters", block!([..source.ports().map(|port| cluster(source, port))]));
    let mut bootstrap = block!({
        admin: {
            # "Who reaches this page can change Envoy: it answers the own machine only."
            address: address("127.0.0.1", 9901),
        },
    });
    bootstrap.blank();
    bootstrap.set("stats_config", labels());
    bootstrap.blank();
    bootstrap.set("static_resources", resources);
    yaml::file(&source.header(what), [bootstrap])
}

/// Which parts of the names of the filter's counters become labels.
fn labels() -> Map {
    let tag = |label: Label| flow!({ tag_name: label.name(), regex: quoted(label.regex()) });
    block!({
        # "Labels of the filter's counters; without them every combination is a metric of its own name."
        stats_tags: [..Label::ALL.map(tag)],
    })
}

fn address(address: &str, port: u16) -> Map {
    flow!({ socket_address: { address: address, port_value: port } })
}

/// Name of the cluster of a port.
fn upstream(port: u16) -> String {
    format!("workload-{port}")
}

fn cluster(source: &Source<'_>, port: u16) -> Map {
    let name = quoted(upstream(port));
    let address = flow!({ socket_address: { address: quoted(&source.policy.name.value), port_value: port } });
    block!({
        name: name.clone(),
        type: "STRICT_DNS",
        per_connection_buffer_limit_bytes: 32768,
        load_assignment: {
            cluster_name: name,
            endpoints: [{ lb_endpoints: [{ endpoint: flow!({ address: address }) }] }],
        },
    })
}

fn listener(source: &Source<'_>, own: u16, port: u16) -> Map {
    let name = if own == LISTENER { "mesh".to_owned() } else { format!("mesh-{own}") };
    let chain = chain(source);
    block!({
        name: name,
        address: address("0.0.0.0", own),
        per_connection_buffer_limit_bytes: 32768,
        filter_chains: [{
            transport_socket?: chain.identity.as_ref().map(Identity::write),
            filters: [{
                name: names::CONNECTION_MANAGER,
                typed_config: manager(source, port, chain.http_filters()),
            }],
        }],
    })
}

/// What reads HTTP and runs the HTTP filters.
fn manager(source: &Source<'_>, port: u16, http_filters: List) -> Map {
    block!({
        "@type": names::url(names::CONNECTION_MANAGER_TYPE),
        stat_prefix: "mesh",
        normalize_path: true,
        merge_slashes: true,
        path_with_escaped_slashes_action: "REJECT_REQUEST",
        use_remote_address: true,
        # "Servers that make variables of header names take `script_name` for `script-name`, and for what the proxy sets."
        common_http_protocol_options: flow!({ headers_with_underscores_action: "REJECT_REQUEST" }),
        # "Every URI name of the client's certificate: the filter takes a certificate with two for that of no caller."
        forward_client_cert_details: "SANITIZE_SET",
        set_current_client_cert_details: flow!({ uri: true }),
        access_log: [{
            name: "envoy.access_loggers.stdout",
            typed_config: {
                "@type": names::url("envoy.extensions.access_loggers.stream.v3.StdoutAccessLog"),
                log_format: {
                    text_format_source: {
                        # "Paths without queries, which may hold values. The last part is the filter's receipt: what became of the response, for which caller, and how many values were masked."
                        inline_string: "%START_TIME% %REQ(:METHOD)% %PATH(NQ)% %RESPONSE_CODE% %RESPONSE_CODE_DETAILS% %RESPONSE_FLAGS% %DOWNSTREAM_PEER_URI_SAN% %REQ(X-REQUEST-ID)% [%FILTER_STATE(wasm.meshveil:PLAIN)%]\n",
                    },
                },
            },
        }],
        route_config: { virtual_hosts: [{ name: "all", domains: flow!(["*"]), routes: routes(source, port) }] },
        http_filters: http_filters,
    })
}

fn routes(source: &Source<'_>, port: u16) -> List {
    let action = flow!({ cluster: quoted(upstream(port)) });
    let mut routes = List::default();
    for route in matchable(&source.policy.routes) {
        routes.comment(part(&format!("routes.{}", route.name)));
        routes.push(block!({
            name: quoted(route.name),
            match: route.found,
            route: action.clone(),
            metadata: metadata(route.name),
        }));
    }
    routes.push(block!({ name: "everything-else", match: flow!({ prefix: "/" }), route: action }));
    routes
}

fn chain(source: &Source<'_>) -> Chain {
    let file = |name: &str| format!("{DIRECTORY}/certs/{name}");
    let files = Files { chain: file("server.pem"), key: file("server.key"), authority: file("ca.pem") };
    let module = Code::Local(format!("{DIRECTORY}/meshveil_filter.wasm"));
    let mut filters = Vec::new();
    if source.enforces() {
        filters.push(HttpFilter::Authorization(authorization(source)));
    }
    filters.push(HttpFilter::Masking(Box::new(source.masking(names::MASKING.to_owned(), module))));
    if source.has_guard() {
        filters.push(HttpFilter::Guard(source.guard()));
    }
    filters.push(HttpFilter::Router);
    Chain { identity: Some(Identity { trust_domain: source.policy.trust_domain.clone(), files }), filters }
}

/// Who may send a request at all.
fn authorization(source: &Source<'_>) -> Authorization {
    let admitted = source.inbound().into_iter().map(|(comment, inbound)| Admitted {
        name: inbound.caller.unwrap_or("trusted-hop").to_owned(),
        principal: inbound.service_account.spiffe_id(&source.policy.trust_domain),
        comment,
    });
    Authorization { others: source.policy.others == Others::Masked, admitted: admitted.collect() }
}
