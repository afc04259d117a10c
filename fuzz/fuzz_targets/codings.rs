//! Any bytes, any cuts: every content coding does what it does in one chunk, and never panics.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| meshveil_oracle::fuzz::codings(data));
