//! The engine's public answers beside the judge's, packet by packet.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use fastrand::Rng;
use ipnet::IpNet;
use meshveil_reach::Manifests;
use meshveil_reach::manifest::kinds::workload::Protocol as EngineProtocol;
use meshveil_reach::network::cidr::Cidr;
use meshveil_reach::network::{Direction, Endpoint, Matrix, Network, NetworkOptions, Side as EngineSide};

use crate::cluster::Cluster;
use crate::generate::Input;
use crate::objects::{AdminPort, PolicyPort, PortOrName, Protocol};
use crate::packet::{End, Judge, Packet, Side, next, previous};
use crate::tally::Tally;

/// How much is asked about one cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// The matrix, on a choice of addresses and ports.
    Choice,
    /// The matrix, single pairs, explanations and the list of connections, on a choice of addresses and ports.
    Close,
    /// Everything about every address and port.
    Everything,
}

/// What came of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Every answer is the same.
    Agreed,
    /// The judge cannot read the manifests: no API server would take them.
    NotACluster(String),
    /// The first difference.
    Differs(String),
}

/// Two ends as the engine knows them, and every way of packets between them.
type Pair = (Vec<(End, End)>, Endpoint, Endpoint);

/// Endpoints by what the judge calls them.
struct Ends<'n> {
    network: &'n Network<'n>,
    workloads: Vec<Endpoint>,
}

impl Ends<'_> {
    fn outside(&self, address: IpAddr) -> Result<Endpoint, String> {
        self.network.range_of(address).ok_or_else(|| format!("no range holds {address}"))
    }
}

/// Compares.
#[must_use]
pub fn check(input: &Input, depth: Depth, tally: &mut Tally) -> Outcome {
    let text = input.text();
    let cluster = match Cluster::read(&text) {
        Ok(cluster) => cluster,
        Err(error) => return Outcome::NotACluster(error),
    };
    match compare(input, &text, &cluster, depth, tally) {
        Ok(()) => Outcome::Agreed,
        Err(difference) => Outcome::Differs(difference),
    }
}

fn compare(input: &Input, text: &str, cluster: &Cluster, depth: Depth, tally: &mut Tally) -> Result<(), String> {
    let manifests = Manifests::from_text("cluster.yaml", text);
    if !manifests.is_sound() {
        return Err(format!("the engine refuses the manifests: {:?}", manifests.findings));
    }
    let cidr = |range: &IpNet| Cidr::new(range.addr(), range.prefix_len()).expect("a block");
    let options = NetworkOptions { pod_ranges: input.pod_ranges.iter().map(cidr).collect() };
    let network = Network::new(&manifests, &options);
    let matrix = Matrix::new(&network);
    let judge = Judge { cluster, pod_ranges: &input.pod_ranges };
    let mut titles: BTreeMap<String, Endpoint> =
        (0..manifests.workloads.len()).map(Endpoint::Workload).map(|end| (network.title(end), end)).collect();
    let mut workloads = Vec::new();
    for pod in &cluster.pods {
        workloads.push(titles.remove(&pod.title()).ok_or_else(|| format!("the engine has no {}", pod.title()))?);
    }
    if let Some(title) = titles.keys().next() {
        return Err(format!("the engine has a workload too many: {title}"));
    }
    let ends = Ends { network: &network, workloads };
    let mut rng = Rng::with_seed(input.seed);
    let (most_addresses, most_ports) = if depth == Depth::Everything { (usize::MAX, usize::MAX) } else { (2, 10) };
    let ports = ports(cluster, &mut rng, most_ports);
    let addresses = addresses(cluster, &mut rng, most_addresses);
    let mut pairs: Vec<Pair> = Vec::new();
    for (at, pod) in ends.workloads.iter().enumerate() {
        for (to, destination) in ends.workloads.iter().enumerate().filter(|(to, _)| *to != at) {
            let ways = judge.ends(at, to);
            // Pods without a common family of addresses do not depend on policies.
            if !ways.is_empty() {
                pairs.push((ways, *pod, *destination));
            }
        }
        for address in &addresses {
            let outside = ends.outside(*address)?;
            pairs.push((vec![(End::Outside(*address), End::Pod(at, None))], outside, *pod));
            pairs.push((vec![(End::Pod(at, None), End::Outside(*address))], *pod, outside));
        }
    }
    let close = depth != Depth::Choice;
    let connections: BTreeMap<(String, String), _> = if close {
        matrix.connections(&network).into_iter().map(|line| ((line.source, line.destination), line.ports)).collect()
    } else {
        BTreeMap::new()
    };
    // Only what is looked at closely is counted.
    let policies = if close { cluster.policies.iter().cloned().map(strip).collect() } else { Vec::new() };
    let without_excepts = Cluster { policies, ..cluster.clone() };
    let lenient = Judge { cluster: &without_excepts, pod_ranges: &input.pod_ranges };
    for (ways, source, destination) in pairs {
        let set = matrix.ports(source, destination);
        if close && network.ports_between(source, destination) != *set {
            return Err(format!(
                "{} => {}: the matrix says {set:?}, the pair {:?}",
                network.title(source),
                network.title(destination),
                network.ports_between(source, destination)
            ));
        }
        for (protocol, port) in &ports {
            let packets: Vec<Packet> = ways
                .iter()
                .map(|(source, destination)| Packet {
                    source: *source,
                    destination: *destination,
                    protocol: *protocol,
                    port: *port,
                })
                .collect();
            let passes = packets.iter().any(|packet| judge.passes(packet));
            let engine = engine_protocol(*protocol);
            let question = |what: &str, answer: bool| {
                let named = |end: End| match end {
                    End::Pod(pod, address) => format!("{}{}", cluster.pods[pod].title(), in_brackets(address)),
                    End::Outside(address) => address.to_string(),
                };
                let way = packets.first().map_or_else(
                    || format!("{} => {}", network.title(source), network.title(destination)),
                    |packet| format!("{} => {}", named(packet.source), named(packet.destination)),
                );
                format!("{way}: {protocol:?} {port}: the engine's {what} says {answer}, the judge {passes}")
            };
            if set.contains(engine, *port) != passes {
                return Err(question("matrix", !passes));
            }
            if !close {
                continue;
            }
            let explained = network.explain(source, destination, engine, *port);
            if explained.passes() != passes {
                return Err(format!("{}: {explained:?}", question("explanation", !passes)));
            }
            if let (Endpoint::Workload(_), Endpoint::Workload(_)) = (source, destination) {
                let listed = connections.get(&(network.title(source), network.title(destination)));
                if listed.is_some_and(|set| set.contains(engine, *port)) != passes {
                    return Err(question("list of connections", !passes));
                }
            }
            let [packet] = packets.as_slice() else { continue };
            let (egress, ingress) = judge.sides(packet);
            for (name, engine, side) in
                [("egress", &explained.egress, &egress), ("ingress", &explained.ingress, &ingress)]
            {
                let (engine, side) = (engine_words(&manifests, engine), words(cluster, side));
                if engine != side {
                    return Err(format!(
                        "{}: {name}: the engine names {engine}, the judge {side}",
                        question("explanation", passes)
                    ));
                }
            }
            count(tally, cluster, &lenient, packet, &egress, &ingress);
        }
    }
    tally.clusters += u64::from(close);
    Ok(())
}

