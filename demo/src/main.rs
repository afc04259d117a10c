//! The demo: one response of the sample shop as four callers see it, through a real Envoy.

mod background;
mod expectation;
mod render;
mod set_up;
mod tour;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;

const USAGE: &str = "usage: meshveil-demo run | up | down | certificates DIRECTORY";

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done: Result<ExitCode> = match arguments.as_slice() {
        ["run"] => tour::run().await,
        ["up"] => background::up().map(|()| ExitCode::SUCCESS),
        ["serve"] => background::serve().await.map(|()| ExitCode::SUCCESS),
        ["down"] => background::down().map(|()| ExitCode::SUCCESS),
        ["certificates", directory] => {
            meshveil_tests::shipped::write_certificates(Path::new(directory)).map(|()| ExitCode::SUCCESS)
        }
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    done.unwrap_or_else(|error| {
        eprintln!("demo: {error:#}");
        ExitCode::from(2)
    })
}
