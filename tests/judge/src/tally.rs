//! How often the generator makes what is worth asking about.

use std::fmt;

/// Counts of packets, over the clusters that were looked at closely.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Clusters.
    pub clusters: u64,
    /// Packets from pod to pod.
    pub pod_packets: u64,
    /// Packets to or from an address outside.
    pub outside_packets: u64,
    /// Packets that pass.
    pub passed: u64,
    /// Packets that some policy has a say in.
    pub judged: u64,
    /// Packets that pass because of a single rule.
    pub by_one_rule: u64,
    /// Packets where policies isolate both ends.
    pub both_isolated: u64,
    /// Packets that one side lets pass by a rule, and the other refuses.
    pub other_side_refuses: u64,
    /// Packets that a single rule lets pass, and only by the name of a port.
    pub by_name: u64,
    /// Packets that are refused only because of an exception of a block.
    pub by_except: u64,
    /// Packets that an administrator's rule decides.
    pub by_admin: u64,
}

impl Tally {
    /// Adds the counts of another.
    pub fn add(&mut self, other: &Self) {
        let Self {
            clusters,
            pod_packets,
            outside_packets,
            passed,
            judged,
            by_one_rule,
            both_isolated,
            other_side_refuses,
            by_name,
            by_except,
            by_admin,
        } = other;
        self.clusters += clusters;
        self.pod_packets += pod_packets;
        self.outside_packets += outside_packets;
        self.passed += passed;
        self.judged += judged;
        self.by_one_rule += by_one_rule;
        self.both_isolated += both_isolated;
        self.other_side_refuses += other_side_refuses;
        self.by_name += by_name;
        self.by_except += by_except;
        self.by_admin += by_admin;
    }

    /// Packets of both sorts.
    #[must_use]
    pub fn packets(&self) -> u64 {
        self.pod_packets + self.outside_packets
    }
}

impl fmt::Display for Tally {
    #[expect(clippy::cast_precision_loss, reason = "a share for people")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let share = |count: u64| 100.0 * count as f64 / self.packets().max(1) as f64;
        writeln!(f, "{} clusters looked at closely, {} packets:", self.clusters, self.packets())?;
        for (name, count) in [
            ("to or from an address outside", self.outside_packets),
            ("pass", self.passed),
            ("some policy has a say", self.judged),
            ("pass by exactly one rule of a side", self.by_one_rule),
            ("both ends isolated", self.both_isolated),
            ("one side allows, the other refuses", self.other_side_refuses),
            ("pass by the name of a port only", self.by_name),
            ("refused by an exception only", self.by_except),
            ("an administrator's rule decides", self.by_admin),
        ] {
            writeln!(f, "{:6.2} % {name}", share(count))?;
        }
        Ok(())
    }
}
