//! The reference page shows a policy that is one.

use std::path::Path;

use meshveil_policy::Policies;

#[test]
fn the_example_of_the_reference_page_has_no_findings() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/policy.md");
    let page = std::fs::read_to_string(page).unwrap();
    let example = page.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    let policies = Policies::read([("policy.yaml", example)]);
    assert_eq!(policies.findings, []);
    let plan = policies.policies.first().unwrap().plan();
    assert_eq!((plan.fields.len(), plan.callers.len(), plan.routes.len()), (3, 4, 3));
}
