//! docker-compose: Envoy with the generated configuration, in a network with the workload.

use std::fmt::Write;

use super::DIRECTORY;
use crate::{
    Source,
    yaml::{indented, list, quoted},
};

pub(super) fn text(source: &Source<'_>) -> String {
    let mut text = source.header(
        "Envoy in front of the workload, which docker-compose.override.yaml adds beside it, under the name of the policy.",
    );
    let mut service = format!(
        "image: {}
command: [envoy, --config-path, {DIRECTORY}/envoy.yaml]
volumes:
  - ./envoy.yaml:{DIRECTORY}/envoy.yaml:ro
  - ./certs:{DIRECTORY}/certs:ro
  - {}
ports: {}
",
        quoted(&format!("envoyproxy/envoy:v{}-latest", source.settings.envoy)),
        quoted(&format!("{}:{DIRECTORY}/meshveil_filter.wasm:ro", source.settings.url)),
        list(super::listeners(source.policy).map(|(listener, _)| quoted(&format!("127.0.0.1:{listener}:{listener}")))),
    );
    if let Some(key) = &source.policy.key {
        let comment =
            format!("# {} key: set it where you start this, and nowhere else.", source.place(source.policy.span));
        let _ = write!(service, "{comment}\nenvironment: [{}]\n", quoted(&key.env));
    }
    let _ = write!(text, "services:\n  envoy:\n{}", indented(&service, 4));
    text
}
