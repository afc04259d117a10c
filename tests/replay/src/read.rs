//! Reads AuthorizationPolicies and PeerAuthentications that others wrote; what it does not know is an error.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use serde::Deserialize;

use crate::objects::{
    Action, AuthorizationPolicy, Condition, Labels, Mesh, Meta, Mode, Operation, PeerAuthentication, Rule, Source,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Object {
    #[serde(rename = "apiVersion")]
    _version: String,
    kind: String,
    metadata: Metadata,
    spec: serde_norway::Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Metadata {
    name: String,
    namespace: String,
    #[serde(default, rename = "labels")]
    _labels: Labels,
    #[serde(default)]
    annotations: Labels,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Selector {
    match_labels: Labels,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Authorization {
    selector: Option<Selector>,
    action: Option<Action>,
    #[serde(default)]
    rules: Vec<RawRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    #[serde(default)]
    from: Vec<From>,
    #[serde(default)]
    to: Vec<To>,
    #[serde(default)]
    when: Vec<Condition>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct From {
    source: Source,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct To {
    operation: Operation,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Peer {
    selector: Option<Selector>,
    mtls: Option<Mtls>,
    #[serde(default)]
    port_level_mtls: BTreeMap<u16, Mtls>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mtls {
    mode: Mode,
}

/// Adds the objects of a text to a mesh.
///
/// # Errors
/// A text is not YAML, or has an object or a field that is not known here.
pub fn add(mesh: &mut Mesh, text: &str) -> Result<()> {
    for document in serde_norway::Deserializer::from_str(text) {
        let object = Object::deserialize(document)?;
        let Metadata { name, namespace, mut annotations, .. } = object.metadata;
        let meta = |selector: Option<Selector>| Meta {
            name,
            namespace,
            created: "2026-01-01T00:00:00Z".to_owned(),
            selector: selector.map(|selector| selector.match_labels),
        };
        match object.kind.as_str() {
            "AuthorizationPolicy" => {
                let spec: Authorization = serde_norway::from_value(object.spec)?;
                let rule = |rule: RawRule| Rule {
                    from: rule.from.into_iter().map(|from| from.source).collect(),
                    to: rule.to.into_iter().map(|to| to.operation).collect(),
                    when: rule.when,
                };
                mesh.authorization.push(AuthorizationPolicy {
                    meta: meta(spec.selector),
                    dry_run: annotations.remove("istio.io/dry-run"),
                    action: spec.action,
                    rules: spec.rules.into_iter().map(rule).collect(),
                });
            }
            "PeerAuthentication" => {
                let spec: Peer = serde_norway::from_value(object.spec)?;
                mesh.peers.push(PeerAuthentication {
                    meta: meta(spec.selector),
                    mode: spec.mtls.map(|mtls| mtls.mode),
                    ports: spec.port_level_mtls.into_iter().map(|(port, mtls)| (port, mtls.mode)).collect(),
                });
            }
            other => bail!("`{other}` is not read here"),
        }
    }
    Ok(())
}
