//! Random meshes and the requests that are sent to them, the same for the same seed.

pub mod policies;
pub mod requests;
mod words;

use std::collections::BTreeMap;

use fastrand::Rng;

use crate::objects::{Mesh, ServicePort};
use requests::Visit;

/// The workload's ports: three of its Service, and one that no Service declares.
pub const PORTS: [u16; 4] = [18080, 19090, 17070, 16060];

/// Trust domains of callers; the last is never the mesh's.
pub const DOMAINS: [&str; 5] = ["cluster.local", "corp.example", "old.example", "new-corp.example", "evil.example"];

/// Namespace and ServiceAccount of the callers.
pub const CALLERS: [(&str, &str); 6] =
    [("web", "front"), ("web", "batch"), ("web-2", "front"), ("ops", "front.v2"), ("ops", "front-v2"), ("shop", "api")];

/// A mesh, and what is asked of its workload.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its seed.
    pub seed: u64,
    /// The mesh.
    pub mesh: Mesh,
    /// The connections.
    pub visits: Vec<Visit>,
}

fn one_of<T: Copy>(rng: &mut Rng, choices: &[T]) -> T {
    choices[rng.usize(..choices.len())]
}

/// True in `percent` of 100 cases.
fn likely(rng: &mut Rng, percent: u32) -> bool {
    rng.u32(..100) < percent
}

fn service_port(rng: &mut Rng, port: u16, target: u16) -> ServicePort {
    let (name, protocol) = one_of(
        rng,
        &[
            ("http", None),
            ("http-api", None),
            ("grpc", None),
            ("web", Some("http")),
            ("tcp-db", Some("http")),
            ("tcp", None),
            ("tcp-db", None),
            ("https", None),
            ("redis-cache", None),
            ("http-api", Some("tcp")),
            ("web", None),
            ("api-http", None),
            ("custom", Some("example.org/custom")),
        ],
    );
    ServicePort { port, target, name: format!("{name}-{port}"), app_protocol: protocol.map(str::to_owned) }
}

/// The case of a seed.
#[must_use]
pub fn case(seed: u64) -> Case {
    let rng = &mut Rng::with_seed(seed);
    let (domain, aliases): (&str, &[&str]) = one_of(
        rng,
        &[
            ("cluster.local", &[][..]),
            ("cluster.local", &["old.example"][..]),
            ("corp.example", &[][..]),
            ("corp.example", &["old.example", "new-corp.example"][..]),
        ],
    );
    let mut labels = BTreeMap::from([("app".to_owned(), "api".to_owned())]);
    if rng.bool() {
        labels.insert("tier".to_owned(), "back".to_owned());
    }
    let http = ServicePort { port: 80, target: PORTS[0], name: "http".to_owned(), app_protocol: None };
    let mut mesh = Mesh {
        trust_domain: domain.to_owned(),
        aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
        root: one_of(rng, &["istio-system", "mesh-root"]).to_owned(),
        namespace: "shop".to_owned(),
        labels,
        ports: vec![http, service_port(rng, 90, PORTS[1]), service_port(rng, 70, PORTS[2])],
        callers: CALLERS.iter().map(|(namespace, account)| ((*namespace).to_owned(), (*account).to_owned())).collect(),
        authorization: Vec::new(),
        peers: Vec::new(),
        tokens: Vec::new(),
    };
    policies::fill(rng, &mut mesh);
    let visits = requests::visits(rng, &mesh);
    Case { seed, mesh, visits }
}
