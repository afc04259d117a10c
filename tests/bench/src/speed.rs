//! Requests per second and CPU time of every column, in rounds that take turns, so that a busy moment of the machine
//! hits all columns alike.

use serde_json::{Value, json};

use crate::Failure;
use crate::columns::{Bench, Column, SIZES};
use crate::envoy::Envoy;
use crate::load::{self, Load};

/// Connections, each with one request under way.
const CONNECTIONS: usize = 32;

/// One measurement.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Round {
    /// Requests per second.
    pub(crate) rate: f64,
    /// Envoy's CPU seconds.
    pub(crate) cpu: f64,
    /// Gigabytes (10^9) of bodies as the upstream sent them.
    pub(crate) gigabytes: f64,
}

/// Rounds by body size (as in [`SIZES`]), column and round.
pub(crate) type Speed = Vec<Vec<Vec<Round>>>;

/// Starts one Envoy per column and measures all sizes.
pub(crate) fn measure(bench: &Bench<'_>) -> Result<Speed, Failure> {
    let directory = bench.arguments.results();
    let envoys: Vec<Envoy> = bench
        .columns
        .iter()
        .map(|column| Envoy::start(&bench.arguments.envoy, &directory, &column.setup, bench.upstream))
        .collect::<Result<_, _>>()?;
    let mut speed = Vec::new();
    for (path, body) in bench.bodies.iter().take(SIZES.len()) {
        let mut loads = Vec::new();
        for (column, envoy) in bench.columns.iter().zip(&envoys) {
            let load = prepare(bench, column, envoy, path, body)
                .map_err(|failure| format!("`{}`, {path}: {failure}", column.title))?;
            loads.push(load);
        }
        let mut rounds = vec![Vec::new(); envoys.len()];
        for round in 0..bench.arguments.rounds {
            // Each round begins with another column.
            let order = (0..envoys.len()).map(|turn| (turn + round) % envoys.len());
            for index in order {
                if let (Some(envoy), Some(load), Some(rounds)) =
                    (envoys.get(index), loads.get(index), rounds.get_mut(index))
                {
                    rounds.push(once(envoy, load, body.len())?);
                }
            }
            eprint!("\rspeed {path}: round {} of {} ", round + 1, bench.arguments.rounds);
        }
        eprintln!();
        speed.push(rounds);
    }
    Ok(speed)
}

/// Checks one answer, warms the column up and finds how many requests take about as long as a round should.
fn prepare(bench: &Bench<'_>, column: &Column, envoy: &Envoy, path: &str, body: &[u8]) -> Result<Load, Failure> {
    let path = format!("{}{path}", column.prefix);
    let answer = load::fetch(envoy.port, &path)?;
    Bench::verify(column, body, &answer)?;
    let mut load =
        Load { port: envoy.port, path, connections: CONNECTIONS, requests: CONNECTIONS, length: answer.len() };
    let wanted = bench.arguments.round.as_secs_f64();
    loop {
        let elapsed = load::run(&load)?.as_secs_f64();
        let requests = (load.requests as f64 * wanted / elapsed.max(1e-6)) as usize;
        if elapsed * 2.0 >= wanted {
            load.requests = requests.max(CONNECTIONS);
            return Ok(load);
        }
        // Early runs are slow (V8 is still compiling), so the first estimate is too low; it grows to the true one.
        load.requests = requests.clamp(load.requests + 1, load.requests * 8);
    }
}

fn once(envoy: &Envoy, load: &Load, body: usize) -> Result<Round, Failure> {
    let before = envoy.cpu()?;
    let elapsed = load::run(load)?;
    Ok(Round {
        rate: load.requests as f64 / elapsed.as_secs_f64(),
        cpu: envoy.cpu()? - before,
        gigabytes: (load.requests * body) as f64 / 1e9,
    })
}

/// Median requests per second.
pub(crate) fn rate(rounds: &[Round]) -> f64 {
    median(rounds.iter().map(|round| round.rate).collect())
}

/// CPU seconds per gigabyte over all rounds; the clock of one round is too coarse for a median.
pub(crate) fn cpu_per_gigabyte(rounds: &[Round]) -> f64 {
    let cpu: f64 = rounds.iter().map(|round| round.cpu).sum();
    let gigabytes: f64 = rounds.iter().map(|round| round.gigabytes).sum();
    cpu / gigabytes
}

/// Median over the rounds of the ratio of both rates in the same round.
pub(crate) fn share(rounds: &[Round], of: &[Round]) -> f64 {
    let ratios = rounds.iter().zip(of).map(|(round, of)| round.rate / of.rate);
    median(ratios.collect())
}

/// The middle value, or the mean of the two in the middle; NaN where there is none.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let at = |index: usize| values.get(index).copied().unwrap_or(f64::NAN);
    if values.len().is_multiple_of(2) { (at(middle.wrapping_sub(1)) + at(middle)) / 2.0 } else { at(middle) }
}

/// All rounds.
pub(crate) fn json(columns: &[Column], speed: &Speed) -> Value {
    SIZES
        .iter()
        .zip(speed)
        .map(|((size, _), by_column)| {
            let cells: Value = columns
                .iter()
                .zip(by_column)
                .map(|(column, rounds)| {
                    let cell = json!({
                        "requestsPerSecond": rate(rounds),
                        "cpuSecondsPerGigabyte": cpu_per_gigabyte(rounds),
                        "rounds": rounds.iter().map(|round| json!({
                            "requestsPerSecond": round.rate,
                            "cpuSeconds": round.cpu,
                            "gigabytes": round.gigabytes,
                        })).collect::<Vec<_>>(),
                    });
                    (column.setup.name.to_owned(), cell)
                })
                .collect();
            ((*size).to_owned(), cells)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_is_the_middle_value() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(Vec::new()).is_nan());
    }
}
