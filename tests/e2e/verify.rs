//! `meshveil verify` on dumps of real Envoys: one that is right, and one for each way in which it can be wrong.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use meshveil_generate::Version;
use meshveil_policy::Policy;
use meshveil_tests::artifact;
use meshveil_tests::certificate::Identity;
use meshveil_tests::client::{Client, Protocol};
use meshveil_tests::envoy::{Envoy, KEY};
use meshveil_tests::shipped::{Places, moved, write_certificates};
use meshveil_tests::upstream::Upstream;
use meshveil_text::{Documents, FileId};
use meshveil_verify::{Options, Proxy, Verification, exposes, verify};
use serde_json::{Value, json};

use crate::document::CLEAR;
use crate::generated::{NEWEST, envoy_yaml, shop, sound};

/// The policy of the sample shop.
fn policies() -> Vec<Policy> {
    sound(shop()).policies
}

fn json_of(text: &str) -> Value {
    let documents = Documents::parse([("envoy.yaml", text)]);
    assert!(documents.is_sound(), "{:#?}", documents.findings);
    documents.nodes[0].to_json()
}

/// An Envoy to be.
struct Setup {
    directory: tempfile::TempDir,
    certificates: PathBuf,
    upstream: Upstream,
    configuration: Value,
}

/// The listener, its chain, its connection manager and its HTTP filters in a configuration.
const LISTENER: &str = "/static_resources/listeners/0";
const CHAIN: &str = "/static_resources/listeners/0/filter_chains/0";
const MANAGER: &str = "/static_resources/listeners/0/filter_chains/0/filters/0/typed_config";
const FILTERS: &str = "/static_resources/listeners/0/filter_chains/0/filters/0/typed_config/http_filters";
const ROUTES: &str =
    "/static_resources/listeners/0/filter_chains/0/filters/0/typed_config/route_config/virtual_hosts/0/routes";
const MODULE: &str =
    "/static_resources/listeners/0/filter_chains/0/filters/0/typed_config/http_filters/1/typed_config/config";

impl Setup {
    /// What `meshveil generate --target envoy` writes, moved to this machine.
    async fn new(envoy: Version) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let certificates = directory.path().join("certs");
        write_certificates(&certificates).unwrap();
        let upstream = Upstream::json(CLEAR).await.unwrap();
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let places =
            Places { listener: anywhere, admin: anywhere, shop: upstream.address(), certificates: &certificates };
        let configuration = json_of(&moved(envoy_yaml(&sound(shop()), envoy), &places).unwrap());
        Self { directory, certificates, upstream, configuration }
    }

    fn at(&mut self, pointer: &str) -> &mut Value {
        self.configuration.pointer_mut(pointer).unwrap()
    }

    fn filters(&mut self) -> &mut Vec<Value> {
        self.at(FILTERS).as_array_mut().unwrap()
    }

    async fn start(&self) -> Envoy {
        self.start_program(&artifact::envoy().unwrap()).await
    }

    async fn start_program(&self, program: &Path) -> Envoy {
        let text = self.configuration.to_string();
        Envoy::start_program(program, self.directory.path(), "envoy.json", &text, 1, KEY).await.unwrap()
    }
}

/// What is said about a page of an Envoy.
fn said(page: &str, policies: &[Policy], options: &Options) -> Verification {
    let documents = Documents::parse([("dump", page)]);
    assert!(documents.is_sound(), "{:#?}", documents.findings);
    verify(&Proxy::read(FileId(0), &documents.nodes), policies, options)
}

async fn verified(envoy: &Envoy) -> Verification {
    said(&envoy.ask("/config_dump?include_eds").await.unwrap(), &policies(), &Options::default())
}

/// The codes of findings, in order, and whether one is an exposure.
fn codes(found: &Verification) -> (Vec<&'static str>, bool) {
    let mut codes: Vec<_> = found.findings.iter().map(|finding| finding.code.id).collect();
    codes.sort_unstable();
    codes.dedup();
    (codes, found.findings.iter().any(exposes))
}

