//! One inbound listener per workload: filter chains by port, transport and protocol
//! (`pilot/pkg/networking/core/listener_inbound.go`).

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use serde_json::{Value, json};

use crate::objects::{Mesh, Mode, ServicePort};
use crate::token;
use crate::translate::rbac::{self, Chain};
use crate::translate::{applies, peers, trust};

const NETWORK: &str = "type.googleapis.com/envoy.extensions.filters.network";
const LISTENER: &str = "type.googleapis.com/envoy.extensions.filters.listener";
const HTTP: &str = "type.googleapis.com/envoy.extensions.filters.http";

/// The cluster of the application.
pub const APPLICATION: &str = "application";

const ISTIO_ALPN: [&str; 5] = ["istio", "istio-peer-exchange", "istio-http/1.0", "istio-http/1.1", "istio-h2"];
const ISTIO_HTTP_ALPN: [&str; 3] = ["istio-http/1.0", "istio-http/1.1", "istio-h2"];
const ISTIO_TCP_ALPN: [&str; 2] = ["istio-peer-exchange", "istio"];
const HTTP_ALPN: [&str; 2] = ["http/1.1", "h2c"];

/// What a port is declared as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Declared {
    /// HTTP
    Http,
    /// Anything that is not read.
    Tcp,
    /// Nothing that is known: the first bytes decide.
    Nothing,
}

/// The server's certificate, its key, and the authority of the mesh, all in PEM.
#[derive(Debug, Clone)]
pub struct Secrets {
    /// The certificate.
    pub certificate: String,
    /// Its key.
    pub key: String,
    /// The authority.
    pub authority: String,
}

/// What a Service port is declared as, by `appProtocol` before the name.
#[must_use]
pub fn declared(port: &ServicePort) -> Declared {
    let text = port.app_protocol.as_deref().unwrap_or(&port.name).to_ascii_lowercase();
    match text.split('-').next() {
        Some("http" | "http2" | "grpc") => Declared::Http,
        Some("tcp" | "https" | "tls" | "mongo" | "redis") => Declared::Tcp,
        _ => Declared::Nothing,
    }
}

/// One filter chain before its port.
struct Shape {
    chain: Chain,
    transport: &'static str,
    protocols: &'static [&'static str],
    terminates: bool,
}

fn shapes(mode: Mode, declared: Declared) -> Vec<Shape> {
    let shape = |chain, transport, protocols, terminates| Shape { chain, transport, protocols, terminates };
    let tls = |chain, protocols| shape(chain, "tls", protocols, true);
    let raw = |chain, protocols| shape(chain, "raw_buffer", protocols, false);
    let foreign_tls = || shape(Chain::Tcp, "tls", &[], false);
    let own = if declared == Declared::Http { Chain::Http } else { Chain::Tcp };
    match (mode, declared) {
        (Mode::Strict, Declared::Nothing) => vec![tls(Chain::Http, &ISTIO_HTTP_ALPN), tls(Chain::Tcp, &[])],
        (Mode::Strict, _) => vec![tls(own, &[])],
        (Mode::Disable, Declared::Nothing) => vec![raw(Chain::Http, &HTTP_ALPN), raw(Chain::Tcp, &[])],
        (Mode::Disable, _) => vec![raw(own, &[])],
        (_, Declared::Http) => vec![tls(own, &ISTIO_ALPN), raw(own, &[])],
        (_, Declared::Tcp) => vec![tls(own, &ISTIO_ALPN), foreign_tls(), raw(own, &[])],
        (_, Declared::Nothing) => vec![
            tls(Chain::Http, &ISTIO_HTTP_ALPN),
            raw(Chain::Http, &HTTP_ALPN),
            tls(Chain::Tcp, &ISTIO_TCP_ALPN),
            raw(Chain::Tcp, &[]),
            foreign_tls(),
        ],
    }
}

fn transport_socket(mesh: &Mesh, secrets: &Secrets, chain: Chain) -> Value {
    let names = trust::domains(mesh)
        .into_iter()
        .map(|domain| json!({"san_type": "URI", "matcher": {"prefix": format!("spiffe://{domain}/")}}));
    let protocols =
        if chain == Chain::Http { json!(["h2", "http/1.1"]) } else { json!(["istio-peer-exchange", "h2", "http/1.1"]) };
    json!({
        "name": "envoy.transport_sockets.tls",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
            "require_client_certificate": true,
            "common_tls_context": {
                "alpn_protocols": protocols,
                "tls_params": {"tls_minimum_protocol_version": "TLSv1_2", "tls_maximum_protocol_version": "TLSv1_3"},
                "tls_certificates": [{
                    "certificate_chain": {"inline_string": secrets.certificate},
                    "private_key": {"inline_string": secrets.key},
                }],
                "validation_context": {
                    "trusted_ca": {"inline_string": secrets.authority},
                    "match_typed_subject_alt_names": names.collect::<Vec<Value>>(),
                },
            },
        },
    })
}

