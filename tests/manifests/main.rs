//! What `manifests/` says once kustomize has put it together, read by the simulator.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod admission;
mod documents;
mod environments;
mod kustomize;
mod locks;
mod random;
mod several;
mod validators;
mod views;
mod works;
