//! One request and its response: which callback does what. Decisions are made elsewhere.

mod beside;
mod masking;
mod observe;
mod request;
mod telling;

use std::rc::Rc;

use beside::Beside;
use masking::{Broken, Masking};
use meshveil_body::Representation;
use meshveil_json::{Engine, Masker};
use meshveil_plan::{Decision, Delivery, Masked, OnError, RouteChoice};
use telling::Told;

use crate::configuration::Configuration;
use crate::eligibility::{self, Eligibility, Reason, Remedy, Response, Unreadable};
use crate::host::{Headers, Host, HostError, Map};
use crate::identity::RequestEvidence;
use crate::local_reply::is_envoys_own;
use crate::problem;
use crate::response_headers::{self, MaskedResponse, OfPlan};
use crate::route::RequestLine;
use crate::telemetry::Outcome;
use crate::writes::Writing;

/// What the proxy does with the part of a message that was handed to a callback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// It goes on, as it is now.
    Continue,
    /// It waits; a later callback says whether it goes on.
    Hold,
    /// Neither it nor anything after it goes on: the exchange was answered or cut off.
    Stop,
}

/// Who is calling, as far as it is known.
#[derive(Clone, Copy)]
enum Identity {
    /// Not looked up yet, because the route did not need it.
    Unknown,
    /// None of the plan's callers.
    Unlisted,
    /// The caller with this index in the plan.
    Listed(usize),
}

impl Identity {
    fn find<H: Host>(engine: &Engine, host: &H, request: &Headers) -> Self {
        engine.identify(&RequestEvidence::new(host, request)).map_or(Self::Unlisted, Self::Listed)
    }

    const fn index(self) -> Option<usize> {
        match self {
            Self::Unknown | Self::Unlisted => None,
            Self::Listed(index) => Some(index),
        }
    }
}

/// What was learnt when the request came.
struct Asked {
    line: RequestLine,
    /// The route, as far as it is known.
    route: RouteChoice,
    head: bool,
    caller: Identity,
    /// Whether a condition by entity tags was translated for the upstream.
    translated: bool,
}

enum State {
    /// Nothing decided yet.
    Open,
    /// A body is being masked.
    Masking(Box<Masking>),
    /// Headers that no body may follow went on. An upstream can send one all the same.
    NoBody,
    /// Headers wait for the first byte of a body that cannot be read: if none comes, they go on.
    Empty(Reason),
    /// A body goes on as it is and is masked aside.
    Observing(Box<Masking>),
    /// A body that cannot be read goes on as it is, if there is one.
    ObservingEmpty(Reason),
    /// Nothing left to do: passed, answered by this filter, or masked to the end.
    Done,
    /// Cut off: nothing may follow.
    Aborted,
}

/// One request and its response.
pub struct Exchange<H> {
    host: H,
    configuration: Option<Rc<Configuration>>,
    asked: Option<Asked>,
    writing: Writing,
    /// The same exchange by the next plan, until it is known how both differ.
    beside: Option<Box<Beside>>,
    told: Told,
    state: State,
}

impl<H: Host> Exchange<H> {
    /// Begins an exchange. Without a configuration everything is refused.
    pub fn new(host: H, configuration: Option<Rc<Configuration>>) -> Self {
        Self {
            host,
            configuration,
            asked: None,
            writing: Writing::Unread,
            beside: None,
            told: Told::default(),
            state: State::Open,
        }
    }

    /// Response headers: pass, mask or refuse.
    #[must_use]
    pub fn on_response_headers(&mut self, end_of_stream: bool) -> Flow {
        if !matches!(self.state, State::Open) {
            return Flow::Continue;
        }
        let Some(configuration) = self.configuration.clone() else {
            return self.unconfigured();
        };
        if configuration.idle {
            self.state = State::Done;
            return Flow::Continue;
        }
        if let (Some(beside), Some(next)) = (&mut self.beside, &configuration.next) {
            beside.headers(&self.host, next, end_of_stream);
        }
        match self.respond(&configuration, end_of_stream) {
            Ok(flow) => flow,
            Err(HostError) => self.refuse(&configuration, Reason::Host, 502),
        }
    }

