//! Tests of queries: tables from the RFC, refusals, hostile documents, random agreement.

mod ambiguity;
mod invalid;
mod random;
mod rfc_examples;
