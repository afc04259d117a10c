//! A policy as it was meant: every value with its place, every reference resolved.

use std::collections::BTreeMap;

use meshveil_json::Query;
use meshveil_mask::MaskSpec;
use meshveil_plan::{
    Arrival, BadLines, Delivery, Detect, Inside, Limits, Masking, MediaRange, MemberNames, Names, OnError, Others,
    Reading, RouteMatch, Sees, Stage, Unlisted, Writes,
};
use meshveil_text::{Cidr, Span};

use crate::{
    Date, Version,
    cluster::{Client, ClusterSettings, EnvironmentSettings, OwnPort},
};

/// A value and where it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Its place.
    pub span: Span,
}

/// One policy: one workload that holds sensitive data.
#[derive(Debug, Clone)]
pub struct Policy {
    /// `apiVersion`: the version of the format it is written in.
    pub version: Spanned<&'static Version>,
    /// `metadata.name`.
    pub name: Spanned<String>,
    /// `metadata.namespace`.
    pub namespace: Spanned<String>,
    /// The policy that is observed beside it (`generate --next`).
    pub next: Option<Box<Policy>>,
    /// How far it is rolled out.
    pub stage: Option<Spanned<Stage>>,
    /// When the stage should be over.
    pub until: Option<Spanned<Date>>,
    /// Who serves the data.
    pub workload: Workload,
    /// What is sensitive.
    pub fields: Vec<Field>,
    /// Who may connect, and what they see.
    pub callers: Vec<Caller>,
    /// What unlisted callers get.
    pub others: Others,
    /// Exceptions by route; first match wins.
    pub routes: Vec<Route>,
    /// Workloads that pass on requests of others and whose identity headers are believed.
    pub trusted_hops: Vec<Hop>,
    /// Where the workload keeps the data: any other source that reaches a store bypasses the filter.
    pub stores: Vec<Peer>,
    /// Where else the workload may connect to.
    pub egress: Vec<Peer>,
    /// Who may read the metrics of the sidecar.
    pub metrics: Option<Metrics>,
    /// Address blocks of nodes whose probes have to be let in.
    pub probes: Vec<Spanned<Cidr>>,
    /// Media types that pass unread on every route.
    pub passes: Vec<Spanned<MediaRange>>,
    /// How bodies of some media types are read.
    pub reads: Vec<(Spanned<String>, Reading)>,
    /// What happens to a record of a body of several that is not valid JSON.
    pub bad_lines: BadLines,
    /// Response headers that arrive where a view masks, by name in lower case.
    pub headers: Vec<(Spanned<String>, Arrival)>,
    /// What happens to a request body that carries masks back.
    pub writes: Writes,
    /// What happens to what no path lists.
    pub unlisted: Option<Spanned<Unlisted>>,
    /// What goes on as it is where what is not listed does not.
    pub shows: Vec<Spanned<Query>>,
    /// What is masked wherever it stands.
    pub detect: Option<Spanned<Detect>>,
    /// What happens to a response that cannot be masked.
    pub on_error: Spanned<OnError>,
    /// Whether response headers wait for the first body bytes.
    pub delivery: Delivery,
    /// The key of keyed masks.
    pub key: Option<Key>,
    /// Bounds of memory and time per response.
    pub limits: Limits,
    /// The trust domain of SPIFFE ids.
    pub trust_domain: String,
    /// Who passes connections on to the workload without an identity in them, such as an east-west gateway.
    pub passthrough: Vec<Client>,
    /// Where the parts of the mesh are.
    pub cluster: ClusterSettings,
    /// Where else the policy applies.
    pub environments: Vec<EnvironmentSettings>,
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
    /// Ports on which its replicas talk to each other.
    pub peers: Vec<OwnPort>,
    /// The Service in front of its pods.
    pub service: Option<ServicePort>,
}

