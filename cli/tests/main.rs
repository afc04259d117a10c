//! Whole runs of the command line, one program: linking takes longer than most of the tests.
//!
//! Tests share a process, so none depends on the current directory but those of pages, which all run in the root.

mod applications;
mod commands;
mod discover;
mod documentation;
mod expectations;
mod fixes;
mod generated;
mod help;
mod init;
mod man;
mod output;
mod package;
mod pages;
mod sarif;
mod scale;
mod standard_input;

use std::path::{Path, PathBuf};

/// The root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// An empty directory of one test.
#[expect(clippy::unwrap_used, reason = "a test")]
fn place(group: &str, name: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(group).join(name);
    let _ = std::fs::remove_dir_all(&directory);
    std::fs::create_dir_all(&directory).unwrap();
    directory
}

/// Writes a file, and gives its path.
#[expect(clippy::unwrap_used, reason = "a test")]
fn file(directory: &Path, name: &str, text: impl AsRef<[u8]>) -> String {
    let path = directory.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Runs the commands of a page and compares what they print with what it shows.
#[expect(clippy::unwrap_used, reason = "a test")]
fn prints_what_is_shown(page: &str) {
    // As in a fresh clone.
    std::env::set_current_dir(root()).unwrap();
    trycmd::TestCases::new().default_bin_name("meshveil").case(page);
}
