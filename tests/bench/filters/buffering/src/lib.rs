//! A filter that masks as tutorials do: wait for the whole body, parse it into a tree, change the tree, print it.
#![cfg(target_arch = "wasm32")]
#![expect(missing_docs, reason = "the function that `proxy_wasm::main!` makes has none")]

use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::Action;
use serde_json::Value;

struct Buffering;

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
            mask(&mut document);
            if let Ok(masked) = serde_json::to_vec(&document) {
                self.set_http_response_body(0, size, &masked);
            }
        }
        Action::Continue
    }
}

/// Masks what `$..ssn`, `$..email` and `$..card.number` select: the fields the other columns mask.
fn mask(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                match key.as_str() {
                    "ssn" | "email" => *member = Value::from("***"),
                    "card" => {
                        if let Some(number) = member.get_mut("number") {
                            *number = Value::from("***");
                        }
                        mask(member);
                    }
                    _ => mask(member),
                }
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(mask),
        _ => {}
    }
}

proxy_wasm::main! {{
    proxy_wasm::set_http_context(|_, _| Box::new(Buffering));
}}
