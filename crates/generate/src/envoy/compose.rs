//! docker-compose: Envoy with the generated configuration, in a network with the workload.

use meshveil_text::{
    block, flow,
    yaml::{self, quoted},
};

use super::DIRECTORY;
use crate::{Source, source::part};

pub(super) fn text(source: &Source<'_>) -> String {
    let what = "Envoy in front of the workload, which docker-compose.override.yaml adds beside it, under the name of the policy.";
    let listeners = super::listeners(source.policy);
    let ports = listeners.map(|(listener, _)| quoted(format!("127.0.0.1:{listener}:{listener}")));
    let mut service = block!({
        image: quoted(format!("envoyproxy/envoy:v{}-latest", source.settings.envoy)),
        command: flow!(["envoy", "--config-path", format!("{DIRECTORY}/envoy.yaml")]),
        volumes: [
            format!("./envoy.yaml:{DIRECTORY}/envoy.yaml:ro"),
            format!("./certs:{DIRECTORY}/certs:ro"),
            quoted(format!("{}:{DIRECTORY}/meshveil_filter.wasm:ro", source.settings.url)),
        ],
        ports: flow!([..ports]),
    });
    if let Some(key) = &source.policy.key {
        service.comment(format!("{}: set it where you start this, and nowhere else.", part("key")));
        service.set("environment", flow!([..key.variables().map(quoted)]));
    }
    yaml::file(&source.header(what), [block!({ services: { envoy: service } })])
}
