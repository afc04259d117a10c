//! What a plan with a wrong mask is told: the path of the fault and what may be written.

use meshveil_json::read_plan;

/// Path and message of the error for a plan whose third field has this mask.
fn refused(mask: &str) -> (String, String) {
    let field = |mask: &str| format!(r#"{{"name":"f","paths":["$.f"],"mask":{mask}}}"#);
    let fields = [field("\"null\""), field("\"null\""), field(mask)].join(",");
    let first = read_plan(format!(r#"{{"version":1,"fields":[{fields}]}}"#).as_bytes()).unwrap_err().first;
    (first.path.to_string(), first.problem.to_string())
}

#[test]
fn errors_name_the_path_of_the_parameter() {
    for (mask, path, message) in [
        (r#"{"partial":{"keepLast":"4"}}"#, "fields[2].mask.partial.keepLast", "a whole number from 0 to 1024"),
        (r#"{"partial":{"keepLast":-1}}"#, "fields[2].mask.partial.keepLast", "a whole number from 0 to 1024"),
        (r#"{"partial":{"keepLast":1.5}}"#, "fields[2].mask.partial.keepLast", "a whole number from 0 to 1024"),
        (r#"{"partial":{"minHidden":0}}"#, "fields[2].mask.partial.minHidden", "a whole number from 1 to 1024"),
        (
            r#"{"partial":{"length":"long"}}"#,
            "fields[2].mask.partial.length",
            "`same` or a whole number from 1 to 1024",
        ),
        (r#"{"partial":{"with":"**"}}"#, "fields[2].mask.partial.with", "expected a character"),
        (r#"{"partial":{"keepCharacters":"-"}}"#, "fields[2].mask.partial", "needs `length` to be `same`"),
        (r#"{"partial":{"keeplast":4}}"#, "fields[2].mask.partial.keeplast", "unknown field `keeplast`"),
        (r#"{"partial":[1,2]}"#, "fields[2].mask.partial", "an object with the parameters of the mask"),
        (r#"{"null":{"with":1}}"#, "fields[2].mask.null.with", "there are no fields"),
        (r#"{"pseudonym":{"encoding":"base58"}}"#, "fields[2].mask.pseudonym.encoding", "unknown variant `base58`"),
        (r#"{"pseudonym":{"length":9}}"#, "fields[2].mask.pseudonym", "from 10 to 64 for encoding `hex`"),
        (r#"{"email":{"keepDomain":1}}"#, "fields[2].mask.email.keepDomain", "expected a boolean"),
        ("null", "fields[2].mask", "the name of a mask in quotes"),
        ("{}", "fields[2].mask", "a mask without a name"),
    ] {
        let (at, text) = refused(mask);
        assert_eq!(at, path, "{mask}: {text}");
        assert!(text.contains(message), "{mask}: {text}");
    }
    let (_, text) = refused(r#"{"redact":{},"null":{}}"#);
    assert!(text.contains("`null` follows `redact`"), "{text}");
}

#[test]
fn unknown_names_are_answered_with_the_known_ones() {
    let known = "known masks: `redact`, `null`, `drop`, `partial`, `email`, `pseudonym`, `default`";
    for unknown in ["redcat", "Partial", "e-mail", "pseudonyms", "encrypt", "", "x"] {
        for written in [format!("\"{unknown}\""), format!("{{\"{unknown}\":{{}}}}")] {
            let (_, text) = refused(&written);
            assert!(text.contains(&format!("unknown mask `{unknown}`")) && text.contains(known), "{text}");
        }
    }
}
