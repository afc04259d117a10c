//! A namespace with two labels that ask for different proxies.

use meshveil_reach::manifest::well_known::label::{DATAPLANE_MODE, NAMESPACE_INJECTION, REVISION};
use meshveil_text::codes;

use crate::checks::{Check, Context};
use meshveil_reach::finding::Finding;

pub const CHECK: Check = Check { code: &codes::network::TWO_INJECTION_LABELS, run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    for namespace in context.manifests().namespaces.values() {
        let of = |key: &str| namespace.labels.get(key);
        let injects = of(NAMESPACE_INJECTION) == Some("enabled");
        let (other, effect) = if of(NAMESPACE_INJECTION).is_some() && of(REVISION).is_some() {
            (REVISION, format!("`{NAMESPACE_INJECTION}` counts, and the revision is not used"))
        } else if injects && of(DATAPLANE_MODE) == Some("ambient") {
            (DATAPLANE_MODE, "pods get sidecars, and ambient leaves them alone".to_owned())
        } else {
            continue;
        };
        let message =
            format!("namespace `{}` has both `{NAMESPACE_INJECTION}` and `{other}`: {effect}", namespace.name);
        let span = namespace.labels.span(other).unwrap_or(namespace.span);
        findings.push(Finding::new(CHECK.code, span, message).help("keep one of them"));
    }
}
