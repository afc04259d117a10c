//! What stands under `spec`.

use std::collections::{BTreeMap, BTreeSet};

use meshveil_json::Query;
use meshveil_plan::{
    Arrival, BadLines, Delivery, Detect, Limits, Masking, MediaRange, Names, OnError, Others, PreviousKey, Reading,
    RouteMatch, Sees, Stage, Unlisted, Writes,
};
use meshveil_text::{Cidr, Node, Span, nearest};

use super::{Reader, allow_list, cluster, detect, except, headers, map::Map, mask, media, network, scalar, stage};
use crate::{
    Caller, Client, ClusterSettings, Date, EnvironmentSettings, Field, Hop, Jwt, Key, Metrics, Peer, Port, Protocol,
    Route, ServicePort, Spanned, TrustedHeader, Workload, codes, schema,
};

#[derive(Default)]
pub(super) struct Spec {
    pub(super) stage: Option<Spanned<Stage>>,
    pub(super) until: Option<Spanned<Date>>,
    pub(super) workload: Option<Workload>,
    pub(super) fields: Vec<Field>,
    pub(super) callers: Vec<Caller>,
    pub(super) others: Others,
    pub(super) routes: Vec<Route>,
    pub(super) trusted_hops: Vec<Hop>,
    pub(super) stores: Vec<Peer>,
    pub(super) egress: Vec<Peer>,
    pub(super) metrics: Option<Metrics>,
    pub(super) probes: Vec<Spanned<Cidr>>,
    pub(super) passes: Vec<Spanned<MediaRange>>,
    pub(super) reads: Vec<(Spanned<String>, Reading)>,
    pub(super) bad_lines: BadLines,
    pub(super) headers: Vec<(Spanned<String>, Arrival)>,
    pub(super) writes: Writes,
    pub(super) unlisted: Option<Spanned<Unlisted>>,
    pub(super) shows: Vec<Spanned<Query>>,
    pub(super) detect: Option<Spanned<Detect>>,
    pub(super) on_error: Option<Spanned<OnError>>,
    pub(super) delivery: Delivery,
    pub(super) key: Option<Key>,
    pub(super) limits: Limits,
    pub(super) trust_domain: String,
    pub(super) passthrough: Vec<Client>,
    pub(super) cluster: ClusterSettings,
    pub(super) environments: Vec<EnvironmentSettings>,
}

