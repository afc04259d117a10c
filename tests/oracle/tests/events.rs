//! What a client reads of masked events is what it reads of the clear ones, with the data masked by the oracle.

use meshveil_body::Framing;
use meshveil_json::Masker;
use meshveil_mask::Keys;
use meshveil_oracle::agree::{cuts, run};
use meshveil_oracle::events::{Event, client, stream};
use meshveil_oracle::generate::Random;
use meshveil_oracle::{KEY, oracle};
use meshveil_plan::Limits;

/// Line feeds are white space; where a comment stands between lines of data that is held, one more may come.
fn without_line_feeds(events: Vec<Event>) -> Vec<Event> {
    let strip = |data: Vec<u8>| data.into_iter().filter(|&byte| byte != b'\n').collect();
    events.into_iter().map(|event| Event { data: strip(event.data), ..event }).collect()
}

#[test]
fn clients_read_the_same_events_with_masked_data() {
    let (mut events_seen, mut changed, mut mixed) = (0, 0, 0);
    for seed in 0..20_000 {
        let (input, is_mixed) = stream(seed);
        let masker = Masker::compile(input.rules.clone(), &Keys::new(KEY.as_bytes()), Limits::default()).unwrap();
        let (events, retries) = client(&input.bytes);
        let mut expected = Vec::new();
        for event in &events {
            let masked = match event.data.as_slice() {
                b"[DONE]" => event.data.clone(),
                data => oracle::mask(data, &input.rules, Framing::Document, &Limits::default()).unwrap().bytes,
            };
            changed += usize::from(masked != event.data);
            expected.push(Event { data: masked, ..event.clone() });
        }
        let cuts = cuts(&mut Random::new(seed), input.bytes.len());
        let whole = run(&masker, Framing::Events, &input.bytes, &[]);
        let cut = run(&masker, Framing::Events, &input.bytes, &cuts);
        let text = input.bytes.escape_ascii();
        assert_eq!(whole, cut, "seed {seed}: {text}");
        let (got, got_retries) = client(&whole.bytes);
        assert!(whole.end.is_ok(), "seed {seed}: {:?}: {text}", whole.end);
        assert_eq!(got_retries, retries, "seed {seed}");
        let (got, expected) =
            if is_mixed { (without_line_feeds(got), without_line_feeds(expected)) } else { (got, expected) };
        assert_eq!(got, expected, "seed {seed}: {text} gave {}", whole.bytes.escape_ascii());
        events_seen += events.len();
        mixed += usize::from(is_mixed);
    }
    assert!(events_seen > 15_000 && changed > 5_000 && mixed > 500, "{events_seen} {changed} {mixed}");
}

#[test]
fn damaged_events_do_not_depend_on_cuts() {
    let mut failed = 0;
    for seed in 0..10_000 {
        let (mut input, _) = stream(seed);
        let mut random = Random::new(seed ^ 0xbad);
        for _ in 0..=random.below(2) {
            if !input.bytes.is_empty() {
                let at = random.below(input.bytes.len());
                input.bytes[at] = *random.pick(b"\r\n: \"{}[]datx\0\xef");
            }
        }
        let masker = Masker::compile(input.rules.clone(), &Keys::new(KEY.as_bytes()), Limits::default()).unwrap();
        let whole = run(&masker, Framing::Events, &input.bytes, &[]);
        let cut = run(&masker, Framing::Events, &input.bytes, &cuts(&mut random, input.bytes.len()));
        assert_eq!(whole.end, cut.end, "seed {seed}: {}", input.bytes.escape_ascii());
        match whole.end {
            Ok(_) => assert_eq!(whole.bytes, cut.bytes, "seed {seed}"),
            Err(_) => failed += 1,
        }
    }
    assert!(failed > 1_000, "{failed}");
}
