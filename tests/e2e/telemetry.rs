//! Counters and receipts say what was done, and never a value.

use std::collections::BTreeSet;

use meshveil_plan::telemetry::CATALOGUE;
use meshveil_tests::mesh::Setup;
use meshveil_tests::plan;
use meshveil_tests::upstream::{Upstream, of_type};

use crate::document::{CLEAR, assert_no_secret};

#[tokio::test]
async fn counters_and_receipts_tell_what_was_masked() {
    let upstream = Upstream::start(|request| {
        let media = if request.uri().path() == "/csv" { "text/csv" } else { "application/json" };
        of_type(media, CLEAR)
    })
    .await
    .unwrap();
    let mesh = Setup::new(plan::shop(), upstream.address()).start().await.unwrap();
    for (caller, path) in [
        ("billing", "/a"),
        ("support", "/b"),
        ("frontend", "/c"),
        ("frontend", "/d"),
        ("frontend", "/csv"),
        ("frontend", "/healthz"),
    ] {
        mesh.client(caller).unwrap().get(path).await.unwrap();
    }
    let statistic = async |name: &str| mesh.envoy.statistic(&format!("wasmcustom.{name}")).await.unwrap();
    let responses = async |outcome: &str, reason: &str, route: &str, caller: &str| {
        let labels = format!(
            "outcome=.={outcome};.;reason=.={reason};.;route=.={route};.;caller=.={caller};.;stage=.=enforce;.;"
        );
        statistic(&format!("{labels}meshveil_responses_total")).await
    };
    let values = async |field: &str| statistic(&format!("rule=.={field};.;meshveil_masked_values_total")).await;

    assert_eq!(responses("masked", "none", "-", "frontend").await, 2);
    assert_eq!(responses("passed", "sees-all", "-", "billing").await, 1);
    assert_eq!(responses("passed", "route-off", "health", "-").await, 1);
    assert_eq!(responses("refused", "content-type", "-", "frontend").await, 1);
    assert_eq!((values("ssn").await, values("email").await, values("iban").await), (3, 2, 0));

    let line = mesh.envoy.access_line("GET /b ").await.unwrap();
    assert!(
        line.contains("[outcome=masked;reason=none;policy=shop/customers;route=-;caller=support;values=3;clear="),
        "{line}"
    );
    let line = mesh.envoy.access_line("GET /c ").await.unwrap();
    assert!(
        line.contains("[outcome=masked;reason=none;policy=shop/customers;route=-;caller=frontend;values=4;clear="),
        "{line}"
    );
    let line = mesh.envoy.access_line("GET /csv ").await.unwrap();
    assert!(line.contains(" 502 meshveil_content-type "), "{line}");
    assert!(
        line.contains(
            "[outcome=refused;reason=content-type;policy=shop/customers;route=-;caller=frontend;values=0;clear=-;plan="
        ),
        "{line}"
    );
    let line = mesh.envoy.access_line("GET /a ").await.unwrap();
    assert!(
        line.contains(
            "[outcome=passed;reason=sees-all;policy=shop/customers;route=-;caller=billing;values=0;clear=*;plan="
        ),
        "{line}"
    );
    assert!(line.ends_with(";key=test]"), "{line}");
    let line = mesh.envoy.access_line("GET /healthz ").await.unwrap();
    assert!(line.contains("[outcome=passed;reason=route-off;"), "{line}");
}

#[tokio::test]
async fn prometheus_page_has_labels() {
    let upstream = Upstream::json(CLEAR).await.unwrap();
    let mesh = Setup::new(plan::shop(), upstream.address()).start().await.unwrap();
    mesh.client("frontend").unwrap().get("/").await.unwrap();
    let page = mesh.envoy.ask("/stats/prometheus").await.unwrap();
    let ours: Vec<&str> = page.lines().filter(|line| line.contains("meshveil_") && !line.contains("_reload")).collect();
    let names: BTreeSet<&str> =
        ours.iter().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    assert_eq!(names, CATALOGUE.iter().map(|metric| metric.name).collect(), "{ours:#?}");
    let masked = r#"{outcome="masked",reason="none",route="-",caller="frontend",stage="enforce"} 1"#;
    let is_response = |line: &&&str| line.starts_with("meshveil_responses_total{");
    let responses: Vec<_> = ours.iter().filter(is_response).collect();
    assert_eq!(responses, [&format!("meshveil_responses_total{masked}")], "{ours:#?}");
    assert!(ours.iter().any(|line| line.starts_with("meshveil_masked_values_total{rule=\"ssn\"} ")), "{ours:#?}");
}

#[tokio::test]
async fn logs_and_admin_pages_hold_no_value_of_a_body_and_no_key() {
    let upstream = Upstream::json(CLEAR).await.unwrap();
    let mesh = Setup::new(plan::shop(), upstream.address()).start().await.unwrap();
    mesh.envoy.tell("/logging?level=debug").await.unwrap();
    for caller in ["support", "frontend"] {
        mesh.client(caller).unwrap().get("/customers/1").await.unwrap();
    }
    mesh.envoy.until("the debug log", async |envoy| Ok(envoy.log().contains("/customers/1"))).await.unwrap();
    for page in
        [mesh.envoy.log(), mesh.envoy.ask("/stats").await.unwrap(), mesh.envoy.ask("/config_dump").await.unwrap()]
    {
        assert_no_secret(page.as_bytes(), "log or page");
        assert!(!page.contains(meshveil_tests::envoy::KEY), "the key is shown");
    }
}
