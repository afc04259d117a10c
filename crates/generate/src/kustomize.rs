//! Manifests as a kustomize base, with an overlay per environment.

use meshveil_text::{
    block, flow,
    yaml::{self, List, Map, Yaml, literal, quoted},
};

use crate::{
    Environment, Error, File, Source, Target, application,
    document::{Document, Sheet},
    environment, gateway, istio,
};

/// Every file of a target that runs on Kubernetes.
pub(crate) fn files(source: &Source<'_>) -> Result<Vec<File>, Error> {
    let base = sheets(source);
    debug_assert!(base.is_sorted_by_key(|sheet| sheet.step), "locks come first");
    // Without environments there is nothing to lay over.
    let environments = environment::of(source.policy, source.settings);
    let directory = if environments.is_empty() { "" } else { "base/" };
    let names = base.iter().map(|sheet| format!("{}.yaml", sheet.name));
    let mut files = vec![kustomization(
        format!("{directory}kustomization.yaml"),
        &source.header("Everything in this directory."),
        block!([..names]),
        None,
    )];
    files.extend(base.iter().map(|sheet| sheet.file(source, directory)));
    files.extend(application::file(source));
    for environment in &environments {
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

/// A kustomization of some resources.
pub(crate) fn kustomization(path: String, header: &[String], resources: List, patches: Option<List>) -> File {
    let document = block!({
        apiVersion: "kustomize.config.k8s.io/v1beta1",
        kind: "Kustomization",
        resources: resources,
        patches?: patches,
    });
    File { path, text: yaml::file(header, [document]) }
}

/// Another namespace, and what depends on it: whole specs are replaced, so that nothing of the base is left in between.
fn overlay(source: &Source<'_>, environment: &Environment, base: &[Sheet]) -> Result<Vec<File>, Error> {
    let (policy, settings) = (environment.of(source.policy)?, environment.settings(source.settings)?);
    let moved = sheets(&Source { policy: &policy, settings: &settings });
    let directory = format!("overlays/{}", environment.name);
    let mut files = Vec::new();
    let mut patches = Vec::new();
    let pairs = base.iter().zip(&moved).flat_map(|(base, moved)| base.documents.iter().zip(&moved.documents));
    for (from, to) in pairs {
        let operations = operations(from, to);
        if operations.is_empty() {
            continue;
        }
        let path = format!("{}-{}.yaml", from.kind.kind.to_lowercase(), from.name);
        patches.push(patch(&path, from, to));
        let text = yaml::file(&source.header(&to.comment), [block!([..operations])]);
        files.push(File { path: format!("{directory}/{path}"), text });
    }
    if policy.namespace.value != source.policy.namespace.value {
        // Not `namespace:`, which would move objects of the cluster, too. Last, as targets are looked for by what came before.
        let operation = block!([replace("/metadata/namespace", quoted(&policy.namespace.value))]);
        let from = quoted(&source.policy.namespace.value);
        patches.push(block!({ target: flow!({ namespace: from }), patch: literal(yaml::document(operation)) }));
    }
    let title = format!("Environment `{}`: namespace `{}`.", environment.name, environment.namespace);
    files.push(kustomization(
        format!("{directory}/kustomization.yaml"),
        &source.header(&title),
        flow!(["../../base"]),
        (!patches.is_empty()).then(|| patches.into_iter().collect()),
    ));
    Ok(files)
}

/// What makes one object of another.
fn operations(from: &Document, to: &Document) -> Vec<Map> {
    let name = (from.name != to.name).then(|| replace("/metadata/name", quoted(&to.name)));
    let spec = (from.spec != to.spec).then(|| replace(&format!("/{}", to.body.key()), to.spec.clone()));
    name.into_iter().chain(spec).collect()
}

/// An operation of a JSON patch (RFC 6902).
fn replace(path: &str, value: impl Into<Yaml>) -> Map {
    block!({ op: "replace", path: path, value: value.into() })
}

/// An item of `patches`: the file with the operations, and the object of the base.
fn patch(path: &str, from: &Document, to: &Document) -> Map {
    let (group, version) = from.group_version();
    let target = flow!({ group: quoted(group), version: version, kind: from.kind.kind, name: quoted(&from.name) });
    let options = (from.name != to.name).then(|| flow!({ allowNameChange: true }));
    block!({ path: quoted(path), target: target, options?: options })
}
