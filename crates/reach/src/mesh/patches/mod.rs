//! What EnvoyFilters make of a proxy's filter chains: whether the masking filter, the guard behind it and authorisation are still
//! there, and in which order they run. A small model of what istiod sends; `tests/oracles` compares it with istiod.

mod apply;
mod chain;
mod fit;
mod order;

use std::sync::Arc;

use meshveil_chain::{self as envoy, names};
use meshveil_objects::kinds::extension::{EnvoyFilter, Extension, FailStrategy, Patch, Phase};
use meshveil_objects::kinds::security::Action;
use meshveil_text::Span;
use serde_json::Value;

pub(super) use self::apply::ends_the_chain;
use self::apply::{Applied, Item, Of, What, World, apply};
use self::chain::Chain;
pub use self::chain::{Transport, Way};
use crate::cluster::Cluster;
use crate::mesh::authorization::{Scope, Truth, applying};
use crate::mesh::filter::{
    FilterNames, Guard, Missing, MissingReason, Running, attached, guard_in, plan_in, serves_port,
};

/// An object and the place of its patch.
pub type Place = (String, Span);

/// What requests meet in a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// The chain is removed by this object: no connection.
    pub removed: Option<Place>,
    /// Whether its connections go to the chain for ports that nothing declares.
    pub falls_through: bool,
    /// This object takes authorisation out.
    pub unauthorized: Option<Place>,
    /// The masking filter.
    pub running: Result<Running, Missing>,
    /// The guard.
    pub guard: Option<Guard>,
    /// Whether the guard runs before the masking filter, and so refuses everything.
    pub guard_first: bool,
}

impl Passage {
    /// How much arrives: the worst of several counts.
    fn rank(&self) -> u8 {
        let refuses = self.guard.is_some() && (self.guard_first || self.running.is_err());
        match self.removed.is_some() {
            true => 0,
            false if refuses => 1,
            false => 2 + u8::from(self.unauthorized.is_some()) + 2 * u8::from(self.running.is_err()),
        }
    }
}

/// What HTTP requests meet in a proxy, at worst over every order of patches and everything that manifests do not say.
#[must_use]
pub fn http(manifests: &Cluster, names: &FilterNames, scope: Scope<'_>, way: &Way) -> Passage {
    let chain = chain::chain(manifests, scope, way, true);
    let (items, missing) = before(manifests, names, scope, way, chain.port);
    let reaching = order::reaching(manifests, scope);
    if reaching.is_empty() {
        return unpatched(manifests, names, items, missing);
    }
    let judge = |world: &World, patches: &[Of<'_>]| {
        let applied = apply(names, world, &chain, items.clone(), patches);
        let settings = Settings { manifests, world, chain: &chain, patches };
        let mut passage = judge(names, applied, &settings, &missing);
        passage.falls_through &= way.declared && !matches!(scope, Scope::Waypoint { .. });
        passage
    };
    let (ordered, rest): (Vec<_>, Vec<_>) =
        reaching.into_iter().partition(|filter| filter.patches.iter().any(is_ordered));
    let mut worst: Option<Passage> = None;
    let mut unauthorized = None;
    let mut add = |passage: Passage| {
        if passage.rank() > 1 {
            unauthorized = unauthorized.take().or_else(|| passage.unauthorized.clone());
        }
        if worst.as_ref().is_none_or(|known| passage.rank() > known.rank()) {
            worst = Some(passage);
        }
    };
    let all = patches(&[ordered.as_slice(), rest.as_slice()].concat());
    for order in order::orders(manifests, ordered) {
        let patches = patches(&[order.as_slice(), rest.as_slice()].concat());
        for world in World::all() {
            add(judge(&world, &patches));
            if !world.was_asked.get() {
                break;
            }
        }
    }
    if all.iter().any(|of| apply::may_crash(*of, &all)) {
        let kept: Vec<Of<'_>> = all.into_iter().filter(|(_, patch)| !is_ordered(patch)).collect();
        World::all().for_each(|world| add(judge(&world, &kept)));
    }
    let mut worst = worst.unwrap_or_else(nothing_at_all);
    // Authorisation may be what stops requests in the worst of several.
    worst.unauthorized = worst.unauthorized.or(unauthorized);
    worst
}

