//! Runs cases against our filter or another.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::case::{Case, Over, Part, Then};
use crate::exchange::send;
use crate::judge::Judged;
use crate::setup::{Contestant, Running, Setup};
use crate::upstream::Script;

/// What became of one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The name of the case.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// What got through and must not.
    pub leak: Option<String>,
    /// Why nothing that is right happened.
    pub wrong: Option<String>,
    /// `check` or the pages on limits say it, where that is right.
    pub is_said: bool,
    /// Other filters can be put to it, too.
    pub is_for_any: bool,
}

impl Outcome {
    fn of(case: &Case, setup: &Setup) -> Self {
        let (name, kind) = (case.name.clone(), case.kind.clone());
        Self { name, kind, leak: None, wrong: None, is_said: false, is_for_any: is_for_any(case, setup) }
    }

    /// Nothing got through, and what happened is right; or it is said that it can.
    #[must_use]
    pub fn is_right(&self) -> bool {
        self.is_said || (self.leak.is_none() && self.wrong.is_none())
    }
}

/// Whether a case can be put to other filters: its set-up holds nothing but a filter, and it is no ordinary response that ours refuses.
#[must_use]
pub fn is_for_any(case: &Case, setup: &Setup) -> bool {
    let is_our_limit = !case.is_attack() && case.then == [Then::Refused];
    !setup.only_ours && !is_our_limit
}

/// Runs every case against what the generator writes, one Envoy for each set-up, in the order of the cases.
///
/// # Errors
/// A case is malformed, or names a set-up that does not exist.
pub async fn ours(cases: &[Case], setups: &BTreeMap<String, Setup>) -> Result<Vec<Outcome>> {
    let mut outcomes: BTreeMap<&str, Outcome> = BTreeMap::new();
    for case in cases {
        setups.get(&case.setup).with_context(|| format!("no set-up `{}`: {}", case.setup, case.name))?;
    }
    for (name, setup) in setups {
        let own: Vec<&Case> = cases.iter().filter(|case| case.setup == *name).collect();
        if own.is_empty() {
            continue;
        }
        match setup.start().await {
            Ok(running) => {
                for case in own {
                    outcomes.insert(&case.name, outcome(&running, case, setup).await?);
                }
            }
            Err(error) => {
                for case in own {
                    outcomes.insert(&case.name, not_started(case, setup, &error));
                }
            }
        }
    }
    Ok(cases.iter().filter_map(|case| outcomes.remove(case.name.as_str())).collect())
}

/// Nothing gets through an Envoy that does not start, which is right where a case says so.
fn not_started(case: &Case, setup: &Setup, error: &anyhow::Error) -> Outcome {
    let refuses = case.setup.starts_with("refused-") && case.then.contains(&Then::Refused);
    let first = format!("{error:#}").lines().take(3).collect::<Vec<_>>().join(" ");
    Outcome { wrong: (!refuses).then(|| format!("Envoy does not start: {first}")), ..Outcome::of(case, setup) }
}

/// Runs every case that another filter can be put to.
///
/// # Errors
/// A case is malformed, or Envoy does not start.
pub async fn other(contestant: &Contestant, cases: &[Case], setups: &BTreeMap<String, Setup>) -> Result<Vec<Outcome>> {
    let running = contestant.start().await?;
    let mut outcomes = Vec::new();
    for case in cases {
        let setup = setups.get(&case.setup).with_context(|| format!("no set-up `{}`", case.setup))?;
        if is_for_any(case, setup) {
            outcomes.push(outcome(&running, case, setup).await?);
        }
    }
    Ok(outcomes)
}

async fn outcome(running: &Running, case: &Case, setup: &Setup) -> Result<Outcome> {
    let mut outcome = Outcome::of(case, setup);
    for over in &case.over {
        let context = || format!("{} over {over:?}", case.name);
        let (leak, wrong, is_said) = one(running, case, setup, *over).await.with_context(context)?;
        outcome.is_said |= is_said;
        let named = |text: String| format!("{over:?}: {text}");
        outcome.leak = outcome.leak.or(leak.map(named));
        outcome.wrong = outcome.wrong.or(wrong.map(named));
    }
    Ok(outcome)
}

async fn one(
    running: &Running,
    case: &Case,
    setup: &Setup,
    over: Over,
) -> Result<(Option<String>, Option<String>, bool)> {
    let logged = running.logs().len();
    running.upstream.play(Script::of(case, false)?);
    let answer = send(running, case, over).await?;
    let other = if case.other_body.is_some() {
        running.upstream.play(Script::of(case, true)?);
        Some(send(running, case, over).await?)
    } else {
        None
    };
    if case.forbidden_in.contains(&Part::Log) {
        // Logs are written after the client has its answer.
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
    let log = running.logs();
    let log = log.get(logged..).unwrap_or_default();
    let judged = Judged { case, setup, answer: &answer, other: other.as_ref(), log };
    Ok((judged.leak()?, judged.wrong()?, judged.is_said()?))
}
