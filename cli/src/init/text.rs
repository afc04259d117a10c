//! The starter policy as text.

use std::{collections::BTreeMap, fmt::Write};

use serde_json::Value;

use super::{found::Found, workload::Target};

/// Where the schema can be had; `meshveil schema` prints it.
const HEADER: &str = "# yaml-language-server: $schema=./meshveil.schema.json
# A start, written by `meshveil init`: read every line, then `meshveil check` and `meshveil generate`.
";

/// How many reasons are shown for a path.
const REASONS: usize = 3;

/// The text, and how many places wait for somebody who knows.
pub(super) fn write(found: &Found, target: Option<&Target>) -> (String, usize) {
    let mut text = HEADER.to_owned();
    let (namespace, name) =
        target.map_or(("default", "todo"), |target| (target.namespace.as_str(), target.name.as_str()));
    let _ = write!(
        text,
        "apiVersion: meshveil.dev/v1alpha1\nkind: MaskingPolicy\nmetadata: {{ name: {}, namespace: {} }}{}\nspec:\n",
        scalar(name),
        scalar(namespace),
        if target.is_none() { "  # TODO: name and namespace of the workload" } else { "" },
    );
    workload(&mut text, target);
    fields(&mut text, found);
    callers(&mut text, target);
    text.push_str(
        "  others: deny  # anybody else gets nothing
  # routes:  # such as one for probes, which serve nothing sensitive
  #   - { name: health, match: { path: /healthz }, masking: off }
",
    );
    let todos = text.matches("# TODO").count();
    (text, todos)
}

fn workload(text: &mut String, target: Option<&Target>) {
    text.push_str("  workload:  # who serves the data\n");
    let Some(target) = target else {
        text.push_str(
            "    selector: { app: todo }  # TODO: labels of its pods\n    ports: [{ port: 8080 }]  # TODO: its container ports that serve HTTP\n",
        );
        return;
    };
    if target.labels.is_empty() {
        text.push_str("    selector: { app: todo }  # TODO: its pods have no labels: give them some\n");
    } else {
        let _ = writeln!(text, "    selector: {}", labels(&target.labels));
    }
    if target.service_account == "default" {
        text.push_str("    # TODO: it runs as `default`: give it a ServiceAccount of its own, and name that here\n    # serviceAccount: its-own\n");
    } else {
        let _ = writeln!(text, "    serviceAccount: {}", scalar(&target.service_account));
    }
    text.push_str("    ports:\n");
    let is_http =
        |name: &Option<String>| name.as_deref().is_none_or(|name| name == "http" || name.starts_with("http-"));
    let (http, other): (Vec<_>, Vec<_>) = target.ports.iter().partition(|(_, name)| is_http(name));
    for (port, name) in &http {
        let name = name.as_deref().map(|name| format!(", name: {}", scalar(name))).unwrap_or_default();
        let _ = writeln!(text, "      - {{ port: {port}{name} }}");
    }
    if http.is_empty() {
        text.push_str("      - { port: 8080 }  # TODO: no container port is known to serve HTTP\n");
    }
    for (port, name) in other {
        let name = name.as_deref().unwrap_or_default();
        let _ = writeln!(
            text,
            "      # TODO: add it if it serves HTTP, and then call it `http-…`\n      # - {{ port: {port} }}  # {name}"
        );
    }
}

fn fields(text: &mut String, found: &Found) {
    text.push_str("  fields:  # what is sensitive, and what stands in for it\n");
    if found.is_empty() {
        text.push_str("    - { name: todo, paths: [\"$..todo\"], mask: redact }  # TODO: nothing looked sensitive\n");
    }
    for (kind, paths) in found.kinds() {
        let _ = write!(text, "    - name: {}\n      paths:\n", kind.name);
        for (path, reasons) in paths {
            for reason in reasons.iter().take(REASONS) {
                let _ = writeln!(text, "        # {}", comment(reason));
            }
            if reasons.len() > REASONS {
                let _ = writeln!(text, "        # and {} more", reasons.len() - REASONS);
            }
            let _ = writeln!(text, "        - {}", Value::from(path.as_str()));
        }
        let _ = writeln!(text, "      mask: {}", kind.mask);
    }
}

fn callers(text: &mut String, target: Option<&Target>) {
    text.push_str("  callers: []  # TODO: who may connect, and what they see in clear; nobody until you say so\n");
    for other in target.map(|target| target.others.as_slice()).unwrap_or_default() {
        if let Some(problem) = other.problem {
            let _ = writeln!(text, "  #   {}: {problem}", comment(&other.name));
            continue;
        }
        let pods = if other.labels.is_empty() { String::new() } else { format!(", pods: {}", labels(&other.labels)) };
        let account = format!("{}/{}", other.namespace, other.service_account);
        let _ =
            writeln!(text, "  #   - {{ name: {}, serviceAccount: {}{pods} }}", scalar(&other.name), scalar(&account));
    }
}

fn labels(labels: &BTreeMap<String, String>) -> String {
    let pairs: Vec<String> = labels.iter().map(|(key, value)| format!("{}: {}", scalar(key), scalar(value))).collect();
    format!("{{ {} }}", pairs.join(", "))
}

/// A text as YAML reads it back: plain where nobody takes it for something else.
fn scalar(text: &str) -> String {
    let starts = text.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/'));
    let word =
        ["true", "false", "yes", "no", "on", "off", "null", "y", "n"].contains(&text.to_ascii_lowercase().as_str());
    if starts && plain && !word { text.to_owned() } else { Value::from(text).to_string() }
}

/// A text that cannot end a comment.
fn comment(text: &str) -> String {
    text.chars()
        .map(
            |letter| {
                if letter.is_control() || matches!(letter, '\u{85}' | '\u{2028}' | '\u{2029}') { ' ' } else { letter }
            },
        )
        .collect()
}
