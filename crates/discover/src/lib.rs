//! A starter policy from what is already there: OpenAPI documents, samples of responses and manifests.
//!
//! [`Discovery`] takes the sources one by one, each with its name: all fill the same `graph`, in which a schema is one node however
//! often it is used; `maps` forgets keys of samples that are values, and tells schemas what samples held. `judge` says what a place
//! is taken for, `propose` which path selects it and nothing else, and `starter` writes the policy. `workload` finds who serves
//! the data and who may call, `media` what the filter can read. Only names, paths and counts leave this crate, never a value of a sample.

mod document;
mod error;
mod facts;
mod graph;
mod judge;
mod maps;
mod media;
mod openapi;
mod propose;
mod sample;
mod schema;
mod shown;
mod starter;
mod workload;

use std::io::Read;

use meshveil_reach::Manifests;

pub use error::Error;
use graph::{Graph, Ways};
use media::Media;
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
    graph: Graph,
    /// Roots of samples.
    samples: Vec<graph::Id>,
    media: Media,
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
        openapi::read(name, reader, &mut self.graph, &mut self.media, &mut self.notes)
    }

    /// Reads a sample of responses, JSON or NDJSON.
    ///
    /// # Errors
    ///
    /// When it cannot be read, is too long or empty, or is not JSON.
    pub fn sample(&mut self, name: &str, reader: impl Read) -> Result<(), Error> {
        self.documents.push(name.to_owned());
        self.samples.push(sample::read(name, reader, &mut self.graph)?);
        Ok(())
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
    pub fn notes(&self) -> impl Iterator<Item = String> {
        let full = self.graph.full.then(|| "very many places: not all of them were looked at".to_owned());
        let refused = self.media.refused.iter().map(|(kind, operations)| {
            format!("{} answers in {}, which the filter refuses", media::listed(operations), shown(kind))
        });
        let streams = self.media.streams.iter().map(|(kind, operations)| {
            format!("{} answers in {}, which the filter masks record by record", media::listed(operations), shown(kind))
        });
        self.notes.iter().cloned().chain(refused).chain(streams).chain(full)
    }

    /// The starter policy.
    #[must_use]
    pub fn policy(&mut self, wishes: &Wishes) -> String {
        self.settle();
        let ways = Ways::of(&self.graph);
        starter::policy(&starter::Sources {
            files: [self.documents.as_slice(), &self.manifests].concat(),
            graph: &self.graph,
            ways: &ways,
            media: &self.media,
            proposal: &propose::fields(&self.graph, &ways, wishes.key.is_some()),
            topology: self.topology.as_ref(),
            named: wishes.workload.clone(),
            key: wishes.key.as_deref(),
        })
    }

    /// Brings together what schemas and samples say.
    fn settle(&mut self) {
        for sample in std::mem::take(&mut self.samples) {
            maps::forget_keys(&mut self.graph, sample);
            maps::overlay(&mut self.graph, sample);
        }
        self.graph.share_titles();
    }
}
