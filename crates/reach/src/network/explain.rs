//! Which rules decide about one connection.

use meshveil_objects::kinds::admin_policy::AdminAction;
use meshveil_objects::kinds::port::Protocol;
use meshveil_text::Span;

use crate::network::compile::{AdminRules, CompiledAdminRule, CompiledRule, Endpoint, Network};
use crate::network::ports::PortSet;

/// Direction of a rule, seen from the pod its policy selects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Direction {
    /// Into the pod.
    Ingress,
    /// Out of the pod.
    Egress,
}

/// One rule of one policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RuleRef {
    /// Index into [`meshveil_objects::Manifests::network_policies`].
    pub policy: usize,
    /// Its direction.
    pub direction: Direction,
    /// Index into the policy's rules of that direction.
    pub rule: usize,
}

/// One rule of an administrator's policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AdminRef {
    /// Index into [`meshveil_objects::Manifests::admin_policies`].
    pub policy: usize,
    /// Its direction.
    pub direction: Direction,
    /// Index into the policy's rules of that direction.
    pub rule: usize,
}

/// What one side of a connection says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Side {
    /// No policy selects this end: everything passes.
    Open,
    /// These rules let it pass.
    Allowed(Vec<RuleRef>),
    /// A rule of an administrator's policy decides, whatever the others say.
    Admin {
        /// Which.
        rule: AdminRef,
        /// Whether it lets the connection through.
        passes: bool,
    },
    /// These policies select this end, and no rule of theirs lets it pass. Indices of policies.
    Denied(Vec<usize>),
}

impl Side {
    /// Whether it passes.
    #[must_use]
    pub fn passes(&self) -> bool {
        !matches!(self, Self::Denied(_) | Self::Admin { passes: false, .. })
    }
}

/// What the network says about one connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkVerdict {
    /// The source's side.
    pub egress: Side,
    /// The destination's side.
    pub ingress: Side,
}

impl NetworkVerdict {
    /// Whether the connection is made.
    #[must_use]
    pub fn passes(&self) -> bool {
        self.egress.passes() && self.ingress.passes()
    }
}

