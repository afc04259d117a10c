//! Replays `fuzz/regressions/`: what fuzzing and the random tests found once stays fixed.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::path::Path;

fn replay(target: &str, run: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/regressions").join(target);
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "nothing in {}", folder.display());
    for file in files {
        println!("{}", file.display());
        run(&std::fs::read(&file).unwrap());
    }
}

#[test]
fn streams_do_not_depend_on_cuts() {
    replay("stream", meshveil_oracle::fuzz::stream);
}

#[test]
fn streams_do_what_the_oracle_does() {
    replay("oracle", meshveil_oracle::fuzz::oracle);
}

#[test]
fn framings_do_not_depend_on_cuts() {
    replay("framings", meshveil_oracle::fuzz::framings);
}

#[test]
fn codings_do_not_depend_on_cuts() {
    replay("codings", meshveil_oracle::fuzz::codings);
}

#[test]
fn headers_tell_nothing_of_the_clear_body() {
    replay("headers", meshveil_oracle::fuzz::headers);
}

#[test]
fn masks_that_are_written_back_are_found() {
    replay("writes", meshveil_oracle::fuzz::writes);
}
