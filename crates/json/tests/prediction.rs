//! Random plans: the form that `Decisions::worst` predicts for each field is the form in which it leaves at worst, found by
//! asking the engine for every request of a space that reaches every route, and masking a document whose values are known.
//!
//! Forms are read off the bytes that leave: the letters of a value occur nowhere else, neither in another value nor in what a
//! mask writes.

use std::collections::BTreeMap;

use meshveil_json::{Engine, read_plan};
use meshveil_mask::Keys;
use meshveil_plan::{Decision, Decisions, Evidence, Form, OnError, Request, RouteChoice, Worst};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Masks with and without visible characters. `null` and `default` write nothing of a text.
const MASKS: [&str; 10] = [
    r#""redact""#,
    r#""null""#,
    r#""drop""#,
    r#""default""#,
    r#"{"pseudonym": {}}"#,
    r#"{"pseudonym": {"encoding": "digits", "length": 16}}"#,
    r#"{"partial": {"keepLast": 2}}"#,
    r#"{"partial": {"keepFirst": 3, "keepLast": 1, "length": "same"}}"#,
    r#""email""#,
    r#"{"email": {"keepFirst": 2, "keepDomain": false}}"#,
];

const PRINCIPALS: [&str; 4] = ["spiffe://t/a", "spiffe://t/b", "spiffe://t/c", "spiffe://t/hop"];
const HEADERS: [(&str, &str); 3] = [("x-who", "desk"), ("x-who", "audit"), ("x-team", "red")];
const PATHS: [&str; 4] = ["/a", "/a/b", "/c", "/"];
const HOSTS: [&str; 2] = ["one.test", "two.test"];
const METHODS: [&str; 2] = ["GET", "POST"];
/// What may be listed, each with a media type of it.
const PASSES: [(&str, &str); 3] = [("text/html", "text/html"), ("image/*", "image/png"), ("text/csv", "text/csv")];
const UNLISTED: &str = "application/pdf";

/// Cyrillic letters, eight for each field.
fn letters(field: usize) -> Vec<char> {
    ('а'..='я').skip(field * 8).take(8).collect()
}

/// A text that every mask takes for an e-mail address, and that is long enough to be shown in part.
fn value(field: usize) -> String {
    let letters: String = letters(field).into_iter().collect();
    format!("{letters}@{letters}.{letters}")
}

/// What no path lists.
const REST: &str = "αβγδεζηθ";

