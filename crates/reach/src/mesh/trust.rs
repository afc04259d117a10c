//! Trust domains in the principals that policies name (Istio's `trustDomain`, `trustDomainAliases`).

use meshveil_objects::kinds::entry::MeshConfig;
use meshveil_objects::well_known::TRUST_DOMAIN;

/// The patterns that Istio enforces in place of one: where it names a trust domain of the mesh, or `cluster.local`, the
/// same in each trust domain of the mesh. Only a pattern of five parts, `DOMAIN/ns/NAMESPACE/sa/NAME`, names one: in
/// `cluster.local/ns/NAMESPACE/*` the domain is compared as it stands.
#[must_use]
pub fn spellings(mesh: &MeshConfig, pattern: &str) -> Vec<String> {
    let domains = || std::iter::once(&mesh.trust_domain).chain(&mesh.trust_domain_aliases);
    let unchanged = || vec![pattern.to_owned()];
    let Some((named, rest)) = pattern.split_once('/').filter(|_| pattern.matches('/').count() == 4) else {
        return unchanged();
    };
    if named == "*" || !(named == TRUST_DOMAIN || domains().any(|domain| stands_for(named, domain))) {
        return unchanged();
    }
    let mut spellings: Vec<String> = Vec::new();
    for domain in domains() {
        // `*-domain` stays for the domains that it matches.
        let fits = named.strip_prefix('*').is_some_and(|suffix| domain.ends_with(suffix));
        let spelling = if fits { pattern.to_owned() } else { format!("{domain}/{rest}") };
        if !spellings.contains(&spelling) {
            spellings.push(spelling);
        }
    }
    spellings
}

/// Whether the domain of a pattern is a domain of the mesh; either may have a star at one end.
fn stands_for(named: &str, domain: &str) -> bool {
    let fits = |text: &str, pattern: &str| {
        pattern.strip_suffix('*').is_some_and(|prefix| text.starts_with(prefix))
            || pattern.strip_prefix('*').is_some_and(|suffix| text.ends_with(suffix))
    };
    named == domain || fits(named, domain) || fits(domain, named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_five_parts_stand_for_every_domain_of_the_mesh() {
        let mesh = MeshConfig {
            trust_domain: "new.org".to_owned(),
            trust_domain_aliases: vec!["old.org".to_owned(), "x".to_owned()],
            ..MeshConfig::default()
        };
        let all = ["new.org/ns/n/sa/a", "old.org/ns/n/sa/a", "x/ns/n/sa/a"];
        let table: [(&str, &[&str]); 8] = [
            ("new.org/ns/n/sa/a", &all),
            ("x/ns/n/sa/a", &all),
            ("cluster.local/ns/n/sa/a", &all),
            ("*.org/ns/n/sa/a", &["*.org/ns/n/sa/a", "x/ns/n/sa/a"]),
            ("other/ns/n/sa/a", &["other/ns/n/sa/a"]),
            ("*/ns/n/sa/a", &["*/ns/n/sa/a"]),
            ("new.org/ns/n/*", &["new.org/ns/n/*"]),
            ("*", &["*"]),
        ];
        for (pattern, expected) in table {
            assert_eq!(spellings(&mesh, pattern), expected, "{pattern}");
        }
    }
}
