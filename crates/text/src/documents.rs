//! Texts that are read once: numbered in their order, each parsed into its documents.

use crate::finding::{Files, Finding, Severity};
use crate::tree::{self, Node};

/// The documents of some texts. Policies and manifests read the same ones, so that a place means the same to both.
#[derive(Debug, Clone, Default)]
pub struct Documents {
    /// The texts.
    pub files: Files,
    /// Every document, in the order of the texts.
    pub nodes: Vec<Node>,
    /// Where the texts are not YAML. What reads the documents adds findings of its own.
    pub findings: Vec<Finding>,
}

impl Documents {
    /// Parses texts, each with the name findings call it by. What is not YAML is a finding; the documents around it are
    /// still read.
    pub fn parse<N: Into<String>, T: Into<String>>(texts: impl IntoIterator<Item = (N, T)>) -> Self {
        let mut documents = Self::default();
        for (name, text) in texts {
            let file = documents.files.add(name, text);
            documents.nodes.extend(tree::parse(file, documents.files.text(file), &mut documents.findings));
        }
        documents
    }

    /// Whether every text could be parsed.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.findings.iter().all(|finding| finding.severity < Severity::Error)
    }
}
