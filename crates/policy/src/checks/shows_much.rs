//! A partial mask that leaves little to guess.

use meshveil_mask::Reveals;
use meshveil_text::Finding;

use crate::{Policy, codes};

/// Hidden characters below which a value is easy to guess.
const FEW: u32 = 4;

pub(super) fn check(policy: &Policy, findings: &mut Vec<Finding>) {
    let of_routes = policy.routes.iter().flat_map(|route| route.fields.iter().map(|(_, mask)| mask));
    for mask in policy.fields.iter().map(|field| &field.mask).chain(of_routes) {
        if let Reveals::Characters(characters) = mask.value.reveals()
            && characters.hidden.0 < FEW
            && characters.most > 0
        {
            let message = format!("as few as {} characters are hidden", characters.hidden.0);
            findings.push(
                Finding::new(&codes::SHOWS_MUCH, mask.span, message)
                    .help(format!("`minHidden: {FEW}` or more: shorter values are then hidden whole")),
            );
        }
    }
}
