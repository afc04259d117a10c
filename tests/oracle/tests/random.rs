//! The engine agrees with the oracle on random documents, whole, cut to pieces, broken off and broken.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::thread;

use fastrand::Rng;
use meshveil_engine::{ErrorCode, Framing, Keys, Limits, Masker};
use meshveil_oracle::{generate, is_json, stream::feed};

/// Documents in all threads together; `MESHVEIL_DOCUMENTS` asks for more.
fn documents() -> u64 {
    std::env::var("MESHVEIL_DOCUMENTS").ok().and_then(|text| text.parse().ok()).unwrap_or(100_000)
}

const THREADS: u64 = 4;

fn everywhere(check: fn(u64, &mut Rng)) {
    let seed = std::env::var("MESHVEIL_SEED").ok().and_then(|text| text.parse().ok());
    if let Some(seed) = seed {
        return check(seed, &mut Rng::with_seed(seed));
    }
    let threads: Vec<_> = (0..THREADS)
        .map(|thread| {
            thread::spawn(move || {
                for seed in (thread..documents()).step_by(usize::try_from(THREADS).unwrap()) {
                    check(seed, &mut Rng::with_seed(seed));
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

fn sizes(rng: &mut Rng) -> Vec<usize> {
    match rng.usize(..4) {
        0 => vec![1],
        1 => vec![usize::MAX],
        2 => vec![rng.usize(1..64)],
        _ => (0..rng.usize(1..6)).map(|_| rng.usize(1..200)).collect(),
    }
}

#[test]
fn engine_and_oracle_agree() {
    everywhere(|seed, rng| {
        let (text, rules) = (generate::document(rng), generate::rules(rng));
        let keys = Keys::new(&[7; 32]);
        let limits = Limits { value: 96, ..Limits::default() };
        let queries: Vec<&str> = rules.iter().map(|rule| rule.query.text.as_str()).collect();
        let context = format!("MESHVEIL_SEED={seed} {queries:?} {text}");
        let expected = meshveil_oracle::Masker::new(rules.clone(), &keys, limits).mask(&text).unwrap();
        let masker = Masker::compile(rules.clone(), &keys, limits).unwrap();
        let (out, result) = feed(&masker, Framing::Document, text.as_bytes(), &sizes(rng));
        let out = String::from_utf8(out).unwrap();
        assert_eq!(out, String::from_utf8(expected.text).unwrap(), "{context}");
        let report = result.unwrap_or_else(|error| panic!("{error}: {context}"));
        assert_eq!(report.masked, expected.counts, "{context}");
        assert!(is_json(out.as_bytes()), "{context}");

        // What a part of the document lets out is the start of what the whole one does.
        let end = rng.usize(..text.len());
        let (part, result) = feed(&masker, Framing::Document, text.as_bytes().get(..end).unwrap(), &sizes(rng));
        // (A number alone may be another number when it is broken off.)
        assert!(result.is_ok() || out.as_bytes().starts_with(&part), "broken off at {end}: {context}");
        assert_eq!(result.is_ok(), is_json(text.as_bytes().get(..end).unwrap()), "broken off at {end}: {context}");
    });
}

#[test]
fn what_is_not_json_is_refused_at_the_same_byte_however_it_is_cut() {
    everywhere(|seed, rng| {
        let (mut body, rules) = (generate::document(rng).into_bytes(), generate::rules(rng));
        for _ in 0..rng.usize(1..3) {
            let at = rng.usize(..body.len());
            match rng.usize(..4) {
                0 => *body.get_mut(at).unwrap() = rng.u8(..),
                1 => body.insert(at, *b"{}[]\",:0-.eE\\tn \n\x00\x80\xff".get(rng.usize(..20)).unwrap()),
                2 => drop(body.remove(at)),
                _ => *body.get_mut(at).unwrap() ^= 1 << rng.u8(..8),
            }
            if body.is_empty() {
                return;
            }
        }
        let masker = Masker::compile(rules, &Keys::new(&[7; 32]), Limits::default()).unwrap();
        let context = format!("MESHVEIL_SEED={seed} {}", String::from_utf8_lossy(&body));
        let (whole, result) = feed(&masker, Framing::Document, &body, &[]);
        assert_eq!(result.is_ok(), is_json(&body), "{result:?} {context}");
        let (cut, again) = feed(&masker, Framing::Document, &body, &sizes(rng));
        assert_eq!(again, result, "{context}");
        match result {
            Ok(_) => assert_eq!(cut, whole, "{context}"),
            Err(error) => {
                assert!(!matches!(error.code, ErrorCode::TooManySteps), "{context}");
                let agree = cut.starts_with(&whole) || whole.starts_with(&cut);
                assert!(agree, "{context}");
            }
        }
    });
}
