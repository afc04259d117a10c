//! A policy and a sample to what every caller gets of it: the policy's own checks, plan, engine and masks, natively and as a module
//! for pages ([`module`]).

mod answer;
mod module;
mod spans;
mod view;

pub use answer::{Access, AccessClass, Answer, Body, Note, Question, View, answer, answer_with, views};
pub use module::ask_in_json;
pub use view::{ViewError, is_keyed, view};
