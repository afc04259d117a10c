//! Addresses outside the cluster, cut into the ranges that some `ipBlock` tells apart.

use std::fmt;
use std::net::IpAddr;

use meshveil_objects::kinds::admin_policy::AdminPolicy;
use meshveil_objects::kinds::network_policy::{IpBlock, Peer};
use meshveil_objects::kinds::workload::Workload;
use meshveil_objects::well_known::AMBIENT_PROBES;
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

/// The ranges in which a workload's address lies, where it is not known: the cluster's pod ranges or, without them and for
/// pods on nodes, which have addresses of their own, the private ranges.
fn possible(workload: &Workload, pod_ranges: &[Cidr]) -> Vec<Cidr> {
    if pod_ranges.is_empty() || workload.host_network.is_some() {
        return PRIVATE.iter().filter_map(|text| text.parse().ok()).collect();
    }
    pod_ranges.to_vec()
}

/// Whether a block may hold a workload's pods. Known addresses decide. Otherwise one address that the block shares with the
/// ranges in which pods may lie is enough.
#[must_use]
pub fn holds_workload(block: &IpBlock, workload: &Workload, pod_ranges: &[Cidr]) -> bool {
    if !workload.addresses.is_empty() {
        let held = |address: &IpAddr| {
            let (family, address) = number(*address);
            holds(block, family, address)
        };
        return workload.addresses.iter().any(held);
    }
    if AMBIENT_PROBES.iter().filter_map(|probes| probes.parse().ok()).any(|probes: Cidr| probes == block.cidr) {
        return false;
    }
    let shares = |range: &Cidr| {
        // A range that is not wholly excepted has a free address at its start or right after an exception.
        let ((first, last), (block_first, block_last)) = (range.range(), block.cidr.range());
        let (from, to) = (first.max(block_first), last.min(block_last));
        let starts = block.except.iter().filter_map(|except| except.range().1.checked_add(1)).chain([from]);
        range.family() == block.cidr.family()
            && from <= to
            && starts.filter(|at| (from..=to).contains(at)).any(|at| holds(block, range.family(), at))
    };
    possible(workload, pod_ranges).iter().any(shares)
}

/// Whether blocks without exceptions, together, hold a workload's pods for certain: every known address, or every range in
/// which they may lie of one family at least.
#[must_use]
pub fn certainly_hold(blocks: &[&IpBlock], workload: &Workload, pod_ranges: &[Cidr]) -> bool {
    if !workload.addresses.is_empty() {
        return workload.addresses.iter().all(|address| blocks.iter().any(|block| block.cidr.contains(*address)));
    }
    if pod_ranges.is_empty() || workload.host_network.is_some() {
        // Addresses may be public ones, too.
        return [Family::V4, Family::V6].into_iter().any(|family| cover(blocks, family, (0, family.last())));
    }
    pod_ranges.iter().all(|range| cover(blocks, range.family(), range.range()))
}

/// Whether blocks hold every address of a range together.
fn cover(blocks: &[&IpBlock], family: Family, (first, last): (u128, u128)) -> bool {
    let mut held: Vec<(u128, u128)> =
        blocks.iter().filter(|block| block.cidr.family() == family).map(|block| block.cidr.range()).collect();
    held.sort_unstable();
    let mut next = Some(first);
    for (start, end) in held {
        next = match next {
            Some(at) if start <= at && at <= end => end.checked_add(1),
            known => known,
        };
    }
    next.is_none_or(|at| at > last)
}
