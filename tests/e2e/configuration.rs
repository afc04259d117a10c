//! A plan that is refused: Envoy does not come up, and an update leaves the old plan in force.

use meshveil_tests::mesh::Setup;
use meshveil_tests::plan;
use meshveil_tests::upstream::Upstream;
use serde_json::{Value, json};

use crate::document::{CLEAR, MASKED};

#[tokio::test]
async fn envoy_does_not_start_with_a_plan_that_is_refused() {
    let upstream = Upstream::json(CLEAR).await.unwrap();
    let fields = |query: &str| json!([{"name": "ssn", "paths": [query], "mask": "redact"}]);
    let cases: [(Value, &str); 6] = [
        (plan::shop_with(&[("verison", json!(1))]), "unknown field `verison`"),
        (plan::shop_with(&[("version", json!(2))]), "reads version 1 only"),
        (json!({"version": 1, "fields": fields("$..[")}), "rule `ssn`: expected a selector"),
        (
            json!({"version": 1, "fields": [{"name": "ssn", "paths": ["$.a"], "mask": {"redact": {"with": 77881}}}]}),
            "fields[0].mask",
        ),
        (plan::shop_with(&[("key", json!({"env": "NOT_SET"}))]), "key"),
        (json!("nothing"), "plan"),
    ];
    for (plan, message) in cases {
        let Err(error) = Setup::new(plan.clone(), upstream.address()).start().await else {
            panic!("Envoy started with {plan}");
        };
        let error = error.to_string();
        assert!(error.contains("meshveil: configuration refused: "), "{error}");
        assert!(error.contains(message), "{message}: {error}");
        let ours = error.lines().find(|line| line.contains("configuration refused")).unwrap();
        assert!(!ours.contains("77881"), "a value of the plan is logged: {ours}");
    }
}

#[tokio::test]
async fn refused_update_leaves_the_old_plan_in_force() {
    let upstream = Upstream::json(CLEAR).await.unwrap();
    let setup = |plan| Setup::new(plan, upstream.address());
    let mesh = setup(plan::shop()).start_with_listener_file().await.unwrap();
    assert_eq!(mesh.client("frontend").unwrap().get("/").await.unwrap().text(), MASKED);

    mesh.replace_listener(&setup(json!({"version": 1, "fields": [], "typo": true}))).unwrap();
    let rejected = async |envoy: &meshveil_tests::envoy::Envoy| {
        Ok(envoy.statistic("listener_manager.lds.update_rejected").await? >= 1)
    };
    mesh.envoy.until("the update is rejected", rejected).await.unwrap();
    for _ in 0..3 {
        assert_eq!(mesh.client("frontend").unwrap().get("/").await.unwrap().text(), MASKED);
    }
}

#[tokio::test]
async fn accepted_update_takes_over() {
    let upstream = Upstream::json(CLEAR).await.unwrap();
    let setup = |plan| Setup::new(plan, upstream.address());
    let mesh = setup(plan::shop()).start_with_listener_file().await.unwrap();
    assert_eq!(mesh.client("frontend").unwrap().get("/").await.unwrap().text(), MASKED);

    let tighter = plan::shop_with(&[
        ("fields", json!([{"name": "all", "paths": ["$"], "mask": "redact"}])),
        ("callers", json!([])),
        ("routes", json!([])),
    ]);
    mesh.replace_listener(&setup(tighter)).unwrap();
    let updated = async |envoy: &meshveil_tests::envoy::Envoy| {
        Ok(envoy.statistic("listener_manager.listener_modified").await? >= 1
            && envoy.statistic("listener_manager.total_listeners_warming").await? == 0)
    };
    mesh.envoy.until("the update is in force", updated).await.unwrap();
    let address = mesh.envoy.address("mesh").await.unwrap();
    assert_eq!(mesh.client("frontend").unwrap().at(address).get("/").await.unwrap().text(), "\"***\"");
}
