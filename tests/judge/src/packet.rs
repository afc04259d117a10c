//! The judge: may this packet pass, and which rules say so.

use std::net::IpAddr;
use std::sync::LazyLock;

use ipnet::IpNet;

use crate::cluster::{Cluster, Pod};
use crate::objects::{
    AdminAction, AdminPeer, AdminPort, AdminRule, IpBlock, Peer, PolicyPort, PolicyType, PortOrName, Protocol,
};

/// Private addresses: a cluster without known ranges takes its pods' addresses from one of these (RFC 1918, RFC 6598,
/// RFC 4193).
static PRIVATE: LazyLock<Vec<IpNet>> = LazyLock::new(|| {
    ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"]
        .iter()
        .map(|text| text.parse().expect("a block"))
        .collect()
});

/// One end of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// A pod, with the address it uses, where one is known.
    Pod(usize, Option<IpAddr>),
    /// An address outside the cluster.
    Outside(IpAddr),
}

/// A packet that opens a connection.
#[derive(Debug, Clone, Copy)]
pub struct Packet {
    /// Who sends it.
    pub source: End,
    /// Who gets it.
    pub destination: End,
    /// Its protocol.
    pub protocol: Protocol,
    /// The port it goes to.
    pub port: u16,
}

/// A direction, seen from the pod that a policy selects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Into the pod.
    Ingress,
    /// Out of the pod.
    Egress,
}

/// What one side says about a packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Side {
    /// Nothing isolates this end.
    Open,
    /// These rules let it pass: policy, rule.
    Allowed(Vec<(usize, usize)>),
    /// These policies isolate this end, and none lets it pass.
    Denied(Vec<usize>),
    /// An administrator's rule decides: policy, rule, and whether it passes.
    Admin(usize, usize, bool),
}

impl Side {
    /// Whether the packet passes this side.
    #[must_use]
    pub fn passes(&self) -> bool {
        matches!(self, Self::Open | Self::Allowed(_) | Self::Admin(_, _, true))
    }
}

/// The two lists of a rule; a packet must match both.
type PeersAndPorts<'r> = (&'r Option<Vec<Peer>>, &'r Option<Vec<PolicyPort>>);

/// The judge of one cluster.
#[derive(Debug, Clone, Copy)]
pub struct Judge<'c> {
    /// What it judges.
    pub cluster: &'c Cluster,
    /// Where pods get their addresses, if that is known.
    pub pod_ranges: &'c [IpNet],
}

