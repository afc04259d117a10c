//! How far a policy is rolled out.

use serde::{Deserialize, Serialize};

/// How far a policy, or a route of it, is rolled out. Each stage does all that those before it do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Stage {
    /// Responses arrive byte for byte as they came; what would become of them is counted.
    Observe,
    /// The filter masks, refuses and denies. Nothing else is enforced.
    Mask,
    /// The network, the mesh, the guard and admission enforce, too.
    #[default]
    Enforce,
}

impl Stage {
    /// Every stage by its name in policies and plans.
    pub const NAMED: [(&'static str, Self); 3] =
        [("observe", Self::Observe), ("mask", Self::Mask), ("enforce", Self::Enforce)];

    /// Its name in policies, plans, metrics and receipts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Observe => "observe",
            Self::Mask => "mask",
            Self::Enforce => "enforce",
        }
    }
}
