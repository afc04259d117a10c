//! One HTTP filter.

use meshveil_text::{
    block, flow,
    yaml::{Map, quoted},
};
use serde_json::Value;

use crate::{Authorization, Guard, Masking, field, names};

/// One HTTP filter of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HttpFilter {
    /// Who may send a request at all.
    Authorization(Authorization),
    /// The masking filter, or another WebAssembly module: its plan tells.
    Masking(Box<Masking>),
    /// Requests that the masking filter has not seen end here.
    Guard(Guard),
    /// The end of the chain.
    Router,
    /// Anything else.
    Other(Other),
}

/// A filter that is none of ours, or one of ours that was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Other {
    /// Its name.
    pub name: String,
    /// The type of its settings; empty where it has none.
    pub kind: String,
}

impl HttpFilter {
    /// Reads an item of `http_filters`, the value of a patch that adds one, or an extension that one asks for.
    #[must_use]
    pub fn read(filter: &Value) -> Self {
        let kind = field::typed_config(filter).map_or("", |(kind, _)| kind);
        let known = match kind {
            _ if is_disabled(filter) => None,
            names::RBAC_TYPE => {
                let guard = Guard::read(filter).map(Self::Guard);
                guard.or_else(|| Authorization::read(filter).map(Self::Authorization))
            }
            names::WASM_TYPE => Masking::read(filter).map(|masking| Self::Masking(Box::new(masking))),
            names::ROUTER_TYPE => Some(Self::Router),
            _ => None,
        };
        let name = field::text(filter, "name").unwrap_or_default();
        known.unwrap_or_else(|| Self::Other(Other { name: name.to_owned(), kind: kind.to_owned() }))
    }

    /// The filter.
    #[must_use]
    pub fn write(&self) -> Map {
        match self {
            Self::Authorization(authorization) => authorization.write(),
            Self::Masking(masking) => masking.write(),
            Self::Guard(guard) => guard.write(),
            Self::Router => {
                block!({ name: names::ROUTER, typed_config: flow!({ "@type": names::url(names::ROUTER_TYPE) }) })
            }
            Self::Other(other) => {
                block!({ name: quoted(&other.name), typed_config: flow!({ "@type": names::url(&other.kind) }) })
            }
        }
    }

    /// What it is for, for the reader of a configuration.
    pub(crate) fn comment(&self) -> Option<&'static str> {
        match self {
            Self::Authorization(_) => Some("Who may send a request at all."),
            Self::Guard(_) => Some("No request that the filter has not seen."),
            Self::Masking(_) | Self::Router | Self::Other(_) => None,
        }
    }
}

/// Whether a filter does nothing unless a route switches it on.
#[must_use]
pub fn is_disabled(filter: &Value) -> bool {
    field::is_true(filter, "disabled")
}
