//! What verbs that write pages share.

use std::{fs, path::Path};

use meshveil_report::{Module, Origin};

use crate::{Failure, render};

/// What is said where the playground is asked for and this program has none.
pub(crate) const WITHOUT: &str = "this meshveil was built without the playground: `make build` builds one with it (a build takes the module that MESHVEIL_PLAYGROUND names)";

#[cfg(playground)]
const MODULE: Option<Module<'static>> =
    Some(Module { compressed: include_bytes!(concat!(env!("OUT_DIR"), "/playground.wasm.gz")) });
#[cfg(not(playground))]
const MODULE: Option<Module<'static>> = None;

/// The playground's module, where this program was built with one.
pub(crate) const fn module() -> Option<Module<'static>> {
    MODULE
}

/// The command as it was typed.
pub(crate) fn origin() -> Origin {
    let arguments = std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned());
    let command = std::iter::once("meshveil".to_owned()).chain(arguments).collect::<Vec<_>>().join(" ");
    Origin { version: env!("CARGO_PKG_VERSION").to_owned(), command }
}

/// The name and the text of a file.
pub(crate) fn text(path: &Path) -> Result<(String, String), Failure> {
    let text = fs::read_to_string(path).map_err(Failure::reading(path))?;
    Ok((path.display().to_string(), text))
}

/// Writes a page to a file, or to standard output for `-`.
pub(crate) fn write(path: &Path, page: &str) -> Result<(), Failure> {
    if path.as_os_str() == "-" {
        return render::print_as_it_is(page);
    }
    fs::write(path, page).map_err(|error| Failure::Io { what: format!("write `{}`", path.display()), error })
}
