//! Writes a policy of any size, for measuring (`make bench-policy`) and for tests: `large_policy FIELDS CALLERS`.

use std::fmt::Write as _;

/// A policy with so many fields and callers. Of a hundred fields 40 are names at any depth, 30 exact paths (5 of which meet
/// a name at any depth), 20 go through a list, 9 through any member, and one looks ahead. Callers see different fields; every
/// tenth is known by a claim.
#[must_use]
pub fn text(fields: usize, callers: usize) -> String {
    let mut text = String::from(
        "apiVersion: meshveil.dev/v1alpha1\n\
         kind: MaskingPolicy\n\
         metadata: { name: large, namespace: shop }\n\
         spec:\n\
         \x20 workload: { selector: { app: large }, serviceAccount: large, ports: [{ port: 8080, name: http }] }\n\
         \x20 key: { env: MESHVEIL_KEY }\n\
         \x20 others: masked\n\
         \x20 fields:\n",
    );
    let masks = ["redact", "{ partial: { keepLast: 4 } }", "email", "pseudonym", "\"null\"", "drop", "default"];
    for (at, mask) in (0..fields).zip(masks.iter().cycle()) {
        let path = match at % 100 {
            0..40 => format!("$..name{at}"),
            40..45 => format!("$.record{}.part{}.name{}", at % 37, at % 11, at - 40),
            45..70 => format!("$.record{}.part{}.value{at}", at % 37, at % 11),
            70..90 => format!("$.lists[*].entry{at}"),
            90..99 => format!("$.group{}.*.member{at}", at % 7),
            _ => format!("$.items[?@.kind == 'k{at}'].secret{at}"),
        };
        let _ = writeln!(text, "    - {{ name: field{at}, paths: [\"{path}\"], mask: {mask} }}");
    }
    text.push_str("  callers:\n");
    for at in 0..callers {
        // Nested, so that whoever is two callers still is somebody.
        let seen: Vec<String> = (0..at % 17).map(|seen| format!("field{}", seen * fields / 17)).collect();
        let identity = if at % 10 == 9 {
            format!("jwt: {{ issuer: \"https://login.example.com\", claim: group, value: team{at} }}")
        } else {
            format!("serviceAccount: team{}/caller{at}, pods: {{ app: caller{at} }}", at % 23)
        };
        let _ = writeln!(text, "    - {{ name: caller{at}, {identity}, sees: [{}] }}", seen.join(", "));
    }
    text
}

fn main() {
    let mut numbers = std::env::args().skip(1).map(|text| text.parse::<usize>());
    match (numbers.next(), numbers.next()) {
        (Some(Ok(fields)), Some(Ok(callers))) => print!("{}", text(fields, callers)),
        _ => {
            eprintln!("usage: large_policy FIELDS CALLERS");
            std::process::exit(2);
        }
    }
}
