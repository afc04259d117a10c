//! Counters and receipts: how many responses met which end, and how many values each rule masked. Never a value.
//!
//! What there is to tell is the catalogue in [`meshveil_plan::telemetry`].

use std::cell::RefCell;
use std::collections::BTreeMap;

use meshveil_json::Engine;
use meshveil_plan::telemetry::{
    DETECTED, DROPPED_RECORDS, MASKED_VALUES, NEXT_RESPONSES, NEXT_VALUES, RECEIPT, RESPONSES, TOO_LONG,
    UNKNOWN_ROUTES, UNLISTED,
};
use meshveil_plan::{self as plan, Plan, RouteChoice};

use crate::host::Host;

/// Counters of fields are defined when the plan is loaded up to this many, and on first use above.
const EAGER_FIELDS: usize = 256;

/// Counters of this many combinations of outcome, reason, route and caller; above, route and caller are [`OTHER`].
const MOST_COMBINATIONS: usize = 4_096;

/// Stands for every route and every caller above the bound.
const OTHER: &str = "other";

/// Stands for no route and no caller of the plan.
const NONE: &str = "-";

/// Stands for a route that cannot be told.
const UNCLEAR: &str = "?";

/// Bytes of the names of fields in a receipt.
const LONGEST_CLEAR: usize = 256;

/// How a response ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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
    /// It went on as it was, and would have been masked (`stage: observe`).
    WouldMask,
    /// It went on as it was, and would have been refused, cut off, or lost its body.
    WouldRefuse,
    /// It went on as it was, and the caller would have been denied it.
    WouldDeny,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 10] = [
        Self::Masked,
        Self::Passed,
        Self::PassedOnError,
        Self::Denied,
        Self::BodyDropped,
        Self::Refused,
        Self::Aborted,
        Self::WouldMask,
        Self::WouldRefuse,
        Self::WouldDeny,
    ];

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
            Self::WouldMask => "would-mask",
            Self::WouldRefuse => "would-refuse",
            Self::WouldDeny => "would-deny",
        }
    }
}

/// How the next plan would treat a response, or values of it, otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It would mask what is not masked now.
    WouldMask,
    /// It would show what is masked or withheld now.
    WouldClear,
    /// It would refuse what arrives now, cut it off, or drop its body.
    WouldRefuse,
    /// It would deny the caller what arrives now.
    WouldDeny,
}

impl Change {
    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WouldMask => "would-mask",
            Self::WouldClear => "would-clear",
            Self::WouldRefuse => "would-refuse",
            Self::WouldDeny => "would-deny",
        }
    }
}

/// The end of one response.
#[derive(Debug, Clone, Copy)]
pub struct End {
    /// How it ended.
    pub outcome: Outcome,
    /// Why: a stable name.
    pub reason: &'static str,
    /// The route.
    pub route: RouteChoice,
    /// The caller, by its index in the plan.
    pub caller: Option<usize>,
}

/// A combination by small integers: the reason is an index into [`Telemetry::reasons`].
type Combination = (Outcome, usize, Choice, Option<usize>);

/// [`RouteChoice`], with an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Choice {
    Unlisted,
    Listed(usize),
    Unclear,
}

impl From<RouteChoice> for Choice {
    fn from(route: RouteChoice) -> Self {
        match route {
            RouteChoice::Unlisted => Self::Unlisted,
            RouteChoice::Listed(index) => Self::Listed(index),
            RouteChoice::Unclear => Self::Unclear,
        }
    }
}

/// What is known of a combination after its first response.
#[derive(Debug)]
struct Known {
    counter: Option<u32>,
    receipt: Receipt,
}

/// A receipt but for the number of values, which stands between the two parts.
#[derive(Debug)]
struct Receipt {
    before: String,
    after: String,
}

/// The counters of one configuration.
#[derive(Debug)]
pub struct Telemetry {
    policy: String,
    /// Which key is in use; empty where the plan does not say.
    key: String,
    /// The beginning of the plan's digest.
    plan: String,
    /// The beginning of the digest of the plan that is observed beside it.
    next: Option<String>,
    /// The counters of what that plan would change, by their names.
    changes: RefCell<BTreeMap<String, Option<u32>>>,
    /// The reasons so far: at most a few dozen.
    reasons: RefCell<Vec<&'static str>>,
    combinations: RefCell<BTreeMap<Combination, Known>>,
    /// The counters above the bound: at most one per outcome and reason.
    rest: RefCell<BTreeMap<(Outcome, usize), Option<u32>>>,
    fields: RefCell<BTreeMap<String, Option<u32>>>,
    unknown_routes: Option<u32>,
    unlisted: Option<u32>,
    detected: Option<u32>,
    too_long: Option<u32>,
    dropped: Option<u32>,
}

