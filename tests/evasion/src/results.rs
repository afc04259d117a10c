//! The figures of a run, kept in `results.json`: by filter and kind of case, how many were tried and how many went wrong.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::run::Outcome;
use crate::setup::data;

/// The kind of cases that are no attacks.
pub const ORDINARY: &str = "ordinary";

/// What a run found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Results {
    /// Every filter, ours first, on the cases that any filter can be put to.
    pub filters: Vec<Row>,
    /// Ours on the cases that need more than a filter in this place: other policies, filters beside it, no filter at all.
    pub ours_alone: BTreeMap<String, Tally>,
}

/// One filter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Row {
    /// Its name.
    pub name: String,
    /// Its cases by kind.
    pub kinds: BTreeMap<String, Tally>,
}

/// What became of some cases.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Tally {
    /// How many were tried.
    pub cases: usize,
    /// Attacks that got a value through, or ordinary responses that did not arrive as they should.
    pub failed: usize,
    /// Those of them that a finding of `check` or the pages on limits tell of beforehand.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub foretold: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it so")]
const fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl Tally {
    /// Counts one more case.
    fn count(&mut self, outcome: &Outcome) {
        let has_failed = if outcome.kind == ORDINARY { !outcome.is_right() } else { outcome.leak.is_some() };
        self.cases += 1;
        self.failed += usize::from(has_failed);
        self.foretold += usize::from(has_failed && outcome.is_said);
    }

    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            cases: self.cases + other.cases,
            failed: self.failed + other.failed,
            foretold: self.foretold + other.foretold,
        }
    }
}

/// Where the figures are kept.
#[must_use]
pub fn path() -> PathBuf {
    data().join("results.json")
}

impl Row {
    fn of(name: &str, outcomes: &[Outcome]) -> Self {
        let kinds = tallies(outcomes.iter().filter(|outcome| outcome.is_for_any));
        Self { name: name.to_owned(), kinds }
    }

    /// Its attacks, or its ordinary responses, together.
    #[must_use]
    pub fn total(&self, is_ordinary: bool) -> Tally {
        total(&self.kinds, is_ordinary)
    }
}

/// Attacks, or ordinary responses, together.
#[must_use]
pub fn total(kinds: &BTreeMap<String, Tally>, is_ordinary: bool) -> Tally {
    let chosen = kinds.iter().filter(|(kind, _)| (*kind == ORDINARY) == is_ordinary);
    chosen.fold(Tally::default(), |sum, (_, tally)| sum.and(*tally))
}

fn tallies<'a>(outcomes: impl Iterator<Item = &'a Outcome>) -> BTreeMap<String, Tally> {
    let mut kinds: BTreeMap<String, Tally> = BTreeMap::new();
    for outcome in outcomes {
        kinds.entry(outcome.kind.clone()).or_default().count(outcome);
    }
    kinds
}

impl Results {
    /// Counts the outcomes of each filter; the first is ours.
    #[must_use]
    pub fn of(columns: &[(String, Vec<Outcome>)]) -> Self {
        let filters = columns.iter().map(|(name, outcomes)| Row::of(name, outcomes)).collect();
        let ours = columns.first().map(|(_, outcomes)| outcomes.as_slice()).unwrap_or_default();
        Self { filters, ours_alone: tallies(ours.iter().filter(|outcome| !outcome.is_for_any)) }
    }

    /// The same with our own figures of another run.
    #[must_use]
    pub fn with_ours(&self, run: &Self) -> Self {
        let others = self.filters.iter().skip(1);
        let filters = run.filters.iter().take(1).chain(others).cloned().collect();
        Self { filters, ours_alone: run.ours_alone.clone() }
    }

    /// The figures that are kept.
    ///
    /// # Errors
    /// The file is missing or malformed.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
        serde_json::from_str(&text).with_context(|| path.display().to_string())
    }

    /// Keeps the figures.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        Ok(fs::write(path, format!("{}\n", serde_json::to_string_pretty(self)?))?)
    }
}
