//! The registry of finding codes: what each means, how much it matters, and an example that gives it, as data.
//!
//! One file per family. What `meshveil explain` prints, the rules of SARIF reports, `docs/reference/findings.md` and the
//! tests of the examples come from here. Identifiers are in order and never used again.

/// Defines the codes of a family and `ALL`, the list of them.
macro_rules! codes {
    ($($name:ident = {
        id: $id:literal,
        severity: $severity:ident,
        title: $title:literal,
        explanation: $explanation:literal,
        base: $base:ident,
        underlined: $underlined:literal,
    })*) => {
        $(
            #[doc = concat!($id, ": ", $title, ".")]
            pub static $name: $crate::codes::Code = $crate::codes::Code {
                id: $id,
                severity: $crate::finding::Severity::$severity,
                title: $title,
                explanation: $explanation,
                example: $crate::codes::Example {
                    base: $crate::codes::Base::$base,
                    bad: include_str!(concat!("examples/", $id, "/bad.yaml")),
                    underlined: $underlined,
                    good: include_str!(concat!("examples/", $id, "/good.yaml")),
                },
            };
        )*
        /// Every code of this family, in order.
        pub static ALL: &[&$crate::codes::Code] = &[$(&$name),*];
    };
}

pub mod acceptance;
pub mod authorization;
pub mod bypass;
mod example;
pub mod expectation;
pub mod manifest;
pub mod network;
pub mod policy;
pub mod verify;

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use crate::finding::Severity;
pub use example::{Base, Example, PROXY_POLICY, with_objects};

/// What a kind of finding means. Two codes are the same when their identifiers are.
#[derive(Clone, Copy)]
pub struct Code {
    /// Stable and never used again: `MV-B01`.
    pub id: &'static str,
    /// How much a finding matters where the check does not say otherwise.
    pub severity: Severity,
    /// What is wrong, in a few words: no capital, no final period.
    pub title: &'static str,
    /// Why it matters and what to do.
    pub explanation: &'static str,
    /// What gives it and what does not.
    pub example: Example,
}

/// Every code: policies, manifests, expectations, proxies.
pub fn all() -> impl Iterator<Item = &'static Code> {
    let families = [
        policy::ALL,
        bypass::ALL,
        authorization::ALL,
        network::ALL,
        manifest::ALL,
        expectation::ALL,
        acceptance::ALL,
        verify::ALL,
    ];
    families.into_iter().flatten().copied()
}

/// The code with this identifier, in upper or lower case.
#[must_use]
pub fn find(id: &str) -> Option<&'static Code> {
    all().find(|code| code.id.eq_ignore_ascii_case(id))
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Code {}

impl PartialOrd for Code {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Code {
    fn cmp(&self, other: &Self) -> Ordering {
        self.id.cmp(other.id)
    }
}

impl Hash for Code {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id)
    }
}
