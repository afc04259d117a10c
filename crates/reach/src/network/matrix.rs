//! The full matrix: for every destination, sources grouped by the ports they reach.

use std::collections::BTreeMap;

use meshveil_objects::kinds::admin_policy::AdminAction;

use crate::network::bits::BitSet;
use crate::network::classes::Classes;
use crate::network::compile::{AdminRules, CompiledAdminRule, CompiledRule, Endpoint, Network};
use crate::network::explain::Direction;
use crate::network::ports::{PortSet, PortSetId, PortTable};

/// Groups of source classes that do not overlap, each with the ports it reaches. Sources in no group reach nothing.
type Row = Vec<(PortSetId, BitSet)>;

/// Which endpoint reaches which, on which ports.
#[derive(Debug, Clone)]
pub struct Matrix {
    workloads: usize,
    classes: Classes,
    rows: Vec<Row>,
    table: PortTable,
}

/// A rule with its sets in classes.
struct ClassRule<'n> {
    rule: &'n CompiledRule,
    /// The ports, where they do not depend on the destination.
    ports: Option<PortSetId>,
    /// Classes the policy selects; shared by its rules.
    pods: usize,
    /// Classes the rule names.
    peers: BitSet,
}

/// Policies of one direction, in classes.
#[derive(Default)]
struct Policies<'n> {
    pods: Vec<BitSet>,
    rules: Vec<ClassRule<'n>>,
}

impl<'n> Policies<'n> {
    fn add(&mut self, pods: &BitSet, rules: &'n [CompiledRule], classes: &Classes, table: &mut PortTable) {
        if pods.is_empty() {
            return;
        }
        self.rules.extend(rules.iter().map(|rule| ClassRule {
            rule,
            ports: rule.ports.named.is_empty().then(|| table.number(rule.ports.fixed.clone())),
            pods: self.pods.len(),
            peers: classes.shrink(&rule.peers),
        }));
        self.pods.push(pods.clone());
    }
}

impl Matrix {
    /// Computes the matrix.
    #[must_use]
    pub fn new(network: &Network<'_>) -> Self {
        let classes = Classes::new(network);
        let count = classes.example.len();
        let mut table = PortTable::new();
        let (mut ingress, mut egress) = (Policies::default(), Policies::default());
        for policy in &network.policies {
            let pods = classes.shrink(&policy.pods);
            if let Some(rules) = &policy.ingress {
                ingress.add(&pods, rules, &classes, &mut table);
            }
            if let Some(rules) = &policy.egress {
                egress.add(&pods, rules, &classes, &mut table);
            }
        }
        let mut open = BitSet::full(count);
        for pods in &egress.pods {
            open.subtract(pods);
        }
        let mut isolated_out = BitSet::full(count);
        isolated_out.subtract(&open);
        let has_admin = network.admin_rules().next().is_some();
        let mut rows = Vec::with_capacity(count);
        for (class, example) in classes.example.iter().enumerate() {
            let destination = network.endpoint(*example);
            let mut incoming: BTreeMap<PortSetId, BitSet> = BTreeMap::new();
            let mut isolated_in = BitSet::new(count);
            let selecting: Vec<bool> = ingress.pods.iter().map(|pods| pods.contains(class)).collect();
            if selecting.contains(&true) {
                for entry in ingress.rules.iter().filter(|entry| selecting.get(entry.pods) == Some(&true)) {
                    let ports = resolve(entry, destination, network, &mut table);
                    incoming.entry(ports).or_insert_with(|| BitSet::new(count)).union(&entry.peers);
                }
                isolated_in = BitSet::full(count);
            } else {
                incoming.insert(PortTable::ALL, BitSet::full(count));
            }
            let mut outgoing: BTreeMap<PortSetId, BitSet> = BTreeMap::new();
            outgoing.insert(PortTable::ALL, open.clone());
            for entry in egress.rules.iter().filter(|entry| entry.peers.contains(class)) {
                let ports = resolve(entry, destination, network, &mut table);
                if let Some(pods) = egress.pods.get(entry.pods) {
                    outgoing.entry(ports).or_insert_with(|| BitSet::new(count)).union(pods);
                }
            }
            let mut incoming = disjoint(incoming, &mut table);
            let mut outgoing = disjoint(outgoing, &mut table);
            if has_admin {
                let at = Destination { network, classes: &classes, class, endpoint: destination };
                incoming = at.decide_in_any_order(
                    &network.admin_ingress,
                    Direction::Ingress,
                    &incoming,
                    &isolated_in,
                    &mut table,
                );
                outgoing = at.decide_in_any_order(
                    &network.admin_egress,
                    Direction::Egress,
                    &outgoing,
                    &isolated_out,
                    &mut table,
                );
            }
            rows.push(cross(&incoming, &outgoing, &mut table));
        }
        Self { workloads: network.manifests.workloads.len(), classes, rows, table }
    }

