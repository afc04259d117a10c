//! Filters beside ours that answer requests themselves.

use meshveil_tests::mesh::Setup;
use meshveil_tests::plan;
use meshveil_tests::upstream::Upstream;
use serde_json::{Value, json};

use crate::document::{CLEAR, assert_no_secret};

/// A filter that answers every request with this media type.
fn answers(media_type: &str) -> Value {
    let code = format!(
        "function envoy_on_request(handle) handle:respond({{[':status'] = '200', ['content-type'] = '{media_type}'}}, \
         'ssn 123-45-6789') end"
    );
    json!({
        "name": "envoy.filters.http.lua",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua",
            "default_source_code": {"inline_string": code},
        },
    })
}

#[tokio::test]
async fn answer_of_another_filter_is_not_taken_for_the_proxys_own() {
    let upstream = Upstream::json(CLEAR).await.unwrap();
    for others in ["masked", "deny"] {
        let plan = plan::shop_with(&[("others", json!(others))]);
        for media_type in ["text/plain", "text/csv", "application/json"] {
            let setup = Setup::new(plan.clone(), upstream.address()).strict();
            let mesh = setup.filter_behind(answers(media_type)).start().await.unwrap();
            for caller in ["frontend", "batch"] {
                let answer = mesh.client(caller).unwrap().get("/customers").await.unwrap();
                assert!(answer.status.is_server_error() || answer.status == 403, "{others}: {}", answer.status);
                assert_no_secret(&answer.body, media_type);
            }
        }
    }
}

/// Envoy does not show it to a module that has not seen the request (`Context::encodeHeaders`): a limit, not a wish.
#[tokio::test]
async fn answer_of_a_filter_in_front_does_not_reach_the_filter() {
    let upstream = Upstream::json(CLEAR).await.unwrap();
    let mesh = Setup::new(plan::shop(), upstream.address()).filter(answers("text/csv")).start().await.unwrap();
    let answer = mesh.client("frontend").unwrap().get("/customers").await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.text().as_str()), (200, "ssn 123-45-6789"));
    assert!(upstream.asked().is_empty());
}