/// What requests meet where no patch changes anything: this is what most proxies are.
fn unpatched(manifests: &Cluster, names: &FilterNames, items: Vec<Item<'_>>, missing: Option<Missing>) -> Passage {
    let ours = items.into_iter().find_map(|item| match item.what {
        What::Extension(at) => manifests.extensions.get(at).filter(|e| names.is_ours(e)).map(|e| of_object(at, e)),
        _ => None,
    });
    Passage { running: ours.ok_or_else(|| no_filter(&missing)), ..nothing_at_all() }
}

/// What takes connections of a port that is taken for TCP away, with whether they go on to the chain for ports that nothing declares,
/// or past authorisation.
#[must_use]
pub fn tcp(
    manifests: &Cluster,
    names: &FilterNames,
    scope: Scope<'_>,
    way: &Way,
) -> (Option<(Place, bool)>, Option<Place>) {
    let reaching = order::reaching(manifests, scope);
    if reaching.is_empty() {
        return (None, None);
    }
    let chain = chain::chain(manifests, scope, way, false);
    let patches = patches(&reaching);
    let mut removed = Vec::new();
    for world in World::all() {
        let applied = apply(names, &world, &chain, Vec::new(), &patches);
        if let Some(past) = applied.past.or(applied.unauthorized) {
            return (None, Some(place(past)));
        }
        let is_sidecar = !matches!(scope, Scope::Waypoint { .. });
        let falls = applied.unheard.is_none() && way.declared && is_sidecar;
        removed.push(applied.unheard.or(applied.removed).map(|of| (place(of), falls)));
        if !world.was_asked.get() {
            break;
        }
    }
    // In every world, or not for certain; connections that go on count before those that end.
    let all: Option<Vec<(Place, bool)>> = removed.into_iter().collect();
    (all.and_then(|all| all.into_iter().max_by_key(|(_, falls)| *falls)), None)
}

/// The object that may change what a chain for mutual TLS asks of clients.
#[must_use]
pub fn weakens_tls(manifests: &Cluster, scope: Scope<'_>, way: &Way) -> Option<Place> {
    let reaching = order::reaching(manifests, scope);
    let sockets = patches(&reaching).into_iter().filter(|(_, patch)| {
        patch.apply_to == "FILTER_CHAIN"
            && patch.operation.starts_with("MERGE")
            && envoy::member(&patch.value, "transport_socket").is_some()
    });
    let chains = [true, false].map(|is_http| chain::chain(manifests, scope, way, is_http));
    let fits = |(_, patch): &Of<'_>| chains.iter().any(|chain| fit::filter_chain(patch, chain).truth > Truth::No);
    sockets.into_iter().find(fits).map(place)
}

/// Every patch that reaches a proxy, whatever its conditions.
pub(super) fn reaching<'m>(manifests: &'m Cluster, scope: Scope<'_>) -> Vec<(String, &'m Patch)> {
    let reaching = order::reaching(manifests, scope);
    patches(&reaching).into_iter().map(|(filter, patch)| (filter.meta.title(), patch)).collect()
}

fn patches<'m>(filters: &[&'m EnvoyFilter]) -> Vec<Of<'m>> {
    filters.iter().flat_map(|filter| filter.patches.iter().map(move |patch| (*filter, patch))).collect()
}

/// Whether the order of a patch among others matters.
fn is_ordered(patch: &Patch) -> bool {
    matches!(patch.apply_to.as_str(), "LISTENER" | "FILTER_CHAIN" | "NETWORK_FILTER" | "HTTP_FILTER")
}

fn place((filter, patch): Of<'_>) -> Place {
    (filter.meta.title(), patch.span)
}

