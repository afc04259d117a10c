//! What stands under `spec`.

use std::collections::BTreeMap;

use meshveil_engine::plan::{Delivery, Masking, OnError, Others, RouteMatch, Sees};
use meshveil_source::{Node, Span};

use super::{
    Reader,
    map::{Map, nearest},
    scalar,
};
use crate::{Caller, Field, Jwt, Key, Port, Route, Spanned, TrustedHeader, Workload, codes};

#[derive(Default)]
pub(super) struct Spec {
    pub(super) workload: Option<Workload>,
    pub(super) fields: Vec<Field>,
    pub(super) callers: Vec<Caller>,
    pub(super) others: Others,
    pub(super) routes: Vec<Route>,
    pub(super) trusted_hops: Vec<Spanned<String>>,
    pub(super) on_error: OnError,
    pub(super) delivery: Delivery,
    pub(super) key: Option<Key>,
    pub(super) trust_domain: String,
}

pub(super) fn read(reader: &mut Reader<'_>, node: &Node) -> Option<Spec> {
    let mut map = Map::read(reader, node, "`spec`")?;
    let mut spec = Spec { trust_domain: "cluster.local".to_owned(), ..Spec::default() };
    if let Some(node) = map.required(reader, "workload") {
        spec.workload = workload(reader, node);
    }
    if let Some(node) = map.required(reader, "fields") {
        spec.fields = scalar::items(reader, node).iter().filter_map(|node| field(reader, node)).collect();
        unique(reader, spec.fields.iter().map(|field| &field.name), "field");
    }
    if let Some(node) = map.optional("trustDomain")
        && let Some(text) = scalar::text(reader, node)
    {
        spec.trust_domain = text.value;
    }
    if let Some(node) = map.optional("trustedHops") {
        let hops = scalar::items(reader, node).iter().filter_map(|node| scalar::service_account(reader, node));
        let id = |hop: Spanned<crate::ServiceAccount>| Spanned {
            value: hop.value.spiffe_id(&spec.trust_domain),
            span: hop.span,
        };
        spec.trusted_hops = hops.map(id).collect();
    }
    let known: Vec<String> = spec.fields.iter().map(|field| field.name.value.clone()).collect();
    if let Some(node) = map.optional("callers") {
        let has_hops = !spec.trusted_hops.is_empty();
        spec.callers =
            scalar::items(reader, node).iter().filter_map(|node| caller(reader, node, &known, has_hops)).collect();
        unique(reader, spec.callers.iter().map(|caller| &caller.name), "caller");
    }
    if let Some(node) = map.optional("others") {
        let words = [("deny", Others::Deny), ("masked", Others::Masked)];
        spec.others = scalar::word(reader, node, &words).unwrap_or_default();
    }
    if let Some(node) = map.optional("routes") {
        spec.routes = scalar::items(reader, node).iter().filter_map(|node| route(reader, node, &known)).collect();
        unique(reader, spec.routes.iter().map(|route| &route.name), "route");
    }
    if let Some(node) = map.optional("onError") {
        let words = [("block", OnError::Block), ("pass", OnError::Pass)];
        spec.on_error = scalar::word(reader, node, &words).unwrap_or_default();
    }
    if let Some(node) = map.optional("delivery") {
        let words = [("standard", Delivery::Standard), ("strict", Delivery::Strict)];
        spec.delivery = scalar::word(reader, node, &words).unwrap_or_default();
    }
    if let Some(node) = map.optional("key") {
        spec.key = key(reader, node);
    }
    map.finish(reader);
    keyed_masks(reader, &spec);
    Some(spec)
}

fn keyed_masks(reader: &mut Reader<'_>, spec: &Spec) {
    if spec.key.is_some() {
        return;
    }
    let own = spec.fields.iter().map(|field| &field.mask);
    let of_routes = spec.routes.iter().flat_map(|route| route.fields.iter().map(|(_, mask)| mask));
    for mask in own.chain(of_routes).filter(|mask| mask.value.is_keyed()) {
        let node = Node { value: meshveil_source::Value::Null, span: mask.span };
        reader.error(codes::NO_KEY, &node, format!("`{}` needs a key", mask.value.id())).help =
            Some("add `key: { env: MESHVEIL_KEY }` and set the variable in the sidecar".to_owned());
    }
}

fn unique<'s>(reader: &mut Reader<'_>, names: impl Iterator<Item = &'s Spanned<String>>, what: &str) {
    let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
    for name in names {
        if let Some(first) = seen.get(name.value.as_str()) {
            let node = Node { value: meshveil_source::Value::Null, span: name.span };
            let finding = reader.error(codes::DUPLICATE_NAME, &node, format!("a second {what} `{}`", name.value));
            *finding = finding.clone().label(*first, "the first");
        } else {
            seen.insert(&name.value, name.span);
        }
    }
}

fn workload(reader: &mut Reader<'_>, node: &Node) -> Option<Workload> {
    let mut map = Map::read(reader, node, "`workload`")?;
    let selector = map.required(reader, "selector").and_then(|node| scalar::labels(reader, node));
    let service_account = map.optional("serviceAccount").and_then(|node| scalar::name(reader, node));
    let mut ports = Vec::new();
    if let Some(node) = map.required(reader, "ports") {
        for node in scalar::items(reader, node) {
            let Some(mut map) = Map::read(reader, node, "a port") else { continue };
            let port = map.required(reader, "port").and_then(|node| scalar::port(reader, node));
            let name = map.optional("name").and_then(|node| scalar::name(reader, node));
            map.finish(reader);
            ports.extend(port.map(|port| Port { port, name }));
        }
    }
    map.finish(reader);
    Some(Workload { selector: selector?, service_account, ports })
}