    /// Number of groups of endpoints that no policy tells apart.
    #[must_use]
    pub fn class_count(&self) -> usize {
        self.classes.example.len()
    }

    fn class(&self, endpoint: Endpoint) -> Option<usize> {
        let bit = match endpoint {
            Endpoint::Workload(at) => at,
            Endpoint::Range(at) => self.workloads + at,
        };
        self.classes.of.get(bit).copied()
    }

    /// The ports on which a source reaches a destination. A pod always reaches itself, which this does not say.
    #[must_use]
    pub fn ports(&self, source: Endpoint, destination: Endpoint) -> &PortSet {
        let ports = self.class(source).zip(self.class(destination)).and_then(|(source, destination)| {
            let row = self.rows.get(destination)?;
            row.iter().find(|(_, sources)| sources.contains(source)).map(|(ports, _)| *ports)
        });
        self.table.set(ports.unwrap_or(PortTable::NONE))
    }

    /// How many pairs of different workloads reach each other on some port, out of all pairs.
    #[must_use]
    pub fn open_pairs(&self) -> (u64, u64) {
        let mut sizes = vec![0_u64; self.class_count()];
        for class in self.classes.of.iter().take(self.workloads) {
            if let Some(size) = sizes.get_mut(*class) {
                *size += 1;
            }
        }
        let size = |class: usize| sizes.get(class).copied().unwrap_or(0);
        let mut open = 0;
        for (destination, row) in self.rows.iter().enumerate() {
            let to = size(destination);
            for source in row.iter().flat_map(|(_, sources)| sources.iter()) {
                open += if source == destination { to * to.saturating_sub(1) } else { size(source) * to };
            }
        }
        let all = self.workloads as u64;
        (open, all * all.saturating_sub(1))
    }
}

/// One destination, for administrators' rules: in their order, the first that matches decides.
struct Destination<'a> {
    network: &'a Network<'a>,
    classes: &'a Classes,
    class: usize,
    endpoint: Endpoint,
}

/// What is decided so far about some sources.
#[derive(Clone)]
struct State {
    allowed: PortSetId,
    /// Not decided yet.
    open: PortSetId,
    /// Left to NetworkPolicy.
    passed: PortSetId,
}

