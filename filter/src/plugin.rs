//! The plugin as the proxy-wasm dispatcher sees it: contexts that hand every callback to [`Exchange`].

use std::rc::Rc;

use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{Action, ContextType};

use crate::configuration::Configuration;
use crate::exchange::Exchange;
use crate::host::real::Envoy;
use crate::host::{Host, Level};

/// One configured plugin.
#[derive(Default)]
pub struct Plugin {
    configuration: Option<Rc<Configuration>>,
}

impl Context for Plugin {}

impl RootContext for Plugin {
    fn on_configure(&mut self, _size: usize) -> bool {
        let text = Envoy.plugin_configuration().unwrap_or_default();
        match Configuration::load(&Envoy, &text, |name| std::env::var(name).ok()) {
            Ok(configuration) => {
                configuration.warm();
                self.configuration = Some(Rc::new(configuration));
                true
            }
            Err(error) => {
                Envoy.log(Level::Error, &format!("meshveil: configuration refused: {error}"));
                false
            }
        }
    }

    fn create_http_context(&self, _id: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(Stream(Exchange::new(Envoy, self.configuration.clone()))))
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}

struct Stream(Exchange<Envoy>);

impl Context for Stream {
    fn on_done(&mut self) -> bool {
        self.0.on_done();
        true
    }
}

impl HttpContext for Stream {
    fn on_http_request_headers(&mut self, _count: usize, _end_of_stream: bool) -> Action {
        self.0.on_request_headers()
    }

    fn on_http_response_headers(&mut self, _count: usize, end_of_stream: bool) -> Action {
        self.0.on_response_headers(end_of_stream)
    }

    fn on_http_response_body(&mut self, size: usize, end_of_stream: bool) -> Action {
        self.0.on_response_body(size, end_of_stream)
    }

    fn on_http_response_trailers(&mut self, _count: usize) -> Action {
        self.0.on_response_trailers()
    }
}

// Here and not in `lib.rs`, where the undocumented function the macro makes would be part of the crate's interface.
proxy_wasm::main! {{
    proxy_wasm::set_root_context(|_| Box::new(Plugin::default()));
}}