fn in_brackets(address: Option<IpAddr>) -> String {
    address.map(|address| format!(" ({address})")).unwrap_or_default()
}

fn engine_protocol(protocol: Protocol) -> EngineProtocol {
    match protocol {
        Protocol::Tcp => EngineProtocol::Tcp,
        Protocol::Udp => EngineProtocol::Udp,
        Protocol::Sctp => EngineProtocol::Sctp,
    }
}

/// What a side says, in words that both can be put into.
fn words(cluster: &Cluster, side: &Side) -> String {
    let name = |policy: usize| format!("{}/{}", cluster.policies[policy].namespace, cluster.policies[policy].name);
    match side {
        Side::Open => "open".to_owned(),
        Side::Allowed(rules) => {
            let rules: BTreeSet<_> = rules.iter().map(|(policy, rule)| format!("{}#{rule}", name(*policy))).collect();
            format!("allowed by {rules:?}")
        }
        Side::Denied(policies) => {
            format!("denied by {:?}", policies.iter().map(|policy| name(*policy)).collect::<BTreeSet<_>>())
        }
        Side::Admin(policy, rule, passes) => format!("{}#{rule}: {passes}", cluster.admin[*policy].name),
    }
}

fn engine_words(manifests: &Manifests, side: &EngineSide) -> String {
    let name = |policy: usize| manifests.network_policies[policy].meta.full_name();
    match side {
        EngineSide::Open => "open".to_owned(),
        EngineSide::Allowed(rules) => {
            let rules: BTreeSet<_> = rules.iter().map(|rule| format!("{}#{}", name(rule.policy), rule.rule)).collect();
            format!("allowed by {rules:?}")
        }
        EngineSide::Denied(policies) => {
            format!("denied by {:?}", policies.iter().map(|policy| name(*policy)).collect::<BTreeSet<_>>())
        }
        EngineSide::Admin { rule, passes } => {
            debug_assert!(matches!(rule.direction, Direction::Ingress | Direction::Egress));
            format!("{}#{}: {passes}", manifests.admin_policies[rule.policy].meta.name, rule.rule)
        }
    }
}

