//! A small mesh: one Envoy with the filter between clients with certificates and one upstream.

use meshveil_plan::telemetry::Label;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Result;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::artifact;
use crate::certificate::{Authority, Identity, spiffe};
use crate::client::{Client, Protocol};
use crate::envoy::Envoy;

const TYPES: &str = "type.googleapis.com/envoy.extensions";

/// One line of Envoy's route table.
#[derive(Debug, Clone)]
pub struct Route {
    /// Envoy's name of the route.
    pub name: &'static str,
    /// Paths that begin with it take the route.
    pub prefix: &'static str,
    /// `filter_metadata.meshveil.route`
    pub metadata: Option<&'static str>,
}

/// What the mesh looks like.
#[derive(Debug, Clone)]
pub struct Setup {
    plan: Value,
    upstream: SocketAddr,
    http2_upstream: bool,
    routes: Vec<Route>,
    buffer_limit: Option<u32>,
    filters: Vec<Value>,
    behind: Vec<Value>,
    wasm: Option<PathBuf>,
    normalize_path: bool,
}

impl Setup {
    /// All requests go to `upstream` over HTTP/1.1; responses come back through the filter with this plan.
    #[must_use]
    pub fn new(plan: Value, upstream: SocketAddr) -> Self {
        Self {
            plan,
            upstream,
            http2_upstream: false,
            routes: Vec::new(),
            buffer_limit: None,
            filters: Vec::new(),
            behind: Vec::new(),
            wasm: None,
            normalize_path: true,
        }
    }

    /// Headers wait for the first body bytes, by the plan and by the plugin.
    #[must_use]
    pub fn strict(mut self) -> Self {
        if let Some(plan) = self.plan.as_object_mut() {
            plan.insert("delivery".to_owned(), json!("strict"));
        }
        self
    }

    /// Envoy speaks HTTP/2 to the upstream.
    #[must_use]
    pub fn http2_upstream(mut self) -> Self {
        self.http2_upstream = true;
        self
    }

    /// Adds a route before the one that matches everything.
    #[must_use]
    pub fn route(mut self, name: &'static str, prefix: &'static str, metadata: Option<&'static str>) -> Self {
        self.routes.push(Route { name, prefix, metadata });
        self
    }

    /// `per_connection_buffer_limit_bytes` on both sides.
    #[must_use]
    pub fn buffer_limit(mut self, bytes: u32) -> Self {
        self.buffer_limit = Some(bytes);
        self
    }

    /// Adds an HTTP filter between the client and ours.
    #[must_use]
    pub fn filter(mut self, filter: Value) -> Self {
        self.filters.push(filter);
        self
    }

    /// Adds an HTTP filter between ours and the upstream.
    #[must_use]
    pub fn filter_behind(mut self, filter: Value) -> Self {
        self.behind.push(filter);
        self
    }

    /// Another module in place of our filter.
    #[must_use]
    pub fn wasm(mut self, path: PathBuf) -> Self {
        self.wasm = Some(path);
        self
    }

    /// Leaves paths as the client wrote them.
    #[must_use]
    pub fn raw_paths(mut self) -> Self {
        self.normalize_path = false;
        self
    }

    /// Starts Envoy with one worker.
    ///
    /// # Errors
    /// Envoy or the filter is missing, or Envoy refuses the configuration.
    pub async fn start(self) -> Result<Mesh> {
        self.start_with(1).await
    }

    /// Starts Envoy with several workers, each of which has a VM of its own.
    ///
    /// # Errors
    /// As [`Setup::start`].
    pub async fn start_with(self, workers: u32) -> Result<Mesh> {
        let directory = tempfile::Builder::new().prefix("meshveil-").tempdir()?;
        let authority = Authority::new()?;
        let listener = self.listener(&authority, &directory)?;
        let configuration = json!({
            "admin": {"address": loopback()},
            "stats_config": {"stats_tags": stats_tags()},
            "static_resources": {"listeners": [listener], "clusters": [self.cluster()]},
        });
        Mesh::start(directory, authority, &configuration, workers).await
    }

    /// Starts Envoy with one worker and reads the listener from a file that [`Mesh::replace_listener`] can replace.
    ///
    /// # Errors
    /// As [`Setup::start`].
    pub async fn start_with_listener_file(self) -> Result<Mesh> {
        self.start_with_listener_file_and(1).await
    }