#[tokio::test]
async fn nothing_is_wrong_with_what_is_generated_and_the_digest_is_that_of_receipts() {
    let setup = Setup::new(NEWEST).await;
    let envoy = setup.start().await;
    let read = |name: &str| fs::read_to_string(setup.certificates.join(name)).unwrap();
    let identity = Identity { certificate: read("support.pem"), key: read("support.key") };
    let address = envoy.address("mesh").await.unwrap();
    let client = Client::new(address, &read("ca.pem"), Some(&identity), Protocol::Http1).unwrap();
    client.get("/customers/1").await.unwrap();
    assert_eq!(setup.upstream.asked().len(), 1);
    let receipt = envoy.access_line("GET /customers/1 ").await.unwrap();
    let found = verified(&envoy).await;
    assert_eq!(codes(&found), (vec![], false), "{:#?}", found.findings);
    let digest = receipt.split("plan=").nth(1).unwrap().split([';', ']']).next().unwrap();
    assert_eq!(found.running, [format!("shop/customers: 2 paths lead to it, through its filter, plan {digest}")]);

    // What stands in the dump is not the whole of it, or another page.
    for (path, expected) in [
        ("/config_dump?resource=static_listeners", "MV-V02"),
        ("/config_dump?mask=bootstrap", "MV-V02"),
        ("/stats?format=json", "MV-V01"),
    ] {
        let found = said(&envoy.ask(path).await.unwrap(), &policies(), &Options::default());
        let (codes, exposed) = codes(&found);
        assert!(codes.contains(&expected) && exposed, "{path}: {codes:?}");
    }
    // A policy for another port, and the cluster said to lead to its workload all the same.
    let mut other = policies();
    other[0].workload.ports[0].port.value = 9999;
    let dump = envoy.ask("/config_dump").await.unwrap();
    assert_eq!(codes(&said(&dump, &other, &Options::default())), (vec!["MV-V03"], true));
    let named = Options { clusters: vec!["workload-8080".to_owned()], ..Options::default() };
    assert_eq!(codes(&said(&dump, &other, &named)), (vec![], false));
    // Manifests with another plan.
    let mut changed = policies();
    changed[0].others = meshveil_plan::Others::Masked;
    let plan = serde_json::to_string(&changed[0].plan()).unwrap();
    let manifests = meshveil_verify::Settings::read(&plan, meshveil_text::Span::NOWHERE).into_iter().collect();
    let found = said(&dump, &policies(), &Options { manifests, ..Options::default() });
    assert_eq!(codes(&found), (vec!["MV-V07"], true));
}

/// A way to break a configuration, with the codes that say so, and whether data is exposed.
type Breakage = (&'static str, fn(&mut Setup), &'static [&'static str], bool);

const BREAKAGES: &[Breakage] = &[
    ("the filter is gone, and the guard refuses", |setup| drop(setup.filters().remove(1)), &["MV-V04"], false),
    ("filter and guard are gone", |setup| drop(setup.filters().drain(1..3)), &["MV-V04"], true),
    ("another listener passes bytes on", raw_listener, &["MV-V05", "MV-V23"], true),
    ("another plan", other_plan, &["MV-V07"], true),
    ("it fails open", |setup| setup.at(MODULE)["failure_policy"] = "FAIL_OPEN".into(), &["MV-V08"], true),
    ("it is not loaded again", |setup| setup.at(MODULE)["failure_policy"] = "FAIL_CLOSED".into(), &["MV-V19"], false),
    ("a route switches the filter off", |setup| switched_off(setup, &["meshveil"]), &["MV-V09"], false),
    (
        "a route switches filter and guard off",
        |setup| switched_off(setup, &["meshveil", "meshveil.guard"]),
        &["MV-V09"],
        true,
    ),
    ("the filter is disabled", |setup| setup.filters()[1]["disabled"] = true.into(), &["MV-V09"], false),
    ("authorisation behind the filter", |setup| setup.filters().swap(0, 1), &["MV-V10"], false),
    ("the guard in front of the filter", |setup| setup.filters().swap(1, 2), &["MV-V10"], false),
    ("a cache in front of the filter", |setup| setup.filters().insert(0, cache()), &["MV-V11"], true),
    ("no guard", |setup| drop(setup.filters().remove(2)), &["MV-V12"], false),
    ("the key in the configuration", inline_key, &["MV-V13"], false),
    ("a foreign route", foreign_route, &["MV-V14"], false),
    (
        "a large buffer",
        |setup| setup.at(LISTENER)["per_connection_buffer_limit_bytes"] = 8_388_608.into(),
        &["MV-V15"],
        false,
    ),
    (
        "an admin page for all",
        |setup| setup.at("/admin/address/socket_address")["address"] = "0.0.0.0".into(),
        &["MV-V17"],
        false,
    ),
    ("a script behind the filter", |setup| setup.filters().insert(3, script()), &["MV-V18"], false),
    ("an update that is refused", refused_update, &["MV-V20"], false),
    (
        "no certificates",
        |setup| drop(setup.at(CHAIN).as_object_mut().unwrap().remove("transport_socket")),
        &["MV-V23"],
        false,
    ),
    ("settings that do not arrive", |setup| discovered(setup, false), &["MV-V06"], false),
    ("settings that arrive", |setup| discovered(setup, true), &[], false),
    ("routes of a table that is fetched", fetched_routes, &[], false),
];

fn raw_listener(setup: &mut Setup) {
    let listener = json!({
        "name": "raw",
        "address": { "socket_address": { "address": "127.0.0.1", "port_value": 0 } },
        "filter_chains": [{ "filters": [{
            "name": "envoy.filters.network.tcp_proxy",
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
                "stat_prefix": "raw",
                "cluster": "workload-8080",
            },
        }] }],
        "per_connection_buffer_limit_bytes": 32768,
    });
    setup.at("/static_resources/listeners").as_array_mut().unwrap().push(listener);
}

fn other_plan(setup: &mut Setup) {
    let plan = &mut setup.at(MODULE)["configuration"]["value"];
    let text = plan.as_str().unwrap().replace(r#"["email", "phone"]"#, r#""all""#);
    *plan = text.into();
}

fn switched_off(setup: &mut Setup, names: &[&str]) {
    let off = json!({ "@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig", "disabled": true });
    setup.at(ROUTES)[1]["typed_per_filter_config"] =
        names.iter().map(|name| ((*name).to_owned(), off.clone())).collect();
}

fn cache() -> Value {
    json!({
        "name": "envoy.filters.http.cache",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.cache.v3.CacheConfig",
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.http.cache.simple_http_cache.v3.SimpleHttpCacheConfig",
            },
        },
    })
}