/// Every port where an answer can change, and its neighbours; then some of them.
pub fn ports(cluster: &Cluster, rng: &mut Rng, most: usize) -> Vec<(Protocol, u16)> {
    let mut edges: BTreeSet<(Protocol, u16)> = BTreeSet::new();
    for port in cluster.pods.iter().flat_map(|pod| &pod.ports) {
        edges.insert((port.protocol.unwrap_or_default(), port.container_port));
    }
    for port in cluster.policies.iter().flat_map(|policy| policy.spec.ports()) {
        let PolicyPort { protocol, port: Some(PortOrName::Number(number)), end_port } = port else { continue };
        edges.insert((protocol.unwrap_or_default(), *number));
        edges.extend(end_port.map(|last| (protocol.unwrap_or_default(), last)));
    }
    for policy in &cluster.admin {
        let rules = policy.spec.ingress.iter().chain(&policy.spec.egress).flatten();
        for port in rules.flat_map(|rule| rule.ports.iter().flatten()) {
            match port {
                AdminPort::PortNumber { protocol, port } => edges.extend([(*protocol, *port)]),
                AdminPort::PortRange { protocol, start, end } => edges.extend([(*protocol, *start), (*protocol, *end)]),
                AdminPort::NamedPort(_) => {}
            }
        }
    }
    let mut all: BTreeSet<(Protocol, u16)> = edges.iter().copied().collect();
    for (protocol, port) in &edges {
        all.extend(port.checked_add(1).map(|port| (*protocol, port)));
        all.extend(port.checked_sub(1).filter(|port| *port > 0).map(|port| (*protocol, port)));
        for other in [Protocol::Tcp, Protocol::Udp, Protocol::Sctp] {
            all.insert((other, *port));
        }
    }
    let mut neighbours: Vec<(Protocol, u16)> = all.difference(&edges).copied().collect();
    let mut chosen: Vec<(Protocol, u16)> = edges.into_iter().collect();
    rng.shuffle(&mut chosen);
    rng.shuffle(&mut neighbours);
    chosen.truncate(most - most / 4);
    let room = most.saturating_sub(chosen.len());
    chosen.extend(neighbours.into_iter().take(room));
    chosen.push((Protocol::Tcp, 9));
    chosen
}

/// Addresses on both sides of every border of a block; then some of them.
pub fn addresses(cluster: &Cluster, rng: &mut Rng, most: usize) -> Vec<IpAddr> {
    let mut all: BTreeSet<IpAddr> = BTreeSet::new();
    for block in cluster.blocks() {
        let (first, last) = (block.network(), block.broadcast());
        all.extend([first, last]);
        all.extend(previous(first));
        all.extend(next(last));
    }
    // Whether a pod's own address is the pod or an address outside does not depend on policies.
    all.retain(|address| !cluster.pods.iter().any(|pod| pod.addresses.contains(address)));
    let mut chosen: Vec<IpAddr> = all.into_iter().collect();
    rng.shuffle(&mut chosen);
    chosen.truncate(most);
    let far = if rng.bool() { "203.0.113.9" } else { "2001:db8:ffff::1" };
    chosen.push(far.parse().expect("an address"));
    chosen
}

/// The policy without exceptions.
fn strip(mut policy: crate::cluster::Policy) -> crate::cluster::Policy {
    let ingress = policy.spec.ingress.iter_mut().flatten().flat_map(|rule| rule.from.iter_mut().flatten());
    let egress = policy.spec.egress.iter_mut().flatten().flat_map(|rule| rule.to.iter_mut().flatten());
    for peer in ingress.chain(egress) {
        if let Some(block) = &mut peer.ip_block {
            block.except = None;
        }
    }
    policy
}

fn count(tally: &mut Tally, cluster: &Cluster, lenient: &Judge<'_>, packet: &Packet, egress: &Side, ingress: &Side) {
    let sides = [egress, ingress];
    let passes = egress.passes() && ingress.passes();
    let is_outside = matches!((packet.source, packet.destination), (End::Outside(_), _) | (_, End::Outside(_)));
    let one_rule: Vec<(usize, usize, bool)> = [(egress, false), (ingress, true)]
        .into_iter()
        .filter_map(|(side, is_ingress)| match side {
            Side::Allowed(rules) if rules.len() == 1 => {
                rules.first().map(|(policy, rule)| (*policy, *rule, is_ingress))
            }
            _ => None,
        })
        .collect();
    let is_by_name = |(policy, rule, is_ingress): &(usize, usize, bool)| {
        let spec = &cluster.policies[*policy].spec;
        let ports = if *is_ingress {
            spec.ingress.as_ref().and_then(|rules| rules[*rule].ports.as_ref())
        } else {
            spec.egress.as_ref().and_then(|rules| rules[*rule].ports.as_ref())
        };
        ports.is_some_and(|ports| {
            !ports.is_empty() && ports.iter().all(|port| matches!(port.port, Some(PortOrName::Name(_))))
        })
    };
    let isolated = sides.iter().filter(|side| matches!(side, Side::Allowed(_) | Side::Denied(_))).count();
    let allowed = sides.iter().any(|side| matches!(side, Side::Allowed(_)));
    tally.pod_packets += u64::from(!is_outside);
    tally.outside_packets += u64::from(is_outside);
    tally.passed += u64::from(passes);
    tally.judged += u64::from(sides.iter().any(|side| **side != Side::Open));
    tally.by_one_rule += u64::from(passes && !one_rule.is_empty());
    tally.both_isolated += u64::from(isolated == 2);
    tally.other_side_refuses += u64::from(allowed && !passes);
    tally.by_name += u64::from(passes && one_rule.iter().any(is_by_name));
    tally.by_except += u64::from(!passes && lenient.passes(packet));
    tally.by_admin += u64::from(sides.iter().any(|side| matches!(side, Side::Admin(..))));
}
