//! Label selectors (`meta/v1` LabelSelector): every requirement must hold.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Labels of a pod or a namespace.
pub type Labels = BTreeMap<String, String>;

/// `LabelSelector`; without requirements it matches everything.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LabelSelector {
    /// Each label must have exactly this value.
    pub match_labels: Option<Labels>,
    /// Further requirements.
    pub match_expressions: Option<Vec<Expression>>,
}

/// `LabelSelectorRequirement`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expression {
    /// The label's key.
    pub key: String,
    /// What must be so.
    pub operator: Operator,
    /// The values of `In` and `NotIn`.
    pub values: Option<Vec<String>>,
}

/// What a requirement asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Operator {
    /// The label exists and has one of the values.
    In,
    /// The label has none of the values, or does not exist.
    NotIn,
    /// The label exists.
    Exists,
    /// The label does not exist.
    DoesNotExist,
}

impl LabelSelector {
    /// Whether the labels meet every requirement.
    #[must_use]
    pub fn matches(&self, labels: &Labels) -> bool {
        for (key, value) in self.match_labels.iter().flatten() {
            if labels.get(key) != Some(value) {
                return false;
            }
        }
        for expression in self.match_expressions.iter().flatten() {
            if !expression.holds(labels) {
                return false;
            }
        }
        true
    }

    /// What the API server refuses: values with `Exists`, none with `In`.
    ///
    /// # Errors
    ///
    /// Says which expression.
    pub fn check(&self) -> Result<(), String> {
        for expression in self.match_expressions.iter().flatten() {
            let has_values = expression.values.as_ref().is_some_and(|values| !values.is_empty());
            let wants_values = matches!(expression.operator, Operator::In | Operator::NotIn);
            if has_values != wants_values {
                return Err(format!("values of the expression on `{}`", expression.key));
            }
        }
        Ok(())
    }
}

impl Expression {
    fn holds(&self, labels: &Labels) -> bool {
        let value = labels.get(&self.key);
        let is_listed = value.is_some_and(|value| self.values.iter().flatten().any(|listed| listed == value));
        match self.operator {
            Operator::In => is_listed,
            Operator::NotIn => !is_listed,
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
        }
    }
}
