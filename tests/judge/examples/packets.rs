//! Compares what the reachability engine says of packets in random clusters with what kube-network-policies enforces:
//! `packets JUDGE CLUSTERS [FIRST]`. JUDGE is the program of `tests/oracles/packets`.
#![expect(clippy::print_stdout, clippy::expect_used, reason = "a test program")]

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, ExitCode, Stdio};

use meshveil_judge::enforced::Enforced;
use meshveil_judge::generate::{Kinds, input};

/// As many differences are shown.
const SHOWN: usize = 5;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let judge = arguments.next().expect("JUDGE: the program to ask");
    let clusters: u64 = arguments.next().and_then(|text| text.parse().ok()).expect("CLUSTERS: a number");
    let first: u64 = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(1);
    let mut judge = Command::new(judge).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the judge runs");
    let mut asks = judge.stdin.take().expect("its input");
    let mut answers = BufReader::new(judge.stdout.take().expect("its output"));
    let (mut asked, mut packets, mut passed, mut shown, mut wrong) = (0, 0, 0, 0, 0);
    for seed in first..first + clusters {
        let kinds = if seed.is_multiple_of(5) { Kinds::Admin } else { Kinds::Network };
        let Some(cluster) = Enforced::new(&input(seed, kinds)) else { continue };
        writeln!(asks, "{}", serde_json::to_string(&cluster).expect("JSON")).expect("the judge reads");
        asks.flush().expect("the judge reads");
        let mut line = String::new();
        answers.read_line(&mut line).expect("the judge answers");
        let answer: Vec<Vec<bool>> = serde_json::from_str(&line).expect("the judge's answer");
        let differences = cluster.differences(&answer);
        if let Some(first) = differences.first().filter(|_| shown < SHOWN) {
            shown += 1;
            println!("cluster {seed}: {} differences: {first}\n{}", differences.len(), cluster.text());
        }
        asked += 1;
        packets += cluster.packets();
        passed += answer.iter().flatten().filter(|passes| **passes).count();
        wrong += differences.len();
    }
    drop(asks);
    println!("{asked} clusters, {packets} packets, {passed} of them pass; {} differences", wrong);
    // A judge that lets everything or nothing pass says nothing.
    let is_telling = passed > packets / 10 && passed < packets * 9 / 10;
    let ok = judge.wait().is_ok_and(|status| status.success()) && wrong == 0 && is_telling;
    if ok { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
