//! Counters and receipts say what was done, and never a value.

use std::collections::BTreeSet;

use meshveil_plan::telemetry::CATALOGUE;
use meshveil_tests::mesh::{Mesh, Setup};
use meshveil_tests::plan;
use meshveil_tests::upstream::{Upstream, of_type};

use serde_json::json;

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
    let is_of_next = |name: &&str| name.starts_with("meshveil_next_");
    assert_eq!(
        names,
        CATALOGUE.iter().map(|metric| metric.name).filter(|name| !is_of_next(name)).collect(),
        "{ours:#?}"
    );
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

#[tokio::test]
async fn next_plan_is_counted_by_field_caller_and_route_and_changes_no_byte() {
    let upstream = Upstream::json(CLEAR).await.unwrap();
    let mut next = plan::shop();
    next["callers"][2]["sees"] = json!(["ssn"]);
    next["callers"][0]["sees"] = json!(["email", "ssn", "iban", "card"]);
    let plan = plan::shop_with(&[("next", next)]);
    let alone = Setup::new(plan::shop(), upstream.address()).start().await.unwrap();
    let mesh = Setup::new(plan, upstream.address()).start().await.unwrap();
    for caller in ["billing", "support", "frontend"] {
        let [observed, expected] = [&mesh, &alone]
            .map(|mesh| mesh.client(caller).unwrap())
            .map(|client| async move { client.get("/a").await.unwrap() });
        let (observed, expected) = (observed.await, expected.await);
        assert_eq!((observed.status, observed.body), (expected.status, expected.body), "{caller}");
    }
    let page = mesh.envoy.ask("/stats/prometheus").await.unwrap();
    // The order of labels is the proxy's.
    let sorted = |line: &str| {
        let (name, rest) = line.split_once('{').unwrap();
        let (labels, value) = rest.split_once('}').unwrap();
        let mut labels: Vec<&str> = labels.split(',').collect();
        labels.sort_unstable();
        format!("{name} {} {}", labels.join(" "), value.trim())
    };
    let mut ours: Vec<String> = page.lines().filter(|line| line.starts_with("meshveil_next_")).map(sorted).collect();
    ours.sort_unstable();
    assert_eq!(
        ours,
        [
            r#"meshveil_next_responses_total caller="billing" outcome="would-mask" reason="none" route="-" 1"#,
            r#"meshveil_next_responses_total caller="frontend" outcome="would-clear" reason="none" route="-" 1"#,
            r#"meshveil_next_values_total caller="billing" outcome="would-mask" route="-" rule="notes" 1"#,
            r#"meshveil_next_values_total caller="frontend" outcome="would-clear" route="-" rule="ssn" 1"#,
        ]
    );
    let line = mesh.envoy.access_line("GET /a ").await.unwrap();
    assert!(line.contains(";plan=") && line.contains(";next="), "{line}");
}

/// What `observe` counts for each response is what `enforce` does, and bodies arrive as they came.
#[tokio::test]
async fn observed_responses_arrive_byte_for_byte_and_are_counted_as_enforced_ones() {
    let (half, _) = CLEAR.split_at(40);
    let answer = |request: &hyper::Request<hyper::body::Incoming>| match request.uri().path() {
        "/csv" => of_type("text/csv", CLEAR),
        "/broken" => of_type("application/json", CLEAR.split_at(40).0),
        _ => of_type("application/json", CLEAR),
    };
    let upstream = Upstream::start(answer).await.unwrap();
    let plan = |stage: &str| plan::shop_with(&[("stage", json!(stage)), ("others", json!("deny"))]);
    let observing = Setup::new(plan("observe"), upstream.address()).start().await.unwrap();
    let enforcing = Setup::new(plan("enforce"), upstream.address()).start().await.unwrap();
    let part = |line: &str, name: &str| {
        let receipt = line.split(['[', ']']).nth(1).unwrap_or_default().to_owned();
        receipt.split(';').find_map(|part| part.strip_prefix(name).map(str::to_owned)).unwrap_or_default()
    };
    for (caller, path, would, does) in [
        ("frontend", "/one", "would-mask", "masked"),
        ("support", "/two", "would-mask", "masked"),
        ("billing", "/three", "passed", "passed"),
        ("stranger", "/four", "would-deny", "denied"),
        ("frontend", "/csv", "would-refuse", "refused"),
        ("frontend", "/broken", "would-refuse", "aborted"),
    ] {
        for http2 in [false, true] {
            let client = |mesh: &Mesh| if http2 { mesh.http2_client(caller) } else { mesh.client(caller) }.unwrap();
            let sent = if path == "/broken" { half } else { CLEAR };
            let arrived = client(&observing).get(path).await.unwrap();
            assert_eq!((arrived.status.as_u16(), arrived.text().as_str(), arrived.cut), (200, sent, None), "{path}");
            // A response that is cut off before its headers went has no answer.
            client(&enforcing).get(path).await.ok();
        }
        let observed = observing.envoy.access_line(&format!("GET {path} ")).await.unwrap();
        let enforced = enforcing.envoy.access_line(&format!("GET {path} ")).await.unwrap();
        assert_eq!((part(&observed, "outcome="), part(&enforced, "outcome=")), (would.to_owned(), does.to_owned()));
        for name in ["reason=", "values=", "caller=", "route="] {
            assert_eq!(part(&observed, name), part(&enforced, name), "{name} of {path}");
        }
    }
    let masked = observing.envoy.statistic("wasmcustom.rule=.=ssn;.;meshveil_masked_values_total").await.unwrap();
    assert_eq!(masked, 0, "nothing was masked");
}
