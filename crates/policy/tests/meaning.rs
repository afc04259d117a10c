//! Checks of meaning: what they say about policies that are easy to get wrong, and that they are silent about right ones.

use meshveil_policy::Policies;
use meshveil_text::{Severity, codes::Base};

/// Findings about a policy with these members of `spec`: severity, code, underlined text, message.
fn findings(spec: &str) -> Vec<String> {
    let policies = Policies::from_texts([("policy.yaml", Base::Policy.with(spec))]);
    let line = |finding: &meshveil_text::Finding| {
        let place = policies.files.slice(finding.span);
        format!("{} {} {place}: {}", finding.severity, finding.code, finding.message)
    };
    policies.findings.iter().map(line).collect()
}

/// The same for fields alone, each `name path mask`, without callers.
fn of_fields(fields: &[[&str; 3]]) -> Vec<String> {
    let mut spec = String::from("key: { env: KEY }\ncallers: []\nfields:\n");
    for [name, path, mask] in fields {
        spec.push_str(&format!("  - {{ name: {name}, paths: [{path:?}], mask: {mask} }}\n"));
    }
    findings(&spec)
}

#[test]
fn a_weaker_mask_for_a_part_of_a_stricter_field_is_shadowed() {
    for (path, mask, outer, outer_mask, how) in [
        ("$.customer.ssn", "email", "$..ssn", "redact", "is a value that"),
        ("$.customer.ssn", "drop", "$.customer", "redact", "lies in what"),
        ("$.customer.ssn", "pseudonym", "$.customer", "default", "lies in what"),
        ("$.a[0].ssn", "redact", "$.a[*].ssn", "redact", "is a value that"),
        ("$.a[?@.vip].ssn", "email", "$.a[*].ssn", "\"null\"", "is a value that"),
        ("$..a.ssn", "email", "$..ssn", "redact", "is a value that"),
    ] {
        let found = of_fields(&[["inner", path, mask], ["outer", outer, outer_mask]]);
        let expected = format!(
            "warning MV-P31 {path:?}: `inner` has no effect here: all of it {how} `outer` masks at least as strictly"
        );
        let found: Vec<_> = found.into_iter().filter(|line| !line.contains("MV-P25")).collect();
        assert_eq!(found, [expected]);
    }
}

#[test]
fn what_still_decides_somewhere_is_not_shadowed() {
    for fields in [
        // Stricter than what it lies in.
        [["inner", "$.customer.ssn", "redact"], ["outer", "$.customer", "default"]],
        // Keyed masks of two fields give two codes, and the first wins.
        [["inner", "$.customer.ssn", "pseudonym"], ["outer", "$.customer", "pseudonym"]],
        [["inner", "$.customer.name", "email"], ["outer", "$..address", "redact"]],
    ] {
        assert_eq!(of_fields(&fields), [] as [&str; 0], "{fields:?}");
    }
    // A caller sees the outer field and not the inner one.
    let seen = "fields:\n  - { name: inner, paths: [\"$.c.ssn\"], mask: email }\n  - { name: outer, paths: [\"$.c\"], mask: redact }\ncallers:\n  - { name: a, serviceAccount: shop/a, sees: [outer] }";
    assert_eq!(findings(seen), [] as [&str; 0]);
    // A route makes the inner one stricter.
    let route = "fields:\n  - { name: inner, paths: [\"$.c.ssn\"], mask: email }\n  - { name: outer, paths: [\"$..ssn\"], mask: { partial: { keepLast: 2 } } }\ncallers: []\nroutes:\n  - { name: export, match: { prefix: /export }, fields: { inner: redact } }";
    assert_eq!(
        findings(route),
        ["note MV-P30 \"$.c.ssn\": `inner` and `outer` both select `$.c.ssn`"],
        "elsewhere the outer one wins"
    );
}

#[test]
fn of_two_paths_that_are_alike_only_one_is_reported() {
    let found = of_fields(&[["one", "$['a','b']", "redact"], ["two", "$['b','a']", "redact"]]);
    assert_eq!(
        found,
        [
            "warning MV-P31 \"$['b','a']\": `two` has no effect here: all of it is a value that `one` masks at least as strictly"
        ]
    );
    let one_field = "fields:\n  - { name: ssn, paths: [\"$..ssn\", \"$.customer.ssn\"], mask: redact }\ncallers: []";
    assert_eq!(
        findings(one_field),
        ["note MV-P31 \"$.customer.ssn\": every value of this path is selected by `$..ssn`, too"]
    );
}

