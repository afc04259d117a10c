//! The engine and the oracle agree on random documents, rule sets and cuts, valid and damaged.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};

use meshveil_oracle::agree::{check, check_cuts};
use meshveil_oracle::generate;
use meshveil_oracle::input::Input;
use meshveil_oracle::shrink::shrink;
use meshveil_plan::Limits;

/// Pairs of a document and a rule set; `MESHVEIL_PAIRS` runs more, `MESHVEIL_SEED` others.
fn number(name: &str, default: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name}: a number")),
        Err(_) => default,
    }
}

type Check = fn(&Input, &Limits) -> Result<(), String>;

fn verdict(check: Check, input: &Input, limits: &Limits) -> Result<(), String> {
    catch_unwind(AssertUnwindSafe(|| check(input, limits))).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        Err(text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default())
    })
}

/// Runs `make` on every seed, on all cores.
fn agree(check: Check, pairs: u64, limits: &Limits, make: fn(u64) -> Input) {
    let first = number("MESHVEIL_SEED", 1) << 32;
    let next = AtomicU64::new(0);
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= pairs {
                        return;
                    }
                    let input = make(first + index);
                    if verdict(check, &input, limits).is_err() {
                        next.store(pairs, Ordering::Relaxed);
                        fail(check, first + index, input, limits);
                    }
                }
            });
        }
    });
}

fn fail(check: Check, seed: u64, input: Input, limits: &Limits) {
    let small = shrink(input, &|input| verdict(check, input, limits).is_err());
    let message = verdict(check, &small, limits).unwrap_err();
    let file = small.write().escape_ascii().to_string();
    panic!("seed {seed}: {message}\nas a file of fuzz/regressions/oracle/ (escaped): {file}");
}

#[test]
fn engine_and_oracle_agree_on_valid_documents() {
    agree(check, number("MESHVEIL_PAIRS", 100_000) * 7 / 10, &Limits::default(), generate::input);
}

#[test]
fn engine_and_oracle_agree_on_damaged_documents() {
    agree(check, number("MESHVEIL_PAIRS", 100_000) * 2 / 10, &Limits::default(), generate::damaged);
}

#[test]
fn engine_and_oracle_agree_near_limits() {
    let limits = Limits { depth: 6, key: 16, value: 16, ..Limits::default() };
    agree(check, number("MESHVEIL_PAIRS", 100_000) / 10, &limits, generate::damaged);
}

#[test]
fn what_is_held_and_counted_does_not_depend_on_cuts() {
    for (held, steps) in [(24, 10_000_000), (1_048_576, 60)] {
        let limits = Limits { depth: 16, key: 24, value: 16, held, steps };
        agree(check_cuts, number("MESHVEIL_PAIRS", 100_000) / 10, &limits, generate::damaged);
    }
}