/// Invalid tokens are refused, missing ones are not.
fn token_filter(mesh: &Mesh) -> Option<Value> {
    let applying = mesh.tokens.iter().filter(|t| applies(&t.meta, &mesh.root, &mesh.namespace, &mesh.labels));
    let mut issuers: Vec<&str> = applying.flat_map(|_| token::ISSUERS).collect();
    issuers.sort_unstable();
    if issuers.is_empty() {
        return None;
    }
    let mut providers = serde_json::Map::new();
    let (mut each, mut any) = (Vec::new(), Vec::new());
    for (at, issuer) in issuers.iter().enumerate() {
        let name = format!("origins-{at}");
        providers.insert(
            name.clone(),
            json!({
                "issuer": issuer, "forward": false, "payload_in_metadata": "payload",
                "local_jwks": {"inline_string": token::keys()},
                "normalize_payload_in_metadata": {"space_delimited_claims": ["permission", "scope"]},
            }),
        );
        any.push(json!({"provider_name": name}));
        each.push(json!({"requires_any": {"requirements": [{"provider_name": name}, {"allow_missing": {}}]}}));
    }
    any.push(json!({"requires_all": {"requirements": each}}));
    Some(json!({
        "name": "envoy.filters.http.jwt_authn",
        "typed_config": {
            "@type": format!("{HTTP}.jwt_authn.v3.JwtAuthentication"),
            "providers": providers, "bypass_cors_preflight": true,
            "rules": [{"match": {"prefix": "/"}, "requires": {"requires_any": {"requirements": any}}}],
        },
    }))
}

fn filters(mesh: &Mesh, chain: Chain) -> Value {
    let mut filters: Vec<Value> = rbac::filters(mesh, chain);
    if chain == Chain::Tcp {
        filters.push(json!({
            "name": "envoy.filters.network.tcp_proxy",
            "typed_config": {
                "@type": format!("{NETWORK}.tcp_proxy.v3.TcpProxy"), "stat_prefix": "tcp", "cluster": APPLICATION,
            },
        }));
        return Value::Array(filters);
    }
    filters.splice(0..0, token_filter(mesh));
    filters.push(json!({
        "name": "envoy.filters.http.router",
        "typed_config": {"@type": format!("{HTTP}.router.v3.Router")},
    }));
    json!([{
        "name": "envoy.filters.network.http_connection_manager",
        "typed_config": {
            "@type": format!("{NETWORK}.http_connection_manager.v3.HttpConnectionManager"),
            "stat_prefix": "http",
            "use_remote_address": false,
            // Istio's default, `BASE`.
            "normalize_path": true,
            "path_with_escaped_slashes_action": "KEEP_UNCHANGED",
            "route_config": {"virtual_hosts": [{
                "name": "inbound", "domains": ["*"],
                "routes": [{"match": {"prefix": "/"}, "route": {"cluster": APPLICATION}}],
            }]},
            // Not Istio's: tells which policy refused.
            "local_reply_config": {"mappers": [{
                "filter": {"status_code_filter": {"comparison": {
                    "op": "EQ", "value": {"default_value": 403, "runtime_key": "no"},
                }}},
                "headers_to_add": [{"header": {"key": "x-details", "value": "%RESPONSE_CODE_DETAILS%"}}],
            }]},
            "http_filters": filters,
        },
    }])
}

/// What must be read ahead on a port.
#[derive(Default)]
struct Inspected {
    tls: bool,
    http: bool,
}

fn off_at(ports: &[u16]) -> Value {
    let rules: Vec<Value> = ports
        .iter()
        .map(|port| json!({"destination_port_range": {"start": port, "end": u32::from(*port) + 1}}))
        .collect();
    match rules.as_slice() {
        [one] => one.clone(),
        _ => json!({"or_match": {"rules": rules}}),
    }
}