#[test]
fn fields_that_disagree_about_a_value_are_named_with_a_path_of_one() {
    for (weak, strict, place, may) in [
        ("$..ssn", "$.customer.ssn", "$.customer.ssn", ""),
        ("$.*.b", "$.a.*", "$.a.b", ""),
        ("$.a[*].b", "$.a[0].b", "$.a[0].b", ""),
        ("$.a[*].b", "$.a[?@.c].b", "$.a.x.b", " may"),
        ("$.a[*]", "$.a[-1]", "$.a[0]", " may"),
    ] {
        let found = of_fields(&[["weak", weak, "email"], ["strict", strict, "redact"]]);
        let found: Vec<_> = found.into_iter().filter(|line| !line.contains("MV-P25")).collect();
        assert_eq!(found, [format!("note MV-P30 {weak:?}: `weak` and `strict` both{may} select `{place}`")]);
    }
}

#[test]
fn a_finding_about_disagreement_says_which_mask_wins_and_where_else_others_do() {
    let spec = "fields:\n  - { name: ssn, paths: [\"$..ssn\"], mask: email }\n  - { name: a, paths: [\"$.a.ssn\"], mask: redact }\n  - { name: b, paths: [\"$.b.ssn\"], mask: \"null\" }\ncallers: []";
    let policies = Policies::from_texts([("policy.yaml", Base::Policy.with(spec))]);
    let help: Vec<_> = policies.findings.iter().filter_map(|finding| finding.help.as_deref()).collect();
    assert_eq!(
        help,
        [
            "there `redact` of `a` wins, which is stricter than `email`; only callers that see both get it in clear; elsewhere `b` wins"
        ]
    );
}

#[test]
fn fields_with_one_mask_and_the_same_callers_do_not_disagree() {
    assert_eq!(of_fields(&[["a", "$.*.b", "redact"], ["b", "$.a.*", "redact"]]), [] as [&str; 0]);
    assert_eq!(of_fields(&[["a", "$..ssn", "email"], ["b", "$..email", "redact"]]), [] as [&str; 0]);
}

#[test]
fn what_a_caller_sees_in_part_is_a_note() {
    let spec = "fields:\n  - { name: customer, paths: [\"$.customer\"], mask: redact }\n  - { name: ssn, paths: [\"$.customer.ssn\", \"$.owner.ssn\"], mask: drop }\ncallers:\n  - { name: support, serviceAccount: shop/support, sees: [ssn] }";
    let found = findings(spec);
    assert_eq!(
        found.iter().filter(|line| line.contains("MV-P32")).collect::<Vec<_>>(),
        [
            "note MV-P32 ssn: `support` does not see `ssn` in clear: part of it is masked by `customer`, which `support` does not see"
        ]
    );
}

#[test]
fn an_outer_field_in_clear_with_a_masked_part_is_no_finding() {
    let spec = "fields:\n  - { name: customer, paths: [\"$.customer\"], mask: redact }\n  - { name: ssn, paths: [\"$.customer.ssn\"], mask: drop }\ncallers:\n  - { name: support, serviceAccount: shop/support, sees: [customer] }";
    assert_eq!(findings(spec), [] as [&str; 0]);
}

#[test]
fn two_callers_matter_only_where_neither_sees_all_of_the_other() {
    let both = |first: &str, second: &str| {
        findings(&format!(
            "others: deny\ntrustedHops: [shop/gate]\ncallers:\n  - {{ name: a, {first}, sees: [email] }}\n  - {{ name: b, {second}, sees: [ssn] }}"
        ))
    };
    let found = "a request can be `b` and `a` at once, and neither sees all that the other sees: it is refused";
    for (first, second, place) in [
        ("serviceAccount: shop/a", "jwt: { issuer: x, claim: role, value: b }", "{ issuer: x, claim: role, value: b }"),
        (
            "jwt: { issuer: x, claim: role, value: a }",
            "jwt: { issuer: x, claim: role, value: b }",
            "{ issuer: x, claim: role, value: b }",
        ),
        ("header: { name: x-a, value: a }", "header: { name: x-b, value: b }", "{ name: x-b, value: b }"),
        ("serviceAccount: shop/gate", "header: { name: x-b, value: b }", "{ name: x-b, value: b }"),
        ("jwt: { issuer: x, claim: role, value: a }", "header: { name: x-b, value: b }", "{ name: x-b, value: b }"),
    ] {
        assert_eq!(both(first, second), [format!("note MV-P33 {place}: {found}")], "{first} {second}");
    }
    for (first, second) in [
        ("serviceAccount: shop/a", "serviceAccount: shop/b"),
        ("serviceAccount: shop/a", "header: { name: x-b, value: b }"),
        ("header: { name: x-a, value: a }", "header: { name: x-a, value: b }"),
    ] {
        assert_eq!(both(first, second), [] as [&str; 0], "{first} {second}");
    }
}

