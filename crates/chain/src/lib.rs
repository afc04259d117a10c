//! Envoy's HTTP filter chain as data: who is let in, the masking filter, the guard behind it, and the router. What
//! configures a proxy writes it, what judges a proxy's configuration reads it.
//!
//! Names of filters, their types and the words of their settings stand here and nowhere else.

mod authorization;
mod field;
mod filter;
mod guard;
mod identity;
mod masking;
pub mod names;
pub mod patch;
#[cfg(test)]
mod tests;

pub use authorization::{Admitted, Authorization};
pub use field::camel;
pub use filter::{HttpFilter, Other, is_disabled};
pub use guard::Guard;
pub use identity::{Files, Identity};
pub use masking::{Code, Failure, Masking, fails_open};
use meshveil_text::yaml::List;
use serde_json::Value;

/// What a connection and its requests go through, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chain {
    /// What the connection needs; `None` where the listener asks for no certificate that we know.
    pub identity: Option<Identity>,
    /// The HTTP filters.
    pub filters: Vec<HttpFilter>,
}

impl Chain {
    /// The chain that a `filter_chain` of a listener describes.
    #[must_use]
    pub fn read(filter_chain: &Value) -> Self {
        let managers = field::items(filter_chain, "filters")
            .filter_map(|filter| field::settings(filter, names::CONNECTION_MANAGER_TYPE));
        Self {
            identity: field::get(filter_chain, "transport_socket").and_then(Identity::read),
            filters: managers.flat_map(|config| field::items(config, "http_filters")).map(HttpFilter::read).collect(),
        }
    }

    /// The items of `http_filters`.
    #[must_use]
    pub fn http_filters(&self) -> List {
        let mut filters = List::default();
        for filter in &self.filters {
            if let Some(comment) = filter.comment() {
                filters.comment(comment);
            }
            filters.push(filter.write());
        }
        filters
    }
}

/// A member of a protobuf message in JSON, by its name in `snake_case` or as `lowerCamelCase`.
#[must_use]
pub fn member<'v>(message: &'v Value, name: &str) -> Option<&'v Value> {
    field::get(message, name)
}

/// The settings of a network filter that reads HTTP; `None` for another.
#[must_use]
pub fn manager(filter: &Value) -> Option<&Value> {
    field::settings(filter, names::CONNECTION_MANAGER_TYPE)
}

/// The HTTP filters of a network filter that reads HTTP; `None` for another.
#[must_use]
pub fn http_filters(filter: &Value) -> Option<&[Value]> {
    let filters = field::get(manager(filter)?, "http_filters");
    Some(filters.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default())
}

/// The type of a filter's settings.
#[must_use]
pub fn kind(filter: &Value) -> Option<&str> {
    field::typed_config(filter).map(|(kind, _)| kind)
}
