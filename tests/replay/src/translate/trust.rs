//! Trust domains in principals: the mesh's own, its aliases, and `cluster.local` as a name for them
//! (`pilot/pkg/security/trustdomain`).

use crate::objects::Mesh;

/// Own trust domain first, then the aliases.
#[must_use]
pub fn domains(mesh: &Mesh) -> Vec<&str> {
    std::iter::once(&mesh.trust_domain).chain(&mesh.aliases).map(String::as_str).collect()
}

fn matches_pattern(text: &str, pattern: &str) -> bool {
    pattern.strip_suffix('*').is_some_and(|prefix| text.starts_with(prefix))
        || pattern.strip_prefix('*').is_some_and(|suffix| text.ends_with(suffix))
}

/// The principals a policy names, each in every trust domain that stands for the same.
#[must_use]
pub fn expand(mesh: &Mesh, principals: &[String]) -> Vec<String> {
    let domains = domains(mesh);
    let mut all = Vec::new();
    for principal in principals {
        let parts: Vec<&str> = principal.split('/').collect();
        let (Some((named, rest)), true) = (principal.split_once('/'), parts.len() == 5) else {
            all.push(principal.clone());
            continue;
        };
        let ours = |domain: &&str| {
            named == *domain || *domain == "*" || matches_pattern(named, domain) || matches_pattern(domain, named)
        };
        if named == "*" || !(named == "cluster.local" || domains.iter().any(ours)) {
            all.push(principal.clone());
            continue;
        }
        let mut expanded: Vec<String> = Vec::new();
        for domain in &domains {
            // `*-domain` stays as it is for the domains that it matches.
            let suffix_fits = named.strip_prefix('*').is_some_and(|suffix| domain.ends_with(suffix));
            let one = if suffix_fits { principal.clone() } else { format!("{domain}/{rest}") };
            if !expanded.contains(&one) {
                expanded.push(one);
            }
        }
        all.extend(expanded);
    }
    all
}
