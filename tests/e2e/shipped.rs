//! What `envoy-config/` ships is valid, consistent, and fails closed.

use std::fs;
use std::net::SocketAddr;

use meshveil_json::read_plan;
use meshveil_mask::Keys;
use meshveil_plan::{CheckedPlan, Delivery};
use meshveil_tests::artifact;
use meshveil_tests::envoy::{KEY, validate};
use meshveil_tests::shipped::{CALLERS, Places, envoy_yaml, write_certificates};

fn read(path: &str) -> String {
    fs::read_to_string(artifact::workspace().join(path)).unwrap()
}

/// The plan inside `envoy.yaml`: the only block scalar of the file.
fn shipped_plan() -> CheckedPlan {
    let yaml = read("envoy-config/envoy.yaml");
    let (_, block) = yaml.split_once("value: |\n").unwrap();
    let indent = block.len() - block.trim_start().len();
    let lines = block.lines().take_while(|line| line.len() - line.trim_start().len() >= indent);
    read_plan(lines.collect::<Vec<_>>().join("\n").as_bytes()).unwrap()
}

#[test]
fn envoy_accepts_the_shipped_configuration() {
    let directory = tempfile::tempdir().unwrap();
    let certificates = directory.path().join("certs");
    write_certificates(&certificates).unwrap();
    let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
    let shop = SocketAddr::from(([127, 0, 0, 1], 8080));
    let places = Places { listener: anywhere, admin: anywhere, shop, certificates: &certificates };
    let path = directory.path().join("envoy.yaml");
    fs::write(&path, envoy_yaml(&places).unwrap()).unwrap();
    validate(&path).unwrap();
    fs::write(&path, envoy_yaml(&places).unwrap().replace("http_filters:", "http_filtres:")).unwrap();
    assert!(validate(&path).is_err(), "validation finds faults");
}

#[test]
fn shipped_plan_compiles_and_fits_its_plugin() {
    let yaml = read("envoy-config/envoy.yaml");
    let plan = shipped_plan();
    let callers: Vec<&str> = plan.callers.iter().map(|caller| caller.name.as_str()).collect();
    assert_eq!(callers, CALLERS);
    assert_eq!(plan.delivery == Delivery::Strict, yaml.contains("allow_on_headers_stop_iteration: true"));
    assert_eq!(plan.key.as_ref().unwrap().env, "MESHVEIL_KEY");
    assert!(yaml.contains("host_env_keys: [\"MESHVEIL_KEY\"]"));
    assert!(yaml.contains("failure_policy: FAIL_RELOAD"));
    meshveil_json::Engine::compile(plan, &Keys::new(KEY.as_bytes())).unwrap();
}

#[test]
fn compose_files_fit_the_envoy_configuration() {
    let (yaml, compose) = (read("envoy-config/envoy.yaml"), read("envoy-config/docker-compose.yaml"));
    let demo = read("envoy-config/docker-compose.override.yaml");
    let makefile = read("Makefile");
    let version = makefile.lines().find_map(|line| line.strip_prefix("ENVOY_VERSION := ")).unwrap();
    let release = version.rsplit_once('.').unwrap().0;
    assert!(compose.contains(&format!("image: \"envoyproxy/envoy:v{release}-latest\"\n")));
    assert!(compose.contains("environment: [\"MESHVEIL_KEY\"]\n"), "the key comes from outside");
    for (port, host) in [(8443, "0.0.0.0"), (9901, "127.0.0.1"), (8080, "customers")] {
        assert!(yaml.contains(&format!("address: \"{host}\", port_value: {port} ")), "{port}");
    }
    assert!(compose.contains("127.0.0.1:8443:8443") && !compose.contains("9901"), "the admin page stays inside");
    for part in ["0.0.0.0:8080", "\n  customers:\n", "\n  envoy:\n"] {
        assert!(demo.contains(part), "{part}");
    }
    for mounted in ["/etc/meshveil/certs", "/etc/meshveil/meshveil_filter.wasm"] {
        assert!(yaml.contains(mounted) && compose.contains(&format!(":{mounted}:ro")), "{mounted}");
    }
    let dockerfile = read("envoy-config/Dockerfile");
    let toolchain = read("rust-toolchain.toml");
    let channel = toolchain.lines().find_map(|line| line.strip_prefix("channel = \"")).unwrap().trim_end_matches('"');
    assert!(dockerfile.contains(&format!("FROM rust:{channel}-")), "the image builds with Rust {channel}");
    assert!(dockerfile.contains(&format!("ENV RUSTUP_TOOLCHAIN={channel}\n")));
}
