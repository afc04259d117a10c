//! The columns that are compared, and the run over all of them.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use meshveil_bench_workloads::documents::{customer_rules, customers};
use meshveil_bench_workloads::{MASK, Rule};
use serde_json::{Value, json};

use crate::arguments::Arguments;
use crate::envoy::{self, Setup};
use crate::{Failure, markdown, memory, speed, targets, upstream};

/// The bodies: name of the path, bytes at most.
pub(crate) const SIZES: [(&str, usize); 4] = [("1KB", 1_000), ("10KB", 10_000), ("100KB", 100_000), ("1MB", 1_000_000)];
/// The largest, for memory only.
pub(crate) const LARGE: (&str, usize) = ("10MB", 10_000_000);

/// What one column of the tables runs.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    /// For tables.
    pub(crate) title: &'static str,
    pub(crate) setup: Setup,
    /// In front of the name of the body in the path.
    pub(crate) prefix: &'static str,
    /// Are bodies masked on the way?
    pub(crate) masks: bool,
}

/// Position of each column in [`columns`].
pub(crate) const ALONE: usize = 0;
pub(crate) const NOOP: usize = 1;
pub(crate) const COPY: usize = 2;
pub(crate) const BUFFERING: usize = 3;
pub(crate) const OURS: usize = 4;
pub(crate) const OURS_OFF: usize = 5;

/// All columns. The two of ours use the same filter and plan.
fn columns(target: &Path) -> Result<Vec<Column>, Failure> {
    let modules = target.join("wasm32-wasip1");
    let plan = plan().to_string();
    let column = |title, name: &'static str, wasm: Option<&str>, prefix, masks| Column {
        title,
        setup: Setup {
            name,
            wasm: wasm.map(|file| modules.join(file)),
            configuration: String::new(),
            buffer_limit: None,
        },
        prefix,
        masks,
    };
    let mut columns = vec![
        column("Envoy alone", "alone", None, "", false),
        column("does nothing", "noop", Some("release/meshveil_bench_noop.wasm"), "", false),
        column("copies", "copy", Some("release/meshveil_bench_copy.wasm"), "", false),
        column("buffers, serde_json", "buffering", Some("release/meshveil_bench_buffering.wasm"), "", true),
        column("meshveil", "meshveil", Some("filter/meshveil_filter.wasm"), "", true),
        column("meshveil, no rules on the route", "meshveil-off", Some("filter/meshveil_filter.wasm"), "/off", false),
    ];
    for column in &mut columns {
        if let Some(wasm) = &column.setup.wasm
            && !wasm.is_file()
        {
            return Err(format!("no filter at `{}`; run `make bench`", wasm.display()).into());
        }
        if column.setup.name.starts_with("meshveil") {
            column.setup.configuration.clone_from(&plan);
        }
    }
    Ok(columns)
}

/// Three fields masked for every caller, and one route where nothing is.
fn plan() -> Value {
    let fields: Vec<Value> = customer_rules()
        .iter()
        .map(|rule: &Rule| json!({ "name": rule.key, "paths": [rule.query()], "mask": { "redact": { "with": MASK } } }))
        .collect();
    json!({
        "version": 1,
        "policy": "bench/customers",
        "fields": fields,
        "routes": [{ "name": "off", "match": { "prefix": "/off" }, "masking": "off" }],
    })
}

/// Measures, prints Markdown tables and writes them, and all figures as JSON, to the results directory.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let version = envoy::version(&arguments.envoy)?;
    let columns = columns(&arguments.target)?;
    let results = arguments.results();
    fs::create_dir_all(&results)?;
    let bodies: Vec<(String, Arc<Vec<u8>>)> = SIZES
        .iter()
        .chain([&LARGE])
        .map(|(name, size)| (format!("/{name}"), Arc::new(customers(*size).into_bytes())))
        .collect();
    let upstream = upstream::start(&bodies)?;
    let bench = Bench { arguments, columns: &columns, bodies: &bodies, upstream };
    let mut text = format!("Envoy {version}, one worker, {}.\n", machine());
    let mut figures = json!({ "envoy": version, "machine": machine() });
    let mut speed = None;
    if arguments.speed {
        let measured = speed::measure(&bench)?;
        text += &markdown::speed(&columns, &measured);
        insert(&mut figures, "speed", speed::json(&columns, &measured));
        speed = Some(measured);
    }
    let mut memory = None;
    if arguments.memory {
        let measured = memory::measure(&bench)?;
        text += &markdown::memory(&columns, &measured);
        insert(&mut figures, "memory", memory::json(&columns, &measured));
        memory = Some(measured);
    }
    let targets = targets::judge(speed.as_ref(), memory.as_ref());
    text += &targets::markdown(&targets);
    insert(&mut figures, "targets", targets::json(&targets));
    println!("{text}");
    fs::write(results.join("envoy.md"), &text)?;
    fs::write(results.join("envoy.json"), format!("{figures:#}\n"))?;
    println!("Written: {0}/envoy.md, {0}/envoy.json", results.display());
    Ok(())
}

/// What all measurements share.
pub(crate) struct Bench<'a> {
    pub(crate) arguments: &'a Arguments,
    pub(crate) columns: &'a [Column],
    /// Path and body as the upstream sends it.
    pub(crate) bodies: &'a [(String, Arc<Vec<u8>>)],
    /// Port of the upstream.
    pub(crate) upstream: u16,
}

impl Bench<'_> {
    /// Checks that `got` is what `column` makes of `body`: the same JSON with the three fields masked, or the same bytes.
    pub(crate) fn verify(column: &Column, body: &[u8], got: &[u8]) -> Result<(), Failure> {
        let right = if column.masks {
            let mut expected = Vec::new();
            meshveil_bench_workloads::contestants::value::mask(body, &customer_rules(), &mut expected)?;
            serde_json::from_slice::<Value>(&expected)? == serde_json::from_slice::<Value>(got)?
        } else {
            body == got
        };
        if right { Ok(()) } else { Err(format!("the answer of `{}` is wrong", column.title).into()) }
    }
}

fn insert(figures: &mut Value, key: &str, value: Value) {
    if let Some(members) = figures.as_object_mut() {
        members.insert(key.to_owned(), value);
    }
}

fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let information = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = information
        .lines()
        .find(|line| line.starts_with("model name"))
        .and_then(|line| line.split(':').nth(1))
        .map_or("unknown processor", str::trim);
    format!("{cores} cores, {model}")
}
