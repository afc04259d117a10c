//! A filter that copies each piece of the body out and in: the least that any filter pays that may change it.
#![cfg(target_arch = "wasm32")]
#![expect(missing_docs, reason = "the function that `proxy_wasm::main!` makes has none")]

use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::Action;

struct Copy;

impl Context for Copy {}

impl HttpContext for Copy {
    fn on_http_response_body(&mut self, size: usize, _end_of_stream: bool) -> Action {
        if size > 0
            && let Some(piece) = self.get_http_response_body(0, size)
        {
            self.set_http_response_body(0, size, &piece);
        }
        Action::Continue
    }
}

proxy_wasm::main! {{
    proxy_wasm::set_http_context(|_, _| Box::new(Copy));
}}
