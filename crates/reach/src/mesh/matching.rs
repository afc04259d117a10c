//! How Istio compares strings in AuthorizationPolicy.

use std::borrow::Cow;

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

/// Compares paths. `{*}` is one segment and `{**}` one or more, which may be empty; without these it is the common comparison.
/// Query and fragment do not count, and the path is compared as the proxy normalises it.
#[must_use]
pub fn matches_path(pattern: &str, path: &str) -> bool {
    let path = normalize(path.split(['?', '#']).next().unwrap_or_default());
    if !pattern.contains("{*}") && !pattern.contains("{**}") {
        return matches(pattern, &path);
    }
    let pattern: Vec<&str> = pattern.split('/').collect();
    let path: Vec<&str> = path.split('/').collect();
    segments(&pattern, &path)
}

/// Istio's default normalisation (`BASE`, RFC 3986 section 6.2.2): escapes of unreserved characters are undone, `\` is
/// `/`, and `.` and `..` are resolved. Doubled slashes and other escapes stay, and so does the query.
#[must_use]
pub fn normalize(path: &str) -> Cow<'_, str> {
    if let Some((path, query)) = path.split_once('?') {
        return Cow::Owned(format!("{}?{query}", normalize(path)));
    }
    if !path.contains(['%', '\\']) && !path.contains("/.") {
        return Cow::Borrowed(path);
    }
    let mut bytes = Vec::new();
    let mut rest = path.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        let escaped = match (first, after) {
            (b'%', [high, low, ..]) => hex(*high).zip(hex(*low)).map(|(high, low)| high * 16 + low),
            _ => None,
        };
        match escaped {
            Some(byte) if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => bytes.push(if *first == b'\\' { b'/' } else { *first }),
        }
    }
    let path = String::from_utf8_lossy(&bytes).into_owned();
    let mut kept: Vec<&str> = Vec::new();
    let mut parts = path.split('/').skip(1).peekable();
    while let Some(part) = parts.next() {
        let is_last = parts.peek().is_none();
        match part {
            "." | ".." => {
                if part == ".." {
                    kept.pop();
                }
                if is_last {
                    kept.push("");
                }
            }
            _ => kept.push(part),
        }
    }
    Cow::Owned(format!("/{}", kept.join("/")))
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

fn segments(pattern: &[&str], path: &[&str]) -> bool {
    match (pattern.split_first(), path.split_first()) {
        (None, None) => true,
        (Some((&"{**}", rest)), _) => {
            (1..=path.len()).any(|skipped| segments(rest, path.get(skipped..).unwrap_or_default()))
        }
        (Some((&"{*}", rest)), Some((segment, path))) => !segment.is_empty() && segments(rest, path),
        (Some((literal, rest)), Some((segment, path))) => literal == segment && segments(rest, path),
        _ => false,
    }
}

/// Compares a namespace with the one inside a principal. Istio searches the principal for the regular expression
/// `/ns/PATTERN/` in which `*` is any text, so that `*a` finds `/ns/ops/sa/` in every namespace. A dot is any character where
/// the pattern is not `quoted`, as in older releases.
#[must_use]
pub fn matches_namespace(pattern: &str, principal: &str, quoted: bool) -> bool {
    if !pattern.contains(['*', '.']) {
        let mut found = principal.split("/ns/").skip(1);
        return found.any(|rest| rest.strip_prefix(pattern).is_some_and(|rest| rest.starts_with('/')));
    }
    let literal = if quoted { Expression::quoted } else { Expression::written };
    let mut expression = literal("/ns/");
    for (at, part) in pattern.split('*').enumerate() {
        if at > 0 {
            expression.extend(Expression::written(".*"));
        }
        expression.extend(literal(part));
    }
    expression.extend(Expression::written("/.*"));
    Expression::ends(&expression, principal)
}

/// Compares `ISSUER/SUBJECT`, whose parts Istio compares one by one; the last slash of the pattern divides it.
#[must_use]
pub fn matches_request_principal(pattern: &str, issuer: &str, subject: &str) -> bool {
    if pattern == "*" {
        return !issuer.is_empty() && !subject.is_empty();
    }
    match (pattern.rsplit_once('/'), pattern.starts_with('*'), pattern.ends_with('*')) {
        (Some((of_issuer, of_subject)), true, _) => matches(of_issuer, issuer) && subject == of_subject,
        (Some((of_issuer, of_subject)), false, _) => issuer == of_issuer && matches(of_subject, subject),
        (None, true, _) => !issuer.is_empty() && matches(pattern, subject),
        (None, false, true) => matches(pattern, issuer) && !subject.is_empty(),
        (None, false, false) => false,
    }
}

/// Compares `serviceAccounts`: `namespace/name`, or `name` in the policy's own namespace. Where the pattern is not `quoted`, a
/// dot stands for any character, as in [`matches_principal`].
#[must_use]
pub fn matches_service_account(pattern: &str, own_namespace: &str, principal: &str, quoted: bool) -> bool {
    let (namespace, name) = pattern.split_once('/').unwrap_or((own_namespace, pattern));
    let whole = format!("/ns/{namespace}/sa/{name}");
    if quoted { principal.ends_with(&whole) } else { Expression::ends(&Expression::written(&whole), principal) }
}

/// Compares principals. Istio makes a regular expression of `*x`. It quotes `x` (`StringMatcherWithPrefix` in istiod's
/// pilot/pkg/security/authz/matcher/string.go); in older releases, not `quoted`, a dot stands for any character and `y*` for any
/// number of `y`: `*/sa/a.b` fits `a-b` too.
#[must_use]
pub fn matches_principal(pattern: &str, principal: &str, quoted: bool) -> bool {
    match pattern.strip_prefix('*') {
        Some(suffix) if !suffix.is_empty() && !quoted => Expression::ends(&Expression::written(suffix), principal),
        _ => matches(pattern, principal),
    }
}

