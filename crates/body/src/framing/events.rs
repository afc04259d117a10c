//! Server-sent events (HTML Standard, section 9.2): the data of each is one JSON document, which may span its lines.
//!
//! A client joins the `data` lines of an event by line feeds. So the stream reads these, too, and where it lets one go on a
//! line ends: however long it holds something back, what a client reads is the masked document. Comments, `event`, `id` and
//! `retry` go on as they are, in the same event, unless they look like something sensitive; then they are left out, and so are
//! fields that the standard does not name, which clients ignore.

use meshveil_detect::looks_sensitive;
use meshveil_json::{Masker, Stream, StreamError};
use meshveil_plan::BadLines;

use super::{mark::Mark, records::Records};
use crate::{Fault, Rewrite, Stage};

/// The data by which services say that nothing more comes. It goes on as it is.
const DONE: &[u8] = b"[DONE]";

/// The longest name of a field.
const LONGEST_NAME: usize = "event".len();

/// The longest value of another field, in bytes: it is held until its line ends. Longer ones are left out.
const LONGEST_KEPT: usize = 1024;

/// The most digits of a time to reconnect, in milliseconds: a day and more.
const LONGEST_RETRY: usize = 9;

/// What stands before data. A client takes one space away.
const DATA: &[u8] = b"data: ";

/// Where in a line the body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// In the name of a field, after so many bytes of it; more than the longest name is no name.
    Name(usize),
    /// In data; whether the space before it may still come.
    Data { space: bool },
    /// In the value of a field that goes on as it is, which is held.
    Kept,
    /// In what clients ignore.
    Ignored,
}

/// How much of the event's data is [`DONE`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Done {
    /// All so far, this many bytes; they are held.
    Perhaps(usize),
    /// All of it; it has gone on.
    Yes,
    No,
}

/// A stream of events.
#[derive(Debug)]
pub(crate) struct Events {
    records: Records,
    mark: Mark,
    at: At,
    name: [u8; LONGEST_NAME],
    /// Whether the last byte was a carriage return: a line feed after it belongs to it.
    after_return: bool,
    /// Whether the event has data.
    has_data: bool,
    done: Done,
    /// Whether a line of data that went on has not ended yet.
    is_open: bool,
    /// Whether a line of data of this event went on.
    is_written: bool,
    /// What goes on of a piece of data.
    masked: Vec<u8>,
    /// A line that may go on as it is, up to where the body was read; and where its value begins.
    kept: Vec<u8>,
    value_at: usize,
}

impl Events {
    pub(super) fn new(masker: &Masker, bad_lines: BadLines) -> Self {
        Self {
            records: Records::new(masker, bad_lines),
            mark: Mark::default(),
            at: At::Name(0),
            name: [0; LONGEST_NAME],
            after_return: false,
            has_data: false,
            done: Done::Perhaps(0),
            is_open: false,
            is_written: false,
            masked: Vec::new(),
            kept: Vec::new(),
            value_at: 0,
        }
    }

    pub(super) const fn documents(&self) -> &Stream {
        self.records.documents()
    }

    pub(super) fn dropped(&self) -> u64 {
        self.records.dropped()
    }

    /// A piece of a line.
    fn text(&mut self, mut text: &[u8], out: &mut Vec<u8>) -> Result<(), StreamError> {
        if let At::Name(read) = self.at {
            let colon = text.iter().position(|&byte| byte == b':');
            let (part, value) = match colon {
                Some(colon) => (text.get(..colon).unwrap_or_default(), text.get(colon + 1..).unwrap_or_default()),
                None => (text, &[][..]),
            };
            for (place, byte) in self.name.iter_mut().skip(read).zip(part) {
                *place = *byte;
            }
            // Longer than the longest is all that has to be known.
            let read = (read + part.len()).min(LONGEST_NAME + 1);
            self.at = At::Name(read);
            if colon.is_none() {
                return Ok(());
            }
            self.field(read, b":", out)?;
            text = value;
        }
        match &mut self.at {
            At::Data { space } => {
                if *space && let Some((first, rest)) = text.split_first() {
                    *space = false;
                    text = if *first == b' ' { rest } else { text };
                }
                self.data(text, out)
            }
            At::Kept => {
                if self.kept.len() + text.len() > LONGEST_KEPT {
                    self.at = At::Ignored;
                    return Ok(());
                }
                self.kept.extend_from_slice(text);
                Ok(())
            }
            At::Name(_) | At::Ignored => Ok(()),
        }
    }

    /// After the name of a field. Without one, a colon begins a comment.
    fn field(&mut self, read: usize, colon: &[u8], out: &mut Vec<u8>) -> Result<(), StreamError> {
        // A name that was too long has no bytes here.
        let name = self.name.get(..read);
        match name {
            Some(b"data") => {
                self.at = At::Data { space: true };
                self.begin_data(out)
            }
            Some(name @ (b"" | b"event" | b"id" | b"retry")) => {
                self.kept.clear();
                self.kept.extend_from_slice(name);
                self.kept.extend_from_slice(colon);
                self.value_at = self.kept.len();
                self.at = At::Kept;
                Ok(())
            }
            _ => {
                self.at = At::Ignored;
                Ok(())
            }
        }
    }

    /// The end of a line.
    fn end_line(&mut self, out: &mut Vec<u8>) -> Result<(), StreamError> {
        match self.at {
            At::Name(0) => self.end_event(out)?,
            At::Name(read) => self.field(read, b"", out)?,
            At::Data { .. } => self.write_done(out),
            At::Kept | At::Ignored => {}
        }
        if self.at == At::Kept && self.keep(out) {
            out.push(b'\n');
        }
        self.at = At::Name(0);
        Ok(())
    }

