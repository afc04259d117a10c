//! The `meshveil` command.

fn main() {}
