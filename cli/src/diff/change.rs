//! One change, as data.

use serde_json::{Value, json};

use crate::names::and;

/// What a change does, the most dangerous first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Effect {
    /// Somebody gets more.
    Gained,
    /// Nobody gets more yet, but less keeps them from it.
    Weaker,
    /// Neither.
    Other,
    /// More keeps people from it.
    Stronger,
    /// Somebody gets less.
    Lost,
}

impl Effect {
    pub(super) const ALL: [Self; 5] = [Self::Gained, Self::Weaker, Self::Other, Self::Stronger, Self::Lost];

    /// The heading it stands under.
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Gained => "gained",
            Self::Weaker => "weaker",
            Self::Other => "changed",
            Self::Stronger => "stronger",
            Self::Lost => "lost",
        }
    }
}

/// What a change is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Access,
    Setting,
    Lock,
    Workload,
    Connection,
}

impl Kind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Setting => "setting",
            Self::Lock => "lock",
            Self::Workload => "workload",
            Self::Connection => "connection",
        }
    }
}

/// One change. The order of the members is the order in which changes are reported.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Change {
    pub(super) effect: Effect,
    pub(super) kind: Kind,
    /// One line.
    pub(super) text: String,
    /// The rule that made the difference, with its place.
    pub(super) because: Option<String>,
    /// Who gains or loses.
    pub(super) sources: Vec<String>,
    /// To whom or what.
    pub(super) destinations: Vec<String>,
    pub(super) fields: Vec<String>,
}

impl Change {
    pub(super) fn new(effect: Effect, kind: Kind, text: String) -> Self {
        Self { effect, kind, text, because: None, sources: Vec::new(), destinations: Vec::new(), fields: Vec::new() }
    }

    pub(super) fn about(mut self, sources: Vec<String>, destinations: Vec<String>, fields: Vec<String>) -> Self {
        (self.sources, self.destinations, self.fields) = (sources, destinations, fields);
        self
    }

    pub(super) fn because(mut self, because: Option<String>) -> Self {
        self.because = because;
        self
    }

    pub(super) fn to_json(&self) -> Value {
        json!({
            "effect": self.effect.title(),
            "kind": self.kind.name(),
            "text": self.text,
            "because": self.because,
            "sources": self.sources,
            "destinations": self.destinations,
            "fields": self.fields,
        })
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn list(words: &[String]) -> String {
    and(words)
}

/// The same in backticks.
pub(super) fn quoted(words: &[String]) -> String {
    list(&words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>())
}

/// The form of a verb for one or several.
pub(super) fn verb<'v>(subjects: &[String], one: &'v str, several: &'v str) -> &'v str {
    if subjects.len() == 1 { one } else { several }
}
