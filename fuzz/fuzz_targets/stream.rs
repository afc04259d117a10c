//! Any bytes, any rules, any cuts: the stream does what it does in one chunk.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| meshveil_oracle::fuzz::stream(data));
