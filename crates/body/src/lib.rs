//! What a body is, by what its headers say of it.

pub mod media_type;

pub use media_type::MediaType;
