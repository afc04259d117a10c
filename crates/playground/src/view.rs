//! What masks a body for one caller of a policy.

use meshveil_json::{Engine, Masker};
use meshveil_mask::{Keys, MaskSpec};
use meshveil_plan::{Decision, Others, Plan, RouteChoice};
use meshveil_text::nearest;

/// Why there is no view.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ViewError {
    /// No caller has this name.
    #[error("no caller is named `{name}`{}", .near.as_ref().map(|near| format!("; did you mean `{near}`?")).unwrap_or_default())]
    NoCaller {
        /// The name.
        name: String,
        /// One that may have been meant.
        near: Option<String>,
    },
    /// The caller gets no response.
    #[error("this caller gets nothing")]
    Nothing,
    /// The plan cannot be used.
    #[error("{0}")]
    Plan(String),
}

/// Whether some mask of a plan needs a key.
#[must_use]
pub fn is_keyed(plan: &Plan) -> bool {
    let of_routes = plan.routes.iter().flat_map(|route| route.fields.values());
    plan.fields.iter().map(|field| &field.mask).chain(of_routes).any(MaskSpec::is_keyed)
}

/// The view of a caller, as the filter has it where no route of the policy fits; without a name the strictest view, that of an
/// unlisted caller.
///
/// # Errors
///
/// When there is no such caller, it gets nothing, or the plan cannot be compiled.
pub fn view(mut plan: Plan, caller: Option<&str>, keys: &Keys) -> Result<Masker, ViewError> {
    let caller = caller.map(|name| position(&plan, name)).transpose()?;
    // Who is not listed gets the strictest view here.
    plan.others = Others::Masked;
    let limits = plan.limits;
    let invalid = |error: &dyn std::fmt::Display| ViewError::Plan(error.to_string());
    let engine = Engine::compile(plan.check().map_err(|error| invalid(&error))?, keys);
    let engine = engine.map_err(|error| invalid(&error))?;
    match engine.decide(caller, RouteChoice::Unlisted) {
        Decision::Mask(masked) => Ok(masked.view.clone()),
        Decision::Clear | Decision::Off => Masker::compile(Vec::new(), keys, limits).map_err(|error| invalid(&error)),
        Decision::Deny => Err(ViewError::Nothing),
    }
}

fn position(plan: &Plan, name: &str) -> Result<usize, ViewError> {
    let names = || plan.callers.iter().map(|caller| caller.name.as_str());
    names()
        .position(|known| known == name)
        .ok_or_else(|| ViewError::NoCaller { name: name.to_owned(), near: nearest(name, names()).map(str::to_owned) })
}
