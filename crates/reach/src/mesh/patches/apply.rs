//! What patches make of one filter chain, in istiod's order: listeners, chains, network filters, then the HTTP filters inside.
//!
//! What is not certain, a [`World`] says.

use std::{borrow::Cow, cell::Cell};

use meshveil_chain::{is_disabled, names};
use meshveil_objects::kinds::extension::{EnvoyFilter, Patch};
use serde_json::Value;

use super::chain::Chain;
use super::fit::{self, Fit};
use crate::mesh::authorization::Truth;
use crate::mesh::filter::{FilterNames, guard_in};

/// What holds of what is not certain: the proxy's release and metadata, names in other releases, optional filters.
#[derive(Debug, Clone)]
pub(super) struct World {
    /// A patch that puts the masking filter in applies.
    pub ours: bool,
    /// One that puts the guard in applies.
    pub guard: bool,
    /// Any other applies.
    pub others: bool,
    /// Whether anything was asked.
    pub was_asked: Cell<bool>,
}

impl World {
    /// Every world.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..8).map(|bits: u8| Self {
            ours: bits & 1 > 0,
            guard: bits & 2 > 0,
            others: bits & 4 > 0,
            was_asked: Cell::new(false),
        })
    }

    /// Whether something holds, if what is not certain does as said.
    pub fn holds(&self, truth: Truth, unsure: bool) -> bool {
        match truth {
            Truth::No => false,
            Truth::Yes => true,
            Truth::Maybe => {
                self.was_asked.set(true);
                unsure
            }
        }
    }
}

/// A patch and its object.
pub(super) type Of<'m> = (&'m EnvoyFilter, &'m Patch);

/// What an HTTP filter is.
#[derive(Debug, Clone, Copy)]
pub(super) enum What<'m> {
    /// One of Istio's own that does not matter here.
    Other,
    /// One that enforces AuthorizationPolicies.
    Authorization,
    /// The last that runs.
    Router,
    /// A WasmPlugin or TrafficExtension: index into the manifests' extensions.
    Extension(usize),
    /// One that a patch put in.
    Patched(Of<'m>, &'m Value),
}

/// One HTTP filter.
#[derive(Debug, Clone)]
pub(super) struct Item<'m> {
    pub name: Cow<'m, str>,
    /// Its name in older releases.
    pub former: Option<String>,
    /// Whether it is there.
    pub is_there: Truth,
    pub what: What<'m>,
    /// What changed its settings.
    pub changed: Option<Of<'m>>,
}

impl<'m> Item<'m> {
    pub fn new(name: impl Into<Cow<'m, str>>, is_there: Truth, what: What<'m>) -> Self {
        Self { name: name.into(), former: None, is_there, what, changed: None }
    }

    fn patched(of: Of<'m>, value: &'m Value) -> Self {
        let name = value.get("name").and_then(Value::as_str).unwrap_or_default();
        Self::new(name, Truth::Yes, What::Patched(of, value))
    }

    /// Whether it is there under a name.
    pub fn has_name(&self, wanted: &str) -> Truth {
        match () {
            () if self.name == wanted => self.is_there,
            () if self.former.as_deref() == Some(wanted) => Truth::Maybe,
            () => Truth::No,
        }
    }

    /// Whether its settings stand in the listener: others arrive by themselves, and no patch merges into them.
    fn has_settings(&self) -> bool {
        match self.what {
            What::Extension(_) => false,
            What::Patched(_, value) => value.get("config_discovery").or_else(|| value.get("configDiscovery")).is_none(),
            _ => true,
        }
    }
}

/// What becomes of a chain.
#[derive(Debug)]
pub(super) struct Applied<'m> {
    /// It is removed.
    pub removed: Option<Of<'m>>,
    /// The whole listener is.
    pub unheard: Option<Of<'m>>,
    /// Connections may pass without its filters.
    pub past: Option<Of<'m>>,
    /// What takes authorisation out of a chain for TCP.
    pub unauthorized: Option<Of<'m>>,
    /// The HTTP filters.
    pub items: Vec<Item<'m>>,
    /// What took the masking filter or the guard out.
    pub lost: Option<Of<'m>>,
    /// Patches that would put in the masking filter, and do not apply for certain.
    pub unfit: Vec<(Of<'m>, Fit)>,
}

