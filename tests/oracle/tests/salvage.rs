//! Of lines some of which are not valid what comes out is each valid one, masked by the oracle.

use meshveil_body::{Framing, Representation};
use meshveil_json::Masker;
use meshveil_mask::Keys;
use meshveil_oracle::agree::{cuts, run};
use meshveil_oracle::generate::{self, Random};
use meshveil_oracle::{KEY, oracle};
use meshveil_plan::{BadLines, Limits};

#[test]
fn valid_lines_are_masked_and_others_left_out() {
    let (mut kept, mut left_out) = (0, 0);
    for seed in 0..10_000 {
        let mut random = Random::new(seed);
        let rules = generate::input(seed).rules;
        let mut bytes = Vec::new();
        for _ in 0..1 + random.below(4) {
            let seed = random.next();
            let input = if random.one_in(2) { generate::damaged(seed) } else { generate::input(seed) };
            // Documents that span lines are cut into lines, most of which are not valid.
            bytes.extend(input.bytes);
            bytes.push(b'\n');
        }
        let limits = Limits::default();
        let (mut expected, mut documents) = (Vec::new(), 0);
        let lines: Vec<&[u8]> = bytes.split(|&byte| byte == b'\n').collect();
        for (at, line) in lines.iter().enumerate() {
            // A byte order mark at the very start is no part of the line, and does not go on.
            let line = if at == 0 { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line) } else { line };
            let has_mark = line.starts_with(b"\xef\xbb\xbf");
            match oracle::mask(line, &rules, Framing::Document, &limits) {
                Ok(masked) if !has_mark => {
                    kept += masked.report.documents;
                    documents += masked.report.documents;
                    expected.extend(masked.bytes);
                    if at + 1 < lines.len() {
                        expected.push(b'\n');
                    }
                }
                _ => left_out += 1,
            }
        }
        let masker = Masker::compile(rules, &Keys::new(KEY.as_bytes()), limits).unwrap();
        let representation = Representation { bad_lines: BadLines::Drop, ..Framing::Lines.into() };
        for cuts in [Vec::new(), cuts(&mut random, bytes.len())] {
            let run = run(&masker, representation, &bytes, &cuts);
            assert_eq!(run.end.map(|report| report.documents), Ok(documents), "seed {seed}");
            let text = bytes.escape_ascii();
            assert_eq!(
                run.bytes.escape_ascii().to_string(),
                expected.escape_ascii().to_string(),
                "seed {seed}: {text}"
            );
        }
    }
    assert!(kept > 5_000 && left_out > 5_000, "{kept} kept, {left_out} left out");
}
