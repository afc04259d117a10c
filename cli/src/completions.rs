//! `meshveil completions`: what a shell needs to complete a command line.

use std::io::Write;

use clap::CommandFactory;
use clap_complete::Shell;

use crate::Failure;

/// Print a script that completes the command in a shell
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// The shell
    #[arg(value_name = "SHELL", value_enum)]
    shell: Shell,
}

const AFTER_HELP: &str = "\
Examples:
  meshveil completions bash > ~/.local/share/bash-completion/completions/meshveil
  meshveil completions fish > ~/.config/fish/completions/meshveil.fish";

/// Prints the script.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut command = crate::Arguments::command();
    let name = command.get_name().to_owned();
    // The library panics where it cannot write.
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, name, &mut script);
    std::io::stdout().lock().write_all(&script).map_err(Failure::writing)
}
