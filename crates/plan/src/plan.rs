//! The plan: the versioned JSON document that is the only contract between the policy compiler and the filter.

use std::collections::BTreeMap;

use meshveil_mask::MaskSpec;
use serde::{Deserialize, Serialize};

use crate::{
    BadLines, Detect, HeadersByName, Inside, Limits, MediaRange, MemberNames, Names, ReadsByType, Sees, Stage,
    Unlisted, Writes,
};

/// The name under which the filter marks requests it has seen; proxies keep it as filter state [`MARK_KEY`], its value is
/// [`Plan::policy`].
pub const MARK: &str = "meshveil.filter";

/// The filter state that a guard behind the filter looks for.
pub const MARK_KEY: &str = "wasm.meshveil.filter";

/// The only plan version this build reads.
pub const VERSION: u32 = 1;

/// Everything the filter needs to know about one workload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Plan {
    /// Always [`VERSION`].
    pub version: u32,
    /// `namespace/name` of the policy, for logs and metrics.
    #[serde(default)]
    pub policy: String,
    /// How far the policy is rolled out.
    #[serde(default, skip_serializing_if = "is_default")]
    pub stage: Stage,
    /// What is sensitive, and what stands in for it.
    pub fields: Vec<Field>,
    /// Who may see more than the strictest view. Where a request is several of them, the one that sees least counts;
    /// where none of them sees least, the request is from an unlisted caller.
    #[serde(default)]
    pub callers: Vec<Caller>,
    /// What a caller who is not listed gets.
    #[serde(default)]
    pub others: Others,
    /// Exceptions by route. First match wins.
    #[serde(default)]
    pub routes: Vec<Route>,
    /// Hops whose identity headers are believed.
    #[serde(default)]
    pub trusted_hops: Vec<String>,
    /// Media types that pass unread on every route. No type passes by itself.
    #[serde(default)]
    pub passes: Vec<MediaRange>,
    /// How bodies of some media types are read, where the type does not say it, or says something else.
    #[serde(default, skip_serializing_if = "ReadsByType::is_empty")]
    pub reads: ReadsByType,
    /// What happens to a record of a body of several that is not valid JSON.
    #[serde(default, skip_serializing_if = "is_default")]
    pub bad_lines: BadLines,
    /// Response headers that arrive where a view masks, beside those that always do.
    #[serde(default, skip_serializing_if = "HeadersByName::is_empty")]
    pub headers: HeadersByName,
    /// What happens to a request body of a caller that sees masks.
    #[serde(default, skip_serializing_if = "is_default")]
    pub writes: Writes,
    /// What happens to what no path lists.
    #[serde(default, skip_serializing_if = "is_default")]
    pub unlisted: Unlisted,
    /// What goes on as it is where what is not listed does not: RFC 9535 queries, which select scalars.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shows: Vec<String>,
    /// What is masked wherever it stands, beside the fields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detect: Option<Detect>,
    /// What happens to a response that cannot be masked.
    #[serde(default)]
    pub on_error: OnError,
    /// Whether response headers can wait for the first body bytes.
    #[serde(default)]
    pub delivery: Delivery,
    /// Where the key of keyed masks comes from.
    #[serde(default)]
    pub key: Option<Key>,
    /// Memory bounds.
    #[serde(default)]
    pub limits: Limits,
    /// A plan that is observed beside this one: how it would treat responses otherwise is counted, and nothing of it is in force. Its
    /// stages, `writes`, `delivery` and keys do not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Box<Plan>>,
}

/// One sensitive field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Field {
    /// Name used by `sees`, in route overrides and in metrics.
    pub name: String,
    /// RFC 9535 queries.
    #[serde(default)]
    pub paths: Vec<String>,
    /// Response headers whose whole value is the field, by name in lower case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<String>,
    /// How names in the queries are compared.
    #[serde(default, skip_serializing_if = "is_default")]
    pub names: Names,
    /// Whether names of members are masked, and not their values.
    #[serde(default, skip_serializing_if = "is_default")]
    pub keys: MemberNames,
    /// How matched texts hold documents, which the rules of the same view mask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inside: Option<Inside>,
    /// What stands in for a matched value; where texts hold documents, for one that holds none.
    pub mask: MaskSpec,
}

/// One caller and what it may see.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Caller {
    /// Name used in logs and metrics.
    pub name: String,
    /// Ways to be this caller; any one is enough.
    #[serde(rename = "match")]
    pub matches: Vec<Identity>,
    /// The fields this caller sees in clear.
    #[serde(default)]
    pub sees: Sees,
}

/// One way to recognise a caller.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub enum Identity {
    /// An exact SPIFFE id such as `spiffe://cluster.local/ns/shop/sa/billing`, from the peer's verified certificate.
    Principal(String),
    /// A claim of a JWT that Envoy's `jwt_authn` filter has verified.
    Claim {
        /// Key under which `jwt_authn` stores the payload (`payload_in_metadata`).
        #[serde(default = "default_payload")]
        payload: String,
        /// Name of a top-level claim.
        name: String,
        /// Its value, a text; for a claim that is a list of texts, one of its items.
        value: String,
        /// Who signed the token: the claim `iss` (RFC 7519, section 4.1.1) of the same payload. Without it any issuer that
        /// `jwt_authn` accepts for this payload.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        issuer: Option<String>,
    },
    /// A request header, believed only when the peer is one of [`Plan::trusted_hops`].
    Header {
        /// Header name, lower case.
        name: String,
        /// The exact value of its only line.
        value: String,
    },
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn default_payload() -> String {
    "payload".to_owned()
}

