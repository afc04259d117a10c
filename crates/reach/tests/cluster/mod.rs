//! Fixtures: a base cluster with some objects replaced.

use meshveil_reach::Manifests;

/// The objects of a text: their identity (kind, namespace, name) and their text.
fn objects(text: &str) -> Vec<(String, String)> {
    let documents = text.split("\n---\n").filter(|document| !document.trim().is_empty());
    documents
        .map(|document| {
            let field = |name: &str| {
                let at = document.find(name)? + name.len();
                let rest = document.get(at..)?;
                Some(rest.split([',', '}', '\n']).next()?.trim().to_owned())
            };
            let metadata = document.find("metadata: {").and_then(|at| document.get(at..)).unwrap_or("");
            let inner = |name: &str| {
                let at = metadata.find(name)? + name.len();
                Some(metadata.get(at..)?.split([',', '}', '\n']).next()?.trim().to_owned())
            };
            (format!("{:?} {:?} {:?}", field("kind:"), inner("namespace:"), inner(" name:")), document.to_owned())
        })
        .collect()
}

/// A base with the objects of a change put in place of those of the same kind and name, or added.
pub fn merged(base: &str, change: &str) -> String {
    let mut all = objects(base);
    for (identity, document) in objects(change) {
        match all.iter_mut().find(|(known, _)| *known == identity) {
            Some(entry) => entry.1 = document,
            None => all.push((identity, document)),
        }
    }
    all.into_iter().map(|(_, document)| document).collect::<Vec<_>>().join("\n---\n")
}

/// Reads a text.
pub fn read_text(text: &str) -> Manifests {
    Manifests::from_text("cluster.yaml", text)
}
