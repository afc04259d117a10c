//! The reachability engine beside the judge and another analyser, one program.

mod agreement;
mod analyser;
