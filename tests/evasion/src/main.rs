//! Prints the table: our filter, and any others. `meshveil-evasion [--bootstrap NAME=FILE[:PROGRAM]]... [--all]`; FILE is a bootstrap of
//! Envoy ([`meshveil_evasion::setup::Contestant`]), PROGRAM one in Python beside it; `--all` names every case that got through.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use meshveil_evasion::setup::{Contestant, data};
use meshveil_evasion::table::{Column, markdown};
use meshveil_evasion::{case, run, setup};

#[tokio::main]
async fn main() -> Result<()> {
    let (mut contestants, mut all) = (Vec::new(), false);
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
            other => bail!("unknown argument `{other}`"),
        }
    }
    let (cases, setups) = (case::read_all(&data().join("cases"))?, setup::read_all()?);
    let mut columns = vec![Column { name: "meshveil".to_owned(), outcomes: run::ours(&cases, &setups).await? }];
    for contestant in &contestants {
        let outcomes = run::other(contestant, &cases, &setups).await?;
        columns.push(Column { name: contestant.name.clone(), outcomes });
    }
    print!("{}", markdown(&columns));
    if all {
        for column in &columns {
            for outcome in column.outcomes.iter().filter(|outcome| !outcome.is_right()) {
                let why = outcome.leak.as_ref().or(outcome.wrong.as_ref()).map(String::as_str).unwrap_or_default();
                println!("{}: {}: {}: {why}", column.name, outcome.kind, outcome.name);
            }
        }
    }
    Ok(())
}
