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

/// A Kubernetes object with `metadata` and `spec` or `data` only.
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
    /// Under which key the rest stands.
    pub(crate) body: Body,
}

/// What an object holds besides its metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Body {
    Spec,
    Data,
}

impl Body {
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Spec => "spec",
            Self::Data => "data",
        }
    }
}

impl Document {
    /// The whole document, as one of a sheet.
    fn yaml(&self, sheet: &Sheet) -> Map {
        let Self { comment, kind, name, namespace, labels, annotations, spec, body } = self;
        block!({
            #(comment)
            apiVersion: kind.version,
            kind: kind.kind,
            metadata: {
                name: quoted(name),
                namespace?: namespace.as_ref().map(quoted),
                labels: {
                    "app.kubernetes.io/managed-by": "meshveil",
                    "app.kubernetes.io/component": sheet.name,
                    ..labels.iter().copied(),
                },
                annotations: {
                    "argocd.argoproj.io/sync-wave": quoted(sheet.step.wave()),
                    ..annotations.iter().map(|(key, value)| (quoted(*key), quoted(*value))),
                },
            },
            (body.key()): spec.clone(),
        })
    }

    /// The group and version of its API, apart.
    pub(crate) fn group_version(&self) -> (&'static str, &'static str) {
        self.kind.version.split_once('/').unwrap_or(("", self.kind.version))
    }
}

/// When an object has to be there. On pods that run already, a proxy goes on with its old listeners, in clear, until it has
/// fetched the module that the new ones ask for; a guard takes effect at once, and refuses everything until the filter is
/// there. So locks come first and go last. Argo CD waits between its waves, and removes them in reverse; `kubectl` and
/// Flux pick steps by the label `app.kubernetes.io/component`. The order within one step does not matter: istiod gathers
/// what arrives together into one push.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    /// What refuses: network, authorisation, admission, guard, and the proxy that they are about.
    Locks,
    /// What masks.
    Filter,
    /// What leads requests there.
    Routes,
}

impl Step {
    /// The wave of Argo CD: all before the application's own, 0.
    const fn wave(self) -> &'static str {
        match self {
            Self::Locks => "-3",
            Self::Filter => "-2",
            Self::Routes => "-1",
        }
    }
}

/// A file of documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sheet {
    pub(crate) name: &'static str,
    /// What it is, in one sentence.
    pub(crate) what: &'static str,
    /// When it has to be there.
    pub(crate) step: Step,
    pub(crate) documents: Vec<Document>,
}

impl Sheet {
    pub(crate) const fn new(step: Step, name: &'static str, what: &'static str, documents: Vec<Document>) -> Self {
        Self { name, what, step, documents }
    }

    /// The file in a directory, which ends in `/` or is empty.
    pub(crate) fn file(&self, source: &Source<'_>, directory: &str) -> File {
        let documents = self.documents.iter().map(|document| document.yaml(self));
        let text = yaml::file(&source.header(self.what), documents);
        File { path: format!("{directory}{}.yaml", self.name), text }
    }
}
