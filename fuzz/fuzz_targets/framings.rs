//! Any bytes, any cuts: every framing does what it does in one chunk.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| meshveil_oracle::fuzz::framings(data));