/// A regular expression of characters, `.` and `*`: each item is a character, or any, and whether it may repeat.
struct Expression;

impl Expression {
    /// Text that stands for itself.
    fn quoted(text: &str) -> Vec<(Option<u8>, bool)> {
        text.bytes().map(|byte| (Some(byte), false)).collect()
    }

    /// Text in which `.` and `*` have a meaning.
    fn written(text: &str) -> Vec<(Option<u8>, bool)> {
        let mut items: Vec<(Option<u8>, bool)> = Vec::new();
        for byte in text.bytes() {
            match (byte, items.last_mut()) {
                (b'*', Some(last)) => last.1 = true,
                (b'.', _) => items.push((None, false)),
                _ => items.push((Some(byte), false)),
            }
        }
        items
    }

    /// Whether a text ends with what an expression matches.
    fn ends(expression: &[(Option<u8>, bool)], text: &str) -> bool {
        let text = text.as_bytes();
        (0..=text.len()).any(|from| Self::is_whole(expression, text.get(from..).unwrap_or_default()))
    }

    fn is_whole(expression: &[(Option<u8>, bool)], text: &[u8]) -> bool {
        let is = |wanted: &Option<u8>, found: &u8| wanted.is_none_or(|wanted| wanted == *found);
        match expression {
            [] => text.is_empty(),
            [(wanted, true), rest @ ..] => {
                let repeated = text.iter().take_while(|found| is(wanted, found)).count();
                (0..=repeated).any(|skipped| Self::is_whole(rest, text.get(skipped..).unwrap_or_default()))
            }
            [(wanted, false), rest @ ..] => {
                text.split_first().is_some_and(|(found, text)| is(wanted, found) && Self::is_whole(rest, text))
            }
        }
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
            ("/a/{**}", "/a/", true),
            ("/a/{**}", "/a", false),
            ("/{**}", "/", true),
            ("/a/{**}/z", "/a/z", false),
            ("/a/{**}/z", "/a/b/c/z", true),
            ("/a/{**}/z", "/a/b/c", false),
            ("/{*}/b/{*}", "/a/b/c", true),
        ];
        for (pattern, path, expected) in table {
            assert_eq!(matches_path(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn paths_are_compared_as_the_proxy_normalises_them() {
        let table = [
            ("/items/../admin", "/admin"),
            ("/./items", "/items"),
            ("/items/.", "/items/"),
            ("/items/..", "/"),
            ("/../../items", "/items"),
            ("/%69tems/%2e%2E/x", "/x"),
            ("/items%2F7", "/items%2F7"),
            ("/a\\b", "/a/b"),
            ("//admin", "//admin"),
            ("/a%", "/a%"),
            ("/.well-known", "/.well-known"),
        ];
        for (path, normal) in table {
            assert_eq!(normalize(path), normal, "{path}");
            assert!(matches_path(normal, path), "{path}");
        }
    }

    #[test]
    fn issuer_and_subject_are_compared_one_by_one() {
        let table = [
            ("https://i/s", "https://i", "s", true),
            ("https://i/a/s", "https://i", "a/s", false),
            ("https://i/*", "https://i", "a/s", true),
            ("https://i*", "https://i", "s", false),
            ("iss*", "issuer", "s", true),
            ("issuer", "issuer", "s", false),
            ("*", "i", "s", true),
            ("*", "i", "", false),
            ("*/s", "i", "s", true),
            ("*er/s", "issuer", "s", true),
            ("*s", "i", "as", true),
            ("*/*", "i", "s", false),
        ];
        for (pattern, issuer, subject, expected) in table {
            assert_eq!(matches_request_principal(pattern, issuer, subject), expected, "{pattern} {issuer} {subject}");
        }
    }

    #[test]
    fn dot_in_a_suffix_of_a_principal_is_any_character_in_older_releases() {
        let principal = "cluster.local/ns/ops/sa/a-b";
        for (pattern, before) in [
            ("*/sa/a.b", true),
            ("*a.b", true),
            ("cluster.local/ns/ops/sa/a.b", false),
            ("cluster.local/ns/ops/sa/a.*", false),
            ("*/sa/a.c", false),
            ("*/ns/ops/*", false),
            ("*/ns/ops/.*", true),
            ("*", true),
        ] {
            assert_eq!(matches_principal(pattern, principal, false), before, "{pattern}");
            assert_eq!(matches_principal(pattern, principal, true), pattern == "*", "{pattern}");
        }
        assert!(matches_principal("*/sa/a-b", principal, true));
        assert!(matches_service_account("ops/a.b", "x", principal, false));
        assert!(!matches_service_account("ops/a.b", "x", principal, true));
        assert!(!matches_service_account("ops/a.", "x", principal, false));
    }

    #[test]
    fn namespaces_and_service_accounts_are_read_from_the_principal() {
        let principal = "cluster.local/ns/shop/sa/web";
        for quoted in [false, true] {
            assert!(matches_namespace("shop", principal, quoted) && matches_namespace("s*p", principal, quoted));
            assert!(!matches_namespace("sho", principal, quoted));
            assert!(matches_namespace("s*a", principal, quoted) && matches_namespace("*", principal, quoted));
            assert!(!matches_namespace("*web", principal, quoted));
            assert!(matches_service_account("shop/web", "other", principal, quoted));
            assert!(matches_service_account("web", "shop", principal, quoted));
            assert!(!matches_service_account("web", "other", principal, quoted));
        }
    }
}
