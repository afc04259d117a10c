//! Every code that reading a policy can give, as data: what `meshveil explain` prints, the reference page and the tests.

use std::fmt::Write;

use crate::Policies;

/// One code.
#[derive(Debug, Clone, Copy)]
pub struct Code {
    /// Stable, never reused.
    pub id: &'static str,
    /// What is wrong, in a few words.
    pub title: &'static str,
    /// Why it matters and what to do.
    pub explanation: &'static str,
    /// Lines of a policy that are wrong: what stands after `spec:`, replacing members of the same name of [`BASE`].
    pub bad: &'static str,
    /// The text that is underlined in it.
    pub underlined: &'static str,
    /// The same, right.
    pub good: &'static str,
}

/// The policy that examples change, member by member of `spec`.
pub const BASE: &str = "\
apiVersion: meshveil.dev/v1alpha1
kind: MaskingPolicy
metadata: { name: customers, namespace: shop }
spec:
  workload: { selector: { app: customers }, serviceAccount: customers, ports: [{ port: 8080, name: http }] }
  fields:
    - { name: ssn, paths: [\"$..ssn\"], mask: { partial: { keepLast: 4 } } }
    - { name: email, paths: [\"$..email\"], mask: email }
  callers:
    - { name: billing, serviceAccount: shop/billing, pods: { app: billing }, sees: all }
    - { name: support, serviceAccount: shop/support, pods: { app: support }, sees: [email] }
";

/// An example: `BASE` with the members of `spec` that `lines` gives.
#[must_use]
pub fn example(lines: &str) -> String {
    let replaced: Vec<&str> = lines
        .lines()
        .filter(|line| !line.starts_with(' '))
        .filter_map(|line| line.split_once(':').map(|(key, _)| key))
        .collect();
    let (head, spec) = BASE.split_once("spec:\n").unwrap_or((BASE, ""));
    let mut text = format!("{head}spec:\n");
    let mut keep = true;
    for line in spec.lines() {
        if let Some(member) = line.strip_prefix("  ").filter(|rest| !rest.starts_with(' ')) {
            keep = !member.split_once(':').is_some_and(|(key, _)| replaced.contains(&key));
        }
        if keep {
            text.push_str(line);
            text.push('\n');
        }
    }
    for line in lines.lines() {
        text.push_str("  ");
        text.push_str(line);
        text.push('\n');
    }
    text
}

macro_rules! codes {
    ($($name:ident = $id:literal, $title:literal, $explanation:literal, $bad:literal, $underlined:literal, $good:literal;)*) => {
        $(#[doc = $title] pub const $name: &str = $id;)*
        /// Every code, in order.
        pub const CODES: &[Code] = &[$(Code {
            id: $id, title: $title, explanation: $explanation, bad: $bad, underlined: $underlined, good: $good,
        }),*];
    };
}

codes! {
    UNKNOWN_KEY = "MV-P01", "a key that a policy does not have",
        "A key that is not known would be ignored, and with it what it was meant to say. Unknown keys are errors; the nearest known one is suggested.",
        "fields:\n  - { name: ssn, path: [\"$..ssn\"], mask: redact }\ncallers: []", "path",
        "fields:\n  - { name: ssn, paths: [\"$..ssn\"], mask: redact }\ncallers: []";
    MISSING_KEY = "MV-P02", "a key that is missing",
        "What a policy cannot do without is never guessed.",
        "fields:\n  - { name: ssn, paths: [\"$..ssn\"] }\ncallers: []", "{ name: ssn, paths: [\"$..ssn\"] }",
        "fields:\n  - { name: ssn, paths: [\"$..ssn\"], mask: redact }\ncallers: []";
    WRONG_TYPE = "MV-P03", "a value of the wrong type",
        "A list where a string belongs, text where a number belongs, and so on.",
        "fields:\n  - { name: ssn, paths: \"$..ssn\", mask: redact }\ncallers: []", "\"$..ssn\"",
        "fields:\n  - { name: ssn, paths: [\"$..ssn\"], mask: redact }\ncallers: []";
    BAD_VALUE = "MV-P04", "a value that is not one of those allowed",
        "Words such as `deny` and `masked` are compared exactly.",
        "others: block", "block", "others: deny";
    BAD_NAME = "MV-P05", "a name that cannot be used",
        "Names become parts of metrics, route metadata and Kubernetes objects: letters, digits, `-`, `_` and `.`, at most 63 of them, beginning with a letter or digit.",
        "fields:\n  - { name: \"social security\", paths: [\"$..ssn\"], mask: redact }\ncallers: []", "\"social security\"",
        "fields:\n  - { name: social-security, paths: [\"$..ssn\"], mask: redact }\ncallers: []";
    DUPLICATE_NAME = "MV-P06", "a name that is used twice",
        "`sees`, routes and metrics refer to fields, callers and routes by name.",
        "fields:\n  - { name: ssn, paths: [\"$..ssn\"], mask: redact }\n  - { name: ssn, paths: [\"$..taxId\"], mask: redact }\ncallers: []", "ssn",
        "fields:\n  - { name: ssn, paths: [\"$..ssn\"], mask: redact }\n  - { name: taxId, paths: [\"$..taxId\"], mask: redact }\ncallers: []";
    BAD_QUERY = "MV-P07", "a path that is no JSONPath query",
        "Paths are RFC 9535. What is refused, and why, is in docs/reference/queries.md.",
        "fields:\n  - { name: ssn, paths: [\"$..[ssn]\"], mask: redact }\ncallers: []", "s",
        "fields:\n  - { name: ssn, paths: [\"$..['ssn']\"], mask: redact }\ncallers: []";
    BAD_MASK = "MV-P08", "a mask that does not exist or has wrong parameters",
        "Every mask and its parameters are in docs/reference/masks.md.",
        "fields:\n  - { name: ssn, paths: [\"$..ssn\"], mask: redcat }\ncallers: []", "redcat",
        "fields:\n  - { name: ssn, paths: [\"$..ssn\"], mask: redact }\ncallers: []";
    UNKNOWN_FIELD = "MV-P09", "a field that is not listed under `fields`",
        "A caller that sees, or a route that changes, a field that does not exist means another one.",
        "callers:\n  - { name: support, serviceAccount: shop/support, sees: [emial] }", "emial",
        "callers:\n  - { name: support, serviceAccount: shop/support, sees: [email] }";
    BAD_SERVICE_ACCOUNT = "MV-P10", "a ServiceAccount that is not `namespace/name`",
        "The namespace is part of the identity: the same name in another namespace is somebody else.",
        "callers:\n  - { name: support, serviceAccount: support, sees: [email] }", "support",
        "callers:\n  - { name: support, serviceAccount: shop/support, sees: [email] }";
    NOT_IDENTIFIED = "MV-P11", "a caller that nothing identifies",
        "A caller is a ServiceAccount, a verified JWT claim or a header that a trusted hop sets. Labels of pods can be chosen by whoever creates a pod: they narrow the network, they identify nobody.",
        "callers:\n  - { name: support, pods: { app: support }, sees: [email] }", "support",
        "callers:\n  - { name: support, serviceAccount: shop/support, pods: { app: support }, sees: [email] }";
    NO_TRUSTED_HOP = "MV-P12", "a header caller without a trusted hop",
        "Anybody can send a header. It is believed only from hops that `trustedHops` lists.",
        "callers:\n  - { name: support, header: { name: x-user-group, value: support }, sees: [email] }", "{ name: x-user-group, value: support }",
        "trustedHops: [shop/ingress]\ncallers:\n  - { name: support, header: { name: x-user-group, value: support }, sees: [email] }";
    NO_KEY = "MV-P13", "a keyed mask without a key",
        "`pseudonym` without a key could be undone by trying all values. The key comes from an environment variable of the sidecar, never from the policy.",
        "fields:\n  - { name: id, paths: [\"$.id\"], mask: pseudonym }\ncallers: []", "pseudonym",
        "key: { env: MESHVEIL_KEY }\nfields:\n  - { name: id, paths: [\"$.id\"], mask: pseudonym }\ncallers: []";
    REFUSED_PLAN = "MV-P14", "a policy that the filter would refuse",
        "The filter checks its configuration again; what it would refuse is an error here.",
        "routes:\n  - { name: health, match: { path: healthz }, masking: off }", "health",
        "routes:\n  - { name: health, match: { path: /healthz }, masking: off }";
    BAD_CIDR = "MV-P15", "an address block that is none",
        "An address and the length of its prefix: `10.20.0.0/16`, or `/32` for one address. Names are not resolved: network rules hold addresses.",
        "egress:\n  - { name: payments, cidr: payments.example.com, ports: [443] }", "payments.example.com",
        "egress:\n  - { name: payments, cidr: 203.0.113.0/24, ports: [443] }";
    SHARED_IDENTITY = "MV-P20", "two callers with one identity",
        "The filter cannot tell them apart: whoever is both gets what both see.",
        "callers:\n  - { name: billing, serviceAccount: shop/tools, sees: all }\n  - { name: support, serviceAccount: shop/tools, sees: [email] }", "shop/tools",
        "callers:\n  - { name: billing, serviceAccount: shop/billing, sees: all }\n  - { name: support, serviceAccount: shop/support, sees: [email] }";
    DEFAULT_SERVICE_ACCOUNT = "MV-P21", "the `default` ServiceAccount as a caller",
        "Every pod of the namespace that names no ServiceAccount runs as `default`, and so is this caller.",
        "callers:\n  - { name: support, serviceAccount: shop/default, sees: [email] }", "shop/default",
        "callers:\n  - { name: support, serviceAccount: shop/support, sees: [email] }";
    SAME_PATH = "MV-P22", "one path in two fields",
        "Both masks apply and the stricter one wins; a caller sees the value in clear only when it sees both fields.",
        "fields:\n  - { name: ssn, paths: [\"$..ssn\"], mask: redact }\n  - { name: ids, paths: [\"$..ssn\", \"$..iban\"], mask: email }\ncallers: []", "\"$..ssn\"",
        "fields:\n  - { name: ssn, paths: [\"$..ssn\"], mask: redact }\n  - { name: ids, paths: [\"$..iban\"], mask: email }\ncallers: []";
    SHOWS_MUCH = "MV-P23", "a partial mask that hides little",
        "Fewer than four hidden characters can be guessed: three digits are a thousand tries.",
        "fields:\n  - { name: pin, paths: [\"$..pin\"], mask: { partial: { keepLast: 4, minHidden: 2 } } }\ncallers: []", "{ partial: { keepLast: 4, minHidden: 2 } }",
        "fields:\n  - { name: pin, paths: [\"$..pin\"], mask: { partial: { keepLast: 4, minHidden: 4 } } }\ncallers: []";
    MASKING_OFF = "MV-P24", "a route without masking that may serve sensitive fields",
        "Every response of the route passes untouched, for every caller. Right for health checks and static files; narrow it to exact paths.",
        "routes:\n  - { name: export, match: { prefix: /export }, masking: off }", "off",
        "routes:\n  - { name: health, match: { path: /healthz }, masking: off }";
    COSTS_MEMORY = "MV-P25", "a path that has to look ahead",
        "A filter or an index from the end is known only when the whole element or array has been read: up to `limits.held` bytes are held per response, and beyond it the response is refused.",
        "fields:\n  - { name: card, paths: [\"$.cards[-1].number\"], mask: redact }\ncallers: []", "\"$.cards[-1].number\"",
        "fields:\n  - { name: card, paths: [\"$.cards[*].number\"], mask: redact }\ncallers: []";
    WEAKER_ROUTE = "MV-P26", "a route whose mask changes nothing",
        "The stricter of the route's mask and the field's wins, so that one that is weaker or the same changes nothing.",
        "fields:\n  - { name: ssn, paths: [\"$..ssn\"], mask: redact }\ncallers: []\nroutes:\n  - { name: export, match: { prefix: /export }, fields: { ssn: email } }", "email",
        "fields:\n  - { name: ssn, paths: [\"$..ssn\"], mask: email }\ncallers: []\nroutes:\n  - { name: export, match: { prefix: /export }, fields: { ssn: redact } }";
    NEVER_REACHED = "MV-P27", "a route that an earlier one hides",
        "The first route that matches a request wins.",
        "routes:\n  - { name: api, match: { prefix: /api }, fields: { ssn: redact } }\n  - { name: admin, match: { prefix: /api/admin }, fields: { ssn: drop } }", "{ prefix: /api/admin }",
        "routes:\n  - { name: admin, match: { prefix: /api/admin }, fields: { ssn: drop } }\n  - { name: api, match: { prefix: /api }, fields: { ssn: redact } }";
    SAME_WORKLOAD = "MV-P28", "two policies for one workload",
        "Two filters would run one after the other, and each would refuse the other's callers. Put both into one policy.",
        "", "", "";
    NEVER_MATCHES = "MV-P29", "a path that never selects anything",
        "An empty slice, a step of 0, a filter that is false whatever the value is, children of scalars. The field it was meant for is not masked.",
        "fields:\n  - { name: card, paths: [\"$.cards[2:1].number\"], mask: redact }\ncallers: []", "\"$.cards[2:1].number\"",
        "fields:\n  - { name: card, paths: [\"$.cards[1:2].number\"], mask: redact }\ncallers: []";
    OVERLAP = "MV-P30", "two fields that select one value and say different things about it",
        "The stricter mask wins, never the narrower path: an exception can hide more and never show more. A caller sees the value in clear only when it sees both fields. Nothing to do where that is meant; where paths look ahead (filters, indices from the end) it depends on the response. Where thousands of paths meet in very many ways some may be missing, and a note at the policy's name says so.",
        "fields:\n  - { name: ssn, paths: [\"$..ssn\"], mask: { partial: { keepLast: 4 } } }\n  - { name: account, paths: [\"$.account.*\"], mask: redact }\ncallers: []", "\"$..ssn\"",
        "fields:\n  - { name: ssn, paths: [\"$..ssn\"], mask: { partial: { keepLast: 4 } } }\n  - { name: account, paths: [\"$.account.number\"], mask: redact }\ncallers: []";
    SHADOWED = "MV-P31", "a path that never decides anything",
        "All that it selects is also selected by, or lies inside, what another field masks at least as strictly, for every caller and on every route. Masks are compared by how much they hide (docs/reference/masks.md); a weaker mask for a part of a stricter field shows nothing more.",
        "fields:\n  - { name: customer, paths: [\"$.customer\"], mask: redact }\n  - { name: ssn, paths: [\"$.customer.ssn\"], mask: { partial: { keepLast: 4 } } }\ncallers: []", "\"$.customer.ssn\"",
        "fields:\n  - { name: customer, paths: [\"$.customer.name\", \"$.customer.address\"], mask: redact }\n  - { name: ssn, paths: [\"$.customer.ssn\"], mask: { partial: { keepLast: 4 } } }\ncallers: []";
    SEEN_IN_VAIN = "MV-P32", "a field that a caller does not see although it is listed",
        "The value also belongs to, or lies inside, a field that is masked for this caller, and the mask wins: a narrower path is no exception.",
        "fields:\n  - { name: customer, paths: [\"$.customer\"], mask: redact }\n  - { name: ssn, paths: [\"$.customer.ssn\"], mask: drop }\ncallers:\n  - { name: support, serviceAccount: shop/support, sees: [ssn] }", "ssn",
        "fields:\n  - { name: customer, paths: [\"$.customer.address\"], mask: redact }\n  - { name: ssn, paths: [\"$.customer.ssn\"], mask: drop }\ncallers:\n  - { name: support, serviceAccount: shop/support, sees: [ssn] }";
    TWO_CALLERS = "MV-P33", "two callers that one request can be, of which neither sees all that the other sees",
        "A pod with its own ServiceAccount can present somebody's token, and a claim can be a list. Where one caller sees all that the other sees, the one that sees less counts; where neither does, the request is nobody's.",
        "trustedHops: [shop/ingress]\ncallers:\n  - { name: support, jwt: { claim: groups, value: support }, sees: [email] }\n  - { name: audit, jwt: { claim: groups, value: audit }, sees: [ssn] }", "{ claim: groups, value: audit }",
        "trustedHops: [shop/ingress]\ncallers:\n  - { name: support, jwt: { claim: groups, value: support }, sees: [email] }\n  - { name: audit, jwt: { claim: groups, value: audit }, sees: [email, ssn] }";
    NOBODY = "MV-P34", "a caller that no request ever is",
        "Claims and headers come with a connection, and with `others: deny` only listed ServiceAccounts and trusted hops may connect. Of a ServiceAccount and a claim the caller that sees less counts, so that a gateway among `callers` that sees nothing hides everything from those behind it.",
        "others: deny\ncallers:\n  - { name: gateway, serviceAccount: shop/gateway }\n  - { name: support, jwt: { claim: group, value: support }, sees: [email] }", "{ claim: group, value: support }",
        "others: deny\ntrustedHops: [shop/gateway]\ncallers:\n  - { name: support, jwt: { claim: group, value: support }, sees: [email] }";
    FEW_VALUES = "MV-P35", "a mask that shows part of a value of which there are few",
        "A pseudonym hides a value and not that two are the same: of a date of birth, a gender or a PIN there are so few that counting tells which is which. A partial mask leaves as little to guess. Judged by names.",
        "key: { env: MESHVEIL_KEY }\nfields:\n  - { name: born, paths: [\"$..dateOfBirth\"], mask: pseudonym }\ncallers: []", "pseudonym",
        "fields:\n  - { name: born, paths: [\"$..dateOfBirth\"], mask: redact }\ncallers: []";
    LOOKS_REAL = "MV-P36", "a constant that looks like a real value",
        "A number that passes the checks of a card, a social security number or an IBAN, or an address that somebody may own, is taken for data: by readers, by scanners, and by systems that then use it.",
        "fields:\n  - { name: card, paths: [\"$..card\"], mask: { redact: { with: \"4111 1111 1111 1111\" } } }\ncallers: []", "{ redact: { with: \"4111 1111 1111 1111\" } }",
        "fields:\n  - { name: card, paths: [\"$..card\"], mask: { redact: { with: \"**** **** **** ****\" } } }\ncallers: []";
    LISTED_TWICE = "MV-P37", "the same thing twice in a list",
        "Harmless by itself, but one of the two was probably meant to be another.",
        "callers:\n  - { name: support, serviceAccount: shop/support, sees: [email, email] }", "email",
        "callers:\n  - { name: support, serviceAccount: shop/support, sees: [email, ssn] }";
    ERRORS_PASS = "MV-P38", "responses that cannot be masked pass",
        "With `onError: pass` whoever makes the service answer in another encoding or with broken JSON gets the data unmasked.",
        "onError: pass", "pass",
        "onError: block";
    CUT_OFF = "MV-P39", "a caller whose own policy does not let it connect",
        "A workload with a policy of its own connects only to what that policy lists under `stores` and `egress`; so a caller that is such a workload needs the other one there.",
        "", "", "";
}

/// The entry of a code.
#[must_use]
pub fn find(id: &str) -> Option<&'static Code> {
    CODES.iter().find(|code| code.id.eq_ignore_ascii_case(id))
}

/// The text of `docs/reference/findings.md`: every code with what is said about its examples.
#[must_use]
pub fn page() -> String {
    let mut page = String::from(
        "<!-- Generated from crates/policy/src/codes.rs by `MESHVEIL_BLESS=1 cargo test -p meshveil-policy`; do not edit. -->\n\
         # Findings about policies\n\n\
         What `meshveil check` can say about a [policy](policy.md), and `meshveil explain CODE` explains. Examples stand under\n\
         `spec:`. Findings about manifests: [reachability](reachability.md).\n",
    );
    for code in CODES {
        let _ = write!(page, "\n## {}: {}\n\n{}\n", code.id, code.title, code.explanation);
        if code.bad.is_empty() {
            continue;
        }
        let _ = write!(page, "\n```yaml\n{}\n```\n\n", code.bad);
        let read = Policies::read([("policy.yaml", example(code.bad))]);
        for finding in read.findings.iter().filter(|finding| finding.code == code.id) {
            let _ =
                write!(page, "> {}, at `{}`: {}", finding.severity, read.files.slice(finding.span), finding.message);
            if let Some(help) = &finding.help {
                let _ = write!(page, " ({help})");
            }
            if let Some(fix) = &finding.fix {
                let _ = write!(page, " ({})", fix.message);
            }
            page.push_str("\n\n");
        }
        let _ = write!(page, "Right:\n\n```yaml\n{}\n```\n", code.good);
    }
    page
}