impl Destination<'_> {
    /// What any of the orders that the API leaves open lets through.
    fn decide_in_any_order(
        &self,
        orders: &[AdminRules],
        direction: Direction,
        policy: &Row,
        isolated: &BitSet,
        table: &mut PortTable,
    ) -> Row {
        let mut rows = orders.iter().map(|rules| self.decide(rules, direction, policy, isolated, table));
        let first = rows.next().unwrap_or_default();
        let mut merged: BTreeMap<PortSetId, BitSet> = BTreeMap::new();
        for (ports, sources) in std::iter::once(first).chain(rows.collect::<Vec<_>>()).flatten() {
            merged.entry(ports).and_modify(|known| known.union(&sources)).or_insert(sources);
        }
        disjoint(merged, table)
    }

    /// Administrators' rules, then NetworkPolicy for those it isolates, then the baseline for the others.
    fn decide(
        &self,
        rules: &AdminRules,
        direction: Direction,
        policy: &Row,
        isolated: &BitSet,
        table: &mut PortTable,
    ) -> Row {
        let count = self.classes.example.len();
        let start = State { allowed: PortTable::NONE, open: PortTable::ALL, passed: PortTable::NONE };
        let mut states = vec![(start, BitSet::full(count))];
        self.ask(&rules.admin, direction, &mut states, table);
        let mut merged: BTreeMap<PortSetId, BitSet> = BTreeMap::new();
        let mut add = |ports: PortSetId, sources: BitSet| {
            merged.entry(ports).and_modify(|known| known.union(&sources)).or_insert(sources);
        };
        let mut unisolated = Vec::new();
        for (state, sources) in states {
            let rest = table.union(state.open, state.passed);
            let mut free = sources.clone();
            free.subtract(isolated);
            if !free.is_empty() {
                let state = State { allowed: state.allowed, open: rest, passed: PortTable::NONE };
                unisolated.push((state, free));
            }
            let Some(mut bound) = sources.both(isolated) else { continue };
            for (ports, named) in policy {
                if let Some(both) = bound.both(named) {
                    bound.subtract(&both);
                    let granted = table.intersection(rest, *ports);
                    add(table.union(state.allowed, granted), both);
                }
            }
            add(state.allowed, bound);
        }
        self.ask(&rules.baseline, direction, &mut unisolated, table);
        for (state, sources) in unisolated {
            let rest = table.union(state.open, state.passed);
            add(table.union(state.allowed, rest), sources);
        }
        merged.into_iter().filter(|(_, sources)| !sources.is_empty()).collect()
    }

    fn ask(
        &self,
        rules: &[CompiledAdminRule],
        direction: Direction,
        states: &mut Vec<(State, BitSet)>,
        table: &mut PortTable,
    ) {
        for rule in rules {
            let (here, there) = match direction {
                Direction::Ingress => (&rule.subject, &rule.peers),
                Direction::Egress => (&rule.peers, &rule.subject),
            };
            if !self.classes.shrink(here).contains(self.class) {
                continue;
            }
            let sources = self.classes.shrink(there);
            let ports = table.number(self.network.admin_ports_at(rule, self.endpoint));
            let mut split = Vec::new();
            for (state, members) in states.iter_mut() {
                let Some(both) = members.both(&sources) else { continue };
                members.subtract(&both);
                let hit = table.intersection(state.open, ports);
                let mut next = State { open: table.difference(state.open, ports), ..state.clone() };
                match rule.action {
                    AdminAction::Allow => next.allowed = table.union(state.allowed, hit),
                    AdminAction::Pass => next.passed = table.union(state.passed, hit),
                    AdminAction::Deny => {}
                }
                split.push((next, both));
            }
            states.append(&mut split);
            states.retain(|(_, members)| !members.is_empty());
        }
    }
}

fn resolve(entry: &ClassRule<'_>, to: Endpoint, network: &Network<'_>, table: &mut PortTable) -> PortSetId {
    entry.ports.unwrap_or_else(|| table.number(network.ports_at(&entry.rule.ports, to)))
}

/// Overlapping groups become groups that do not overlap, each with the union of the ports.
fn disjoint(groups: BTreeMap<PortSetId, BitSet>, table: &mut PortTable) -> Row {
    let mut parts: Row = Vec::with_capacity(groups.len());
    for (ports, mut rest) in groups {
        let mut added: Row = Vec::new();
        for (known, sources) in &mut parts {
            if let Some(both) = sources.both(&rest) {
                sources.subtract(&both);
                rest.subtract(&both);
                added.push((table.union(*known, ports), both));
            }
        }
        parts.append(&mut added);
        parts.push((ports, rest));
        parts.retain(|(_, sources)| !sources.is_empty());
    }
    parts
}

/// What both sides let through.
fn cross(incoming: &Row, outgoing: &Row, table: &mut PortTable) -> Row {
    let mut merged: BTreeMap<PortSetId, BitSet> = BTreeMap::new();
    for (into, sources) in incoming {
        for (out, others) in outgoing {
            let ports = table.intersection(*into, *out);
            if ports == PortTable::NONE {
                continue;
            }
            if let Some(both) = sources.both(others) {
                merged.entry(ports).and_modify(|known| known.union(&both)).or_insert(both);
            }
        }
    }
    merged.into_iter().collect()
}
