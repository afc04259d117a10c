//! The rules of the benchmarks: what is masked, in a form that every contestant can follow.

/// What stands in for a masked value, in every contestant.
pub const MASK: &str = "***";

/// Members called `key` at any depth, or only those whose object is the member `parent` of another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The key of the member that holds the object.
    pub parent: Option<String>,
    /// The key of the value.
    pub key: String,
}

impl Rule {
    /// `$..key`
    #[must_use]
    pub fn key(key: &str) -> Self {
        Self { parent: None, key: key.to_owned() }
    }

    /// `$..parent.key`
    #[must_use]
    pub fn child(parent: &str, key: &str) -> Self {
        Self { parent: Some(parent.to_owned()), key: key.to_owned() }
    }

    /// The same as an RFC 9535 query.
    #[must_use]
    pub fn query(&self) -> String {
        match &self.parent {
            Some(parent) => format!("$..{parent}.{}", self.key),
            None => format!("$..{}", self.key),
        }
    }

    /// Does the rule select a member `key` of an object that is the member `parent`?
    #[must_use]
    pub fn selects(&self, parent: Option<&str>, key: &str) -> bool {
        self.key == key && (self.parent.is_none() || self.parent.as_deref() == parent)
    }
}

/// `count` rules of which only the first selects anything in the customer document. Half of the others name one key,
/// half a key in an object of a certain key; many begin as keys of the document do.
#[must_use]
pub fn many(count: usize) -> Vec<Rule> {
    const STEMS: [&str; 8] = ["ssn", "email", "card", "address", "customer", "internal", "quantity", "note"];
    let stems = STEMS.iter().cycle();
    let others = stems.enumerate().map(|(number, stem)| {
        if number % 2 == 0 {
            Rule::key(&format!("{stem}_{number}"))
        } else {
            Rule::child(&format!("{stem}_{number}"), "value")
        }
    });
    std::iter::once(Rule::key("ssn")).chain(others).take(count).collect()
}
