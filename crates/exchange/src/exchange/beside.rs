//! A plan that is observed beside the one in force: what it would make of the same response, and how that differs. Nothing of a
//! response changes by it.
//!
//! Stages of the next plan and its rules for request bodies are not looked at: it counts as enforced.

use meshveil_json::{Engine, Masker};
use meshveil_plan::{Decision, Masked, OnError, RouteChoice};

use super::{
    Asked, Exchange, Identity,
    masking::{Broken, Masking},
};
use crate::configuration::{Configuration, Next};
use crate::eligibility::{self, Eligibility, Reason, Remedy, Response};
use crate::host::{Headers, Host, HostError, Map};
use crate::local_reply::is_envoys_own;
use crate::telemetry::{Change, End, Outcome};

/// What a client gets of the upstream's response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Given {
    /// Status, headers and body; what is masked in it is counted apart.
    Response,
    /// Nothing, or no body, for this reason.
    Withheld(&'static str),
    /// Nothing, because of who is calling.
    Denied,
}

impl Given {
    const fn of(outcome: Outcome, reason: &'static str) -> Self {
        match outcome {
            Outcome::Masked
            | Outcome::Passed
            | Outcome::PassedOnError
            | Outcome::WouldMask
            | Outcome::WouldRefuse
            | Outcome::WouldDeny => Self::Response,
            Outcome::Denied => Self::Denied,
            Outcome::BodyDropped | Outcome::Refused | Outcome::Aborted => Self::Withheld(reason),
        }
    }
}

/// Values that were masked, by field.
pub(super) type Values = Vec<(String, u64)>;

enum State {
    /// No response yet.
    Waiting,
    /// A body is masked aside.
    Reading(Box<Masking>),
    /// A body that cannot be read is withheld, if there is one.
    Empty(Reason),
    /// What it gives is known.
    Known(Given),
}

/// One exchange by the next plan.
pub(super) struct Beside {
    asked: Asked,
    state: State,
    /// Values that the next plan masks.
    values: Values,
    /// What the plan in force gave, and what it masked, once that is known.
    current: Option<(Given, Values)>,
}

impl Beside {
    /// Who is calling, by the next plan.
    pub(super) fn begin<H: Host>(next: &Next, host: &H, headers: &Headers) -> Self {
        let engine = &next.engine;
        let mut asked = Asked::read(engine, headers);
        asked.route = asked.line.choose(engine, host).route;
        asked.caller = Identity::find(engine, host, headers);
        Self { asked, state: State::Waiting, values: Vec::new(), current: None }
    }

    fn decide<'n>(&self, engine: &'n Engine) -> Decision<'n, &'n Masker> {
        engine.decide(self.asked.caller.index(), self.asked.route)
    }

    /// Response headers as the upstream sent them.
    pub(super) fn headers<H: Host>(&mut self, host: &H, next: &Next, end_of_stream: bool) {
        self.asked.route = self.asked.line.choose(&next.engine, host).route;
        let state = match self.decide(&next.engine) {
            Decision::Off | Decision::Clear => State::Known(Given::Response),
            Decision::Deny => State::Known(Given::Denied),
            Decision::Mask(masked) => match host.headers(Map::Response) {
                Ok(headers) => self.masked(host, next, &masked, &headers, end_of_stream),
                Err(HostError) => State::Known(Given::Withheld(Reason::Host.as_str())),
            },
        };
        self.state = state;
    }

    fn masked<H: Host>(
        &mut self,
        host: &H,
        next: &Next,
        masked: &Masked<'_, &Masker>,
        headers: &Headers,
        end_of_stream: bool,
    ) -> State {
        let response = Response { head: self.asked.head, headers, end_of_stream };
        let eligible = eligibility::decide(&response, masked);
        if matches!(eligible, Eligibility::NoBody | Eligibility::Mask(_)) {
            add(&mut self.values, next.response_headers(masked).masked_values(headers));
        }
        match eligible {
            Eligibility::NoBody | Eligibility::Passes => State::Known(Given::Response),
            Eligibility::Mask(_) if end_of_stream => State::Known(Given::Response),
            Eligibility::Mask(representation) => {
                State::Reading(Box::new(Masking::new(masked.view, representation, false)))
            }
            Eligibility::Unreadable(unreadable) => {
                let is_local = || host.property(&["response", "code_details"]).is_some_and(|text| is_envoys_own(&text));
                match unreadable.remedy {
                    _ if masked.on_error == OnError::Pass || (unreadable.may_be_local && is_local()) => {
                        State::Known(Given::Response)
                    }
                    Remedy::RefuseUnlessEmpty => State::Empty(unreadable.reason),
                    Remedy::DropBody | Remedy::Refuse => State::Known(Given::Withheld(unreadable.reason.as_str())),
                }
            }
        }
    }

    /// A chunk of the body as the upstream sent it.
    fn body<H: Host>(&mut self, host: &H, size: usize, end_of_stream: bool, out: &mut Vec<u8>) {
        let given = match &mut self.state {
            State::Reading(masking) => match masking.look(host, size, end_of_stream, out) {
                Ok(()) if end_of_stream => {
                    add(&mut self.values, masking.body().masked());
                    Given::Response
                }
                Ok(()) => return,
                Err(Broken::Body(fault)) => Given::Withheld(fault.code()),
                Err(Broken::Host) => Given::Withheld(Reason::Host.as_str()),
            },
            State::Empty(reason) => match (size, end_of_stream) {
                (0, false) => return,
                (0, true) => Given::Response,
                _ => Given::Withheld(reason.as_str()),
            },
            State::Waiting | State::Known(_) => return,
        };
        self.state = State::Known(given);
    }

    /// What the next plan gives, as far as it can be known once the plan in force gave this; `None` while the body goes on.
    fn given(&self, engine: &Engine, current: Given) -> Option<Given> {
        match &self.state {
            State::Known(given) => Some(*given),
            // No body will come any more.
            State::Reading(_) if current != Given::Response => Some(Given::Response),
            State::Empty(reason) if current != Given::Response => Some(Given::Withheld(reason.as_str())),
            State::Waiting if current != Given::Response => Some(match self.decide(engine) {
                Decision::Deny => Given::Denied,
                Decision::Off | Decision::Clear | Decision::Mask(_) => Given::Response,
            }),
            State::Waiting | State::Reading(_) | State::Empty(_) => None,
        }
    }
}

