//! A constant that readers would take for a real value.

use meshveil_detect::checksum;
use meshveil_text::Finding;

use crate::{Policy, codes};

pub(super) fn check(policy: &Policy, findings: &mut Vec<Finding>) {
    let of_routes = policy.routes.iter().flat_map(|route| route.fields.iter().map(|(_, mask)| mask));
    for mask in policy.fields.iter().map(|field| &field.mask).chain(of_routes) {
        let Some(what) = mask.value.constant().and_then(looks_like) else { continue };
        let message = format!("the constant looks like {what}");
        findings.push(
            Finding::new(&codes::LOOKS_REAL, mask.span, message)
                .help("use a constant that is not mistaken for data, such as `***`"),
        );
    }
}

fn looks_like(text: &str) -> Option<&'static str> {
    let compact: String = text.chars().filter(|letter| !matches!(letter, ' ' | '-')).collect();
    if checksum::is_card(&compact) {
        Some("a card number")
    } else if checksum::ssn_area(text).is_some_and(|area| area < 900) {
        Some("a US social security number")
    } else if checksum::is_iban(&compact) {
        Some("an IBAN")
    } else if is_address(text) {
        Some("an e-mail address")
    } else {
        None
    }
}

/// An address of a domain that is not reserved for examples (RFC 2606).
fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let fits = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._+".contains(&byte));
    let reserved = ["example", "example.com", "example.org", "example.net"];
    let is_reserved = reserved
        .iter()
        .any(|known| domain.strip_suffix(known).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
        || [".test", ".invalid", ".localhost", ".example"].iter().any(|end| domain.ends_with(end));
    !local.is_empty() && fits(local) && fits(domain) && domain.contains('.') && !is_reserved
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_passes_its_checks_looks_real() {
        for text in [
            "4111 1111 1111 1111",
            "4111111111111111",
            "123-45-6789",
            "DE02 1203 0000 0000 2020 51",
            "nobody@company.com",
        ] {
            assert!(looks_like(text).is_some(), "{text}");
        }
        for text in [
            "***",
            "4111111111111112",
            "0000000000000000",
            "000-00-0000",
            "666-12-3456",
            "900-12-3456",
            "DE03 1203 0000 0000 2020 51",
            "nobody@example.com",
            "x@mail.example.org",
            "someone@service.invalid",
            "@",
            "hidden@",
        ] {
            assert_eq!(looks_like(text), None, "{text}");
        }
    }
}
