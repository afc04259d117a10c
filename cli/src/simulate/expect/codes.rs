//! Codes of expectations.

/// A sentence that cannot be read.
pub(crate) const WORDING: &str = "MV-E01";
/// A name that means nothing, or too much.
pub(crate) const NAME: &str = "MV-E02";
/// A sentence that is about nobody and would hold whatever happens.
pub(crate) const NOBODY: &str = "MV-E03";
/// An expectation that does not hold.
pub(crate) const BROKEN: &str = "MV-E04";

/// Every code with what `meshveil explain` says about it.
pub(crate) const ALL: [(&str, &str); 4] = [
    (WORDING, "an expectation that cannot be read"),
    (NAME, "an expectation about a name that means nothing, or too much"),
    (NOBODY, "an expectation about nobody, which would hold whatever happens"),
    (BROKEN, "an expectation that does not hold"),
];

/// The page that documents them.
pub(crate) const PAGE: &str = "docs/reference/assertions.md";
