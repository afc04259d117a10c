//! The safe changes that findings carry, made as long as they do no harm.

use std::collections::BTreeMap;

use meshveil_text::{Code, Finding, Fix, Severity};

use crate::checks::{Inspection, inspect};

/// Rounds at most; each makes at least one change.
const ROUNDS: usize = 100;

/// What became of some texts.
#[derive(Debug)]
pub struct Fixed {
    /// The texts, changed or not, in the same order.
    pub texts: Vec<(String, String)>,
    /// `file:line: code: what was done`, in the order it was done.
    pub done: Vec<String>,
    /// Changes that were not made because something else would have been wrong afterwards.
    pub left: Vec<String>,
}

/// Changes texts until no safe change is left. Changes that overlap are never made in the same round, and none is made that
/// brings a finding that was not there before.
#[must_use]
pub fn apply(texts: &[(String, String)]) -> Fixed {
    let mut fixed = Fixed { texts: texts.to_vec(), done: Vec::new(), left: Vec::new() };
    let mut inspection = inspect(fixed.texts.clone());
    for _ in 0..ROUNDS {
        let wanted = fixes(&inspection.findings);
        if wanted.is_empty() {
            break;
        }
        // All at once, or, where together they do harm, the first that does none.
        let all = apart(&wanted);
        let attempts = std::iter::once(all).chain(wanted.iter().map(|one| vec![*one]));
        let better = attempts.into_iter().find_map(|chosen| {
            let changed = changed(&fixed.texts, &chosen);
            let after = inspect(changed.clone());
            does_no_harm(&inspection.findings, &after.findings).then_some((chosen, changed, after))
        });
        let Some((chosen, changed, after)) = better else {
            fixed.left = wanted.iter().map(|(finding, fix)| line(&inspection, finding, fix)).collect();
            break;
        };
        fixed.done.extend(chosen.iter().map(|(finding, fix)| line(&inspection, finding, fix)));
        fixed.texts = changed;
        inspection = after;
    }
    fixed
}

/// Safe changes by place, each once.
fn fixes(findings: &[Finding]) -> Vec<(&Finding, &Fix)> {
    let mut fixes: Vec<(&Finding, &Fix)> =
        findings.iter().filter_map(|finding| Some((finding, finding.fix.as_ref()?))).collect();
    fixes.retain(|(_, fix)| !fix.guess && fix.span.is_somewhere());
    fixes.sort_by_key(|(_, fix)| (fix.span, &fix.replacement));
    fixes.dedup_by_key(|(_, fix)| (fix.span, &fix.replacement));
    fixes
}

/// Those that do not touch one before them.
fn apart<'f>(fixes: &[(&'f Finding, &'f Fix)]) -> Vec<(&'f Finding, &'f Fix)> {
    let mut chosen: Vec<(&Finding, &Fix)> = Vec::new();
    for (finding, fix) in fixes {
        let touches = |(_, last): &(&Finding, &Fix)| {
            last.span.file == fix.span.file && (fix.span.start < last.span.end || fix.span.start == last.span.start)
        };
        if !chosen.last().is_some_and(touches) {
            chosen.push((finding, fix));
        }
    }
    chosen
}

fn changed(texts: &[(String, String)], fixes: &[(&Finding, &Fix)]) -> Vec<(String, String)> {
    let mut texts = texts.to_vec();
    // From the end, so that the places before stay.
    for (_, fix) in fixes.iter().rev() {
        let range = fix.span.start as usize..fix.span.end as usize;
        if let Some((_, text)) = texts.get_mut(fix.span.file.0 as usize)
            && text.get(range.clone()).is_some()
        {
            text.replace_range(range, &fix.replacement);
        }
    }
    texts
}

/// Whether there are fewer findings, and of no code more than before. Messages may change: they name ports and peers.
fn does_no_harm(before: &[Finding], after: &[Finding]) -> bool {
    let count = |findings: &[Finding]| {
        let mut counts: BTreeMap<&Code, usize> = BTreeMap::new();
        for finding in findings.iter().filter(|finding| finding.severity > Severity::Note) {
            *counts.entry(finding.code).or_default() += 1;
        }
        counts
    };
    let known = count(before);
    let no_more = |(code, count): (&Code, usize)| known.get(code).is_some_and(|known| count <= *known);
    after.len() < before.len() && count(after).into_iter().all(no_more)
}

fn line(inspection: &Inspection, finding: &Finding, fix: &Fix) -> String {
    format!("{}: {}: {}", inspection.files.place(fix.span), finding.code, fix.message)
}
