//! `meshveil init`: what it finds, that the result is a policy, and that no value of a sample leaves it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod manifests;
mod samples;

use std::{
    fs,
    io::Write,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use meshveil_policy::{Policies, Policy};

use crate::{file, place, root};

const SHOP: [&str; 7] =
    ["init", "--openapi", "shop/openapi.yaml", "--sample", "docs/sample.json", "--manifests", "manifests/app"];

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_meshveil")).args(arguments).current_dir(root()).output().unwrap()
}

fn meshveil(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A run that ends with exit code 2: what it said.
fn refused(arguments: &[&str]) -> String {
    let output = run(arguments);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {text}");
    assert_eq!(output.stdout, b"", "{arguments:?}");
    text
}

/// A directory of one test.
fn directory(name: &str) -> PathBuf {
    place("init", name)
}

/// The policy of a text; nothing but notes may be wrong with it.
fn policy(text: &str) -> Policy {
    policy_but(text, &[])
}

/// The same, but for warnings of these codes.
fn policy_but(text: &str, codes: &[&str]) -> Policy {
    let policies = Policies::from_texts([("policy.yaml", text)]);
    let worse = policies
        .findings
        .iter()
        .filter(|finding| finding.severity > meshveil_text::Severity::Note && !codes.contains(&finding.code.id));
    assert_eq!(worse.collect::<Vec<_>>(), Vec::<&meshveil_text::Finding>::new(), "{text}");
    policies.policies.into_iter().next().unwrap_or_else(|| panic!("no policy: {text}"))
}

/// Paths by field.
fn paths(policy: &Policy) -> Vec<(String, Vec<String>)> {
    let paths = |field: &meshveil_policy::Field| field.paths.iter().map(|path| path.value.to_string()).collect();
    policy.fields.iter().map(|field| (field.name.value.clone(), paths(field))).collect()
}

/// The paths of a field; none where there is no such field.
fn of(policy: &Policy, name: &str) -> Vec<String> {
    paths(policy).into_iter().find(|(own, _)| own == name).map(|(_, paths)| paths).unwrap_or_default()
}

/// An OpenAPI document of one operation whose response is this schema.
fn openapi(schema: &str, components: &str) -> String {
    format!(
        "openapi: 3.1.0\npaths:\n  /things:\n    get:\n      responses:\n        '200':\n          content:\n            \
         application/json:\n              schema: {schema}\ncomponents:\n  schemas:\n    Nothing: {{}}\n{components}"
    )
}

#[test]
fn the_shops_own_sources_give_every_field_of_its_policy() {
    let written = policy(&fs::read_to_string(root().join("shop/policy.yaml")).unwrap());
    let samples = ["init", "--sample", "shop/data/customers.json", "shop/data/orders.json", "shop/data/payments.json"];
    for arguments in [&SHOP[..], &SHOP[..3], &samples] {
        let found = policy(&meshveil(arguments));
        for (name, paths) in paths(&written) {
            let own = of(&found, &name);
            assert!(paths.iter().all(|path| own.contains(path)), "{arguments:?}: {name}: {paths:?} not in {own:?}");
        }
    }
    let found = policy(&meshveil(&SHOP));
    let workload = |policy: &Policy| {
        let account = policy.workload.service_account.as_ref().map(|account| account.value.clone());
        let ports: Vec<_> = policy
            .workload
            .ports
            .iter()
            .map(|port| (port.port.value, port.name.as_ref().map(|n| n.value.clone())))
            .collect();
        (
            policy.name.value.clone(),
            policy.namespace.value.clone(),
            policy.workload.selector.value.clone(),
            account,
            ports,
        )
    };
    assert_eq!(workload(&found), workload(&written));
    let accounts = |policy: &Policy| -> Vec<_> {
        policy
            .callers
            .iter()
            .map(|caller| (caller.service_account.clone().unwrap().value, caller.pods.clone().unwrap().value))
            .collect()
    };
    for caller in accounts(&written) {
        assert!(accounts(&found).contains(&caller), "{caller:?}");
    }
    assert!(found.callers.iter().all(|caller| caller.sees == meshveil_plan::Sees::Fields(Vec::new())));
}

#[test]
fn check_generate_and_simulate_take_the_result() {
    let directory = directory("verbs");
    let path = directory.join("policy.yaml");
    let (path, manifests) = (path.to_str().unwrap(), directory.join("manifests"));
    let manifests = manifests.to_str().unwrap();
    meshveil(&[&SHOP[..], &["-o", path]].concat());
    // The document says that a card is an object: that a list of cards would not be seen is a note for each field, and there is no other finding.
    let findings = meshveil(&["check", path]);
    let count = |text: &str| findings.matches(text).count();
    assert!(count("note[MV-P60]") > 0 && count("note[MV-P60]") == count("[MV-"), "{findings}");
    meshveil(&["generate", "--target", "istio-sidecar", "--allow-placeholder", path, "-o", manifests]);
    let matrix = meshveil(&["simulate", "--wide", path, "manifests/app", manifests]);
    for caller in ["billing", "support", "frontend", "batch"] {
        let row = matrix.lines().find(|line| line.starts_with(&format!("shop/{caller}["))).unwrap();
        assert!(row.contains("partial") && row.contains("masked"), "{row}");
    }
    assert!(!matrix.contains("clear"), "{matrix}");
}

#[test]
fn the_same_sources_give_the_same_text() {
    assert_eq!(meshveil(&SHOP), meshveil(&SHOP));
}

#[test]
fn a_name_that_means_two_things_gets_paths_that_mean_one() {
    let directory = directory("two-things");
    let document = file(
        &directory,
        "api.yaml",
        openapi(
            "{ type: object, properties: { card: { $ref: '#/components/schemas/Card' }, invoice: { type: object, properties: { number: { type: string } } }, \
             email: { type: boolean }, contact: { type: object, properties: { email: { type: string } } }, \
             phone: { type: object, properties: { number: { type: string }, verified: { type: boolean } } } } }",
            "    Card: { type: object, properties: { number: { type: string }, brand: { type: string } } }\n",
        ),
    );
    let found = policy(&meshveil(&["init", "--openapi", &document]));
    assert_eq!(
        paths(&found),
        [
            ("card".to_owned(), vec!["$..card.number".to_owned()]),
            ("email".to_owned(), vec!["$..contact.email".to_owned()]),
            ("phone".to_owned(), vec!["$..phone.number".to_owned()]),
        ]
    );
}

#[test]
fn recursive_schemas_are_covered_at_every_depth() {
    let directory = directory("recursive");
    let components = "    Node: { type: object, properties: { ssn: { type: string }, number: { type: string }, account: { type: object, properties: { number: { type: string } } }, \
                      children: { type: array, items: { $ref: '#/components/schemas/Node' } }, next: { $ref: '#/components/schemas/Other' } } }\n    \
                      Other: { allOf: [{ $ref: '#/components/schemas/Node' }, { type: object, properties: { passport: { type: string } } }] }\n    \
                      Loop: { $ref: '#/components/schemas/Loop' }\n";
    let schema = "{ oneOf: [{ $ref: '#/components/schemas/Node' }, { $ref: '#/components/schemas/Loop' }] }";
    let document = file(&directory, "api.yaml", openapi(schema, components));
    let found = policy(&meshveil(&["init", "--openapi", &document]));
    assert_eq!(of(&found, "ssn"), ["$..ssn"]);
    assert_eq!(of(&found, "passport"), ["$..passport"]);
    assert_eq!(of(&found, "bank-account"), ["$..account.number"]);
}

#[test]
fn every_way_to_compose_schemas_is_followed() {
    let directory = directory("composed");
    let schema = "{ allOf: [{ properties: { ssn: { type: string } } }], anyOf: [{ properties: { iban: { type: string } } }], \
                  oneOf: [{ $ref: '#/components/schemas/A~1b' }], additionalProperties: { properties: { passport: { type: string } } }, \
                  patternProperties: { '^x': { properties: { taxId: { type: string } } } }, \
                  properties: { list: { type: array, prefixItems: [{ properties: { born: { type: string } } }] }, \
                  writable: { type: string, format: password, writeOnly: true }, colour: { type: string, x-pii: true }, \
                  size: { type: string, x-pii: false }, contact: { type: [string, 'null'], format: email }, \
                  emails: { type: array, items: { type: string } }, tokens: { type: integer }, salary: { type: number } } }";
    let document =
        file(&directory, "api.yaml", openapi(schema, "    A/b: { properties: { dob: { type: string } } }\n"));
    let text = meshveil(&["init", "--openapi", &document]);
    let found = policy(&text);
    for (name, expected) in [
        ("ssn", vec!["$..ssn"]),
        ("iban", vec!["$..iban"]),
        ("passport", vec!["$..passport"]),
        ("tax-id", vec!["$..taxId"]),
        ("born", vec!["$..born", "$..dob"]),
        ("password", vec!["$..writable"]),
        ("sensitive", vec!["$..colour"]),
        ("email", vec!["$..contact", "$..emails"]),
        ("salary", vec!["$..salary"]),
        ("secret", vec![]),
    ] {
        assert_eq!(of(&found, name), expected, "{name}");
    }
    assert!(text.contains("the schema says `writeOnly`"), "{text}");
}

#[test]
fn swagger_2_and_json_documents_are_read() {
    let directory = directory("swagger");
    // Surrogates as escapes and tabs: JSON, but not YAML.
    let text = "{\n\t\"swagger\": \"2.0\", \"info\": {\"title\": \"\\ud83d\\ude00\"}, \"produces\": [\"application/json\"],\n\t\"paths\": {\"/a\": {\"get\": {\"responses\": \
                {\"200\": {\"schema\": {\"type\": \"array\", \"items\": {\"$ref\": \"#/definitions/Customer%20X\"}}}}}}},\n\t\
                \"definitions\": {\"Customer X\": {\"properties\": {\"ssn\": {\"type\": \"string\"}, \"\\ud83d\\ude00 email\": {\"type\": \"string\"}}}}}";
    let document = file(&directory, "api.json", text);
    let found = policy(&meshveil(&["init", "--openapi", &document]));
    assert_eq!(of(&found, "ssn"), ["$..ssn"]);
    assert_eq!(of(&found, "email"), ["$..['😀 email']"]);
}

#[test]
fn references_that_lead_nowhere_are_notes() {
    let directory = directory("references");
    let schema = "{ properties: { ssn: { type: string }, a: { $ref: '#/components/schemas/Absent' }, b: { $ref: 'other.yaml#/X' } } }";
    let document = file(&directory, "api.yaml", openapi(schema, ""));
    let output = run(&["init", "--openapi", &document]);
    let notes = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success());
    assert!(notes.contains("`$ref: #/components/schemas/Absent` is not followed: there is no such place"), "{notes}");
    assert!(notes.contains("`$ref: other.yaml#/X` is not followed: only references into the same file are"), "{notes}");
    assert_eq!(of(&policy(&String::from_utf8(output.stdout).unwrap()), "ssn"), ["$..ssn"]);
}

