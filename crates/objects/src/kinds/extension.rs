//! What puts filters into proxies or moves traffic past them: WasmPlugin, TrafficExtension and Sidecar.

use std::sync::Arc;

use meshveil_text::{Node, Span};

pub use crate::kinds::envoy_filter::{EnvoyFilter, Patch};
use crate::kinds::port::port_number;
use crate::kinds::security::Attachment;
use crate::meta::Meta;
use crate::selector::{Requirement, Selector};

/// On which side of a connection a filter runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Where connections go out.
    Client,
    /// Where connections come in.
    Server,
    /// Both, the default.
    Both,
}

/// Where in a proxy's chain an extension stands (`phase`), in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Before authentication.
    Authn,
    /// Before authorisation.
    Authz,
    /// Before the statistics.
    Stats,
    /// Behind these; the default.
    Unspecified,
}

/// What happens when the filter fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailStrategy {
    /// Requests are refused; the default.
    Close,
    /// Requests pass without the filter.
    Open,
    /// Requests are refused until a new VM has started.
    Reload,
}

/// One item of `match`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrafficMatch {
    /// Which side.
    pub mode: Mode,
    /// Ports; empty means all.
    pub ports: Vec<u16>,
    /// Its place.
    pub span: Span,
}

/// A WasmPlugin, or a TrafficExtension that holds a wasm module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// Its metadata.
    pub meta: Meta,
    /// What it applies to.
    pub attachment: Attachment,
    /// Where it runs; empty means everywhere.
    pub matches: Vec<TrafficMatch>,
    /// The place of `match`.
    pub match_span: Option<Span>,
    /// What happens when it fails.
    pub fail_strategy: FailStrategy,
    /// The place of `failStrategy`, or of the name.
    pub fail_span: Span,
    /// Where it stands.
    pub phase: Phase,
    /// Whether it is an HTTP filter (not `NETWORK`).
    pub is_http: bool,
    /// Where the module comes from.
    pub url: String,
    /// The digest it must have.
    pub sha256: Option<String>,
    /// Its name inside the proxy.
    pub plugin_name: String,
    /// Its settings; shared, as every verdict names them.
    pub config: Arc<serde_json::Value>,
    /// The place of the settings, or of the name.
    pub config_span: Span,
}

impl Extension {
    /// Reads either kind; `None` for an extension without a wasm module.
    #[must_use]
    pub fn read(meta: Meta, object: &Node) -> Option<Self> {
        let spec = object.get("spec")?;
        let module = if meta.kind == "TrafficExtension" { spec.get("wasm")? } else { spec };
        let strategy = module.get("failStrategy");
        let text = |key: &str| module.text_at(key).unwrap_or_default().to_owned();
        let matches = spec.get("match").map(Node::items).unwrap_or_default().iter().map(|item| TrafficMatch {
            mode: match item.text_at("mode") {
                Some("CLIENT") => Mode::Client,
                Some("SERVER") => Mode::Server,
                _ => Mode::Both,
            },
            ports: item
                .get("ports")
                .map(Node::items)
                .unwrap_or_default()
                .iter()
                .filter_map(|port| port_number(port.get("number")))
                .collect(),
            span: item.span,
        });
        Some(Self {
            attachment: Attachment::read(Some(spec)),
            matches: matches.collect(),
            match_span: spec.get("match").map(|node| node.span),
            fail_strategy: match strategy.and_then(Node::text) {
                Some("FAIL_OPEN") => FailStrategy::Open,
                Some("FAIL_RELOAD") => FailStrategy::Reload,
                _ => FailStrategy::Close,
            },
            fail_span: strategy.map_or(meta.span, |node| node.span),
            phase: match spec.text_at("phase") {
                Some("AUTHN") => Phase::Authn,
                Some("AUTHZ") => Phase::Authz,
                Some("STATS") => Phase::Stats,
                _ => Phase::Unspecified,
            },
            is_http: module.text_at("type") != Some("NETWORK"),
            url: text("url"),
            sha256: module.text_at("sha256").map(str::to_owned),
            plugin_name: text("pluginName"),
            config: Arc::new(module.get("pluginConfig").map_or(serde_json::Value::Null, Node::to_json)),
            config_span: module.get("pluginConfig").map_or(meta.span, |node| node.span),
            meta,
        })
    }
}

/// A TrafficExtension that runs a Lua script, which may do anything with requests and responses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// Its metadata.
    pub meta: Meta,
    /// What it applies to.
    pub attachment: Attachment,
}

impl Script {
    /// Reads a TrafficExtension; `None` for one without a script.
    #[must_use]
    pub fn read(meta: &Meta, object: &Node) -> Option<Self> {
        let spec = object.get("spec")?;
        spec.get("lua").filter(|_| meta.kind == "TrafficExtension")?;
        Some(Self { meta: meta.clone(), attachment: Attachment::read(Some(spec)) })
    }
}

/// One inbound listener of a Sidecar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SidecarIngress {
    /// The port it serves.
    pub port: u16,
    /// The protocol it serves it in.
    pub protocol: String,
    /// Whether it is not captured (`captureMode: NONE`).
    pub uncaptured: bool,
    /// Its place.
    pub span: Span,
}

/// A Sidecar: which ports of a workload the proxy serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sidecar {
    /// Its metadata.
    pub meta: Meta,
    /// Labels that must match.
    pub selector: Vec<Requirement>,
    /// Whether a `workloadSelector` is written, be it empty: such a Sidecar goes before one without.
    pub has_selector: bool,
    /// Its inbound listeners; empty means those of the Services.
    pub ingress: Vec<SidecarIngress>,
}

impl Sidecar {
    /// Reads a Sidecar.
    #[must_use]
    pub fn read(meta: Meta, object: &Node) -> Self {
        let spec = object.get("spec");
        let ingress = spec.and_then(|spec| spec.get("ingress")).map(Node::items).unwrap_or_default().iter();
        Self {
            selector: Selector::labels(spec.and_then(|spec| spec.at(&["workloadSelector", "labels"]))),
            has_selector: spec.is_some_and(|spec| spec.get("workloadSelector").is_some()),
            ingress: ingress
                .filter_map(|item| {
                    Some(SidecarIngress {
                        port: port_number(item.at(&["port", "number"]))?,
                        protocol: item.at(&["port", "protocol"]).and_then(Node::text).unwrap_or_default().to_owned(),
                        uncaptured: item.text_at("captureMode") == Some("NONE"),
                        span: item.span,
                    })
                })
                .collect(),
            meta,
        }
    }
}
