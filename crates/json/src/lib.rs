//! Streaming JSON masking: rules over RFC 9535 queries are compiled once and applied to a body in one pass, in
//! chunks of any size, with memory that does not depend on the size of the body.
//!
//! Stages, in the order data meets them: [`query`] (RFC 9535 text to syntax tree), `automaton` (all queries of one view to
//! one automaton), [`stream`] (bytes in, bytes out). [`Engine`] compiles the views of a plan, and [`read_plan`] reads one.

mod automaton;
mod detect;
mod engine;
pub mod error;
mod interner;
mod lookahead;
mod plan;
pub mod query;
mod scan;
pub mod stream;
pub mod tape;
mod watch;

pub use automaton::relation;
pub use detect::{Hint, Net, NetFault};
pub use engine::Engine;
pub use error::{CompileError, ErrorCode, StreamError};
pub use plan::{read_plan, split_member, without_member};
pub use query::Query;
pub use stream::{Chunk, Exception, Holder, Masker, Report, Rewrite, Rule, Rules, Search, Stream, Unlisted};
pub use watch::Watcher;
