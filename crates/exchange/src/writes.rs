//! Request bodies of callers that see masks: read on their way to the upstream, and refused where they carry masks back.
//!
//! Every chunk is read before it goes on, so that no part of a mask that lies within one does, and the upstream never gets the whole
//! of a body that is refused. What cannot be read is refused, too: otherwise another encoding or media type would be a way around.

use meshveil_body::{Pipeline, Representation, Stage};
use meshveil_json::{Engine, Watcher};
use meshveil_plan::{BadLines, Decisions, Masked, Writes};
use once_cell::sync::OnceCell;

use crate::eligibility::{self, RequestBody};
use crate::host::{Headers, Host, HostError};

/// Why a request body is refused. Names are stable: metrics, problem documents and receipts show them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteFault {
    /// It holds what a mask of the caller writes.
    Masked,
    /// Its media type, character set or coding cannot be read.
    Unreadable,
    /// It is not the JSON that it says it is, or passes a limit.
    Invalid,
    /// A text is longer than `limits.value`.
    TooLong,
    /// The proxy did not give it.
    Host,
}

impl WriteFault {
    /// Every fault.
    pub const ALL: [Self; 5] = [Self::Masked, Self::Unreadable, Self::Invalid, Self::TooLong, Self::Host];

    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Masked => "write-masked",
            Self::Unreadable => "write-unreadable",
            Self::Invalid => "write-invalid",
            Self::TooLong => "write-too-long",
            Self::Host => "host",
        }
    }

    /// The status of the answer (RFC 9110, section 15.5).
    #[must_use]
    pub const fn status(self) -> u32 {
        match self {
            Self::Masked => 422,
            Self::Unreadable => 415,
            Self::Invalid => 400,
            Self::TooLong => 413,
            Self::Host => 502,
        }
    }

    /// One sentence for people.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::Masked => "The request carries a masked value back. Leave out what you did not change.",
            Self::Unreadable => "The request body is of a type that cannot be checked for masked values.",
            Self::Invalid => "The request body is not the JSON it says it is.",
            Self::TooLong => "A text of the request body is too long to be checked for masked values.",
            Self::Host => "The proxy could not process the request body.",
        }
    }
}

/// What finds masks in request bodies, by view; compiled on first use.
#[derive(Debug)]
pub struct Watchers(Vec<OnceCell<Option<Watcher>>>);

impl Watchers {
    /// For the views of a plan; `None` where it refuses no request body.
    #[must_use]
    pub fn new(decisions: &Decisions) -> Option<Self> {
        let plan = decisions.plan();
        let refuses = |writes: &Writes| *writes == Writes::RefuseMasked;
        let any = refuses(&plan.writes) || plan.routes.iter().filter_map(|route| route.writes.as_ref()).any(refuses);
        any.then(|| Self(decisions.views().map(|_| OnceCell::new()).collect()))
    }

    fn of_view(&self, engine: &Engine, view: usize) -> Option<&Watcher> {
        self.0.get(view)?.get_or_init(|| engine.watcher(view).ok()).as_ref()
    }
}

/// A request body on its way to the upstream.
#[derive(Debug, Default)]
pub enum Writing {
    /// It is not read.
    #[default]
    Unread,
    /// It is refused at its first byte.
    Refused(WriteFault),
    /// It is read.
    Read(Box<Reading>),
    /// It was refused: nothing more goes on.
    Over,
}

/// A body that is read.
#[derive(Debug)]
pub struct Reading {
    body: Pipeline,
    view: usize,
    received: bool,
}

impl Writing {
    /// What becomes of the body of a request with these headers.
    pub fn begin<V>(watchers: Option<&Watchers>, engine: &Engine, masked: &Masked<'_, V>, request: &Headers) -> Self {
        let Some(watchers) = watchers.filter(|_| masked.writes == Writes::RefuseMasked) else { return Self::Unread };
        match eligibility::request_body(request, masked) {
            RequestBody::None | RequestBody::Passes => Self::Unread,
            RequestBody::Unreadable => Self::Refused(WriteFault::Unreadable),
            RequestBody::Read(representation) => match watchers.of_view(engine, masked.number) {
                Some(watcher) => {
                    // A record that is left out would go on unread.
                    let representation = Representation { bad_lines: BadLines::Refuse, ..representation };
                    let body = Pipeline::new(watcher.masker(), representation);
                    Self::Read(Box::new(Reading { body, view: masked.number, received: false }))
                }
                None => Self::Refused(WriteFault::Unreadable),
            },
        }
    }

    /// Reads the chunk at hand.
    ///
    /// # Errors
    /// [`WriteFault`]: nothing of the body may go on any more.
    pub fn chunk<H: Host>(
        &mut self,
        host: &H,
        watchers: Option<&Watchers>,
        engine: &Engine,
        (size, end_of_stream): (usize, bool),
    ) -> Result<(), WriteFault> {
        let reading = match self {
            Self::Unread | Self::Over => return Ok(()),
            Self::Refused(fault) if size > 0 => return Err(*fault),
            Self::Refused(_) => return Ok(()),
            Self::Read(reading) => reading,
        };
        let mut out = Vec::new();
        let mut read = Ok(());
        if size > 0 {
            let chunk = host.request_body(size).map_err(|HostError| WriteFault::Host)?;
            reading.received = true;
            read = reading.body.push(&chunk, &mut out);
        }
        if end_of_stream && read.is_ok() && reading.received {
            read = reading.body.finish(&mut out);
        }
        // The flag is that of all bodies of the view: it is asked for after each chunk.
        let watcher = watchers.and_then(|watchers| watchers.of_view(engine, reading.view));
        if watcher.is_none_or(Watcher::take_found) {
            return Err(WriteFault::Masked);
        }
        if reading.body.report().too_long > 0 {
            return Err(WriteFault::TooLong);
        }
        read.map_err(|_| WriteFault::Invalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_is_a_problem_document() {
        for fault in WriteFault::ALL {
            let text = crate::problem::body(fault.status(), fault.as_str(), fault.message());
            let value: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert_eq!(value["reason"], fault.as_str());
            assert_ne!(value["title"], "Response withheld");
        }
    }
}
