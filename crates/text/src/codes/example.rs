//! An example of a code: a change to a base, once wrong and once right.

use crate::finding::FileId;
use crate::tree;

const POLICY: &str = include_str!("examples/policy.yaml");
const PODS: &str = include_str!("examples/pods.yaml");
const SIDECAR: &str = include_str!("examples/sidecar.yaml");
const AMBIENT: &str = include_str!("examples/ambient.yaml");
const GATEWAY: &str = include_str!("examples/gateway.yaml");

const PROXY: &str = include_str!("examples/proxy.yaml");
/// The policy that [`Base::Proxy`] runs.
pub const PROXY_POLICY: &str = include_str!("examples/proxy-policy.yaml");

/// What gives a finding, and the same without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Example {
    /// What both change.
    pub base: Base,
    /// A change that gives the finding.
    pub bad: &'static str,
    /// The first line of the text at the place of the first finding.
    pub underlined: &'static str,
    /// A change that gives no finding.
    pub good: &'static str,
}

/// What examples change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// Nothing: the example is a whole text.
    Alone,
    /// A policy, member by member of its `spec`.
    Policy,
    /// Two workloads of one namespace.
    Pods,
    /// A workload that is protected by sidecars, with its callers.
    Sidecar,
    /// A workload that is protected by a waypoint, with its callers.
    Ambient,
    /// A workload that is protected by a Gateway of Envoy Gateway, with its callers.
    Gateway,
    /// Nothing: the example is a file of expectations about `Policy` and `Sidecar`.
    Expectations,
    /// A config dump of a proxy that runs [`PROXY_POLICY`], member by member, at any depth.
    Proxy,
    /// Nothing: the example is a cluster, and its right form is what was applied.
    Live,
}

impl Base {
    /// The text of the base itself.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Alone | Self::Expectations | Self::Live => "",
            Self::Policy => POLICY,
            Self::Pods => PODS,
            Self::Sidecar => SIDECAR,
            Self::Ambient => AMBIENT,
            Self::Gateway => GATEWAY,
            Self::Proxy => PROXY,
        }
    }

    /// The base with a change in place of what it replaces: members of the policy's `spec`, members of a dump wherever they
    /// stand, or objects of the same kind, namespace and name.
    #[must_use]
    pub fn with(self, change: &str) -> String {
        match self {
            Self::Policy => with_members(self.text(), change),
            Self::Proxy => with_members_at_any_depth(self.text(), change),
            _ => with_objects(self.text(), change),
        }
    }
}

/// A policy with other members of `spec`.
fn with_members(policy: &str, members: &str) -> String {
    let is_nested = |line: &str| line.starts_with([' ', '-']);
    let key = |line: &str| line.split_once(':').map(|(key, _)| key.to_owned());
    let replaced: Vec<String> = members.lines().filter(|line| !is_nested(line)).filter_map(key).collect();
    let (head, spec) = policy.split_once("spec:\n").unwrap_or((policy, ""));
    let mut text = format!("{head}spec:\n");
    let mut keep = true;
    for line in spec.lines() {
        if let Some(member) = line.strip_prefix("  ").filter(|rest| !is_nested(rest)) {
            keep = key(member).is_none_or(|key| !replaced.contains(&key));
        }
        if keep {
            text += &format!("{line}\n");
        }
    }
    for line in members.lines() {
        text += &format!("  {line}\n");
    }
    text
}

/// A text with other members, each in place of the only one of its name.
fn with_members_at_any_depth(base: &str, change: &str) -> String {
    let indent = |line: &str| line.len() - line.trim_start_matches([' ', '-']).len();
    let mut text = base.to_owned();
    let mut members: Vec<String> = Vec::new();
    for line in change.lines() {
        match members.last_mut() {
            Some(member) if line.starts_with([' ', '-']) => *member += &format!("\n{line}"),
            _ => members.push(line.to_owned()),
        }
    }
    for member in members {
        let Some((key, _)) = member.split_once(':') else { continue };
        let key = format!("{key}:");
        let mut result = String::new();
        let mut within = None;
        for line in text.lines() {
            let own = indent(line);
            if within.is_some_and(|within| own > within) {
                continue;
            }
            let (before, rest) = line.split_at_checked(own).unwrap_or(("", line));
            within = rest.starts_with(&key).then_some(own);
            if within.is_none() {
                result += &format!("{line}\n");
                continue;
            }
            for (number, line) in member.lines().enumerate() {
                let before = if number == 0 { before.to_owned() } else { " ".repeat(own) };
                result += &format!("{before}{line}\n");
            }
        }
        text = result;
    }
    text
}

/// Objects with others put in place of those of the same kind, namespace and name, or added.
#[must_use]
pub fn with_objects(base: &str, change: &str) -> String {
    let mut all: Vec<_> = documents(base).map(|document| (identity(document), document)).collect();
    let known = all.len();
    for document in documents(change) {
        let identity = identity(document);
        match all.iter_mut().take(known).find(|(known, _)| identity.is_some() && *known == identity) {
            Some(entry) => entry.1 = document,
            None => all.push((identity, document)),
        }
    }
    all.into_iter().map(|(_, document)| document).collect::<Vec<_>>().join("\n---\n")
}

fn documents(text: &str) -> impl Iterator<Item = &str> {
    text.split("\n---\n").filter(|document| !document.trim().is_empty())
}

/// Kind, namespace and name of an object.
fn identity(document: &str) -> Option<[Option<String>; 3]> {
    let object = tree::parse(FileId(0), document, &mut Vec::new()).into_iter().next()?;
    let text = |path: &[&str]| object.at(path)?.text().map(str::to_owned);
    Some([text(&["kind"]), text(&["metadata", "namespace"]), text(&["metadata", "name"])])
}
