//! Whether two plans mask the same, and what differs.

use crate::Plan;

impl Plan {
    /// Whether another plan masks the same for the same callers. Names, keys, limits and delivery may differ: they neither name
    /// a value nor decide over one.
    #[must_use]
    pub fn masks_like(&self, other: &Self) -> bool {
        let essence = |plan: &Self| {
            let mut plan = plan.clone();
            plan.callers.sort_by(|a, b| a.name.cmp(&b.name));
            (plan.policy, plan.key, plan.limits, plan.delivery) = <_>::default();
            plan
        };
        essence(self) == essence(other)
    }

    /// The first part that differs from another plan that does not mask the same.
    #[must_use]
    pub fn difference(&self, other: &Self) -> &'static str {
        if self.fields != other.fields {
            "the fields"
        } else if self.routes != other.routes {
            "the routes"
        } else if self.trusted_hops != other.trusted_hops {
            "the trusted hops"
        } else if self.callers != other.callers || self.others != other.others {
            "the callers"
        } else if self.unlisted != other.unlisted || self.shows != other.shows {
            "what is shown"
        } else if self.stage != other.stage {
            "the stages"
        } else {
            "what is read, passes, or happens on errors"
        }
    }
}
