//! What discovery proposes, seen by what `mask` leaves of documents with the proposed paths; and the verb `discover`.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};

use meshveil_policy::Policies;

use crate::{file, place};

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_meshveil")).args(arguments).output().unwrap()
}

fn directory(name: &str) -> PathBuf {
    place("discover", name)
}

/// What `init` says with these sources, and what `mask` leaves of a body with every path it proposes.
fn left(sources: &[&str], body: &str) -> (String, String) {
    let output = run(&[&["init"], sources].concat());
    let text = String::from_utf8(output.stdout).unwrap();
    let said = text.clone() + &String::from_utf8(output.stderr).unwrap();
    let policies = Policies::from_texts([("policy.yaml", text.as_str())]);
    assert!(output.status.success() && policies.is_sound(), "{said}");
    let fields = policies.policies.iter().flat_map(|policy| &policy.fields);
    let rules: Vec<String> =
        fields.flat_map(|field| &field.paths).map(|path| format!("{}=redact", path.value)).collect();
    if rules.is_empty() {
        return (said, fs::read_to_string(body).unwrap());
    }
    let rules: Vec<&str> = rules.iter().flat_map(|rule| ["--rule", rule]).collect();
    let masked = run(&[&["mask"], &rules[..], &[body]].concat());
    assert!(masked.status.success(), "{}", String::from_utf8_lossy(&masked.stderr));
    (said, String::from_utf8(masked.stdout).unwrap())
}

/// A sample, what must not be left of it, and what must.
type Sample = (&'static str, &'static str, &'static [&'static str], &'static [&'static str]);

