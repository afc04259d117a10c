//! Whom clusters let in, one program.

mod cluster;
mod doubts;
mod edge;
mod inputs;
mod istiod;
mod manifests;
mod mesh;
mod refusals;
mod scenarios;
mod truth_tables;
mod verdicts;