impl Network<'_> {
    /// Decides about one connection and names the rules.
    #[must_use]
    pub fn explain(&self, source: Endpoint, destination: Endpoint, protocol: Protocol, port: u16) -> NetworkVerdict {
        let passes = |rule: &CompiledRule, peer: Endpoint| {
            rule.peers.contains(self.bit(peer)) && self.ports_at(&rule.ports, destination).contains(protocol, port)
        };
        let under = |rules: &AdminRules, own: Endpoint, peer: Endpoint, direction: Direction| {
            let first = |list: &[CompiledAdminRule]| {
                let concerns = |rule: &&CompiledAdminRule| {
                    rule.subject.contains(self.bit(own))
                        && rule.peers.contains(self.bit(peer))
                        && self.admin_ports_at(rule, destination).contains(protocol, port)
                };
                let found = list.iter().find(concerns)?;
                let rule = AdminRef { policy: found.policy, direction, rule: found.index };
                (found.action != AdminAction::Pass).then_some((rule, found.action == AdminAction::Allow))
            };
            if let Some((rule, passes)) = first(&rules.admin) {
                return Side::Admin { rule, passes };
            }
            match (self.side(own, direction, |rule| passes(rule, peer)), first(&rules.baseline)) {
                (Side::Open, Some((rule, passes))) => Side::Admin { rule, passes },
                (decided, _) => decided,
            }
        };
        // Of the orders that the API leaves open, the one that lets through counts.
        let side = |own: Endpoint, peer: Endpoint, direction: Direction| {
            let mut sides = self.admin(direction).iter().map(|rules| under(rules, own, peer, direction));
            let first = sides.next().unwrap_or(Side::Open);
            if first.passes() { first } else { sides.find(Side::passes).unwrap_or(first) }
        };
        NetworkVerdict {
            egress: side(source, destination, Direction::Egress),
            ingress: side(destination, source, Direction::Ingress),
        }
    }

    /// The ports on which one endpoint reaches another, without a matrix.
    #[must_use]
    pub fn ports_between(&self, source: Endpoint, destination: Endpoint) -> PortSet {
        let side = |own: Endpoint, peer: Endpoint, direction: Direction| {
            let mut ports = PortSet::default();
            let mut isolated = false;
            for rules in self.isolating(own, direction).map(|(_, rules)| rules) {
                isolated = true;
                for rule in rules.iter().filter(|rule| rule.peers.contains(self.bit(peer))) {
                    ports = ports.union(&self.ports_at(&rule.ports, destination));
                }
            }
            let state = |list: &[CompiledAdminRule], open: PortSet| {
                let (mut allowed, mut open, mut passed) = (PortSet::default(), open, PortSet::default());
                let concerns = |rule: &&CompiledAdminRule| {
                    rule.subject.contains(self.bit(own)) && rule.peers.contains(self.bit(peer))
                };
                for rule in list.iter().filter(concerns) {
                    let hit = self.admin_ports_at(rule, destination).intersection(&open);
                    open = open.difference(&hit);
                    match rule.action {
                        AdminAction::Allow => allowed = allowed.union(&hit),
                        AdminAction::Pass => passed = passed.union(&hit),
                        AdminAction::Deny => {}
                    }
                }
                (allowed, open.union(&passed))
            };
            let under = |rules: &AdminRules| {
                if rules.admin.is_empty() && rules.baseline.is_empty() {
                    return if isolated { ports.clone() } else { PortSet::all() };
                }
                let (allowed, rest) = state(&rules.admin, PortSet::all());
                if isolated {
                    return allowed.union(&rest.intersection(&ports));
                }
                let (more, rest) = state(&rules.baseline, rest);
                allowed.union(&more).union(&rest)
            };
            let orders = self.admin(direction).iter().map(under);
            orders.reduce(|a, b| a.union(&b)).unwrap_or_default()
        };
        side(source, destination, Direction::Egress).intersection(&side(destination, source, Direction::Ingress))
    }

    fn admin(&self, direction: Direction) -> &[AdminRules] {
        match direction {
            Direction::Ingress => &self.admin_ingress,
            Direction::Egress => &self.admin_egress,
        }
    }

    /// The place of an administrator's rule.
    #[must_use]
    pub fn admin_span(&self, rule: AdminRef) -> Span {
        let policy = self.manifests.admin_policies.get(rule.policy);
        let found = policy.and_then(|policy| match rule.direction {
            Direction::Ingress => policy.ingress.get(rule.rule),
            Direction::Egress => policy.egress.get(rule.rule),
        });
        found.map_or(Span::NOWHERE, |rule| rule.span)
    }

    /// Whether any policy isolates an endpoint in a direction.
    #[must_use]
    pub fn is_isolated(&self, endpoint: Endpoint, direction: Direction) -> bool {
        self.isolating(endpoint, direction).next().is_some()
    }

    /// Policies that isolate an endpoint in a direction.
    pub fn isolating_policies(&self, endpoint: Endpoint, direction: Direction) -> Vec<usize> {
        self.isolating(endpoint, direction).map(|(at, _)| at).collect()
    }

    fn isolating(&self, endpoint: Endpoint, direction: Direction) -> impl Iterator<Item = (usize, &Vec<CompiledRule>)> {
        self.selecting.get(self.bit(endpoint)).into_iter().flatten().filter_map(move |at| {
            let policy = self.policies.get(*at)?;
            let rules = match direction {
                Direction::Ingress => policy.ingress.as_ref(),
                Direction::Egress => policy.egress.as_ref(),
            };
            Some((*at, rules?))
        })
    }

    fn side(&self, own: Endpoint, direction: Direction, passes: impl Fn(&CompiledRule) -> bool) -> Side {
        let mut policies = Vec::new();
        let mut allowing = Vec::new();
        for (at, rules) in self.isolating(own, direction) {
            policies.push(at);
            let found = rules.iter().filter(|rule| passes(rule));
            allowing.extend(found.map(|rule| RuleRef { policy: rule.policy, direction, rule: rule.index }));
        }
        match (policies.is_empty(), allowing.is_empty()) {
            (true, _) => Side::Open,
            (false, true) => Side::Denied(policies),
            (false, false) => Side::Allowed(allowing),
        }
    }

    /// The place of a rule.
    #[must_use]
    pub fn rule_span(&self, rule: RuleRef) -> Span {
        let policy = self.manifests.network_policies.get(rule.policy);
        let found = policy.and_then(|policy| match rule.direction {
            Direction::Ingress => policy.ingress.get(rule.rule),
            Direction::Egress => policy.egress.get(rule.rule),
        });
        found.map_or(Span::NOWHERE, |rule| rule.span)
    }

    /// The place of a policy's name.
    #[must_use]
    pub fn policy_span(&self, policy: usize) -> Span {
        self.manifests.network_policies.get(policy).map_or(Span::NOWHERE, |policy| policy.meta.span)
    }
}
