//! The Envoy filter: a proxy-wasm module that masks JSON responses.
//!
//! [`exchange`] follows one request and its response, [`eligibility`] decides what becomes of a response,
//! [`configuration`] is what all exchanges share. Everything is written against [`host::Host`], so that it runs natively
//! in tests; only `host::real` and `plugin`, which registers the module, are wasm.

pub mod configuration;
pub mod eligibility;
pub mod exchange;
pub mod host;
pub mod identity;
pub mod media_type;
pub mod problem;
pub mod response_headers;
pub mod route;
pub mod telemetry;

#[cfg(target_arch = "wasm32")]
mod plugin;
