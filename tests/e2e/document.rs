//! The document most tests send, and how each caller sees it.

/// As the upstream sends it.
pub const CLEAR: &str = r#"{"name": "Anna", "ssn": "123-45-6789", "email": "anna.smith@example.com",
  "card": {"number": "4111111111111111"}, "notes": "pays late", "sum": 1.50}"#;

/// As `support` sees it.
pub const SUPPORT: &str = r#"{"name": "Anna", "ssn": "***-**-****", "email": "anna.smith@example.com",
  "card": {"number": "****1111"}, "notes": "***", "sum": 1.50}"#;

/// As `frontend` and all other callers see it.
pub const MASKED: &str = r#"{"name": "Anna", "ssn": "***-**-****", "email": "a***@example.com",
  "card": {"number": "****1111"}, "notes": "***", "sum": 1.50}"#;

/// Parts of the values that only `billing` may see.
pub const SECRETS: [&str; 5] = ["123-45", "-6789", "anna.smith", "41111111", "pays late"];

/// Fails when any of [`SECRETS`] is in `bytes`.
pub fn assert_no_secret(bytes: &[u8], context: &str) {
    let text = String::from_utf8_lossy(bytes);
    for secret in SECRETS {
        assert!(!text.contains(secret), "{context}: `{secret}` in {text}");
    }
}