pub(super) fn read(reader: &mut Reader<'_>, node: &Node) -> Option<Spec> {
    let map = Map::read(reader, node, &schema::SPEC)?;
    let mut spec = Spec { trust_domain: "cluster.local".to_owned(), ..Spec::default() };
    (spec.stage, spec.until) = stage::read(reader, &map);
    let mut known = BTreeSet::new();
    if let Some(node) = map.required(reader, "workload") {
        spec.workload = workload(reader, node);
    }
    if let Some(node) = map.required(reader, "fields") {
        spec.fields = scalar::items(reader, node).iter().filter_map(|node| field(reader, node)).collect();
        let names = names(node);
        unique(reader, &names, "field");
        known = names.into_iter().map(|name| name.value).collect();
    }
    if let Some(node) = map.optional("trustDomain")
        && let Some(text) = scalar::text(reader, node)
    {
        spec.trust_domain = text.value;
    }
    if let Some(node) = map.optional("trustedHops") {
        spec.trusted_hops = scalar::items(reader, node).iter().filter_map(|node| network::hop(reader, node)).collect();
    }
    let mut peer_names = Vec::new();
    for (key, object, peers) in
        [("stores", &schema::STORE, &mut spec.stores), ("egress", &schema::PEER, &mut spec.egress)]
    {
        if let Some(node) = map.optional(key) {
            peers.extend(scalar::items(reader, node).iter().filter_map(|node| network::peer(reader, node, object)));
            peer_names.extend(names(node));
        }
    }
    unique(reader, &peer_names, "peer");
    if let Some(node) = map.optional("passthrough") {
        spec.passthrough = network::clients(reader, node);
        unique(reader, &names(node), "peer");
    }
    if let Some(node) = map.optional("cluster") {
        spec.cluster = cluster::read(reader, node).unwrap_or_default();
    }
    if let Some(node) = map.optional("environments") {
        spec.environments = cluster::environments(reader, node);
        unique(reader, &names(node), "environment");
        let namespaces: Vec<_> = spec.environments.iter().map(|environment| environment.namespace.clone()).collect();
        unique(reader, &namespaces, "environment in namespace");
    }
    spec.metrics = map.optional("metrics").and_then(|node| network::metrics(reader, node));
    if let Some(node) = map.optional("probes") {
        spec.probes = scalar::items(reader, node).iter().filter_map(|node| scalar::cidr(reader, node)).collect();
    }
    if let Some(node) = map.optional("callers") {
        let has_hops = map.optional("trustedHops").is_some();
        spec.callers =
            scalar::items(reader, node).iter().filter_map(|node| caller(reader, node, &known, has_hops)).collect();
        unique(reader, &names(node), "caller");
    }
    if let Some(node) = map.optional("others") {
        let words = [("deny", Others::Deny), ("masked", Others::Masked)];
        spec.others = scalar::word(reader, node, &words).unwrap_or_default();
    }
    spec.reads = map.optional("reads").map(|node| media::reads(reader, node)).unwrap_or_default();
    spec.bad_lines = map.optional("badLines").and_then(|node| bad_lines(reader, node)).unwrap_or_default();
    spec.writes = map.optional("writes").and_then(|node| writes(reader, node)).unwrap_or_default();
    spec.headers = map.optional("headers").map(|node| headers::listed(reader, node)).unwrap_or_default();
    (spec.unlisted, spec.shows) = allow_list::read(reader, &map);
    spec.detect = detect::read(reader, &map);
    if let Some(node) = map.optional("routes") {
        let routes = scalar::items(reader, node).iter();
        spec.routes = routes.filter_map(|node| route(reader, node, &known, &spec.reads)).collect();
        unique(reader, &names(node), "route");
    }
    if let Some(node) = map.optional("passes") {
        spec.passes = media::ranges(reader, node, &[&spec.reads]);
    }
    if let Some(node) = map.optional("onError") {
        let words = [("block", OnError::Block), ("pass", OnError::Pass)];
        let word = scalar::word(reader, node, &words);
        spec.on_error = word.map(|value| Spanned { value, span: node.span });
    }
    if let Some(node) = map.optional("delivery") {
        let words = [("standard", Delivery::Standard), ("strict", Delivery::Strict)];
        spec.delivery = scalar::word(reader, node, &words).unwrap_or_default();
    }
    if let Some(node) = map.optional("key") {
        spec.key = key(reader, node);
    }
    if let Some(node) = map.optional("limits") {
        limits(reader, node, &mut spec.limits);
    }
    keyed_masks(reader, &spec, map.optional("key").is_some());
    Some(spec)
}

fn keyed_masks(reader: &mut Reader<'_>, spec: &Spec, has_key: bool) {
    if has_key {
        return;
    }
    let own = spec.fields.iter().map(|field| &field.mask);
    let of_routes = spec.routes.iter().flat_map(|route| route.fields.iter().map(|(_, mask)| mask));
    for mask in own.chain(of_routes).filter(|mask| mask.value.is_keyed()) {
        let node = Node { value: meshveil_text::Value::Null, span: mask.span };
        reader.error(&codes::NO_KEY, &node, format!("`{}` needs a key", mask.value.id())).help =
            Some("add `key: { env: MESHVEIL_KEY }` and set the variable in the sidecar".to_owned());
    }
}

/// The names of a list's items, those of faulty items included: references to these are valid.
fn names(list: &Node) -> Vec<Spanned<String>> {
    let name = |item: &Node| {
        let node = item.get("name")?;
        Some(Spanned { value: node.text()?.to_owned(), span: node.span })
    };
    list.items().iter().filter_map(name).collect()
}

fn unique(reader: &mut Reader<'_>, names: &[Spanned<String>], what: &str) {
    let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
    for name in names {
        if let Some(first) = seen.get(name.value.as_str()) {
            let node = Node { value: meshveil_text::Value::Null, span: name.span };
            let finding = reader.error(&codes::DUPLICATE_NAME, &node, format!("a second {what} `{}`", name.value));
            *finding = finding.clone().label(*first, "the first");
        } else {
            seen.insert(&name.value, name.span);
        }
    }
}

