//! `meshveil man`: manual pages, made from the same description of the command line as `--help`.

use std::{
    fs,
    io::{self, Write},
    path::PathBuf,
};

use clap::CommandFactory;
use clap_mangen::{
    Man,
    roff::{Roff, roman},
};

use crate::Failure;

/// Print a manual page, or write all of them
///
/// A package puts the pages into a directory that `man` knows, such as `share/man/man1` beside `bin`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// The verb that the page is about; the command itself where none is named
    #[arg(value_name = "VERB", conflicts_with = "output")]
    verb: Option<String>,
    /// Write the pages of the command and of every verb into this directory
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

const AFTER_HELP: &str = "\
Examples:
  meshveil man simulate | man -l -
  meshveil man --output ~/.local/share/man/man1";

/// Prints a page or writes all.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    // The verb `help` is said by `--help`, and its pages would repeat all others.
    let mut command = crate::Arguments::command().disable_help_subcommand(true);
    // Names the verbs `meshveil-check` and so on.
    command.build();
    if let Some(directory) = &arguments.output {
        let writing = |path: PathBuf| move |error| Failure::Io { what: format!("write `{}`", path.display()), error };
        fs::create_dir_all(directory).map_err(writing(directory.clone()))?;
        for command in command.get_subcommands().chain([&command]) {
            let path = directory.join(Man::new(command.clone()).get_filename());
            fs::write(&path, page(command).map_err(Failure::writing)?).map_err(writing(path))?;
        }
        return Ok(());
    }
    let named = arguments.verb.as_deref().map_or(Ok(&command), |verb| {
        let found = command.get_subcommands().find(|command| command.get_name() == verb);
        found.ok_or_else(|| Failure::Usage(format!("unknown verb `{verb}`: `meshveil --help` lists them")))
    })?;
    io::stdout().lock().write_all(&page(named).map_err(Failure::writing)?).map_err(Failure::writing)
}

/// The page of a command, in roff.
fn page(command: &clap::Command) -> io::Result<Vec<u8>> {
    // Without a date, as the pages are made again for each version; the library writes an empty one as no argument at all.
    let page =
        Man::new(command.clone()).date(" ").source(concat!("meshveil ", env!("CARGO_PKG_VERSION"))).manual("meshveil");
    let mut text = Vec::new();
    page.render_title(&mut text)?;
    page.render_name_section(&mut text)?;
    page.render_synopsis_section(&mut text)?;
    page.render_description_section(&mut text)?;
    if command.get_arguments().any(|argument| !argument.is_hide_set()) {
        page.render_options_section(&mut text)?;
    }
    if command.has_subcommands() {
        page.render_subcommands_section(&mut text)?;
    }
    if let Some(help) = command.get_after_long_help().or_else(|| command.get_after_help()) {
        notes(&help.to_string()).to_writer(&mut text)?;
    }
    Ok(text)
}

/// What stands below the options in the help, as sections: a list of examples keeps its lines, and `Exit codes: ...` is the
/// section of that name in every manual.
fn notes(help: &str) -> Roff {
    let mut roff = Roff::new();
    for block in help.split("\n\n") {
        if let Some(examples) = block.strip_prefix("Examples:\n") {
            roff.control("SH", ["EXAMPLES"]).control("nf", []);
            for line in examples.lines() {
                roff.text([roman(line)]);
            }
            roff.control("fi", []);
            continue;
        }
        let (heading, sentence) = match block.strip_prefix("Exit codes: ") {
            Some(codes) => ("EXIT STATUS", codes),
            None => ("NOTES", block),
        };
        roff.control("SH", [heading]).text([roman(sentence)]);
    }
    roff
}
