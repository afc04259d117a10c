//! Whole runs of the command line.

#[test]
fn prints_what_is_written_down() {
    trycmd::TestCases::new()
        .default_bin_name("meshveil")
        .env("COLUMNS", "100")
        .env("MESHVEIL_KEY", "a key for tests, 32 bytes or more")
        .case("tests/cmd/*.trycmd");
}
