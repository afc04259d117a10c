//! Any request body, any cuts: what carries a mask back is refused, and nothing else for it.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| meshveil_oracle::fuzz::writes(data));
