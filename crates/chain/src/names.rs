//! Names and types of Envoy's filters.

/// The HTTP filter that forwards a request: the last of every chain.
pub const ROUTER: &str = "envoy.filters.http.router";
/// The HTTP filter that allows and denies requests.
pub const RBAC: &str = "envoy.filters.http.rbac";
/// The HTTP filter that runs a WebAssembly module.
pub const WASM: &str = "envoy.filters.http.wasm";
/// The network filter that reads HTTP and runs the HTTP filters.
pub const CONNECTION_MANAGER: &str = "envoy.filters.network.http_connection_manager";
/// The transport socket of TLS.
pub const TLS: &str = "envoy.transport_sockets.tls";
/// The masking filter: the name of the plugin, and of the filter where nothing else decides it.
pub const MASKING: &str = "meshveil";
/// The guard behind the masking filter.
pub const GUARD: &str = "meshveil.guard";

/// What stands before a type where settings name their own (`@type`).
const URL: &str = "type.googleapis.com/";

/// A type as settings name it.
#[must_use]
pub fn url(kind: &str) -> String {
    format!("{URL}{kind}")
}

/// The type of [`ROUTER`].
pub const ROUTER_TYPE: &str = "envoy.extensions.filters.http.router.v3.Router";
/// The type of [`RBAC`].
pub const RBAC_TYPE: &str = "envoy.extensions.filters.http.rbac.v3.RBAC";
/// The type of [`WASM`].
pub const WASM_TYPE: &str = "envoy.extensions.filters.http.wasm.v3.Wasm";
/// The type of [`CONNECTION_MANAGER`].
pub const CONNECTION_MANAGER_TYPE: &str =
    "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
/// The type of [`TLS`] where connections come in.
pub const TLS_TYPE: &str = "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext";
/// The type of settings that are one text.
pub const STRING_TYPE: &str = "google.protobuf.StringValue";
