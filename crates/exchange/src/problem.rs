//! What a client gets in place of a refused response: a problem document (RFC 9457) that holds no value.

/// Headers of every problem document.
pub const HEADERS: [(&str, &str); 2] = [("content-type", "application/problem+json"), ("cache-control", "no-store")];

/// A problem document. All parts are constants of this crate: nothing needs escaping.
#[must_use]
pub fn body(status: u32, reason: &'static str, detail: &'static str) -> String {
    let title = match status {
        400 => "Bad Request",
        403 => "Forbidden",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Content",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "Response withheld",
    };
    format!(
        r#"{{"type":"urn:meshveil:problem:{reason}","title":"{title}","status":{status},"detail":"{detail}","reason":"{reason}"}}"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eligibility::Reason;

    #[test]
    fn every_problem_is_json() {
        for reason in Reason::ALL {
            let text = body(502, reason.as_str(), reason.message());
            let value: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert_eq!(value["reason"], reason.as_str());
            assert_eq!(value["status"], 502);
        }
    }
}
