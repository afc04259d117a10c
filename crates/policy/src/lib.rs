//! The policy file: which workload holds sensitive data, which fields are sensitive, and which callers may see them.
//!
//! Stages, in the order data meets them: a text becomes a tree that knows its places ([`meshveil_text`]), `read` turns the
//! tree into a [`Policy`] and collects every fault, [`checks`] ask whether it means what was meant, and `plan` compiles it to
//! the filter's [`Plan`](meshveil_plan::Plan).

pub mod checks;
pub mod look;
mod plan;
mod policy;
mod read;
pub mod schema;

use meshveil_text::{FileId, Files, Finding, Severity, codes::policy as codes, tree};

pub use policy::{
    Caller, Field, Hop, Inbound, Jwt, Key, Metrics, Peer, PeerTo, Policy, Port, Protocol, Route, ServiceAccount,
    Spanned, TrustedHeader, Workload,
};

/// The policies of some texts, and everything that is wrong with them.
#[derive(Debug, Default)]
pub struct Policies {
    /// The texts.
    pub files: Files,
    /// Policies without an error, in the order of the texts.
    pub policies: Vec<Policy>,
    /// What is wrong, by place.
    pub findings: Vec<Finding>,
}

impl Policies {
    /// Reads texts, each with the name findings call it by. A text may hold several documents; those that are no policy are
    /// left alone when another kind is named, so that a policy can stand among manifests.
    #[must_use]
    pub fn read<N: Into<String>, T: Into<String>>(texts: impl IntoIterator<Item = (N, T)>) -> Self {
        let mut policies = Self::default();
        for (name, text) in texts {
            let text = text.into();
            let file = policies.files.add(name, text.clone());
            policies.read_text(file, &text);
        }
        checks::across(&policies.policies, &mut policies.findings);
        policies.findings.sort_by_key(|finding| (finding.span, finding.code));
        policies
    }

    fn read_text(&mut self, file: FileId, text: &str) {
        for document in tree::parse(file, text, &mut self.findings) {
            let mut findings = Vec::new();
            if let Some(policy) = read::policy(&document, &self.files, &mut findings) {
                let is_sound = findings.iter().all(|finding| finding.severity < Severity::Error);
                checks::within(&policy, &mut findings);
                if is_sound {
                    self.policies.push(policy);
                }
            }
            self.findings.append(&mut findings);
        }
    }

    /// Whether nothing is an error.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.findings.iter().all(|finding| finding.severity < Severity::Error)
    }
}
