//! Endpoints that no policy tells apart, grouped: the matrix is computed once per group.

use std::collections::HashMap;

use meshveil_objects::kinds::port::Protocol;

use crate::network::bits::BitSet;
use crate::network::compile::{Endpoint, Network};

/// A partition of all endpoints.
#[derive(Debug, Clone)]
pub(crate) struct Classes {
    /// The class of each endpoint.
    pub of: Vec<usize>,
    /// One endpoint of each class.
    pub example: Vec<usize>,
}

impl Classes {
    /// Splits the endpoints by every set a policy speaks of, and by what their ports' names mean.
    pub fn new(network: &Network<'_>) -> Self {
        let mut classes = Self::by_named_ports(network);
        let mut sizes: Vec<usize> = Vec::new();
        for class in &classes.of {
            grow(&mut sizes, *class);
        }
        for policy in &network.policies {
            classes.split(&policy.pods, &mut sizes);
            for rule in policy.ingress.iter().chain(&policy.egress).flatten() {
                classes.split(&rule.peers, &mut sizes);
            }
        }
        for rule in network.admin_rules() {
            classes.split(&rule.subject, &mut sizes);
            classes.split(&rule.peers, &mut sizes);
        }
        classes.finish()
    }

    fn by_named_ports(network: &Network<'_>) -> Self {
        let rules = network.policies.iter().flat_map(|p| p.ingress.iter().chain(&p.egress).flatten());
        let admin = network.admin_rules().flat_map(|rule| &rule.ports.named);
        let mut names: Vec<(Protocol, &str)> = rules
            .flat_map(|rule| &rule.ports.named)
            .chain(admin)
            .map(|(protocol, name)| (*protocol, name.as_str()))
            .collect();
        names.sort_unstable();
        names.dedup();
        let mut known: HashMap<Vec<Vec<u16>>, usize> = HashMap::new();
        let of = network.endpoints().map(|endpoint| {
            let mut signature = vec![match endpoint {
                Endpoint::Workload(_) => vec![1],
                Endpoint::Range(_) => Vec::new(),
            }];
            signature.extend(names.iter().map(|(protocol, name)| network.named_ports(endpoint, name, *protocol)));
            let next = known.len();
            *known.entry(signature).or_insert(next)
        });
        Self { of: of.collect(), example: Vec::new() }
    }

    /// Splits every class that lies partly inside a set.
    fn split(&mut self, set: &BitSet, sizes: &mut Vec<usize>) {
        let mut inside: HashMap<usize, usize> = HashMap::new();
        for at in set.iter() {
            if let Some(class) = self.of.get(at) {
                *inside.entry(*class).or_default() += 1;
            }
        }
        inside.retain(|class, count| sizes.get(*class).is_some_and(|size| size > count));
        if inside.is_empty() {
            return;
        }
        let mut renamed: HashMap<usize, usize> = HashMap::new();
        for at in set.iter() {
            if let Some(class) = self.of.get_mut(at)
                && let Some(count) = inside.get(class)
            {
                let new = *renamed.entry(*class).or_insert_with(|| {
                    sizes.push(*count);
                    sizes.len() - 1
                });
                if let Some(size) = sizes.get_mut(*class) {
                    *size -= 1;
                }
                *class = new;
            }
        }
    }

    /// Numbers the classes in the order of their first endpoint.
    fn finish(mut self) -> Self {
        let mut numbers: HashMap<usize, usize> = HashMap::new();
        for (at, class) in self.of.iter_mut().enumerate() {
            let next = numbers.len();
            *class = *numbers.entry(*class).or_insert_with(|| {
                self.example.push(at);
                next
            });
        }
        self
    }

    /// The classes of a set that is a union of classes.
    pub fn shrink(&self, set: &BitSet) -> BitSet {
        let mut classes = BitSet::new(self.example.len());
        for (class, example) in self.example.iter().enumerate() {
            if set.contains(*example) {
                classes.insert(class);
            }
        }
        classes
    }
}

fn grow(sizes: &mut Vec<usize>, class: usize) {
    if sizes.len() <= class {
        sizes.resize(class + 1, 0);
    }
    if let Some(size) = sizes.get_mut(class) {
        *size += 1;
    }
}
