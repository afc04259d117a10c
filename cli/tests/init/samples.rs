//! Samples: what their values look like, and that no value is ever written.

use super::*;

/// Values that must not leave: each looks like something.
const SECRETS: [&str; 12] = [
    "4111 1111 1111 1111",
    "4000056655665556",
    "123-45-6789",
    "DE02120300000000202051",
    "zoe.mueller@example.de",
    "anna.key@example.com",
    "+49 30 5550 1234",
    "203.0.113.77",
    "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxMjM0NSJ9.c2ln",
    "1984-03-12",
    "hunter2-correct-horse",
    "Lindenstraße 7",
];

fn sample() -> String {
    let [card, number, ssn, iban, email, key, phone, ip, jwt, born, password, street] = SECRETS;
    format!(
        "{{\"a\": \"{card}\", \"b\": {number}, \"\\u0073sn\": \"{ssn}\", \"d\": \"{iban}\", \"e\": \"{email}\", \"f\": \"{phone}\", \"g\": \"{ip}\", \
         \"h\": \"{jwt}\", \"born\": \"{born}\", \"born\": \"{born}\", \"pass\\u0077ord\": \"{password}\", \"address\": {{\"street\": \"{street}\"}}, \
         \"byMail\": {{\"{key}\": {{\"x\": 1}}}}, \"text\": \"she wrote to {email} twice\", \"plain\": \"nothing\"}}\n"
    )
}

#[test]
fn values_and_escaped_names_of_samples_are_recognised() {
    let directory = directory("values");
    let lines = file(&directory, "lines.ndjson", sample().repeat(3));
    let found = policy(&meshveil(&["init", "--sample", &lines]));
    for (name, expected) in [
        ("card", vec!["$..a"]),
        ("card-2", vec!["$..b"]),
        ("ssn", vec!["$..ssn"]),
        ("iban", vec!["$..d"]),
        ("email", vec!["$..e"]),
        ("email-2", vec!["$..byMail"]),
        ("phone", vec!["$..f"]),
        ("ip", vec!["$..g"]),
        ("secret", vec!["$..h"]),
        ("born", vec!["$..born"]),
        ("password", vec!["$..password"]),
        ("address", vec!["$..address"]),
        ("notes", vec!["$..text"]),
    ] {
        assert_eq!(of(&found, name), expected, "{name}");
    }
    assert_eq!(found.fields.len(), 13);
}

#[test]
fn counts_are_of_the_objects_that_hold_a_member() {
    let directory = directory("counts");
    let text = "[{\"email\": \"a@example.com\"}, {\"email\": null}, {\"email\": \"\", \"email\": \"x\"}, {}]";
    let sample = file(&directory, "list.json", text);
    let text = meshveil(&["init", "--sample", &sample]);
    assert!(text.contains("$[*].email; in 3 of 4 sampled objects, 1 of 2 values like e-mail addresses"), "{text}");
}

#[test]
fn no_value_of_a_sample_is_ever_written() {
    let directory = directory("leak");
    let whole = sample();
    let mut samples = vec![whole.clone(), whole.repeat(2), format!("[{whole}]")];
    // Broken at every place: errors hold no value either.
    samples.extend((0..whole.len()).step_by(7).filter_map(|end| whole.get(..end).map(str::to_owned)));
    samples.extend(["\\q", "\u{1}", "nul", "01", "}"].map(|wrong| whole.replace("\"plain\"", wrong)));
    let said = |text: &str| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_meshveil"))
            .args(["init", "--sample", "-", "--key-env", "KEY"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(matches!(output.status.code(), Some(0 | 2)), "{:?}", output.status);
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
    };
    // The values themselves as documents, members of arrays, and as names.
    samples.extend(
        SECRETS.iter().flat_map(|secret| [format!("\"{secret}\""), format!("[[\"{secret}\"]]"), (*secret).to_owned()]),
    );
    samples.extend(SECRETS.iter().take(9).map(|secret| format!("{{\"{secret}\": [{{\"{secret}\": 1}}]}}")));
    for text in samples {
        let said = said(&text);
        assert!(!said.is_empty());
        for secret in SECRETS {
            assert!(!said.contains(secret), "{secret} in {said}");
        }
    }
    let _ = directory;
}