impl Telemetry {
    /// Defines the counters of a plan with this SHA-256, and that of the plan that is observed beside it. Those of responses are defined when their combination first occurs.
    pub fn define<H: Host>(host: &H, plan: &Plan, (digest, next): (&[u8; 32], Option<&[u8; 32]>)) -> Self {
        let beginning =
            |digest: &[u8; 32]| -> String { digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect() };
        let telemetry = Self {
            policy: plan.policy.clone(),
            key: plan.key.as_ref().map(|key| key.id.clone()).unwrap_or_default(),
            plan: beginning(digest),
            next: next.map(beginning),
            changes: RefCell::default(),
            reasons: RefCell::default(),
            combinations: RefCell::default(),
            rest: RefCell::default(),
            fields: RefCell::default(),
            unknown_routes: host.define_counter(&UNKNOWN_ROUTES.series(&[])),
            unlisted: host.define_counter(&UNLISTED.series(&[])),
            detected: host.define_counter(&DETECTED.series(&[])),
            too_long: host.define_counter(&TOO_LONG.series(&[])),
            dropped: host.define_counter(&DROPPED_RECORDS.series(&[])),
        };
        for field in plan.fields.iter().take(EAGER_FIELDS) {
            telemetry.field_counter(host, &field.name);
        }
        telemetry
    }

    fn field_counter<H: Host>(&self, host: &H, field: &str) -> Option<u32> {
        if let Some(counter) = self.fields.borrow().get(field) {
            return *counter;
        }
        let counter = host.define_counter(&MASKED_VALUES.series(&[field]));
        self.fields.borrow_mut().insert(field.to_owned(), counter);
        counter
    }

    /// Counts the end of a response and leaves its receipt, which access logs can print as
    /// `%FILTER_STATE(wasm.meshveil:PLAIN)%`.
    pub fn ended<H: Host>(&self, host: &H, engine: &Engine, end: End, values: u64) {
        let reason = self.reason(end.reason);
        let combination = (end.outcome, reason, Choice::from(end.route), end.caller);
        let mut combinations = self.combinations.borrow_mut();
        if let Some(known) = combinations.get(&combination) {
            tell(host, known.counter, &known.receipt, values);
            return;
        }
        let receipt = self.receipt(engine, end);
        if combinations.len() >= MOST_COMBINATIONS {
            let mut rest = self.rest.borrow_mut();
            let counter =
                rest.entry((end.outcome, reason)).or_insert_with(|| define(host, end.outcome, end.reason, [OTHER; 3]));
            tell(host, *counter, &receipt, values);
            return;
        }
        let (route, caller) = names(engine.plan(), end);
        let stage = engine.decisions().stage(end.route).name();
        let counter = define(host, end.outcome, end.reason, [route, caller, stage]);
        tell(host, counter, &receipt, values);
        combinations.insert(combination, Known { counter, receipt });
    }

    /// The number of a reason.
    fn reason(&self, reason: &'static str) -> usize {
        let mut reasons = self.reasons.borrow_mut();
        reasons.iter().position(|known| *known == reason).unwrap_or_else(|| {
            reasons.push(reason);
            reasons.len() - 1
        })
    }

    /// It ends in the id of the key, so that it is known by which one a value was masked while keys change.
    fn receipt(&self, engine: &Engine, end: End) -> Receipt {
        let (route, caller) = names(engine.plan(), end);
        let (policy, plan) = (&self.policy, &self.plan);
        let (outcome, reason) = (end.outcome.as_str(), end.reason);
        let before = format!("outcome={outcome};reason={reason};policy={policy};route={route};caller={caller};values=");
        let stage = engine.decisions().stage(end.route).name();
        let next = self.next.iter().flat_map(|next| [";next=", next.as_str()]).collect::<String>();
        let mut after = format!(";clear={};plan={plan}{next};stage={stage}", clear(engine, end));
        if !self.key.is_empty() {
            after.push_str(";key=");
            after.push_str(&self.key);
        }
        Receipt { before, after }
    }

