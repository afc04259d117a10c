//! Gathers what was measured of the engine, natively by criterion and as wasm by `run.mjs`, into tables with ratios.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use meshveil_bench_workloads::contestants::{RULES, SMALL};
use meshveil_bench_workloads::documents::NAMES;
use serde_json::{Value, json};

use crate::Failure;
use crate::arguments::Arguments;
use crate::markdown::table;

/// Gigabytes per second by group and contestant.
type Figures = BTreeMap<String, BTreeMap<String, f64>>;

/// Contestants in the order of the table, as people know them; those not measured are left out.
const ORDER: [(&str, &str); 7] = [
    ("meshveil", "**meshveil**"),
    ("meshveil-anchored", "meshveil, queries from the root"),
    ("serde_json-value", "serde_json: parse to `Value`, mask, print"),
    ("serde_json-ignored", "serde_json: `IgnoredAny`, only checks, not UTF-8"),
    ("naive", "byte by byte by hand, checks nothing"),
    ("sonic-rs", "sonic-rs: parse, print, masks nothing"),
    ("simd-json", "simd-json: tape, only checks"),
];

/// Reads `DIR/bench/criterion` and `DIR/bench/wasm-engine.json` and prints the tables; writes them, and the figures as
/// JSON, beside.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let results = arguments.results();
    let directory = results.join("criterion");
    let mut native = Figures::new();
    let missing =
        |path: &Path, failure: Failure| format!("no results in `{}` ({failure}); run `make bench`", path.display());
    collect(&directory, &mut native).map_err(|failure| missing(&directory, failure))?;
    let file = results.join("wasm-engine.json");
    let wasm = read(&file).map_err(|failure| missing(&file, failure))?;
    let text = markdown("as wasm in V8", &wasm) + "\n" + &markdown("native", &native);
    println!("{text}");
    fs::write(results.join("engine.md"), &text)?;
    fs::write(results.join("engine.json"), format!("{:#}\n", json!({ "native": native, "wasm": wasm })))?;
    println!("Written: {0}/engine.md, {0}/engine.json", results.display());
    Ok(())
}

fn read(file: &Path) -> Result<Figures, Failure> {
    Ok(serde_json::from_slice(&fs::read(file)?)?)
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

fn markdown(title: &str, figures: &Figures) -> String {
    let of = |group: &str, name: &str| figures.get(group)?.get(name).copied();
    let shown = |figure: Option<f64>, digits: usize| {
        figure.map_or_else(|| "-".to_owned(), |figure| format!("{figure:.digits$}"))
    };
    let groups: Vec<&str> = NAMES.into_iter().chain(SMALL.map(|(name, _)| name)).collect();
    let mut head: Vec<String> = vec!["GB/s".to_owned()];
    head.extend(NAMES.map(str::to_owned));
    head.extend(SMALL.map(|(name, _)| format!("{}, {name}", NAMES[0])));
    let row = |title: &str, cell: &dyn Fn(&str) -> String| -> Vec<String> {
        std::iter::once(title.to_owned()).chain(groups.iter().map(|group| cell(group))).collect()
    };
    let mut rows = Vec::new();
    for (name, title) in ORDER {
        if groups.iter().any(|group| of(group, name).is_some()) {
            rows.push(row(title, &|group| shown(of(group, name), 3)));
        }
    }
    for (over, title) in [
        ("serde_json-value", "meshveil / `Value` (target: 15)"),
        ("serde_json-ignored", "meshveil / `IgnoredAny` (target: 1)"),
    ] {
        rows.push(row(title, &|group| {
            let ratio = of(group, "meshveil").zip(of(group, over)).map(|(ours, theirs)| ours / theirs);
            shown(ratio, 2)
        }));
    }
    let mut text = format!("### Engine, {title}\n\n{}", table(&head, &rows));
    let counts = ["1", "100", "1000"];
    let rules = |count: &str| of(RULES, count);
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