/// A port of a Service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicePort {
    /// Name of the Service, in the policy's namespace.
    pub name: Spanned<String>,
    /// The Service's own port, not that of the container.
    pub port: Option<Spanned<u16>>,
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
    /// Response headers whose whole value it is, by name in lower case.
    pub headers: Vec<Spanned<String>>,
    /// How names in the paths are compared.
    pub names: Names,
    /// Whether names of members are masked, and not their values.
    pub keys: MemberNames,
    /// How its texts hold documents.
    pub inside: Option<Inside>,
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
    /// Who signed the token: the claim `iss`. Without it any issuer.
    pub issuer: Option<String>,
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
    /// How far it is rolled out, in place of the policy's stage.
    pub stage: Option<Spanned<Stage>>,
    /// When the stage should be over.
    pub until: Option<Spanned<Date>>,
    /// Other masks for some fields.
    pub fields: Vec<(Spanned<String>, Spanned<MaskSpec>)>,
    /// Values that fields do not mask here.
    pub except: Vec<(Spanned<String>, Vec<Spanned<Query>>)>,
    /// Media types that pass unread, beside those of the policy.
    pub passes: Vec<Spanned<MediaRange>>,
    /// How bodies of some media types are read, before what the policy says.
    pub reads: Vec<(Spanned<String>, Reading)>,
    /// What happens to a record that is not valid, in place of what the policy says.
    pub bad_lines: Option<BadLines>,
    /// What happens to a request body that carries masks back, in place of what the policy says.
    pub writes: Option<Writes>,
    /// Response headers that arrive, before what the policy says.
    pub headers: Vec<(Spanned<String>, Arrival)>,
    /// What happens to what no path lists, in place of what the policy says.
    pub unlisted: Option<Spanned<Unlisted>>,
    /// What goes on as it is, beside what the policy says.
    pub shows: Vec<Spanned<Query>>,
    /// What is masked wherever it stands, in place of what the policy says.
    pub detect: Option<Spanned<Detect>>,
}

/// A workload that passes on requests of others.
#[derive(Debug, Clone, PartialEq)]
pub struct Hop {
    /// The ServiceAccount its pods run as.
    pub service_account: Spanned<ServiceAccount>,
    /// Labels of its pods.
    pub pods: Option<Spanned<BTreeMap<String, String>>>,
}

/// A destination the workload connects to.
#[derive(Debug, Clone, PartialEq)]
pub struct Peer {
    /// Name for reports.
    pub name: Spanned<String>,
    /// Who it is.
    pub to: PeerTo,
    /// Ports of the pods or addresses; at least one.
    pub ports: Vec<Spanned<u16>>,
    /// What the ports speak.
    pub protocol: Protocol,
    /// Ports on which the pods of a store talk to each other.
    pub peers: Vec<OwnPort>,
    /// Who else connects to a store.
    pub clients: Vec<Client>,
}

/// Pods or addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeerTo {
    /// Pods.
    Pods {
        /// Their namespace.
        namespace: String,
        /// Their labels; all pods of the namespace where there are none.
        labels: Option<Spanned<BTreeMap<String, String>>>,
    },
    /// An address block such as `10.20.0.0/16`.
    Cidr(Spanned<Cidr>),
}

/// A transport protocol.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Protocol {
    /// `TCP`
    #[default]
    Tcp,
    /// `UDP`
    Udp,
}

impl Protocol {
    /// As Kubernetes spells it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
        }
    }
}

/// Pods that scrape metrics.
#[derive(Debug, Clone, PartialEq)]
pub struct Metrics {
    /// Their namespace.
    pub namespace: Spanned<String>,
    /// Their labels; all pods of the namespace where there are none.
    pub pods: Option<Spanned<BTreeMap<String, String>>>,
    /// Ports that serve metrics.
    pub ports: Vec<Spanned<u16>>,
}

/// A source that may connect to the workload: a caller that is known by a ServiceAccount, or a trusted hop.
#[derive(Debug, Clone, Copy)]
pub struct Inbound<'p> {
    /// Name of the caller; none for a trusted hop.
    pub caller: Option<&'p str>,
    /// Where the policy says so.
    pub span: Span,
    /// The identity.
    pub service_account: &'p ServiceAccount,
    /// Labels of the pods; all pods of the ServiceAccount's namespace where there are none.
    pub pods: Option<&'p BTreeMap<String, String>>,
}

impl Policy {
    /// How far it is rolled out.
    #[must_use]
    pub fn rolled_out(&self) -> Stage {
        self.stage.as_ref().map(|stage| stage.value).unwrap_or_default()
    }

    /// Everybody who may connect, callers first, each identity with each set of labels once. With
    /// [`Others::Masked`] unlisted callers may, too.
    #[must_use]
    pub fn inbound(&self) -> Vec<Inbound<'_>> {
        let callers = self.callers.iter().filter_map(|caller| {
            Some(Inbound {
                caller: Some(&caller.name.value),
                span: caller.name.span,
                service_account: &caller.service_account.as_ref()?.value,
                pods: caller.pods.as_ref().map(|pods| &pods.value),
            })
        });
        let hops = self.trusted_hops.iter().map(|hop| Inbound {
            caller: None,
            span: hop.service_account.span,
            service_account: &hop.service_account.value,
            pods: hop.pods.as_ref().map(|pods| &pods.value),
        });
        let mut seen = std::collections::BTreeSet::new();
        callers.chain(hops).filter(|inbound| seen.insert((inbound.service_account, inbound.pods))).collect()
    }
}

/// Where the key of keyed masks comes from: names of variables, never the key.
pub use meshveil_plan::Key;
