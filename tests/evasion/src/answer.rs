//! What arrived at the client, read as leniently as it can be: nothing that came may be missed.

use std::time::Duration;

use anyhow::Result;
use hyper::HeaderMap;
use meshveil_tests::client;
use tokio::io::{AsyncRead, AsyncReadExt};

/// A response, as far as it came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// Its status; 0 where none came.
    pub status: u16,
    /// Everything before the body: status lines and headers, those of interim responses too.
    pub head: Vec<u8>,
    /// The headers of the final response.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body, without its transfer coding.
    pub body: Vec<u8>,
    /// Trailers.
    pub trailers: Vec<(String, Vec<u8>)>,
    /// Whether it ended before its end.
    pub cut: bool,
}

impl Answer {
    /// The values of a header.
    pub fn header<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.headers.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_slice())
    }

    /// A response that HTTP/2 carried.
    #[must_use]
    pub fn of_http2(answer: client::Answer) -> Self {
        let headers = lines(&answer.headers);
        Self {
            status: answer.status.as_u16(),
            head: written(&headers),
            headers,
            body: answer.body,
            trailers: answer.trailers.as_ref().map(lines).unwrap_or_default(),
            cut: answer.cut.is_some(),
        }
    }

    /// Reads a response of HTTP/1.1 until it is whole, the other side closes, or nothing comes any more.
    ///
    /// # Errors
    /// Never for what the other side sends.
    pub async fn read(stream: &mut (impl AsyncRead + Unpin), is_head: bool) -> Result<Self> {
        let mut received = Vec::new();
        let mut chunk = vec![0; 64 << 10];
        loop {
            // A response that never ends is cut off here.
            let read = tokio::time::timeout(Duration::from_secs(3), stream.read(&mut chunk)).await;
            let closed = !matches!(&read, Ok(Ok(length)) if *length > 0);
            if let Ok(Ok(length)) = read {
                received.extend_from_slice(chunk.get(..length).unwrap_or_default());
            }
            let (answer, is_whole) = parse(&received, is_head, closed);
            if is_whole || closed {
                return Ok(answer);
            }
        }
    }
}

fn lines(headers: &HeaderMap) -> Vec<(String, Vec<u8>)> {
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec())).collect()
}

fn written(headers: &[(String, Vec<u8>)]) -> Vec<u8> {
    headers.iter().flat_map(|(name, value)| [name.as_bytes(), b": ", value, b"\r\n"].concat()).collect()
}

/// Where a part ends, and what follows it.
fn split<'a>(bytes: &'a [u8], end: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = bytes.windows(end.len()).position(|window| window == end)?;
    let (part, rest) = bytes.split_at(at);
    Some((part, rest.get(end.len()..).unwrap_or_default()))
}

fn header_lines(head: &[u8]) -> Vec<(String, Vec<u8>)> {
    let lines = head.split(|&byte| byte == b'\n').filter_map(|line| {
        let (name, value) = split(line, b":")?;
        Some((String::from_utf8_lossy(name).trim().to_ascii_lowercase(), value.trim_ascii().to_vec()))
    });
    lines.collect()
}

/// What has come so far, and whether it is whole.
fn parse(received: &[u8], is_head: bool, closed: bool) -> (Answer, bool) {
    let mut answer = Answer { cut: true, ..Answer::default() };
    let mut rest = received;
    loop {
        let Some((head, after)) = split(rest, b"\r\n\r\n") else {
            answer.head.extend_from_slice(rest);
            return (answer, false);
        };
        answer.head.extend_from_slice(head);
        answer.head.extend_from_slice(b"\r\n");
        let code = String::from_utf8_lossy(head).split(' ').nth(1).and_then(|code| code.parse().ok());
        answer.status = code.unwrap_or(0);
        answer.headers = header_lines(head);
        rest = after;
        // Interim responses come before the final one; after 101 another protocol follows.
        if !(100..200).contains(&answer.status) || answer.status == 101 {
            break;
        }
    }
    if is_head || matches!(answer.status, 204 | 304) {
        answer.body = rest.to_vec();
        answer.cut = false;
        return (answer, true);
    }
    if answer.header("transfer-encoding").next().is_some() {
        return chunks(answer, rest);
    }
    let length = answer.header("content-length").next().map(|value| String::from_utf8_lossy(value).into_owned());
    answer.body = rest.to_vec();
    let is_whole = match length.and_then(|length| length.parse::<usize>().ok()) {
        Some(length) => rest.len() >= length,
        None => closed,
    };
    answer.cut = !is_whole;
    (answer, is_whole)
}

/// The chunked coding (RFC 9112, section 7.1).
fn chunks(mut answer: Answer, mut rest: &[u8]) -> (Answer, bool) {
    while let Some((size, after)) = split(rest, b"\r\n") {
        let size = String::from_utf8_lossy(size);
        let digits = size.split(';').next().unwrap_or_default().trim();
        let Ok(size) = usize::from_str_radix(digits, 16) else { break };
        if size == 0 {
            let end = if after.starts_with(b"\r\n") { Some((&b""[..], &b""[..])) } else { split(after, b"\r\n\r\n") };
            let Some((trailers, _)) = end else { break };
            answer.trailers = header_lines(trailers);
            answer.cut = false;
            return (answer, true);
        }
        let Some(data) = after.get(..size) else {
            answer.body.extend_from_slice(after);
            return (answer, false);
        };
        answer.body.extend_from_slice(data);
        rest = after.get(size + 2..).unwrap_or_default();
    }
    (answer, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses_are_read_to_their_end_and_no_further() {
        let whole = |text: &str| parse(text.as_bytes(), false, false);
        let (answer, is_whole) =
            whole("HTTP/1.1 103 X\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
        assert!(is_whole && !answer.cut && answer.status == 200 && answer.body == b"{}");
        assert!(String::from_utf8_lossy(&answer.head).contains("</a>"));
        let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n";
        assert!(!whole(chunked).1 && whole(chunked).0.body == b"{}");
        let (answer, is_whole) = whole(&format!("{chunked}0\r\nx-a: b\r\n\r\n"));
        assert!(is_whole && answer.trailers == [("x-a".to_owned(), b"b".to_vec())]);
        let (answer, is_whole) = whole("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n{}");
        assert!(!is_whole && answer.cut && answer.body == b"{}");
        assert!(parse(b"HTTP/1.1 200 OK\r\n\r\n{}", false, true).1);
    }
}
