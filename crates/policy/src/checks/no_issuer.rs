//! Callers whose claim any issuer can write.

use meshveil_plan::Sees;
use meshveil_text::Finding;

use crate::{Policy, codes};

pub(super) fn check(policy: &Policy, findings: &mut Vec<Finding>) {
    for caller in &policy.callers {
        let sees_nothing = matches!(&caller.sees, Sees::Fields(fields) if fields.is_empty());
        let Some(jwt) = caller.jwt.as_ref().filter(|jwt| jwt.value.issuer.is_none() && !sees_nothing) else { continue };
        let message = format!("`{}` is known by a claim of any issuer", caller.name.value);
        findings.push(Finding::new(&codes::NO_ISSUER, jwt.span, message).help(
            "add `issuer: ...`, the `iss` of the tokens; another provider of `jwt_authn` may write the same payload",
        ));
    }
}
