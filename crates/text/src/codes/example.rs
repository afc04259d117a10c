//! An example of a code: a change to a base, once wrong and once right.

/// The policy that examples of policies change.
const POLICY: &str = include_str!("examples/policy.yaml");

/// What gives a finding, and the same without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Example {
    /// What both change.
    pub base: Base,
    /// A change that gives the finding.
    pub bad: &'static str,
    /// The text at the place of the first finding.
    pub underlined: &'static str,
    /// A change that gives no finding.
    pub good: &'static str,
}

/// What examples change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// A policy, member by member of its `spec`.
    Policy,
}

impl Base {
    /// The text of the base itself.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Policy => POLICY,
        }
    }

    /// The base with a change put in place of what it replaces.
    #[must_use]
    pub fn with(self, change: &str) -> String {
        match self {
            Self::Policy => policy_with(change),
        }
    }
}

/// The policy with other members of `spec`.
fn policy_with(members: &str) -> String {
    let replaced: Vec<&str> = members
        .lines()
        .filter(|line| !line.starts_with(' '))
        .filter_map(|line| line.split_once(':').map(|(key, _)| key))
        .collect();
    let (head, spec) = POLICY.split_once("spec:\n").unwrap_or((POLICY, ""));
    let mut text = format!("{head}spec:\n");
    let mut keep = true;
    for line in spec.lines() {
        if let Some(member) = line.strip_prefix("  ").filter(|rest| !rest.starts_with(' ')) {
            keep = !member.split_once(':').is_some_and(|(key, _)| replaced.contains(&key));
        }
        if keep {
            text.push_str(line);
            text.push('\n');
        }
    }
    for line in members.lines() {
        text.push_str("  ");
        text.push_str(line);
        text.push('\n');
    }
    text
}
