//! What is told of an exchange when it ends: counters, the receipt, and how the next plan differs.

use meshveil_plan::RouteChoice;

use super::{
    Exchange, Flow, State,
    beside::{Values, add},
};
use crate::configuration::Configuration;
use crate::host::{Headers, Host, Level};
use crate::response_headers::OfPlan;
use crate::telemetry::{End, Outcome};

/// Values that were masked so far and are not counted yet.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// In headers and trailers, by field.
    headers: Values,
    /// In the body, by field; kept only where another plan is observed.
    body: Values,
}

impl<H: Host> Exchange<H> {
    /// Remembers the values of headers or trailers that masks stand in for.
    pub(super) fn note_headers(&mut self, of_plan: &OfPlan<'_>, lines: &Headers) {
        add(&mut self.told.headers, of_plan.masked_values(lines));
    }

    /// Whether a header or trailer holds a value that is, or would be, masked.
    pub(super) fn has_masked_headers(&self) -> bool {
        !self.told.headers.is_empty()
    }

    /// Counts the values of trailers behind a response that has ended.
    pub(super) fn count_late(&mut self, configuration: &Configuration) {
        for (field, values) in std::mem::take(&mut self.told.headers) {
            configuration.telemetry.count_values(&self.host, &field, values);
        }
    }

    pub(super) fn finished(&mut self, configuration: &Configuration) -> Flow {
        let masking = match std::mem::replace(&mut self.state, State::Done) {
            State::Masking(masking) => masking,
            State::Observing(masking) => {
                let found = masking.body().report().detected;
                let values = masking.body().masked().map(|(_, values)| values).sum::<u64>() + found;
                self.ended(configuration, Outcome::WouldMask, "none", values);
                return Flow::Continue;
            }
            _ => return Flow::Continue,
        };
        let telemetry = &configuration.telemetry;
        let mut all = 0;
        for (field, values) in masking.body().masked() {
            telemetry.count_values(&self.host, field, values);
            all += values;
        }
        if self.beside.is_some() {
            add(&mut self.told.body, masking.body().masked());
        }
        telemetry.count_unlisted(&self.host, masking.body().report().unlisted);
        all += masking.body().report().unlisted;
        telemetry.count_detected(&self.host, masking.body().report().detected);
        all += masking.body().report().detected;
        telemetry.count_too_long(&self.host, masking.body().report().too_long);
        telemetry.count_dropped(&self.host, masking.body().dropped());
        self.ended(configuration, Outcome::Masked, "none", all);
        Flow::Continue
    }

    pub(super) fn ended(&mut self, configuration: &Configuration, outcome: Outcome, reason: &'static str, values: u64) {
        let asked = self.asked.as_ref();
        let caller = asked.and_then(|asked| asked.caller.index());
        let route = asked.map_or(RouteChoice::Unlisted, |asked| asked.route);
        let end = End { outcome, reason, route, caller };
        let Told { headers, mut body } = std::mem::take(&mut self.told);
        let of_headers = headers.iter().map(|(_, values)| values).sum::<u64>();
        let values = match outcome {
            Outcome::Masked | Outcome::Passed | Outcome::BodyDropped => {
                for (field, values) in &headers {
                    configuration.telemetry.count_values(&self.host, field, *values);
                }
                add(&mut body, headers.iter().map(|(field, values)| (field.as_str(), *values)));
                values + of_headers
            }
            Outcome::WouldMask => values + of_headers,
            _ => values,
        };
        configuration.telemetry.ended(&self.host, &configuration.engine, end, values);
        if !matches!(outcome, Outcome::Masked | Outcome::Passed) {
            self.host.log(Level::Debug, &format!("meshveil: {}: {reason}", outcome.as_str()));
        }
        self.ended_beside(configuration, outcome, reason, body);
    }
}
