//! Policies in the newest version of the format: `apiVersion` changes, and nothing else does, byte for byte.

use meshveil_text::{Documents, FileId, Finding, Node, Severity};

use crate::{
    codes,
    read::{self, policies_among},
    version::Version,
};

/// Texts with their policies in the newest version.
#[derive(Debug)]
pub struct Converted {
    /// The texts, changed or not, in the same order.
    pub texts: Vec<(String, String)>,
    /// How many policies were changed.
    pub changed: usize,
    /// How many were in the newest version already.
    pub current: usize,
    /// Versions that are not known, and texts that are not YAML. With an error nothing is changed.
    pub findings: Vec<Finding>,
}

/// Converts the policies among documents; manifests beside them stay as they are.
#[must_use]
pub fn convert(documents: &Documents) -> Converted {
    let mut findings = documents.findings.clone();
    let names = documents.files.names().map(str::to_owned);
    let mut converted = Converted { texts: Vec::new(), changed: 0, current: 0, findings: Vec::new() };
    let mut places: Vec<(&Node, &'static Version)> = Vec::new();
    for policy in documents.nodes.iter().flat_map(policies_among) {
        let Some(node) = policy.get("apiVersion") else {
            findings.push(Finding::new(&codes::MISSING_KEY, policy.span, "a policy has no `apiVersion`"));
            continue;
        };
        match node.text().and_then(Version::find) {
            Some(version) if version == Version::newest() => converted.current += 1,
            Some(version) => places.push((node, version)),
            None => findings.push(read::unknown_version(node)),
        }
    }
    converted.texts =
        (0..).zip(names).map(|(number, name)| (name, documents.files.text(FileId(number)).to_owned())).collect();
    if findings.iter().all(|finding| finding.severity < Severity::Error) {
        // From the end, so that the places before stay.
        places.sort_by_key(|(node, _)| std::cmp::Reverse(node.span));
        for (node, version) in places {
            // Quotes around it stay.
            let new = documents.files.slice(node.span).replace(version.name, Version::newest().name);
            if let Some((_, text)) = converted.texts.get_mut(node.span.file.0 as usize) {
                text.replace_range(node.span.start as usize..node.span.end as usize, &new);
                converted.changed += 1;
            }
        }
    }
    converted.findings = findings;
    converted
}