/// A document with what no path lists, and one without.
fn documents(fields: usize) -> [String; 2] {
    let members: Vec<String> = (0..fields).map(|at| format!(r#""f{at}": "{}""#, value(at))).collect();
    let members = members.join(", ");
    [format!(r#"{{"id": 7, "records": [{{{members}}}], "rest": "{REST}"}}"#), format!("{{{members}}}")]
}

/// A document with members of the same names at a place that routes may except: texts, or arrays of texts, of which an
/// allow-list does not list what is in them.
fn with_errors(document: &str, fields: usize) -> [String; 2] {
    [["\"", "\""], ["[\"", "\"]"]].map(|[before, after]| {
        let members: Vec<String> = (0..fields).map(|at| format!(r#""f{at}": {before}{}{after}"#, value(at))).collect();
        document.replacen('{', &format!(r#"{{"errors": {{{}}}, "#, members.join(", ")), 1)
    })
}

/// The form of a field in bytes that left.
fn seen(body: &[u8], field: usize) -> Form {
    let body = String::from_utf8(body.to_vec()).unwrap();
    if field == usize::MAX {
        return if body.contains(REST) { Form::Clear } else { Form::Masked };
    }
    if body.contains(&value(field)) {
        Form::Clear
    } else if letters(field).into_iter().any(|letter| body.contains(letter)) {
        Form::Partial
    } else {
        Form::Masked
    }
}

fn mask() -> impl Strategy<Value = Value> {
    prop::sample::select(&MASKS[..]).prop_map(|mask| serde_json::from_str(mask).unwrap())
}

fn some_of(fields: usize) -> impl Strategy<Value = Vec<String>> {
    let names: Vec<String> = (0..fields).map(|at| format!("f{at}")).collect();
    prop::sample::subsequence(names, 0..=fields)
}

fn ranges() -> impl Strategy<Value = Vec<&'static str>> {
    let ranges: Vec<&str> = PASSES.iter().map(|(range, _)| *range).collect();
    prop_oneof![3 => Just(Vec::new()), 1 => prop::sample::subsequence(ranges, 1..=2)]
}

fn identity() -> impl Strategy<Value = Value> {
    prop_oneof![
        3 => prop::sample::select(&PRINCIPALS[..]).prop_map(|id| json!({ "principal": id })),
        2 => prop::sample::select(&HEADERS[..])
            .prop_map(|(name, value)| json!({ "header": { "name": name, "value": value } })),
        // Tokens are not a matter of where a request comes from: nothing may follow from them.
        1 => Just(json!({ "claim": { "name": "role", "value": "desk" } })),
    ]
}

fn caller(fields: usize) -> impl Strategy<Value = Value> {
    let sees = prop_oneof![1 => Just(json!("all")), 3 => some_of(fields).prop_map(|names| json!(names))];
    (prop::collection::vec(identity(), 1..3), sees).prop_map(|(ways, sees)| json!({ "match": ways, "sees": sees }))
}

fn conditions() -> impl Strategy<Value = Value> {
    let path = prop_oneof![
        prop::sample::select(&PATHS[..]).prop_map(|path| json!({ "path": path })),
        prop::sample::select(&PATHS[..]).prop_map(|path| json!({ "prefix": path })),
        Just(json!({ "routeName": "envoy-route" })),
        prop::sample::select(&HOSTS[..]).prop_map(|host| json!({ "host": host })),
    ];
    let more = (
        prop::option::weighted(0.2, prop::sample::select(&HOSTS[..])),
        prop::option::weighted(0.2, prop::sample::select(&METHODS[..])),
    );
    let narrow = (path, more).prop_map(|(mut found, (host, method))| {
        if let Some(host) = host {
            found["host"] = json!(host);
        }
        if let Some(method) = method {
            found["methods"] = json!([method]);
        }
        found
    });
    // Where one route matches everything, the fields' own masks hold nowhere.
    prop_oneof![3 => narrow, 1 => Just(json!({ "prefix": "/" }))]
}

fn unlisted() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&["show", "mask", "refuse"][..])
}

fn stage() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&["observe", "mask", "enforce"][..])
}

fn route(fields: usize) -> impl Strategy<Value = Value> {
    let masks = prop::collection::vec(prop::option::weighted(0.4, mask()), fields);
    let how = prop_oneof![
        1 => Just(json!({ "masking": "off" })),
        3 => (masks, ranges(), some_of(fields), any::<bool>(), prop::option::weighted(0.3, unlisted())).prop_map(
            |(masks, passes, except, excepts, unlisted)| {
                let paths = |name: &String| json!([format!("$.errors.{name}[*]"), format!("$.errors.{name}")]);
                let except = except.into_iter().filter(|_| excepts).map(|name| (name.clone(), paths(&name)));
                let except: BTreeMap<String, Value> = except.collect();
                let masks: BTreeMap<String, Value> =
                    masks.into_iter().enumerate().filter_map(|(at, mask)| Some((format!("f{at}"), mask?))).collect();
                let mut route = json!({ "fields": masks, "passes": passes, "except": except });
                if let Some(unlisted) = unlisted {
                    route["unlisted"] = json!(unlisted);
                }
                route
            }
        ),
    ];
    let stage = prop::option::weighted(0.3, stage());
    (prop::option::weighted(0.8, conditions()), how, stage).prop_map(|(found, mut route, stage)| {
        if let Some(stage) = stage.filter(|_| route["masking"] != "off") {
            route["stage"] = json!(stage);
        }
        if let Some(found) = found {
            route["match"] = found;
        }
        route
    })
}

fn named(kind: &str, items: Vec<Value>) -> Vec<Value> {
    let name = |(at, mut item): (usize, Value)| {
        item["name"] = json!(format!("{kind}{at}"));
        item
    };
    items.into_iter().enumerate().map(name).collect()
}

fn plan() -> impl Strategy<Value = Value> {
    prop::collection::vec(mask(), 1..5).prop_flat_map(|masks| {
        let count = masks.len();
        let who = (prop::collection::vec(caller(count), 0..4), any::<bool>());
        let unlisted = prop_oneof![1 => Just("show"), 1 => unlisted()];
        let stage = prop_oneof![4 => Just("enforce"), 1 => stage()];
        let how = (prop::bool::weighted(0.1), unlisted, stage);
        let what = (prop::collection::vec(route(count), 0..4), ranges(), how);
        (Just(masks), who, what).prop_map(
            |(masks, (callers, others_denied), (routes, passes, (pass_errors, unlisted, stage)))| {
                let field = |(at, mask): (usize, Value)| json!({ "paths": [format!("$..f{at}")], "mask": mask });
                json!({
                    "version": 1,
                    "stage": stage,
                    "fields": named("f", masks.into_iter().enumerate().map(field).collect()),
                    "callers": named("caller-", callers),
                    "routes": named("route-", routes),
                    "trustedHops": ["spiffe://t/hop"],
                    "others": if others_denied { "deny" } else { "masked" },
                    "passes": passes,
                    "unlisted": unlisted,
                    "shows": ["$.id", "$..f0"],
                    "onError": if pass_errors { "pass" } else { "block" },
                })
            },
        )
    })
}

/// What a request shows of its sender.
struct Sender<'a> {
    principal: Option<&'a str>,
    headers: &'a [(&'a str, &'a str)],
}

impl Evidence for Sender<'_> {
    fn principal(&self) -> Option<String> {
        self.principal.map(str::to_owned)
    }

    fn claim(&self, _: &str, _: &str) -> Vec<String> {
        Vec::new()
    }

    fn header(&self, name: &str) -> Option<String> {
        let mut values = self.headers.iter().filter(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        values.next().filter(|_| values.next().is_none())
    }
}

/// Every set of at most two identity headers.
fn header_sets() -> Vec<Vec<(&'static str, &'static str)>> {
    let single = HEADERS.map(|header| vec![header]);
    let pairs = [vec![HEADERS[0], HEADERS[2]], vec![HEADERS[1], HEADERS[2]], vec![HEADERS[0], HEADERS[1]]];
    [vec![]].into_iter().chain(single).chain(pairs).collect()
}

/// Every request line, with what Envoy may say of the route it chose.
fn for_each_route(engine: &Engine, mut visit: impl FnMut(RouteChoice)) {
    let routes = &engine.plan().routes;
    let of_envoy = [(None, None), (None, Some(&b"envoy-route"[..]))].into_iter();
    let named = routes.iter().map(|route| (Some(route.name.as_bytes()), None));
    for (metadata, route_name) in of_envoy.chain(named).chain([(Some(&b"gone"[..]), None)]) {
        for path in PATHS.into_iter().chain([
            "/elsewhere",
            "/below",
            "/a/below",
            "/a/b/below",
            "/c/below",
            "/a?x=1",
            "/A",
            "/a/../c",
            "/a;x",
            "/%61",
            "*",
        ]) {
            for host in HOSTS.into_iter().chain(["three.test"]) {
                for method in METHODS.into_iter().chain(["get"]) {
                    for overridden in [false, true] {
                        let (host, path, method) = (host.as_bytes(), path.as_bytes(), method.as_bytes());
                        let request = Request { metadata, route_name, host, path, method, replaced: overridden };
                        visit(engine.choose_route(&request).route);
                    }
                }
            }
        }
    }
}

/// What arrives of a response, by the rules for bodies that cannot be masked; `None` where nothing of the application does.
fn arrives(
    decision: &Decision<'_, &meshveil_json::Masker>,
    is_observed: bool,
    media_type: &str,
    body: &str,
) -> Option<Vec<u8>> {
    if is_observed {
        return Some(body.as_bytes().to_vec());
    }
    let masked = match decision {
        Decision::Off | Decision::Clear => return Some(body.as_bytes().to_vec()),
        Decision::Deny => return None,
        Decision::Mask(masked) => masked,
    };
    if media_type != "application/json" {
        let passes = masked.passes.contain(media_type) || masked.on_error == OnError::Pass;
        return passes.then(|| body.as_bytes().to_vec());
    }
    let (mut stream, mut out) = (masked.view.stream(), Vec::new());
    let ends = stream.push(body.as_bytes(), &mut out).and_then(|()| stream.finish(&mut out));
    // A response that holds what is not listed may be refused; nothing else is.
    ends.map_or_else(
        |error| {
            assert_eq!(error.code, meshveil_json::ErrorCode::Unlisted);
            None
        },
        |()| Some(out),
    )
}

/// For each field, and what no path lists, the worst form over all requests of a source, and the worst in JSON where masking is on.
fn measured(engine: &Engine, principal: Option<&str>) -> Vec<(Form, Form)> {
    let fields = engine.plan().fields.len();
    let bodies = documents(fields).map(|body| (with_errors(&body, fields), body));
    let media: Vec<&str> = PASSES.iter().map(|(_, media)| *media).chain(["application/json", UNLISTED]).collect();
    let mut worst = vec![(Form::Unreachable, Form::Unreachable); fields + 1];
    let mut known: Vec<(Option<usize>, RouteChoice)> = Vec::new();
    for headers in header_sets() {
        let caller = engine.identify(&Sender { principal, headers: &headers });
        for_each_route(engine, |route| {
            // One masking for all requests that the engine cannot tell apart.
            if known.contains(&(caller, route)) {
                return;
            }
            known.push((caller, route));
            let decision = engine.decide(caller, route);
            let is_observed = engine.decisions().is_observed(route);
            for (media, (with_errors, body)) in
                media.iter().flat_map(|media| bodies.iter().map(move |body| (media, body)))
            {
                let in_json = arrives(&decision, is_observed, media, body);
                let arrived = with_errors.each_ref().map(|body| arrives(&decision, is_observed, media, body));
                let subjects = (0..fields).chain([usize::MAX]).filter(|&at| at < fields || body.contains(REST));
                for (at, worst) in subjects.zip(&mut worst) {
                    let form = |arrived: &Option<Vec<u8>>| arrived.as_ref().map_or(Form::Denied, |body| seen(body, at));
                    worst.0 = arrived.iter().map(form).fold(worst.0.max(form(&in_json)), Form::max);
                    if *media == "application/json" && !matches!(decision, Decision::Off) {
                        worst.1 = worst.1.max(form(&in_json));
                    }
                }
            }
        });
    }
    worst
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn worst_form_is_the_worst_that_leaves(plan in plan()) {
        let read = || read_plan(plan.to_string().as_bytes()).unwrap();
        let engine = Engine::compile(read(), &Keys::new(b"only-for-tests-0123456789")).unwrap();
        let decisions = Decisions::new(read().into_plan());
        for principal in PRINCIPALS.map(Some).into_iter().chain([Some("spiffe://t/unknown"), None]) {
            let forms = |worst: &Worst| (worst.form, worst.in_json);
            let mut predicted: Vec<(Form, Form)> = decisions.worst(principal).iter().map(forms).collect();
            let mut measured = measured(&engine, principal);
            match decisions.worst_unlisted(principal) {
                Some(worst) => predicted.push(forms(&worst)),
                // Nothing is said of what is never masked.
                None => measured.truncate(predicted.len()),
            }
            for (at, (predicted, measured)) in predicted.iter().zip(&measured).enumerate() {
                prop_assert!(predicted.0 >= measured.0 && predicted.1 >= measured.1,
                    "f{} of {:?} arrives in a worse form than predicted: {:?} > {:?}", at, principal, measured, predicted);
            }
            // The requests reach every route, so that nothing worse may be predicted than arrives.
            prop_assert_eq!(predicted, measured, "{:?}", principal);
        }
    }
}

#[test]
fn every_letter_of_a_value_belongs_to_one_field() {
    let alphabet: Vec<char> = (0..4).flat_map(letters).collect();
    assert_eq!(alphabet.len(), 32);
    assert!(alphabet.iter().enumerate().all(|(at, letter)| !alphabet[..at].contains(letter)));
    assert_eq!(seen(documents(4)[0].as_bytes(), 3), Form::Clear);
    assert_eq!(seen(documents(3)[0].as_bytes(), 3), Form::Masked);
    assert_eq!(seen(documents(3)[0].as_bytes(), usize::MAX), Form::Clear);
    assert_eq!(seen("д***".as_bytes(), 0), Form::Partial);
}
