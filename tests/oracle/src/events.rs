//! Server-sent events, naively: a whole stream as a client of the HTML Standard (section 9.2.6) reads it, and random streams.

use crate::generate::{self, Random};
use crate::input::Input;

/// What a client gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The data; lines of it joined by line feeds.
    pub data: Vec<u8>,
    /// The type, empty where none is named.
    pub kind: Vec<u8>,
    /// The last event id that was seen.
    pub id: Vec<u8>,
}

/// The events of a stream, and the reconnection times it names.
#[must_use]
pub fn client(bytes: &[u8]) -> (Vec<Event>, Vec<Vec<u8>>) {
    let mut bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).to_vec();
    // Every line ending becomes a line feed.
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'\r' {
            bytes[at] = b'\n';
            if bytes.get(at + 1) == Some(&b'\n') {
                bytes.remove(at + 1);
            }
        }
        at += 1;
    }
    let (mut events, mut retries) = (Vec::new(), Vec::new());
    let (mut data, mut kind, mut id) = (Vec::new(), Vec::new(), Vec::new());
    // What no line feed ends is not a line.
    let lines: Vec<&[u8]> = bytes.split(|&byte| byte == b'\n').collect();
    for line in &lines[..lines.len() - 1] {
        if line.is_empty() {
            let kind = std::mem::take(&mut kind);
            let mut data: Vec<u8> = std::mem::take(&mut data);
            if data.pop().is_some() {
                events.push(Event { data, kind, id: id.clone() });
            }
            continue;
        }
        let colon = line.iter().position(|&byte| byte == b':').unwrap_or(line.len());
        let (name, value) = (&line[..colon], line.get(colon + 1..).unwrap_or_default());
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match name {
            b"data" => {
                data.extend_from_slice(value);
                data.push(b'\n');
            }
            b"event" => kind = value.to_vec(),
            b"id" if !value.contains(&0) => id = value.to_vec(),
            b"retry" if value.iter().all(u8::is_ascii_digit) => retries.push(value.to_vec()),
            _ => {}
        }
    }
    (events, retries)
}

/// A random stream whose data is the documents of random inputs, with the rules of one of them; and whether something stands
/// between lines of the data of one event.
#[must_use]
pub fn stream(seed: u64) -> (Input, bool) {
    let mut random = Random::new(seed);
    let mut input = Input { bytes: Vec::new(), ..generate::input(seed) };
    let mut is_mixed = false;
    if random.one_in(8) {
        input.bytes.extend_from_slice(b"\xef\xbb\xbf");
    }
    for _ in 0..random.below(4) {
        others(&mut random, &mut input.bytes);
        match random.below(8) {
            0 => line(&mut random, &mut input.bytes, b"data", b"[DONE]"),
            1 => line(&mut random, &mut input.bytes, b"data", b""),
            2 => {}
            _ => {
                // A carriage return in a document would end a line, and with it what a client takes for the document.
                let document = loop {
                    let other = generate::input(random.next());
                    if other.framing == meshveil_body::Framing::Document && !other.bytes.contains(&b'\r') {
                        break other.bytes;
                    }
                };
                for (at, piece) in document.split(|&byte| byte == b'\n').enumerate() {
                    if at > 0 && random.one_in(3) {
                        is_mixed |= others(&mut random, &mut input.bytes);
                    }
                    line(&mut random, &mut input.bytes, b"data", piece);
                }
            }
        }
        if random.one_in(4) {
            others(&mut random, &mut input.bytes);
        }
        // A line feed after a carriage return would belong to it.
        let ends: [&str; 3] = if input.bytes.ends_with(b"\r") { ["\r"; 3] } else { ["\n", "\r\n", "\n\n"] };
        input.bytes.extend_from_slice(random.pick(&ends).as_bytes());
    }
    (input, is_mixed)
}

/// Some lines that are no data. Gives whether there are any.
fn others(random: &mut Random, out: &mut Vec<u8>) -> bool {
    let count = random.below(3);
    for _ in 0..count {
        match random.below(6) {
            0 => line(random, out, b"", b"a comment, with {\"json\": true}"),
            1 => line(random, out, b"event", b"delta"),
            2 => line(random, out, b"id", b"7"),
            3 => line(random, out, b"retry", b"100"),
            4 => line(random, out, b"Data", b"{\"s\":1}"),
            _ => line(random, out, b"longer-than-any", b"x"),
        }
    }
    count > 0
}

fn line(random: &mut Random, out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    out.extend_from_slice(name);
    if !(value.is_empty() && !name.is_empty() && random.one_in(2)) {
        out.push(b':');
        if random.one_in(2) || value.starts_with(b" ") {
            out.push(b' ');
        }
        out.extend_from_slice(value);
    }
    out.extend_from_slice(random.pick(&["\n", "\r\n", "\r"]).as_bytes());
}
