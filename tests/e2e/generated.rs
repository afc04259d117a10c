//! The configuration that `meshveil generate --target envoy` writes, in a real Envoy: who gets in, what comes out, and
//! what happens when the filter is gone.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;

use meshveil_generate::{Settings, Target, Version};
use meshveil_policy::Policies;
use meshveil_tests::artifact;
use meshveil_tests::certificate::{Authority, Identity};
use meshveil_tests::client::{Client, Protocol};
use meshveil_tests::envoy::{Envoy, validate};
use meshveil_tests::shipped::{CALLERS, Places, STRANGER, TWO_NAMES, moved, write_certificates};
use meshveil_tests::upstream::Upstream;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::document::{CLEAR, assert_no_secret};

/// The text of the sample shop's policy.
pub(crate) fn shop() -> String {
    fs::read_to_string(artifact::workspace().join("shop/policy.yaml")).unwrap()
}

/// A policy without faults.
pub(crate) fn sound(text: String) -> Policies {
    let policies = Policies::from_texts([("shop/policy.yaml", text)]);
    assert!(policies.is_sound(), "{:#?}", policies.findings);
    policies
}

/// The policy of the sample shop, changed.
fn policies(from: &str, to: &str) -> Policies {
    let text = shop();
    assert!(text.contains(from), "`{from}`");
    sound(text.replace(from, to))
}

/// The policy of the sample shop with a route that is not masked.
fn with_open_route() -> Policies {
    let route = "  routes:\n    - { name: health, match: { path: /healthz }, masking: off }\n";
    policies("  routes:\n", route)
}

/// What `meshveil generate --target envoy` writes for this release of Envoy.
pub(crate) fn envoy_yaml(policies: &Policies, envoy: Version) -> String {
    let settings = Settings {
        target: Target::Envoy,
        istio: Version::new(1, 29),
        envoy,
        url: "./meshveil_filter.wasm".to_owned(),
        sha256: None,
        environments: Vec::new(),
    };
    let generated = meshveil_generate::generate(&policies.policies, &settings).unwrap();
    generated.files.into_iter().find(|file| file.path == "envoy.yaml").unwrap().text
}

/// The newest Envoy that the generator knows, which is the one at hand.
pub(crate) const NEWEST: Version = Version::new(1, 40);

struct Running {
    envoy: Envoy,
    address: SocketAddr,
    certificates: PathBuf,
    upstream: Upstream,
    _directory: tempfile::TempDir,
}

impl Running {
    /// An Envoy that runs this configuration.
    async fn start(configuration: String) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let certificates = directory.path().join("certs");
        write_certificates(&certificates).unwrap();
        let upstream = Upstream::json(CLEAR).await.unwrap();
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let places =
            Places { listener: anywhere, admin: anywhere, shop: upstream.address(), certificates: &certificates };
        let text = moved(configuration, &places).unwrap();
        let envoy = Envoy::start(directory.path(), "envoy.yaml", &text, 1).await.unwrap();
        let address = envoy.address("mesh").await.unwrap();
        Self { envoy, address, certificates, upstream, _directory: directory }
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.certificates.join(name)).unwrap()
    }

    fn client(&self, caller: Option<&str>) -> Client {
        let identity = caller.map(|name| Identity {
            certificate: self.read(&format!("{name}.pem")),
            key: self.read(&format!("{name}.key")),
        });
        self.client_with(identity.as_ref())
    }

    fn client_with(&self, identity: Option<&Identity>) -> Client {
        Client::new(self.address, &self.read("ca.pem"), identity, Protocol::Http1).unwrap()
    }
}

