//! What is said to decide nothing can be taken out, and no response changes: random policies, run by the engine.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use meshveil_json::Engine;
use meshveil_mask::Keys;
use meshveil_plan::{Decision, Plan, RouteChoice, Sees};
use meshveil_policy::Policies;
use meshveil_text::{
    Severity,
    codes::{Base, policy as codes},
};

/// Numbers that look random, the same each time (Knuth's constants).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    fn of<'a>(&mut self, items: &[&'a str]) -> &'a str {
        items[self.below(items.len())]
    }
}

const PATHS: &[&str] = &[
    "$..a",
    "$..b",
    "$.a",
    "$.b",
    "$.a.b",
    "$.a[*].b",
    "$.a[0].b",
    "$.a.*",
    "$..a.b",
    "$..*",
    "$.a[?@.c].b",
    "$.c..b",
    "$.c",
    "$['a','c']",
    "$.a[0:]",
    "$.a[-1]",
];
const MASKS: &[&str] = &[
    "redact",
    "{ redact: { with: x } }",
    "drop",
    "\"null\"",
    "default",
    "pseudonym",
    "email",
    "{ partial: { keepLast: 1, minHidden: 1 } }",
    "{ partial: { keepFirst: 3, minHidden: 1 } }",
];
const DOCUMENTS: &[&str] = &[
    r#"{"a":{"a":"first","b":"second@example.com","c":[1,22,{"b":"third"}]},"b":"fourth@example.com","c":{"a":{"b":"fifth"}}}"#,
    r#"{"a":[{"b":"one","c":1},{"b":"two"},"three"],"c":[{"a":"four","b":{"a":"five"}}],"b":[true,null,12.5]}"#,
    r#"[{"a":{"b":{"b":"deep"}}},[{"b":"x@example.org"}],"text"]"#,
];

fn policy(random: &mut Random) -> String {
    let mut spec = String::from("key: { env: KEY }\nothers: masked\nfields:\n");
    let fields = 2 + random.below(3);
    for field in 0..fields {
        let paths: Vec<String> = (0..1 + random.below(2)).map(|_| format!("{:?}", random.of(PATHS))).collect();
        spec.push_str(&format!(
            "  - {{ name: f{field}, paths: [{}], mask: {} }}\n",
            paths.join(", "),
            random.of(MASKS)
        ));
    }
    spec.push_str("callers:\n");
    for caller in 0..2 {
        let seen: Vec<String> = (0..fields).filter(|_| random.below(3) == 0).map(|field| format!("f{field}")).collect();
        spec.push_str(&format!(
            "  - {{ name: c{caller}, serviceAccount: shop/c{caller}, sees: [{}] }}\n",
            seen.join(", ")
        ));
    }
    spec.push_str("routes:\n");
    for route in 0..random.below(3) {
        let (field, mask) = (random.below(fields), random.of(MASKS));
        spec.push_str(&format!(
            "  - {{ name: r{route}, match: {{ prefix: /r{route} }}, fields: {{ f{field}: {mask} }} }}\n"
        ));
    }
    if spec.ends_with("routes:\n") {
        spec.truncate(spec.len() - "routes:\n".len());
    }
    Base::Policy.with(&spec)
}

/// What callers get of every document on every route, one that cannot be told among them.
fn responses(plan: Plan, callers: &[Option<usize>]) -> Vec<Vec<u8>> {
    let engine = Engine::compile(plan.check().unwrap(), &Keys::new(b"0123456789abcdef")).unwrap();
    let routes = (0..engine.plan().routes.len()).map(RouteChoice::Listed);
    let routes: Vec<_> = routes.chain([RouteChoice::Unlisted, RouteChoice::Unclear]).collect();
    let mut all = Vec::new();
    for &caller in callers {
        for &route in &routes {
            for document in DOCUMENTS {
                let mut out = Vec::new();
                match engine.decide(caller, route) {
                    Decision::Mask(masked) => {
                        let mut stream = masked.view.stream();
                        stream.push(document.as_bytes(), &mut out).unwrap();
                        stream.finish(&mut out).unwrap();
                    }
                    Decision::Clear => out.extend_from_slice(document.as_bytes()),
                    Decision::Off | Decision::Deny => {}
                }
                all.push(out);
            }
        }
    }
    all
}

#[test]
fn what_is_said_to_decide_nothing_changes_nothing() {
    let (mut paths, mut seen) = (0, 0);
    let mut random = Random(2026);
    for _ in 0..1_500 {
        let text = policy(&mut random);
        let policies = Policies::from_texts([("policy.yaml", text.clone())]);
        assert!(policies.is_sound(), "{text}{:#?}", policies.findings);
        let policy = &policies.policies[0];
        let everybody = [None, Some(0), Some(1)];
        let before = responses(policy.plan(), &everybody);
        for finding in &policies.findings {
            let mut without = policy.clone();
            if *finding.code == codes::SHADOWED {
                paths += 1;
                for field in &mut without.fields {
                    field.paths.retain(|path| path.span != finding.span);
                    if field.paths.is_empty() {
                        let mut nowhere = policy.fields[0].paths[0].clone();
                        nowhere.value = meshveil_json::Query::parse("$.nowhere").unwrap();
                        field.paths.push(nowhere);
                    }
                }
                assert_eq!(before, responses(without.plan(), &everybody), "{}\n{text}", finding.message);
            } else if *finding.code == codes::SEEN_IN_VAIN && finding.severity == Severity::Warning {
                seen += 1;
                let at = policy.callers.iter().position(|caller| caller.sees_spans.contains(&finding.span)).unwrap();
                let caller = &mut without.callers[at];
                let Sees::Fields(fields) = &mut caller.sees else { panic!("it names fields") };
                let field = fields.remove(caller.sees_spans.iter().position(|span| *span == finding.span).unwrap());
                // A mask that gives way to every other: were any of the field not masked by others, it would show.
                let weakest = serde_json::from_str(r#"{"partial": {"keepFirst": 1024, "minHidden": 1}}"#).unwrap();
                without.fields.iter_mut().find(|other| other.name.value == field).unwrap().mask.value = weakest;
                for route in &mut without.routes {
                    route.fields.retain(|(name, _)| name.value != field);
                }
                let own = [Some(at)];
                let message = format!("{}\n{text}", finding.message);
                assert_eq!(responses(policy.plan(), &own), responses(without.plan(), &own), "{message}");
            }
        }
    }
    assert!(paths > 300 && seen > 100, "{paths} paths, {seen} seen");
}
