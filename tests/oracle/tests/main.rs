//! The engine beside the oracle and the cases, one program.

mod agreement;
mod cases;
mod events;
mod exchanged;
mod listing;
mod nodes;
mod reach;
mod regressions;
mod salvage;
