//! Objects that are not read, but by their looks ought to be: misspelt kinds, versions that are gone, and kustomizations
//! that were not built.

use meshveil_text::{Files, Finding, Node, codes};

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

/// A kustomization that changes objects.
pub(crate) fn unbuilt(meta: &Meta, node: &Node) -> Option<Finding> {
    // A component changes nothing by itself: what takes it says so under `components`.
    if !meta.api_version.starts_with("kustomize.config.k8s.io/") || meta.kind == "Component" {
        return None;
    }
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
