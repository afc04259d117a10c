//! The net of `meshveil-detect`, or, in a build without the feature `detect`, a net that cannot be made.

#[cfg(feature = "detect")]
pub use meshveil_detect::{Hint, Hints, Net, NetFault};

#[cfg(not(feature = "detect"))]
pub use without::{Hint, Hints, Net, NetFault};

#[cfg(not(feature = "detect"))]
mod without {
    use core::ops::Range;

    /// Why a net cannot be made.
    #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
    #[non_exhaustive]
    pub enum NetFault {
        /// This build has no detectors.
        #[error("this build has no detectors (feature `detect`)")]
        NotBuilt,
    }

    /// There is none.
    #[derive(Debug)]
    pub enum Net {}

    impl Net {
        /// # Errors
        /// Always [`NetFault::NotBuilt`].
        pub fn new<'a>(
            _: impl IntoIterator<Item = &'a str>,
            _: impl IntoIterator<Item = (&'a str, &'a str)>,
        ) -> Result<Self, NetFault> {
            Err(NetFault::NotBuilt)
        }

        /// Never called.
        #[must_use]
        pub const fn needs_names(&self) -> bool {
            match *self {}
        }

        /// Never called.
        #[must_use]
        pub const fn is_empty(&self) -> bool {
            match *self {}
        }

        /// Never called.
        #[must_use]
        pub const fn may_hold(&self, _: &[u8], _: Hint) -> bool {
            match *self {}
        }

        /// Never called.
        pub const fn find(&self, _: &str, _: Hint, _: &mut Vec<Range<usize>>) {
            match *self {}
        }

        /// Never called.
        #[must_use]
        pub const fn finds_number(&self, _: &str, _: Hint) -> bool {
            match *self {}
        }
    }

    /// Nothing.
    #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
    pub struct Hint;

    impl Hint {
        /// Nothing.
        pub const NONE: Self = Self;
    }

    /// Nothing.
    #[derive(Debug, Default)]
    pub struct Hints;

    impl Hints {
        /// Nothing.
        pub const fn of(&mut self, _: &[u8], _: Hint) -> Hint {
            Hint
        }
    }
}