#[test]
fn what_is_no_source_fails_with_its_place() {
    let directory = directory("hostile");
    let write = |name: &str, text: &[u8]| file(&directory, name, text);
    let deep = "[".repeat(100_000);
    let deep_yaml = format!("openapi: 3.1.0\nx: {deep}");
    let cases: [(&str, &[u8], &str, &str); 16] = [
        ("--openapi", b"openapi: [1\nb", "a.yaml", ":1:10: invalid YAML"),
        ("--openapi", b"{\"openapi\": \"3.1.0\",\n \"paths\": }", "b.json", ":2:11: "),
        ("--openapi", b"kind: Deployment\n", "c.yaml", ":1:1: no OpenAPI document"),
        ("--openapi", b"openapi: 4.0.0\n", "d.yaml", "OpenAPI `4.0.0` is not read"),
        ("--openapi", b"openapi: 3.0.0\nx: \xff\n", "e.yaml", ":2:4: not UTF-8"),
        ("--openapi", b"", "f.yaml", ":1:1: "),
        ("--openapi", b"\"text\"", "g.yaml", ":1:1: "),
        ("--openapi", deep_yaml.as_bytes(), "h.yaml", ":2:"),
        ("--sample", b"openapi: 3.0.0\n", "i.json", ":1:1: neither JSON nor NDJSON"),
        ("--sample", b"{\"a\": 1}\n{\"b\": }", "j.json", ":2:7: neither JSON nor NDJSON: expected value"),
        ("--sample", b"", "k.json", ":1:1: the sample is empty"),
        ("--sample", b"{\"a\": \"\xff\"}", "l.json", ":1:"),
        ("--sample", deep.as_bytes(), "m.json", "recursion limit"),
        ("--sample", b"{\"a\": ", "n.json", ":1:"),
        ("--manifests", b"kind: [", "o.yaml", ":1:"),
        ("--manifests", b"a: 1\n", "p.yaml", "no workload in"),
    ];
    for (option, text, name, expected) in cases {
        let path = write(name, text);
        let said = refused(&["init", option, &path]);
        assert!(said.contains(expected) && said.contains(name), "{option} {name}: {said}");
    }
    let absent = directory.join("absent.yaml");
    for option in ["--openapi", "--sample", "--manifests"] {
        assert!(refused(&["init", option, absent.to_str().unwrap()]).contains("absent.yaml"), "{option}");
        assert!(refused(&["init", option, "-", "--sample", "-"]).contains("one `-`"), "{option}");
    }
    assert!(refused(&["init", "--sample", directory.to_str().unwrap()]).contains("is a directory"));
}

