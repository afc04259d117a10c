//! Compares the filter with others in a real Envoy: speed, CPU and memory; and prints what `cargo bench` measured of
//! the engine as one table.

mod arguments;
mod columns;
mod engine_table;
mod envoy;
mod instructions;
mod load;
mod markdown;
mod memory;
mod response;
mod speed;
mod targets;
mod upstream;

use std::process::ExitCode;

/// What went wrong, in words for the person at the terminal.
type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Failure> {
    let arguments = arguments::Arguments::parse(std::env::args().skip(1))?;
    match arguments.command {
        arguments::Command::Engine => engine_table::run(&arguments),
        arguments::Command::Envoy => columns::run(&arguments),
        arguments::Command::Instructions => instructions::run(&arguments),
    }
}
