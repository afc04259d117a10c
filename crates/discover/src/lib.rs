//! A starter policy from what is already there: OpenAPI documents, samples of responses and manifests.
//!
//! [`Discovery`] takes the sources one by one, each with its name: all fill the same `graph`, in which a schema is one node however
//! often it is used; `maps` forgets keys of samples that are values, and tells schemas what samples held. `judge` says what a place
//! is taken for, `propose` which path selects it and nothing else, and `starter` writes the policy. `workload` finds who serves
//! the data and who may call, `media` what the filter can read. Only names, paths and counts leave this crate, never a value of a sample.

mod document;
mod error;
mod facts;
mod formats;
mod graph;
mod judge;
mod maps;
mod media;
mod openapi;
mod propose;
mod report;
mod sample;
mod schema;
mod shown;
mod starter;
mod workload;

use std::io::{Cursor, Read};

use meshveil_json::Query;

use meshveil_reach::Manifests;

pub use error::Error;
use formats::Format;
use graph::{Graph, Ways};
use media::Media;
pub use report::{Item, Report};
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
        let document = document::read(name, reader, &mut self.notes)?;
        openapi::read(name, &document, &mut self.graph, &mut self.media, &mut self.notes)
    }

    /// Reads a description of data or a sample of it, whatever it is: OpenAPI, JSON Schema, GraphQL, descriptors of protobuf, SQL,
    /// Avro, or values in JSON, NDJSON or CSV. The name's ending decides, and where it says nothing, the text.
    ///
    /// # Errors
    ///
    /// When it cannot be read, is too long, or is none of these.
    pub fn source(&mut self, name: &str, mut reader: impl Read) -> Result<(), Error> {
        let by_name = Format::by_name(name);
        if by_name == Some(Format::Sample) {
            return self.sample(name, reader);
        }
        let at_start =
            |message: &str| Error::At { name: name.to_owned(), line: 1, column: 1, message: message.to_owned() };
        if by_name == Some(Format::Proto) {
            return Err(at_start(
                "source text of protobuf is not read: `protoc --include_imports --include_source_info --descriptor_set_out=FILE` writes descriptors",
            ));
        }
        let mut bytes = Vec::new();
        let most = document::MOST + 1;
        reader
            .by_ref()
            .take(most)
            .read_to_end(&mut bytes)
            .map_err(|error| Error::Read { name: name.to_owned(), error })?;
        if by_name.is_none() && u64::try_from(bytes.len()).is_ok_and(|len| len == most) {
            let start = bytes.get(..4096).map(String::from_utf8_lossy).unwrap_or_default();
            if start.contains("openapi") || start.contains("swagger") || start.contains("$schema") {
                return Err(Error::TooLong { name: name.to_owned(), mebibytes: document::MOST >> 20, hint: "" });
            }
            // Only samples are longer.
            return self.sample(name, Cursor::new(bytes).chain(reader));
        }
        if by_name == Some(Format::Protobuf) {
            self.documents.push(name.to_owned());
            return formats::protobuf::read(name, &bytes, &mut self.graph);
        }
        let bytes = document::bytes(name, Cursor::new(bytes))?;
        let text = document::text(name, bytes)?;
        match by_name {
            Some(Format::GraphQl) => self.graphql(name, &text),
            Some(Format::Sql) => self.sql(name, &text),
            Some(Format::Csv) => self.table(name, &text),
            format => self.json_or_yaml(name, &text, format),
        }
    }

    fn graphql(&mut self, name: &str, text: &str) -> Result<(), Error> {
        self.documents.push(name.to_owned());
        formats::graphql::read(name, text, &mut self.graph)
    }

    fn sql(&mut self, name: &str, text: &str) -> Result<(), Error> {
        self.documents.push(name.to_owned());
        formats::sql::read(name, text, &mut self.graph, &mut self.notes);
        Ok(())
    }

    fn table(&mut self, name: &str, text: &str) -> Result<(), Error> {
        self.documents.push(name.to_owned());
        let header = text.lines().next().unwrap_or_default();
        self.samples.push(formats::csv::read(name, text.as_bytes(), header, &mut self.graph)?);
        Ok(())
    }

    fn json_or_yaml(&mut self, name: &str, text: &str, format: Option<Format>) -> Result<(), Error> {
        // A list of values is a sample; of several documents one after the other the first says nothing of the others.
        if text.trim_start().starts_with('[') && format != Some(Format::Avro) {
            return self.sample(name, text.as_bytes());
        }
        if format.is_none()
            && !text.trim_start().starts_with('{')
            && let Some(other) = Format::by_text(text)
        {
            return if other == Format::Sql { self.sql(name, text) } else { self.graphql(name, text) };
        }
        let mut notes = Vec::new();
        let document = if text.trim_start().starts_with('[') {
            serde_json::from_str(text).map_err(|error| Error::At {
                name: name.to_owned(),
                line: error.line(),
                column: error.column(),
                message: format!("not JSON: {}", document::json_message(&error)),
            })
        } else {
            document::parse(name, text, &mut notes)
        };
        let document = match document {
            Ok(document) => document,
            // Lines of JSON are no document.
            Err(_) if text.trim_start().starts_with('{') => return self.sample(name, text.as_bytes()),
            Err(error) => return Err(error),
        };
        match format.unwrap_or_else(|| Format::by_members(&document)) {
            Format::OpenApi => {
                self.documents.push(name.to_owned());
                self.notes.append(&mut notes);
                openapi::read(name, &document, &mut self.graph, &mut self.media, &mut self.notes)
            }
            Format::Avro => {
                self.documents.push(name.to_owned());
                formats::avro::read(&document, &mut self.graph);
                Ok(())
            }
            Format::JsonSchema => {
                self.documents.push(name.to_owned());
                self.notes.append(&mut notes);
                formats::json_schema(name, &document, &mut self.graph, &mut self.notes);
                Ok(())
            }
            _ if text.trim_start().starts_with('{') => self.sample(name, text.as_bytes()),
            _ => self.sample(name, Cursor::new(document.to_string())),
        }
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
        self.notes.iter().cloned().chain(refused).chain(full)
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

    /// What was found, and what no query of a policy selects, where one is given.
    #[must_use]
    pub fn report(&mut self, policy: Option<&[Query]>) -> Report {
        self.settle();
        let ways = Ways::of(&self.graph);
        let proposal = propose::fields(&self.graph, &ways, false);
        let notes = self.notes().collect();
        let sources = starter::Sources {
            files: Vec::new(),
            graph: &self.graph,
            ways: &ways,
            media: &self.media,
            proposal: &proposal,
            topology: None,
            named: None,
            key: None,
        };
        report::report(&sources, &proposal, policy, notes)
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
