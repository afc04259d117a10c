//! Policies with their selectors resolved, once, to sets of endpoints.

use std::collections::HashMap;

use meshveil_objects::kinds::admin_policy::{AdminAction, AdminPeer, AdminPods, AdminPolicy, AdminRule, Tier};
use meshveil_objects::kinds::network_policy::{IpBlock, NetworkPolicy, Peer, PolicyPort, Ports, Rule};
use meshveil_objects::kinds::port::Protocol;
use meshveil_objects::kinds::workload::Workload;
use meshveil_objects::selector::{Operator, Requirement, Selector};
use meshveil_text::Cidr;

use crate::cluster::Cluster;
use crate::network::bits::BitSet;
use crate::network::blocks::{self, AddressRange};
use crate::network::order::orders;
use crate::network::ports::PortSet;

/// What manifests cannot say.
#[derive(Debug, Clone, Default)]
pub struct NetworkOptions {
    /// Where the cluster's pods get addresses; decides whether an `ipBlock` may hold pods whose addresses are unknown.
    /// Without any, those that nodes name count, and otherwise all private addresses.
    pub pod_ranges: Vec<Cidr>,
}

/// One end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Endpoint {
    /// Index into [`meshveil_objects::Manifests::workloads`].
    Workload(usize),
    /// Index into [`Network::ranges`].
    Range(usize),
}

/// Ports of a rule: what is fixed, and what each destination resolves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RulePorts {
    pub fixed: PortSet,
    pub named: Vec<(Protocol, String)>,
}

/// A rule with its peers resolved.
#[derive(Debug, Clone)]
pub(crate) struct CompiledRule {
    pub policy: usize,
    pub index: usize,
    pub peers: BitSet,
    pub ports: RulePorts,
}

/// A policy with its pods resolved.
#[derive(Debug, Clone)]
pub(crate) struct CompiledPolicy {
    pub pods: BitSet,
    /// `None` where it does not isolate for incoming connections.
    pub ingress: Option<Vec<CompiledRule>>,
    /// `None` where it does not isolate for outgoing connections.
    pub egress: Option<Vec<CompiledRule>>,
}

/// A rule of an administrator's policy with its peers resolved.
#[derive(Debug, Clone)]
pub(crate) struct CompiledAdminRule {
    pub policy: usize,
    pub index: usize,
    pub action: AdminAction,
    /// Whom the policy selects.
    pub subject: BitSet,
    /// Whom the rule names.
    pub peers: BitSet,
    pub ports: RulePorts,
}

/// Administrators' rules of one direction, in one order in which they may be asked.
#[derive(Debug, Clone, Default)]
pub(crate) struct AdminRules {
    /// Asked before NetworkPolicy.
    pub admin: Vec<CompiledAdminRule>,
    /// Asked after it, about pods that no NetworkPolicy isolates.
    pub baseline: Vec<CompiledAdminRule>,
}

/// The network of a set of manifests.
#[derive(Debug, Clone)]
pub struct Network<'m> {
    pub(crate) manifests: &'m Cluster,
    pub(crate) policies: Vec<CompiledPolicy>,
    /// The policies that select each endpoint, by [`Network::bit`].
    pub(crate) selecting: Vec<Vec<usize>>,
    /// One entry for each order that the API leaves open: which of several policies of one priority is asked first.
    pub(crate) admin_ingress: Vec<AdminRules>,
    /// See `admin_ingress`.
    pub(crate) admin_egress: Vec<AdminRules>,
    ranges: Vec<AddressRange>,
}

