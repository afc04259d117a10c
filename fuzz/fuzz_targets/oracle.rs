//! Any bytes, any rules, any cuts: the stream does what the oracle does.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| meshveil_oracle::fuzz::oracle(data));