#[test]
fn a_caller_behind_a_gateway_that_is_a_caller_never_counts() {
    let spec = |gateway: &str| {
        format!(
            "others: deny\n{gateway}  - {{ name: user, jwt: {{ issuer: x, claim: group, value: user }}, sees: [email] }}"
        )
    };
    for (gateway, found) in [
        (
            "callers:\n",
            "`user` is never recognised: no ServiceAccount may connect, so no request can carry its claim or header",
        ),
        (
            "callers:\n  - { name: gate, serviceAccount: shop/gate }\n",
            "what `user` sees has no effect: every client that may connect is another caller as well, and none of those sees more",
        ),
        (
            "trustedHops: [shop/gate]\ncallers:\n  - { name: gate, serviceAccount: shop/gate }\n",
            "what `user` sees has no effect: every client that may connect is another caller as well, and none of those sees more",
        ),
    ] {
        assert_eq!(
            findings(&spec(gateway)),
            [format!("warning MV-P34 {{ issuer: x, claim: group, value: user }}: {found}")]
        );
    }
    for gateway in [
        "trustedHops: [shop/gate]\ncallers:\n",
        "callers:\n  - { name: gate, serviceAccount: shop/gate, sees: all }\n",
        "trustedHops: [shop/gate]\ncallers:\n  - { name: other, serviceAccount: shop/other }\n",
    ] {
        assert_eq!(findings(&spec(gateway)), [] as [&str; 0], "{gateway}");
    }
}

#[test]
fn one_claim_or_header_for_two_callers_is_an_error() {
    for identity in ["jwt: { issuer: x, claim: role, value: x }", "header: { name: X-Who, value: x }"] {
        let spec = format!(
            "trustedHops: [shop/gate]\ncallers:\n  - {{ name: a, {identity} }}\n  - {{ name: b, {} }}",
            identity.to_lowercase()
        );
        let found = findings(&spec);
        assert_eq!(found.iter().filter(|line| line.starts_with("error MV-P20")).count(), 1, "{found:?}");
    }
}

#[test]
fn a_route_that_repeats_the_mask_of_its_field_changes_nothing() {
    for (mask, how) in [
        ("email", "is weaker than the field's own mask"),
        ("redact", "is the field's own mask"),
        ("{ redact: { with: \"#\" } }", "is no stricter than the field's own mask"),
    ] {
        let found = findings(&format!(
            "fields:\n  - {{ name: ssn, paths: [\"$..ssn\"], mask: redact }}\ncallers: []\nroutes:\n  - {{ name: export, match: {{ prefix: /export }}, fields: {{ ssn: {mask} }} }}"
        ));
        let id = if mask == "email" { "email" } else { "redact" };
        assert_eq!(found, [format!("warning MV-P26 {mask}: `{id}` {how} and has no effect")]);
    }
}

#[test]
fn masks_that_show_nothing_of_a_small_domain_are_right() {
    for mask in ["redact", "\"null\"", "drop", "default", "{ partial: { minHidden: 12 } }"] {
        assert_eq!(of_fields(&[["born", "$..born", mask]]), [] as [&str; 0], "{mask}");
    }
    // All of a PIN of four to six digits is hidden.
    assert_eq!(of_fields(&[["pin", "$..pin", "{ partial: { keepLast: 4 } }"]]), [] as [&str; 0]);
    assert_eq!(
        of_fields(&[["gender", "$..gender", "{ partial: { length: same } }"]]),
        [
            "warning MV-P35 { partial: { length: same } }: `gender` has a few values: the length of the value tells which it is"
        ]
    );
}