impl Judge<'_> {
    /// What the sides of the source and of the destination say.
    #[must_use]
    pub fn sides(&self, packet: &Packet) -> (Side, Side) {
        (self.side(packet, Direction::Egress), self.side(packet, Direction::Ingress))
    }

    /// Whether the packet arrives: both sides must let it pass.
    #[must_use]
    pub fn passes(&self, packet: &Packet) -> bool {
        self.side(packet, Direction::Egress).passes() && self.side(packet, Direction::Ingress).passes()
    }

    /// Every pair of ends that two pods can use for a packet: their addresses must be of one family.
    #[must_use]
    pub fn ends(&self, source: usize, destination: usize) -> Vec<(End, End)> {
        let addresses = |pod: usize| {
            let known = &self.cluster.pods[pod].addresses;
            if known.is_empty() { vec![None] } else { known.iter().copied().map(Some).collect() }
        };
        let mut ends = Vec::new();
        for from in addresses(source) {
            for to in addresses(destination) {
                if from.zip(to).is_some_and(|(from, to): (IpAddr, IpAddr)| from.is_ipv4() != to.is_ipv4()) {
                    continue;
                }
                ends.push((End::Pod(source, from), End::Pod(destination, to)));
            }
        }
        ends
    }

    fn side(&self, packet: &Packet, direction: Direction) -> Side {
        let (own, other) = match direction {
            Direction::Ingress => (packet.destination, packet.source),
            Direction::Egress => (packet.source, packet.destination),
        };
        // Policies are about pods, and pods on the node's network are the node to them.
        let End::Pod(own, _) = own else { return Side::Open };
        let own = &self.cluster.pods[own];
        if own.is_on_node {
            return Side::Open;
        }
        // Which of several policies of one priority is asked first is left open: the first answer that lets through counts.
        let mut sides = Vec::new();
        for admin in self.admin_tier(false, own, other, packet, direction) {
            match admin {
                Some(side) => sides.push(side),
                None => {
                    let policies = self.network_policies(own, other, packet, direction);
                    let baseline = || self.admin_tier(true, own, other, packet, direction).into_iter();
                    match policies {
                        Side::Open => sides.extend(baseline().map(|side| side.unwrap_or(Side::Open))),
                        decided => sides.push(decided),
                    }
                }
            }
        }
        let at = sides.iter().position(Side::passes).unwrap_or(0);
        sides.swap_remove(at)
    }

    /// What NetworkPolicy says.
    fn network_policies(&self, own: &Pod, other: End, packet: &Packet, direction: Direction) -> Side {
        let mut isolating = Vec::new();
        let mut allowing = Vec::new();
        for (at, policy) in self.cluster.policies.iter().enumerate() {
            let selects = policy.spec.pod_selector.as_ref().is_none_or(|selector| selector.matches(&own.labels));
            if policy.namespace != own.namespace || !selects || !self.affects(at, direction) {
                continue;
            }
            isolating.push(at);
            let rules: Vec<PeersAndPorts<'_>> = match direction {
                Direction::Ingress => policy.spec.ingress.iter().flatten().map(|r| (&r.from, &r.ports)).collect(),
                Direction::Egress => policy.spec.egress.iter().flatten().map(|r| (&r.to, &r.ports)).collect(),
            };
            for (rule, (peers, ports)) in rules.into_iter().enumerate() {
                let no_peers = peers.as_ref().is_none_or(Vec::is_empty);
                let no_ports = ports.as_ref().is_none_or(Vec::is_empty);
                let peer_fits =
                    no_peers || peers.iter().flatten().any(|peer| self.is_peer(peer, &policy.namespace, other));
                let port_fits = no_ports || ports.iter().flatten().any(|port| self.is_port(port, packet));
                if peer_fits && port_fits {
                    allowing.push((at, rule));
                }
            }
        }
        if !allowing.is_empty() {
            return Side::Allowed(allowing);
        }
        if isolating.is_empty() { Side::Open } else { Side::Denied(isolating) }
    }

    /// `policyTypes`, and what it defaults to.
    fn affects(&self, policy: usize, direction: Direction) -> bool {
        let spec = &self.cluster.policies[policy].spec;
        let types: &[PolicyType] = spec.policy_types.as_deref().unwrap_or_default();
        if types.is_empty() {
            let has_egress_rules = spec.egress.as_ref().is_some_and(|rules| !rules.is_empty());
            return direction == Direction::Ingress || has_egress_rules;
        }
        match direction {
            Direction::Ingress => types.contains(&PolicyType::Ingress),
            Direction::Egress => types.contains(&PolicyType::Egress),
        }
    }

    fn is_peer(&self, peer: &Peer, policy_namespace: &str, other: End) -> bool {
        if let Some(block) = &peer.ip_block {
            return self.is_in_block(block, other);
        }
        let End::Pod(pod, _) = other else { return false };
        let pod = &self.cluster.pods[pod];
        if pod.is_on_node {
            return false;
        }
        let namespace_fits = match &peer.namespace_selector {
            Some(selector) => selector.matches(&self.cluster.namespaces[&pod.namespace]),
            None => pod.namespace == policy_namespace,
        };
        let pod_fits = peer.pod_selector.as_ref().is_none_or(|selector| selector.matches(&pod.labels));
        namespace_fits && pod_fits
    }

    fn is_in_block(&self, block: &IpBlock, end: End) -> bool {
        let excepts: Vec<IpNet> = block.except.iter().flatten().copied().collect();
        let holds =
            |address: &IpAddr| block.cidr.contains(address) && !excepts.iter().any(|except| except.contains(address));
        let (address, is_on_node) = match end {
            End::Outside(address) => (Some(address), false),
            End::Pod(pod, address) => (address, self.cluster.pods[pod].is_on_node),
        };
        if let Some(address) = address {
            return holds(&address);
        }
        // It has an unknown address.
        let ranges: &[IpNet] = if self.pod_ranges.is_empty() || is_on_node { &PRIVATE } else { self.pod_ranges };
        candidates(ranges, block.cidr, &excepts).iter().any(holds)
    }

    fn is_port(&self, port: &PolicyPort, packet: &Packet) -> bool {
        if port.protocol.unwrap_or_default() != packet.protocol {
            return false;
        }
        match (&port.port, port.end_port) {
            (None, _) => true,
            (Some(PortOrName::Number(first)), Some(last)) => (*first..=last).contains(&packet.port),
            (Some(PortOrName::Number(number)), None) => *number == packet.port,
            (Some(PortOrName::Name(name)), _) => self.is_called(name, packet),
        }
    }

    /// Whether the destination has a port of this name, and the packet goes there.
    fn is_called(&self, name: &str, packet: &Packet) -> bool {
        let Some(pod) = self.receiver(packet) else { return false };
        pod.ports.iter().any(|port| {
            port.name.as_deref() == Some(name)
                && port.protocol.unwrap_or_default() == packet.protocol
                && port.container_port == packet.port
        })
    }

    /// Whether several ports of the destination have this name in the packet's protocol.
    fn is_ambiguous(&self, name: &str, packet: &Packet) -> bool {
        let Some(pod) = self.receiver(packet) else { return false };
        let ports = pod
            .ports
            .iter()
            .filter(|port| port.name.as_deref() == Some(name) && port.protocol.unwrap_or_default() == packet.protocol);
        ports.map(|port| port.container_port).collect::<std::collections::BTreeSet<_>>().len() > 1
    }

    /// The pod that gets the packet; the node's network has no names for ports.
    fn receiver(&self, packet: &Packet) -> Option<&Pod> {
        match packet.destination {
            End::Pod(pod, _) => Some(&self.cluster.pods[pod]).filter(|pod| !pod.is_on_node),
            End::Outside(_) => None,
        }
    }

    /// What the first rule of the administrators' policies that matches says, in each order that their priorities leave open;
    /// `None` where none does, or where it passes on.
    fn admin_tier(
        &self,
        baseline: bool,
        own: &Pod,
        other: End,
        packet: &Packet,
        direction: Direction,
    ) -> Vec<Option<Side>> {
        let mut policies: Vec<usize> =
            (0..self.cluster.admin.len()).filter(|at| self.cluster.admin[*at].is_baseline == baseline).collect();
        policies.sort_by_key(|at| (self.cluster.admin[*at].spec.priority, &self.cluster.admin[*at].name));
        for group in
            policies.chunk_by(|a, b| self.cluster.admin[*a].spec.priority == self.cluster.admin[*b].spec.priority)
        {
            let said: Vec<Option<Side>> =
                group.iter().filter_map(|at| self.first_rule(*at, own, other, packet, direction)).collect();
            if !said.is_empty() {
                return said;
            }
        }
        vec![None]
    }

    /// What the first rule of one policy that matches says.
    fn first_rule(
        &self,
        at: usize,
        own: &Pod,
        other: End,
        packet: &Packet,
        direction: Direction,
    ) -> Option<Option<Side>> {
        let spec = &self.cluster.admin[at].spec;
        if !self.is_selected(&spec.subject, own) {
            return None;
        }
        let rules = match direction {
            Direction::Ingress => &spec.ingress,
            Direction::Egress => &spec.egress,
        };
        let (index, rule) = rules.iter().flatten().enumerate().find(|(_, rule)| self.rule_fits(rule, other, packet))?;
        Some(match rule.action {
            AdminAction::Allow => Some(Side::Admin(at, index, true)),
            AdminAction::Deny => Some(Side::Admin(at, index, false)),
            AdminAction::Pass => None,
        })
    }

    fn rule_fits(&self, rule: &AdminRule, other: End, packet: &Packet) -> bool {
        let peers: Vec<&AdminPeer> = rule.from.iter().chain(&rule.to).flatten().collect();
        let peer_fits = peers.iter().any(|peer| match (*peer, other) {
            // A rule that refuses does so wherever the pod may be.
            (AdminPeer::Networks(_), End::Pod(pod, None)) if rule.action == AdminAction::Deny => {
                let networks = peers.iter().filter_map(|peer| match peer {
                    AdminPeer::Networks(networks) => Some(networks),
                    _ => None,
                });
                let all = IpNet::aggregate(&networks.flatten().copied().collect());
                if self.pod_ranges.is_empty() || self.cluster.pods[pod].is_on_node {
                    all.iter().any(|network| network.prefix_len() == 0)
                } else {
                    self.pod_ranges.iter().all(|range| all.iter().any(|network| network.contains(range)))
                }
            }
            (AdminPeer::Networks(networks), _) => {
                networks.iter().any(|network| self.is_in_block(&IpBlock { cidr: *network, except: None }, other))
            }
            (_, End::Pod(pod, _)) => {
                let pod = &self.cluster.pods[pod];
                !pod.is_on_node && self.is_selected(peer, pod)
            }
            (_, End::Outside(_)) => false,
        });
        let port_fits = rule.ports.as_ref().is_none_or(|ports| {
            ports.iter().any(|port| match port {
                AdminPort::PortNumber { protocol, port } => (*protocol, *port) == (packet.protocol, packet.port),
                AdminPort::PortRange { protocol, start, end } => {
                    *protocol == packet.protocol && (*start..=*end).contains(&packet.port)
                }
                // A rule that refuses needs one meaning of the name.
                AdminPort::NamedPort(name) => {
                    self.is_called(name, packet)
                        && (rule.action != AdminAction::Deny || !self.is_ambiguous(name, packet))
                }
            })
        });
        peer_fits && port_fits
    }

    fn is_selected(&self, peer: &AdminPeer, pod: &Pod) -> bool {
        let labels = &self.cluster.namespaces[&pod.namespace];
        match peer {
            AdminPeer::Namespaces(selector) => selector.matches(labels),
            AdminPeer::Pods { namespace_selector, pod_selector } => {
                namespace_selector.matches(labels) && pod_selector.matches(&pod.labels)
            }
            AdminPeer::Networks(_) => false,
        }
    }
}

/// Addresses of ranges, among which is one inside the block and outside its exceptions if any is.
fn candidates(ranges: &[IpNet], block: IpNet, excepts: &[IpNet]) -> Vec<IpAddr> {
    let mut all: Vec<IpAddr> = ranges.iter().map(IpNet::network).collect();
    all.push(block.network());
    all.extend(excepts.iter().filter_map(|except| next(except.broadcast())));
    all.retain(|address| ranges.iter().any(|range| range.contains(address)));
    all
}

/// The address after another.
#[must_use]
pub fn next(address: IpAddr) -> Option<IpAddr> {
    match address {
        IpAddr::V4(v4) => u32::from(v4).checked_add(1).map(|number| IpAddr::V4(number.into())),
        IpAddr::V6(v6) => u128::from(v6).checked_add(1).map(|number| IpAddr::V6(number.into())),
    }
}

/// The address before another.
#[must_use]
pub fn previous(address: IpAddr) -> Option<IpAddr> {
    match address {
        IpAddr::V4(v4) => u32::from(v4).checked_sub(1).map(|number| IpAddr::V4(number.into())),
        IpAddr::V6(v6) => u128::from(v6).checked_sub(1).map(|number| IpAddr::V6(number.into())),
    }
}
