//! A random policy with routes, and the requests that reach each of them.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

/// Accounts that connect. The last two are a hop and an account that no policy lists.
pub const ACCOUNTS: [&str; 5] = ["ann", "bob", "eve", "gate", "batch"];
const HOP: &str = "gate";
const LISTED: usize = 3;

/// Identity headers, and the values that callers may be known by.
pub const HEADERS: [(&str, &str); 2] = [("x-who", "desk"), ("x-team", "red")];

const MASKS: [&str; 8] = [
    r#""redact""#,
    r#""null""#,
    r#""drop""#,
    r#""default""#,
    r#"{"pseudonym": {}}"#,
    r#"{"partial": {"keepLast": 2}}"#,
    r#""email""#,
    r#"{"email": {"keepFirst": 2, "keepDomain": false}}"#,
];

const RANGES: [&str; 3] = ["text/html", "image/*", "text/csv"];

/// How a route is found. Paths of different routes never match the same request, so that each is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Found {
    Path,
    Prefix,
    PathOfMethod,
    Host,
}

#[derive(Debug, Clone)]
struct Route {
    found: Found,
    /// Masking is off.
    off: bool,
    masks: Vec<Option<usize>>,
    passes: Vec<&'static str>,
    /// Fields of which the route excepts values.
    except: Vec<bool>,
    /// It is only observed.
    observed: bool,
}

/// A policy, as far as it differs.
#[derive(Debug, Clone)]
pub struct Case {
    fields: Vec<usize>,
    /// By account; each with the fields it sees in clear, `None` stands for all.
    callers: Vec<(usize, Option<Vec<bool>>)>,
    /// The same, known by a header.
    header_callers: Vec<(usize, Option<Vec<bool>>)>,
    others_masked: bool,
    routes: Vec<Route>,
    /// The last route matches what the others do not.
    rest: Option<Route>,
    passes: Vec<&'static str>,
    pass_errors: bool,
    strict: bool,
}

/// A request line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its method.
    pub method: &'static str,
    /// Its path.
    pub path: String,
    /// Its host.
    pub host: String,
}

fn sees(fields: usize) -> impl Strategy<Value = Option<Vec<bool>>> {
    prop::option::weighted(0.8, prop::collection::vec(any::<bool>(), fields))
}

fn ranges() -> impl Strategy<Value = Vec<&'static str>> {
    prop_oneof![3 => Just(Vec::new()), 1 => prop::sample::subsequence(RANGES.to_vec(), 1..=2)]
}

fn route(fields: usize) -> impl Strategy<Value = Route> {
    let found = prop::sample::select(vec![Found::Path, Found::Prefix, Found::PathOfMethod, Found::Host]);
    let masks = prop::collection::vec(prop::option::weighted(0.4, 0..MASKS.len()), fields);
    let except = prop::collection::vec(prop::bool::weighted(0.2), fields);
    let observed = prop::bool::weighted(0.1);
    let what = (masks, ranges(), except, observed);
    (found, prop::bool::weighted(0.2), what).prop_map(|(found, off, (masks, passes, except, observed))| Route {
        found,
        off,
        masks,
        passes,
        except,
        observed,
    })
}

/// Any policy.
pub fn case() -> impl Strategy<Value = Case> {
    prop::collection::vec(0..MASKS.len(), 1..5).prop_flat_map(|fields| {
        let count = fields.len();
        let callers = prop::collection::vec((0..LISTED, sees(count)), 0..4);
        let header_callers = prop::collection::vec((0..HEADERS.len(), sees(count)), 0..3);
        let routes = (prop::collection::vec(route(count), 0..4), prop::option::weighted(0.3, route(count)));
        let more = (any::<bool>(), ranges(), prop::bool::weighted(0.1), any::<bool>());
        (Just(fields), callers, header_callers, routes, more).prop_map(
            |(
                fields,
                mut callers,
                mut header_callers,
                (routes, rest),
                (others_masked, passes, pass_errors, strict),
            )| {
                // Two callers with one identity are an error.
                let mut seen = BTreeSet::new();
                callers.retain(|(account, _)| seen.insert(*account));
                seen.clear();
                header_callers.retain(|(header, _)| seen.insert(*header));
                Case { fields, callers, header_callers, others_masked, routes, rest, passes, pass_errors, strict }
            },
        )
    })
}

