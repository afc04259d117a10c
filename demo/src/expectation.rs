//! What each caller must get, decided without the engine: by comparing the clear document with the answer.

use serde_json::Value;

/// Which sensitive members a caller may see.
#[derive(Debug, Clone, Copy)]
pub enum Sees {
    /// Everything.
    All,
    /// These members, and everything that is not sensitive.
    Members(&'static [&'static str]),
    /// Nothing: the answer is a 403.
    Denied,
}

/// Names of sensitive members; `number` only below `card`.
const SENSITIVE: [&str; 7] = ["ssn", "number", "email", "phone", "born", "iban", "notes"];

/// What a comparison found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Sensitive values that were masked as they must be.
    pub masked: usize,
    /// Sensitive values that this caller may see and got.
    pub clear: usize,
    /// What is wrong, one line each; never a value.
    pub wrong: Vec<String>,
}

/// Compares the bodies of the shop and of Envoy. Bodies are one JSON document or one per line.
pub fn compare(sees: Sees, before: &str, after: &str) -> Findings {
    let mut findings = Findings::default();
    let (Some(before_values), Some(after_values)) = (documents(before), documents(after)) else {
        findings.wrong.push("the answer is not JSON".to_owned());
        return findings;
    };
    if before_values.len() != after_values.len() {
        findings.wrong.push("the number of documents differs".to_owned());
    }
    for (before_value, after_value) in before_values.iter().zip(&after_values) {
        walk(sees, "$", "", before_value, after_value, after, &mut findings);
    }
    findings
}

fn documents(text: &str) -> Option<Vec<Value>> {
    if let Ok(value) = serde_json::from_str(text) {
        return Some(vec![value]);
    }
    text.lines().map(|line| serde_json::from_str(line).ok()).collect()
}

fn walk(sees: Sees, path: &str, parent: &str, before: &Value, after: &Value, whole: &str, findings: &mut Findings) {
    match (before, after) {
        (Value::Object(clear), Value::Object(answer)) => {
            if clear.len() != answer.len() {
                findings.wrong.push(format!("{path}: other members"));
            }
            for (name, value) in clear {
                let path = format!("{path}.{name}");
                match answer.get(name) {
                    None => findings.wrong.push(format!("{path}: missing")),
                    Some(got) if is_sensitive(parent, name) => judge(sees, &path, name, value, got, whole, findings),
                    Some(got) => walk(sees, &path, name, value, got, whole, findings),
                }
            }
        }
        (Value::Array(clear), Value::Array(answer)) => {
            if clear.len() != answer.len() {
                findings.wrong.push(format!("{path}: other elements"));
            }
            for (at, (value, got)) in clear.iter().zip(answer).enumerate() {
                walk(sees, &format!("{path}[{at}]"), parent, value, got, whole, findings);
            }
        }
        (before, after) if before == after => {}
        _ => findings.wrong.push(format!("{path}: not sensitive, but changed")),
    }
}

fn is_sensitive(parent: &str, name: &str) -> bool {
    SENSITIVE.contains(&name) && (name != "number" || parent == "card")
}

fn judge(sees: Sees, path: &str, name: &str, before: &Value, after: &Value, whole: &str, findings: &mut Findings) {
    let may_see = match sees {
        Sees::All => true,
        Sees::Members(names) => names.contains(&name),
        Sees::Denied => false,
    };
    let shows = before.as_str().is_some_and(|text| !text.is_empty() && whole.contains(text));
    match (may_see, before == after) {
        (true, true) => findings.clear += 1,
        (true, false) => findings.wrong.push(format!("{path}: this caller may see it, but it is masked")),
        (false, true) => findings.wrong.push(format!("{path}: NOT MASKED")),
        (false, false) if shows => findings.wrong.push(format!("{path}: its clear value is elsewhere in the answer")),
        (false, false) => findings.masked += 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLEAR: &str = r#"{"id": 7, "ssn": "123-45-6789", "card": {"number": "4111"}, "items": [{"number": 1, "email": "a@b.example"}]}"#;

    fn compared(sees: Sees, after: &str) -> Findings {
        compare(sees, CLEAR, after)
    }

    #[test]
    fn masked_answer_is_right() {
        let after = r#"{"id": 7, "ssn": "***", "card": {"number": "*"}, "items": [{"number": 1, "email": "***"}]}"#;
        assert_eq!(compared(Sees::Members(&[]), after), Findings { masked: 3, clear: 0, wrong: vec![] });
        let wrong = compared(Sees::Members(&["email"]), after).wrong;
        assert_eq!(wrong, ["$.items[0].email: this caller may see it, but it is masked"]);
    }

    #[test]
    fn clear_answer_is_wrong_for_who_may_not_see_it() {
        assert_eq!(compared(Sees::All, CLEAR), Findings { masked: 0, clear: 3, wrong: vec![] });
        assert_eq!(compared(Sees::Members(&[]), CLEAR).wrong.len(), 3);
        assert_eq!(compared(Sees::Members(&["ssn", "number"]), CLEAR).wrong, ["$.items[0].email: NOT MASKED"]);
    }

    #[test]
    fn changed_and_moved_values_are_wrong() {
        let after = r#"{"id": 8, "ssn": "***", "card": {"number": "*"}, "items": [{"number": 1, "email": "***"}]}"#;
        assert_eq!(compared(Sees::Members(&[]), after).wrong, ["$.id: not sensitive, but changed"]);
        let moved =
            r#"{"id": 7, "ssn": "x123-45-6789", "card": {"number": "*"}, "items": [{"number": 1, "email": "***"}]}"#;
        assert_eq!(compared(Sees::Members(&[]), moved).wrong, ["$.ssn: its clear value is elsewhere in the answer"]);
        assert_eq!(compared(Sees::Members(&[]), "<html>").wrong, ["the answer is not JSON"]);
    }
}
