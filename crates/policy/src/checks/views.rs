//! Who sees what, and how strict each field is on each route: what several checks compare. The plan decides it.

use std::collections::BTreeMap;

use meshveil_mask::MaskSpec;
use meshveil_plan::Decisions;

use crate::{Caller, Policy};

/// Fields and callers by their numbers in the policy, which are those of the plan.
pub(super) struct Views<'p> {
    policy: &'p Policy,
    decisions: Decisions,
    fields: BTreeMap<&'p str, usize>,
    /// Per field, the callers that see it and not all others, ascending.
    seen_by: Vec<Vec<usize>>,
}

impl<'p> Views<'p> {
    pub(super) fn new(policy: &'p Policy) -> Self {
        let decisions = Decisions::new(policy.plan());
        let fields: BTreeMap<_, _> =
            policy.fields.iter().enumerate().rev().map(|(at, field)| (field.name.value.as_str(), at)).collect();
        let mut seen_by = vec![Vec::new(); policy.fields.len()];
        for caller in 0..policy.callers.len() {
            let mut masked = decisions.callers().masked_fields(Some(caller)).iter().peekable();
            if masked.len() == 0 {
                continue;
            }
            for (field, callers) in (0..).zip(&mut seen_by) {
                if masked.next_if_eq(&&field).is_none() {
                    callers.push(caller);
                }
            }
        }
        Self { policy, decisions, fields, seen_by }
    }

    /// The field of a name.
    pub(super) fn field(&self, name: &str) -> Option<usize> {
        self.fields.get(name).copied()
    }

    /// Callers that see a field in clear, but for those that see all, ascending.
    pub(super) fn seen_by(&self, field: usize) -> &[usize] {
        self.seen_by.get(field).map_or(&[], Vec::as_slice)
    }

    /// Whether a caller sees a field in clear.
    pub(super) fn sees(&self, caller: usize, field: usize) -> bool {
        self.decisions.callers().sees(caller, field)
    }

    /// Whether every caller that sees `one` sees `other`, too.
    pub(super) fn seen_no_more(&self, one: usize, other: usize) -> bool {
        let other = self.seen_by(other);
        self.seen_by(one).iter().all(|caller| other.binary_search(caller).is_ok())
    }

    /// Whether one caller sees nothing that another does not see.
    pub(super) fn sees_no_more(&self, one: usize, other: usize) -> bool {
        self.decisions.callers().sees_no_more(one, other)
    }

    /// Whether on every route the mask of `one` is at least as strict as that of `other`, so that where both apply `other`
    /// decides nothing.
    pub(super) fn overrules(&self, one: usize, other: usize) -> bool {
        let holds = |first: &MaskSpec, second: &MaskSpec| {
            let tie = first.strictness() == second.strictness();
            // Keyed masks of two fields give two codes.
            let same = || first == second && !first.is_keyed() && !self.rivals_between(other, one, first);
            first.strictness() > second.strictness() || (tie && (one < other || same()))
        };
        self.decisions
            .masks()
            .all(|masks| masks.get(one).zip(masks.get(other)).is_some_and(|(first, second)| holds(first, second)))
    }

    /// Whether a field after `from` and before `to` could give way to `from` and not to `to`: as strict as their mask, and another.
    fn rivals_between(&self, from: usize, to: usize, mask: &MaskSpec) -> bool {
        let is_rival = |other: &MaskSpec| other != mask && other.strictness() == mask.strictness();
        self.decisions.masks().any(|masks| masks.get(from..to).is_some_and(|between| between.iter().any(is_rival)))
    }

    /// The callers, with their numbers.
    pub(super) fn callers(&self) -> impl Iterator<Item = (usize, &'p Caller)> {
        self.policy.callers.iter().enumerate()
    }
}
