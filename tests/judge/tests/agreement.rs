//! The reachability engine and the judge agree on random clusters.
//!
//! `MESHVEIL_CLUSTERS` runs more of them, `MESHVEIL_SEED` others, `MESHVEIL_TALLY=1` prints how they are made up.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test")]

use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use meshveil_judge::agree::{Depth, Outcome, check};
use meshveil_judge::generate::{Input, Kinds, Style, input};
use meshveil_judge::shrink::shrink;
use meshveil_judge::tally::Tally;

fn number(name: &str, default: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name}: a number")),
        Err(_) => default,
    }
}

/// A panic of the engine is a difference too.
fn outcome(input: &Input, depth: Depth, tally: &mut Tally) -> Outcome {
    catch_unwind(AssertUnwindSafe(|| check(input, depth, tally))).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map_or("", String::as_str);
        Outcome::Differs(format!("a panic: {text}"))
    })
}

/// Compares on `clusters` seeds, on all cores; every eighth cluster closely.
fn agree(clusters: u64, kinds: Kinds) -> Tally {
    let first = number("MESHVEIL_SEED", 1) << 32;
    let next = AtomicU64::new(0);
    let total = Mutex::new(Tally::default());
    let failed = Mutex::new(None);
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut tally = Tally::default();
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= clusters {
                        break;
                    }
                    let input = input(first + index, kinds);
                    let depth = if index.is_multiple_of(8) { Depth::Close } else { Depth::Choice };
                    if outcome(&input, depth, &mut tally) != Outcome::Agreed {
                        next.store(clusters, Ordering::Relaxed);
                        *failed.lock().unwrap() = Some(input);
                        break;
                    }
                }
                total.lock().unwrap().add(&tally);
            });
        }
    });
    if let Some(input) = failed.into_inner().unwrap() {
        fail(input);
    }
    let total = total.into_inner().unwrap();
    if number("MESHVEIL_TALLY", 0) > 0 {
        println!("{kinds:?}: {clusters} clusters; {total}");
    }
    total
}

fn fail(input: Input) -> ! {
    let seed = input.seed;
    let all = |input: &Input| outcome(input, Depth::Everything, &mut Tally::default());
    let is_refused = |outcome: &Outcome| matches!(outcome, Outcome::Differs(text) if text.contains("refuses"));
    let wanted = all(&input);
    let small = shrink(input, &|input| {
        let outcome = all(input);
        matches!(outcome, Outcome::Differs(_)) && is_refused(&outcome) == is_refused(&wanted)
    });
    let small = Input { style: Style::Blocks, ..small };
    panic!("seed {seed}: {wanted:?}, smaller: {:?}\npod ranges: {:?}\n{}", all(&small), small.pod_ranges, small.text());
}

fn clusters() -> u64 {
    number("MESHVEIL_CLUSTERS", 100_000)
}

#[test]
fn engine_and_judge_agree_on_network_policies() {
    let tally = agree(clusters() * 4 / 5, Kinds::Network);
    // What makes a wrong engine visible must not be rare.
    let packets = tally.packets();
    assert!(packets > 0, "no packet was asked about");
    for (count, of_10_000) in [
        (tally.passed, 3000),
        (packets - tally.passed, 1500),
        (tally.by_one_rule, 500),
        (tally.both_isolated, 200),
        (tally.other_side_refuses, 100),
        (tally.by_name, 10),
        (tally.by_except, 30),
    ] {
        assert!(count * 10_000 >= packets * of_10_000, "too few interesting packets: {tally}");
    }
}

#[test]
fn engine_and_judge_agree_on_administrators_policies() {
    let tally = agree(clusters() / 5, Kinds::Admin);
    assert!(tally.by_admin * 10 >= tally.packets(), "too few packets that an administrator decides: {tally}");
}
