//! What an exchange asks of the proxy: one trait, no panics, bytes only.

#[cfg(any(test, doc))]
pub mod fake;
mod headers;

pub use headers::{Headers, list_items, split_outside_quotes};

/// The proxy did not do what it was asked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HostError;

/// Severity of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// For people who look for the cause of a refusal.
    Debug,
    /// Something the operator has to mend.
    Error,
}

/// The maps of one exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Map {
    /// Request headers.
    Request,
    /// Response headers.
    Response,
    /// Response trailers.
    ResponseTrailers,
}

/// What an exchange asks of the proxy. In a VM every call crosses its border once.
pub trait Host {
    /// All lines of a map.
    ///
    /// # Errors
    /// [`HostError`] when the proxy does not give them; callers then refuse.
    fn headers(&self, map: Map) -> Result<Headers, HostError>;

    /// Removes all lines of a header.
    ///
    /// # Errors
    /// [`HostError`]
    fn remove_header(&self, map: Map, name: &str) -> Result<(), HostError>;

    /// Replaces all lines of a header by one.
    ///
    /// # Errors
    /// [`HostError`]
    fn set_header(&self, map: Map, name: &str, value: &[u8]) -> Result<(), HostError>;

    /// Adds one line of a header, behind those that are there.
    ///
    /// # Errors
    /// [`HostError`]
    fn add_header(&self, map: Map, name: &str, value: &[u8]) -> Result<(), HostError>;

    /// A property such as `["connection", "mtls"]`; `None` when it is not there or empty.
    fn property(&self, path: &[&str]) -> Option<Vec<u8>>;

    /// Writes the filter state `wasm.<name>`. Best effort: nothing depends on it.
    fn set_property(&self, name: &str, value: &[u8]);

    /// The first `size` bytes of the chunk of the request body at hand.
    ///
    /// # Errors
    /// [`HostError`]
    fn request_body(&self, size: usize) -> Result<Vec<u8>, HostError>;

    /// The first `size` bytes of the body chunk at hand.
    ///
    /// # Errors
    /// [`HostError`]
    fn response_body(&self, size: usize) -> Result<Vec<u8>, HostError>;

    /// Puts `body` in place of the first `size` bytes of the chunk at hand.
    ///
    /// # Errors
    /// [`HostError`]
    fn replace_response_body(&self, size: usize, body: &[u8]) -> Result<(), HostError>;

    /// Answers in place of the upstream. After response headers have gone it resets the stream. `details` is what access
    /// logs print as response code details.
    ///
    /// # Errors
    /// [`HostError`]
    fn send_response(&self, status: u32, details: &str, headers: &[(&str, &str)], body: &[u8])
    -> Result<(), HostError>;

    /// Cuts the response off, so that no client takes it for complete.
    ///
    /// # Errors
    /// [`HostError`]
    fn reset_response(&self) -> Result<(), HostError>;

    /// Defines a counter; `None` when the proxy has no metrics.
    fn define_counter(&self, name: &str) -> Option<u32>;

    /// Adds to a counter.
    fn increment(&self, counter: u32, by: u64);

    /// Writes one log line.
    fn log(&self, level: Level, line: &str);
}
