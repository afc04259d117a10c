//! What a mask says about itself, all in its own file: documentation and parameters as data, what it does, what it reveals.

use std::fmt;

use crate::{Context, Keys, MaskError, Output, Parameter, Reveals, Sink, Value, parameter::Slot};

/// What stands in for a value of which a mask that shows a part can show none.
pub(crate) const HIDDEN: &str = "***";

/// One mask as the reference page shows it. Every example is a test.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// How the mask is spelled in a policy.
    pub id: &'static str,
    /// Whether the mask needs a key.
    pub keyed: bool,
    /// What it does, in one sentence or two.
    pub summary: &'static str,
    /// Its parameters, in the order of the page.
    pub parameters: &'static [Parameter],
    /// What it makes of which value.
    pub examples: &'static [Example],
}

/// One value before and after.
#[derive(Debug, Clone, Copy)]
pub struct Example {
    /// The mask's parameters, as a JSON object.
    pub parameters: &'static str,
    /// The matched value, as JSON.
    pub input: &'static str,
    /// What stands in for it, as JSON; empty where nothing does ([`Container::Drop`]).
    pub output: &'static str,
    /// What the example shows; may be empty.
    pub note: &'static str,
}

/// What a mask does with a matched object or array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    /// Each scalar inside is masked on its own; keys and structure stay.
    Leaves,
    /// The whole value is replaced by what [`Mask::unseen`] writes.
    Whole,
    /// The member or element disappears, whatever its type.
    Drop,
}

impl fmt::Display for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Leaves => "Each scalar inside is masked on its own; keys and structure stay visible.",
            Self::Whole => "The whole object or array is replaced.",
            Self::Drop => "The whole object or array disappears with its key.",
        })
    }
}

/// The parameters of a mask, as [`parameters!`](crate::parameters) declares them.
pub(crate) trait Parameters {
    /// Where they are, in the order of [`Entry::parameters`].
    fn slots(&mut self) -> Vec<&mut dyn Slot>;
}

/// A mask with its parameters. What a mask must say has no default here: one that forgets it does not compile.
pub(crate) trait Definition: Parameters {
    /// What a reader can learn of a value at most.
    fn reveals(&self) -> Reveals;

    /// Whether what stands in for a value always has the value's type.
    fn type_kept(&self) -> bool;

    /// What happens to a matched object or array.
    fn container(&self) -> Container;

    /// Makes the mask ready to run. The parameters have been checked. `field` scopes keyed masks.
    fn compile(&self, field: &str, keys: &Keys) -> Result<Box<dyn Mask>, MaskError>;

    /// Whether parameters, each of which is right on its own, fit together.
    fn check(&self) -> Result<(), MaskError> {
        Ok(())
    }

    /// The text that stands in for every value, where one does.
    fn constant(&self) -> Option<&str> {
        None
    }
}

/// A compiled mask.
pub trait Mask: fmt::Debug + Send + Sync {
    /// Whether [`Mask::mask`] looks at the characters of texts and numbers, or at the context. When it does not, what it
    /// writes depends on the type of the value alone (for booleans, on the value): it may be asked once, with empty text.
    fn needs_text(&self) -> bool;

    /// Writes the value that stands in for `value`.
    fn mask(&self, value: Value<'_>, context: &Context<'_>, sink: &mut dyn Sink) -> Output;

    /// Writes what stands in for a value that is not looked at: an object or array ([`Container::Whole`]), or a scalar
    /// that is too long.
    fn unseen(&self, sink: &mut dyn Sink) -> Output {
        sink.push(HIDDEN);
        Output::Text
    }
}

/// Declares the parameters of a mask, each with its name, its kind, its place, its type and its default:
/// `"keepFirst", Kind::COUNT => keep_first: u32 = 0,`. The comments are the text of the reference page.
macro_rules! parameters {
    (
        $(#[doc = $about:literal])+
        pub struct $mask:ident {
            $(
                $(#[doc = $summary:literal])+
                $name:literal, $kind:expr => $field:ident: $type:ty = $default:expr,
            )*
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $mask {
            $(
                $(#[doc = $summary])+
                pub $field: $type,
            )*
        }

        impl $mask {
            const PARAMETERS: &'static [$crate::Parameter] = &[$(
                $crate::Parameter {
                    name: $name,
                    kind: $kind,
                    summary: concat!($($summary),+).trim_ascii_start(),
                },
            )*];
        }

        impl Default for $mask {
            fn default() -> Self {
                Self { $($field: $default),* }
            }
        }

        impl $crate::definition::Parameters for $mask {
            fn slots(&mut self) -> Vec<&mut dyn $crate::parameter::Slot> {
                vec![$(&mut self.$field),*]
            }
        }
    };
}

pub(crate) use parameters;
