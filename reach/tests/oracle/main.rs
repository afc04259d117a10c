//! A second reading of the NetworkPolicy API reference: single packets, judged on the raw policy objects, against the
//! engine on random clusters.
//!
//! `MESHVEIL_ORACLE_CLUSTERS=100000 cargo test --release -p meshveil-reach --test oracle` runs many; the default is
//! small enough for every run. `MESHVEIL_ORACLE_SEED` starts elsewhere.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod judge;
mod random;

use judge::{Packet, Party};
use meshveil_reach::Manifests;
use meshveil_reach::manifest::kinds::workload::Protocol;
use meshveil_reach::network::{Endpoint, Matrix, Network, NetworkOptions};

fn setting(name: &str, default: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name} must be a number")),
        Err(_) => default,
    }
}

fn protocol(name: &str) -> Protocol {
    Protocol::read(Some(name)).unwrap()
}

/// Asks the engine and the judge about every packet of interest; returns how many were asked and delivered.
fn compare(seed: u64) -> (u64, u64) {
    let world = random::world(seed);
    let manifests = Manifests::read([("cluster.json", world.text())]);
    assert!(manifests.findings.is_empty(), "seed {seed}: {:?}\n{}", manifests.findings, world.text());
    let network = Network::new(&manifests, &NetworkOptions::default());
    let matrix = Matrix::new(&network);
    let endpoint = |party: &Party| match party {
        Party::Pod(at) => Endpoint::Workload(*at),
        Party::Address(address) => network.range_of(*address).unwrap(),
    };
    let parties: Vec<Party> =
        (0..world.pods.len()).map(Party::Pod).chain(world.addresses.iter().map(|a| Party::Address(*a))).collect();
    let (mut asked, mut delivered) = (0, 0);
    for source in &parties {
        for destination in parties.iter().filter(|destination| *destination != source) {
            if matches!((source, destination), (Party::Address(_), Party::Address(_))) {
                continue;
            }
            let ports = matrix.ports(endpoint(source), endpoint(destination));
            for (name, port) in random::PORTS {
                let packet = Packet { source, destination, protocol: name, port };
                let expected = judge::delivered(&world, &packet);
                asked += 1;
                delivered += u64::from(expected);
                let explained = network.explain(endpoint(source), endpoint(destination), protocol(name), port);
                assert!(
                    ports.contains(protocol(name), port) == expected && explained.passes() == expected,
                    "seed {seed}: {source:?} -> {destination:?} {name} {port}: judge says {expected}, matrix {ports}, {explained:?}\n{}",
                    world.text()
                );
            }
        }
    }
    (asked, delivered)
}

#[test]
fn judge_and_engine_agree_on_random_clusters() {
    let (count, first) = (setting("MESHVEIL_ORACLE_CLUSTERS", 1500), setting("MESHVEIL_ORACLE_SEED", 0));
    let (mut asked, mut delivered) = (0, 0);
    for seed in first..first + count {
        let (a, d) = compare(seed);
        asked += a;
        delivered += d;
    }
    // Clusters in which everything or nothing passes would prove little.
    assert!(delivered * 10 > asked && delivered * 10 < asked * 9, "{delivered} of {asked} packets delivered");
}
