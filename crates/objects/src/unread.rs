//! Objects that are not read, but by their looks ought to be: misspelt kinds, versions that are gone, and kustomizations
//! that were not built.

use std::collections::BTreeSet;

use meshveil_text::{FileId, Files, Finding, Node, codes};

use crate::meta::Meta;
use crate::schema::Schema;

/// A kind or version that the API server does not have, where it is near to one that is read.
pub(crate) fn misnamed(meta: &Meta, node: &Node) -> Option<Finding> {
    let group = |version: &str| version.rsplit_once('/').map_or(String::new(), |(group, _)| group.to_owned());
    let (own, kind) = (group(&meta.api_version), meta.kind.as_str());
    let known: Vec<(&str, &str)> = Schema::built_in().kinds().collect();
    let of = |node: &Node, key: &str| node.get(key).map_or(node.span, |node| node.span);
    // Where these stood before they had groups of their own.
    let is_old =
        own == "extensions" && ["NetworkPolicy", "Ingress", "Deployment", "DaemonSet", "ReplicaSet"].contains(&kind);
    let versions: Vec<&str> = known
        .iter()
        .filter(|(version, name)| *name == kind && (group(version) == own || is_old))
        .map(|(v, _)| *v)
        .collect();
    let wanted = if is_old && kind != "Ingress" && kind != "NetworkPolicy" { "apps/v1" } else { "" };
    if let Some(version) = versions.iter().find(|version| **version == wanted).or(versions.last()) {
        let message = format!("`{kind}` of `{}` is not a version that clusters serve", meta.api_version);
        let finding = Finding::new(&codes::manifest::UNSERVED_KIND, of(node, "apiVersion"), message);
        return Some(finding.help(format!("write `apiVersion: {version}`")));
    }
    let near = |name: &str| {
        name.eq_ignore_ascii_case(kind) || (kind.len() > 5 && strsim::damerau_levenshtein(name, kind) <= 2)
    };
    let (version, name) = known
        .iter()
        .filter(|(version, name)| group(version).eq_ignore_ascii_case(&own) && near(name))
        .min_by_key(|(version, name)| (strsim::damerau_levenshtein(name, kind), *version))?;
    let message = format!("`{}` has no kind `{kind}`", meta.api_version);
    let finding = Finding::new(&codes::manifest::UNSERVED_KIND, of(node, "kind"), message);
    Some(finding.help(format!("did you mean `{name}` of `{version}`?")))
}

/// What a kustomization says besides the files it takes: none of it is applied to the files as they lie there.
const CHANGES: [&str; 13] = [
    "commonLabels",
    "components",
    "helmCharts",
    "labels",
    "namePrefix",
    "nameSuffix",
    "namespace",
    "patches",
    "patchesJson6902",
    "patchesStrategicMerge",
    "replacements",
    "transformers",
    "vars",
];

/// Whether a text is a kustomization by the name of its file: version and kind may be left out.
pub(crate) fn is_kustomization(files: &Files, node: &Node) -> bool {
    let name = files.name(node.span.file);
    let file = name.rsplit('/').next().unwrap_or_default();
    matches!(file, "kustomization.yaml" | "kustomization.yml" | "Kustomization")
}

/// Whether a text is the description of a Helm chart: it has a version, and no kind.
pub(crate) fn is_chart(files: &Files, node: &Node) -> bool {
    let is_named = files.name(node.span.file).rsplit('/').next() == Some("Chart.yaml");
    let is_described = node.get("name").is_some() && node.get("version").is_some() && node.get("metadata").is_none();
    node.get("kind").is_none() && (is_named || is_described)
}

