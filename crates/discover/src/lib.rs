//! A starter policy from what is already there: OpenAPI documents, samples of responses and manifests.
//!
//! [`Discovery`] takes the sources one by one, each with its name: `openapi` and `sample` fill the same tree of `places`,
//! `workload` finds who serves the data and who may call. `propose` says which places look sensitive, and `starter` writes
//! the policy. Only names, paths and counts leave this crate, never a value of a sample.

mod document;
mod error;
mod openapi;
mod places;
mod propose;
mod sample;
mod shown;
mod starter;
mod workload;

use std::io::Read;

use meshveil_reach::Manifests;

pub use error::Error;
use places::Places;
pub use shown::shown;
pub use starter::is_name;
use workload::Topology;

/// What sources say, as far as they were read.
#[derive(Debug, Default)]
pub struct Discovery {
    /// Names of documents and samples.
    documents: Vec<String>,
    /// Names of manifests.
    manifests: Vec<String>,
    places: Places,
    notes: Vec<String>,
    topology: Option<Topology>,
}

/// What the sources cannot say.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    /// Namespace and name of the workload, where no manifests name it.
    pub workload: Option<(String, String)>,
    /// The environment variable that holds the key: keyed masks are proposed where there is one.
    pub key: Option<String>,
}

impl Discovery {
    /// Reads an OpenAPI document (3.0, 3.1, Swagger 2.0): the schemas of JSON responses.
    ///
    /// # Errors
    ///
    /// When it cannot be read, is too long, or is not such a document.
    pub fn openapi(&mut self, name: &str, reader: impl Read) -> Result<(), Error> {
        self.documents.push(name.to_owned());
        openapi::read(name, reader, &mut self.places, &mut self.notes)
    }

    /// Reads a sample of responses, JSON or NDJSON.
    ///
    /// # Errors
    ///
    /// When it cannot be read, is too long or empty, or is not JSON.
    pub fn sample(&mut self, name: &str, reader: impl Read) -> Result<(), Error> {
        self.documents.push(name.to_owned());
        sample::read(name, reader, &mut self.places)
    }

    /// Finds the workload in manifests: the one of that name, the only one that a Service leads to, or the only one.
    ///
    /// # Errors
    ///
    /// When they have an error, or no or several workloads could be meant.
    pub fn manifests(
        &mut self,
        sources: Vec<String>,
        manifests: &Manifests,
        texts: &[(String, String)],
        workload: Option<&str>,
    ) -> Result<(), Error> {
        self.topology = Some(workload::find(&sources, manifests, texts, workload)?);
        self.manifests = sources;
        Ok(())
    }

    /// What was passed over.
    pub fn notes(&self) -> impl Iterator<Item = &str> {
        let full = self.places.full.then_some("very many places: not all of them were looked at");
        self.notes.iter().map(String::as_str).chain(full)
    }

    /// The starter policy.
    #[must_use]
    pub fn policy(&self, wishes: &Wishes) -> String {
        starter::policy(&starter::Sources {
            files: [self.documents.as_slice(), &self.manifests].concat(),
            places: &self.places,
            proposal: &propose::fields(&self.places, wishes.key.is_some()),
            topology: self.topology.as_ref(),
            named: wishes.workload.clone(),
            key: wishes.key.as_deref(),
        })
    }
}
