//! Views: who is calling, which route it is, and which rules apply for that caller on that route.

mod caller;
mod route;

use std::collections::BTreeMap;

use once_cell::sync::OnceCell;

pub use caller::Evidence;
pub use route::{Chosen, Request, RouteChoice, is_plain_path};

use crate::plan::{Masking, Others};
use crate::stream::{Masker, Rule};
use crate::{CompileError, Keys, MaskSpec, Plan, Query};
use caller::Callers;

/// Up to this many rules in all views together, every view is compiled at once; above, on first use. The strictest
/// views are always compiled at once, so that a fault in a rule is found when the plan is loaded.
const EAGER_RULES: usize = 4_096;

/// All views of a plan. Views with the same rules are compiled once.
#[derive(Debug)]
pub struct Engine {
    plan: Plan,
    keys: Keys,
    callers: Callers,
    /// Per field, its parsed queries.
    queries: Vec<Vec<Query>>,
    /// Distinct masks, one per field; the first are the fields' own.
    masks: Vec<Vec<MaskSpec>>,
    /// Per route, an index into `masks`.
    masks_of_route: Vec<usize>,
    /// Index into `masks` of the strictest of all routes.
    strictest: usize,
    /// The callers' sets of masked fields times `masks`.
    views: Vec<OnceCell<Option<Masker>>>,
}

/// What a plan says for one caller on one route.
#[derive(Debug)]
pub enum Decision<'a> {
    /// Masking is off for the route.
    Off,
    /// The caller sees every field.
    Clear,
    /// The body is masked.
    Mask(&'a Masker),
    /// The caller gets nothing.
    Deny,
}

impl Engine {
    /// Checks and compiles a plan.
    ///
    /// # Errors
    /// [`CompileError`] for the first fault.
    pub fn compile(plan: Plan, keys: &Keys) -> Result<Self, CompileError> {
        plan.validate()?;
        let mut queries = Vec::with_capacity(plan.fields.len());
        for field in &plan.fields {
            let parse = |path: &String| {
                Query::parse(path).map_err(|error| CompileError::Query { rule: field.name.clone(), error })
            };
            queries.push(field.paths.iter().map(parse).collect::<Result<Vec<_>, _>>()?);
        }
        let callers = Callers::new(&plan);
        let (masks, masks_of_route, strictest) = masks_by_route(&plan);
        let engine = Self {
            keys: keys.clone(),
            queries,
            views: (0..callers.masked().len() * masks.len()).map(|_| OnceCell::new()).collect(),
            callers,
            masks,
            masks_of_route,
            strictest,
            plan,
        };
        engine.compile_views()?;
        Ok(engine)
    }

    fn compile_views(&self) -> Result<(), CompileError> {
        for (field, name) in self.plan.fields.iter().enumerate() {
            for specs in &self.masks {
                if let Some(spec) = specs.get(field) {
                    spec.compile(&name.name, &self.keys)
                        .map_err(|message| CompileError::Mask { rule: name.name.clone(), message })?;
                }
            }
        }
        let masked = self.callers.masked();
        let rules: usize = masked.iter().map(Vec::len).sum::<usize>().saturating_mul(self.masks.len());
        let eager = if rules <= EAGER_RULES { masked.len() } else { 1 };
        for masked in 0..eager {
            for masks in 0..self.masks.len() {
                let masker = self.build(masked, masks)?;
                if let Some(cell) = self.views.get(masked * self.masks.len() + masks) {
                    let _ = cell.set(Some(masker));
                }
            }
        }
        Ok(())
    }

    fn build(&self, masked: usize, masks: usize) -> Result<Masker, CompileError> {
        let mut rules = Vec::new();
        for &field in self.callers.masked().get(masked).into_iter().flatten() {
            let field = field as usize;
            let (Some(named), Some(queries), Some(mask)) = (
                self.plan.fields.get(field),
                self.queries.get(field),
                self.masks.get(masks).and_then(|specs| specs.get(field)),
            ) else {
                continue;
            };
            for query in queries {
                rules.push(Rule { id: named.name.clone(), query: query.clone(), mask: mask.clone() });
            }
        }
        Masker::compile(rules, &self.keys, self.plan.limits)
    }

