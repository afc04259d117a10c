//! Envoy's configuration.

use std::fmt::Write;

use meshveil_plan::{MARK_KEY, Others};

use super::{DIRECTORY, LISTENER};
use crate::{
    Source, route,
    yaml::{indented, quoted},
};

const TYPES: &str = "type.googleapis.com/envoy.extensions";

pub(super) fn text(source: &Source<'_>) -> String {
    let policy = source.policy;
    let cluster = quoted(&policy.name.value);
    let mut listeners = String::new();
    for (own, port) in super::listeners(policy) {
        listeners.push_str(&listener(source, own, port));
    }
    let mut clusters = String::new();
    for port in &policy.workload.ports {
        let _ = write!(
            clusters,
            "- name: {name}
  type: STRICT_DNS
  per_connection_buffer_limit_bytes: 32768
  load_assignment:
    cluster_name: {name}
    endpoints:
      - lb_endpoints:
          - endpoint: {{ address: {{ socket_address: {{ address: {cluster}, port_value: {port} }} }} }}
",
            name = quoted(&upstream(port.port.value)),
            port = port.port.value,
        );
    }
    format!(
        "{}admin:
  # Who reaches this page can change Envoy: it answers the own machine only.
  address: {{ socket_address: {{ address: 127.0.0.1, port_value: 9901 }} }}

static_resources:
  listeners:
{}
  clusters:
{}",
        source.header(
            "Envoy in front of the workload: mutual TLS, authorisation, masking, and a guard behind the filter."
        ),
        indented(&listeners, 4),
        indented(&clusters, 4),
    )
}

/// The cluster of a port.
fn upstream(port: u16) -> String {
    format!("workload-{port}")
}

