//! Classic mistakes in Istio's policies.

mod principals_without_mtls;
mod rule_matches_all;
mod wildcard_principal;

use crate::checks::Check;

/// Every check of this folder.
pub const ALL: [Check; 3] = [principals_without_mtls::CHECK, wildcard_principal::CHECK, rule_matches_all::CHECK];
