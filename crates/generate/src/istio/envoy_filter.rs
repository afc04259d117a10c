//! What only raw Envoy configuration can say: response headers that wait, routes with metadata, and the guard.

use std::fmt::Write;

use meshveil_plan::MARK_KEY;

use crate::{
    Source, Target,
    document::Document,
    route,
    yaml::{indented, quoted},
};

const VERSION: &str = "networking.istio.io/v1alpha3";
const KIND: &str = "EnvoyFilter";
const WASM: &str = "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm";

/// Where HTTP filters go: right before the router, of connections that come in.
const BEFORE_ROUTER: &str = "  match:
    context: SIDECAR_INBOUND
    listener:
      filterChain:
        filter:
          name: envoy.filters.network.http_connection_manager
          subFilter: { name: envoy.filters.http.router }
";

fn start(source: &Source<'_>, what: &str, suffix: &str) -> Document {
    let mut document = source.about_workload(what, VERSION, KIND, suffix);
    document.spec = format!("  workloadSelector: {{ labels: {} }}\n", source.selector());
    document
}

/// The filter, with response headers that wait for the first bytes of the body. It is announced as an extension, so that
/// the agent beside the proxy fetches the module, as it does for a WasmPlugin.
pub(super) fn filter(source: &Source<'_>) -> Document {
    let mut document = start(source, "masks responses; a crash or a bad plan fails closed", "");
    let name = format!("meshveil.{}", source.policy.full_name().replace('/', "."));
    let mut config = format!(
        "name: meshveil
# A crash costs the requests at hand, and the filter is loaded again. It never fails open.
failure_policy: FAIL_RELOAD
# Goes together with `\"delivery\": \"strict\"` in the plan.
allow_on_headers_stop_iteration: true
vm_config:
  vm_id: meshveil
  runtime: envoy.wasm.runtime.v8
  code:
    remote:
      http_uri: {{ uri: {}, cluster: _, timeout: 30s }}
",
        quoted(&source.settings.url)
    );
    if let Some(sha256) = &source.settings.sha256 {
        let _ = writeln!(config, "      sha256: {}", quoted(sha256));
    }
    if let Some(key) = &source.policy.key {
        let _ = writeln!(config, "  environment_variables: {{ host_env_keys: [{}] }}", quoted(&key.env));
    }
    let _ = write!(
        config,
        "configuration:\n  \"@type\": type.googleapis.com/google.protobuf.StringValue\n  value: |\n{}",
        indented(&source.plan_text(), 4)
    );
    let patches = format!(
        "- applyTo: HTTP_FILTER
{BEFORE_ROUTER}  patch:
    operation: INSERT_BEFORE
    value:
      name: {name}
      config_discovery:
        # No answer in the meantime: the listener waits for the module.
        config_source: {{ ads: {{}}, initial_fetch_timeout: 0s, resource_api_version: V3 }}
        type_urls: [{WASM}]
- applyTo: EXTENSION_CONFIG
  match: {{ context: SIDECAR_INBOUND }}
  patch:
    operation: ADD
    value:
      name: {name}
      typed_config:
        \"@type\": {WASM}
        config:
{}",
        indented(&config, 10),
        name = quoted(&name),
    );
    let _ = write!(document.spec, "  configPatches:\n{}", indented(&patches, 4));
    document
}

/// Refuses requests without the filter's mark. It stands behind the filter, whatever put that there: patches of EnvoyFilters
/// come after WasmPlugins, and those of a higher `priority` after others.
pub(super) fn guard(source: &Source<'_>) -> Document {
    let ambient = source.settings.target == Target::IstioAmbient;
    let mut document = if ambient {
        let mut document = source.about_workload("no request that the filter has not seen", VERSION, KIND, "guard");
        document.spec = super::attachment(source);
        document
    } else {
        start(source, "no request that the filter has not seen", "guard")
    };
    let place = if ambient {
        "  match:\n    context: WAYPOINT\n    waypoint: { filter: { name: envoy.filters.network.http_connection_manager, subFilter: { name: envoy.filters.http.router } } }\n"
    } else {
        BEFORE_ROUTER
    };
    let patches = format!(
        "- applyTo: HTTP_FILTER
{place}  patch:
    operation: INSERT_BEFORE
    value:
      name: meshveil.guard
      typed_config:
        \"@type\": type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC
        rules:
          action: ALLOW
          policies:
            seen-by-the-filter:
              permissions: [{{ any: true }}]
              principals: [{{ filter_state: {{ key: {MARK_KEY}, string_match: {{ exact: {} }} }} }}]
",
        source.mark()
    );
    let _ = write!(document.spec, "  priority: 10\n  configPatches:\n{}", indented(&patches, 4));
    document
}

/// Routes of the policy before the only one that a sidecar has for a port. Each is put at the very front, so the last
/// comes first.
pub(super) fn routes(source: &Source<'_>) -> Vec<Document> {
    let mut patches = String::new();
    for port in &source.policy.workload.ports {
        let inbound = format!("inbound|{}||", port.port.value);
        for (route, found) in route::matchable(&source.policy.routes).rev() {
            let place = source.place(route.name.span);
            let plain = &route.name.value;
            let _ = write!(
                patches,
                "# {place} routes.{plain}
- applyTo: HTTP_ROUTE
  match: {{ context: SIDECAR_INBOUND, routeConfiguration: {{ name: {inbound} }} }}
  patch:
    operation: INSERT_FIRST
    value:
      name: {name}
      match: {found}
      # As the route that it stands before: no deadline, the application decides.
      route: {{ cluster: {inbound}, timeout: 0s, max_stream_duration: {{ max_stream_duration: 0s, grpc_timeout_header_max: 0s }} }}
      metadata: {{ filter_metadata: {{ meshveil: {{ route: {name} }} }} }}
",
                inbound = quoted(&inbound),
                name = quoted(plain),
            );
        }
    }
    if patches.is_empty() {
        return Vec::new();
    }
    let mut document = start(source, "routes with a name of their own", "routes");
    let _ = write!(document.spec, "  configPatches:\n{}", indented(&patches, 4));
    vec![document]
}
