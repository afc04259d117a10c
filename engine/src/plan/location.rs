//! Where in a JSON document an offset is, as a path such as `fields[2].mask`.

use core::fmt::Write;

use crate::tape::{Document, Kind, NodeId, Tape};

/// The path of the value that serde_json was reading when it stopped with `error`; `.` for the document.
pub(super) fn path_of(json: &[u8], error: &serde_json::Error) -> String {
    let mut tape = Tape::new();
    if error.is_syntax() || error.is_eof() || tape.read(json).is_err() {
        return ".".to_owned();
    }
    let offset = offset_of(json, error);
    path(tape.over(json), offset)
}

fn offset_of(json: &[u8], error: &serde_json::Error) -> usize {
    let line_starts = json.iter().enumerate().filter(|&(_, &byte)| byte == b'\n').map(|(at, _)| at + 1);
    let line_start = core::iter::once(0).chain(line_starts).nth(error.line().saturating_sub(1)).unwrap_or(0);
    line_start + error.column()
}

fn path(document: Document<'_>, offset: usize) -> String {
    let mut path = String::new();
    let mut node = NodeId::ROOT;
    loop {
        let started = |child: NodeId| document.key_span(child).unwrap_or_else(|| document.span(child)).start < offset;
        let begun = document.children(node).enumerate().take_while(|&(_, child)| started(child)).last();
        // What is wrong with an object as a whole is reported at its end, after the end of its last member.
        let Some((index, child)) = begun.filter(|&(_, child)| document.span(child).end >= offset) else {
            break;
        };
        let written = match document.key(child) {
            Some(key) if path.is_empty() => write!(path, "{key}"),
            Some(key) => write!(path, ".{key}"),
            None if document.kind(node) == Kind::Array => write!(path, "[{index}]"),
            None => Ok(()),
        };
        debug_assert!(written.is_ok());
        node = child;
    }
    if path.is_empty() { ".".to_owned() } else { path }
}
