//! `stage: observe`: responses go on as they are, and what would become of them is counted.

use meshveil_json::Masker;
use meshveil_plan::{Decision, Masked};

use super::{
    Exchange, Flow, State,
    masking::{Broken, Masking},
};
use crate::configuration::Configuration;
use crate::eligibility::{self, Eligibility, Reason, Remedy, Response};
use crate::host::{Host, HostError, Map};
use crate::telemetry::Outcome;

impl<H: Host> Exchange<H> {
    /// Response headers of a route that is observed.
    pub(super) fn observe(
        &mut self,
        configuration: &Configuration,
        decision: Decision<'_, &Masker>,
        end_of_stream: bool,
    ) -> Result<Flow, HostError> {
        match decision {
            Decision::Off => Ok(self.pass(configuration, "route-off")),
            Decision::Clear => Ok(self.pass(configuration, "sees-all")),
            Decision::Deny => Ok(self.would(configuration, Outcome::WouldDeny, "unlisted-caller")),
            Decision::Mask(masked) => self.observe_masked(configuration, &masked, end_of_stream),
        }
    }

    fn observe_masked(
        &mut self,
        configuration: &Configuration,
        masked: &Masked<'_, &Masker>,
        end_of_stream: bool,
    ) -> Result<Flow, HostError> {
        let head = self.asked.as_ref().is_some_and(|asked| asked.head);
        let headers = self.host.headers(Map::Response)?;
        let eligible = eligibility::decide(&Response { head, headers: &headers, end_of_stream }, masked);
        match eligible {
            Eligibility::NoBody => {
                self.note_headers(&configuration.response_headers(masked), &headers);
                Ok(self.observed_without_body(configuration))
            }
            Eligibility::Passes => Ok(self.pass(configuration, "media-type")),
            Eligibility::Mask(representation) => {
                self.note_headers(&configuration.response_headers(masked), &headers);
                self.state = State::Observing(Box::new(Masking::new(masked.view, representation, false)));
                Ok(Flow::Continue)
            }
            Eligibility::Unreadable(unreadable) => {
                Ok(match self.pass_unread(configuration, &unreadable, masked.on_error) {
                    Some(flow) => flow,
                    None if unreadable.remedy == Remedy::RefuseUnlessEmpty => {
                        self.note_headers(&configuration.response_headers(masked), &headers);
                        self.state = State::ObservingEmpty(unreadable.reason);
                        Flow::Continue
                    }
                    None => self.would(configuration, Outcome::WouldRefuse, unreadable.reason.as_str()),
                })
            }
        }
    }

    /// A response without a body: its headers can hold values all the same.
    fn observed_without_body(&mut self, configuration: &Configuration) -> Flow {
        if self.has_masked_headers() {
            return self.would(configuration, Outcome::WouldMask, "none");
        }
        self.pass(configuration, "no-body")
    }

    /// Trailers end a body that is observed.
    pub(super) fn observe_trailers(&mut self) -> Flow {
        if let (Some(configuration), Ok(trailers)) =
            (self.configuration.clone(), self.host.headers(Map::ResponseTrailers))
        {
            let of_plan = Self::of_plan(self.asked.as_ref(), &configuration);
            self.note_headers(&of_plan, &trailers);
        }
        self.observe_body(0, true)
    }

    fn would(&mut self, configuration: &Configuration, outcome: Outcome, reason: &'static str) -> Flow {
        self.state = State::Done;
        self.ended(configuration, outcome, reason, 0);
        Flow::Continue
    }

    /// A chunk of a body that is observed, or its trailers: its end.
    pub(super) fn observe_body(&mut self, size: usize, end_of_stream: bool) -> Flow {
        let Some(configuration) = self.configuration.clone() else {
            return Flow::Continue;
        };
        let masking = match &mut self.state {
            State::Observing(masking) => masking,
            State::ObservingEmpty(reason) => {
                let reason = *reason;
                return match (size, end_of_stream) {
                    (0, false) => Flow::Continue,
                    (0, true) => self.observed_without_body(&configuration),
                    _ => self.would(&configuration, Outcome::WouldRefuse, reason.as_str()),
                };
            }
            _ => return Flow::Continue,
        };
        let mut out = configuration.take_scratch();
        let looked = masking.look(&self.host, size, end_of_stream, &mut out);
        configuration.put_scratch(out);
        match looked {
            Ok(()) if end_of_stream => self.finished(&configuration),
            Ok(()) => Flow::Continue,
            Err(Broken::Body(fault)) => self.would(&configuration, Outcome::WouldRefuse, fault.code()),
            Err(Broken::Host) => self.would(&configuration, Outcome::WouldRefuse, Reason::Host.as_str()),
        }
    }
}