    /// The caller the evidence speaks for: an index into [`Plan::callers`].
    #[must_use]
    pub fn identify(&self, evidence: &dyn Evidence) -> Option<usize> {
        self.callers.identify(evidence)
    }

    /// The route a request belongs to.
    #[must_use]
    pub fn choose_route(&self, request: &Request<'_>) -> Chosen {
        route::choose(&self.plan, request)
    }

    /// Whether masking is off for a route, whoever calls.
    #[must_use]
    pub fn is_off(&self, route: RouteChoice) -> bool {
        let RouteChoice::Listed(index) = route else {
            return false;
        };
        self.plan.routes.get(index).is_some_and(|route| route.masking == Masking::Off)
    }

    /// What the plan says for a caller and a route; `None` is a caller who is not listed.
    ///
    /// A view that is compiled on first use and cannot be compiled is [`Decision::Deny`].
    #[must_use]
    pub fn decide(&self, caller: Option<usize>, route: impl Into<RouteChoice>) -> Decision<'_> {
        let route = route.into();
        if self.is_off(route) {
            return Decision::Off;
        }
        if caller.is_none() && self.plan.others == Others::Deny {
            return Decision::Deny;
        }
        let masked = self.callers.masked_for(caller);
        if self.callers.masked().get(masked).is_none_or(Vec::is_empty) {
            return Decision::Clear;
        }
        let masks = match route {
            RouteChoice::Unlisted => 0,
            RouteChoice::Listed(index) => self.masks_of_route.get(index).copied().unwrap_or(self.strictest),
            RouteChoice::Unclear => self.strictest,
        };
        let view = self.views.get(masked * self.masks.len() + masks);
        match view.and_then(|cell| cell.get_or_init(|| self.build(masked, masks).ok()).as_ref()) {
            Some(masker) => Decision::Mask(masker),
            None => Decision::Deny,
        }
    }

    /// The plan.
    #[must_use]
    pub const fn plan(&self) -> &Plan {
        &self.plan
    }
}

/// Distinct masks per field (the first are the fields' own), those of each route, and the strictest of all.
fn masks_by_route(plan: &Plan) -> (Vec<Vec<MaskSpec>>, Vec<usize>, usize) {
    let own: Vec<MaskSpec> = plan.fields.iter().map(|field| field.mask.clone()).collect();
    let index = plan.field_indices();
    let tighten = |masks: &mut Vec<MaskSpec>, overrides: &BTreeMap<String, MaskSpec>| {
        for (field, other) in overrides {
            if let Some(mask) = index.get(field.as_str()).and_then(|&index| masks.get_mut(index))
                && other.strictness() > mask.strictness()
            {
                *mask = other.clone();
            }
        }
    };
    let mut strictest = own.clone();
    let mut distinct = vec![own.clone()];
    let intern = |masks: Vec<MaskSpec>, distinct: &mut Vec<Vec<MaskSpec>>| {
        distinct.iter().position(|known| *known == masks).unwrap_or_else(|| {
            distinct.push(masks);
            distinct.len() - 1
        })
    };
    let mut of_route = Vec::with_capacity(plan.routes.len());
    for route in &plan.routes {
        tighten(&mut strictest, &route.fields);
        if route.fields.is_empty() {
            of_route.push(0);
            continue;
        }
        let mut masks = own.clone();
        tighten(&mut masks, &route.fields);
        of_route.push(intern(masks, &mut distinct));
    }
    let strictest = intern(strictest, &mut distinct);
    (distinct, of_route, strictest)
}

#[cfg(test)]
mod tests;