/// Applies patches to a chain.
pub(super) fn apply<'m>(
    names: &FilterNames,
    world: &World,
    chain: &Chain,
    items: Vec<Item<'m>>,
    patches: &[Of<'m>],
) -> Applied<'m> {
    let mut applied =
        Applied { removed: None, unheard: None, past: None, unauthorized: None, items, lost: None, unfit: Vec::new() };
    let of = |kind: &'static str| patches.iter().copied().filter(move |(_, patch)| patch.apply_to == kind);
    let holds = |fit: Fit| world.holds(fit.truth, world.others);
    for of in of("LISTENER").filter(|(_, patch)| holds(fit::listener(patch, chain))) {
        match of.1.operation.as_str() {
            "REMOVE" => applied.unheard = Some(of),
            operation if is_merge(operation) && has_any(&of.1.value, &CHAINS) => applied.past = Some(of),
            _ => {}
        }
    }
    for of in of("FILTER_CHAIN") {
        let value = &of.1.value;
        match of.1.operation.as_str() {
            operation if adds(operation) && holds(fit::listener(of.1, chain)) && may_take(value, chain) => {
                applied.past = Some(of);
            }
            _ if !holds(fit::filter_chain(of.1, chain)) => {}
            "REMOVE" => applied.removed = Some(of),
            operation if is_merge(operation) && has_any(value, &MATCHES) => applied.past = Some(of),
            _ => {}
        }
    }
    if applied.past.is_some() {
        return applied;
    }
    let fitting = |(_, patch): &Of<'m>| holds(fit::filter_chain(patch, chain));
    let network: Vec<Of<'_>> = of("NETWORK_FILTER").filter(fitting).collect();
    if !chain.is_http {
        applied.unauthorized = network.into_iter().find(|(_, patch)| takes_authorization(patch));
        return applied;
    }
    if applied.network_filters(&network) {
        applied.http_filters(names, world, chain, &of("HTTP_FILTER").collect::<Vec<_>>());
    }
    applied
}

const CHAINS: [&str; 3] = ["filter_chains", "default_filter_chain", "filter_chain_matcher"];
const MATCHES: [&str; 2] = ["filters", "filter_chain_match"];
const HTTP_SETTINGS: [&str; 4] = ["http_filters", "route_config", "rds", "scoped_routes"];
const NETWORK_RBAC: &str = "envoy.filters.network.rbac";
const TCP_PROXY: &str = "envoy.filters.network.tcp_proxy";

fn is_merge(operation: &str) -> bool {
    matches!(operation, "MERGE" | "MERGE_AND_REPLACE_LIST")
}

fn adds(operation: &str) -> bool {
    matches!(operation, "ADD" | "INSERT_FIRST" | "INSERT_BEFORE" | "INSERT_AFTER")
}

/// Whether a message has one of these members, in either spelling.
fn has_any(value: &Value, members: &[&str]) -> bool {
    members.iter().any(|member| meshveil_chain::member(value, member).is_some())
}

/// Whether an added chain may take connections from another.
fn may_take(value: &Value, chain: &Chain) -> bool {
    let matched = meshveil_chain::member(value, "filter_chain_match");
    let port = matched.and_then(|matched| meshveil_chain::member(matched, "destination_port")).and_then(Value::as_u64);
    port.is_none() || chain.port.is_none() || port == chain.port.map(u64::from)
}

/// Whether a network filter leaves nothing to those behind it.
pub(in crate::mesh) fn ends_the_chain(filter: &Value) -> bool {
    let text = filter.to_string();
    ["tcp_proxy", "TcpProxy", "http_connection_manager", "HttpConnectionManager", "direct_response", "redis_proxy"]
        .iter()
        .any(|name| text.contains(name))
}

