//! The request: who is calling, what must not reach the upstream, and a body that carries masks back.

use meshveil_plan::{Decision, OnError, RouteChoice};

use super::{Asked, Exchange, Flow, Identity, beside::Beside};
use crate::configuration::Configuration;
use crate::eligibility::{self, Reason};
use crate::entity_tag::EntityTags;
use crate::host::{Host, HostError, Map};
use crate::request_headers::MaskedRequest;
use crate::telemetry::Outcome;
use crate::writes::{WriteFault, Writing};

impl<H: Host> Exchange<H> {
    /// Request headers: who is calling, and what must not reach the upstream.
    #[must_use]
    pub fn on_request_headers(&mut self) -> Flow {
        let Some(configuration) = self.configuration.clone() else {
            return self.unconfigured();
        };
        configuration.telemetry.mark(&self.host);
        if configuration.idle {
            return Flow::Continue;
        }
        match self.request(&configuration) {
            Ok(flow) => flow,
            Err(HostError) => self.refuse(&configuration, Reason::Host, 502),
        }
    }

    fn request(&mut self, configuration: &Configuration) -> Result<Flow, HostError> {
        let headers = self.host.headers(Map::Request)?;
        let engine = &configuration.engine;
        self.beside = configuration.next.as_ref().map(|next| Box::new(Beside::begin(next, &self.host, &headers)));
        let asked = self.asked.insert(Asked::read(engine, &headers));
        let route = asked.line.choose(engine, &self.host).route;
        asked.route = route;
        if engine.is_off(route) {
            return Ok(Flow::Continue);
        }
        asked.caller = Identity::find(engine, &self.host, &headers);
        match engine.decide(asked.caller.index(), route) {
            Decision::Off | Decision::Clear => Ok(Flow::Continue),
            Decision::Mask(masked) if engine.decisions().is_observed(route) => {
                self.writing = Writing::begin(configuration.watchers.as_ref(), engine, &masked, &headers);
                Ok(Flow::Continue)
            }
            Decision::Deny if engine.decisions().is_observed(route) => Ok(Flow::Continue),
            Decision::Deny => Ok(self.deny(configuration)),
            Decision::Mask(masked) => {
                if eligibility::asks_for_upgrade(&headers) && masked.on_error == OnError::Block {
                    return Ok(self.refuse(configuration, Reason::Upgrade, 403));
                }
                self.writing = Writing::begin(configuration.watchers.as_ref(), engine, &masked, &headers);
                let tags = configuration.entity_tags.as_ref();
                let request = MaskedRequest {
                    view: masked.number,
                    reads: masked.reads,
                    passes: masked.passes,
                    keyed: tags.is_some_and(EntityTags::has_previous) && engine.decisions().is_keyed(masked.number),
                    tags,
                };
                let translated = request.ask(&self.host, &headers)?;
                if let Some(asked) = &mut self.asked {
                    asked.translated = translated;
                }
                Ok(Flow::Continue)
            }
        }
    }

    /// A chunk of the request body, or its trailers: its end.
    #[must_use]
    pub fn on_request_body(&mut self, size: usize, end_of_stream: bool) -> Flow {
        match &self.writing {
            Writing::Unread => return Flow::Continue,
            Writing::Over => return Flow::Stop,
            Writing::Refused(_) | Writing::Read(_) => {}
        }
        let Some(configuration) = self.configuration.clone() else {
            return self.unconfigured();
        };
        let (watchers, engine) = (configuration.watchers.as_ref(), &configuration.engine);
        match self.writing.chunk(&self.host, watchers, engine, (size, end_of_stream)) {
            Ok(()) => Flow::Continue,
            Err(fault) => self.refuse_write(&configuration, fault),
        }
    }

    fn refuse_write(&mut self, configuration: &Configuration, fault: WriteFault) -> Flow {
        let route = self.asked.as_ref().map_or(RouteChoice::Unclear, |asked| asked.route);
        if configuration.engine.decisions().is_observed(route) {
            self.writing = Writing::Unread;
            self.ended(configuration, Outcome::WouldRefuse, fault.as_str(), 0);
            return Flow::Continue;
        }
        self.writing = Writing::Over;
        self.ended(configuration, Outcome::Refused, fault.as_str(), 0);
        self.answer(fault.status(), fault.as_str(), fault.message())
    }
}
