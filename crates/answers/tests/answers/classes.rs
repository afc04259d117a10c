//! Classes hold each source once, with the cells it has by itself, and what programs get is the same written short: asked of
//! the cluster of every example of a finding.
#![expect(clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeMap;

use meshveil_answers::{
    Cluster, Document,
    matrix::{AccessMatrix, Row, Selection},
    names::Names,
};
use meshveil_reach::network::Endpoint;
use meshveil_text::codes::{self, Base};
use serde_json::Value;

/// A policy for another workload of the same clusters.
const OTHER: &str = "\
apiVersion: meshveil.dev/v1alpha1
kind: MaskingPolicy
metadata: { name: batch, namespace: staging }
spec:
  workload: { selector: { app: batch }, serviceAccount: batch, ports: [{ port: 9090, name: http }] }
  fields:
    - { name: token, paths: [\"$..token\"], mask: redact }
    - { name: host, paths: [\"$..host\"], mask: redact }
  others: masked
  callers: [{ name: billing, serviceAccount: shop/billing, sees: [host] }]
";

fn clusters() -> Vec<(&'static str, Cluster)> {
    let mut found = Vec::new();
    for code in codes::all().filter(|code| matches!(code.example.base, Base::Pods | Base::Sidecar | Base::Ambient)) {
        for change in [code.example.bad, code.example.good] {
            let text = code.example.base.with(change);
            let policy =
                if text.contains("kind: MaskingPolicy") { String::new() } else { Base::Policy.text().to_owned() };
            let texts = [("policy.yaml", policy), ("other.yaml", OTHER.to_owned()), ("cluster.yaml", text)];
            let texts = texts.into_iter().filter(|(_, text)| !text.is_empty());
            // Faults in files have no answer.
            found.extend(Cluster::read(texts.map(|(n, t)| (n.to_owned(), t)).collect()).ok().map(|c| (code.id, c)));
        }
    }
    found
}

/// Every source asked by itself, in the order of the network; ranges that get the same side by side are one.
fn one_by_one(cluster: &Cluster, at: usize) -> Vec<Row> {
    let reach = cluster.reach();
    let names = Names::new(cluster, &reach);
    let (policy, workload) = cluster.protected(&reach)[at];
    let (mut workloads, mut ranges): (Vec<Row>, Vec<(Vec<Endpoint>, Row)>) = Default::default();
    for endpoint in reach.network.endpoints() {
        let selection = Selection::find(&names, &[reach.network.title(endpoint)], &[], &[]).unwrap();
        let rows = AccessMatrix::find_some(&reach, policy, workload, &selection).rows();
        // Waypoints, and the workload itself, are no sources.
        let Some(row) = rows.into_iter().next() else { continue };
        match (endpoint, ranges.last_mut()) {
            (Endpoint::Workload(_), _) => workloads.push(row),
            (Endpoint::Range(_), Some((known, last)))
                if last.fields == row.fields && are_neighbours(&reach, known[known.len() - 1], endpoint) =>
            {
                known.push(endpoint);
            }
            _ => ranges.push((vec![endpoint], row)),
        }
    }
    workloads.sort_by(|one, other| one.source.cmp(&other.source));
    // The title of what was joined is made by the network of addresses.
    workloads.extend(ranges.into_iter().map(|(endpoints, row)| {
        let range = |endpoint: &Endpoint| match endpoint {
            Endpoint::Range(at) => reach.network.ranges()[*at],
            Endpoint::Workload(_) => panic!("a workload is no range"),
        };
        let (mut all, last) = (range(&endpoints[0]), range(&endpoints[endpoints.len() - 1]));
        all.last = last.last;
        Row { source: format!("{all}[External]"), ..row }
    }));
    workloads
}

fn are_neighbours(reach: &meshveil_reach::Reach<'_>, one: Endpoint, other: Endpoint) -> bool {
    let (Endpoint::Range(one), Endpoint::Range(other)) = (one, other) else { return false };
    let (one, other) = (reach.network.ranges()[one], reach.network.ranges()[other]);
    one.family == other.family && one.last.checked_add(1) == Some(other.first)
}

/// The rows that a document by class stands for: `source`, then by field the cell.
fn expanded(document: &Value, at: usize) -> BTreeMap<String, BTreeMap<String, Value>> {
    let mut rows: BTreeMap<String, BTreeMap<String, Value>> = BTreeMap::new();
    for class in document["matrix"][at]["classes"].as_array().unwrap() {
        let mut count = 0;
        for part in class["parts"].as_array().unwrap() {
            for group in part["groups"].as_array().unwrap() {
                for (source, _) in document["groups"][group.as_str().unwrap()].as_object().unwrap() {
                    count += 1;
                    let row = rows.entry(source.clone()).or_default();
                    for (cell, decided) in
                        class["cells"].as_array().unwrap().iter().zip(part["decided"].as_array().unwrap())
                    {
                        let mut whole = cell.clone();
                        let fields = whole.as_object_mut().unwrap().remove("fields").unwrap();
                        let number = decided.as_u64().map(|number| usize::try_from(number).unwrap());
                        whole["decided"] = number.map_or(Value::Null, |number| document["decisions"][number].clone());
                        for field in fields.as_array().unwrap() {
                            assert!(
                                row.insert(field.as_str().unwrap().to_owned(), whole.clone()).is_none(),
                                "{source}"
                            );
                        }
                    }
                }
            }
        }
        // Ranges that are one to this class may be several to another.
        assert!(count >= class["count"].as_u64().unwrap());
    }
    rows
}

#[test]
fn classes_expand_to_what_each_source_gets_by_itself() {
    let (mut sources, mut shared) = (0, 0);
    for (code, cluster) in clusters() {
        let reach = cluster.reach();
        let protected = cluster.protected(&reach);
        let matrices: Vec<AccessMatrix> =
            protected.iter().map(|(policy, workload)| AccessMatrix::find(&reach, policy, *workload)).collect();
        let document = serde_json::to_value(Document::matrix(&matrices)).unwrap();
        for (at, matrix) in matrices.iter().enumerate() {
            let rows = matrix.rows();
            assert_eq!(rows, one_by_one(&cluster, at), "{code}: {}", matrix.policy);
            sources += rows.len();
            shared += rows.len() - matrix.classes.len();
            let short = expanded(&document, at);
            for row in rows.iter().filter(|row| !row.source.ends_with("[External]")) {
                let cells: BTreeMap<String, Value> = row
                    .fields
                    .iter()
                    .map(|(field, cell)| (field.clone(), serde_json::to_value(cell).unwrap()))
                    .collect();
                assert_eq!(short[&row.source], cells, "{code}: {}", row.source);
            }
            let addresses = |names: Vec<&String>| names.iter().filter(|name| name.ends_with("[External]")).count();
            assert!(addresses(short.keys().collect()) >= addresses(rows.iter().map(|row| &row.source).collect()));
        }
    }
    assert!(sources > 1_000 && shared > 300, "{sources} sources, {shared} fewer classes");
}

#[test]
fn sources_of_one_class_get_the_same_and_those_of_two_do_not() {
    for (code, cluster) in clusters() {
        let reach = cluster.reach();
        for (policy, workload) in cluster.protected(&reach) {
            let matrix = AccessMatrix::find(&reach, policy, workload);
            let fate = |class: &meshveil_answers::matrix::Class, part: usize| {
                let cells = matrix.fields.iter().map(|field| &class.parts[part].fields[field]);
                cells.map(|cell| (cell.form, cell.granted, cell.exceeds, cell.lacks)).collect::<Vec<_>>()
            };
            let mut seen = Vec::new();
            for class in &matrix.classes {
                assert!((0..class.parts.len()).all(|part| fate(class, part) == fate(class, 0)), "{code}");
                assert!(!seen.contains(&fate(class, 0)), "{code}");
                seen.push(fate(class, 0));
            }
        }
    }
}