fn workload(reader: &mut Reader<'_>, node: &Node) -> Option<Workload> {
    let map = Map::read(reader, node, &schema::WORKLOAD)?;
    let selector = map.required(reader, "selector").and_then(|node| scalar::labels(reader, node));
    let service_account = map.optional("serviceAccount").and_then(|node| scalar::name(reader, node));
    let mut ports = Vec::new();
    if let Some(node) = map.required(reader, "ports") {
        for node in scalar::items(reader, node) {
            let Some(map) = Map::read(reader, node, &schema::PORT) else { continue };
            let port = map.required(reader, "port").and_then(|node| scalar::port(reader, node));
            let name = map.optional("name").and_then(|node| scalar::name(reader, node));
            ports.extend(port.map(|port| Port { port, name }));
        }
    }
    let peers = map.optional("peers").map(|node| network::own_ports(reader, node)).unwrap_or_default();
    if service_account.is_none() && peers.iter().any(|peer| peer.protocol == Protocol::Tcp) {
        reader.error(&codes::MISSING_KEY, node, "`peers` need the ServiceAccount that the replicas run as").help =
            Some("add `serviceAccount`: replicas are known to each other by it".to_owned());
    }
    let service = map.optional("service").and_then(|node| {
        let map = Map::read(reader, node, &schema::SERVICE)?;
        let name = map.required(reader, "name").and_then(|node| scalar::name(reader, node));
        let port = map.optional("port").and_then(|node| scalar::port(reader, node));
        Some(ServicePort { name: name?, port })
    });
    Some(Workload { selector: selector?, service_account, ports, peers, service })
}

fn field(reader: &mut Reader<'_>, node: &Node) -> Option<Field> {
    let map = Map::read(reader, node, &schema::FIELD)?;
    let name = map.required(reader, "name").and_then(|node| scalar::name(reader, node));
    let headers = map.optional("headers").map(|node| headers::names(reader, node));
    let paths = map.optional("paths").map(|node| {
        let paths: Vec<_> = scalar::items(reader, node).iter().filter_map(|node| scalar::query(reader, node)).collect();
        if matches!(&node.value, meshveil_text::Value::List(items) if items.is_empty()) {
            reader.error(&codes::MISSING_KEY, node, "a field has at least one path");
        }
        paths
    });
    if headers.is_none() && paths.is_none() {
        reader.error(&codes::MISSING_KEY, node, "a field has no `paths`");
    }
    let is_somewhere = headers.is_some() || paths.is_some();
    let (headers, mut paths) = (headers.unwrap_or_default(), paths.unwrap_or_default());
    let names = allow_list::names(reader, &map);
    let keys = allow_list::keys(reader, &map);
    let inside = allow_list::inside(reader, &map);
    let mask = match map.optional("mask") {
        Some(node) => mask::mask(reader, node),
        // An explicit `null` is the mask of that name; nothing at all is missing.
        None => match node.entry("mask") {
            Some((_, node)) => mask::mask(reader, node),
            None => map.required(reader, "mask").and_then(|node| mask::mask(reader, node)),
        },
    };
    if names == Names::AnyCase {
        for path in &mut paths {
            path.value = path.value.clone().in_any_case();
        }
    }
    is_somewhere.then_some(Field { name: name?, paths, headers, names, keys, inside, mask: mask? })
}

