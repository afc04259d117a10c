//! The Envoy filter: the proxy-wasm shell around [`meshveil_exchange`].
//!
//! `plugin` registers the module and hands on its callbacks, `host` makes the calls to the proxy. There is nothing else
//! here, and nothing of it runs natively.

#[cfg(target_arch = "wasm32")]
mod host;
#[cfg(target_arch = "wasm32")]
mod plugin;
