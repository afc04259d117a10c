//! What the policy file means, one program.

mod codes;
mod decides_nothing;
mod masks;
mod meaning;
mod reference;
mod shop;
