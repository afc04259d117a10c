//! Changes for people, for programs and for pull requests.

use meshveil_answers::diff::{Diff, Effect};

use super::escaped;

/// Sources that a sentence names.
const SHOWN: usize = 7;

/// Sources that unfold below it.
const LISTED: usize = 200;

/// `2 gained, 1 weaker`.
fn summary(diff: &Diff) -> String {
    let counts = Effect::ALL.map(|effect| (diff.with(effect).count(), effect.title()));
    let counts = counts.iter().filter(|(count, _)| *count > 0).map(|(count, title)| format!("{count} {title}"));
    let counts: Vec<String> = counts.collect();
    if counts.is_empty() { "nothing changes for anybody".to_owned() } else { counts.join(", ") }
}

pub(crate) fn text(diff: &Diff) -> String {
    let mut text = String::new();
    for effect in Effect::ALL {
        if diff.with(effect).next().is_none() {
            continue;
        }
        text += &format!("{}\n", effect.title());
        for change in diff.with(effect) {
            text += &format!("  {}\n", change.text);
            if let Some(because) = &change.because {
                text += &format!("    {because}\n");
            }
        }
        text.push('\n');
    }
    format!("{text}{}\n", summary(diff))
}

pub(crate) fn markdown(diff: &Diff) -> String {
    let mut text = format!("### Access: {}\n", summary(diff));
    for effect in Effect::ALL {
        if diff.with(effect).next().is_none() {
            continue;
        }
        text += &format!("\n**{}**\n\n", effect.title());
        for change in diff.with(effect) {
            text += &format!("- {}\n", escaped(&change.text));
            if let Some(because) = &change.because {
                text += &format!("  <br>{}\n", escaped(because));
            }
            if change.sources.len() > SHOWN {
                let names: Vec<String> = change.sources.iter().take(LISTED).map(|source| escaped(source)).collect();
                let more = change.sources.len().saturating_sub(LISTED);
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                let count = change.sources.len();
                text += &format!("  <details><summary>{count} sources</summary>{}{more}</details>\n", names.join(", "));
            }
        }
    }
    text
}
