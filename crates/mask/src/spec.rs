//! The type of a mask as it is written, whichever mask it is: made from one list.

use core::cmp::Reverse;

use crate::{Argument, Container, Keys, Mask, MaskError, MaskSpec, Parameter, Reveals};

/// Makes [`MaskSpec`], the catalogue and everything that differs from mask to mask from the list of masks.
macro_rules! masks {
    ($($module:ident::$mask:ident,)+) => {
        $(pub use $module::$mask;)+

        /// Every mask, in the order of the reference page.
        pub const CATALOGUE: &[$crate::Entry] = &[$($module::ENTRY),+];

        /// The name of every mask, in the order of the catalogue.
        pub const NAMES: &[&str] = &[$($module::ENTRY.id),+];

        /// A mask as spelled in a plan, a policy or a rules file: `"redact"` (every parameter has its default) or
        /// `{"redact": {"with": "#"}}`.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum MaskSpec {
            $(
                #[doc = concat!("See [`", stringify!($mask), "`].")]
                $mask($mask),
            )+
        }

        impl MaskSpec {
            /// The mask of this name, with the defaults of its parameters.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                $(if name == const { $module::ENTRY.id } {
                    return Some(Self::$mask($mask::default()));
                })+
                None
            }

            /// How the mask is spelled.
            #[must_use]
            pub const fn id(&self) -> &'static str {
                match self {
                    $(Self::$mask(_) => const { $module::ENTRY.id },)+
                }
            }

            /// Whether the mask needs a key to compile.
            #[must_use]
            pub const fn is_keyed(&self) -> bool {
                match self {
                    $(Self::$mask(_) => const { $module::ENTRY.keyed },)+
                }
            }

            /// Its parameters, in the order of the reference page.
            #[must_use]
            pub const fn parameters(&self) -> &'static [$crate::Parameter] {
                match self {
                    $(Self::$mask(_) => const { $module::ENTRY.parameters },)+
                }
            }

            pub(crate) fn definition(&self) -> &dyn $crate::definition::Definition {
                match self {
                    $(Self::$mask(mask) => mask,)+
                }
            }

            pub(crate) fn definition_mut(&mut self) -> &mut dyn $crate::definition::Definition {
                match self {
                    $(Self::$mask(mask) => mask,)+
                }
            }
        }
    };
}

pub(crate) use masks;

impl MaskSpec {
    /// The values of the parameters, in their order.
    #[must_use]
    pub fn arguments(&self) -> Vec<Argument> {
        self.clone().definition_mut().slots().iter().map(|slot| slot.get()).collect()
    }

    /// Gives a parameter a value that its kind allows; false where the mask has no such parameter.
    pub fn set(&mut self, parameter: &str, argument: Argument) -> bool {
        let Some(at) = self.parameters().iter().position(|known| known.name == parameter) else { return false };
        self.definition_mut().slots().into_iter().nth(at).is_some_and(|slot| slot.set(argument))
    }

    /// Checks every parameter, and that they fit together.
    ///
    /// # Errors
    /// [`MaskError`] with the first parameter that is at fault.
    pub fn check(&self) -> Result<(), MaskError> {
        for (&Parameter { name, kind, .. }, argument) in self.parameters().iter().zip(self.arguments()) {
            if argument.with_written(|written| kind.read(written)).is_none() {
                return Err(MaskError::Parameter { parameter: name, kind });
            }
        }
        self.definition().check()
    }

    /// Checks the parameters and makes the mask ready to run. `field` scopes keyed masks: the same value in two fields gets
    /// two pseudonyms.
    ///
    /// # Errors
    /// [`MaskError`] when the parameters make no sense, or a key is missing or too short.
    pub fn compile(&self, field: &str, keys: &Keys) -> Result<Box<dyn Mask>, MaskError> {
        self.check()?;
        self.definition().compile(field, keys)
    }

    /// What a reader can learn of a value that this mask replaces, at most.
    #[must_use]
    pub fn reveals(&self) -> Reveals {
        self.definition().reveals()
    }

    /// Orders masks by how much they hide: where two rules match one value, the greater wins; where they are equal, the
    /// rule that was written first.
    #[must_use]
    pub fn strictness(&self) -> Reverse<Reveals> {
        Reverse(self.reveals())
    }

    /// Whether what stands in for a value always has the value's type.
    #[must_use]
    pub fn type_kept(&self) -> bool {
        self.definition().type_kept()
    }

    /// What happens to a matched object or array.
    #[must_use]
    pub fn container(&self) -> Container {
        self.definition().container()
    }

    /// The text that stands in for every value, where one does.
    #[must_use]
    pub fn constant(&self) -> Option<&str> {
        self.definition().constant()
    }
}
