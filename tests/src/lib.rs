//! Harness of the end-to-end tests: a real Envoy, upstreams, certificates, clients.
