//! A filter that masks as tutorials do: wait for the whole body, parse it into a tree, change the tree, print it.
#![cfg(target_arch = "wasm32")]
#![expect(missing_docs, reason = "the function that `proxy_wasm::main!` makes has none")]

use std::rc::Rc;

use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{Action, ContextType};
use serde_json::Value;

/// Names of members that are masked, beside `card.number`.
type Names = Rc<Vec<String>>;

/// The plugin; its configuration is a JSON list of names, without which those of the benchmarks are masked.
struct Plugin {
    names: Names,
}

impl Context for Plugin {}

impl RootContext for Plugin {
    fn on_configure(&mut self, _size: usize) -> bool {
        let Some(configuration) = self.get_plugin_configuration() else { return true };
        match serde_json::from_slice(&configuration) {
            Ok(names) => self.names = Rc::new(names),
            Err(_) => return false,
        }
        true
    }

    fn create_http_context(&self, _id: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(Buffering { names: Rc::clone(&self.names) }))
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}

struct Buffering {
    names: Names,
}

impl Context for Buffering {}

impl HttpContext for Buffering {
    fn on_http_response_headers(&mut self, _count: usize, _end_of_stream: bool) -> Action {
        self.set_http_response_header("content-length", None);
        Action::Continue
    }

    fn on_http_response_body(&mut self, size: usize, end_of_stream: bool) -> Action {
        if !end_of_stream {
            return Action::Pause;
        }
        if let Some(body) = self.get_http_response_body(0, size)
            && let Ok(mut document) = serde_json::from_slice::<Value>(&body)
        {
            mask(&mut document, &self.names);
            if let Ok(masked) = serde_json::to_vec(&document) {
                self.set_http_response_body(0, size, &masked);
            }
        }
        Action::Continue
    }
}

/// Masks what `$..NAME` of each name and `$..card.number` select.
fn mask(value: &mut Value, names: &[String]) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                match key.as_str() {
                    name if names.iter().any(|known| known == name) => *member = Value::from("***"),
                    "card" => {
                        if let Some(number) = member.get_mut("number") {
                            *number = Value::from("***");
                        }
                        mask(member, names);
                    }
                    _ => mask(member, names),
                }
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(|element| mask(element, names)),
        _ => {}
    }
}

proxy_wasm::main! {{
    proxy_wasm::set_root_context(|_| Box::new(Plugin { names: Rc::new(vec!["ssn".to_owned(), "email".to_owned()]) }));
}}
