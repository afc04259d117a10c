//! Documents one after the other. Brackets and quotes end a document by themselves; after a number or a literal there is white
//! space, because `1` and `2` would be read as `12`.

use meshveil_json::{ErrorCode, Stream};

use super::{closes, finish_begun, first_not_blank, mark::Mark};
use crate::{Fault, Rewrite, Stage};

/// Concatenated documents. All are read by one stream.
#[derive(Debug)]
pub(crate) struct Concatenated {
    documents: Stream,
    mark: Mark,
    /// A document has ended; whether another may follow without white space.
    ended: Option<bool>,
}

impl Concatenated {
    pub(super) fn new(documents: Stream) -> Self {
        Self { documents, mark: Mark::default(), ended: None }
    }

    pub(super) const fn documents(&self) -> &Stream {
        &self.documents
    }
}

impl Stage for Concatenated {
    fn rewrite(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Result<Rewrite, Fault> {
        let (mut reading, mut pos) = self.mark.skip_in(self.documents.begin(chunk, out)?, chunk)?;
        while let Some(end) = reading.document(pos)? {
            let next = first_not_blank(chunk, end);
            let may_follow = self.ended.unwrap_or_else(|| closes(chunk, end)) || next.unwrap_or(chunk.len()) > end;
            self.ended = Some(may_follow);
            let Some(next) = next else { break };
            if !may_follow {
                return Err(reading.refuse(ErrorCode::TrailingData, next).into());
            }
            self.ended = None;
            reading.next_document();
            pos = next;
        }
        Ok(reading.end()?)
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Fault> {
        finish_begun(&mut self.documents, &self.mark, out)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{every_way, refused};
    use super::*;
    use crate::Framing;

    #[test]
    fn table_of_concatenated_documents() {
        for (body, expected, documents) in [
            ("{\"a\":1}{\"a\":2}", "{\"a\":\"*\"}{\"a\":\"*\"}", 2),
            ("{\"a\":1} {\"a\":2}\n[]\n", "{\"a\":\"*\"} {\"a\":\"*\"}\n[]\n", 3),
            ("1 2\n\"x\"true null {}3", "1 2\n\"x\"true null {}3", 7),
            ("{}[]\"\"{\"a\":{\"b\":[]}}", "{}[]\"\"{\"a\":\"*\"}", 4),
            ("\u{feff}{\"a\":1}", "\u{feff}{\"a\":\"*\"}", 1),
            ("", "", 0),
            (" \r\n\t", " \r\n\t", 0),
        ] {
            let (out, report) = every_way(Framing::Documents, body.as_bytes()).unwrap();
            assert_eq!((out.as_slice(), report.documents), (expected.as_bytes(), documents), "{body}");
        }
    }

    #[test]
    fn a_number_or_literal_is_followed_by_white_space() {
        use ErrorCode::{Syntax, TrailingData, UnexpectedEnd};
        for (body, code, offset) in [
            ("1{}", TrailingData, 1),
            ("01", TrailingData, 1),
            ("true{}", TrailingData, 4),
            ("{} truefalse", TrailingData, 7),
            ("{},{}", Syntax, 2),
            ("{}]", Syntax, 2),
            ("{}{\"a\":\"SECRET", UnexpectedEnd, 14),
            ("{}\u{feff}{}", Syntax, 2),
        ] {
            assert_eq!(every_way(Framing::Documents, body.as_bytes()), refused(code, offset), "{body}");
        }
    }
}