/// Whether a patch takes authorisation out of a chain for TCP, or goes before it with a filter that leaves nothing to it.
fn takes_authorization(patch: &Patch) -> bool {
    let anchor = patch.conditions.network_filter.as_deref();
    match patch.operation.as_str() {
        "REMOVE" | "REPLACE" => anchor == Some(NETWORK_RBAC),
        "MERGE" => anchor.is_none_or(|name| name == NETWORK_RBAC),
        "INSERT_FIRST" => ends_the_chain(&patch.value),
        "INSERT_BEFORE" => anchor != Some(TCP_PROXY) && ends_the_chain(&patch.value),
        _ => false,
    }
}

impl<'m> Applied<'m> {
    /// Applies patches to network filters; whether the HTTP filters inside are patched at all.
    fn network_filters(&mut self, patches: &[Of<'m>]) -> bool {
        let mut is_manager = true;
        for of in patches {
            let (patch, anchor) = (of.1, of.1.conditions.network_filter.as_deref());
            let names_manager = anchor == Some(names::CONNECTION_MANAGER);
            match patch.operation.as_str() {
                "INSERT_FIRST" | "INSERT_BEFORE" if ends_the_chain(&patch.value) => self.past = Some(*of),
                "INSERT_AFTER" if ends_the_chain(&patch.value) && anchor.is_some() && !names_manager => {
                    self.past = Some(*of);
                }
                "REMOVE" if names_manager => self.past = Some(*of),
                "REPLACE" if names_manager => match meshveil_chain::http_filters(&patch.value) {
                    Some(filters) => {
                        self.past = None;
                        self.items = filters.iter().map(|value| replaced(*of, value)).collect();
                    }
                    None => self.past = Some(*of),
                },
                _ => {}
            }
        }
        for of in patches.iter().filter(|(_, patch)| patch.operation == "MERGE") {
            let (value, anchor) = (&of.1.value, of.1.conditions.network_filter.as_deref());
            if anchor.is_none_or(|name| name == names::CONNECTION_MANAGER) {
                if meshveil_chain::manager(value).is_some_and(|settings| has_any(settings, &HTTP_SETTINGS)) {
                    self.past = Some(*of);
                }
                let name = value.get("name").and_then(Value::as_str).unwrap_or_default();
                is_manager &= name.is_empty() || name == names::CONNECTION_MANAGER;
            }
        }
        self.past.is_none() && is_manager
    }

    fn http_filters(&mut self, names: &FilterNames, world: &World, chain: &Chain, patches: &[Of<'m>]) {
        let fits = |patch: &Patch| {
            let manager = patch.conditions.network_filter.as_deref();
            let is_manager = Truth::from(manager.is_none_or(|name| name == names::CONNECTION_MANAGER));
            let network = Fit { truth: is_manager, condition: "filterChain.filter.name" };
            let fit = fit::filter_chain(patch, chain);
            if network.truth < fit.truth { network } else { fit }
        };
        for of in patches.iter().copied() {
            let (patch, fit) = (of.1, fits(of.1));
            let is_ours = names.is_our_patch(patch);
            let unsure = match guard_in(&patch.value) {
                _ if is_ours => world.ours,
                Some(_) => world.guard,
                None => world.others,
            };
            if !world.holds(fit.truth, unsure) {
                self.unfit.extend(is_ours.then_some((of, fit)));
                continue;
            }
            if let Some(condition) = self.http_filter(names, world, of, unsure).filter(|_| is_ours) {
                self.unfit.push((of, Fit { truth: Truth::No, condition }));
            }
        }
        let merges = patches.iter().copied().filter(|(_, patch)| patch.operation == "MERGE");
        for of in merges.filter(|(_, patch)| world.holds(fits(patch).truth, world.others)) {
            let anchor = of.1.conditions.http_filter.as_deref();
            for item in &mut self.items {
                if item.has_settings() && anchor.is_none_or(|name| world.holds(item.has_name(name), world.others)) {
                    item.changed = Some(of);
                }
            }
        }
    }

    /// Applies one patch to the HTTP filters; the condition that fails where it needs a filter that is not there.
    fn http_filter(&mut self, names: &FilterNames, world: &World, of: Of<'m>, unsure: bool) -> Option<&'static str> {
        const ANCHOR: Option<&str> = Some("filterChain.filter.subFilter.name");
        let patch = of.1;
        let anchor = patch.conditions.network_filter.as_ref().and(patch.conditions.http_filter.as_deref());
        let end = self.items.len();
        let at = match (patch.operation.as_str(), anchor) {
            ("ADD", _) | ("INSERT_AFTER", None) => end,
            ("INSERT_FIRST", _) | ("INSERT_BEFORE", None) => 0,
            (operation @ ("INSERT_AFTER" | "INSERT_BEFORE" | "REPLACE"), Some(anchor)) => {
                let is_it = |item: &Item<'m>| world.holds(item.has_name(anchor), unsure);
                let Some(at) = self.items.iter().position(is_it) else { return ANCHOR };
                if operation == "REPLACE" {
                    if let Some(item) = self.items.get_mut(at) {
                        let old = std::mem::replace(item, Item::patched(of, &patch.value));
                        self.lose(names, &old, of);
                    }
                    return None;
                }
                at + usize::from(operation == "INSERT_AFTER")
            }
            ("REMOVE", Some(anchor)) => {
                let is_it = |item: &Item<'m>| world.holds(item.has_name(anchor), world.others);
                let (gone, kept): (Vec<Item<'m>>, _) = std::mem::take(&mut self.items).into_iter().partition(is_it);
                self.items = kept;
                for item in &gone {
                    self.lose(names, item, of);
                }
                return None;
            }
            _ => return None,
        };
        self.items.insert(at, Item::patched(of, &patch.value));
        None
    }

    fn lose(&mut self, names: &FilterNames, item: &Item<'m>, of: Of<'m>) {
        let matters = match item.what {
            What::Other => false,
            What::Patched(_, value) => is_ours(names, value) || guard_in(value).is_some(),
            What::Authorization | What::Router | What::Extension(_) => true,
        };
        if matters {
            self.lost = Some(of);
        }
    }
}

/// Whether a patch may merge settings of one type into those of another, on which istiod gives up: no listener of the proxy is then
/// patched for certain (`ApplyListenerPatches`, `merge.Merge`).
pub(super) fn may_crash(of: Of<'_>, patches: &[Of<'_>]) -> bool {
    const KNOWN: [(&str, &str); 5] = [
        (names::CONNECTION_MANAGER, names::CONNECTION_MANAGER_TYPE),
        (names::ROUTER, names::ROUTER_TYPE),
        (names::RBAC, names::RBAC_TYPE),
        ("envoy.filters.http.cors", "envoy.extensions.filters.http.cors.v3.Cors"),
        ("envoy.filters.http.fault", "envoy.extensions.filters.http.fault.v3.HTTPFault"),
    ];
    let patch = of.1;
    let is_http = patch.apply_to == "HTTP_FILTER";
    if patch.operation != "MERGE" || !(is_http || patch.apply_to == "NETWORK_FILTER") {
        return false;
    }
    let Some(kind) = meshveil_chain::kind(&patch.value) else { return false };
    let anchor = if is_http { &patch.conditions.http_filter } else { &patch.conditions.network_filter };
    let Some(anchor) = anchor.as_deref() else { return true };
    let named = |value: &&Value| value.get("name").and_then(Value::as_str) == Some(anchor);
    let inserted = patches.iter().filter(|(_, other)| adds(&other.operation) || other.operation == "REPLACE");
    let mut inserted = inserted.map(|(_, other)| &other.value).filter(named).filter_map(meshveil_chain::kind);
    let known = KNOWN.iter().find(|(name, _)| *name == anchor).map(|(_, kind)| *kind);
    known.map_or_else(|| inserted.next() != Some(kind), |known| known != kind) || inserted.any(|other| other != kind)
}

/// An HTTP filter of a manager that stands in for Istio's.
fn replaced<'m>(of: Of<'m>, value: &'m Value) -> Item<'m> {
    let mut item = Item::patched(of, value);
    if item.name == names::ROUTER {
        item.what = What::Router;
    }
    item
}

/// Whether a filter that a patch puts in is the masking filter, and runs.
pub(super) fn is_ours(names: &FilterNames, value: &Value) -> bool {
    guard_in(value).is_none() && !is_disabled(value) && names.fit(&value.to_string())
}