impl<'m> Network<'m> {
    /// Resolves every policy.
    #[must_use]
    pub fn new(manifests: &'m Cluster, options: &NetworkOptions) -> Self {
        let ranges = blocks::ranges(manifests);
        let pod_ranges = if options.pod_ranges.is_empty() { &manifests.pod_ranges } else { &options.pod_ranges };
        let options = &NetworkOptions { pod_ranges: pod_ranges.clone() };
        let index = Index::new(manifests, &ranges, options);
        let policies: Vec<CompiledPolicy> =
            manifests.network_policies.iter().enumerate().map(|(at, policy)| index.policy(at, policy)).collect();
        let mut selecting = vec![Vec::new(); index.size];
        for (at, policy) in policies.iter().enumerate() {
            for bit in policy.pods.iter() {
                if let Some(selecting) = selecting.get_mut(bit) {
                    selecting.push(at);
                }
            }
        }
        let (admin_ingress, admin_egress) = index.admin();
        Self { manifests, policies, selecting, admin_ingress, admin_egress, ranges }
    }

    /// Takes policies out: they isolate nothing until they are put back. All others keep their indices.
    pub(crate) fn take(&mut self, policies: &[usize]) -> Vec<(usize, CompiledPolicy)> {
        let empty = || CompiledPolicy { pods: BitSet::new(0), ingress: None, egress: None };
        let mut taken = Vec::new();
        for at in policies {
            if let Some(policy) = self.policies.get_mut(*at) {
                taken.push((*at, std::mem::replace(policy, empty())));
            }
        }
        taken
    }

    /// Puts back what was taken out.
    pub(crate) fn put_back(&mut self, taken: Vec<(usize, CompiledPolicy)>) {
        for (at, policy) in taken.into_iter().rev() {
            if let Some(place) = self.policies.get_mut(at) {
                *place = policy;
            }
        }
    }

    /// The manifests behind it.
    #[must_use]
    pub fn manifests(&self) -> &'m Cluster {
        self.manifests
    }

    /// The ranges of addresses that policies tell apart.
    #[must_use]
    pub fn ranges(&self) -> &[AddressRange] {
        &self.ranges
    }

    /// Number of workloads and ranges together.
    #[must_use]
    pub fn size(&self) -> usize {
        self.manifests.workloads.len() + self.ranges.len()
    }

    /// Every workload, then every range.
    pub fn endpoints(&self) -> impl Iterator<Item = Endpoint> + use<> {
        let workloads = (0..self.manifests.workloads.len()).map(Endpoint::Workload);
        workloads.chain((0..self.ranges.len()).map(Endpoint::Range))
    }

    /// The range an address lies in.
    #[must_use]
    pub fn range_of(&self, address: std::net::IpAddr) -> Option<Endpoint> {
        let (family, number) = meshveil_text::cidr::number(address);
        let at = self.ranges.iter().position(|r| r.family == family && (r.first..=r.last).contains(&number))?;
        Some(Endpoint::Range(at))
    }

    pub(crate) fn admin_rules(&self) -> impl Iterator<Item = &CompiledAdminRule> {
        // Every order has all of the rules.
        let directions = [&self.admin_ingress, &self.admin_egress];
        directions
            .into_iter()
            .filter_map(|orders| orders.first())
            .flat_map(|rules| rules.admin.iter().chain(&rules.baseline))
    }

    pub(crate) fn bit(&self, endpoint: Endpoint) -> usize {
        match endpoint {
            Endpoint::Workload(at) => at,
            Endpoint::Range(at) => self.manifests.workloads.len() + at,
        }
    }

    pub(crate) fn endpoint(&self, bit: usize) -> Endpoint {
        match bit.checked_sub(self.manifests.workloads.len()) {
            Some(at) => Endpoint::Range(at),
            None => Endpoint::Workload(bit),
        }
    }

    /// The workload of an endpoint.
    #[must_use]
    pub fn workload(&self, endpoint: Endpoint) -> Option<&'m Workload> {
        match endpoint {
            Endpoint::Workload(at) => self.manifests.workloads.get(at),
            Endpoint::Range(_) => None,
        }
    }

    /// `shop/customers[Deployment]` or `10.0.0.0/8[External]`.
    #[must_use]
    pub fn title(&self, endpoint: Endpoint) -> String {
        match endpoint {
            Endpoint::Workload(_) => self.workload(endpoint).map(Workload::title).unwrap_or_default(),
            Endpoint::Range(at) => self.ranges.get(at).map(|range| format!("{range}[External]")).unwrap_or_default(),
        }
    }

    /// The numbers behind a port's name at one destination. Pods on the node's network are addresses, which have no names.
    pub(crate) fn named_ports(&self, destination: Endpoint, name: &str, protocol: Protocol) -> Vec<u16> {
        let workload = self.workload(destination).filter(|workload| workload.host_network.is_none());
        workload.map(|workload| workload.named_ports(name, protocol)).unwrap_or_default()
    }

    /// The ports of a rule at one destination. Where two containers give one name to different ports, network plugins differ
    /// in which of them they open: a rule that lets through opens both.
    pub(crate) fn ports_at(&self, ports: &RulePorts, destination: Endpoint) -> PortSet {
        self.resolved(ports, destination, |_| true)
    }

    /// The ports at one destination of an administrator's rule. One that refuses does so for certain only where a name
    /// stands for one port.
    pub(crate) fn admin_ports_at(&self, rule: &CompiledAdminRule, destination: Endpoint) -> PortSet {
        self.resolved(&rule.ports, destination, |numbers| rule.action != AdminAction::Deny || numbers.len() == 1)
    }

    fn resolved(&self, ports: &RulePorts, destination: Endpoint, counts: impl Fn(&[u16]) -> bool) -> PortSet {
        let mut set = ports.fixed.clone();
        for (protocol, name) in &ports.named {
            let numbers = self.named_ports(destination, name, *protocol);
            for port in numbers.iter().filter(|_| counts(&numbers)) {
                set.add(*protocol, *port, *port);
            }
        }
        set
    }

    /// Bits of the workloads a policy selects.
    #[must_use]
    pub fn selected(&self, policy: usize) -> Vec<usize> {
        self.policies.get(policy).map(|policy| policy.pods.iter().collect()).unwrap_or_default()
    }

    /// Workloads matched by a rule's peers; all of them if the rule has none.
    #[must_use]
    pub fn rule_workloads(&self, policy: usize, ingress: bool, rule: usize) -> Vec<usize> {
        let Some(compiled) = self.policies.get(policy) else { return Vec::new() };
        let rules = if ingress { &compiled.ingress } else { &compiled.egress };
        let rule = rules.iter().flatten().find(|r| r.index == rule);
        let count = self.manifests.workloads.len();
        rule.map(|r| r.peers.iter().take_while(|bit| *bit < count).collect()).unwrap_or_default()
    }
}

