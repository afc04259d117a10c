//! The policy file: which workload holds sensitive data, which fields are sensitive, and which callers may see them.
//!
//! Stages, in the order data meets them: a text becomes a tree that knows its places ([`meshveil_text`]), `read` turns the
//! tree into a [`Policy`] and collects every fault, [`checks`] ask whether it means what was meant, and `plan` compiles it to
//! the filter's [`Plan`](meshveil_plan::Plan).

pub mod checks;
pub mod cluster;
mod convert;
mod date;
mod plan;
mod policy;
mod read;
pub mod schema;
mod version;

use meshveil_text::{Documents, Files, Finding, Node, Severity, codes::policy as codes};

pub use cluster::{Client, ClusterSettings, EnvironmentSettings, OwnPort};
pub use convert::{Converted, convert};
pub use date::{Date, NotADate};
pub use policy::{
    Caller, Field, Hop, Inbound, Jwt, Key, Metrics, Peer, PeerTo, Policy, Port, Protocol, Route, ServiceAccount,
    ServicePort, Spanned, TrustedHeader, Workload,
};
pub use version::{Release, VERSIONS, Version, release};

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
    /// Reads the policies among documents. Documents that are not policies are left alone when they name another kind,
    /// so that a policy can stand among manifests. What is wrong with the syntax is a finding of the documents.
    #[must_use]
    pub fn read(documents: &Documents) -> Self {
        let mut policies = Self { files: documents.files.clone(), ..Self::default() };
        for document in documents.nodes.iter().flat_map(read::policies_among) {
            policies.read_document(document);
        }
        checks::across(&policies.policies, &mut policies.findings);
        policies.sort_findings();
        policies
    }

    /// Reads texts, each with the name findings call it by. What is wrong with the syntax is among the findings.
    #[must_use]
    pub fn from_texts<N: Into<String>, T: Into<String>>(texts: impl IntoIterator<Item = (N, T)>) -> Self {
        let mut documents = Documents::parse(texts);
        let mut policies = Self::read(&documents);
        policies.findings.append(&mut documents.findings);
        policies.sort_findings();
        policies
    }

    /// Stages of policies that should be over on this day.
    pub fn overdue(&self, today: Date) -> impl Iterator<Item = Finding> {
        self.policies.iter().flat_map(move |policy| checks::overdue(policy, today))
    }

    fn read_document(&mut self, document: &Node) {
        let mut findings = Vec::new();
        if let Some(policy) = read::policy(document, &self.files, &mut findings) {
            let is_sound = findings.iter().all(|finding| finding.severity < Severity::Error);
            checks::within(&policy, &mut findings);
            if is_sound {
                self.policies.push(policy);
            }
        }
        self.findings.append(&mut findings);
    }

    fn sort_findings(&mut self) {
        self.findings.sort_by_key(|finding| (finding.span, finding.code));
    }

    /// Whether nothing is an error.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.findings.iter().all(|finding| finding.severity < Severity::Error)
    }
}