/// What a caller who is not listed gets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Others {
    /// A 403, on every route where masking is not off.
    Deny,
    /// The strictest view.
    #[default]
    Masked,
}

/// An exception for some requests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Route {
    /// Name; also the value of the route metadata `filter_metadata.meshveil.route` that selects it.
    pub name: String,
    /// Conditions, all of which must hold. Without it the route is chosen by route metadata only.
    #[serde(default, rename = "match")]
    pub matches: Option<RouteMatch>,
    /// `off` lets every response of this route pass untouched.
    #[serde(default)]
    pub masking: Masking,
    /// What counts on this route in place of [`Plan::stage`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    /// Other masks for some fields; the stricter of the two wins.
    #[serde(default)]
    pub fields: BTreeMap<String, MaskSpec>,
    /// Values that fields do not mask on this route, by field: RFC 9535 queries that do not look ahead.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub except: BTreeMap<String, Vec<String>>,
    /// Media types that pass unread on this route, beside those of [`Plan::passes`].
    #[serde(default)]
    pub passes: Vec<MediaRange>,
    /// How bodies of some media types are read on this route, before [`Plan::reads`].
    #[serde(default, skip_serializing_if = "ReadsByType::is_empty")]
    pub reads: ReadsByType,
    /// What counts on this route in place of [`Plan::bad_lines`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bad_lines: Option<BadLines>,
    /// What counts on this route in place of [`Plan::writes`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub writes: Option<Writes>,
    /// Response headers that arrive on this route, before [`Plan::headers`].
    #[serde(default, skip_serializing_if = "HeadersByName::is_empty")]
    pub headers: HeadersByName,
    /// What counts on this route in place of [`Plan::unlisted`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unlisted: Option<Unlisted>,
    /// What goes on as it is on this route, beside [`Plan::shows`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shows: Vec<String>,
    /// What counts on this route in place of [`Plan::detect`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detect: Option<Detect>,
}

/// Conditions on a request, all of which must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct RouteMatch {
    /// Envoy's route name (`xds.route_name`).
    #[serde(default)]
    pub route_name: Option<String>,
    /// `:authority` without port, compared without case.
    #[serde(default)]
    pub host: Option<String>,
    /// The whole path, without query.
    #[serde(default)]
    pub path: Option<String>,
    /// A prefix of the path that ends at a `/` boundary.
    #[serde(default)]
    pub prefix: Option<String>,
    /// HTTP methods; empty means all.
    #[serde(default)]
    pub methods: Vec<String>,
}

/// Whether a route is masked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Masking {
    /// Masked.
    #[default]
    On,
    /// Passed untouched.
    Off,
}

/// What happens to a response that cannot be masked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OnError {
    /// It is refused.
    #[default]
    Block,
    /// It passes unmasked where nothing was read yet; counted.
    Pass,
}

/// Whether response headers can wait for the first body bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Delivery {
    /// Headers go at once; a body that turns out broken ends in a stream reset.
    #[default]
    Standard,
    /// The plugin runs with `allow_on_headers_stop_iteration` (Envoy >= 1.35): headers wait for the first body
    /// bytes, so that a broken start becomes a 502 problem document.
    Strict,
}

/// Where the key of keyed masks comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Key {
    /// Environment variable of the VM that holds the key.
    pub env: String,
    /// Changed when the key is, so that the configuration changes with it (a changed VM environment alone does not
    /// restart the VM, envoyproxy/envoy#40881).
    #[serde(default)]
    pub id: String,
    /// The key before this one, while clients hold entity tags of it. No value is masked with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<PreviousKey>,
}

/// The key that was in use before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct PreviousKey {
    /// Environment variable of the VM that holds it.
    pub env: String,
    /// Its id.
    #[serde(default)]
    pub id: String,
}

impl Key {
    /// The environment variables that hold keys, the current one first.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.env.as_str()).chain(self.previous.iter().map(|previous| previous.env.as_str()))
    }
}

impl Plan {
    /// Whether something happens on some route to what no path lists.
    pub(crate) fn has_allow_list(&self) -> bool {
        let of_routes = self.routes.iter().filter_map(|route| route.unlisted);
        of_routes.chain([self.unlisted]).any(|unlisted| unlisted != Unlisted::Show)
    }

    /// Whether something is looked for on some route, wherever it stands.
    pub(crate) fn has_net(&self) -> bool {
        let of_routes = self.routes.iter().filter_map(|route| route.detect.as_ref());
        of_routes.chain(&self.detect).any(|detect| !detect.is_empty())
    }

    /// The fields' indices by name.
    pub(crate) fn field_indices(&self) -> BTreeMap<&str, usize> {
        let mut indices = BTreeMap::new();
        indices.extend(self.fields.iter().enumerate().map(|(index, field)| (field.name.as_str(), index)));
        indices
    }
}
