//! Writes random inputs as files for a fuzzer to start from: `seeds FOLDER COUNT`.
#![expect(clippy::expect_used, reason = "a tool of the tests")]

use std::path::PathBuf;

use meshveil_oracle::generate;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().expect("a folder"));
    let count: u64 = arguments.next().and_then(|text| text.parse().ok()).expect("a number");
    std::fs::create_dir_all(&folder).expect("a folder that can be made");
    for seed in 0..count {
        let input = if seed % 2 == 0 { generate::input(seed) } else { generate::damaged(seed) };
        std::fs::write(folder.join(format!("seed-{seed}")), input.write()).expect("a file that can be written");
    }
}
