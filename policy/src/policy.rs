//! A policy as it was meant: every value with its place, every reference resolved.

use std::collections::BTreeMap;

use meshveil_engine::{
    MaskSpec, Query,
    plan::{Delivery, Masking, OnError, Others, RouteMatch, Sees},
};
use meshveil_source::Span;

/// A value and where it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Its place.
    pub span: Span,
}

/// One policy: one workload that holds sensitive data.
#[derive(Debug, Clone)]
pub struct Policy {
    /// `metadata.name`.
    pub name: Spanned<String>,
    /// `metadata.namespace`.
    pub namespace: Spanned<String>,
    /// Who serves the data.
    pub workload: Workload,
    /// What is sensitive.
    pub fields: Vec<Field>,
    /// Who may connect, and what they see.
    pub callers: Vec<Caller>,
    /// What anybody else gets.
    pub others: Others,
    /// Exceptions by route; first match wins.
    pub routes: Vec<Route>,
    /// SPIFFE ids of hops whose identity headers are believed.
    pub trusted_hops: Vec<Spanned<String>>,
    /// What happens to a response that cannot be masked.
    pub on_error: OnError,
    /// Whether response headers wait for the first body bytes.
    pub delivery: Delivery,
    /// The key of keyed masks.
    pub key: Option<Key>,
    /// The trust domain of SPIFFE ids.
    pub trust_domain: String,
    /// The whole document.
    pub span: Span,
}

/// The workload that serves the data.
#[derive(Debug, Clone)]
pub struct Workload {
    /// Labels of its pods.
    pub selector: Spanned<BTreeMap<String, String>>,
    /// The ServiceAccount it runs as, in the policy's namespace.
    pub service_account: Option<Spanned<String>>,
    /// Its container ports.
    pub ports: Vec<Port>,
}

/// A container port.
#[derive(Debug, Clone, PartialEq)]
pub struct Port {
    /// Number, 1 to 65535.
    pub port: Spanned<u16>,
    /// Name; `http` or `http-…` so that Istio takes it for HTTP.
    pub name: Option<Spanned<String>>,
}

/// One sensitive field.
#[derive(Debug, Clone)]
pub struct Field {
    /// Name used by `sees`, routes and metrics.
    pub name: Spanned<String>,
    /// What is selected.
    pub paths: Vec<Spanned<Query>>,
    /// What stands in for it.
    pub mask: Spanned<MaskSpec>,
}

/// A ServiceAccount.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServiceAccount {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl ServiceAccount {
    /// The SPIFFE id that Istio gives it.
    #[must_use]
    pub fn spiffe_id(&self, trust_domain: &str) -> String {
        format!("spiffe://{trust_domain}/ns/{}/sa/{}", self.namespace, self.name)
    }
}

/// One caller.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Name used in reports and metrics.
    pub name: Spanned<String>,
    /// The ServiceAccount its pods run as.
    pub service_account: Option<Spanned<ServiceAccount>>,
    /// Labels of its pods.
    pub pods: Option<Spanned<BTreeMap<String, String>>>,
    /// A verified claim that identifies it.
    pub jwt: Option<Spanned<Jwt>>,
    /// A header that a trusted hop sets for it.
    pub header: Option<Spanned<TrustedHeader>>,
    /// What it sees in clear.
    pub sees: Sees,
    /// Where the fields it sees are named.
    pub sees_spans: Vec<Span>,
}

/// A claim of a verified JWT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jwt {
    /// Where `jwt_authn` stores the payload.
    pub payload: String,
    /// Name of the claim.
    pub claim: String,
    /// Its value.
    pub value: String,
}

/// A header that a trusted hop sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedHeader {
    /// Its name, lower case.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// An exception for some requests.
#[derive(Debug, Clone)]
pub struct Route {
    /// Name; also the route metadata that selects it.
    pub name: Spanned<String>,
    /// Conditions; none when only metadata selects it.
    pub matches: Option<Spanned<RouteMatch>>,
    /// `off` lets every response pass.
    pub masking: Spanned<Masking>,
    /// Other masks for some fields.
    pub fields: Vec<(Spanned<String>, Spanned<MaskSpec>)>,
}

/// Where the key of keyed masks comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Environment variable of the VM.
    pub env: String,
    /// Changed when the key is.
    pub id: String,
}
