//! One change, as data.

use schemars::JsonSchema;
use serde::Serialize;

/// What a change does, the most dangerous first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// A source gets more.
    Gained,
    /// Access is the same, and fewer locks keep it so.
    Weaker,
    /// Neither more nor less access, and as many locks.
    #[serde(rename = "changed")]
    Other,
    /// Access is the same, and more locks keep it so.
    Stronger,
    /// A source gets less.
    Lost,
}

impl Effect {
    /// Every effect, the most dangerous first.
    pub const ALL: [Self; 5] = [Self::Gained, Self::Weaker, Self::Other, Self::Stronger, Self::Lost];

    /// The heading it stands under.
    #[must_use]
    pub const fn title(self) -> &'static str {
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Who gets which field in which form.
    Access,
    /// What the filter does.
    Setting,
    /// What it takes to get more: single faults, and layers that others stand behind.
    Lock,
    /// A workload that came or went.
    Workload,
    /// A connection.
    Connection,
}

/// One change. The order of the members is the order in which changes are reported.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Change {
    /// What it does.
    pub effect: Effect,
    /// What it is about.
    pub kind: Kind,
    /// One line.
    pub text: String,
    /// The rule that made the difference, with its place.
    pub because: Option<String>,
    /// Who gains or loses.
    pub sources: Vec<String>,
    /// To whom or what.
    pub destinations: Vec<String>,
    /// Which fields.
    pub fields: Vec<String>,
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
}

/// The form of a verb for one or several.
pub(super) fn verb<'v>(subjects: &[String], one: &'v str, several: &'v str) -> &'v str {
    if subjects.len() == 1 { one } else { several }
}