    /// Counts a response that the next plan would treat otherwise: `end` says why, and by which route and caller.
    pub fn count_change<H: Host>(&self, host: &H, engine: &Engine, change: Change, end: End) {
        let (route, caller) = names(engine.plan(), end);
        let of = |route, caller| NEXT_RESPONSES.series(&[change.as_str(), end.reason, route, caller]);
        self.count_by_name(host, of(route, caller), || of(OTHER, OTHER), 1);
    }

    /// Counts values of a field that the next plan would treat otherwise.
    pub fn count_changed_values<H: Host>(
        &self,
        host: &H,
        engine: &Engine,
        change: Change,
        end: End,
        (field, values): (&str, u64),
    ) {
        let (route, caller) = names(engine.plan(), end);
        let of = |route, caller| NEXT_VALUES.series(&[change.as_str(), field, route, caller]);
        self.count_by_name(host, of(route, caller), || of(OTHER, OTHER), values);
    }

    fn count_by_name<H: Host>(&self, host: &H, name: String, above: impl Fn() -> String, by: u64) {
        let mut changes = self.changes.borrow_mut();
        let is_full = changes.len() >= MOST_COMBINATIONS && !changes.contains_key(&name);
        let name = if is_full { above() } else { name };
        let counter = *changes.entry(name).or_insert_with_key(|name| host.define_counter(name));
        if let Some(counter) = counter {
            host.increment(counter, by);
        }
    }

    /// Counts values masked for a field.
    pub fn count_values<H: Host>(&self, host: &H, field: &str, values: u64) {
        if let Some(counter) = self.field_counter(host, field) {
            host.increment(counter, values);
        }
    }

    /// Counts values and names that no path lists.
    pub fn count_unlisted<H: Host>(&self, host: &H, values: u64) {
        if let (Some(counter), 1..) = (self.unlisted, values) {
            host.increment(counter, values);
        }
    }

    /// Counts values in which something was detected.
    pub fn count_detected<H: Host>(&self, host: &H, values: u64) {
        if let (Some(counter), 1..) = (self.detected, values) {
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
}

fn define<H: Host>(host: &H, outcome: Outcome, reason: &str, [route, caller, stage]: [&str; 3]) -> Option<u32> {
    host.define_counter(&RESPONSES.series(&[outcome.as_str(), reason, route, caller, stage]))
}

fn tell<H: Host>(host: &H, counter: Option<u32>, receipt: &Receipt, values: u64) {
    if let Some(counter) = counter {
        host.increment(counter, 1);
    }
    let text = [receipt.before.as_str(), &values.to_string(), &receipt.after].concat();
    host.set_property(RECEIPT, text.as_bytes());
}

/// The names of route and caller.
fn names(plan: &Plan, end: End) -> (&str, &str) {
    let route = match end.route {
        RouteChoice::Unlisted => NONE,
        RouteChoice::Listed(index) => plan.routes.get(index).map_or(NONE, |route| &route.name),
        RouteChoice::Unclear => UNCLEAR,
    };
    let caller = end.caller.and_then(|index| plan.callers.get(index)).map_or(NONE, |caller| &caller.name);
    (route, caller)
}

/// Which fields the caller could see in clear in a response that ended so.
fn clear(engine: &Engine, end: End) -> String {
    match (end.outcome, end.reason) {
        // Without a body of the upstream there is nothing to see.
        (Outcome::Passed, "no-body" | "local-reply")
        | (Outcome::Denied | Outcome::BodyDropped | Outcome::Refused, _) => NONE.to_owned(),
        // What passes unread can hold any field.
        (
            Outcome::Passed | Outcome::PassedOnError | Outcome::WouldMask | Outcome::WouldRefuse | Outcome::WouldDeny,
            _,
        ) => "*".to_owned(),
        (Outcome::Masked | Outcome::Aborted, _) => {
            list(engine.in_clear(end.caller, end.route).map(|field| field.name.as_str()))
        }
    }
}

/// Names between commas, as many as there is room for, and how many more there are.
fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut text = String::new();
    let mut more = 0_usize;
    for name in names {
        if more > 0 || text.len() + name.len() > LONGEST_CLEAR {
            more += 1;
            continue;
        }
        if !text.is_empty() {
            text.push(',');
        }
        text.push_str(name);
    }
    match (text.is_empty(), more) {
        (true, 0) => NONE.to_owned(),
        (_, 0) => text,
        (_, more) => format!("{text}+{more}"),
    }
}

#[cfg(test)]
mod tests;