/// Files that kustomizations name as parts of objects, or as settings: patches, replacements, values, contents of ConfigMaps.
pub(crate) fn parts(files: &Files, documents: &[Node]) -> BTreeSet<FileId> {
    let is_one = |node: &&Node| {
        is_kustomization(files, node)
            || node.text_at("apiVersion").is_some_and(|version| version.starts_with("kustomize.config.k8s.io/"))
    };
    let mut named: BTreeSet<String> = BTreeSet::new();
    for node in documents.iter().filter(is_one) {
        let name = files.name(node.span.file);
        let directory = name.rsplit_once('/').map_or("", |(directory, _)| directory);
        let mut add = |text: &str| {
            // `name=path` in generators; patches may be written out.
            let path = text.rsplit_once('=').map_or(text, |(_, path)| path);
            if !path.contains('\n') {
                let whole = if directory.is_empty() { path.to_owned() } else { format!("{directory}/{path}") };
                named.insert(normal(&whole));
            }
        };
        let items = |key: &str| node.get(key).map(Node::items).unwrap_or_default();
        for key in ["patches", "patchesJson6902", "replacements"] {
            items(key).iter().filter_map(|item| item.text_at("path")).for_each(&mut add);
        }
        for key in ["patchesStrategicMerge", "configurations", "crds", "transformers", "generators", "validators"] {
            items(key).iter().filter_map(Node::text).for_each(&mut add);
        }
        for key in ["configMapGenerator", "secretGenerator"] {
            for list in ["files", "envs"] {
                let texts = items(key).iter().filter_map(|item| item.get(list)).flat_map(Node::items);
                texts.filter_map(Node::text).for_each(&mut add);
            }
        }
        for chart in items("helmCharts") {
            chart.text_at("valuesFile").into_iter().for_each(&mut add);
            let more = chart.get("additionalValuesFiles").map(Node::items).unwrap_or_default();
            more.iter().filter_map(Node::text).for_each(&mut add);
        }
    }
    let all: BTreeSet<FileId> = documents.iter().map(|node| node.span.file).collect();
    all.into_iter().filter(|file| named.contains(&normal(files.name(*file)))).collect()
}

/// A kustomization that changes objects.
pub(crate) fn unbuilt(meta: &Meta, node: &Node) -> Option<Finding> {
    // A component changes nothing by itself: what takes it says so under `components`.
    let is_one = meta.api_version.starts_with("kustomize.config.k8s.io/") && meta.kind != "Component";
    is_one.then(|| changes(node)).flatten()
}

/// What a kustomization changes and is not applied.
pub(crate) fn changes(node: &Node) -> Option<Finding> {
    let (key, _) = node.entries().iter().find(|(key, _)| CHANGES.contains(&key.name.as_str()))?;
    let message = format!("this kustomization is not built: its `{}` is not applied", key.name);
    let finding = Finding::new(&codes::manifest::NOT_BUILT, key.span, message);
    Some(finding.help("check its output: `kustomize build DIRECTORY | meshveil … -`"))
}

/// What a kustomization takes from elsewhere and was not read: answers would be about a part of what it makes.
pub(crate) fn missing(files: &Files, node: &Node) -> Vec<Finding> {
    let name = files.name(node.span.file);
    if name.starts_with('(') {
        return Vec::new(); // Standard input is nowhere.
    }
    let directory = name.rsplit_once('/').map_or("", |(directory, _)| directory);
    let taken = ["resources", "bases"].into_iter().filter_map(|key| node.get(key)).flat_map(Node::items);
    let is_read = |path: &str| {
        let whole = normal(&if directory.is_empty() { path.to_owned() } else { format!("{directory}/{path}") });
        let is_below =
            |name: String| name.strip_prefix(&whole).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        whole.is_empty() || files.names().map(normal).any(is_below)
    };
    let texts = taken.filter_map(|item| Some((item.text()?, item.span)));
    let missing = texts.filter(|(path, _)| path.contains("://") || !is_read(path));
    missing
        .map(|(path, span)| {
            let message = format!("this kustomization takes `{path}`, which is not read");
            let finding = Finding::new(&codes::manifest::NOT_BUILT, span, message);
            finding.help("check its output: `kustomize build DIRECTORY | meshveil … -`")
        })
        .collect()
}

/// A path without `.` and, where it can be, without `..`.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "." => {}
            "" if !parts.is_empty() => {}
            ".." if parts.last().is_some_and(|last| *last != ".." && !last.is_empty()) => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_compared_without_detours() {
        for (path, expected) in [
            ("a/b/../../base", "base"),
            ("./a//b/", "a/b"),
            ("a/../../base", "../base"),
            ("/a/../b", "/b"),
            ("../../base", "../../base"),
        ] {
            assert_eq!(normal(path), expected, "{path}");
        }
    }
}
