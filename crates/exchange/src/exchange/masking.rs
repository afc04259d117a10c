//! A body on its way through the masks, chunk by chunk.

use meshveil_body::{Fault, Pipeline, Representation, Rewrite, Stage};
use meshveil_json::Masker;

use crate::host::{Host, HostError};

/// A body on its way through the masks.
pub(super) struct Masking {
    body: Pipeline,
    received: bool,
    /// Headers still wait for the first body bytes, so a whole answer can go in their place.
    headers_wait: bool,
}

/// Why a body cannot go on.
pub(super) enum Broken {
    Body(Fault),
    Host,
}

impl Masking {
    pub(super) fn new(masker: &Masker, representation: Representation, headers_wait: bool) -> Self {
        Self { body: Pipeline::new(masker, representation), received: false, headers_wait }
    }

    pub(super) const fn body(&self) -> &Pipeline {
        &self.body
    }

    pub(super) const fn headers_wait(&self) -> bool {
        self.headers_wait
    }

    /// Masks the chunk at hand.
    pub(super) fn chunk<H: Host>(
        &mut self,
        host: &H,
        size: usize,
        end_of_stream: bool,
        out: &mut Vec<u8>,
    ) -> Result<(), Broken> {
        let mut rewrite = Rewrite::Unchanged;
        let mut chunk = Vec::new();
        if size > 0 {
            chunk = host.response_body(size).map_err(|HostError| Broken::Host)?;
            self.received = true;
            rewrite = self.body.rewrite(&chunk, out).map_err(Broken::Body)?;
        }
        if end_of_stream {
            let before = out.len();
            self.finish(out)?;
            if rewrite == Rewrite::Unchanged && out.len() > before {
                out.splice(..before, chunk);
                rewrite = Rewrite::Replaced;
            }
        }
        if rewrite == Rewrite::Replaced {
            host.replace_response_body(size, out).map_err(|HostError| Broken::Host)?;
        }
        self.headers_wait = false;
        Ok(())
    }

    /// Masks the chunk at hand aside: it goes on as it is.
    pub(super) fn look<H: Host>(
        &mut self,
        host: &H,
        size: usize,
        end_of_stream: bool,
        out: &mut Vec<u8>,
    ) -> Result<(), Broken> {
        if size > 0 {
            let chunk = host.response_body(size).map_err(|HostError| Broken::Host)?;
            self.received = true;
            self.body.push(&chunk, out).map_err(Broken::Body)?;
        }
        if end_of_stream { self.finish(out) } else { Ok(()) }
    }

    /// Ends the body. One without any byte is not JSON, and holds nothing.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Broken> {
        if self.received { self.body.finish(out).map_err(Broken::Body) } else { Ok(()) }
    }
}
