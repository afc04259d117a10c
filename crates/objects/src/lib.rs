//! Objects of Kubernetes, Istio and Gateway API as they are written, with their places: what reachability depends on, and
//! everything that is wrong with the texts. What a cluster adds to them (copies of templates, pods of gateways) is not here.

mod doubles;
pub mod effect;
pub mod kinds;
mod manifests;
pub mod meta;
mod refusal;
pub mod schema;
pub mod selector;
mod skipped;
mod syntax;
mod unread;
pub mod well_known;

pub use manifests::{Manifests, Namespace, Skipped};
