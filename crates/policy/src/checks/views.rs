//! Who sees what, and how strict each field is on each route: what several checks compare.

use std::collections::BTreeMap;

use meshveil_mask::MaskSpec;
use meshveil_plan::Sees;

use crate::{Caller, Policy};

/// Fields and callers by their numbers in the policy.
pub(super) struct Views<'p> {
    policy: &'p Policy,
    fields: BTreeMap<&'p str, usize>,
    /// Per field, the callers that name it under `sees`, ascending. Who sees all is in none.
    seen_by: Vec<Vec<usize>>,
    /// Per field, the other masks of routes, by route.
    changes: Vec<Vec<(usize, &'p MaskSpec)>>,
    /// Per caller, the fields it names, ascending; none for all.
    seen: Vec<Option<Vec<usize>>>,
}

impl<'p> Views<'p> {
    pub(super) fn new(policy: &'p Policy) -> Self {
        let fields: BTreeMap<_, _> =
            policy.fields.iter().enumerate().rev().map(|(at, field)| (field.name.value.as_str(), at)).collect();
        let mut seen_by = vec![Vec::new(); policy.fields.len()];
        let mut seen = Vec::with_capacity(policy.callers.len());
        for (number, caller) in policy.callers.iter().enumerate() {
            let Sees::Fields(names) = &caller.sees else {
                seen.push(None);
                continue;
            };
            let mut own: Vec<usize> = names.iter().filter_map(|name| fields.get(name.as_str()).copied()).collect();
            own.sort_unstable();
            own.dedup();
            for field in &own {
                if let Some(callers) = seen_by.get_mut(*field) {
                    callers.push(number);
                }
            }
            seen.push(Some(own));
        }
        let mut changes = vec![Vec::new(); policy.fields.len()];
        for (number, route) in policy.routes.iter().enumerate() {
            for (name, mask) in &route.fields {
                if let Some(of) = fields.get(name.value.as_str()).and_then(|&field| changes.get_mut(field)) {
                    of.push((number, &mask.value));
                }
            }
        }
        Self { policy, fields, seen_by, changes, seen }
    }

    /// The field of a name.
    pub(super) fn field(&self, name: &str) -> Option<usize> {
        self.fields.get(name).copied()
    }

    /// Callers that name a field under `sees`, ascending.
    pub(super) fn seen_by(&self, field: usize) -> &[usize] {
        self.seen_by.get(field).map_or(&[], Vec::as_slice)
    }

    /// Whether a caller sees a field in clear.
    pub(super) fn sees(&self, caller: usize, field: usize) -> bool {
        self.seen.get(caller).is_some_and(|seen| seen.as_ref().is_none_or(|seen| seen.binary_search(&field).is_ok()))
    }

    /// Whether whoever sees `one` sees `other`, too.
    pub(super) fn seen_no_more(&self, one: usize, other: usize) -> bool {
        let other = self.seen_by(other);
        self.seen_by(one).iter().all(|caller| other.binary_search(caller).is_ok())
    }

    /// Whether one caller sees nothing that another does not see.
    pub(super) fn sees_no_more(&self, one: usize, other: usize) -> bool {
        match (self.seen.get(one), self.seen.get(other)) {
            (_, Some(None)) => true,
            (Some(Some(one)), Some(Some(other))) => {
                one.len() <= other.len() && one.iter().all(|field| other.binary_search(field).is_ok())
            }
            // Who sees all sees no more than who names all.
            (Some(None), Some(Some(other))) => other.len() == self.policy.fields.len(),
            _ => true,
        }
    }

    fn mask(&self, field: usize, route: Option<usize>) -> Option<&'p MaskSpec> {
        let own = &self.policy.fields.get(field)?.mask.value;
        let changes = self.changes.get(field)?.iter();
        let stricter = changes.filter(|(number, _)| route.is_none_or(|route| route == *number)).map(|(_, mask)| *mask);
        // As the engine: the first of those that are strictest.
        Some(stricter.fold(
            own,
            |strictest, mask| {
                if mask.strictness() > strictest.strictness() { mask } else { strictest }
            },
        ))
    }

    /// Whether on every route the mask of `one` is at least as strict as that of `other`, so that where both apply `other`
    /// decides nothing.
    pub(super) fn overrules(&self, one: usize, other: usize) -> bool {
        let holds = |(first, second): (&MaskSpec, &MaskSpec)| {
            let tie = first.strictness() == second.strictness();
            // Keyed masks of two fields give two codes.
            let same = || first == second && !first.is_keyed() && !self.rivals_between(other, one, first);
            first.strictness() > second.strictness() || (tie && (one < other || same()))
        };
        let Some(own) = self.policy.fields.get(one).zip(self.policy.fields.get(other)) else { return false };
        let routes = [one, other].into_iter().filter_map(|field| self.changes.get(field)).flatten();
        // Where the route is not clear the strictest of all routes holds.
        let rows = routes.map(|(route, _)| Some(*route)).chain([None]);
        holds((&own.0.mask.value, &own.1.mask.value))
            && rows.into_iter().all(|row| self.mask(one, row).zip(self.mask(other, row)).is_some_and(holds))
    }

    /// Whether a field after `from` and before `to` could give way to `from` and not to `to`: as strict as their mask, and another.
    fn rivals_between(&self, from: usize, to: usize, mask: &MaskSpec) -> bool {
        let is_rival = |other: &MaskSpec| other != mask && other.strictness() == mask.strictness();
        (from..to).any(|field| {
            let own = self.policy.fields.get(field).map(|field| &field.mask.value);
            let changes = self.changes.get(field).into_iter().flatten().map(|(_, mask)| *mask);
            own.into_iter().chain(changes).any(is_rival)
        })
    }

    /// The callers, with their numbers.
    pub(super) fn callers(&self) -> impl Iterator<Item = (usize, &'p Caller)> {
        self.policy.callers.iter().enumerate()
    }
}
