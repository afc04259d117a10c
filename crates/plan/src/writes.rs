//! What happens to a request body that carries masks back.

use serde::{Deserialize, Serialize};

/// What happens to the body of a request whose caller sees masks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Writes {
    /// It goes on, unread.
    #[default]
    Pass,
    /// It is read, and refused where it holds what the caller's masks write, or cannot be read.
    RefuseMasked,
}

impl Writes {
    /// Every way by its name in policies and plans.
    pub const NAMED: [(&'static str, Self); 2] = [("pass", Self::Pass), ("refuse-masked", Self::RefuseMasked)];
}
