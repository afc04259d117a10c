//! Objects that are given twice: in a cluster the later one replaces the earlier.

use std::collections::HashMap;

use meshveil_text::{Finding, Node, Severity, Span, codes};

use crate::meta::{Labels, Meta};

/// What was given so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Doubles {
    seen: HashMap<String, First>,
}

#[derive(Debug, Clone)]
struct First {
    span: Span,
    labels: Labels,
}

impl Doubles {
    /// Takes note of an object; a finding where there is one of that name already. Namespaces may be given several times
    /// as long as they agree: tools write one beside each of their bundles.
    pub(crate) fn see(&mut self, meta: &Meta, node: &Node, findings: &mut Vec<Finding>) {
        if meta.name.is_empty() || meta.name.ends_with('*') {
            return;
        }
        let is_namespace = meta.kind == "Namespace";
        let title = if is_namespace { format!("Namespace {}", meta.name) } else { meta.title() };
        // Two groups may have a kind of one name.
        let group = meta.api_version.rsplit_once('/').map_or("", |(group, _)| group);
        let key = format!("{group} {title}");
        let Some(first) = self.seen.get(&key) else {
            self.seen.insert(key, First { span: meta.span, labels: meta.labels.clone() });
            return;
        };
        if !is_namespace {
            let finding =
                Finding::new(&codes::manifest::DUPLICATE_OBJECT, meta.span, format!("{title} is defined twice"))
                    .label(first.span, "first defined here")
                    .help("in a cluster the later one replaces the earlier; both are counted here");
            findings.push(finding);
            return;
        }
        let differs = |key: &str| first.labels.get(key).is_none_or(|known| Some(known) != meta.labels.get(key));
        let odd = meta.labels.iter().map(|(key, _)| key).find(|key| differs(key));
        let missing = || first.labels.iter().map(|(key, _)| key).find(|key| meta.labels.get(key).is_none());
        if let Some(key) = odd.or_else(missing) {
            let message = format!("{title} is defined twice, with different values of the label `{key}`");
            let span = meta.labels.span(key).unwrap_or_else(|| node.at(&["metadata"]).map_or(meta.span, |m| m.span));
            let finding = Finding::new(&codes::manifest::DUPLICATE_OBJECT, span, message)
                .severity(Severity::Error)
                .label(first.labels.span(key).unwrap_or(first.span), "first defined here")
                .help("which of them counts depends on the order in which they are applied: keep one");
            findings.push(finding);
        }
    }
}