#[test]
fn duplicate_keys_are_named_and_neither_is_lost_in_samples() {
    let directory = directory("duplicates");
    let document =
        file(&directory, "api.yaml", openapi("{ properties: { ssn: { type: string } }, properties: {} }", ""));
    let output = run(&["init", "--openapi", &document]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("duplicate key `properties`: the first counts"));
    let sample = file(&directory, "a.json", "{\"x\": {\"ssn\": \"\"}, \"x\": {\"iban\": \"\"}}");
    let found = policy(&meshveil(&["init", "--sample", &sample]));
    assert_eq!((of(&found, "ssn"), of(&found, "iban")), (vec!["$..ssn".to_owned()], vec!["$..iban".to_owned()]));
}

#[test]
fn large_and_wide_sources_end_within_their_bounds() {
    let directory = directory("large");
    // Twenty schemas, each of which refers to the next one three times: 3^20 places if all were followed.
    let mut components = String::new();
    for at in 0..20 {
        let next = format!("{{ $ref: '#/components/schemas/S{}' }}", at + 1);
        components.push_str(&format!("    S{at}: {{ properties: {{ a: {next}, b: {next}, c: {next} }} }}\n"));
    }
    components.push_str("    S20: { properties: { ssn: { type: string } } }\n");
    let document = file(&directory, "api.yaml", openapi("{ $ref: '#/components/schemas/S0' }", &components));
    let found = policy(&meshveil(&["init", "--openapi", &document]));
    assert_eq!(of(&found, "ssn"), ["$..ssn"]);
    // A map with very many keys.
    let members: Vec<String> =
        (0..50_000).map(|at| format!("\"customer-{at}-x\": {{\"ssn\": \"\", \"note\": {at}}}")).collect();
    let sample = file(&directory, "map.json", format!("{{\"map\": {{{}}}}}", members.join(",")));
    let text = meshveil(&["init", "--sample", &sample]);
    assert_eq!(of(&policy(&text), "ssn"), ["$..ssn"]);
    assert!(text.len() < 10_000, "{}", text.len());
}

