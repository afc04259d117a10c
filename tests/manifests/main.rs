//! What `manifests/` says once kustomize has put it together, read by the simulator.
#![expect(clippy::unwrap_used, reason = "tests")]

mod environments;
mod kustomize;
mod locks;
mod views;
