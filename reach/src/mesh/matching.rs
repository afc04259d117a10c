//! How Istio compares strings in AuthorizationPolicy.

/// Compares as Istio's string matcher: `*` is any text that is not empty, `*x` a suffix, `x*` a prefix, anything else
/// the whole text. A `*` at the start wins, so `*x*` is the suffix `x*`, star included.
#[must_use]
pub fn matches(pattern: &str, text: &str) -> bool {
    if pattern == "*" {
        return !text.is_empty();
    }
    if let Some(suffix) = pattern.strip_prefix('*') {
        return text.ends_with(suffix);
    }
    match pattern.strip_suffix('*') {
        Some(prefix) => text.starts_with(prefix),
        None => text == pattern,
    }
}

/// Compares host names: the same, without regard to case.
#[must_use]
pub fn matches_host(pattern: &str, host: &str) -> bool {
    matches(&pattern.to_ascii_lowercase(), &host.to_ascii_lowercase())
}

/// Compares paths. `{*}` is one segment and `{**}` any number of them; without these it is the common comparison.
/// Query and fragment do not count.
#[must_use]
pub fn matches_path(pattern: &str, path: &str) -> bool {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    if !pattern.contains("{*}") && !pattern.contains("{**}") {
        return matches(pattern, path);
    }
    let pattern: Vec<&str> = pattern.split('/').collect();
    let path: Vec<&str> = path.split('/').collect();
    segments(&pattern, &path)
}

fn segments(pattern: &[&str], path: &[&str]) -> bool {
    match (pattern.split_first(), path.split_first()) {
        (None, None) => true,
        (Some((&"{**}", rest)), _) => {
            (0..=path.len()).any(|skipped| segments(rest, path.get(skipped..).unwrap_or_default()))
        }
        (Some((&"{*}", rest)), Some((segment, path))) => !segment.is_empty() && segments(rest, path),
        (Some((literal, rest)), Some((segment, path))) => literal == segment && segments(rest, path),
        _ => false,
    }
}

/// Compares a namespace with the one inside a principal; `*` stands for any text, anywhere.
#[must_use]
pub fn matches_namespace(pattern: &str, principal: &str) -> bool {
    let namespace = principal.split("/ns/").nth(1).and_then(|rest| rest.split('/').next());
    namespace.is_some_and(|namespace| glob(pattern, namespace))
}

/// Compares `serviceAccounts`: `namespace/name`, or `name` in the policy's own namespace.
#[must_use]
pub fn matches_service_account(pattern: &str, own_namespace: &str, principal: &str) -> bool {
    let (namespace, name) = pattern.split_once('/').unwrap_or((own_namespace, pattern));
    principal.ends_with(&format!("/ns/{namespace}/sa/{name}"))
}

fn glob(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((prefix, rest)) => match text.strip_prefix(prefix) {
            Some(left) => left
                .char_indices()
                .map(|(at, _)| at)
                .chain([left.len()])
                .any(|at| glob(rest, left.get(at..).unwrap_or_default())),
            None => false,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn star_alone_is_presence_at_the_start_suffix_at_the_end_prefix() {
        let table = [
            ("*", "", false),
            ("*", "x", true),
            ("*x", "ax", true),
            ("*x", "x", true),
            ("*x", "xa", false),
            ("x*", "xa", true),
            ("x*", "x", true),
            ("x*", "ax", false),
            ("*x*", "axb", false),
            ("*x*", "ax*", true),
            ("x*y", "xy", false),
            ("x*y", "x*y", true),
            ("x", "X", false),
        ];
        for (pattern, text, expected) in table {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn hosts_have_no_case() {
        assert!(matches_host("*.Example.com", "a.eXample.COM"));
        assert!(!matches_host("example.com", "a.example.com"));
    }

    #[test]
    fn path_templates_count_segments_and_ignore_the_query() {
        let table = [
            ("/a/*", "/a/b?c=/d", true),
            ("/a", "/a?x=1", true),
            ("/a/{*}", "/a/b", true),
            ("/a/{*}", "/a/b/c", false),
            ("/a/{*}", "/a/", false),
            ("/a/{**}", "/a/b/c", true),
            ("/a/{**}/z", "/a/b/c/z", true),
            ("/a/{**}/z", "/a/b/c", false),
            ("/{*}/b/{*}", "/a/b/c", true),
        ];
        for (pattern, path, expected) in table {
            assert_eq!(matches_path(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn namespaces_and_service_accounts_are_read_from_the_principal() {
        let principal = "cluster.local/ns/shop/sa/web";
        assert!(matches_namespace("shop", principal) && matches_namespace("s*p", principal));
        assert!(!matches_namespace("sho", principal));
        assert!(matches_service_account("shop/web", "other", principal));
        assert!(matches_service_account("web", "shop", principal));
        assert!(!matches_service_account("web", "other", principal));
    }
}
