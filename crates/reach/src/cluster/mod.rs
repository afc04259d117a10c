//! The cluster that manifests describe: the objects as written, and what follows from them. Namespaces exist where an
//! object names them, pods of a controller that was read too are copies of its template, Istio makes the pods of Gateways,
//! and injection decides which pods are in the mesh.

mod copies;
pub mod enrollment;
mod gateways;
mod namespaces;
mod traffic;

use std::ops::{Deref, DerefMut};

use meshveil_objects::Manifests;
use meshveil_text::Documents;

pub use enrollment::{Enrollment, EnrollmentReason, Plane};

/// Manifests with what follows from them. It reads as the [`Manifests`] it holds; what is changed through it stays as it is
/// changed, and nothing is derived again.
#[derive(Debug, Clone, Default)]
pub struct Cluster {
    objects: Manifests,
}

impl Cluster {
    /// Adds to manifests what follows from them.
    #[must_use]
    pub fn new(mut objects: Manifests) -> Self {
        namespaces::imply(&mut objects);
        copies::fold(&mut objects);
        gateways::add_pods(&mut objects);
        traffic::add_routes(&mut objects);
        namespaces::imply(&mut objects);
        Self { objects }
    }

    /// Reads the objects among documents; see [`Manifests::read`].
    #[must_use]
    pub fn read(documents: &Documents) -> Self {
        Self::new(Manifests::read(documents))
    }

    /// Reads texts, each with the name findings call it by; see [`Manifests::from_texts`].
    #[must_use]
    pub fn from_texts<N: Into<String>, T: Into<String>>(texts: impl IntoIterator<Item = (N, T)>) -> Self {
        Self::new(Manifests::from_texts(texts))
    }

    /// Reads one text.
    #[must_use]
    pub fn from_text(name: &str, text: &str) -> Self {
        Self::from_texts([(name, text)])
    }
}

impl Deref for Cluster {
    type Target = Manifests;

    fn deref(&self) -> &Manifests {
        &self.objects
    }
}

impl DerefMut for Cluster {
    fn deref_mut(&mut self) -> &mut Manifests {
        &mut self.objects
    }
}
