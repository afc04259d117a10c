//! Envoy's memory while 32 large bodies are under way at once.

use std::fs;
use std::time::Duration;

use meshveil_bench_workloads::contestants::{naive, value};
use meshveil_bench_workloads::documents;
use serde_json::{Value, json};

use crate::Failure;
use crate::columns::{ALONE, BUFFERING, Bench, Column, LARGE, OURS, SIZES};
use crate::envoy::Envoy;
use crate::load::{self, Load};
use crate::speed::median;

const STREAMS: usize = 32;
/// Fresh processes per cell; the table shows medians.
const REPEATS: usize = 3;
/// What the buffering filter needs to get 10 MB through at all.
const BUFFER_LIMIT: u32 = 64 << 20;

/// The figures of one column.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    /// Position in the list of columns.
    pub(crate) column: usize,
    /// Bytes resident before the load.
    pub(crate) idle: f64,
    /// Highest bytes resident above that, by size of the body: 1 MB, 10 MB.
    pub(crate) above: Vec<f64>,
    /// Bytes of the wasm file.
    pub(crate) wasm: Option<u64>,
}

/// Names of the bodies in [`Cell::above`].
pub(crate) const BODIES: [&str; 2] = [SIZES[3].0, LARGE.0];

/// Measures Envoy alone, the buffering filter and ours; the others only lend the size of their files.
pub(crate) fn measure(bench: &Bench<'_>) -> Result<Vec<Cell>, Failure> {
    let mut cells = Vec::new();
    for (index, column) in bench.columns.iter().enumerate() {
        if !column.prefix.is_empty() {
            continue;
        }
        let wasm = match &column.setup.wasm {
            Some(file) => Some(fs::metadata(file)?.len()),
            None => None,
        };
        let mut cell = Cell { column: index, idle: f64::NAN, above: Vec::new(), wasm };
        if [ALONE, BUFFERING, OURS].contains(&index) {
            for name in BODIES {
                eprintln!("memory {}: {STREAMS} x {name}", column.title);
                let mut idle = Vec::new();
                let mut above = Vec::new();
                for _ in 0..REPEATS {
                    let (before, peak) = once(bench, index, column, name)
                        .map_err(|failure| format!("`{}`, {name}: {failure}", column.title))?;
                    idle.push(before);
                    above.push(peak - before);
                }
                cell.idle = median(idle);
                cell.above.push(median(above));
            }
        }
        cells.push(cell);
    }
    Ok(cells)
}

/// Resident bytes before and at the peak, in a fresh Envoy.
fn once(bench: &Bench<'_>, index: usize, column: &Column, name: &str) -> Result<(f64, f64), Failure> {
    let mut setup = column.setup.clone();
    if index == BUFFERING {
        setup.buffer_limit = Some(BUFFER_LIMIT);
    }
    let path = format!("/{name}");
    let body = bench
        .bodies
        .iter()
        .find(|(served, _)| *served == path)
        .map(|(_, body)| body)
        .ok_or("a body that is not served")?;
    let directory = bench.arguments.results();
    let envoy = Envoy::start(&bench.arguments.envoy, &directory, &setup, bench.upstream)?;
    std::thread::sleep(Duration::from_millis(500));
    envoy.reset_peak()?;
    let (idle, _) = envoy.memory()?;
    // All 32 from the first moment on: nothing before them warms the process up.
    let length = if column.masks { masked_length(index, body)? } else { body.len() };
    let load = Load { port: envoy.port, path: path.clone(), connections: STREAMS, requests: STREAMS, length };
    load::run(&load)?;
    let (_, peak) = envoy.memory()?;
    Bench::verify(column, body, &load::fetch(envoy.port, &path)?)?;
    Ok((idle as f64, peak as f64))
}

/// How long `body` is once it is masked. A tree prints numbers in its own way, so it differs.
fn masked_length(index: usize, body: &[u8]) -> Result<usize, Failure> {
    let rules = documents::customer_rules();
    let mut masked = Vec::new();
    if index == BUFFERING {
        value::mask(body, &rules, &mut masked)?;
    } else {
        naive::mask(body, &rules, &mut masked);
    }
    Ok(masked.len())
}

/// All figures, in bytes.
pub(crate) fn json(columns: &[Column], cells: &[Cell]) -> Value {
    cells
        .iter()
        .filter_map(|cell| {
            let name = columns.get(cell.column)?.setup.name;
            let above: Value =
                BODIES.iter().zip(&cell.above).map(|(body, bytes)| ((*body).to_owned(), json!(bytes))).collect();
            let figures = json!({ "wasm": cell.wasm, "idle": cell.idle, "aboveIdle": above });
            Some((name.to_owned(), figures))
        })
        .collect()
}
