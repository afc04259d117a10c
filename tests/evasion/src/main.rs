//! Prints the table: our filter, and any others. `meshveil-evasion [--bootstrap NAME=FILE[:PROGRAM]]... [--all] [--record]`; FILE is a
//! bootstrap of Envoy ([`meshveil_evasion::setup::Contestant`]), PROGRAM one in Python beside it; `--all` names every case that got
//! through, `--record` keeps the figures and writes the tables of the pages again.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use meshveil_evasion::results::{self, Results};
use meshveil_evasion::setup::{Contestant, data};
use meshveil_evasion::{case, pages, run, setup};

#[tokio::main]
async fn main() -> Result<()> {
    let (mut contestants, mut all, mut record) = (Vec::new(), false, false);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--bootstrap" => {
                let text = arguments.next().context("--bootstrap NAME=FILE[:PROGRAM]")?;
                let (name, file) = text.split_once('=').context("--bootstrap NAME=FILE[:PROGRAM]")?;
                let (file, program) = match file.split_once(':') {
                    Some((file, program)) => (file, Some(PathBuf::from(program))),
                    None => (file, None),
                };
                contestants.push(Contestant { name: name.to_owned(), bootstrap: PathBuf::from(file), program });
            }
            "--all" => all = true,
            "--record" => record = true,
            other => bail!("unknown argument `{other}`"),
        }
    }
    let (cases, setups) = (case::read_all(&data().join("cases"))?, setup::read_all()?);
    let mut columns = vec![("meshveil".to_owned(), run::ours(&cases, &setups).await?)];
    for contestant in &contestants {
        columns.push((contestant.name.clone(), run::other(contestant, &cases, &setups).await?));
    }
    let results = Results::of(&columns);
    println!("{}\n{}", pages::summary(&results), pages::by_kind(&results));
    if record {
        results.write(&results::path())?;
        pages::write(&results)?;
    }
    if all {
        for (name, outcomes) in &columns {
            for outcome in outcomes.iter().filter(|outcome| outcome.leak.is_some() || !outcome.is_right()) {
                let why = outcome.leak.as_ref().or(outcome.wrong.as_ref()).map(String::as_str).unwrap_or_default();
                let said = if outcome.is_said { " (said)" } else { "" };
                println!("{name}: {}: {}: {why}{said}", outcome.kind, outcome.name);
            }
        }
    }
    Ok(())
}
