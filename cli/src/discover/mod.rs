//! `meshveil discover`: what descriptions and samples of data hold that looks sensitive, and what a policy leaves out.

mod sarif;

use std::{fmt::Write as _, fs, path::PathBuf};

use meshveil_discover::{Discovery, Item, Report, shown};
use meshveil_json::Query;
use meshveil_policy::Policies;

use crate::{
    Failure,
    init::{failure, open, source_name},
    input,
    render::{self, Output},
};

/// Find what looks sensitive in descriptions and samples of data, and what a policy leaves out
///
/// Reads OpenAPI (Swagger 2.0 to 3.1), JSON Schema, GraphQL schemas, descriptors of protobuf, SQL tables, Avro schemas, and samples in JSON, NDJSON or CSV. Says what a
/// policy should name and why, what people should decide, and what was looked at and is not proposed. No value of a sample is ever written.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// Descriptions and samples: files, `-` for standard input
    #[arg(value_name = "FILE", required = true)]
    sources: Vec<PathBuf>,
    /// A policy: what looks sensitive and none of its paths selects is a finding
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// How it is written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Output::Text)]
    output: Output,
    /// With a policy: what people should decide has to be selected, too
    #[arg(long, requires = "policy")]
    strict: bool,
}

const AFTER_HELP: &str = "\
Examples:
  meshveil discover openapi.yaml
  meshveil discover schema.graphql tables.sql customers.csv
  meshveil discover openapi.yaml --policy policy.yaml --output sarif > discover.sarif

Exit codes: 0 done, 1 with `--policy`: something looks sensitive that no path of the policy selects, 2 wrong usage or a file that cannot be read.";

/// Looks for what is sensitive.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut discovery = Discovery::default();
    for path in &arguments.sources {
        discovery.source(&source_name(path), open(path)?).map_err(failure)?;
    }
    let queries = arguments.policy.as_ref().map(queries).transpose()?;
    let report = discovery.report(queries.as_deref());
    let missing: Vec<&Item> = report.unclassified().chain(strict(&report, arguments.strict)).collect();
    match arguments.output {
        Output::Text => {
            report.notes.iter().for_each(|note| eprintln!("note: {note}"));
            render::print(&text(&report, queries.is_some(), &missing))?;
        }
        Output::Json => {
            let document = serde_json::to_value(&report).map_err(Failure::usage)?;
            render::print(&format!("{document:#}\n"))?;
        }
        Output::Sarif => {
            let texts = arguments.sources.iter().filter(|path| path.as_os_str() != "-");
            let texts: Vec<(String, String)> =
                texts.map(|path| (path.display().to_string(), fs::read_to_string(path).unwrap_or_default())).collect();
            let found = if queries.is_some() { missing.clone() } else { report.proposed.iter().collect() };
            sarif::write(&texts, &found, queries.is_some())?;
        }
    }
    if missing.is_empty() { Ok(()) } else { Err(Failure::Findings) }
}

fn strict(report: &Report, is_strict: bool) -> impl Iterator<Item = &Item> {
    report.ask.iter().filter(move |item| is_strict && !item.unclassified.is_empty())
}

/// Every path of a policy.
fn queries(path: &PathBuf) -> Result<Vec<Query>, Failure> {
    let texts = input::texts(std::slice::from_ref(path))?;
    let policies = Policies::from_texts(texts.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    if !policies.is_sound() || policies.policies.is_empty() {
        return Err(Failure::Usage(format!("`{}` is not a sound policy: `meshveil check` says why", path.display())));
    }
    let fields = policies.policies.into_iter().flat_map(|policy| policy.fields);
    Ok(fields.flat_map(|field| field.paths).map(|path| path.value).collect())
}

/// For people.
fn text(report: &Report, has_policy: bool, missing: &[&Item]) -> String {
    let mut text = String::new();
    let mut part = |title: &str, items: &[&Item], is_missing: bool| {
        if items.is_empty() {
            return;
        }
        let _ = writeln!(text, "{title}:");
        for item in items {
            let _ = writeln!(text, "  {}  {}: {}", item.path, item.what, item.reasons.join("; "));
            let places = if is_missing { &item.unclassified } else { &item.places };
            for place in places {
                let _ = writeln!(text, "    {}", shown(place));
            }
            if !is_missing && item.count > places.len() {
                let _ = writeln!(text, "    and {} more places", item.count - places.len());
            }
            for place in &item.also {
                let _ = writeln!(text, "    also selects {}", shown(place));
            }
        }
        text.push('\n');
    };
    if has_policy {
        part("Looks sensitive, and no path of the policy selects it", missing, true);
    } else {
        part("Looks sensitive", &report.proposed.iter().collect::<Vec<_>>(), false);
        part("To be decided", &report.ask.iter().collect::<Vec<_>>(), false);
        part("Looked at, and not proposed", &report.passed.iter().collect::<Vec<_>>(), false);
    }
    let counts = (report.proposed.len(), report.ask.len(), report.passed.len());
    let _ = match has_policy {
        true => writeln!(text, "{} of {} paths with something the policy does not select", missing.len(), counts.0),
        false => writeln!(text, "{} proposed, {} to be decided, {} not proposed", counts.0, counts.1, counts.2),
    };
    text
}