/// The inspectors: TLS and HTTP, each only on the ports whose chains ask for it. Port 0 stands for all others.
fn inspectors(ports: &BTreeMap<u16, Inspected>) -> Vec<Value> {
    let mut filters = Vec::new();
    let inspector = |short: &str, kind: &str, disabled: Option<Value>| {
        let mut filter = json!({
            "name": format!("envoy.filters.listener.{short}"),
            "typed_config": {"@type": format!("{LISTENER}.{short}.v3.{kind}")},
        });
        if let Some(disabled) = disabled {
            filter["filter_disabled"] = disabled;
        }
        filter
    };
    if ports.values().any(|inspected| inspected.tls) {
        let by_default = ports.get(&0).is_some_and(|inspected| inspected.tls);
        let others = ports.iter().filter(|(port, inspected)| **port != 0 && inspected.tls != by_default);
        let others: Vec<u16> = others.map(|(port, _)| *port).collect();
        let disabled = match (others.is_empty(), by_default) {
            (true, _) => None,
            (false, true) => Some(off_at(&others)),
            (false, false) => Some(json!({"not_match": off_at(&others)})),
        };
        filters.push(inspector("tls_inspector", "TlsInspector", disabled));
    }
    if ports.values().any(|inspected| inspected.http) {
        let others: Vec<u16> = ports.iter().filter(|(_, inspected)| !inspected.http).map(|(port, _)| *port).collect();
        let disabled = (!others.is_empty()).then(|| off_at(&others));
        filters.push(inspector("http_inspector", "HttpInspector", disabled));
    }
    filters
}

/// The listener of a workload at `address`, open on `open`.
#[must_use]
pub fn listener(mesh: &Mesh, secrets: &Secrets, address: Ipv4Addr, open: &[u16]) -> Value {
    let modes = peers::modes(mesh);
    let mut ports: BTreeMap<u16, (Mode, Declared)> = BTreeMap::new();
    // Ports that no Service declares, but that have a mode of their own; 0 is what is left.
    ports.insert(0, (modes.rest, Declared::Nothing));
    ports.extend(modes.ports.iter().map(|(port, mode)| (*port, (*mode, Declared::Nothing))));
    ports.extend(mesh.ports.iter().map(|port| (port.target, (modes.of(port.target), declared(port)))));
    let mut chains = Vec::new();
    let mut inspected: BTreeMap<u16, Inspected> = BTreeMap::new();
    for (port, (mode, declared)) in &ports {
        for (at, shape) in shapes(*mode, *declared).iter().enumerate() {
            let inspected = inspected.entry(*port).or_default();
            inspected.tls |= shape.transport == "tls";
            inspected.http |= shape.protocols.contains(&"http/1.1");
            let mut matching = json!({"transport_protocol": shape.transport});
            if !shape.protocols.is_empty() {
                matching["application_protocols"] = json!(shape.protocols);
            }
            if *port != 0 {
                matching["destination_port"] = json!(port);
            }
            let name = format!("{port}-{at}");
            let mut chain =
                json!({"name": name, "filter_chain_match": matching, "filters": filters(mesh, shape.chain)});
            if shape.terminates {
                chain["transport_socket"] = transport_socket(mesh, secrets, shape.chain);
            }
            chains.push(chain);
        }
    }
    let mut addresses =
        open.iter().map(|port| json!({"socket_address": {"address": address.to_string(), "port_value": port}}));
    json!({
        "name": address.to_string(),
        "address": addresses.next(),
        "additional_addresses": addresses.map(|address| json!({"address": address})).collect::<Vec<Value>>(),
        // A second process on the same address must fail, not share it.
        "enable_reuse_port": false,
        "traffic_direction": "INBOUND",
        "continue_on_listener_filters_timeout": true,
        "listener_filters_timeout": "0s",
        "listener_filters": inspectors(&inspected),
        "filter_chains": chains,
    })
}

/// One Envoy for many workloads with one application behind them.
#[must_use]
pub fn bootstrap(listeners: Vec<Value>, application: u16) -> Value {
    let endpoint = json!({"address": {"socket_address": {"address": "127.0.0.1", "port_value": application}}});
    json!({
        "admin": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": 0}}},
        "static_resources": {
            "listeners": listeners,
            "clusters": [{
                "name": APPLICATION, "type": "STATIC", "connect_timeout": "10s",
                "circuit_breakers": {"thresholds": [{
                    "max_connections": 10000, "max_pending_requests": 10000, "max_requests": 10000,
                }]},
                "load_assignment": {"cluster_name": APPLICATION, "endpoints": [{"lb_endpoints": [{"endpoint": endpoint}]}]},
            }],
        },
    })
}