#[test]
fn all_in_a_list_is_explained() {
    let found = findings("callers:\n  - { name: a, serviceAccount: shop/a, sees: [all] }");
    assert_eq!(found, ["error MV-P03 all: `all` stands alone, not in a list"]);
}

/// Two policies of one namespace, with changes.
fn two(change: impl Fn(String) -> String) -> Vec<String> {
    let second = Base::Policy
        .text()
        .replace("name: customers, namespace", "name: orders, namespace")
        .replace("app: customers", "app: orders")
        .replace("serviceAccount: customers", "serviceAccount: orders");
    let policies = Policies::from_texts([("a.yaml", Base::Policy.text().to_owned()), ("b.yaml", change(second))]);
    let line = |finding: &meshveil_text::Finding| {
        assert!(finding.severity >= Severity::Warning);
        format!("{} {}", finding.code, finding.message)
    };
    policies.findings.iter().map(line).collect()
}

#[test]
fn policies_of_two_workloads_do_not_disturb_each_other() {
    assert_eq!(two(|second| second), [] as [&str; 0]);
}

#[test]
fn pods_of_two_policies_are_an_error() {
    assert_eq!(
        two(|second| second.replace("app: orders", "app: customers, tier: back")),
        ["MV-P28 every pod of `orders` is also a pod of `customers`"]
    );
    assert_eq!(
        two(|second| second.replace("name: orders, namespace", "name: customers, namespace")),
        ["MV-P06 a second policy `customers` in `shop`"]
    );
}

#[test]
fn a_workload_that_calls_another_needs_a_way_out() {
    let calls = |second: String, egress: &str| {
        second.replace("shop/billing, pods: { app: billing }", "shop/customers, pods: { app: customers }") + egress
    };
    assert_eq!(
        two(|second| calls(second, "")),
        ["MV-P39 `billing` cannot connect: its own policy `customers` does not allow connections to `orders`"]
    );
    let first = Base::Policy.text().to_owned() + "  egress: [{ name: orders, pods: { app: orders }, ports: [8080] }]\n";
    let second = calls(
        Base::Policy
            .text()
            .replace("name: customers, namespace", "name: orders, namespace")
            .replace("app: customers", "app: orders")
            .replace("serviceAccount: customers", "serviceAccount: orders"),
        "",
    );
    assert_eq!(Policies::from_texts([("a.yaml", first), ("b.yaml", second)]).findings, []);
}

#[test]
fn media_types_that_pass_are_named_with_the_routes_they_pass_on() {
    let spec = "passes: [Image/PNG]\nroutes:\n  - { name: pages, match: { path: /a }, passes: [text/*] }";
    assert_eq!(
        findings(spec),
        [
            "warning MV-P40 Image/PNG: bodies of `image/png` pass unread on every route: every field counts as clear",
            "warning MV-P40 text/*: bodies of `text/*` pass unread on route `pages`: every field counts as clear",
        ]
    );
    // Where nothing is masked for any caller, nothing more comes out.
    let all = "others: deny\ncallers: [{ name: a, serviceAccount: shop/a, sees: all }]\npasses: [image/png]";
    assert_eq!(findings(all), [] as [&str; 0]);
}

#[test]
fn what_is_read_as_json_or_is_no_media_type_cannot_pass() {
    for written in ["application/json", "text/x-ndjson", "Application/Problem+JSON"] {
        let message = "this type is read as JSON and masked";
        assert_eq!(findings(&format!("passes: [{written}]")), [format!("error MV-P41 {written}: {message}")]);
    }
    for written in ["text", "\"*/*\"", "\"text/html; charset=utf-8\"", "text/h*"] {
        let message = "expected a media type, such as `text/html` or `image/*`";
        assert_eq!(findings(&format!("passes: [{written}]")), [format!("error MV-P41 {written}: {message}")]);
    }
}

