//! Counters and receipts: how many responses met which end, and how many values each rule masked. Never a value.

use std::cell::RefCell;
use std::collections::BTreeMap;

use meshveil_body::Fault;
use meshveil_plan::{self as plan, Plan};

use crate::eligibility::Reason;
use crate::host::Host;

/// Counters of fields are defined when the plan is loaded up to this many, and on first use above.
const EAGER_FIELDS: usize = 256;

/// How a response ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Its body went through the masks.
    Masked,
    /// It went on as it was, by rule.
    Passed,
    /// It went on as it was because `onError` is `pass`.
    PassedOnError,
    /// The caller is not listed.
    Denied,
    /// Its status and headers went on, its body could not be read and did not.
    BodyDropped,
    /// A problem document went in its place.
    Refused,
    /// It was cut off in the middle.
    Aborted,
}

impl Outcome {
    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Masked => "masked",
            Self::Passed => "passed",
            Self::PassedOnError => "passed-on-error",
            Self::Denied => "denied",
            Self::BodyDropped => "body-dropped",
            Self::Refused => "refused",
            Self::Aborted => "aborted",
        }
    }
}

/// Reasons of [`Outcome::Passed`].
const PASSED: [&str; 5] = ["route-off", "sees-all", "media-type", "no-body", "local-reply"];

/// The counters of one configuration.
#[derive(Debug)]
pub struct Telemetry {
    policy: String,
    /// Which key is in use; empty where the plan does not say.
    key: String,
    /// A few dozen, so that a search is as fast as a map.
    outcomes: RefCell<Vec<(Outcome, &'static str, Option<u32>)>>,
    fields: RefCell<BTreeMap<String, Option<u32>>>,
    unknown_routes: Option<u32>,
    too_long: Option<u32>,
    dropped: Option<u32>,
}

impl Telemetry {
    /// Defines the counters of a plan, so that they show as 0 from the start.
    pub fn define<H: Host>(host: &H, plan: &Plan) -> Self {
        let telemetry = Self {
            policy: plan.policy.clone(),
            key: plan.key.as_ref().map(|key| key.id.clone()).unwrap_or_default(),
            outcomes: RefCell::default(),
            fields: RefCell::default(),
            unknown_routes: host.define_counter("meshveil_unknown_routes_total"),
            too_long: host.define_counter("meshveil_values_too_long_total"),
            dropped: host.define_counter("meshveil_dropped_records_total"),
        };
        let reasons = || Reason::ALL.iter().map(|reason| reason.as_str());
        let outcomes = [(Outcome::Masked, "none"), (Outcome::Denied, "unlisted-caller")]
            .into_iter()
            .chain(PASSED.map(|reason| (Outcome::Passed, reason)))
            .chain(reasons().map(|reason| (Outcome::PassedOnError, reason)))
            .chain(reasons().map(|reason| (Outcome::BodyDropped, reason)))
            .chain(reasons().chain(Fault::codes()).map(|reason| (Outcome::Refused, reason)))
            .chain(Fault::codes().map(|code| (Outcome::Aborted, code)));
        for (outcome, reason) in outcomes {
            telemetry.outcome_counter(host, outcome, reason);
        }
        for field in plan.fields.iter().take(EAGER_FIELDS) {
            telemetry.field_counter(host, &field.name);
        }
        telemetry
    }

    fn outcome_counter<H: Host>(&self, host: &H, outcome: Outcome, reason: &'static str) -> Option<u32> {
        let mut outcomes = self.outcomes.borrow_mut();
        if let Some(&(.., counter)) = outcomes.iter().find(|known| (known.0, known.1) == (outcome, reason)) {
            return counter;
        }
        let name = format!("outcome=.={};.;reason=.={reason};.;meshveil_responses_total", outcome.as_str());
        let counter = host.define_counter(&name);
        outcomes.push((outcome, reason, counter));
        counter
    }

    fn field_counter<H: Host>(&self, host: &H, field: &str) -> Option<u32> {
        if let Some(counter) = self.fields.borrow().get(field) {
            return *counter;
        }
        let counter = host.define_counter(&format!("rule=.={field};.;meshveil_masked_values_total"));
        self.fields.borrow_mut().insert(field.to_owned(), counter);
        counter
    }

    /// Counts the end of a response.
    pub fn count<H: Host>(&self, host: &H, outcome: Outcome, reason: &'static str) {
        if let Some(counter) = self.outcome_counter(host, outcome, reason) {
            host.increment(counter, 1);
        }
    }

    /// Counts values masked for a field.
    pub fn count_values<H: Host>(&self, host: &H, field: &str, values: u64) {
        if let Some(counter) = self.field_counter(host, field) {
            host.increment(counter, values);
        }
    }

    /// Counts values too long for their mask.
    pub fn count_too_long<H: Host>(&self, host: &H, values: u64) {
        if let (Some(counter), 1..) = (self.too_long, values) {
            host.increment(counter, values);
        }
    }

    /// Counts records that were left out, because they are not valid.
    pub fn count_dropped<H: Host>(&self, host: &H, records: u64) {
        if let (Some(counter), 1..) = (self.dropped, records) {
            host.increment(counter, records);
        }
    }

    /// Counts route metadata that names no route of the plan.
    pub fn count_unknown_route<H: Host>(&self, host: &H) {
        if let Some(counter) = self.unknown_routes {
            host.increment(counter, 1);
        }
    }

    /// Marks a request as seen: a guard behind this filter refuses requests without the marker.
    pub fn mark<H: Host>(&self, host: &H) {
        host.set_property(plan::MARK, self.policy.as_bytes());
    }

    /// Leaves a receipt that access logs can print as `%FILTER_STATE(wasm.meshveil:PLAIN)%`. It ends in the id of the key, so that
    /// it is known by which one a value was masked while keys change.
    pub fn receipt<H: Host>(&self, host: &H, outcome: Outcome, reason: &str, caller: &str, values: u64) {
        let (policy, outcome) = (&self.policy, outcome.as_str());
        let mut receipt = format!("outcome={outcome};reason={reason};policy={policy};caller={caller};values={values}");
        if !self.key.is_empty() {
            receipt.push_str(";key=");
            receipt.push_str(&self.key);
        }
        host.set_property("meshveil", receipt.as_bytes());
    }
}