    /// Writes the line that was held, without its end, unless it looks like something sensitive. Gives whether it goes on.
    fn keep(&mut self, out: &mut Vec<u8>) -> bool {
        let (name, value) = self.kept.split_at_checked(self.value_at).unwrap_or_default();
        let goes_on = if name.starts_with(b"retry") {
            let digits = value.trim_ascii();
            digits.len() <= LONGEST_RETRY && digits.iter().all(u8::is_ascii_digit)
        } else {
            !looks_sensitive(value)
        };
        if goes_on {
            if std::mem::take(&mut self.is_open) {
                out.push(b'\n');
            }
            out.extend_from_slice(&self.kept);
        }
        goes_on
    }

    fn begin_data(&mut self, out: &mut Vec<u8>) -> Result<(), StreamError> {
        if std::mem::replace(&mut self.has_data, true) {
            self.not_done(out)?;
            self.feed(b"\n", out)?;
        }
        Ok(())
    }

    fn data(&mut self, mut text: &[u8], out: &mut Vec<u8>) -> Result<(), StreamError> {
        if text.is_empty() {
            return Ok(());
        }
        if let Done::Perhaps(read) = self.done {
            let expected = DONE.get(read..).unwrap_or_default();
            let same = expected.iter().zip(text).take_while(|(expected, byte)| expected == byte).count();
            text = text.get(same..).unwrap_or_default();
            self.done = Done::Perhaps(read + same);
            if text.is_empty() {
                // Whether it is all of the line is known at its end.
                return Ok(());
            }
        }
        self.not_done(out)?;
        self.feed(text, out)
    }

    /// At the end of a line of data: writes [`DONE`] where that is all of it.
    fn write_done(&mut self, out: &mut Vec<u8>) {
        if self.done == Done::Perhaps(DONE.len()) {
            self.done = Done::Yes;
            self.write(DONE, out);
        }
    }

    /// More data than [`DONE`], or other: what was taken for it is read.
    fn not_done(&mut self, out: &mut Vec<u8>) -> Result<(), StreamError> {
        let taken = match std::mem::replace(&mut self.done, Done::No) {
            Done::Perhaps(read) => DONE.get(..read).unwrap_or_default(),
            Done::Yes => DONE,
            Done::No => return Ok(()),
        };
        self.feed(taken, out)
    }

    /// Reads data.
    fn feed(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<(), StreamError> {
        let mut masked = std::mem::take(&mut self.masked);
        masked.clear();
        self.records.push(data, &mut masked)?;
        self.write(&masked, out);
        self.masked = masked;
        Ok(())
    }

    /// Writes masked data. A line feed in it is white space of JSON, and ends a line.
    fn write(&mut self, masked: &[u8], out: &mut Vec<u8>) {
        for (at, line) in masked.split(|&byte| byte == b'\n').enumerate() {
            if at > 0 {
                // What ended a line that something else follows was written with that.
                if self.is_open || !self.is_written {
                    self.open(out);
                    out.push(b'\n');
                    self.is_open = false;
                }
                self.open(out);
            }
            if !line.is_empty() {
                self.open(out);
                out.extend_from_slice(line);
            }
        }
    }

    fn open(&mut self, out: &mut Vec<u8>) {
        if !std::mem::replace(&mut self.is_open, true) {
            out.extend_from_slice(DATA);
            self.is_written = true;
        }
    }

    /// Ends the data of an event. Gives whether the event goes on: nothing of a document that is not valid does.
    fn end_data(&mut self, out: &mut Vec<u8>) -> Result<bool, StreamError> {
        self.write_done(out);
        if self.done == Done::Yes {
            return Ok(true);
        }
        self.not_done(out)?;
        let mut masked = std::mem::take(&mut self.masked);
        masked.clear();
        let goes_on = self.records.end(&mut masked)?;
        self.write(&masked, out);
        self.masked = masked;
        Ok(goes_on)
    }

    fn end_event(&mut self, out: &mut Vec<u8>) -> Result<(), StreamError> {
        // An event without a byte of data is one, too.
        if self.has_data && self.end_data(out)? && !self.is_written {
            self.open(out);
        }
        if std::mem::take(&mut self.is_open) {
            out.push(b'\n');
        }
        out.push(b'\n');
        self.has_data = false;
        self.is_written = false;
        self.done = Done::Perhaps(0);
        Ok(())
    }
}

impl Stage for Events {
    fn rewrite(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Result<Rewrite, Fault> {
        let start = match self.mark.skip(chunk) {
            Ok(start) => start,
            // Other bytes are the name of a field that no client knows.
            Err(pos) => {
                self.at = At::Ignored;
                pos
            }
        };
        let mut rest = chunk.get(start..).unwrap_or_default();
        while let Some((&first, after)) = rest.split_first() {
            if std::mem::take(&mut self.after_return) && first == b'\n' {
                rest = after;
                continue;
            }
            let Some(end) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) else {
                self.text(rest, out)?;
                break;
            };
            let (text, ended) = rest.split_at(end);
            self.text(text, out)?;
            self.end_line(out)?;
            self.after_return = ended.first() == Some(&b'\r');
            rest = ended.get(1..).unwrap_or_default();
        }
        Ok(Rewrite::Replaced)
    }

    /// Clients that follow the standard do not read an event that no blank line ends; others do.
    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Fault> {
        let mut rest = Vec::new();
        if self.has_data {
            self.end_data(&mut rest)?;
        }
        if self.at == At::Kept && self.keep(out) && !rest.is_empty() {
            out.push(b'\n');
        }
        out.append(&mut rest);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