    fn respond(&mut self, configuration: &Configuration, end_of_stream: bool) -> Result<Flow, HostError> {
        let engine = &configuration.engine;
        // A filter in front of this one can answer before the request was seen here.
        let seen = self.asked.is_some();
        let request = if seen { None } else { Some(self.host.headers(Map::Request)?) };
        if let Some(headers) = &request {
            self.asked = Some(Asked::read(engine, headers));
        }
        let Some(asked) = &mut self.asked else {
            return Err(HostError);
        };
        let chosen = asked.line.choose(engine, &self.host);
        asked.route = chosen.route;
        if chosen.unknown_id {
            configuration.telemetry.count_unknown_route(&self.host);
        }
        if engine.is_off(chosen.route) {
            return Ok(self.pass(configuration, "route-off"));
        }
        if matches!(asked.caller, Identity::Unknown) {
            let headers = request.map_or_else(|| self.host.headers(Map::Request), Ok)?;
            asked.caller = Identity::find(engine, &self.host, &headers);
        }
        match engine.decide(asked.caller.index(), chosen.route) {
            decision if engine.decisions().is_observed(chosen.route) => {
                self.observe(configuration, decision, end_of_stream)
            }
            Decision::Off => Ok(self.pass(configuration, "route-off")),
            Decision::Deny if !seen && (end_of_stream || self.is_answer_of_a_filter()?) => {
                Ok(self.pass(configuration, "local-reply"))
            }
            Decision::Deny => Ok(self.deny(configuration)),
            Decision::Clear => {
                if !engine.plan().fields.is_empty() {
                    let headers = self.host.headers(Map::Response)?;
                    response_headers::keep_from_shared_caches(&self.host, &headers)?;
                }
                Ok(self.pass(configuration, "sees-all"))
            }
            Decision::Mask(masked) => self.respond_masked(configuration, masked, end_of_stream),
        }
    }

    /// Response headers for a caller who does not see every field.
    fn respond_masked(
        &mut self,
        configuration: &Configuration,
        masked: Masked<'_, &Masker>,
        end_of_stream: bool,
    ) -> Result<Flow, HostError> {
        let (head, translated) = self.asked.as_ref().map_or((false, false), |asked| (asked.head, asked.translated));
        let headers = self.host.headers(Map::Response)?;
        let response = Response { head, headers: &headers, end_of_stream };
        let status = response.status();
        let fitted = MaskedResponse {
            of_plan: configuration.response_headers(&masked),
            status,
            view: masked.number,
            tags: configuration.entity_tags.as_ref(),
            own_tag: status == 304 && !translated && !masked.passes.is_empty(),
        };
        match eligibility::decide(&response, &masked) {
            Eligibility::NoBody => {
                fitted.fit(&self.host, &headers)?;
                self.note_headers(&fitted.of_plan, &headers);
                let flow = self.pass(configuration, "no-body");
                self.state = State::NoBody;
                Ok(flow)
            }
            Eligibility::Passes => Ok(self.pass(configuration, "media-type")),
            Eligibility::Mask(representation) => {
                fitted.fit(&self.host, &headers)?;
                self.note_headers(&fitted.of_plan, &headers);
                Ok(self.begin(configuration, masked.view, representation))
            }
            Eligibility::Unreadable(unreadable) => {
                match self.pass_unread(configuration, &unreadable, masked.on_error) {
                    Some(flow) => Ok(flow),
                    None => self.withhold(configuration, &fitted, &headers, unreadable),
                }
            }
        }
    }

    /// A body that cannot be read and goes on all the same: a local reply, or by `onError`.
    fn pass_unread(
        &mut self,
        configuration: &Configuration,
        unreadable: &Unreadable,
        on_error: OnError,
    ) -> Option<Flow> {
        if unreadable.may_be_local && self.is_local_reply() {
            return Some(self.pass(configuration, "local-reply"));
        }
        if on_error != OnError::Pass {
            return None;
        }
        self.state = State::Done;
        self.ended(configuration, Outcome::PassedOnError, unreadable.reason.as_str(), 0);
        Some(Flow::Continue)
    }

