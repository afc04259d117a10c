//! Versions of the policy format: which are read, and for how long.

/// The group that versions belong to, with the slash behind it.
pub(crate) const GROUP: &str = "meshveil.dev/";

const V1: &str = "meshveil.dev/v1";
const V1ALPHA1: &str = "meshveil.dev/v1alpha1";

/// What `apiVersion` may say.
pub(crate) const NAMES: &[&str] = &[V1, V1ALPHA1];

/// A release of meshveil: its first two numbers.
pub type Release = (u32, u32);

/// A version of the format.
#[derive(Debug, PartialEq, Eq)]
pub struct Version {
    /// As `apiVersion` says it: `meshveil.dev/v1`.
    pub name: &'static str,
    /// Since which release a policy in this version is a finding; `None` for the newest.
    pub deprecated: Option<Release>,
    /// Since which release it is no longer read.
    pub removed: Option<Release>,
}

/// Every version there ever was, the newest first. A version is read for two minor releases after the first that
/// reports it.
pub static VERSIONS: [Version; 2] = [
    Version { name: V1, deprecated: None, removed: None },
    Version { name: V1ALPHA1, deprecated: Some((0, 2)), removed: Some((0, 4)) },
];

impl Version {
    /// The version that `meshveil convert` writes.
    #[must_use]
    pub fn newest() -> &'static Self {
        let [newest, ..] = &VERSIONS;
        newest
    }

    /// The version of this name.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        VERSIONS.iter().find(|version| version.name == name)
    }

    /// Whether a release reads it.
    #[must_use]
    pub fn is_read_by(&self, release: Release) -> bool {
        self.removed.is_none_or(|removed| release < removed)
    }

    /// Whether a release reports it.
    #[must_use]
    pub fn is_deprecated_in(&self, release: Release) -> bool {
        self.deprecated.is_some_and(|deprecated| release >= deprecated)
    }
}

/// This release.
#[must_use]
pub fn release() -> Release {
    let number = |text: &str| text.parse().unwrap_or_default();
    (number(env!("CARGO_PKG_VERSION_MAJOR")), number(env!("CARGO_PKG_VERSION_MINOR")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_version_is_read_in_silence_then_reported_for_two_releases_then_refused() {
        let old = Version::find("meshveil.dev/v1alpha1").unwrap();
        let seen = |release| (old.is_read_by(release), old.is_deprecated_in(release));
        assert_eq!(seen((0, 1)), (true, false));
        assert_eq!(seen((0, 2)), (true, true));
        assert_eq!(seen((0, 3)), (true, true));
        assert_eq!(seen((0, 4)), (false, true));
        assert_eq!(seen((1, 0)), (false, true));
    }

    #[test]
    fn the_newest_is_never_reported_and_this_release_reads_it() {
        for release in [release(), (9, 9)] {
            assert!(Version::newest().is_read_by(release) && !Version::newest().is_deprecated_in(release));
        }
    }

    #[test]
    fn every_version_is_one_that_may_be_written() {
        assert_eq!(VERSIONS.iter().map(|version| version.name).collect::<Vec<_>>(), NAMES);
        assert!(NAMES.iter().all(|name| name.starts_with(GROUP)));
    }

    #[test]
    fn a_version_is_read_for_two_releases_after_the_first_that_reports_it() {
        for version in &VERSIONS {
            let two_later = version.deprecated.map(|(major, minor)| (major, minor + 2));
            assert_eq!(version.removed, two_later, "{}", version.name);
        }
    }
}
