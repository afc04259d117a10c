//! The command line of the benchmark.

use std::path::PathBuf;
use std::time::Duration;

use crate::Failure;

const USAGE: &str =
    "usage: meshveil-bench envoy|engine [--envoy PATH] [--target DIR] [--rounds N] [--seconds S] [--only speed|memory]
       meshveil-bench instructions --module FILE --base FILE";

/// What is measured or shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Command {
    /// Filters in a real Envoy.
    Envoy,
    /// What `cargo bench` has measured of the engine.
    Engine,
    /// Two builds of the filter, by the work they do.
    Instructions,
}

#[derive(Debug)]
pub(crate) struct Arguments {
    pub(crate) command: Command,
    /// The program.
    pub(crate) envoy: PathBuf,
    /// Where cargo built the filters; results are written to `bench/` in it.
    pub(crate) target: PathBuf,
    /// Measurements per cell of the speed table.
    pub(crate) rounds: usize,
    /// About how long one measurement takes.
    pub(crate) round: Duration,
    pub(crate) speed: bool,
    pub(crate) memory: bool,
    /// The filter as it is.
    pub(crate) module: PathBuf,
    /// The filter that it is compared with.
    pub(crate) base: PathBuf,
}

impl Arguments {
    pub(crate) fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, Failure> {
        let command = match words.next().as_deref() {
            Some("envoy") => Command::Envoy,
            Some("engine") => Command::Engine,
            Some("instructions") => Command::Instructions,
            _ => return Err(USAGE.into()),
        };
        let mut arguments = Self {
            command,
            envoy: PathBuf::from(".venv/bin/envoy"),
            target: PathBuf::from("target"),
            rounds: 7,
            round: Duration::from_millis(1_000),
            speed: true,
            memory: true,
            module: PathBuf::new(),
            base: PathBuf::new(),
        };
        while let Some(option) = words.next() {
            let value = words.next().ok_or_else(|| format!("`{option}` needs a value; {USAGE}"))?;
            let number = || {
                value
                    .parse::<f64>()
                    .ok()
                    .filter(|number| *number > 0.0 && *number <= 1_000.0)
                    .ok_or_else(|| format!("`{option} {value}`: not a number from 0 to 1000"))
            };
            match option.as_str() {
                "--envoy" => arguments.envoy = PathBuf::from(value),
                "--module" => arguments.module = PathBuf::from(value),
                "--base" => arguments.base = PathBuf::from(value),
                "--target" => arguments.target = PathBuf::from(value),
                "--rounds" => arguments.rounds = number()?.ceil() as usize,
                "--seconds" => arguments.round = Duration::from_secs_f64(number()?),
                "--only" => {
                    arguments.speed = value == "speed";
                    arguments.memory = value == "memory";
                    if !arguments.speed && !arguments.memory {
                        return Err(USAGE.into());
                    }
                }
                _ => return Err(format!("unknown option `{option}`; {USAGE}").into()),
            }
        }
        Ok(arguments)
    }

    /// Where results are written.
    pub(crate) fn results(&self) -> PathBuf {
        self.target.join("bench")
    }
}
