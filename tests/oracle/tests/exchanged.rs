//! What the fuzz targets claim of framings, codings, header rules and request bodies, on random input: `MESHVEIL_PAIRS` runs more of
//! it, `MESHVEIL_SEED` other.
#![expect(clippy::panic, reason = "a test")]

use meshveil_oracle::fuzz;
use meshveil_oracle::generate::{self, Random};

fn number(name: &str, default: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name}: a number")),
        Err(_) => default,
    }
}

fn run(cases: u64, make: fn(u64) -> Vec<u8>, claim: fn(&[u8])) {
    let first = number("MESHVEIL_SEED", 1) << 32;
    for seed in first..first + number("MESHVEIL_PAIRS", cases) {
        let data = make(seed);
        let shown = data.escape_ascii().to_string();
        let ran = std::panic::catch_unwind(|| claim(&data));
        assert!(ran.is_ok(), "seed {seed}, as a file of fuzz/regressions/ (escaped): {shown}");
    }
}

#[test]
fn no_header_tells_of_the_clear_body_whatever_the_upstream_sends() {
    run(3_000, fuzz::random_headers, fuzz::headers);
}

#[test]
fn what_carries_a_mask_back_is_refused_and_nothing_else_is() {
    run(3_000, fuzz::random_write, fuzz::writes);
}

/// Pieces of every framing, put together.
fn pieces(seed: u64) -> Vec<u8> {
    let mut random = Random::new(seed);
    let mut bytes = Vec::new();
    for _ in 0..1 + random.below(6) {
        let piece: &[u8] = random.pick::<&[u8]>(&[
            &b"data: "[..],
            b"data:",
            b"\n",
            b"\r",
            b"\r\n",
            b"\n\n",
            b"\x1e",
            b": comment\n",
            b"id: 1\n",
            b"event: a\n",
            b"[DONE]",
            b"\xef\xbb\xbf",
            b" ",
            b"retry: 5\n",
            b"{\"ssn\":\"1\"}",
        ]);
        bytes.extend_from_slice(piece);
        if random.one_in(2) {
            let seed = random.next();
            bytes.extend(if random.one_in(2) { generate::input(seed) } else { generate::damaged(seed) }.bytes);
        }
    }
    bytes
}

#[test]
fn framings_are_the_same_however_they_are_cut() {
    run(3_000, pieces, fuzz::framings);
}

/// What an encoder writes, damaged at one byte, cut, or as it is.
fn encoded(seed: u64) -> Vec<u8> {
    use std::io::Write as _;
    let mut random = Random::new(seed);
    let body = generate::input(random.next()).bytes;
    let mut bytes = Vec::new();
    let level = flate2::Compression::new(random.below(10) as u32);
    let _ = if random.one_in(2) {
        flate2::write::GzEncoder::new(&mut bytes, level).write_all(&body)
    } else {
        flate2::write::ZlibEncoder::new(&mut bytes, level).write_all(&body)
    };
    match random.below(4) {
        0 => {
            let at = random.below(bytes.len().max(1));
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << random.below(8);
            }
        }
        1 => bytes.truncate(random.below(bytes.len().max(1))),
        2 => bytes.extend_from_slice(b"\x1f\x8b\x08"),
        _ => {}
    }
    bytes
}

#[test]
fn codings_are_the_same_however_they_are_cut() {
    run(1_000, encoded, fuzz::codings);
}
