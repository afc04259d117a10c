//! Samples as tables with a header: each column is a member of a record.

use std::io::Read;

use crate::{
    Error,
    graph::{Graph, Id, Root, Step},
    sample,
};

/// Reads a table; what separates columns is what the header has most of.
pub(crate) fn read(name: &str, text: impl Read, header: &str, graph: &mut Graph) -> Result<Id, Error> {
    let separators = [b',', b';', b'\t', b'|'];
    let separator =
        separators.into_iter().max_by_key(|separator| header.bytes().filter(|byte| byte == separator).count());
    let mut reader = csv::ReaderBuilder::new().delimiter(separator.unwrap_or(b',')).flexible(true).from_reader(text);
    let wrong = |error: &csv::Error| {
        let line = error.position().map_or(1, csv::Position::line);
        let message = "not a table: unreadable text or quotes".to_owned();
        Error::At { name: name.to_owned(), line: usize::try_from(line).unwrap_or(1), column: 1, message }
    };
    let names: Vec<String> = reader
        .headers()
        .map_err(|error| wrong(&error))?
        .iter()
        .map(|name| name.trim_start_matches('\u{feff}').trim().to_owned())
        .collect();
    let root = graph.add();
    let columns: Vec<Id> = names.iter().map(|name| graph.child(root, &Step::Name(name.clone()))).collect();
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(|error| wrong(&error))? {
        if let Some(node) = graph.at(root) {
            node.facts.counts.objects += 1;
            node.facts.shapes.object = true;
        }
        for (value, column) in record.iter().zip(&columns) {
            let Some(node) = graph.at(*column) else { continue };
            node.facts.counts.present += 1;
            sample::note(&mut node.facts, value, false);
        }
    }
    graph.roots.push(Root { title: String::new(), node: root });
    Ok(root)
}