/// Postings of labels, for resolving selectors without asking every pod.
struct Index<'m, 'o> {
    manifests: &'m Cluster,
    ranges: &'o [AddressRange],
    options: &'o NetworkOptions,
    size: usize,
    pairs: HashMap<(&'m str, &'m str), Vec<u32>>,
    keys: HashMap<&'m str, Vec<u32>>,
    namespaces: HashMap<&'m str, BitSet>,
    /// Workloads that selectors can name: those not on the node's network.
    selectable: BitSet,
}

impl<'m, 'o> Index<'m, 'o> {
    fn new(manifests: &'m Cluster, ranges: &'o [AddressRange], options: &'o NetworkOptions) -> Self {
        let size = manifests.workloads.len() + ranges.len();
        let mut index = Self {
            manifests,
            ranges,
            options,
            size,
            pairs: HashMap::new(),
            keys: HashMap::new(),
            namespaces: HashMap::new(),
            selectable: BitSet::new(size),
        };
        for (at, workload) in manifests.workloads.iter().enumerate() {
            if workload.host_network.is_some() {
                continue;
            }
            index.selectable.insert(at);
            let number = u32::try_from(at).unwrap_or(u32::MAX);
            for (key, value) in workload.labels.iter() {
                index.pairs.entry((key, value)).or_default().push(number);
                index.keys.entry(key).or_default().push(number);
            }
            let namespace = index.namespaces.entry(&workload.meta.namespace).or_insert_with(|| BitSet::new(size));
            namespace.insert(at);
        }
        index
    }