fn script() -> Value {
    json!({
        "name": "envoy.filters.http.lua",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua",
            "default_source_code": { "inline_string": "function envoy_on_response(handle)\nend\n" },
        },
    })
}

fn inline_key(setup: &mut Setup) {
    setup.at(MODULE)["vm_config"]["environment_variables"] = json!({ "key_values": { "MESHVEIL_KEY": KEY } });
}

fn foreign_route(setup: &mut Setup) {
    setup.at(ROUTES)[1]["metadata"] = json!({ "filter_metadata": { "meshveil": { "route": "export" } } });
}

/// A file from which Envoy gets resources.
fn source(setup: &Setup, name: &str, resources: &Value) -> Value {
    let path = setup.directory.path().join(name);
    fs::write(&path, json!({ "resources": resources }).to_string()).unwrap();
    json!({
        "path_config_source": { "path": path },
        "resource_api_version": "V3",
        "initial_fetch_timeout": "0.2s",
    })
}

fn refused_update(setup: &mut Setup) {
    let listener = json!({
        "@type": "type.googleapis.com/envoy.config.listener.v3.Listener",
        "name": "refused",
        "address": { "socket_address": { "address": "127.0.0.1", "port_value": 0 } },
        "filter_chains": [{ "filters": [{ "name": "of no kind", "typed_config": { "@type": "type.googleapis.com/google.protobuf.Duration", "value": "1s" } }] }],
    });
    let listeners = source(setup, "listeners.json", &json!([listener]));
    setup.configuration["dynamic_resources"] = json!({ "lds_config": listeners });
    setup.configuration["node"] = json!({ "id": "test", "cluster": "test" });
}

/// The filter's settings come from a file, or never do.
fn discovered(setup: &mut Setup, arrive: bool) {
    let mut extension = setup.filters()[1].clone();
    extension["@type"] = "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig".into();
    let resources = if arrive { json!([extension]) } else { json!([]) };
    let source = source(setup, "extensions.json", &resources);
    setup.configuration["node"] = json!({ "id": "test", "cluster": "test" });
    setup.filters()[1] = json!({
        "name": "meshveil",
        "config_discovery": {
            "config_source": source,
            "type_urls": ["type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm"],
        },
    });
}

fn fetched_routes(setup: &mut Setup) {
    let mut table = setup.at(MANAGER).as_object_mut().unwrap().remove("route_config").unwrap();
    table["@type"] = "type.googleapis.com/envoy.config.route.v3.RouteConfiguration".into();
    table["name"] = "shop".into();
    let source = source(setup, "routes.json", &json!([table]));
    setup.configuration["node"] = json!({ "id": "test", "cluster": "test" });
    setup.at(MANAGER)["rds"] = json!({ "route_config_name": "shop", "config_source": source });
}

#[tokio::test]
async fn each_way_to_break_a_proxy_is_found_in_its_dump() {
    let mut wrong = Vec::new();
    for (what, change, expected, exposed) in BREAKAGES {
        let mut setup = Setup::new(NEWEST).await;
        change(&mut setup);
        let envoy = setup.start().await;
        let found = verified(&envoy).await;
        if codes(&found) != (expected.to_vec(), *exposed) {
            let messages: Vec<String> = found.findings.iter().map(|f| format!("{} {}", f.code, f.message)).collect();
            wrong.push(format!("{what}: {messages:#?}"));
        }
        assert!(!found.findings.iter().any(|finding| finding.message.contains(KEY)), "{what}: the key is shown");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn an_older_envoy_has_known_defects() {
    let setup = Setup::new(Version::new(1, 36)).await;
    let envoy = setup.start_program(&artifact::older_envoy().unwrap()).await;
    let found = verified(&envoy).await;
    assert_eq!(codes(&found), (vec!["MV-V16"], false));
    let messages: Vec<&str> = found.findings.iter().map(|finding| finding.message.as_str()).collect();
    assert!(messages.iter().all(|message| message.starts_with("Envoy 1.36.4 has a defect, CVE-2026-")), "{messages:?}");
}
