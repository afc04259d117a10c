//! One Kubernetes object as text.

use std::fmt::Write;

use crate::yaml::quoted;

/// An object that is all metadata and spec.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Document {
    /// Where it comes from and what it does, without `#`.
    pub(crate) comment: String,
    pub(crate) version: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    /// None for objects of the cluster.
    pub(crate) namespace: Option<String>,
    /// Labels of the object besides ours.
    pub(crate) labels: Vec<(&'static str, &'static str)>,
    /// The lines of `spec`, indented by two.
    pub(crate) spec: String,
}

impl Document {
    /// The whole document.
    pub(crate) fn text(&self) -> String {
        let Self { comment, version, kind, name, namespace, labels, spec } = self;
        let mut text =
            format!("# {comment}\napiVersion: {version}\nkind: {kind}\nmetadata:\n  name: {}\n", quoted(name));
        if let Some(namespace) = namespace {
            let _ = writeln!(text, "  namespace: {}", quoted(namespace));
        }
        text.push_str("  labels:\n    app.kubernetes.io/managed-by: meshveil\n");
        for (key, value) in labels {
            let _ = writeln!(text, "    {key}: {value}");
        }
        let _ = write!(text, "spec:\n{spec}");
        text
    }

    /// The group and version of its API, apart.
    pub(crate) fn group_version(&self) -> (&'static str, &'static str) {
        self.version.split_once('/').unwrap_or(("", self.version))
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