    fn policy(&self, at: usize, policy: &NetworkPolicy) -> CompiledPolicy {
        let own = self.namespace(&policy.meta.namespace);
        let rules = |rules: &[Rule]| rules.iter().enumerate().map(|(i, rule)| self.rule(at, i, rule, &own)).collect();
        CompiledPolicy {
            pods: self.select(&policy.pods, &own),
            ingress: policy.isolates_ingress.then(|| rules(&policy.ingress)),
            egress: policy.isolates_egress.then(|| rules(&policy.egress)),
        }
    }

    fn namespace(&self, name: &str) -> BitSet {
        self.namespaces.get(name).cloned().unwrap_or_else(|| BitSet::new(self.size))
    }

    fn rule(&self, policy: usize, index: usize, rule: &Rule, own: &BitSet) -> CompiledRule {
        let mut peers = if rule.peers.is_empty() { BitSet::full(self.size) } else { BitSet::new(self.size) };
        for peer in &rule.peers {
            match peer {
                Peer::Pods { pods, namespaces, .. } => {
                    let scope = match namespaces {
                        None => own.clone(),
                        Some(selector) if selector.is_everything() => self.selectable.clone(),
                        Some(selector) => self.in_namespaces(selector),
                    };
                    peers.union(&match pods {
                        Some(selector) => self.select(selector, &scope),
                        None => scope,
                    });
                }
                Peer::Block(block) => self.add_block(block, &mut peers),
            }
        }
        CompiledRule { policy, index, peers, ports: ports_of(&rule.ports) }
    }

    /// Administrators' rules of both directions, in every order that makes a difference.
    fn admin(&self) -> (Vec<AdminRules>, Vec<AdminRules>) {
        let policies: Vec<(usize, &AdminPolicy)> = self.manifests.admin_policies.iter().enumerate().collect();
        let compiled: Vec<BothDirections> = policies
            .iter()
            .map(|(at, policy)| {
                let subject = self.admin_pods(&policy.subject);
                let compile = |rules: &[AdminRule]| -> Vec<CompiledAdminRule> {
                    let compiled = rules.iter().enumerate().map(|(index, rule)| CompiledAdminRule {
                        policy: *at,
                        index,
                        action: rule.action,
                        subject: subject.clone(),
                        peers: self.admin_peers(rule),
                        ports: ports_of(&rule.ports),
                    });
                    compiled.collect()
                };
                (compile(&policy.ingress), compile(&policy.egress))
            })
            .collect();
        let rules = |order: &[usize]| -> BothDirections {
            let of = |direction: fn(&BothDirections) -> &Vec<CompiledAdminRule>| {
                order.iter().filter_map(|at| compiled.get(*at)).flat_map(direction).cloned().collect()
            };
            (of(|both| &both.0), of(|both| &both.1))
        };
        let (mut ingress, mut egress) = (Vec::new(), Vec::new());
        for admin in orders(&policies, Tier::Admin) {
            for baseline in orders(&policies, Tier::Baseline) {
                let ((admin_in, admin_out), (baseline_in, baseline_out)) = (rules(&admin), rules(&baseline));
                ingress.push(AdminRules { admin: admin_in, baseline: baseline_in });
                egress.push(AdminRules { admin: admin_out, baseline: baseline_out });
            }
        }
        (ingress, egress)
    }

    fn admin_pods(&self, pods: &AdminPods) -> BitSet {
        let scope = self.in_namespaces(&pods.namespaces);
        match &pods.pods {
            Some(selector) => self.select(selector, &scope),
            None => scope,
        }
    }