#[test]
fn names_of_any_spelling_come_back_from_the_policy() {
    let directory = directory("names");
    let odd = [
        "no email",
        "1e3.email",
        "it's \"email\"",
        "*email",
        "&email: #x",
        "email\n- { x: y }",
        "é.émail.email",
        "\u{2028}email",
        "email\\u0041",
        "{{email}}",
    ];
    let object: serde_json::Map<String, serde_json::Value> =
        odd.iter().map(|name| ((*name).to_owned(), "a@example.com".into())).collect();
    let sample = file(&directory, "odd.json", serde_json::to_string(&object).unwrap());
    let found = policy(&meshveil(&["init", "--sample", &sample]));
    assert_eq!(found.fields.iter().map(|field| field.paths.len()).sum::<usize>(), odd.len());
    // The paths select what they were made for, byte for byte.
    let rules: Vec<String> =
        found.fields.iter().flat_map(|field| &field.paths).map(|path| format!("{}=null", path.value)).collect();
    let rules: Vec<&str> = rules.iter().flat_map(|rule| ["--rule", rule]).collect();
    let masked = meshveil(&[&["mask"], &rules[..], &[sample.as_str()]].concat());
    let masked: serde_json::Value = serde_json::from_str(&masked).unwrap();
    assert!(masked.as_object().unwrap().values().all(serde_json::Value::is_null), "{masked}");
}

#[test]
fn a_file_that_exists_is_left_alone_without_force() {
    let directory = directory("exists");
    let path = file(&directory, "policy.yaml", "mine\n");
    let said = refused(&["init", "--sample", "docs/sample.json", "-o", &path]);
    assert!(said.contains("exists: `--force` overwrites it"), "{said}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine\n");
    meshveil(&["init", "--sample", "docs/sample.json", "-o", &path, "--force"]);
    policy(&fs::read_to_string(&path).unwrap());
}

#[test]
fn a_source_is_required() {
    let output = run(&["init"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--openapi"));
}

#[test]
fn pseudonyms_are_proposed_only_with_a_key() {
    let plain = meshveil(&["init", "--openapi", "shop/openapi.yaml"]);
    assert!(!plain.contains("pseudonym") && !plain.contains("key:"), "{plain}");
    let keyed = meshveil(&["init", "--openapi", "shop/openapi.yaml", "--key-env", "MESHVEIL_KEY"]);
    assert_eq!(policy(&keyed).key.unwrap().env, "MESHVEIL_KEY");
    assert!(keyed.contains("paths: [\"$..iban\"], mask: { pseudonym: { prefix: iban_ } }"), "{keyed}");
}
