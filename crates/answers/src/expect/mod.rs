//! Sentences about who sees and reaches what, and whether they hold.

mod judge;
mod sentence;

use meshveil_reach::Reach;
use meshveil_text::{Files, Finding, Node, Span, Value, codes, nearest, tree};

use crate::{Cluster, cluster::Faulty, names::Names};
use judge::Judge;
use sentence::Sentence;

/// What came of checking expectations.
#[derive(Debug)]
pub struct Expectations {
    /// The texts: those of the cluster, then those with expectations.
    pub files: Files,
    /// How many there are.
    pub count: usize,
    /// Those that do not hold, each with its smallest counterexample.
    pub broken: Vec<Finding>,
}

impl Expectations {
    /// Reads expectations and asks whether they hold.
    ///
    /// # Errors
    ///
    /// When a sentence cannot be read, or is about a name that means nothing.
    pub fn check(cluster: &Cluster, reach: &Reach<'_>, texts: Vec<(String, String)>) -> Result<Self, Faulty> {
        let mut files = cluster.manifests.files.clone();
        let mut faults = Vec::new();
        let mut sentences = Vec::new();
        for (name, text) in texts {
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
            return Err(Faulty { files, findings: faults });
        }
        Ok(Self { files, count: sentences.len(), broken })
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
        let near = nearest(&key.name, ["expect"]);
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
