//! Hand-made clusters with verdicts from the documentation of Kubernetes and Istio, and from Istio's source where that is
//! silent. 36 were first written by someone who had not read this crate; `waypoint-protocols`, `waypoint-ports`, `two-services`,
//! `mixed-planes`, `accounts-and-hosts`, `trust-domains-ambient` and `near-misses` came after its walk had been read.
//!
//! Each file of `scenarios/` is a list of manifests behind a list of expectations in the words of the product, each a sentence and what
//! it is about: the port and the way (none: the worst path), the request, the object that must decide.
//!
//! ```yaml
//! expect:
//! - { SOURCE sees NAMESPACE/NAME: FORM or { FIELD: FORM }, port: PORT, over: plaintext | mTLS | HBONE,
//!     through: hostport | service NAME | node NAME | gateway ROUTE, request: GET /PATH, token: none | ISSUER/SUBJECT,
//!     by: KIND NAMESPACE/NAME }
//! ```
//!
//! SOURCE is a workload or an address. The first comment of a file names the rules that it follows.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeMap;
use std::path::Path as FilePath;

use meshveil_reach::mesh::request::{Fact, Http};
use meshveil_reach::network::Endpoint;
use meshveil_reach::verdict::{Credential, Entry, Form, Outcome, Path, Verdict};
use meshveil_reach::{Manifests, Options, Reach};
use serde::Deserialize;

/// The first document of a scenario.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expectations {
    expect: Vec<Item>,
}

#[derive(Debug, Deserialize)]
struct Item {
    port: Option<u16>,
    over: Option<String>,
    through: Option<String>,
    request: Option<String>,
    token: Option<String>,
    by: Option<String>,
    /// `SOURCE sees NAMESPACE/NAME`, and in which form.
    #[serde(flatten)]
    sentence: BTreeMap<String, Wanted>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Wanted {
    /// All fields, or the response.
    All(String),
    Fields(BTreeMap<String, String>),
}

/// One expectation.
struct Expectation<'t> {
    source: &'t str,
    /// The credential, and the way in; none for the worst path.
    path: Option<(Credential, &'t str)>,
    destination: &'t str,
    port: u16,
    http: Http,
    /// A field, empty for all of them, and its form.
    verdict: Vec<(&'t str, &'t str)>,
    /// `Kind namespace/name` of the object that decides.
    by: Option<&'t str>,
}

fn expectation(item: &Item) -> Expectation<'_> {
    let mut sentences = item.sentence.iter();
    let (Some((sentence, wanted)), None) = (sentences.next(), sentences.next()) else {
        panic!("not one sentence: {item:?}");
    };
    let (source, destination) = sentence.split_once(" sees ").unwrap_or_else(|| panic!("no ` sees `: {item:?}"));
    let verdict = match wanted {
        Wanted::All(form) => vec![("", form.as_str())],
        Wanted::Fields(fields) => fields.iter().map(|(field, form)| (field.as_str(), form.as_str())).collect(),
    };
    let credential = item.over.as_deref().map(|credential| match credential {
        "plaintext" => Credential::Plaintext,
        "mTLS" => Credential::Mtls,
        "HBONE" => Credential::Hbone,
        other => panic!("no credential: `{other}`"),
    });
    assert_eq!(credential.is_some(), item.port.is_some(), "a path has a port and a credential: {item:?}");
    let path = credential.map(|credential| (credential, item.through.as_deref().unwrap_or("pod")));
    let mut http = Http::default();
    match item.token.as_deref() {
        Some("none") => {
            http.request_principal = Fact::Absent;
            http.claims_complete = true;
        }
        Some(principal) => {
            http.request_principal = Fact::Is(principal.to_owned());
            let (issuer, subject) = principal.rsplit_once('/').unwrap();
            http.claims = [("iss", issuer), ("sub", subject)].map(|(k, v)| (k.to_owned(), vec![v.to_owned()])).into();
            http.claims_complete = true;
        }
        None => {}
    }
    if let Some((method, path)) = item.request.as_deref().and_then(|request| request.split_once(' ')) {
        http.method = Fact::Is(method.to_owned());
        http.path = Fact::Is(path.to_owned());
    }
    let port = item.port.unwrap_or_default();
    Expectation { source, path, destination, port, http, verdict, by: item.by.as_deref() }
}

fn workload(reach: &Reach, text: &str) -> usize {
    let (namespace, name) = text.split_once('/').unwrap_or_else(|| panic!("no namespace: `{text}`"));
    reach.find(namespace, name, None).unwrap_or_else(|| panic!("no workload `{text}`"))
}

fn service(manifests: &Manifests, namespace: &str, name: &str) -> usize {
    let found = manifests.services.iter().position(|s| s.meta.name == name && s.meta.namespace == namespace);
    found.unwrap_or_else(|| panic!("no Service `{namespace}/{name}`"))
}

/// The path that a line means; none where there is no such path.
fn path(reach: &Reach, wanted: &Expectation<'_>, credential: Credential, entry: &str) -> Option<Path> {
    let source = match wanted.source.parse() {
        Ok(address) => reach.network.range_of(address).unwrap(),
        Err(_) => Endpoint::Workload(workload(reach, wanted.source)),
    };
    let destination = workload(reach, wanted.destination);
    let namespace = wanted.destination.split_once('/').unwrap().0;
    let entry = match entry.split_once(' ').unwrap_or((entry, "")) {
        ("pod", _) => Entry::Pod,
        ("hostport", _) => Entry::HostPort,
        ("service", name) => Entry::Service(service(reach.manifests, namespace, name)),
        ("node", name) => Entry::Node(service(reach.manifests, namespace, name)),
        ("gateway", name) => {
            let through = |path: &Path| match path.entry {
                Entry::Gateway(route, _) => {
                    path.port == wanted.port && reach.manifests.routes.get(route).is_some_and(|r| r.meta.name == name)
                }
                _ => false,
            };
            return reach.paths(source, destination).into_iter().find(through);
        }
        other => panic!("no entry: `{other:?}`"),
    };
    let declared = reach
        .manifests
        .workloads
        .get(destination)
        .is_some_and(|workload| reach.declared_ports(workload).contains_key(&wanted.port));
    Some(Path { source, destination, entry, credential, port: wanted.port, declared, canary: false })
}

