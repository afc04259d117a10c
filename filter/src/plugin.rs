//! The plugin as the proxy-wasm dispatcher sees it: contexts that hand every callback to [`Exchange`].

use std::rc::Rc;

use meshveil_exchange::host::Level;
use meshveil_exchange::{Configuration, Exchange, Flow, Host};
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{Action, ContextType};

use crate::host::Envoy;

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
        Some(Box::new(Callbacks(Exchange::new(Envoy, self.configuration.clone()))))
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}

/// The callbacks of one request and its response.
struct Callbacks(Exchange<Envoy>);

impl Context for Callbacks {
    fn on_done(&mut self) -> bool {
        self.0.on_done();
        true
    }
}

impl HttpContext for Callbacks {
    fn on_http_request_headers(&mut self, _count: usize, _end_of_stream: bool) -> Action {
        action(self.0.on_request_headers())
    }

    fn on_http_request_body(&mut self, size: usize, end_of_stream: bool) -> Action {
        action(self.0.on_request_body(size, end_of_stream))
    }

    fn on_http_request_trailers(&mut self, _count: usize) -> Action {
        action(self.0.on_request_body(0, true))
    }

    fn on_http_response_headers(&mut self, _count: usize, end_of_stream: bool) -> Action {
        action(self.0.on_response_headers(end_of_stream))
    }

    fn on_http_response_body(&mut self, size: usize, end_of_stream: bool) -> Action {
        action(self.0.on_response_body(size, end_of_stream))
    }

    fn on_http_response_trailers(&mut self, _count: usize) -> Action {
        action(self.0.on_response_trailers())
    }
}

/// The proxy holds back what it is told to pause, for good where nothing tells it to resume.
const fn action(flow: Flow) -> Action {
    match flow {
        Flow::Continue => Action::Continue,
        Flow::Hold | Flow::Stop => Action::Pause,
    }
}

// Here and not in `lib.rs`, where the undocumented function the macro makes would be part of the crate's interface.
proxy_wasm::main! {{
    proxy_wasm::set_root_context(|_| Box::new(Plugin::default()));
}}
