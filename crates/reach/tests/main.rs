//! Whom clusters let in, one program.

mod cluster;
mod inputs;
mod istiod;
mod manifests;
mod mesh;
mod scenarios;
mod truth_tables;
mod verdicts;