/// What a field is on a path.
fn form(reach: &Reach, verdict: &Verdict, field: &str) -> Form {
    match &verdict.outcome {
        Outcome::Unreachable => Form::Unreachable,
        Outcome::Denied => Form::Denied,
        Outcome::Served { filter: None } => Form::Clear,
        Outcome::Served { filter: Some(_) } => match reach.plan_on_the_way(verdict) {
            Some(plan) => {
                let forms = reach.forms(&plan, verdict);
                if field.is_empty() {
                    forms.values().copied().max().unwrap()
                } else {
                    *forms.get(field).unwrap_or_else(|| panic!("no field `{field}`"))
                }
            }
            None => Form::Clear,
        },
    }
}

/// Whether the step that decides names an object, or points into it.
fn names(manifests: &Manifests, verdict: &Verdict, object: &str) -> bool {
    let (kind, name) = object.split_once(' ').unwrap();
    let (namespace, name) = name.split_once('/').unwrap_or(("", name));
    let ends = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '-');
    let says = |text: &str| text.match_indices(object).any(|(at, _)| text.get(at + object.len()..).is_some_and(ends));
    let holds = |document: &str| {
        let has = |key: &str, value: &str| {
            let pair = format!("{key}: {value}");
            document.match_indices(&pair).any(|(at, _)| document.get(at + pair.len()..).is_some_and(ends))
        };
        has("\nkind", kind) && has("{ name", name) && (namespace.is_empty() || has(" namespace", namespace))
    };
    let mut steps: Vec<_> = verdict.stopped().into_iter().collect();
    if steps.is_empty() {
        steps = verdict.steps.iter().collect();
    }
    steps.into_iter().any(|step| {
        says(&step.reason.to_string())
            || step.spans.iter().any(|span| {
                let (text, start) = (manifests.files.text(span.file), span.start as usize);
                let first = text.get(..start).and_then(|before| before.rfind("\n---\n")).unwrap_or(0);
                let last =
                    text.get(start..).and_then(|after| after.find("\n---\n")).map_or(text.len(), |at| start + at);
                text.get(first..last).is_some_and(holds)
            })
    })
}

/// What is wrong with a line, if anything.
fn disagreement(reach: &Reach, wanted: &Expectation<'_>) -> Option<String> {
    for &(field, expected) in &wanted.verdict {
        let (found, verdict) = match wanted.path {
            Some((credential, entry)) => {
                let Some(path) = path(reach, wanted, credential, entry) else {
                    if expected == "unreachable" {
                        continue;
                    }
                    return Some("there is no such way".to_owned());
                };
                let verdict = reach.verdict_for(&path, &wanted.http);
                (form(reach, &verdict, field), verdict)
            }
            None => {
                let source = match wanted.source.parse() {
                    Ok(address) => reach.network.range_of(address).unwrap(),
                    Err(_) => Endpoint::Workload(workload(reach, wanted.source)),
                };
                let destination = workload(reach, wanted.destination);
                let plan = reach.plan_of(destination).unwrap();
                let mut exposure = reach.exposure(source, destination, &plan);
                let exposure = if field.is_empty() {
                    exposure.into_values().max_by_key(|e| e.form).unwrap()
                } else {
                    exposure.remove(field).unwrap_or_else(|| panic!("no field `{field}`"))
                };
                (exposure.form, exposure.verdict)
            }
        };
        if found.name() != expected {
            return Some(format!("{field} {} {:#?}", found.name(), verdict));
        }
        if let Some(object) = wanted.by
            && !names(reach.manifests, &verdict, object)
        {
            return Some(format!("{object} does not decide: {:#?}", verdict.steps));
        }
    }
    None
}

#[test]
fn clusters_behave_as_the_documentation_says() {
    let directory = FilePath::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut files: Vec<_> = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let (mut lines, mut verdicts, mut wrong) = (0, 0, Vec::new());
    for file in &files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(file).unwrap();
        assert!(text.starts_with("# "), "{name} does not say what it follows");
        let (expectations, cluster) = text.split_once("\n---\n").unwrap();
        let expectations: Expectations =
            serde_norway::from_str(expectations).unwrap_or_else(|error| panic!("{name}: {error}"));
        let manifests = Manifests::from_text(&name, cluster);
        assert!(manifests.is_sound(), "{name}: {:#?}", manifests.findings);
        let reach = Reach::new(&manifests, &Options::default());
        let before = lines;
        for item in &expectations.expect {
            let wanted = expectation(item);
            lines += 1;
            verdicts += wanted.verdict.len();
            if let Some(found) = disagreement(&reach, &wanted) {
                wrong.push(format!("{name}: {item:?}\n  but: {found}"));
            }
        }
        assert!(lines > before, "{name} expects nothing");
    }
    println!("{} scenarios, {lines} lines, {verdicts} verdicts", files.len());
    assert!(wrong.is_empty(), "{} of {lines} lines:\n{}", wrong.len(), wrong.join("\n"));
    assert!(files.len() >= 43 && lines >= 380, "{} scenarios, {verdicts} verdicts", files.len());
}
