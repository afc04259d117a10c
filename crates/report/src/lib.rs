//! Answers as one page of HTML that needs nothing else: no request, no other file, and scripts and styles by their digests.
//!
//! Names come from manifests that others wrote: every one goes through [`words::name`] and the escaping of maud.

mod diff;
mod faults;
mod findings;
mod inputs;
mod map;
mod matrix;
mod overview;
mod page;
mod places;
mod playground;
mod sample;
mod words;

use meshveil_answers::{Cluster, expect::Expectations, matrix::AccessMatrix};
use meshveil_reach::Reach;
use meshveil_text::{Files, Finding};

pub use diff::diff;
pub use playground::{Module, playground};

/// What a page says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The version of the program.
    pub version: String,
    /// The command that wrote it.
    pub command: String,
}

/// What a report is about.
#[derive(Debug)]
pub struct Report<'r> {
    /// Policies and manifests.
    pub cluster: &'r Cluster,
    /// Who reaches what.
    pub reach: &'r Reach<'r>,
    /// What `check` finds.
    pub findings: &'r [Finding],
    /// The texts that they are about.
    pub files: &'r Files,
    /// What was expected.
    pub expectations: Option<&'r Expectations>,
    /// A body to mask, with its name. No other page holds a value of a body.
    pub sample: Option<(&'r str, &'r str)>,
    /// The playground's module, where this build has one.
    pub module: Option<Module<'r>>,
    /// Where the page comes from.
    pub origin: Origin,
}

impl Report<'_> {
    /// What the page is about: the matrix of each protected workload.
    #[must_use]
    pub fn answers(&self) -> Vec<AccessMatrix> {
        let protected = self.cluster.protected(self.reach);
        protected.iter().map(|(policy, workload)| AccessMatrix::find(self.reach, policy, *workload)).collect()
    }

    /// The page about these answers.
    #[must_use]
    pub fn page(&self, answers: &[AccessMatrix]) -> String {
        overview::report(self, answers)
    }
}

/// The page about files that cannot be asked about.
#[must_use]
pub fn faulty(files: &Files, findings: &[Finding], origin: &Origin) -> String {
    overview::faulty(files, findings, origin)
}