fn caller(reader: &mut Reader<'_>, node: &Node, fields: &BTreeSet<String>, has_hops: bool) -> Option<Caller> {
    let map = Map::read(reader, node, &schema::CALLER)?;
    let name = map.required(reader, "name").and_then(|node| scalar::name(reader, node));
    let account_node = map.optional("serviceAccount");
    let service_account = account_node.and_then(|node| scalar::service_account(reader, node));
    let pods = map.optional("pods").and_then(|node| scalar::labels(reader, node));
    let jwt_node = map.optional("jwt");
    let jwt = jwt_node.and_then(|node| {
        let map = Map::read(reader, node, &schema::JWT)?;
        let claim = map.required(reader, "claim").and_then(|node| scalar::text(reader, node));
        let value = map.required(reader, "value").and_then(|node| scalar::text(reader, node));
        let payload = map.optional("payload").and_then(|node| scalar::text(reader, node));
        let payload = payload.map_or_else(|| "payload".to_owned(), |payload| payload.value);
        let issuer = map.optional("issuer").and_then(|node| scalar::text(reader, node)).map(|issuer| issuer.value);
        Some(Spanned { value: Jwt { payload, issuer, claim: claim?.value, value: value?.value }, span: node.span })
    });
    let header_node = map.optional("header");
    let header = header_node.and_then(|node| {
        let map = Map::read(reader, node, &schema::HEADER)?;
        let name = map.required(reader, "name").and_then(|node| scalar::text(reader, node));
        let value = map.required(reader, "value").and_then(|node| scalar::text(reader, node));
        if !has_hops {
            reader.error(&codes::NO_TRUSTED_HOP, node, "no hop is trusted to set this header").help =
                Some("list the ServiceAccount of the gateway that sets it: `trustedHops: [namespace/name]`".to_owned());
        }
        let name = name?.value.to_ascii_lowercase();
        Some(Spanned { value: TrustedHeader { name, value: value?.value }, span: node.span })
    });
    let (mut sees, mut sees_spans) = (Sees::default(), Vec::new());
    if let Some(node) = map.optional("sees") {
        if node.text() == Some("all") {
            sees = Sees::All;
            sees_spans.push(node.span);
        } else if let [only] = node.items()
            && only.text() == Some("all")
            && !fields.contains("all")
        {
            reader.error(&codes::WRONG_TYPE, only, "`all` stands alone, not in a list").help =
                Some("write `sees: all`".to_owned());
        } else {
            let mut seen = Vec::new();
            for node in scalar::items(reader, node) {
                if let Some(name) = known_field(reader, node, fields) {
                    sees_spans.push(name.span);
                    seen.push(name.value);
                }
            }
            sees = Sees::Fields(seen);
        }
    }
    let name = name?;
    if account_node.is_none() && jwt_node.is_none() && header_node.is_none() {
        let node = Node { value: meshveil_text::Value::Null, span: name.span };
        reader.error(&codes::NOT_IDENTIFIED, &node, format!("nothing identifies the caller `{}`", name.value)).help =
            Some("add `serviceAccount: namespace/name`; pod labels do not identify a caller".to_owned());
    }
    Some(Caller { name, service_account, pods, jwt, header, sees, sees_spans })
}

pub(super) fn known_field(reader: &mut Reader<'_>, node: &Node, fields: &BTreeSet<String>) -> Option<Spanned<String>> {
    let name = scalar::text(reader, node)?;
    if fields.contains(&name.value) {
        return Some(name);
    }
    let help = match nearest(&name.value, fields.iter().map(String::as_str)) {
        Some(known) => format!("did you mean `{known}`?"),
        None => format!("fields: {}", super::map::list(fields.iter().map(String::as_str))),
    };
    reader.error(&codes::UNKNOWN_FIELD, node, format!("no field is called `{}`", name.value)).help = Some(help);
    None
}

fn writes(reader: &mut Reader<'_>, node: &Node) -> Option<Writes> {
    scalar::word(reader, node, &Writes::NAMED)
}

fn bad_lines(reader: &mut Reader<'_>, node: &Node) -> Option<BadLines> {
    scalar::word(reader, node, &[("refuse", BadLines::Refuse), ("drop", BadLines::Drop)])
}

