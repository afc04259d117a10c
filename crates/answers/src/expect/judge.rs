//! Whether an expectation holds, and otherwise one source, one path and the rules along it that show why not.

use std::collections::BTreeSet;

use meshveil_policy::Policy;
use meshveil_reach::{
    Reach,
    network::Endpoint,
    verdict::{
        Form, Outcome, Verdict,
        form::{Cause, asks_for, spiffe},
    },
};
use meshveil_text::{Files, Finding, Span, codes};

use super::sentence::{Claim, Scope, Sentence, Subject, Wanted, Word};
use crate::names::{Names, UnknownName};

pub(super) struct Judge<'j> {
    pub(super) reach: &'j Reach<'j>,
    pub(super) names: &'j Names<'j>,
    pub(super) files: &'j Files,
}

/// A source for which a sentence does not hold.
struct Counterexample {
    source: Endpoint,
    /// What is so instead, in words.
    message: String,
    /// The path that shows it; none where the network alone does.
    verdict: Option<Verdict>,
    /// Where the policy says what the filter shows, and that in words.
    view: Option<(Span, String)>,
    /// Whether the source gets more than it should, not less.
    too_much: bool,
}

/// What a sentence wants of one source.
#[derive(Clone, Copy)]
enum Demand {
    Form(Wanted),
    AtLeast(Form),
    Below(Form),
    Reach,
    NoReach,
}

