//! Compares two builds of the filter by the work they do on an interpreter: the same on every machine, busy or not.
//!
//! One unit is about one WebAssembly instruction, so a ratio says how much more code runs, not how much longer it takes.
//! Host calls cost nothing here.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use meshveil_bench_workloads::{Rule, documents};
use meshveil_wasm_host::{Filter, Plugin};
use serde_json::json;

use crate::arguments::Arguments;
use crate::markdown::table;
use crate::Failure;

/// What upstreams send in one piece.
const CHUNK: usize = 64 << 10;

/// Prints one row per document and size: work of both, and their ratio.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    println!("{}", compared(arguments)?);
    Ok(())
}

fn compared(arguments: &Arguments) -> Result<String> {
    let [base, module] = [read(&arguments.base)?, read(&arguments.module)?];
    let head = ["response", "base, units a byte", "now, units a byte", "base / now", "20 detectors / now", "all / now", "all and names / now"];
    let mut rows = Vec::new();
    for (name, text, rules) in exchanges() {
        let plain = plan(&rules, &[]);
        let [old, new] = [work(&base, &plain, &text)?, work(&module, &plain, &text)?];
        ensure!(old.body == new.body, "{name}: the two do not give the same body");
        let (size, [was, is]) = (text.len() as f64, [old.work, new.work].map(|work| work as f64));
        let mut row = vec![name, format!("{:.2}", was / size), format!("{:.2}", is / size), format!("{:.3}", was / is)];
        for find in [&TWENTY[..], &["strong"], &["strong", "named"]] {
            let detecting = work(&module, &plan(&rules, find), &text)?;
            row.push(format!("{:.2}", detecting.work as f64 / is));
        }
        rows.push(row);
    }
    Ok(table(&head.map(str::to_owned), &rows))
}

fn read(path: &Path) -> Result<Filter> {
    let bytes = fs::read(path).with_context(|| format!("`{}` cannot be read", path.display()))?;
    Filter::new(&bytes)
}

/// Whole documents, and responses of the sizes that the tables about Envoy have.
fn exchanges() -> Vec<(String, Vec<u8>, Vec<Rule>)> {
    let whole = documents::all().into_iter().map(|document| (document.name.to_owned(), document.text, document.rules));
    let sizes = [("1.4 KB", 1_400), ("10 KB", 10_000), ("100 KB", 100_000)];
    let small = sizes.map(|(name, limit)| {
        (format!("short-fields, {name}"), documents::customers(limit).into_bytes(), documents::customer_rules())
    });
    whole.chain(small).collect()
}

/// Twenty kinds of values, of every group.
const TWENTY: [&str; 20] = [
    "card", "iban", "ssn", "email", "jwt", "key", "private-key", "password-hash", "url-password", "phone", "ip", "mac", "wallet",
    "travel-document", "vin", "at-svnr", "be-rrn", "br-cpf", "fr-nir", "gb-nino",
];

/// A plan with these rules, in which the rest is looked through.
fn plan(rules: &[Rule], find: &[&str]) -> String {
    let field = |(index, rule): (usize, &Rule)| {
        json!({ "name": format!("f{index}"), "paths": [rule.query()], "mask": "redact" })
    };
    let fields: Vec<_> = rules.iter().enumerate().map(field).collect();
    let detect = json!({ "find": find });
    let mut plan = json!({ "version": 1, "fields": fields, "callers": [], "others": "masked" });
    if !find.is_empty() {
        plan["detect"] = detect;
    }
    plan.to_string()
}

/// What one exchange took, and what the client got.
struct Done {
    work: u64,
    body: Vec<u8>,
}

/// The second of two exchanges: the first one also pays for what is made once.
fn work(filter: &Filter, plan: &str, text: &[u8]) -> Result<Done> {
    let mut plugin = Plugin::start(filter, plan, &[])?;
    let headers = [("content-type", "application/json"), ("server", "test"), ("date", "Thu, 01 Jan 1970 00:00:00 GMT")];
    plugin.respond(&headers, text.chunks(CHUNK))?;
    let before = plugin.work()?;
    let response = plugin.respond(&headers, text.chunks(CHUNK))?;
    ensure!(!response.reset && response.local.is_none(), "the response is refused");
    Ok(Done { work: plugin.work()? - before, body: response.body })
}
