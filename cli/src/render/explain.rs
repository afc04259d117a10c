//! An answer for people.

use std::fmt::Write as _;

use meshveil_answers::{
    explain::{ExplainedPath, Explanation, Fate},
    words::by_form,
};

/// The most exposing path in full, the others in a line each.
pub(crate) fn text(answer: &Explanation) -> String {
    let mut text = format!("{} -> {}\n", answer.source, answer.destination);
    let Some((worst, others)) = answer.paths.split_first() else {
        text.push_str("no path: no port is declared, and the network lets nothing through\n");
        return text;
    };
    let _ = writeln!(text, "{}: {}\n", result(answer, worst), worst.way);
    for line in &worst.steps {
        let mark = if line.passed { "+" } else { "x" };
        let _ = writeln!(text, "{mark} {:13}  {}", line.layer.name(), line.text);
        for place in &line.places {
            let _ = writeln!(text, "{:15}  at {place}", "");
        }
    }
    if let Some(remedy) = &worst.remedy {
        let _ = writeln!(text, "\nit would take: {remedy}");
    }
    if worst.conditional {
        text.push_str("\nit depends on the method, path, token or address of the request\n");
    }
    if !others.is_empty() {
        text.push_str("\nother paths\n");
    }
    for other in others {
        let _ = writeln!(text, "  {}: {}", result(answer, other), other.way);
        if let Some(stop) = other.steps.iter().find(|line| !line.passed) {
            let place = stop.places.first().map(|place| format!(" ({place})")).unwrap_or_default();
            let _ = writeln!(text, "    {}: {}{place}", stop.layer.name(), stop.text);
        }
    }
    for note in &answer.notes {
        let _ = writeln!(text, "\nnote: {note}");
    }
    text
}

/// `ssn partial`, or what becomes of the request where no field is known or all come alike.
fn result(answer: &Explanation, path: &ExplainedPath) -> String {
    if path.outcome != Fate::Served || path.forms.is_empty() {
        return path.outcome.name().to_owned();
    }
    let known = answer.fields.iter().filter_map(|field| Some((field.as_str(), *path.forms.get(field)?)));
    by_form(known)
}
