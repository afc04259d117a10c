//! What a running proxy does, from what it says of itself: a config dump of Envoy, or its static configuration.
//!
//! [`Proxy`] is a dump read, [`verify`] asks whether every path to a protected port goes through the masking filter of the
//! policy, and [`drift`] compares objects of a cluster with the manifests they were made from. Nothing here reads files or
//! asks a proxy. What is not understood is a finding, and never taken for harmless.

mod checks;
mod defects;
pub mod drift;
mod dump;
mod lead;
mod plans;

pub use checks::{Options, Verification, verify};
pub use dump::Proxy;
pub use plans::{Settings, plans_in};

use meshveil_text::{Code, Finding, Severity, codes::verify as codes};

/// Codes that say that protected data leaves without the filter, or that this is not known.
static EXPOSING: [&Code; 10] = [
    &codes::NOT_A_DUMP,
    &codes::INCOMPLETE,
    &codes::NOTHING_PROTECTED,
    &codes::UNFILTERED_ROUTE,
    &codes::UNFILTERED_CONNECTION,
    &codes::EMPTY_EXTENSION,
    &codes::OTHER_PLAN,
    &codes::FAILS_OPEN,
    &codes::DISABLED,
    &codes::SHARED_CACHE,
];

/// Whether a finding says that protected data leaves without the filter, or that this is not known.
#[must_use]
pub fn exposes(finding: &Finding) -> bool {
    finding.severity == Severity::Error && EXPOSING.contains(&finding.code)
}
