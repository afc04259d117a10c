//! The contract between the policy compiler and the filter: what a [`Plan`] says, whether it can be meant, and what becomes
//! of a response by it ([`Decisions`]): whose view it is, what a route changes, what passes, and so in which form a field can
//! leave at worst.
//!
//! Nothing here reads JSON or masks a body: plans come through serde, from whatever holds them.

mod caller;
mod check;
mod decision;
mod detect;
mod fault;
mod folding;
mod form;
mod headers;
mod likeness;
mod limits;
mod media;
mod path;
mod plan;
mod replace;
mod route;
mod sees;
mod stage;
pub mod telemetry;
mod unlisted;
mod worst;
mod writes;

pub use caller::{Callers, Evidence};
pub use check::CheckedPlan;
pub use decision::{Decision, Decisions, Masked, View};
pub use detect::{Detect, Detects};
pub use fault::{Fault, Faults, PlanPath, Problem, Segment};
pub use form::Form;
pub use headers::{Arrival, HeaderFault, HeadersByName, ListedHeaders, check_header, describes_body};
pub use limits::Limits;
pub use media::{BadLines, MediaRange, Passes, Reading, Reads, ReadsByType, is_media_type};
pub use path::is_plain_path;
pub use plan::{
    Caller, Delivery, Field, Identity, Key, MARK, MARK_KEY, Masking, OnError, Others, Plan, PreviousKey, Route,
    RouteMatch, VERSION,
};
pub use replace::may_replace;
pub use route::{Chosen, Request, RouteChoice};
pub use sees::Sees;
pub use stage::Stage;
pub use unlisted::{Inside, Listed, MemberNames, Names, Unlisted};
pub use worst::{Cause, Worst};
pub use writes::Writes;
