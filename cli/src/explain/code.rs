//! What a code means.

use std::io::Write;

use meshveil_text::{
    codes::{self, Code},
    nearest,
};

use crate::Failure;

/// Prints the entry of a code, or the list of all.
pub(super) fn write(code: Option<&str>) -> Result<(), Failure> {
    let mut output = std::io::stdout().lock();
    let Some(id) = code else {
        for Code { id, title, .. } in codes::all() {
            writeln!(output, "{id}  {title}").map_err(Failure::writing)?;
        }
        return Ok(());
    };
    let Some(code) = codes::find(id) else {
        // Another number would be a guess: only what was left out is known.
        let known = codes::all().map(|code| code.id);
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
    for (what, example) in [("Wrong", code.example.bad), ("Right", code.example.good)] {
        text.push_str(&format!("\n{what}:\n\n"));
        for line in example.lines() {
            text.push_str(&format!("  {line}\n"));
        }
    }
    text
}