    /// A body that cannot be read: nothing of it goes on.
    fn withhold(
        &mut self,
        configuration: &Configuration,
        fitted: &MaskedResponse<'_>,
        headers: &Headers,
        Unreadable { reason, remedy, .. }: Unreadable,
    ) -> Result<Flow, HostError> {
        let can_wait = configuration.engine.plan().delivery == Delivery::Strict;
        match remedy {
            Remedy::DropBody => {
                fitted.fit_without_body(&self.host, headers)?;
                self.note_headers(&fitted.of_plan, headers);
                self.state = State::NoBody;
                self.ended(configuration, Outcome::BodyDropped, reason.as_str(), 0);
                Ok(Flow::Continue)
            }
            Remedy::RefuseUnlessEmpty if can_wait => {
                fitted.fit(&self.host, headers)?;
                self.note_headers(&fitted.of_plan, headers);
                self.state = State::Empty(reason);
                Ok(Flow::Hold)
            }
            Remedy::RefuseUnlessEmpty | Remedy::Refuse => Ok(self.refuse(configuration, reason, 502)),
        }
    }

    /// Whether Envoy wrote the response itself.
    fn is_local_reply(&self) -> bool {
        let details = self.host.property(&["response", "code_details"]);
        details.is_some_and(|details| is_envoys_own(&details))
    }

    /// Whether a response that no request was seen for sends the client elsewhere or refuses it, as filters in front of this one
    /// do; a successful one can hold data, and only Envoy's own is none.
    fn is_answer_of_a_filter(&self) -> Result<bool, HostError> {
        let headers = self.host.headers(Map::Response)?;
        let succeeds = Response { head: false, headers: &headers, end_of_stream: false }.status() < 300;
        Ok(!succeeds || self.is_local_reply())
    }

    fn begin(&mut self, configuration: &Configuration, masker: &Masker, representation: Representation) -> Flow {
        let headers_wait = configuration.engine.plan().delivery == Delivery::Strict;
        self.state = State::Masking(Box::new(Masking::new(masker, representation, headers_wait)));
        if headers_wait { Flow::Hold } else { Flow::Continue }
    }

    /// A chunk of the body.
    #[must_use]
    pub fn on_response_body(&mut self, size: usize, end_of_stream: bool) -> Flow {
        self.look_beside(size, end_of_stream);
        let masking = match &mut self.state {
            State::Masking(masking) => masking,
            State::NoBody => return self.leave_out(size),
            State::Empty(reason) => {
                let reason = *reason;
                return self.first_bytes(reason, size, end_of_stream);
            }
            State::Observing(_) | State::ObservingEmpty(_) => return self.observe_body(size, end_of_stream),
            State::Aborted => return Flow::Stop,
            State::Open | State::Done => return Flow::Continue,
        };
        let Some(configuration) = self.configuration.clone() else {
            return self.unconfigured();
        };
        let mut out = configuration.take_scratch();
        let flow = match masking.chunk(&self.host, size, end_of_stream, &mut out) {
            Ok(()) if end_of_stream => self.finished(&configuration),
            Ok(()) => Flow::Continue,
            Err(reason) => self.abort(&configuration, reason, size),
        };
        configuration.put_scratch(out);
        flow
    }

    /// The beginning of a body that cannot be read, or its end.
    fn first_bytes(&mut self, reason: Reason, size: usize, end_of_stream: bool) -> Flow {
        let Some(configuration) = self.configuration.clone() else {
            return self.unconfigured();
        };
        match (size, end_of_stream) {
            (0, false) => Flow::Hold,
            (0, true) => self.pass(&configuration, "no-body"),
            _ => self.refuse(&configuration, reason, 502),
        }
    }

    /// Lets nothing go on of a body that must not be there.
    fn leave_out(&mut self, size: usize) -> Flow {
        if size == 0 || self.host.replace_response_body(size, b"").is_ok() {
            return Flow::Continue;
        }
        match self.configuration.clone() {
            Some(configuration) => self.abort(&configuration, Broken::Host, size),
            None => self.unconfigured(),
        }
    }

    /// Trailers: the body is complete, and can no longer be written.
    #[must_use]
    pub fn on_response_trailers(&mut self) -> Flow {
        self.look_beside(0, true);
        let masking = match &mut self.state {
            State::Masking(masking) => masking,
            State::Aborted => return Flow::Stop,
            // Trailers of any response of a masked view are fitted, those behind no body, too.
            State::NoBody | State::Empty(_) => return self.only_trailers(),
            State::Observing(_) | State::ObservingEmpty(_) => return self.observe_trailers(),
            State::Open | State::Done => return Flow::Continue,
        };
        let Some(configuration) = self.configuration.clone() else {
            return self.unconfigured();
        };
        let mut rest = Vec::new();
        let of_plan = Self::of_plan(self.asked.as_ref(), &configuration);
        let finished = masking.finish(&mut rest).and_then(|()| {
            let trailers = of_plan.fit_trailers(&self.host).map_err(|HostError| Broken::Host)?;
            if rest.is_empty() { Ok(trailers) } else { Err(Broken::Host) }
        });
        match finished {
            Ok(trailers) => {
                self.note_headers(&of_plan, &trailers);
                self.finished(&configuration)
            }
            Err(reason) => self.abort(&configuration, reason, 0),
        }
    }

