//! Attacks on a masking filter, and ordinary responses that must arrive, as data; a runner that tries them in a real Envoy,
//! against our filter or any other; and the table of what got through. [`case`] says what a case can say.

pub mod answer;
pub mod case;
pub mod exchange;
pub mod expand;
pub mod judge;
pub mod pages;
pub mod results;
pub mod run;
pub mod setup;
pub mod upstream;
