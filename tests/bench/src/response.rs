//! Reads HTTP/1.1 responses from a keep-alive connection, piece by piece.

/// Where in a response the next byte belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Head,
    /// Bytes left of a body with a length.
    Body(usize),
    /// A line with the size of a chunk.
    Size,
    /// Bytes left of a chunk.
    Chunk(usize),
    /// The line end after a chunk.
    ChunkEnd,
    /// Trailer lines, up to an empty one.
    Trailers,
}

/// The state of one connection.
#[derive(Debug)]
pub(crate) struct Reader {
    place: Place,
    line: Vec<u8>,
    length: usize,
}

impl Reader {
    pub(crate) fn new() -> Self {
        Self { place: Place::Head, line: Vec::new(), length: 0 }
    }

    /// Takes the next bytes. Returns the length of the body when a response is complete; nothing may follow it, as one
    /// request is under way per connection. Bytes of the body are appended to `body` if there is one.
    pub(crate) fn take(&mut self, mut bytes: &[u8], mut body: Option<&mut Vec<u8>>) -> Result<Option<usize>, String> {
        loop {
            match self.place {
                Place::Body(0) => {
                    if !bytes.is_empty() {
                        return Err("bytes after the response".to_owned());
                    }
                    let length = self.length;
                    *self = Self::new();
                    return Ok(Some(length));
                }
                Place::Chunk(0) => self.place = Place::ChunkEnd,
                _ if bytes.is_empty() => return Ok(None),
                Place::Body(left) | Place::Chunk(left) => {
                    let (piece, rest) = bytes.split_at(left.min(bytes.len()));
                    bytes = rest;
                    self.length += piece.len();
                    if let Some(body) = body.as_deref_mut() {
                        body.extend_from_slice(piece);
                    }
                    let left = left - piece.len();
                    self.place = match self.place {
                        Place::Body(_) => Place::Body(left),
                        _ => Place::Chunk(left),
                    };
                }
                Place::Head | Place::Size | Place::ChunkEnd | Place::Trailers => {
                    let end = bytes.iter().position(|byte| *byte == b'\n');
                    let (piece, rest) = bytes.split_at(end.map_or(bytes.len(), |position| position + 1));
                    bytes = rest;
                    self.line.extend_from_slice(piece);
                    if end.is_some() {
                        self.end_of_line()?;
                    }
                }
            }
        }
    }

    /// A whole line is in `self.line`; in the head, all lines up to now are.
    fn end_of_line(&mut self) -> Result<(), String> {
        match self.place {
            Place::Head => {
                if self.line.ends_with(b"\r\n\r\n") {
                    self.place = head(&self.line)?;
                    self.line.clear();
                }
                return Ok(());
            }
            Place::Size => {
                let text = String::from_utf8_lossy(&self.line);
                let size = usize::from_str_radix(text.trim(), 16).map_err(|_| "a chunk without a size".to_owned())?;
                self.place = if size == 0 { Place::Trailers } else { Place::Chunk(size) };
            }
            Place::Trailers if self.line == b"\r\n" => self.place = Place::Body(0),
            Place::ChunkEnd => self.place = Place::Size,
            Place::Trailers | Place::Body(_) | Place::Chunk(_) => {}
        }
        self.line.clear();
        Ok(())
    }
}

fn head(lines: &[u8]) -> Result<Place, String> {
    let text = String::from_utf8_lossy(lines);
    let mut lines = text.lines();
    let status = lines.next().unwrap_or_default();
    if !status.starts_with("HTTP/1.1 200") {
        return Err(format!("`{status}` instead of 200"));
    }
    for line in lines {
        let Some((name, value)) = line.split_once(':') else {
            continue;
        };
        if name.eq_ignore_ascii_case("content-length") {
            return value.trim().parse().map(Place::Body).map_err(|_| "a content-length that is no number".to_owned());
        }
        if name.eq_ignore_ascii_case("transfer-encoding") {
            return Ok(Place::Size);
        }
    }
    Err("a response without length".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(response: &str, piece: usize) -> (Option<usize>, Vec<u8>) {
        let mut reader = Reader::new();
        let mut body = Vec::new();
        let mut complete = None;
        for bytes in response.as_bytes().chunks(piece) {
            assert_eq!(complete, None);
            complete = reader.take(bytes, Some(&mut body)).unwrap();
        }
        (complete, body)
    }

    #[test]
    fn reads_both_framings_however_they_are_cut() {
        let length = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
        let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n";
        for response in [length, chunked] {
            for piece in 1..=response.len() {
                assert_eq!(read(response, piece), (Some(5), b"hello".to_vec()));
            }
        }
    }

    #[test]
    fn a_response_cut_short_is_not_complete() {
        let response = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhell";
        assert_eq!(read(response, 7).0, None);
    }

    #[test]
    fn other_status_is_an_error() {
        let error = Reader::new().take(b"HTTP/1.1 503 Service Unavailable\r\n\r\n", None);
        assert!(error.unwrap_err().contains("503"));
    }
}
