//! A filter that does nothing: what it costs is what Envoy pays for calling wasm at all.
#![cfg(target_arch = "wasm32")]
#![expect(missing_docs, reason = "the function that `proxy_wasm::main!` makes has none")]

use proxy_wasm::traits::{Context, HttpContext};

struct Noop;

impl Context for Noop {}

impl HttpContext for Noop {}

proxy_wasm::main! {{
    proxy_wasm::set_http_context(|_, _| Box::new(Noop));
}}
