//! Whole runs of the command line, and every command shown in the documentation.

#[test]
fn prints_what_the_documentation_shows() {
    trycmd::TestCases::new()
        .default_bin_name("meshveil")
        .env("COLUMNS", "100")
        .env("MESHVEIL_KEY", "a key for tests, 32 bytes or more")
        .case("tests/cmd/*.trycmd")
        .case("../README.md");
}
