//! The module for pages: three functions without any generated glue. A question is written in JSON to memory that [`allocate`] gives,
//! [`ask`] answers in JSON, and [`length`] says how long the answer is.
#![cfg_attr(target_family = "wasm", expect(unsafe_code, reason = "a module exports functions and shares its memory"))]

use crate::answer::{Question, answer};

/// The answer to a question in JSON, in JSON: `{"error": ...}` where it is none.
#[must_use]
pub fn ask_in_json(question: &[u8]) -> String {
    let answered =
        serde_json::from_slice::<Question>(question).and_then(|question| serde_json::to_string(&answer(&question)));
    answered.unwrap_or_else(|error| serde_json::json!({ "error": error.to_string() }).to_string())
}

#[cfg(target_family = "wasm")]
mod exports {
    use std::cell::RefCell;

    thread_local! {
        static QUESTION: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
        static ANSWER: RefCell<String> = const { RefCell::new(String::new()) };
    }

    /// Bytes for the seeds of hash tables. They need not be random: who asks answers to nobody else, and a module that imports
    /// nothing has none.
    #[unsafe(no_mangle)]
    extern "Rust" fn __getrandom_v03_custom(start: *mut u8, length: usize) -> Result<(), getrandom::Error> {
        // SAFETY: `getrandom` gives the start and the length of a buffer of its own that it will read.
        let bytes = unsafe { core::slice::from_raw_parts_mut(start, length) };
        bytes.fill(0x2a);
        Ok(())
    }

    /// Memory for a question of this many bytes.
    #[unsafe(no_mangle)]
    pub extern "C" fn allocate(size: usize) -> *mut u8 {
        QUESTION.with_borrow_mut(|question| {
            *question = vec![0; size];
            question.as_mut_ptr()
        })
    }

    /// Answers the question there; the answer stays where it is until the next one.
    #[unsafe(no_mangle)]
    pub extern "C" fn ask() -> *const u8 {
        let text = QUESTION.with_borrow(|question| super::ask_in_json(question));
        ANSWER.with_borrow_mut(|answer| {
            *answer = text;
            answer.as_ptr()
        })
    }

    /// The bytes of the answer.
    #[unsafe(no_mangle)]
    pub extern "C" fn length() -> usize {
        ANSWER.with_borrow(String::len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = "apiVersion: meshveil.dev/v1alpha1\nkind: MaskingPolicy\nmetadata: { name: c, namespace: s }\nspec:\n  workload: { selector: { app: c }, serviceAccount: c, ports: [{ port: 8080, name: http }] }\n  fields: [{ name: ssn, paths: [\"$..ssn\"], mask: redact }]\n  others: deny\n  callers: [{ name: billing, serviceAccount: s/billing, sees: all }]\n";

    #[test]
    fn a_question_in_json_is_answered_for_each_caller() {
        let question =
            Question { policy: POLICY.to_owned(), sample: r#"{"ssn":"1","n":2}"#.to_owned(), manifests: String::new() };
        let text = ask_in_json(&serde_json::to_vec(&question).unwrap());
        let answer: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(answer["views"][0]["caller"], "billing");
        assert_eq!(answer["views"][0]["pieces"], serde_json::json!([["{\"ssn\":\"1\",\"n\":2}", false]]));
        assert_eq!(
            answer["views"][1]["pieces"],
            serde_json::json!([["{\"ssn\":", false], ["\"***\"", true], [",\"n\":2}", false]])
        );
        assert!(ask_in_json(b"{}").starts_with("{\"error\":"));
    }
}
