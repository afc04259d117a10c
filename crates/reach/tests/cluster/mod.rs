//! Clusters as texts: whole ones with some objects replaced.

use meshveil_reach::Manifests;
pub use meshveil_text::codes::with_objects as merged;

/// Reads a text.
pub fn read_text(text: &str) -> Manifests {
    Manifests::from_text("cluster.yaml", text)
}