/// Adds counts by field.
pub(super) fn add<'f>(values: &mut Values, more: impl IntoIterator<Item = (&'f str, u64)>) {
    for (field, count) in more {
        match values.iter_mut().find(|(known, _)| known == field) {
            Some((_, known)) => *known += count,
            None => values.push((field.to_owned(), count)),
        }
    }
}

impl<H: Host> Exchange<H> {
    /// Hands a chunk of the body to the next plan, before the one in force changes it.
    pub(super) fn look_beside(&mut self, size: usize, end_of_stream: bool) {
        let Some(beside) = &mut self.beside else { return };
        let Some(configuration) = self.configuration.clone() else { return };
        let mut out = configuration.take_scratch();
        beside.body(&self.host, size, end_of_stream, &mut out);
        configuration.put_scratch(out);
        self.settle(&configuration);
    }

    /// Remembers how the response ended by the plan in force.
    pub(super) fn ended_beside(
        &mut self,
        configuration: &Configuration,
        outcome: Outcome,
        reason: &'static str,
        values: Values,
    ) {
        if let Some(beside) = &mut self.beside {
            beside.current = Some((Given::of(outcome, reason), values));
            self.settle(configuration);
        }
    }

    /// Counts how both differ, once both are known.
    fn settle(&mut self, configuration: &Configuration) {
        let (Some(beside), Some(next)) = (&self.beside, &configuration.next) else { return };
        let Some((current, now)) = &beside.current else { return };
        let Some(given) = beside.given(&next.engine, *current) else { return };
        let asked = self.asked.as_ref();
        let end = |outcome, reason| End {
            outcome,
            reason,
            route: asked.map_or(RouteChoice::Unlisted, |asked| asked.route),
            caller: asked.and_then(|asked| asked.caller.index()),
        };
        let (telemetry, engine) = (&configuration.telemetry, &configuration.engine);
        let count = |change, reason| telemetry.count_change(&self.host, engine, change, end(Outcome::Passed, reason));
        match (*current, given) {
            (Given::Response, Given::Response) => {
                let of = |values: &Values, field: &str| {
                    values.iter().find(|(known, _)| known == field).map_or(0, |(_, count)| *count)
                };
                let mut changes: Vec<Change> = Vec::new();
                let fields = now.iter().chain(beside.values.iter().filter(|(field, _)| of(now, field) == 0));
                for (field, _) in fields {
                    let (now, then) = (of(now, field), of(&beside.values, field));
                    let change = if then > now { Change::WouldMask } else { Change::WouldClear };
                    if then == now {
                        continue;
                    }
                    let end = end(Outcome::Passed, "none");
                    telemetry.count_changed_values(&self.host, engine, change, end, (field, then.abs_diff(now)));
                    if !changes.contains(&change) {
                        changes.push(change);
                    }
                }
                for change in changes {
                    count(change, "none");
                }
            }
            (Given::Response, Given::Withheld(reason)) => count(Change::WouldRefuse, reason),
            (Given::Response, Given::Denied) => count(Change::WouldDeny, "unlisted-caller"),
            (Given::Withheld(reason), Given::Response) => count(Change::WouldClear, reason),
            (Given::Denied, Given::Response) => count(Change::WouldClear, "unlisted-caller"),
            (Given::Withheld(_) | Given::Denied, Given::Withheld(_) | Given::Denied) => {}
        }
        self.beside = None;
    }
}
