//! Views: which rules apply for a caller on a route.

use crate::{CompileError, Keys, Plan, stream::Masker};

/// All views of a plan, compiled.
#[derive(Debug)]
pub struct Engine {
    plan: Plan,
}

/// What a plan says for one caller on one route.
#[derive(Debug)]
pub enum Decision<'a> {
    /// The body passes untouched.
    Pass,
    /// The body is masked.
    Mask(&'a Masker),
    /// The caller gets nothing.
    Deny,
}

impl Engine {
    /// Compiles every view of a plan.
    ///
    /// # Errors
    /// [`CompileError`] for the first fault.
    pub fn compile(plan: Plan, _keys: &Keys) -> Result<Self, CompileError> {
        Ok(Self { plan })
    }

    /// What the plan says for the caller and route with these indices; `None` is a caller or route that is not listed.
    #[must_use]
    pub fn decide(&self, _caller: Option<usize>, _route: Option<usize>) -> Decision<'_> {
        Decision::Pass
    }

    /// The plan.
    #[must_use]
    pub const fn plan(&self) -> &Plan {
        &self.plan
    }
}
