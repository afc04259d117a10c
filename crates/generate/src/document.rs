//! One Kubernetes object, and a file of them.

use meshveil_text::{
    block,
    yaml::{self, Map, quoted},
};

use crate::{File, Source};

/// A kind of object in one version of its API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kind {
    /// Group and version.
    pub(crate) version: &'static str,
    pub(crate) kind: &'static str,
}

/// A Kubernetes object with `metadata` and `spec` only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Document {
    /// Where it comes from and what it does.
    pub(crate) comment: String,
    pub(crate) kind: Kind,
    pub(crate) name: String,
    /// None for objects of the cluster.
    pub(crate) namespace: Option<String>,
    /// Labels of the object besides ours.
    pub(crate) labels: Vec<(&'static str, &'static str)>,
    /// Annotations.
    pub(crate) annotations: Vec<(&'static str, &'static str)>,
    pub(crate) spec: Map,
}

impl Document {
    /// The whole document.
    fn yaml(&self) -> Map {
        let Self { comment, kind, name, namespace, labels, annotations, spec } = self;
        let annotations = (!annotations.is_empty()).then(|| {
            let written = annotations.iter().map(|(key, value)| (quoted(*key), quoted(*value)));
            block!({ ..written })
        });
        block!({
            #(comment)
            apiVersion: kind.version,
            kind: kind.kind,
            metadata: {
                name: quoted(name),
                namespace?: namespace.as_ref().map(quoted),
                labels: { "app.kubernetes.io/managed-by": "meshveil", ..labels.iter().copied() },
                annotations?: annotations,
            },
            spec: spec.clone(),
        })
    }

    /// The group and version of its API, apart.
    pub(crate) fn group_version(&self) -> (&'static str, &'static str) {
        self.kind.version.split_once('/').unwrap_or(("", self.kind.version))
    }
}

/// A file of documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sheet {
    pub(crate) name: &'static str,
    /// What it is, in one sentence.
    pub(crate) what: &'static str,
    pub(crate) documents: Vec<Document>,
}

impl Sheet {
    /// The file in a directory, which ends in `/` or is empty.
    pub(crate) fn file(&self, source: &Source<'_>, directory: &str) -> File {
        let documents = self.documents.iter().map(Document::yaml);
        let text = yaml::file(&source.header(self.what), documents);
        File { path: format!("{directory}{}.yaml", self.name), text }
    }
}
