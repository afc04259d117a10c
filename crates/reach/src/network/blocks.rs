//! Addresses outside the cluster, cut into the ranges that some `ipBlock` tells apart.

use std::fmt;
use std::net::IpAddr;

use meshveil_objects::kinds::admin_policy::AdminPolicy;
use meshveil_objects::kinds::network_policy::{IpBlock, Peer};
use meshveil_objects::kinds::workload::Workload;
use meshveil_text::cidr::{Cidr, Family, number};

use crate::cluster::Cluster;

/// A range of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AddressRange {
    /// Its family.
    pub family: Family,
    /// First address, as a number.
    pub first: u128,
    /// Last address, as a number.
    pub last: u128,
}

impl fmt::Display for AddressRange {
    /// A CIDR where the range is one, otherwise `first-last`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.last - self.first;
        let host_bits = if size == u128::MAX { 128 } else { (size + 1).trailing_zeros() };
        let prefix = u32::from(self.family.bits()).saturating_sub(host_bits);
        let block = u8::try_from(prefix).ok().and_then(|p| Cidr::new(self.family.address(self.first), p));
        match block.filter(|block| block.range() == (self.first, self.last)) {
            Some(block) => write!(f, "{block}"),
            None => write!(f, "{}-{}", self.family.address(self.first), self.family.address(self.last)),
        }
    }
}

fn add(starts: &mut Vec<(Family, u128)>, cidr: &Cidr) {
    let (first, last) = cidr.range();
    starts.push((cidr.family(), first));
    if last < cidr.family().last() {
        starts.push((cidr.family(), last + 1));
    }
}

/// All ranges, rising; together they are every address of both families.
#[must_use]
pub fn ranges(manifests: &Cluster) -> Vec<AddressRange> {
    let mut starts: Vec<(Family, u128)> = vec![(Family::V4, 0), (Family::V6, 0)];
    for policy in &manifests.network_policies {
        for peer in policy.ingress.iter().chain(&policy.egress).flat_map(|rule| &rule.peers) {
            if let Peer::Block(block) = peer {
                for cidr in std::iter::once(&block.cidr).chain(&block.except) {
                    add(&mut starts, cidr);
                }
            }
        }
    }
    for cidr in manifests.admin_policies.iter().flat_map(AdminPolicy::networks) {
        add(&mut starts, cidr);
    }
    starts.sort_unstable();
    starts.dedup();
    let ends = starts.iter().skip(1).map(Some).chain(std::iter::once(None));
    let end = |family: Family, next: Option<&(Family, u128)>| match next {
        Some((next_family, start)) if *next_family == family => start - 1,
        _ => family.last(),
    };
    starts
        .iter()
        .zip(ends)
        .map(|(&(family, first), next)| AddressRange { family, first, last: end(family, next) })
        .collect()
}

/// Whether a block holds a range of [`ranges`], which lies in it wholly or not at all.
#[must_use]
pub fn holds_range(block: &IpBlock, range: &AddressRange) -> bool {
    holds(block, range.family, range.first)
}

fn holds(block: &IpBlock, family: Family, address: u128) -> bool {
    let inside = |cidr: &Cidr| {
        let (first, last) = cidr.range();
        cidr.family() == family && (first..=last).contains(&address)
    };
    inside(&block.cidr) && !block.except.iter().any(inside)
}

/// Where pods' addresses come from by default: the private ranges.
const PRIVATE: [&str; 5] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"];

/// Whether a block may hold a workload's pods. Known addresses decide. Otherwise the cluster's pod ranges do, where
/// they were given: one shared address is enough. Otherwise only a block of all addresses counts, unless its
/// exceptions hold every private range.
#[must_use]
pub fn holds_workload(block: &IpBlock, workload: &Workload, pod_ranges: &[Cidr]) -> bool {
    if !workload.addresses.is_empty() {
        let held = |address: &IpAddr| {
            let (family, address) = number(*address);
            holds(block, family, address)
        };
        return workload.addresses.iter().any(held);
    }
    let outside_exceptions = |range: &Cidr| {
        let covered = |address: u128| {
            block.except.iter().any(|except| {
                let (first, last) = except.range();
                except.family() == range.family() && (first..=last).contains(&address)
            })
        };
        // A range that is not wholly excepted has an uncovered address at its start or right after an exception.
        let (first, last) = range.range();
        let (block_first, block_last) = block.cidr.range();
        let (from, to) = (first.max(block_first), last.min(block_last));
        let candidates = block.except.iter().filter_map(|except| except.range().1.checked_add(1)).chain([from]);
        range.family() == block.cidr.family()
            && from <= to
            && candidates.filter(|at| (from..=to).contains(at)).any(|at| !covered(at))
    };
    // Nodes have addresses of their own, which are not known.
    if pod_ranges.is_empty() || workload.host_network.is_some() {
        let private = PRIVATE.iter().filter_map(|text| text.parse::<Cidr>().ok());
        return block.cidr.is_everything() && private.into_iter().any(|range| outside_exceptions(&range));
    }
    pod_ranges.iter().any(outside_exceptions)
}

/// Whether blocks without exceptions, together, hold a workload's pods for certain: every known address, or every pod
/// range. Without either, a block of all addresses holds them.
#[must_use]
pub fn certainly_hold(blocks: &[&IpBlock], workload: &Workload, pod_ranges: &[Cidr]) -> bool {
    if !workload.addresses.is_empty() {
        return workload.addresses.iter().all(|address| blocks.iter().any(|block| block.cidr.contains(*address)));
    }
    if pod_ranges.is_empty() || workload.host_network.is_some() {
        return blocks.iter().any(|block| block.cidr.is_everything());
    }
    pod_ranges.iter().all(|range| blocks.iter().any(|block| block.cidr.contains_block(range)))
}