    /// [`Setup::start_with_listener_file`] with several workers.
    ///
    /// # Errors
    /// As [`Setup::start`].
    pub async fn start_with_listener_file_and(self, workers: u32) -> Result<Mesh> {
        let directory = tempfile::Builder::new().prefix("meshveil-").tempdir()?;
        let authority = Authority::new()?;
        let path = directory.path().join("listeners.json");
        fs::write(&path, self.listener_file(&authority, &directory)?)?;
        let configuration = json!({
            "node": {"id": "meshveil", "cluster": "meshveil"},
            "admin": {"address": loopback()},
            "dynamic_resources": {"lds_config": {
                "resource_api_version": "V3",
                "path_config_source": {"path": path, "watched_directory": {"path": directory.path()}},
            }},
            "static_resources": {"clusters": [self.cluster()]},
        });
        Mesh::start(directory, authority, &configuration, workers).await
    }

    fn listener_file(&self, authority: &Authority, directory: &TempDir) -> Result<String> {
        let mut listener = self.listener(authority, directory)?;
        if let Some(listener) = listener.as_object_mut() {
            listener.insert("@type".to_owned(), json!("type.googleapis.com/envoy.config.listener.v3.Listener"));
        }
        Ok(json!({"resources": [listener]}).to_string())
    }

    fn listener(&self, authority: &Authority, directory: &TempDir) -> Result<Value> {
        let server = authority.server()?;
        let mut listener = json!({
            "name": "mesh",
            "address": loopback(),
            "filter_chains": [{
                "filters": [{"name": "http", "typed_config": self.connection_manager(directory)?}],
                "transport_socket": {"name": "tls", "typed_config": {
                    "@type": format!("{TYPES}.transport_sockets.tls.v3.DownstreamTlsContext"),
                    "require_client_certificate": false,
                    "common_tls_context": {
                        "alpn_protocols": ["h2", "http/1.1"],
                        "tls_certificates": [{
                            "certificate_chain": {"inline_string": server.certificate},
                            "private_key": {"inline_string": server.key},
                        }],
                        "validation_context": {"trusted_ca": {"inline_string": authority.certificate()}},
                    },
                }},
            }],
        });
        if let (Some(limit), Some(listener)) = (self.buffer_limit, listener.as_object_mut()) {
            listener.insert("per_connection_buffer_limit_bytes".to_owned(), json!(limit));
        }
        Ok(listener)
    }

    fn connection_manager(&self, directory: &TempDir) -> Result<Value> {
        let mut routes: Vec<Value> = self.routes.iter().map(Route::to_json).collect();
        routes.push(
            json!({"name": "rest", "match": {"prefix": "/"}, "route": {"cluster": "upstream", "timeout": "60s"}}),
        );
        let mut filters = self.filters.clone();
        filters.push(self.wasm_filter()?);
        filters.extend(self.behind.iter().cloned());
        filters.push(json!({
            "name": "envoy.filters.http.router",
            "typed_config": {"@type": format!("{TYPES}.filters.http.router.v3.Router")},
        }));
        Ok(json!({
            "@type": format!("{TYPES}.filters.network.http_connection_manager.v3.HttpConnectionManager"),
            "stat_prefix": "mesh",
            "normalize_path": self.normalize_path,
            "http_protocol_options": {"enable_trailers": true},
            "upgrade_configs": [{"upgrade_type": "websocket"}],
            "access_log": [{"name": "file", "typed_config": {
                "@type": format!("{TYPES}.access_loggers.file.v3.FileAccessLog"),
                "path": directory.path().join("access.log"),
                "log_format": {"text_format_source": {"inline_string":
                    "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %RESPONSE_CODE% %RESPONSE_CODE_DETAILS% \
                     %RESPONSE_FLAGS% [%FILTER_STATE(wasm.meshveil:PLAIN)%]\n"}},
            }}],
            "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes}]},
            "http_filters": filters,
        }))
    }

    fn wasm_filter(&self) -> Result<Value> {
        let path = match &self.wasm {
            Some(path) => path.clone(),
            None => artifact::filter()?,
        };
        let mut plugin = json!({
            "name": "meshveil",
            "failure_policy": "FAIL_RELOAD",
            "configuration": {
                "@type": "type.googleapis.com/google.protobuf.StringValue",
                "value": self.plan.to_string(),
            },
            "vm_config": {
                "vm_id": "meshveil",
                "runtime": "envoy.wasm.runtime.v8",
                "code": {"local": {"filename": path}},
                "environment_variables": {"host_env_keys": ["MESHVEIL_KEY", "MESHVEIL_KEY_NEXT"]},
            },
        });
        if self.plan.get("delivery") == Some(&json!("strict"))
            && let Some(plugin) = plugin.as_object_mut()
        {
            plugin.insert("allow_on_headers_stop_iteration".to_owned(), json!(true));
        }
        Ok(json!({
            "name": "meshveil",
            "typed_config": {"@type": format!("{TYPES}.filters.http.wasm.v3.Wasm"), "config": plugin},
        }))
    }

