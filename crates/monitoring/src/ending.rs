//! How and why responses end, in words: the values of the labels `outcome` and `reason`.

use meshveil_body::Fault;
use meshveil_exchange::{eligibility::Reason, telemetry::Outcome};
use meshveil_json::ErrorCode;

/// What an outcome means.
#[must_use]
pub const fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Masked => "The body went through the masks.",
        Outcome::Passed => "The response went on as it was, by rule; the reason says which.",
        Outcome::PassedOnError => "The response could not be masked and went on in clear, as `onError` is `pass`.",
        Outcome::Denied => "The caller is not listed and got 403.",
        Outcome::BodyDropped => "Status and headers went on. The body could not be read and did not.",
        Outcome::Refused => "A problem document (RFC 9457) went in place of the response.",
        Outcome::Aborted => "The response was cut off in the middle: bytes had gone before the fault was seen.",
        Outcome::WouldMask => "Observed: the body went on as it came, and would have been masked.",
        Outcome::WouldRefuse => {
            "Observed: it went on as it came, and would have been refused, cut off or without its body."
        }
        Outcome::WouldDeny => "Observed: it went on as it came, and the caller would have got 403.",
    }
}

/// Reasons of rules, each with its meaning.
const BY_RULE: [(&str, &str); 7] = [
    ("none", "Nothing to say: the body was masked."),
    ("sees-all", "The caller sees every field."),
    ("route-off", "Masking is off on the route."),
    ("media-type", "The media type passes unread (`passes`)."),
    ("no-body", "There is no body."),
    ("local-reply", "Envoy or a filter in front wrote the response itself."),
    ("unlisted-caller", "The caller is none of the policy's (`others: deny`)."),
];

/// Every reason with its meaning, in the order of the page.
pub fn reasons() -> impl Iterator<Item = (&'static str, String)> {
    let by_rule = BY_RULE.into_iter().map(|(reason, meaning)| (reason, meaning.to_owned()));
    let refused = Reason::ALL.into_iter().map(|reason| (reason.as_str(), reason.message().to_owned()));
    let of_json = ErrorCode::ALL.into_iter().map(|code| (code.as_str(), format!("Body: {}.", code.message())));
    let of_body = [Fault::NotAscii, Fault::Coding, Fault::Truncated, Fault::Expansion];
    let of_body = of_body.into_iter().map(|fault| (fault.code(), format!("Body: {fault}.")));
    by_rule.chain(refused).chain(of_json).chain(of_body)
}
