//! Any response headers and trailers: what arrives tells nothing of the clear body.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| meshveil_oracle::fuzz::headers(data));