/// [`CLEAR`] as the policy shows it, with this e-mail address.
fn masked(email: &str) -> String {
    let changes = [
        ("123-45-6789", "****6789"),
        ("anna.smith@example.com", email),
        ("4111111111111111", "****1111"),
        ("pays late", "***"),
    ];
    changes.iter().fold(CLEAR.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// What a caller gets on a path.
fn expected(caller: &str, path: &str) -> String {
    match (caller, path) {
        ("billing", _) | (_, "/healthz") => CLEAR.to_owned(),
        ("support", _) => masked("anna.smith@example.com"),
        (_, "/export/all") => masked("***"),
        _ => masked("a***@example.com"),
    }
}

#[tokio::test]
async fn each_caller_gets_what_the_policy_says_on_each_route() {
    let policies = with_open_route();
    let running = Running::start(envoy_yaml(&policies, NEWEST)).await;
    for caller in CALLERS {
        for path in ["/customers/1", "/export/all", "/healthz"] {
            let answer = running.client(Some(caller)).get(path).await.unwrap();
            assert_eq!(answer.status, 200, "{caller} {path}");
            assert_eq!(answer.text(), expected(caller, path), "{caller} {path}");
        }
    }
    let line = running.envoy.statistic("http.mesh.rbac.denied").await.unwrap();
    assert_eq!(line, 0);
}

#[tokio::test]
async fn nobody_else_gets_in() {
    let policies = with_open_route();
    let running = Running::start(envoy_yaml(&policies, NEWEST)).await;
    for path in ["/customers/1", "/healthz"] {
        let answer = running.client(Some(STRANGER)).get(path).await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.text().as_str()), (403, "RBAC: access denied"), "{path}");
    }
    assert!(running.client(None).get("/").await.is_err(), "no certificate");
    let forged = Authority::new().unwrap().workload("spiffe://cluster.local/ns/shop/sa/billing").unwrap();
    assert!(running.client_with(Some(&forged)).get("/").await.is_err(), "another authority");

    let mut plain = TcpStream::connect(running.address).await.unwrap();
    plain.write_all(b"GET /customers/1 HTTP/1.1\r\nhost: shop\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    // A reset is as good as an end.
    let _ = plain.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP/1.1 200"), "plaintext");
    assert_no_secret(&answer, "plaintext");
    assert!(running.upstream.asked().is_empty());
}

#[tokio::test]
async fn certificate_with_two_uri_names_is_that_of_no_caller() {
    for (others, status) in [("others: deny", 403), ("others: masked", 200)] {
        let running = Running::start(envoy_yaml(&policies("others: deny", others), NEWEST)).await;
        let answer = running.client(Some(TWO_NAMES)).get("/customers/1").await.unwrap();
        assert_eq!(answer.status, status, "{others}");
        assert_no_secret(&answer.body, others);
        assert_eq!(running.client(Some("billing")).get("/customers/1").await.unwrap().text(), CLEAR);
    }
}

#[tokio::test]
async fn header_names_with_underscores_are_refused_and_no_query_is_logged() {
    let running = Running::start(envoy_yaml(&with_open_route(), NEWEST)).await;
    let request = hyper::Request::get("/healthz").header("script_name", "/healthz");
    let answer = running.client(Some("frontend")).send(request).await.unwrap();
    assert_eq!(answer.status, 400);
    assert!(running.upstream.asked().is_empty());
    running.client(Some("frontend")).get("/customers/1?ssn=123-45-6789").await.unwrap();
    let line = running.envoy.access_line(" GET /customers/1 200 ").await.unwrap();
    assert!(!line.contains("123-45-6789"), "{line}");
}

#[tokio::test]
async fn others_may_be_masked_instead_of_denied() {
    let policies = policies("others: deny", "others: masked");
    let running = Running::start(envoy_yaml(&policies, NEWEST)).await;
    let answer = running.client(Some(STRANGER)).get("/customers/1").await.unwrap();
    assert_eq!(answer.text(), expected(STRANGER, "/customers/1"));
    assert_no_secret(&answer.body, "others");
    assert!(running.client(None).get("/customers/1").await.is_err(), "somebody, still");
}

/// The configuration without the filter.
fn without_filter(yaml: &str) -> String {
    const GUARD: &str = "                  - name: meshveil.guard\n";
    let (before, rest) = yaml.split_once("                  - name: \"meshveil\"\n").unwrap();
    let (_, after) = rest.split_once(GUARD).unwrap();
    format!("{before}{GUARD}{after}")
}

#[tokio::test]
async fn guard_refuses_everything_once_the_filter_is_gone() {
    let policies = policies("others: deny", "others: deny");
    let whole = envoy_yaml(&policies, NEWEST);
    let other = whole.replace("\"policy\": \"shop/customers\"", "\"policy\": \"shop/orders\"");
    assert_ne!(whole, other);
    // The relocation counts what it replaces: the path of the module is gone with the filter.
    let gone = without_filter(&whole) + "# /etc/meshveil/meshveil_filter.wasm\n";
    for (what, yaml) in [("gone", gone), ("of another policy", other)] {
        let running = Running::start(yaml).await;
        for caller in CALLERS {
            let answer = running.client(Some(caller)).get("/customers/1").await.unwrap();
            assert_eq!((answer.status.as_u16(), answer.text().as_str()), (403, "RBAC: access denied"), "{what}");
        }
        assert!(running.upstream.asked().is_empty(), "{what}");
    }
}

#[test]
fn older_versions_get_what_they_understand() {
    let policies = policies("others: deny", "others: deny");
    let directory = tempfile::tempdir().unwrap();
    let certificates = directory.path().join("certs");
    write_certificates(&certificates).unwrap();
    let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
    let places = Places { listener: anywhere, admin: anywhere, shop: anywhere, certificates: &certificates };
    for (version, strict, reload) in [((1, 40), true, true), ((1, 34), false, true), ((1, 32), false, false)] {
        let yaml = envoy_yaml(&policies, Version::new(version.0, version.1));
        assert_eq!(yaml.contains("allow_on_headers_stop_iteration: true"), strict, "{version:?}");
        assert_eq!(yaml.contains("\"delivery\": \"strict\""), strict, "{version:?}");
        assert_eq!(yaml.contains("failure_policy: FAIL_RELOAD"), reload, "{version:?}");
        let path = directory.path().join("envoy.yaml");
        fs::write(&path, moved(yaml, &places).unwrap()).unwrap();
        validate(&path).unwrap();
    }
}
