//! Envoy alone: a configuration with mutual TLS, authorisation, the filter, the guard and routes, and a docker-compose
//! file that runs it.

mod bootstrap;
mod compose;

use meshveil_policy::Policy;

use crate::{File, Source};

/// The first port on which Envoy listens.
const LISTENER: u16 = 8443;

/// The port on which Envoy listens for each port of the workload: the first is behind the first, and so on.
fn listeners(policy: &Policy) -> impl Iterator<Item = (u16, u16)> + '_ {
    (LISTENER..).zip(policy.workload.ports.iter().map(|port| port.port.value))
}

/// Where files are in Envoy's container.
const DIRECTORY: &str = "/etc/meshveil";

/// Every file.
pub(crate) fn files(source: &Source<'_>) -> Vec<File> {
    let file = |path: &str, text| File { path: path.to_owned(), text };
    vec![file("envoy.yaml", bootstrap::text(source)), file("docker-compose.yaml", compose::text(source))]
}