#[test]
fn what_is_read_is_one_media_type_and_does_not_pass() {
    for (spec, found) in [
        ("reads: { text: lines }", "error MV-P41 text: expected a media type, such as `application/json`"),
        ("reads: { \"text/*\": lines }", "error MV-P41 \"text/*\": expected a media type, such as `application/json`"),
        ("reads: { a/b: lines, A/B: json }", "error MV-P41 A/B: this type is listed twice"),
        ("reads: { text/x: lines }\npasses: [text/x]", "error MV-P41 text/x: this type is read as JSON and masked"),
        (
            "reads: { text/x: lines }\nroutes: [{ name: a, match: { path: /a }, passes: [text/x] }]",
            "error MV-P41 text/x: this type is read as JSON and masked",
        ),
        (
            "routes: [{ name: a, match: { path: /a }, passes: [text/x], reads: { text/x: lines } }]",
            "error MV-P41 text/x: this type is read as JSON and masked",
        ),
        ("passes: [text/event-stream]", "error MV-P41 text/event-stream: this type is read as JSON and masked"),
    ] {
        assert_eq!(findings(spec), [found], "{spec}");
    }
    for spec in ["reads: { text/x: line }", "reads: [text/x]", "badLines: skip"] {
        let found = findings(spec);
        assert!(found.len() == 1 && found[0].starts_with("error MV-P"), "{spec}: {found:?}");
    }
    // Elsewhere the type passes: here it is read.
    let spec = "passes: [text/x]\nroutes: [{ name: a, match: { path: /a }, reads: { text/x: lines }, badLines: drop }]";
    assert_eq!(findings(spec).len(), 1, "MV-P40 alone");
}

#[test]
fn an_exact_path_without_masking_is_a_note_and_a_prefix_a_warning() {
    for (place, severity) in [("path", "note"), ("prefix", "warning")] {
        let spec = format!("routes: [{{ name: health, match: {{ {place}: /healthz }}, masking: off }}]");
        let message = "every response of route `health` passes unmasked, for every caller: every field counts as clear";
        assert_eq!(findings(&spec), [format!("{severity} MV-P24 off: {message}")]);
    }
}

/// What the API server gives back of a policy that was applied.
const STORED: &str = r#"apiVersion: v1
kind: List
metadata: { resourceVersion: "" }
items:
  - apiVersion: meshveil.dev/v1
    kind: MaskingPolicy
    metadata:
      annotations: { kubectl.kubernetes.io/last-applied-configuration: "{}" }
      creationTimestamp: "2026-11-30T20:00:00Z"
      generation: 1
      managedFields: [{ manager: kubectl, operation: Update, apiVersion: meshveil.dev/v1, fieldsType: FieldsV1, fieldsV1: {} }]
      name: customers
      namespace: shop
      resourceVersion: "4711"
      uid: 0b4d1f3e-0000-4000-8000-000000000000
    spec:
      workload: { selector: { app: customers }, serviceAccount: customers, ports: [{ port: 8080, name: http }] }
      fields: [{ name: ssn, paths: ["$..ssn"], mask: redact }]
      callers: [{ name: billing, serviceAccount: shop/billing, pods: { app: billing }, sees: all }]
"#;

#[test]
fn a_policy_is_read_as_the_api_server_gives_it_back() {
    let policies = Policies::from_texts([("stored.yaml", STORED)]);
    assert_eq!(policies.findings, []);
    assert_eq!(policies.policies.len(), 1);
    let own = STORED.replace("kind: List", "kind: MaskingPolicyList").replacen(
        "apiVersion: v1",
        "apiVersion: meshveil.dev/v1",
        1,
    );
    let policies = Policies::from_texts([("stored.yaml", own)]);
    assert_eq!((policies.findings.len(), policies.policies.len()), (0, 1));
}

#[test]
fn a_faulty_policy_in_a_list_is_found() {
    let policies = Policies::from_texts([("stored.yaml", STORED.replace("mask: redact", "mask: redacted"))]);
    assert!(!policies.is_sound());
}

#[test]
fn a_version_that_is_near_in_writing_is_no_suggestion() {
    let text = Base::Policy.text().replace("v1alpha1", "v1alpha2");
    let policies = Policies::from_texts([("policy.yaml", text)]);
    let finding = policies.findings.first().unwrap();
    assert_eq!(finding.message, "version `v1alpha2` of the policy format is unknown");
    assert_eq!(finding.fix, None);
    assert!(finding.help.as_ref().unwrap().ends_with("a newer release may read this one"));
}

#[test]
fn both_versions_mean_the_same() {
    let plan = |text: &str| {
        let policies = Policies::from_texts([("policy.yaml", text)]);
        serde_json::to_string(&policies.policies.first().unwrap().plan()).unwrap()
    };
    let old = Base::Policy.text();
    assert_eq!(plan(old), plan(&old.replace("meshveil.dev/v1alpha1", "meshveil.dev/v1")));
}
