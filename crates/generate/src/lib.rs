//! From a policy to everything that forces traffic through the filter, as text: every document says which part of the
//! policy it comes from, and the same policy always gives the same text, wherever it lies and whatever its comments.
//!
//! [`istio`] writes manifests for sidecars and for ambient mode, [`gateway`] for Envoy Gateway, [`envoy`] a
//! configuration for Envoy alone; [`network`] and [`admission`] are shared by those that run on Kubernetes. An
//! [`Environment`] is the same policy in another namespace.

mod admission;
mod application;
mod document;
mod environment;
mod envoy;
mod gateway;
mod istio;
mod kustomize;
mod network;
mod route;
mod settings;
mod several;
mod source;

use meshveil_policy::Policy;

pub use environment::{Changes, Environment};
pub use settings::{Settings, Target, Version};
use source::Source;

/// A file to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its path below the output directory, with `/`.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// Why nothing can be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// An environment moves the policy, but not a store in a namespace of its own.
    #[error(
        "environments move `{policy}` to other namespaces, but its store `{store}` lives in `{namespace}`: give each environment a policy of its own"
    )]
    ForeignStore {
        /// The policy.
        policy: String,
        /// The store.
        store: String,
        /// The namespace it lives in.
        namespace: String,
    },
    /// Two policies would write objects of one name, or one directory: one would take the place of the other.
    #[error("`{first}` and `{second}` would both write `{what}`: give one of them another name")]
    SameName {
        /// The policy that comes first.
        first: String,
        /// The other.
        second: String,
        /// What both would write.
        what: String,
    },
    /// Environments are for Kubernetes.
    #[error("environments are namespaces of Kubernetes; target `envoy` has none")]
    NoEnvironments,
    /// Two environments would write one overlay, or the same objects.
    #[error("two environments are called `{0}`, or both are the namespace `{0}`")]
    SameEnvironment(String),
    /// Nothing that the target can get a module from.
    #[error("the module's address `{url}` is not {expected}")]
    Url {
        /// What was given, without control characters.
        url: String,
        /// What the target takes.
        expected: &'static str,
    },
}

/// What was made of some policies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Generated {
    /// The files, by path.
    pub files: Vec<File>,
    /// What the chosen versions cannot promise.
    pub notes: Vec<String>,
}

/// The routes of a policy that Envoy can choose itself: their names, and their conditions as YAML.
#[must_use]
pub fn routes(policy: &Policy) -> Vec<(&str, String)> {
    let routes = route::matchable(&policy.routes);
    routes.map(|route| (route.name, meshveil_text::yaml::document(route.found))).collect()
}

/// Everything for some policies: for one, in the output directory itself; for several, in a directory each, called
/// `namespace-name`, with a kustomization over all of them.
///
/// # Errors
/// See [`Error`].
pub fn generate(policies: &[Policy], settings: &Settings) -> Result<Generated, Error> {
    let mut all = Generated::default();
    settings.check()?;
    several::apart(policies, settings)?;
    for policy in policies {
        let source = Source { policy, settings };
        let mut own = match settings.target {
            Target::Envoy => envoy::files(&source),
            _ => kustomize::files(&source)?,
        };
        if policies.len() > 1 {
            for file in &mut own {
                file.path = format!("{}/{}", several::directory(policy), file.path);
            }
        }
        all.files.extend(own);
        all.notes.extend(source.notes());
    }
    if policies.len() > 1 && settings.target != Target::Envoy {
        all.files.extend(several::kustomizations(policies, settings));
    }
    all.files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(all)
}

#[cfg(test)]
mod tests;
