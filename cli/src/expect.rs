//! `simulate --assert`: sentences about who sees and reaches what, and whether they hold.

use std::{io::Write, path::PathBuf};

use meshveil_answers::{Cluster, Document, cluster::Faulty, expect::Expectations};
use meshveil_reach::Reach;
use meshveil_text::{Files, Finding};

use crate::{
    Failure, input,
    render::{self, Output},
    simulate::Format,
};

/// Checks every expectation of some files and prints those that do not hold.
pub(crate) fn run(cluster: &Cluster, reach: &Reach<'_>, paths: &[PathBuf], format: Format) -> Result<(), Failure> {
    let found = match Expectations::check(cluster, reach, input::texts(paths)?) {
        Ok(found) => found,
        Err(Faulty { files, findings }) => {
            write(format, &files, &findings)?;
            return Err(Failure::Findings);
        }
    };
    if found.count == 0 {
        return Err(Failure::Usage("nothing is expected: `expect:` is in none of the files, or empty".to_owned()));
    }
    let Expectations { files, count: all, broken } = found;
    let count = broken.len();
    if format == Format::Json {
        render::document(&Document::expectations(&files, all, &broken))?;
    } else {
        match format {
            Format::Text => render::each(&files, &broken)?,
            _ if broken.is_empty() => {}
            _ => write(format, &files, &broken)?,
        }
        let plural = if all == 1 { "" } else { "s" };
        let text = match count {
            0 if all == 1 => "1 expectation holds".to_owned(),
            0 => format!("{all} expectations hold"),
            1 => format!("1 of {all} expectation{plural} does not hold"),
            _ => format!("{count} of {all} expectations do not hold"),
        };
        writeln!(std::io::stdout().lock(), "{text}").map_err(Failure::writing)?;
    }
    if broken.is_empty() { Ok(()) } else { Err(Failure::Exposed) }
}

fn write(format: Format, files: &Files, findings: &[Finding]) -> Result<(), Failure> {
    match format {
        Format::Text => render::findings(Output::Text, files, findings),
        Format::Json => render::findings(Output::Json, files, findings),
        Format::Markdown => {
            let mut text = String::from("| expectation | instead | decided by |\n| --- | --- | --- |\n");
            for finding in findings {
                let chain =
                    finding.labels.iter().map(|label| format!("{} ({})", label.message, files.place(label.span)));
                let chain = chain.collect::<Vec<_>>().join("<br>");
                let sentence = files.slice(finding.span);
                text += &format!("| `{sentence}` | {} | {chain} |\n", finding.message);
            }
            text.push('\n');
            std::io::stdout().lock().write_all(text.as_bytes()).map_err(Failure::writing)
        }
    }
}
