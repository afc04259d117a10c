//! The engine beside the oracle and the cases, one program.

mod agreement;
mod cases;
mod nodes;
mod reach;
mod regressions;
