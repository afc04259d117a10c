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
        let conditions = at(&["spec", "matchConditions"]).map(Node::items).unwrap_or_default();
        let skips = |condition: &Node| !condition.text_at("expression").is_some_and(holds_for_new_objects);
        let exceptions = constraints("excludeResourceRules").is_some() || conditions.iter().any(skips);
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

/// Whether a condition in CEL holds for every object that is made, as `oldObject` is null then: one of a disjunction says
/// so. A condition that is written otherwise may leave new objects out.
fn holds_for_new_objects(expression: &str) -> bool {
    let Some(rest) = expression.trim_start().strip_prefix("oldObject == null || ") else { return false };
    // A ternary outside of brackets takes the whole disjunction as its condition.
    let (mut depth, mut quote) = (0_i32, None);
    for letter in rest.chars() {
        match (quote, letter) {
            (Some(end), _) if end == letter => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(letter),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth -= 1,
            (None, '?') if depth == 0 => return false,
            (None, _) => {}
        }
        if depth < 0 {
            return false;
        }
    }
    depth == 0 && quote.is_none()
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

#[cfg(test)]
mod tests {
    use super::holds_for_new_objects;

    #[test]
    fn conditions_that_may_leave_new_objects_out_are_seen() {
        for holds in ["oldObject == null || object.spec != oldObject.spec", "oldObject == null || (a ? b : c) != '?)'"]
        {
            assert!(holds_for_new_objects(holds), "{holds}");
        }
        for may_not in [
            "oldObject != null || true",
            "oldObject == null && object.spec != oldObject.spec",
            "oldObject == null || a ? false : true",
            "(oldObject == null || true) && object.metadata.name != 'p'",
            "oldObject == null || a) && (b",
            "true",
        ] {
            assert!(!holds_for_new_objects(may_not), "{may_not}");
        }
    }
}
