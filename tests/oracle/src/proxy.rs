//! A proxy in memory: what it holds of one exchange can be read.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use meshveil_exchange::host::{Headers, HostError, Level, Map};
use meshveil_exchange::{Configuration, Exchange, Host};

/// Header lines: name and value.
pub type Lines = Vec<(String, Vec<u8>)>;

/// What it holds.
#[derive(Debug, Default)]
pub struct Held {
    /// Request headers.
    pub request: RefCell<Lines>,
    /// Response headers.
    pub response: RefCell<Lines>,
    /// Response trailers.
    pub trailers: RefCell<Lines>,
    /// The chunk at hand.
    pub chunk: RefCell<Vec<u8>>,
    /// The status of an answer that the filter gave.
    pub reply: Cell<Option<u32>>,
    /// What access logs would show of the end of the exchange.
    pub receipt: RefCell<String>,
}

/// The proxy.
#[derive(Debug, Clone, Default)]
pub struct Proxy(pub Rc<Held>);

impl Proxy {
    /// An exchange with a plan.
    ///
    /// # Panics
    /// When the plan is refused.
    #[must_use]
    pub fn exchange(&self, plan: &str) -> Exchange<Self> {
        let configuration = Configuration::load(self, plan.as_bytes(), |_| Some(crate::KEY.to_owned()));
        Exchange::new(self.clone(), Some(Rc::new(configuration.expect("the plan is valid"))))
    }

    fn map(&self, map: Map) -> &RefCell<Lines> {
        match map {
            Map::Request => &self.0.request,
            Map::Response => &self.0.response,
            Map::ResponseTrailers => &self.0.trailers,
        }
    }
}

impl Host for Proxy {
    fn headers(&self, map: Map) -> Result<Headers, HostError> {
        let lines = self.map(map).borrow();
        Ok(Headers::from_lines(lines.iter().map(|(name, value)| (name.as_bytes(), value.as_slice()))))
    }

    fn remove_header(&self, map: Map, name: &str) -> Result<(), HostError> {
        self.map(map).borrow_mut().retain(|(known, _)| known != name);
        Ok(())
    }

    fn set_header(&self, map: Map, name: &str, value: &[u8]) -> Result<(), HostError> {
        self.remove_header(map, name)?;
        self.add_header(map, name, value)
    }

    fn add_header(&self, map: Map, name: &str, value: &[u8]) -> Result<(), HostError> {
        self.map(map).borrow_mut().push((name.to_owned(), value.to_vec()));
        Ok(())
    }

    fn property(&self, _: &[&str]) -> Option<Vec<u8>> {
        None
    }

    fn set_property(&self, name: &str, value: &[u8]) {
        if name == meshveil_plan::telemetry::RECEIPT {
            self.0.receipt.replace(String::from_utf8_lossy(value).into_owned());
        }
    }

    fn request_body(&self, size: usize) -> Result<Vec<u8>, HostError> {
        self.0.chunk.borrow().get(..size).map(<[u8]>::to_vec).ok_or(HostError)
    }

    fn response_body(&self, size: usize) -> Result<Vec<u8>, HostError> {
        self.request_body(size)
    }

    fn replace_response_body(&self, size: usize, body: &[u8]) -> Result<(), HostError> {
        self.0.chunk.borrow_mut().splice(..size, body.iter().copied());
        Ok(())
    }

    fn send_response(&self, status: u32, _: &str, _: &[(&str, &str)], _: &[u8]) -> Result<(), HostError> {
        self.0.reply.set(Some(status));
        Ok(())
    }

    fn reset_response(&self) -> Result<(), HostError> {
        self.0.reply.set(Some(0));
        Ok(())
    }

    fn define_counter(&self, _: &str) -> Option<u32> {
        None
    }

    fn increment(&self, _: u32, _: u64) {}

    fn log(&self, _: Level, _: &str) {}
}