fn taken_out(of: Of<'_>) -> Missing {
    let (object, span) = place(of);
    Missing { reason: MissingReason::TakenOut(object), span }
}

/// The HTTP filters before patches, for a listener that is asked for by a port or, where nothing declares the port and at waypoints,
/// by none; and why a masking extension is not among them (`buildHTTPConnectionManager` and
/// `buildWaypointHTTPFilters` in istiod's pilot/pkg/networking/core).
fn before<'m>(
    manifests: &Cluster,
    names: &FilterNames,
    scope: Scope<'_>,
    way: &Way,
    listener: Option<u16>,
) -> (Vec<Item<'m>>, Option<Missing>) {
    let at_waypoint = matches!(scope, Scope::Waypoint { .. });
    let mut missing = None;
    let mut extensions: Vec<(Phase, Item<'m>)> = Vec::new();
    for (at, extension) in manifests.extensions.iter().enumerate() {
        if !attached(manifests, extension, scope) {
            continue;
        }
        let reason = match extension {
            _ if !extension.is_http => MissingReason::NetworkFilter(extension.meta.title()),
            _ if !serves_port(extension, listener) => {
                MissingReason::OtherConnections { object: extension.meta.title(), port: way.port }
            }
            _ => {
                extensions.push((extension.phase, of_extension(at, extension)));
                continue;
            }
        };
        if names.is_ours(extension) {
            let span = extension.match_span.filter(|_| extension.is_http).unwrap_or(extension.meta.span);
            missing = Some(Missing { reason, span });
        }
    }
    let mut of_phase = |wanted: Phase| -> Vec<Item<'m>> {
        let (found, rest) = std::mem::take(&mut extensions).into_iter().partition(|(phase, _)| *phase == wanted);
        extensions = rest;
        let found: Vec<(Phase, Item<'m>)> = found;
        found.into_iter().map(|(_, item)| item).collect()
    };
    let other = |name: &'static str, truth: Truth| Item::new(name, truth, What::Other);
    let has = |action: Action| applying(manifests, scope).any(|(_, policy)| policy.action == action);
    let mut items = Vec::new();
    if has(Action::Custom) {
        items.push(Item::new(names::RBAC, Truth::Yes, What::Authorization));
        items.push(other("envoy.filters.http.ext_authz", Truth::Yes));
    }
    items.push(other("istio.metadata_exchange", Truth::Maybe));
    items.extend(of_phase(Phase::Authn));
    items.push(other("envoy.filters.http.jwt_authn", Truth::Maybe));
    items.extend(of_phase(Phase::Authz));
    for action in [Action::Audit, Action::Deny, Action::Allow] {
        if has(action) {
            items.push(Item::new(names::RBAC, Truth::Yes, What::Authorization));
        }
    }
    let mut behind = of_phase(Phase::Stats);
    behind.extend(of_phase(Phase::Unspecified));
    if !at_waypoint {
        items.append(&mut behind);
    }
    items.push(other("envoy.filters.http.grpc_web", Truth::Maybe));
    for name in ["envoy.filters.http.grpc_stats", "envoy.filters.http.fault", "envoy.filters.http.cors"] {
        items.push(other(name, Truth::Yes));
    }
    items.append(&mut behind);
    items.push(other("istio.stats", Truth::Maybe));
    items.push(Item::new(names::ROUTER, Truth::Yes, What::Router));
    (items, missing)
}

/// An extension under the name that istiod gives its filter (pilot/pkg/model/extensions.go, pkg/config/kube/extensions).
fn of_extension<'m>(at: usize, extension: &Extension) -> Item<'m> {
    let (namespace, name) = (&extension.meta.namespace, &extension.meta.name);
    let today = format!("extensions.istio.io/trafficextension/{namespace}.{name}");
    let is_plugin = extension.meta.kind == "WasmPlugin";
    let item = Item::new(
        if is_plugin { format!("{today}~istio-translated-wasmplugin") } else { today },
        Truth::Yes,
        What::Extension(at),
    );
    Item { former: is_plugin.then(|| format!("extensions.istio.io/wasmplugin/{namespace}.{name}")), ..item }
}

/// What is left of the masking filter, the guard and authorisation.
fn judge(names: &FilterNames, applied: Applied<'_>, settings: &Settings<'_, '_>, missing: &Option<Missing>) -> Passage {
    let nothing =
        |of: Of<'_>| Passage { unauthorized: Some(place(of)), running: Err(taken_out(of)), ..nothing_at_all() };
    if let Some(past) = applied.past {
        return nothing(past);
    }
    let router = applied.items.iter().position(|item| matches!(item.what, What::Router));
    let Some(router) = router else {
        return match applied.lost {
            Some(lost) => nothing(lost),
            None => Passage { running: Err(no_filter(missing)), ..nothing_at_all() },
        };
    };
    let run = applied.items.get(..router).unwrap_or_default();
    let ours = run.iter().position(|item| settings.is_ours(names, item));
    let running = match ours.and_then(|at| run.get(at)) {
        Some(item) => settings.running(item),
        None => Err(match (applied.lost, applied.unfit.last()) {
            (Some(lost), _) => taken_out(lost),
            (None, Some((of, fit))) => {
                let (object, span) = place(*of);
                let reason =
                    MissingReason::Unfit { object, condition: fit.condition, is_unsure: fit.truth == Truth::Maybe };
                Missing { reason, span }
            }
            (None, None) => no_filter(missing),
        }),
    };
    let guard = run.iter().enumerate().find_map(|(at, item)| Some((at, settings.guard(item)?)));
    let before = run.iter().chain(applied.items.get(router..).unwrap_or_default());
    let changed = before
        .filter(|item| matches!(item.what, What::Authorization))
        .find_map(|item| item.changed)
        .or_else(|| applied.lost.filter(|(_, patch)| patch.conditions.http_filter.as_deref() == Some(names::RBAC)))
        .or_else(|| settings.switched_off(|name, _| name == names::RBAC));
    Passage {
        removed: applied.unheard.or(applied.removed).map(place),
        falls_through: applied.unheard.is_none() && applied.removed.is_some(),
        unauthorized: changed.map(place),
        guard_first: guard.as_ref().is_some_and(|(at, _)| ours.is_some_and(|ours| *at < ours)),
        guard: guard.map(|(_, guard)| guard),
        running,
    }
}

fn nothing_at_all() -> Passage {
    Passage {
        removed: None,
        falls_through: false,
        unauthorized: None,
        running: Err(no_filter(&None)),
        guard: None,
        guard_first: false,
    }
}

fn no_filter(missing: &Option<Missing>) -> Missing {
    missing.clone().unwrap_or(Missing { reason: MissingReason::NotAttached { waypoint: None }, span: Span::NOWHERE })
}

/// What settings arrive with filters, and what routes change of them.
struct Settings<'a, 'm> {
    manifests: &'a Cluster,
    world: &'a World,
    chain: &'a Chain,
    patches: &'a [Of<'m>],
}

