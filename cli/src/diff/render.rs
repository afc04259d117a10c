//! Changes for people, for programs and for pull requests.

use std::io::Write;

use serde_json::{Value, json};

use super::change::{Change, Effect};
use crate::{Failure, render::document};

fn write(text: &str) -> Result<(), Failure> {
    std::io::stdout().lock().write_all(text.as_bytes()).map_err(Failure::writing)
}

fn of(changes: &[Change], effect: Effect) -> Vec<&Change> {
    changes.iter().filter(|change| change.effect == effect).collect()
}

/// `2 gained, 1 weaker`.
fn summary(changes: &[Change]) -> String {
    let counts = Effect::ALL.map(|effect| (of(changes, effect).len(), effect.title()));
    let counts = counts.iter().filter(|(count, _)| *count > 0).map(|(count, title)| format!("{count} {title}"));
    let counts: Vec<String> = counts.collect();
    if counts.is_empty() { "nothing changes for anybody".to_owned() } else { counts.join(", ") }
}

pub(super) fn text(changes: &[Change]) -> Result<(), Failure> {
    let mut text = String::new();
    for effect in Effect::ALL {
        let found = of(changes, effect);
        if found.is_empty() {
            continue;
        }
        text += &format!("{}\n", effect.title());
        for change in found {
            text += &format!("  {}\n", change.text);
            if let Some(because) = &change.because {
                text += &format!("    {because}\n");
            }
        }
        text.push('\n');
    }
    write(&format!("{text}{}\n", summary(changes)))
}

pub(super) fn json(changes: &[Change]) -> Result<(), Failure> {
    let counts = Effect::ALL.map(|effect| (effect.title().to_owned(), json!(of(changes, effect).len())));
    document([
        ("counts", Value::Object(counts.into_iter().collect())),
        ("changes", changes.iter().map(Change::to_json).collect()),
    ])
}

pub(super) fn markdown(changes: &[Change]) -> Result<(), Failure> {
    let mut text = format!("### Access: {}\n", summary(changes));
    for effect in Effect::ALL {
        let found = of(changes, effect);
        if found.is_empty() {
            continue;
        }
        text += &format!("\n**{}**\n\n", effect.title());
        for change in found {
            text += &format!("- {}\n", escaped(&change.text));
            if let Some(because) = &change.because {
                text += &format!("  <br>{}\n", escaped(because));
            }
        }
    }
    write(&text)
}

/// What Markdown would read as emphasis or HTML; what stands in backticks is left alone.
fn escaped(text: &str) -> String {
    let parts = text.split('`').enumerate();
    let escape = |part: &str| part.replace('*', "&#42;").replace('<', "&lt;");
    let parts = parts.map(|(at, part)| if at % 2 == 0 { escape(part) } else { part.to_owned() });
    parts.collect::<Vec<_>>().join("`")
}
