//! Classic mistakes in Istio's policies.

mod principals_without_mtls;
mod rule_matches_all;
mod wildcard_principal;

use crate::checks::Check;
pub(super) use rule_matches_all::CHECK as RULE_MATCHES_ALL;

/// Every check of this folder.
pub const ALL: [Check; 3] = [principals_without_mtls::CHECK, wildcard_principal::CHECK, rule_matches_all::CHECK];