    fn only_trailers(&mut self) -> Flow {
        let Some(configuration) = self.configuration.clone() else {
            return self.unconfigured();
        };
        let of_plan = Self::of_plan(self.asked.as_ref(), &configuration);
        let Ok(trailers) = of_plan.fit_trailers(&self.host) else {
            return self.abort(&configuration, Broken::Host, 0);
        };
        self.note_headers(&of_plan, &trailers);
        if matches!(self.state, State::Empty(_)) {
            return self.pass(&configuration, "no-body");
        }
        self.count_late(&configuration);
        Flow::Continue
    }

    /// What the plan says of headers for who asked.
    fn of_plan<'c>(asked: Option<&Asked>, configuration: &'c Configuration) -> OfPlan<'c> {
        match asked.map(|asked| configuration.engine.decide(asked.caller.index(), asked.route)) {
            Some(Decision::Mask(masked)) => configuration.response_headers(&masked),
            _ => OfPlan::default(),
        }
    }

    /// The exchange is over, perhaps before its body was.
    pub fn on_done(&mut self) {
        self.state = State::Done;
    }

    fn pass(&mut self, configuration: &Configuration, reason: &'static str) -> Flow {
        self.state = State::Done;
        self.ended(configuration, Outcome::Passed, reason, 0);
        Flow::Continue
    }

    fn deny(&mut self, configuration: &Configuration) -> Flow {
        self.ended(configuration, Outcome::Denied, "unlisted-caller", 0);
        self.answer(403, "unlisted-caller", "The caller is not listed for this workload.")
    }

    fn refuse(&mut self, configuration: &Configuration, reason: Reason, status: u32) -> Flow {
        self.ended(configuration, Outcome::Refused, reason.as_str(), 0);
        self.answer(status, reason.as_str(), reason.message())
    }

    fn unconfigured(&mut self) -> Flow {
        self.answer(503, "unconfigured", "The masking filter has no configuration.")
    }

    /// Ends a body that cannot be masked: a whole answer where headers still wait, a cut stream otherwise.
    fn abort(&mut self, configuration: &Configuration, broken: Broken, size: usize) -> Flow {
        let headers_wait = match &self.state {
            State::Masking(masking) => masking.headers_wait(),
            State::Empty(_) => true,
            _ => false,
        };
        let (reason, message) = match broken {
            Broken::Body(fault) => (fault.code(), "The response of a protected route is not the JSON it says it is."),
            Broken::Host => (Reason::Host.as_str(), Reason::Host.message()),
        };
        if headers_wait {
            self.ended(configuration, Outcome::Refused, reason, 0);
            return self.answer(502, reason, message);
        }
        self.ended(configuration, Outcome::Aborted, reason, 0);
        // The bytes at hand must not go out even if the reset comes late.
        let _ = self.host.replace_response_body(size, b"");
        let _ = self.host.reset_response();
        self.state = State::Aborted;
        Flow::Stop
    }

    fn answer(&mut self, status: u32, reason: &'static str, detail: &'static str) -> Flow {
        let body = problem::body(status, reason, detail);
        if self.host.send_response(status, &format!("meshveil_{reason}"), &problem::HEADERS, body.as_bytes()).is_err() {
            let _ = self.host.reset_response();
            self.state = State::Aborted;
        } else {
            self.state = State::Done;
        }
        Flow::Stop
    }
}

impl Asked {
    fn read(engine: &Engine, headers: &Headers) -> Self {
        let head = headers.only(":method") == Some(b"HEAD");
        // Copies are made only for plans that look at them.
        let line = if engine.plan().routes.is_empty() { RequestLine::default() } else { RequestLine::read(headers) };
        Self { line, route: RouteChoice::Unlisted, head, caller: Identity::Unknown, translated: false }
    }
}

#[cfg(test)]
mod tests;
