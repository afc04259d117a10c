//! Label selectors: `matchLabels` and `matchExpressions`, all of which must hold.

use meshveil_text::{Finding, Node, Span, Value, codes};

use crate::meta::Labels;
use crate::syntax::{is_label_key, is_label_value};

/// The operator of one expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    /// The label is there and its value is listed.
    In,
    /// The label is absent, or its value is not listed.
    NotIn,
    /// The label is there.
    Exists,
    /// The label is absent.
    DoesNotExist,
}

/// One requirement.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Requirement {
    /// The label's key.
    pub key: String,
    /// How values are compared.
    pub operator: Operator,
    /// The values, for `In` and `NotIn`.
    pub values: Vec<String>,
}

/// A selector; without requirements it selects everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector {
    /// All of these must hold. `matchLabels` stands here as `In` with one value.
    pub requirements: Vec<Requirement>,
    /// Its place.
    pub span: Span,
}

impl Selector {
    /// The selector of everything.
    #[must_use]
    pub fn everything(span: Span) -> Self {
        Self { requirements: Vec::new(), span }
    }

    /// Reads a `LabelSelector`. What the API server would refuse is a finding and gives `None`. A label without a value does
    /// not restrict.
    pub fn read(node: &Node, findings: &mut Vec<Finding>) -> Option<Self> {
        let requirements = Self::labels(node.get("matchLabels"));
        Self::with_expressions(node, requirements, findings)
    }

    /// The same where selecting fewer is worse: a label without a value must be empty.
    pub fn read_narrow(node: &Node, findings: &mut Vec<Finding>) -> Option<Self> {
        let requirements = Self::labels_or_empty(node.get("matchLabels"));
        Self::with_expressions(node, requirements, findings)
    }

    fn with_expressions(node: &Node, mut requirements: Vec<Requirement>, findings: &mut Vec<Finding>) -> Option<Self> {
        let mut sound = true;
        let mut refuse = |span: Span, message: String| {
            findings.push(Finding::new(&codes::manifest::REFUSED_OBJECT, span, message));
            sound = false;
        };
        for (key, value) in node.get("matchLabels").map(Node::entries).unwrap_or_default() {
            if !is_label_key(&key.name) {
                refuse(key.span, "invalid label key in a selector".to_owned());
            }
            if value.text().is_some_and(|text| !is_label_value(text)) {
                refuse(value.span, "a value that no label can have".to_owned());
            }
        }
        for expression in node.get("matchExpressions").map(Node::items).unwrap_or_default() {
            let key = expression.text_at("key").unwrap_or_default().to_owned();
            if key.is_empty() {
                refuse(expression.span, "an expression needs a `key`".to_owned());
            } else if !is_label_key(&key) {
                refuse(expression.span, "invalid label key in a selector".to_owned());
            }
            for value in expression.get("values").map(Node::items).unwrap_or_default() {
                if value.text().is_some_and(|text| !is_label_value(text)) {
                    refuse(value.span, "a value that no label can have".to_owned());
                }
            }
            let values: Vec<String> = expression
                .get("values")
                .map(Node::items)
                .unwrap_or_default()
                .iter()
                .filter_map(|v| Some(v.text()?.to_owned()))
                .collect();
            let operator = match expression.text_at("operator") {
                Some("In") => Operator::In,
                Some("NotIn") => Operator::NotIn,
                Some("Exists") => Operator::Exists,
                Some("DoesNotExist") => Operator::DoesNotExist,
                other => {
                    let other = other.unwrap_or_default();
                    refuse(
                        expression.span,
                        format!("unknown operator `{other}`: expected `In`, `NotIn`, `Exists`, `DoesNotExist`"),
                    );
                    continue;
                }
            };
            let wants_values = matches!(operator, Operator::In | Operator::NotIn);
            if wants_values && values.is_empty() {
                refuse(expression.span, format!("`{operator:?}` needs `values`"));
            } else if !wants_values && !values.is_empty() {
                refuse(expression.span, format!("`{operator:?}` takes no `values`"));
            }
            requirements.push(Requirement { key, operator, values });
        }
        sound.then_some(Self { requirements, span: node.span })
    }

    /// Reads a plain map of labels (`spec.selector` of a Service, Istio's `matchLabels`).
    #[must_use]
    pub fn labels(node: Option<&Node>) -> Vec<Requirement> {
        let entries = node.map(Node::entries).unwrap_or_default().iter();
        entries
            .filter_map(|(key, value)| {
                let Value::Text(value) = &value.value else { return None };
                Some(Requirement { key: key.name.clone(), operator: Operator::In, values: vec![value.clone()] })
            })
            .collect()
    }

    /// The same; a label without a value (`app:`, an empty value of a chart) must be empty. The API server stores it so where
    /// an object is created; client-side `kubectl apply` drops it.
    #[must_use]
    pub fn labels_or_empty(node: Option<&Node>) -> Vec<Requirement> {
        let nothing =
            node.map(Node::entries).unwrap_or_default().iter().filter(|(_, value)| value.value == Value::Null);
        let empty = nothing.map(|(key, _)| Requirement {
            key: key.name.clone(),
            operator: Operator::In,
            values: vec![String::new()],
        });
        Self::labels(node).into_iter().chain(empty).collect()
    }

    /// Whether it selects everything.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.requirements.is_empty()
    }

    /// Whether these labels are selected.
    #[must_use]
    pub fn matches(&self, labels: &Labels) -> bool {
        self.requirements.iter().all(|requirement| requirement.matches(labels))
    }

    /// The label that a single-valued requirement demands.
    #[must_use]
    pub fn demanded(&self, key: &str) -> Option<&str> {
        self.requirements.iter().find_map(|r| match (&r.operator, r.values.as_slice()) {
            (Operator::In, [value]) if r.key == key => Some(value.as_str()),
            _ => None,
        })
    }

    /// Short form for messages: `app=web,tier in (a,b)`.
    #[must_use]
    pub fn describe(&self) -> String {
        if self.is_everything() {
            return "everything".to_owned();
        }
        let each = self.requirements.iter().map(|r| match (r.operator, r.values.as_slice()) {
            (Operator::In, [value]) => format!("{}={value}", r.key),
            (Operator::In, values) => format!("{} in ({})", r.key, values.join(",")),
            (Operator::NotIn, values) => format!("{} notin ({})", r.key, values.join(",")),
            (Operator::Exists, _) => r.key.clone(),
            (Operator::DoesNotExist, _) => format!("!{}", r.key),
        });
        each.collect::<Vec<_>>().join(",")
    }
}

impl Requirement {
    fn matches(&self, labels: &Labels) -> bool {
        let value = labels.get(&self.key);
        match self.operator {
            Operator::In => value.is_some_and(|value| self.values.iter().any(|v| v == value)),
            Operator::NotIn => value.is_none_or(|value| self.values.iter().all(|v| v != value)),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
        }
    }
}
