//! Manifests as a kustomize base, with an overlay per environment.

use std::fmt::Write;

use serde_json::json;

use crate::{
    Environment, Error, File, Source, Target,
    document::{Document, Sheet},
    gateway, istio,
    yaml::{indented, quoted},
};

/// Every file of a target that runs on Kubernetes.
pub(crate) fn files(source: &Source<'_>) -> Result<Vec<File>, Error> {
    let base = sheets(source);
    // Without environments there is nothing to lay over.
    let directory = if source.settings.environments.is_empty() { "" } else { "base/" };
    let mut files =
        vec![File { path: format!("{directory}kustomization.yaml"), text: base_kustomization(source, &base) }];
    for sheet in &base {
        let documents: Vec<String> = sheet.documents.iter().map(Document::text).collect();
        let text = source.header(sheet.what) + &documents.join("---\n");
        files.push(File { path: format!("{directory}{}.yaml", sheet.name), text });
    }
    for environment in &source.settings.environments {
        files.extend(overlay(source, environment, &base)?);
    }
    Ok(files)
}

pub(crate) fn sheets(source: &Source<'_>) -> Vec<Sheet> {
    match source.settings.target {
        Target::EnvoyGateway => gateway::sheets(source),
        _ => istio::sheets(source),
    }
}

pub(crate) const KUSTOMIZATION: &str = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n";

fn base_kustomization(source: &Source<'_>, sheets: &[Sheet]) -> String {
    let mut text = source.header("Everything in this directory.") + KUSTOMIZATION + "resources:\n";
    for sheet in sheets {
        let _ = writeln!(text, "  - {}.yaml", sheet.name);
    }
    text
}

/// Another namespace, and what depends on it: whole specs are replaced, so that nothing of the base is left in between.
fn overlay(source: &Source<'_>, environment: &Environment, base: &[Sheet]) -> Result<Vec<File>, Error> {
    let policy = environment.of(source.policy)?;
    let moved = sheets(&Source { policy: &policy, ..*source });
    let directory = format!("overlays/{}", environment.name);
    let title = format!("Environment `{}`: namespace `{}`.", environment.name, environment.namespace);
    let mut text = source.header(&title) + KUSTOMIZATION;
    text.push_str("resources: [../../base]\n");
    let mut files = Vec::new();
    let mut patches = String::new();
    let pairs = base.iter().zip(&moved).flat_map(|(base, moved)| base.documents.iter().zip(&moved.documents));
    for (from, to) in pairs {
        let mut operations = String::new();
        if from.name != to.name {
            let _ = write!(operations, "- op: replace\n  path: /metadata/name\n  value: {}\n", quoted(&to.name));
        }
        if from.spec != to.spec {
            let _ = write!(operations, "- op: replace\n  path: /spec\n  value:\n{}", indented(&to.spec, 2));
        }
        if operations.is_empty() {
            continue;
        }
        let path = format!("{}-{}.yaml", from.kind.to_lowercase(), from.name);
        let (group, version) = from.group_version();
        let _ = write!(
            patches,
            "  - path: {path}\n    target: {{ group: {}, version: {version}, kind: {}, name: {} }}\n",
            quoted(group),
            from.kind,
            quoted(&from.name),
            path = quoted(&path),
        );
        if from.name != to.name {
            patches.push_str("    options: { allowNameChange: true }\n");
        }
        files.push(File { path: format!("{directory}/{path}"), text: source.header(&to.comment) + &operations });
    }
    if policy.namespace.value != source.policy.namespace.value {
        // Not `namespace:`, which would move objects of the cluster, too. Last, as targets are looked for by what came before.
        let operation = json!([{ "op": "replace", "path": "/metadata/namespace", "value": policy.namespace.value }]);
        let from = quoted(&source.policy.namespace.value);
        let _ = write!(patches, "  - target: {{ namespace: {from} }}\n    patch: '{operation}'\n");
    }
    if !patches.is_empty() {
        let _ = write!(text, "patches:\n{patches}");
    }
    files.push(File { path: format!("{directory}/kustomization.yaml"), text });
    Ok(files)
}
