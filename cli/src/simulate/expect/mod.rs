//! `simulate --assert`: sentences about who sees and reaches what, and whether they hold.

mod judge;
mod sentence;

use std::{io::Write, path::PathBuf};

use meshveil_reach::Reach;
use meshveil_text::{Files, Finding, Node, Span, Value, codes, tree};

use super::Format;
use crate::{
    Failure,
    cluster::Cluster,
    input,
    names::{Names, nearest},
    render::{self, Output},
};
use judge::Judge;
use sentence::Sentence;

/// Checks every expectation of some files and prints those that do not hold.
pub(super) fn run(cluster: &Cluster, reach: &Reach<'_>, paths: &[PathBuf], format: Format) -> Result<(), Failure> {
    let mut files = cluster.manifests.files.clone();
    let mut faults = Vec::new();
    let mut sentences = Vec::new();
    for (name, text) in input::texts(paths)? {
        let file = files.add(name, text.clone());
        for document in tree::parse(file, &text, &mut faults) {
            for item in expectations(&document, &mut faults) {
                match Sentence::read(item, &files) {
                    Ok(sentence) => sentences.push(sentence),
                    Err(finding) => faults.push(*finding),
                }
            }
        }
    }
    let names = Names::new(cluster, reach);
    let judge = Judge { reach, names: &names, files: &files };
    let mut broken = Vec::new();
    for sentence in &sentences {
        match judge.holds(sentence) {
            Ok(None) => {}
            Ok(Some(counterexample)) => broken.push(counterexample),
            Err(finding) => faults.push(*finding),
        }
    }
    if !faults.is_empty() {
        faults.sort_by(|a, b| (a.span, a.code, &a.message).cmp(&(b.span, b.code, &b.message)));
        write(format, &files, &faults)?;
        return Err(Failure::Findings);
    }
    if sentences.is_empty() {
        return Err(Failure::Usage("nothing is expected: `expect:` is in none of the files, or empty".to_owned()));
    }
    let (all, count) = (sentences.len(), broken.len());
    if format == Format::Json {
        render::document([("expectations", all.into()), ("broken", render::list(&files, &broken))])?;
    } else {
        match format {
            Format::Text => render::each(&files, &broken)?,
            _ if broken.is_empty() => {}
            _ => write(format, &files, &broken)?,
        }
        let plural = if all == 1 { "" } else { "s" };
        let text = match count {
            0 if all == 1 => "1 expectation holds".to_owned(),
            0 => format!("{all} expectations hold"),
            1 => format!("1 of {all} expectation{plural} does not hold"),
            _ => format!("{count} of {all} expectations do not hold"),
        };
        writeln!(std::io::stdout().lock(), "{text}").map_err(Failure::writing)?;
    }
    if broken.is_empty() { Ok(()) } else { Err(Failure::Exposed) }
}

fn write(format: Format, files: &Files, findings: &[Finding]) -> Result<(), Failure> {
    match format {
        Format::Text => render::findings(Output::Text, files, findings),
        Format::Json => render::findings(Output::Json, files, findings),
        Format::Markdown => {
            let mut text = String::from("| expectation | instead | decided by |\n| --- | --- | --- |\n");
            for finding in findings {
                let chain =
                    finding.labels.iter().map(|label| format!("{} ({})", label.message, files.place(label.span)));
                let chain = chain.collect::<Vec<_>>().join("<br>");
                let sentence = files.slice(finding.span);
                text += &format!("| `{sentence}` | {} | {chain} |\n", finding.message);
            }
            text.push('\n');
            std::io::stdout().lock().write_all(text.as_bytes()).map_err(Failure::writing)
        }
    }
}

/// The items of `expect`; anything else in the document is a fault.
fn expectations<'n>(document: &'n Node, faults: &mut Vec<Finding>) -> &'n [Node] {
    let mut fault =
        |span: Span, message: String| faults.push(Finding::new(&codes::expectation::WORDING, span, message));
    if !matches!(document.value, Value::Map(_)) {
        fault(document.span, format!("expected `expect:` and a list of sentences, not {}", document.what()));
        return &[];
    }
    for (key, _) in document.entries().iter().filter(|(key, _)| key.name != "expect") {
        let near = nearest(&key.name, ["expect".to_owned()]);
        let finding = Finding::new(&codes::expectation::WORDING, key.span, format!("unknown key `{}`", key.name));
        faults.push(match near {
            Some(near) => finding.suggest(key.span, near, "did you mean `expect`?"),
            None => finding.help("the only key is `expect`"),
        });
    }
    match document.get("expect") {
        Some(node) if !matches!(node.value, Value::List(_)) => {
            let message = format!("`expect` is a list of sentences, not {}", node.what());
            faults.push(Finding::new(&codes::expectation::WORDING, node.span, message));
            &[]
        }
        Some(node) => node.items(),
        None => &[],
    }
}
