//! Streaming JSON masking: rules over RFC 9535 queries are compiled once and applied to a body in one pass, in
//! chunks of any size, with memory that does not depend on the size of the body.
//!
//! Stages, in the order data meets them: [`plan`] (the versioned JSON contract), [`query`] (RFC 9535 text to syntax
//! tree), `automaton` (all queries of one view to one automaton), [`stream`] (bytes in, bytes out), [`mask`] (what
//! stands in for a matched value).

mod automaton;
pub mod error;
mod interner;
pub mod limits;
mod lookahead;
pub mod plan;
pub mod query;
mod scan;
pub mod stream;
pub mod tape;
pub mod view;

pub use automaton::relation;
pub use error::{CompileError, ErrorCode, StreamError};
pub use limits::Limits;
pub use mask::{Keys, MaskSpec};
pub use meshveil_mask as mask;
pub use plan::Plan;
pub use query::Query;
pub use stream::{Framing, Masker, Report, Rewrite, Rule, Stream};
pub use view::{Decision, Engine, RouteChoice};
