//! Policies in a version of the format that will not be read for ever, or that are beside newer ones.

use meshveil_text::Finding;

use crate::{Policy, Release, Version, codes, read::CONVERT};

pub(super) fn check(policies: &[Policy], release: Release, findings: &mut Vec<Finding>) {
    let newest = policies.iter().map(|policy| &policy.version).find(|version| version.value == Version::newest());
    for version in policies.iter().map(|policy| &policy.version).filter(|version| version.value != Version::newest()) {
        let name = version.value.name;
        let finding = if version.value.is_deprecated_in(release) {
            let until =
                version.value.removed.map(|(major, minor)| format!(", and release {major}.{minor} no longer does"));
            let message = format!("`{name}` is read for now{}", until.unwrap_or_default());
            Finding::new(&codes::OLD_VERSION, version.span, message)
        } else if let Some(newer) = newest {
            let message = format!("`{name}` beside a policy in `{}`", newer.value.name);
            Finding::new(&codes::OLD_VERSION, version.span, message).label(newer.span, "the newer")
        } else {
            continue;
        };
        findings.push(finding.help(CONVERT));
    }
}

#[cfg(test)]
mod tests {
    use meshveil_text::codes::Base;

    use super::*;
    use crate::Policies;

    fn said(texts: &[&str], release: Release) -> Vec<String> {
        let texts = texts.iter().enumerate().map(|(number, text)| {
            let others = format!("customers-{number}");
            (format!("{number}.yaml"), text.replace("customers", &others))
        });
        let mut findings = Vec::new();
        check(&Policies::from_texts(texts).policies, release, &mut findings);
        findings.iter().map(|finding| finding.message.clone()).collect()
    }

    #[test]
    fn an_old_version_is_reported_from_the_release_that_deprecates_it_on() {
        let old = Base::Policy.text();
        assert!(old.contains("meshveil.dev/v1alpha1"));
        assert_eq!(said(&[old], (0, 1)), Vec::<String>::new());
        assert_eq!(said(&[old], (0, 2)), ["`meshveil.dev/v1alpha1` is read for now, and release 0.4 no longer does"]);
    }

    #[test]
    fn an_old_version_beside_the_newest_is_reported_at_once() {
        let old = Base::Policy.text();
        let new = old.replace("v1alpha1", "v1");
        assert_eq!(said(&[old, &new], (0, 1)), ["`meshveil.dev/v1alpha1` beside a policy in `meshveil.dev/v1`"]);
        assert_eq!(said(&[&new, &new], (9, 9)), Vec::<String>::new());
    }
}
