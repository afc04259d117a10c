//! The Envoy filter: a proxy-wasm module that masks JSON responses.