const SAMPLES: &[Sample] = &[
    (
        "keys are phone numbers",
        r#"{"directory":{"+12025550101":{"role":"x"},"+12025550102":{"role":"y"}}}"#,
        &["+12025550101", "+12025550102"],
        &[],
    ),
    (
        "keys are IBANs in a map called accounts",
        r#"{"accounts":{"DE02120300000000202051":{"n":1},"GB33BUKB20201555555555":{"n":2}}}"#,
        &["DE02120300000000202051"],
        &[],
    ),
    (
        "keys are names of people, in small letters",
        r#"{"seats":{"ann example":{"phone":"+12025550101"},"bob sample":{"phone":"+12025550102"}}}"#,
        &["+12025550101"],
        &[],
    ),
    (
        "keys are first names, entries are texts",
        r#"{"numbers":{"Ann":"+12025550101","Bob":"+12025550102"}}"#,
        &["+12025550101", "+12025550102"],
        &[],
    ),
    (
        "keys are user names",
        r#"{"users":{"asmith":{"email":"a@example.com","role":"admin"},"bjones":{"email":"b@example.com","role":"dev"}}}"#,
        &["a@example.com"],
        &["admin"],
    ),
    (
        "keys are ids",
        r#"{"orders":{"9f1b2c3d4e5f60718293a4b5":{"email":"a@example.com","total":5},"0a1b2c3d4e5f60718293a4b5":{"email":"b@example.com","total":6}}}"#,
        &["a@example.com", "b@example.com"],
        &["\"total\":5"],
    ),
    (
        "addresses of one object are no map",
        r#"{"shipping":{"street":"Main 1","carrier":"ups"},"billing":{"street":"Main 2","carrier":"dhl"}}"#,
        &["Main 1", "Main 2"],
        &["ups", "dhl"],
    ),
    (
        "key and value",
        r#"{"tags":[{"key":"tax_id","value":"98-7654321"},{"key":"colour","value":"red"}]}"#,
        &["98-7654321"],
        &[],
    ),
    (
        "label and answer",
        r#"{"form":[{"question":"Date of birth","answer":"1984-03-12"},{"question":"Size","answer":"L"}]}"#,
        &["1984-03-12"],
        &[],
    ),
    (
        "headers of a recorded request",
        r#"{"headers":[{"name":"Authorization","value":"Basic Ym9iOmh1bnRlcjI="},{"name":"Accept","value":"*/*"}]}"#,
        &["Ym9iOmh1bnRlcjI="],
        &[],
    ),
    (
        "attributes of telemetry",
        r#"{"attributes":[{"key":"user.email","value":{"stringValue":"ann@example.com"}}]}"#,
        &["ann@example.com"],
        &[],
    ),
    (
        "names and values without anything sensitive",
        r#"{"tags":[{"key":"colour","value":"red"},{"key":"size","value":"L"}]}"#,
        &[],
        &["red", "\"L\""],
    ),
    ("JSON in a text, twice", r#"{"Message":"{\"Body\":\"{\\\"password\\\":\\\"hunter2\\\"}\"}"}"#, &["hunter2"], &[]),
    (
        "JSON in a text in base64",
        r#"{"payload":"eyJlbWFpbCI6ImFubkBleGFtcGxlLmNvbSIsIm4iOjF9"}"#,
        &["eyJlbWFpbCI6"],
        &[],
    ),
    (
        "a query in a text",
        r#"{"callback":"state=5&password=hunter2","next":"page=2&size=10"}"#,
        &["hunter2"],
        &["page=2"],
    ),
    ("JSON in a text without anything sensitive", r#"{"options":"{\"colour\":\"red\",\"size\":1}"}"#, &[], &["red"]),
    (
        "a Secret by itself",
        r#"{"kind":"Secret","metadata":{"name":"db","annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"kind\":\"Secret\",\"data\":{\"x\":\"c2FtcGxl\"}}"}},"data":{"x":"c2FtcGxl"}}"#,
        &["c2FtcGxl"],
        &["\"db\""],
    ),
    (
        "Secrets among others",
        r#"{"kind":"List","items":[{"kind":"Secret","metadata":{"name":"a"},"stringData":{"x":"hunter2"}},{"kind":"Service","metadata":{"name":"b"}}]}"#,
        &["hunter2"],
        &["\"b\""],
    ),
    (
        "switches and times by a telling name",
        r#"{"passwordSet":"true","tokenIssued":"2026-01-02T03:04:05Z","ssn":"123-45-6789"}"#,
        &["123-45-6789"],
        &["2026-01-02T03:04:05Z", "\"true\""],
    ),
    (
        "a mixed column",
        r#"[{"reach":"+12025550101"},{"reach":"ann@example.com"}]"#,
        &["+12025550101", "ann@example.com"],
        &[],
    ),
    ("values in a text", r#"{"log":"login of ann@example.com from 203.0.113.7"}"#, &["ann@example.com"], &[]),
    (
        "keys of known issuers",
        r#"{"a":"AKIAIOSFODNN7EXAMPLE","b":"postgres://app:s3cr3tpw@db:5432/x","c":"ghp_0123456789abcdefghijABCDEFGHIJ012345"}"#,
        &["AKIAIOSFODNN7EXAMPLE", "s3cr3tpw", "ghp_"],
        &[],
    ),
    (
        "ordinary numbers",
        r#"[{"ts":1764500000000,"n":123456782,"v":"1.2.3","ref":"ORD-20261130"},{"ts":1764500000001,"n":223456789,"v":"1.2.4","ref":"ORD-20261131"}]"#,
        &[],
        &["1764500000000", "123456782", "1.2.3", "ORD-20261130"],
    ),
];

#[test]
fn samples_of_every_kind_lose_what_is_sensitive_and_keep_the_rest() {
    let directory = directory("samples");
    let mut wrong = Vec::new();
    for (number, (title, text, gone, kept)) in SAMPLES.iter().enumerate() {
        let sample = file(&directory, &format!("{number}.json"), text);
        let (said, masked) = left(&["--sample", &sample], &sample);
        wrong.extend(
            gone.iter()
                .filter(|value| masked.contains(**value))
                .map(|value| format!("{title}: {value} is left in {masked}")),
        );
        wrong.extend(
            kept.iter()
                .filter(|value| !masked.contains(**value))
                .map(|value| format!("{title}: {value} is gone from {masked}")),
        );
        wrong.extend(
            gone.iter().filter(|value| said.contains(**value)).map(|value| format!("{title}: {value} is written")),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn keys_that_are_values_or_names_of_people_are_never_written() {
    let directory = directory("keys");
    for text in [
        r#"{"people":{"Ann Example":{"phone":"+12025550101"},"Bob Sample":{"phone":"+12025550102"}}}"#,
        r#"{"Ann Example":{"phone":"+12025550101","email":"x@example.com"},"total":{"phone":"+12025550101"}}"#,
        r#"{"score":{"Ann Example":{"iban":"DE02120300000000202051"}},"Bob Sample":["ann@example.com"]}"#,
        r#"{"mails":{"Ann":"a@example.com","Bob":"b@example.com"},"usersByName":{"ann":{"ssn":"123-45-6789"}}}"#,
        r#"{"members":{"annexample":"ann@example.com"}}"#,
        r#"{"contacts":[{"Example, Ann":{"email":"x@example.com"}}]}"#,
    ] {
        let sample = file(&directory, "s.json", text);
        let (said, _) = left(&["--sample", &sample], &sample);
        let found = run(&["discover", &sample]);
        let said = said + &String::from_utf8_lossy(&found.stdout) + &String::from_utf8_lossy(&found.stderr);
        for name in ["Ann", "Bob", "ann\"", "'ann'", ".ann", "annexample", "Example,"] {
            assert!(!said.contains(name), "{name} in {said}");
        }
    }
}

/// An OpenAPI document of one response, what it answers with, what must not be left of it, and what must.
type Described = (&'static str, &'static str, &'static str, &'static [&'static str], &'static [&'static str]);

const DESCRIBED: &[Described] = &[
    (
        "a schema used often",
        r##"{"a":{"$ref":"#/components/schemas/Person"},"b":{"$ref":"#/components/schemas/Person"},"c":{"type":"object","properties":{"d":{"allOf":[{"$ref":"#/components/schemas/Person"}]},"name":{"type":"string"}}}}"##,
        r#"{"a":{"name":"A1"},"b":{"name":"B1"},"c":{"d":{"name":"D1"},"name":"kept"}}"#,
        &["A1", "B1", "D1"],
        &["kept"],
    ),
    (
        "listed values, switches, times, one value",
        r##"{"tokenState":{"$ref":"#/components/schemas/State"},"phoneKind":{"const":"mobile"},"passwordReset":{"type":"boolean"},"secretSince":{"type":"string","format":"date-time"},"gender":{"enum":["f","m"]},"born":{"type":"string","format":"date"}}"##,
        r#"{"tokenState":"active","phoneKind":"mobile","passwordReset":true,"secretSince":"2026-01-02T00:00:00Z","gender":"f1","born":"1984-03-12"}"#,
        &["f1", "1984-03-12"],
        &["active", "mobile", "true", "2026-01-02"],
    ),
    (
        "generic leaves under telling holders",
        r##"{"telecom":{"type":"array","items":{"type":"object","properties":{"system":{"type":"string"},"value":{"type":"string"}}}},"taxInformation":{"type":"array","items":{"type":"object","properties":{"country":{"type":"string"},"number":{"type":"string"}}}},"emails":{"type":"array","items":{"type":"object","properties":{"data":{"type":"string"},"type":{"type":"string"}}}},"CreditorAccount":{"type":"object","properties":{"Identification":{"type":"string"},"SchemeName":{"type":"string"}}}}"##,
        r#"{"telecom":[{"system":"sms","value":"T1"}],"taxInformation":[{"country":"DE","number":"N1"}],"emails":[{"data":"E1","type":"work"}],"CreditorAccount":{"Identification":"C1","SchemeName":"kept"}}"#,
        &["T1", "N1", "E1", "C1"],
        &["sms", "DE", "work", "kept"],
    ),
    (
        "descriptions, examples, patterns",
        r##"{"value":{"type":"string","description":"Passport number of the traveller"},"code":{"type":"string","pattern":"^\\d{3}-\\d{2}-\\d{4}$"},"ref":{"type":"string","example":"ann@example.com"},"state":{"type":"string","description":"Whether the e-mail address is verified"}}"##,
        r#"{"value":"P1","code":"S1","ref":"M1","state":"kept"}"#,
        &["P1", "S1", "M1"],
        &["kept"],
    ),
    (
        "pictures of documents, links to sessions, places of birth",
        r##"{"document_image":{"type":"string"},"shareable_url":{"type":"string"},"place_of_birth":{"type":"string"},"deceasedDateTime":{"type":"string","format":"date-time"},"selfie":{"type":"string"}}"##,
        r#"{"document_image":"I1","shareable_url":"U1","place_of_birth":"B1","deceasedDateTime":"2020-01-01T00:00:00Z","selfie":"F1"}"#,
        &["I1", "U1", "B1", "2020-01-01", "F1"],
        &[],
    ),
    (
        "the full name of a thing",
        r##"{"repository":{"type":"object","properties":{"full_name":{"type":"string"}}},"owner":{"type":"object","properties":{"full_name":{"type":"string"}}}}"##,
        r#"{"repository":{"full_name":"org/kept"},"owner":{"full_name":"O1"}}"#,
        &["O1"],
        &["org/kept"],
    ),
];

#[test]
fn descriptions_of_every_kind_give_paths_that_select_what_is_sensitive_and_nothing_else() {
    let directory = directory("described");
    let mut wrong = Vec::new();
    for (number, (title, properties, body, gone, kept)) in DESCRIBED.iter().enumerate() {
        let document = format!(
            r##"{{"openapi":"3.1.0","paths":{{"/x":{{"get":{{"responses":{{"200":{{"content":{{"application/json":{{"schema":{{"type":"object","properties":{properties}}}}}}}}}}}}}}}}},
            "components":{{"schemas":{{"Person":{{"type":"object","properties":{{"name":{{"type":"string"}},"manager":{{"$ref":"#/components/schemas/Person"}}}}}},"State":{{"type":"string","enum":["active","revoked"]}}}}}}}}"##
        );
        let api = file(&directory, &format!("{number}.json"), document);
        let body = file(&directory, &format!("{number}-body.json"), body);
        let (said, masked) = left(&["--openapi", &api], &body);
        wrong.extend(
            gone.iter()
                .filter(|value| masked.contains(**value))
                .map(|value| format!("{title}: {value} is left in {masked}\n{said}")),
        );
        wrong.extend(
            kept.iter()
                .filter(|value| !masked.contains(**value))
                .map(|value| format!("{title}: {value} is gone from {masked}\n{said}")),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Sources of every format with the same members.
const FORMATS: &[(&str, &str)] = &[
    (
        "schema.graphql",
        "type Customer { email: String! cards: [Card!] status: Status }\ntype Card { number: String }\nenum Status { ACTIVE }\ntype Query { customer(id: ID!): Customer }\n",
    ),
    (
        "tables.sql",
        "CREATE TABLE customers (id bigint, email varchar(80), card_number text, email_verified boolean);\nINSERT INTO customers VALUES (1, 'ann@example.com');\n",
    ),
    (
        "customer.avsc",
        r#"{"type":"record","name":"Customer","fields":[{"name":"email","type":["null","string"]},{"name":"card","type":{"type":"record","name":"Card","fields":[{"name":"number","type":"string"}]}}]}"#,
    ),
    (
        "customer.schema.json",
        r##"{"$schema":"https://json-schema.org/draft/2020-12/schema","properties":{"email":{"type":"string"},"card":{"$ref":"#/$defs/Card"}},"$defs":{"Card":{"properties":{"number":{"type":"string"}}}}}"##,
    ),
    (
        "openapi.yaml",
        "openapi: 3.0.3\npaths: { /x: { get: { responses: { '200': { content: { application/json: { schema: { properties: { email: { type: string }, card: { properties: { number: { type: string } } } } } } } } } } } }\n",
    ),
    (
        "swagger.json",
        r#"{"swagger":"2.0","paths":{"/x":{"get":{"produces":[],"responses":{"200":{"schema":{"properties":{"email":{"type":"string"},"card":{"properties":{"number":{"type":"string"}}}}}}}}}}}"#,
    ),
    ("customers.csv", "id;email;cardNumber\n1;ann@example.com;4111111111111111\n"),
    (
        "customers.ndjson",
        "{\"email\":\"ann@example.com\",\"card\":{\"number\":\"4111111111111111\"}}\n{\"email\":null}\n",
    ),
    ("customers.json", "[{\"email\":\"ann@example.com\",\"card\":{\"number\":\"4111111111111111\"}}]"),
];

#[test]
fn every_format_gives_the_same_findings() {
    let directory = directory("formats");
    for (name, text) in FORMATS {
        let path = file(&directory, name, text);
        let output = run(&["discover", &path, "--output", "json"]);
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let proposed = report["proposed"].as_array().unwrap();
        let mut fields: Vec<&str> = proposed.iter().map(|item| item["field"].as_str().unwrap()).collect();
        fields.sort_unstable();
        fields.dedup();
        assert_eq!(fields, ["card", "email"], "{name}: {report:#}");
        assert!(!report.to_string().contains("ann@example.com") && !report.to_string().contains("41111"), "{name}");
        assert_eq!(output.status.code(), Some(0));
    }
}

#[test]
fn what_a_policy_does_not_select_is_a_finding() {
    let directory = directory("policy");
    let api = file(&directory, "api.yaml", FORMATS.iter().find(|(name, _)| *name == "openapi.yaml").unwrap().1);
    let policy = |paths: &str| {
        let text = format!(
            "apiVersion: meshveil.dev/v1alpha1\nkind: MaskingPolicy\nmetadata: {{ name: c, namespace: s }}\nspec:\n  workload: {{ selector: {{ app: c }}, serviceAccount: c, \
             ports: [{{ port: 8080, name: http }}] }}\n  fields: [{{ name: x, paths: [{paths}], mask: redact }}]\n  others: deny\n"
        );
        file(&directory, "policy.yaml", text)
    };
    for (paths, code) in [
        ("\"$..email\", \"$..card.number\"", 0),
        ("\"$.email\", \"$.card\"", 0),
        ("\"$['email', 'card']\"", 0),
        ("\"$..*\"", 0),
        ("\"$..email\"", 1),
        ("\"$..email\", \"$.card[0]\"", 1),
        ("\"$..email\", \"$.card[?@.number == '1']\"", 1),
    ] {
        let policy = policy(paths);
        let output = run(&["discover", &api, "--policy", &policy]);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(code), "{paths}: {said}");
        assert_eq!(said.contains("$..card.number"), code == 1, "{paths}: {said}");
        let sarif = run(&["discover", &api, "--policy", &policy, "--output", "sarif"]);
        let sarif: serde_json::Value = serde_json::from_slice(&sarif.stdout).unwrap();
        assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), usize::try_from(code).unwrap(), "{paths}");
        let schema: serde_json::Value = serde_json::from_str(include_str!("sarif/sarif-schema-2.1.0.json")).unwrap();
        assert!(jsonschema::is_valid(&schema, &sarif), "{sarif:#}");
    }
}

#[test]
fn sources_that_cannot_be_read_are_errors_with_a_place() {
    let directory = directory("wrong");
    for (name, text, said) in [
        ("a.graphql", "type A {\n  b: \n}", "not a GraphQL schema"),
        ("a.proto", "message A {}", "source text of protobuf is not read"),
        ("a.pb", "\u{7}\u{7}\u{7}", "not a set of protobuf descriptors"),
        ("a.json", "{\"a\":", "neither JSON nor NDJSON"),
    ] {
        let path = file(&directory, name, text);
        let output = run(&["discover", &path]);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{name}: {error}");
        assert!(error.contains(said), "{name}: {error}");
    }
}

#[test]
fn types_that_the_filter_does_not_read_are_told_and_proposed() {
    let directory = directory("types");
    let one = |path: &str, media: &str| {
        format!(
            r#""{path}":{{"get":{{"responses":{{"200":{{"content":{{"{media}":{{"schema":{{"properties":{{"email":{{"type":"string"}}}}}}}}}}}}}}}}}}"#
        )
    };
    let paths = [
        ("/a", "application/vnd.x.json-api"),
        ("/b", "text/csv"),
        ("/logo", "image/png"),
        ("/c/{id}/photo", "image/png"),
        ("/d", "text/event-stream"),
        ("/e", "application/json"),
    ];
    let paths: Vec<String> = paths.iter().map(|(path, media)| one(path, media)).collect();
    let api = file(&directory, "api.json", format!(r#"{{"openapi":"3.0.3","paths":{{{}}}}}"#, paths.join(",")));
    let output = run(&["init", "--openapi", &api]);
    let text = String::from_utf8(output.stdout).unwrap();
    let policies = Policies::from_texts([("policy.yaml", text.as_str())]);
    let policy = policies.policies.first().unwrap();
    let reads: Vec<&str> = policy.reads.iter().map(|(media, _)| media.value.as_str()).collect();
    assert_eq!(reads, ["application/vnd.x.json-api"], "{text}");
    let routes: Vec<_> = policy.routes.iter().map(|route| route.matches.clone().unwrap().value.path.unwrap()).collect();
    assert_eq!(routes, ["/logo"], "{text}");
    assert!(!text.contains("masking: off") && !text.contains("masking: \"off\""), "{text}");
    for said in ["text/csv, which the filter refuses", "GET /d answers in text/event-stream", "GET /c/{id}/photo"] {
        assert!(text.contains(said), "{said}: {text}");
    }
}
