//! Which sources and fields are asked about.

use meshveil_reach::network::Endpoint;

use crate::names::{Names, UnknownName};

/// Sources and fields; everything unless some are named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    sources: Option<Vec<Endpoint>>,
    /// Workloads, each with a field.
    fields: Option<Vec<(usize, String)>>,
}

impl Selection {
    /// Looks up the names of sources, of namespaces whose workloads are sources, and of fields. Where none of a kind are named,
    /// all are meant.
    ///
    /// # Errors
    ///
    /// When a name means nothing here, or several workloads have it.
    pub fn find(
        names: &Names<'_>,
        sources: &[String],
        namespaces: &[String],
        fields: &[String],
    ) -> Result<Self, UnknownName> {
        let mut selection = Self::default();
        if !sources.is_empty() || !namespaces.is_empty() {
            let mut found = Vec::new();
            for source in sources {
                found.extend(names.sources(source)?);
            }
            for namespace in namespaces {
                found.extend(names.namespace(namespace)?.into_iter().map(Endpoint::Workload));
            }
            selection.sources = Some(found);
        }
        if !fields.is_empty() {
            let mut found = Vec::new();
            for field in fields {
                found.extend(names.field(field)?.into_iter().map(|(_, workload, field)| (workload, field)));
            }
            selection.fields = Some(found);
        }
        Ok(selection)
    }

    /// Whether something is asked about a workload.
    #[must_use]
    pub fn has_workload(&self, workload: usize) -> bool {
        self.fields.as_ref().is_none_or(|fields| fields.iter().any(|(known, _)| *known == workload))
    }

    pub(super) fn has_source(&self, source: Endpoint) -> bool {
        self.sources.as_ref().is_none_or(|sources| sources.contains(&source))
    }

    pub(super) fn has_field(&self, workload: usize, field: &str) -> bool {
        let is_it = |(known, name): &(usize, String)| *known == workload && name == field;
        self.fields.as_ref().is_none_or(|fields| fields.iter().any(is_it))
    }
}