    /// What manifests cannot tell (which pods are on which nodes, what a name resolves to) counts for a rule that lets
    /// through, and not for one that refuses.
    fn admin_peers(&self, rule: &AdminRule) -> BitSet {
        let mut peers = BitSet::new(self.size);
        let lets_through = rule.action == AdminAction::Allow;
        let count = self.manifests.workloads.len();
        for peer in &rule.peers {
            match peer {
                AdminPeer::Pods(pods) => peers.union(&self.admin_pods(pods)),
                AdminPeer::Network(_) if rule.action == AdminAction::Deny => {}
                AdminPeer::Network(block) => self.add_block(block, &mut peers),
                AdminPeer::Nodes if lets_through => {
                    for (at, _) in self.manifests.workloads.iter().enumerate().filter(|(_, w)| w.host_network.is_some())
                    {
                        peers.insert(at);
                    }
                }
                AdminPeer::Domains if lets_through => {
                    for at in 0..self.ranges.len() {
                        peers.insert(count + at);
                    }
                }
                AdminPeer::Nodes | AdminPeer::Domains => {}
            }
        }
        if rule.action == AdminAction::Deny {
            self.add_certain(rule, &mut peers);
        }
        peers
    }

    /// Whatever lies in the blocks of a rule for certain.
    fn add_certain(&self, rule: &AdminRule, peers: &mut BitSet) {
        let blocks: Vec<&IpBlock> = rule
            .peers
            .iter()
            .filter_map(|peer| match peer {
                AdminPeer::Network(block) => Some(block),
                _ => None,
            })
            .collect();
        for (at, workload) in self.manifests.workloads.iter().enumerate() {
            if blocks::certainly_hold(&blocks, workload, &self.options.pod_ranges) {
                peers.insert(at);
            }
        }
        for (at, range) in self.ranges.iter().enumerate() {
            if blocks.iter().any(|block| blocks::holds_range(block, range)) {
                peers.insert(self.manifests.workloads.len() + at);
            }
        }
    }

    fn add_block(&self, block: &IpBlock, peers: &mut BitSet) {
        for (at, workload) in self.manifests.workloads.iter().enumerate() {
            if blocks::holds_workload(block, workload, &self.options.pod_ranges) {
                peers.insert(at);
            }
        }
        for (at, range) in self.ranges.iter().enumerate() {
            if blocks::holds_range(block, range) {
                peers.insert(self.manifests.workloads.len() + at);
            }
        }
    }

    fn in_namespaces(&self, selector: &Selector) -> BitSet {
        let mut scope = BitSet::new(self.size);
        for namespace in self.manifests.namespaces.values().filter(|n| selector.matches(&n.labels)) {
            if let Some(bits) = self.namespaces.get(namespace.name.as_str()) {
                scope.union(bits);
            }
        }
        scope
    }

    fn select(&self, selector: &Selector, scope: &BitSet) -> BitSet {
        let mut selected = scope.clone();
        for requirement in &selector.requirements {
            let matching = self.matching(requirement);
            match requirement.operator {
                Operator::In | Operator::Exists => selected.intersect(&matching),
                Operator::NotIn | Operator::DoesNotExist => selected.subtract(&matching),
            }
        }
        selected
    }

    /// Workloads that have the key, with one of the values where there are any.
    fn matching(&self, requirement: &Requirement) -> BitSet {
        let mut bits = BitSet::new(self.size);
        let key = requirement.key.as_str();
        let mut add = |postings: Option<&Vec<u32>>| {
            for at in postings.into_iter().flatten() {
                bits.insert(*at as usize);
            }
        };
        match requirement.operator {
            Operator::In | Operator::NotIn => {
                for value in &requirement.values {
                    add(self.pairs.get(&(key, value.as_str())));
                }
            }
            Operator::Exists | Operator::DoesNotExist => add(self.keys.get(key)),
        }
        bits
    }
}

/// Rules about incoming and about outgoing connections.
type BothDirections = (Vec<CompiledAdminRule>, Vec<CompiledAdminRule>);

fn ports_of(items: &[PolicyPort]) -> RulePorts {
    if items.is_empty() {
        return RulePorts { fixed: PortSet::all(), named: Vec::new() };
    }
    let mut ports = RulePorts { fixed: PortSet::default(), named: Vec::new() };
    for port in items {
        match &port.ports {
            Ports::All => ports.fixed.add(port.protocol, 1, u16::MAX),
            Ports::Range(first, last) => ports.fixed.add(port.protocol, *first, *last),
            Ports::Named(name) => ports.named.push((port.protocol, name.clone())),
        }
    }
    ports
}
