//! Responses that cannot be masked pass unmasked.

use meshveil_plan::OnError;
use meshveil_text::Finding;

use crate::{Policy, codes};

pub(super) fn check(policy: &Policy, findings: &mut Vec<Finding>) {
    if policy.on_error.value == OnError::Pass {
        let message = "a response that cannot be masked passes unmasked, for every caller";
        findings.push(
            Finding::new(&codes::ERRORS_PASS, policy.on_error.span, message)
                .help("`block`, the default, refuses it; a route that serves other things can have `masking: off`"),
        );
    }
}