impl<'m> Settings<'_, 'm> {
    fn is_ours(&self, names: &FilterNames, item: &Item<'_>) -> bool {
        match item.what {
            What::Extension(at) => self.manifests.extensions.get(at).is_some_and(|extension| names.is_ours(extension)),
            What::Patched(_, value) => apply::is_ours(names, value),
            _ => false,
        }
    }

    fn holds(&self, truth: Truth) -> bool {
        self.world.holds(truth, self.world.others)
    }

    /// The masking filter with its settings.
    fn running(&self, item: &Item<'m>) -> Result<Running, Missing> {
        let switches = |name: &str, config: &Value| {
            self.holds(item.has_name(name)) && config.get("disabled") == Some(&Value::Bool(true))
        };
        if let Some(of) = item.changed.or_else(|| self.switched_off(switches)) {
            return Err(taken_out(of));
        }
        let announced = self.announced(&item.name);
        match item.what {
            What::Extension(at) => {
                let former = item.former.iter().flat_map(|former| self.announced(former));
                if let Some(of) = announced.into_iter().chain(former).next() {
                    return Err(taken_out(of));
                }
                let extension = self.manifests.extensions.get(at);
                extension.map(|extension| of_object(at, extension)).ok_or_else(|| no_filter(&None))
            }
            What::Patched(of, value) if envoy::member(value, "config_discovery").is_some() => {
                match announced.as_slice() {
                    [only] => Ok(of_patch(of, &only.1.value)),
                    [_, other, ..] => Err(taken_out(*other)),
                    _ => {
                        let (object, span) = place(of);
                        Err(Missing { reason: MissingReason::NoSettings(object), span })
                    }
                }
            }
            What::Patched(of, value) => Ok(of_patch(of, value)),
            _ => Err(no_filter(&None)),
        }
    }

    /// The extensions that patches give under a name; their context does not count (`InsertedExtensionConfigurations` in
    /// istiod's pilot/pkg/networking/core/envoyfilter/extension_configuration_patch.go).
    fn announced(&self, name: &str) -> Vec<Of<'m>> {
        let gives = |(_, patch): &Of<'m>| {
            patch.apply_to == "EXTENSION_CONFIG"
                && matches!(patch.operation.as_str(), "ADD" | "INSERT_FIRST" | "INSERT_BEFORE" | "INSERT_AFTER")
                && patch.value.get("name").and_then(Value::as_str) == Some(name)
                && self.world.holds(fit::proxy(&patch.conditions).truth, self.world.ours)
        };
        self.patches.iter().copied().filter(gives).collect()
    }

    /// A guard that no route changes.
    fn guard(&self, item: &Item<'m>) -> Option<Guard> {
        let What::Patched((filter, patch), value) = item.what else { return None };
        let mark = guard_in(value)?.mark;
        let is_kept = item.changed.is_none() && self.switched_off(|name, _| name == item.name).is_none();
        is_kept.then(|| Guard { object: filter.meta.title(), mark, span: patch.span })
    }

    /// A patch by which a route has settings of its own for a filter.
    fn switched_off(&self, is_it: impl Fn(&str, &Value) -> bool) -> Option<Of<'m>> {
        let of_routes = |(_, patch): &&Of<'m>| {
            matches!(patch.apply_to.as_str(), "HTTP_ROUTE" | "VIRTUAL_HOST" | "ROUTE_CONFIGURATION")
                && patch.operation != "REMOVE"
                && self.holds(fit::routes(patch, self.chain))
        };
        self.patches.iter().filter(of_routes).find(|(_, patch)| per_filter(&patch.value, &is_it)).copied()
    }
}

/// Whether settings of a route, at any depth, hold settings of a filter that are asked for (`typed_per_filter_config`).
pub(super) fn per_filter(value: &Value, is_it: &impl Fn(&str, &Value) -> bool) -> bool {
    let inside = || {
        let members = value.as_object().into_iter().flat_map(|members| members.values());
        let items = value.as_array().into_iter().flatten();
        members.chain(items).any(|inner| per_filter(inner, is_it))
    };
    let filters = envoy::member(value, "typed_per_filter_config").and_then(Value::as_object);
    filters.into_iter().flatten().any(|(name, config)| is_it(name, config)) || inside()
}

fn of_object(at: usize, extension: &Extension) -> Running {
    Running {
        extension: Some(at),
        object: extension.meta.title(),
        config: Arc::clone(&extension.config),
        fails_open: extension.fail_strategy == FailStrategy::Open,
        span: extension.meta.span,
    }
}

fn of_patch((filter, patch): Of<'_>, value: &Value) -> Running {
    Running {
        extension: None,
        object: filter.meta.title(),
        config: Arc::new(plan_in(value)),
        fails_open: envoy::fails_open(value),
        span: patch.span,
    }
}