fn listener(source: &Source<'_>, own: u16, port: u16) -> String {
    let trust_domain = quoted(&format!("spiffe://{}/", source.policy.trust_domain));
    let manager = format!(
        "\"@type\": {TYPES}.filters.network.http_connection_manager.v3.HttpConnectionManager
stat_prefix: mesh
normalize_path: true
merge_slashes: true
path_with_escaped_slashes_action: REJECT_REQUEST
use_remote_address: true
access_log:
  - name: envoy.access_loggers.stdout
    typed_config:
      \"@type\": {TYPES}.access_loggers.stream.v3.StdoutAccessLog
      log_format:
        text_format_source:
          # The last part is the filter's receipt: what became of the response, and how many values were masked.
          inline_string: \"%REQ(:METHOD)% %REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_CODE_DETAILS% [%FILTER_STATE(wasm.meshveil:PLAIN)%]\\n\"
route_config:
  virtual_hosts:
    - name: all
      domains: [\"*\"]
      routes:
{}http_filters:
{}",
        indented(&routes(source, port), 8),
        indented(&filters(source), 2),
    );
    format!(
        "- name: mesh{suffix}
  address: {{ socket_address: {{ address: 0.0.0.0, port_value: {own} }} }}
  per_connection_buffer_limit_bytes: 32768
  filter_chains:
    - transport_socket:
        name: envoy.transport_sockets.tls
        typed_config:
          \"@type\": {TYPES}.transport_sockets.tls.v3.DownstreamTlsContext
          # Without a certificate of this authority and trust domain there is no connection.
          require_client_certificate: true
          common_tls_context:
            alpn_protocols: [h2, http/1.1]
            tls_certificates:
              - certificate_chain: {{ filename: {DIRECTORY}/certs/server.pem }}
                private_key: {{ filename: {DIRECTORY}/certs/server.key }}
            validation_context:
              trusted_ca: {{ filename: {DIRECTORY}/certs/ca.pem }}
              match_typed_subject_alt_names: [{{ san_type: URI, matcher: {{ prefix: {trust_domain} }} }}]
      filters:
        - name: envoy.filters.network.http_connection_manager
          typed_config:
{}",
        indented(&manager, 12),
        suffix = if own == LISTENER { String::new() } else { format!("-{own}") },
    )
}

fn routes(source: &Source<'_>, port: u16) -> String {
    let cluster = quoted(&upstream(port));
    let mut text = String::new();
    for (route, found) in route::matchable(&source.policy.routes) {
        let name = quoted(&route.name.value);
        let _ = write!(
            text,
            "# {} routes.{}
- name: {name}
  match: {found}
  route: {{ cluster: {cluster} }}
  metadata: {{ filter_metadata: {{ meshveil: {{ route: {name} }} }} }}
",
            source.place(route.name.span),
            route.name.value,
        );
    }
    let _ = write!(text, "- name: everything-else\n  match: {{ prefix: / }}\n  route: {{ cluster: {cluster} }}\n");
    text
}

fn filters(source: &Source<'_>) -> String {
    format!(
        "{}{}{}- name: envoy.filters.http.router
  typed_config: {{ \"@type\": {TYPES}.filters.http.router.v3.Router }}
",
        authorization(source),
        masking(source),
        guard(source),
    )
}

/// Envoy's RBAC filter: who may send a request at all.
fn authorization(source: &Source<'_>) -> String {
    let mut policies = String::new();
    if source.policy.others == Others::Masked {
        policies.push_str(
            "# others: masked\n\"others\": { permissions: [{ any: true }], principals: [{ authenticated: {} }] }\n",
        );
    }
    for (at, (comment, inbound)) in source.inbound().into_iter().enumerate() {
        let id = quoted(&inbound.service_account.spiffe_id(&source.policy.trust_domain));
        // Names of policies are unique and sorted by Envoy; those of callers may not be unique.
        let name = quoted(&format!("{at:03}-{}", inbound.caller.unwrap_or("trusted-hop")));
        let _ = write!(
            policies,
            "# {comment}
{name}:
  permissions: [{{ any: true }}]
  principals: [{{ authenticated: {{ principal_name: {{ exact: {id} }} }} }}]
"
        );
    }
    let policies = if policies.is_empty() {
        "    policies: {}\n".to_owned()
    } else {
        format!("    policies:\n{}", indented(&policies, 6))
    };
    format!(
        "# Who may send a request at all.
- name: envoy.filters.http.rbac
  typed_config:
    \"@type\": {TYPES}.filters.http.rbac.v3.RBAC
    rules:
      action: ALLOW
{}",
        indented(&policies, 2),
    )
}

fn masking(source: &Source<'_>) -> String {
    let mut config = "name: meshveil\n".to_owned();
    if source.reloads() {
        config.push_str(
            "# A crash costs the requests at hand, and the filter is loaded again. It never fails open.\nfailure_policy: FAIL_RELOAD\n",
        );
    } else {
        config.push_str("fail_open: false\n");
    }
    if source.is_strict() {
        config.push_str(
            "# Goes together with `\"delivery\": \"strict\"` in the plan.\nallow_on_headers_stop_iteration: true\n",
        );
    }
    let _ = write!(
        config,
        "vm_config:
  vm_id: meshveil
  runtime: envoy.wasm.runtime.v8
  code: {{ local: {{ filename: {DIRECTORY}/meshveil_filter.wasm }} }}
"
    );
    if let Some(key) = &source.policy.key {
        let _ = writeln!(config, "  environment_variables: {{ host_env_keys: [{}] }}", quoted(&key.env));
    }
    let _ = write!(
        config,
        "# The plan: `meshveil plan` prints it.
configuration:
  \"@type\": type.googleapis.com/google.protobuf.StringValue
  value: |
{}",
        indented(&source.plan_text(), 4),
    );
    format!(
        "- name: meshveil\n  typed_config:\n    \"@type\": {TYPES}.filters.http.wasm.v3.Wasm\n    config:\n{}",
        indented(&config, 6)
    )
}

/// Refuses requests without the filter's mark: the second lock should the filter be gone.
fn guard(source: &Source<'_>) -> String {
    format!(
        "# No request that the filter has not seen.
- name: meshveil.guard
  typed_config:
    \"@type\": {TYPES}.filters.http.rbac.v3.RBAC
    rules:
      action: ALLOW
      policies:
        seen-by-the-filter:
          permissions: [{{ any: true }}]
          principals: [{{ filter_state: {{ key: {MARK_KEY}, string_match: {{ exact: {} }} }} }}]
",
        source.mark(),
    )
}