fn route(
    reader: &mut Reader<'_>,
    node: &Node,
    fields: &BTreeSet<String>,
    of_policy: &[(Spanned<String>, Reading)],
) -> Option<Route> {
    let map = Map::read(reader, node, &schema::ROUTE)?;
    let name = map.required(reader, "name").and_then(|node| scalar::name(reader, node));
    let matches = map.optional("match").and_then(|node| {
        let map = Map::read(reader, node, &schema::MATCH)?;
        let text = |reader: &mut Reader<'_>, key| {
            map.optional(key).and_then(|node| scalar::text(reader, node)).map(|text| text.value)
        };
        let mut value = RouteMatch {
            route_name: text(reader, "routeName"),
            host: text(reader, "host"),
            path: text(reader, "path"),
            prefix: text(reader, "prefix"),
            methods: Vec::new(),
        };
        if let Some(node) = map.optional("methods") {
            let methods = scalar::items(reader, node).iter().filter_map(|node| scalar::text(reader, node));
            value.methods = methods.map(|method| method.value).collect();
        }
        Some(Spanned { value, span: node.span })
    });
    let masking = map.optional("masking").and_then(|node| {
        let value = scalar::word(reader, node, &[("on", Masking::On), ("off", Masking::Off)])?;
        Some(Spanned { value, span: node.span })
    });
    let (stage, until) = stage::read(reader, &map);
    let mut changes = Vec::new();
    if let Some(node) = map.optional("fields") {
        if !matches!(node.value, meshveil_text::Value::Map(_)) {
            reader.error(&codes::WRONG_TYPE, node, format!("expected a mask by field, not {}", node.what())).help =
                Some("write `{ field: mask }`".to_owned());
        }
        for (key, value) in node.entries() {
            let key = Node { value: meshveil_text::Value::Text(key.name.clone()), span: key.span };
            let name = known_field(reader, &key, fields);
            let mask = mask::mask(reader, value);
            changes.extend(name.zip(mask));
        }
    }
    let except = map.optional("except").map(|node| except::read(reader, node, fields)).unwrap_or_default();
    let reads = map.optional("reads").map(|node| media::reads(reader, node)).unwrap_or_default();
    let bad_lines = map.optional("badLines").and_then(|node| bad_lines(reader, node));
    let passes = map.optional("passes").map(|node| media::ranges(reader, node, &[&reads, of_policy]));
    let passes = passes.unwrap_or_default();
    let headers = map.optional("headers").map(|node| headers::listed(reader, node)).unwrap_or_default();
    let writes = map.optional("writes").and_then(|node| writes(reader, node));
    let (unlisted, shows) = allow_list::read(reader, &map);
    let detect = detect::read(reader, &map);
    let name = name?;
    let masking = masking.unwrap_or(Spanned { value: Masking::On, span: name.span });
    Some(Route {
        name,
        matches,
        masking,
        stage,
        until,
        fields: changes,
        except,
        passes,
        reads,
        bad_lines,
        writes,
        headers,
        unlisted,
        shows,
        detect,
    })
}

fn key(reader: &mut Reader<'_>, node: &Node) -> Option<Key> {
    let map = Map::read(reader, node, &schema::KEY)?;
    let env = map.required(reader, "env").and_then(|node| scalar::text(reader, node));
    let id = map.optional("id").and_then(|node| scalar::text(reader, node)).map(|id| id.value).unwrap_or_default();
    let previous = map.optional("previous").and_then(|node| {
        let map = Map::read(reader, node, &schema::PREVIOUS_KEY)?;
        let of_previous = map.required(reader, "env").and_then(|node| scalar::text(reader, node))?.value;
        let id_of_previous = map.required(reader, "id").and_then(|node| scalar::text(reader, node))?.value;
        if env.as_ref().is_some_and(|env| env.value == of_previous) || id == id_of_previous {
            reader
                .error(&codes::BAD_VALUE, node, "the previous key has the `env` or the `id` of the current one")
                .help = Some("each key has a variable and an `id` of its own".to_owned());
        }
        Some(PreviousKey { env: of_previous, id: id_of_previous })
    });
    Some(Key { env: env?.value, id, previous })
}

fn limits(reader: &mut Reader<'_>, node: &Node, limits: &mut Limits) {
    let Some(map) = Map::read(reader, node, &schema::LIMITS) else { return };
    let mut number = |key: &'static str| {
        let node = map.optional(key)?;
        let Some(schema::Kind::Number(least, most)) = schema::LIMITS.key(key).map(|key| &key.kind) else { return None };
        scalar::number(reader, node, *least, *most)
    };
    let size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    limits.depth = number("depth").map_or(limits.depth, size);
    limits.key = number("key").map_or(limits.key, size);
    limits.value = number("value").map_or(limits.value, size);
    limits.held = number("held").map_or(limits.held, size);
    limits.steps = number("steps").unwrap_or(limits.steps);
}
