//! `redact`: a constant of the user's.

use serde::{Deserialize, Serialize};

use super::{Container, Leaf, Mask};

/// Parameters of `redact`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Redact {
    /// The string that stands in for the value.
    pub with: String,
}

impl Default for Redact {
    fn default() -> Self {
        Self { with: "***".to_owned() }
    }
}

impl Mask for Redact {
    fn container(&self) -> Container {
        Container::Whole
    }

    fn needs_text(&self) -> bool {
        false
    }

    fn leaf(&self, _leaf: Leaf<'_>, out: &mut Vec<u8>) {
        self.whole(out);
    }

    fn whole(&self, out: &mut Vec<u8>) {
        if serde_json::to_writer(&mut *out, &self.with).is_err() {
            out.extend_from_slice(b"null");
        }
    }
}
