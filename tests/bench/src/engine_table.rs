//! Gathers what criterion measured of the engine into one table with ratios.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use meshveil_bench_workloads::documents::NAMES;
use serde_json::{Value, json};

use crate::Failure;
use crate::arguments::Arguments;
use crate::markdown::table;

/// Gigabytes per second by group and contestant.
type Figures = BTreeMap<String, BTreeMap<String, f64>>;

/// Contestants in the order of the table; those not measured are left out.
const ORDER: [&str; 7] =
    ["meshveil", "meshveil-anchored", "serde_json-value", "serde_json-ignored", "naive", "sonic-rs", "simd-json"];

/// Reads `DIR/bench/criterion` and prints the table; writes it, and the figures as JSON, beside.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let results = arguments.results();
    let directory = results.join("criterion");
    let mut figures = Figures::new();
    collect(&directory, &mut figures).map_err(|failure| {
        format!("no results of criterion in `{}` ({failure}); run `make bench`", directory.display())
    })?;
    let text = markdown(&figures);
    println!("{text}");
    fs::write(results.join("engine.md"), &text)?;
    fs::write(results.join("engine.json"), format!("{:#}\n", json!(figures)))?;
    println!("Written: {0}/engine.md, {0}/engine.json", results.display());
    Ok(())
}

fn collect(directory: &Path, figures: &mut Figures) -> Result<(), Failure> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if !path.is_dir() {
            continue;
        }
        let latest = path.join("new");
        if latest.join("benchmark.json").is_file() {
            let read =
                |file: &str| -> Result<Value, Failure> { Ok(serde_json::from_slice(&fs::read(latest.join(file))?)?) };
            let (benchmark, estimates) = (read("benchmark.json")?, read("estimates.json")?);
            let text = |member: &str| benchmark.get(member).and_then(Value::as_str);
            let bytes = benchmark.pointer("/throughput/Bytes").and_then(Value::as_f64);
            let nanoseconds = estimates.pointer("/median/point_estimate").and_then(Value::as_f64);
            if let (Some(group), Some(name), Some(bytes), Some(nanoseconds)) =
                (text("group_id"), text("function_id"), bytes, nanoseconds)
            {
                figures.entry(group.to_owned()).or_default().insert(name.to_owned(), bytes / nanoseconds);
            }
        } else {
            collect(&path, figures)?;
        }
    }
    Ok(())
}

fn markdown(figures: &Figures) -> String {
    let of = |group: &str, name: &str| figures.get(group)?.get(name).copied();
    let shown = |figure: Option<f64>, digits: usize| {
        figure.map_or_else(|| "-".to_owned(), |figure| format!("{figure:.digits$}"))
    };
    let mut head = vec!["GB/s".to_owned()];
    head.extend(NAMES.map(str::to_owned));
    let row = |title: &str, cell: &dyn Fn(&str) -> String| -> Vec<String> {
        std::iter::once(title.to_owned()).chain(NAMES.iter().map(|document| cell(document))).collect()
    };
    let mut rows = Vec::new();
    for name in ORDER {
        if NAMES.iter().any(|document| of(document, name).is_some()) {
            rows.push(row(name, &|document| shown(of(document, name), 3)));
        }
    }
    for (over, wanted) in [("serde_json-value", 15), ("serde_json-ignored", 1)] {
        rows.push(row(&format!("meshveil / {over} (target: {wanted})"), &|document| {
            let ratio = of(document, "meshveil").zip(of(document, over)).map(|(ours, theirs)| ours / theirs);
            shown(ratio, 2)
        }));
    }
    let mut text = format!("### Engine, native\n\n{}", table(&head, &rows));
    let counts = ["1", "100", "1000"];
    let rules = |count: &str| of("rules", count);
    let mut head = vec!["rules".to_owned()];
    head.extend(counts.map(str::to_owned));
    let row = |title: &str, cell: &dyn Fn(&str) -> String| -> Vec<String> {
        std::iter::once(title.to_owned()).chain(counts.iter().map(|count| cell(count))).collect()
    };
    let rows = [
        row("GB/s, short-fields", &|count| shown(rules(count), 3)),
        row("share of one rule (target at 1000: 0.8)", &|count| {
            let ratio = rules(count).zip(rules("1")).map(|(many, one)| many / one);
            shown(ratio, 2)
        }),
    ];
    text += &format!("\n{}", table(&head, &rows));
    text
}