fn field(reader: &mut Reader<'_>, node: &Node) -> Option<Field> {
    let mut map = Map::read(reader, node, "a field")?;
    let name = map.required(reader, "name").and_then(|node| scalar::name(reader, node));
    let paths = map.required(reader, "paths").map(|node| {
        let paths: Vec<_> = scalar::items(reader, node).iter().filter_map(|node| scalar::query(reader, node)).collect();
        if matches!(&node.value, meshveil_source::Value::List(items) if items.is_empty()) {
            reader.error(codes::MISSING_KEY, node, "a field has at least one path");
        }
        paths
    });
    let mask = match map.optional("mask") {
        Some(node) => scalar::mask(reader, node),
        // An explicit `null` is the mask of that name; nothing at all is missing.
        None => match node.entry("mask") {
            Some((_, node)) => scalar::mask(reader, node),
            None => map.required(reader, "mask").and_then(|node| scalar::mask(reader, node)),
        },
    };
    map.finish(reader);
    Some(Field { name: name?, paths: paths?, mask: mask? })
}

fn caller(reader: &mut Reader<'_>, node: &Node, fields: &[String], has_hops: bool) -> Option<Caller> {
    let mut map = Map::read(reader, node, "a caller")?;
    let name = map.required(reader, "name").and_then(|node| scalar::name(reader, node));
    let account_node = map.optional("serviceAccount");
    let service_account = account_node.and_then(|node| scalar::service_account(reader, node));
    let pods = map.optional("pods").and_then(|node| scalar::labels(reader, node));
    let jwt_node = map.optional("jwt");
    let jwt = jwt_node.and_then(|node| {
        let mut map = Map::read(reader, node, "`jwt`")?;
        let claim = map.required(reader, "claim").and_then(|node| scalar::text(reader, node));
        let value = map.required(reader, "value").and_then(|node| scalar::text(reader, node));
        let payload = map.optional("payload").and_then(|node| scalar::text(reader, node));
        map.finish(reader);
        let payload = payload.map_or_else(|| "payload".to_owned(), |payload| payload.value);
        Some(Spanned { value: Jwt { payload, claim: claim?.value, value: value?.value }, span: node.span })
    });
    let header_node = map.optional("header");
    let header = header_node.and_then(|node| {
        let mut map = Map::read(reader, node, "`header`")?;
        let name = map.required(reader, "name").and_then(|node| scalar::text(reader, node));
        let value = map.required(reader, "value").and_then(|node| scalar::text(reader, node));
        map.finish(reader);
        if !has_hops {
            reader.error(codes::NO_TRUSTED_HOP, node, "no hop is trusted to set this header").help =
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
    map.finish(reader);
    let name = name?;
    if account_node.is_none() && jwt_node.is_none() && header_node.is_none() {
        let node = Node { value: meshveil_source::Value::Null, span: name.span };
        reader.error(codes::NOT_IDENTIFIED, &node, format!("nothing identifies the caller `{}`", name.value)).help =
            Some("add `serviceAccount: namespace/name`; labels of pods identify nobody".to_owned());
    }
    Some(Caller { name, service_account, pods, jwt, header, sees, sees_spans })
}

fn known_field(reader: &mut Reader<'_>, node: &Node, fields: &[String]) -> Option<Spanned<String>> {
    let name = scalar::text(reader, node)?;
    if fields.contains(&name.value) {
        return Some(name);
    }
    let help = match nearest(&name.value, fields.iter().map(String::as_str)) {
        Some(known) => format!("did you mean `{known}`?"),
        None => format!("fields: {}", super::map::list(fields.iter().map(String::as_str))),
    };
    reader.error(codes::UNKNOWN_FIELD, node, format!("no field is called `{}`", name.value)).help = Some(help);
    None
}

fn route(reader: &mut Reader<'_>, node: &Node, fields: &[String]) -> Option<Route> {
    let mut map = Map::read(reader, node, "a route")?;
    let name = map.required(reader, "name").and_then(|node| scalar::name(reader, node));
    let matches = map.optional("match").and_then(|node| {
        let mut map = Map::read(reader, node, "`match`")?;
        let mut text = |reader: &mut Reader<'_>, key| {
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
        map.finish(reader);
        Some(Spanned { value, span: node.span })
    });
    let masking = map.optional("masking").and_then(|node| {
        let value = scalar::word(reader, node, &[("on", Masking::On), ("off", Masking::Off)])?;
        Some(Spanned { value, span: node.span })
    });
    let mut changes = Vec::new();
    if let Some(node) = map.optional("fields")
        && Map::read(reader, node, "`fields` of a route").is_some()
    {
        for (key, value) in node.entries() {
            let key = Node { value: meshveil_source::Value::Text(key.name.clone()), span: key.span };
            let name = known_field(reader, &key, fields);
            let mask = scalar::mask(reader, value);
            changes.extend(name.zip(mask));
        }
    }
    map.finish(reader);
    let name = name?;
    let masking = masking.unwrap_or(Spanned { value: Masking::On, span: name.span });
    Some(Route { name, matches, masking, fields: changes })
}

fn key(reader: &mut Reader<'_>, node: &Node) -> Option<Key> {
    let mut map = Map::read(reader, node, "`key`")?;
    let env = map.required(reader, "env").and_then(|node| scalar::text(reader, node));
    let id = map.optional("id").and_then(|node| scalar::text(reader, node));
    map.finish(reader);
    Some(Key { env: env?.value, id: id.map_or_else(String::new, |id| id.value) })
}
