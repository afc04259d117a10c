//! The old paths of what is now in `meshveil-mask`, `meshveil-plan` and `meshveil-json`.

pub use meshveil_json::*;
pub use meshveil_mask::{self as mask, Keys, MaskSpec};
pub use meshveil_plan::{self as plan, Decision, Limits, Plan, RouteChoice};

/// Callers and routes.
pub mod view {
    pub use meshveil_json::Engine;
    pub use meshveil_plan::{Chosen, Evidence, Request, RouteChoice, is_plain_path};
}
