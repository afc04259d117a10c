//! The orders in which administrators' policies may be asked.

use meshveil_objects::kinds::admin_policy::{AdminPolicy, Tier};

/// The orders in which the policies of a tier may be asked: by priority, and among those of one priority, whose order the API
/// leaves open, each first in one of the orders. What the first policy with a fitting rule says counts, so that these
/// orders give every answer that any order gives.
pub(super) fn orders(policies: &[(usize, &AdminPolicy)], tier: Tier) -> Vec<Vec<usize>> {
    let mut of_tier: Vec<&(usize, &AdminPolicy)> = policies.iter().filter(|(_, policy)| policy.tier == tier).collect();
    of_tier.sort_by_key(|(_, policy)| (policy.priority, policy.meta.name.as_str()));
    let groups: Vec<Vec<usize>> = of_tier
        .chunk_by(|(_, a), (_, b)| a.priority == b.priority)
        .map(|group| group.iter().map(|(at, _)| *at).collect())
        .collect();
    let count = groups.iter().map(Vec::len).max().unwrap_or(1);
    let rotated = |group: &Vec<usize>, by: usize| {
        let (late, first) = group.split_at(by % group.len().max(1));
        first.iter().chain(late).copied().collect::<Vec<usize>>()
    };
    (0..count).map(|by| groups.iter().flat_map(|group| rotated(group, by)).collect()).collect()
}
