//! What puts filters into proxies, takes them out, or moves traffic past them: WasmPlugin, TrafficExtension,
//! EnvoyFilter and Sidecar.

use std::sync::Arc;

use meshveil_text::{Node, Span};

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

/// One patch of an EnvoyFilter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    /// `HTTP_FILTER`, `NETWORK_FILTER`, `LISTENER`, ...
    pub apply_to: String,
    /// `SIDECAR_INBOUND`, `GATEWAY`, `ANY`, ...
    pub context: String,
    /// The filter it looks for (`match.listener.filterChain.filter[.subFilter].name`).
    pub filter: Option<String>,
    /// The listener's port it looks for.
    pub port: Option<u16>,
    /// `MERGE`, `INSERT_BEFORE`, `REPLACE`, `REMOVE`, ...
    pub operation: String,
    /// The value.
    pub value: serde_json::Value,
    /// Its place.
    pub span: Span,
}

/// An EnvoyFilter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvoyFilter {
    /// Its metadata.
    pub meta: Meta,
    /// Labels that must match.
    pub selector: Vec<Requirement>,
    /// Its patches.
    pub patches: Vec<Patch>,
    /// What it attaches to.
    pub attachment: Attachment,
}

impl EnvoyFilter {
    /// Reads an EnvoyFilter.
    #[must_use]
    pub fn read(meta: Meta, object: &Node) -> Self {
        let spec = object.get("spec");
        let patches = spec.and_then(|spec| spec.get("configPatches")).map(Node::items).unwrap_or_default().iter();
        let selector = Selector::labels(spec.and_then(|spec| spec.at(&["workloadSelector", "labels"])));
        let mut attachment = Attachment::read(spec);
        attachment.selector.clone_from(&selector);
        Self {
            selector,
            attachment,
            patches: patches
                .map(|patch| {
                    let listener = patch.at(&["match", "listener"]);
                    let filter = listener.and_then(|l| l.at(&["filterChain", "filter"]));
                    let sub = filter.and_then(|f| f.at(&["subFilter", "name"])).or_else(|| filter?.get("name"));
                    Patch {
                        apply_to: patch.text_at("applyTo").unwrap_or_default().to_owned(),
                        context: patch.at(&["match", "context"]).and_then(Node::text).unwrap_or("ANY").to_owned(),
                        filter: sub.and_then(Node::text).map(str::to_owned),
                        port: port_number(listener.and_then(|l| l.get("portNumber"))),
                        operation: patch
                            .at(&["patch", "operation"])
                            .and_then(Node::text)
                            .unwrap_or_default()
                            .to_owned(),
                        value: patch.at(&["patch", "value"]).map_or(serde_json::Value::Null, Node::to_json),
                        span: patch.span,
                    }
                })
                .collect(),
            meta,
        }
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
