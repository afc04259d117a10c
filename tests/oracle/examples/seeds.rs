//! Writes random inputs of a fuzz target as files for a fuzzer to start from: `seeds TARGET FOLDER COUNT`.
#![expect(clippy::expect_used, reason = "a tool of the tests")]

use std::path::PathBuf;

use meshveil_oracle::{fuzz, generate};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let target = arguments.next().expect("a target");
    let folder = PathBuf::from(arguments.next().expect("a folder"));
    let count: u64 = arguments.next().and_then(|text| text.parse().ok()).expect("a number");
    std::fs::create_dir_all(&folder).expect("a folder that can be made");
    for seed in 0..count {
        let input = if seed % 2 == 0 { generate::input(seed) } else { generate::damaged(seed) };
        let data = match target.as_str() {
            "headers" => fuzz::random_headers(seed),
            "writes" => fuzz::random_write(seed),
            "framings" | "codings" => input.bytes,
            _ => input.write(),
        };
        std::fs::write(folder.join(format!("seed-{seed}")), data).expect("a file that can be written");
    }
}
