//! The engine beside other ways to read or mask the same documents, natively. `make bench` gathers the results into one
//! table.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a benchmark stops at the first surprise")]

use std::hint::black_box;
use std::path::PathBuf;
use std::time::Duration;

use criterion::{Criterion, Throughput};
use meshveil_bench_workloads::contestants;

fn main() {
    // Results are kept with those of the other benchmarks.
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    let mut criterion = Criterion::default()
        .output_directory(&target.join("bench").join("criterion"))
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .sample_size(30)
        .configure_from_args();
    for group in contestants::groups().unwrap_or_else(|error| panic!("{error}")) {
        let mut measured = criterion.benchmark_group(group.name);
        measured.throughput(Throughput::Bytes(group.text.len() as u64));
        for mut contestant in group.contestants {
            let name = contestant.name.clone();
            measured.bench_function(name, |bencher| {
                bencher.iter(|| contestant.run(black_box(&group.text)).unwrap());
            });
        }
        measured.finish();
    }
    criterion.final_summary();
}
