//! Whom clusters let in, one program.

mod cluster;
mod inputs;
mod manifests;
mod mesh;
mod scenarios;
mod truth_tables;
mod verdicts;
