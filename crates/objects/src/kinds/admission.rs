//! ValidatingAdmissionPolicy and its binding.

use meshveil_text::{Finding, Node};

use crate::meta::Meta;
use crate::selector::Selector;

/// A ValidatingAdmissionPolicy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdmissionRules {
    /// Its metadata.
    pub meta: Meta,
    /// Namespaces it looks at.
    pub namespaces: Selector,
    /// Objects it looks at.
    pub objects: Selector,
    /// Whether it looks at every pod that is made; conditions and exceptions make this `false`.
    pub sees_new_pods: bool,
    /// Whether objects are refused while it cannot be evaluated.
    pub fails_closed: bool,
    /// What has to hold, in CEL.
    pub expressions: Vec<String>,
}

/// A ValidatingAdmissionPolicyBinding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdmissionBinding {
    /// Its metadata.
    pub meta: Meta,
    /// Name of the policy.
    pub policy: String,
    /// Whether it refuses objects, everywhere.
    pub denies: bool,
}

impl AdmissionRules {
    /// Reads a ValidatingAdmissionPolicy; `None`, and a finding, where a selector cannot be read.
    #[must_use]
    pub fn read(meta: Meta, object: &Node, findings: &mut Vec<Finding>) -> Option<Self> {
        let at = |path: &[&str]| object.at(path);
        let constraints = |key: &str| object.at(&["spec", "matchConstraints", key]);
        let holds = |rule: &Node, key: &str, word: &str| {
            let words = rule.get(key).map(Node::items).unwrap_or_default();
            words.iter().filter_map(Node::text).any(|found| found == word || found == "*")
        };
        let pods = |rule: &Node| {
            let only_some = rule.get("resourceNames").is_some();
            let core = rule.get("apiGroups").map(Node::items).unwrap_or_default();
            let core = core.iter().filter_map(Node::text).any(|group| group.is_empty() || group == "*");
            !only_some
                && core
                && holds(rule, "apiVersions", "v1")
                && holds(rule, "operations", "CREATE")
                && holds(rule, "resources", "pods")
        };
        let rules = constraints("resourceRules").map(Node::items).unwrap_or_default();
        let exceptions = constraints("excludeResourceRules").is_some() || at(&["spec", "matchConditions"]).is_some();
        let validations = at(&["spec", "validations"]).map(Node::items).unwrap_or_default();
        let mut selector = |key: &str| match constraints(key) {
            Some(node) => Selector::read(node, findings),
            None => Some(Selector::everything(meta.span)),
        };
        Some(Self {
            namespaces: selector("namespaceSelector")?,
            objects: selector("objectSelector")?,
            sees_new_pods: !exceptions && rules.iter().any(pods),
            fails_closed: at(&["spec", "failurePolicy"]).and_then(Node::text) != Some("Ignore"),
            expressions: validations.iter().filter_map(|item| item.text_at("expression")).map(str::to_owned).collect(),
            meta,
        })
    }
}

impl AdmissionBinding {
    /// Reads a ValidatingAdmissionPolicyBinding.
    #[must_use]
    pub fn read(meta: Meta, object: &Node) -> Self {
        let actions = object.at(&["spec", "validationActions"]).map(Node::items).unwrap_or_default();
        let narrowed = ["matchResources", "paramRef"].iter().any(|key| object.at(&["spec", key]).is_some());
        Self {
            policy: object.at(&["spec", "policyName"]).and_then(Node::text).unwrap_or_default().to_owned(),
            denies: !narrowed && actions.iter().filter_map(Node::text).any(|action| action == "Deny"),
            meta,
        }
    }
}