    fn cluster(&self) -> Value {
        let protocol = if self.http2_upstream {
            json!({"http2_protocol_options": {}})
        } else {
            json!({"http_protocol_options": {"enable_trailers": true}})
        };
        let mut cluster = json!({
            "name": "upstream",
            "type": "STATIC",
            "load_assignment": {"cluster_name": "upstream", "endpoints": [{"lb_endpoints": [
                {"endpoint": {"address": socket(self.upstream)}},
            ]}]},
            "circuit_breakers": {"thresholds": [{"max_requests": 4096, "max_connections": 4096, "max_pending_requests": 4096}]},
            "typed_extension_protocol_options": {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": format!("{TYPES}.upstreams.http.v3.HttpProtocolOptions"),
                "explicit_http_config": protocol,
            }},
        });
        if let (Some(limit), Some(cluster)) = (self.buffer_limit, cluster.as_object_mut()) {
            cluster.insert("per_connection_buffer_limit_bytes".to_owned(), json!(limit));
        }
        cluster
    }
}

impl Route {
    fn to_json(&self) -> Value {
        let mut route = json!({
            "name": self.name,
            "match": {"prefix": self.prefix},
            "route": {"cluster": "upstream", "timeout": "60s"},
        });
        if let (Some(metadata), Some(route)) = (self.metadata, route.as_object_mut()) {
            route.insert("metadata".to_owned(), json!({"filter_metadata": {"meshveil": {"route": metadata}}}));
        }
        route
    }
}

fn loopback() -> Value {
    socket(SocketAddr::from(([127, 0, 0, 1], 0)))
}

fn socket(address: SocketAddr) -> Value {
    json!({"socket_address": {"address": address.ip().to_string(), "port_value": address.port()}})
}

/// A running mesh.
pub struct Mesh {
    /// Its Envoy.
    pub envoy: Envoy,
    authority: Authority,
    address: SocketAddr,
    directory: TempDir,
}

impl Mesh {
    async fn start(directory: TempDir, authority: Authority, configuration: &Value, workers: u32) -> Result<Self> {
        let envoy = Envoy::start(directory.path(), "envoy.json", &configuration.to_string(), workers).await?;
        let address = envoy.address("mesh").await?;
        Ok(Self { envoy, authority, address, directory })
    }

    /// Replaces the listener of [`Setup::start_with_listener_file`] as a control plane would.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn replace_listener(&self, setup: &Setup) -> Result<()> {
        let next = self.directory.path().join("next.json");
        fs::write(&next, setup.listener_file(&self.authority, &self.directory)?)?;
        Ok(fs::rename(next, self.directory.path().join("listeners.json"))?)
    }

    /// Its listener.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// An HTTP/1.1 client with the certificate of a service account.
    ///
    /// # Errors
    /// The certificate cannot be made.
    pub fn client(&self, service_account: &str) -> Result<Client> {
        self.client_with(Some(&self.authority.workload(&spiffe(service_account))?), Protocol::Http1)
    }

    /// An HTTP/2 client with the certificate of a service account.
    ///
    /// # Errors
    /// The certificate cannot be made.
    pub fn http2_client(&self, service_account: &str) -> Result<Client> {
        self.client_with(Some(&self.authority.workload(&spiffe(service_account))?), Protocol::Http2)
    }

    /// An HTTP/1.1 client without a certificate.
    ///
    /// # Errors
    /// The authority's certificate cannot be read.
    pub fn nobody(&self) -> Result<Client> {
        self.client_with(None, Protocol::Http1)
    }

    /// A client with any identity.
    ///
    /// # Errors
    /// A certificate cannot be read.
    pub fn client_with(&self, identity: Option<&Identity>, protocol: Protocol) -> Result<Client> {
        Client::new(self.address, self.authority.certificate(), identity, protocol)
    }
}

/// Which parts of the names of the filter's counters become labels.
fn stats_tags() -> Vec<Value> {
    Label::ALL.into_iter().map(|label| json!({"tag_name": label.name(), "regex": label.regex()})).collect()
}