impl Judge<'_> {
    /// `None` where a sentence holds, otherwise the smallest counterexample.
    pub(super) fn holds(&self, sentence: &Sentence) -> Result<Option<Finding>, Box<Finding>> {
        let mut found = Vec::new();
        match &sentence.claim {
            Claim::Sees { field, wanted } => {
                let fields = self.names.field(&field.text).map_err(|error| self.unknown_name(field, &error))?;
                for (policy, workload, name) in fields {
                    let plan = policy.plan();
                    for (source, demand) in self.demands(sentence, Some(*wanted), workload)? {
                        let exposure = self.reach.exposure(source, workload, &plan).remove(&name);
                        let form = exposure.as_ref().map_or(Form::Unreachable, |exposure| exposure.form);
                        if !demand.is_met(form) {
                            let title = |endpoint| self.reach.network.title(endpoint);
                            let destination = title(Endpoint::Workload(workload));
                            let message = format!("{} gets `{name}` of {destination}: {}", title(source), form.name());
                            let verdict = exposure.map(|exposure| exposure.verdict);
                            let view = verdict.as_ref().and_then(|verdict| self.view(policy, verdict, &name));
                            let too_much = demand.is_passed(form);
                            found.push(Counterexample { source, message, verdict, view, too_much });
                        }
                    }
                }
            }
            Claim::Reaches { destination, port } => {
                let workloads = self
                    .names
                    .destinations(&destination.text)
                    .map_err(|error| self.unknown_name(destination, &error))?;
                for workload in workloads {
                    for (source, demand) in self.demands(sentence, None, workload)? {
                        found.extend(self.reaches(source, workload, *port, matches!(demand, Demand::Reach)));
                    }
                }
            }
        }
        let sources: BTreeSet<String> = found.iter().map(|found| self.reach.network.title(found.source)).collect();
        let smallest = found.into_iter().min_by_key(|found| {
            let steps = found.verdict.as_ref().map_or(0, |verdict| verdict.steps.len());
            (matches!(found.source, Endpoint::Range(_)), steps)
        });
        Ok(smallest.map(|smallest| self.finding(sentence, smallest, sources.len())))
    }

    /// Each source with what is wanted of it. `wanted` is `None` for `reaches`.
    fn demands(
        &self,
        sentence: &Sentence,
        wanted: Option<Option<Wanted>>,
        destination: usize,
    ) -> Result<Vec<(Endpoint, Demand)>, Box<Finding>> {
        let least = match wanted.flatten() {
            Some(Wanted::Exactly(form) | Wanted::AtMost(form)) => form,
            None => Form::Masked,
        };
        let (yes, no) = match wanted {
            Some(wanted) => (wanted.map_or(Demand::AtLeast(least), Demand::Form), Demand::Below(least)),
            None => (Demand::Reach, Demand::NoReach),
        };
        let each =
            |sources: Vec<Endpoint>, demand: Demand| sources.into_iter().map(|source| (source, demand)).collect();
        Ok(match &sentence.subject {
            Subject::Each(words) => each(self.sources(words)?, if sentence.negated { no } else { yes }),
            Subject::Everybody(scope) => {
                let demand = if sentence.negated { no } else { yes };
                each(self.scope(scope, destination, sentence.span)?, demand)
            }
            Subject::Nobody(scope) => each(self.scope(scope, destination, sentence.span)?, no),
            Subject::Only(words) => {
                let named = self.sources(words)?;
                let others = self.scope(&Scope::Anywhere, destination, sentence.span)?;
                let others = others.into_iter().filter(|source| !named.contains(source)).map(|source| (source, no));
                let at_least = if wanted.is_some() { Demand::AtLeast(least) } else { yes };
                named.iter().map(|source| (*source, at_least)).chain(others).collect()
            }
        })
    }

    fn sources(&self, words: &[Word]) -> Result<Vec<Endpoint>, Box<Finding>> {
        let mut sources = Vec::new();
        for word in words {
            sources.extend(self.names.sources(&word.text).map_err(|error| self.unknown_name(word, &error))?);
        }
        sources.dedup();
        Ok(sources)
    }

    /// Everybody of a scope but the destination itself and waypoints.
    fn scope(&self, scope: &Scope, destination: usize, span: Span) -> Result<Vec<Endpoint>, Box<Finding>> {
        let known = |word: &Word| self.names.namespace(&word.text).map_err(|error| self.unknown_name(word, &error));
        let all = self.reach.network.endpoints();
        let mut sources: Vec<Endpoint> = match scope {
            Scope::Anywhere => all.collect(),
            Scope::OutsideTheCluster => all.filter(|endpoint| matches!(endpoint, Endpoint::Range(_))).collect(),
            Scope::In(word) => known(word)?.into_iter().map(Endpoint::Workload).collect(),
            Scope::Outside(word) => {
                let inside = known(word)?;
                let is_inside = |endpoint: &Endpoint| matches!(endpoint, Endpoint::Workload(at) if inside.contains(at));
                all.filter(|endpoint| !is_inside(endpoint)).collect()
            }
        };
        sources.retain(|source| match *source {
            Endpoint::Workload(at) => at != destination && !self.reach.is_waypoint(at),
            Endpoint::Range(_) => true,
        });
        if sources.is_empty() {
            let (span, message) = match scope {
                Scope::In(word) => {
                    (word.span, format!("no other workload is in `{}`, so the expectation is always true", word.text))
                }
                _ => (span, "no workload or address matches this scope, so the expectation is always true".to_owned()),
            };
            return Err(Box::new(Finding::new(&codes::expectation::ALWAYS_TRUE, span, message)));
        }
        Ok(sources)
    }

    /// Where a source reaches a workload and should not, or should and does not.
    fn reaches(&self, source: Endpoint, workload: usize, port: Option<u16>, wanted: bool) -> Option<Counterexample> {
        let paths = match port {
            Some(port) => self.reach.paths_to_port(source, workload, port),
            None => self.reach.paths(source, workload),
        };
        let verdicts: Vec<Verdict> = paths.iter().map(|path| self.reach.verdict(path)).collect();
        let (open, closed): (Vec<_>, Vec<_>) =
            verdicts.into_iter().partition(|verdict| verdict.outcome != Outcome::Unreachable);
        let title = |endpoint| self.reach.network.title(endpoint);
        let names = format!("{} {{}} {}", title(source), title(Endpoint::Workload(workload)));
        let on = |verdict: Option<&Verdict>| verdict.map(|v| format!(" on TCP {}", v.path.port)).unwrap_or_default();
        // Connections over UDP or SCTP have no path of requests.
        let rest = self.reach.network.ports_between(source, Endpoint::Workload(workload));
        let by_network = open.is_empty() && port.is_none() && !rest.is_empty();
        match (wanted, open.is_empty() && !by_network) {
            (false, false) => {
                // What is known says more than what is not.
                let verdict = open
                    .into_iter()
                    .min_by_key(|verdict| (verdict.doubt.is_some(), !verdict.path.declared, verdict.steps.len()));
                let on = if by_network { format!(" on {rest}") } else { on(verdict.as_ref()) };
                let reaches = if verdict.as_ref().is_some_and(|v| v.doubt.is_some()) { "may reach" } else { "reaches" };
                let message = format!("{}{on}", names.replace("{}", reaches));
                Some(Counterexample { source, message, verdict, view: None, too_much: true })
            }
            (true, false) if !by_network && open.iter().all(|verdict| verdict.doubt.is_some()) => {
                let verdict = open.into_iter().min_by_key(|verdict| (!verdict.path.declared, verdict.steps.len()));
                let message =
                    format!("it is not known whether {}{}", names.replace("{}", "reaches"), on(verdict.as_ref()));
                Some(Counterexample { source, message, verdict, view: None, too_much: true })
            }
            (true, true) => {
                let verdict = closed.into_iter().max_by_key(|verdict| verdict.steps.len());
                let message = format!("{}{}", names.replace("{}", "does not reach"), on(verdict.as_ref()));
                Some(Counterexample { source, message, verdict, view: None, too_much: false })
            }
            _ => None,
        }
    }

    /// The place in a policy that says what the filter on the way shows of a field. Where the filter has other settings than
    /// the policy, they name what they share.
    fn view(&self, policy: &Policy, verdict: &Verdict, field: &str) -> Option<(Span, String)> {
        let own = self.reach.filter_on_the_way(verdict)?;
        let principal = verdict.principal.as_deref();
        let at = own.plan().fields.iter().position(|known| known.name == field)?;
        let worst = own.worst(spiffe(principal).as_deref()).into_iter().nth(at)?;
        let of_route =
            |name: &str| policy.routes.iter().find(|route| route.name.value == name).map(|route| route.name.span);
        match &worst.because {
            Cause::NotListed => None,
            // It can ask as several callers.
            Cause::Sees { .. } | Cause::Mask { .. } if !asks_for(&own, principal).is_empty() => None,
            Cause::Sees { caller } => {
                let known = policy.callers.iter().find(|known| known.name.value == *caller)?;
                Some((known.name.span, format!("caller `{caller}` sees `{field}`")))
            }
            Cause::Mask { mask } => {
                let rule =
                    policy.fields.iter().find(|known| known.name.value == field && known.mask.value.id() == *mask)?;
                Some((rule.mask.span, format!("`{field}` gets mask `{mask}`")))
            }
            cause @ (Cause::MaskOfRoute { route, .. }
            | Cause::MaskingOff { route }
            | Cause::Passes { route: Some(route), .. }) => Some((of_route(route)?, cause.to_string())),
            cause @ Cause::ErrorsPass => Some((policy.on_error.span, cause.to_string())),
            cause @ Cause::Passes { route: None, .. } => Some((policy.passes.first()?.span, cause.to_string())),
        }
    }

    fn finding(&self, sentence: &Sentence, found: Counterexample, count: usize) -> Finding {
        let mut finding = Finding::new(&codes::expectation::BROKEN, sentence.span, found.message);
        let mut help = Vec::new();
        if let Some(verdict) = &found.verdict {
            let entry = verdict.steps.first().map(|step| step.reason.to_string()).unwrap_or_default();
            help.push(format!("path: {}, {entry}, TCP {}", verdict.path.credential.name(), verdict.path.port));
            for step in &verdict.steps {
                let place = step.spans.iter().find(|span| span.is_somewhere());
                match place {
                    Some(span) => {
                        let message = format!("{}: {}", step.layer.name(), step.reason);
                        finding = finding.label(self.first_line(*span), message);
                    }
                    None => help.push(format!("{}: {}", step.layer.name(), step.reason)),
                }
            }
            if let Some((span, text)) = found.view {
                finding = finding.label(self.first_line(span), format!("view: {text}"));
            }
            if !found.too_much {
                help.extend(self.reach.remedy(verdict).map(|remedy| format!("it would take: {remedy}")));
            } else if verdict.outcome == Outcome::Denied {
                help.push("requests are denied, but only a NetworkPolicy blocks connections".to_owned());
            }
        }
        if count > 1 {
            help.push(format!("the same for {} more", count - 1));
        }
        finding.help(help.join("\n"))
    }

    /// A place without what follows on further lines.
    fn first_line(&self, span: Span) -> Span {
        let length = self.files.slice(span).lines().next().map_or(0, str::len);
        Span { end: span.start.saturating_add(u32::try_from(length).unwrap_or(u32::MAX)), ..span }
    }

    fn unknown_name(&self, word: &Word, error: &UnknownName) -> Box<Finding> {
        let finding = Finding::new(&codes::expectation::NAME, word.span, error.to_string());
        Box::new(match error.near() {
            Some(near) if self.files.slice(word.span) == word.text => {
                finding.suggest(word.span, near, format!("did you mean `{near}`?"))
            }
            Some(near) => finding.help(format!("did you mean `{near}`?")),
            None => finding,
        })
    }
}

impl Demand {
    /// What is not known meets nothing but what everything meets.
    fn is_met(self, form: Form) -> bool {
        match self {
            Self::Form(Wanted::AtMost(Form::Clear)) | Self::AtLeast(Form::Unreachable) => true,
            Self::Form(_) | Self::AtLeast(_) | Self::Below(_) if form == Form::Unknown => false,
            Self::Form(Wanted::Exactly(wanted)) => form == wanted,
            Self::Form(Wanted::AtMost(wanted)) => form <= wanted,
            Self::AtLeast(wanted) => form >= wanted,
            Self::Below(wanted) => form < wanted,
            Self::Reach | Self::NoReach => true,
        }
    }

    /// Whether a form is more than what is wanted.
    fn is_passed(self, form: Form) -> bool {
        match self {
            Self::Form(_) | Self::AtLeast(_) if form == Form::Unknown => true,
            Self::Form(Wanted::Exactly(wanted) | Wanted::AtMost(wanted)) => form > wanted,
            Self::Below(_) | Self::NoReach => true,
            Self::AtLeast(_) | Self::Reach => false,
        }
    }
}
