//! What a code means.

use std::io::Write;

use meshveil_policy::codes::{self, Code};

use crate::{Failure, codes::Meaning, names::nearest, simulate::expect};

/// Prints the entry of a code, or the list of all.
pub(super) fn write(code: Option<&str>) -> Result<(), Failure> {
    let mut output = std::io::stdout().lock();
    let Some(id) = code else {
        for code in codes::CODES {
            writeln!(output, "{}  {}", code.id, code.title).map_err(Failure::writing)?;
        }
        for Meaning { code, title, .. } in crate::codes::all() {
            writeln!(output, "{code}  {title}").map_err(Failure::writing)?;
        }
        for (code, title) in expect::codes::ALL {
            writeln!(output, "{code}  {title}").map_err(Failure::writing)?;
        }
        return Ok(());
    };
    if let Some(Meaning { code, title, text }) = crate::codes::find(id) {
        return writeln!(output, "{code}: {title}\n\n{text}").map_err(Failure::writing);
    }
    if let Some((code, title)) = expect::codes::ALL.iter().find(|(code, _)| code.eq_ignore_ascii_case(id)) {
        let page = expect::codes::PAGE;
        return writeln!(output, "{code}: {title}\n\nSee {page}.").map_err(Failure::writing);
    }
    let Some(code) = codes::find(id) else {
        let known = codes::CODES.iter().map(|code| code.id).chain(crate::codes::all().map(|meaning| meaning.code));
        let known = known.chain(expect::codes::ALL.iter().map(|(code, _)| *code)).map(str::to_owned);
        // Another number would be a guess: only what was left out is known.
        let hint = match nearest(id, known.filter(|known| known.len() > id.len())) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`meshveil explain` lists all".to_owned(),
        };
        return Err(Failure::Usage(format!("no code `{id}`: {hint}")));
    };
    output.write_all(text(code).as_bytes()).map_err(Failure::writing)
}

fn text(code: &Code) -> String {
    let mut text = format!("{}: {}\n\n{}\n", code.id, code.title, code.explanation);
    for (what, example) in [("Wrong", code.bad), ("Right", code.good)] {
        if !example.is_empty() {
            text.push_str(&format!("\n{what}:\n\n"));
            for line in example.lines() {
                text.push_str(&format!("  {line}\n"));
            }
        }
    }
    text
}
