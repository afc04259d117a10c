//! `check --fix`: makes the safe changes that findings carry, as long as they do no harm.

use std::{collections::BTreeMap, fs, io::Write};

use meshveil_text::{Code, Finding, Fix, Severity};
use similar::TextDiff;

use crate::{
    Failure,
    check::{Inspection, inspect},
};

/// Rounds at most; each makes at least one change.
const ROUNDS: usize = 100;

/// What became of some texts.
pub(crate) struct Fixed {
    /// The texts, changed or not, in the same order.
    pub(crate) texts: Vec<(String, String)>,
    /// `file:line: code: what was done`, in the order it was done.
    done: Vec<String>,
    /// Changes that were not made because something else would have been wrong afterwards.
    left: Vec<String>,
}

/// Changes texts until no safe change is left. Changes that overlap are never made in the same round, and none is made that
/// brings a finding that was not there before.
pub(crate) fn apply(texts: &[(String, String)]) -> Fixed {
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

/// Prints the changes as a unified diff.
pub(crate) fn show(before: &[(String, String)], fixed: &Fixed) -> Result<(), Failure> {
    let mut output = std::io::stdout().lock();
    for ((name, old), (_, new)) in before.iter().zip(&fixed.texts).filter(|((_, old), (_, new))| old != new) {
        let diff = TextDiff::from_lines(old.as_str(), new.as_str());
        let text = diff.unified_diff().header(&format!("a/{name}"), &format!("b/{name}")).to_string();
        output.write_all(text.as_bytes()).map_err(Failure::writing)?;
    }
    if fixed.done.is_empty() {
        return writeln!(output, "nothing to fix").map_err(Failure::writing);
    }
    Err(Failure::Findings)
}

/// Writes what changed, and says so on standard error.
pub(crate) fn write(before: &[(String, String)], fixed: &Fixed) -> Result<(), Failure> {
    for ((name, old), (_, new)) in before.iter().zip(&fixed.texts) {
        if old != new {
            fs::write(name, new).map_err(|error| Failure::Io { what: format!("write `{name}`"), error })?;
        }
    }
    for line in &fixed.done {
        eprintln!("fixed: {line}");
    }
    for line in &fixed.left {
        eprintln!("not fixed, because something else would be wrong: {line}");
    }
    Ok(())
}
