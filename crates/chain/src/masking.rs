//! The masking filter: where its module comes from, its plan, and what happens when it fails.

use meshveil_text::{
    block, flow,
    yaml::{Map, literal, quoted},
};
use serde_json::Value;

use crate::{field, names};

/// The masking filter in Envoy's own configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Masking {
    /// Name of the filter in the chain.
    pub name: String,
    /// The plan as JSON; `None` where there are no settings.
    pub plan: Option<String>,
    /// What happens when the module fails.
    pub failure: Failure,
    /// Whether response headers may wait for the body (`delivery: strict`).
    pub headers_wait: bool,
    /// The module.
    pub code: Code,
    /// Environment variables of the proxy that the module may read: the one that holds the key.
    pub variables: Vec<String>,
}

/// What happens to requests when the module fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// Those at hand are refused, and the module is loaded again.
    Reload,
    /// All are refused until the proxy starts again.
    Closed,
    /// They pass unmasked.
    Open,
}

/// Where a module comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Code {
    /// A file beside the proxy.
    Local(String),
    /// An address.
    Remote {
        /// `oci://` or `https://`.
        url: String,
        /// The digest that it must have.
        sha256: Option<String>,
    },
    /// Neither is given.
    Unknown,
}

/// The name by which protobuf calls the failure policy that lets requests pass, and its number.
const FAIL_OPEN: (&str, u64) = ("FAIL_OPEN", 3);

impl Masking {
    /// The filter, or the extension that the filter asks for.
    #[must_use]
    pub fn write(&self) -> Map {
        let mut config = Map::default();
        config.set("name", names::MASKING);
        match self.failure {
            Failure::Reload => {
                config.comment(
                    "A crash costs the requests at hand, and the filter is loaded again. It never fails open.",
                );
                config.set("failure_policy", "FAIL_RELOAD");
            }
            Failure::Closed => config.set("fail_open", false),
            Failure::Open => config.set("fail_open", true),
        }
        if self.headers_wait {
            config.comment("Goes together with `\"delivery\": \"strict\"` in the plan.");
            config.set("allow_on_headers_stop_iteration", true);
        }
        let variables = self.variables.iter().map(quoted);
        let variables = (!self.variables.is_empty()).then(|| flow!({ host_env_keys: [..variables] }));
        config.set(
            "vm_config",
            block!({
                vm_id: names::MASKING,
                runtime: "envoy.wasm.runtime.v8",
                code?: self.code.write(),
                environment_variables?: variables,
            }),
        );
        if let Some(plan) = &self.plan {
            config.comment("The plan: `meshveil plan` prints it.");
            let text = literal(format!("{plan}\n"));
            config.set("configuration", block!({ "@type": names::url(names::STRING_TYPE), value: text }));
        }
        block!({ name: quoted(&self.name), typed_config: { "@type": names::url(names::WASM_TYPE), config: config } })
    }

    /// A filter that asks for the module by the name of this, as Istio's agent expects it of modules that it fetches.
    #[must_use]
    pub fn write_announcement(&self) -> Map {
        let source = flow!({ ads: {}, initial_fetch_timeout: "0s", resource_api_version: "V3" });
        block!({
            name: quoted(&self.name),
            config_discovery: {
                # "No answer in the meantime: the listener waits for the module."
                config_source: source,
                # "RBAC: what Istio's agent sends in place of a module that it cannot fetch. It refuses every request; were it not listed, a running proxy would keep the old plan."
                type_urls: flow!([names::url(names::WASM_TYPE), names::url(names::RBAC_TYPE)]),
            },
        })
    }

    /// Reads a filter, or the extension that one asks for; `None` where it runs no WebAssembly module.
    #[must_use]
    pub fn read(filter: &Value) -> Option<Self> {
        let config = field::get(field::settings(filter, names::WASM_TYPE)?, "config")?;
        let machine = field::get(config, "vm_config");
        let variables = machine.and_then(|machine| field::get(machine, "environment_variables"));
        let variables = variables.into_iter().flat_map(|variables| field::items(variables, "host_env_keys"));
        Some(Self {
            name: field::text(filter, "name").unwrap_or_default().to_owned(),
            plan: field::get(config, "configuration").map(plan),
            failure: Failure::read(config),
            headers_wait: field::is_true(config, "allow_on_headers_stop_iteration"),
            code: machine.and_then(|machine| field::get(machine, "code")).map_or(Code::Unknown, Code::read),
            variables: variables.filter_map(Value::as_str).map(str::to_owned).collect(),
        })
    }
}

/// The plan in settings, which are a text, a struct, or the object itself.
fn plan(configuration: &Value) -> String {
    match configuration.get("value") {
        Some(Value::String(text)) => text.strip_suffix('\n').unwrap_or(text).to_owned(),
        Some(object @ Value::Object(_)) => object.to_string(),
        _ => configuration.to_string(),
    }
}

impl Failure {
    fn read(config: &Value) -> Self {
        match field::get(config, "failure_policy") {
            _ if fails_open(config) => Self::Open,
            Some(policy) if policy == "FAIL_RELOAD" || *policy == 1 => Self::Reload,
            _ => Self::Closed,
        }
    }
}

/// Whether settings, at any depth, let requests pass when a filter fails: for filters that are not read otherwise, too.
#[must_use]
pub fn fails_open(settings: &Value) -> bool {
    let says_so = matches!(field::get(settings, "failure_policy"), Some(policy) if policy == FAIL_OPEN.0 || *policy == FAIL_OPEN.1)
        || field::is_true(settings, "fail_open");
    let members = settings.as_object().into_iter().flat_map(|members| members.values());
    let items = settings.as_array().into_iter().flatten();
    says_so || members.chain(items).any(fails_open)
}

impl Code {
    fn write(&self) -> Option<Map> {
        match self {
            Self::Local(filename) => Some(flow!({ local: { filename: filename } })),
            Self::Remote { url, sha256 } => {
                let uri = flow!({ uri: quoted(url), cluster: "_", timeout: "30s" });
                Some(block!({ remote: { http_uri: uri, sha256?: sha256.as_ref().map(quoted) } }))
            }
            Self::Unknown => None,
        }
    }

    fn read(code: &Value) -> Self {
        if let Some(filename) = field::at(code, &["local", "filename"]).and_then(Value::as_str) {
            return Self::Local(filename.to_owned());
        }
        let Some(remote) = field::get(code, "remote") else { return Self::Unknown };
        Self::Remote {
            url: field::at(remote, &["http_uri", "uri"]).and_then(Value::as_str).unwrap_or_default().to_owned(),
            sha256: field::text(remote, "sha256").filter(|digest| !digest.is_empty()).map(str::to_owned),
        }
    }
}