impl Route {
    fn json(&self, at: usize, found: &Value) -> Value {
        let mut route = json!({ "name": format!("route-{at}"), "match": found });
        if self.off {
            route["masking"] = json!("off");
            return route;
        }
        route["passes"] = json!(self.passes);
        if self.observed {
            route["stage"] = json!("observe");
        }
        let except = self.except.iter().enumerate().filter(|(_, is)| **is);
        route["except"] =
            except.map(|(field, _)| (format!("f{field}"), json!([format!("$.errors.f{field}")]))).collect();
        let masks = self.masks.iter().enumerate().filter_map(|(field, mask)| Some((format!("f{field}"), (*mask)?)));
        route["fields"] = masks.map(|(field, mask)| (field, mask_of(mask))).collect();
        route
    }

    fn found(&self, at: usize) -> Value {
        match self.found {
            Found::Path => json!({ "path": format!("/r{at}") }),
            Found::Prefix => json!({ "prefix": format!("/r{at}") }),
            Found::PathOfMethod => json!({ "path": format!("/r{at}"), "methods": ["POST"] }),
            Found::Host => json!({ "host": format!("h{at}.test") }),
        }
    }
}

fn mask_of(mask: usize) -> Value {
    serde_json::from_str(MASKS[mask]).unwrap()
}

impl Case {
    /// How many fields there are: `f0`, `f1` and so on.
    pub fn fields(&self) -> usize {
        self.fields.len()
    }

    /// The policy; JSON is YAML.
    pub fn text(&self) -> String {
        let field = |(at, mask): (usize, &usize)| json!({ "name": format!("f{at}"), "paths": [format!("$..f{at}")], "mask": mask_of(*mask) });
        let seen = |sees: &Option<Vec<bool>>| match sees {
            None => json!("all"),
            Some(sees) => (0..sees.len()).filter(|at| sees[*at]).map(|at| json!(format!("f{at}"))).collect(),
        };
        let by_account = self.callers.iter().map(|(account, sees)| {
            let account = ACCOUNTS[*account];
            json!({ "name": account, "serviceAccount": format!("shop/{account}"), "sees": seen(sees) })
        });
        let by_header = self.header_callers.iter().map(|(header, sees)| {
            let (name, value) = HEADERS[*header];
            json!({ "name": value, "header": { "name": name, "value": value }, "sees": seen(sees) })
        });
        let mut routes: Vec<Value> =
            self.routes.iter().enumerate().map(|(at, route)| route.json(at, &route.found(at))).collect();
        if let Some(rest) = &self.rest {
            routes.push(rest.json(routes.len(), &json!({ "prefix": "/" })));
        }
        json!({
            "apiVersion": "meshveil.dev/v1alpha1",
            "kind": "MaskingPolicy",
            "metadata": { "name": "customers", "namespace": "shop" },
            "spec": {
                "workload": {
                    "selector": { "app": "customers" },
                    "serviceAccount": "customers",
                    "ports": [{ "port": 8080, "name": "http" }],
                },
                "fields": self.fields.iter().enumerate().map(field).collect::<Vec<_>>(),
                "callers": by_account.chain(by_header).collect::<Vec<_>>(),
                "trustedHops": [format!("shop/{HOP}")],
                "others": if self.others_masked { "masked" } else { "deny" },
                "routes": routes,
                "passes": self.passes,
                "onError": if self.pass_errors { "pass" } else { "block" },
                "delivery": if self.strict { "strict" } else { "standard" },
                "key": { "env": "MESHVEIL_KEY", "id": "k" },
            },
        })
        .to_string()
    }

    /// A request for each route, some that no route lists, and some whose path has two readings.
    pub fn requests(&self) -> Vec<Line> {
        let line = |method, path: &str, host: &str| Line { method, path: path.to_owned(), host: host.to_owned() };
        let mut lines = vec![
            line("GET", "/", "shop.test"),
            line("POST", "/elsewhere", "shop.test"),
            line("GET", "/r0;x", "shop.test"),
            line("GET", "/R0", "shop.test"),
        ];
        for (at, route) in self.routes.iter().enumerate() {
            let path = format!("/r{at}");
            match route.found {
                Found::Path => lines.push(line("GET", &path, "shop.test")),
                Found::Prefix => lines.push(line("GET", &format!("{path}/below?x=1"), "shop.test")),
                Found::PathOfMethod => lines.push(line("POST", &path, "shop.test")),
                Found::Host => lines.push(line("GET", "/", &format!("h{at}.test"))),
            }
        }
        lines
    }
}
