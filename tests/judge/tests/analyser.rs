//! Another analyser says the same: IBM's network-config-analyzer (NCA), which knows nothing of ours, lists the connections of
//! random clusters in the plain part of the API.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::process::Command;

use meshveil_judge::generate::{Input, plain};
use meshveil_reach::Manifests;
use meshveil_reach::manifest::kinds::workload::Protocol;
use meshveil_reach::network::ports::PortSet;
use meshveil_reach::network::{Endpoint, Matrix, Network, NetworkOptions};
use serde::Deserialize;

const CLUSTERS: u64 = 500;

/// One end of a connection as NCA names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(untagged)]
enum End {
    Workload(String),
    Addresses(u8, String, String),
}

type Row = (End, End, String, u16, u16);

/// The first and last addresses of a range, and their neighbours outside.
fn corners(version: u8, first: &str, last: &str) -> Vec<IpAddr> {
    let (first, last): (u128, u128) = (first.parse().unwrap(), last.parse().unwrap());
    let numbers = [first.saturating_sub(1), first, last, last.saturating_add(1)];
    let address = |number: u128| match version {
        4 => u32::try_from(number).ok().map(|number| IpAddr::V4(Ipv4Addr::from_bits(number))),
        _ => Some(IpAddr::V6(Ipv6Addr::from_bits(number))),
    };
    numbers.into_iter().filter_map(address).collect()
}

fn holds(version: u8, first: &str, last: &str, address: IpAddr) -> bool {
    let (own, number) = match address {
        IpAddr::V4(address) => (4, u128::from(address.to_bits())),
        IpAddr::V6(address) => (6, address.to_bits()),
    };
    own == version && (first.parse::<u128>().unwrap()..=last.parse().unwrap()).contains(&number)
}

fn analyser() -> PathBuf {
    let path = std::env::var_os("MESHVEIL_ANALYSER")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/analyser/bin/python"), PathBuf::from);
    assert!(path.is_file(), "no analyser at `{}`: run `make setup`", path.display());
    path
}

/// What NCA says about each cluster.
fn ask(inputs: &[Input]) -> Vec<Vec<Row>> {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("analyser");
    let _ = fs::remove_dir_all(&root);
    let directories: Vec<PathBuf> = (0..inputs.len()).map(|number| root.join(number.to_string())).collect();
    for (input, directory) in inputs.iter().zip(&directories) {
        fs::create_dir_all(directory).unwrap();
        fs::write(directory.join("cluster.yaml"), input.text()).unwrap();
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/analyser.py");
    let output = Command::new(analyser()).arg(script).args(&directories).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && !errors.contains("Error"), "{errors}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The ports between two ends, by their names.
type Table = BTreeMap<(String, String), PortSet>;

/// What NCA lets through, with ranges of addresses as those of `addresses` that they hold.
fn theirs(rows: &[Row], addresses: &BTreeSet<IpAddr>) -> Table {
    let names = |end: &End| -> Vec<String> {
        match end {
            End::Workload(title) => vec![title.clone()],
            End::Addresses(version, first, last) => {
                let inside = addresses.iter().filter(|address| holds(*version, first, last, **address));
                inside.map(ToString::to_string).collect()
            }
        }
    };
    let mut table = Table::new();
    for (source, destination, protocol, first, last) in rows {
        let protocol = match protocol.as_str() {
            "TCP" => Protocol::Tcp,
            "UDP" => Protocol::Udp,
            "SCTP" => Protocol::Sctp,
            other => panic!("{other}"),
        };
        for source in names(source) {
            for destination in names(destination) {
                table.entry((source.clone(), destination)).or_default().add(protocol, *first, *last);
            }
        }
    }
    table
}

/// The same from the engine.
fn ours(network: &Network<'_>, addresses: &BTreeSet<IpAddr>) -> Table {
    let matrix = Matrix::new(network);
    let workloads = (0..network.manifests().workloads.len()).map(Endpoint::Workload);
    let workloads: Vec<(String, Endpoint)> = workloads.map(|end| (network.title(end), end)).collect();
    let outside = addresses.iter().map(|address| (address.to_string(), network.range_of(*address).unwrap()));
    let outside: Vec<(String, Endpoint)> = outside.collect();
    let mut table = Table::new();
    for (title, workload) in &workloads {
        for (other, end) in workloads.iter().chain(&outside).filter(|(_, end)| end != workload) {
            let mut add = |from: (&String, Endpoint), to: (&String, Endpoint)| {
                let ports = matrix.ports(from.1, to.1);
                if !ports.is_empty() {
                    table.insert((from.0.clone(), to.0.clone()), ports.clone());
                }
            };
            add((title, *workload), (other, *end));
            add((other, *end), (title, *workload));
        }
    }
    table
}

#[test]
fn another_analyser_lists_the_same_connections() {
    let inputs: Vec<Input> = (0..CLUSTERS).map(plain).collect();
    let answers = ask(&inputs);
    assert_eq!(answers.len(), inputs.len());
    let (mut all, mut allowed, mut partly) = (0, 0, 0);
    for (input, rows) in inputs.iter().zip(&answers) {
        let text = input.text();
        let manifests = Manifests::from_text("cluster.yaml", &text);
        assert!(manifests.is_sound(), "{:?}", manifests.findings);
        let network = Network::new(&manifests, &NetworkOptions::default());
        let ranges = network.ranges().iter().map(|range| (range.family, range.first, range.last));
        let mut addresses: BTreeSet<IpAddr> =
            ranges.flat_map(|(family, first, last)| [family.address(first), family.address(last)]).collect();
        for end in rows.iter().flat_map(|(source, destination, ..)| [source, destination]) {
            if let End::Addresses(version, first, last) = end {
                addresses.extend(corners(*version, first, last));
            }
        }
        let (theirs, ours) = (theirs(rows, &addresses), ours(&network, &addresses));
        let ends: BTreeSet<&(String, String)> = theirs.keys().chain(ours.keys()).collect();
        for end in ends {
            assert_eq!(ours.get(end), theirs.get(end), "{end:?}, ours first\n{text}");
        }
        let workloads = manifests.workloads.len();
        all += workloads * (workloads - 1 + 2 * addresses.len());
        allowed += ours.len();
        partly += ours.values().filter(|ports| **ports != PortSet::all()).count();
    }
    // What makes a wrong answer visible must not be rare.
    assert!((all - allowed) * 10 > all && partly * 10 > all, "{all} pairs, {allowed} allowed, {partly} in part");
}
